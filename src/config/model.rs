//! A `[[model]]` entry of the config.

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
use super::stdio::{RawStdio, Stdio};
use super::temperature::Temperature;

pub(super) use checked::{EntryReader, Places, checked};

/// A model that the config tells to ask.
#[derive(Debug, Clone)]
pub struct Model {
    /// The role, under which recordings and snapshots are kept.
    pub name: String,
    /// Where the name stands in the config.
    pub span: Range<usize>,
    /// The provider that it is asked through.
    pub provider: &'static Spec,
    /// The id by which the provider knows the model.
    pub model: String,
    /// Whether the config gives that id; its name stands for it otherwise.
    pub has_id: bool,
    /// The base address for requests; `None` for the provider's own.
    pub base_url: Option<String>,
    /// Names of the environment variables that hold the key, or several keys that are used in turn.
    pub key_env: Vec<String>,
    /// A program that prints a short-lived key.
    pub key_command: Option<Command>,
    /// How requests are signed instead of carrying a key; `key_command` then prints the credentials.
    pub sign: Option<Signing>,
    /// The certificate that identifies this client to its server.
    pub certificate: Option<Certificate>,
    /// Further headers of each request. In a value, `{NAME}` stands for an environment variable and `{key}` for the
    /// key. Headers are not part of a recording's key.
    pub headers: BTreeMap<String, String>,
    /// The variables that hold the keys of the config's other models. Those keys are never stored or shown.
    pub other_keys: Vec<String>,
    /// Secrets that are written in the config itself. They are never stored or shown.
    pub literals: Vec<SecretString>,
    /// The system prompt, which is put before that of the task.
    pub system: Option<String>,
    /// The temperature. If it is not set, 1.0 is sent, or nothing if that is the provider's default or the model
    /// reasons.
    pub temperature: Option<f64>,
    /// Whether no temperature is sent at all (`temperature = "none"`).
    pub no_temperature: bool,
    /// The longest answer in tokens, including reasoning; `None` for the provider's default.
    pub max_tokens: Option<u32>,
    /// Whether the model reasons before it answers, and is asked accordingly; `None` to recognize that by its id.
    pub reasoning: Option<bool>,
    /// The dated version of Azure's API; `None` for the v1 API.
    pub api_version: Option<String>,
    /// Further fields of the request body, sent as they are (`top_k`, `top_p`, `reasoning_effort`…).
    pub parameters: BTreeMap<String, toml::Value>,
    /// Whether it answers in words or as JSON.
    pub answer_format: AnswerFormat,
    /// The tasks that it is asked.
    pub tasks: Tasks,
    /// A fixed number of answers per item for some tasks, by task id. No check asks for more.
    pub samples: BTreeMap<String, u32>,
    /// How fast it may be asked, and at what price.
    pub terms: Terms,
    /// Whether it is asked through the provider's batch endpoint, which is cheaper but may take a day.
    pub batch: bool,
    /// Whether answers are streamed (`stream`), for endpoints that offer nothing else. This is not part of a
    /// recording's key.
    pub stream: bool,
    /// Whether a streamed answer must report its number of tokens.
    pub stream_usage: bool,
    /// Whether it is asked back, once, in the same conversation, if its response cannot be read. This is not part of
    /// a recording's key.
    pub clarify: bool,
    /// Whether one sample may mix versions of the model, as the provider reports them.
    pub any_version: bool,
    /// Earlier turns of the conversation, sent before the question.
    pub messages: Vec<Message>,
    /// The table `[model.http]`, for a provider that takes one.
    pub http: Option<Endpoint>,
    /// The program that is asked, for a provider that takes one.
    pub command: Option<Command>,
    /// The table `[model.stdio]`, if the program is asked in its own shape.
    pub stdio: Option<Stdio>,
}

impl Model {
    /// Returns whether it is a product of the user's: a service, a program or a function, which has its own parameters.
    pub(crate) fn is_product(&self) -> bool {
        self.provider.instead.is_some()
    }
}

/// How fast a model may be asked, its price, and the most that a run may ask and spend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// The most requests at the same time; `None` for `[sampling] concurrency`.
    pub(crate) concurrency: Option<usize>,
    pub(crate) requests_per_minute: Option<f64>,
    /// Tokens of questions and answers together.
    pub(crate) tokens_per_minute: Option<f64>,
    pub(crate) price: Option<Price>,
    /// The most requests of a run, including failed tries.
    pub(crate) max_requests: Option<u64>,
    /// The most US dollars that a run may spend on this model.
    pub(crate) max_usd: Option<f64>,
}

/// Prices in US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub(crate) input: f64,
    /// The price of answers, including reasoning.
    pub(crate) output: f64,
}

/// The tasks that an entry chooses, each with its place in the config; `None` for all tasks.
pub(crate) type Tasks = Option<Vec<(String, Range<usize>)>>;

/// The format in which an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    /// Plain text, as a person would answer.
    Text,
    /// JSON by `response_format`, with a schema made from the item's options.
    JsonSchema,
    /// JSON of any shape, for servers without schemas; the question describes the schema.
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
    pub(super) stdio: Option<Spanned<RawStdio>>,
    batch: Option<Spanned<bool>>,
    stream: Option<Spanned<bool>>,
    clarify: Option<Spanned<bool>>,
    #[serde(default)]
    any_version: bool,
}

#[cfg(test)]
mod tests;
