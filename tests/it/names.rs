//! One meaning a word: no two types of the crate have the same name, and the glossary has each word once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::house::files;

/// Names that several types have, and why they may.
const SHARED: [(&str, &str); 6] = [
    ("Credential", "one with the feature `bedrock-sigv4`, and what stands for it without"),
    (
        "Question",
        "what a user's function is asked is the suite's question, without what only this crate needs",
    ),
    ("ScreenLines", "one with the feature `progress`, and what stands for it without"),
    ("Signals", "one for Unix and one for other systems"),
    ("Signer", "one with the feature `bedrock-sigv4`, and what stands for it without"),
    ("Store", "one with the feature `object-store`, and what stands for it without"),
];

/// The type that a line defines outside of any function and block: its name.
fn defined(line: &str) -> Option<&str> {
    let rest = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => line,
    };
    let kinds = ["struct ", "enum ", "trait ", "type ", "union "];
    let name = kinds.iter().find_map(|kind| rest.trim_start().strip_prefix(kind))?;
    // What is indented is within something else.
    let is_outside = !line.starts_with(char::is_whitespace);
    is_outside.then(|| name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(name))
}

/// The places of all types, by name.
fn types<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>) -> BTreeMap<&'t str, Vec<String>> {
    let mut types: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in texts {
        for (number, line) in text.lines().enumerate() {
            if let Some(name) = defined(line) {
                types.entry(name).or_default().push(format!("{path}:{}", number + 1));
            }
        }
    }
    types.retain(|_, places| places.len() > 1);
    types
}

#[test]
fn no_two_types_have_the_same_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    let texts: Vec<(String, String)> = all
        .iter()
        .map(|path| {
            let within = path.strip_prefix(root).expect("in it").display().to_string();
            (within, fs::read_to_string(path).expect("text"))
        })
        .collect();
    assert!(texts.len() > 100, "only {} files were found", texts.len());
    let same = types(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let wrong = same.iter().filter(|(name, _)| SHARED.iter().all(|(shared, _)| shared != *name));
    let wrong: Vec<String> = wrong.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    assert!(
        wrong.is_empty(),
        "these names have several meanings; call each type what it is, as CONTRIBUTING.md's glossary does:\n{}",
        wrong.join("\n")
    );
    for (name, why) in SHARED {
        assert!(same.contains_key(name), "`{name}` is shared no more ({why}): take it off the list");
    }
}

#[test]
fn a_name_that_two_files_define_is_found_in_whatever_way_they_do() {
    let one = "pub struct Found<T>(T);\nenum Kept {}\n    struct Inner;\n// struct Said;\n";
    let other =
        "pub(in crate::run) type Found = u8;\nmod tests {\n    struct Inner;\n}\npub trait Keeps {}\n";
    let same = types([("a.rs", one), ("b.rs", other)].into_iter());
    let wanted = BTreeMap::from([("Found", vec!["a.rs:1".to_owned(), "b.rs:1".to_owned()])]);
    assert_eq!(same, wanted);
}

#[test]
fn the_glossary_has_each_word_once() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md");
    let page = fs::read_to_string(page).expect("read");
    let section = page.split_once("## Glossary\n").expect("a glossary").1;
    let section = section.split("\n## ").next().expect("its text");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    let words = rows
        .filter(|row| !row.starts_with("--"))
        .flat_map(|row| row.split(" |").next().unwrap_or_default().split(", "));
    let mut seen = BTreeSet::new();
    for word in words {
        assert!(seen.insert(word), "the glossary says twice what `{word}` is");
    }
    assert!(seen.len() > 80, "only {} words were found in the glossary", seen.len());
}
