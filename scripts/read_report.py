#!/usr/bin/env python3
"""Reads what a report writes for programs, with the libraries that people read it with.

    cargo alignspec report RESULTS --csv tables --json all.json
    scripts/read_report.py tables all.json [RESULTS]

Whichever of pandas, polars, DuckDB and jsonschema are there read the tables and check the JSON against
schemas/report.schema.json; each is named in the output, and so is each that is missing. Exits with 1 where one finds other numbers than
Python's own csv does, where a cell would run in a spreadsheet, or where JSON does not fit.
"""

import copy
import csv
import importlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ["answers", "invalid", "checks", "drift"]
# What a spreadsheet takes for a formula. Numbers may begin with a sign.
RUN = "=+-@\t\r"
# Where some programs begin another cell, whatever is in quotes.
ENDS = re.compile(r"[;\t\r\n]")


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def by_csv(folder):
    found = {}
    for name in TABLES:
        with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if None in row or None in row.values():
                sys.exit(f"{name}.csv: a row has another number of cells than the head: {row}")
            for cell in row.values():
                for part in [cell, *ENDS.split(cell)]:
                    begin = part.lstrip(' "')[:1]
                    if begin and begin in RUN and not is_number(part):
                        sys.exit(f"{name}.csv: a spreadsheet would run {cell!r}")
                if any(ord(c) < 32 and c not in "\t\r\n" or 127 <= ord(c) < 160 for c in cell):
                    sys.exit(f"{name}.csv: a terminal would obey {cell!r}")
        found[name] = len(rows)
        if name == "answers":
            found["counted"] = sum(float(row["count"]) for row in rows if row["count"])
            found["roles"] = len({row["respondent"] for row in rows})
    return found


def by_pandas(folder, pandas):
    # Without keep_default_na, an option that is called "NA" stays one.
    tables = {name: pandas.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values={"count": [""]}) for name in TABLES}
    answers = tables["answers"]
    return {**{name: len(table) for name, table in tables.items()},
            "counted": float(answers["count"].sum()), "roles": answers["respondent"].nunique()}


def by_polars(folder, polars):
    tables = {name: polars.read_csv(folder / f"{name}.csv", infer_schema_length=None) for name in TABLES}
    answers = tables["answers"]
    return {**{name: table.height for name, table in tables.items()},
            "counted": float(answers["count"].cast(polars.Float64).sum()), "roles": answers["respondent"].n_unique()}


def by_duckdb(folder, duckdb):
    ask = lambda what, name: duckdb.sql(f"select {what} from read_csv('{folder / name}.csv', header = true, sample_size = -1)").fetchall()[0][0]
    return {**{name: ask("count(*)", name) for name in TABLES},
            "counted": float(ask('sum("count")', "answers")), "roles": ask("count(distinct respondent)", "answers")}


def closed(schema):
    """The schema without room for fields that it does not name."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and isinstance(schema["properties"], dict):
            schema.setdefault("additionalProperties", False)
        return schema
    return [closed(one) for one in schema] if isinstance(schema, list) else schema


def validate(whole, results, jsonschema):
    schema = closed(json.loads((ROOT / "schemas" / "report.schema.json").read_text()))
    jsonschema.Draft202012Validator.check_schema(schema)
    record = {**copy.deepcopy(schema["$defs"]["record"]), "$defs": schema["$defs"]}
    documents = [(whole, schema)] + [(path, record) for path in (results.glob("*.json") if results else [])]
    for path, against in documents:
        errors = sorted(jsonschema.Draft202012Validator(against).iter_errors(json.loads(path.read_text())), key=str)
        if errors:
            sys.exit(f"{path}: {errors[0].json_path}: {errors[0].message[:300]}")
    return len(documents)


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"not there: {name}")
        return None


def main():
    folder, whole, *results = map(pathlib.Path, sys.argv[1:])
    wanted = by_csv(folder)
    print(f"csv: {wanted}")
    for name, read in [("pandas", by_pandas), ("polars", by_polars), ("duckdb", by_duckdb)]:
        library = module(name)
        if library:
            found = read(folder, library)
            same = all(abs(found[key] - wanted[key]) < 1e-6 for key in wanted)
            if not same:
                sys.exit(f"{name} finds {found}, and csv {wanted}")
            print(f"{name}: the same")
    library = module("jsonschema")
    if library:
        print(f"jsonschema: {validate(whole, results[0] if results else None, library)} files fit")


if __name__ == "__main__":
    main()
