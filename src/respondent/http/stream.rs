//! Answers that come in pieces (`stream = true`): server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), one JSON object a line, or AWS's messages. They are put
//! together to the JSON of a whole answer, which the wire reads like any other. What breaks off, never says
//! that it has ended, or tells of an error on the way is no answer.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::frames::{Frame, Frames, KIND};
use super::{Heard, IsAnswer, MOST_BYTES, Raw, Server};
use crate::respondent::body::{is_stream, without_mark};
use crate::respondent::{AskError, told};

/// The longest stream that is read, in bytes: some three hundred go with each token, in thinking, too.
const MOST_STREAM: usize = 64 << 20;

/// How the pieces of one wire's answers go together.
#[derive(Debug)]
pub(in crate::respondent) struct Pieces {
    /// Adds an event to the whole; how many bytes of text it had.
    pub add: fn(&mut Map<String, Value>, Map<String, Value>) -> usize,
    /// Whether the whole has all of it: its provider has said how it ended.
    pub ended: fn(&Map<String, Value>) -> bool,
}

impl Server {
    /// Posts `body` and reads what comes back: whole, or as the events of a stream where there are `pieces`.
    pub(in crate::respondent) async fn ask(
        &self,
        body: &Value,
        pieces: Option<&Pieces>,
        is_answer: IsAnswer,
    ) -> Result<Heard, AskError> {
        let Some(pieces) = pieces else { return self.post_or(body, is_answer).await };
        let request = self.client.post(self.url.clone()).timeout(self.limit).json(body);
        let mut answer = self.begin(request).await?;
        let raw = self.head(&answer);
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let framed = kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(KIND));
        let mut events = Events { frames: framed.then(Frames::default), ..Events::default() };
        if !raw.status.is_success() || raw.html || raw.json {
            let raw = self.raw(answer).await?;
            // Some say so of their streams.
            if !raw.json || !is_stream(&raw.bytes) || !raw.status.is_success() {
                return self.heard(raw, is_answer);
            }
            events.take(self, &raw.bytes)?;
            return self.whole(events, pieces, &raw, is_answer);
        }
        while !events.done {
            let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(&error))? else { break };
            events.take(self, &chunk)?;
            events.fold(pieces, self)?;
        }
        self.whole(events, pieces, &raw, is_answer)
    }

    /// The whole that the events make.
    fn whole(
        &self,
        mut events: Events,
        pieces: &Pieces,
        raw: &Raw,
        is_answer: IsAnswer,
    ) -> Result<Heard, AskError> {
        events.end(self)?;
        events.fold(pieces, self)?;
        if let Some(failed) = events.failed {
            // A filter's word is an answer, as it is where it comes alone.
            return match is_answer(400, &failed) {
                true => Ok(raw.holds(failed)),
                false => Err(self.failure(&failed, raw.retry_after)),
            };
        }
        if events.whole.is_empty() {
            return Err(self.unreadable("a stream without an event that is known", true));
        }
        if !(pieces.ended)(&events.whole) {
            return Err(self.unreadable("a stream that broke off: how the answer ended was never said", true));
        }
        let whole = Value::Object(events.whole);
        match self.gateway_error(&whole, raw) {
            _ if is_answer(400, &whole) => Ok(raw.holds(whole)),
            Some(error) => Err(error),
            None => Ok(raw.holds(whole)),
        }
    }
}

/// The events of a stream, as far as it has come.
#[derive(Debug, Default)]
struct Events {
    /// The line that is coming.
    line: Vec<u8>,
    /// The data of the event that is coming.
    data: Vec<u8>,
    /// Events that are complete.
    ready: Vec<Map<String, Value>>,
    whole: Map<String, Value>,
    /// The event that is coming has the name `error`.
    named_error: bool,
    /// An event that tells of an error.
    failed: Option<Value>,
    /// It said that no more comes.
    done: bool,
    /// What is left of AWS's messages, where they are such.
    frames: Option<Frames>,
    /// Bytes that have come, and bytes of the answer's text among them.
    read: usize,
    text: usize,
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
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            if self.line.len() + part.len() > MOST_BYTES {
                return Err(too_long(server));
            }
            self.line.extend_from_slice(part);
            if parts.peek().is_some() && !self.done {
                let line = std::mem::take(&mut self.line);
                self.line_ends(server, &line)?;
            }
        }
        Ok(())
    }

    /// It has ended: what is left is the last line and the last event, which some do not close.
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

    /// Reads the messages that are whole. Nothing after an error counts.
    fn messages(&mut self, server: &Server) -> Result<(), AskError> {
        while let (Some(frames), None) = (&mut self.frames, &self.failed) {
            let frame =
                frames.next().map_err(|what| server.unreadable(format!("a stream with {what}"), true))?;
            match frame {
                None => break,
                Some(Frame::Event(event)) => self.ready.push(event),
                Some(Frame::Failed(failed)) => self.failed = Some(failed),
            }
        }
        Ok(())
    }

    fn line_ends(&mut self, server: &Server, line: &[u8]) -> Result<(), AskError> {
        let line = without_mark(line.strip_suffix(b"\r").unwrap_or(line));
        if line.trim_ascii().is_empty() {
            return self.event(server);
        }
        // An object of a line of its own is an event: Ollama's, and errors that forget their field.
        if line.starts_with(b"{") {
            self.event(server)?;
            self.data.extend_from_slice(line);
            return self.event(server);
        }
        self.named_error |= line.strip_prefix(b"event:").is_some_and(|name| name.trim_ascii() == b"error");
        // Other fields name the event again, or are comments.
        let Some(data) = line.strip_prefix(b"data:") else { return Ok(()) };
        if self.data.len() + data.len() > MOST_BYTES {
            return Err(too_long(server));
        }
        if !self.data.is_empty() {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(data.strip_prefix(b" ").unwrap_or(data));
        Ok(())
    }

    /// The event that is coming is complete.
    fn event(&mut self, server: &Server) -> Result<(), AskError> {
        let data = std::mem::take(&mut self.data);
        let named_error = std::mem::take(&mut self.named_error);
        match data.trim_ascii() {
            b"" => return Ok(()),
            b"[DONE]" => {
                self.done = true;
                return Ok(());
            }
            _ if self.failed.is_some() => return Ok(()),
            _ => {}
        }
        match serde_json::from_slice(&data) {
            Ok(Value::Object(event)) => {
                let is = |field: &str| event.get(field).and_then(Value::as_str) == Some("error");
                match named_error || told::failed(event.get("error")) || is("object") || is("type") {
                    true => self.failed = Some(Value::Object(event)),
                    false => self.ready.push(event),
                }
                Ok(())
            }
            Ok(_) => Err(server.unreadable("a stream with an event that is no JSON object", true)),
            Err(error) => {
                Err(server.unreadable(format!("a stream with an event that is no JSON ({error})"), true))
            }
        }
    }

    /// Adds the events that are complete to the whole.
    fn fold(&mut self, pieces: &Pieces, server: &Server) -> Result<(), AskError> {
        for event in self.ready.drain(..) {
            self.text += (pieces.add)(&mut self.whole, event);
        }
        if self.text > MOST_BYTES {
            return Err(too_long(server));
        }
        self.done |= self.failed.is_some();
        Ok(())
    }
}

fn too_long(server: &Server) -> AskError {
    server.unreadable(format!("more than {} MiB", MOST_BYTES >> 20), true)
}
