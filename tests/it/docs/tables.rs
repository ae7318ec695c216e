//! Tables of the chapters whose rows stand in another file of this repository, too.

use super::pages::{page, root};

/// Names of the action's inputs, in order.
fn inputs() -> Vec<String> {
    let text = std::fs::read_to_string(root().join(".github/actions/gate/action.yml")).expect("read");
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
