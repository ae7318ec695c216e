//! Reads fields of the objects around a text that say that it is cut off, still to come, failed, or stopped.
//! Gateways and services have many such fields, besides those in which the wire says how an answer ended. An
//! answer with such a remark does not count, however well it ends.

mod failing;

use serde_json::Value;

use self::failing::failing;
use super::error_body::failed;
use super::finish::word;
use super::http::{MOST_MESSAGE, Server};
use super::openai::ENDS;
use super::{AskError, Finish, other_content};

/// What such a field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remark {
    /// A filter stepped in, or the model refused.
    Stopped,
    /// The text is cut off, and may be again if it is asked again.
    Cut,
    /// The answer failed, or is still to come.
    Broken,
    /// The answer ended in an unknown way.
    Strange,
}

// Names are compared in lower case and without signs: `isError` and `is_error` are the same.
const STOPPED_IF_TRUE: [&str; 4] = ["blocked", "censored", "filtered", "refused"];
const CUT_IF_TRUE: [&str; 2] = ["istruncated", "truncated"];
const BROKEN_IF_TRUE: [&str; 13] = [
    "aborted",
    "canceled",
    "cancelled",
    "failed",
    "haserror",
    "incomplete",
    "interrupted",
    "iserror",
    "isincomplete",
    "ispartial",
    "partial",
    "timedout",
    "timeout",
];
const BROKEN_IF_FALSE: [&str; 8] =
    ["complete", "completed", "done", "finished", "iscomplete", "isdone", "isfinished", "issuccess"];
/// Fields that report an error unless they are empty.
const ERRORS: [&str; 6] = ["error", "errors", "errormessage", "exception", "stacktrace", "traceback"];
/// Fields in which a word says how an answer ended.
const END_FIELDS: [&str; 4] = ["donereason", "finishdetails", "finishreason", "stopreason"];
/// Fields in which a word says how far the answer is.
const STATE_FIELDS: [&str; 3] = ["result", "state", "status"];
const BROKEN_STATES: [&str; 21] = [
    "aborted",
    "canceled",
    "cancelled",
    "error",
    "exception",
    "expired",
    "fail",
    "failed",
    "failure",
    "incomplete",
    "in_progress",
    "interrupted",
    "partial",
    "pending",
    "processing",
    "queued",
    "running",
    "started",
    "streaming",
    "timed_out",
    "timeout",
];
/// Parts of the names that services give to errors (`DataInspectionFailed`, `ThrottlingException`).
const ERROR_NAMES: [&str; 9] =
    ["denied", "error", "exceeded", "exception", "fail", "invalid", "throttl", "timeout", "unavailable"];

/// Corrects `finish` by what the objects `around` the text say, except in the fields `own`.
///
/// # Errors
/// They say that the answer failed or is not finished: what was given instead of an answer.
fn heeded<'a>(
    finish: Finish,
    around: impl IntoIterator<Item = &'a Value>,
    own: &[&str],
) -> Result<Finish, String> {
    let fields = around.into_iter().filter_map(Value::as_object).flatten();
    let fields = fields.filter(|(name, _)| !own.contains(&name.as_str()));
    let told: Vec<_> = fields.filter_map(|(name, value)| Some((remark(name, value)?, name, value))).collect();
    let is = |wanted| told.iter().find(|(remark, ..)| *remark == wanted);
    if finish == Finish::Filter || is(Remark::Stopped).is_some() {
        return Ok(Finish::Filter);
    }
    if !matches!(finish, Finish::Stop | Finish::Other) {
        return Ok(finish);
    }
    let said = |name: &str, value: &Value| format!("`{name}` is `{}`", word(Some(value)).unwrap_or_default());
    if let Some((_, name, value)) = is(Remark::Broken) {
        return Err(format!("an answer that says it failed or is not finished ({})", said(name, value)));
    }
    // A wire with its own word for the end knows better than a word that is unknown here.
    let strange = is(Remark::Strange).filter(|_| finish == Finish::Other);
    Ok(match is(Remark::Cut).or(strange) {
        Some((_, name, value)) => Finish::Unknown(said(name, value)),
        None => finish,
    })
}

/// Does what [`Server::heed`] does, for a product whose words are unknown and whose text stands at `pointer` of `body`.
/// Tool calls and refusals around the text count too, except in the text's own field, and so does all that says at the
/// top of the body that it failed.
///
/// # Errors
/// As for [`Server::heed`], in words.
pub(super) fn heeded_service(finish: Finish, body: &Value, pointer: &str) -> Result<Finish, String> {
    let (around, own) = around(body, pointer);
    let refuses = own != "refusal" && around.iter().any(|object| failed(object.get("refusal")));
    let finish = if refuses { Finish::Filter } else { finish };
    let finish = heeded(finish, around.iter().copied(), &[own])?;
    if let Some(said) = failing(body, own).filter(|_| finish != Finish::Filter) {
        return Err(format!("an answer that says it failed or is not finished ({said})"));
    }
    let mut fields = around.iter().filter_map(|object| other_content::in_message(object));
    Ok(other_content::ended(finish, fields.find(|field| field != own)))
}

