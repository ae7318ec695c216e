//! The keys of alignment.toml that the parser accepts, and the values of the keys that take fixed words.

use super::drift::RawDrift;
use super::model::{AnswerFormat, Price, RawModel};
use super::product::{HttpMethod, Message, RawEndpoint, Role};
use super::signing::Scheme;
use super::stdio::RawStdio;
use super::{Inconclusive, RawConfig, Sampling, VerdictSettings, budget};
use crate::ground::fields::{FieldNames, names};
#[cfg(feature = "cli")]
use crate::ground::keys::{TakenValue, taken};
use crate::suite::file::RawCheck;
use crate::suite::{OfRefusals, OfUnread};

/// Returns the keys of each table by the table's name; the first entry is the top of the file.
pub fn tables() -> Vec<(&'static str, FieldNames)> {
    vec![
        ("", names::<RawConfig>()),
        ("model", names::<RawModel>()),
        ("model.price", names::<Price>()),
        ("model.messages", names::<Message>()),
        ("model.http", names::<RawEndpoint>()),
        ("model.stdio", names::<RawStdio>()),
        ("check", names::<RawCheck>()),
        ("sampling", names::<Sampling>()),
        ("verdict", names::<VerdictSettings>()),
        ("budget", names::<budget::RawBudget>()),
        ("drift", names::<RawDrift>()),
    ]
}

/// Returns what the keys of the whole file take.
#[cfg(feature = "cli")]
pub fn takes() -> TakenValue {
    taken::<RawConfig>()
}

/// Returns the words that a key accepts, for keys that accept no others.
pub fn words() -> Vec<(&'static str, FieldNames)> {
    vec![
        ("model.answer_format", names::<AnswerFormat>()),
        ("model.sign", names::<Scheme>()),
        ("model.messages.role", names::<Role>()),
        ("model.http.method", names::<HttpMethod>()),
        ("check.unread", names::<OfUnread>()),
        ("check.refusals", names::<OfRefusals>()),
        ("verdict.inconclusive", names::<Inconclusive>()),
        ("verdict.unread", names::<OfUnread>()),
        ("verdict.refusals", names::<OfRefusals>()),
    ]
}
