//! The order of the crate's rooms: each uses only those before it. Data moves one way through them, and each can be
//! read and tested without those that come later.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, from what knows of nothing to what knows of all.
const ROOMS: [&str; 22] = [
    "ground",
    "stats",
    "suite",
    "answer",
    "profile",
    "measure",
    "check",
    "config",
    "baseline",
    "provider",
    "recording",
    "asking",
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
pub(super) fn files(folder: &Path, into: &mut Vec<PathBuf>) {
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

/// A line of code that names a room.
struct Arrow {
    from: String,
    to: String,
    /// File, line and text, for messages.
    place: String,
}

/// Every arrow from a room to another one.
fn arrows() -> Vec<Arrow> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut all, mut arrows) = (Vec::new(), Vec::new());
    files(&root.join("src"), &mut all);
    for path in all {
        let within = path.strip_prefix(root.join("src")).expect("in it");
        let first = within.iter().next().and_then(|part| part.to_str()).expect("a room");
        let room = first.trim_end_matches(".rs");
        if room == "bin" {
            continue;
        }
        assert!(ROOMS.contains(&room), "{room} is in none of the rooms of {}", file!());
        let text = fs::read_to_string(&path).expect("text");
        // What tests use is no arrow.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            for other in named(line).into_iter().filter(|other| ROOMS.contains(other) && *other != room) {
                arrows.push(Arrow {
                    from: room.to_owned(),
                    to: other.to_owned(),
                    place: format!("src/{}:{}: {}", within.display(), number + 1, line.trim()),
                });
            }
        }
    }
    arrows
}

#[test]
fn no_room_uses_one_that_comes_after_it() {
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    let arrows = arrows();
    let wrong = arrows.iter().filter(|arrow| place(&arrow.to) > place(&arrow.from));
    let wrong: Vec<&str> = wrong.map(|arrow| arrow.place.as_str()).collect();
    assert!(wrong.is_empty(), "these use a room that comes after their own:\n{}", wrong.join("\n"));
}

/// The rows of ARCHITECTURE.md's table of rooms: the room, and what it says that the room uses.
fn told() -> Vec<(String, String)> {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).expect("read");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| {
        let (room, rest) = row.split_once('`')?;
        Some((room.to_owned(), rest.trim_end_matches(" |").rsplit("| ").next()?.to_owned()))
    });
    cells.collect()
}

#[test]
fn the_architecture_page_names_the_rooms_in_their_order_and_what_each_uses() {
    let told = told();
    assert_eq!(told.iter().map(|(room, _)| room.as_str()).collect::<Vec<_>>(), ROOMS);
    let arrows = arrows();
    for (room, uses) in &told {
        // The last rooms use nearly all others, which the page says in words.
        if uses.contains("above") || room == "lib" {
            continue;
        }
        let said: BTreeSet<&str> = uses.split('`').skip(1).step_by(2).collect();
        // All stand on `ground`.
        let used = arrows.iter().filter(|arrow| arrow.from == *room && arrow.to != "ground");
        let used: BTreeSet<&str> = used.map(|arrow| arrow.to.as_str()).collect();
        assert_eq!(said, used, "what ARCHITECTURE.md says of the room `{room}`");
    }
}
