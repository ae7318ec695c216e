#!/usr/bin/env python3
"""Which spending function (src/stats/spending.rs): exact figures for many, of which each depends on n alone.

    python3 scripts/spending_choice.py          # docs/measured.md has this table
    python3 scripts/spending_choice.py rates    # the one in use and the one before it, at other error rates
    python3 scripts/spending_choice.py checks   # single shares of the calibration, model by model
    python3 scripts/spending_choice.py edges    # bounds below 10 %, with the optimum for each truth
    python3 scripts/spending_choice.py search   # what a seeded search over lines with eleven bends finds

It takes numpy (`pip install numpy==2.4.6`), and seconds (search: a minute). All paths of answers are
added up; nothing is drawn. Looks are those of a run (a tenth more answers each time), and an answer is counted when
it was paid for: up to the look at which the verdict is said. Nothing is given up.

Far: bounds of 10 % to 90 % in steps of 2, truths 0.3 above and below. Near: bounds of 50, 60, 80 and 90 %, truths 0.1
above and below. The goal is at most 1.25 times ln(1 / rate) / KL answers for each far one.
"""

import math
import pathlib
import random
import sys
import tomllib

import numpy as np

import spending_reference
from spending_reference import divergence, floor_of, looks, spent

RATES = (0.01, 3.6e-4)
MODELS = pathlib.Path(__file__).parent.parent / "baselines" / "models"


def reached(shares, rate, function, most, forms):
    """The fewest yes in n answers that reach the boundary, for each bound and n; and the chance to reach it."""
    bound = np.array(shares)[:, None]
    alive, used = np.zeros((len(shares), most + 2)), np.zeros(len(shares))
    fewest = np.full((len(shares), most + 1), most + 2)
    alive[:, 0] = 1.0
    for n in range(1, most + 1):
        alive[:, 1 : n + 1] = alive[:, 1 : n + 1] * (1 - bound) + alive[:, :n] * bound
        alive[:, 0] *= 1 - bound[:, 0]
        # Two forms are counted in whole rounds; alike ones reach it most often (spending_reference.py forms).
        if n % forms:
            continue
        tail = np.cumsum(alive[:, n::-1], axis=1)
        fits = (tail <= (rate * function(n) * (1 - 1e-9) - used)[:, None]).sum(axis=1)
        fewest[:, n] = n + 1 - fits
        used += np.where(fits > 0, np.take_along_axis(tail, np.maximum(fits - 1, 0)[:, None], 1)[:, 0], 0.0)
        alive[np.arange(most + 2)[None, :] >= fewest[:, n][:, None]] = 0.0
    return fewest, used


def judged(pairs, rate, function, most, forms=1):
    """Of pairs of a truth and a bound: how often decided, answers, answers over the limit; and the most that is wrong
    on any of these bounds, over the rate."""
    truth = np.array([[min(max(truth, 0.0), 1.0)] for truth, _ in pairs])
    both = sorted({round(bound, 9) for _, bound in pairs} | {round(1 - bound, 9) for _, bound in pairs})
    fewest, used = reached(both, rate, function, most, forms)
    up = fewest[[both.index(round(bound, 9)) for _, bound in pairs]]
    down = fewest[[both.index(round(1 - bound, 9)) for _, bound in pairs]]
    at = looks(most, rate, forms)
    alive, decided, answers = np.zeros((len(pairs), most + 2)), 0.0, 0.0
    alive[:, 0] = 1.0
    for n in range(1, most + 1):
        alive[:, 1 : n + 1] = alive[:, 1 : n + 1] * (1 - truth) + alive[:, :n] * truth
        alive[:, 0] *= 1 - truth[:, 0]
        yes, now = np.arange(n + 1)[None, :], alive[:, : n + 1]
        ended = (yes >= up[:, n : n + 1]) | (n - yes >= down[:, n : n + 1])
        chance = (now * ended).sum(axis=1)
        decided, answers = decided + chance, answers + chance * next(look for look in at if look >= n)
        now[ended] = 0.0
    answers = answers + alive.sum(axis=1) * most
    limit = [math.log(1 / rate) / divergence(*pair) if pair[0] != pair[1] else math.inf for pair in pairs]
    return decided, answers, answers / np.array(limit), used.max() / rate


def beside(bounds, gap):
    pairs = [(round(bound + side, 9), bound) for bound in bounds for side in (gap, -gap)]
    return [(truth, bound) for truth, bound in pairs if 0 <= truth <= 1]


FAR = beside([step / 100 for step in range(10, 91, 2)], 0.3)
TWO, NEAR = beside((0.5, 0.6, 0.8, 0.9), 0.2), beside((0.5, 0.6, 0.8, 0.9), 0.1)


