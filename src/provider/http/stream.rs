//! Reads answers that come in pieces (`stream = true`): server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), JSON objects in lines, or messages of AWS.
//! They become the JSON of a whole answer, which the wire reads like any other. A stream is not an answer if it
//! breaks off, never says that it has ended, reports an error, or has lines outside of events.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::timeout;

use super::content_form::ContentForm;
use super::frames::{Frame, StreamMessages};
use super::{IsAnswer, MOST_BYTES, MOST_MESSAGE, MOST_TITLE, RawReply, Server, ServerReply};
use crate::provider::body::{is_stream, without_mark};
use crate::provider::flags::{self, flagged};
use crate::provider::pieces::{GrowingAnswer, LEAVE_OUT, MIXED, OddEvent, Pieces, is_idle, is_silent};
use crate::provider::sound::has_answer;
use crate::provider::{AskError, error_body, strict};

/// The longest stream that is read, in bytes. Each token takes some three hundred, also while the model thinks.
const MOST_STREAM: usize = 64 << 20;
/// How long to wait for more after `[DONE]`: a second answer may follow at once.
const AFTER: Duration = Duration::from_secs(1);
const BROKE_OFF: &str = "a stream that broke off before it said how the answer ended";
/// The longest id of a piece that is shown, in characters.
const MOST_ID: usize = 40;

impl Server {
    /// Posts `body` and reads what comes back: a whole answer, or a stream of events if there are `pieces`.
    pub(in crate::provider) async fn ask(
        &self,
        body: &Value,
        pieces: Option<&Pieces>,
        is_answer: IsAnswer,
    ) -> Result<ServerReply, AskError> {
        let Some(pieces) = pieces else { return self.post_or(body, is_answer).await };
        let request = self.client.post(self.url.clone()).timeout(self.limit).json(body);
        let mut answer = self.begin(request).await?;
        let mut raw = self.head(&answer);
        if raw.status.is_success() && !has_answer(raw.status.as_u16()) {
            return Err(self.no_answer(raw.status));
        }
        if !raw.status.is_success() {
            let raw = self.rest(raw, answer).await?;
            return self.came_whole(raw, pieces, is_answer);
        }
        let comes = self.comes(&mut raw, &mut answer).await?;
        let mut events = Events {
            frames: (comes == ContentForm::Frames).then(StreamMessages::default),
            ..Events::default()
        };
        if comes == ContentForm::Whole {
            let raw = self.rest(raw, answer).await?;
            // Several JSON objects are a stream, whatever content type they have.
            if raw.is_page() || !is_stream(&raw.bytes) {
                return self.came_whole(raw, pieces, is_answer);
            }
            events.take(self, &raw.bytes)?;
            return self.whole(events, pieces, &raw, is_answer);
        }
        events.take(self, &std::mem::take(&mut raw.bytes))?;
        events.fold(pieces, self)?;
        while !events.done {
            let next = match events.closed {
                // After `[DONE]`, an error or a connection that stays open no longer matters.
                true => timeout(AFTER, answer.chunk()).await.ok().and_then(Result::ok).flatten(),
                false => answer.chunk().await.map_err(|error| self.failed(&error))?,
            };
            let Some(chunk) = next else { break };
            events.take(self, &chunk)?;
            events.fold(pieces, self)?;
        }
        self.whole(events, pieces, &raw, is_answer)
    }

    /// Reads an answer that came whole although a stream was asked for. It must still say that it has ended.
    fn came_whole(
        &self,
        raw: RawReply,
        pieces: &Pieces,
        is_answer: IsAnswer,
    ) -> Result<ServerReply, AskError> {
        let status = raw.status;
        let heard = self.heard(raw, is_answer)?;
        let is_open = |body: &Map<String, Value>| body.contains_key(pieces.holds) && !(pieces.ended)(body);
        match &heard.body {
            body if !status.is_success() || is_answer(400, body) => Ok(heard),
            Value::Object(body) if is_open(body) => {
                Err(self.unreadable("a response that did not say how it ended", true))
            }
            _ => Ok(heard),
        }
    }

