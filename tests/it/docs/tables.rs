//! Tables whose rows stand in another file of this repository, too.

use std::fs;
use std::path::Path;

use alignspec::__testing::environment::{HANDED, OTHERS, OURS};

use super::pages::{page, root};

/// Names of the action's inputs, in order.
fn inputs() -> Vec<String> {
    let text = fs::read_to_string(root().join("action.yml")).expect("read");
    let part = text.split("\ninputs:\n").nth(1).and_then(|rest| rest.split("\noutputs:").next());
    let lines = part.expect("inputs").lines();
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.trim().trim_end_matches(':').to_owned()).collect()
}

#[test]
fn the_table_of_inputs_has_those_of_the_action() {
    let chapter = page("docs/ci.md");
    let rows = chapter.text.split("| input |").nth(1).expect("the table of inputs");
    let rows = rows.lines().skip(2).take_while(|line| line.starts_with('|'));
    let named: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    assert_eq!(named, inputs());
}

#[test]
fn the_readme_is_short_enough_to_be_read() {
    let lines = page("README.md").text.lines().count();
    assert!(lines <= 200, "README.md has {lines} lines: a chapter of docs/ is the place for more");
}

/// Names of the variables that a text looks up by a literal.
fn looked_up(code: &str) -> Vec<&str> {
    let calls = ["var(\"", "var_os(\"", "variable(\"", "variables(\"", "set(\"", "is(\""];
    let after = calls.into_iter().flat_map(|call| code.split(call).skip(1));
    let names = after.filter_map(|rest| rest.split('"').next());
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_uppercase() || c == b'_');
    names.filter(is_name).collect()
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        match path.is_dir() {
            // What tests use is no variable of a run.
            _ if path.file_stem().is_some_and(|name| name == "tests") => {}
            true => sources(&path, into),
            false => into.push(fs::read_to_string(&path).expect("text")),
        }
    }
}

#[test]
fn every_variable_that_the_code_looks_up_is_in_the_table() {
    let tables = OURS.iter().chain(&HANDED).chain(&OTHERS);
    let known: Vec<&str> = tables.flat_map(|variable| variable.names).copied().collect();
    let mut texts = Vec::new();
    sources(&root().join("src"), &mut texts);
    let code =
        |text: &'_ String| text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    let code: Vec<String> = texts.iter().map(code).collect();
    let names: Vec<&str> = code.iter().flat_map(|code| looked_up(code)).collect();
    assert!(names.contains(&"TERM") && names.contains(&"CARGO"), "the search finds nothing: {names:?}");
    let missing: Vec<&&str> = names.iter().filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "src/ground/environment.rs has no {missing:?}");
}
