//! Puts the pieces of a streamed answer together into the JSON of an answer that comes whole. Each wire has its own
//! table of how, in its own file. What is not read of an answer (thinking, tools, probabilities) is not kept.
//!
//! A text counts only if all of its pieces certainly belong to one answer: its identity (its id, who gave it)
//! must not change, and nothing may be said after the end. A piece of a shape that the wire does not have is
//! reported as the failure that it mostly is.

mod chat;
mod converse;
mod gemini;
mod messages;
mod ollama;
mod responses;
mod run;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::finish::{FinishWords, word};
use super::shared::count;
use super::sound::is_model;
use super::{error_body, other_content};
use run::PieceRun;

pub(super) use chat::CHAT;
pub(super) use converse::CONVERSE;
pub(super) use gemini::GEMINI;
pub(super) use messages::MESSAGES;
pub(super) use ollama::OLLAMA;
pub(super) use responses::RESPONSES;

pub(super) type Object = Map<String, Value>;

/// How the pieces of one wire's answers are put together.
#[derive(Debug)]
pub(super) struct Pieces {
    /// Adds an event to the answer so far.
    pub add: fn(&mut GrowingAnswer, Object) -> Result<(), OddEvent>,
    /// Whether the answer is complete: its provider has said how it ended.
    pub ended: fn(&Object) -> bool,
    /// The field that every answer that comes whole has.
    pub holds: &'static str,
    /// The path of the count of the answer's tokens.
    pub tokens: &'static [&'static str],
}

