//! The entry of a provider: its description and the function that connects it. Also the defaults for what the
//! config leaves out.

use std::time::Duration;

use super::traits::{self, Traits};
use super::{ConnectError, Wire};
use crate::config::{Model, Setting, Spec};
use crate::ground::environment::Variables;

/// A function that makes the wire to a model, see [`connect`](super::connect).
pub(super) type Connect = fn(&Model, Duration, Variables) -> Result<Box<dyn Wire>, ConnectError>;

/// A provider, as the file of its wire declares it.
pub(super) struct Provider {
    pub spec: Spec,
    pub connect: Connect,
}

/// Returns the temperature to send. It is `None` where the config says so, and for a model that accepts only
/// its own temperature, unless the config sets one.
pub(super) fn temperature(model: &Model) -> Option<f64> {
    // The ids of models are meaningful only with some providers.
    let by_id = model.provider.takes(Setting::Reasoning);
    let refused = model.no_temperature || by_id && !Traits::of(model).temperature;
    model.temperature.or(model.provider.temperature.filter(|_| !refused))
}

/// Returns the limit on an answer's length in tokens: the one in the config, or the default where the API
/// requires one.
pub(crate) fn max_tokens(model: &Model) -> Option<u32> {
    let usual = model.provider.max_tokens;
    let thinking = usual.and(Traits::of(model).max_tokens).filter(|_| traits::thinks(model));
    model.max_tokens.or(thinking).or(usual)
}

/// Estimates the longest likely answer in tokens, thinking included, before any answer has come.
pub(crate) fn likely_longest(model: &Model) -> f64 {
    model.max_tokens.map_or(if traits::thinks(model) { LONG_THOUGHT } else { LONG_ANSWER }, f64::from)
}

/// Estimates the shortest likely answer in tokens.
pub(crate) fn likely_shortest(model: &Model) -> f64 {
    let least = if traits::thinks(model) { SHORT_THOUGHT } else { SHORT_ANSWER };
    least.min(likely_longest(model))
}

/// Tokens of a short and of a long answer, without and with thinking. On survey-like questions, models that
/// think mostly use a few hundred tokens, and sometimes a few thousand.
const SHORT_ANSWER: f64 = 10.0;
const LONG_ANSWER: f64 = 1000.0;
const SHORT_THOUGHT: f64 = 300.0;
const LONG_THOUGHT: f64 = 8000.0;
