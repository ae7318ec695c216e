//! Ollama's own chat endpoint, `POST /api/chat`
//! (<https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>).
//!
//! Its OpenAI-like endpoint leaves out `options` such as the context's length; this one takes them all.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Map, Value, json};

use super::http::Server;
use super::key::{Key, Variables};
use super::{
    AskError, Asking, ConnectError, Finish, Reply, Request, Response, Wire, one_line, parameters, temperature,
};
use crate::config::Model;

const BASE_URL: &str = "http://127.0.0.1:11434";

/// Parameters that stand beside `options` in the body; all others are options.
const TOP_LEVEL: [&str; 2] = ["keep_alive", "think"];

/// What the config sets elsewhere, or what would change what an answer is.
const RESERVED: [(&str, &str); 9] = [
    ("model", "set the model's own `model`"),
    ("temperature", "set the model's own `temperature`"),
    ("num_predict", "set the model's own `max_tokens`"),
    ("max_tokens", "set the model's own `max_tokens`"),
    ("format", "set the model's own `answer_format`"),
    ("messages", "the suite's prompt and the model's own `system` and `messages` make them"),
    ("options", "each option is a parameter of its own"),
    ("stream", "answers are read whole"),
    ("tools", "an answer is text"),
];

/// The version that is reported is kept up to this length, in characters.
const MOST_VERSION: usize = 120;

#[derive(Debug)]
pub(super) struct Ollama {
    server: Server,
    /// The body but for messages and format.
    body: Map<String, Value>,
}

impl Ollama {
    pub(super) fn new(model: &Model, limit: Duration, variables: Variables) -> Result<Self, ConnectError> {
        let clash = RESERVED.iter().find(|(name, _)| model.parameters.contains_key(*name));
        if let Some((parameter, help)) = clash {
            let (model, parameter) = (model.name.clone(), (*parameter).to_owned());
            return Err(ConnectError::Parameter { model, parameter, help });
        }
        let url = address(model)?;
        // A local server takes none; one behind a gateway, and ollama.com, do.
        let key = Key::of(model, variables)?;
        let mut headers = HeaderMap::new();
        if let Some(header) = key.as_ref().and_then(|key| key.header("Bearer ")) {
            headers.insert(AUTHORIZATION, header);
        }
        let mut options = Map::new();
        options.insert("temperature".to_owned(), json!(temperature(model)));
        if let Some(most) = model.max_tokens {
            options.insert("num_predict".to_owned(), json!(most));
        }
        let (beside, further): (Map<_, _>, Map<_, _>) =
            parameters(model).into_iter().partition(|(name, _)| TOP_LEVEL.contains(&name.as_str()));
        options.extend(further);
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model.model));
        body.insert("messages".to_owned(), Value::Null);
        body.insert("stream".to_owned(), json!(false));
        body.insert("options".to_owned(), Value::Object(options));
        body.extend(beside);
        Ok(Ollama { server: Server::new(url, headers, key, limit)?, body })
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        body.insert("messages".to_owned(), Value::Array(request.conversation()));
        if let Some(schema) = &request.schema {
            body.insert("format".to_owned(), schema.clone());
        }
        Value::Object(body)
    }

    /// What was thought stands in `message.thinking` and is no part of the answer.
    fn response(&self, answer: &Value) -> Result<Response, AskError> {
        let content = answer.get("message").and_then(|message| message.get("content"));
        let Some(text) = content.and_then(Value::as_str) else {
            return Err(self.server.unreadable("JSON without `message.content`: is it Ollama?", true));
        };
        let finish = match answer.get("done_reason").and_then(Value::as_str) {
            Some("stop") => Finish::Stop,
            Some("length") => Finish::Length,
            _ => Finish::Other,
        };
        let version = answer.get("model").and_then(Value::as_str).filter(|version| !version.is_empty());
        let count = |field| answer.get(field).and_then(Value::as_u64);
        Ok(Response {
            text: self.server.redact(text),
            finish,
            model: version.map(|version| one_line(&self.server.redact(version), MOST_VERSION)),
            tokens_in: count("prompt_eval_count"),
            tokens_out: count("eval_count"),
            ..Response::default()
        })
    }
}

impl Wire for Ollama {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let heard = self.server.post(&self.body(request)).await?;
            Ok(Reply { response: self.response(&heard.body)?, limits: heard.limits })
        })
    }
}

/// The chat endpoint under the model's base, which may end in `/api` as Ollama's own manual writes it.
fn address(model: &Model) -> Result<Url, ConnectError> {
    let base = model.base_url.as_deref().unwrap_or(BASE_URL);
    let wrong = |cause: String| ConnectError::Url { model: model.name.clone(), cause };
    let mut url = Url::parse(base).map_err(|error| wrong(error.to_string()))?;
    let has_api = url.path().trim_end_matches('/').ends_with("/api");
    match url.path_segments_mut() {
        Ok(mut path) => {
            path.pop_if_empty();
            if !has_api {
                path.push("api");
            }
            path.push("chat");
        }
        Err(()) => return Err(wrong("it has no path".to_owned())),
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::diagnostic::Source;

    #[test]
    fn the_chat_endpoint_is_found_under_every_spelling_of_the_base() {
        let of = |base: &str| {
            let text = format!("[[model]]\nname = \"m\"\nprovider = \"ollama\"\nmodel = \"x\"\n{base}");
            let config = Config::parse(std::path::Path::new("/"), Source::new("alignment.toml", text));
            address(&config.expect("a valid config").models[0]).expect("a URL").to_string()
        };
        let here = "http://127.0.0.1:11434/api/chat";
        assert_eq!(of(""), here);
        for base in ["", "/", "/api", "/api/"] {
            assert_eq!(of(&format!("base_url = \"http://127.0.0.1:11434{base}\"")), here);
        }
        assert_eq!(of("base_url = \"https://h/ollama\""), "https://h/ollama/api/chat");
    }
}
