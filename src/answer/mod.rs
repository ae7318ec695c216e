//! Text → answer: what a respondent's words say about a question, or why they say nothing usable.
//!
//! A response counts only where everything in it is known to be harmless. The reader (`reader.rs`) goes
//! through its tokens (`tokens.rs`) once and accounts for each of them: by a frame of the one table of
//! frames (`frames.txt`, in the small language of `pattern.rs`), as an entry of a list (`entries.rs`) of
//! options (`options.rs`), or as explanation (`explain.rs`, `guard.rs`). Whatever is left over stops it, and the
//! response is unread, with the place and the reason. What the lists then say is judged by the kind of
//! answer: `level.rs`, `set.rs`, `ranking.rs`. JSON has a reader of its own (`json.rs`); leaked thinking
//! is left out first (`thinking.rs`); a refusal is told from other unread words in `refusal.rs`. All of
//! it takes time in proportion to the text, whatever is in it.

mod cut;
mod entries;
mod explain;
mod finish;
mod frames;
mod guard;
mod json;
mod labels;
mod level;
mod list_entry;
mod options;
mod pattern;
mod ranking;
mod reader;
mod refusal;
mod schema;
mod set;
mod shape;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod thinking;
mod tokens;

use std::fmt;
use std::ops::Range;

pub use finish::Finish;
pub(crate) use labels::readable;
pub use schema::schema;

pub(crate) use self::entries::Grammar;
use self::entries::ListEntry;
use self::reader::{AnswerReader, ReadingStop};
use self::tokens::{Token, TokenKind};
use crate::suite::Question;

/// The longest text that can be an answer with its explanation, in bytes. Thinking does not count.
const LONGEST: usize = 32 << 10;

/// Reads the answer to `question` out of a response, whose provider said how it ended.
///
/// The options are those that were shown, by the words they were shown in, and the answer is in
/// places of [`Item::choices`](crate::suite::Item::choices): the same option whatever the order,
/// direction, wording or letter it was shown under. A response that the length limit ended is only read
/// where it is one whole JSON value; anything else might have gone on to say something else.
///
/// ```
/// use alignspec::__testing::answer::{Answer, Finish, Invalid, read};
/// use alignspec::__testing::suite::Suite;
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
/// let read = |text| read(&question, text, &Finish::Stop);
/// assert_eq!(read("**1.** Fairness\n**2.** Privacy"), Ok(Answer::Set(vec![0, 2])));
/// let why = |text| read(text).map_err(|unread| (unread.reason, unread.at.map(|at| &text[at])));
/// assert_eq!(why("Fairness, Privacy and Safety").unwrap_err().0, Invalid::WrongCount);
/// assert_eq!(why("Fairness, Privacy.\nI take that back."), Err((Invalid::Unclear, Some("I take that back"))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Why the response is no answer, and where the reader stopped. A response that was filtered or that
/// declines, without an answer, is a [`Invalid::Refusal`]; one without a word (or with nothing but
/// thinking) is [`Invalid::Empty`], unless it was cut off.
pub fn read(question: &Question<'_>, text: &str, finish: &Finish) -> Result<Answer, Unread> {
    read_with(&Grammar::of(question), question, text, finish)
}

