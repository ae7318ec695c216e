//! Pieces of Anthropic's Messages: blocks begin, grow and stop, and then the message says how it ended
//! (<https://platform.claude.com/docs/en/build-with-claude/streaming>, read 2026-11-26). That page says to
//! ignore events of unknown types.

use serde_json::{Value, json};

use super::{
    GrowingAnswer, Object, OddEvent, Pieces, append, checked, ends, is_end, newest, other, table, unclear,
};
use crate::provider::anthropic::ENDS;
use crate::provider::other_content::is_any;
use crate::provider::{error_body, flags};

pub(in crate::provider) const MESSAGES: Pieces = Pieces {
    add,
    ended: |whole| is_end(whole.get("stop_reason")),
    holds: "content",
    tokens: &["usage", "output_tokens"],
};

/// The blocks of a message.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    stopped: Vec<usize>,
    /// The first unknown kind of piece that a text block had.
    odd: Option<String>,
}

fn add(growing: &mut GrowingAnswer, mut event: Object) -> Result<(), OddEvent> {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    // Any event may have a guardrail's mark.
    let flags: Object = flags::OWN.iter().filter_map(|field| event.remove_entry(*field)).collect();
    added(growing, &kind, event)?;
    newest(&mut growing.body, flags);
    Ok(())
}

fn added(growing: &mut GrowingAnswer, kind: &str, mut event: Object) -> Result<(), OddEvent> {
    match kind {
        "message_start" => begin(growing, event.remove("message")),
        "content_block_start" => block_begins(growing, &mut event),
        "content_block_delta" => block_grows(growing, &event),
        "message_delta" => {
            let Some(Value::Object(mut delta)) = event.remove("delta") else {
                return unclear("a stream whose `message_delta` holds no delta");
            };
            checked(&delta, &[])?;
            if let (Some(odd), Some(Value::Array(blocks))) =
                (growing.messages.odd.take(), growing.body.get_mut("content"))
            {
                blocks.push(json!({ "type": odd }));
            }
            let reason = delta.remove("stop_reason");
            newest(&mut growing.body, delta);
            growing.ended |= ends(&mut growing.body, "stop_reason", reason, &ENDS);
            if let (Some(Value::Object(used)), Some(kept)) =
                (event.remove("usage"), table(&mut growing.body, "usage"))
            {
                newest(kept, used);
            }
            Ok(())
        }
        "content_block_stop" => {
            growing.messages.stopped.extend(index(&event));
            Ok(())
        }
        "message_stop" => Ok(()),
        _ => other(event),
    }
}

fn begin(growing: &mut GrowingAnswer, message: Option<Value>) -> Result<(), OddEvent> {
    if !growing.body.is_empty() {
        return unclear("a stream in which a second answer begins (`message_start` comes again, or late)");
    }
    let Some(Value::Object(mut message)) = message else {
        return unclear("a stream whose `message_start` holds no message");
    };
    let says = |content: &Value| !matches!(content, Value::Null) && *content != json!([]) && *content != "";
    if let Some(content) = message.get("content").filter(|content| says(content)) {
        return unclear(format!("a stream whose message has content before it begins: {content}"));
    }
    growing.speaks(message.get("role"))?;
    // Nothing has ended yet, even if the event says so.
    message.remove("stop_reason");
    message.insert("content".to_owned(), json!([]));
    growing.body = message;
    Ok(())
}

fn index(event: &Object) -> Option<usize> {
    usize::try_from(event.get("index")?.as_u64()?).ok()
}

/// Begins a block, which must have the next index. Of a block other than text, only its kind is kept.
fn block_begins(growing: &mut GrowingAnswer, event: &mut Object) -> Result<(), OddEvent> {
    let at = index(event);
    let block = event.remove("content_block").unwrap_or_default();
    let text = match block.get("text") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(other) => return unclear(format!("a stream with a block whose text is not text: {other}")),
    };
    growing.says(text)?;
    let kind = block.get("type").cloned().unwrap_or_default();
    if kind == "fallback" && growing.run.count() > 0 {
        return unclear("a stream in which another model goes on with the answer (a `fallback` block)");
    }
    // Another model takes over before anything was said.
    if let Some(model) = block.get("to").and_then(|to| to.get("model")).filter(|_| kind == "fallback") {
        growing.body.insert("model".to_owned(), model.clone());
    }
    let Some(blocks) = growing.body.get_mut("content").and_then(Value::as_array_mut) else {
        return unclear("a stream with a block before its message begins");
    };
    if at != Some(blocks.len()) {
        return unclear(format!("a stream whose block {} is out of order", json!(at)));
    }
    blocks.push(if kind == "text" { block } else { json!({ "type": kind }) });
    Ok(())
}

fn block_grows(growing: &mut GrowingAnswer, event: &Object) -> Result<(), OddEvent> {
    let Some(Value::Object(delta)) = event.get("delta") else {
        return unclear("a stream whose `content_block_delta` holds no delta");
    };
    if error_body::failed(delta.get("error")) {
        return Err(OddEvent::Unknown(delta.clone()));
    }
    let is_text = delta.get("type").and_then(Value::as_str) == Some("text_delta");
    let text = match delta.get("text") {
        Some(Value::String(text)) => text,
        None if !is_text => {
            other_piece(growing, event, delta);
            return Ok(());
        }
        other => return unclear(format!("a stream with a piece of text that is not text: {}", json!(other))),
    };
    growing.says(text)?;
    let at = index(event).filter(|at| !growing.messages.stopped.contains(at));
    let blocks = growing.body.get_mut("content");
    let last = blocks.as_deref().and_then(Value::as_array).map_or(0, Vec::len).saturating_sub(1);
    if let Some(at) = at.filter(|at| *at < last && !text.is_empty()) {
        return unclear(format!("a stream that goes back to block {at} after block {last} began: {text}"));
    }
    let block = blocks.zip(at).and_then(|(blocks, at)| blocks.get_mut(at)?.as_object_mut());
    match block {
        Some(block) if is_text && block.get("type").is_some_and(|kind| kind == "text") => {
            append(block, "text", text);
            Ok(())
        }
        // A piece of a block other than text is ignored, unless it has text.
        _ if text.is_empty() => Ok(()),
        _ => unclear(format!("a stream with a piece of text that belongs to no open block: {text}")),
    }
}

/// Handles a piece without text. In a text block, sources and thinking change nothing; an unknown kind may change it.
fn other_piece(growing: &mut GrowingAnswer, event: &Object, delta: &Object) {
    const SILENT: [&str; 3] = ["citations_delta", "thinking_delta", "signature_delta"];
    let blocks = growing.body.get("content").and_then(Value::as_array);
    let block = blocks.zip(index(event)).and_then(|(blocks, at)| blocks.get(at)?.get("type"));
    let kind = delta.get("type").and_then(Value::as_str).unwrap_or("a piece without a type");
    let says = delta.iter().any(|(field, value)| field != "type" && is_any(value));
    if block.is_some_and(|kind| kind == "text") && says && !SILENT.contains(&kind) {
        growing.messages.odd.get_or_insert_with(|| kind.to_owned());
    }
}
