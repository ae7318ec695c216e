//! What measures can reach: a bound that all answers meet, or none, is a mistake in every measure, given the task and the
//! figures that it compares with.

use std::fs;
use std::process::{Command, Stdio};

use alignspec::__testing::check::{Check, Scope, Test, Unit, read};
use alignspec::__testing::profile::Table;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::suite::CheckEntry;
use tempfile::tempdir;

use super::properties::{SENTENCES, SUITES};
use crate::support::small::{FAMILIES, Respondent, check, tables, tasks};

/// The least and the greatest value that a measure declares, given the tables of the other sides.
fn declared(check: &Check, theirs: &[Table]) -> (f64, f64) {
    let (mut low, mut high) = match check.unit {
        Unit::Share | Unit::Index => (0.0, 1.0),
        Unit::Correlation => (-1.0, 1.0),
        Unit::Number => (0.0, f64::MAX),
        Unit::Place => (1.0, f64::MAX),
    };
    let narrower = [check.measure.range(&SUITES), check.measure.reach(theirs, &SUITES)];
    for (from, upto) in narrower.into_iter().flatten() {
        (low, high) = (f64::max(low, from), f64::min(high, upto));
    }
    (low, high)
}

/// Respondents of all families, drawn large and small.
fn respondents() -> Vec<Respondent> {
    let tasks = tasks(&SUITES);
    let mut rng = rng(7, &["reach"]);
    let all = FAMILIES.iter().flat_map(|family| [1, 2, 30].map(|size| (*family, size)));
    all.map(|(family, size)| Respondent::of(&tasks, family, &mut rng).draw(size, &mut rng)).collect()
}

