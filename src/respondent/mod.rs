//! Respondents that can be asked: what is sent, what comes back, and what can go wrong, whichever
//! wire it goes over.
//!
//! A wire is one file here and one line in [`connect`]. What it must do: send a [`Request`] once,
//! give back the text, and say of a failure whether it may pass ([`AskError::may_pass`]). Retries,
//! concurrency and recordings are the business of [`sample`](crate::sample).

mod command;
mod endpoint;
mod error;
mod function;
mod http;
mod key;
mod leaf;
mod limits;
mod ollama;
mod openai;
pub mod tally;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use error::is_bidi;
pub use error::{AskError, ConnectError, one_line};
pub use function::{Functions, Question};
pub use key::{Variables, from_environment};

use crate::config::{AnswerFormat, Model, Provider, json_of};
pub use crate::config::{Message, Role};

/// One question as it is sent. The model's own parameters are the wire's.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who the model is to be: the config's words, then the task's.
    pub system: Option<String>,
    /// Earlier turns of the conversation.
    pub messages: Vec<Message>,
    pub prompt: String,
    /// The JSON schema an answer must have; set where the model's
    /// [`AnswerFormat`] is `JsonSchema`.
    pub schema: Option<Value>,
}

impl Request {
    /// The conversation as most providers take it: role and content, the question last.
    fn conversation(&self) -> Vec<Value> {
        let system = self.system.iter().map(|system| json!({ "role": "system", "content": system }));
        let earlier = self.messages.iter().map(|message| json!(message));
        let question = json!({ "role": "user", "content": self.prompt });
        system.chain(earlier).chain([question]).collect()
    }
}

/// What came back. Untrusted text: escape it before it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub text: String,
    pub finish: Finish,
    /// The version the provider says has answered (`gpt-4.1-mini-2025-04-14`).
    pub model: Option<String>,
    /// Tokens of the question, as the provider counts them.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer, as the provider counts and charges them: reasoning included.
    pub tokens_out: Option<u64>,
    /// Those of [`tokens_out`](Self::tokens_out) that were thought and not said.
    pub tokens_reasoning: Option<u64>,
    /// Milliseconds from the question to its response; set by [`sample`](crate::sample), not by a wire.
    pub ms: Option<u64>,
    /// When it came (`2026-11-24T19:40:00Z`); set by [`sample`](crate::sample), too.
    pub at: Option<String>,
}

/// What a provider gives back for one question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    pub response: Response,
    /// What the provider says of its limits.
    pub limits: Limits,
}

/// A provider's limits per minute, as the headers of its answers tell them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    pub requests: Option<Window>,
    pub tokens: Option<Window>,
}

/// What is left of one limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    pub limit: Option<f64>,
    pub remaining: f64,
    /// How long until it is whole again.
    pub reset: std::time::Duration,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It had said all.
    Stop,
    /// The length limit cut it.
    Length,
    /// The provider's content filter did.
    Filter,
    /// A reason this crate does not know, or none given.
    #[default]
    Other,
}

/// A future that a trait object can return.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<Reply, AskError>> + Send + 'a>>;

/// A respondent that can be asked.
pub trait Wire: Send + Sync {
    /// Asks once, without retrying.
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a>;
}

/// The wire to `model`, each request of which may take `limit`. Nothing is sent yet.
///
/// # Errors
/// The variable of its key is not set or holds no key, a parameter is not the user's to set, the model
/// holds answers instead of giving them (a tally), or it is a function: those are known to
/// [`Functions::connect`].
pub fn connect(model: &Model, limit: Duration, variables: Variables) -> Result<Box<dyn Wire>, ConnectError> {
    match model.provider {
        Provider::Openai => Ok(Box::new(openai::OpenAi::new(model, limit, variables)?)),
        Provider::Ollama => Ok(Box::new(ollama::Ollama::new(model, limit, variables)?)),
        Provider::Http => Ok(Box::new(endpoint::Service::new(model, limit, variables)?)),
        Provider::Command => Ok(Box::new(command::Program::new(model, limit, variables)?)),
        Provider::Function => Err(Functions::new().unknown(&model.name)),
        Provider::Tally => Err(ConnectError::Tally { model: model.name.clone() }),
    }
}

