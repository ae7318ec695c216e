#!/usr/bin/env python3
"""Write tests/reference/across.json: what `cargo alignspec across` has to show, by SciPy.

    python3 scripts/across_reference.py

Of the published models as baselines/ has them: their alignment with each group, how robust their
selections are, and how the two columns go together over the study's fifteen models, over all that
have ratings, and with one left out at a time. And of drawn columns, with ties: Spearman's rho, its
two-sided p (over all orders up to 8 rows, else by Student's t, never below 2/n!), and the range.
Needs SciPy. Shares nothing with the program but the baselines.
"""

import itertools
import json
import math
import random
import statistics
import sys
from pathlib import Path

from scipy.stats import rankdata, spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parent))
from check_published import BASELINES, CONTEXTS, FIFTEEN, ORDERS, RATED, VALUES, across, jaccard, overlap, t1, t2, untold

OUT = Path(__file__).resolve().parent.parent / "tests" / "reference" / "across.json"
GROUPS = ["us-sample", "practitioners", "practitioners_as_published"]
SEED = 20251106


def rho(x, y):
    """None where one side has equal values only."""
    return None if len(set(x)) == 1 or len(set(y)) == 1 else float(spearmanr(x, y).statistic)


def p_value(x, y):
    n = len(x)
    if n > 8:
        return max(float(spearmanr(x, y).pvalue), 2 / math.factorial(n))
    # Twice the ranks are whole numbers, so that equal sums are equal.
    a, b = ([round(2 * r) - n - 1 for r in rankdata(side)] for side in (x, y))
    seen = abs(sum(i * j for i, j in zip(a, b)))
    orders = list(itertools.permutations(b))
    return sum(abs(sum(i * j for i, j in zip(a, order))) >= seen for order in orders) / len(orders)


def association(x, y):
    without = [rho(x[:i] + x[i + 1:], y[:i] + y[i + 1:]) for i in range(len(x))] if len(x) > 3 else []
    known = [r for r in without if r is not None]
    return {
        "rho": rho(x, y), "p": p_value(x, y),
        "least": min(known, default=None), "most": max(known, default=None),
        "undefined_without": [i for i, r in enumerate(without) if r is None],
    }


def robustness(name):
    sides = [t1(name, form) for form in ORDERS]
    chosen = [{v for v, share in zip(VALUES, side) if share >= 0.7} for side in sides]
    sums = [sum(BASELINES[name]["T1"][form]["counts"][v] for form in ORDERS) for v in VALUES]
    told = not any(untold(name, form) for form in ORDERS)
    words = not any(untold(name, form) for form in ("shuffled", "synonyms")) and told_anywhere(name)
    # Two empty sets overlap in nothing that could be told.
    pairs_of_none = any(not a and not b for a, b in itertools.combinations(chosen, 2))
    return {
        "top": across(overlap, sides) if told else None,
        "chosen": across(jaccard, chosen) if told and not pairs_of_none else None,
        "spread": statistics.stdev(sums) if told else None,
        "synonyms": overlap(t1(name, "shuffled"), t1(name, "synonyms")) if words else None,
    }


def told_anywhere(name):
    """A task with figures that cannot be used has none at all."""
    return not any("unusable" in leaf for leaf in BASELINES[name]["T1"].values())


def over(models, group):
    columns = [[spearmanr(t2(model), t2(g)).statistic for model in models] for g in ("us-sample", group)]
    found = association(*([float(x) for x in column] for column in columns))
    return {"models": models, "group": group, **found}


def drawn():
    rng, out = random.Random(SEED), []
    for n in [3, 4, 5, 6, 7, 8, 9, 12, 15, 23, 40]:
        for levels in (2, 4, 1000):
            x, y = ([rng.randrange(levels) / levels for _ in range(n)] for _ in range(2))
            if len(set(x)) > 1 and len(set(y)) > 1:
                out.append({"x": x, "y": y, **association(x, y)})
    # One row makes all the difference; the same order; the opposite order of many.
    for x, y in [([0.5, 0.5, 0.5, 0.7], [1.0, 2.0, 3.0, 4.0]), ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
                 ([float(i) for i in range(10)], [float(-i) for i in range(10)])]:
        out.append({"x": x, "y": y, **association(x, y)})
    return out


def main():
    rated = [name for name, b in BASELINES.items() if "T2" in b and "shuffled" in b["T1"]]
    models = [name for name, b in BASELINES.items() if "shuffled" in b["T1"]]
    out = {
        "alignment": {m: {g: float(spearmanr(t2(m), t2(g)).statistic) for g in GROUPS} for m in sorted(rated)},
        "robustness": {m: robustness(m) for m in sorted(models)},
        "over": [over(names, group) for names in (FIFTEEN, sorted(rated)) for group in GROUPS[1:]],
        "drawn": drawn(),
    }
    assert len(FIFTEEN) == 15 and len(models) == 23 and len(rated) == 17, (len(models), len(rated))
    assert len(CONTEXTS) * len(RATED) == 28
    OUT.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    for found in out["over"]:
        print(f"{len(found['models'])} models, us-sample against {found['group']}: rho {found['rho']:.4f}, "
              f"p {found['p']:.4f}, leaving one out {found['least']:.4f} to {found['most']:.4f}")


if __name__ == "__main__":
    main()
