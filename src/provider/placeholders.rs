//! Fills the placeholders of a request that a user's own product gets: the body of a service, the standard input of a
//! program.
//!
//! No part of a question is lost: a system prompt without a placeholder (`{system}` or `"{messages}"`) is put
//! before the question, with an empty line in between.

use serde_json::{Map, Value};

use super::{Asked, Request};
use crate::config::{holds, mentions};
use crate::ground::template;

/// Which placeholders a request has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Placeholders {
    prompt: bool,
    system: bool,
    messages: bool,
    /// Whether the options are sent, each with its letter.
    pub options: bool,
    context: bool,
    item: bool,
    /// Whether any part of the question is sent.
    pub parts: bool,
}

impl Placeholders {
    /// Finds the placeholders in a template and in the values of a query.
    pub(super) fn of(template: &Value, query: &Value) -> Placeholders {
        let sent = |placeholder| mentions(query, placeholder) || mentions(template, placeholder);
        Placeholders {
            prompt: sent("{prompt}"),
            system: sent("{system}"),
            messages: holds(template, "{messages}"),
            options: holds(template, "{options}"),
            context: sent("{context}"),
            item: sent("{item}"),
            parts: holds(template, "{options}") || ["{context}", "{task}", "{item}"].into_iter().any(sent),
        }
    }

    /// Returns what is sent of a question; `None` if it is sent in words, with all that there is.
    pub(super) fn sent(self) -> Option<SentParts> {
        let Placeholders { prompt, system, messages, options, context, item, .. } = self;
        (!prompt && !messages).then_some(SentParts { options, context, item, system })
    }

    /// Returns whether a request with a system prompt has no place for it.
    pub(super) fn loses_system(self, request: &Request) -> bool {
        let has_place = self.prompt || self.system || self.messages;
        !has_place && request.system.as_deref().is_some_and(|system| !system.is_empty())
    }

    /// Returns the words for `request`.
    pub(super) fn words<'a>(self, request: &'a Request, model: &'a str) -> PlaceholderValues<'a> {
        let system = request.system.as_deref().unwrap_or_default();
        let prompt = match system {
            "" => request.prompt.clone(),
            _ if self.system || self.messages => request.prompt.clone(),
            system => format!("{system}\n\n{}", request.prompt),
        };
        // The list holds what has no placeholder of its own: the question and the system prompt are left out if
        // they have one.
        let mut messages = request.conversation();
        if self.prompt {
            messages.pop();
        }
        if self.system && request.system.is_some() {
            messages.remove(0);
        }
        PlaceholderValues {
            prompt,
            system,
            model,
            messages,
            schema: request.schema.as_ref(),
            asked: &request.asked,
        }
    }
}

/// What a request without words has of a question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SentParts {
    pub(crate) options: bool,
    pub(crate) context: bool,
    pub(crate) item: bool,
    pub(crate) system: bool,
}

/// The values of the placeholders.
pub(super) struct PlaceholderValues<'a> {
    prompt: String,
    system: &'a str,
    model: &'a str,
    messages: Vec<Value>,
    schema: Option<&'a Value>,
    asked: &'a Asked,
}

impl PlaceholderValues<'_> {
    /// Fills a template. What is put in is not scanned for placeholders again.
    pub(super) fn value(&self, template: &Value) -> Value {
        match template {
            Value::String(text) if text == "{messages}" => Value::Array(self.messages.clone()),
            Value::String(text) if text == "{schema}" => self.schema.cloned().unwrap_or(Value::Null),
            Value::String(text) if text == "{options}" => self.asked.options_json(),
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(list) => list.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), self.value(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// Fills a text.
    pub(super) fn fill(&self, text: &str) -> String {
        template::fill(
            text,
            &[
                ("prompt", self.prompt.as_str()),
                ("system", self.system),
                ("model", self.model),
                ("context", self.asked.context_text()),
                ("task", self.asked.task.as_str()),
                ("item", self.asked.item.as_str()),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::{QuestionContext, QuestionOption};

    #[test]
    fn placeholders_are_replaced_once_and_in_the_finished_json() {
        let prompt = "say \"{model}\"\n{system}, {schema}".to_owned();
        let messages = vec![json!({ "role": "user" })];
        let asked = Asked {
            kind: "rank",
            task: "T4".to_owned(),
            item: "{task}".to_owned(),
            context: Some(QuestionContext::new("c", "a {item}")),
            options: vec![
                QuestionOption::new("a", "{context}", Some("A".to_owned())),
                QuestionOption::new("b", "ä \"", None),
            ],
        };
        let words =
            PlaceholderValues { prompt, system: "s\\", model: "m", messages, schema: None, asked: &asked };
        let template = json!({
            "q": ["{model}: {prompt}{prompt", 1],
            "{model}": "{messages}",
            "x": "{schema}",
            "o": ["{options}", "{task}/{item}: {context}"],
        });
        assert_eq!(
            words.value(&template),
            json!({
                "q": ["m: say \"{model}\"\n{system}, {schema}{prompt", 1],
                "{model}": [{ "role": "user" }],
                "x": null,
                "o": [
                    [{ "id": "a", "text": "{context}", "letter": "A" }, { "id": "b", "text": "ä \"", "letter": null }],
                    "T4/{task}: a {item}",
                ],
            })
        );
        assert_eq!(words.fill("{system}{}ä{"), "s\\{}ä{");
    }
}
