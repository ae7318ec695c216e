//! The providers that can be asked: the requests they get, the responses that come back, and the errors that
//! can occur, for every wire.
//!
//! Each wire is one file here, which describes its provider, and two lines in this file: its `mod`, and its
//! entry in [`PROVIDERS`]. A wire sends a [`Request`] once and returns the text. When a request fails, the wire
//! says whether the error may pass ([`AskError::may_pass`]). Retries, concurrency and recordings belong to
//! [`asking`](crate::asking).

mod anthropic;
mod anthropic_batch;
mod asked;
#[cfg_attr(not(feature = "bedrock-sigv4"), path = "no_aws.rs")]
mod aws;
mod azure;
mod batch;
mod bedrock;
mod body;
mod certificate;
mod command;
mod configured;
mod content;
mod endpoint;
mod entry;
mod error;
mod error_body;
mod finish;
mod flags;
mod function;
mod gemini;
mod gemini_batch;
mod heads;
mod http;
mod key;
mod keyring;
mod limits;
mod ollama;
mod openai;
mod openai_batch;
mod openai_responses;
mod other_content;
mod own_answer;
mod pieces;
mod placeholders;
mod reach;
mod redacted;
mod remarks;
mod secrets;
mod settings;
mod shared;
mod sound;
pub(crate) mod strict;
mod traits;
mod upstream;
mod vertex;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Map, Value, json};

pub use asked::{Asked, QuestionContext, QuestionOption};
pub(crate) use asked::{sends_parts, sent_parts};
pub(crate) use batch::{BatchFuture, BatchLookup, BatchProgress, Batches, EndedBatch, LostBatch};
pub(crate) use command::end_programs;
pub(crate) use configured::lean_config;
pub use configured::{parse_config, read_config, specs};
use entry::{Provider, max_tokens, temperature};
pub(crate) use entry::{likely_longest, likely_shortest, max_tokens as longest_sent};
pub use error::AskError;
pub(crate) use error::ConnectError;
pub(crate) use finish::printable;
pub use function::{Functions, Question};
#[cfg(feature = "cli")]
pub(crate) use openai::finish_of;
pub use own_answer::OwnAnswer;
#[cfg(feature = "object-store")]
pub(crate) use reach::choose_crypto;
#[cfg(feature = "cli")]
pub(crate) use reach::client;
pub(crate) use redacted::RedactedResponse;
pub(crate) use settings::asked_with;
pub(crate) use upstream::{Upstream, Usd};

pub(crate) use crate::answer::AnswerStructure;
pub use crate::answer::Finish;
pub use crate::config::Spec;
use crate::config::{AnswerFormat, Model, json_of};
pub(crate) use crate::config::{Message, Role};
use crate::ground::environment::Variables;

/// One question as it is sent. The parameters of the model are not in it: the wire adds them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// The system prompt: the text in the config, then that of the task.
    pub system: Option<String>,
    /// Earlier turns of the conversation.
    pub messages: Vec<Message>,
    /// The question, word for word.
    pub prompt: String,
    /// The JSON schema that an answer must have. It is set where the model's `AnswerFormat` is `JsonSchema`,
    /// and where it is `JsonObject`, in which case the prompt describes it.
    pub schema: Option<Value>,
    /// The question in parts, for products that are asked in their own shape.
    pub asked: Asked,
}

impl Request {
    /// Returns the conversation as most providers take it: messages with a role and content, the question last.
    fn conversation(&self) -> Vec<Value> {
        let system = self.system.iter().map(|system| json!({ "role": "system", "content": system }));
        system.chain(self.turns()).collect()
    }

    /// Returns the [`conversation`](Self::conversation) without the system prompt, for providers that take it
    /// elsewhere.
    fn turns(&self) -> Vec<Value> {
        let question = json!({ "role": "user", "content": self.prompt });
        self.messages.iter().map(|message| json!(message)).chain([question]).collect()
    }
}