    /// Makes the whole answer from the events.
    fn whole(
        &self,
        mut events: Events,
        pieces: &Pieces,
        raw: &RawReply,
        is_answer: IsAnswer,
    ) -> Result<ServerReply, AskError> {
        events.end(self)?;
        events.fold(pieces, self)?;
        if let Some(failed) = events.failed {
            // A filter's error is an answer, as it is without a stream.
            return match is_answer(400, &failed) {
                true => Ok(raw.holds(failed)),
                false if failed.is_string() || error_body::explains(&failed) => {
                    Err(self.failure(&failed, raw.retry_after))
                }
                false => {
                    let shown = self.line(&failed.to_string(), MOST_MESSAGE);
                    Err(self.unreadable(format!("a stream with an event of unknown shape: {shown}"), true))
                }
            };
        }
        let growing = events.growing;
        if growing.body.is_empty() {
            return Err(self.unreadable("a stream without a known event", true));
        }
        if !(pieces.ended)(&growing.body) {
            return Err(self.unreadable(format!("{BROKE_OFF}{LEAVE_OUT}"), true));
        }
        growing.close(pieces.tokens).map_err(|odd| self.odd(odd))?;
        // Some servers give all events the same id, which says nothing.
        if let Some(id) = events.twice.filter(|_| events.ids.len() > 1) {
            let id = self.line(&String::from_utf8_lossy(&id), MOST_TITLE);
            return Err(self.unreadable(format!("a stream in which an event occurs twice (`id` {id})"), true));
        }
        let mut whole = Value::Object(growing.body);
        if growing.flagged && !flagged(&whole) {
            whole[flags::FIELD] = flags::stepped_in();
        }
        match self.gateway_error(&whole, raw) {
            _ if is_answer(400, &whole) => Ok(raw.holds(whole)),
            Some(error) => Err(error),
            None => Ok(raw.holds(whole)),
        }
    }

    fn odd(&self, odd: OddEvent) -> AskError {
        let what = match odd {
            OddEvent::Unclear(why) => why,
            OddEvent::Unknown(event) => Value::Object(event).to_string(),
            OddEvent::Mixed { how, ids } => {
                let [one, other] = ids.map(|id| self.line(&id, MOST_ID));
                return self.unreadable(format!("{MIXED} ({how}: `{one}`, then `{other}`)"), true);
            }
        };
        self.unreadable(self.line(&what, MOST_MESSAGE), true)
    }
}

/// The events of a stream, as far as they have come.
#[derive(Debug, Default)]
struct Events {
    /// The line that is not complete yet, and the number of complete lines.
    line: Vec<u8>,
    lines: usize,
    /// Whether the last line ended with a carriage return, after which a line feed belongs to it.
    returned: bool,
    /// The data of the event that is not complete yet.
    data: Vec<u8>,
    /// The events that are complete but not added to the answer yet.
    ready: Vec<(EventKind, Map<String, Value>)>,
    growing: GrowingAnswer,
    /// The kind, by its name, of the event that is not complete yet.
    name: EventKind,
    /// The id of the event that is not complete yet, the ids of all events, and one that occurred twice.
    id: Vec<u8>,
    ids: BTreeSet<Vec<u8>>,
    twice: Option<Vec<u8>>,
    /// An event that reports an error.
    failed: Option<Value>,
    /// Whether the stream said that nothing more comes (`[DONE]`).
    closed: bool,
    /// Whether reading has ended.
    done: bool,
    /// The bytes of AWS's messages, if the stream consists of them.
    frames: Option<StreamMessages>,
    /// The number of bytes that have come.
    read: usize,
}