/// As [`read`], with the [`Grammar`] of the question, or of one of the same item and form whose options were
/// shown alike.
pub(crate) fn read_with(
    grammar: &Grammar,
    question: &Question<'_>,
    text: &str,
    finish: &Finish,
) -> Result<Answer, Unread> {
    let unread = |reason, why: &str| Err(Unread { reason, why: why.to_owned(), at: None });
    match finish {
        Finish::Filter => {
            return unread(Invalid::Refusal, "the provider says that the response was filtered or refused");
        }
        Finish::Unknown(reason) => {
            let why = format!("it is not certain that the answer is complete text: {reason}");
            return unread(Invalid::UnknownFinish, &why);
        }
        Finish::Stop | Finish::Length | Finish::Other => {}
    }
    let part = thinking::answer_part(text);
    let json = json::find(text, part.clone());
    if *finish == Finish::Length && !json.as_ref().is_some_and(|(at, _)| is_whole(text, &part, at)) {
        return unread(Invalid::CutOff, "it was cut off at the length limit");
    }
    let free = !question.task.shape.is_counted();
    if let Some(why) = cut::breaks_off(text, part.clone(), free) {
        return unread(Invalid::CutOff, why);
    }
    if free {
        let said =
            json.as_ref().and_then(|(at, value)| json::text(value).filter(|_| is_whole(text, &part, at)));
        let said = said.unwrap_or(text[part.clone()].trim()).to_owned();
        let blank = !text[part].contains(|c: char| c.is_alphanumeric() || c >= '\u{2190}');
        return if blank { unread(Invalid::Empty, "it contains no words") } else { Ok(Answer::Text(said)) };
    }
    if part.len() > LONGEST {
        return unread(Invalid::Unclear, "it is longer than any answer with its explanation");
    }
    typed(grammar, question, text, part.clone(), json).map_err(|stop| {
        if stop.reason != Invalid::Empty
            && refusal::declines(&text[part], stop.begun, question.task.language.as_deref())
        {
            return Unread { reason: Invalid::Refusal, why: "it declines to answer".to_owned(), at: None };
        }
        Unread { reason: stop.reason, why: stop.why, at: stop.at }
    })
}

/// Whether nothing but white space and fences stands around a JSON value.
fn is_whole(text: &str, part: &Range<usize>, at: &Range<usize>) -> bool {
    let dress =
        |range: Range<usize>| tokens::tokens(text, range).iter().all(|token| token.kind == TokenKind::Break);
    dress(part.start..at.start) && dress(at.end..part.end)
}

fn typed(
    grammar: &Grammar,
    question: &Question<'_>,
    text: &str,
    part: Range<usize>,
    json: Option<(Range<usize>, json::Json)>,
) -> Result<Answer, ReadingStop> {
    let mut said = tokens::tokens(text, part.start..json.as_ref().map_or(part.end, |(at, _)| at.start));
    let mut value = None;
    if let Some((at, json)) = json {
        value = Some(json::entries(grammar, &json, &at)?);
        said.push(Token {
            kind: TokenKind::Json,
            text: String::new(),
            span: at.clone(),
            glued: false,
            capital: false,
        });
        said.extend(tokens::tokens(text, at.end..part.end));
    }
    if said.iter().all(|token| token.kind == TokenKind::Break) {
        return Err(ReadingStop {
            reason: Invalid::Empty,
            why: "it contains no words".to_owned(),
            at: None,
            begun: false,
        });
    }
    let mut lists = AnswerReader::new(grammar, text, &said, value).lists()?;
    if lists.len() > 1 && repeats_question(question, &lists[0]) {
        lists.remove(0);
    }
    question.task.shape.answer(question, &lists)
}

/// Whether a list is all options as they were shown: the question once more, before the answer.
fn repeats_question(question: &Question<'_>, list: &[ListEntry]) -> bool {
    let told = !question.task.shape.is_ranking() || list.iter().all(|entry| entry.told);
    let shown = question.shown.iter().map(|shown| shown.choice);
    told && list.iter().all(|entry| entry.ticked.is_none()) && list.iter().map(|entry| entry.choice).eq(shown)
}

/// Why a response was not read, for people: the kind, what was found in plain words, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub reason: Invalid,
    /// A sentence fragment in lower case (`the words after the answer may change it`).
    pub(crate) why: String,
    /// Bytes of the text that was given, where one place stopped the reader.
    pub at: Option<Range<usize>>,
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
    /// An answer that came after a try whose answer was lost: the lost one is the sample, and may have said anything. No
    /// response is read as this; a verdict takes it for one.
    Lost,
}

impl Invalid {
    /// Every reason that a response can be read as, in the order in which reports list them.
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
            Invalid::Lost => "after a lost try",
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
