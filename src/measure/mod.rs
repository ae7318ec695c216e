//! Measures: what a sentence asks of the answers. Each file named in [`syntaxes`] declares the sentences it
//! understands and computes one number from tables of shares; the others are what several of them use. A
//! measure knows nothing of verdicts: it gives its number, an interval, and what chance alone would give.

mod across;
mod agreement;
mod alignment;
mod closest;
mod correlation;
mod correlation_bounds;
mod direction;
mod distance;
mod invalid;
pub(crate) mod null;
mod order_agreement;
mod other_side;
mod outcomes;
mod overlap;
mod pairs;
mod personas;
mod pooled;
mod reach;
mod scale;
mod scope;
mod score;
mod share_ends;
mod shares;
mod shift;
mod spread;
pub(crate) mod syntax;
mod tops;
pub(crate) mod unit;
mod value_rank;
mod yes_path;

use std::fmt;

use crate::ground::format::first_few;
use crate::profile::{Row, Table, View};
use crate::stats;
use crate::stats::evidence::Design;
use crate::stats::resample::Stream;
use crate::stats::sums::EndSearch;
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
        personas::SYNTAX,
        correlation::SYNTAX,
        order_agreement::SYNTAX,
        distance::SYNTAX,
        spread::SYNTAX,
        shares::SYNTAX,
        value_rank::SYNTAX,
        direction::SYNTAX,
        agreement::SYNTAX,
        alignment::SYNTAX,
        closest::SYNTAX,
        shift::SYNTAX,
        invalid::SYNTAX,
    ]
    .concat()
}

/// All forms of sentence, in the order in which they are tried.
pub fn forms() -> Vec<SentenceForm> {
    syntaxes().iter().map(Syntax::written).collect()
}

/// Finds the task that a measure was built for.
fn find<'a>(suites: &'a Suites, task: &str) -> Result<&'a Task, Undefined> {
    suites.loaded(task).map_err(Undefined::Other)
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
    /// The subject and its baseline were asked different questions of this task.
    #[error("the two sides have no question of {0} in common")]
    NothingShared(String),
    /// The check compares with chance, and the published totals do not tell what chance would give.
    #[error("the figures do not say what shuffled labels would give, so there is no chance level to beat")]
    NoChance,
    /// The estimate lies outside its own interval, which is a mistake of this program and never a verdict.
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
        /// The questions without figures, as many as fit on a line.
        questions: String,
        /// What to do about it.
        todo: String,
    },
    /// Any other reason, as a sentence.
    #[error("{0}")]
    Other(String),
}

impl Undefined {
    /// Names the choice that the figures of a row leave out.
    fn untold(task: &Task, item: &Item, at: usize, row: &Row) -> Undefined {
        let (id, item) = (item.choices[at].id.clone(), format!("{} {}", task.id, row.item));
        let item = item.trim_end().to_owned();
        if task.shape.is_set() {
            return Undefined::UntoldOption { option: id, item, most: Unit::Share.show(row.shares[at]) };
        }
        Undefined::Untold { level: id, item }
    }

