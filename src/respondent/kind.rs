//! What is to know of a provider before it is asked: where it is, which settings it takes, and what
//! is sent where the config says nothing. Each wire's file states its own ([`Kind`]); the config is
//! checked against it where the mistake can be shown in place.

use std::time::Duration;

use super::traits::{self, Traits};
use super::{ConnectError, Wire};
pub(super) use crate::config::Wrong;
use crate::config::{AnswerFormat, Model};
use crate::ground::environment::Variables;

/// What makes a wire of a model, see [`connect`](super::connect).
pub(super) type Connect = fn(&Model, Duration, Variables) -> Result<Box<dyn Wire>, ConnectError>;

/// A provider, as its wire's file states it.
pub(super) struct Kind {
    /// Its name in the config and in a recording's key.
    pub name: &'static str,
    pub connect: Connect,
    pub place: Place,
    /// Settings of `[[model]]` that not every provider has, and this one does.
    pub takes: &'static [&'static str],
    /// Fields of the request that `parameters` may not set, with what to do instead. A field within
    /// a table is `table.field`.
    pub reserved: &'static [(&'static str, &'static str)],
    pub most_temperature: f64,
    /// The temperature that is sent unless the config sets one.
    pub temperature: Option<f64>,
    /// The longest answer, in tokens, that is asked for unless the config sets it.
    pub max_tokens: Option<u32>,
    /// What else must hold of the settings.
    pub check: fn(&Model) -> Result<(), Wrong>,
}

/// Where a provider is.
pub(super) enum Place {
    /// At this address, unless `base_url` says otherwise.
    Public(&'static str),
    /// At an address of the user's own, which looks like this.
    Own(&'static str),
    /// Nowhere on the network.
    Nowhere,
}

impl Kind {
    /// Whether a model's id tells what is peculiar about asking it.
    fn by_id(&self) -> bool {
        self.takes.contains(&"reasoning")
    }

    /// A provider with nothing peculiar about it: temperature 1.0 is sent, the answers' own spread
    /// being what is measured.
    pub(super) const fn new(name: &'static str, connect: Connect) -> Kind {
        Kind {
            name,
            connect,
            place: Place::Nowhere,
            takes: &[],
            reserved: &[],
            most_temperature: 10.0,
            temperature: Some(1.0),
            max_tokens: None,
            check: |_| Ok(()),
        }
    }
}

/// A tally holds answers and gives none.
pub(super) const TALLY: Kind =
    Kind::new("tally", |model, _, _| Err(ConnectError::Tally { model: model.name.clone() }));

/// Whether its provider takes the settings of `model`.
pub(crate) fn check(model: &Model) -> Result<(), Wrong> {
    let kind = super::kind(model.provider);
    if let (Place::Own(example), None) = (&kind.place, &model.base_url) {
        let message =
            format!("the model `{}` needs `base_url`, the address of your own resource", model.name);
        return Err(Wrong::new("base_url", message, format!("add base_url = \"{example}\"")));
    }
    let optional = [
        ("reasoning", model.reasoning.is_some()),
        ("api_version", model.api_version.is_some()),
        ("batch", model.batch),
        ("stream", model.stream),
        ("json_object", model.answer_format == AnswerFormat::JsonObject),
    ];
    for (field, set) in optional {
        if set && !kind.takes.contains(&field) {
            let message = format!("`{field}` is nothing that provider `{}` has", kind.name);
            if field == "json_object" {
                let help = "set answer_format = \"json_schema\" or \"text\"";
                return Err(Wrong::new("answer_format", message, help));
            }
            let help = match field {
                "batch" => {
                    "leave it out: `openai`, `openai_responses`, `azure`, `anthropic` and `gemini` have batch endpoints"
                }
                _ => "leave it out: what is its own goes into `parameters`",
            };
            return Err(Wrong::new(field, message, help));
        }
    }
    if model.stream && model.batch {
        let message = "`stream` has no effect on a batch, whose answers come whole";
        return Err(Wrong::new("stream", message, "leave one of them out"));
    }
    if model.batch && model.key_env.len() > 1 {
        let message = "a batch belongs to the account of one key, and `key_env` names several";
        return Err(Wrong::new("batch", message, "name one key, or leave `batch` out"));
    }
    if model.no_temperature && kind.temperature.is_none() {
        let message = format!("no temperature is sent to `{}` anyway", model.name);
        return Err(Wrong::new("temperature", message, "leave it out"));
    }
    let most = kind.most_temperature;
    if let Some(temperature) = model.temperature.filter(|temperature| !(0.0..=most).contains(temperature)) {
        let message = format!("the temperature is {temperature}, not between 0 and {most}");
        return Err(Wrong::new("temperature", message, format!("provider `{}` takes no other", kind.name)));
    }
    for (path, help) in kind.reserved {
        if parameter(model, path).is_some() {
            let message = format!("`{path}` is not for `parameters` of `{}`", model.name);
            return Err(Wrong::new(&format!("parameters.{path}"), message, *help));
        }
    }
    (kind.check)(model)
}

/// Whether a key goes with what is asked of `model`.
pub(super) fn has_key(model: &Model) -> bool {
    !model.key_env.is_empty() || (model.key_command.is_some() && model.sign.is_none())
}

/// What `parameters` says at `path`.
pub(super) fn parameter<'m>(model: &'m Model, path: &str) -> Option<&'m toml::Value> {
    let mut parts = path.split('.');
    let first = model.parameters.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// The temperature that is sent. None is to a model that refuses any but its own, unless the config sets
/// it, nor where the config says so.
pub(super) fn temperature(model: &Model) -> Option<f64> {
    let kind = super::kind(model.provider);
    let refused = model.no_temperature || kind.by_id() && !Traits::of(model).temperature;
    model.temperature.or(kind.temperature.filter(|_| !refused))
}

/// The longest answer that is asked for, in tokens: what the config sets, or what the API wants set.
pub(crate) fn max_tokens(model: &Model) -> Option<u32> {
    let usual = super::kind(model.provider).max_tokens;
    let thinking = usual.and(Traits::of(model).max_tokens).filter(|_| traits::thinks(model));
    model.max_tokens.or(thinking).or(usual)
}

/// The longest answer, in tokens, that is likely, as long as none has come: what was thought counts.
pub(crate) fn likely_longest(model: &Model) -> f64 {
    model.max_tokens.map_or(if traits::thinks(model) { LONG_THOUGHT } else { LONG_ANSWER }, f64::from)
}

/// The shortest answer that is likely, in tokens.
pub(crate) fn likely_shortest(model: &Model) -> f64 {
    let least = if traits::thinks(model) { SHORT_THOUGHT } else { SHORT_ANSWER };
    least.min(likely_longest(model))
}

/// Tokens of a short answer and of a long one, and the same with the thinking before it: to questions such
/// as a survey's, models that think take some hundred tokens mostly, and some thousand at times.
const SHORT_ANSWER: f64 = 10.0;
const LONG_ANSWER: f64 = 1000.0;
const SHORT_THOUGHT: f64 = 300.0;
const LONG_THOUGHT: f64 = 8000.0;
