//! A question in parts, for products that are asked in their own shape: services, programs and functions.

use serde_json::{Value, json};

use super::endpoint;
use super::placeholders::{Placeholders, SentParts};
use crate::config::Model;

/// A question in parts. The parts are those of the form in which it is put: its options are in the order shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The kind of the task: `select`, `rate`, `trade_off`, `rank` or `open`.
    pub kind: &'static str,
    /// The id of the task, such as `T4`.
    pub task: String,
    /// The id of the question within its task, such as `medical`; empty if the task has one question.
    pub item: String,
    /// The situation that the question is about.
    pub context: Option<QuestionContext>,
    /// The options, in the order shown. A scale has its levels here.
    pub options: Vec<QuestionOption>,
}

/// The situation that a question is about: a `[[context]]` of the suite.
///
/// ```
/// use alignspec::Question;
///
/// async fn ask(question: Question) -> Result<String, std::io::Error> {
///     let medical = question.context.is_some_and(|context| context.id == "medical" && !context.text.is_empty());
///     Ok(if medical { "Privacy" } else { "Fairness" }.to_owned())
/// }
/// # drop(alignspec::Harness::new().respondent("assistant", ask));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuestionContext {
    /// Its id in the suite file, such as `medical`.
    pub id: String,
    /// Its text in the suite file.
    pub text: String,
}

/// An option of a question: a value or a story that is selected or ranked, or a level of a scale.
///
/// ```
/// use alignspec::{Answer, Question};
///
/// async fn ask(question: Question) -> Result<Answer, std::io::Error> {
///     let about_privacy = |option: &&alignspec::QuestionOption| option.text.contains("privacy");
///     let chosen = question.options.iter().find(about_privacy).or(question.options.first());
///     Ok(Answer::selection(chosen.map(|option| option.id.clone())))
/// }
/// # drop(alignspec::Harness::new().respondent("assistant", ask));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuestionOption {
    /// Its id in the suite file, such as `privacy`.
    pub id: String,
    /// Its text as it is shown: the label, a synonym of it, or the whole story.
    pub text: String,
    /// The letter of its place in this question: `A` for the first. There are none beyond Z.
    pub letter: Option<String>,
}

impl QuestionContext {
    pub(crate) fn new(id: &str, text: &str) -> QuestionContext {
        QuestionContext { id: id.to_owned(), text: text.to_owned() }
    }
}

impl QuestionOption {
    pub(crate) fn new(id: &str, text: &str, letter: Option<String>) -> QuestionOption {
        QuestionOption { id: id.to_owned(), text: text.to_owned(), letter }
    }
}

impl Asked {
    /// Returns the options as JSON: a list of `{"id": …, "text": …, "letter": …}`.
    pub(super) fn options_json(&self) -> Value {
        let option = |option: &QuestionOption| json!({ "id": option.id, "text": option.text, "letter": option.letter });
        self.options.iter().map(option).collect()
    }

    pub(super) fn context_text(&self) -> &str {
        self.context.as_ref().map_or("", |context| context.text.as_str())
    }

    /// Returns all that may be sent of it, as JSON, for the key of a recording.
    pub(crate) fn json(&self) -> Value {
        json!([self.task, self.item, self.context_text(), self.options_json()])
    }
}

/// Returns whether `model` is sent a question in parts, which are then part of a recording's key. A function gets them,
/// too, but what it answers is kept by the words of the question alone, as it was before there were parts.
pub(crate) fn sends_parts(model: &Model) -> bool {
    placeholders(model).parts
}

/// Returns what `model` is sent of a question; `None` if it gets the question in words.
pub(crate) fn sent_parts(model: &Model) -> Option<SentParts> {
    // A program without a template of its own gets the words.
    model.http.as_ref().map(drop).or(model
        .stdio
        .as_ref()
        .and_then(|stdio| stdio.input.as_ref())
        .map(drop))?;
    placeholders(model).sent()
}

fn placeholders(model: &Model) -> Placeholders {
    let template = model.http.as_ref().and_then(|http| http.body.as_ref());
    let template = template.or(model.stdio.as_ref().and_then(|stdio| stdio.input.as_ref()));
    let query = model.http.as_ref().map_or(Value::Null, |http| endpoint::query(&http.url));
    Placeholders::of(template.unwrap_or(&Value::Null), &query)
}
