//! Every relative link leads to a file and a heading that are there, every path and variable that is named exists.

use std::path::Path;

use alignspec::__testing::environment::{HANDED, OURS};

use super::pages::{Page, chapters, page, pages, root};

/// The targets of a page's links, each with its line.
fn links(page: &Page) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, line) in page.prose() {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(targets.map(|target| (at, target)));
    }
    found
}

fn is_relative(target: &str) -> bool {
    !target.contains("://") && !target.starts_with("mailto:")
}

#[test]
fn every_relative_link_leads_somewhere() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for from in pages() {
        let folder = Path::new(&from.name).parent().expect("a folder");
        for (line, target) in links(&from).into_iter().filter(|(_, target)| is_relative(target)) {
            tried += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { Path::new(&from.name).to_owned() } else { folder.join(file) };
            let missing = !root().join(&to).exists();
            let no_heading = || {
                !anchor.is_empty() && !page(&to.display().to_string()).anchors().contains(&anchor.to_owned())
            };
            if missing || no_heading() {
                wrong.push(format!("{}:{line}: {target}", from.name));
            }
        }
    }
    assert!(tried > 30, "only {tried} links were found");
    assert!(wrong.is_empty(), "these links lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn the_book_has_every_chapter_and_links_to_nothing_outside_of_it() {
    let contents = page("docs/SUMMARY.md");
    let listed: Vec<&str> = links(&contents).into_iter().map(|(_, target)| target).collect();
    for chapter in chapters() {
        let name = chapter.name.trim_start_matches("docs/");
        assert!(name == "SUMMARY.md" || listed.contains(&name), "docs/SUMMARY.md does not list {name}");
        let out = links(&chapter).into_iter().find(|(_, target)| target.starts_with("../"));
        assert!(out.is_none(), "{}: a book has no page {out:?}", chapter.name);
    }
}

#[test]
fn every_path_of_the_repository_that_is_named_is_there() {
    const FOLDERS: [&str; 8] =
        ["src/", "tests/", "scripts/", "suites/", "docs/", "examples/", "benches/", ".github/"];
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages() {
        // The chapters speak of the reader's own crate, which has folders of these names too.
        let ours = !page.name.starts_with("docs/");
        for (line, span) in page.spans().filter(|(_, span)| FOLDERS.iter().any(|name| span.starts_with(name)))
        {
            let placeholder = span.contains(['*', '…', '<', '{', ' ']) || span.contains("NAME");
            if ours && !placeholder {
                tried += 1;
                if !root().join(span).exists() {
                    wrong.push(format!("{}:{line}: {span}", page.name));
                }
            }
        }
    }
    assert!(tried > 20, "only {tried} paths were found");
    assert!(wrong.is_empty(), "these are not there:\n{}", wrong.join("\n"));
}

#[test]
fn every_variable_of_ours_that_is_named_is_in_the_table() {
    let known: Vec<&str> = OURS.iter().chain(&HANDED).flat_map(|variable| variable.names).copied().collect();
    // Of this repository's own tests.
    let own = ["ALIGNSPEC_BLESS", "ALIGNSPEC_FUZZ"];
    let allowed = |name: &str| known.contains(&name) || own.contains(&name);
    for page in pages() {
        for (at, _) in page.text.match_indices("ALIGNSPEC_") {
            let rest = &page.text[at..];
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            assert!(allowed(&rest[..end]), "{} names {}, which nothing reads", page.name, &rest[..end]);
        }
    }
}
