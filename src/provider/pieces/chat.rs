//! Pieces of chat completions: `choices[0].delta` adds to `choices[0].message`. For every other field the
//! newest value counts (<https://platform.openai.com/docs/api-reference/chat-streaming>, read 2026-11-26).

use serde_json::{Value, json};

use super::{
    GrowingAnswer, Object, OddEvent, Pieces, append, checked, ends, explains, first, idles, is_end,
    keep_beside, newest, only, table, unclear,
};
use crate::provider::content::{is_known, said};
use crate::provider::flags::blocks;
use crate::provider::openai::ENDS;
use crate::provider::shared::the_first;

pub(in crate::provider) const CHAT: Pieces =
    Pieces { add, ended, holds: "choices", tokens: &["usage", "completion_tokens"] };

/// Fields that say who gave the answer. They are the same in all its pieces.
const MARKS: [&str; 3] = ["model", "provider", "system_fingerprint"];

/// Whose turn it is to speak, and how the pieces come.
#[derive(Debug, Default)]
pub(super) struct ChatTurn {
    /// Whether text has come without a role.
    bare: bool,
    /// Whether a role has come after such text.
    again: bool,
    /// Whether the text came as whole messages.
    messages: bool,
}

fn ended(whole: &Object) -> bool {
    match the_first(whole.get("choices")) {
        Some(choice) => is_end(choice.get("finish_reason")),
        // Azure's filter may leave no choice at all.
        None => whole.get("prompt_filter_results").is_some_and(blocks),
    }
}

fn add(growing: &mut GrowingAnswer, mut event: Object) -> Result<(), OddEvent> {
    if !is_own(&event) {
        // Some servers close with an event about the cost.
        return if growing.ended && closes(&event) { Ok(()) } else { Err(OddEvent::Unknown(event)) };
    }
    for field in MARKS {
        growing.same(field, event.get(field))?;
    }
    let choices = event.remove("choices");
    // Counts after the end may come from a gateway, with another id.
    if !growing.ended || choices.as_ref().is_some_and(|choices| *choices != json!([])) {
        growing.same_id(event.get("id"))?;
    }
    newest(&mut growing.body, event);
    let Some(mut choice) = only(choices, "choices")? else { return Ok(()) };
    let (delta, message) = (choice.remove("delta"), choice.remove("message"));
    let (finish, native) = (choice.remove("finish_reason"), choice.remove("native_finish_reason"));
    choice.remove("logprobs");
    // Some servers send the text of a piece a second time as `text`.
    let read: &[&str] = if delta.as_ref().is_some_and(Value::is_object) { &["text"] } else { &[] };
    checked(&choice, read)?;
    choice.remove("text");
    let Some(kept) = first(&mut growing.body, "choices") else { return Ok(()) };
    newest(kept, choice);
    let ends_here = ends(kept, "finish_reason", finish, &ENDS);
    ends(kept, "native_finish_reason", native, &ENDS);
    let mut kept = table(kept, "message").map(std::mem::take).unwrap_or_default();
    match (delta, message) {
        (Some(Value::Object(delta)), message) => {
            let says = delta.get("content").is_some_and(|content| !content.is_null() && *content != "");
            turns(growing, &delta)?;
            add_delta(growing, &mut kept, delta)?;
            // Beside a piece, a message repeats that piece or all so far: it adds nothing.
            match message {
                Some(Value::Object(message)) if !says => add_whole(growing, &mut kept, message)?,
                Some(Value::Object(message)) => growing.size += keep_beside(&mut kept, &message),
                _ => {}
            }
        }
        (None | Some(Value::Null), Some(Value::Object(message))) => add_whole(growing, &mut kept, message)?,
        (None | Some(Value::Null), None | Some(Value::Null)) => {}
        (Some(other), _) | (_, Some(other)) => {
            return unclear(format!("a stream with a `delta` or `message` that is not an object: {other}"));
        }
    }
    if let Some(choice) = first(&mut growing.body, "choices") {
        choice.insert("message".to_owned(), Value::Object(kept));
    }
    growing.ended |= ends_here;
    Ok(())
}

