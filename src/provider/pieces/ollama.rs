//! Pieces of Ollama's answers: one object a line, each with more of the message. The last one holds the counts
//! (<https://github.com/ollama/ollama/blob/main/docs/api.md#generate-a-chat-completion>, read 2026-11-26).

use serde_json::Value;

use super::chat::add_delta;
use super::{GrowingAnswer, Object, OddEvent, Pieces, ends, idles, newest, table, unclear};
use crate::provider::ollama::ENDS;

pub(in crate::provider) const OLLAMA: Pieces = Pieces {
    add,
    ended: |whole| whole.get("done") == Some(&Value::Bool(true)),
    holds: "message",
    tokens: &["eval_count"],
};

fn add(growing: &mut GrowingAnswer, mut event: Object) -> Result<(), OddEvent> {
    if idles(&event) {
        return Ok(());
    }
    let is_last = event.get("done") == Some(&Value::Bool(true));
    let message = match event.remove("message") {
        Some(Value::Object(message)) => message,
        None | Some(Value::Null) if is_last => Object::new(),
        other => {
            event.extend(other.map(|message| ("message".to_owned(), message)));
            return Err(OddEvent::Unknown(event));
        }
    };
    if event.get("response").is_some_and(|text| !text.is_null() && *text != "") {
        return unclear("a stream of `/api/generate`, with `response` in place of `message`");
    }
    growing.same("model", event.get("model"))?;
    growing.speaks(message.get("role"))?;
    let reason = event.remove("done_reason");
    newest(&mut growing.body, event);
    let told = ends(&mut growing.body, "done_reason", reason.clone(), &ENDS);
    // An empty reason in the last object is kept too.
    if let (true, false, Some(reason)) = (is_last, told, reason) {
        growing.body.entry("done_reason").or_insert(reason);
    }
    let mut kept = table(&mut growing.body, "message").map(std::mem::take).unwrap_or_default();
    add_delta(growing, &mut kept, message)?;
    growing.body.insert("message".to_owned(), Value::Object(kept));
    growing.ended |= is_last;
    Ok(())
}
