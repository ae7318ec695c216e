//! Imported figures that cannot be true are refused when they are read, at their place, whichever check reads
//! them; and what figures do not tell of a selection is never taken for nothing.

use std::fs;

use crate::support::assert_kept;
use crate::support::consumer::Consumer;

const PICKS: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 2\nprompt = \"{options}\"\norders = [\"shuffled\"]\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }, { id = \"c\", label = \"Plums\" }, { id = \"d\", label = \"Figs\" }]\n";

const LEVELS: &str = "id = \"L\"\ntitle = \"l\"\nkind = \"rate\"\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"no\", label = \"No\" }, { id = \"so\", label = \"So so\" }, { id = \"yes\", label = \"Yes\" }]\ncontext = [{ id = \"x\", text = \"x\" }]\nvalue = [{ id = \"claim\", label = \"The claim\", text = \"c\" }]\n";

const ORDERS: &str = "id = \"R\"\ntitle = \"r\"\nkind = \"rank\"\norders = [\"shuffled\"]\nprompt = \"{context} {options}\"\nstory = [{ context = \"x\", value = \"a\", text = \"As an a, I want a.\" }, { context = \"x\", value = \"b\", text = \"As a b, I want b.\" }]\ncontext = [{ id = \"x\", text = \"x\" }]\n";

/// Judges `team`, whose figures these are, by these sentences: the exit code, and what is printed.
fn judged(consumer: &Consumer, figures: &str, sentences: &[&str]) -> (i32, String) {
    for (file, suite) in [("picks", PICKS), ("levels", LEVELS), ("orders", ORDERS)] {
        consumer.file(&format!("suites/{file}.toml"), suite);
    }
    let other =
        "name = \"other\"\nsource = \"theirs\"\n[T5]\nn = 50\ncounts = { a = 50, b = 30, c = 15, d = 5 }\n";
    consumer.file("baselines/other.toml", other);
    consumer.file("baselines/team.toml", &format!("name = \"team\"\nsource = \"our survey\"\n\n{figures}\n"));
    let checks: String = sentences.iter().map(|check| format!("[[check]]\nexpect = \"{check}\"\n")).collect();
    consumer.config(&format!(
        "suites = [\"suites\"]\nbaselines = [\"baselines\"]\n[[model]]\nname = \"team\"\nprovider = \"tally\"\n[[model]]\nname = \"other\"\nprovider = \"tally\"\n{checks}"
    ));
    let (code, out, err) = consumer.run_with(&["--nocapture", "--skip", "as in its snapshot"], &[]);
    (code, format!("{out}{err}"))
}

/// What is printed of the mistake in the baseline: from its message to the end of its help.
fn mistake(printed: &str) -> String {
    let start = printed.find("error: ").unwrap_or_else(|| panic!("no mistake:\n{printed}"));
    let block = printed[start..].lines().take_while(|line| !line.starts_with("test "));
    let block: Vec<&str> = block.map(str::trim_end).collect();
    let end = block.iter().position(|line| line.contains("= help")).map_or(block.len(), |at| at + 1);
    block[..end].join("\n")
}

#[test]
fn sums_that_cannot_be_are_refused_both_ways_though_no_check_reads_them() {
    let consumer = Consumer::fresh();
    let mut found = String::new();
    for figures in [
        // Of 100 picks 80, and 76; as an import gives that lost an option.
        "[T5]\nn = 50\ncounts = { a = 50, b = 20, c = 10, d = 0 }",
        "[T5]\nn = 50\ncounts = { a = 50, b = 40, c = 10, d = 1 }",
        "[T5]\nn = 50\ncounts = { a = 51, b = 39, c = 10, d = 0 }",
        "[T5]\nn = 50\nshares = { a = 0.9, b = 0.6, c = 0.47, d = 0.0 }",
        "[T5]\nn = 50\nshares = { a = 0.9, b = 0.6, c = 0.53, d = 0.0 }",
        "[L.x.claim]\nn = 50\ncounts = { no = 10, so = 10, yes = 20 }",
        "[L.x.claim]\nn = 50\npartial = true\ncounts = { no = 10, so = 10, yes = 20 }",
        "[L.x.claim]\nn = 50\ncounts = { so = 10, yes = 41 }",
        "[L.x.claim]\nn = 50\nshares = { no = 0.3, so = 0.3, yes = 0.38 }",
        "[R.x]\nn = 3\nrankings = [[\"a\", \"b\"], [\"b\", \"a\"]]",
    ] {
        let (code, printed) = judged(&consumer, figures, &["T5 invalid <= 99%"]);
        assert_eq!(code, 102, "{figures}: {printed}");
        found += &format!("{}\n\n", mistake(&printed));
    }
    assert_kept("tests/data/imports.txt", &found);
}

