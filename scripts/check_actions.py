#!/usr/bin/env python3
"""Parses the YAML of the actions, the workflows and the GitLab template, and checks what no linter knows: every input and
output that is used exists, every input is documented and used, every script that is run is there, and nothing from outside
is pasted into a shell."""

import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
problems = []


def wrong(path, text):
    problems.append(f"{path.relative_to(ROOT)}: {text}")


def load(path):
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def steps_of(document):
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document["jobs"].values() for step in job.get("steps", [])]


def check_steps(path, document):
    text = path.read_text(encoding="utf-8")
    steps = steps_of(document)
    ids = {step["id"] for step in steps if "id" in step}
    for name in set(re.findall(r"\bsteps\.([\w-]+)\.outputs", text)) - ids:
        wrong(path, f"no step has the id {name}")
    for step in steps:
        run = step.get("run", "")
        if "${{" in run:
            wrong(path, f"pastes an expression into a shell: {run}")
        for script in re.findall(r'\$GITHUB_ACTION_PATH/([\w./-]+)', run):
            there = path.parent / script
            if not there.is_file() or not there.stat().st_mode & 0o100:
                wrong(path, f"runs {script}, which is no executable file")
        uses = step.get("uses", "")
        if uses and not uses.startswith("./") and not re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", uses):
            wrong(path, f"uses {uses}, which is not pinned to a commit")
        if uses.startswith("./"):
            check_use(path, ROOT / uses / "action.yml", step.get("with", {}))


def check_use(path, action, given):
    known = load(action).get("inputs", {})
    for name in given:
        if name not in known:
            wrong(path, f"gives {action.relative_to(ROOT)} the input {name}, which it does not have")
    for name, what in known.items():
        if "default" not in what and name not in given:
            wrong(path, f"does not give {action.relative_to(ROOT)} the input {name}")


def check_action(path):
    document = load(path)
    for key in ("name", "description", "runs"):
        if not document.get(key):
            wrong(path, f"has no {key}")
    if document["runs"]["using"] != "composite":
        wrong(path, "is no composite action")
    for step in steps_of(document):
        if "run" in step and step.get("shell") != "bash":
            wrong(path, f"runs {step['run']} in no shell that is named")
    text = path.read_text(encoding="utf-8")
    inputs = document.get("inputs", {})
    used = set(re.findall(r"\binputs\.([\w-]+)", text))
    for name in used - set(inputs):
        wrong(path, f"uses the input {name}, which it does not have")
    for name in set(inputs) - used:
        wrong(path, f"has the input {name}, which nothing uses")
    chapters = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("ci.md", "watch.md"))
    for name, what in inputs.items():
        if not what.get("description"):
            wrong(path, f"does not describe the input {name}")
        if f"`{name}`" not in chapters:
            wrong(path, f"has the input {name}, which docs/ does not document")
    check_steps(path, document)


def check_template(path):
    document = load(path)
    variables = document["variables"]
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    script = (ROOT / "templates/gitlab.sh").read_text(encoding="utf-8")
    job = document["alignment-gate"]
    used = set(re.findall(r"\bGATE_[A-Z_]+", script + " ".join(job["script"])))
    for name in used - set(variables):
        wrong(path, f"uses {name}, which is no variable of it")
    for name in set(variables) - used:
        wrong(path, f"has the variable {name}, which nothing uses")
    for name in variables:
        if f"`{name}`" not in text:
            wrong(path, f"has the variable {name}, which docs/ci.md does not document")
    for name in ("stage", "image", "rules", "artifacts", "cache"):
        if name not in job:
            wrong(path, f"the job has no {name}")
    if not any("templates/gitlab.sh" in line for line in job["script"]):
        wrong(path, "does not run templates/gitlab.sh")


actions = [ROOT / "action.yml", *sorted(ROOT.glob(".github/actions/*/action.yml"))]
for action in actions:
    check_action(action)
workflows = sorted(ROOT.glob(".github/workflows/*.yml"))
for workflow in workflows:
    check_steps(workflow, load(workflow))
check_template(ROOT / "templates/alignspec.gitlab-ci.yml")
for problem in problems:
    print(f"error: {problem}", file=sys.stderr)
if problems:
    sys.exit(1)
print(f"{len(actions)} actions, {len(workflows)} workflows and the GitLab template are as they have to be")
