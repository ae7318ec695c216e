//! Reads what a message says, whatever form its `content` has: text, a list of parts, or an answer that is
//! itself JSON. Parts that are not text are named.

use serde_json::Value;

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MessageContent {
    pub text: String,
    /// The words of a refusal that has its own field or part.
    pub refusal: Option<String>,
    /// The kind of the first part that is neither text nor thinking.
    pub beside: Option<String>,
}

/// Kinds of parts that are text.
const TEXT: &[&str] = &["text", "output_text"];

/// Kinds of parts that say nothing about the answer: thinking, and references to sources.
const SILENT: &[&str] = &[
    "thinking",
    "redacted_thinking",
    "reasoning",
    "reasoning_text",
    "reasoning_content",
    "reasoning.text",
    "reasoning.summary",
    "reasoning.encrypted",
    "summary_text",
    "thought",
    "reference",
    "citation",
];

/// Kinds of parts that are not text and were not asked for.
const BESIDE: &[&str] = &[
    "tool_use",
    "tool_call",
    "server_tool_use",
    "image",
    "image_url",
    "input_image",
    "output_image",
    "audio",
    "input_audio",
    "output_audio",
    "video",
    "video_url",
    "file",
];

/// The kind of a part that announces that another model goes on with the answer.
pub(super) const FALLBACK: &str = "fallback";

/// Reads `content`. Anything but text and lists of parts is kept as JSON, so that nothing is lost: the reader
/// of answers may understand it.
pub(super) fn said(content: Option<&Value>) -> MessageContent {
    let text = |text: String| MessageContent { text, ..MessageContent::default() };
    match content {
        None | Some(Value::Null) => MessageContent::default(),
        Some(Value::String(one)) => text(one.clone()),
        Some(part @ Value::Object(_)) if part.get("type").is_some() && kind(part).is_some() => {
            parts(std::slice::from_ref(part))
        }
        Some(Value::Array(list)) => match list.as_slice() {
            [] => MessageContent::default(),
            [Value::String(one)] => text(one.clone()),
            list if is_of_parts(list) => parts(list),
            list => {
                MessageContent { beside: odd_kind(list), ..text(Value::Array(list.to_vec()).to_string()) }
            }
        },
        Some(other) => text(other.to_string()),
    }
}

/// Returns whether the kind of every part in a list is known.
pub(super) fn is_known(list: &[Value]) -> bool {
    list.iter().all(|part| part.is_object() && kind(part).is_some())
}