#[test]
fn what_rounding_explains_is_taken_and_what_is_known_to_be_short_needs_a_word() {
    let consumer = Consumer::fresh();
    for figures in [
        // Four shares, each up to 0.005 off.
        "[T5]\nn = 50\nshares = { a = 0.9, b = 0.6, c = 0.48, d = 0.0 }",
        "[T5]\nn = 50\nshares = { a = 0.9, b = 0.6, c = 0.52, d = 0.0 }",
        "[T5]\nn = 50\ncounts = { a = 50, b = 40, c = 10, d = 0 }",
        "[T5]\nn = 50\ninvalid = 10\ncounts = { a = 40, b = 30, c = 10, d = 0 }",
        "[T5]\nn = 50\npartial = true\ncounts = { a = 50, b = 20, c = 10, d = 8 }",
    ] {
        let with = format!("{figures}\n[L.x.claim]\nn = 50\nshares = {{ no = 0.3, so = 0.3, yes = 0.39 }}");
        let (code, printed) = judged(&consumer, &with, &["T5 selects a >= 50%"]);
        assert_eq!(code, 0, "{figures}: {printed}");
    }
}

#[test]
fn an_option_that_is_not_told_is_a_bound_and_never_nothing() {
    let consumer = Consumer::fresh();
    let sentences = [
        "T5 selects a >= 50%",
        "T5 selects d <= 50%",
        "T5 ranks a within top 1",
        "T5 top-1 Jaccard with team >= 0.9",
        "T5 shift from team <= 0.9",
        "T5 order agreement with team >= -0.9",
    ];
    let trials = ["team", "team", "team", "other", "other", "other"];
    let oks = |printed: &str| -> Vec<bool> {
        let ok = |(who, sentence): (&str, &str)| {
            let name = format!("test {who}::{sentence} ");
            let line = printed.lines().find(|line| line.replace("test   ", "test ").starts_with(&name));
            line.unwrap_or_else(|| panic!("no {name}:\n{printed}")).ends_with("... ok")
        };
        trials.into_iter().zip(sentences).map(ok).collect()
    };
    // Left out, or 0 where 20 of 100 picks are missing: it may be any of 40 %.
    for (last, why) in [("", "left out"), (", d = 0", "a 0 in a short sum")] {
        let figures = format!("[T5]\nn = 50\npartial = true\ncounts = {{ a = 50, b = 20, c = 10{last} }}");
        let (code, printed) = judged(&consumer, &figures, &sentences);
        assert_ne!(code, 0, "{why}: {printed}");
        assert_eq!(oks(&printed), [true, false, false, false, false, false], "{why}: {printed}");
        let said = "the figures do not say how many selected `d` in T5: it may be any share up to 40.0%";
        assert!(printed.matches(said).count() >= 4, "{why}: {printed}");
    }
    // Where it is last whatever it is, the order of all is known.
    let figures = "[T5]\nn = 50\npartial = true\ncounts = { a = 50, b = 30, c = 15 }";
    let (_, printed) = judged(&consumer, figures, &sentences);
    assert_eq!(oks(&printed), [true, false, true, true, false, false], "{printed}");
}

#[test]
fn a_snapshot_says_what_is_not_told_and_reads_it_back() {
    let consumer = Consumer::fresh();
    let figures = "[T5]\nn = 50\npartial = true\ncounts = { a = 50, b = 20, c = 10 }";
    judged(&consumer, figures, &["T5 selects a >= 50%"]);
    for update in ["always", "no"] {
        let (code, out, err) = consumer.run_with(&["T5 as in its snapshot"], &[("INSTA_UPDATE", update)]);
        assert_eq!(code, 0, "{update}: {out}{err}");
    }
    let text = fs::read_to_string(consumer.root.join("snapshots/team.T5.snap")).expect("a snapshot");
    let line = text.lines().find(|line| line.trim_start().starts_with("d ")).unwrap_or(&text);
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["d", "n", "50", "at", "most", "20"], "{text}");
}
