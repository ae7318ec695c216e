//! What an entry of a list in a product's own shape says of itself: its rank, that it was not chosen, an error.

use serde_json::{Map, Value};

use super::{LONGEST_NAME, StructureStop};
use crate::ground::text::one_line;
use crate::suite::Shape;

/// Fields of an entry that say which place it has.
const RANKS: [&str; 4] = ["rank", "ranking", "position", "place"];

/// Fields of an entry that say, if they are false, that it is not part of the answer.
const CHOSEN: [&str; 6] = ["selected", "chosen", "picked", "included", "checked", "ticked"];

/// Checks that the ranks of a list's entries, if they have some, are in order: 1, 2, 3, … or 0, 1, 2, …
pub(super) fn in_order(list: &[Value]) -> Result<(), StructureStop> {
    for name in RANKS {
        let ranks: Vec<Option<&Value>> = list.iter().map(|entry| entry.get(name)).collect();
        if ranks.iter().all(Option::is_none) {
            continue;
        }
        let first = ranks[0].and_then(Value::as_i64).filter(|first| (0..=1).contains(first));
        let wrong = ranks
            .iter()
            .zip(first.unwrap_or(1)..)
            .position(|(rank, place)| first.is_none() || rank.and_then(Value::as_i64) != Some(place));
        if let Some(at) = wrong {
            let said =
                ranks[at].map_or_else(|| "none".to_owned(), |rank| one_line(&rank.to_string(), LONGEST_NAME));
            return StructureStop::unclear(format!(
                "the list is not in the order of its `{name}`: that of entry {} is {said}",
                at + 1
            ));
        }
    }
    Ok(())
}

/// Checks that an entry does not say of itself that it was not chosen.
pub(super) fn chosen(fields: &Map<String, Value>, entry: &str) -> Result<(), StructureStop> {
    // Objects that report an error are no choice of the product.
    if let Some(error) = fields.get("error").filter(|error| !is_nothing(error)) {
        let said = one_line(&error.to_string(), LONGEST_NAME);
        return StructureStop::unclear(format!("{entry} reports an error: {said}"));
    }
    let not = fields.iter().find(|(name, value)| {
        **value == Value::Bool(false) && CHOSEN.iter().any(|known| name.eq_ignore_ascii_case(known))
    });
    match not {
        Some((name, _)) => {
            StructureStop::unclear(format!("{entry} says that it is not chosen: `{name}` is false"))
        }
        None => Ok(()),
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
