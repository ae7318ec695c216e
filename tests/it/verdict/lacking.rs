//! A baseline that lacks a context or a value of the task gives no verdict on the rest: the check says what
//! is missing, or limits itself to a context with `in`.

use alignspec::__testing::check::{Check, Scope, read};
use alignspec::__testing::profile::{Row, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::suite::{CheckEntry, Shape, Suites};
use alignspec::__testing::verdict::{JudgingOptions, Verdict, judge};

fn suites() -> Suites {
    Suites::builtin()
}

fn check(suites: &Suites, sentence: &str) -> Check {
    let scope = Scope { suites, respondents: vec!["people", "others"] };
    read(&CheckEntry::of(sentence), &scope).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Figures of T2 (or T3, T4) for the questions that `keep` names, all different.
fn table(suites: &Suites, task: &str, keep: impl Fn(&str) -> bool) -> Table {
    let task = suites.task(task).expect("a shipped task");
    let row = |(at, item): (usize, &alignspec::__testing::suite::Item)| {
        let choices = item.choices.len();
        let mut shares =
            vec![0.0; if task.shape == Shape::Ranking { choices * choices } else { choices + 1 }];
        match task.shape {
            Shape::Ranking => (0..choices).for_each(|choice| shares[choice * choices + choice] = 1.0),
            _ => {
                shares[choices - 1] = (at as f64 + 1.0) / 100.0;
                shares[0] = 1.0 - shares[choices - 1];
            }
        }
        let known = if task.shape == Shape::Ranking { Vec::new() } else { vec![true; choices] };
        Row { item: item.id.clone(), n: 500, unread: 0, shares, known, joint: None }
    };
    let asked = task.items.iter().enumerate().filter(|(_, item)| keep(&item.id));
    Table { shape: task.shape, rows: asked.map(row).collect() }
}

fn judged(suites: &Suites, sentence: &str, tables: &[Table]) -> Result<Verdict, String> {
    let options =
        JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design: Design::Fixed };
    judge(&check(suites, sentence), tables, suites, 0.01, &options).map_err(|why| why.to_string())
}

#[test]
fn a_question_that_a_baseline_lacks_is_named_and_nothing_is_judged() {
    let suites = suites();
    let whole = || table(&suites, "T2", |_| true);
    let people = table(&suites, "T2", |item| item != "banking.privacy");
    let tables = |people: &Table| vec![whole(), people.clone(), whole()];
    for sentence in [
        "T2 Spearman with people >= 0.5",
        "T2 Kendall with people >= 0.5",
        "T2 aligns more with people than others",
        "T2 shift from people <= 0.9",
        "T2 top-3 Jaccard with people >= 0.5",
    ] {
        let tables = tables(&people);
        let tables = &tables[..check(&suites, sentence).measure.inputs().len()];
        let found = judged(&suites, sentence, tables);
        if sentence.contains("Jaccard") {
            // Contexts are pooled, and privacy is told in others: it is still not the whole.
            assert!(
                found.as_ref().is_err_and(|why| why.contains("T2 banking.privacy")),
                "{sentence}: {found:?}"
            );
            continue;
        }
        assert_eq!(
            found,
            Err("people has no figures for T2 banking.privacy: add them, or limit the check to a context that it has, with `in medical` before the bound".to_owned()),
            "{sentence}"
        );
    }
}

#[test]
fn a_context_that_a_baseline_lacks_is_counted() {
    let suites = suites();
    let people = table(&suites, "T2", |item| !item.starts_with("banking."));
    let found = judged(&suites, "T2 Spearman with people >= 0.5", &[table(&suites, "T2", |_| true), people]);
    let why = found.expect_err("no verdict");
    assert!(
        why.starts_with("people has no figures for T2 banking.performance, T2 banking.privacy, T2 banking.fairness and 4 more of 28 questions"),
        "{why}"
    );
}

#[test]
fn a_check_may_limit_itself_to_a_context() {
    let suites = suites();
    let whole = table(&suites, "T2", |_| true);
    let people = table(&suites, "T2", |item| item.starts_with("medical."));
    for (sentence, estimate) in [
        ("T2 Spearman with people in medical >= 0.5", 1.0),
        ("T2 Kendall with people in medical >= 0.5", 1.0),
        ("T2 top-3 Jaccard with people in medical >= 0.5", 1.0),
        ("T2 shift from people in medical <= 0.9", 0.0),
        ("T2 aligns more with people than others in medical", 0.0),
    ] {
        assert_eq!(check(&suites, sentence).sentence, sentence);
        let tables = [whole.clone(), people.clone(), people.clone()];
        let tables = &tables[..check(&suites, sentence).measure.inputs().len()];
        let verdict = judged(&suites, sentence, tables).unwrap_or_else(|why| panic!("{sentence}: {why}"));
        assert!((verdict.estimate - estimate).abs() < 1e-9, "{sentence}: {verdict:?}");
        let elsewhere = judged(&suites, &sentence.replace("medical", "banking"), tables);
        assert!(elsewhere.is_err_and(|why| why.contains("T2 banking.")), "{sentence}");
    }
    let scope = Scope { suites: &suites, respondents: vec!["people"] };
    let wrong =
        |sentence: &str| read(&CheckEntry::of(sentence), &scope).map(|_| ()).expect_err("wrong").to_string();
    assert!(wrong("T2 Spearman with people in every context >= 0.5").contains("remove `in every context`"));
    assert!(wrong("T2 Spearman with people in madical >= 0.5").contains("unknown context `madical`"));
    assert!(wrong("T1 Spearman with people in medical >= 0.5").contains("T1 has no contexts"));
}

#[test]
fn two_tasks_are_compared_where_both_are_answered_or_not_at_all() {
    let suites = suites();
    let rated = |missing: &'static str| table(&suites, "T2", move |item| item != missing);
    let ranked = table(&suites, "T4", |_| true);
    let sentence = "T4 ranks within ±2 of T2 for >= 75%";
    assert!(judged(&suites, sentence, &[ranked.clone(), rated("")]).is_ok());
    let found = judged(&suites, sentence, &[ranked, rated("banking.privacy")]);
    assert_eq!(found, Err("there is no valid answer to T2 banking.privacy".to_owned()));
}
