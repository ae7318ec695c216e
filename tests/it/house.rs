//! The order of the crate's rooms: each uses only those before it. Data moves one way through them, and each can be
//! read and tested without those that come later.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, from what knows of nothing to what knows of all.
const ROOMS: [&str; 20] = [
    "ground",
    "stats",
    "suite",
    "answer",
    "profile",
    "measure",
    "check",
    "config",
    "respondent",
    "sample",
    "verdict",
    "snapshot",
    "kept",
    "run",
    "report",
    "plan",
    "compare",
    "harness",
    "cli",
    "lib",
];

/// The files of the crate with their rooms, but for those of tests.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().into_string().expect("a name");
        match path.is_dir() {
            true if name != "tests" => files(&path, into),
            false if name.ends_with(".rs") && name != "tests.rs" && name != "testing.rs" => into.push(path),
            _ => {}
        }
    }
}

/// The rooms that a line of code names after `crate::`.
fn named(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let after = code.split("crate::").skip(1);
    after
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect()
}

#[test]
fn no_room_uses_one_that_comes_after_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    files(&root.join("src"), &mut all);
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    for path in all {
        let within = path.strip_prefix(root.join("src")).expect("in it");
        let first = within.iter().next().and_then(|part| part.to_str()).expect("a room");
        let room = first.trim_end_matches(".rs");
        if room == "bin" {
            continue;
        }
        let own = place(room).unwrap_or_else(|| panic!("{room} is in none of the rooms of {}", file!()));
        let text = fs::read_to_string(&path).expect("text");
        // What tests use is no arrow.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            for other in named(line) {
                if place(other).is_some_and(|after| after > own) {
                    wrong.push(format!("src/{}:{}: {}", within.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "these use a room that comes after their own:\n{}", wrong.join("\n"));
}
