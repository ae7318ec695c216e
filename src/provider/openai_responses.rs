//! OpenAI's Responses API (<https://platform.openai.com/docs/api-reference/responses/create>), the successor of
//! chat completions and the only way to reach some of its models. The provider is asked not to store anything.

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::content::said;
use super::entry::{Provider, temperature};
use super::error_body::filtered;
use super::finish::{FinishWords, untold, word};
use super::flags::flagged;
use super::http::Server;
use super::openai::REFUSED_KEYWORDS;
use super::openai_batch::OpenaiBatch;
use super::shared::{KeyHeader, count, in_pieces, merge, server, without};
use super::{
    AskError, Asking, Batches, Finish, RedactedResponse, Request, Response, Upstream, Wire, other_content,
    parameters, pieces,
};
use crate::config::{AnswerFormat, Model, ProviderPlace, Setting, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "OpenAI's Responses API",
        answer: r#"{"model":"VERSION","status":"completed","output":[{"type":"message","status":"completed","content":[{"type":"output_text","text":"TEXT"}]}]}"#,
        takes: &[Setting::Reasoning, Setting::Batch, Setting::JsonObject, Setting::Stream],
        reserved: &[
            ("model", "set the model's own `model`"),
            ("temperature", "set the model's own `temperature`"),
            ("max_output_tokens", "set the model's own `max_tokens`"),
            ("text.format", "set the model's own `answer_format`"),
            ("instructions", "set the model's own `system`"),
            ("input", "it comes from the suite's prompt"),
            ("stream", "set the model's own `stream`"),
            ("background", "answers are read whole"),
            ("store", "nothing is kept at the provider"),
            ("previous_response_id", "each sample is its own conversation"),
            ("conversation", "each sample is its own conversation"),
            ("tools", "answers must be text"),
        ],
        most_temperature: 2.0,
        ..Spec::at("openai_responses", ProviderPlace::Public("https://api.openai.com/v1"))
    },
    connect: |model, limit, variables| {
        let header = KeyHeader(AUTHORIZATION.as_str(), "Bearer ");
        let server = server(model, &["responses"], &[], &header, &[], limit, variables)?;
        Ok(Box::new(Responses::new(model, server)))
    },
};

/// How a response ended: its status, or the reason why it is incomplete
/// (<https://platform.openai.com/docs/api-reference/responses/object>).
const ENDS: FinishWords = FinishWords {
    whole: &["completed"],
    cut: &["max_output_tokens", "max_tokens", "length", "model_context_window_exceeded"],
    filtered: &["content_filter", "refusal", "safety"],
    broken: &[
        "incomplete",
        "failed",
        "in_progress",
        "queued",
        "cancelled",
        "canceled",
        "cancelling",
        "expired",
        "error",
        "abort",
    ],
};

#[derive(Debug)]
struct Responses {
    server: Server,
    /// The body without instructions, input and schema.
    body: Map<String, Value>,
    /// Whether JSON is asked for without a schema.
    object: bool,
    /// Whether the answer is asked for in pieces.
    stream: bool,
}

