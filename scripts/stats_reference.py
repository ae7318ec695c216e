#!/usr/bin/env python3
"""Writes tests/reference/stats.json: what SciPy says, for tests/it/verdict/stats_reference.rs to compare with.

Run it to renew the file after adding a case; the tests only read the file.

    pip install scipy==1.17.1 numpy==2.4.6
    python3 scripts/stats_reference.py

What SciPy lacks is computed here from its definition, in exact fractions and by enumeration: the overlap
of tied tops.
"""

import itertools
import json
import pathlib
from fractions import Fraction

import numpy
import scipy
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "tests" / "reference" / "stats.json"


def lcg(seed):
    """Knuth's MMIX generator, upper 31 bits: the same few lines are in the Rust test."""
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


def generated(seed, n, common, own):
    """Two correlated columns of whole numbers; small moduli give ties."""
    numbers = lcg(seed)
    x, y = [], []
    for _ in range(n):
        shared = next(numbers) % common
        x.append(float(shared + next(numbers) % own))
        y.append(float(shared + next(numbers) % own))
    return x, y


def correlations():
    inputs = [
        ("three", [1.0, 2.0, 3.0], [1.0, 3.0, 2.0]),
        ("three, opposite", [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]),
        ("three, tied", [1.0, 1.0, 2.0], [1.0, 2.0, 3.0]),
        ("four, equal order", [0.1, 0.2, 0.3, 0.9], [1.0, 5.0, 6.0, 7.0]),
        ("tied on both sides", [0.5, 0.5, 0.2, 0.9, 0.2, 0.2, 1.0], [1.0, 2.0, 2.0, 2.0, 0.0, 0.0, 3.0]),
        ("two levels", [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
        ("twelve shares", [0.98, 0.94, 0.9, 0.84, 0.62, 0.5, 0.1, 0.06, 0.04, 0.02, 0.0, 0.0],
         [0.56, 0.61, 0.55, 0.36, 0.48, 0.66, 0.31, 0.32, 0.33, 0.25, 0.27, 0.25]),
        ("constant first", [1.0, 1.0, 1.0], [1.0, 2.0, 3.0]),
        ("constant second", [1.0, 2.0, 3.0], [0.5, 0.5, 0.5]),
        ("constant both", [2.0, 2.0, 2.0], [0.5, 0.5, 0.5]),
    ]
    cases = [{"name": name, "x": x, "y": y} for name, x, y in inputs]
    for name, *recipe in [
        ("28 cells", 28, 28, 20, 60),
        ("thousand, nearly no ties", 1, 1000, 10**6, 10**7),
        ("thousand, many ties", 2, 1000, 5, 12),
        ("thousand, strong", 3, 1000, 1000, 100),
        ("thousand, two levels, unrelated", 4, 1000, 1, 2),
    ]:
        cases.append({"name": name, "generated": recipe})
    for case in cases:
        x, y = (case["x"], case["y"]) if "x" in case else generated(*case["generated"])
        if len(set(x)) == 1 or len(set(y)) == 1:
            case["undefined"] = "constant"
            continue
        case["spearman"] = stats.spearmanr(x, y).statistic
        case["kendall"] = stats.kendalltau(x, y, variant="b").statistic
        if len(x) < 50:
            case["ranks_average"] = stats.rankdata(x, method="average").tolist()
    return cases


def intervals():
    cases = []
    for k, n in [(0, 1), (1, 1), (0, 50), (50, 50), (1, 50), (45, 50), (25, 50), (3, 10), (500, 1000),
                 (999, 1000), (1, 10000), (4321, 10000)]:
        for confidence in [0.5, 0.9, 0.95, 0.999]:
            test = stats.binomtest(k, n)
            # binomtest finds the exact interval's ends by bisection, to ten digits; as quantiles of
            # Beta they have all of them.
            rough = test.proportion_ci(confidence, method="exact")
            tail = (1 - confidence) / 2
            low = 0.0 if k == 0 else stats.beta.ppf(tail, k, n - k + 1)
            high = 1.0 if k == n else stats.beta.isf(tail, k + 1, n - k)
            assert abs(low - rough.low) < 1e-9 and abs(high - rough.high) < 1e-9
            cases.append({
                "successes": k, "n": n, "confidence": confidence,
                "clopper_pearson": [low, high],
            })
    return cases


def beta_quantiles():
    shapes = [(0.5, 50.5), (50.5, 0.5), (0.5, 0.5), (1.0, 1.0), (11.5, 39.5), (3.0, 998.0), (200.5, 4800.5)]
    levels = [1e-9, 1e-4, 0.025, 0.5, 0.975, 0.9999]
    return [
        {"a": a, "b": b, "p": p, "quantile": stats.beta.ppf(p, a, b)}
        for a, b in shapes for p in levels
    ]


def top_choices(values, k):
    """Every set that the k largest can be, ties at the cut broken in every way."""
    best = sorted(values, reverse=True)[:k]
    return [set(c) for c in itertools.combinations(range(len(values)), k)
            if sorted((values[i] for i in c), reverse=True) == best]


def overlaps():
    inputs = [
        ([9, 8, 7, 6, 5, 4, 3, 2], [9, 7, 8, 2, 3, 4, 5, 6], 5),
        ([5, 5, 5, 5, 5, 5], [5, 5, 5, 5, 5, 5], 3),
        ([9, 5, 5, 5, 5, 1, 0, 0], [5, 5, 5, 9, 1, 1, 5, 5], 4),
        ([50, 50, 48, 40, 20, 20, 20, 2, 0, 0, 0, 0], [30, 31, 12, 31, 12, 12, 40, 12, 3, 2, 1, 0], 5),
        ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 5),
    ]
    cases = []
    for x, y, k in inputs:
        each = [Fraction(len(a & b), len(a | b)) for a in top_choices(x, k) for b in top_choices(y, k)]
        cases.append({"x": x, "y": y, "k": k, "value": float(sum(each) / len(each))})
    return cases


def two_shares():
    inputs = [
        ([3, 0], [0, 3]), ([1, 9], [11, 3]), ([18, 2], [11, 9]), ([0, 20], [20, 0]), ([45, 5], [30, 20]),
        ([10, 10], [10, 10]), ([1, 0], [0, 40]), ([200, 0], [197, 3]), ([420, 380], [300, 500]),
    ]
    return [{"first": first, "second": second, "p": stats.fisher_exact([first, second]).pvalue}
            for first, second in inputs]


reference = {
    "made_by": f"scripts/stats_reference.py with SciPy {scipy.__version__} and NumPy {numpy.__version__}",
    "correlations": correlations(),
    "intervals": intervals(),
    "beta_quantiles": beta_quantiles(),
    "overlaps": overlaps(),
    "two_shares": two_shares(),
}
rows = ",\n".join(
    f'"{key}": ' + ("[\n" + ",\n".join(json.dumps(row, allow_nan=False) for row in value) + "\n]"
                    if isinstance(value, list) else json.dumps(value, allow_nan=False))
    for key, value in reference.items()
)
OUT.write_text("{\n" + rows + "\n}\n")
print(f"{OUT.name}: {sum(len(v) for v in reference.values() if isinstance(v, list))} cases")