/// All that shapes `model`'s answers besides the question: provider, model id, parameters and
/// answer format. The system prompt is part of the question ([`Request`]).
///
/// The base URL is left out, so that what was recorded from a loopback port replays on a machine
/// where the server got another one; two servers that call different models by one id need two
/// names in the config. Keys and headers are no part of it either.
pub fn identity(model: &Model) -> Value {
    let provider = match model.provider {
        Provider::Openai => "openai",
        Provider::Ollama => "ollama",
        Provider::Http => "http",
        Provider::Command => "command",
        Provider::Function => "function",
        Provider::Tally => "tally",
    };
    let format = match model.answer_format {
        AnswerFormat::Text => "text",
        AnswerFormat::JsonSchema => "json_schema",
    };
    let mut identity = Map::new();
    identity.insert("provider".to_owned(), json!(provider));
    identity.insert("model".to_owned(), json!(model.model));
    identity.insert("temperature".to_owned(), json!(temperature(model)));
    identity.insert("max_tokens".to_owned(), json!(model.max_tokens));
    identity.insert("parameters".to_owned(), Value::Object(parameters(model)));
    identity.insert("answer_format".to_owned(), json!(format));
    // Only where there are any: what was recorded before there were such fields keeps its key.
    if !model.messages.is_empty() {
        identity.insert("messages".to_owned(), json!(model.messages));
    }
    if let Some(http) = &model.http {
        identity.insert("http".to_owned(), endpoint::identity(http));
    }
    if let Some(command) = &model.command {
        identity.insert("command".to_owned(), json!(command.line));
    }
    Value::Object(identity)
}

/// 1.0 unless the config says otherwise: the answers' own spread is what is measured.
fn temperature(model: &Model) -> f64 {
    model.temperature.unwrap_or(1.0)
}

/// The further parameters as JSON, in the order of their names.
fn parameters(model: &Model) -> Map<String, Value> {
    model.parameters.iter().map(|(name, value)| (name.clone(), json_of(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::diagnostic::Source;

    fn model(fields: &str) -> Model {
        let text = format!("[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n{fields}");
        let config = Config::parse(std::path::Path::new("/"), Source::new("alignment.toml", text));
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
    fn a_wire_shows_no_key_to_who_debugs_it() {
        let variables: Variables = |_| Some("sk-very-secret".to_owned());
        let entry = |fields: &str| {
            let text = format!("[[model]]\nname = \"m\"\nkey_env = \"K\"\n{fields}");
            let config = Config::parse(std::path::Path::new("/"), Source::new("alignment.toml", text));
            config.expect("a valid config").models.remove(0)
        };
        let limit = Duration::from_secs(1);
        let openai = openai::OpenAi::new(&model("key_env = \"K\""), limit, variables).expect("a wire");
        let model = entry("provider = \"ollama\"\nmodel = \"x\"");
        let ollama = ollama::Ollama::new(&model, limit, variables).expect("a wire");
        let model = entry(
            "provider = \"http\"\n[model.http]\nurl = \"https://h\"\nbody = \"\\\"{prompt}\\\"\"\nheaders = { a = \"T {key}\" }",
        );
        let service = endpoint::Service::new(&model, limit, variables).expect("a wire");
        let model = entry("provider = \"command\"\ncommand = [\"x\"]");
        let program = command::Program::new(&model, limit, variables).expect("a wire");
        let shown = format!("{openai:?} {ollama:?} {service:?} {program:?}");
        assert!(shown.contains("Sensitive") && !shown.contains("sk-very"), "{shown}");
    }

    #[test]
    fn parameters_come_in_one_order() {
        let one = model("parameters = { b = 1, a = { d = [1.5, true], c = \"x\" } }");
        let other = model("parameters = { a = { c = \"x\", d = [1.5, true] }, b = 1 }");
        assert_eq!(identity(&one).to_string(), identity(&other).to_string());
    }
}