impl Responses {
    fn new(model: &Model, server: Server) -> Self {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model.model));
        body.insert("store".to_owned(), json!(false));
        if let Some(temperature) = temperature(model) {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(most) = model.max_tokens {
            body.insert("max_output_tokens".to_owned(), json!(most));
        }
        merge(&mut body, parameters(model));
        let object = model.answer_format == AnswerFormat::JsonObject;
        Responses { server, body, object, stream: model.stream }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        if let Some(system) = &request.system {
            body.insert("instructions".to_owned(), json!(system));
        }
        let input =
            if request.messages.is_empty() { json!(request.prompt) } else { Value::Array(request.turns()) };
        body.insert("input".to_owned(), input);
        if let Some(schema) = &request.schema {
            let schema = without(schema, REFUSED_KEYWORDS);
            let format = match self.object {
                true => json!({ "type": "json_object" }),
                false => json!({ "type": "json_schema", "name": "answer", "strict": true, "schema": schema }),
            };
            // `text` may already hold the user's `verbosity`.
            merge(&mut body, Map::from_iter([("text".to_owned(), json!({ "format": format }))]));
        }
        Value::Object(body)
    }

    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        if filtered(400, answer) {
            return Ok(RedactedResponse::filtered());
        }
        self.server.sound(answer, "status")?;
        let Some(output) = answer.get("output").and_then(Value::as_array) else {
            return Err(self.server.nothing_in(answer, "output", "the Responses API"));
        };
        let is = |value: &Value, field: &str, wanted: &str| {
            value.get(field).and_then(Value::as_str) == Some(wanted)
        };
        // A commentary on the way is not part of the answer, and neither is reasoning.
        let messages =
            || output.iter().filter(|item| is(item, "type", "message") && !is(item, "phase", "commentary"));
        let mut finish = self.finish(answer)?;
        let (mut text, mut refusal, mut beside) = (String::new(), None::<String>, odd_item(output));
        for message in messages() {
            self.server.speaks(message)?;
            let said = said(message.get("content"));
            text.push_str(&said.text);
            beside = beside.or(said.beside);
            if let Some(words) = said.refusal {
                refusal.get_or_insert_default().push_str(&words);
            }
            // A gateway may call the response complete although its message is not.
            let status = word(message.get("status")).unwrap_or_default().to_ascii_lowercase();
            if matches!(finish, Finish::Stop | Finish::Other) && ENDS.broken.contains(&status.as_str()) {
                finish = Finish::Unknown(format!("a message that is {status}"));
            }
        }
        finish = untold(other_content::ended(finish, beside), answer, "status");
        if let Some(words) = refusal {
            finish = Finish::Filter;
            if text.is_empty() {
                text = words;
            }
        }
        if flagged(answer) {
            finish = Finish::Filter;
        }
        finish = self.server.heed(finish, std::iter::once(answer).chain(messages()), &["status"])?;
        // The texts of all messages, commentary included.
        let comments = output.iter().filter(|item| is(item, "phase", "commentary"));
        let all = comments.map(|item| said(item.get("content")).text).chain([text.clone()]);
        self.server.repeats(answer, &["output_text"], &all.collect::<String>())?;
        Ok(self.server.safe(Response {
            text,
            finish,
            model: answer.get("model").and_then(Value::as_str).map(str::to_owned),
            upstream: Upstream::of(answer),
            tokens_in: count(answer, &["usage", "input_tokens"]),
            tokens_out: count(answer, &["usage", "output_tokens"]),
            tokens_reasoning: count(answer, &["usage", "output_tokens_details", "reasoning_tokens"]),
            ..Response::default()
        }))
    }

    /// Reads how a response ended. The reason why it is incomplete says more than its status.
    fn finish(&self, answer: &Value) -> Result<Finish, AskError> {
        let reason = answer.get("incomplete_details").and_then(|details| details.get("reason"));
        let read = |field, value| ENDS.read(&self.server, field, value);
        match (answer.get("status"), word(reason)) {
            (status, Some(_))
                if word(status).is_none_or(|status| matches!(&*status, "incomplete" | "completed")) =>
            {
                read("incomplete_details.reason", reason)
            }
            (status, _) => read("status", status),
        }
    }
}

/// Returns the type of the first item that is neither a message nor thinking: mostly a tool call.
pub(super) fn odd_item(output: &[Value]) -> Option<String> {
    let types = output
        .iter()
        .map(|item| item.get("type").and_then(Value::as_str).unwrap_or("an item without a type"));
    types.into_iter().find(|kind| !matches!(*kind, "message" | "reasoning")).map(str::to_owned)
}

impl Wire for Responses {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let body = in_pieces(self.body(request), self.stream);
            let heard = self.server.ask(&body, self.stream.then_some(&pieces::RESPONSES), filtered).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}

impl OpenaiBatch for Responses {
    const PATH: &'static [&'static str] = &["responses"];

    fn server(&self) -> &Server {
        &self.server
    }

    fn body(&self, request: &Request) -> Value {
        Responses::body(self, request)
    }

    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        Responses::response(self, answer)
    }
}