impl Events {
    fn take(&mut self, server: &Server, chunk: &[u8]) -> Result<(), AskError> {
        self.read += chunk.len();
        if self.read > MOST_STREAM {
            return Err(server.unreadable(format!("a stream of more than {} MiB", MOST_STREAM >> 20), true));
        }
        if let Some(frames) = &mut self.frames {
            frames.take(chunk);
            return self.messages(server);
        }
        for part in chunk.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, end) = match part.split_last() {
                Some((end @ (b'\n' | b'\r'), line)) => (line, Some(*end)),
                _ => (part, None),
            };
            if std::mem::replace(&mut self.returned, end == Some(b'\r')) && part == b"\n" {
                continue;
            }
            if self.line.len() + line.len() > MOST_BYTES {
                return Err(too_long(server));
            }
            self.line.extend_from_slice(line);
            if end.is_some() && !self.done {
                let line = std::mem::take(&mut self.line);
                self.line_ends(server, &line)?;
            }
        }
        Ok(())
    }

    /// Ends the stream. The last line and the last event count even if the server did not close them.
    fn end(&mut self, server: &Server) -> Result<(), AskError> {
        if self.done {
            return Ok(());
        }
        if let Some(frames) = &self.frames {
            return match frames.is_empty() {
                true => Ok(()),
                false => Err(server.unreadable("a stream that broke off within a message", true)),
            };
        }
        let line = std::mem::take(&mut self.line);
        self.line_ends(server, &line)?;
        self.event(server)
    }

    /// Reads the complete messages. Nothing after an error counts.
    fn messages(&mut self, server: &Server) -> Result<(), AskError> {
        while let (Some(frames), None) = (&mut self.frames, &self.failed) {
            let frame =
                frames.next().map_err(|what| server.unreadable(format!("a stream with {what}"), true))?;
            match frame {
                None => break,
                Some(Frame::Event(event)) => self.ready.push((EventKind::default(), event)),
                Some(Frame::Failed(failed)) => self.failed = Some(failed),
            }
        }
        Ok(())
    }

    fn line_ends(&mut self, server: &Server, line: &[u8]) -> Result<(), AskError> {
        let line = if self.lines == 0 { without_mark(line) } else { line };
        self.lines += 1;
        if line.trim_ascii().is_empty() {
            return self.event(server);
        }
        // A JSON object on its own line is an event: Ollama's are, and some errors lack their field name.
        if line.starts_with(b"{") {
            if !self.data.is_empty() {
                self.event(server)?;
            }
            self.data.extend_from_slice(line);
            return self.event(server);
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (field, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let data = match field {
            b"data" => value,
            b"event" => {
                self.name = EventKind::of(value);
                return Ok(());
            }
            b"id" => {
                self.id = value.trim_ascii().to_vec();
                return Ok(());
            }
            // A comment is a line with an empty field name.
            b"" | b"retry" => return Ok(()),
            // The standard ignores lines with other fields, but here most of them report a failure.
            _ => {
                let line = server.line(&String::from_utf8_lossy(line), MOST_TITLE);
                return Err(
                    server.unreadable(format!("a stream with a line that belongs to no event: {line}"), true)
                );
            }
        };
        if self.data.len() + data.len() > MOST_BYTES {
            return Err(too_long(server));
        }
        if !self.data.is_empty() {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        Ok(())
    }

    /// Completes the event whose lines have come.
    fn event(&mut self, server: &Server) -> Result<(), AskError> {
        let data = std::mem::take(&mut self.data);
        let name = std::mem::take(&mut self.name);
        let named_error = name == EventKind::Failure;
        let id = std::mem::take(&mut self.id);
        match data.trim_ascii() {
            _ if self.failed.is_some() => return Ok(()),
            b"" if named_error => {
                self.failed = Some(Value::String("an event `error` without any words".to_owned()));
                return Ok(());
            }
            b"" => return Ok(()),
            b"[DONE]" => {
                self.closed = true;
                return Ok(());
            }
            _ => {}
        }
        if !id.is_empty() && !self.ids.insert(id.clone()) {
            self.twice = Some(id);
        }
        match strict::read_json(&data) {
            Ok(event @ Value::Object(_)) => {
                match event {
                    event if named_error || error_body::refuses(&event) => self.failed = Some(event),
                    Value::Object(event) if self.closed && name != EventKind::Idle && !is_silent(&event) => {
                        let what = format!("{MIXED} (one comes after `[DONE]`){LEAVE_OUT}");
                        return Err(server.unreadable(what, true));
                    }
                    Value::Object(event) if !self.closed => self.ready.push((name, event)),
                    _ => {}
                }
                Ok(())
            }
            Err(_) if named_error => {
                self.failed = Some(Value::String(String::from_utf8_lossy(&data).into_owned()));
                Ok(())
            }
            _ if name == EventKind::Idle => Ok(()),
            Ok(_) => Err(server.unreadable("a stream with an event that is not a JSON object", true)),
            Err(error) if error.is_data() => {
                let what = server.line(&format!("a stream with an event in which {error}"), MOST_MESSAGE);
                Err(server.unreadable(what, true))
            }
            Err(error) => {
                let shown = server.line(&String::from_utf8_lossy(&data), MOST_TITLE);
                Err(server
                    .unreadable(format!("a stream with an event that is not JSON ({error}): {shown}"), true))
            }
        }
    }

    /// Adds the complete events to the answer.
    fn fold(&mut self, pieces: &Pieces, server: &Server) -> Result<(), AskError> {
        for (name, event) in self.ready.drain(..) {
            let event = Value::Object(event);
            self.growing.flagged |= flagged(&event);
            let Value::Object(event) = event else { continue };
            match (pieces.add)(&mut self.growing, event) {
                Ok(()) => {}
                // An event that only keeps the connection open may say anything.
                Err(OddEvent::Unknown(_)) if name == EventKind::Idle => {}
                // Only the first of several errors is reported.
                Err(OddEvent::Unknown(event)) => {
                    self.failed = Some(Value::Object(event));
                    break;
                }
                Err(odd) => return Err(server.odd(odd)),
            }
        }
        if self.growing.size > MOST_BYTES {
            return Err(too_long(server));
        }
        self.done |= self.failed.is_some();
        Ok(())
    }
}

fn too_long(server: &Server) -> AskError {
    server.unreadable(format!("more than {} MiB", MOST_BYTES >> 20), true)
}

/// The kind of an event, by its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum EventKind {
    /// The name says nothing: only the data counts.
    #[default]
    Any,
    /// The event reports a failure.
    Failure,
    /// The event only keeps the connection open.
    Idle,
}

impl EventKind {
    fn of(name: &[u8]) -> EventKind {
        let name = name.trim_ascii().to_ascii_lowercase();
        let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
        // The names of failures in the Responses API are handled with its pieces.
        match (has(b"error") || has(b"exception")) && !name.starts_with(b"response.") {
            true => EventKind::Failure,
            false if std::str::from_utf8(&name).is_ok_and(is_idle) => EventKind::Idle,
            false => EventKind::Any,
        }
    }
}
