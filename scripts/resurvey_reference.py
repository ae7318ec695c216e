#!/usr/bin/env python3
"""Writes tests/reference/resurveys.json: what other surveys of as many people would say, for
tests/it/verdict/resurveys.rs to compare with.

Run it to renew the file; the tests only read it. It takes a minute and needs nothing but Python:

    python3 scripts/resurvey_reference.py

Nothing here is taken from the crate. Selections of people are drawn one by one, from all sets that a person can
pick, with the probability of each set from the model of maximum entropy whose shares are the published ones
(Chen, Dempster and Liu, Biometrika 81, 1994): its weights are found here by going through all sets. What is
missing from the printed shares (they are rounded) is a further option that is nobody's. Ratings are drawn person
by person. Ranks and coefficients are computed as in a textbook, ties averaged.
"""

import itertools
import json
import math
import pathlib
import random
import tomllib

ROOT = pathlib.Path(__file__).parent.parent
OUT = ROOT / "tests" / "reference" / "resurveys.json"
SURVEYS = {"same": 20000, "meets": 4000}
PICK = 5


def baseline(name):
    return tomllib.loads((ROOT / "baselines" / f"{name}.toml").read_text())


def sets_of(shares):
    """All sets of PICK options with their probabilities, whose inclusion probabilities are the shares."""
    shares = list(shares)
    if sum(shares) < PICK:
        shares.append(PICK - sum(shares))
    sets = list(itertools.combinations(range(len(shares)), PICK))
    weights = [share / (1 - share) for share in shares]
    while True:
        products = [math.prod(weights[option] for option in chosen) for chosen in sets]
        whole = sum(products)
        found = [0.0] * len(shares)
        for chosen, product in zip(sets, products):
            for option in chosen:
                found[option] += product / whole
        if max(abs(a - b) for a, b in zip(found, shares)) < 1e-10:
            return sets, [product / whole for product in products]
        for option, (is_now, wanted) in enumerate(zip(found, shares)):
            weights[option] *= math.sqrt(wanted / (1 - wanted) / (is_now / (1 - is_now)))


def same_top(before, now, k):
    """Whether the k highest are the same, and nothing else ties with them."""
    of = lambda values: sorted(range(len(values)), key=lambda i: -values[i])
    order = of(now)
    clear = now[order[k - 1]] > now[order[k]]
    return clear and set(order[:k]) == set(of(before)[:k])


def ranks(values):
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def spearman(x, y):
    a, b = ranks(x), ranks(y)
    middle = (len(a) + 1) / 2
    product = sum((i - middle) * (j - middle) for i, j in zip(a, b))
    return product / math.sqrt(sum((i - middle) ** 2 for i in a) * sum((j - middle) ** 2 for j in b))


def top_five(name, rng):
    figures = baseline(name)["T1"]
    shares, n = list(figures["shares"].values()), figures["n"]
    sets, probabilities = sets_of(shares)
    cumulative = list(itertools.accumulate(probabilities))
    same = 0
    for _ in range(SURVEYS["same"]):
        counts = [0] * (len(shares) + 1)
        for chosen in rng.choices(sets, cum_weights=cumulative, k=n):
            for option in chosen:
                counts[option] += 1
        same += same_top(shares, counts[: len(shares)], 5)
    return {"what": "same", "expect": "T1 top-5 Jaccard with " + name + " >= 0.8", "share": same / SURVEYS["same"]}


def correlation(name, model, bound, rng):
    """The share of surveys with which a model's Spearman over the cells of T2 is at most the bound."""
    theirs, own = baseline(name)["T2"], baseline("models/" + model)["T2"]
    cells = [(context, value) for context in theirs if context in own for value in theirs[context]]
    extremely = lambda figures: (
        figures["shares"]["extremely"]
        if "shares" in figures
        else figures["counts"].get("extremely", 0) / (figures["n"] - figures.get("invalid", 0))
    )
    answers = [extremely(own[context][value]) for context, value in cells]
    meets = 0
    for _ in range(SURVEYS["meets"]):
        again = []
        for context, value in cells:
            figures = theirs[context][value]
            share = figures["shares"]["extremely"]
            again.append(sum(rng.random() < share for _ in range(figures["n"])) / figures["n"])
        meets += spearman(answers, again) >= bound
    expect = f"T2 Spearman with {name} >= {bound}"
    return {"what": "meets", "model": model, "expect": expect, "share": meets / SURVEYS["meets"]}


def main():
    rng = random.Random(20251106)
    rows = [top_five("practitioners", rng), top_five("us-sample", rng)]
    rows.append(correlation("practitioners", "phi-4", 0.5, rng))
    for row in rows:
        row["surveys"] = SURVEYS[row["what"]]
        print(row)
    OUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
