#!/usr/bin/env python3
"""Exact error spending for a share (src/stats/spending.rs), computed independently.

    python3 scripts/spending_reference.py          # writes tests/reference/spending.json
    python3 scripts/spending_reference.py floor    # what the exact dynamic programme could save at most
    python3 scripts/spending_reference.py forms    # whether two unlike forms cross more often than alike ones
    python3 scripts/spending_reference.py bound    # how often a share on its bound gets a verdict, in two directions
    python3 scripts/spending_reference.py power    # what giving up costs, by threshold
    python3 scripts/spending_reference.py decisions # before and after, as a run judges: looks, giving up and all
    python3 scripts/spending_reference.py cells    # requests of a check on one or four of T2's 28 questions

The reference counts paths as whole numbers and weighs them in exact fractions; it needs nothing but Python.
The others take numpy (`pip install numpy==2.4.6`), and minutes.

floor: of all rules that judge after every answer and say pass or fail wrongly with a chance of at most the error
rate each, the one with the fewest answers on average over some true shares, found backwards from the last answer
(Lagrange multipliers on the two errors). It knows these true shares and the cap, which a run does not.
"""

import json
import math
import pathlib
import sys
from fractions import Fraction

# How much of the error rate may be used up within how many answers, joined by straight lines.
SPENT = ((0, 0.0), (16, 0.35), (50, 0.5), (200, 0.9))
OUT = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "spending.json"


def spent(n):
    """The part of the error rate that may be used up within n answers (scripts/spending_choice.py says why)."""
    for (start, before), (end, after) in zip(SPENT, SPENT[1:]):
        if n <= end:
            return before + (after - before) * (n - start) / (end - start)
    return 1 - (1 - SPENT[-1][1]) * SPENT[-1][0] / n


def reference(share, rate, forms, rounds):
    """The fewest yes in n answers that reach the boundary, for n = forms, 2 forms, …; alike forms."""
    paths, used, fewest = {0: 1}, Fraction(0), []
    for n in range(1, rounds * forms + 1):
        after = {}
        for yes, count in paths.items():
            after[yes] = after.get(yes, 0) + count
            after[yes + 1] = after.get(yes + 1, 0) + count
        paths = after
        if n % forms:
            continue
        room = rate * Fraction(spent(n)) - used
        top = max(paths)
        while top in paths:
            chance = paths[top] * share**top * (1 - share) ** (n - top)
            if chance > room:
                break
            room -= chance
            used += chance
            del paths[top]
            top -= 1
        fewest.append(top + 1)
    return fewest


def write():
    cases = []
    for share in ("1/50", "3/10", "1/2", "3/5", "4/5", "99/100"):
        for rate in ("1/20", "1/100", "9/25000"):
            for forms, rounds in ((1, 120), (2, 60)):
                cases.append((share, rate, forms, rounds))
    cases += [("3/5", "1/100", 1, 500), ("1/2", "9/25000", 2, 150)]
    found = []
    for share, rate, forms, rounds in cases:
        fewest = reference(Fraction(share), Fraction(rate), forms, rounds)
        found.append({"share": share, "rate": rate, "forms": forms, "fewest": fewest})
    # One case a line.
    lines = ",\n".join("  " + json.dumps(case) for case in found)
    OUT.write_text('{"boundaries": [\n' + lines + "\n]}\n")
    print(f"{len(found)} boundaries in {OUT}")


def boundary(share, rate, most):
    import numpy as np

    alive, used, fewest = np.zeros(most + 2), 0.0, np.full(most + 1, most + 2)
    alive[0] = 1.0
    for n in range(1, most + 1):
        alive[1 : n + 1] = alive[1 : n + 1] * (1 - share) + alive[:n] * share
        alive[0] *= 1 - share
        room, top = rate * spent(n) - used, n
        while top >= 0 and alive[top] <= room:
            room -= alive[top]
            used += alive[top]
            alive[top] = 0.0
            top -= 1
        fewest[n] = top + 1
    return fewest


