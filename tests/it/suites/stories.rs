//! `stories = "backlog.csv"`: what is read, what a value with several stories means to checks, and each mistake with its
//! place, word for word (`tests/suites/stories.txt`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use alignspec::__testing::check::{Check, Confidence, Scope, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Joint, Row, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::suite::{CheckEntry, Suites, load};

use crate::support::assert_kept;

const SUITE: &str = r#"id = "T5"
title = "The bank's backlog"
kind = "rank"
prompt = "{context}\n\n{options}\n\nPut all {count} in order."
stories = "backlog.csv"

[[context]]
id = "cards"
text = "Credit cards."

[[context]]
id = "loans"
text = "Loans."
"#;

const BACKLOG: &str = "id,text,value,context
limit,I want a limit that I set myself,autonomy,cards
scores,\"I want equal scores for equal finances, whoever I am\",fairness,cards
appeal,I want to appeal a decision,fairness,cards
hidden,I want my purchases to be seen by nobody,privacy,cards
rates,I want equal rates,fairness,loans
forget,I want my data deleted at the end,privacy,loans
";

fn loaded(suite: &str, files: &[(&str, &[u8])]) -> Suites {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("suites")).expect("made");
    fs::write(folder.path().join("suites/t5.toml"), suite).expect("written");
    for (name, bytes) in files {
        fs::write(folder.path().join("suites").join(name), bytes).expect("written");
    }
    let entry = Diagnostic::new("the suites cannot be read");
    load(folder.path(), &[("suites".to_owned(), entry)])
}

fn suites() -> Suites {
    let suites = loaded(SUITE, &[("backlog.csv", BACKLOG.as_bytes())]);
    assert!(suites.problems.is_empty(), "{}", suites.problems[0].1);
    suites
}

#[test]
fn a_table_becomes_the_stories_of_each_context() {
    let suites = suites();
    let task = suites.task("T5").expect("read");
    let stories = |at: usize| -> Vec<(&str, &str)> {
        task.items[at].choices.iter().map(|choice| (choice.id.as_str(), choice.value())).collect()
    };
    let cards =
        [("limit", "autonomy"), ("scores", "fairness"), ("appeal", "fairness"), ("hidden", "privacy")];
    assert_eq!(stories(0), cards);
    assert_eq!(stories(1), [("rates", "fairness"), ("forget", "privacy")]);
    assert_eq!(task.values(), ["autonomy", "fairness", "privacy"]);
    let prompt = task.question(1, 0, 0, 0).prompt;
    assert!(prompt.contains(". I want equal scores for equal finances, whoever I am\n"), "{prompt}");
    // The table may come from any system, and stand in any order.
    let mut rows: Vec<&str> = BACKLOG.trim().lines().collect();
    rows[1..].sort_unstable_by_key(|row| row.ends_with("loans"));
    let windows = format!("\u{feff}{}\r\n", rows.join("\r\n"));
    let again = loaded(SUITE, &[("backlog.csv", windows.as_bytes())]);
    assert_eq!(again.task("T5").expect("read").items, task.items);
}

/// A table in which each question has these orders.
fn table(suites: &Suites, orders: &[&[&[u8]]]) -> Table {
    let task = suites.task("T5").expect("read");
    let row = |(item, orders): (&alignspec::__testing::suite::Item, &&[&[u8]])| {
        let k = item.choices.len();
        let mut shares = vec![0.0; k * k];
        for order in orders.iter() {
            for (place, choice) in order.iter().enumerate() {
                shares[usize::from(*choice) * k + place] += 1.0 / orders.len() as f64;
            }
        }
        let n = u32::try_from(orders.len()).expect("few");
        let joint = Some(Arc::new(Joint::Rankings(orders.iter().map(|order| order.to_vec()).collect())));
        Row { item: item.id.clone(), n, unread: 0, shares, known: Vec::new(), joint }
    };
    Table { shape: task.shape, rows: task.items.iter().zip(orders).map(row).collect() }
}

fn check(suites: &Suites, sentence: &str) -> Check {
    let scope = Scope { suites, respondents: vec!["other"] };
    read(&CheckEntry::of(sentence), &scope).unwrap_or_else(|problem| panic!("{problem}"))
}

