//! `[[model]]`: one respondent of the config.

mod checked;

use std::collections::BTreeMap;
use std::ops::Range;

use secrecy::SecretString;
use serde::Deserialize;
use toml::Spanned;

use super::certificate::Certificate;
use super::keys::KeyVariables;
use super::product::{Command, Endpoint, Message, RawEndpoint};
use super::provider::Spec;
use super::signing::{Scheme, Signing};
use super::temperature::Temperature;

pub(super) use checked::{EntryReader, Places, checked};

/// A configured respondent.
#[derive(Debug, Clone)]
pub struct Model {
    /// The role: recordings and snapshots are kept under it.
    pub name: String,
    /// Where the name stands in the config.
    pub span: Range<usize>,
    /// The provider that it is asked through.
    pub provider: &'static Spec,
    /// The id the provider knows it by; for a tally, the tally's name (the model's own by default).
    pub model: String,
    /// The address below which requests go; the address of its provider where it is `None`.
    pub base_url: Option<String>,
    /// Names of the environment variables that hold the key, or several keys that take turns.
    pub key_env: Vec<String>,
    /// A program that prints a key, which does not last.
    pub key_command: Option<Command>,
    /// Whether requests go signed, instead of with a key; `key_command` prints the credentials then.
    pub sign: Option<Signing>,
    /// The certificate that its server is shown, for servers that ask who is there.
    pub certificate: Option<Certificate>,
    /// Further headers of each request: `{NAME}` in a value is that variable of the environment, `{key}` the
    /// key. A recording's key has no part of them.
    pub headers: BTreeMap<String, String>,
    /// The variables that hold the keys of the config's other models. Nothing of those keys is kept or shown
    /// either.
    pub other_keys: Vec<String>,
    /// Secrets that stand in the config itself: they are not kept or shown either.
    pub literals: Vec<SecretString>,
    /// The words of the system prompt, which stand before those of the task.
    pub system: Option<String>,
    /// The temperature. Sent when set; 1.0 otherwise, or nothing where the provider's default is that anyway or the
    /// model reasons.
    pub temperature: Option<f64>,
    /// Whether no temperature is sent, whatever its provider's default is (`temperature = "none"`).
    pub no_temperature: bool,
    /// The longest answer in tokens, reasoning included; the default of its provider where it is `None`.
    pub max_tokens: Option<u32>,
    /// Whether the model reasons before it answers, and is asked as such models are; known by its id
    /// where it is `None`.
    pub reasoning: Option<bool>,
    /// Azure's dated API; its v1 API where it is `None`.
    pub api_version: Option<String>,
    /// Further fields of the request body, as they are (`top_k`, `top_p`, `reasoning_effort`…).
    pub parameters: BTreeMap<String, toml::Value>,
    /// Whether it answers in words or as JSON.
    pub answer_format: AnswerFormat,
    /// The tasks that it is asked.
    pub tasks: Tasks,
    /// Answers per item for some tasks, by task id: so many, and never more.
    pub samples: BTreeMap<String, u32>,
    /// How fast it may be asked, and at what price.
    pub terms: Terms,
    /// Whether it is asked through the provider's batch endpoint: cheaper, and answered within a day.
    pub batch: bool,
    /// Whether answers are asked for in pieces (`stream`), for endpoints that give no others; a recording's key
    /// has no part of it.
    pub stream: bool,
    /// Whether the number of tokens is asked for with an answer in pieces.
    pub stream_usage: bool,
    /// Whether it is asked back, once and in the same conversation, where its response cannot be read.
    /// A recording's key has no part of it.
    pub clarify: bool,
    /// Whether one sample may be of several versions of the model, as the provider reports them.
    pub any_version: bool,
    /// Earlier turns of the conversation, sent before the question.
    pub messages: Vec<Message>,
    /// The table `[model.http]`, for a provider that takes one.
    pub http: Option<Endpoint>,
    /// The program that is asked, for a provider that takes one.
    pub command: Option<Command>,
}

/// How fast a model may be asked, what it costs, and the most that a run may ask and spend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// Requests in flight at most; `[sampling] concurrency` where it is `None`.
    pub(crate) concurrency: Option<usize>,
    pub(crate) requests_per_minute: Option<f64>,
    /// Tokens of questions and answers.
    pub(crate) tokens_per_minute: Option<f64>,
    pub(crate) price: Option<Price>,
    /// The most requests of a run, tries that failed included.
    pub(crate) max_requests: Option<u64>,
    /// The most US dollars that a run may spend on it.
    pub(crate) max_usd: Option<f64>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub(crate) input: f64,
    /// The price of answers, reasoning included.
    pub(crate) output: f64,
}

/// The tasks that an entry chooses, each with its place; all when `None`.
pub(crate) type Tasks = Option<Vec<(String, Range<usize>)>>;

/// How the answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    /// Words, as a person would.
    Text,
    /// `response_format` with a JSON schema made from the item's options.
    JsonSchema,
    /// JSON of whatever shape, for servers without schemas: the schema is told in the question.
    JsonObject,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    name: Spanned<String>,
    provider: Spanned<String>,
    model: Option<String>,
    pub(super) base_url: Option<Spanned<String>>,
    key_env: Option<Spanned<KeyVariables>>,
    pub(super) key_command: Option<Spanned<Vec<String>>>,
    sign: Option<Spanned<Scheme>>,
    region: Option<Spanned<String>>,
    client_cert: Option<Spanned<String>>,
    client_key: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    system: Option<String>,
    pub(super) temperature: Option<Spanned<Temperature>>,
    pub(super) max_tokens: Option<u32>,
    reasoning: Option<Spanned<bool>>,
    api_version: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<Spanned<String>, toml::Value>,
    answer_format: Option<Spanned<AnswerFormat>>,
    tasks: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    samples: BTreeMap<String, Spanned<u32>>,
    concurrency: Option<Spanned<usize>>,
    requests_per_minute: Option<Spanned<f64>>,
    tokens_per_minute: Option<Spanned<f64>>,
    price: Option<Spanned<Price>>,
    max_requests: Option<Spanned<u64>>,
    max_usd: Option<Spanned<f64>>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    insecure_http: bool,
    pub(super) http: Option<Spanned<RawEndpoint>>,
    pub(super) command: Option<Spanned<Vec<String>>>,
    batch: Option<Spanned<bool>>,
    stream: Option<Spanned<bool>>,
    clarify: Option<Spanned<bool>>,
    #[serde(default)]
    any_version: bool,
}

#[cfg(test)]
mod tests;
