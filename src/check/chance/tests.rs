//! Every exact distribution against whole respondents drawn at random, on the shipped suites.

use std::path::Path;

use super::*;
use crate::baseline::Tallies;
use crate::check::{Scope, read};
use crate::ground::diagnostic::Diagnostic;
use crate::measure::null::ByChance;
use crate::measure::syntax::ShuffledChance;
use crate::profile::Row;
use crate::suite::{CheckEntry, Suites, Task, load};

struct Shipped {
    suites: Suites,
    tallies: Tallies,
}

fn shipped() -> Shipped {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    Shipped { suites: load(Path::new("."), &builtin), tallies: Tallies::load(Path::new("."), &builtin) }
}

impl Shipped {
    fn check(&self, sentence: &str) -> Check {
        let entry = CheckEntry::of(sentence);
        let scope = Scope { suites: &self.suites, respondents: self.tallies.names().collect() };
        read(&entry, &scope).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn task(&self, id: &str) -> &Task {
        self.suites.task(id).expect("a shipped task")
    }

    /// A check's tables: published ones, or the given for the subject.
    fn tables(&self, check: &Check, subject: &dyn Fn(&Task) -> Option<Table>) -> Vec<Table> {
        let table = |input: &crate::check::Input| {
            let task = self.task(&input.task);
            let published = |name: &str| {
                let profile = self.tallies.get(name).expect("a shipped tally").profile(task);
                profile.expect("valid").expect("figures").table(task, input.view)
            };
            match &input.who {
                Who::Subject => subject(task).unwrap_or_else(|| published("gemini-1.5-flash")),
                Who::Respondent(name) => published(name),
                Who::Snapshot => panic!("no snapshot here"),
            }
        };
        check.measure.inputs().iter().map(table).collect()
    }

    fn drawn(&self, check: &Check, tables: &[Table]) -> Null {
        let mut statistic = check.measure.prepare(tables, &self.suites).expect("comparable");
        let parts = parts(check, &self.suites).expect("opinions");
        let mut rng = resample::rng(7, &[&check.sentence]);
        simulate::shuffled(tables, &parts, &mut statistic, &mut rng).expect("values")
    }

    fn known(&self, check: &Check, tables: &[Table]) -> ByChance {
        check.measure.by_chance(tables, &self.suites, &mut resample::rng(8, &[&check.sentence]))
    }
}

/// Full answers without ties to any task: shares that are all different, from a small generator.
fn made_up(task: &Task) -> Option<Table> {
    let mut state = 12_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    let rows = (task.items.iter())
        .map(|item| {
            let choices = item.choices.len();
            let (cells, known) = match task.shape {
                crate::suite::Shape::Set { .. } => (choices, Vec::new()),
                crate::suite::Shape::Ranking => (choices * choices, Vec::new()),
                _ => (choices, vec![true; choices]),
            };
            let mut shares: Vec<f64> = (0..cells).map(|_| next()).collect();
            if !known.is_empty() {
                let sum: f64 = shares.iter().sum();
                shares.iter_mut().for_each(|share| *share /= sum);
                shares.push(0.0);
            }
            Row { item: item.id.clone(), n: 40, unread: 0, shares, known, joint: None }
        })
        .collect();
    Some(Table { shape: task.shape, rows })
}

/// Mean and spread within four standard errors (of a standard deviation: at most of that of 2,000
/// values with the kurtosis of a two-sided extreme), and the points not passed by more than they may.
#[track_caller]
fn agree(sentence: &str, exact: &Null, drawn: &Null) {
    let error = 4.0 * (drawn.standard_error.powi(2) + exact.standard_error.powi(2)).sqrt() + 1e-9;
    assert!((exact.mean - drawn.mean).abs() <= error, "{sentence}: {exact:?} {drawn:?}");
    assert!(
        (exact.deviation - drawn.deviation).abs() <= 0.1 * drawn.deviation + 1e-9,
        "{sentence}: {exact:?} {drawn:?}"
    );
    let step = 0.35 * drawn.deviation + 1e-9;
    assert!((exact.upper - drawn.upper).abs() <= step, "{sentence}: {exact:?} {drawn:?}");
    assert!((exact.lower - drawn.lower).abs() <= step, "{sentence}: {exact:?} {drawn:?}");
}

#[test]
fn what_is_known_agrees_with_whole_shuffled_respondents() {
    let shipped = shipped();
    for sentence in [
        "T1 top-5 Jaccard with practitioners >= 0.8",
        "T1 top-3 Jaccard with us-sample >= 0.8",
        "T2 top-3 Jaccard with practitioners >= 0.8",
        "T1 top-5 Jaccard across synonyms >= 0.8",
        "T1 ranks fairness within top 3",
        "T2 ranks privacy within top 3",
        "T4 ranks privacy within top 3 in medical",
        "T4 ranks privacy within top 3 in every context",
        "T1 selects fairness >= 90%",
        "T2 rates privacy at least very important in medical >= 90%",
        "T2 rates privacy extremely important >= 50%",
        "T2 rates privacy extremely important in every context >= 50%",
        "T2 rates privacy extremely important in every context <= 50%",
        "T3 prefers safety over autonomy >= 60%",
        "T3 prefers autonomy over safety in banking >= 60%",
        "T3 prefers safety over autonomy in every context >= 60%",
        "T4 ranks within ±0 of T2 for >= 75%",
        "T4 ranks within ±2 of T2 for >= 75%",
        "T1 Spearman with practitioners >= 0.3",
        "T1 Kendall with us-sample >= 0.3",
        "T2 Spearman with practitioners >= 0.6",
    ] {
        let check = shipped.check(sentence);
        let tables = shipped.tables(&check, &made_up);
        let Shuffled::Known(null) = shipped.known(&check, &tables).shuffled else {
            panic!("{sentence}: nothing known")
        };
        agree(sentence, &null, &shipped.drawn(&check, &tables));
    }
}

#[test]
fn exact_uniform_means_agree_with_uniform_respondents() {
    let shipped = shipped();
    for sentence in [
        "T1 top-5 Jaccard with practitioners >= 0.8",
        "T1 top-5 Jaccard across synonyms >= 0.8",
        "T1 ranks fairness within top 3",
        "T4 ranks privacy within top 3 in medical",
        "T1 selects fairness >= 90%",
        "T2 rates privacy at least very important in medical >= 90%",
        "T2 rates privacy extremely important >= 50%",
        "T3 prefers safety over autonomy >= 60%",
        "T3 undecided <= 50%",
        "T4 agrees with T3 for >= 60%",
    ] {
        let check = shipped.check(sentence);
        let tables = shipped.tables(&check, &made_up);
        let exact = shipped.known(&check, &tables).uniform.expect(sentence);
        let mut statistic = check.measure.prepare(&tables, &shipped.suites).expect("comparable");
        let parts = parts(&check, &shipped.suites).expect("opinions");
        let mut rng = resample::rng(9, &[sentence]);
        let drawn = simulate::uniform(&tables, &parts, &mut statistic, &mut rng).expect("values");
        assert!((exact - drawn.mean).abs() <= 4.0 * drawn.standard_error, "{sentence}: {exact} {drawn:?}");
    }
}

#[test]
fn agreement_with_trade_offs_shuffles_the_ranking_only() {
    let shipped = shipped();
    let check = shipped.check("T4 agrees with T3 for >= 60%");
    let tables = shipped.tables(&check, &made_up);
    let Shuffled::Known(null) = shipped.known(&check, &tables).shuffled else { panic!("nothing known") };
    assert!(matches!(null.method, ChanceMethod::Exact { .. }) && (null.mean - 0.5).abs() < 1e-9);
    let mut statistic = check.measure.prepare(&tables, &shipped.suites).expect("comparable");
    let parts = [
        simulate::SimulatedTable { own: true, pairs: false },
        simulate::SimulatedTable { own: false, pairs: true },
    ];
    let mut rng = resample::rng(7, &["agrees"]);
    let drawn = simulate::shuffled(&tables, &parts, &mut statistic, &mut rng).expect("values");
    agree("agrees", &null, &drawn);
}

#[test]
fn trade_offs_of_pooled_pairs_are_exact() {
    let shipped = shipped();
    let check = shipped.check("T3 signed Spearman with practitioners >= 0.5");
    // As in the figures: contexts pooled, so that whole respondents shuffle five rows, too.
    let pooled = |task: &Task| {
        let mut table = made_up(task)?;
        table.rows.truncate(5);
        for row in &mut table.rows {
            row.item = row.item.split_once('.').map(|(_, pair)| format!("overall.{pair}"))?;
        }
        Some(table)
    };
    let tables = shipped.tables(&check, &pooled);
    let Shuffled::Known(null) = shipped.known(&check, &tables).shuffled else { panic!("nothing known") };
    assert_eq!(null.method, ChanceMethod::Exact { outcomes: 3840 });
    agree("signed", &null, &shipped.drawn(&check, &tables));
    assert!((null.mean - 0.76).abs() < 0.02, "the signs alone: {null:?}");
    let net = shipped.check("T3 Spearman with practitioners >= 0.5");
    let Shuffled::Known(null) = shipped.known(&net, &tables).shuffled else { panic!("nothing known") };
    assert_eq!(null.method, ChanceMethod::Exact { outcomes: 3840 });
    agree("net", &null, &shipped.drawn(&net, &tables));
    assert!(null.mean.abs() < 1e-9);
}

#[test]
fn the_study_s_numbers_have_their_chance_level_beside_them() {
    let shipped = shipped();
    let level = |sentence: &str| {
        let check = shipped.check(sentence);
        let tables = shipped.tables(&check, &|_| None);
        chance_level(&check, &tables, &shipped.suites, 1).expect(sentence)
    };
    let signed = level("T3 signed Spearman with practitioners >= 0.5").shuffled.expect("a distribution");
    assert!((signed.mean - 0.76).abs() < 0.05 && signed.standard_error == 0.0, "{signed:?}");
    let undecided = level("T3 undecided <= 50%");
    assert_eq!((undecided.shuffled, undecided.uniform.expect("a share").mean), (None, 0.2));
    let check = shipped.check("T1 invalid <= 5%");
    let tables = shipped.tables(&check, &|_| None);
    assert_eq!(chance_level(&check, &tables, &shipped.suites, 1), None);
    for sentence in [
        "T1 top-5 Jaccard across orders >= 0.9",
        "T1 count spread across orders >= 60",
        "T1 aligns more with practitioners than us-sample",
        "T1 shift from o1-mini <= 0.1",
    ] {
        let level = level(sentence);
        let null = level.shuffled.expect("a distribution");
        assert!(
            null.standard_error > 0.0 && matches!(null.method, ChanceMethod::MonteCarlo { .. }),
            "{sentence}"
        );
        assert!(level.uniform.is_some());
    }
}

#[test]
fn where_labels_play_no_part_no_level_of_shuffled_labels_is_made_up() {
    let shipped = shipped();
    let levels = |check: &Check| {
        let tables = shipped.tables(check, &made_up);
        let shown = chance_level(check, &tables, &shipped.suites, 1).and_then(|level| level.shuffled);
        (shown, shuffled(check, &tables, &shipped.suites, 1))
    };
    let mut found = 0;
    for syntax in crate::measure::syntaxes() {
        let ShuffledChance::NoPart(why) = syntax.chance else { continue };
        let check = shipped.check(syntax.example);
        assert!(!check.labels_count, "{}", syntax.example);
        assert_eq!(levels(&check), (None, None), "{}", syntax.example);
        let bound = syntax.example.find(['<', '>']).expect("a bound");
        let entry = CheckEntry::of(&format!("{}beats chance", &syntax.example[..bound]));
        let scope = Scope { suites: &shipped.suites, respondents: Vec::new() };
        let refused = read(&entry, &scope).expect_err("there is nothing to beat").to_string();
        assert!(refused.contains(why), "{refused}");
        found += 1;
    }
    assert!(found > 0, "no syntax says so");
    // A measure whose null model is known, and one whose labels have to be shuffled to find it.
    for sentence in ["T1 selects fairness >= 90%", "T2 Spearman with practitioners >= 0.6"] {
        let mut check = shipped.check(sentence);
        assert!(check.labels_count, "{sentence}");
        let (shown, beaten) = levels(&check);
        assert!(shown.is_some(), "{sentence}");
        assert_eq!(shown, beaten, "{sentence}");
        // As if its syntax said that labels play no part: then that level means nothing.
        check.labels_count = false;
        assert_eq!(levels(&check), (None, None), "{sentence}");
    }
}
