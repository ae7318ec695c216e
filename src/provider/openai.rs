//! Chat completions as OpenAI defined them, spoken by most providers and by local servers
//! (<https://platform.openai.com/docs/api-reference/chat/create>).
//!
//! Servers differ: OpenAI's reasoning models take no temperature and have another name for the length limit
//! (<https://platform.openai.com/docs/guides/reasoning>). Open models put their thinking into separate fields
//! (`reasoning_content`, `reasoning`), which are not read, or before the answer (`<think>`), where it is cut
//! off. OpenRouter reports a failure in the choice
//! (<https://openrouter.ai/docs/api/reference/errors-and-debugging>).

use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};

use super::content::{MessageContent, refused, said};
use super::entry::{Provider, temperature};
use super::error_body::{self, answers, filtered, misshapen};
use super::finish::{FinishWords, untold};
use super::flags::{blocks, flagged};
use super::http::Server;
use super::openai_batch::OpenaiBatch;
use super::shared::{KeyHeader, after_thinking, count, merge, server, the_first, without};
use super::traits::Traits;
use super::{
    AskError, Asking, Batches, Finish, RedactedResponse, Request, Response, Upstream, Wire, other_content,
    parameters, pieces,
};
use crate::config::{AnswerFormat, Model, ProviderPlace, Setting, Spec};

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "chat completions as OpenAI defined them, from any server that speaks them: set `base_url`",
        answer: r#"{"id":"TEXT","model":"VERSION","provider":"VERSION","system_fingerprint":"VERSION","choices":[{"index":0,"message":{"role":"assistant","content":"TEXT"},"finish_reason":"END"}]}"#,
        takes: &[Setting::Reasoning, Setting::Batch, Setting::JsonObject, Setting::Stream],
        reserved: RESERVED,
        ..Spec::at("openai", ProviderPlace::Public("https://api.openai.com/v1"))
    },
    connect: |model, limit, variables| {
        let header = KeyHeader(AUTHORIZATION.as_str(), "Bearer ");
        let server = server(model, &["chat", "completions"], &[], &header, &[], limit, variables)?;
        Ok(Box::new(Chat::new(model, server, REFUSED_KEYWORDS)))
    },
};

/// Fields of the body that other settings fill, or that would change what an answer is.
pub(super) const RESERVED: &[(&str, &str)] = &[
    ("model", "set the model's own `model`"),
    ("temperature", "set the model's own `temperature`"),
    ("max_tokens", "set the model's own `max_tokens`"),
    ("response_format", "set the model's own `answer_format`"),
    ("messages", "they come from the suite's prompt and the model's own `system` and `messages`"),
    ("stream", "set the model's own `stream`"),
    ("n", "each sample is its own request"),
    ("tools", "answers must be text"),
];

/// Reads a finish reason of chat completions and of the servers that speak them.
#[cfg(feature = "cli")]
pub(crate) fn finish_of(word: &str) -> Finish {
    ENDS.told(word)
}

/// How a completion ended, in the words of OpenAI and of the many servers that speak its wire: Azure, DeepSeek
/// (`insufficient_system_resource`), Mistral (`model_length`, `error`), vLLM and SGLang (`abort`), Zhipu
/// (`sensitive`, `network_error`), Cohere (`ERROR_TOXIC`), Together (`eos`), and LiteLLM and OpenRouter, which
/// pass on other servers' words. The words for a tool call are left out, and shown as they are: no tool was
/// offered, so it is not an answer.
pub(super) const ENDS: FinishWords = FinishWords {
    whole: &[
        "stop",
        "stop_sequence",
        "stop_token",
        "end_turn",
        "end_of_turn",
        "eos",
        "eos_token",
        "complete",
        "completed",
        "normal",
    ],
    cut: &[
        "length",
        "max_length",
        "model_length",
        "max_tokens",
        "max_new_tokens",
        "max_output_tokens",
        "max_completion_tokens",
        "token_limit",
        "error_limit",
        "context_length_exceeded",
        "model_context_window_exceeded",
        "truncated",
    ],
    filtered: &[
        "content_filter",
        "content_filtered",
        "content_filter_results",
        "content_policy_violation",
        "guardrail_intervened",
        "error_toxic",
        "refusal",
        "sensitive",
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "spii",
    ],
    broken: &[
        "error",
        "abort",
        "aborted",
        "cancel",
        "cancelled",
        "canceled",
        "user_cancel",
        "failed",
        "failure",
        "incomplete",
        "in_progress",
        "queued",
        "null",
        "timeout",
        "network_error",
        "server_error",
        "internal_error",
        "insufficient_system_resource",
    ],
};

