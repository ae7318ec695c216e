//! Measures: what a sentence asks of the answers. Each file named in [`syntaxes`] declares the sentences it
//! understands and computes one number from tables of shares; the others are what several of them use. A
//! measure knows nothing of verdicts: it gives its number, an interval, and what chance alone would give.

mod across;
mod agreement;
mod alignment;
mod correlation;
mod correlation_bounds;
mod direction;
mod distance;
mod invalid;
pub(crate) mod null;
mod order_agreement;
mod outcomes;
mod overlap;
mod pairs;
mod scope;
mod score;
mod shares;
mod shift;
pub(crate) mod syntax;
mod tops;
pub(crate) mod unit;
mod value_rank;
mod yes_path;

use std::fmt;

use crate::profile::{Row, Table, View};
use crate::stats;
use crate::stats::evidence::Design;
use crate::stats::resample::Stream;
use crate::suite::{Item, Suites, Task};
use null::ByChance;
use pairs::{Pairs, ScoredThing};
pub use scope::Scope;
use syntax::Syntax;
pub use syntax::{SentenceForm, Test};
pub use unit::Unit;
pub(crate) use yes_path::BESIDE;

/// The one list of measures. A sentence is tried on them in this order.
pub(crate) fn syntaxes() -> Vec<Syntax> {
    [
        overlap::SYNTAX,
        across::SYNTAX,
        correlation::SYNTAX,
        order_agreement::SYNTAX,
        distance::SYNTAX,
        shares::SYNTAX,
        value_rank::SYNTAX,
        direction::SYNTAX,
        agreement::SYNTAX,
        alignment::SYNTAX,
        shift::SYNTAX,
        invalid::SYNTAX,
    ]
    .concat()
}

/// All forms of sentence, in the order in which they are tried.
pub fn forms() -> Vec<SentenceForm> {
    syntaxes().iter().map(Syntax::written).collect()
}

/// The task that a measure was built for.
fn find<'a>(suites: &'a Suites, task: &str) -> Result<&'a Task, Undefined> {
    suites.task(task).ok_or_else(|| Undefined::Other(format!("the task {task} is not loaded")))
}

/// A profile that a measure needs: whose, of which task, seen how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Input {
    /// Whose answers they are.
    pub who: Who,
    /// The id of the task.
    pub task: String,
    /// Which of the forms count.
    pub view: View,
}

/// Whose profile a measure needs.
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
    /// The statistic itself is undefined for these numbers, as a correlation is where all are equal.
    #[error("{0}")]
    Statistic(#[from] stats::UndefinedStatistic),
    /// No response to a question, or to all of them, could be read; the text says which.
    #[error("there is no valid answer to {0}")]
    NoAnswers(String),
    /// Published figures leave out a level that the measure needs.
    #[error("the figures do not say how many answered `{level}` to {item}")]
    Untold {
        /// The id of the level.
        level: String,
        /// The question, as messages name it.
        item: String,
    },
    /// Published figures leave out an option that the measure needs.
    #[error(
        "the figures do not say how many selected `{option}` in {item}: it may be any share up to {most}"
    )]
    UntoldOption {
        /// The id of the option.
        option: String,
        /// The question, as messages name it.
        item: String,
        /// The most that the share can be, in words.
        most: String,
    },
    /// The subject and whom it is compared with were asked different questions of this task.
    #[error("the two sides have no question of {0} in common")]
    NothingShared(String),
    /// The check asks for more than chance, and the published totals do not tell what chance would give.
    #[error("the figures do not say what shuffled labels would give, so there is no chance level to beat")]
    NoChance,
    /// The estimate is not within its own interval: a mistake of this program, never a verdict.
    #[error(
        "the value {estimate} is outside its own interval, {low} to {high}, so no verdict can be trusted: please report this as a bug"
    )]
    Outside {
        /// The measure's value, in its unit.
        estimate: String,
        /// The lower end of the interval, in the same unit.
        low: String,
        /// The upper end of the interval, in the same unit.
        high: String,
    },
    /// A baseline, a model or a snapshot lacks questions that the measure compares.
    #[error("{who} has no figures for {questions}: {todo}")]
    Lacks {
        /// Whose figures are missing, as messages name it.
        who: String,
        /// The questions without figures: as many as a line holds.
        questions: String,
        /// What to do about it.
        todo: String,
    },
    /// Any other reason, in a sentence of its own.
    #[error("{0}")]
    Other(String),
}

impl Undefined {
    /// What the figures of a row do not tell of this choice.
    fn untold(task: &Task, item: &Item, at: usize, row: &Row) -> Undefined {
        let (id, item) = (item.choices[at].id.clone(), format!("{} {}", task.id, row.item));
        let item = item.trim_end().to_owned();
        if task.shape.is_set() {
            return Undefined::UntoldOption { option: id, item, most: Unit::Share.show(row.shares[at]) };
        }
        Undefined::Untold { level: id, item }
    }