/// Returns whether an event is a piece of a completion, or one of the few others that come between pieces.
fn is_own(event: &Object) -> bool {
    /// Fields of events that only Azure and Portkey send.
    const BESIDE: [&str; 3] = ["prompt_filter_results", "prompt_annotations", "hook_results"];
    let object = event.get("object").and_then(Value::as_str).unwrap_or_default();
    let of_chat = event.get("choices").is_some_and(|choices| !choices.is_null())
        || event.get("usage").is_some_and(Value::is_object)
        || object.starts_with("chat.completion")
        || BESIDE.iter().any(|field| event.contains_key(*field));
    idles(event) || of_chat && !explains(event)
}

/// Returns whether an event of unknown shape may come after the end: it reports no failure and says nothing.
fn closes(event: &Object) -> bool {
    let has_code =
        ["code", "status", "status_code", "error", "errors"].iter().any(|field| event.contains_key(*field));
    !event.is_empty() && !has_code && !explains(event) && checked(event, &[]).is_ok()
}

/// Checks the role in a piece. Only the first piece has a role, or each one does. A role that comes again after
/// pieces without it begins another answer.
fn turns(growing: &mut GrowingAnswer, delta: &Object) -> Result<(), OddEvent> {
    growing.speaks(delta.get("role"))?;
    let has_role = delta.get("role").and_then(Value::as_str).is_some_and(|role| !role.is_empty());
    let has_text = delta.get("content").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    growing.chat.again |= has_role && growing.chat.bare;
    if growing.chat.again && has_text {
        return unclear("a stream in which a second answer begins (`role` comes again)");
    }
    growing.chat.bare |= has_text && !has_role;
    Ok(())
}

/// Adds a whole message. Some servers close with one, some send all of it so far each time, and some send
/// nothing else.
fn add_whole(growing: &mut GrowingAnswer, kept: &mut Object, message: Object) -> Result<(), OddEvent> {
    checked(&message, &["content"])?;
    growing.size += keep_beside(kept, &message);
    let before = said(kept.get("content")).text;
    let now = said(message.get("content")).text;
    let fits = match before.is_empty() || growing.chat.messages {
        true => now.starts_with(&before) && !(growing.ended && now.len() > before.len()),
        false => now.is_empty() || now.trim() == before.trim(),
    };
    if !fits {
        return unclear(format!("a stream whose messages are not the same: `{before}` and `{now}`"));
    }
    if before.is_empty() || growing.chat.messages {
        growing.chat.messages |= !now.is_empty();
        growing.size += now.len() - before.len();
        newest(kept, message);
    }
    Ok(())
}

/// Adds a piece to a message.
pub(super) fn add_delta(
    growing: &mut GrowingAnswer,
    kept: &mut Object,
    delta: Object,
) -> Result<(), OddEvent> {
    let more = |field: &str| delta.get(field).is_some_and(|value| !value.is_null() && *value != "");
    if growing.chat.messages && more("content") {
        return unclear("a stream with both pieces and whole messages");
    }
    checked(&delta, &["content"])?;
    growing.size += keep_beside(kept, &delta);
    for field in ["content", "refusal"] {
        match delta.get(field) {
            Some(Value::String(text)) => {
                growing.says(text)?;
                match kept.get_mut(field) {
                    // After parts, the text becomes one more part.
                    Some(Value::Array(parts)) => parts.push(json!({ "type": "text", "text": text })),
                    _ => append(kept, field, text),
                }
            }
            Some(Value::Array(more)) if is_known(more) => {
                // Parts must not come after the end, even without text.
                let text = said(delta.get(field)).text;
                growing.says(&text)?;
                growing.size += more.iter().map(|part| part.to_string().len()).sum::<usize>();
                let before = match kept.remove(field) {
                    Some(Value::Array(parts)) => parts,
                    Some(Value::String(text)) => vec![json!({ "type": "text", "text": text })],
                    _ => Vec::new(),
                };
                kept.insert(field.to_owned(), before.into_iter().chain(more.iter().cloned()).collect());
            }
            Some(Value::Null) | None => {}
            Some(other) => {
                return unclear(format!("a stream with a piece of `{field}` that is not text: {other}"));
            }
        }
    }
    Ok(())
}