/// Keywords that strict schemas reject (<https://platform.openai.com/docs/guides/structured-outputs>). Other
/// servers that speak this wire ignore them.
pub(super) const REFUSED_KEYWORDS: &[&str] = &["uniqueItems"];

/// Chat completions at one server.
#[derive(Debug)]
pub(super) struct Chat {
    server: Server,
    /// The body without messages and schema.
    body: Map<String, Value>,
    /// Whether JSON is asked for without a schema.
    object: bool,
    /// At Azure, how many parts at the end of the path do not belong to the path of batches.
    azure: Option<usize>,
    /// The further fields of the body if the answer is asked for in pieces.
    stream: Option<Map<String, Value>>,
    /// Keywords of a schema that the server rejects.
    refused: &'static [&'static str],
}

impl Chat {
    pub(super) fn new(model: &Model, server: Server, refused: &'static [&'static str]) -> Self {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(model.model));
        body.insert("messages".to_owned(), Value::Null);
        if let Some(temperature) = temperature(model) {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(most) = model.max_tokens {
            body.insert(Traits::of(model).length.field().to_owned(), json!(most));
        }
        merge(&mut body, parameters(model));
        let object = model.answer_format == AnswerFormat::JsonObject;
        let stream = model.stream.then(|| streaming(model, &mut body));
        Chat { server, body, object, azure: None, stream, refused }
    }

    /// Marks the wire as Azure's. `parts` at the end of the path do not belong to the path of batches.
    pub(super) fn at_azure(self, parts: usize) -> Self {
        Chat { azure: Some(parts), ..self }
    }

    fn body(&self, request: &Request) -> Value {
        let mut body = self.body.clone();
        body.insert("messages".to_owned(), Value::Array(request.conversation()));
        if let Some(schema) = &request.schema {
            let schema = without(schema, self.refused);
            let format = json!({ "name": "answer", "strict": true, "schema": schema });
            let format = match self.object {
                true => json!({ "type": "json_object" }),
                false => json!({ "type": "json_schema", "json_schema": format }),
            };
            body.insert("response_format".to_owned(), format);
        }
        Value::Object(body)
    }

    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        if filtered(400, answer) {
            return Ok(RedactedResponse::filtered());
        }
        if let Some(said) = misshapen(answer) {
            return Ok(self.server.safe(said));
        }
        self.server.sound(answer, "finish_reason")?;
        self.server.agree(answer.get("choices"), "choices", said_whole)?;
        let (text, mut finish) = match the_first(answer.get("choices")) {
            Some(choice) => self.choice(choice)?,
            // Azure's filter may leave no choice at all.
            None if answer.get("prompt_filter_results").is_some_and(blocks) => {
                (String::new(), Finish::Filter)
            }
            None => return Err(self.server.nothing_in(answer, "choices", "chat completions")),
        };
        if flagged(answer) {
            finish = Finish::Filter;
        }
        finish = self.server.heed(finish, [answer], &["finish_reason"])?;
        Ok(self.server.safe(Response {
            text: after_thinking(&text).to_owned(),
            finish,
            model: answer.get("model").and_then(Value::as_str).map(str::to_owned),
            upstream: Upstream::of(answer),
            tokens_in: count(answer, &["usage", "prompt_tokens"]),
            tokens_out: count(answer, &["usage", "completion_tokens"]),
            tokens_reasoning: count(answer, &["usage", "completion_tokens_details", "reasoning_tokens"]),
            ..Response::default()
        }))
    }

    /// Reads what one choice says, and how it ended.
    fn choice(&self, choice: &Value) -> Result<(String, Finish), AskError> {
        let server = &self.server;
        if error_body::failed(choice.get("error")) {
            return Err(server.failure(choice, None));
        }
        server.counts(choice)?;
        let mut finish = self.finish(choice)?;
        if flagged(choice) {
            finish = Finish::Filter;
        }
        let message = choice.get("message").filter(|message| message.is_object());
        // If a filter cut the answer, there may be no message.
        if message.is_none() && finish != Finish::Filter {
            return Err(server.unreadable("a choice without a `message`", true));
        }
        message.map_or(Ok(()), |message| server.speaks(message))?;
        let field = |name| message.and_then(|message| message.get(name));
        let MessageContent { mut text, refusal, beside } = said(field("content"));
        finish = other_content::ended(finish, beside.or_else(|| other_content::in_message(message?)));
        finish = untold(finish, choice, "finish_reason");
        server.repeats(choice, &["text"], &text)?;
        let around = [Some(choice), message].into_iter().flatten();
        finish = server.heed(finish, around, &["finish_reason", "native_finish_reason"])?;
        // Structured output has a separate field for a refusal.
        if let Some(words) = refusal.or_else(|| refused(field("refusal"))) {
            finish = Finish::Filter;
            if text.is_empty() {
                text = words;
            }
        }
        Ok((text, finish))
    }

    /// Reads how a choice ended. OpenRouter adds the word of the host behind it, which says more than its own.
    fn finish(&self, choice: &Value) -> Result<Finish, AskError> {
        let read = |field| ENDS.read(&self.server, field, choice.get(field));
        let finish = read("finish_reason")?;
        match finish {
            Finish::Other => read("native_finish_reason"),
            Finish::Stop => match read("native_finish_reason")? {
                Finish::Unknown(word) if is_token(&word) => Ok(finish),
                Finish::Stop | Finish::Other => Ok(finish),
                native => Ok(native),
            },
            known => Ok(known),
        }
    }
}

