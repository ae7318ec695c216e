//! A provider: what is to know of it, as the config has it, and what makes a wire of a model. And what is sent to a
//! model where the config says nothing.

use std::time::Duration;

use super::traits::{self, Traits};
use super::{ConnectError, Wire};
use crate::config::{Model, Setting, Spec};
use crate::ground::environment::Variables;

/// What makes a wire of a model, see [`connect`](super::connect).
pub(super) type Connect = fn(&Model, Duration, Variables) -> Result<Box<dyn Wire>, ConnectError>;

/// A provider, as its wire's file states it.
pub(super) struct Provider {
    pub spec: Spec,
    pub connect: Connect,
}

/// The temperature that is sent. None is to a model that refuses any but its own, unless the config sets
/// it, nor where the config says so.
pub(super) fn temperature(model: &Model) -> Option<f64> {
    // Whether a model's id tells what is peculiar about asking it.
    let by_id = model.provider.takes(Setting::Reasoning);
    let refused = model.no_temperature || by_id && !Traits::of(model).temperature;
    model.temperature.or(model.provider.temperature.filter(|_| !refused))
}

/// The longest answer that is asked for, in tokens: what the config sets, or what the API wants set.
pub(crate) fn max_tokens(model: &Model) -> Option<u32> {
    let usual = model.provider.max_tokens;
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