/// A response to a question. Its text is untrusted: escape it before it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The text that the model gave as its answer.
    pub text: String,
    /// How the text is read, if it is JSON in a product's own shape.
    pub structure: Option<Box<AnswerStructure>>,
    /// Why the model stopped.
    pub finish: Finish,
    /// The model version that the provider reports (`gpt-4.1-mini-2025-04-14`).
    pub model: Option<String>,
    /// The host behind that version, and what the response cost, where the provider reports them.
    pub upstream: Option<Box<Upstream>>,
    /// Tokens of the question, as the provider counts them.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer, as the provider counts and charges them: reasoning included.
    pub tokens_out: Option<u64>,
    /// The part of [`tokens_out`](Self::tokens_out) that the model spent on reasoning.
    pub tokens_reasoning: Option<u64>,
    /// Milliseconds from the question to its response; set by `asking`, not by a wire.
    pub ms: Option<u64>,
    /// When the response came, in UTC (`2026-11-24T19:40:00Z`); set by `asking`, not by a wire.
    pub at: Option<String>,
    /// The number of earlier tries that failed although the model may have answered, so that its answer was
    /// lost ([`AskError::may_have_answered`]). Set by `asking`, not by a wire. `None` where there were none.
    pub lost: Option<u32>,
    /// The response of the second turn, where the model was asked back in the same conversation. Set by
    /// `asking`, not by a wire. There is no third turn.
    pub back: Option<Box<Response>>,
}

impl Response {
    /// Returns the turn that counts: the second where the model was asked back, the first otherwise.
    pub fn last(&self) -> &Response {
        self.back.as_deref().unwrap_or(self)
    }

    /// Iterates over the turns in order.
    pub fn turns(&self) -> impl Iterator<Item = &Response> {
        std::iter::once(self).chain(self.back.as_deref())
    }
}

/// What a provider sends back for one question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The response of the model, with what the provider reports about it.
    pub response: RedactedResponse,
    /// The provider's limits, as reported with the response.
    pub limits: Limits,
}

/// A provider's limits per minute, as the headers of its responses report them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// The limit on requests; `None` where the provider does not report one.
    pub requests: Option<Window>,
    pub(crate) tokens: Option<Window>,
}

/// The state of one limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub limit: Option<f64>,
    pub remaining: f64,
    /// The time until the limit is fully available again.
    pub reset: std::time::Duration,
}

/// A future that a trait object can return.
pub(crate) type Asking<'a> = Pin<Box<dyn Future<Output = Result<Reply, AskError>> + Send + 'a>>;

/// A respondent that can be asked.
pub trait Wire: fmt::Debug + Send + Sync {
    /// Asks once, without retrying.
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a>;

    /// The provider's batch endpoint, where it has one.
    fn batches(&self) -> Option<&dyn Batches> {
        None
    }
}

/// All providers that can be asked. To add one, write its file, its `mod` above and a line here.
static PROVIDERS: &[&Provider] = &[
    &openai::PROVIDER,
    &openai_responses::PROVIDER,
    &azure::PROVIDER,
    &anthropic::PROVIDER,
    &gemini::PROVIDER,
    &ollama::PROVIDER,
    &bedrock::PROVIDER,
    &endpoint::PROVIDER,
    &command::PROVIDER,
    &function::PROVIDER,
];

/// Makes the wire to `model`, each request of which may take up to `limit`. Nothing is sent yet.
///
/// # Errors
/// Returns an error if the variable of the key is not set or holds no key, if the provider does not take a setting,
/// or if the model cannot be asked (a tally). A function is an error too: [`Functions::connect`] connects those.
pub fn connect(model: &Model, limit: Duration, variables: Variables) -> Result<Box<dyn Wire>, ConnectError> {
    let provider = PROVIDERS.iter().find(|provider| provider.spec == *model.provider);
    let provider = provider.ok_or_else(|| ConnectError::Provider { model: model.name.clone() })?;
    (provider.connect)(model, limit, variables)
}

