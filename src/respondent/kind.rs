//! What is to know of a provider before it is asked: where it is, which settings it takes, and what
//! is sent where the config says nothing. Each wire's file states its own ([`Kind`]); the config is
//! checked against it where the mistake can be shown in place.

use std::time::Duration;

use super::{ConnectError, Variables, Wire};
use crate::config::Model;

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
    /// Whether the model of this id reasons before it answers, for `reasoning`.
    pub reasons: fn(&str) -> bool,
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
            reasons: |_| false,
            check: |_| Ok(()),
        }
    }
}

/// A tally holds answers and gives none.
pub(super) const TALLY: Kind =
    Kind::new("tally", |model, _, _| Err(ConnectError::Tally { model: model.name.clone() }));

/// A setting that its provider does not take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    /// The field of `[[model]]`; of `parameters`, the field in it: `parameters.stream`.
    pub field: String,
    pub message: String,
    pub help: String,
}

impl Wrong {
    pub(super) fn new(field: &str, message: impl Into<String>, help: impl Into<String>) -> Wrong {
        Wrong { field: field.to_owned(), message: message.into(), help: help.into() }
    }
}

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
    ];
    for (field, set) in optional {
        if set && !kind.takes.contains(&field) {
            let message = format!("`{field}` is nothing that provider `{}` has", kind.name);
            let help = match field {
                "batch" => "leave it out: `openai`, `openai_responses` and `anthropic` have batch endpoints",
                _ => "leave it out: what is its own goes into `parameters`",
            };
            return Err(Wrong::new(field, message, help));
        }
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

/// What `parameters` says at `path`.
pub(super) fn parameter<'m>(model: &'m Model, path: &str) -> Option<&'m toml::Value> {
    let mut parts = path.split('.');
    let first = model.parameters.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// Whether `model` reasons before it answers.
pub(super) fn reasons(model: &Model) -> bool {
    model.reasoning.unwrap_or_else(|| (super::kind(model.provider).reasons)(&model.model))
}

/// The temperature that is sent. None is to a model that reasons, unless the config sets it: most
/// of them refuse it.
pub(super) fn temperature(model: &Model) -> Option<f64> {
    let usual = super::kind(model.provider).temperature.filter(|_| !reasons(model));
    model.temperature.or(usual)
}

/// The longest answer that is asked for, in tokens.
pub(super) fn max_tokens(model: &Model) -> Option<u32> {
    model.max_tokens.or(super::kind(model.provider).max_tokens)
}
