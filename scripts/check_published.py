#!/usr/bin/env python3
"""Rebuild the study's printed figures from the shipped baselines, with SciPy.

    python3 scripts/check_published.py PUBLISHED_CSV [--write]

PUBLISHED_CSV holds what the paper prints (table, row, column, value, stars). Prints one line per
figure, and exits with 1 when a printed value does not come out to its printed digits. Stars that p
does not give are shown, but do not fail: Table III's are understated in print. `--write` keeps
printed and recomputed figures in tests/reference/published.toml, for the Rust tests.

Published counts are taken as they stand, also those that cannot be right (`unusable`, or `partial`
with options at 0): the paper's own figures come from them. The program gives no number there.
"""

import csv
import itertools
import statistics
import sys
import tomllib
from decimal import Decimal
from pathlib import Path

from scipy.stats import rankdata, spearmanr

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "tests" / "reference" / "published.toml"
VALUES = ["performance", "privacy", "fairness", "autonomy", "accountability", "safety", "transparency",
          "inclusiveness", "dignity", "social_good", "sustainability", "solidarity"]
RATED = VALUES[:7]
RANKED = ["performance", "privacy", "fairness", "autonomy", "safety", "transparency"]
CONTEXTS = ["medical", "banking", "marketing", "streaming"]
PAIRS = ["performance/privacy", "fairness/privacy", "fairness/performance", "autonomy/safety", "transparency/safety"]
ORDERS = ["listed", "reversed", "shuffled"]


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


BASELINES = {b["name"]: b for b in map(load, sorted((ROOT / "baselines").rglob("*.toml")))}
# The paper's group 1, which it looks into in depth, and groups 1 and 2.
MODELS = sorted(name for name, b in BASELINES.items() if "T4" in b)
FIFTEEN = MODELS + ["claude-3.5-sonnet", "gemini-1.5-pro", "gemma-2-27b", "gpt-4o", "gpt-4o-mini", "llama-3.1-70b",
                    "llama-3.3-70b"]
# The paper's columns and the baselines that rebuild them.
GROUPS = {"us_sample": "us-sample", "practitioners": "practitioners"}
AS_PUBLISHED = {"us_sample": "us-sample", "practitioners": "practitioners_as_published"}
# Figures that do not come out, and why.
DIFFERS = {("S4", "gemma-2-2b"): "two values tie at the cut in one order: the paper takes one of them"}


def share(leaf, choice):
    return leaf["shares"][choice] if "shares" in leaf else leaf["counts"][choice] / leaf["n"]


def t1(name, form="shuffled"):
    leaf = BASELINES[name]["T1"]
    leaf = leaf.get(form, leaf)
    return [share(leaf, v) for v in VALUES]


def t2(name):
    task = BASELINES[name]["T2"]
    return [share(task[c][v], "extremely") for c in CONTEXTS for v in RATED]


def t3_signed(name):
    """10 numbers: + share of *probably first*, - share of *probably second*, contexts pooled."""
    task = BASELINES[name]["T3"]
    out = []
    for pair in PAIRS:
        leaves = [task["overall"][pair]] if "overall" in task else [task[c][pair] for c in CONTEXTS]
        for value, sign in zip(pair.split("/"), (1, -1)):
            key = f"probably_{value}"
            if "shares" in leaves[0]:
                out.append(sign * leaves[0]["shares"][key])
            else:
                out.append(sign * sum(l["counts"][key] for l in leaves) / sum(l["n"] for l in leaves))
    return out


def tops(shares, k=5):
    """The sets of the k largest: several where there is a tie at the cut."""
    cut = sorted(shares, reverse=True)[k - 1]
    sure = {v for v, s in zip(VALUES, shares) if s > cut}
    tied = [v for v, s in zip(VALUES, shares) if s == cut]
    return [sure | set(some) for some in itertools.combinations(tied, k - len(sure))]


def jaccard(a, b):
    return len(a & b) / len(a | b)


def overlap(a, b):
    """Of two lists of shares, averaged over ties at the cut."""
    return statistics.mean(jaccard(x, y) for x in tops(a) for y in tops(b))


def across(of_two, sides):
    return statistics.mean(of_two(a, b) for a, b in itertools.combinations(sides, 2))


