//! Reads the streams of AWS, whose events are binary messages with checksums
//! (<https://smithy.io/2.0/aws/amazon-eventstream.html>, read 2026-11-26): lengths, headers, payload, CRC-32. A
//! message that was changed or cut on the way is an error.

use serde_json::{Map, Value, json};

use crate::provider::strict;

/// The content type of such a stream.
pub(super) const KIND: &str = "application/vnd.amazon.eventstream";

/// The bytes of the two lengths and their checksum, and of the checksum at the end of a message.
const PRELUDE: usize = 12;
const END: usize = 4;

/// The longest message that is read: one token needs far less.
const MOST: usize = 4 << 20;

/// The messages of a stream, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct StreamMessages {
    bytes: Vec<u8>,
    /// How many of the bytes have been read as messages.
    read: usize,
}

/// The content of a message.
#[derive(Debug, PartialEq)]
pub(super) enum Frame {
    /// An event's payload under its name: `{"contentBlockDelta": {…}}`.
    Event(Map<String, Value>),
    /// An error, in the form that other services use.
    Failed(Value),
}

/// Returns whether a body begins like such a stream, by the checksum of the first lengths. `None` means that
/// more bytes are needed.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    match bytes.get(..PRELUDE) {
        _ if bytes.first().is_some_and(|first| *first != 0) => Some(false),
        Some(prelude) => Some(crc32fast::hash(&prelude[..8]) as usize == number(prelude, 8)),
        None => None,
    }
}

impl StreamMessages {
    pub(super) fn take(&mut self, chunk: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.read));
        self.bytes.extend_from_slice(chunk);
    }

    /// Returns whether no part of a message is left over.
    pub(super) fn is_empty(&self) -> bool {
        self.read == self.bytes.len()
    }

    /// Returns the next complete message, or an error that says what is wrong with it.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, &'static str> {
        let rest = &self.bytes[self.read..];
        let Some(prelude) = rest.get(..PRELUDE) else { return Ok(None) };
        let (length, headers) = (number(prelude, 0), number(prelude, 4));
        if crc32fast::hash(&prelude[..8]) as usize != number(prelude, 8) {
            return Err("a message whose lengths are damaged");
        }
        if length > MOST || PRELUDE + headers + END > length {
            return Err("a message of impossible length");
        }
        let Some(message) = rest.get(..length) else { return Ok(None) };
        let (whole, end) = message.split_at(length - END);
        if crc32fast::hash(whole) as usize != number(end, 0) {
            return Err("a message that is damaged");
        }
        let (headers, payload) = whole[PRELUDE..].split_at(headers);
        let headers = read_headers(headers).ok_or("a message whose headers cannot be read")?;
        let frame = frame(&headers, payload)?;
        self.read += length;
        Ok(Some(frame))
    }
}

/// Reads four bytes as a number.
fn number(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + 4].iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Returns the names and values of those headers that are text.
fn read_headers(mut bytes: &[u8]) -> Option<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first() {
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        let (kind, rest) = rest.split_first()?;
        let (fixed, rest) = match kind {
            0 | 1 => (0, rest),
            2 => (1, rest),
            3 => (2, rest),
            4 => (4, rest),
            5 | 8 => (8, rest),
            9 => (16, rest),
            6 | 7 => {
                let (length, rest) = rest.split_at_checked(2)?;
                (usize::from(length[0]) << 8 | usize::from(length[1]), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(fixed)?;
        if *kind == 7 {
            found.push((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?));
        }
        bytes = rest;
    }
    Some(found)
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Result<Frame, &'static str> {
    let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let said = || strict::read_json(payload);
    match header(":message-type") {
        Some("event") => {
            let name = header(":event-type").ok_or("an event without a name")?;
            let payload = said().map_err(|error| match error.is_data() {
                true => "an event in which a key occurs twice with different values",
                false => "an event that is not JSON",
            })?;
            Ok(Frame::Event(Map::from_iter([(name.to_owned(), payload)])))
        }
        Some("exception") => {
            let name = header(":exception-type").unwrap_or("an exception without a name");
            let words = said().ok().and_then(|said| Some(said.get("message")?.as_str()?.to_owned()));
            Ok(Frame::Failed(failed(name, &words.unwrap_or_default())))
        }
        Some("error") => Ok(Frame::Failed(failed(
            header(":error-code").unwrap_or("an error without a name"),
            header(":error-message").unwrap_or_default(),
        ))),
        _ => Err("a message that is neither an event nor an error"),
    }
}

/// Makes an error from its name, with the status that it would have outside of a stream
/// (<https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>). An unknown
/// error may pass, since AWS says to retry the errors in a model's stream.
fn failed(name: &str, words: &str) -> Value {
    let status = match name {
        "validationException" => Some(400),
        "accessDeniedException" => Some(403),
        "throttlingException" => Some(429),
        "internalServerException" => Some(500),
        "serviceUnavailableException" => Some(503),
        _ => None,
    };
    json!({ "error": { "message": format!("{name}: {words}"), "type": name, "code": status } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).filter_map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
    }

    /// `empty_message` and `payload_no_headers` are from the vectors that test AWS's clients. Their checksums
    /// hold, but they are neither an event nor an error.
    #[test]
    fn checksums_are_those_of_awss_vectors() {
        let payload = "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936";
        for message in ["000000100000000005c248eb7d98c8ff", payload] {
            let mut frames = StreamMessages::default();
            frames.take(&bytes(message));
            assert_eq!(frames.next(), Err("a message that is neither an event nor an error"), "{message}");
            // A message with any byte changed is damaged.
            for at in 0..message.len() / 2 {
                let mut damaged = bytes(message);
                damaged[at] ^= 1;
                let mut frames = StreamMessages::default();
                frames.take(&damaged);
                let said = frames.next().expect_err("damaged");
                assert!(said.ends_with("damaged"), "{message} at {at}: {said}");
            }
        }
    }
}
