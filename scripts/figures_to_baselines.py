#!/usr/bin/env python3
"""Write baselines/ from the published study's figures, for all of its models.

    python3 scripts/figures_to_baselines.py FIGURES_DIR [BASELINES_DIR]
    python3 scripts/figures_to_baselines.py --check FIGURES_DIR [BASELINES_DIR]

FIGURES_DIR holds the study's figures, one observation a row (humans_t1.csv, humans_t2.csv,
humans_t3.csv, t1_counts.csv, t2_counts.csv, t3_counts.csv, t4_runs.csv, models.csv). The same
figures always give the same bytes. `--check` writes nothing, and exits with 1 where a file is
missing, is not what the figures give, or comes from none of them.

models/ has the eight models that the study looks into in depth (its group 1), other-models/ the rest.

A figure that does not add up stops the script, unless it is a known fault of the published sheet.
Such a fault is kept as it is and marked: `doubt` is told beside each verdict that reads it,
`partial` says that a selection is known to be short, and `unusable` that nothing can be made of it.
"""

import csv
import itertools
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

VALUES = ["performance", "privacy", "fairness", "autonomy", "accountability", "safety", "transparency",
          "inclusiveness", "dignity", "social_good", "sustainability", "solidarity"]
RATED = VALUES[:7]
RANKED = ["performance", "privacy", "fairness", "autonomy", "safety", "transparency"]
CONTEXTS = ["medical", "banking", "marketing", "streaming"]
# First and second as the suite's T3 names them; the figures name some pairs the other way round.
PAIRS = [("performance", "privacy"), ("fairness", "privacy"), ("fairness", "performance"),
         ("autonomy", "safety"), ("transparency", "safety")]
FORMS = {"shuffled": "shuffled", "listed": "listed", "reversed": "flipped", "synonyms": "synonyms"}

HEADER = "# Written by scripts/figures_to_baselines.py from the published figures: change that, not this file.\n"
STUDY = "Yamani, Baslyman, Ahmed, 'Are We Aligned?', arXiv 2511.04157 (2025)"
SURVEY = "Jakesch et al., FAccT 2022, as tabulated by " + STUDY


def rows(folder, name):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return [
            {k: "autonomy" if v == "human_autonomy" else v for k, v in row.items()}
            for row in csv.DictReader(file)
        ]


def stop_unless(condition, what):
    if not condition:
        sys.exit(f"figures do not add up: {what}")


def inline(pairs):
    return "{ " + ", ".join(f"{key} = {value}" for key, value in pairs) + " }"


def leaf(path, n, kind, pairs, comments=(), partial=False, doubts=(), unusable=None):
    lines = [f"# {c}" for c in comments]
    end = ["partial = true"] if partial else []
    end += [f'doubt = "{"; ".join(doubts)}"'] if doubts else []
    end += [f'unusable = "{unusable}"'] if unusable else []
    return "\n".join([*lines, f"[{path}]", f"n = {n}", f"{kind} = {inline(pairs)}", *end, ""])


def head(name, source, note=None, variant_of=None):
    lines = [HEADER, f'name = "{name}"', f'source = "{source}"']
    if variant_of:
        lines.append(f'variant_of = "{variant_of}"')
    if note:
        lines.append(f'note = "{note}"')
    return "\n".join(lines) + "\n"


def in_suite_order(first, second, levels):
    """The pair as the suite has it, its levels by the suite's ids.

    In the figures A is pair_first and B pair_second; where the suite names the pair the other way
    round, A and B change places with it because an answer is kept by the value it favours."""
    named = {}
    for level, number in levels.items():
        if level == "undecided":
            named["undecided"] = number
        else:
            strength, side = level.split("_")
            named[f"{strength}_{first if side == 'A' else second}"] = number
    pair = (first, second) if (first, second) in PAIRS else (second, first)
    stop_unless(pair in PAIRS, f"unknown pair {first}/{second}")
    a, b = pair
    order = [f"definitely_{a}", f"probably_{a}", "undecided", f"probably_{b}", f"definitely_{b}"]
    stop_unless(set(order) == set(named), f"levels of {a}/{b}: {sorted(named)}")
    return pair, [(level, named[level]) for level in order]


