#!/usr/bin/env python3
"""Writes tests/reference/stats.json: what SciPy says, for tests/it/verdict/stats_reference.rs to compare with.

Run it to renew the file after adding a case; the tests only read the file.

    pip install scipy==1.17.1 numpy==2.4.6
    python3 scripts/stats_reference.py

What SciPy lacks is computed here from its definition, in exact fractions or by enumeration: Holm's
correction, the overlap of tied tops, the sum over all tables of a homogeneity test (the tables'
probabilities and statistics are SciPy's).
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction

import numpy
import scipy
from scipy import special, stats

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
        rho = stats.spearmanr(x, y)
        case["spearman"] = rho.statistic
        case["p_value"] = rho.pvalue
        case["kendall"] = stats.kendalltau(x, y, variant="b").statistic
        case["pearson"] = stats.pearsonr(x, y).statistic
        if len(x) < 50:
            case["ranks_average"] = stats.rankdata(x, method="average").tolist()
            case["ranks_min"] = stats.rankdata(x, method="min").tolist()
    return cases


def p_values():
    cases = []
    for rho in [0.0, 1e-9, 0.001, 0.1, -0.3, 0.5, 0.76, -0.9, 0.99, 0.999999, 1.0, -1.0]:
        for n in [3, 4, 10, 12, 28, 1000]:
            df = n - 2
            t = math.inf if abs(rho) == 1 else abs(rho) * math.sqrt(df / ((1 - rho) * (1 + rho)))
            p = 2 * stats.t.sf(t, df)
            if abs(rho) < 0.01:
                # stats.t loses digits for a small t.
                exact = 1 - special.betainc(0.5, df / 2, rho * rho)
                assert abs(p - exact) < 1e-8
                p = exact
            cases.append({"rho": rho, "n": n, "p": p})
    return cases


def intervals():
    cases = []
    for k, n in [(0, 1), (1, 1), (0, 50), (50, 50), (1, 50), (45, 50), (25, 50), (3, 10), (500, 1000),
                 (999, 1000), (1, 10000), (4321, 10000)]:
        for confidence in [0.5, 0.9, 0.95, 0.999]:
            test = stats.binomtest(k, n)
            wilson = test.proportion_ci(confidence, method="wilson")
            # binomtest finds the exact interval's ends by bisection, to ten digits; as quantiles of
            # Beta they have all of them.
            rough = test.proportion_ci(confidence, method="exact")
            tail = (1 - confidence) / 2
            low = 0.0 if k == 0 else stats.beta.ppf(tail, k, n - k + 1)
            high = 1.0 if k == n else stats.beta.isf(tail, k + 1, n - k)
            assert abs(low - rough.low) < 1e-9 and abs(high - rough.high) < 1e-9
            cases.append({
                "successes": k, "n": n, "confidence": confidence,
                "clopper_pearson": [low, high], "wilson": [wilson.low, wilson.high],
            })
    return cases


def beta_quantiles():
    shapes = [(0.5, 50.5), (50.5, 0.5), (0.5, 0.5), (1.0, 1.0), (11.5, 39.5), (3.0, 998.0), (200.5, 4800.5)]
    levels = [1e-9, 1e-4, 0.025, 0.5, 0.975, 0.9999]
    return [
        {"a": a, "b": b, "p": p, "quantile": stats.beta.ppf(p, a, b)}
        for a, b in shapes for p in levels
    ]


def quantiles():
    numbers = lcg(9)
    values = sorted(next(numbers) / 2**31 for _ in range(37))
    levels = [0.0, 0.025, 0.31, 0.5, 0.975, 1.0]
    return {"sorted": values, "levels": levels, "quantiles": numpy.quantile(values, levels).tolist()}


def holm(p):
    """From the definition: the largest (number of p-values not rejected before) × p so far."""
    result = [0.0] * len(p)
    largest = Fraction(0)
    order = sorted(range(len(p)), key=lambda i: p[i])
    for step, i in enumerate(order):
        largest = max(largest, min(Fraction(1), (len(p) - step) * Fraction(p[i])))
        result[i] = float(largest)
    return result


def corrections():
    inputs = [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9, 0.0, 1.0], [1e-12, 0.001, 0.001, 0.049, 0.051, 0.7]]
    return [{"p": p, "holm": holm(p)} for p in inputs]


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
        cases.append({"x": x, "y": y, "k": k, "value": float(sum(each) / len(each)),
                      "least": float(min(each)), "most": float(max(each))})
    return cases


def tables(first, totals):
    """Every way to split the totals so that the first sample has its size."""
    for split in itertools.product(*(range(t + 1) for t in totals)):
        if sum(split) == sum(first):
            yield numpy.array([split, [t - s for t, s in zip(totals, split)]])


def homogeneity():
    inputs = [
        ([3, 0], [0, 3]), ([1, 9], [11, 3]), ([18, 2], [11, 9]), ([8, 2, 0], [3, 5, 4]),
        ([5, 0, 1, 2], [0, 4, 4, 1]), ([20, 0, 0], [15, 3, 2]), ([3, 3, 3, 3], [1, 5, 2, 4]),
        ([9, 1, 0, 0, 2], [3, 2, 1, 1, 1]),
    ]
    cases = []
    for first, second in inputs:
        totals = [a + b for a, b in zip(first, second)]
        law = stats.random_table([sum(first), sum(second)], totals)
        observed = numpy.array([first, second])
        measures = {
            "Pearson": lambda t: stats.chi2_contingency(t, correction=False).statistic,
            "G": lambda t: stats.chi2_contingency(t, correction=False, lambda_="log-likelihood").statistic,
            "Probability": lambda t: -2 * law.logpmf(t),
        }
        every = list(tables(first, totals))
        case = {"first": first, "second": second, "tables": len(every),
                "total_variation": float(sum(abs(Fraction(a, sum(first)) - Fraction(b, sum(second)))
                                             for a, b in zip(first, second)) / 2)}
        for name, measure in measures.items():
            least = measure(observed)
            p = math.fsum(law.pmf(t) for t in every if measure(t) >= least - 1e-9 * max(1, abs(least)))
            case[name] = {"statistic": least, "p": p}
        if len(first) == 2:
            assert abs(stats.fisher_exact(observed).pvalue - case["Probability"]["p"]) < 1e-12
        cases.append(case)
    return cases


reference = {
    "made_by": f"scripts/stats_reference.py with SciPy {scipy.__version__} and NumPy {numpy.__version__}",
    "correlations": correlations(),
    "p_values": p_values(),
    "intervals": intervals(),
    "beta_quantiles": beta_quantiles(),
    "quantiles": quantiles(),
    "corrections": corrections(),
    "overlaps": overlaps(),
    "homogeneity": homogeneity(),
}
rows = ",\n".join(
    f'"{key}": ' + ("[\n" + ",\n".join(json.dumps(row, allow_nan=False) for row in value) + "\n]"
                    if isinstance(value, list) else json.dumps(value, allow_nan=False))
    for key, value in reference.items()
)
OUT.write_text("{\n" + rows + "\n}\n")
print(f"{OUT.name}: {sum(len(v) for v in reference.values() if isinstance(v, list))} cases")