/// Why an event cannot be added.
#[derive(Debug)]
pub(super) enum OddEvent {
    /// The wire has no such event: most likely it reports a failure.
    Unknown(Object),
    /// It is no longer certain what the answer says, for this reason.
    Unclear(String),
    /// The pieces do not all have the same identity: two identities, and what is odd about them.
    Mixed { how: &'static str, ids: [String; 2] },
}

pub(super) const MIXED: &str = "a stream in which two answers are mixed";

/// The advice at the end of a message about a stream that cannot be read.
pub(super) const LEAVE_OUT: &str = ": if every answer is like this, remove `stream`";

fn unclear<T>(why: impl Into<String>) -> Result<T, OddEvent> {
    Err(OddEvent::Unclear(why.into()))
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
pub(super) struct GrowingAnswer {
    /// The JSON so far, as it would be if the answer came whole.
    pub body: Object,
    /// The size of the text so far, in bytes.
    pub size: usize,
    /// The fields that must stay the same in all pieces, with their values.
    marks: Vec<(&'static str, String)>,
    /// The different ids of the pieces, and the number of pieces that have an id.
    ids: BTreeSet<String>,
    told: usize,
    /// The first two different ids.
    first_ids: Vec<String>,
    /// Whether a piece has said how the answer ended.
    ended: bool,
    /// Whether a piece says that a filter stepped in.
    pub flagged: bool,
    run: PieceRun,
    chat: chat::ChatTurn,
    converse: converse::ConverseState,
    messages: messages::Blocks,
    responses: responses::EventState,
}

impl GrowingAnswer {
    /// Checks that `value`, which `field` has in this piece, is the same in all pieces that have one.
    fn same(&mut self, field: &'static str, value: Option<&Value>) -> Result<(), OddEvent> {
        let Some(now) = word(value) else { return Ok(()) };
        match self.marks.iter().find(|(known, _)| *known == field) {
            None => self.marks.push((field, now)),
            Some((_, first)) if *first == now => {}
            Some((_, first)) => {
                return unclear(format!("{MIXED} (`{field}` is `{first}`, then `{now}`){LEAVE_OUT}"));
            }
        }
        Ok(())
    }

    /// Checks that all pieces have one id. Some servers give each piece an id of its own, which is accepted.
    fn same_id(&mut self, value: Option<&Value>) -> Result<(), OddEvent> {
        let Some(now) = word(value) else { return Ok(()) };
        self.told += 1;
        if self.ids.insert(now.clone()) && self.first_ids.len() < 2 {
            self.first_ids.push(now);
        }
        match [1, self.told].contains(&self.ids.len()) {
            true => Ok(()),
            false => self.mixed("its pieces have different `id`s"),
        }
    }

    fn mixed(&self, how: &'static str) -> Result<(), OddEvent> {
        match self.first_ids.as_slice() {
            [one, other] => Err(OddEvent::Mixed { how, ids: [one.clone(), other.clone()] }),
            _ => Ok(()),
        }
    }

    /// Checks that `role`, where it is given, is the model's and stays the same.
    fn speaks(&mut self, role: Option<&Value>) -> Result<(), OddEvent> {
        self.same("role", role)?;
        match word(role) {
            Some(role) if !is_model(&role) => {
                unclear(format!("a stream that does not come from the model (`role` is `{role}`)"))
            }
            _ => Ok(()),
        }
    }

    /// Adds `text` to the answer's text.
    fn says(&mut self, text: &str) -> Result<(), OddEvent> {
        if text.is_empty() {
            return Ok(());
        }
        if self.ended {
            return unclear(format!("a stream that goes on after the answer's end: {text}"));
        }
        self.size += text.len();
        self.run.add(text).map_err(OddEvent::Unclear)
    }

    /// Checks, after the last piece, what only the whole answer shows. `tokens` is the path of their count in
    /// the body.
    pub(super) fn close(&self, tokens: &[&str]) -> Result<(), OddEvent> {
        if self.ids.len() > 1 && self.run.count() == 2 {
            return self.mixed("each of two pieces has its own `id`");
        }
        let (first, rest) = tokens.split_first().map_or(("", tokens), |(first, rest)| (*first, rest));
        let tokens = self.body.get(first).and_then(|value| count(value, rest));
        self.run.close(tokens).map_err(OddEvent::Unclear)
    }
}

/// Stores in `field` of `kept` how an answer ended, and returns whether `said` tells it. Some servers end with
/// a word such as "stop" whatever ended the answer: such a word does not replace another.
fn ends(kept: &mut Object, field: &str, said: Option<Value>, ends: &FinishWords) -> bool {
    let Some(value) = said.filter(|value| is_end(Some(value))) else { return false };
    if kept.get(field).is_none_or(|before| ends.is_whole(before)) {
        kept.insert(field.to_owned(), value);
    }
    true
}

/// Returns whether `value` says how an answer ended. Some servers have a word for an answer that has not.
fn is_end(value: Option<&Value>) -> bool {
    const NONE: &[&str] = &["null", "none", "finish_reason_unspecified"];
    word(value).is_some_and(|word| !NONE.contains(&word.trim().to_ascii_lowercase().as_str()))
}

/// Returns whether `word` is the name of an event that only keeps the connection open.
pub(super) fn is_idle(word: &str) -> bool {
    ["ping", "pong", "keepalive", "keep-alive", "keep_alive", "heartbeat"].contains(&word)
}

/// Returns whether an event only keeps the connection open.
fn idles(event: &Object) -> bool {
    let is = |field| event.get(field).and_then(Value::as_str).is_some_and(is_idle);
    is("type") || is("object") || is("event")
}

/// Returns whether an event says nothing about any answer. Gateways add such events after the end: the cost, or
/// that the connection is open.
pub(super) fn is_silent(event: &Object) -> bool {
    const SAYS: [&str; 8] =
        ["choices", "candidates", "message", "delta", "content_block", "response", "item", "output"];
    let says = |field: &&str| event.get(*field).is_some_and(|value| !value.is_null() && *value != json!([]));
    idles(event)
        || !event.contains_key("type")
            && !SAYS.iter().any(says)
            && !explains(event)
            && checked(event, &[]).is_ok()
}

/// Handles an event of an unknown type. Wires get new types of events, which say nothing about an answer's
/// text; but an event with words that sound like a failure is reported as one.
fn other(event: Object) -> Result<(), OddEvent> {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    const FAILS: [&str; 8] =
        ["error", "exception", "abort", "fail", "cancel", "timeout", "interrupt", "disconnect"];
    let fails = FAILS.iter().any(|part| kind.contains(part));
    match fails || (!idles(&event) && (kind.is_empty() || explains(&event))) {
        true => Err(OddEvent::Unknown(event)),
        false => Ok(()),
    }
}

/// Returns whether an event has words of its own, as failures have. Words that only say that all is well do not
/// count.
fn explains(event: &Object) -> bool {
    const WORDS: [&str; 9] = [
        "message",
        "Message",
        "msg",
        "detail",
        "error_msg",
        "error_description",
        "errorMessage",
        "faultstring",
        "title",
    ];
    const WELL: [&str; 6] = ["0", "200", "ok", "success", "succeeded", "successful"];
    let is_well = |value: &Value| {
        word(Some(value)).is_none_or(|word| WELL.contains(&word.to_ascii_lowercase().as_str()))
    };
    let codes = ["code", "status_code", "status"].iter().filter_map(|field| event.get(*field));
    let coded = codes.clone().count() > 0 && codes.into_iter().all(is_well);
    let mut words = WORDS.iter().filter_map(|field| event.get(*field));
    words.any(|words| error_body::failed(Some(words)) && !(coded && is_well(words)))
}

/// Checks that nothing in a piece reports a failure, and that no field holds text other than those in `read`,
/// which the wire reads.
fn checked(within: &Object, read: &[&str]) -> Result<(), OddEvent> {
    const TEXT: [&str; 7] =
        ["text", "content", "output", "output_text", "response", "answer", "generated_text"];
    if error_body::failed(within.get("error")) {
        return Err(OddEvent::Unknown(within.clone()));
    }
    for field in TEXT.iter().filter(|field| !read.contains(field)) {
        if let Some(Value::String(text)) = within.get(*field).filter(|text| **text != "") {
            return unclear(format!("a stream with text in `{field}`, where none belongs: {text}"));
        }
    }
    Ok(())
}

/// Updates `whole` with the fields of `event` that are not empty. A field that is `true`, or says that a
/// guardrail intervened, keeps its value.
fn newest(whole: &mut Object, event: Object) {
    for (name, value) in event {
        let said = whole.get(&name);
        let empty = matches!(&value, Value::Null) || matches!(&value, Value::String(text) if text.is_empty());
        let stays = said.is_some_and(|said| *said == true || *said == "INTERVENED");
        if said.is_none() || !empty && !stays {
            whole.insert(name, value);
        }
    }
}

/// Appends `more` to the text in `field`.
fn append(whole: &mut Object, field: &str, more: &str) {
    match whole.get_mut(field) {
        Some(Value::String(text)) => text.push_str(more),
        _ => {
            whole.insert(field.to_owned(), json!(more));
        }
    }
}

/// Returns the table at `field`, and makes it if there is none.
fn table<'w>(whole: &'w mut Object, field: &str) -> Option<&'w mut Object> {
    let value = whole.entry(field).or_insert(Value::Null);
    if !value.is_object() {
        *value = json!({});
    }
    value.as_object_mut()
}

/// Returns the first table of the list at `field`, and makes it if there is none.
fn first<'w>(whole: &'w mut Object, field: &str) -> Option<&'w mut Object> {
    let value = whole.entry(field).or_insert(Value::Null);
    if !value.get(0).is_some_and(Value::is_object) {
        *value = json!([{}]);
    }
    value.get_mut(0)?.as_object_mut()
}

