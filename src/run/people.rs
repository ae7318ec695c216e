//! Tells beside a check whose baseline is a survey how often another survey of as many people would agree. This
//! decides nothing unless `baseline_uncertainty` is set.
//!
//! It takes a thousand draws, so it is kept like chance levels ([`kept_or`]).

use serde::{Deserialize, Serialize};

use super::Run;
use super::chance::kept_or;
use crate::check::{Check, Test, Who};
use crate::profile::Table;
use crate::verdict::surveys::{Surveys, value};
use crate::verdict::{JudgingOptions, Outcome, Verdict, outcome};

/// The number of surveys that are drawn, enough to know a share to ± 1.6 points.
const DRAWS: u32 = 1_000;

/// What redrawn surveys say about a check. Each has as many people as the check's baselines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PeopleNote {
    /// The baselines, each with the smallest and the largest number of people behind one of its questions.
    pub baselines: Vec<(String, [u32; 2])>,
    /// A fact about the baseline that the value depends on, and the share of surveys in which it is the same.
    pub same: Option<(String, f64)>,
    /// The share of surveys with which these answers would meet the check's bound.
    pub meets: Option<f64>,
}

impl Run {
    /// Returns what other surveys would say about a check of `model` on its tables; `None` if it is not compared with
    /// people.
    pub(super) fn people(
        &self,
        model: &str,
        check: &Check,
        tables: &[Table],
        verdict: &Verdict,
        options: &JudgingOptions,
    ) -> Option<PeopleNote> {
        let baselines = surveyed(check, tables)?;
        let bound = match check.test {
            Test::AtLeast(bound) | Test::AtMost(bound) => Some(bound),
            Test::BeatsChance => verdict.chance.and_then(|chance| chance.shuffled).map(|null| null.upper),
        };
        let place = self.place_of_drawn("people", model, check, tables, options.seed);
        let drawn = || self.drawn_again(check, tables, options.seed, bound);
        let (same, meets) = kept_or(place, drawn);
        Some(PeopleNote { baselines, same, meets })
    }

    fn drawn_again(
        &self,
        check: &Check,
        tables: &[Table],
        seed: u64,
        bound: Option<f64>,
    ) -> (Option<(String, f64)>, Option<f64>) {
        let Some(mut surveys) = Surveys::of(check, tables, seed) else { return (None, None) };
        let inputs = check.measure.inputs();
        let theirs = inputs.iter().position(|input| matches!(input.who, Who::Respondent(_)));
        let (mut same, mut meets): (Option<(String, f64)>, u32) = (None, 0);
        for number in 0..DRAWS {
            let again = surveys.draw(number);
            if let Some((words, is_same)) =
                theirs.and_then(|at| check.measure.common([&tables[at], &again[at]], &self.suites))
            {
                same.get_or_insert((words, 0.0)).1 += f64::from(u8::from(is_same)) / f64::from(DRAWS);
            }
            let found = bound.zip(value(check, again, &self.suites));
            meets +=
                u32::from(found.is_some_and(|(bound, value)| {
                    outcome(check.test, bound, (value, value)) == Outcome::Pass
                }));
        }
        (same, bound.map(|_| f64::from(meets) / f64::from(DRAWS)))
    }
}

/// The baselines of a check that are surveys of people; `None` if there is none.
fn surveyed(check: &Check, tables: &[Table]) -> Option<Vec<(String, [u32; 2])>> {
    let mut found: Vec<(String, [u32; 2])> = Vec::new();
    for (input, table) in check.measure.inputs().iter().zip(tables).filter(|(_, table)| table.is_survey()) {
        let Who::Respondent(name) = &input.who else { continue };
        let people = table.rows.iter().map(|row| row.n);
        let (Some(fewest), Some(most)) = (people.clone().min(), people.max()) else { continue };
        match found.iter_mut().find(|(known, _)| known == name) {
            Some((_, [least, greatest])) => {
                (*least, *greatest) = (fewest.min(*least), most.max(*greatest));
            }
            None => found.push((name.clone(), [fewest, most])),
        }
    }
    (!found.is_empty()).then_some(found)
}
