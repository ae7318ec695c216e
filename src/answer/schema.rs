//! The JSON schema of an answer, for providers that can enforce one.

use serde_json::{Value, json};

use crate::suite::Question;

/// The JSON schema of an answer to `question`: an object with the single, required member `answer`.
///
/// A set is an array of exactly `pick` different texts, a level is one text, a ranking is an array with every letter
/// once, and free text is a string. Texts and their order are those shown. Some servers do not enforce `uniqueItems`,
/// so [`read`](super::read) checks it again.
///
/// ```
/// use alignspec::__testing::answer::schema;
/// use alignspec::__testing::suite::Suite;
///
/// let suite = Suite::from_text("yes.toml", r#"
///     id = "Y"
///     title = "One of two"
///     kind = "select"
///     pick = 1
///     orders = ["listed"]
///     prompt = "Pick {pick}:\n{options}"
///     option = [{ id = "yes", label = "Yes" }, { id = "no", label = "No" }]
/// "#)?;
/// let task = suite.task.ok_or("no task")?;
/// let schema = schema(&task.question(0, 0, 0, 0));
/// assert_eq!(schema["properties"]["answer"]["items"]["enum"], serde_json::json!(["Yes", "No"]));
/// assert_eq!(schema["required"], serde_json::json!(["answer"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn schema(question: &Question<'_>) -> Value {
    json!({
        "type": "object",
        "properties": { "answer": question.task.shape.schema(question) },
        "required": ["answer"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::testing;

    #[test]
    fn a_set_is_an_array_of_so_many_shown_texts() {
        let schema = schema(&testing::select());
        let answer = &schema["properties"]["answer"];
        assert_eq!((&answer["minItems"], &answer["maxItems"]), (&json!(5), &json!(5)));
        assert_eq!(answer["uniqueItems"], json!(true));
        assert_eq!(answer["items"]["enum"].as_array().map(Vec::len), Some(12));
        assert_eq!(schema["additionalProperties"], json!(false));
    }

    #[test]
    fn a_level_is_one_of_the_shown_texts_in_shown_order() {
        let schema = schema(&testing::trade_off_swapped());
        let levels = &schema["properties"]["answer"]["enum"];
        assert_eq!(levels[0], json!("Definitely human autonomy"));
        assert_eq!(levels[4], json!("Definitely safety"));
    }

    #[test]
    fn a_ranking_is_an_array_of_letters() {
        let schema = schema(&testing::rank_reversed());
        let answer = &schema["properties"]["answer"];
        assert_eq!(answer["items"]["enum"], json!(["A", "B", "C", "D", "E", "F"]));
        assert_eq!(answer["minItems"], json!(6));
    }

    #[test]
    fn free_text_is_a_string() {
        assert_eq!(schema(&testing::open())["properties"]["answer"], json!({ "type": "string" }));
    }
}
