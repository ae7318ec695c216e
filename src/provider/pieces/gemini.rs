//! Pieces of Gemini's answers: each event is an answer, whose parts follow those before
//! (<https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent>, read 2026-11-26).

use serde_json::{Value, json};

use super::{
    GrowingAnswer, Object, OddEvent, Pieces, checked, ends, explains, first, idles, is_end, newest, only,
    table, unclear,
};
use crate::provider::gemini::{ENDS, rated};
use crate::provider::shared::the_first;

pub(in crate::provider) const GEMINI: Pieces = Pieces {
    add,
    ended: |whole| match the_first(whole.get("candidates")) {
        Some(candidate) => is_end(candidate.get("finishReason")),
        // A question that was blocked has no candidate.
        None => whole.contains_key("promptFeedback"),
    },
    holds: "candidates",
    tokens: &["usageMetadata", "candidatesTokenCount"],
};

fn add(growing: &mut GrowingAnswer, mut event: Object) -> Result<(), OddEvent> {
    const KNOWN: [&str; 5] = ["candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"];
    let is_known = KNOWN.iter().any(|field| event.get(*field).is_some_and(|value| !value.is_null()));
    if idles(&event) {
        return Ok(());
    }
    if !is_known || !event.contains_key("candidates") && explains(&event) {
        return Err(OddEvent::Unknown(event));
    }
    growing.same("responseId", event.get("responseId"))?;
    growing.same("modelVersion", event.get("modelVersion"))?;
    let candidates = event.remove("candidates");
    newest(&mut growing.body, event);
    let Some(mut candidate) = only(candidates, "candidates")? else { return Ok(()) };
    let (content, reason) = (candidate.remove("content"), candidate.remove("finishReason"));
    checked(&candidate, &[])?;
    let parts = parts(growing, content)?;
    for part in &parts {
        growing.says(text(part)?)?;
    }
    let Some(kept) = first(&mut growing.body, "candidates") else { return Ok(()) };
    if rated(&json!({ "safetyRatings": kept.get("safetyRatings") })) {
        candidate.remove("safetyRatings");
    }
    newest(kept, candidate);
    let ends_here = ends(kept, "finishReason", reason, &ENDS);
    if let Some(content) = table(kept, "content")
        && let Some(all) = content.entry("parts").or_insert(json!([])).as_array_mut()
    {
        all.extend(parts);
    }
    growing.ended |= ends_here;
    Ok(())
}

/// Returns the parts of `content` without thoughts.
fn parts(growing: &mut GrowingAnswer, content: Option<Value>) -> Result<Vec<Value>, OddEvent> {
    let mut content = match content {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(content)) => content,
        Some(other) => return unclear(format!("a stream whose `content` is not an object: {other}")),
    };
    growing.speaks(content.get("role"))?;
    checked(&content, &[])?;
    let thought = |part: &Value| part.get("thought") == Some(&Value::Bool(true));
    match content.remove("parts") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(parts)) => Ok(parts.into_iter().filter(|part| !thought(part)).collect()),
        Some(other) => unclear(format!("a stream whose `parts` is not a list: {other}")),
    }
}

fn text(part: &Value) -> Result<&str, OddEvent> {
    match part.get("text") {
        Some(_) if part.get("thought").is_some_and(|thought| !thought.is_null() && !thought.is_boolean()) => {
            unclear(format!("a stream with a part that may be a thought: {part}"))
        }
        Some(Value::String(text)) => Ok(text),
        None if part.is_object() => Ok(""),
        _ => unclear(format!("a stream with a part that is not text: {part}")),
    }
}
