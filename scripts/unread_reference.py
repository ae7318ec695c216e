#!/usr/bin/env python3
"""Writes tests/reference/unread.json, for tests/it/answer/unread_reference.rs to compare with: what a verdict may
say where responses were not read, from the definition alone.

    python3 scripts/unread_reference.py

Nothing but Python's own library is used, and nothing of the crate. Every completion is tried: each unread
response is given each meaning that it could have had, each completed list of answers is judged as if all had
been read, and the worst of these is kept. (The crate finds it from two codings. That this is the same is what
the test shows.)

- A share: exact binomial tails (Clopper and Pearson 1934) for a fixed sample, and for a growing one the bets
  1/32, 2/32 ... 1 at once, with stakes in proportion to their squares (src/stats/evidence.rs says why).
- A paired difference: whether one value is at the top more often than another; the tail of a fair coin, and
  the chance that the bet on a fair coin ever gets so far, summed over all paths.
- A mean difference: bets on the mean of answers of -1, 0 and 1.
"""

import functools
import itertools
import json
import math
import pathlib
from fractions import Fraction

OUT = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "unread.json"
STAKES = [(k / 32, k * k / sum(i * i for i in range(1, 33))) for k in range(1, 33)]


def wealth(values):
    """What all stakes together have become after answers of these (value, count)."""
    total = 0.0
    for stake, share in STAKES:
        product = share
        for value, count in values:
            product *= (1 + stake * value) ** count
        total += product
    return total


def largest(holds):
    """The largest number in 0..1 for which a property holds that is lost once and for all."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def share_low(yes, n, rate, growing):
    """The largest share that is refuted as too large by nobody: 'at most q' is refuted below it."""
    if yes == 0:
        return 0.0
    if growing:
        return largest(lambda q: q == 0 or wealth([((1 - q) / q, yes), (-1.0, n - yes)]) >= 1 / rate)
    tail = lambda q: math.fsum(math.comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(yes, n + 1))
    return largest(lambda q: tail(q) <= rate)


def shares():
    cases = []
    for read, unread in [("1111011101", 0), ("1111011101", 1), ("1110111101111011", 4), ("0010000100", 5),
                         ("1" * 30, 3), ("0" * 12, 6), ("1010", 8), ("1" * 18 + "0" * 6, 9)]:
        for rate in [0.05, 0.001]:
            case = {"read": read, "unread": unread, "rate": rate}
            for growing in [False, True]:
                ends = []
                for meant in itertools.product("01", repeat=unread):
                    answers = read + "".join(meant)
                    yes, n = answers.count("1"), len(answers)
                    ends.append((yes, n))
                ends = sorted(set(ends))
                low = min(share_low(yes, n, rate, growing) for yes, n in ends)
                high = max(1 - share_low(n - yes, n, rate, growing) for yes, n in ends)
                case["growing" if growing else "fixed"] = [low, high]
            cases.append(case)
    return cases


def coin_tail(up, down):
    n = up + down
    return float(Fraction(sum(math.comb(n, k) for k in range(up, n + 1)), 2**n))


@functools.lru_cache(maxsize=None)
def coin_wealth(up, down):
    return wealth([(1.0, up), (-1.0, down)])


@functools.lru_cache(maxsize=None)
def coin_ever(up, down):
    """The chance that the bet on a fair coin ever gets as far as this. Paths are followed for MOST tosses. All
    bets have 1 on average: what those have that got there, the others have not, and they get there with a chance
    of at most what they have over what it takes (Ville)."""
    reached = coin_wealth(up, down)
    if reached <= 1:
        return 1.0
    alive, there, had = {0: 1.0}, 0.0, 0.0
    for tosses in range(1, MOST + 1):
        after = {}
        for ups, chance in alive.items():
            for now in (ups, ups + 1):
                has = coin_wealth(now, tosses - now)
                if has >= reached * (1 - 1e-9):
                    there += chance / 2
                    had += chance / 2 * has
                else:
                    after[now] = after.get(now, 0.0) + chance / 2
        alive = after
    return min(there + max(1 - had, 0.0) / reached, 1 / reached)


MOST = 400


def pairs():
    """Ratings of two questions, sample by sample: at the top (1), not (0), or not read (?)."""
    cases = []
    for one, other in [("1111111111", "0000000000"), ("11111?1111", "0000000000"), ("11111?1111", "00000?0000"),
                       ("1111111?11110111", "00?0001000000000"), ("1?11111111?111111111", "0000?000100000000000"),
                       ("1111111111111111", "0???000000000000"), ("???111111111111111111111", "000000000000000000000000")]:
        worst = {"fixed": 0.0, "growing": 0.0}
        places = [(row, at) for row, answers in enumerate([one, other]) for at, a in enumerate(answers) if a == "?"]
        for meant in itertools.product("01", repeat=len(places)):
            rows = [list(one), list(other)]
            for (row, at), value in zip(places, meant):
                rows[row][at] = value
            up = sum(a > b for a, b in zip(*rows))
            down = sum(a < b for a, b in zip(*rows))
            worst["fixed"] = max(worst["fixed"], coin_tail(up, down))
            worst["growing"] = max(worst["growing"], coin_ever(up, down))
        cases.append({"one": one, "other": other, **worst})
    return cases


def mean_low(values, rate):
    """The largest mean of values in -1..1 that 'at most' is refuted below, found on 0..1."""
    scaled = [((1 + value) / 2, values.count(value)) for value in (-1, 0, 1)]
    refuted = lambda m: m == 0 or wealth([((x - m) / m, count) for x, count in scaled]) >= 1 / rate
    return 2 * largest(refuted) - 1


def effects():
    """Who sides with the value named first (+), last (-), neither (0), or was not read (?)."""
    cases = []
    for stated, swapped in [("+++0-+++0+-+", "++-+0+++-+++"), ("+++0-++?0+-+", "++-+0+++-+++"),
                            ("+++++++++?++", "++?+++++++++"), ("-0-?--0----0", "0--?---0?---"),
                            ("?+-0?+-0?+-0", "0-+?0-+?0-+0")]:
        both = stated + swapped
        value = {"+": 1, "-": -1, "0": 0}
        ends = {}
        for rate in [0.1, 0.05]:
            lows, highs = [], []
            for meant in set(itertools.product((-1, 0, 1), repeat=both.count("?"))):
                fill = iter(meant)
                values = [next(fill) if c == "?" else value[c] for c in both]
                lows.append(mean_low(values, rate))
                highs.append(-mean_low([-v for v in values], rate))
            ends[rate] = (min(lows), max(highs))
        # That there is an effect may come from either side: half the rate for each.
        low = max(ends[0.05][0], -ends[0.05][1], 0.0)
        high = max(ends[0.1][1], -ends[0.1][0])
        cases.append({"stated": stated, "swapped": swapped, "rate": 0.1, "effect": [low, high]})
    return cases


reference = {"made_by": "scripts/unread_reference.py", "most": MOST, "shares": shares(), "pairs": pairs(),
             "effects": effects()}
rows = ",\n".join(
    f'"{key}": ' + ("[\n" + ",\n".join(json.dumps(row, allow_nan=False) for row in value) + "\n]"
                    if isinstance(value, list) else json.dumps(value))
    for key, value in reference.items()
)
OUT.write_text("{\n" + rows + "\n}\n")
print(f"{OUT.name}: {sum(len(v) for v in reference.values() if isinstance(v, list))} cases")
