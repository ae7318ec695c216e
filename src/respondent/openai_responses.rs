//! OpenAI's Responses API (<https://platform.openai.com/docs/api-reference/responses/create>), the
//! successor of chat completions and the only way to some of its models. Nothing is stored there.

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::http::Server;
use super::kind::{Kind, Place, temperature};
use super::openai::{REFUSED_KEYWORDS, filtered, reasons_by_id};
use super::openai_batch::OpenaiBatch;
use super::shared::{KeyHeader, count, joined, merge, server, without};
use super::{AskError, Asking, Batches, Finish, Reply, Request, Response, Wire, parameters};
use crate::config::Model;

pub(super) const KIND: Kind = Kind {
    place: Place::Public("https://api.openai.com/v1"),
    takes: &["reasoning", "batch"],
    reserved: &[
        ("model", "set the model's own `model`"),
        ("temperature", "set the model's own `temperature`"),
        ("max_output_tokens", "set the model's own `max_tokens`"),
        ("text.format", "set the model's own `answer_format`"),
        ("instructions", "set the model's own `system`"),
        ("input", "the suite's prompt makes it"),
        ("stream", "answers are read whole"),
        ("background", "answers are read whole"),
        ("store", "nothing is kept at the provider"),
        ("previous_response_id", "each sample is a conversation of its own"),
        ("conversation", "each sample is a conversation of its own"),
        ("tools", "an answer is text"),
    ],
    most_temperature: 2.0,
    reasons: reasons_by_id,
    ..Kind::new("openai_responses", |model, limit, variables| {
        let header = KeyHeader(AUTHORIZATION.as_str(), "Bearer ");
        let server = server(model, &["responses"], &[], &header, &[], limit, variables)?;
        Ok(Box::new(Responses::new(model, server)))
    })
};

#[derive(Debug)]
struct Responses {
    server: Server,
    /// The body but for instructions, input and schema.
    body: Map<String, Value>,
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
        Responses { server, body }
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
            let format = json!({ "type": "json_schema", "name": "answer", "strict": true, "schema": schema });
            // Joined: it may hold the user's `verbosity`.
            merge(&mut body, Map::from_iter([("text".to_owned(), json!({ "format": format }))]));
        }
        Value::Object(body)
    }

    fn response(&self, answer: &Value) -> Result<Response, AskError> {
        if filtered(400, answer) {
            return Ok(Response { finish: Finish::Filter, ..Response::default() });
        }
        let Some(output) = answer.get("output").and_then(Value::as_array) else {
            let what = "JSON without `output`: does it speak the Responses API?";
            return Err(self.server.unreadable(what, true));
        };
        let is = |value: &Value, field: &str, wanted: &str| {
            value.get(field).and_then(Value::as_str) == Some(wanted)
        };
        // Other items are reasoning; a comment on the way is no answer either.
        let messages =
            || output.iter().filter(|item| is(item, "type", "message") && !is(item, "phase", "commentary"));
        let mut text: String = messages()
            .map(|item| joined(item.get("content"), |part| is(part, "type", "output_text")))
            .collect();
        if text.is_empty() {
            let parts = messages().filter_map(|item| item.get("content")?.as_array()).flatten();
            text = parts.filter_map(|part| part.get("refusal")?.as_str()).collect();
        }
        let reason = answer.get("incomplete_details").and_then(|details| details.get("reason"));
        let finish = match (answer.get("status").and_then(Value::as_str), reason.and_then(Value::as_str)) {
            (Some("completed"), _) => Finish::Stop,
            (Some("incomplete"), Some("max_output_tokens")) => Finish::Length,
            (Some("incomplete"), Some("content_filter")) => Finish::Filter,
            _ => Finish::Other,
        };
        Ok(self.server.safe(Response {
            text,
            finish,
            model: answer.get("model").and_then(Value::as_str).map(str::to_owned),
            tokens_in: count(answer, &["usage", "input_tokens"]),
            tokens_out: count(answer, &["usage", "output_tokens"]),
            tokens_reasoning: count(answer, &["usage", "output_tokens_details", "reasoning_tokens"]),
            ..Response::default()
        }))
    }
}

impl Wire for Responses {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let heard = self.server.post_or(&self.body(request), filtered).await?;
            Ok(Reply { response: self.response(&heard.body)?, limits: heard.limits })
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

    fn response(&self, answer: &Value) -> Result<Response, AskError> {
        Responses::response(self, answer)
    }
}
