//! Ollama's own chat endpoint, `POST /api/chat`
//! (<https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>).
//!
//! It takes all `options`, such as the context length, which Ollama's OpenAI-like endpoint does not have.

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::content::{MessageContent, said};
use super::entry::Provider;
use super::finish::{FinishWords, untold};
use super::flags::flagged;
use super::http::{MOST_MESSAGE, Server};
use super::shared::{KeyHeader, server};
use super::{
    AskError, Asking, Finish, RedactedResponse, Request, Response, Wire, other_content, parameters, pieces,
    temperature,
};
use crate::config::{AnswerFormat, Model, ProviderPlace, Setting, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "Ollama's own chat endpoint",
        answer: r#"{"model":"VERSION","message":{"role":"assistant","content":"TEXT"},"done":true,"done_reason":"END"}"#,
        takes: &[Setting::JsonObject, Setting::Stream],
        reserved: &[
            ("model", "set the model's own `model`"),
            ("temperature", "set the model's own `temperature`"),
            ("num_predict", "set the model's own `max_tokens`"),
            ("max_tokens", "set the model's own `max_tokens`"),
            ("format", "set the model's own `answer_format`"),
            ("messages", "they come from the suite's prompt and the model's own `system` and `messages`"),
            ("options", "write each option as its own parameter"),
            ("stream", "set the model's own `stream`"),
            ("tools", "answers must be text"),
        ],
        ..Spec::at("ollama", ProviderPlace::Public("http://127.0.0.1:11434"))
    },
    connect: |model, limit, variables| {
        // A local server needs no key, but ollama.com and a server behind a gateway do.
        let header = KeyHeader(AUTHORIZATION.as_str(), "Bearer ");
        let server = server(model, &["api", "chat"], &[], &header, &[], limit, variables)?;
        Ok(Box::new(Ollama::new(model, server)))
    },
};

/// How an answer ended. `load` and `unload` mean that the request was taken for one to load or unload a model,
/// and has no answer (<https://github.com/ollama/ollama/blob/main/docs/api.md#load-a-model>).
pub(super) const ENDS: FinishWords = FinishWords {
    whole: &["stop"],
    cut: &["length"],
    filtered: &["content_filter", "refusal"],
    broken: &["load", "unload", "error", "abort", "cancelled", "canceled"],
};

/// Parameters that belong beside `options` in the body, and would be ignored within. All others are options
/// (<https://github.com/ollama/ollama/blob/main/api/types.go>).
const TOP_LEVEL: [&str; 6] = ["keep_alive", "think", "truncate", "shift", "logprobs", "top_logprobs"];

#[derive(Debug)]
pub(super) struct Ollama {
    server: Server,
    /// The body without messages and format.
    body: Map<String, Value>,
    /// Whether JSON is asked for without a schema.
    object: bool,
    /// Whether the answer is asked for in pieces.
    stream: bool,
}

impl Ollama {
    pub(super) fn new(model: &Model, server: Server) -> Self {
        let mut options = Map::new();
        if let Some(temperature) = temperature(model) {
            options.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(most) = model.max_tokens {
            options.insert("num_predict".to_owned(), json!(most));
        }
        let (beside, further): (Map<_, _>, Map<_, _>) =
            parameters(model).into_iter().partition(|(name, _)| TOP_LEVEL.contains(&name.as_str()));
        options.extend(further);
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model.model));
        body.insert("messages".to_owned(), Value::Null);
        body.insert("stream".to_owned(), json!(model.stream));
        body.insert("options".to_owned(), Value::Object(options));
        body.extend(beside);
        let object = model.answer_format == AnswerFormat::JsonObject;
        Ollama { server, body, object, stream: model.stream }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        body.insert("messages".to_owned(), Value::Array(request.conversation()));
        if let Some(schema) = &request.schema {
            let format = if self.object { json!("json") } else { schema.clone() };
            body.insert("format".to_owned(), format);
        }
        Value::Object(body)
    }

    /// Reads an answer. The thinking in `message.thinking` is not part of it.
    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        self.server.sound(answer, "done_reason")?;
        answer.get("message").map_or(Ok(()), |message| self.server.speaks(message))?;
        let content = answer.get("message").and_then(|message| message.get("content"));
        let Some(content) = content.filter(|content| !content.is_null()) else {
            return Err(self.server.nothing_in(answer, "message.content", "Ollama's chat"));
        };
        // This is only a piece of an answer, whatever else it says.
        if let Some(done) = answer.get("done").filter(|done| **done != true) {
            let what = format!("a response that is not finished (`done` is `{done}`)");
            return Err(self.server.unreadable(self.server.line(&what, MOST_MESSAGE), true));
        }
        let mut finish = ENDS.read(&self.server, "done_reason", answer.get("done_reason"))?;
        let MessageContent { mut text, refusal, beside } = said(Some(content));
        finish = other_content::ended(
            finish,
            beside.or_else(|| other_content::in_message(answer.get("message")?)),
        );
        finish = untold(finish, answer, "done_reason");
        if let Some(words) = refusal {
            finish = Finish::Filter;
            if text.is_empty() {
                text = words;
            }
        }
        if flagged(answer) {
            finish = Finish::Filter;
        }
        let around = [Some(answer), answer.get("message")].into_iter().flatten();
        finish = self.server.heed(finish, around, &["done", "done_reason"])?;
        self.server.repeats(answer, &["response"], &text)?;
        let version = answer.get("model").and_then(Value::as_str);
        let count = |field| answer.get(field).and_then(Value::as_u64);
        Ok(self.server.safe(Response {
            text,
            finish,
            model: version.map(str::to_owned),
            tokens_in: count("prompt_eval_count"),
            tokens_out: count("eval_count"),
            ..Response::default()
        }))
    }
}

impl Wire for Ollama {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let pieces = self.stream.then_some(&pieces::OLLAMA);
            let heard = self.server.ask(&self.body(request), pieces, |_, _| false).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }
}