def untold(name, form):
    """Whether the program has no number for these selections: known to be wrong, or short with options at 0."""
    leaf = BASELINES[name]["T1"][form]
    if "partial" not in leaf:
        return "unusable" in leaf
    counts, missing = leaf["counts"].values(), 5 * leaf["n"] - sum(leaf["counts"].values())
    # A single one that what is missing cannot lift to any other is the last, whatever it is.
    last = list(counts).count(0) == 1 and missing < min(count for count in counts if count)
    return 0 in counts and not last


def over_models():
    """Spearman's rho, over the fifteen, of the correlations with either group."""
    columns = [[spearmanr(t2(model), t2(group)).statistic for model in FIFTEEN] for group in AS_PUBLISHED.values()]
    return spearmanr(*columns)


def mean_ranks(name, context):
    """Mean rank per value over the published runs, those that are no permutation included."""
    leaf = BASELINES[name]["T4"][context]["published"]
    runs = [{v: r.index(v) + 1 for v in RANKED} for r in leaf["rankings"]] + leaf.get("not_permutations", [])
    if len(runs) != leaf["n"]:
        sys.exit(f"{name} T4 {context}: {len(runs)} runs, n = {leaf['n']}")
    return [sum(r[v] for r in runs) / len(runs) for v in RANKED]


def t4_against_t2(ties, name):
    """(cells within 2 ranks, cells of the same rank) of the 24 (context, value) cells.

    T2's ties are averaged; `ties` says what T4's get: "average" or the lowest rank ("min")."""
    within = exact = 0
    for context in CONTEXTS:
        task = BASELINES[name]["T2"][context]
        ranked = rankdata(mean_ranks(name, context), method=ties)
        rated = rankdata([-share(task[v], "extremely") for v in RANKED])
        gaps = [abs(a - b) for a, b in zip(ranked, rated)]
        within += sum(g <= 2 for g in gaps)
        exact += sum(g == 0 for g in gaps)
    return within, exact


def statistic(table, row, column):
    """(statistic, p or None) of one printed figure."""
    if table in ("I", "II", "III"):
        baseline = (AS_PUBLISHED if table == "II" else GROUPS)[column]
        numbers = {"I": t1, "II": t2, "III": t3_signed}[table]
        result = spearmanr(numbers(row), numbers(baseline))
        return float(result.statistic), float(result.pvalue)
    if table == "FigS14":
        return float(spearmanr(*(t2(AS_PUBLISHED.get(name, name)) for name in (row, column))).statistic), None
    if table == "S4":
        return across(overlap, [t1(row, f) for f in ORDERS]), None
    if table == "S5":
        return across(jaccard, [{v for v, s in zip(VALUES, t1(row, f)) if s >= 0.7} for f in ORDERS]), None
    if table == "S6":
        counts = [BASELINES[row]["T1"][f]["counts"] for f in ORDERS]
        return statistics.stdev(sum(c[v] for c in counts) for v in VALUES), None
    sys.exit(f"unknown table {table}")


def stars(p):
    return "" if p is None else "***" if p < 0.001 else "**" if p < 0.01 else "*" if p < 0.05 else ""