def log(scale):
    return lambda n: 0.9 * math.log(1 + n / scale) / math.log(1 + 200 / scale) if n <= 200 else 1 - 20 / n


def power(of):
    return lambda n: 0.9 * (n / 200) ** of if n <= 200 else 1 - 20 / n


def lines(*bends):
    bends = ((0, 0.0), *bends)

    def function(n):
        for (start, before), (end, after) in zip(bends, bends[1:]):
            if n <= end:
                return before + (after - before) * (n - start) / (end - start)
        return 1 - (1 - bends[-1][1]) * bends[-1][0] / n

    return function


def mixture(part, early, late):
    """`part` of it within the first 16 answers, in proportion to a power of n, and the rest as `late` has it."""
    return lambda n: part * min(1.0, n / 16) ** early + (1 - part / 0.9) * late(n) if n <= 200 else 1 - 20 / n


FUNCTIONS = {
    "0.9 ln(1 + n/40) / ln 6 (before)": log(40),
    "with 20 for 40": log(20),
    "with 10 for 40": log(10),
    "with 5 for 40": log(5),
    "0.9 (n/200)^0.5": power(0.5),
    "0.9 n/200": power(1),
    "n/(n + 40)": lambda n: n / (n + 40),
    "20 % within 16, the rest as before": mixture(0.2, 1, log(40)),
    "30 % within 16 as n², the rest evenly": mixture(0.3, 2, power(1)),
    "30 % within 16 as n², the rest with 200": mixture(0.3, 2, log(200)),
    "lines: 30 % by 10, 90 % by 200": lines((10, 0.3), (200, 0.9)),
    "lines: 36 % by 16, 90 % by 200": lines((16, 0.36), (200, 0.9)),
    "lines: 36 % by 16, 95 % by 200": lines((16, 0.36), (200, 0.95)),
    "**lines: 35 % by 16, 50 % by 50, 90 % by 200 (now)**": spent,
    "lines: 35 % by 16, 65 % by 100, 90 % by 200": lines((16, 0.35), (100, 0.65), (200, 0.9)),
}


def selects(value):
    """The published shares of one option of T1 in the study's main setting, by model."""
    found = {}
    for file in sorted(MODELS.glob("*.toml")):
        told = tomllib.loads(file.read_text())["T1"]["shuffled"]
        found[file.stem] = told["counts"][value] / told["n"]
    return found


def rates_extremely(value, context):
    found = {}
    for file in sorted(MODELS.glob("*.toml")):
        told = tomllib.loads(file.read_text())["T2"][context][value]
        found[file.stem] = told["counts"]["extremely"] / told["n"]
    return found


# What examples/calibration decisions judges of single shares, with the number of forms.
CHECKS = {
    "T1 selects accountability": (selects("accountability"), 1),
    "T1 selects autonomy": (selects("autonomy"), 1),
    "T2 rates privacy … in marketing": (rates_extremely("privacy", "marketing"), 2),
}


def far_of(truths):
    pairs = [(truth, round(truth + side, 9)) for truth in truths for side in (-0.3, 0.3)]
    return [(truth, bound) for truth, bound in pairs if 1e-9 < bound < 1 - 1e-9]


def figures(function, rate, long=True):
    """What the table says of one function at one rate."""
    one, two = (judged(FAR, rate, function, 200, forms)[2] for forms in (1, 2))
    decided, answers, _, _ = judged(NEAR, rate, function, 200)
    found = {
        "worst": max(one.max(), two.max()),
        "over": int((one > 1.25).sum() + (two > 1.25).sum()),
        "far": one.mean(),
        "checks": [judged(far_of(shares.values()), rate, function, 200, forms)[2].mean() for shares, forms in CHECKS.values()],
        "two": judged(TWO, rate, function, 200)[1].mean(),
        "decided": 100 * decided.mean(),
        "answers": answers.mean(),
    }
    if long:
        _, answers, _, wrong = judged(NEAR, rate, function, 1000)
        found |= {"late": answers.mean(), "wrong": wrong}
    return found