def t3_leaves(table):
    """{(context, first, second): {level: number}} -> {(context, pair): [(level id, number)]}"""
    out = {}
    for (context, first, second), levels in table.items():
        pair, pairs = in_suite_order(first, second, levels)
        out[context, pair] = pairs
    return out


# --- human groups -------------------------------------------------------------------------------

def human_t1(folder, group):
    # The study prints another version of two of these shares in one figure; its tables need the primary ones.
    primary = [r for r in rows(folder, "humans_t1.csv") if r["variant"].startswith("primary")]
    found = {r["value"]: r for r in primary if r["group"] == group}
    stop_unless(set(found) == set(VALUES), f"T1 values of {group}")
    n = {r["n"] for r in found.values()}
    comments = ["T1: share of the group that chose the value among its five most important."]
    # Each share is rounded to two digits: so much may be missing from five. Where more is, the sum is short.
    total = sum(Decimal(found[v]["proportion"]) for v in VALUES)
    off = Decimal("0.005") * len(VALUES)
    stop_unless(total <= 5 + off, f"T1 of {group} sums to {total}")
    partial = total < 5 - off
    if partial:
        comments.append(f"The printed shares sum to {total}, not 5, and rounding explains {off.normalize()} at most: so published.")
    return leaf("T1", n.pop(), "shares", [(v, found[v]["proportion"]) for v in VALUES], comments, partial)


def human_t2(folder, group, marketing_of):
    found, n = {}, {}
    for r in rows(folder, "humans_t2.csv"):
        source = marketing_of if r["context"] == "marketing" else group
        if r["group"] == source:
            found[r["context"], r["value"], r["level"]] = r["proportion"]
            n[r["context"], r["value"]] = r["n"]
    out = ["# T2: share that found the value extremely important; lower levels were not published."]
    for context in CONTEXTS:
        if context == "marketing" and marketing_of != group:
            out.append("# As the study's Table II must have used it: these are the streaming figures once more.")
        for value in RATED:
            out.append(leaf(f"T2.{context}.{value}", n[context, value], "shares",
                            [("extremely", found[context, value, "extremely"])]))
    out.append("# Contexts pooled; `very` is the printed share `extremely or very` less the printed `extremely`.")
    for value in RATED:
        extremely = found["overall", value, "extremely"]
        very = Decimal(found["overall", value, "extremely_or_very"]) - Decimal(extremely)
        out.append(leaf(f"T2.overall.{value}", n["overall", value], "shares",
                        [("extremely", extremely), ("very", very)]))
    return "\n".join(out)


def human_t3(folder, group):
    table, n = defaultdict(dict), {}
    for r in rows(folder, "humans_t3.csv"):
        if r["group"] == group and "_or_" not in r["level"]:  # sums of two levels
            key = (r["context"], r["pair_first"], r["pair_second"])
            table[key][r["level"]] = r["proportion"]
            n[group] = r["n"]
    leaves = t3_leaves(table)
    out = ["# T3: published with the contexts pooled only."]
    for pair in PAIRS:
        shares = leaves["overall", pair]
        total = sum(Decimal(s) for _, s in shares)
        stop_unless(Decimal("0.99") <= total <= 1, f"T3 {group} {pair} sums to {total}")
        note = [] if total == 1 else [f"The printed shares sum to {total}: rounding."]
        out.append(leaf(f'T3.overall."{pair[0]}/{pair[1]}"', n[group], "shares", shares, note))
    return "\n".join(out)


def human(folder, name, group, source, note, marketing_of=None, variant_of=None):
    return "\n".join([head(name, source, note, variant_of), human_t1(folder, group),
                      human_t2(folder, group, marketing_of or group), human_t3(folder, group)])


# --- models -------------------------------------------------------------------------------------