    /// `who` has no figures for these questions of a task: as many as a line holds, and what to do.
    fn lacks(task: &Task, who: &Who, missing: &[String]) -> Undefined {
        const SHOWN: usize = 3;
        let more = missing.len().saturating_sub(SHOWN);
        let mut questions = missing[..missing.len().min(SHOWN)].join(", ");
        if more > 0 {
            questions += &format!(" and {more} more of {} questions", task.items.len());
        }
        // A context that nothing is missing from.
        let lacking = |context: &str| {
            let asked = task.items.iter().filter(|item| item.context.as_deref() == Some(context));
            let name = |item: &Item| format!("{} {}", task.id, item.id);
            asked.map(name).any(|name| missing.contains(&name))
        };
        let whole = task.contexts().into_iter().find(|context| !lacking(context));
        let limit = whole.map_or(String::new(), |whole| {
            format!(", or limit the check to a context that it has, with `in {whole}` before the bound")
        });
        let (who, todo) = match who {
            Who::Respondent(name) => (name.clone(), "add them"),
            Who::Snapshot => ("the snapshot".to_owned(), "accept a new one"),
            Who::Subject => ("the model".to_owned(), "ask it"),
        };
        Undefined::Lacks { who, questions, todo: format!("{todo}{limit}") }
    }
}

/// A measure made ready for tables of one layout: call it with the same tables' shares, resampled.
///
/// It gives one number in the unit of the sentence, or why there is none.
pub(crate) type Statistic = Box<dyn FnMut(&[Table]) -> Result<f64, Undefined> + Send>;

/// A statistic of answer shares.
pub trait Measure: fmt::Debug + Send + Sync {
    /// The profiles it needs; [`Measure::prepare`] takes their tables in this order.
    fn inputs(&self) -> Vec<Input>;

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

    /// What its verdict rests on.
    fn tested(&self, _: &Suites) -> Tested {
        Tested::Order
    }

    /// Whether its value is a share of answers, and nothing that jumps where values tie.
    fn is_share(&self, suites: &Suites) -> bool {
        matches!(self.tested(suites), Tested::Mean { lowest, .. } if lowest == 0.0)
    }

    /// Where the value lies, given these answers: each end is wrong with a chance of at most
    /// `sure.rate`, so that a verdict that needs one end errs no more often.
    ///
    /// # Errors
    /// As [`Measure::prepare`].
    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence)
    -> Result<(f64, f64), Undefined>;

    /// As [`Measure::interval`], where all that is asked is on which side of the bound the value lies: ends beyond it may
    /// be anywhere there.
    ///
    /// # Errors
    /// As [`Measure::prepare`].
    fn side(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Result<(f64, f64), Undefined> {
        self.interval(tables, suites, sure)
    }

    /// The rows of one of its inputs' tables that it reads; `None` where it reads them all.
    fn reads(&self, _input: usize, _table: &Table, _suites: &Suites) -> Option<Vec<usize>> {
        None
    }

    /// Another sentence that asks nearly the same and is decided where this one cannot be: where the measure jumps
    /// at ties, answers on both sides of a jump may be as likely.
    fn instead(&self, _sentence: &str) -> Option<String> {
        None
    }

    /// What its value takes from a baseline's figures, where that can be the same in another survey: in words, such
    /// as "the same five", and whether it is, given the tables of the baseline and of the other survey.
    fn common(&self, _: [&Table; 2], _: &Suites) -> Option<(String, bool)> {
        None
    }

    /// What is known of its chance level without drawing whole respondents: see `check::chance`.
    fn by_chance(&self, _tables: &[Table], _suites: &Suites, _rng: &mut Stream) -> ByChance {
        ByChance::unknown()
    }
}

/// What a measure's verdict rests on: what a number of answers can detect depends on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tested {
    /// Which of two values scores higher, pair by pair.
    Order,
    /// The mean of answers with values from `lowest` to 1: of shares, where that is 0.
    Mean {
        lowest: f64,
        /// Questions that are pooled.
        pooled: f64,
        /// In how many forms the one question is asked whose share is tested by exact error spending; `None`
        /// where it is bet on.
        spent: Option<u32>,
        /// The parts that the error rate is divided into for "the value lies above the bound".
        above: f64,
        /// As `above`, for "below".
        below: f64,
    },
    /// Many shares at once.
    Shares,
}

/// How sure an interval is to be, and of what.
#[derive(Debug, Clone, Copy)]
pub struct Confidence {
    /// The chance of either end being wrong.
    pub rate: f64,
    /// How the subject's answers came.
    pub design: Design,
    /// The bound of the check. A measure that moves in steps tests the step at the bound at the whole
    /// rate; the other steps, which only show, are then found one by one.
    pub bound: f64,
    /// Where the random draws of the interval start: the seed of the run.
    pub seed: u64,
}

impl Confidence {
    /// What is known of the order of a baseline's scores where that is open, since it has responses that were not
    /// read. `None` where it stands as it is.
    fn theirs(&self, things: &[ScoredThing], table: &Table) -> Option<Pairs> {
        (table.unread() > 0).then(|| Pairs::standing(things, table, self.seed))
    }

    /// The same, at a part of the rate.
    fn part(self, parts: f64) -> Self {
        Confidence { rate: self.rate / parts, ..self }
    }
}