/// Returns the words in a refusal's field, or `None` if it is empty.
pub(super) fn refused(field: Option<&Value>) -> Option<String> {
    match field? {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(String::new()),
        value => Some(said(Some(value)).text).filter(|words| !words.trim().is_empty()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Text,
    Silent,
    Beside,
    Refusal,
}

/// Returns the kind of a part, or `None` if it is unknown.
fn kind(part: &Value) -> Option<PartKind> {
    let is_text = || words(part).is_some();
    match part.get("type") {
        // Some servers leave out the type of a text.
        None => is_text().then_some(PartKind::Text),
        Some(Value::String(kind)) if TEXT.contains(&kind.as_str()) => is_text().then_some(PartKind::Text),
        Some(Value::String(kind)) if SILENT.contains(&kind.as_str()) => Some(PartKind::Silent),
        Some(Value::String(kind)) if BESIDE.contains(&kind.as_str()) || kind == FALLBACK => {
            Some(PartKind::Beside)
        }
        Some(Value::String(kind)) if kind == "refusal" => Some(PartKind::Refusal),
        Some(_) => None,
    }
}

/// Returns the text of a part, which is a string or has one in `value`.
fn words(part: &Value) -> Option<&str> {
    let text = part.get("text")?;
    text.as_str().or_else(|| text.get("value")?.as_str())
}

/// Returns whether a list consists of parts. Strings may be among them, but strings alone are a list of answers.
fn is_of_parts(list: &[Value]) -> bool {
    list.iter().all(|part| part.is_string() || kind(part).is_some()) && list.iter().any(Value::is_object)
}

/// Returns the first unknown kind in a list that also has known ones: such a list is not itself an answer.
fn odd_kind(list: &[Value]) -> Option<String> {
    let has_known = list.iter().any(|part| part.get("type").is_some() && kind(part).is_some());
    let odd = list.iter().find(|part| kind(part).is_none() && part.get("type").is_some_and(Value::is_string));
    odd.filter(|_| has_known).map(named)
}

/// Returns the name of a part's kind.
fn named(part: &Value) -> String {
    part.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn parts(list: &[Value]) -> MessageContent {
    let mut all = MessageContent::default();
    for part in list {
        match (part, kind(part)) {
            (Value::String(text), _) => all.text.push_str(text),
            // Google marks thinking in this way.
            (part, _) if part.get("thought") == Some(&Value::Bool(true)) => {}
            (part, Some(PartKind::Text)) => all.text.push_str(words(part).unwrap_or_default()),
            (part, Some(PartKind::Refusal)) => {
                let field = part.get("refusal").or_else(|| part.get("text"));
                let words = refused(field).unwrap_or_default();
                all.refusal.get_or_insert_default().push_str(&words);
            }
            // Before any text, it means that the other model gives the whole answer.
            (part, Some(PartKind::Beside)) if all.text.is_empty() && named(part) == FALLBACK => {}
            (part, Some(PartKind::Beside)) => {
                all.beside.get_or_insert_with(|| named(part));
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_shape_is_read_or_kept_as_json() {
        for (content, wanted) in [
            (json!("Very"), "Very"),
            (json!(null), ""),
            (json!(4), "4"),
            (json!(-1.5), "-1.5"),
            (json!(true), "true"),
            (json!([]), ""),
            (json!(["Very"]), "Very"),
            (json!(["a", "b"]), "[\"a\",\"b\"]"),
            (json!([4]), "[4]"),
            (json!({ "answer": "Very" }), "{\"answer\":\"Very\"}"),
            (json!([{ "answer": "Very" }]), "[{\"answer\":\"Very\"}]"),
            (json!([{ "type": "text", "text": "a" }, { "text": "b" }, "c"]), "abc"),
            (json!([{ "type": "reasoning", "text": "a" }, { "type": "text", "text": "b" }]), "b"),
            (json!([{ "text": "a", "thought": true }, { "text": "b" }]), "b"),
            (json!([{ "type": "text", "text": { "value": "a", "annotations": [] } }]), "a"),
            (json!({ "type": "text", "text": "a" }), "a"),
            (json!([{ "type": "thinking", "thinking": "a" }]), ""),
            // Nothing is guessed about an unknown kind.
            (json!([{ "type": "draft", "text": "a" }]), "[{\"text\":\"a\",\"type\":\"draft\"}]"),
        ] {
            let said = said(Some(&content));
            let same = said.text == wanted
                || serde_json::from_str::<Value>(&said.text).ok() == serde_json::from_str(wanted).ok();
            assert!(same && said.refusal.is_none(), "{content}: {said:?}");
        }
    }

    #[test]
    fn a_refusal_is_a_field_or_a_part() {
        for (field, wanted) in [
            (json!("I cannot."), Some("I cannot.")),
            (json!(true), Some("")),
            (json!(""), None),
            (json!(false), None),
            (json!(null), None),
        ] {
            assert_eq!(refused(Some(&field)).as_deref(), wanted, "{field}");
        }
        let part = json!([{ "type": "output_text", "text": "a" }, { "type": "refusal", "refusal": "b" }]);
        let wanted = MessageContent { text: "a".to_owned(), refusal: Some("b".to_owned()), beside: None };
        assert_eq!(said(Some(&part)), wanted);
    }
    #[test]
    fn a_part_that_is_no_text_is_named() {
        let text = json!({ "type": "text", "text": "a" });
        for (list, beside) in [
            (json!([text, { "type": "image_url", "image_url": { "url": "x" } }]), Some("image_url")),
            (json!([{ "type": "tool_use", "name": "f" }, text]), Some("tool_use")),
            (json!([text, { "type": "draft", "text": "b" }]), Some("draft")),
            (json!([text, { "type": "fallback" }, text]), Some("fallback")),
            (json!([{ "type": "fallback" }, text]), None),
            (json!([{ "type": "thinking", "thinking": "t" }, text, { "type": "reference" }]), None),
            // This list is itself an answer.
            (json!([{ "type": "draft", "text": "b" }]), None),
            (json!([{ "answer": "a" }, { "type": "draft" }]), None),
        ] {
            assert_eq!(said(Some(&list)).beside.as_deref(), beside, "{list}");
        }
    }
}
