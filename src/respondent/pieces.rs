//! How the pieces of a streamed answer go together to the same JSON as of an answer that comes whole; one table
//! a wire. What is not read of an answer (thinking, tools, probabilities) is not kept.
//!
//! Chat completions: <https://platform.openai.com/docs/api-reference/chat-streaming>; the Responses API:
//! <https://platform.openai.com/docs/api-reference/responses-streaming>; Anthropic:
//! <https://platform.claude.com/docs/en/build-with-claude/streaming>; Gemini:
//! <https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>; Ollama:
//! <https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>; Bedrock:
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>; read 2026-11-26.

use serde_json::{Map, Value, json};

use super::http::Pieces;
use super::told;

type Object = Map<String, Value>;

/// `choices[0].delta` adds to `choices[0].message`; everything else is said by the newest that says it.
pub(super) const CHAT: Pieces =
    Pieces { add: add_chat, ended: |whole| chose(whole, "finish_reason") && !whole.contains_key(UNCLEAR) };

/// Stands in a whole one of whose pieces cannot be told: what it says is not known.
const UNCLEAR: &str = "alignspec: unclear";

/// The last event holds the whole.
pub(super) const RESPONSES: Pieces = Pieces {
    add: add_response,
    ended: |whole| whole.contains_key("output") || told::failed(whole.get("error")),
};

pub(super) const MESSAGES: Pieces = Pieces {
    add: add_message,
    ended: |whole| whole.get("stop_reason").is_some_and(|reason| !reason.is_null()),
};

pub(super) const GEMINI: Pieces = Pieces {
    add: add_gemini,
    ended: |whole| {
        let candidate = whole.get("candidates").and_then(|candidates| candidates.get(0));
        let reason = candidate.and_then(|candidate| candidate.get("finishReason"));
        // A question that was blocked has no candidate.
        reason.is_some_and(|reason| !reason.is_null())
            || candidate.is_none() && whole.contains_key("promptFeedback")
    },
};

pub(super) const OLLAMA: Pieces =
    Pieces { add: add_ollama, ended: |whole| whole.get("done") == Some(&Value::Bool(true)) };

pub(super) const CONVERSE: Pieces = Pieces {
    add: add_converse,
    ended: |whole| {
        whole.get("stopReason").is_some_and(|reason| !reason.is_null()) && !whole.contains_key(UNCLEAR)
    },
};

/// The fields of `event` that say something go over those of `whole`; but what was once true remains so.
fn newest(whole: &mut Object, event: Object) {
    for (name, value) in event {
        let said = whole.get(&name);
        let empty = matches!(&value, Value::Null) || matches!(&value, Value::String(text) if text.is_empty());
        if said.is_none() || !empty && said != Some(&Value::Bool(true)) {
            whole.insert(name, value);
        }
    }
}

/// Adds `more` to the text in a field.
fn append(whole: &mut Object, field: &str, more: &str) -> usize {
    match whole.get_mut(field) {
        Some(Value::String(text)) => text.push_str(more),
        _ => {
            whole.insert(field.to_owned(), json!(more));
        }
    }
    more.len()
}

/// The table at `field`, made where there is none.
fn table<'w>(whole: &'w mut Object, field: &str) -> Option<&'w mut Object> {
    let value = whole.entry(field).or_insert(Value::Null);
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut()
}

/// The first table of the list at `field`, made where there is none.
fn first<'w>(whole: &'w mut Object, field: &str) -> Option<&'w mut Object> {
    let value = whole.entry(field).or_insert(Value::Null);
    if !value.get(0).is_some_and(Value::is_object) {
        *value = json!([{}]);
    }
    value.get_mut(0)?.as_object_mut()
}