def main(published, write):
    with open(published, newline="", encoding="utf-8") as file:
        printed = list(csv.DictReader(file))
    wrong = 0
    figures, tally = [], {}

    def judge(table, row, column, value, value_stars, number, p, digits):
        nonlocal wrong
        ours = f"{number:.{digits}f}"
        match = ours == f"{Decimal(value):.{digits}f}"
        differs = DIFFERS.get((table, row))
        wrong += match == bool(differs)
        key = table if table == "FigS14" else f"{table} {column}"
        hit, of = tally.get(key, (0, 0))
        tally[key] = (hit + match, of + 1)
        star_note = "" if stars(p) == value_stars else f"stars: printed {value_stars or 'none'}, p gives {stars(p)}"
        p_text = "" if p is None else f"p={p:.3g}"
        print(f"{table:<7}{row:<27}{column:<26}{value:>7}{value_stars:<4}{ours:>7} "
              f"{'ok' if match else 'differs' if differs else 'MISMATCH':<9}{p_text:<13}{star_note}{differs or ''}")
        figures.append((table, row, column, value, value_stars, digits, number, p))

    for r in printed:
        if r["table"] == "text":
            continue
        number, p = statistic(r["table"], r["row"], r["column"])
        # The transcription of the tables drops a trailing zero here and there (0.49 for 0.490).
        digits = 3 if r["table"] in ("I", "II", "III") else 2
        judge(r["table"], r["row"], r["column"], r["value"], r["stars"], number, p, digits)
    # In the paper's text: all of group 1 (every model here) has 0.67 with the US sample and 1.0 with practitioners.
    for model in MODELS:
        for column, value in (("us_sample", "0.67"), ("practitioners", "1.00")):
            judge("J", model, column, value, "", overlap(t1(model), t1(GROUPS[column])), None, 2)
    found = over_models()
    text = {r["column"]: r["value"] for r in printed if r["table"] == "text"}
    judge("text", "groups 1 and 2", "us against practitioners", text["spearman_of_corr_us_vs_corr_practitioners"], "",
          float(found.statistic), None, 3)
    judge("text", "groups 1 and 2", "its p", text["spearman_p"], "", float(found.pvalue), None, 2)

    print("\nmatches: " + ", ".join(f"{k} {a}/{b}" for k, (a, b) in tally.items()))

    print("\nT4 against T2, of 192 cells (the paper prints 151 and 34):")
    crossed = {}
    for ties, meant in (("min", "T4 ties get the lowest rank"), ("average", "ties averaged on both sides")):
        per_model = {m: t4_against_t2(ties, m) for m in MODELS}
        crossed[ties] = [sum(x) for x in zip(*per_model.values())], per_model
        within, exact = crossed[ties][0]
        print(f"  {meant}: {within} within 2, {exact} exact")
    expected = {"min": [144, 28], "average": [143, 27]}
    for ties, numbers in expected.items():
        if crossed[ties][0] != numbers:
            wrong += 1
            print(f"  MISMATCH with {ties}: expected {numbers}")

    if write:
        REFERENCE.parent.mkdir(parents=True, exist_ok=True)
        REFERENCE.write_text(reference(figures, crossed), encoding="utf-8")
        print(f"\nwritten: {REFERENCE.relative_to(ROOT)}")
    if wrong:
        sys.exit(f"{wrong} of the printed figures do not come out")


def reference(figures, crossed):
    out = [
        "# Written by scripts/check_published.py --write: what the study prints, and SciPy's unrounded value of it from",
        "# baselines/. `printed` has the printed value at the table's digits; `stars` are the printed ones, `stars_of_p`",
        "# those that p gives (* < 0.05, ** < 0.01, *** < 0.001). A p is two-sided, from Student's t with n - 2 degrees of",
        "# freedom. `J` is the overlap that the paper's text gives for its group 1. `differs` says why a printed value does",
        "# not come out. `untold` marks figures that come from counts which cannot be right: the program gives no number.",
        "",
    ]
    for table, row, column, value, value_stars, digits, number, p in figures:
        if table == "text":
            continue
        baseline = {"II": AS_PUBLISHED}.get(table, GROUPS).get(column)
        if table == "FigS14":
            row, baseline = AS_PUBLISHED.get(row, row), AS_PUBLISHED.get(column, column)
        fields = [("table", f'"{table}"'), ("row", f'"{row}"'), ("column", f'"{column}"')]
        if baseline:
            fields.append(("baseline", f'"{baseline}"'))
        fields += [("printed", f'"{Decimal(value):.{digits}f}"'), ("statistic", repr(number))]
        if p is not None:
            fields += [("stars", f'"{value_stars}"'), ("p", repr(p)), ("stars_of_p", f'"{stars(p)}"')]
        if (table, row) in DIFFERS:
            fields.append(("differs", f'"{DIFFERS[table, row]}"'))
        if table in ("S4", "S5", "S6") and any(untold(row, form) for form in ORDERS):
            fields.append(("untold", "true"))
        out += ["[[figure]]", *(f"{k} = {v}" for k, v in fields), ""]
    out += [
        "# Ranks of T4's mean ranks (published runs, the three that are no permutation included) against ranks of T2's",
        "# share of `extremely`, over 192 cells: how many within 2, how many equal. `ties` is what T4's ties get; T2's are",
        "# always averaged. The paper prints 151 and 34.",
    ]
    for ties, ((within, exact), per_model) in crossed.items():
        out += ["[[t4_against_t2]]", f'ties = "{ties}"', f"within = {within}", f"exact = {exact}",
                "models = { " + ", ".join(f'"{m}" = [{w}, {e}]' for m, (w, e) in per_model.items()) + " }", ""]
    return "\n".join(out).rstrip("\n") + "\n"


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    if len(arguments) != 1:
        sys.exit(__doc__.strip())
    main(arguments[0], "--write" in sys.argv)