def table():
    print(f"far: {2 * len(FAR)} shares, in one form and in two; at 0.01 / 3.6e-4")
    print("| spending function | far: worst | over 1.25 | mean | checks: worst | 0.2 away: answers | near, 200: decided | answers | near, 1,000: answers | wrong |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, function in FUNCTIONS.items():
        both = [figures(function, rate) for rate in RATES]
        of = lambda key, form: " / ".join(format(one[key], form) for one in both)
        worst_check = " / ".join(format(max(one["checks"]), ".2f") for one in both)
        print(
            f"| {name} | {of('worst', '.2f')} | {of('over', 'd')} | {of('far', '.2f')} | {worst_check} | {of('two', '.0f')} "
            f"| {of('decided', '.1f')} % | {of('answers', '.0f')} | {of('late', '.0f')} | {of('wrong', '.2f')} |",
            flush=True,
        )


def rates():
    for rate in (0.05, 0.025, 0.01, 0.005, 0.001, 3.6e-4, 1e-4, 1e-5):
        for name, function in (("before", log(40)), ("now", spent)):
            found = figures(function, rate, long=False)
            print(
                f"rate {rate:g}, {name}: far {found['far']:.3f} of the limit, worst {found['worst']:.3f}, over 1.25: "
                f"{found['over']} of {2 * len(FAR)}; 0.2 away {found['two']:.1f} answers; near {found['decided']:.1f} % "
                f"in {found['answers']:.1f}",
                flush=True,
            )


def checks():
    for name, (shares, forms) in CHECKS.items():
        for rate in RATES:
            for when, function in (("before", log(40)), ("now", spent)):
                pairs = far_of(shares.values())
                _, answers, ratio, _ = judged(pairs, rate, function, 200, forms)
                single = " ".join(f"{truth:.2f}/{bound:.2f}:{one:.2f}" for (truth, bound), one in zip(pairs, ratio))
                print(f"{name}, rate {rate:g}, {when}: far {answers.mean():.1f} answers, {ratio.mean():.3f} ({single})")
                near = [(truth, round(truth + side, 9)) for truth in shares.values() for side in (-0.1, 0.1)]
                near = [(truth, bound) for truth, bound in near if 1e-9 < bound < 1 - 1e-9]
                caps = [f"at most {most:,}: {as_a_run(near, rate, function, most, forms)}" for most in (200, 1000)]
                print(f"    near, {', '.join(caps)}", flush=True)


def as_a_run(pairs, rate, function, most, forms):
    """Decided and answers, where a run gives up what it would decide with a chance below 5 %."""
    decided, answers = [], []
    for truth, bound in pairs:
        fewest, _ = reached([bound, 1 - bound], rate, function, most, forms)
        sides = fewest[0], np.arange(most + 1) - fewest[1]
        rule = spending_reference.after(bound, rate, most, sides, forms)
        passed, failed, asked, _ = spending_reference.judged(truth, rule, rate, most, forms=forms)
        decided, answers = [*decided, 100 * (passed + failed)], [*answers, asked]
    return f"{np.mean(decided):.1f} % in {np.mean(answers):.0f}"


def edges():
    for rate in RATES:
        for bound in (0.01, 0.02, 0.05, 0.1):
            truth = bound + 0.3
            before, now = (judged([(truth, bound)], rate, function, 200) for function in (log(40), spent))
            limit = math.log(1 / rate) / divergence(truth, bound)
            best = floor_of(bound, truth, rate, 200.0, 200)[2]
            print(
                f"rate {rate:g}, truth {truth:.2f}, bound {bound:.2f}: limit {limit:.1f} answers, before "
                f"{before[1][0]:.1f} ({before[2][0]:.2f}), now {now[1][0]:.1f} ({now[2][0]:.2f}), optimum for this truth "
                f"{best:.1f} ({best / limit:.2f})",
                flush=True,
            )


def search(tries=600):
    """Moves parts of the rate between bends, and keeps what decides more near shares while all far ones are within
    1.25 and those 0.2 away take no more answers than before."""
    at, most = (4, 6, 8, 10, 12, 16, 20, 30, 50, 100, 200), 0.9
    before = [judged(TWO, rate, log(40), 200)[1].mean() for rate in RATES]

    def loss(parts):
        function, sum_ = lines(*zip(at, np.cumsum(parts))), 0.0
        for rate, two in zip(RATES, before):
            ratio = judged(FAR, rate, function, 200)[2]
            decided = judged(NEAR, rate, function, 200)[0]
            sum_ += 200 * np.maximum(ratio - 1.25, 0).sum() - 100 * decided.mean()
            sum_ += max(judged(TWO, rate, function, 200)[1].mean() / two - 1, 0) * 100
        return sum_

    draw = random.Random(14)
    parts = [spent(n) - spent(m) for m, n in zip((0, *at), at)]
    least = loss(parts)
    for _ in range(tries):
        other = list(parts)
        giver, taker = draw.sample(range(len(at)), 2)
        part = draw.random() ** 2 * min(other[giver], most / 9)
        other[giver], other[taker] = other[giver] - part, other[taker] + part
        now = loss(other)
        if now < least:
            parts, least = other, now
    print(" ".join(f"{n}:{part:.3f}" for n, part in zip(at, np.cumsum(parts))))
    for rate in RATES:
        print(f"rate {rate:g}", figures(lines(*zip(at, np.cumsum(parts))), rate))


if __name__ == "__main__":
    known = {"rates": rates, "checks": checks, "edges": edges, "search": search}
    known.get(sys.argv[1] if len(sys.argv) > 1 else "", table)()