/// Returns the first of the answers in `list`. There is only one, unless a server says more than it was asked for.
fn only(list: Option<Value>, field: &str) -> Result<Option<Object>, OddEvent> {
    let list = match list {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(other) => return unclear(format!("a stream whose `{field}` is not a list: {other}")),
    };
    let index = |one: &Value| match one.get("index") {
        None | Some(Value::Null) => Some(0),
        Some(index) => index.as_u64(),
    };
    if let Some(one) = list.iter().find(|one| !one.is_object() || index(one).is_none()) {
        return unclear(format!("a stream with `{field}` that cannot be told apart: {one}"));
    }
    // Other answers were not asked for. On servers that number pieces, they may be pieces of this answer.
    if let Some(one) = list.iter().find(|one| index(one) != Some(0) && has_text(one)) {
        return unclear(format!("a stream with text in another of its `{field}` than the first: {one}"));
    }
    let mut firsts = list.into_iter().filter(|one| index(one) == Some(0));
    match (firsts.next(), firsts.next()) {
        (Some(Value::Object(one)), None) => Ok(Some(one)),
        (None, _) => Ok(None),
        _ => unclear(format!("a stream with two `{field}` at once that are both the first")),
    }
}

/// Keeps what a piece of a message holds besides text, and returns its size. A field that was set once stays.
fn keep_beside(whole: &mut Object, piece: &Object) -> usize {
    let said = other_content::FIELDS.into_iter().filter_map(|field| Some((field, piece.get(field)?)));
    let mut size = 0;
    for (field, value) in said.filter(|(_, value)| other_content::is_any(value)) {
        if !whole.get(field).is_some_and(other_content::is_any) {
            size += value.to_string().len();
            whole.insert(field.to_owned(), value.clone());
        }
    }
    size
}

/// Returns whether a choice or a candidate says anything.
fn has_text(one: &Value) -> bool {
    let of = |field: &str| one.get(field).filter(|value| !value.is_null());
    let within = [of("delta"), of("message")].into_iter().flatten();
    if within.clone().any(|within| other_content::in_message(within).is_some()) {
        return true;
    }
    let content = within.filter_map(|within| within.get("content")).chain(of("content")).chain(of("text"));
    content.into_iter().any(|content| match content {
        Value::Object(content) => content.get("parts").is_some_and(|parts| *parts != json!([])),
        Value::Null => false,
        other => *other != "" && *other != json!([]),
    })
}
