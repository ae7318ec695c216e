#!/usr/bin/env python3
"""How near are truths with another rank correlation? For each published model, the smallest known loss
of likelihood (in nats) at which other shares of "extremely important", with a Spearman correlation
with the US sample lower by so much, would have given the 50 answers to each of T2's 28 questions.

A verdict at error rate a needs a loss of ln(1/a): 8 nats at 3e-4. So this bounds what any test could
tell, whatever interval it prints. Orders between the model's and the reverse of the baseline's are
tried, and each is fitted by isotonic regression (Barlow et al. 1972); a search of all orders could
only find nearer ones.

    python3 scripts/nearest_truth.py      (Python 3.11, nothing else)
"""

import math
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = (0.05, 0.1, 0.2, 0.3, 0.4)


def cells(path, shares):
    data = tomllib.loads(path.read_text())
    found = {}
    for context, values in data["T2"].items():
        for value, cell in values.items() if context != "overall" else ():
            told = cell["shares"] if shares else {k: v / cell["n"] for k, v in cell["counts"].items()}
            found[context, value] = told["extremely"]
    return found


def ranks(scores):
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranked, start = [0.0] * len(scores), 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and scores[order[end + 1]] == scores[order[start]]:
            end += 1
        for at in order[start : end + 1]:
            ranked[at] = (start + end) / 2
        start = end + 1
    return ranked


def correlation(x, y):
    mx, my = sum(x) / len(x), sum(y) / len(y)
    both = sum((a - mx) * (b - my) for a, b in zip(x, y))
    return both / math.sqrt(sum((a - mx) ** 2 for a in x) * sum((b - my) ** 2 for b in y))


def loss(shares, order, n):
    """n times the divergence of the shares from the nearest ones that rise along `order`."""
    blocks = []
    for at in order:
        blocks.append([shares[at], 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (a, m), (b, k) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * k) / (m + k), m + k]]
    fitted = [share for share, size in blocks for _ in range(size)]
    term = lambda p, q: p * math.log(p / q) if p > 0 else 0.0
    return n * sum(term(shares[at], q) + term(1 - shares[at], 1 - q) for at, q in zip(order, fitted))


def main():
    baseline = cells(ROOT / "baselines/us-sample.toml", shares=True)
    names = sorted(baseline)
    known = ranks([baseline[name] for name in names])
    print("model                    rho   nats to a rho lower by", *(f"{step:6}" for step in STEPS))
    for path in sorted((ROOT / "baselines/models").glob("*.toml")):
        own = cells(path, shares=False)
        shares = [own[name] for name in names]
        ranked = ranks(shares)
        rho = correlation(ranked, known)
        best = dict.fromkeys(STEPS, math.inf)
        for tilt in range(301):
            for scores in (ranked, [28 * share for share in shares]):
                tilted = [score - tilt / 100 * k for score, k in zip(scores, known)]
                order = sorted(range(len(names)), key=lambda at: (tilted[at], -known[at]))
                place = [0] * len(names)
                for rank, at in enumerate(order):
                    place[at] = rank
                lower, cost = correlation(place, known), loss(shares, order, 50)
                for step in STEPS:
                    if lower < rho - step:
                        best[step] = min(best[step], cost)
        print(f"{path.stem:22} {rho:6.2f} {'':22}", *(f"{best[step]:6.1f}" for step in STEPS))


if __name__ == "__main__":
    main()
