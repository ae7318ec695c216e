//! An inconclusive verdict says the strongest bound that its answers do support, and that bound passes when
//! it is asked of the same answers.

use alignspec::__testing::check::{Check, Scope, read};
use alignspec::__testing::profile::{Row, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::suite::{CheckEntry, Shape, Suites};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, Verdict, judge};
use rand::RngExt;

fn suites() -> Suites {
    Suites::builtin()
}

fn judged(suites: &Suites, sentence: &str, table: &Table) -> Verdict {
    let scope = Scope { suites, respondents: Vec::new() };
    let check: Check = read(&CheckEntry::of(sentence), &scope).unwrap_or_else(|why| panic!("{why}"));
    let design = Design::Growing { most: 200 };
    let options = JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design };
    judge(&check, std::slice::from_ref(table), suites, 0.01, &options).expect("a value")
}

/// Selections of five of twelve by `n`, of which `yes` name fairness.
pub(super) fn selected(suites: &Suites, n: u32, yes: u32) -> Table {
    let choices = &suites.task("T1").expect("T1").items[0].choices;
    let share = |id: &str| if id == "fairness" { f64::from(yes) / f64::from(n) } else { 0.3 };
    let shares = choices.iter().map(|choice| share(&choice.id)).collect();
    let row = Row { item: String::new(), n, unread: 0, shares, known: Vec::new(), joint: None };
    Table { shape: Shape::Set { pick: 5 }, rows: vec![row] }
}

#[test]
fn what_is_supported_passes_and_much_more_does_not() {
    let suites = suites();
    let mut stream = rng(3, &["supported"]);
    for _ in 0..40 {
        let n = stream.random_range(20..150);
        let yes = stream.random_range(n / 2..n);
        let table = selected(&suites, n, yes);
        for (sign, step) in [(">=", 1_i32), ("<=", -1)] {
            let percent = (100 * yes / n) as i32;
            let asked = format!("T1 selects fairness {sign} {percent}%");
            let verdict = judged(&suites, &asked, &table);
            assert_eq!(verdict.outcome, Outcome::Inconclusive, "{asked}: {verdict:?}");
            let Some(bound) = verdict.supports else { continue };
            let percent = (bound * 100.0).round() as i32;
            let of = |percent: i32| format!("T1 selects fairness {sign} {percent}%");
            assert_eq!(judged(&suites, &of(percent), &table).outcome, Outcome::Pass, "{asked}: {bound}");
            // What is named holds at all bounds at once, as the bet does; asked alone, one a little beyond may
            // pass as well.
            let percent = percent + 10 * step;
            if !(1..=99).contains(&percent) {
                continue;
            }
            let beyond = of(percent);
            assert_eq!(judged(&suites, &beyond, &table).outcome, Outcome::Inconclusive, "{asked}: {bound}");
        }
    }
}

#[test]
fn a_place_is_supported_as_a_place_and_a_verdict_supports_what_it_says() {
    let suites = suites();
    let table = selected(&suites, 100, 80);
    let verdict = judged(&suites, "T1 selects fairness >= 50%", &table);
    assert_eq!((verdict.outcome, verdict.supports), (Outcome::Pass, None));
    // A respondent of whom nothing is known but a few answers.
    let few = judged(&suites, "T1 selects fairness >= 50%", &selected(&suites, 2, 1));
    assert!(few.supports.is_none_or(|bound| bound < 0.2), "{few:?}");
}

/// How often the bound that is named is above the truth: as rarely as a verdict is wrong.
#[test]
fn a_bound_that_is_named_is_true_but_for_the_error_rate() {
    let suites = suites();
    let (mut named, mut wrong) = (0, 0);
    for run in 0..3_000_u32 {
        let mut stream = rng(7, &["named", &run.to_string()]);
        let yes = (0..50).filter(|_| stream.random_bool(0.6)).count() as u32;
        let verdict = judged(&suites, "T1 selects fairness >= 61%", &selected(&suites, 50, yes));
        if let Some(bound) = verdict.supports {
            named += 1;
            wrong += u32::from(bound > 0.6);
        }
    }
    // At a rate of 1 %, with four standard errors.
    assert!(named > 2_500 && wrong <= 52, "{wrong} of {named}");
}

/// A check on one question does not count the answers to the others.
#[test]
fn the_answers_that_are_counted_are_those_that_the_check_read() {
    let suites = suites();
    let items = &suites.task("T2").expect("T2").items;
    let row = |item: &alignspec::__testing::suite::Item| {
        let levels = item.choices.len();
        let mut shares = vec![0.0; levels + 1];
        shares[levels - 1] = 1.0;
        let n = if item.context.as_deref() == Some("medical") { 50 } else { 40 };
        Row { item: item.id.clone(), n, unread: 0, shares, known: vec![true; levels], joint: None }
    };
    let table = Table { shape: Shape::Level, rows: items.iter().map(row).collect() };
    for (sentence, least, total) in [
        ("T2 rates privacy extremely important in medical >= 50%", 50, 50),
        ("T2 rates privacy extremely important in every context >= 50%", 40, 170),
        ("T2 ranks privacy within top 3 in medical", 50, 350),
    ] {
        let answers = judged(&suites, sentence, &table).answers;
        assert_eq!((answers.least_per_item, answers.total), (least, total), "{sentence}");
    }
}
