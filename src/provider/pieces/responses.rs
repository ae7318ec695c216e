//! Pieces of the Responses API: the last event holds the whole answer, and the events before it must say the
//! same (<https://platform.openai.com/docs/api-reference/responses-streaming>, read 2026-11-26).

use serde_json::{Value, json};

use super::{GrowingAnswer, Object, OddEvent, Pieces, other, unclear};
use crate::provider::content::{MessageContent, said};
use crate::provider::error_body;
use crate::provider::finish::word;
use crate::provider::openai_responses::odd_item;

pub(in crate::provider) const RESPONSES: Pieces = Pieces {
    add,
    ended: |whole| {
        whole.contains_key("output") && word(whole.get("status")).is_some()
            || error_body::failed(whole.get("error"))
    },
    holds: "output",
    tokens: &["usage", "output_tokens"],
};

/// What the events before the last have said.
#[derive(Debug, Default)]
pub(super) struct EventState {
    created: bool,
    /// The text in pieces, the text of finished parts, and the refusal in pieces.
    pieces: String,
    refused: String,
    parts: String,
    /// The items that are finished.
    items: Vec<Value>,
    /// The first item that is neither a message nor thinking.
    odd: Option<Value>,
}

fn add(growing: &mut GrowingAnswer, mut event: Object) -> Result<(), OddEvent> {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let response = event.remove("response");
    if let Some(response) = &response {
        growing.same("id", response.get("id"))?;
        growing.same("model", response.get("model"))?;
    }
    if let Some(item) =
        event.get("item").filter(|item| item.is_object() && odd_item(std::slice::from_ref(item)).is_some())
    {
        growing.responses.odd.get_or_insert_with(|| json!({ "type": item.get("type") }));
    }
    // Any event shows that an answer is coming.
    growing.body.entry("status").or_insert(json!("in_progress"));
    match kind.as_str() {
        "response.created" if std::mem::replace(&mut growing.responses.created, true) => {
            unclear("a stream in which a second answer begins (`response.created` comes again)")
        }
        "response.completed" | "response.incomplete" | "response.failed" => last(growing, &kind, response),
        "response.output_text.delta" => {
            let text = text(&event, "delta")?;
            growing.says(text)?;
            growing.responses.pieces.push_str(text);
            Ok(())
        }
        "response.refusal.delta" => {
            let text = text(&event, "delta")?;
            growing.says(text)?;
            growing.responses.refused.push_str(text);
            Ok(())
        }
        "response.output_text.done" => {
            let text = text(&event, "text")?;
            growing.size += text.len();
            growing.responses.parts.push_str(text);
            Ok(())
        }
        "response.output_item.done" => {
            let item = event.remove("item").unwrap_or_default();
            growing.size += item.to_string().len();
            growing.responses.items.push(item);
            Ok(())
        }
        _ => other(event),
    }
}

fn text<'e>(event: &'e Object, field: &str) -> Result<&'e str, OddEvent> {
    match event.get(field) {
        Some(Value::String(text)) => Ok(text),
        other => unclear(format!("a stream with a piece of text that is not text: {}", json!(other))),
    }
}

/// Reads the last event, which holds the whole answer.
fn last(growing: &mut GrowingAnswer, kind: &str, response: Option<Value>) -> Result<(), OddEvent> {
    if growing.ended {
        return unclear("a stream in which two answers end");
    }
    let Some(Value::Object(mut response)) = response else {
        return unclear(format!("a stream whose `{kind}` holds no answer"));
    };
    let ended = kind.strip_prefix("response.").unwrap_or(kind);
    let status = word(response.get("status")).unwrap_or_else(|| ended.to_owned());
    if status != ended {
        return unclear(format!("a stream that ends with `{kind}`, though its `status` is `{status}`"));
    }
    response.insert("status".to_owned(), json!(status));
    let items = std::mem::take(&mut growing.responses.items);
    let of_items = said_in(Some(&items)).text;
    let is_empty = |output: Option<&Value>| match output {
        None | Some(Value::Null) => true,
        Some(output) => output.as_array().is_some_and(Vec::is_empty),
    };
    // Some servers leave out of the whole what earlier events have said.
    if is_empty(response.get("output")) && !items.is_empty() {
        response.insert("output".to_owned(), Value::Array(items));
    }
    // An odd item in an earlier event counts even if the whole leaves it out.
    if let (Some(odd), Some(Value::Array(output))) =
        (growing.responses.odd.take(), response.get_mut("output"))
        && odd_item(output).is_none()
    {
        output.push(odd);
    }
    growing.body = response;
    growing.ended = true;
    let whole = said_in(growing.body.get("output").and_then(Value::as_array));
    let told = &growing.responses;
    let refusal = whole.refusal.unwrap_or_default();
    let of_text = [&told.pieces, &told.parts, &of_items].map(|told| (told, &whole.text));
    let differs = of_text
        .into_iter()
        .chain([(&told.refused, &refusal)])
        .find(|(told, whole)| !told.is_empty() && told.trim() != whole.trim());
    match differs {
        Some((told, whole)) if ended != "failed" => {
            unclear(format!("a stream whose pieces say `{told}`, and its end `{whole}`"))
        }
        _ => Ok(()),
    }
}

/// Joins what the messages of an output say.
fn said_in(output: Option<&Vec<Value>>) -> MessageContent {
    let items = output.into_iter().flatten();
    let messages = items.filter(|item| item.get("type").is_some_and(|kind| kind == "message"));
    messages.map(|message| said(message.get("content"))).fold(MessageContent::default(), |mut all, said| {
        all.text.push_str(&said.text);
        if let Some(refusal) = said.refusal {
            all.refusal.get_or_insert_default().push_str(&refusal);
        }
        all
    })
}
