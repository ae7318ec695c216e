//! Order agreement, mean difference, alignment, Jensen–Shannon distance, spread and closest against SciPy and enumeration
//! (`scripts/distance_reference.py` writes the values), what they say of answers whose value is plain, and what
//! the other side's figures leave open.

use std::sync::Arc;

use crate::support::consumer::Consumer;
use alignspec::__testing::check::{Check, Confidence, Scope, read};
use alignspec::__testing::profile::{Joint, Row, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::suite::{CheckEntry, Suites, Task};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, decide, judge};
use serde_json::Value;

fn suites() -> Suites {
    Suites::builtin()
}

fn check(suites: &Suites, sentence: &str) -> Check {
    let scope = Scope { suites, respondents: vec!["other", "third"] };
    read(&CheckEntry::of(sentence), &scope).unwrap_or_else(|problem| panic!("{problem}"))
}

/// T2's questions, with these counts of each level; `top` alone is told where the others are not.
fn table(task: &Task, counts: &Value, top: bool) -> Table {
    let row = |(item, counts): (&alignspec::__testing::suite::Item, &Value)| {
        let counts: Vec<f64> =
            counts.as_array().unwrap().iter().map(|count| count.as_f64().unwrap()).collect();
        let n: f64 = counts.iter().sum();
        let mut shares: Vec<f64> = counts.iter().map(|count| count / n).collect();
        let mut known = vec![true; counts.len()];
        let mut rest = 0.0;
        if top {
            rest = shares[..counts.len() - 1].iter().sum();
            shares[..counts.len() - 1].fill(0.0);
            known[..counts.len() - 1].fill(false);
        }
        shares.push(rest);
        Row { item: item.id.clone(), n: n as u32, unread: 0, shares, known, joint: None }
    };
    Table { shape: task.shape, rows: task.items.iter().zip(counts.as_array().unwrap()).map(row).collect() }
}

fn value(suites: &Suites, sentence: &str, tables: &[Table]) -> f64 {
    let check = check(suites, sentence);
    check.measure.prepare(tables, suites).and_then(|mut statistic| statistic(tables)).expect(sentence)
}

#[test]
fn values_are_scipys() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../reference/distances.json")).unwrap();
    assert!(cases.len() > 20);
    for case in &cases {
        let own = table(task, &case["own"], false);
        let [whole, top] = [false, true]
            .map(|top| [own.clone(), table(task, &case["other"], top), table(task, &case["third"], top)]);
        // One of two groups tells all levels: both are compared where the other tells something.
        let mixed = [own.clone(), whole[1].clone(), top[2].clone()];
        let percent = case["margin"].as_f64().unwrap() * 100.0;
        for (sentence, tables, key) in [
            (format!("T2 order agreement beyond {percent}% with other >= 0.5"), &whole, "order_agreement"),
            ("T2 mean difference with other <= 0.5".to_owned(), &whole, "mean_difference"),
            ("T2 mean difference with other <= 0.5".to_owned(), &top, "top_difference"),
            ("T2 alignment with other >= 0.5".to_owned(), &whole, "alignment"),
            ("T2 alignment with other >= 0.5".to_owned(), &top, "least_alignment"),
            ("T2 Jensen-Shannon distance with other <= 0.5".to_owned(), &whole, "jensen_shannon"),
            ("T2 Jensen-Shannon distance with other <= 0.5".to_owned(), &top, "most_jensen_shannon"),
            ("T2 spread with other >= 0.5".to_owned(), &whole, "spread"),
            ("T2 spread with other >= 0.5".to_owned(), &top, "least_spread"),
            ("T2 closest to other among other, third".to_owned(), &whole, "closest"),
            ("T2 closest to other among third, other".to_owned(), &top, "top_closest"),
            ("T2 closest to other among other, third".to_owned(), &mixed, "top_closest"),
        ] {
            let tables = &tables[..check(&suites, &sentence).measure.inputs().len()];
            let (found, wanted) = (value(&suites, &sentence, tables), case[key].as_f64().unwrap());
            assert!((found - wanted).abs() <= 1e-12, "{sentence} ({key}): {found} is not {wanted}");
        }
        // What else it could be, whatever levels are that are not told.
        for (sentence, key, digits) in [
            ("T2 Jensen-Shannon distance with other <= 0.5", "least_jensen_shannon", 3),
            ("T2 spread with other >= 0.5", "most_spread", 2),
        ] {
            let said = check(&suites, sentence).measure.explain(&top[..2], &suites);
            let wanted = format!(" and {:.digits$}, whatever those are", case[key].as_f64().unwrap());
            let told = said.iter().any(|line| {
                let line = line.replace("between ", " and ");
                line.contains(&wanted) || line.contains(&wanted.replace(", whatever those are", " and "))
            });
            assert!(told, "{sentence}: {said:?} without {wanted}");
        }
    }
}

