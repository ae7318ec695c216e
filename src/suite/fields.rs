//! The keys of a suite file, and the words that some of them take, as the parser knows them.

use super::file::{RawCheck, RawChoice, RawContext, RawPair, RawStory, RawSuite, RawValue};
use super::{Direction, OfRefusals, OfUnread, Order, TaskKind, Wording};
use crate::ground::fields::{FieldNames, names};

/// The keys of each table of the file, by the table's name; the first one is the top of the file.
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
        ("check", names::<RawCheck>()),
    ]
}

/// The words that a key takes, where it takes no others.
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
