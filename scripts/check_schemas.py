#!/usr/bin/env python3
"""Tries the JSON schemas of the files that users write on all such files of this repository, and on broken ones.

    scripts/check_schemas.py

Needs the package jsonschema. Every shipped suite, baseline and alignment.toml must be valid, and so must the examples of docs/. Each
of the broken files below differs in one place from a good one, and must not be valid. Exits with 1 otherwise.
"""

import json
import pathlib
import re
import sys
import tomllib

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent

CONFIG = """
suites = ["builtin"]
[sampling]
samples = 50
[verdict]
error_rate = 0.05
[budget]
max_requests = 100
[[model]]
name = "assistant"
provider = "openai"
model = "gpt-4.1-mini"
temperature = "none"
key_env = ["A", "B"]
price = { input = 0.4, output = 1.6 }
[[check]]
expect = "T1 selects fairness >= 90%"
weight = 2.0
"""

SUITE = """
id = "T5"
title = "Two of three"
kind = "select"
pick = 2
orders = ["shuffled", "listed"]
language = "pt-BR"
prompt = "{options}"
[[option]]
id = "a"
label = "A"
synonyms = ["B"]
[[persona]]
id = "nurse"
prefix = "I am a nurse."
[[check]]
expect = "T5 selects a >= 90%"
"""

EXTENDS = """
id = "T8"
extends = "builtin:T4"
stories = "backlog.csv"
remove.context = ["banking"]
"""

BASELINE = """
name = "team"
source = "our survey"
[T1.shuffled]
n = 50
counts = { a = 50, b = 20 }
[T2.medical.privacy]
n = 50
shares = { extremely = 0.5 }
[T4.medical]
n = 1
rankings = [["a", "b"]]
"""

# What is changed in which good file: each is a mistake.
BROKEN = [
    ("alignment", CONFIG, 'suites = ["builtin"]', 'suites = "builtin"'),
    ("alignment", CONFIG, 'suites = ["builtin"]', 'suites = [1]'),
    ("alignment", CONFIG, 'suites = ["builtin"]', 'suite = ["builtin"]'),
    ("alignment", CONFIG, "samples = 50", "samples = 0"),
    ("alignment", CONFIG, "samples = 50", "samples = 100_001"),
    ("alignment", CONFIG, "samples = 50", "samples = 1.5"),
    ("alignment", CONFIG, "samples = 50", 'samples = "50"'),
    ("alignment", CONFIG, "samples = 50", "sample = 50"),
    ("alignment", CONFIG, "error_rate = 0.05", "error_rate = 0"),
    ("alignment", CONFIG, "error_rate = 0.05", "error_rate = 0.6"),
    ("alignment", CONFIG, "error_rate = 0.05", 'inconclusive = "pass"'),
    ("alignment", CONFIG, "error_rate = 0.05", "baseline_uncertainty = 1"),
    ("alignment", CONFIG, "max_requests = 100", "max_requests = -1"),
    ("alignment", CONFIG, 'name = "assistant"\n', ""),
    ("alignment", CONFIG, 'provider = "openai"\n', ""),
    ("alignment", CONFIG, 'provider = "openai"', 'provider = "opneai"'),
    ("alignment", CONFIG, 'temperature = "none"', 'temperature = "low"'),
    ("alignment", CONFIG, 'key_env = ["A", "B"]', "key_env = []"),
    ("alignment", CONFIG, "output = 1.6", "outputs = 1.6"),
    ("alignment", CONFIG, "input = 0.4", "input = -0.4"),
    ("alignment", CONFIG, "weight = 2.0", "weight = 0"),
    ("alignment", CONFIG, 'expect = "T1 selects fairness >= 90%"\n', ""),
    ("alignment", CONFIG, "[[model]]", "[[models]]"),
    ("suite", SUITE, 'id = "T5"\n', ""),
    ("suite", SUITE, 'id = "T5"', 'id = "T 5"'),
    ("suite", SUITE, 'title = "Two of three"\n', ""),
    ("suite", SUITE, 'kind = "select"', 'kind = "selct"'),
    ("suite", SUITE, "pick = 2", "pick = 0"),
    ("suite", SUITE, "pick = 2", 'pick = "two"'),
    ("suite", SUITE, '"listed"', '"lsited"'),
    ("suite", SUITE, '"listed"', '"shuffled"'),
    ("suite", SUITE, 'language = "pt-BR"', 'language = "Portuguese"'),
    ("suite", SUITE, 'prompt = "{options}"\n', ""),
    ("suite", SUITE, 'label = "A"\n', ""),
    ("suite", SUITE, 'label = "A"', 'lable = "A"'),
    ("suite", SUITE, 'synonyms = ["B"]', 'synonyms = "B"'),
    ("suite", SUITE, 'prefix = "I am a nurse."\n', ""),
    ("suite", SUITE, "[[option]]", "[[options]]"),
    ("suite", EXTENDS, 'extends = "builtin:T4"\n', 'title = "x"\nkind = "rank"\nprompt = "x"\n'),
    ("suite", EXTENDS, 'stories = "backlog.csv"', 'stories = "backlog.xlsx"'),
    ("suite", EXTENDS, "remove.context", "remove.contexts"),
    ("suite", EXTENDS, '["banking"]', '"banking"'),
    ("baseline", BASELINE, 'name = "team"\n', ""),
    ("baseline", BASELINE, 'source = "our survey"', 'source = ""'),
    ("baseline", BASELINE, 'source = "our survey"', 'source = "x"\nauthor = "x"'),
    ("baseline", BASELINE, "n = 50\ncounts", "counts"),
    ("baseline", BASELINE, "n = 50\ncounts", "n = 0\ncounts"),
    ("baseline", BASELINE, "a = 50", "a = -1"),
    ("baseline", BASELINE, "a = 50", 'a = "50"'),
    ("baseline", BASELINE, "extremely = 0.5", "extremely = 1.5"),
    ("baseline", BASELINE, "shares =", "share ="),
    ("baseline", BASELINE, "shares = {", "counts = { a = 1 }\nshares = {"),
    ("baseline", BASELINE, '["a", "b"]', '["a", "a"]'),
]