/// Answers of one kind to each question, as many of each form.
fn alike(task: &Task, n: usize, level: impl Fn(usize) -> u8) -> Table {
    let row = |(at, item): (usize, &alignspec::__testing::suite::Item)| {
        let levels = item.choices.len();
        let mut shares = vec![0.0; levels + 1];
        shares[usize::from(level(at))] = 1.0;
        let form = |label: &str| (label.to_owned(), vec![level(at); n / 2]);
        let joint = Some(Arc::new(Joint::Levels(vec![form("one"), form("other")])));
        Row { item: item.id.clone(), n: n as u32, unread: 0, shares, known: vec![true; levels], joint }
    };
    Table { shape: task.shape, rows: task.items.iter().enumerate().map(row).collect() }
}

#[test]
fn plain_answers_have_plain_values_and_verdicts() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let half = |at: usize| if at < 14 { 4 } else { 0 };
    let theirs = alike(task, 100, half);
    let turned = |at: usize| 4 - half(at);
    for (own, agreement, difference, alignment) in [
        (alike(task, 30, half), 1.0, 0.0, 1.0),
        (alike(task, 30, turned), -1.0, 1.0, 0.0),
        (alike(task, 30, |_| 2), 0.0, 1.0, 0.5),
        (alike(task, 30, |_| 4), 0.0, 0.5, 0.5),
    ] {
        for (sentence, wanted) in [
            ("T2 order agreement with other >= 0.4", agreement),
            ("T2 mean difference with other <= 0.3", difference),
            ("T2 alignment with other >= 0.8", alignment),
        ] {
            let tables = [own.clone(), theirs.clone()];
            assert!((value(&suites, sentence, &tables) - wanted).abs() < 1e-9, "{sentence}");
            let options = JudgingOptions {
                seed: 1,
                baseline_uncertainty: None,
                chance: true,
                design: Design::Growing { most: 200 },
            };
            let verdict = judge(&check(&suites, sentence), &tables, &suites, 0.01, &options).expect(sentence);
            let pass = if sentence.contains("difference") { wanted <= 0.3 } else { wanted >= 0.4 };
            let pass = pass && !(sentence.contains("alignment") && wanted < 0.8);
            let outcome = if pass { Outcome::Pass } else { Outcome::Fail };
            assert_eq!(verdict.outcome, outcome, "{sentence}: {verdict:?}");
            let (low, high) = verdict.interval;
            assert!(low <= wanted + 1e-9 && wanted <= high + 1e-9, "{sentence}: {low} {wanted} {high}");
            assert!(verdict.chance.is_some_and(|chance| chance.shuffled.is_some()), "{sentence}");
        }
    }
}

/// Answers to each question, as many of each form: so many in ten of the highest level, the others of the lowest.
fn split(task: &Task, n: usize, high: impl Fn(usize) -> usize) -> Table {
    let mut table = alike(task, n, |_| 4);
    for (at, row) in table.rows.iter_mut().enumerate() {
        let of = |place: usize| if place * 7 % 10 < high(at) { 4 } else { 0 };
        let form = |label: &str| (label.to_owned(), (0..n / 2).map(of).collect());
        row.joint = Some(Arc::new(Joint::Levels(vec![form("one"), form("other")])));
        let share = high(at) as f64 / 10.0;
        (row.shares[0], row.shares[4]) = (1.0 - share, share);
    }
    table
}