def both_sides(share, rate, most):
    up, down = boundary(share, rate, most), boundary(1 - share, rate, most)
    import numpy as np

    return up, np.arange(most + 1) - down


def walk(truth, up, down, most):
    """(pass, fail, mean answers) when judged after every answer."""
    import numpy as np

    alive, passed, failed, answers = np.zeros(most + 2), 0.0, 0.0, 0.0
    alive[0] = 1.0
    for n in range(1, most + 1):
        answers += alive.sum()
        alive[1 : n + 1] = alive[1 : n + 1] * (1 - truth) + alive[:n] * truth
        alive[0] *= 1 - truth
        if up[n] <= n:
            passed += alive[up[n] : n + 1].sum()
            alive[up[n] : n + 1] = 0.0
        if down[n] >= 0:
            failed += alive[: down[n] + 1].sum()
            alive[: down[n] + 1] = 0.0
    return passed, failed, answers


def best(share, truths, cost, log_up, log_down, most):
    """The rule with the least mean answers + cost * undecided, with prices on the errors."""
    import numpy as np

    up, down, value = np.full(most + 1, most + 2), np.full(most + 1, -1), None
    for n in range(most, 0, -1):
        k = np.arange(n + 1)
        ratio = sum(
            np.exp(k * math.log(t / share) + (n - k) * math.log((1 - t) / (1 - share))) for t in truths
        ) / len(truths)
        go_on = ratio * cost if n == most else ratio + share * value[1 : n + 2] + (1 - share) * value[: n + 1]
        # To pass is wrong where the truth is below the share, and priced out there.
        above = share < truths[0]
        stop_up = np.full(n + 1, math.exp(log_up)) if above else np.full(n + 1, np.inf)
        stop_down = np.full(n + 1, np.inf) if above else np.full(n + 1, math.exp(log_down))
        value = np.minimum(go_on, np.minimum(stop_up, stop_down))
        passes, fails = np.nonzero(stop_up < go_on)[0], np.nonzero(stop_down < go_on)[0]
        if len(passes):
            up[n] = passes[0]
        if len(fails):
            down[n] = fails[-1]
    return up, down


def floor_of(share, truth, rate, cost, most):
    """The optimum for one true share: only one side is ever said, so one price is to be found."""
    low, high = -5.0, 40.0
    for _ in range(40):
        middle = (low + high) / 2
        up, down = best(share, [truth], cost, middle, middle, most)
        wrong = max(walk(share, up, down, most)[:2])
        low, high = (low, middle) if wrong <= rate else (middle, high)
    up, down = best(share, [truth], cost, high, high, most)
    return walk(truth, up, down, most)


def floor():
    for rate in (0.01, 3.6e-4):
        for name, gap, cost, most in (("far", 0.3, 1e6, 200), ("near", 0.1, 1e6, 200), ("near", 0.1, 1e6, 1000)):
            rows = []
            for share in (0.5, 0.6, 0.8, 0.9):
                up, down = both_sides(share, rate, most)
                for truth in (share + gap, share - gap):
                    if truth > 1.0001:
                        continue
                    truth = min(truth, 1 - 1e-9)
                    passed, failed, answers = walk(truth, up, down, most)
                    ours = answers, passed + failed
                    # As often decided as possible, and of those rules the fastest; and the fastest of all.
                    passed, failed, decided_answers = floor_of(share, truth, rate, cost, most)
                    _, _, fastest = floor_of(share, truth, rate, float(most), most)
                    limit = math.log(1 / rate) / divergence(truth, share)
                    rows.append((*ours, decided_answers, passed + failed, fastest, limit))
            mean = [sum(column) / len(rows) for column in zip(*rows)]
            print(
                f"rate {rate:g} {name} ({gap} away), at most {most}: {mean[0]:.1f} answers, {mean[1]:.3f} decided; "
                f"optimum for each truth {mean[2]:.1f} answers, {mean[3]:.3f} decided; "
                f"fewest answers (undecided costs {most}) {mean[4]:.1f}; ln(1/rate)/KL {mean[5]:.1f}, "
                f"ratio {sum(row[0] / row[5] for row in rows) / len(rows):.3f}",
                flush=True,
            )