impl Server {
    /// Corrects `finish` by what the objects `around` the text say, except in the fields `own`, which the wire
    /// reads itself.
    ///
    /// # Errors
    /// Returns an error if they say that the answer failed or is not finished. Another try may succeed.
    pub(super) fn heed<'a>(
        &self,
        finish: Finish,
        around: impl IntoIterator<Item = &'a Value>,
        own: &[&str],
    ) -> Result<Finish, AskError> {
        heeded(finish, around, own).map_err(|what| self.unreadable(self.line(&what, MOST_MESSAGE), true))
    }

    /// Does what [`heed`](Self::heed) does, for a service whose words are unknown and whose text stands at `pointer`
    /// of `body`. Tool calls and refusals around the text count too.
    pub(super) fn heed_service(
        &self,
        finish: Finish,
        body: &Value,
        pointer: &str,
    ) -> Result<Finish, AskError> {
        let heeded = heeded_service(finish, body, pointer);
        heeded.map_err(|what| self.unreadable(self.line(&what, MOST_MESSAGE), true))
    }

    /// Checks that `fields` of `around`, in which some servers repeat the answer, say nothing but `text`.
    pub(super) fn repeats(&self, around: &Value, fields: &[&str], text: &str) -> Result<(), AskError> {
        let mut others = fields.iter().filter_map(|field| Some((field, around.get(*field)?.as_str()?)));
        match others.find(|(_, other)| !other.trim().is_empty() && other.trim() != text.trim()) {
            None => Ok(()),
            Some((field, other)) => {
                let what = format!("an answer that says two things: `{text}`, and in `{field}` `{other}`");
                Err(self.unreadable(self.line(&what, MOST_MESSAGE), true))
            }
        }
    }
}

/// Reads what a field says about the text beside it.
fn remark(name: &str, value: &Value) -> Option<Remark> {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&plain.as_str());
    match value {
        Value::Bool(true) if is(&STOPPED_IF_TRUE) => Some(Remark::Stopped),
        Value::Bool(true) if is(&CUT_IF_TRUE) => Some(Remark::Cut),
        Value::Bool(true) if is(&BROKEN_IF_TRUE) => Some(Remark::Broken),
        Value::Bool(false) if is(&BROKEN_IF_FALSE) => Some(Remark::Broken),
        // AWS puts the name of an error here.
        Value::String(kind) if name == "__type" && !kind.is_empty() => Some(Remark::Broken),
        Value::String(code) if is(&["code", "errorcode"]) => {
            let code = code.to_ascii_lowercase();
            ERROR_NAMES.iter().any(|part| code.contains(part)).then_some(Remark::Broken)
        }
        Value::String(state) if is(&STATE_FIELDS) => {
            let state = state.trim().to_ascii_lowercase().replace(['-', ' '], "_");
            BROKEN_STATES.contains(&state.as_str()).then_some(Remark::Broken)
        }
        value if is(&ERRORS) => failed(Some(value)).then_some(Remark::Broken),
        value if is(&END_FIELDS) => match ENDS.meant(value)? {
            None => Some(Remark::Broken),
            Some(Finish::Filter) => Some(Remark::Stopped),
            Some(Finish::Length) => Some(Remark::Cut),
            Some(Finish::Unknown(_)) => Some(Remark::Strange),
            Some(_) => None,
        },
        _ => None,
    }
}

/// Returns the objects of `body` on the way to `pointer`, and the last part of `pointer`.
fn around<'a, 'p>(body: &'a Value, pointer: &'p str) -> (Vec<&'a Value>, &'p str) {
    let (mut objects, mut at) = (Vec::new(), Some(body));
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    for part in &parts {
        let Some(value) = at else { break };
        if value.is_object() {
            objects.push(value);
        }
        at = value.pointer(&format!("/{part}"));
    }
    let last = parts.last().copied().unwrap_or_default();
    (objects, last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_says_what_became_of_the_text_beside_it() {
        for (field, wanted) in [
            (json!({ "blocked": true }), Some(Remark::Stopped)),
            (json!({ "finishReason": "SAFETY" }), Some(Remark::Stopped)),
            (json!({ "isTruncated": true }), Some(Remark::Cut)),
            (json!({ "stop_reason": "max_tokens" }), Some(Remark::Cut)),
            (json!({ "finish_details": { "type": "max_tokens" } }), Some(Remark::Cut)),
            (json!({ "is_error": true }), Some(Remark::Broken)),
            (json!({ "isFinished": false }), Some(Remark::Broken)),
            (json!({ "Error": "x" }), Some(Remark::Broken)),
            (json!({ "__type": "ThrottlingException" }), Some(Remark::Broken)),
            (json!({ "code": "DataInspectionFailed" }), Some(Remark::Broken)),
            (json!({ "state": "In Progress" }), Some(Remark::Broken)),
            (json!({ "finish_reason": "error" }), Some(Remark::Broken)),
            (json!({ "finish_reason": "novel" }), Some(Remark::Strange)),
        ] {
            let (name, value) = field.as_object().and_then(|all| all.iter().next()).expect("a field");
            assert_eq!(remark(name, value), wanted, "{field}");
        }
        for field in [
            json!({ "blocked": false }),
            json!({ "blocked": "no" }),
            json!({ "truncated": null }),
            json!({ "done": true }),
            json!({ "error": { "code": 0 } }),
            json!({ "status": "completed" }),
            json!({ "code": "SUCCESS" }),
            json!({ "code": 0 }),
            json!({ "type": "message" }),
            json!({ "finish_reason": "stop" }),
            json!({ "stop_reason": null }),
            json!({ "truncation": "disabled" }),
        ] {
            let (name, value) = field.as_object().and_then(|all| all.iter().next()).expect("a field");
            assert_eq!(remark(name, value), None, "{field}");
        }
    }

    #[test]
    fn what_is_around_a_text_lies_on_the_way_to_it() {
        let body = json!({ "a": [{ "b": "x", "c": { "d": 1 } }], "e": {} });
        let (objects, own) = around(&body, "/a/0/b");
        assert_eq!((objects, own), (vec![&body, &body["a"][0]], "b"));
        assert_eq!(around(&body, "/nowhere/b"), (vec![&body], "b"));
        assert_eq!(around(&body, ""), (vec![], ""));
    }
}
