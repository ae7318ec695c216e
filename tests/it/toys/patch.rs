//! A patch as `git diff` writes it, held against the files it is for. Git is not needed, so that it is never skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a patch does to one file.
struct Change {
    path: String,
    is_new: bool,
    /// The lines that each of its parts expects there, one after the other.
    before: Vec<String>,
}

fn changes(patch: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut is_new = false;
    for line in patch.lines() {
        if line.starts_with("--- ") {
            is_new = line == "--- /dev/null";
        } else if let Some(path) = line.strip_prefix("+++ b/") {
            changes.push(Change { path: path.to_owned(), is_new, before: Vec::new() });
        } else if let Some(change) = changes.last_mut() {
            match line.split_at_checked(1) {
                Some(("@", _)) => change.before.push("\n".to_owned()),
                Some((" " | "-", text)) => {
                    let part = change.before.last_mut().expect("a part before its lines");
                    part.push_str(&format!("{text}\n"));
                }
                _ => {}
            }
        }
    }
    changes
}

/// The files that a patch touches. It must still apply to those in `root`.
pub(super) fn files(root: &Path, patch: &str) -> BTreeSet<String> {
    let changes = changes(patch);
    for Change { path, is_new, before } in &changes {
        let file = root.join(path);
        if *is_new {
            assert!(!file.exists(), "the patch makes {path}, which is there: give the toy another name");
            continue;
        }
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut rest = format!("\n{text}");
        for part in before {
            let after = rest.split_once(part.as_str()).map(|(_, after)| format!("\n{after}"));
            rest = after.unwrap_or_else(|| {
                panic!(
                    "the patch no longer applies to {path}, which has not, in this order:{part}make it anew"
                )
            });
        }
    }
    changes.into_iter().map(|change| change.path).collect()
}

/// The files that a recipe of CONTRIBUTING.md names: one in each point of its list, the first thing in backticks.
/// `NAME` in one is `name`.
pub(super) fn recipe(root: &Path, title: &str, name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let lines = text.lines().skip_while(|line| *line != format!("### {title}")).skip(1);
    let section = lines.take_while(|line| !line.starts_with('#'));
    let points = section.filter_map(|line| line.strip_prefix("- `")?.split_once('`'));
    points.map(|(path, _)| path.replace("NAME", name)).collect()
}
