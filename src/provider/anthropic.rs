//! Anthropic's Messages API (<https://platform.claude.com/docs/en/api/messages>) and its errors
//! (<https://platform.claude.com/docs/en/api/errors>).
//!
//! A temperature is only sent if the config sets one: the provider's default is 1.0, and models since Claude
//! Opus 4.7 reject any other (<https://platform.claude.com/docs/en/about-claude/models/migration-guide>).

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::content::FALLBACK;
use super::entry::{Provider, max_tokens, temperature};
use super::error_body::filtered;
use super::finish::FinishWords;
use super::flags::flagged;
use super::http::Server;
use super::shared::{KeyHeader, count, in_pieces, joined, merge, server, sum, without};
use super::traits::{Thinks, Traits};
use super::vertex::{NO_BATCHES, VertexAddress};
use super::{
    AskError, Asking, Batches, Finish, RedactedResponse, Request, Response, Upstream, Wire, other_content,
    parameters, pieces,
};
use crate::config::{Model, ProviderPlace, Setting, SettingMisfit, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "Anthropic's Messages API; at Vertex AI with a `base_url` there and an access token",
        answer: r#"{"type":"message","role":"assistant","model":"VERSION","content":[{"type":"text","text":"TEXT"}],"stop_reason":"END"}"#,
        takes: &[Setting::Batch, Setting::Reasoning, Setting::Stream],
        reserved: &[
            ("model", "set the model's own `model`"),
            ("temperature", "set the model's own `temperature`"),
            ("max_tokens", "set the model's own `max_tokens`"),
            ("output_config.format", "set the model's own `answer_format`"),
            ("output_format", "set the model's own `answer_format`"),
            ("system", "set the model's own `system`"),
            ("messages", "they come from the suite's prompt"),
            ("stream", "set the model's own `stream`"),
            ("tools", "answers must be text"),
        ],
        most_temperature: 1.0,
        temperature: None,
        max_tokens: Some(MOST_TOKENS),
        check: |model| thinking_fits(model).and_then(|()| vertex_fits(model)),
        ..Spec::at("anthropic", ProviderPlace::Public("https://api.anthropic.com"))
    },
    connect: |model, limit, variables| {
        let version = ("anthropic-version", VERSION);
        let server = if VertexAddress::of(model).vertex {
            let (header, path) = (KeyHeader(AUTHORIZATION.as_str(), "Bearer "), vertex_path(model));
            let path: Vec<&str> = path.split('/').collect();
            server(model, &path, &[], &header, &[], limit, variables)?
        } else {
            let header = KeyHeader("x-api-key", "");
            server(model, &["v1", "messages"], &[], &header, &[version], limit, variables)?
        };
        Ok(Box::new(Messages::new(model, server)))
    },
};

/// The version of the API, which is sent in a header.
const VERSION: &str = "2023-06-01";

/// The version of the API at Vertex AI, which is sent in the body.
const VERTEX_VERSION: &str = "vertex-2023-10-16";

fn vertex_path(model: &Model) -> String {
    let version = if VertexAddress::of(model).version { "" } else { "v1/" };
    let method = if model.stream { "streamRawPredict" } else { "rawPredict" };
    format!("{version}publishers/anthropic/models/{}:{method}", model.model)
}

/// Checks the settings for Vertex AI: a model belongs to a project there, and batches would need Google's file
/// storage.
fn vertex_fits(model: &Model) -> Result<(), SettingMisfit> {
    let address = VertexAddress::of(model);
    if address.vertex && !address.project {
        let message = "the address of Vertex AI does not name a project, which Anthropic's models need";
        let help = "write https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION";
        return Err(SettingMisfit::new("base_url", message, help));
    }
    if address.vertex && model.batch {
        return Err(SettingMisfit::new("batch", NO_BATCHES, "remove it"));
    }
    Ok(())
}

/// How a message ended (<https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>), which
/// every message says. A refusal means that the provider's classifiers stepped in. The other words are passed
/// on by gateways (LiteLLM, from Bedrock and chat completions). The words for a pause and for a tool call are
/// left out, and shown as they are: no tool was offered, so they are not answers.
pub(super) const ENDS: FinishWords = FinishWords {
    whole: &["end_turn", "stop_sequence", "stop"],
    cut: &["max_tokens", "model_context_window_exceeded", "length"],
    filtered: &["refusal", "content_filter", "content_filtered", "guardrail_intervened"],
    broken: &["error", "abort", "cancelled", "canceled"],
};

/// The length limit, which the API requires. It is above any answer, with room for some thinking, which counts
/// too, and below the limit of every model. Only what is said is paid for. Models that think by default get
/// more (`traits/families.rs`).
const MOST_TOKENS: u32 = 8192;

/// Keywords that structured output rejects; for `minItems` it takes 0 and 1
/// (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>).
const REFUSED_KEYWORDS: &[&str] = &["uniqueItems", "minItems", "maxItems"];

#[derive(Debug)]
pub(super) struct Messages {
    pub(super) server: Server,
    /// The body without system prompt, messages and schema.
    body: Map<String, Value>,
    /// Whether the answer is asked for in pieces.
    stream: bool,
}

impl Messages {
    fn new(model: &Model, server: Server) -> Self {
        let mut body = Map::new();
        match VertexAddress::of(model).vertex {
            true => body.insert("anthropic_version".to_owned(), json!(VERTEX_VERSION)),
            false => body.insert("model".to_owned(), json!(model.model)),
        };
        body.insert("max_tokens".to_owned(), json!(max_tokens(model)));
        if let Some(temperature) = temperature(model) {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        merge(&mut body, parameters(model));
        Messages { server, body, stream: model.stream }
    }

    pub(super) fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        if let Some(system) = &request.system {
            body.insert("system".to_owned(), json!(system));
        }
        body.insert("messages".to_owned(), Value::Array(request.turns()));
        if let Some(schema) = &request.schema {
            let format = json!({ "type": "json_schema", "schema": without(schema, REFUSED_KEYWORDS) });
            // `output_config` may already hold the user's `effort`.
            merge(&mut body, Map::from_iter([("output_config".to_owned(), json!({ "format": format }))]));
        }
        Value::Object(body)
    }

