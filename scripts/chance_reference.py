#!/usr/bin/env python3
"""Writes tests/reference/chance.json: chance levels for tests/it/verdict/chance_reference.rs to compare with.

Run it to renew the file after adding a case; the tests only read the file.

    pip install scipy==1.17.1 numpy==2.4.6
    python3 scripts/chance_reference.py

Nothing here is taken from the crate: every relabeling is gone through with itertools, ranks and
hypergeometric probabilities are SciPy's, probabilities are exact fractions. Contexts are independent,
so that the distribution of a total is the convolution of theirs.
"""

import itertools
import json
import math
import pathlib
from collections import Counter
from fractions import Fraction

import numpy
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "chance.json"
N = 50


def told(distribution):
    """Mean, standard deviation and the two 95 % points of {value: weight}."""
    total = sum(distribution.values())
    mean = sum(value * weight for value, weight in distribution.items()) / total
    variance = sum((value - mean) ** 2 * weight for value, weight in distribution.items()) / total
    values = sorted(distribution)
    at_most = lambda value: Fraction(sum(w for v, w in distribution.items() if v <= value)) / Fraction(total)
    at_least = lambda value: Fraction(sum(w for v, w in distribution.items() if v >= value)) / Fraction(total)
    enough = Fraction(95, 100)
    return {
        "mean": float(mean),
        "deviation": math.sqrt(variance),
        "upper": float(min(value for value in values if at_most(value) >= enough)),
        "lower": float(max(value for value in values if at_least(value) >= enough)),
    }


def tops(scores, k):
    """Every set of k that is on top under some way to break the ties, each once."""
    return [
        set(chosen) for chosen in itertools.combinations(range(len(scores)), k)
        if all(scores[i] >= scores[j] for i in chosen for j in range(len(scores)) if j not in chosen)
    ]


def jaccard(name, own, other, k):
    """Which labels the subject's sure and tied options get decides the overlap: go through those."""
    n = len(own)
    cut = sorted(own, reverse=True)[k - 1]
    sure = [i for i in range(n) if own[i] > cut]
    tied = [i for i in range(n) if own[i] == cut]
    room = k - len(sure)
    theirs = tops(other, k)
    distribution = Counter()
    for labels in itertools.combinations(range(n), len(sure)):
        rest = [label for label in range(n) if label not in labels]
        for ties in itertools.combinations(rest, len(tied)):
            values = [
                Fraction(len(mine & top), len(mine | top))
                for chosen in itertools.combinations(ties, room)
                for mine in [set(labels) | set(chosen)]
                for top in theirs
            ]
            distribution[sum(values) / len(values)] += 1
    told_of = told(distribution)
    if len(tied) == room and len(theirs) == 1:
        # Without ties the overlap is hypergeometric: SciPy agrees.
        law = stats.hypergeom(n, k, k)
        mean = sum(law.pmf(shared) * shared / (2 * k - shared) for shared in range(k + 1))
        assert abs(mean - told_of["mean"]) < 1e-12
    return {"name": name, "own": own, "other": other, "k": k, **told_of}


def places(name, counts):
    ranks = stats.rankdata([-count for count in counts], method="average")
    return {"name": name, "own": counts, **told(Counter(Fraction(rank) for rank in ranks))}


def spearman(name, own, other):
    """The numpy correlation of SciPy's ranks, over all n! orders of the one."""
    x, y = stats.rankdata(own), stats.rankdata(other)
    distribution = Counter()
    for order in itertools.permutations(range(len(x))):
        rho = numpy.corrcoef(x[list(order)], y)[0, 1]
        distribution[round(float(rho), 10)] += 1
    return {"name": name, "own": own, "other": other, **told(distribution)}


def convolved(parts, cells):
    total = Counter({Fraction(0): 1})
    for part in parts:
        joined = Counter()
        for (a, p), (b, q) in itertools.product(total.items(), part.items()):
            joined[a + b] += p * q
        total = joined
    return told(Counter({value / cells: weight for value, weight in total.items()}))


def within(name, k, contexts):
    """contexts: the ranking (places 1 … n, one for each value), and the counts of the top rating."""
    parts = []
    for ranking, counts in contexts:
        other = stats.rankdata([-count for count in counts], method="average")
        near = Counter()
        for order in itertools.permutations(ranking):
            near[Fraction(sum(abs(a - b) <= k for a, b in zip(order, other)))] += 1
        parts.append(near)
    cells = sum(len(ranking) for ranking, _ in contexts)
    return {"name": name, "k": k, "contexts": contexts, **convolved(parts, cells)}


