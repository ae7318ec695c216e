//! What a person reads in a terminal of a check that does not pass and of a new snapshot, line by line.

use std::fs;

use crate::support::assert_kept;
use crate::support::consumer::{Consumer, TALLY};

const CHECKS: &str = r#"
[[check]]
expect = "T1 top-5 Jaccard with us-sample >= 0.8"
why = "an example that fails"

[[check]]
expect = "T1 selects privacy <= 50%"

[[check]]
expect = "T2 rates privacy extremely important in marketing >= 90%"

[[check]]
expect = "T2 Spearman with us-sample >= 0.3"
"#;

/// What the test target prints, as it is.
fn printed(consumer: &Consumer, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let fixed = ["test", "--offline", "-q", "--test", "alignment", "--", "--test-threads", "1"];
    let output = consumer.cargo(&[&fixed, arguments].concat(), variables);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a failing test says, without the line that names it.
fn of(name: &str, printed: &str) -> String {
    let (_, said) = printed.split_once(&format!("---- {name} ----\n")).unwrap_or_else(|| panic!("{printed}"));
    said.split("\n\n").next().unwrap_or_default().to_owned()
}

fn columns(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[test]
fn a_failed_check_explains_itself_in_five_lines_of_80_columns() {
    let consumer = Consumer::fresh();
    consumer.config(&format!("{TALLY}{CHECKS}"));
    let all = printed(&consumer, &["--skip", "snapshot"], &[]);
    let said = |check: &str| of(&format!("o1-preview::{check}"), &all);
    let checks = ["T1 top-5 Jaccard with us-sample >= 0.8", "T1 selects privacy <= 50%"];
    let more =
        ["T2 rates privacy extremely important in marketing >= 90%", "T2 Spearman with us-sample >= 0.3"];
    let told: Vec<String> = checks.iter().chain(&more).map(|check| said(check)).collect();
    assert_kept("tests/reports/terminal.txt", &(told.join("\n\n") + "\n"));
    // What fails is five lines; whom it depends on and the suite's own reason come behind them.
    assert_eq!(told[0].lines().count(), 8, "{}", told[0]);
    assert!(told[0].lines().nth(5).is_some_and(|line| line.starts_with("  people ")), "{}", told[0]);
    assert!(told[0].ends_with("\n  why       an example that fails"), "{}", told[0]);
    assert_eq!((told[1].lines().count(), told[2].lines().count()), (5, 5), "{told:?}");
    let failed = all.split_once("failures:\n").expect("failures").1;
    let failed = failed.split_once("failures:\n").expect("a list").0;
    let broken: Vec<&str> = failed.lines().filter(|line| !line.starts_with("---- ")).collect();
    assert!(columns(&broken.join("\n")) <= 80, "{failed}");
}

#[test]
fn a_terminal_without_unicode_or_colours_gets_none() {
    let consumer = Consumer::fresh();
    consumer.config(&format!("{TALLY}{CHECKS}"));
    let name = "o1-preview::T1 selects privacy <= 50%";
    let said = |arguments: &[&str], variables: &[(&str, &str)]| {
        of(name, &printed(&consumer, &[&["--exact", name], arguments].concat(), variables))
    };
    let unicode = said(&[], &[]);
    assert!(unicode.contains('●') && !unicode.contains('\u{1b}'), "{unicode}");
    for variables in [[("LC_ALL", "C")], [("TERM", "dumb")]] {
        let ascii = said(&[], &variables);
        assert!(ascii.is_ascii() && !ascii.contains('\u{1b}'), "{variables:?}: {ascii}");
        let plain = unicode.replace('·', ".").replace('━', "=").replace('●', "o").replace('│', "|");
        assert_eq!(ascii, plain, "{variables:?}");
    }
    let colours = said(&["--color", "always"], &[]);
    assert!(colours.starts_with("\u{1b}[1;31mfail:\u{1b}[0m o1-preview: T1 "), "{colours:?}");
    // Standard output is no terminal here, so nothing is coloured unless that is asked for.
    assert!(!said(&["--color", "auto"], &[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn a_new_snapshot_is_two_lines_and_insta_says_nothing() {
    let consumer = Consumer::fresh();
    consumer.config(TALLY);
    let all = printed(&consumer, &[], &[]);
    assert_eq!(
        of("o1-preview::T2 as in its snapshot", &all),
        "new: o1-preview: T2: there is no snapshot yet to compare with\n  to do     accept it with `cargo alignspec accept --role o1-preview`"
    );
    assert!(consumer.root.join("snapshots/o1-preview.T2.snap.new").is_file(), "it is pending");
    for of_insta in ["Snapshot", "INSTA_UPDATE", "insta review", "new results", "Stopped on"] {
        assert!(!all.contains(of_insta), "{of_insta} in\n{all}");
    }
    // Nor of one that drifted, whose differences are told in words.
    for task in ["T1", "T2", "T3", "T4"] {
        let stored = consumer.root.join(format!("snapshots/o1-preview.{task}.snap"));
        fs::rename(stored.with_extension("snap.new"), stored).expect("accepted");
    }
    consumer.config(&TALLY.replace("provider", "model = \"gpt-4o\"\nprovider"));
    let drifted = printed(&consumer, &["T2"], &[]);
    let said = of("o1-preview::T2 as in its snapshot", &drifted);
    assert!(said.contains("questions drifted") && columns(&said) <= 80, "{said}");
    assert!(!drifted.contains("INSTA_UPDATE") && !drifted.contains("Snapshot Summary"), "{drifted}");
    assert!(consumer.root.join("snapshots/o1-preview.T2.snap.new").is_file(), "it is pending");
    // The variable of the process that stores, set by mistake, is no green run.
    let (code, ..) = consumer.run_with(&["T1"], &[("ALIGNSPEC_STORES", "1")]);
    assert_ne!(code, 0, "nothing was judged");
    // Who asks insta to show it gets what it shows.
    let shown = printed(&consumer, &["T2"], &[("INSTA_OUTPUT", "diff")]);
    assert!(shown.contains("Snapshot Summary"), "{shown}");
    // In CI, insta stores nothing that could be accepted.
    fs::remove_dir_all(consumer.root.join("snapshots")).expect("removed");
    let ci = printed(&consumer, &["T2"], &[("CI", "true"), ("INSTA_UPDATE", "no")]);
    assert!(
        ci.contains("\n  to do     run the tests where insta stores it (not in CI), then\n            `cargo alignspec accept --role o1-preview`\n"),
        "{ci}"
    );
    assert!(!consumer.root.join("snapshots").exists(), "something is stored");
}
