//! What an entry of a list in a product's own shape says of itself: its rank, that it was not chosen, an error.

use serde_json::Value;

use super::{LONGEST_NAME, StructureStop};
use crate::ground::text::one_line;
use crate::suite::Shape;

/// Fields of an entry that say which place it has. Names are compared in lower case and without signs: `rankPosition`
/// and `rank_position` are the same.
const RANKS: [&str; 6] = ["rank", "ranking", "rankposition", "position", "place", "placement"];

/// Fields that say which place an entry of a ranking has if they are numbers. Beside a selection, and as words, they
/// may be anything.
const ORDERS: [&str; 3] = ["order", "index", "ordinal"];

/// Fields of an entry that say, if they are not true, that it is not part of the answer; also with `is` before them.
const CHOSEN: [&str; 6] = ["selected", "chosen", "picked", "included", "checked", "ticked"];

/// Fields of an entry that say, if they are not false, that it is not part of the answer; also with `is` before them.
const REJECTED: [&str; 3] = ["excluded", "rejected", "removed"];

/// Words in `status` that say that there is no answer in the entry.
const FAILED: [&str; 8] =
    ["error", "errored", "exception", "fail", "failed", "failure", "timedout", "timeout"];

/// A field of an entry beside the one that names its option.
#[derive(Debug, Clone)]
pub(super) struct EntryField<'v> {
    /// How many objects stand around its own.
    depth: usize,
    pub name: &'v str,
    /// The name in lower case and without signs.
    pub plain: String,
    pub value: &'v Value,
}

impl EntryField<'_> {
    /// Returns whether its name is one of these, perhaps after `is`.
    fn is(&self, names: &[&str]) -> bool {
        let bare = self.plain.strip_prefix("is").unwrap_or_default();
        names.contains(&self.plain.as_str()) || names.contains(&bare)
    }
}

/// Returns the fields of an entry, and of the objects within on the way to its name, which stands at `pointer`.
pub(super) fn beside<'v>(entry: &'v Value, pointer: &str) -> Vec<EntryField<'v>> {
    let (mut fields, mut at) = (Vec::new(), Some(entry));
    for (depth, part) in pointer.split('/').skip(1).enumerate() {
        let Some(object) = at.and_then(Value::as_object) else { break };
        let way = part.replace("~1", "/").replace("~0", "~");
        let others = object.iter().filter(|(name, _)| **name != way);
        fields.extend(others.map(|(name, value)| EntryField { depth, name, plain: plain(name), value }));
        at = object.get(&way);
    }
    fields
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Returns the whole number that a value is, also as `1.0` or `"1"`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64().or_else(|| {
            let text = number.to_string();
            text.strip_suffix(".0")?.parse().ok()
        }),
        _ => None,
    }
}

/// Checks that the ranks of a list's entries, if they have some, are in order: 1, 2, 3, … or 0, 1, 2, …
pub(super) fn in_order(list: &[Value], pointer: &str, shape: Shape) -> Result<(), StructureStop> {
    let entries: Vec<Vec<EntryField<'_>>> = list.iter().map(|entry| beside(entry, pointer)).collect();
    let counts = |field: &EntryField<'_>| {
        RANKS.contains(&field.plain.as_str())
            || shape.is_ranking() && ORDERS.contains(&field.plain.as_str()) && whole(field.value).is_some()
    };
    let mut seen: Vec<&EntryField<'_>> = Vec::new();
    for field in entries.iter().flatten().filter(|field| counts(field)) {
        let alike = |other: &EntryField<'_>| other.depth == field.depth && other.plain == field.plain;
        if seen.iter().any(|seen| alike(seen)) {
            continue;
        }
        seen.push(field);
        let ranks: Vec<Vec<&Value>> = entries
            .iter()
            .map(|entry| entry.iter().filter(|other| alike(other)).map(|other| other.value).collect())
            .collect();
        let first = ranks[0].first().and_then(|rank| whole(rank)).filter(|first| (0..=1).contains(first));
        let wrong = ranks.iter().zip(first.unwrap_or(1)..).position(|(ranks, place)| {
            first.is_none() || ranks.is_empty() || ranks.iter().any(|rank| whole(rank) != Some(place))
        });
        if let Some(at) = wrong {
            let said: Vec<String> = ranks[at].iter().map(ToString::to_string).collect();
            let said = if said.is_empty() { "none".to_owned() } else { said.join(" and ") };
            return StructureStop::unclear(format!(
                "the list is not in the order of its `{}`: that of entry {} is {}",
                one_line(field.name, LONGEST_NAME),
                at + 1,
                one_line(&said, LONGEST_NAME)
            ));
        }
    }
    Ok(())
}

/// Checks that an entry does not say of itself that it was not chosen, or that it failed.
pub(super) fn chosen(value: &Value, pointer: &str, entry: &str) -> Result<(), StructureStop> {
    for field in beside(value, pointer) {
        let said = one_line(&field.value.to_string(), LONGEST_NAME);
        // Objects that report an error are no choice of the product.
        if field.is(&["error", "errors"]) && !is_nothing(field.value) {
            return StructureStop::unclear(format!("{entry} reports an error: {said}"));
        }
        let name = one_line(field.name, LONGEST_NAME);
        if field.plain == "status" && fails(field.value) {
            return StructureStop::unclear(format!("{entry} says that it failed: `{name}` is {said}"));
        }
        let not = field.is(&CHOSEN) && *field.value != Value::Bool(true)
            || field.is(&REJECTED) && *field.value != Value::Bool(false);
        if not {
            return StructureStop::unclear(format!("{entry} says that it is not chosen: `{name}` is {said}"));
        }
    }
    Ok(())
}

/// Returns whether a status is a word for a failure, or an HTTP status of one.
fn fails(status: &Value) -> bool {
    match status {
        Value::String(word) => FAILED.contains(&plain(word).as_str()),
        status => whole(status).is_some_and(|status| (400..600).contains(&status)),
    }
}

fn is_nothing(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

pub(super) fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Set { .. } => "a selection",
        Shape::Ranking => "a ranking",
        Shape::Level => "a level",
        Shape::Text => "free text",
    }
}

/// Says what a JSON value is.
pub(super) fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
