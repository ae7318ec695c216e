//! Pieces of Bedrock's ConverseStream, whose events are objects under their names
//! (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>, read
//! 2026-11-26). All text goes into one block, as the blocks of a whole answer are joined too.

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

/// What the events have said about the message and its blocks.
#[derive(Debug, Default)]
pub(super) struct ConverseState {
    begun: bool,
    /// The indices of the blocks that have stopped.
    stopped: Vec<u64>,
    /// The highest index of a block that has begun.
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
        // The start of a block only says something if it is a tool or a picture.
        "contentBlockStart" => {
            growing.converse.last = growing.converse.last.max(index(&said));
            if let Some(Value::Object(start)) = said.remove("start") {
                beside(growing, &start, &[]);
            }
            Ok(())
        }
        // An unknown event says nothing about the text, unless it has words that sound like a failure.
        _ => super::other(
            Object::from_iter([("type".to_owned(), json!(name))]).into_iter().chain(said).collect(),
        ),
    }
}

fn index(said: &Object) -> Option<u64> {
    said.get("contentBlockIndex")?.as_u64()
}

/// Returns the block that all text goes into.
fn block(growing: &mut GrowingAnswer) -> Option<&mut Object> {
    let message = table(&mut growing.body, "output").and_then(|output| table(output, "message"));
    message.and_then(|message| first(message, "content"))
}

/// Notes that the answer has a block that is neither text nor one of the `silent` kinds, which say nothing.
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

/// Adds a piece to a block. `before` was the last block before it.
fn grows(growing: &mut GrowingAnswer, said: &Object, before: Option<u64>) -> Result<(), OddEvent> {
    let Some(Value::Object(delta)) = said.get("delta") else {
        return unclear("a stream whose `contentBlockDelta` holds no delta");
    };
    if error_body::failed(delta.get("error")) {
        return Err(OddEvent::Unknown(delta.clone()));
    }
    checked(delta, &["text"])?;
    // The sources of a text are not part of it.
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
