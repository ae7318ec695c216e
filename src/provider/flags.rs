//! Where a body says, beside how its answer ended, that a filter stepped in: then it is a refusal of the provider's,
//! and no answer, however well it ends.

use serde_json::Value;

/// The fields in which an answer says so itself: MiniMax's of the question or the answer, or Bedrock's.
pub(super) const OWN: [&str; 3] = ["input_sensitive", "output_sensitive", "amazon-bedrock-guardrailAction"];

/// The fields, at any depth, that hold what a filter found: Azure's of chat completions, of the Responses API and of
/// older versions (<https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter>), and Bedrock's
/// trace of a guardrail.
const RESULTS: [&str; 7] = [
    "content_filter_results",
    "content_filter_result",
    "content_filters",
    "content_filter",
    "prompt_filter_results",
    "prompt_annotations",
    "trace",
];

/// Where the pieces of a stream say so, the whole has this field with what [`stepped_in`] gives.
pub(super) const FIELD: &str = RESULTS[0];

/// What says of a whole that one of its pieces was filtered.
pub(super) fn stepped_in() -> Value {
    serde_json::json!({ "filtered": true })
}

/// Whether an answer, or a piece of one, says that a filter stepped in.
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

/// Whether what a filter found says that anything was stopped. What it only noticed is let be.
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
            // Elsewhere it is no filter's.
            (json!({ "message": { "content": { "filtered": true } }, "blocked": true }), false),
        ] {
            assert_eq!(flagged(&body), wanted, "{body}");
        }
    }
}