/// Returns everything that shapes `model`'s answers besides the question: provider, model id, parameters and
/// answer format. The system prompt is part of the question ([`Request`]).
///
/// The base URL is left out, so that a recording from one loopback port replays on a machine where the server
/// got another port. Two servers with different models under the same id therefore need two names in the
/// config. Keys and headers are left out too.
pub fn identity(model: &Model) -> Value {
    let format = match model.answer_format {
        AnswerFormat::Text => "text",
        AnswerFormat::JsonSchema => "json_schema",
        AnswerFormat::JsonObject => "json_object",
    };
    let mut identity = Map::new();
    identity.insert("provider".to_owned(), json!(model.provider.name));
    identity.insert("model".to_owned(), json!(model.model));
    identity.insert("temperature".to_owned(), json!(temperature(model)));
    identity.insert("max_tokens".to_owned(), json!(max_tokens(model)));
    identity.insert("parameters".to_owned(), Value::Object(parameters(model)));
    identity.insert("answer_format".to_owned(), json!(format));
    // These fields are added only where they are set, so that recordings made before they existed keep their keys.
    if let Some(version) = &model.api_version {
        identity.insert("api_version".to_owned(), json!(version));
    }
    if !model.messages.is_empty() {
        identity.insert("messages".to_owned(), json!(model.messages));
    }
    if let Some(http) = &model.http {
        identity.insert("http".to_owned(), endpoint::identity(http));
    }
    if let Some(command) = &model.command {
        identity.insert("command".to_owned(), json!(command.line));
    }
    if let Some(stdio) = &model.stdio {
        identity.insert("stdio".to_owned(), stdio.identity());
    }
    Value::Object(identity)
}

