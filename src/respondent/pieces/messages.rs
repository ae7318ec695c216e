//! Anthropic's Messages: blocks that begin, grow and end, and how the message ended before it stops
//! (<https://platform.claude.com/docs/en/build-with-claude/streaming>, read 2026-11-26). Types of events that are
//! not known are to be passed over there.

use serde_json::{Value, json};

use super::{Growing, Object, Odd, Pieces, append, checked, ends, is_end, newest, other, table, unclear};
use crate::respondent::anthropic::ENDS;
use crate::respondent::{flags, told};

pub(in crate::respondent) const MESSAGES: Pieces = Pieces {
    add,
    ended: |whole| is_end(whole.get("stop_reason")),
    holds: "content",
    tokens: &["usage", "output_tokens"],
};

/// The blocks that have stopped, by their index.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    stopped: Vec<usize>,
}

fn add(growing: &mut Growing, mut event: Object) -> Result<(), Odd> {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    // What a guardrail has done may stand beside any of them.
    let flags: Object = flags::OWN.iter().filter_map(|field| event.remove_entry(*field)).collect();
    added(growing, &kind, event)?;
    newest(&mut growing.body, flags);
    Ok(())
}

fn added(growing: &mut Growing, kind: &str, mut event: Object) -> Result<(), Odd> {
    match kind {
        "message_start" => begin(growing, event.remove("message")),
        "content_block_start" => block_begins(growing, &mut event),
        "content_block_delta" => block_grows(growing, &event),
        "message_delta" => {
            let Some(Value::Object(mut delta)) = event.remove("delta") else {
                return unclear("a stream whose `message_delta` holds no delta");
            };
            checked(&delta, &[])?;
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

fn begin(growing: &mut Growing, message: Option<Value>) -> Result<(), Odd> {
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
    // Nothing has ended yet, whatever it says.
    message.remove("stop_reason");
    message.insert("content".to_owned(), json!([]));
    growing.body = message;
    Ok(())
}

fn index(event: &Object) -> Option<usize> {
    usize::try_from(event.get("index")?.as_u64()?).ok()
}

/// A block begins, each after the one before it; of one that says nothing only its kind is kept.
fn block_begins(growing: &mut Growing, event: &mut Object) -> Result<(), Odd> {
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
    let Some(blocks) = growing.body.get_mut("content").and_then(Value::as_array_mut) else {
        return unclear("a stream with a block before its message begins");
    };
    if at != Some(blocks.len()) {
        return unclear(format!("a stream whose block {} is out of order", json!(at)));
    }
    blocks.push(if kind == "text" { block } else { json!({ "type": kind }) });
    Ok(())
}

fn block_grows(growing: &mut Growing, event: &Object) -> Result<(), Odd> {
    let Some(Value::Object(delta)) = event.get("delta") else {
        return unclear("a stream whose `content_block_delta` holds no delta");
    };
    if told::failed(delta.get("error")) {
        return Err(Odd::Unknown(delta.clone()));
    }
    let is_text = delta.get("type").and_then(Value::as_str) == Some("text_delta");
    let text = match delta.get("text") {
        Some(Value::String(text)) => text,
        None if !is_text => return Ok(()),
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
        // Whoever adds to what is no text has no part in the answer, unless it says something.
        _ if text.is_empty() => Ok(()),
        _ => unclear(format!("a stream with a piece of text that belongs to no open block: {text}")),
    }
}
