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

use super::{JudgingOptions, Outcome, outcome, outcome_at};
use crate::check::{Check, Who};
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

/// A verdict that is to be held against surveys: its outcome with the baselines as they stand.
#[derive(Clone, Copy)]
pub(super) struct StandingVerdict<'a> {
    pub check: &'a Check,
    pub tables: &'a [Table],
    pub suites: &'a Suites,
    pub rate: f64,
    pub bound: f64,
    pub options: &'a JudgingOptions,
    pub standing: Outcome,
}

/// The numbers of all surveys in the order in which they are looked at: first those that did not bear out the last
/// verdict. They hardly bear out the next one, so that it is soon known that too few do. Which is which does
/// not depend on the order.
#[derive(Debug)]
pub struct SurveyOrder(Vec<u32>);

impl Default for SurveyOrder {
    fn default() -> SurveyOrder {
        SurveyOrder((0..SURVEYS).collect())
    }
}

impl SurveyOrder {
    fn put_first(&mut self, missed: &[u32]) {
        self.0.sort_by_key(|number| !missed.contains(number));
    }
}

/// The result of one look at the surveys.
pub(super) struct SurveyLook {
    /// Whether the outcome holds in enough surveys.
    pub holds: bool,
    /// In how many it stands, where it does.
    pub held: Option<HeldInSurveys>,
}

impl StandingVerdict<'_> {
    /// In which share of surveys it must hold, and these; `None` where it is held against none: it says nothing, or
    /// none are asked for.
    fn surveys(&self) -> Option<(f64, Surveys<'_>)> {
        let asked = self.options.baseline_uncertainty.filter(|_| self.standing != Outcome::Inconclusive)?;
        Some((asked, Surveys::of(self.check, self.tables, self.options.seed)?))
    }

    /// Whether it stands in a survey. Where the measure has no value, nothing is borne out.
    fn stands(&self, again: &[Table]) -> bool {
        let found = outcome_at(self.check, again, self.suites, self.rate, self.bound, self.options);
        found == Ok(self.standing)
    }

    /// The surveys that do not bear it out, among all that are looked at until it is `known` what is asked, given how
    /// many do and how many do not.
    fn missed(
        &self,
        surveys: &mut Surveys<'_>,
        order: &mut SurveyOrder,
        known: impl Fn(u32, u32) -> bool,
    ) -> Vec<u32> {
        let (mut held, mut missed) = (0, Vec::new());
        for number in &order.0 {
            match self.stands(surveys.draw(*number)) {
                true => held += 1,
                false => missed.push(*number),
            }
            if known(held, missed.len() as u32) {
                break;
            }
        }
        order.put_first(&missed);
        missed
    }

    /// Whether it stands in as many surveys as are asked for, and in how many. It stops as soon as it does not.
    pub(super) fn look(&self, order: &mut SurveyOrder) -> SurveyLook {
        let Some((asked, mut surveys)) = self.surveys() else {
            return SurveyLook { holds: true, held: None };
        };
        let missed = self.missed(&mut surveys, order, |_, missed| missed > may_miss(asked));
        let holds = missed.len() as u32 <= may_miss(asked);
        SurveyLook { holds, held: holds.then(|| self.held(&missed, asked)) }
    }

    /// As [`Self::look`], where the number is not needed: it also stops as soon as enough bear it out.
    pub(super) fn holds(&self, order: &mut SurveyOrder) -> bool {
        let Some((asked, mut surveys)) = self.surveys() else { return true };
        let known = |held, missed| held >= enough(asked) || missed > may_miss(asked);
        (self.missed(&mut surveys, order, known).len() as u32) <= may_miss(asked)
    }

    /// In how many surveys it stands. `None` where it is held against none.
    pub(super) fn counted(&self, order: &mut SurveyOrder) -> Option<HeldInSurveys> {
        let (asked, mut surveys) = self.surveys()?;
        let missed = self.missed(&mut surveys, order, |_, _| false);
        Some(self.held(&missed, asked))
    }

    fn held(&self, missed: &[u32], asked: f64) -> HeldInSurveys {
        let held = SURVEYS - missed.len() as u32;
        HeldInSurveys { outcome: self.standing, held, of: SURVEYS, asked }
    }
}

/// Returns the fewest surveys that make up the share that is asked for.
fn enough(asked: f64) -> u32 {
    ((asked * f64::from(SURVEYS) - 1e-9).ceil() as u32).min(SURVEYS)
}

/// The most surveys that need not bear it out.
fn may_miss(asked: f64) -> u32 {
    SURVEYS - enough(asked)
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

/// Returns the value of a check's measure; `None` if it has none.
pub(crate) fn value(check: &Check, tables: &[Table], suites: &Suites) -> Option<f64> {
    check.measure.prepare(tables, suites).ok()?(tables).ok()
}

/// A check's tables with those of the people that it compares with drawn again.
pub(crate) struct Surveys<'a> {
    published: &'a [Table],
    tables: Vec<Table>,
    /// The places of these baselines, what each is drawn from, and what names its draws.
    baselines: Vec<(usize, TableRedraw, String)>,
    seed: u64,
}

impl<'a> Surveys<'a> {
    /// Returns `None` for a check without a baseline.
    pub(crate) fn of(check: &Check, tables: &'a [Table], seed: u64) -> Option<Surveys<'a>> {
        let inputs = check.measure.inputs();
        let mut baselines = Vec::new();
        for (at, (input, table)) in inputs.iter().zip(tables).enumerate() {
            if let (Who::Respondent(name), true) = (&input.who, table.is_survey()) {
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