def model_t1(name, t1):
    """`t1`: {model: {setting: ({value: count}, n)}}"""
    out = ["# T1: how many of n answers chose the value; shuffled is the study's main setting."]
    for form, setting in FORMS.items():
        counts, n = t1[name][setting]
        stop_unless(set(counts) == set(VALUES), f"T1 {setting} values")
        total, path = sum(counts.values()), f"T1.{form}"
        note, doubts, unusable = [], copies(name, setting, t1), None
        if total != 5 * n:
            note = [f"The counts sum to {total}, not {5 * n}: so published."]
            doubts.append(f"the published counts add up to {total}, not {5 * n}")
        for value in VALUES:
            others = [t1[name][other][0][value] for other in FORMS.values() if other != setting]
            if counts[value] == 0 and total < 5 * n and all(count == n for count in others):
                doubts.append(f"{value} has 0 here and {n} in every other setting: its column was lost, it seems")
        if total > 5 * n:
            doubts.pop()
            unusable = (f"the published counts add up to {total}, and {n} answers of five values give {5 * n}: "
                        "some of them are too high, and nothing says which")
        pairs = [(v, counts[v]) for v in VALUES]
        out.append(leaf(path, n, "counts", pairs, note, total < 5 * n, doubts, unusable))
    return "\n".join(out)


def copies(name, setting, t1):
    """Which other models have the same twelve counts. (Where all are 0 or n, models may well agree.)"""
    counts, n = t1[name][setting]
    if all(count in (0, n) for count in counts.values()):
        return []
    same = [other for other in t1 if other != name and t1[other][setting] == (counts, n)]
    return [f"all twelve counts equal those of {other} in the same setting: one of the two is a copy, it seems"
            for other in same]


def model_t2(t2):
    out = ["# T2: only what was observed. `extremely` always, `very` where it was counted; the lower levels were",
           "# not published, so that the rest of n is other levels, unknown which. None of it is zero."]
    for a, b in itertools.combinations(CONTEXTS, 2):
        equal = sum(t2[a, v][0]["extremely"] == t2[b, v][0]["extremely"] for v in RATED)
        if equal >= len(RATED) - 1:
            out.append(f"# The {b} figures equal the {a} ones for {equal} of {len(RATED)} values: partly a copy, it seems.")
    for context in CONTEXTS:
        for value in RATED:
            counts, n = t2[context, value]
            stop_unless("extremely" in counts and sum(counts.values()) <= n, f"T2 {context} {value}: {counts}")
            shown = [(level, counts[level]) for level in ("extremely", "very") if level in counts]
            out.append(leaf(f"T2.{context}.{value}", n, "counts", shown))
    return "\n".join(out)


def model_t3(t3):
    leaves = t3_leaves(t3)
    out = ["# T3: both directions pooled, as published."]
    copied = all(leaves["streaming", p] == leaves["medical", p] for p in PAIRS)
    if copied:
        out.append("# The streaming figures equal the medical ones, count by count: a copy in the published data, it seems.")
    for context in CONTEXTS:
        for pair in PAIRS:
            counts = [(level, int(count)) for level, count in leaves[context, pair]]
            total = sum(c for _, c in counts)
            note = [] if total == 50 else [f"The published counts sum to {total}, not 50: n is their sum."]
            doubts = [] if total == 50 else [f"the published counts add up to {total}, not 50: n is their sum"]
            if copied and context == "streaming":
                doubts.append("the streaming figures equal the medical ones, count by count: a copy, it seems")
            out.append(leaf(f'T3.{context}."{pair[0]}/{pair[1]}"', total, "counts", counts, note, doubts=doubts))
    return "\n".join(out)


def rank_leaf(path, runs):
    """`runs`: [{value: rank}], in the published order."""
    whole = [sorted(r, key=r.get) for r in runs if sorted(r.values()) == list(range(1, len(RANKED) + 1))]
    broken = [r for r in runs if sorted(r.values()) != list(range(1, len(RANKED) + 1))]
    lines = [f"[{path}]", f"n = {len(runs)}", "rankings = ["]
    lines += ["  [" + ", ".join(f'"{v}"' for v in ranking) + "]," for ranking in whole]
    lines.append("]")
    if broken:
        lines.append("# Published as ranks, but with ties and gaps: no ranking, so invalid.")
        lines.append("not_permutations = [")
        lines += ["  " + inline([(v, r[v]) for v in RANKED]) + "," for r in broken]
        lines.append("]")
    return "\n".join([*lines, ""])


def model_t4(t4):
    out = ["# T4: one line a run, most important first. `published` are the runs behind the study's mean ranks,",
           "# `further` the runs its data hold beside them."]
    for context in CONTEXTS:
        for form, used in (("published", "1"), ("further", "0")):
            runs = t4.get((context, used), {})
            for run, ranks in runs.items():
                stop_unless(set(ranks) == set(RANKED), f"T4 {context} run {run}: {sorted(ranks)}")
            if runs:
                ordered = [runs[k] for k in sorted(runs, key=int)]
                out.append(rank_leaf(f"T4.{context}.{form}", ordered))
    return "\n".join(out)