#[test]
fn a_value_with_several_stories_is_placed_by_their_mean_place() {
    let suites = suites();
    // Of cards: 0 autonomy, 1 and 2 fairness, 3 privacy. In each answer fairness has the first and the last place, 2.5 on
    // average; privacy is second or third, 2.5 on average, and autonomy, too.
    let cards: Vec<&[u8]> = [&[1_u8, 0, 3, 2][..], &[1, 3, 0, 2]].repeat(20);
    let loans: Vec<&[u8]> = [&[0_u8, 1][..]].repeat(40);
    let tables = [table(&suites, &[&cards, &loans])];
    let found = |sentence: &str| {
        let check = check(&suites, sentence);
        let value = check
            .measure
            .prepare(&tables, &suites)
            .and_then(|mut statistic| statistic(&tables))
            .expect("one");
        let sure =
            Confidence { rate: 0.05, design: Design::Fixed, bound: 1.0, search: EndSearch::Told, seed: 1 };
        let (low, high) = check.measure.interval(&tables, &suites, &sure).expect("an interval");
        assert!(low <= value && value <= high, "{sentence}: {low} {value} {high}");
        (value, low, high)
    };
    for value in ["autonomy", "fairness", "privacy"] {
        assert_eq!(found(&format!("T5 ranks {value} within top 2 in cards")), (2.0, 1.0, 3.0), "{value}");
    }
    // Now both stories of fairness are before the others.
    let first: Vec<&[u8]> = [&[1_u8, 2, 3, 0][..], &[2, 1, 3, 0]].repeat(20);
    let tables = [table(&suites, &[&first, &loans])];
    let check = check(&suites, "T5 ranks fairness within top 1 in cards");
    let sure = Confidence { rate: 0.05, design: Design::Fixed, bound: 1.0, search: EndSearch::Told, seed: 1 };
    assert_eq!(check.measure.interval(&tables, &suites, &sure).expect("an interval"), (1.0, 1.0));
    assert_eq!(
        check.measure.explain(&tables, &suites),
        ["fairness > privacy > autonomy", "fairness is placed by the mean place of its 2 stories, 1.5"]
    );
}

#[test]
fn agreement_with_a_baseline_takes_the_same_mean_places() {
    let suites = suites();
    let cards: Vec<&[u8]> = [&[1_u8, 2, 3, 0][..]].repeat(20);
    let loans: Vec<&[u8]> = [&[0_u8, 1][..]].repeat(20);
    let own = table(&suites, &[&cards, &loans]);
    let turned: Vec<&[u8]> = [&[0_u8, 3, 2, 1][..]].repeat(20);
    let other = table(&suites, &[&turned, &[&[1_u8, 0][..]]]);
    // The five mean places are, in the order of the stories, 4, 1.5, 3, 1 and 2 here, and 1, 3.5, 2, 2 and 1 there.
    let ranked: f64 = -5.5 / 90_f64.sqrt();
    // In cards, theirs is the order autonomy, privacy, fairness: the sum of the weights 2, 0 and -2 on mean places, of
    // which 2 is the most, and 3 the span.
    let ordered = (2.0 * -4.0 - 2.0 * -1.5) / (2.0 * 3.0);
    for (sentence, theirs, wanted) in [
        ("T5 Spearman with other >= 0.5", &own, 1.0),
        ("T5 Spearman with other >= 0.5", &other, ranked),
        ("T5 order agreement with other in cards >= 0.5", &other, ordered),
    ] {
        let tables = [own.clone(), theirs.clone()];
        let check = check(&suites, sentence);
        let value = check
            .measure
            .prepare(&tables, &suites)
            .and_then(|mut statistic| statistic(&tables))
            .expect("one");
        assert!((value - wanted).abs() < 1e-9, "{sentence}: {value}, not {wanted}");
        let sure =
            Confidence { rate: 0.05, design: Design::Fixed, bound: 0.5, search: EndSearch::Told, seed: 1 };
        let (low, high) = check.measure.interval(&tables, &suites, &sure).expect("an interval");
        assert!(low <= value && value <= high, "{sentence}: {low} to {high} is not about {value}");
    }
}

