//! The JSON schema of an answer, for providers with structured output.

use serde_json::{Value, json};

use crate::suite::{Question, Shape};

/// An object with one field, `answer`, made of the words (or letters) the question shows.
///
/// Some servers do not enforce `uniqueItems`: an answer with a duplicate still has to be read as the
/// mistake it is.
#[must_use]
pub fn schema(question: &Question<'_>) -> Value {
    let words: Vec<String> = question
        .shown
        .iter()
        .map(|option| option.marker.map_or_else(|| option.text.clone(), String::from))
        .collect();
    let list = |size: usize| {
        json!({ "type": "array", "items": { "type": "string", "enum": words },
                "minItems": size, "maxItems": size, "uniqueItems": true })
    };
    let answer = match question.task.shape {
        Shape::Set { pick } => list(pick),
        Shape::Ranking => list(words.len()),
        Shape::Level => json!({ "type": "string", "enum": words }),
        Shape::Text => json!({ "type": "string" }),
    };
    json!({ "type": "object", "properties": { "answer": answer }, "required": ["answer"], "additionalProperties": false })
}