def models(folder):
    """Every model's file, by its path below the folder of baselines."""
    t1 = defaultdict(dict)
    t2, t3, t4 = defaultdict(dict), defaultdict(dict), defaultdict(dict)
    for r in rows(folder, "t1_counts.csv"):
        counts, _ = t1[r["model"]].setdefault(r["setting"], ({}, int(r["runs"])))
        counts[r["value"]] = int(r["count"])
    for r in rows(folder, "t2_counts.csv"):
        counts, _ = t2[r["model"]].setdefault((r["context"], r["value"]), ({}, int(r["runs"])))
        if r["provenance"] == "typed":  # the other cells are formulas, not observations
            counts[r["level"]] = int(r["count"])
    for r in rows(folder, "t3_counts.csv"):
        key = (r["context"], r["pair_first"], r["pair_second"])
        t3[r["model"]].setdefault(key, {})[r["level"]] = r["count"]
    for r in rows(folder, "t4_runs.csv"):
        run = t4[r["model"]].setdefault((r["context"], r["used_in_paper_mean"]), {}).setdefault(r["run"], {})
        run[r["value"]] = int(r["rank"])
    for r in rows(folder, "models.csv"):
        name = r["model"]
        parts = {"T1": lambda: model_t1(name, t1), "T2": lambda: model_t2(t2[name]),
                 "T3": lambda: model_t3(t3[name]), "T4": lambda: model_t4(t4[name])}
        tasks = r["tasks_with_data"].split(",")
        stop_unless([task for task, data in zip(parts, (t1, t2, t3, t4)) if name in data] == tasks,
                    f"the tables have other tasks of {name} than {tasks}")
        rest = {1: "", 2: ", T2 from the rest of its data", 3: ", T2 and T3 from the rest of its data",
                4: ", T2 to T4 from the rest of its data"}[len(tasks)]
        source = (f"{STUDY}, published answers of {name} ({r['developer_ext']}) at temperature "
                  f"{float(r['sheet_temperature'])}: T1 from its data sheet Q1{rest}")
        home = "models" if r["group"] == "1" else "other-models"
        yield f"{home}/{name}.toml", "\n".join([head(name, source), *(parts[task]() for task in tasks)])


def all_files(folder):
    files = {
        "us-sample.toml": human(
            folder, "us-sample", "us_sample", SURVEY + ", US sample",
            "607 people, 516 of them in T1; shares as printed, to two digits"),
        "practitioners.toml": human(
            folder, "practitioners", "practitioners", SURVEY + ", AI practitioners",
            "140 people; shares as printed, to two digits"),
        "practitioners-as-published.toml": human(
            folder, "practitioners_as_published", "practitioners", SURVEY + ", AI practitioners",
            "the practitioners with the T2 marketing figures that the study's Table II comes out with, which are the "
            "streaming ones: to rebuild that table, not to judge by",
            marketing_of="practitioners_as_published", variant_of="practitioners"),
    }
    files.update(models(folder))
    return {name: text.rstrip("\n") + "\n" for name, text in files.items()}


def write(files, out):
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, encoding="utf-8")
    print(f"{len(files)} baselines written")


def check(files, out):
    wrong = []
    for name, text in files.items():
        path = out / name
        if not path.is_file():
            wrong.append(f"{path} is missing")
        elif path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path} is not what the figures give")
    known = {out / name for name in files}
    wrong += [f"{path} comes from none of the figures" for path in sorted(out.rglob("*.toml")) if path not in known]
    if wrong:
        sys.exit("\n".join([*wrong, "write them anew without --check"]))
    print(f"{len(files)} baselines are what the figures give")


def main(arguments):
    checked = "--check" in arguments
    folders = [Path(a) for a in arguments if a != "--check"]
    if len(folders) not in (1, 2):
        sys.exit(__doc__.strip())
    out = folders[1] if len(folders) == 2 else Path(__file__).resolve().parent.parent / "baselines"
    (check if checked else write)(all_files(folders[0]), out)


if __name__ == "__main__":
    main(sys.argv[1:])
