//! The keys of a suite file that the parser accepts, and the values of the keys that take fixed words.

use super::file::{
    RawCheck, RawChoice, RawContext, RawPair, RawPersona, RawRemove, RawStory, RawSuite, RawValue,
};
use super::{Direction, OfRefusals, OfUnread, Order, TaskKind, Wording};
use crate::ground::fields::{FieldNames, names};
#[cfg(feature = "cli")]
use crate::ground::keys::{TakenValue, taken};

/// Returns the keys of each table by the table's name; the first entry is the top of the file.
pub fn tables() -> Vec<(&'static str, FieldNames)> {
    vec![
        ("", names::<RawSuite>()),
        ("option", names::<RawChoice>()),
        ("level", names::<RawChoice>()),
        ("neutral", names::<RawChoice>()),
        ("context", names::<RawContext>()),
        ("value", names::<RawValue>()),
        ("pair", names::<RawPair>()),
        ("story", names::<RawStory>()),
        ("persona", names::<RawPersona>()),
        ("check", names::<RawCheck>()),
        ("remove", names::<RawRemove>()),
    ]
}

/// Returns what the keys of the whole file take.
#[cfg(feature = "cli")]
pub fn takes() -> TakenValue {
    taken::<RawSuite>()
}

/// Returns the words that a key accepts, for keys that accept no others.
pub fn words() -> Vec<(&'static str, FieldNames)> {
    vec![
        ("kind", TaskKind::NAMES),
        ("orders", names::<Order>()),
        ("wordings", names::<Wording>()),
        ("directions", names::<Direction>()),
        ("unread", names::<OfUnread>()),
        ("refusals", names::<OfRefusals>()),
        ("check.unread", names::<OfUnread>()),
        ("check.refusals", names::<OfRefusals>()),
    ]
}