/// Returns the model's `parameters` as JSON, sorted by name.
fn parameters(model: &Model) -> Map<String, Value> {
    model.parameters.iter().map(|(name, value)| (name.clone(), json_of(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ground::diagnostic::Source;

    pub(super) fn model(fields: &str) -> Model {
        of("openai", "x", fields)
    }

    pub(super) fn of(provider: &str, id: &str, fields: &str) -> Model {
        let text = format!("[[model]]\nname = \"m\"\nprovider = \"{provider}\"\nmodel = \"{id}\"\n{fields}");
        let config =
            crate::provider::parse_config(std::path::Path::new("/"), Source::new("alignment.toml", text));
        config.expect("a valid config").models.remove(0)
    }

    #[test]
    fn identity_is_what_shapes_an_answer_and_not_where_it_comes_from() {
        let here = model("base_url = \"http://127.0.0.1:1/v1\"\nkey_env = \"HOME\"");
        assert_eq!(identity(&here), identity(&model("")));
        assert_eq!(
            identity(&here).to_string(),
            r#"{"provider":"openai","model":"x","temperature":1.0,"max_tokens":null,"parameters":{},"answer_format":"text"}"#
        );
        for other in [
            "temperature = 0.5",
            "max_tokens = 5",
            "answer_format = \"json_schema\"",
            "parameters = { top_k = 0 }",
        ] {
            assert_ne!(identity(&here), identity(&model(other)), "{other}");
        }
    }

    #[test]
    fn identity_says_what_was_sent() {
        for (provider, id, fields, wanted) in [
            ("openai", "gpt-4o", "", json!([1.0, null])),
            ("openai", "o3", "", json!([null, null])),
            ("openai", "o3", "temperature = 1\nmax_tokens = 9", json!([1.0, 9])),
            ("openai", "o3", "reasoning = false", json!([1.0, null])),
            ("openai", "x", "reasoning = true", json!([null, null])),
            ("openai_responses", "gpt-5", "", json!([null, null])),
            ("azure", "x", "base_url = \"https://x\"", json!([1.0, null])),
            ("openai", "openai/gpt-6-sol", "", json!([null, null])),
            ("openai", "x", "temperature = \"none\"", json!([null, null])),
            ("ollama", "x", "temperature = \"none\"", json!([null, null])),
            ("ollama", "gpt-oss:20b", "", json!([1.0, null])),
            ("anthropic", "x", "", json!([null, 8192])),
            ("anthropic", "claude-sonnet-4-5", "", json!([null, 8192])),
            ("anthropic", "claude-opus-5", "", json!([null, 32000])),
            ("anthropic", "claude-opus-5", "max_tokens = 9", json!([null, 9])),
            ("anthropic", "claude-opus-5", "reasoning = false", json!([null, 8192])),
            (
                "anthropic",
                "claude-opus-5",
                "parameters = { thinking = { type = \"disabled\" } }",
                json!([null, 8192]),
            ),
            ("gemini", "x", "temperature = 0.5", json!([0.5, null])),
        ] {
            let identity = identity(&of(provider, id, fields));
            assert_eq!(json!([identity["temperature"], identity["max_tokens"]]), wanted, "{provider} {id}");
            assert_eq!((&identity["provider"], identity.get("api_version")), (&json!(provider), None));
        }
        let dated = of("azure", "x", "base_url = \"https://x\"\napi_version = \"2024-10-21\"");
        assert_eq!(identity(&dated)["api_version"], json!("2024-10-21"));
    }

    #[test]
    fn a_model_that_thinks_is_expected_to_say_more() {
        let off = "parameters = { thinking = { type = \"disabled\" } }";
        for (provider, id, fields, wanted) in [
            ("openai", "gpt-4o", "", (10.0, 1000.0)),
            ("openai", "gpt-4o", "max_tokens = 5", (5.0, 5.0)),
            ("openai", "openai/gpt-6-sol", "", (300.0, 8000.0)),
            ("openai", "gpt-5.6-sol", "parameters = { reasoning_effort = \"none\" }", (10.0, 1000.0)),
            ("openai", "o3", "max_tokens = 2000", (300.0, 2000.0)),
            ("anthropic", "claude-opus-5", "", (300.0, 8000.0)),
            ("anthropic", "claude-opus-5", off, (10.0, 1000.0)),
            ("anthropic", "claude-sonnet-4-5", "", (10.0, 1000.0)),
            ("gemini", "gemini-3-flash", "", (300.0, 8000.0)),
            ("ollama", "qwen3:0.6b", "parameters = { think = false }", (10.0, 1000.0)),
        ] {
            let model = of(provider, id, fields);
            assert_eq!((likely_shortest(&model), likely_longest(&model)), wanted, "{id} {fields}");
        }
    }

    #[test]
    fn every_provider_has_a_name_of_its_own_and_a_wire_that_shows_no_key_to_who_debugs_it() {
        let variables: Variables = |_| Some("sk-very-secret".to_owned());
        let mut all = String::new();
        for (place, provider) in PROVIDERS.iter().enumerate() {
            let Spec { name, about, example, .. } = provider.spec;
            assert!(!about.is_empty(), "`{name}` has no words for the reference");
            assert!(PROVIDERS[..place].iter().all(|other| other.spec.name != name), "two are named `{name}`");
            let own = example.iter().any(|line| line.starts_with("key_env"));
            let key = if own { "" } else { "key_env = \"K\"" };
            // A user's own service says itself where its key goes.
            let keyed = "http = { headers = { authorization = \"Bearer {key}\" },";
            let example = example.join("\n").replace("http = {", keyed);
            let text = format!("[[model]]\nname = \"m\"\nprovider = \"{name}\"\n{key}\n{example}");
            let config = parse_config(std::path::Path::new("/"), Source::new("alignment.toml", text));
            let model = config.unwrap_or_else(|problem| panic!("its example: {problem}")).models.remove(0);
            match connect(&model, Duration::from_secs(1), variables) {
                Ok(wire) => {
                    let shown = format!("{wire:?}");
                    assert!(!shown.contains("sk-very"), "`{name}` shows its key: {shown}");
                    all += &shown;
                }
                Err(ConnectError::Function { .. }) => {}
                Err(why) => panic!("`{name}` has no wire: {why}"),
            }
        }
        assert!(all.contains("Sensitive"), "no key was sent: {all}");
    }

    #[test]
    fn parameters_come_in_one_order() {
        let one = model("parameters = { b = 1, a = { d = [1.5, true], c = \"x\" } }");
        let other = model("parameters = { a = { c = \"x\", d = [1.5, true] }, b = 1 }");
        assert_eq!(identity(&one).to_string(), identity(&other).to_string());
    }
}