    pub(super) fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        if filtered(400, answer) {
            return Ok(RedactedResponse::filtered());
        }
        self.server.sound(answer, "stop_reason")?;
        self.server.speaks(answer)?;
        let text = match answer.get("content") {
            Some(Value::String(text)) => text.clone(),
            blocks @ Some(Value::Array(_)) => {
                joined(blocks, |block| block.get("type").and_then(Value::as_str) == Some("text"))
            }
            _ => {
                return Err(self.server.nothing_in(answer, "content", "Anthropic's Messages API"));
            }
        };
        let finish = match flagged(answer) || refuses(answer) {
            true => Finish::Filter,
            false => ENDS.read_always(&self.server, "stop_reason", answer.get("stop_reason"))?,
        };
        let finish = self.server.heed(finish, [answer], &["stop_reason"])?;
        self.server.repeats(answer, &["completion"], &text)?;
        let used = |field| count(answer, &["usage", field]);
        Ok(self.server.safe(Response {
            text,
            finish: other_content::ended(finish, odd_block(answer.get("content"))),
            model: answer.get("model").and_then(Value::as_str).map(str::to_owned),
            upstream: Upstream::of(answer),
            // Tokens that are read from or written to the cache are counted separately.
            tokens_in: sum(&[
                used("input_tokens"),
                used("cache_read_input_tokens"),
                used("cache_creation_input_tokens"),
            ]),
            tokens_out: used("output_tokens"),
            tokens_reasoning: count(answer, &["usage", "output_tokens_details", "thinking_tokens"]),
            ..Response::default()
        }))
    }
}

/// Returns whether the details of a message's end say that the classifiers stepped in, whatever its reason says
/// (<https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>).
fn refuses(answer: &Value) -> bool {
    answer.get("stop_details").and_then(|details| details.get("type")?.as_str()) == Some("refusal")
}

/// Returns the type of the first block that is neither text nor thinking: mostly a tool call. A block that
/// announces another model is only odd after some text, since before any text that model gives the whole answer.
fn odd_block(content: Option<&Value>) -> Option<String> {
    let mut says = false;
    content?.as_array()?.iter().find_map(|block| {
        let kind = block.get("type").and_then(Value::as_str).unwrap_or("a block without a type");
        match (kind, block.get("text")) {
            ("text", Some(Value::String(text))) => says |= !text.is_empty(),
            ("text", None | Some(Value::Null)) | ("thinking" | "redacted_thinking" | "reasoning", _) => {}
            (FALLBACK, _) if !says => {}
            _ => return Some(kind.to_owned()),
        }
        None
    })
}

impl Wire for Messages {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let body = in_pieces(self.body(request), self.stream);
            let heard = self.server.ask(&body, self.stream.then_some(&pieces::MESSAGES), filtered).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}

/// Checks that a model that thinks has no temperature, and that its thinking fits into `max_tokens`
/// (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).
fn thinking_fits(model: &Model) -> Result<(), SettingMisfit> {
    let thinking = model.parameter("thinking.type").and_then(toml::Value::as_str);
    is_taken(model, thinking)?;
    if matches!(thinking, Some("enabled" | "adaptive")) && model.temperature.is_some() {
        let message = format!("`temperature` is set, but `{}` is set to think", model.name);
        return Err(SettingMisfit::new(
            "temperature",
            message,
            "remove one of them: a model that thinks takes no temperature",
        ));
    }
    let budget = model.parameter("thinking.budget_tokens").and_then(toml::Value::as_integer);
    let most = max_tokens(model).unwrap_or(MOST_TOKENS);
    match budget {
        Some(budget) if budget >= i64::from(most) => {
            let message = format!("{budget} tokens for thinking do not fit into `max_tokens` ({most})");
            Err(SettingMisfit::new(
                "parameters.thinking",
                message,
                "raise the model's `max_tokens` above that",
            ))
        }
        _ => Ok(()),
    }
}

/// Checks for what newer models reject (<https://platform.claude.com/docs/en/models/opus-5/migration-guide>):
/// another temperature than 1, thinking up to a number of tokens, and, for some, not thinking.
fn is_taken(model: &Model, thinking: Option<&str>) -> Result<(), SettingMisfit> {
    let (traits, name) = (Traits::of(model), &model.model);
    if let Some(temperature) = model.temperature.filter(|own| !traits.temperature && *own != 1.0) {
        let message = format!("`{name}` takes only its own temperature of 1, not {temperature}");
        let help = "remove it; if this model does take a temperature, set `reasoning = false`";
        return Err(SettingMisfit::new("temperature", message, help));
    }
    let budget = thinking == Some("enabled") || model.parameter("thinking.budget_tokens").is_some();
    if budget && !traits.budget {
        let message = format!("`{name}` takes no budget of tokens for thinking");
        let help =
            "write parameters = { thinking = { type = \"adaptive\" }, output_config = { effort = \"low\" } }";
        return Err(SettingMisfit::new("parameters.thinking", message, help));
    }
    if thinking == Some("disabled") && traits.thinks == Thinks::Always {
        let message = format!("`{name}` always thinks, and rejects `disabled`");
        let help = "remove it; with output_config = { effort = \"low\" } it thinks less";
        return Err(SettingMisfit::new("parameters.thinking", message, help));
    }
    Ok(())
}