/// Returns whether `word` is the token that ended the answer: its number, or its name (`<|im_end|>`, `</s>`).
fn is_token(word: &str) -> bool {
    let word = word.trim().to_ascii_lowercase();
    let name = word.strip_prefix('<').and_then(|word| word.strip_suffix('>'));
    let ends = |name: &str| ["end", "eo", "/s", "return"].iter().any(|part| name.contains(part));
    word.parse::<u64>().is_ok() || name.is_some_and(ends)
}

/// Returns all that one choice says, and the field that holds anything but text.
fn said_whole(choice: &Value) -> String {
    let Some(message) = choice.get("message") else { return String::new() };
    let text = said(message.get("content")).text;
    match other_content::in_message(message) {
        Some(field) => format!("{text} (`{field}`)"),
        None => text,
    }
}

impl Wire for Chat {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(async move {
            let mut body = self.body(request);
            if let (Some(stream), Value::Object(body)) = (&self.stream, &mut body) {
                body.extend(stream.clone());
            }
            let heard = self.server.ask(&body, self.stream.as_ref().map(|_| &pieces::CHAT), answers).await?;
            let response = self.response(&heard.body)?;
            Ok(heard.reply(response))
        })
    }

    fn batches(&self) -> Option<&dyn Batches> {
        Some(self)
    }
}

impl OpenaiBatch for Chat {
    const PATH: &'static [&'static str] = &["chat", "completions"];

    fn up(&self) -> usize {
        self.azure.unwrap_or(Self::PATH.len())
    }

    fn waits(&self) -> bool {
        self.azure.is_some()
    }

    /// Returns a path without a version, as Azure wants it
    /// (<https://learn.microsoft.com/rest/api/azureopenai/batch/create>).
    fn endpoint(&self) -> String {
        let version = if self.azure.is_some() { "" } else { "/v1" };
        format!("{version}/{}", Self::PATH.join("/"))
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn body(&self, request: &Request) -> Value {
        Chat::body(self, request)
    }

    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError> {
        Chat::response(self, answer)
    }
}

/// Returns the fields that ask for an answer in pieces. Tokens are only counted in a stream if that is asked
/// for, which some servers reject: those are not asked, and neither is any server if `parameters` has an empty
/// `stream_options` (<https://github.com/openai/openai-agents-python/issues/442>).
fn streaming(model: &Model, body: &mut Map<String, Value>) -> Map<String, Value> {
    let mut fields = Map::from_iter([("stream".to_owned(), json!(true))]);
    let own = body.remove("stream_options");
    let usual = model.stream_usage.then(|| json!({ "include_usage": true }));
    if let Some(options) = own.or(usual).filter(|options| *options != json!({})) {
        fields.insert("stream_options".to_owned(), options);
    }
    fields
}
