//! Conditional power: how likely the most answers that may be asked for are to decide a check that is
//! undecided so far.
//!
//! The answers are continued at random [`CONTINUATIONS`] times, each time to the most there may be, and
//! judged there. A further answer to a question is drawn from those that it has, drawn ones included (Pólya's
//! urn), so that the uncertainty about the model's shares counts, as in a Bayesian prediction. Where fewer
//! than [`ENOUGH`] of the continuations are decided, the check is given up. Giving up is no verdict, so it
//! costs no errors, only decisions; `examples/calibration` counts how many.
//!
//! Sources: Lachin, "A review of methods for futility stopping based on conditional power", Statist. Med. 24
//! (2005); Spiegelhalter, Freedman and Blackburn, "Monitoring clinical trials: conditional or predictive
//! power?", Controlled Clinical Trials 7 (1986); Blackwell and MacQueen, "Ferguson distributions via Pólya urn
//! schemes", Ann. Statist. 1 (1973).

use std::sync::Arc;

use rand::RngExt;

use super::responses::read_rows;
use super::{JudgingOptions, Outcome, Schedule, bound, outcome_at};
use crate::check::{Check, Who};
use crate::profile::{Joint, Row, Table};
use crate::stats::evidence::Design;
use crate::stats::resample::{Stream, rng};
use crate::suite::{Shape, Suites};

const CONTINUATIONS: u32 = 40;

/// A check is given up if fewer continuations than this are decided: a conditional power below 5 %.
const ENOUGH: u32 = 2;

/// Returns the number of answers per question at which power is computed next: never before `samples`, and
/// after `last` a quarter more each time.
#[must_use]
pub fn next_check(samples: u32, last: Option<u32>) -> u32 {
    last.map_or(samples, |last| last.saturating_add((last / 4).max(1)))
}

/// Returns where a check that stays undecided is given up: at the first look that is `hopeless`, of those at
/// which power is computed, or else at the last.
pub(crate) fn given_up(schedule: &Schedule, samples: u32, hopeless: impl Fn(u32) -> bool) -> u32 {
    let mut next = next_check(samples, None);
    let asked = schedule.looks().iter().copied().filter(|look| {
        let now = *look >= next;
        if now {
            next = next_check(samples, Some(*look));
        }
        now
    });
    asked.into_iter().find(|look| hopeless(*look)).unwrap_or(schedule.most())
}

/// Whether a check that is undecided after `asked` answers per question will likely stay so at the most that
/// its design allows. The same answers and seed always give the same result.
#[must_use]
pub fn hopeless(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    asked: u32,
    options: &JudgingOptions,
) -> bool {
    let (Design::Growing { most }, Some(bound)) = (options.design, bound(check, tables, suites, options))
    else {
        return false;
    };
    if asked == 0 || asked >= most {
        return false;
    }
    let multiple = f64::from(most) / f64::from(asked);
    // Only what a check reads is asked further.
    let own = check.measure.inputs().into_iter().map(|input| input.who == Who::Subject);
    let grows: Vec<Vec<bool>> = (tables.iter().zip(own).enumerate())
        .map(|(at, (table, own))| match read_rows(check, at, table, suites) {
            Some(read) if own => (0..table.rows.len()).map(|row| read.contains(&row)).collect(),
            _ => vec![own; table.rows.len()],
        })
        .collect();
    let mut rng = rng(options.seed, &["power", &check.sentence, &asked.to_string()]);
    let mut decided = 0;
    for done in 0..CONTINUATIONS {
        // Even if all others were decided, they would be too few, or enough are decided already.
        if decided + (CONTINUATIONS - done) < ENOUGH {
            return true;
        }
        let continued: Vec<Table> = (tables.iter().zip(&grows))
            .map(|(table, grows)| continued(table, grows, multiple, &mut rng))
            .collect();
        let found = outcome_at(check, &continued, suites, rate, bound, options);
        let ended = found.is_ok_and(|found| found != Outcome::Inconclusive);
        decided += u32::from(ended);
        if decided >= ENOUGH {
            return false;
        }
    }
    true
}

