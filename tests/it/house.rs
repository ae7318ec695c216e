//! The order of the crate's rooms: each uses only those before it. Data moves one way through them, and each can be
//! read and tested without those that come later.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/`, from what knows of nothing to what knows of all.
const ROOMS: [&str; 23] = [
    "ground",
    "stats",
    "suite",
    "answer",
    "profile",
    "measure",
    "check",
    "figure",
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

/// The longest a file and a function may be, in lines.
const LONGEST: (usize, usize) = (400, 60);

/// The functions in formatted code, outside of its tests: the number of the line where each begins, and its lines.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().collect();
    let begins = |line: &str| {
        let line = line.trim_start();
        let after =
            if line.starts_with("pub(") { line.split_once(") ").map_or("", |(_, rest)| rest) } else { line };
        let mut words = after.split(' ').skip_while(|word| ["pub", "const", "async"].contains(word));
        words.next() == Some("fn")
    };
    let length = |from: usize| {
        let indent = |line: &str| line.len() - line.trim_start().len();
        // The last line ends the body or a declaration without one.
        let ends = |line: &&str| indent(line) == indent(lines[from]) && line.ends_with(['}', ';']);
        lines[from..].iter().position(ends).map_or(1, |end| end + 1)
    };
    let starts = (0..lines.len()).filter(|at| begins(lines[*at]));
    starts.map(|at| (at + 1, length(at))).collect()
}

#[test]
fn no_file_and_no_function_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut all, mut long, mut counted) = (Vec::new(), Vec::new(), 0);
    files(&root.join("src"), &mut all);
    for path in all {
        let within = path.strip_prefix(root).expect("in it").display().to_string();
        let text = fs::read_to_string(&path).expect("text");
        let lines = text.lines().count();
        if lines > LONGEST.0 {
            long.push(format!("{within}: {lines} lines"));
        }
        let functions = functions(&text);
        counted += functions.len();
        let wrong = functions.iter().filter(|(_, lines)| *lines > LONGEST.1);
        long.extend(wrong.map(|(at, lines)| format!("{within}:{at}: a function of {lines} lines")));
    }
    assert!(counted > 2000, "only {counted} functions were found");
    assert!(
        long.is_empty(),
        "these are longer than {} or {} lines:\n{}",
        LONGEST.0,
        LONGEST.1,
        long.join("\n")
    );
}

#[test]
fn the_lines_of_a_function_are_counted_from_its_name_to_its_brace() {
    let code = "/// fn of nothing\npub(in crate::run) async fn one(\n    a: u8,\n) {\n    if a {\n    }\n}\n\
                impl A {\n    const fn two() {}\n\n    fn three() {\n        fn four() {\n        }\n    }\n}\n\
                trait B {\n    fn five(\n    );\n}\n#[cfg(test)]\nmod tests {\n    fn six() {\n    }\n}\n";
    assert_eq!(functions(code), [(2, 6), (9, 1), (11, 4), (12, 2), (17, 2)]);
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