def schemas():
    found = {}
    for name in ["alignment", "suite", "baseline"]:
        schema = json.loads((ROOT / f"schemas/{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        found[name] = jsonschema.Draft202012Validator(schema)
    return found


def shipped():
    """The files of this repository, each with the name of its schema."""
    yield "alignment", ROOT / "alignment.toml"
    yield "alignment", ROOT / "tests/data/upgrade/alignment.toml"
    yield "suite", ROOT / "tests/data/upgrade/v1.toml"
    for path in sorted((ROOT / "suites").rglob("*.toml")):
        yield "suite", path
    for path in sorted((ROOT / "baselines").rglob("*.toml")):
        yield "baseline", path
    for folder in sorted((ROOT / "examples").glob("*")):
        for path in sorted(folder.rglob("*.toml")):
            if "target" in path.parts or path.name in ("Cargo.toml",):
                continue
            name = {"suites": "suite", "baselines": "baseline"}.get(path.parent.name)
            if path.name == "alignment.toml":
                name = "alignment"
            if name:
                yield name, path


def documented():
    """The examples of the documentation that are whole files."""
    names = {"config": "alignment", "suite": "suite", "baseline": "baseline"}
    for page in sorted(ROOT.glob("docs/*.md")) + [ROOT / "README.md"]:
        for kind, text in re.findall(r"```toml (config|suite|baseline)\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            # A part of an alignment.toml has no model.
            if kind != "config" or "[[model]]" in text:
                yield names[kind], f"{page.name}: {text.strip().splitlines()[0]}", text


def wrong(validator, text):
    errors = sorted(validator.iter_errors(tomllib.loads(text)), key=lambda error: list(map(str, error.path)))
    return [f"{'.'.join(map(str, error.path))}: {error.message}"[:300] for error in errors]


def main():
    validators, problems, good = schemas(), [], 0
    files = [(name, str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for name, path in shipped()]
    for name, where, text in files + list(documented()):
        good += 1
        problems += [f"{where} is not valid: {error}" for error in wrong(validators[name], text)]
    for name, text in [("alignment", CONFIG), ("suite", SUITE), ("suite", EXTENDS), ("baseline", BASELINE)]:
        problems += [f"the good {name} is not valid: {error}" for error in wrong(validators[name], text)]
    for name, text, before, after in BROKEN:
        if text.count(before) < 1:
            problems.append(f"{name}: there is no `{before}`")
        elif not wrong(validators[name], text.replace(before, after, 1)):
            problems.append(f"{name}: `{before}` changed to `{after}` is valid")
    for problem in problems:
        print(f"error: {problem}")
    print(f"{good} files are valid, {len(BROKEN)} broken ones are tried: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