#[test]
fn each_mistake_is_shown_where_it_stands() {
    let rows = |change: &dyn Fn(&str) -> String| change(BACKLOG).into_bytes();
    let mut cases: BTreeMap<&str, (String, Option<Vec<u8>>)> = BTreeMap::new();
    let mut csv = |did: &'static str, change: &dyn Fn(&str) -> String| {
        cases.insert(did, (SUITE.to_owned(), Some(rows(change))));
    };
    csv("a column is misspelt", &|text| text.replacen("value", "vlaue", 1));
    csv("a column is missing", &|text| {
        text.lines().map(|line| format!("{}\n", line.rsplit_once(',').expect("cells").0)).collect()
    });
    csv("semicolons", &|text| text.replace('"', "").replace(',', ";"));
    csv("a context is misspelt", &|text| text.replacen("privacy,loans", "privacy,loan", 1));
    csv("an id twice", &|text| text.replacen("appeal,", "scores,", 1));
    csv("words twice", &|text| {
        text.replacen("I want to appeal a decision", "i want my purchases to be seen by nobody", 1)
    });
    csv("an empty cell", &|text| text.replacen("appeal,I want to appeal a decision", "appeal,", 1));
    csv("a formula", &|text| text.replacen("fairness,loans", "=D2,loans", 1));
    csv("an open quote", &|text| text.replacen("whoever I am\"", "whoever I am", 1));
    csv("a comma without quotes", &|text| text.replace('"', ""));
    csv("an id with a space", &|text| text.replacen("appeal,", "the appeal,", 1));
    csv("one story", &|text| text.lines().take(6).map(|line| format!("{line}\n")).collect());
    csv("no story", &|text| text.lines().take(1).map(|line| format!("{line}\n")).collect());
    csv("65 stories", &|text| {
        (0..65).fold(text.to_owned(), |text, at| text + &format!("s{at},I want number {at},privacy,loans\n"))
    });
    csv("a file of somebody else", &|_| "login,password\nann,secret\n".to_owned());
    let latin = BACKLOG.replace("nobody", "no\u{e9}body").chars().map(|c| c as u8).collect();
    cases.insert("not UTF-8", (SUITE.to_owned(), Some(latin)));
    cases.insert("no file", (SUITE.to_owned(), None));
    cases.insert("another ending", (SUITE.replace("backlog.csv", "t5.toml"), None));
    cases.insert("outside", (SUITE.replace("backlog.csv", "../../../etc/passwd"), None));
    let rate = SUITE
        .replace("\"rank\"", "\"select\"\npick = 1")
        .replace("prompt", "option = [{ id = \"a\", label = \"A\" }, { id = \"b\", label = \"B\" }]\nprompt");
    let rate =
        rate.split("\n[[context]]").next().expect("a part").replace("{context}", "").replace("{count}", "");
    cases.insert("another kind", (rate, Some(BACKLOG.as_bytes().to_vec())));
    let mut printed = String::new();
    for (did, (suite, csv)) in cases {
        let files: Vec<(&str, &[u8])> = csv.iter().map(|csv| ("backlog.csv", csv.as_slice())).collect();
        let suites = loaded(&suite, &files);
        assert!(suites.suites.is_empty() && suites.problems.len() == 1, "{did}: {:?}", suites.problems);
        assert!(!suites.problems[0].1.to_string().contains("password"), "{did}");
        write!(printed, "{did}\n\n{}\n\n\n", suites.problems[0].1).expect("written");
    }
    assert_kept("tests/suites/stories.txt", &printed);
}

#[test]
fn a_place_is_one_among_the_values_of_its_context() {
    let suites = loaded(SUITE, &[("backlog.csv", BACKLOG.as_bytes())]);
    let scope = Scope { suites: &suites, respondents: Vec::new() };
    for (sentence, wanted) in [
        ("T5 ranks fairness within top 2 in loans", "could not fail"),
        (
            "T5 ranks autonomy within top 1 in loans",
            "`autonomy` is not among the values that T5 asks about in loans",
        ),
        (
            "T5 ranks autonomy within top 1 in every context",
            "is not among the values that T5 asks about in loans",
        ),
    ] {
        let told = read(&CheckEntry::of(sentence), &scope).map(drop).expect_err(sentence).to_string();
        assert!(told.contains(wanted), "{sentence}: {told}");
    }
    for sentence in ["T5 ranks fairness within top 2 in cards", "T5 ranks fairness within top 1 in loans"] {
        read(&CheckEntry::of(sentence), &scope).map(drop).expect(sentence);
    }
}
