//! Finds out whether a body says that a filter stepped in, besides how it says the answer ended. Such an answer
//! was refused by the provider and does not count, however well it ends.

use serde_json::Value;

/// Fields in which an answer itself says so: MiniMax's for the question and the answer, and Bedrock's.
pub(super) const OWN: [&str; 3] = ["input_sensitive", "output_sensitive", "amazon-bedrock-guardrailAction"];

/// Fields, at any depth, with the findings of a filter: Azure's in chat completions, in the Responses API and
/// in older versions (<https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter>), and
/// Bedrock's trace of a guardrail.
const RESULTS: [&str; 7] = [
    "content_filter_results",
    "content_filter_result",
    "content_filters",
    "content_filter",
    "prompt_filter_results",
    "prompt_annotations",
    "trace",
];

/// The field in which a whole answer says, with [`stepped_in`], that one of its pieces was filtered.
pub(super) const FIELD: &str = RESULTS[0];

/// Returns the value that marks a whole answer of which a piece was filtered.
pub(super) fn stepped_in() -> Value {
    serde_json::json!({ "filtered": true })
}

/// Returns whether an answer, or a piece of one, says that a filter stepped in.
pub(super) fn flagged(answer: &Value) -> bool {
    match answer {
        Value::Object(fields) => fields.iter().any(|(name, value)| says(name, value) || flagged(value)),
        Value::Array(list) => list.iter().any(flagged),
        _ => false,
    }
}

fn says(name: &str, value: &Value) -> bool {
    if OWN.contains(&name) {
        return *value == true || *value == "INTERVENED";
    }
    RESULTS.contains(&name) && blocks(value)
}

/// Returns whether a filter's findings say that something was stopped. What it only noticed does not count.
pub(super) fn blocks(results: &Value) -> bool {
    match results {
        Value::Object(fields) => {
            let is = |field| fields.get(field) == Some(&Value::Bool(true));
            let action = fields.get("action").and_then(Value::as_str);
            is("filtered") || is("blocked") || action == Some("BLOCKED") || fields.values().any(blocks)
        }
        Value::Array(list) => list.iter().any(blocks),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_stopped_is_told_from_what_was_noticed() {
        let hate = |filtered: bool| json!({ "hate": { "filtered": filtered, "severity": "medium" } });
        for (body, wanted) in [
            (json!({ "choices": [{ "content_filter_results": hate(true) }] }), true),
            (json!({ "choices": [{ "content_filter_results": hate(false) }] }), false),
            (json!({ "prompt_filter_results": [{ "content_filter_results": hate(true) }] }), true),
            (json!({ "content_filters": [{ "blocked": true, "source_type": "completion" }] }), true),
            (
                json!({ "content_filters": [{ "blocked": false, "content_filter_results": hate(false) }] }),
                false,
            ),
            (
                json!({ "content_filters": [{ "blocked": false, "content_filter_results": hate(true) }] }),
                true,
            ),
            (json!({ "output_sensitive": true }), true),
            (json!({ "output_sensitive": false, "amazon-bedrock-guardrailAction": "NONE" }), false),
            (json!({ "trace": { "guardrail": { "topics": [{ "action": "BLOCKED" }] } } }), true),
            (
                json!({ "trace": { "guardrail": { "topics": [{ "action": "NONE", "detected": true }] } } }),
                false,
            ),
            // In other fields these words are not a filter's.
            (json!({ "message": { "content": { "filtered": true } }, "blocked": true }), false),
        ] {
            assert_eq!(flagged(&body), wanted, "{body}");
        }
    }
}