def divergence(p, q):
    some = p * math.log(p / q) if p > 0 else 0.0
    return some + ((1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0)


def pairs_cross(share, apart, most, fewest=None, rate=0.0):
    """P(the boundary at whole rounds is reached) for forms with shares `apart` above and below."""
    import numpy as np

    two, none = share * share - apart * apart, (1 - share) ** 2 - apart * apart
    alive, used, found = np.zeros(most + 3), 0.0, []
    alive[0] = 1.0
    for n in range(2, most + 1, 2):
        before = alive[: n - 1].copy()
        alive[: n + 1] = 0.0
        alive[: n - 1] += before * none
        alive[1:n] += before * (1 - two - none)
        alive[2 : n + 1] += before * two
        if fewest is None:
            room, top = rate * spent(n) - used, n
            while top >= 0 and alive[top] <= room:
                room -= alive[top]
                top -= 1
            at = top + 1
        else:
            at = fewest[n // 2 - 1]
        used += alive[at : n + 1].sum()
        alive[at : n + 1] = 0.0
        found.append(at)
    return used, found


def forms():
    worst = 0.0
    for rate in (0.05, 0.01, 0.001, 3.6e-4, 1e-5):
        for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98):
            most = min(share, 1 - share)
            alike, fewest = pairs_cross(share, 0.0, 1000, rate=rate)
            unlike = [pairs_cross(share, step / 200 * most, 1000, fewest)[0] for step in range(1, 201)]
            falls = all(b <= a for a, b in zip([alike, *unlike], unlike))
            worst = max(worst, max(unlike) / alike)
            print(
                f"rate {rate:g} bound {share}: alike {alike / rate:.4f} of the rate, as unlike as can be "
                f"{unlike[-1] / rate:.4f}, most of 200 steps {max(unlike) / rate:.4f}, falls all the way {falls}",
                flush=True,
            )
    print(f"most of all unlike over alike: {worst:.6f}")


def bound():
    """The chance to say either verdict within 1,000 answers where the truth is the bound, in two directions by turns."""
    for share, apart in ((0.5, 0.0), (0.6, 0.0), (0.8, 0.0), (0.5, 0.2), (0.6, 0.2), (0.8, 0.15)):
        for rate in (0.01, 3.6e-4):
            sides = []
            for side in (share, 1 - share):
                _, fewest = pairs_cross(side, 0.0, 1000, rate=rate)
                sides.append(pairs_cross(side, apart, 1000, fewest)[0] / rate)
            print(
                f"rate {rate:g} bound {share}, directions {share + apart:g} and {share - apart:g}: pass {sides[0]:.3f}, "
                f"fail {sides[1]:.3f} of the rate",
                flush=True,
            )


def power():
    import numpy as np

    most, looks = 200, [50]
    while looks[-1] < most:
        looks.append(looks[-1] + looks[-1] // 4)
    for rate in (0.01, 3.6e-4):
        for share in (0.5, 0.8):
            up, down = both_sides(share, rate, most)
            # The chance to be decided from n answers with k yes, when answers are drawn from those there are.
            value = [None] * (most + 1)
            for n in range(most, 0, -1):
                k = np.arange(n + 1)
                ended = (k >= up[n]) | (k <= down[n])
                later = 0.0 if n == most else k / n * value[n + 1][1:] + (1 - k / n) * value[n + 1][:-1]
                value[n] = np.where(ended, 1.0, later)
            for threshold in (0.0, 0.02, 0.05, 0.1, 0.2):
                shown = []
                for gap in (0.0, 0.05, 0.1, 0.14, 0.2, -0.1, -0.14):
                    truth = share + gap
                    if truth >= 1:
                        continue
                    alive, decided, answers = np.zeros(most + 2), 0.0, 0.0
                    alive[0] = 1.0
                    for n in range(1, most + 1):
                        answers += alive.sum()
                        alive[1 : n + 1] = alive[1 : n + 1] * (1 - truth) + alive[:n] * truth
                        alive[0] *= 1 - truth
                        now = alive[: n + 1]
                        k = np.arange(n + 1)
                        ended = (k >= up[n]) | (k <= down[n])
                        decided += now[ended].sum()
                        now[ended] = 0.0
                        if n in looks and n < most:
                            now[value[n] < threshold] = 0.0
                    shown.append(f"{gap:+.2f}: {decided * 100:.1f}% in {answers:.0f}")
                print(f"rate {rate:g} bound {share} threshold {threshold}: " + ", ".join(shown), flush=True)


def looks(most, rate, forms=1):
    """When a run looks: a tenth more each time, in whole rounds of the forms (src/verdict/schedule.rs)."""
    found, look = [], math.ceil(-math.log2(rate))
    while (look := -(-look // forms) * forms) < most:
        found.append(look)
        look += max(look // 10, 1)
    return [*found, most]


def bet(yes, n, share):
    """ln of what the bet on "the share is at most this" has become (src/stats/evidence.rs); arrays welcome."""
    import numpy as np

    stakes = np.arange(1, 33)[:, None] / 32
    weights = np.arange(1, 33)[:, None] ** 2 / sum(k * k for k in range(1, 33))
    yes = np.atleast_1d(np.asarray(yes, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(n - yes > 1e-12, (n - yes) * np.log1p(-stakes), 0.0)
    logs = np.log(weights) + yes * np.log1p(stakes * (1 - share) / share) + lost
    top = logs.max(axis=0)
    return top + np.log(np.exp(logs - top).sum(axis=0))


def before(share, rate, most):
    """The bet at looks, and given up from 50 answers on where twice the most of the same shares would not do."""
    import numpy as np

    up, down, ends = np.full(most + 1, most + 2), np.full(most + 1, -1), {}
    for n in looks(most, rate):
        k = np.arange(n + 1)
        passes = np.nonzero(bet(k, n, share) >= -math.log(rate))[0]
        fails = np.nonzero(bet(n - k, n, 1 - share) >= -math.log(rate))[0]
        up[n], down[n] = (passes[0] if len(passes) else most + 2), (fails[-1] if len(fails) else -1)
        if n >= 50:
            twice = 2.0 * most * k / n
            open_up = bet(twice, 2.0 * most, share) < -math.log(rate)
            ends[n] = open_up & (bet(2.0 * most - twice, 2.0 * most, 1 - share) < -math.log(rate))
    return up, down, ends


def after(share, rate, most, sides=None, forms=1):
    """Error spending, ever reached, and given up where the chance to be decided is below 5 %."""
    import numpy as np

    up, down = sides or both_sides(share, rate, most)
    value, ends, following = None, {}, 50
    checked = []
    for n in looks(most, rate, forms):
        if n >= following:
            checked.append(n)
            following = n + max(n // 4, 1)
    for n in range(most, 0, -1):
        k = np.arange(n + 1)
        ended = (k >= up[n]) | (k <= down[n])
        later = 0.0 if n == most else k / n * value[1:] + (1 - k / n) * value[:-1]
        value = np.where(ended, 1.0, later)
        if n in checked:
            ends[n] = value < 0.05
    return up, down, ends


def judged(truth, rule, rate, most, first=0, forms=1):
    """(pass, fail, answers, given up): answers are paid up to the look at which the verdict is said, and of them
    those beyond the first ones are counted."""
    import numpy as np

    up, down, ends = rule
    at, alive = looks(most, rate, forms), np.zeros(most + 2)
    passed, failed, answers, given_up = 0.0, 0.0, 0.0, 0.0
    alive[0] = 1.0
    for n in range(1, most + 1):
        alive[1 : n + 1] = alive[1 : n + 1] * (1 - truth) + alive[:n] * truth
        alive[0] *= 1 - truth
        k, now = np.arange(n + 1), alive[: n + 1]
        paid = max(next(look for look in at if look >= n) - first, 0)
        reached = {"pass": k >= up[n], "fail": k <= down[n]}
        chances = {side: now[there].sum() for side, there in reached.items()}
        passed, failed = passed + chances["pass"], failed + chances["fail"]
        answers += (chances["pass"] + chances["fail"]) * paid
        now[reached["pass"] | reached["fail"]] = 0.0
        if n in ends and n < most:
            chance = now[ends[n]].sum()
            given_up, answers = given_up + chance, answers + chance * max(n - first, 0)
            now[ends[n]] = 0.0
    return passed, failed, answers + alive.sum() * (most - first), given_up


def decisions():
    most = 200
    for rate in (0.01, 3.6e-4):
        for gap in (0.3, 0.2, 0.14, 0.1, 0.0):
            for name, rule_of in (("before", before), ("after", after)):
                rows = []
                for share in (0.5, 0.6, 0.8, 0.9):
                    rule = rule_of(share, rate, most)
                    for truth in {share + gap, share - gap}:
                        if truth > 1.0001:
                            continue
                        truth = min(truth, 1 - 1e-12)
                        passed, failed, answers, given_up = judged(truth, rule, rate, most)
                        wrong = max(passed, failed) if gap == 0 else failed if truth > share else passed
                        limit = math.log(1 / rate) / divergence(truth, share) if gap else math.inf
                        rows.append((wrong, 2 * passed * failed, passed + failed, given_up, answers, answers / limit))
                mean = [sum(column) / len(rows) for column in zip(*rows)]
                print(
                    f"rate {rate:g}, {gap} away, {name}: wrong {max(row[0] for row in rows) * 100:.4f} % at most, "
                    f"flips {max(row[1] for row in rows) * 100:.4f} %, decided {mean[2] * 100:.1f} %, "
                    f"given up {mean[3] * 100:.1f} %, {mean[4]:.1f} answers, {mean[5]:.3f} of the limit",
                    flush=True,
                )


def cells():
    """T2 has 28 questions, of which each has 50 answers for its snapshot. Beyond those, all of them grew until a
    check was decided, to at most 200; now only those that it reads do, to at most 1,000."""
    questions, first = 28, 50
    for rate in (0.01, 3.6e-4):
        for gap in (0.3, 0.2, 0.14, 0.1, 0.05):
            for most, grow in ((200, (questions,)), (200, (1,)), (1000, (1, 4))):
                rows = []
                for share in (0.5, 0.6, 0.8, 0.9):
                    rule = after(share, rate, most)
                    for truth in {share + gap, share - gap}:
                        if truth > 1.0001:
                            continue
                        truth = min(truth, 1 - 1e-12)
                        passed, failed, answers, given_up = judged(truth, rule, rate, most)
                        beyond = judged(truth, rule, rate, most, first)[2]
                        wrong = failed if truth > share else passed
                        rows.append((wrong, passed + failed, given_up, answers, beyond))
                mean = [sum(column) / len(rows) for column in zip(*rows)]
                requests = ", ".join(f"{questions * first + k * mean[4]:,.0f} ({k} of 28 grow)" for k in grow)
                print(
                    f"rate {rate:g}, {gap} away, at most {most}: wrong {max(row[0] for row in rows) * 100:.4f} %, "
                    f"decided {mean[1] * 100:.1f} %, given up {mean[2] * 100:.1f} %, {mean[3]:.0f} answers, "
                    f"requests {requests}",
                    flush=True,
                )


if __name__ == "__main__":
    {"bound": bound, "cells": cells, "decisions": decisions, "floor": floor, "forms": forms, "power": power}.get(sys.argv[1] if len(sys.argv) > 1 else "", write)()
