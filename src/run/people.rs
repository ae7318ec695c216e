//! What is told beside a check whose baseline is a survey of people: how often another survey of as many people
//! would have what it compares with. It decides nothing unless `baseline_uncertainty` asks for that.
//!
//! It takes a thousand draws, and is kept as chance levels are ([`kept_or`]).

use serde::{Deserialize, Serialize};

use super::Run;
use super::chance::kept_or;
use crate::check::{Check, Test, Who};
use crate::profile::Table;
use crate::verdict::surveys::{Surveys, value};
use crate::verdict::{JudgingOptions, Outcome, Verdict, outcome};

/// So many surveys are drawn: what share of them has something is known to ± 1.6 points.
const DRAWS: u32 = 1_000;

/// What surveys that are drawn again say of a check, of people as many as its baselines are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PeopleNote {
    /// The baselines, each with the fewest and the most people behind one of its questions.
    pub baselines: Vec<(String, [u32; 2])>,
    /// What the value takes from the baseline that can be the same in another survey, and in which share it is.
    pub same: Option<(String, f64)>,
    /// The share of surveys in which the value of these answers is what the check asks for.
    pub meets: Option<f64>,
}

impl Run {
    /// Returns what other surveys would say of a check of `model` on its tables; `None` if it compares with no people.
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
