//! Bedrock's ConverseStream: each event has a name and stands under it
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>, read 2026-11-26).
//! All text goes into one block, as it is joined of whole answers.

use serde_json::{Value, json};

use super::{
    GrowingAnswer, Object, OddEvent, Pieces, append, checked, ends, first, is_end, newest, table, unclear,
};
use crate::provider::bedrock::ENDS;
use crate::provider::error_body;

pub(in crate::provider) const CONVERSE: Pieces = Pieces {
    add,
    ended: |whole| is_end(whole.get("stopReason")),
    holds: "output",
    tokens: &["usage", "outputTokens"],
};

/// What has been said of the message and its blocks.
#[derive(Debug, Default)]
pub(super) struct ConverseState {
    begun: bool,
    /// The blocks that have stopped, by their index.
    stopped: Vec<u64>,
    /// The last one that has begun.
    last: Option<u64>,
}

fn add(growing: &mut GrowingAnswer, event: Object) -> Result<(), OddEvent> {
    for (name, said) in event {
        let Value::Object(said) = said else {
            return unclear(format!("a stream whose `{name}` is not an object: {said}"));
        };
        let said = Value::Object(said);
        let refuses = error_body::refuses(&said);
        match said {
            Value::Object(said) if refuses => return Err(OddEvent::Unknown(said)),
            Value::Object(said) => added(growing, &name, said)?,
            _ => {}
        }
    }
    Ok(())
}

fn added(growing: &mut GrowingAnswer, name: &str, mut said: Object) -> Result<(), OddEvent> {
    match name {
        "messageStart" => match std::mem::replace(&mut growing.converse.begun, true) {
            true => unclear("a stream in which a second answer begins (`messageStart` comes again)"),
            false => {
                block(growing);
                growing.speaks(said.get("role"))
            }
        },
        "contentBlockDelta" => {
            let before = growing.converse.last;
            growing.converse.last = before.max(index(&said));
            grows(growing, &said, before)
        }
        "contentBlockStop" => {
            growing.converse.stopped.extend(index(&said));
            Ok(())
        }
        "messageStop" => {
            growing.ended |= ends(&mut growing.body, "stopReason", said.remove("stopReason"), &ENDS);
            Ok(())
        }
        "metadata" => {
            newest(&mut growing.body, said.into_iter().filter(|(field, _)| field == "usage").collect());
            Ok(())
        }
        // Of a block that begins only tools and pictures tell anything.
        "contentBlockStart" => {
            growing.converse.last = growing.converse.last.max(index(&said));
            if let Some(Value::Object(start)) = said.remove("start") {
                beside(growing, &start, &[]);
            }
            Ok(())
        }
        // One that is not known yet says nothing of the text, unless it has words as of a failure.
        _ => super::other(
            Object::from_iter([("type".to_owned(), json!(name))]).into_iter().chain(said).collect(),
        ),
    }
}

fn index(said: &Object) -> Option<u64> {
    said.get("contentBlockIndex")?.as_u64()
}

/// The block that all text goes into.
fn block(growing: &mut GrowingAnswer) -> Option<&mut Object> {
    let message = table(&mut growing.body, "output").and_then(|output| table(output, "message"));
    message.and_then(|message| first(message, "content"))
}

/// Keeps that a block is neither text nor one of the kinds that say nothing of an answer.
fn beside(growing: &mut GrowingAnswer, said: &Object, silent: &[&str]) {
    let odd = said.keys().find(|kind| !silent.contains(&kind.as_str()));
    let content = table(&mut growing.body, "output").and_then(|output| table(output, "message"));
    let content = content.map(|message| message.entry("content").or_insert(json!([{}])));
    if let (Some(odd), Some(Value::Array(content))) = (odd, content)
        && !content.iter().any(|block| block.get(odd).is_some())
    {
        content.push(Value::Object(Object::from_iter([(odd.clone(), json!(true))])));
    }
}

/// More of a block has come, before which `before` was the last.
fn grows(growing: &mut GrowingAnswer, said: &Object, before: Option<u64>) -> Result<(), OddEvent> {
    let Some(Value::Object(delta)) = said.get("delta") else {
        return unclear("a stream whose `contentBlockDelta` holds no delta");
    };
    if error_body::failed(delta.get("error")) {
        return Err(OddEvent::Unknown(delta.clone()));
    }
    checked(delta, &["text"])?;
    // Its sources are no part of a text.
    beside(growing, delta, &["text", "reasoningContent", "citation"]);
    let text = match delta.get("text") {
        None => return Ok(()),
        Some(Value::String(text)) => text,
        Some(other) => return unclear(format!("a stream with a piece of text that is not text: {other}")),
    };
    if !growing.converse.begun {
        return unclear("a stream with a piece of text before its message begins");
    }
    growing.says(text)?;
    if let (Some(at), Some(before)) = (index(said), before)
        && at < before
        && !text.is_empty()
    {
        return unclear(format!("a stream that goes back to block {at} after block {before} began: {text}"));
    }
    if index(said).is_some_and(|at| growing.converse.stopped.contains(&at)) && !text.is_empty() {
        return unclear(format!("a stream with a piece of text that belongs to no open block: {text}"));
    }
    if let Some(block) = block(growing) {
        append(block, "text", text);
    }
    Ok(())
}
