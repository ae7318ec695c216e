#!/usr/bin/env python3
"""Writes tests/reference/distances.json: order agreement, mean difference, alignment, Jensen-Shannon distance, spread and
which of two groups is closest, for tests/it/verdict/distances.rs to compare with.

    pip install scipy==1.17.1 numpy==2.4.6
    python3 scripts/distance_reference.py
    python3 scripts/distance_reference.py excess    # the constants of src/stats/sums/smooth.rs, nothing is written

The Wasserstein and Jensen-Shannon distances and entropies are SciPy's. The least Jensen-Shannon distance from a side that tells
its top level only, and its most entropy, have closed forms (the rest in
proportion to the own answers; evenly). Total variation is the largest difference of the two shares of any set of levels, by
enumeration; order agreement is Goodman and Kruskal's difference of concordant and discordant pairs of answers, by
enumeration of the pairs of questions, over the most that any shares from 0 to 1 could have (a linear programme, by
SciPy). Shares are multiples of 1/400, drawn by the generator of scripts/stats_reference.py.
"""

import itertools
import json
import math
import pathlib
import sys

import numpy
from scipy import optimize, stats
from scipy.spatial.distance import jensenshannon

OUT = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "distances.json"
LEVELS, PARTS = 5, 400


def lcg(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


def counts(numbers, sharp):
    """How many of 400 say each level."""
    cuts = sorted(next(numbers) % (PARTS // sharp + 1) for _ in range(LEVELS - 1))
    return [b - a for a, b in zip([0, *cuts], [*cuts, PARTS])]


def total_variation(p, q):
    sets = itertools.product((0, 1), repeat=len(p))
    return max(abs(sum(s * (a - b) for s, a, b in zip(chosen, p, q))) for chosen in sets)


def agreement(own, other, margin):
    """P(concordant) − P(discordant) over pairs that the other side tells apart, over its maximum."""
    n = len(own)
    pairs = [(i, j) for i in range(n) for j in range(n) if other[i] - other[j] >= margin - 1e-9]
    value = sum(own[i] * (1 - own[j]) - own[j] * (1 - own[i]) for i, j in pairs)
    weights = numpy.zeros(n)
    for i, j in pairs:
        weights[i] += 1
        weights[j] -= 1
    most = -optimize.linprog(-weights, bounds=[(0, 1)] * n).fun
    return value / most


def rests(b):
    """All of what a side that tells its top level only leaves open, on one of the other levels."""
    for level in range(LEVELS - 1):
        rest = numpy.zeros(LEVELS)
        rest[-1], rest[level] = b[-1], 1 - b[-1]
        yield rest


def pooled(a):
    """The top level and all others."""
    return [1 - a[-1], a[-1]]


def excess(outcomes, stake, kappa):
    """The largest (ln sum p^(1-s) - (s + kappa s^2) H) / s^2: where it is largest, p has two values."""
    largest = -math.inf
    for many in range(1, outcomes):
        mass = 1 / (1 + numpy.exp(-numpy.linspace(-30, 30, 60001)))
        x, y = mass / many, (1 - mass) / (outcomes - many)
        inside = (x > 0) & (y > 0)
        mass, x, y = mass[inside], x[inside], y[inside]
        entropy = -(mass * numpy.log(x) + (1 - mass) * numpy.log(y))
        power = numpy.log(many * x ** (1 - stake) + (outcomes - many) * y ** (1 - stake))
        largest = max(largest, ((power - (stake + kappa * stake**2) * entropy) / stake**2).max())
    return largest


def tangent():
    """The largest of r (e^(-a u) - 1 + a u) / (4 a^2 h(r)), u = ln r: where a distance's bet is tight."""
    r = numpy.concatenate([numpy.linspace(1e-6, 0.99, 20000), numpy.linspace(1.01, 2 - 1e-9, 20000)])
    u, other = numpy.log(r), 2 - r
    h = (r * u + other * numpy.log(other)) / 2
    return max((r * (numpy.exp(-a * u) - 1 + a * u) / (4 * a * a * h)).max() for a in numpy.linspace(0.01, 0.5, 50))


def case(seed, questions, margin):
    numbers = lcg(seed)
    own = [counts(numbers, 1) for _ in range(questions)]
    other = [counts(numbers, 1 + at % 2) for at in range(questions)]
    p, q = numpy.array(own) / PARTS, numpy.array(other) / PARTS
    levels = range(LEVELS)
    wasserstein = [stats.wasserstein_distance(levels, levels, a, b) / (LEVELS - 1) for a, b in zip(p, q)]
    third = [counts(numbers, 1) for _ in range(questions)]
    t = numpy.array(third) / PARTS
    # Where the other side tells the top level only, the rest may be at any of the others.
    def open_ends(a, b):
        return max(stats.wasserstein_distance(levels, levels, a, rest) / (LEVELS - 1) for rest in rests(b))

    def mean(of):
        return float(numpy.mean([of(a, b) for a, b in zip(p, q)]))

    entropy = stats.entropy(p, axis=1).sum()
    even = [[*([(1 - b[-1]) / (LEVELS - 1)] * (LEVELS - 1)), b[-1]] for b in q]
    nearest = [numpy.mean([total_variation(a, b) for a, b in zip(p, side)]) for side in (q, t)]
    top = [numpy.mean([total_variation(pooled(a), pooled(b)) for a, b in zip(p, side)]) for side in (q, t)]
    return {
        "own": own,
        "other": other,
        "margin": margin,
        "order_agreement": agreement(p[:, -1], q[:, -1], margin),
        "mean_difference": float(numpy.mean([total_variation(a, b) for a, b in zip(p, q)])),
        "top_difference": float(numpy.mean(numpy.abs(p[:, -1] - q[:, -1]))),
        "alignment": 1 - float(numpy.mean(wasserstein)),
        "third": third,
        "jensen_shannon": mean(lambda a, b: jensenshannon(a, b, base=2)),
        "most_jensen_shannon": mean(lambda a, b: max(jensenshannon(a, rest, base=2) for rest in rests(b))),
        "least_jensen_shannon": mean(lambda a, b: jensenshannon(pooled(a), pooled(b), base=2)),
        "spread": float(entropy / stats.entropy(q, axis=1).sum()),
        "least_spread": float(entropy / stats.entropy(even, axis=1).sum()),
        "most_spread": float(entropy / stats.entropy([pooled(b) for b in q], axis=1).sum()),
        "closest": float(nearest[1] - nearest[0]),
        "top_closest": float(top[1] - top[0]),
        "least_alignment": 1 - float(numpy.mean([open_ends(a, b) for a, b in zip(p, q)])),
    }


def main():
    if sys.argv[1:] == ["excess"]:
        print(f"tangent: {tangent():.4f}")
        for outcomes in range(2, 8):
            for kappa in (0, 1, 2):
                # It grows with the stake.
                row = [excess(outcomes, stake, kappa) for stake in (0.05, 0.1, 0.2, 0.4)]
                print(outcomes, kappa, " ".join(f"{value:.4f}" for value in row))
        return
    cases = [case(seed, 28, margin) for seed in range(1, 9) for margin in (0.05, 0.1, 0.25)]
    OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(f"{OUT}: {len(cases)} cases")


if __name__ == "__main__":
    main()