    /// Says for which questions of a task `who` has no figures (as many as fit on a line), and what to do.
    fn lacks(task: &Task, who: &Who, missing: &[String]) -> Undefined {
        const SHOWN: usize = 3;
        let mut questions = first_few(missing, SHOWN);
        if missing.len() > SHOWN {
            questions += &format!(" of {} questions", task.items.len());
        }
        // Whether figures are missing for any question of a context.
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

/// A measure that is ready for tables of one layout. It is called again and again with resampled shares of
/// these tables.
///
/// It gives one number in the unit of the sentence, or why there is none.
pub(crate) type Statistic = Box<dyn FnMut(&[Table]) -> Result<f64, Undefined> + Send>;

/// The lower and the upper end of an interval.
pub(crate) type Ends = Result<(f64, f64), Undefined>;

/// A statistic of answer shares.
pub trait Measure: fmt::Debug + Send + Sync {
    /// Returns the profiles it needs; [`Measure::prepare`] takes their tables in this order.
    fn inputs(&self) -> Vec<Input>;

    /// Lines up the tables' rows once, so that the statistic can be called thousands of times.
    ///
    /// # Errors
    /// The tables cannot be compared: nothing in common, no answers, a level that is not told.
    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined>;

    /// Describes the largest contributors to the value in short phrases, the worst first.
    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String>;

    /// Returns the test of a sentence that has no bound (`ranks privacy within top 3`).
    fn implied(&self) -> Option<Test> {
        None
    }

    /// Returns the least and the greatest value that any answers to these tasks can give, where these are not the ends
    /// of its unit. A sentence whose bound all answers meet, or none, is a mistake.
    fn range(&self, _: &Suites) -> Option<(f64, f64)> {
        None
    }

    /// Returns the least and the greatest value that any answers can give, held against these figures of the other
    /// sides (the tables of all inputs but the first); `None` where these do not narrow the [`range`](Self::range).
    fn reach(&self, _theirs: &[Table], _: &Suites) -> Option<(f64, f64)> {
        None
    }

    /// Returns what the verdict rests on.
    fn tested(&self, _: &Suites) -> Tested {
        Tested::Order
    }

    /// Whether the value is a share of answers, and not a number that jumps where values tie.
    fn is_share(&self, suites: &Suites) -> bool {
        matches!(self.tested(suites), Tested::Mean { lowest, .. } if lowest == 0.0)
    }

    /// Returns the interval of the value, given these answers. Each end is wrong with a chance of at most
    /// `sure.rate`, so that a verdict that needs only one end errs no more often. Where `sure.search` asks for no
    /// more than the sides, a measure whose ends take a search spares it.
    ///
    /// # Errors
    /// As [`Measure::prepare`].
    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends;

    /// Returns the places of the items that it reads of the task of one of its inputs; `None` where it reads them all.
    /// Only those are asked beyond the answers that a snapshot takes: neither its value nor its interval may
    /// depend on the others.
    fn reads(&self, _input: usize, _suites: &Suites) -> Option<Vec<usize>> {
        None
    }

    /// Suggests a sentence that asks nearly the same and can be decided where this one cannot: where the
    /// measure jumps at ties, and answers on both sides of a jump are about equally likely.
    fn instead(&self, _sentence: &str) -> Option<String> {
        None
    }

    /// What its value takes from a baseline's figures, where that can be the same in another survey: in words, such
    /// as "the same five", and whether it is, given the tables of the baseline and of the other survey.
    fn common(&self, _: [&Table; 2], _: &Suites) -> Option<(String, bool)> {
        None
    }

    /// Returns what is known of the chance level without drawing whole respondents (see `check::chance`).
    fn by_chance(&self, _tables: &[Table], _suites: &Suites, _rng: &mut Stream) -> ByChance {
        ByChance::unknown()
    }
}

/// What a measure's verdict rests on, which determines what a number of answers can detect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tested {
    /// Which of two values scores higher, for many pairs.
    Order,
    /// The mean of answers with values from `lowest` to 1. It is a mean of shares where `lowest` is 0.
    Mean {
        lowest: f64,
        /// The number of questions that are pooled.
        pooled: f64,
        /// The number of forms of the one question whose share is tested by exact error spending; `None`
        /// where the share is tested by betting.
        spent: Option<u32>,
        /// The number of parts that the error rate is divided into for "the value lies above the bound".
        above: f64,
        /// The number of parts that the error rate is divided into for "the value lies below the bound".
        below: f64,
    },
    /// Many shares at once.
    Shares,
}

/// How sure an interval is to be, and under which assumptions.
#[derive(Debug, Clone, Copy)]
pub struct Confidence {
    /// The greatest chance that an end is wrong, for each end.
    pub rate: f64,
    /// How the subject's answers came.
    pub design: Design,
    /// The bound of the check. A measure that moves in steps tests the step at the bound at the whole rate;
    /// the other steps are only shown and are then found one by one.
    pub bound: f64,
    /// How far the ends are looked for.
    pub search: EndSearch,
    /// The seed of the interval's random draws: that of the run.
    pub seed: u64,
}

impl Confidence {
    /// Returns what is known of the order of a baseline's scores where it is open, since the baseline has unread
    /// responses. `None` where the order is certain.
    fn theirs(&self, things: &[ScoredThing], table: &Table) -> Option<Pairs> {
        (table.unread() > 0).then(|| Pairs::standing(things, table, self.seed))
    }

    /// The bound, where it matters only on which side of it an end lies.
    fn beside(&self) -> Option<f64> {
        (self.search == EndSearch::Side).then_some(self.bound)
    }

    /// Divides the rate by `parts`.
    fn part(self, parts: f64) -> Self {
        Confidence { rate: self.rate / parts, ..self }
    }
}
