//! Checks whether a verdict would hold in other surveys of as many people, because the people in a baseline are a
//! sample, too.
//!
//! The answers of each baseline are drawn again ([`TableRedraw`]), [`SURVEYS`] times, and the check is judged against
//! each redrawn survey in place of the published one. With `baseline_uncertainty = 0.95`, a verdict must hold with
//! the published baselines, and in at least 95 % of the redrawn surveys.
//!
//! This is a sensitivity analysis beside the error rate, not a part of it. The error rate is about the model's
//! answers, given the people that they are compared with. The surveys show how much it matters which people happened
//! to be asked. All checks of a run see the same surveys, in whatever order they are judged.

use super::sides::confidence;
use super::{JudgingOptions, Outcome, interval, outcome};
use crate::check::{Check, Test, Who};
use crate::profile::{Table, TableRedraw};
use crate::stats::resample::rng;
use crate::suite::Suites;

/// The number of surveys that a verdict is tested with, enough to know a share of 95 % to ± 1.5 points.
pub(crate) const SURVEYS: u32 = 200;

/// In how many redrawn surveys a verdict holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldInSurveys {
    /// The outcome with the published baselines.
    pub outcome: Outcome,
    /// The number of surveys with the same outcome.
    pub held: u32,
    /// The number of surveys.
    pub of: u32,
    /// The share of surveys that a verdict needs.
    pub asked: f64,
}

/// The test, and its outcome with the published baselines.
type TestAndOutcome = (Test, Outcome);

/// The result of one look at the surveys.
pub(super) struct SurveyLook {
    /// Whether the outcome holds in enough surveys.
    pub holds: bool,
    /// In how many surveys it holds, if all were looked at.
    pub held: Option<HeldInSurveys>,
}

/// Returns whether an outcome holds in enough surveys, and stops as soon as it cannot. An inconclusive outcome always
/// holds, as does any outcome if no share of surveys is asked for.
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
        // A survey for which the measure has no value does not confirm the outcome.
        missed += u32::from(found.map_or(true, |found| outcome(test, bound, found) != standing));
        if missed > SURVEYS - enough(asked) {
            return SurveyLook { holds: false, held: None };
        }
    }
    let held = HeldInSurveys { outcome: standing, held: SURVEYS - missed, of: SURVEYS, asked };
    SurveyLook { holds: true, held: Some(held) }
}

/// Returns only whether the outcome holds, as in [`look`].
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

/// Returns in how many surveys an outcome holds, and the lower and upper bounds that the ends of enough surveys'
/// intervals keep to. Returns `None` if no surveys are needed.
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
        // Without a value of the measure, any value is possible.
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

/// Returns the fewest surveys that make up the share that is asked for.
fn enough(asked: f64) -> u32 {
    ((asked * f64::from(SURVEYS) - 1e-9).ceil() as u32).min(SURVEYS)
}

/// Returns whether too few surveys would confirm a verdict, however many answers there were: it counts the surveys
/// whose value, for the current answers, lies on the verdict's side of the bound.
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

/// Returns the value of a check's measure; `None` if it has none.
pub(crate) fn value(check: &Check, tables: &[Table], suites: &Suites) -> Option<f64> {
    check.measure.prepare(tables, suites).ok()?(tables).ok()
}

/// A check's tables, whose baselines can be drawn again.
pub(crate) struct Surveys<'a> {
    published: &'a [Table],
    tables: Vec<Table>,
    /// For each baseline: the place of its table, how it is drawn, and the name that seeds its draws.
    baselines: Vec<(usize, TableRedraw, String)>,
    seed: u64,
}

impl<'a> Surveys<'a> {
    /// Returns `None` for a check without a baseline.
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

    /// Returns the tables with the baselines of the survey with this number.
    pub(crate) fn draw(&mut self, number: u32) -> &[Table] {
        for (at, redraw, name) in &self.baselines {
            let mut rng = rng(self.seed, &["survey", name, &number.to_string()]);
            redraw.draw(&self.published[*at], &mut self.tables[*at], &mut rng);
        }
        &self.tables
    }
}
