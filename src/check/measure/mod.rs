//! Measures: what a sentence asks of the answers. Each file declares the sentences it understands
//! and computes one number from tables of shares; a new measure is a new file and one line in
//! [`syntaxes`].

mod across;
mod agreement;
mod alignment;
mod correlation;
mod direction;
pub(super) mod drift;
mod invalid;
mod order;
mod overlap;
mod shares;

use std::fmt;

use super::chance::ByChance;
use super::sentence::{Syntax, Test, Unit};
use crate::profile::{Table, View};
use crate::stats::{self, resample::Stream};
use crate::suite::Suites;

pub(super) fn syntaxes() -> Vec<Syntax> {
    [
        overlap::SYNTAX,
        across::SYNTAX,
        correlation::SYNTAX,
        shares::SYNTAX,
        order::SYNTAX,
        direction::SYNTAX,
        agreement::SYNTAX,
        alignment::SYNTAX,
        drift::SYNTAX,
        invalid::SYNTAX,
    ]
    .concat()
}

/// A profile that a measure needs: whose, of which task, seen how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Input {
    pub who: Who,
    pub task: String,
    pub view: View,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// The model that is judged.
    Subject,
    /// A baseline or another model, by name.
    Respondent(String),
    /// The subject's own stored profile.
    Snapshot,
}

impl Input {
    fn subject(task: &str, view: View) -> Self {
        Input { who: Who::Subject, task: task.to_owned(), view }
    }

    fn of(name: &str, task: &str) -> Self {
        Input { who: Who::Respondent(name.to_owned()), task: task.to_owned(), view: View::Main }
    }
}

/// Why a measure has no value for these answers. A check whose measure is undefined fails.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Undefined {
    #[error("{0}")]
    Statistic(#[from] stats::Undefined),
    #[error("there is no valid answer to {0}")]
    NoAnswers(String),
    #[error("the figures do not tell how many answered `{level}` to {item}")]
    Untold { level: String, item: String },
    #[error("both sides have no question of {0} in common")]
    NothingShared(String),
    #[error("the figures do not tell what shuffled labels would give, so that there is no chance to beat")]
    NoChance,
    #[error("{0}")]
    Other(String),
}

/// A measure made ready for tables of one layout: call it with the same tables' shares, resampled.
///
/// It gives one number in the measure's [`Unit`], or why there is none.
pub type Statistic = Box<dyn FnMut(&[Table]) -> Result<f64, Undefined> + Send>;

/// A statistic of answer shares.
pub trait Measure: fmt::Debug + Send + Sync {
    /// The profiles it needs; [`Measure::prepare`] takes their tables in this order.
    fn inputs(&self) -> Vec<Input>;

    /// What its number counts.
    fn unit(&self) -> Unit;

    /// Lines up the tables' rows once, so that the statistic can be called thousands of times.
    ///
    /// # Errors
    /// The tables cannot be compared: nothing in common, no answers, a level that is not told.
    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined>;

    /// The largest contributors to the value, worst first, each a short phrase; what a reader would
    /// ask for next.
    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String>;

    /// The test of a sentence without a bound (`ranks privacy within top 3`).
    fn implied(&self) -> Option<Test> {
        None
    }

    /// An interval of the value that holds with probability 1 − `rate` at each end whatever the
    /// number of answers, where the measure has one.
    fn exact(&self, _tables: &[Table], _suites: &Suites, _rate: f64) -> Option<(f64, f64)> {
        None
    }

    /// When the value is the extreme, over groups of answers, of a share: each group's (successes, n).
    /// Such a check can be judged exactly.
    fn shares(&self, _tables: &[Table], _suites: &Suites) -> Option<Vec<(f64, u32)>> {
        None
    }

    /// What is known of its chance level without drawing whole respondents: see [`super::chance`].
    fn by_chance(&self, _tables: &[Table], _suites: &Suites, _rng: &mut Stream) -> ByChance {
        ByChance::unknown()
    }
}
