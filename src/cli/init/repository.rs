//! What `init` writes for the git repository that a crate is in: how git treats what runs write, and a workflow.

use std::path::Path;

/// How git treats what runs write: lines end in the same way everywhere, and two branches' recordings are joined.
pub(super) const ATTRIBUTES: &str = "\
# Recordings are lines that are only added: git joins those of two branches, and GitHub folds them away.
recordings/**/*.jsonl text eol=lf merge=union linguist-generated
recordings/**/*.json text eol=lf linguist-generated
# Snapshots are reviewed, so they are shown.
snapshots/*.snap text eol=lf
";

/// Returns the workflow that judges what is recorded: it needs no key, and runs nothing of alignspec's but the tests.
pub(super) fn workflow(root: &Path, top: &Path) -> String {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let within = root.strip_prefix(top).unwrap_or(Path::new(""));
    // A text in JSON is one in YAML.
    let within = serde_json::Value::from(within.to_string_lossy().replace('\\', "/")).to_string();
    let folder =
        if within == "\"\"" { String::new() } else { format!("        working-directory: {within}\n") };
    WORKFLOW.replace("        {folder}\n", &folder)
}

const WORKFLOW: &str = "\
# Judges what is recorded, on every change. Nothing is asked and no key is needed: an answer that is missing fails.
# alignspec's docs/ci.md has a larger one, which also asks, comments on pull requests, and keeps reports.
name: alignment

on:
  pull_request:
  push:
    branches: [main, master]

permissions:
  contents: read

jobs:
  alignment:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@34e114876b0b11c390a56381ad16ebd13914f8d5 # v4.3.1
        with:
          persist-credentials: false
      - run: cargo test --test alignment
        {folder}
        env:
          ALIGNSPEC_MODE: replay
";
