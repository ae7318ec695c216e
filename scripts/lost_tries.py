#!/usr/bin/env python3
"""What it costs that answers after lost tries count against a verdict: how many answers a share takes, by how many
requests fail at random (docs/measured.md has the table).

    python3 scripts/lost_tries.py

Exact, and nothing here is taken from the crate: chances of all paths of answers, added up. A share that lies above
the bound is shown by answers that said yes and of which no try was lost, against the boundary of exact error spending.
It needs nothing but Python, and takes some seconds.
"""

MOST = 200

# How much of the error rate may be used up within how many answers, joined by straight lines.
SPENT = ((0, 0.0), (16, 0.35), (50, 0.5), (MOST, 0.9))


def spent(n):
    """The part of the error rate that may be used up within n answers."""
    for (start, before), (end, after) in zip(SPENT, SPENT[1:]):
        if n <= end:
            return before + (after - before) * (n - start) / (end - start)


def boundary(bound, rate):
    """The fewest yes of n answers that show the share to be above the bound, for n = 1, 2, …, MOST."""
    chances, used, fewest = [1.0], 0.0, []
    for n in range(1, MOST + 1):
        chances = [
            (chances[k] * (1 - bound) if k < len(chances) else 0.0)
            + (chances[k - 1] * bound if k > 0 else 0.0)
            for k in range(len(chances) + 1)
        ]
        top = len(chances) - 1
        while top >= 0 and used + chances[top] <= rate * spent(n):
            used += chances.pop()
            top -= 1
        fewest.append(top + 1)
    return fewest


def run(share, fewest):
    """Answers on average, as many as MOST where it is not decided, and the share that is decided."""
    chances, decided, answers = [1.0], 0.0, 0.0
    for n, least in enumerate(fewest, 1):
        chances = [
            (chances[k] * (1 - share) if k < len(chances) else 0.0)
            + (chances[k - 1] * share if k > 0 else 0.0)
            for k in range(len(chances) + 1)
        ]
        now = sum(chances[least:])
        chances = chances[:least]
        decided += now
        answers += n * now
    return answers + MOST * (1 - decided), decided


def main():
    for rate in (0.01, 3.6e-4):
        for bound, share in ((0.5, 0.6), (0.5, 0.7), (0.5, 0.8), (0.6, 0.95), (0.9, 1.0)):
            row = []
            for lost in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2):
                answers, decided = run(share * (1 - lost), boundary(bound, rate))
                row.append(f"{lost:.0%}: {answers:.0f} / {decided:.0%}")
            print(f"rate {rate:g} bound {bound} share {share}: " + "  ".join(row))


if __name__ == "__main__":
    main()
