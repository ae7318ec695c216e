//! The questions that are sampled together, and the result.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::reason::{Missing, Reason};
use crate::config::{AnswerFormat, Model};
use crate::provider::{Asked, QuestionContext, QuestionOption, Request, Response, identity, sends_parts};
use crate::recording::SampleAddress;
use crate::recording::key::{Keys, QuestionKey};
use crate::suite::{Question, Questions, Shown, Task};

/// The questions of one task that one model is asked together.
///
/// To ask for more later, make a unit with a longer list: what is recorded is not asked again.
#[derive(Debug, Clone)]
pub struct SamplingUnit<'a> {
    /// The model that is asked.
    pub model: &'a Model,
    /// The task that the questions belong to.
    pub task: &'a Task,
    /// Questions of `task`, each (item, form, index) once.
    pub questions: Questions<'a>,
    /// Returns the JSON schema of the answer to a question, which is the same for all repetitions. It is called
    /// if the model's answer format needs a schema.
    pub schema: fn(&Question<'_>) -> Value,
    /// How the model may be asked back.
    pub back: AskBack,
}

/// How a model is asked back if its response cannot be read: once, in the same conversation. These are
/// functions, since sampling knows nothing about answers.
#[derive(Debug, Clone, Copy)]
pub struct AskBack {
    /// Returns whether a response is unread and the model may be asked back about it.
    pub unread: fn(&Question<'_>, &Response) -> bool,
    /// Returns the words with which the model is asked back.
    pub words: fn(&Question<'_>) -> String,
}

impl AskBack {
    /// Never asks back.
    pub const NEVER: AskBack = AskBack { unread: |_, _| false, words: |_| String::new() };
}

/// The end of a question if the server takes no schema. OpenAI's requires the word JSON in it.
const IN_JSON: &str = "Answer with one JSON object that fits this JSON schema, and with nothing else:";

/// The responses of a unit.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// One response per question, in the order of the questions, with the second turn. `None` if either turn is
    /// missing. Empty if the responses were given out one by one.
    pub responses: Vec<Option<Response>>,
    /// The number of questions, and so of responses if none is missing.
    pub(crate) of: usize,
    /// Every question without a response, in the order of the questions.
    pub missing: Vec<Missing>,
    /// How many responses this call asked for, second turns included. The others were already recorded.
    pub asked: usize,
    /// The number of recorded responses that this unit does not use: of older wordings, of other parameters, of
    /// more repetitions, or further ones of the same sample.
    pub unused: usize,
    /// The places of the questions with more than one response.
    pub(crate) contested: Vec<usize>,
    /// The places of the questions to which the base branch has another response, which is not here.
    pub(crate) replaced: Vec<usize>,
    /// The places of the questions to which only the base branch has a response.
    pub(crate) gone: Vec<usize>,
}

impl Sampled {
    /// Says how many responses are missing, with the most frequent reason and the number of other reasons, as
    /// in "12 of 50 responses are missing: not recorded"; `None` when none is missing.
    pub fn shortfall(&self) -> Option<String> {
        let (missing, all) = (self.missing.len(), self.of);
        self.reason().map(|reason| format!("{missing} of {all} responses are missing: {reason}"))
    }

    /// Returns the most frequent reason why responses are missing, and the number of other reasons.
    pub(crate) fn reason(&self) -> Option<String> {
        let (reason, others) = self.main_reason()?;
        let others = match others {
            0 => String::new(),
            1 => " (and one other reason)".to_owned(),
            more => format!(" (and {more} other reasons)"),
        };
        Some(format!("{reason}{others}"))
    }

    /// Says what to do about missing responses, where their most frequent reason does not say it.
    pub(crate) fn to_do(&self) -> Option<&'static str> {
        self.main_reason()?.0.to_do()
    }

    /// The most frequent reason why responses are missing, and the number of other reasons.
    fn main_reason(&self) -> Option<(&Reason, usize)> {
        let mut reasons: Vec<(&Reason, usize)> = Vec::new();
        for missing in &self.missing {
            match reasons.iter_mut().find(|(reason, _)| reason.is_like(&missing.reason)) {
                Some((reason, count)) => {
                    *count += 1;
                    if missing.reason.is_failure() {
                        *reason = &missing.reason;
                    }
                }
                None => reasons.push((&missing.reason, 1)),
            }
        }
        let others = reasons.len().saturating_sub(1);
        // Of the most frequent reasons, the first one is shown.
        let (reason, _) = reasons.into_iter().rev().max_by_key(|(_, count)| *count)?;
        Some((reason, others))
    }
}

impl SamplingUnit<'_> {
    /// Returns the system prompt: the model's own, followed by the task's.
    pub(super) fn system(&self) -> Option<String> {
        let words = [self.model.system.as_deref(), self.task.system.as_deref()];
        let words: Vec<&str> =
            words.into_iter().flatten().map(str::trim).filter(|words| !words.is_empty()).collect();
        (!words.is_empty()).then(|| words.join("\n\n"))
    }

    pub(super) fn schema(&self, question: &Question<'_>) -> Option<Value> {
        match self.model.answer_format {
            AnswerFormat::Text => None,
            AnswerFormat::JsonSchema | AnswerFormat::JsonObject => Some((self.schema)(question)),
        }
    }

    pub(super) fn request(&self, question: &Question<'_>) -> Request {
        let schema = self.schema(question);
        let mut prompt = question.prompt.clone();
        if let (AnswerFormat::JsonObject, Some(schema)) = (self.model.answer_format, &schema) {
            prompt += &format!("\n\n{IN_JSON}\n{schema}");
        }
        let (system, messages) = (self.system(), self.model.messages.clone());
        Request { system, messages, prompt, schema, asked: asked(question) }
    }

    /// Returns where the response to each question is recorded.
    pub(super) fn addresses(&self) -> Vec<SampleAddress> {
        let parts = sends_parts(self.model);
        let keys = Keys::new(&identity(self.model), self.system().as_deref());
        // Most questions are put many times in the same words, and have one key.
        let mut known: HashMap<[usize; 2], (Cow<'_, Question<'_>>, QuestionKey)> = HashMap::new();
        let mut addresses = Vec::with_capacity(self.questions.len());
        for place in 0..self.questions.len() {
            let (question, index) = (self.questions.alike(place), self.questions.place(place).2);
            let place = [std::ptr::from_ref(question.item).addr(), std::ptr::from_ref(question.form).addr()];
            let alike = known
                .get(&place)
                .filter(|(alike, _)| alike.prompt == question.prompt && alike.shown == question.shown);
            let key = match alike {
                Some((_, key)) => *key,
                None => {
                    let schema = self.schema(&question);
                    let key =
                        keys.key(&question.item.id, question.form.label, &question.prompt, schema.as_ref());
                    let key = if parts { key.with_parts(&asked(&question).json()) } else { key };
                    known.insert(place, (question, key));
                    key
                }
            };
            addresses.push((key, index));
        }
        addresses
    }
}

/// Returns a question in parts.
fn asked(question: &Question<'_>) -> Asked {
    let item = question.item;
    let text = item.words.iter().find(|(name, _)| *name == "context").map_or("", |(_, text)| text.as_str());
    let option = |(place, shown): (usize, &Shown)| {
        QuestionOption::new(&item.choices[shown.choice].id, &shown.text, question.letter(place))
    };
    Asked {
        kind: question.task.kind.name(),
        task: question.task.id.clone(),
        item: item.id.clone(),
        context: item.context.as_deref().map(|id| QuestionContext::new(id, text)),
        options: question.shown.iter().enumerate().map(option).collect(),
    }
}
