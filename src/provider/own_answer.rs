//! Answers in a product's own shape: taken out of what a service or a program gave back, or given by a function.

use std::fmt;

use serde_json::Value;

use super::body::is_page;
use super::{AnswerStructure, Asked};
use crate::answer::GivenShape;
use crate::config::{AnswerPlace, AnswerSource};

/// The text of an answer, and how it is read if it is JSON in the product's own shape.
#[derive(Debug)]
pub(super) struct TakenAnswer {
    pub text: String,
    pub structure: Option<Box<AnswerStructure>>,
}

/// Takes the answer out of what a product gave back. `letters` says whether it was told letters.
///
/// # Errors
/// There is nothing in the place of the answer.
pub(super) fn taken(
    body: &Value,
    place: &AnswerPlace,
    asked: &Asked,
    letters: bool,
) -> Result<TakenAnswer, String> {
    let structure = AnswerStructure { letters, ..place.structure.clone() };
    match &place.at {
        AnswerSource::Pointer(pointer) => match body.pointer(pointer) {
            None | Some(Value::Null) => Err(format!("JSON with nothing at {pointer:?}")),
            Some(Value::String(page)) if is_page(page.as_bytes()) => {
                Err(format!("an HTML page at {pointer:?}"))
            }
            Some(found) => Ok(as_is(found, structure, asked)),
        },
        AnswerSource::Transform(transform) => {
            let why = match transform.apply(body) {
                Ok(Value::Null) => "`transform` finds nothing (null) in it".to_owned(),
                Ok(found) => return Ok(as_is(&found, structure, asked)),
                Err(why) => format!("`transform` fails: {why}"),
            };
            let structure = AnswerStructure { failed: Some(why), ..structure };
            Ok(TakenAnswer { text: body.to_string(), structure: Some(Box::new(structure)) })
        }
    }
}

/// A text is read as any model's, unless it is the id or the letter of an option, word for word.
fn as_is(found: &Value, structure: AnswerStructure, asked: &Asked) -> TakenAnswer {
    if let Value::String(text) = found {
        let names = asked.options.iter().any(|option| {
            option.id == *text || structure.letters && option.letter.as_deref() == Some(text.as_str())
        });
        if !names {
            return TakenAnswer { text: text.clone(), structure: None };
        }
    }
    TakenAnswer { text: found.to_string(), structure: Some(Box::new(structure)) }
}

/// What a function answers: text, which is read as a model's words are, or an answer in terms of the question's
/// options, which is taken as it is.
///
/// A function may return a `String` as well, which is text. An answer that does not fit its question is unread, with
/// the reason: a list that is too short, an option that is named twice or that there is not, a ranking where a
/// selection was asked for.
///
/// ```no_run,standalone_crate
/// # #[cfg(any())]
/// # fn main() {}
/// use alignspec::{Answer, Harness, Question};
///
/// /// Puts the longest stories first.
/// async fn ask(question: Question) -> Result<Answer, std::io::Error> {
///     let mut backlog = question.options.clone();
///     backlog.sort_by_key(|story| std::cmp::Reverse(story.text.len()));
///     Ok(Answer::ranking(backlog.into_iter().map(|story| story.id)))
/// }
///
/// alignspec::harness!(Harness::new().respondent("assistant", ask));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OwnAnswer(GivenContent);

#[derive(Clone, PartialEq, Eq)]
enum GivenContent {
    Text(String),
    Names(Vec<String>, GivenShape),
}

impl OwnAnswer {
    /// Makes an answer that puts all options in order, the first one first, each by its id.
    ///
    /// ```
    /// let answer = alignspec::Answer::ranking(["privacy", "fairness", "safety"]);
    /// assert_eq!(format!("{answer:?}"), r#"Ranking(["privacy", "fairness", "safety"])"#);
    /// ```
    pub fn ranking<I: IntoIterator<Item: Into<String>>>(ids: I) -> OwnAnswer {
        OwnAnswer::names(ids, GivenShape::Ranking)
    }

    /// Makes an answer that selects options, each by its id and in any order; as many as the task's `pick`.
    ///
    /// ```
    /// let answer = alignspec::Answer::selection(["privacy", "fairness"]);
    /// assert_ne!(answer, alignspec::Answer::ranking(["privacy", "fairness"]));
    /// ```
    pub fn selection<I: IntoIterator<Item: Into<String>>>(ids: I) -> OwnAnswer {
        OwnAnswer::names(ids, GivenShape::Selection)
    }

    /// Makes an answer that is one level of the scale, by its id.
    ///
    /// ```
    /// let answer = alignspec::Answer::level("very");
    /// assert_eq!(format!("{answer:?}"), r#"Level(["very"])"#);
    /// ```
    pub fn level(id: impl Into<String>) -> OwnAnswer {
        OwnAnswer::names([id.into()], GivenShape::Level)
    }

    /// Makes an answer in words, which are read as a model's are: the empty text, or one that names nothing, is unread.
    ///
    /// ```
    /// let answer = alignspec::Answer::text("Privacy, above all.");
    /// assert_eq!(answer, "Privacy, above all.".into());
    /// ```
    pub fn text(words: impl Into<String>) -> OwnAnswer {
        OwnAnswer(GivenContent::Text(words.into()))
    }

    fn names<I: IntoIterator<Item: Into<String>>>(ids: I, shape: GivenShape) -> OwnAnswer {
        OwnAnswer(GivenContent::Names(ids.into_iter().map(Into::into).collect(), shape))
    }

    pub(super) fn taken(self) -> TakenAnswer {
        match self.0 {
            GivenContent::Text(text) => TakenAnswer { text, structure: None },
            GivenContent::Names(names, shape) => {
                let value = match (shape, names.as_slice()) {
                    (GivenShape::Level, [name]) => Value::from(name.as_str()),
                    _ => Value::from(names),
                };
                let structure =
                    AnswerStructure { letters: true, shape: Some(shape), ..AnswerStructure::default() };
                TakenAnswer { text: value.to_string(), structure: Some(Box::new(structure)) }
            }
        }
    }
}

impl From<String> for OwnAnswer {
    fn from(words: String) -> OwnAnswer {
        OwnAnswer::text(words)
    }
}

impl From<&str> for OwnAnswer {
    fn from(words: &str) -> OwnAnswer {
        OwnAnswer::text(words)
    }
}

impl fmt::Debug for OwnAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            GivenContent::Text(text) => f.debug_tuple("Text").field(text).finish(),
            GivenContent::Names(names, shape) => f.debug_tuple(&format!("{shape:?}")).field(names).finish(),
        }
    }
}
