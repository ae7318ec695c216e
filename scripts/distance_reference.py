#!/usr/bin/env python3
"""Writes tests/reference/distances.json: order agreement, mean difference and alignment, for
tests/it/verdict/distances.rs to compare with.

    pip install scipy==1.17.1 numpy==2.4.6
    python3 scripts/distance_reference.py

The Wasserstein distance is SciPy's. Total variation is the largest difference of the two shares of any set of levels, by
enumeration; order agreement is Goodman and Kruskal's difference of concordant and discordant pairs of answers, by
enumeration of the pairs of questions, over the most that any shares from 0 to 1 could have (a linear programme, by
SciPy). Shares are multiples of 1/400, drawn by the generator of scripts/stats_reference.py.
"""

import itertools
import json
import pathlib

import numpy
from scipy import optimize, stats

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


def case(seed, questions, margin):
    numbers = lcg(seed)
    own = [counts(numbers, 1) for _ in range(questions)]
    other = [counts(numbers, 1 + at % 2) for at in range(questions)]
    p, q = numpy.array(own) / PARTS, numpy.array(other) / PARTS
    levels = range(LEVELS)
    wasserstein = [stats.wasserstein_distance(levels, levels, a, b) / (LEVELS - 1) for a, b in zip(p, q)]
    # Where the other side tells the top level only, the rest may be at any of the others.
    def open_ends(a, b):
        ends = []
        for level in range(LEVELS - 1):
            rest = numpy.zeros(LEVELS)
            rest[-1], rest[level] = b[-1], 1 - b[-1]
            ends.append(stats.wasserstein_distance(levels, levels, a, rest) / (LEVELS - 1))
        return max(ends)
    return {
        "own": own,
        "other": other,
        "margin": margin,
        "order_agreement": agreement(p[:, -1], q[:, -1], margin),
        "mean_difference": float(numpy.mean([total_variation(a, b) for a, b in zip(p, q)])),
        "top_difference": float(numpy.mean(numpy.abs(p[:, -1] - q[:, -1]))),
        "alignment": 1 - float(numpy.mean(wasserstein)),
        "least_alignment": 1 - float(numpy.mean([open_ends(a, b) for a, b in zip(p, q)])),
    }


def main():
    cases = [case(seed, 28, margin) for seed in range(1, 9) for margin in (0.05, 0.1, 0.25)]
    OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(f"{OUT}: {len(cases)} cases")


if __name__ == "__main__":
    main()
