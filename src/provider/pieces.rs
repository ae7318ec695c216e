//! How the pieces of a streamed answer go together to the same JSON as of an answer that comes whole; one table
//! a wire, each in a file of its own. What is not read of an answer (thinking, tools, probabilities) is not kept.
//!
//! A text counts only where its pieces can be told to be all of one answer: what stays the same within an answer
//! (its id, who gave it) must, nothing is said after the end, and a piece of a shape that is not the wire's own
//! is told as the failure that it mostly is.

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

/// How the pieces of one wire's answers go together.
#[derive(Debug)]
pub(super) struct Pieces {
    /// Adds an event to what has come.
    pub add: fn(&mut GrowingAnswer, Object) -> Result<(), OddEvent>,
    /// Whether the whole has all of it: its provider has said how it ended.
    pub ended: fn(&Object) -> bool,
    /// The field that every answer has which comes whole.
    pub holds: &'static str,
    /// Where the tokens of the answer are counted.
    pub tokens: &'static [&'static str],
}

/// Why an event cannot be added.
#[derive(Debug)]
pub(super) enum OddEvent {
    /// It is none of the wire's: most likely it tells of a failure.
    Unknown(Object),
    /// What the answer says can no longer be told, for this reason.
    Unclear(String),
    /// Its pieces have not all the same identity: two of them, and what is odd about them.
    Mixed { how: &'static str, ids: [String; 2] },
}

pub(super) const MIXED: &str = "a stream in which two answers are mixed";

/// What to do about a stream that cannot be read.
pub(super) const LEAVE_OUT: &str = ": if every answer is like this, remove `stream`";

fn unclear<T>(why: impl Into<String>) -> Result<T, OddEvent> {
    Err(OddEvent::Unclear(why.into()))
}

/// An answer as far as it has come.
#[derive(Debug, Default)]
pub(super) struct GrowingAnswer {
    /// What it would be if it had come whole.
    pub body: Object,
    /// Bytes of the text in it.
    pub size: usize,
    /// What stays the same in all of its pieces.
    marks: Vec<(&'static str, String)>,
    /// The identities of its pieces, and how many have told one.
    ids: BTreeSet<String>,
    told: usize,
    /// The first two of them.
    first_ids: Vec<String>,
    /// How it ended has been said.
    ended: bool,
    /// One of them says that a filter stepped in.
    pub flagged: bool,
    run: PieceRun,
    chat: chat::ChatTurn,
    converse: converse::ConverseState,
    messages: messages::Blocks,
    responses: responses::EventState,
}

impl GrowingAnswer {
    /// What `value`, which stands in each piece or in some, must be in all of one answer; empty, it says nothing.
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

    /// The identity of an answer stands in all of its pieces; some servers give each piece one of its own.
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

    /// Who speaks.
    fn speaks(&mut self, role: Option<&Value>) -> Result<(), OddEvent> {
        self.same("role", role)?;
        match word(role) {
            Some(role) if !is_model(&role) => {
                unclear(format!("a stream that does not come from the model (`role` is `{role}`)"))
            }
            _ => Ok(()),
        }
    }

    /// More of the answer's text has come.
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

    /// Nothing more comes: what only the whole shows, whose tokens are counted at this place of it.
    pub(super) fn close(&self, tokens: &[&str]) -> Result<(), OddEvent> {
        if self.ids.len() > 1 && self.run.count() == 2 {
            return self.mixed("each of two pieces has its own `id`");
        }
        let (first, rest) = tokens.split_first().map_or(("", tokens), |(first, rest)| (*first, rest));
        let tokens = self.body.get(first).and_then(|value| count(value, rest));
        self.run.close(tokens).map_err(OddEvent::Unclear)
    }
}

/// How an answer ended goes into `field` of `kept`; whether anything is said of it. Some end with a word such as
/// "stop" whatever it was that ended the answer: that hides no other.
fn ends(kept: &mut Object, field: &str, said: Option<Value>, ends: &FinishWords) -> bool {
    let Some(value) = said.filter(|value| is_end(Some(value))) else { return false };
    if kept.get(field).is_none_or(|before| ends.is_whole(before)) {
        kept.insert(field.to_owned(), value);
    }
    true
}

/// Whether a value says how an answer ended: some write that nothing has ended it yet as a word.
fn is_end(value: Option<&Value>) -> bool {
    const NONE: &[&str] = &["null", "none", "finish_reason_unspecified"];
    word(value).is_some_and(|word| !NONE.contains(&word.trim().to_ascii_lowercase().as_str()))
}

/// Whether a word is that of an event which only keeps the connection open.
pub(super) fn is_idle(word: &str) -> bool {
    ["ping", "pong", "keepalive", "keep-alive", "keep_alive", "heartbeat"].contains(&word)
}

/// Whether an event only keeps the connection open.
fn idles(event: &Object) -> bool {
    let is = |field| event.get(field).and_then(Value::as_str).is_some_and(is_idle);
    is("type") || is("object") || is("event")
}

/// Whether an event says nothing of any answer, as what gateways add after the end: what it cost, or that the
/// connection is open.
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

/// An event of a type that is not known. Wires are to get new ones, which say nothing of an answer's text; but
/// one that has words as of a failure is one.
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

/// Whether an event has words of its own, as of a failure; some say in each that all is well.
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

/// What is within a piece may tell of a failure, too, and of text in a field that is none of the wire's own; those
/// in `read` are.
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

/// The fields of `event` that say something go over those of `whole`; but what was once true, or done by a
/// guardrail, remains so.
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

/// Adds `more` to the text in a field.
fn append(whole: &mut Object, field: &str, more: &str) {
    match whole.get_mut(field) {
        Some(Value::String(text)) => text.push_str(more),
        _ => {
            whole.insert(field.to_owned(), json!(more));
        }
    }
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

/// The first of the answers in `list`, of which there is one unless a server says more than it was asked.
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
    // Others were not asked for: their pieces may be this answer's, by servers that number pieces so.
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

/// Keeps of a piece of a message what is no text ([`beside`]): once said, it stays.
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

/// Whether a choice or a candidate says anything.
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