/// The table with `multiple` times as many answers in the rows that grow: those there are, and more like them.
fn continued(table: &Table, grows: &[bool], multiple: f64, rng: &mut Stream) -> Table {
    let rows = table.rows.iter().zip(grows).map(|(row, grows)| match row.joint.as_deref() {
        _ if !grows => row.clone(),
        Some(Joint::Panel | Joint::People(_)) => row.clone(),
        Some(joint) => of_answers(row, joint, multiple, rng),
        None => of_shares(row, table.shape, multiple, rng),
    });
    Table { shape: table.shape, rows: rows.collect() }
}

/// Returns `multiple` times `n` as a whole number, at least `n`.
fn size(n: usize, multiple: f64) -> usize {
    ((n as f64 * multiple).round() as usize).max(n)
}

fn urn<T: Clone>(answers: &[T], multiple: f64, rng: &mut Stream) -> Vec<T> {
    let mut all = answers.to_vec();
    if all.is_empty() {
        return all;
    }
    for _ in answers.len()..size(answers.len(), multiple) {
        let next = all[rng.random_range(0..all.len())].clone();
        all.push(next);
    }
    all
}

/// Continues a row whose answers are known one by one.
fn of_answers(row: &Row, joint: &Joint, multiple: f64, rng: &mut Stream) -> Row {
    let joint = match joint {
        Joint::Sets(sets) => Joint::Sets(urn(sets, multiple, rng)),
        Joint::Rankings(orders) => Joint::Rankings(urn(orders, multiple, rng)),
        Joint::Levels(forms) => {
            let of = |(label, levels): &(String, Vec<u8>)| (label.clone(), urn(levels, multiple, &mut *rng));
            Joint::Levels(forms.iter().map(of).collect())
        }
        Joint::People(_) | Joint::Panel => joint.clone(),
    };
    let (read, all) = super::needed::read_of(&joint);
    let (n, unread) = (read as u32, (all - read) as u32);
    let shares = super::needed::shares(&joint, read, row);
    Row { n, unread, shares, joint: Some(Arc::new(joint)), ..row.clone() }
}