#[test]
fn distance_and_spread_and_the_closest_of_plain_answers() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let (five, nine, alike) = (split(task, 60, |_| 5), split(task, 60, |_| 9), alike(task, 60, |_| 4));
    let nearly = split(task, 60, |at| if at % 2 == 0 { 9 } else { 10 });
    for (sentence, tables, wanted, outcome) in [
        ("T2 Jensen-Shannon distance with other <= 0.3", [&five, &five, &alike], 0.0, Outcome::Pass),
        ("T2 Jensen-Shannon distance with other >= 0.3", [&five, &five, &alike], 0.0, Outcome::Fail),
        ("T2 Jensen-Shannon distance with other <= 0.3", [&five, &alike, &five], 0.558, Outcome::Fail),
        ("T2 spread with other >= 0.5", [&five, &five, &alike], 1.0, Outcome::Pass),
        ("T2 spread with other <= 1.5", [&five, &five, &alike], 1.0, Outcome::Pass),
        ("T2 spread with other >= 0.5", [&alike, &five, &alike], 0.0, Outcome::Fail),
        ("T2 spread with other >= 0.75", [&nine, &five, &alike], 0.469, Outcome::Fail),
        ("T2 closest to other among other, third", [&nine, &alike, &five], 0.3, Outcome::Pass),
        ("T2 closest to other among third, other", [&five, &alike, &five], -0.5, Outcome::Fail),
        ("T2 closest to third among other, third", [&nine, &five, &nearly], 0.35, Outcome::Pass),
    ] {
        let check = check(&suites, sentence);
        let tables: Vec<Table> = tables.into_iter().cloned().collect();
        // The first that is named comes first.
        let tables = match sentence.contains("closest to third") {
            true => vec![tables[0].clone(), tables[2].clone(), tables[1].clone()],
            false => tables[..check.measure.inputs().len()].to_vec(),
        };
        assert!((value(&suites, sentence, &tables) - wanted).abs() < 1e-3, "{sentence}");
        let design = Design::Growing { most: 200 };
        let options = JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design };
        let verdict = decide(&check, &tables, &suites, 0.01, &options).expect(sentence);
        assert_eq!(verdict.outcome, outcome, "{sentence}: {verdict:?}");
        assert!(!check.measure.explain(&tables, &suites).is_empty() || wanted == 0.0 || wanted == 1.0);
        // Where the other sides are samples, the verdict stands or nothing is decided.
        let unsure = JudgingOptions { baseline_uncertainty: Some(0.95), ..options };
        let again = decide(&check, &tables, &suites, 0.01, &unsure).expect(sentence);
        assert!([outcome, Outcome::Inconclusive].contains(&again.outcome), "{sentence}: {again:?}");
    }
}

#[test]
fn people_who_all_answer_alike_and_groups_with_the_same_figures_give_no_value() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let (own, same) = (split(task, 20, |_| 5), alike(task, 20, |_| 4));
    for (sentence, tables, why) in [
        (
            "T2 spread with other >= 0.5",
            vec![own.clone(), same.clone()],
            "the answers of other to each question are all alike, so that there is no spread to compare with",
        ),
        (
            "T2 closest to other among other, third",
            vec![own.clone(), same.clone(), same.clone()],
            "other and third have the same figures, so that neither can be the closest",
        ),
    ] {
        let undefined = check(&suites, sentence).measure.prepare(&tables, &suites).err().expect(sentence);
        assert_eq!(undefined.to_string(), why);
    }
}

#[test]
fn a_tie_is_never_the_closest() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    // Half way between both in every question; of the answers themselves, many on either side.
    let (own, low, high) = (split(task, 100, |_| 5), split(task, 100, |_| 3), split(task, 100, |_| 7));
    for sentence in ["T2 closest to other among other, third", "T2 closest to third among other, third"] {
        let tables = [own.clone(), low.clone(), high.clone()];
        assert!(value(&suites, sentence, &tables).abs() < 1e-9);
        for design in [Design::Fixed, Design::Growing { most: 100 }] {
            let options = JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design };
            let decision =
                decide(&check(&suites, sentence), &tables, &suites, 0.2, &options).expect(sentence);
            assert_eq!(decision.outcome, Outcome::Inconclusive, "{sentence}: {decision:?}");
        }
    }
}