def agrees(name, pairs, contexts):
    """contexts: the ranking, and for each pair of values + where the first is preferred, − or 0."""
    parts = []
    for ranking, leans in contexts:
        same = Counter()
        for order in itertools.permutations(ranking):
            total = Fraction(0)
            for (first, second), lean in zip(pairs, leans):
                # A lower place is a higher rank.
                product = lean * (order[second] - order[first])
                total += 1 if product > 0 else Fraction(1, 2) if product == 0 else 0
            same[total] += 1
        parts.append(same)
    cells = len(pairs) * len(contexts)
    return {"name": name, "pairs": pairs, "contexts": contexts, **convolved(parts, cells)}


def signed(name, own, other):
    """Pairs as [probably first, probably second]: five pairs exchange answers, and their sides."""
    flat = lambda pairs: [number for first, second in pairs for number in (first, -second)]
    y = stats.rankdata(flat(other))
    distribution = Counter()
    for order in itertools.permutations(own):
        for turned in itertools.product([False, True], repeat=len(own)):
            x = flat([pair[::-1] if turn else pair for pair, turn in zip(order, turned)])
            rho = numpy.corrcoef(stats.rankdata(x), y)[0, 1]
            distribution[round(float(rho), 10)] += 1
    return {"name": name, "own": own, "other": other, **told(distribution)}


CLEAR = [50, 46, 42, 40, 33, 20, 9, 5, 3, 2, 1, 0]
OTHER = [12, 48, 50, 30, 44, 41, 38, 1, 6, 8, 4, 2]
TIED = [50, 46, 42, 30, 30, 30, 30, 2, 0, 0, 0, 0]
OTHER_TIED = [12, 48, 50, 30, 30, 41, 38, 1, 6, 8, 4, 2]
SIX = [
    [[1, 2, 3, 4, 5, 6], [50, 44, 40, 31, 22, 10]],
    [[2, 1, 4, 3, 6, 5], [50, 50, 40, 31, 22, 10]],
    [[6, 5, 4, 3, 2, 1], [50, 50, 50, 50, 50, 3]],
    [[3, 1, 2, 6, 5, 4], [7, 7, 7, 30, 30, 29]],
]
# Those of T3, as places in the list of T4's values.
VALUES = ["performance", "privacy", "fairness", "autonomy", "safety", "transparency"]
PAIRS = [("performance", "privacy"), ("fairness", "privacy"), ("fairness", "performance"),
         ("autonomy", "safety"), ("transparency", "safety")]
LEANS = [[1, 1, 1, 1, 1], [1, -1, 1, -1, 1], [0, 1, -1, 0, 1], [-1, -1, 1, 1, -1]]


def main():
    pairs = [[VALUES.index(first), VALUES.index(second)] for first, second in PAIRS]
    reference = {
        "about": "written by scripts/chance_reference.py",
        "n": N,
        "jaccard": [
            jaccard("no ties", CLEAR, OTHER, 5),
            jaccard("own ties", TIED, OTHER, 5),
            jaccard("ties on both sides", TIED, OTHER_TIED, 5),
            jaccard("top 1", CLEAR, OTHER, 1),
        ],
        "place": [places("no ties", CLEAR), places("ties", TIED)],
        "spearman": [
            spearman("five", [50, 40, 30, 20, 10], [3, 9, 1, 20, 14]),
            spearman("five, tied", [50, 40, 40, 20, 10], [3, 9, 9, 9, 14]),
            spearman("seven", [50, 45, 40, 30, 20, 15, 10], [3, 9, 1, 20, 14, 33, 2]),
            spearman("seven, tied", [50, 50, 50, 30, 20, 0, 0], [3, 9, 9, 20, 20, 33, 2]),
        ],
        "within": [within(f"±{k}", k, SIX) for k in (0, 1, 2)]
        + [within(f"±{k}, no ties", k, [SIX[0]] * 4) for k in (0, 1, 2)],
        "agrees": [agrees("four contexts", pairs, [[six[0], leans] for six, leans in zip(SIX, LEANS)])],
        "signed": [
            signed("no ties", [[20, 5], [11, 16], [3, 30], [26, 8], [1, 13]],
                   [[21, 9], [14, 10], [6, 25], [17, 12], [3, 19]]),
        ],
    }
    for six in reference["within"][3:]:
        # Of six untied values, 16.7 % are exact and 66.7 % within two.
        assert abs(six["mean"] - {0: 1 / 6, 1: 16 / 36, 2: 24 / 36}[six["k"]]) < 1e-12
    # A case a line.
    case = lambda value: json.dumps(value, ensure_ascii=False)
    rows = lambda cases: "[\n  " + ",\n  ".join(map(case, cases)) + "\n ]"
    parts = [f' {case(key)}: {rows(value) if isinstance(value, list) else case(value)}' for key, value in reference.items()]
    OUT.write_text("{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main()