/// Each event has a name. All text goes into one block, as it is joined of whole answers.
fn add_converse(whole: &mut Object, event: Object) -> usize {
    let mut added = 0;
    for (name, said) in event {
        match name.as_str() {
            "messageStop" | "metadata" => {
                let Value::Object(said) = said else { continue };
                let kept = said.into_iter().filter(|(field, _)| ["stopReason", "usage"].contains(&&**field));
                newest(whole, kept.collect());
            }
            "messageStart" | "contentBlockDelta" => {
                let text = said.get("delta").and_then(|delta| delta.get("text"));
                if text.is_some_and(|text| !text.is_string()) {
                    whole.insert(UNCLEAR.to_owned(), json!(true));
                }
                let message = table(whole, "output").and_then(|output| table(output, "message"));
                let Some(block) = message.and_then(|message| first(message, "content")) else { continue };
                if let Some(text) = text.and_then(Value::as_str) {
                    added += append(block, "text", text);
                }
            }
            // Where a block begins and ends.
            _ => {}
        }
    }
    added
}

fn chose(whole: &Object, field: &str) -> bool {
    let choice = whole.get("choices").and_then(|choices| choices.get(0));
    choice.and_then(|choice| choice.get(field)).is_some_and(|value| !value.is_null() && *value != "")
}

fn add_chat(whole: &mut Object, mut event: Object) -> usize {
    let choices = event.remove("choices");
    newest(whole, event);
    let Some(Value::Array(choices)) = choices else { return 0 };
    let unclear = |choice: &Value| {
        let of = choice.get("delta").and_then(|delta| delta.get("content"));
        let told = |value: &Value| value.is_null() || value.is_string() || value.is_array();
        !of.is_none_or(told) || choice.get("index").is_some_and(|index| !index.is_null() && !index.is_u64())
    };
    if choices.iter().any(unclear) {
        whole.insert(UNCLEAR.to_owned(), json!(true));
    }
    // There is one, unless a server says more than it was asked.
    let is_first = |choice: &Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
    let Some(Value::Object(mut choice)) = choices.into_iter().find(is_first) else { return 0 };
    let (delta, message) = (choice.remove("delta"), choice.remove("message"));
    choice.remove("logprobs");
    let Some(kept) = first(whole, "choices") else { return 0 };
    // A filter's verdict on one piece is one on all.
    if kept.get("content_filter_results").is_some_and(super::openai::is_blocked) {
        choice.remove("content_filter_results");
    }
    // Some end with "stop" whatever it was that ended the answer.
    let ended = kept.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    if !["", "stop"].contains(&ended) {
        choice.remove("finish_reason");
    }
    newest(kept, choice);
    // Some close with the whole message, and some say nothing else.
    let Some(kept) = table(kept, "message") else { return 0 };
    match (delta, message) {
        (Some(Value::Object(delta)), _) => add_delta(kept, delta),
        (_, Some(Value::Object(message))) if kept.get("content").is_none_or(Value::is_null) => {
            *kept = message;
            kept.get("content").map_or(0, |content| content.as_str().map_or(0, str::len))
        }
        _ => 0,
    }
}

fn add_delta(kept: &mut Object, delta: Object) -> usize {
    let mut size = 0;
    for field in ["content", "refusal"] {
        match delta.get(field) {
            Some(Value::String(text)) => match kept.get_mut(field) {
                // After parts, a text is one.
                Some(Value::Array(parts)) => {
                    size += text.len();
                    parts.push(json!({ "type": "text", "text": text }));
                }
                _ => size += append(kept, field, text),
            },
            Some(Value::Array(more)) => {
                let said = match kept.remove(field) {
                    Some(Value::Array(parts)) => parts,
                    Some(Value::String(text)) => vec![json!({ "type": "text", "text": text })],
                    _ => Vec::new(),
                };
                size += more.iter().map(|part| part.to_string().len()).sum::<usize>();
                kept.insert(field.to_owned(), said.into_iter().chain(more.iter().cloned()).collect());
            }
            Some(Value::Null) | None => {}
            Some(other) => {
                kept.insert(field.to_owned(), other.clone());
            }
        }
    }
    size
}