#[test]
fn what_figures_leave_open_is_never_a_yes() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    // Half of them say the top level; the others may say the one below it, or the lowest.
    let own = alike(task, 400, |at| if at % 2 == 0 { 4 } else { 3 });
    let halves: Value =
        (0..28).map(|at| if at % 2 == 0 { vec![0, 0, 0, 0, 100] } else { vec![0, 0, 0, 100, 0] }).collect();
    let sure = |bound| Confidence {
        rate: 0.01,
        design: Design::Growing { most: 400 },
        bound,
        search: EndSearch::Told,
        seed: 1,
    };
    let check = check(&suites, "T2 alignment with other >= 0.8");
    let interval = |top: bool, bound: f64| {
        let tables = [own.clone(), table(task, &halves, top)];
        check.measure.interval(&tables, &suites, &sure(bound)).expect("an interval")
    };
    let (low, high) = interval(false, 0.8);
    assert!(low > 0.9 && high == 1.0, "{low} {high}");
    // All that is not told may be at the lowest level: 1 − (½ · ¾).
    let (low, high) = interval(true, 0.5);
    assert!(low > 0.5 && low < 0.625 + 1e-9 && high == 1.0, "{low} {high}");
    assert!(interval(true, 0.8).0 < 0.8);
}

#[test]
fn a_pair_that_may_or_may_not_count_leaves_the_agreement_open() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let own = alike(task, 200, |at| if at < 14 { 4 } else { 0 });
    let tables = [own.clone(), own];
    let check = check(&suites, "T2 order agreement with other >= 0.4");
    let interval = |tables: &[Table]| {
        let sure = Confidence {
            rate: 0.01,
            design: Design::Growing { most: 200 },
            bound: 0.4,
            search: EndSearch::Told,
            seed: 1,
        };
        check.measure.interval(tables, &suites, &sure).expect("an interval")
    };
    assert!(interval(&tables).0 > 0.9);
    let mut open = tables.clone();
    open[1].rows[0].unread = 200;
    assert_eq!(interval(&open), (-1.0, 1.0));
}

/// With `baseline_uncertainty` as it was, an order agreement had no bound where a pair could or could not differ by the
/// margin, and no distance was decided.
#[test]
fn whom_they_compare_with_may_be_a_sample() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let own = alike(task, 40, |at| if at < 4 { 4 } else { 0 });
    let mut tables = [own.clone(), own];
    // People who answered alike, but for a pair that a sample cannot tell from the margin.
    tables[1].rows.iter_mut().for_each(|row| row.joint = Some(Arc::new(Joint::Panel)));
    for (at, share) in [(4, 0.0), (5, 0.06)] {
        let row = &mut tables[1].rows[at];
        (row.shares[4], row.shares[0]) = (share, 1.0 - share);
    }
    let options = JudgingOptions {
        seed: 1,
        baseline_uncertainty: Some(0.95),
        chance: false,
        design: Design::Growing { most: 200 },
    };
    for sentence in [
        "T2 order agreement with other in medical >= 0.4",
        "T2 mean difference with other in medical <= 0.3",
        "T2 alignment with other in medical >= 0.8",
    ] {
        let verdict = judge(&check(&suites, sentence), &tables, &suites, 0.01, &options).expect(sentence);
        assert_eq!(verdict.outcome, Outcome::Pass, "{sentence}: {:?}", verdict.surveys);
        assert!(
            verdict.surveys.is_some_and(|surveys| surveys.held >= 190),
            "{sentence}: {:?}",
            verdict.surveys
        );
        // What is false of whom they are compared with holds in no survey.
        let (claim, bound) = sentence.rsplit_once(' ').expect("a bound");
        let other = if claim.ends_with(">=") { claim.replace(">=", "<=") } else { claim.replace("<=", ">=") };
        let verdict = judge(&check(&suites, &format!("{other} {bound}")), &tables, &suites, 0.01, &options)
            .expect(sentence);
        assert_eq!(verdict.outcome, Outcome::Fail, "{other} {bound}: {:?}", verdict.surveys);
    }
}