/// Continues a row of which only shares are known: levels are drawn as such, and options of a selection one
/// by one. Rankings are always known one by one.
fn of_shares(row: &Row, shape: Shape, multiple: f64, rng: &mut Stream) -> Row {
    let (n, more) = (row.n as usize, size(row.n as usize, multiple));
    let unread = (f64::from(row.unread) * multiple).round() as u32;
    let mut counts: Vec<f64> = row.shares.iter().map(|share| share * f64::from(row.n)).collect();
    for all in n..more {
        if shape.is_level() {
            let mut left = rng.random::<f64>() * all as f64;
            let drawn = counts.iter().position(|count| {
                left -= count;
                left < 0.0
            });
            if let Some(count) = drawn.and_then(|at| counts.get_mut(at)) {
                *count += 1.0;
            }
        } else {
            counts.iter_mut().for_each(|count| {
                *count += f64::from(u8::from(rng.random::<f64>() * (all as f64) < *count));
            });
        }
    }
    let shares = counts.iter().map(|count| count / more.max(1) as f64).collect();
    Row { n: more as u32, unread, shares, ..row.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Scope, read};
    use crate::suite::{CheckEntry, Suite};

    const SUITE: &str = "id = \"T5\"\ntitle = \"t\"\nkind = \"select\"\npick = 1\nprompt = \"{options} {pick}\"\n[[option]]\nid = \"a\"\nlabel = \"A\"\n[[option]]\nid = \"b\"\nlabel = \"B\"\n";

    const MOST: u32 = 200;

    const OPTIONS: JudgingOptions = JudgingOptions {
        seed: 1,
        baseline_uncertainty: None,
        chance: false,
        design: Design::Growing { most: MOST },
    };

    fn check(sentence: &str) -> (Check, Suites) {
        let suite = Suite::from_text("t5.toml", SUITE).expect("a suite");
        let suites = Suites { suites: vec![suite], ..Suites::default() };
        let scope = Scope { suites: &suites, respondents: Vec::new() };
        let check = read(&CheckEntry::of(sentence), &scope).expect("a check");
        (check, suites)
    }

    /// The table of these answers, one by one or as shares alone.
    fn table(answers: &[bool], one_by_one: bool) -> Table {
        let n = answers.len();
        let share = answers.iter().filter(|yes| **yes).count() as f64 / n as f64;
        let sets = answers.iter().map(|yes| if *yes { 0b1 } else { 0b10 }).collect();
        let row = Row {
            item: String::new(),
            n: n as u32,
            unread: 0,
            shares: vec![share, 1.0 - share],
            known: Vec::new(),
            joint: one_by_one.then(|| Arc::new(Joint::Sets(sets))),
        };
        Table { shape: Shape::Set { pick: 1 }, rows: vec![row] }
    }

    /// `yes` of 50 answers, evenly.
    fn fifty(yes: usize) -> Vec<bool> {
        (0..50).map(|at| (at + 1) * yes / 50 > at * yes / 50).collect()
    }

    #[test]
    fn what_more_answers_would_hardly_decide_is_given_up() {
        let hopeless = |sentence: &str, yes: usize, rate: f64, one_by_one: bool| {
            let (check, suites) = check(sentence);
            hopeless(&check, &[table(&fifty(yes), one_by_one)], &suites, rate, 50, &OPTIONS)
        };
        for one_by_one in [true, false] {
            // On the bound, and no number of answers up to 200 is likely to show a side at this rate.
            assert!(hopeless("T5 selects a >= 50%", 25, 1e-6, one_by_one), "{one_by_one}");
            // Always yes: 200 of 200 do not show more than 99 %.
            assert!(hopeless("T5 selects a >= 99%", 50, 0.001, one_by_one), "{one_by_one}");
            // On the way, though as many more answers of the same shares would not do.
            assert!(!hopeless("T5 selects a >= 50%", 31, 0.001, one_by_one), "{one_by_one}");
            assert!(!hopeless("T5 selects a >= 50%", 17, 0.01, one_by_one), "{one_by_one}");
        }
    }

    #[test]
    fn nothing_is_given_up_where_nothing_more_could_be_asked() {
        let (check, suites) = check("T5 selects a >= 50%");
        let tables = [table(&fifty(25), true)];
        assert!(!hopeless(&check, &tables, &suites, 1e-6, MOST, &OPTIONS));
        let fixed = JudgingOptions { design: Design::Fixed, ..OPTIONS };
        assert!(!hopeless(&check, &tables, &suites, 1e-6, 50, &fixed));
    }

    #[test]
    fn power_is_looked_at_after_every_quarter_more() {
        let schedule = Schedule::up_to(MOST, 0.001, 1, 1);
        let asked = std::cell::RefCell::new(Vec::new());
        let last = given_up(&schedule, 50, |look| {
            asked.borrow_mut().push(look);
            false
        });
        assert_eq!((last, asked.into_inner()), (MOST, vec![50, 66, 86, 113, 149, 196]));
        assert_eq!(given_up(&schedule, 50, |look| look >= 86), 86);
    }

    /// The estimate alone gave up 16 of 100 runs at such a distance that 200 answers decide.
    #[test]
    fn giving_up_costs_few_decisions() {
        let (check, suites) = check("T5 selects a >= 50%");
        let (rate, runs) = (0.0042, 80);
        let (mut decided, mut lost) = (0, 0);
        for run in 0..runs {
            let mut rng = rng(9, &["giving up", &run.to_string()]);
            let answers: Vec<bool> = (0..MOST).map(|_| rng.random_bool(0.64)).collect();
            let open = |n: u32| {
                let tables = [table(&answers[..n as usize], true)];
                let found = outcome_at(&check, &tables, &suites, rate, 0.5, &OPTIONS).expect("a share");
                (found == Outcome::Inconclusive, tables)
            };
            if open(MOST).0 {
                continue;
            }
            decided += 1;
            let given_up = [50, 62, 77, 96, 120, 150, 187].into_iter().any(|look| {
                let (open, tables) = open(look);
                open && hopeless(&check, &tables, &suites, rate, look, &OPTIONS)
            });
            lost += u32::from(given_up);
        }
        assert!(decided > runs / 2 && lost * 20 <= runs, "{lost} of {decided} in {runs}");
    }
}
