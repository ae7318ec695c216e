//! What an answer holds besides text: a tool call, a picture, sound. None was asked for, so a model that sends
//! one has not answered in words alone: the response is kept but counts as unread, however its provider says it
//! ended. Thinking is different: each wire skips it.

use serde_json::Value;

use super::Finish;

/// Fields of a message that call a tool or hold something other than text. They are those of chat completions
/// and Ollama, and those that OpenRouter and others add.
pub(super) const FIELDS: [&str; 10] = [
    "tool_calls",
    "function_call",
    "tool_call",
    "audio",
    "images",
    "image",
    "image_url",
    "videos",
    "video",
    "files",
];

/// Returns whether `value` holds anything. Many servers send fields of a message that are empty in some way.
pub(super) fn is_any(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(is_any),
        Value::Object(fields) => fields.values().any(is_any),
    }
}

/// Returns the field of a message that holds something other than text.
pub(super) fn in_message(message: &Value) -> Option<String> {
    let field = FIELDS.into_iter().find(|field| message.get(*field).is_some_and(is_any))?;
    Some(field.to_owned())
}

/// Returns the first field of the parts in a list that is not in `known`, where the kind of each part is a
/// field (Google's, Amazon's). A `text` that is not a string counts too.
pub(super) fn in_parts(parts: Option<&Value>, known: &[&str]) -> Option<String> {
    let parts = parts.and_then(Value::as_array)?;
    parts.iter().find_map(|part| {
        let Some(fields) = part.as_object() else {
            return is_any(part).then(|| "a part without a kind".to_owned());
        };
        let odd = fields.iter().find(|(name, value)| match name.as_str() {
            "text" => !value.is_string() && is_any(value),
            name => !known.contains(&name) && is_any(value),
        });
        odd.map(|(name, _)| name.clone())
    })
}

/// Returns how an answer ended that holds `beside` besides its text.
pub(super) fn ended(finish: Finish, beside: Option<String>) -> Finish {
    match (finish, beside) {
        (Finish::Stop | Finish::Length | Finish::Other, Some(name)) => {
            let lower = name.to_ascii_lowercase();
            let calls = ["tool", "function", "_call"].iter().any(|part| lower.contains(part));
            let what = if calls { "a tool call" } else { "a part that is not text" };
            Finish::Unknown(format!("{what} (`{name}`)"))
        }
        (finish, _) => finish,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_empty_in_one_way_or_another_is_nothing() {
        for empty in
            [json!(null), json!(""), json!([]), json!({}), json!(false), json!({ "name": "", "parts": [] })]
        {
            assert!(!is_any(&empty), "{empty}");
            assert_eq!(
                in_message(&json!({ "content": "x", "tool_calls": empty, "audio": null })),
                None,
                "{empty}"
            );
        }
        let call = json!({ "content": "x", "tool_calls": [{ "function": { "name": "f" } }] });
        assert_eq!(in_message(&call).as_deref(), Some("tool_calls"));
    }

    #[test]
    fn a_word_for_the_end_that_is_no_answer_stays() {
        let call = || Some("tool_use".to_owned());
        for finish in [Finish::Filter, Finish::Unknown("tool_calls".to_owned())] {
            assert_eq!(ended(finish.clone(), call()), finish);
        }
        for finish in [Finish::Stop, Finish::Length, Finish::Other] {
            assert_eq!(ended(finish.clone(), call()), Finish::Unknown("a tool call (`tool_use`)".to_owned()));
            assert_eq!(ended(finish.clone(), None), finish);
        }
    }
}