#[test]
fn a_distance_and_a_spread_hold_wherever_levels_are_that_are_not_told() {
    let suites = suites();
    let task = suites.task("T2").expect("shipped");
    let own = split(task, 400, |_| 5);
    // Half of them say the top level; of the others nothing is told.
    let halves: Value = (0..28).map(|_| vec![50, 0, 0, 0, 50]).collect();
    let interval = |sentence: &str, top: bool, bound: f64| {
        let tables = [own.clone(), table(task, &halves, top)];
        let design = Design::Growing { most: 400 };
        let sure = Confidence { rate: 0.01, design, bound, search: EndSearch::Told, seed: 1 };
        check(&suites, sentence).measure.interval(&tables, &suites, &sure).expect("an interval")
    };
    let (low, high) = interval("T2 Jensen-Shannon distance with other <= 0.3", false, 0.3);
    assert!(low == 0.0 && high < 0.3, "{low} {high}");
    // The same, or half of the answers on another level: the root of one half.
    let (low, high) = interval("T2 Jensen-Shannon distance with other <= 0.3", true, 0.9);
    assert!(low == 0.0 && high >= 0.5_f64.sqrt() - 1e-9 && high < 0.9, "{low} {high}");
    let (low, high) = interval("T2 spread with other >= 0.5", false, 0.9);
    assert!(low > 0.9 && high < 1.2, "{low} {high}");
    // Theirs is one bit, or with the rest on four levels another one.
    let (low, high) = interval("T2 spread with other >= 0.5", true, 0.4);
    assert!(low > 0.4 && low <= 0.5 && (1.0..1.2).contains(&high), "{low} {high}");
}

/// The real test target of a crate that uses alignspec, on a published model.
#[test]
fn a_crate_asks_them() {
    let consumer = Consumer::fresh();
    consumer.config(
        "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n\n[[check]]\nexpect = \"T2 order agreement with practitioners >= 0.9\"\n\n[[check]]\nexpect = \"T2 mean difference with us-sample <= 0.9\"\n\n[[check]]\nexpect = \"T2 alignment with us-sample >= 0.8\"\n\n[[check]]\nexpect = \"T3 Jensen-Shannon distance with practitioners <= 0.2\"\n\n[[check]]\nexpect = \"T3 spread with practitioners >= 0.2\"\n\n[[check]]\nexpect = \"T2 closest to practitioners among practitioners, us-sample\"\n",
    );
    let (code, printed) = consumer.run(&["--nocapture"]);
    assert_eq!(code, 101, "{printed}");
    let printed: String =
        printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect();
    for line in [
        "order agreement with practitioners >= 0.9 ... FAILED",
        "mean difference with us-sample <= 0.9 ... ok",
        "performance in banking 88.0%, where theirs is low",
        "Jensen-Shannon distance with practitioners <= 0.2 ... FAILED",
        "spread with practitioners >= 0.2 ... ok",
        "closest to practitioners among practitioners, us-sample ... ",
        "the figures do not say how many answered",
    ] {
        assert!(printed.contains(line), "no `{line}` in {printed}");
    }
}

/// What a run says before it asks: a rank correlation that it will not decide, and what will be.
#[test]
fn a_plan_says_what_to_ask_where_a_rank_correlation_is_not_decided() {
    let consumer = Consumer::fresh();
    consumer.config(
        "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-4.1-mini\"\ntasks = [\"T2\"]\n\n[[check]]\nexpect = \"T2 Spearman with us-sample >= 0.5\"\n\n[[check]]\nexpect = \"T2 order agreement with us-sample >= 0.5\"\n",
    );
    let (code, printed, _) = consumer.run_with(&[], &[("ALIGNSPEC_PLAN", "1")]);
    assert_eq!(code, 102, "{printed}");
    let (spearman, agreement) =
        printed.split_once("  T2 order agreement with us-sample >= 0.5\n").expect("two checks");
    assert!(spearman.contains("    likely   undecided at max_samples = 200: "), "{printed}");
    let instead = "    instead  a rank correlation jumps where two scores tie; `T2 order agreement with us-sample >= 0.5` does not, with a bound of its own\n";
    assert!(spearman.contains(instead) && !agreement.contains("instead"), "{printed}");
    assert!(
        agreement.starts_with("    likely   ")
            && agreement.contains(" answers per question (8 published models: "),
        "{printed}"
    );
}
