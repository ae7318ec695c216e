//! Chat completions as OpenAI defined them, spoken by most providers and by local servers
//! (<https://platform.openai.com/docs/api-reference/chat/create>).

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value, json};

use super::http::Server;
use super::key::{Key, Variables};
use super::{
    AskError, Asking, ConnectError, Finish, Reply, Request, Response, Wire, parameters, temperature,
};
use crate::config::Model;

const BASE_URL: &str = "https://api.openai.com/v1";

/// Fields of the body that the config sets elsewhere, or that would change what an answer is.
const RESERVED: [(&str, &str); 8] = [
    ("model", "set the model's own `model`"),
    ("temperature", "set the model's own `temperature`"),
    ("max_tokens", "set the model's own `max_tokens`"),
    ("response_format", "set the model's own `answer_format`"),
    ("messages", "the suite's prompt and the model's own `system` and `messages` make them"),
    ("stream", "answers are read whole"),
    ("n", "each sample is a request of its own"),
    ("tools", "an answer is text"),
];

/// The version the provider reports is kept up to this length, in characters.
const MOST_VERSION: usize = 120;

#[derive(Debug)]
pub(super) struct OpenAi {
    server: Server,
    /// The body but for messages and schema.
    body: Map<String, Value>,
}

impl OpenAi {
    pub(super) fn new(model: &Model, limit: Duration, variables: Variables) -> Result<Self, ConnectError> {
        let clash = RESERVED.iter().find(|(name, _)| model.parameters.contains_key(*name));
        if let Some((parameter, help)) = clash {
            let (model, parameter) = (model.name.clone(), (*parameter).to_owned());
            return Err(ConnectError::Parameter { model, parameter, help });
        }
        let url = endpoint(model)?;
        let key = Key::of(model, variables)?;
        let mut headers = HeaderMap::new();
        if let Some(header) = key.as_ref().and_then(|key| key.header("Bearer ")) {
            headers.insert(AUTHORIZATION, header);
        }
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model.model));
        body.insert("messages".to_owned(), Value::Null);
        body.insert("temperature".to_owned(), json!(temperature(model)));
        if let Some(most) = model.max_tokens {
            body.insert("max_tokens".to_owned(), json!(most));
        }
        body.extend(parameters(model));
        Ok(OpenAi { server: Server::new(url, headers, key, limit)?, body })
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        body.insert("messages".to_owned(), Value::Array(request.conversation()));
        if let Some(schema) = &request.schema {
            let format = json!({ "name": "answer", "strict": true, "schema": schema });
            body.insert(
                "response_format".to_owned(),
                json!({ "type": "json_schema", "json_schema": format }),
            );
        }
        Value::Object(body)
    }

    fn response(&self, answer: &Value) -> Result<Response, AskError> {
        let Some(choice) = answer.get("choices").and_then(|choices| choices.get(0)) else {
            return Err(self
                .server
                .unreadable("JSON without `choices`: does it speak chat completions?", true));
        };
        let Some(message) = choice.get("message").filter(|message| message.is_object()) else {
            return Err(self.server.unreadable("a choice without a `message`", true));
        };
        let mut text = content(message.get("content"));
        if text.is_empty() {
            // Structured output puts a refusal in its own field.
            text = content(message.get("refusal"));
        }
        let finish = match choice.get("finish_reason").and_then(Value::as_str) {
            Some("stop") => Finish::Stop,
            Some("length") => Finish::Length,
            Some("content_filter") => Finish::Filter,
            _ => Finish::Other,
        };
        let version = answer.get("model").and_then(Value::as_str).filter(|version| !version.is_empty());
        let usage = |field| answer.get("usage").and_then(|usage| usage.get(field)).and_then(Value::as_u64);
        let details = |field| {
            let details = answer.get("usage").and_then(|usage| usage.get("completion_tokens_details"));
            details.and_then(|details| details.get(field)).and_then(Value::as_u64)
        };
        Ok(Response {
            text: self.server.redact(&text),
            finish,
            model: version.map(|version| super::one_line(&self.server.redact(version), MOST_VERSION)),
            tokens_in: usage("prompt_tokens"),
            tokens_out: usage("completion_tokens"),
            tokens_reasoning: details("reasoning_tokens"),
            ..Response::default()
        })
    }
}

impl Wire for OpenAi {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let heard = self.server.post(&self.body(request)).await?;
            Ok(Reply { response: self.response(&heard.body)?, limits: heard.limits })
        })
    }
}

fn endpoint(model: &Model) -> Result<Url, ConnectError> {
    let base = model.base_url.as_deref().unwrap_or(BASE_URL);
    let wrong = |cause: String| ConnectError::Url { model: model.name.clone(), cause };
    let mut url = Url::parse(base).map_err(|error| wrong(error.to_string()))?;
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(["chat", "completions"]),
        Err(()) => return Err(wrong("it has no path".to_owned())),
    };
    Ok(url)
}

/// The text of a message: a string, the text parts of a list, or nothing.
fn content(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}
