//! Text → answer: what a respondent's words say about a question, or why they say nothing usable.
//!
//! [`parse`] reads what models really write: lists with bullets and numbers, Python and JSON, quotes,
//! code fences, prose around the answer, thinking before it, other capitals, small slips. It is strict
//! where it is uncertain: an answer that is counted as invalid is seen, one that is misread is not.
//!
//! The rules stand at the top of each file: what a text is cleaned of (`clean.rs`), which options it
//! names (`matching.rs`, `slip.rs`), and what an answer is for each [`Shape`]: `select.rs`, `scale.rs`,
//! `ranking.rs`. Lists are found in `structured.rs`, `lists.rs` and `inline.rs`, and judged in
//! `candidate.rs`. All of it takes time in proportion to the text, whatever is in it.

mod candidate;
mod clean;
mod finish;
mod inline;
mod lines;
mod lists;
mod marker;
mod matching;
mod ranking;
mod refusal;
mod scale;
mod schema;
mod select;
mod slip;
mod structured;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::ops::Range;

pub use finish::Finish;
pub use schema::schema;

use crate::suite::{Question, Shape};

/// Reads the answer to `question` out of a response.
///
/// `cut_off` says that the length limit ended the response. Then only a whole JSON value (or list)
/// with nothing behind it is read; anything else might have gone on to say something else, and is
/// [`Invalid::CutOff`].
///
/// The options are those that were shown, by the words they were shown in, and the answer is in
/// places of [`Item::choices`](crate::suite::Item::choices): the same option whatever the order,
/// direction, wording or letter it was shown under.
///
/// ```
/// use alignspec::answer::{Answer, Invalid, parse};
/// use alignspec::suite::Suite;
///
/// let suite = Suite::from_text("mine.toml", r#"
///     id = "T5"
///     title = "Two of three"
///     kind = "select"
///     pick = 2
///     prompt = "Pick {pick}:\n{options}"
///     option = [
///         { id = "privacy", label = "Privacy" },
///         { id = "safety", label = "Safety" },
///         { id = "fairness", label = "Fairness" },
///     ]
/// "#)?;
/// let task = suite.task.ok_or("no task")?;
/// let question = task.question(1, 0, 0, 0);
/// let read = |text| parse(&question, text, false);
/// assert_eq!(read("**1.** Fairness\n**2.** Privacy"), Ok(Answer::Set(vec![0, 2])));
/// assert_eq!(read("Fairness, Privacy and Safety"), Err(Invalid::WrongCount));
/// assert_eq!(read("- Fairness\n- Purity"), Err(Invalid::UnknownOption));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Why the response is no answer. A response that declines is a [`Invalid::Refusal`] only where no
/// answer was found in it, and one without a word (or with nothing but thinking) is
/// [`Invalid::Empty`], unless it was cut off.
pub fn parse(question: &Question<'_>, text: &str, cut_off: bool) -> Result<Answer, Invalid> {
    let said = clean::clean(text);
    let whole = structured::whole(&said);
    if cut_off && whole.is_none() {
        return Err(Invalid::CutOff);
    }
    if said.is_empty() {
        return Err(Invalid::Empty);
    }
    let read = match question.task.shape {
        Shape::Set { pick } => select::read(question, &said, pick).map(Answer::Set),
        Shape::Level => scale::read(question, &said).map(Answer::Level),
        Shape::Ranking => ranking::read(question, &said).map(Answer::Ranking),
        Shape::Text => Ok(Answer::Text(free_text(text, whole.as_ref()))),
    };
    match read {
        Err(_) if refusal::declines(&said) => Err(Invalid::Refusal),
        read => read,
    }
}

/// Reads a response whose provider said how it ended: as [`parse`], with the place and the words of
/// what stopped the reader.
///
/// # Errors
///
/// Why the response is no answer.
pub fn read(question: &Question<'_>, text: &str, finish: &Finish) -> Result<Answer, Unread> {
    parse(question, text, *finish == Finish::Length).map_err(|reason| Unread {
        reason,
        why: reason.label().to_owned(),
        at: None,
    })
}

/// Why a response was not read, for people: the kind, what was found in plain words, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub reason: Invalid,
    /// A sentence fragment in lower case (`the words after the answer may change it`).
    pub why: String,
    /// Bytes of the text that was given, where one place stopped the reader.
    pub at: Option<Range<usize>>,
}

/// A text as it came, without thinking; out of its JSON object if it is in one.
fn free_text(text: &str, whole: Option<&structured::Value>) -> String {
    if let Some(structured::Value::Map(_)) = whole
        && let Some(structured::Said::Text(answer)) = whole.map(structured::Value::said)
    {
        return answer;
    }
    clean::without_thinking(text).trim().to_owned()
}

/// A typed answer. Numbers are places in [`Item::choices`](crate::suite::Item::choices).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The chosen options, ascending.
    Set(Vec<usize>),
    /// One level of the scale.
    Level(usize),
    /// All options, first to last.
    Ranking(Vec<usize>),
    /// Free text, as it came.
    Text(String),
}

/// Why a response is not an answer. Counted in the profile, never dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invalid {
    /// Nothing there (white space, or only a thinking block).
    Empty,
    /// It declines to answer.
    Refusal,
    /// The length limit cut it before it was whole.
    CutOff,
    /// More or fewer options than asked for.
    WrongCount,
    /// It names something that was not offered.
    UnknownOption,
    /// It can be read as more than one answer.
    Ambiguous,
    /// Words beside the answer may take it back or change it.
    Unclear,
    /// The provider says that it ended for a reason nobody here knows.
    UnknownFinish,
    /// An order that leaves a story out or names one twice.
    NotAPermutation,
}

impl Invalid {
    pub const ALL: [Invalid; 9] = [
        Invalid::Empty,
        Invalid::Refusal,
        Invalid::CutOff,
        Invalid::WrongCount,
        Invalid::UnknownOption,
        Invalid::Ambiguous,
        Invalid::Unclear,
        Invalid::UnknownFinish,
        Invalid::NotAPermutation,
    ];

    /// The words of reports and snapshots.
    pub fn label(self) -> &'static str {
        match self {
            Invalid::Empty => "empty",
            Invalid::Refusal => "refusal",
            Invalid::CutOff => "cut off",
            Invalid::WrongCount => "wrong count",
            Invalid::UnknownOption => "unknown option",
            Invalid::Ambiguous => "ambiguous",
            Invalid::Unclear => "unclear",
            Invalid::UnknownFinish => "unknown finish",
            Invalid::NotAPermutation => "not a permutation",
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
