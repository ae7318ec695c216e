//! Amazon Bedrock's Converse API
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>, read 2026-11-26), the
//! same for all models there. `model` is a model's id, an inference profile or its ARN.
//!
//! The key is a Bedrock API key, which is sent as a bearer token and needs no signature
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html>); short-lived ones come from
//! `key_command`. Requests can also be signed with AWS credentials (`sign = "aws"`, [`aws`](super::aws)).
//! Bedrock does not report the version of the model that answered.

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::entry::{Provider, temperature};
use super::error_body::filtered;
use super::finish::FinishWords;
use super::flags::flagged;
use super::http::Server;
use super::pieces::CONVERSE;
use super::shared::{KeyHeader, count, joined, merge, server, sum, without};
use super::{AskError, Asking, Finish, RedactedResponse, Request, Response, Wire, other_content, parameters};
use crate::config::{Model, ProviderPlace, Setting, SettingMisfit, Spec, is_amazons};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "Amazon Bedrock's Converse API; needs a `base_url` or a `region`",
        answer: r#"{"output":{"message":{"role":"assistant","content":[{"text":"TEXT"}]}},"stopReason":"END"}"#,
        example: &[
            "model = \"m\"",
            "base_url = \"https://bedrock-runtime.us-east-1.amazonaws.com\"",
            "key_env = \"AWS_BEARER_TOKEN_BEDROCK\"",
        ],
        takes: &[Setting::Reasoning, Setting::Stream, Setting::Sign, Setting::Region],
        reserved: &[
            ("inferenceConfig.temperature", "set the model's own `temperature`"),
            ("inferenceConfig.maxTokens", "set the model's own `max_tokens`"),
            ("outputConfig.textFormat", "set the model's own `answer_format`"),
            ("temperature", "set the model's own `temperature`"),
            ("max_tokens", "set the model's own `max_tokens`"),
            ("system", "set the model's own `system`"),
            ("messages", "they come from the suite's prompt and the model's own `system` and `messages`"),
            ("toolConfig", "answers must be text"),
        ],
        most_temperature: 1.0,
        check: shows_who,
        ..Spec::at("bedrock", ProviderPlace::Own("https://bedrock-runtime.us-east-1.amazonaws.com"))
    },
    connect: |model, limit, variables| {
        let header = KeyHeader(AUTHORIZATION.as_str(), "Bearer ");
        let way = if model.stream { "converse-stream" } else { "converse" };
        let path = ["model", &model.model, way];
        let server = server(model, &path, &[], &header, &[], limit, variables)?;
        Ok(Box::new(Converse::new(model, server)))
    },
};

/// Checks that a request to Amazon says who asks. At another address, a gateway may add that.
fn shows_who(model: &Model) -> Result<(), SettingMisfit> {
    let own_header = model.headers.keys().any(|name| name.eq_ignore_ascii_case(AUTHORIZATION.as_str()));
    let shown = model.has_key() || model.sign.is_some() || own_header;
    if shown || !model.base_url.as_deref().is_some_and(is_amazons) {
        return Ok(());
    }
    let message = format!("the requests of `{}` have no credentials", model.name);
    let help = "name the variable of a Bedrock API key in `key_env`; or sign with AWS credentials: sign = \"aws\", with alignspec's feature `bedrock-sigv4`";
    Err(SettingMisfit::new("base_url", message, help))
}

/// Why a model stopped, which every answer says. The words for malformed output and tool calls are left out,
/// and shown as they are.
pub(super) const ENDS: FinishWords = FinishWords {
    whole: &["end_turn", "stop_sequence"],
    cut: &["max_tokens", "model_context_window_exceeded"],
    filtered: &["content_filtered", "guardrail_intervened", "refusal"],
    broken: &["error"],
};

/// Blocks, beside text, that say nothing about the answer.
const SILENT: [&str; 2] = ["reasoningContent", "cachePoint"];

/// Keywords that the models behind Bedrock reject in a schema.
const REFUSED_KEYWORDS: &[&str] = &["uniqueItems", "minItems", "maxItems"];

#[derive(Debug)]
struct Converse {
    server: Server,
    /// The body without messages, system prompt and schema.
    body: Map<String, Value>,
    stream: bool,
}

impl Converse {
    fn new(model: &Model, server: Server) -> Self {
        let mut settings = Map::new();
        if let Some(temperature) = temperature(model) {
            settings.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(most) = model.max_tokens {
            settings.insert("maxTokens".to_owned(), json!(most));
        }
        let mut body = Map::new();
        body.insert("messages".to_owned(), Value::Null);
        if !settings.is_empty() {
            body.insert("inferenceConfig".to_owned(), Value::Object(settings));
        }
        merge(&mut body, parameters(model));
        Converse { server, body, stream: model.stream }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        let turn = |mut turn: Value| {
            let text = turn.get_mut("content").map(Value::take).unwrap_or_default();
            turn["content"] = json!([{ "text": text }]);
            turn
        };
        body.insert("messages".to_owned(), request.turns().into_iter().map(turn).collect());
        if let Some(system) = &request.system {
            body.insert("system".to_owned(), json!([{ "text": system }]));
        }
        if let Some(schema) = &request.schema {
            // The API takes the schema as text.
            let schema = without(schema, REFUSED_KEYWORDS).to_string();
            let format = json!({
                "type": "json_schema",
                "structure": { "jsonSchema": { "name": "answer", "schema": schema } },
            });
            merge(&mut body, Map::from_iter([("outputConfig".to_owned(), json!({ "textFormat": format }))]));
        }
        Value::Object(body)
    }

    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        if filtered(400, answer) {
            return Ok(RedactedResponse::filtered());
        }
        self.server.sound(answer, "stopReason")?;
        let message = answer.get("output").and_then(|output| output.get("message"));
        message.map_or(Ok(()), |message| self.server.speaks(message))?;
        let content = message.and_then(|message| message.get("content")).filter(|content| content.is_array());
        if content.is_none() {
            return Err(self.server.nothing_in(answer, "output", "Bedrock's Converse"));
        }
        let finish = match flagged(answer) {
            true => Finish::Filter,
            false => ENDS.read_always(&self.server, "stopReason", answer.get("stopReason"))?,
        };
        // Fields of the model's own answer that were asked for may say more than Bedrock does.
        let around = [Some(answer), message, answer.get("additionalModelResponseFields")];
        let finish = self.server.heed(finish, around.into_iter().flatten(), &["stopReason"])?;
        let used = |field| count(answer, &["usage", field]);
        Ok(self.server.safe(Response {
            // Thinking blocks have no `text`.
            text: joined(content, |block| block.get("text").is_some()),
            finish: other_content::ended(finish, other_content::in_parts(content, &SILENT)),
            tokens_in: sum(&[
                used("inputTokens"),
                used("cacheReadInputTokens"),
                used("cacheWriteInputTokens"),
            ]),
            tokens_out: used("outputTokens"),
            ..Response::default()
        }))
    }
}

impl Wire for Converse {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let heard =
                self.server.ask(&self.body(request), self.stream.then_some(&CONVERSE), filtered).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }
}
