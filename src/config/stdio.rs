//! The table `[model.stdio]`: a program that is asked, and answers, in its own shape.

use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::own_shape::{AnswerPlace, RawAnswerPlace, misplaced_placeholder};
use super::product::{WrongSetting, body_of, holds, mentions};

/// What a program gets on its standard input, and where its answer stands in its standard output.
#[derive(Debug, Clone, PartialEq)]
pub struct Stdio {
    /// The JSON that it gets; `None` for the text of the question. Placeholders are those of a service's body.
    pub(crate) input: Option<Value>,
    /// Where the answer is in its own shape; `None` if its output is the answer as text.
    pub(crate) answer: Option<AnswerPlace>,
}

impl Stdio {
    /// Returns what shapes an answer of it, for the key of a recording.
    pub(crate) fn identity(&self) -> Value {
        json!({ "input": self.input, "answer": self.answer.as_ref().map(AnswerPlace::identity) })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStdio {
    input: Option<Spanned<toml::Value>>,
    answer: Option<Spanned<String>>,
    answer_index: Option<Spanned<i64>>,
    answer_level: Option<Spanned<i64>>,
    answer_id: Option<Spanned<String>>,
    transform: Option<Spanned<String>>,
}

/// Checks the table; `source` is the text of the config, and `system` whether the entry has a system prompt.
pub(super) fn checked(raw: Spanned<RawStdio>, source: &str, system: bool) -> Result<Stdio, WrongSetting> {
    let raw = raw.into_inner();
    let input = raw.input.as_ref().map(body_of).transpose()?;
    if let (Some(input), Some(written)) = (&input, &raw.input) {
        if let Some((message, help)) = misplaced_placeholder(input) {
            return Err((written.span(), message, help.into()));
        }
        let in_words = mentions(input, "{prompt}") || holds(input, "{messages}");
        if !in_words && !holds(input, "{options}") && !mentions(input, "{item}") {
            let help = "put {prompt} into a string of `input`, or make \"{options}\" a whole string of it";
            return Err((written.span(), "the question is never sent".to_owned(), help.into()));
        }
        if system && !in_words && !mentions(input, "{system}") {
            let help = "put {system} into a string of `input`, or remove `system`";
            return Err((written.span(), "the system prompt would never be sent".to_owned(), help.into()));
        }
    }
    let answer = RawAnswerPlace {
        answer: raw.answer,
        transform: raw.transform,
        index: raw.answer_index,
        level: raw.answer_level,
        id: raw.answer_id,
    };
    Ok(Stdio { input, answer: answer.checked(source)? })
}