fn add_response(whole: &mut Object, mut event: Object) -> usize {
    let kind = event.get("type").and_then(Value::as_str);
    let last = matches!(kind, Some("response.completed" | "response.incomplete" | "response.failed"));
    match event.remove("response") {
        Some(Value::Object(response)) if last => *whole = response,
        // Something is coming.
        _ => {
            whole.entry("status").or_insert(json!("in_progress"));
        }
    }
    0
}

fn add_message(whole: &mut Object, mut event: Object) -> usize {
    let kind = event.get("type").and_then(Value::as_str).map(str::to_owned);
    let index = event.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
    match (kind.as_deref(), event.remove("message"), event.remove("delta"), index) {
        (Some("message_start"), Some(Value::Object(message)), ..) => {
            *whole = message;
            whole.insert("content".to_owned(), json!([]));
            0
        }
        (Some("content_block_start"), _, _, Some(index)) => {
            let block = event.remove("content_block").unwrap_or_default();
            put(whole, index, block)
        }
        (Some("content_block_delta"), _, Some(Value::Object(delta)), Some(index)) => {
            let block = whole.get_mut("content").and_then(|content| content.get_mut(index)?.as_object_mut());
            let is_text = delta.get("type").and_then(Value::as_str) == Some("text_delta");
            let text = delta.get("text").and_then(Value::as_str).filter(|_| is_text);
            block.zip(text).map_or(0, |(block, text)| append(block, "text", text))
        }
        (Some("message_delta"), _, Some(Value::Object(delta)), _) => {
            newest(whole, delta);
            if let (Some(Value::Object(used)), Some(kept)) = (event.remove("usage"), table(whole, "usage")) {
                newest(kept, used);
            }
            0
        }
        _ => 0,
    }
}

/// A block of a message begins; of one that says nothing only its kind is kept.
fn put(whole: &mut Object, index: usize, block: Value) -> usize {
    let kind = block.get("type").cloned().unwrap_or_default();
    let block = if kind == "text" { block } else { json!({ "type": kind }) };
    let size = block.get("text").and_then(Value::as_str).map_or(0, str::len);
    match whole.get_mut("content").and_then(Value::as_array_mut) {
        // They come in their order.
        Some(blocks) if blocks.len() == index => {
            blocks.push(block);
            size
        }
        _ => 0,
    }
}

fn add_gemini(whole: &mut Object, mut event: Object) -> usize {
    let candidates = event.remove("candidates");
    newest(whole, event);
    let Some(Value::Array(candidates)) = candidates else { return 0 };
    let Some(Value::Object(mut candidate)) = candidates.into_iter().next() else { return 0 };
    let content = candidate.remove("content");
    let Some(kept) = first(whole, "candidates") else { return 0 };
    if kept.get("safetyRatings").is_some_and(is_blocked) {
        candidate.remove("safetyRatings");
    }
    newest(kept, candidate);
    let Some(Value::Array(parts)) = content.and_then(|mut content| content.get_mut("parts").map(Value::take))
    else {
        return 0;
    };
    let thought = |part: &Value| part.get("thought") == Some(&Value::Bool(true));
    let said: Vec<Value> = parts.into_iter().filter(|part| !thought(part)).collect();
    let size = said.iter().filter_map(|part| part.get("text")?.as_str()).map(str::len).sum();
    let Some(content) = table(kept, "content") else { return 0 };
    let all = content.entry("parts").or_insert(json!([]));
    if let Some(all) = all.as_array_mut() {
        all.extend(said);
    }
    size
}

fn is_blocked(ratings: &Value) -> bool {
    let mut ratings = ratings.as_array().into_iter().flatten();
    ratings.any(|rating| rating.get("blocked") == Some(&Value::Bool(true)))
}

fn add_ollama(whole: &mut Object, mut event: Object) -> usize {
    let message = event.remove("message");
    newest(whole, event);
    let Some(kept) = table(whole, "message") else { return 0 };
    match message {
        Some(Value::Object(message)) => add_delta(kept, message),
        _ => 0,
    }
}