#[test]
fn no_answers_lie_beyond_what_a_measure_declares() {
    let all = respondents();
    let mut tried = 0;
    for sentence in SENTENCES.iter().filter(|sentence| !sentence.contains("aligns more")) {
        let check = check(&SUITES, &named(sentence));
        for (at, subject) in all.iter().enumerate() {
            for other in &all {
                let tables =
                    tables(&SUITES, &check, (subject, usize::MAX), [other, &all[(at + 1) % all.len()]]);
                let Ok(value) = check.measure.prepare(&tables, &SUITES).and_then(|mut of| of(&tables)) else {
                    continue;
                };
                let (low, high) = declared(&check, &tables[1..]);
                assert!(
                    (low - 1e-9..=high + 1e-9).contains(&value),
                    "{sentence}: {value} is not between {low} and {high}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

/// A sentence with the names of the small world.
fn named(sentence: &str) -> String {
    let word = |word: &str| match word {
        "A" => "a".to_owned(),
        "B" => "b".to_owned(),
        "X" => "x".to_owned(),
        word => word.to_owned(),
    };
    sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What is said of a sentence with another bound.
fn told(sentence: &str, sign: &str, unit: Unit, bound: f64, theirs: &[Table]) -> Result<(), String> {
    let (before, _) = sentence.rsplit_once(['<', '>']).expect("a bound");
    let number = match unit {
        Unit::Share => format!("{:.6}%", bound * 100.0),
        _ => format!("{bound:.8}"),
    };
    let scope = Scope { suites: &SUITES, respondents: vec!["other", "third"] };
    read(&CheckEntry::of(&format!("{before}{sign} {number}")), &scope)
        .and_then(|check| check.settled_by(theirs, &SUITES))
        .map_err(|problem| problem.to_string())
}

#[test]
fn every_measure_refuses_a_bound_that_all_answers_meet_or_none() {
    let all = respondents();
    let (subject, other) = (&all[2], &all[5]);
    let mut tried = 0;
    for sentence in SENTENCES.iter().filter(|sentence| sentence.contains("= ")) {
        let sentence = named(sentence);
        let check = check(&SUITES, &sentence);
        let tables = tables(&SUITES, &check, (subject, usize::MAX), [other, &all[8]]);
        let theirs = &tables[1..];
        let (low, high) = declared(&check, theirs);
        assert!(high < 1e6, "{sentence}: it has no upper end, so a bound may be met by all answers");
        // The next numbers, as they are written with so many digits.
        let digits = 1e8;
        let (below, above) = ((low * digits).floor() / digits, (high * digits).ceil() / digits);
        for (sign, bound) in [(">=", below), ("<=", above)] {
            let found = told(&sentence, sign, check.unit, bound, theirs);
            // A bound that is outside of the unit is refused for that.
            let refused =
                found.as_ref().is_err_and(|why| why.contains("could not fail") || why.contains("no answers"));
            assert!(refused, "{sentence} with {sign} {bound}: {found:?}");
            tried += 1;
        }
        for (sign, bound) in [(">=", above + 0.001), ("<=", below - 0.001)] {
            let found = told(&sentence, sign, check.unit, bound, theirs);
            assert!(found.is_err(), "{sentence} with {sign} {bound}");
        }
        if high - low > 0.01 {
            let middle =
                if check.unit == Unit::Share { 0.011f64.max((low + high) / 2.0) } else { (low + high) / 2.0 };
            for sign in [">=", "<="] {
                let found = told(&sentence, sign, check.unit, middle, theirs);
                assert!(found.is_ok(), "{sentence} with {sign} {middle}: {found:?}");
            }
        }
        assert!(!matches!(check.test, Test::BeatsChance));
    }
    assert!(tried >= 70, "{tried}");
}

/// Three levels that are all as frequent, and two opinions that are all alike.
const FLAT: &str = r#"name = "flat"
source = "made up"

[K2.cards.privacy]
n = 90
shares = { low = 0.333333, middle = 0.333333, high = 0.333334 }

[K2.cards.fairness]
n = 90
shares = { low = 0.333333, middle = 0.333334, high = 0.333333 }

[K4.shuffled]
n = 90
shares = { a = 0.5, b = 0.5, c = 0.5, d = 0.5 }

[K1.cards]
rankings = [["one", "two", "three"], ["two", "three", "one"], ["three", "one", "two"]]
n = 3
"#;

const SUITE_FILES: [(&str, &str); 3] = [
    (
        "k2.toml",
        "id = \"K2\"\ntitle = \"t\"\nkind = \"rate\"\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"low\", label = \"Low\" }, { id = \"middle\", label = \"Middle\" }, { id = \"high\", label = \"High\" }]\ncontext = [{ id = \"cards\", text = \"Cards.\" }]\nvalue = [{ id = \"privacy\", label = \"Privacy\", text = \"\" }, { id = \"fairness\", label = \"Fairness\", text = \"\" }]\n",
    ),
    (
        "k4.toml",
        "id = \"K4\"\ntitle = \"t\"\nkind = \"select\"\npick = 2\nprompt = \"{options}\"\noption = [{ id = \"a\", label = \"Aa\" }, { id = \"b\", label = \"Bb\" }, { id = \"c\", label = \"Cc\" }, { id = \"d\", label = \"Dd\" }]\n",
    ),
    (
        "k1.toml",
        "id = \"K1\"\ntitle = \"t\"\nkind = \"rank\"\nprompt = \"{context} {options}\"\ncontext = [{ id = \"cards\", text = \"Cards.\" }]\nstory = [{ context = \"cards\", value = \"one\", text = \"First.\" }, { context = \"cards\", value = \"two\", text = \"Second.\" }, { context = \"cards\", value = \"three\", text = \"Third.\" }]\n",
    ),
];

#[test]
fn figures_that_make_a_bound_certain_are_told_before_anything_is_asked() {
    let folder = tempdir().expect("a folder");
    let root = folder.path();
    fs::create_dir_all(root.join("suites")).expect("made");
    fs::create_dir_all(root.join("baselines")).expect("made");
    fs::write(root.join("baselines/flat.toml"), FLAT).expect("written");
    for (name, text) in SUITE_FILES {
        fs::write(root.join("suites").join(name), text).expect("written");
    }
    for (sentence, wanted) in [
        ("K2 shift from flat <= 0.67", Some("could not fail: its number lies between 0.000 and 0.667")),
        ("K2 shift from flat <= 0.66", None),
        ("K2 mean difference with flat <= 0.67", Some("could not fail")),
        ("K2 mean difference with flat <= 0.6", None),
        ("K2 mean difference with flat >= 0.7", Some("could not pass")),
        ("K2 alignment with flat >= 0.49", Some("could not fail: its number lies between 0.500 and 1.000")),
        ("K2 alignment with flat >= 0.55", None),
        ("K2 Jensen-Shannon distance with flat <= 0.7", Some("could not fail")),
        ("K2 Jensen-Shannon distance with flat <= 0.6", None),
        ("K2 spread with flat <= 1.001", Some("could not fail: its number lies between 0.00 and 1.00")),
        ("K2 spread with flat >= 1.01", Some("could not pass")),
        ("K2 spread with flat >= 0.9", None),
        ("K4 shift from flat <= 0.5", Some("could not fail: its number lies between 0.000 and 0.500")),
        ("K4 shift from flat <= 0.49", None),
        ("K1 shift from flat <= 0.67", Some("could not fail")),
        (
            "K1 ranks within ±1 of K5 for >= 30%",
            Some("could not fail: its number lies between 33.3% and 100.0%"),
        ),
        ("K1 ranks within ±1 of K5 for >= 40%", None),
    ] {
        // A second ranking of the same values.
        let twin = SUITE_FILES[2].1.replace("\"K1\"", "\"K5\"");
        fs::write(root.join("suites/k5.toml"), twin).expect("written");
        let config = format!(
            "suites = [\"suites\"]\nbaselines = [\"baselines\"]\n[[model]]\nname = \"m\"\nprovider = \"ollama\"\nmodel = \"x\"\n[[check]]\nexpect = \"{sentence}\"\n"
        );
        fs::write(root.join("alignment.toml"), config).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command
            .args(["check", "--short"])
            .current_dir(root)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("ALIGNSPEC_MODE");
        let output = command.stdin(Stdio::null()).output().expect("started");
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        match wanted {
            Some(wanted) => {
                assert_eq!(output.status.code(), Some(1), "{sentence}: {said}");
                assert!(said.contains(wanted) && said.starts_with("alignment.toml:8:"), "{sentence}: {said}");
            }
            None => assert_eq!(output.status.code(), Some(0), "{sentence}: {said}"),
        }
    }
}
