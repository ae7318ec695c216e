//! What the reader needs to know about each shape of answer.

use serde_json::{Value, json};

use super::reader::{Lists, ReadingStop};
use super::{Answer, level, ranking, set};
use crate::suite::{Question, Shape};

impl Shape {
    /// Returns the name of this shape's frames in `frames.txt`.
    pub(super) fn frames(self) -> &'static str {
        match self {
            Shape::Level | Shape::Text => "level",
            Shape::Set { .. } => "set",
            Shape::Ranking => "ranking",
        }
    }

    /// Returns the answer that the lists of a response give together.
    pub(super) fn answer(self, question: &Question<'_>, lists: &Lists) -> Result<Answer, ReadingStop> {
        match self {
            Shape::Set { pick } => set::answer(pick, lists),
            Shape::Ranking => ranking::answer(question, lists),
            Shape::Level | Shape::Text => level::answer(question, lists),
        }
    }

    /// Returns the answer that names these choices (at least one) and nothing else.
    pub(super) fn naming(self, mut choices: Vec<usize>) -> Answer {
        match self {
            Shape::Level => Answer::Level(choices[0]),
            Shape::Ranking => Answer::Ranking(choices),
            Shape::Set { .. } | Shape::Text => {
                choices.sort_unstable();
                Answer::Set(choices)
            }
        }
    }

    /// Returns the JSON schema of the value of `answer`.
    pub(super) fn schema(self, question: &Question<'_>) -> Value {
        let texts = || question.shown.iter().map(|shown| shown.text.clone()).collect::<Vec<_>>();
        let list = |of: Vec<String>, count: usize| {
            json!({
                "type": "array",
                "items": { "type": "string", "enum": of },
                "minItems": count,
                "maxItems": count,
                "uniqueItems": true,
            })
        };
        match self {
            Shape::Set { pick } => list(texts(), pick),
            Shape::Level => json!({ "type": "string", "enum": texts() }),
            Shape::Ranking => {
                let letters = question.shown.iter().filter_map(|shown| shown.marker).map(String::from);
                list(letters.collect(), question.shown.len())
            }
            Shape::Text => json!({ "type": "string" }),
        }
    }
}
