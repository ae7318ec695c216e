//! People are a sample, too: whether a verdict holds in other surveys of as many people as its baselines are of.
//!
//! The answers of each baseline are drawn again ([`TableRedraw`]), [`SURVEYS`] times, and the check is judged against
//! each such survey in place of the published one. With `baseline_uncertainty = 0.95`, a verdict stands where it
//! stands with the baselines as they are published, and in 95 % of the surveys as well.
//!
//! That is a sensitivity beside the error rate, and no part of it. The error rate is about the model's answers, given
//! whom they are compared with; the surveys tell how much it matters which people happened to be asked. All checks of a
//! run see the same surveys, whatever is judged first.

use super::sides::confidence;
use super::{JudgingOptions, Outcome, interval, outcome};
use crate::check::{Check, Test, Who};
use crate::profile::{Table, TableRedraw};
use crate::stats::resample::rng;
use crate::suite::Suites;

/// How many surveys a verdict is held against. What share of them bear it out is known to ± 1.5 points where that is
/// 95 %.
pub(crate) const SURVEYS: u32 = 200;

/// In how many surveys that were drawn again a verdict holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldInSurveys {
    /// The outcome with the baselines as they stand.
    pub outcome: Outcome,
    /// The number of surveys that have the same outcome.
    pub held: u32,
    /// The number of surveys.
    pub of: u32,
    /// The share of surveys that must have it for a verdict.
    pub asked: f64,
}

/// What is held against surveys: the test, and what came of it with the baselines as they stand.
type TestAndOutcome = (Test, Outcome);

/// What one look at the surveys says.
pub(super) struct SurveyLook {
    /// Whether the outcome stands in as many as are asked for.
    pub holds: bool,
    /// In how many it stands, where all were looked at.
    pub held: Option<HeldInSurveys>,
}

/// Whether an outcome stands in as many surveys as are asked for; one that says nothing does, and so does each where
/// none are asked for. It stops as soon as it does not.
pub(super) fn look(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    (rate, bound): (f64, f64),
    options: &JudgingOptions,
    (test, standing): TestAndOutcome,
) -> SurveyLook {
    let asked = options.baseline_uncertainty.filter(|_| standing != Outcome::Inconclusive);
    let found = asked.and_then(|asked| Some((asked, Surveys::of(check, tables, options.seed)?)));
    let Some((asked, mut surveys)) = found else { return SurveyLook { holds: true, held: None } };
    let sure = confidence(rate, bound, options);
    let mut missed = 0;
    for number in 0..SURVEYS {
        let found = check.measure.sides(surveys.draw(number), suites, &sure);
        // Where the measure has no value, nothing is borne out.
        missed += u32::from(found.map_or(true, |found| outcome(test, bound, found) != standing));
        if missed > SURVEYS - enough(asked) {
            return SurveyLook { holds: false, held: None };
        }
    }
    let held = HeldInSurveys { outcome: standing, held: SURVEYS - missed, of: SURVEYS, asked };
    SurveyLook { holds: true, held: Some(held) }
}

/// As [`look`], where that is all that is asked.
pub(super) fn holds(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate_and_bound: (f64, f64),
    options: &JudgingOptions,
    standing: TestAndOutcome,
) -> bool {
    look(check, tables, suites, rate_and_bound, options, standing).holds
}

/// In how many surveys an outcome stands, and the ends of the intervals of as many as are asked for: what those have
/// in common. `None` where nothing is to be held against them.
pub(super) fn counted(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    (rate, bound): (f64, f64),
    options: &JudgingOptions,
    (test, standing): TestAndOutcome,
) -> Option<(HeldInSurveys, (f64, f64))> {
    let asked = options.baseline_uncertainty.filter(|_| standing != Outcome::Inconclusive)?;
    let mut surveys = Surveys::of(check, tables, options.seed)?;
    let found = (0..SURVEYS).map(|number| {
        let found = interval(check, surveys.draw(number), suites, rate, bound, options);
        // Where the measure has no value, anything may be.
        found.unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    });
    let (mut low, mut high): (Vec<f64>, Vec<f64>) = found.unzip();
    let held = low.iter().zip(&high).filter(|(low, high)| outcome(test, bound, (**low, **high)) == standing);
    let held = HeldInSurveys { outcome: standing, held: held.count() as u32, of: SURVEYS, asked };
    low.sort_by(f64::total_cmp);
    high.sort_by(|a, b| b.total_cmp(a));
    let may_miss = (SURVEYS - enough(asked)) as usize;
    Some((held, (*low.get(may_miss)?, *high.get(may_miss)?)))
}

/// The fewest surveys that are the share that is asked for.
fn enough(asked: f64) -> u32 {
    ((asked * f64::from(SURVEYS) - 1e-9).ceil() as u32).min(SURVEYS)
}

/// Whether too few surveys would have a verdict however many answers there were: those whose value, of the answers as
/// they are, lies on its side of the bound.
pub(crate) fn never_hold(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    options: &JudgingOptions,
    (bound, standing): (f64, Outcome),
) -> bool {
    let (Some(asked), Some(mut surveys)) =
        (options.baseline_uncertainty, Surveys::of(check, tables, options.seed))
    else {
        return false;
    };
    let found = (0..SURVEYS).filter(|number| {
        let value = value(check, surveys.draw(*number), suites);
        value.is_some_and(|value| outcome(check.test, bound, (value, value)) == standing)
    });
    (found.count() as u32) < enough(asked)
}

/// The value of a check's measure; `None` where it has none.
pub(crate) fn value(check: &Check, tables: &[Table], suites: &Suites) -> Option<f64> {
    check.measure.prepare(tables, suites).ok()?(tables).ok()
}

/// A check's tables with those of its baselines drawn again.
pub(crate) struct Surveys<'a> {
    published: &'a [Table],
    tables: Vec<Table>,
    /// The places of the baselines, what each is drawn from, and what names its draws.
    baselines: Vec<(usize, TableRedraw, String)>,
    seed: u64,
}

impl<'a> Surveys<'a> {
    /// `None` for a check that compares with nobody.
    pub(crate) fn of(check: &Check, tables: &'a [Table], seed: u64) -> Option<Surveys<'a>> {
        let inputs = check.measure.inputs();
        let mut baselines = Vec::new();
        for (at, (input, table)) in inputs.iter().zip(tables).enumerate() {
            if let Who::Respondent(name) = &input.who {
                baselines.push((at, TableRedraw::of(table), format!("{name} {}", input.task)));
            }
        }
        (!baselines.is_empty()).then(|| Surveys {
            published: tables,
            tables: tables.to_vec(),
            baselines,
            seed,
        })
    }

    /// The tables with the baselines of one survey, by its number.
    pub(crate) fn draw(&mut self, number: u32) -> &[Table] {
        for (at, redraw, name) in &self.baselines {
            let mut rng = rng(self.seed, &["survey", name, &number.to_string()]);
            redraw.draw(&self.published[*at], &mut self.tables[*at], &mut rng);
        }
        &self.tables
    }
}
