//! Bedrock's answers in pieces: binary messages with checksums.

use serde_json::{Value, json};

pub const KIND: &str = "application/vnd.amazon.eventstream";

/// A message with these headers, which are text, and this payload
/// (<https://smithy.io/2.0/aws/amazon-eventstream.html>).
pub fn message(headers: &[(&str, &str)], payload: &Value) -> Vec<u8> {
    message_text(headers, &payload.to_string())
}

fn message_text(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut told = Vec::new();
    for (name, value) in headers {
        told.push(u8::try_from(name.len()).expect("short"));
        told.extend_from_slice(name.as_bytes());
        told.push(7);
        told.extend_from_slice(&u16::try_from(value.len()).expect("short").to_be_bytes());
        told.extend_from_slice(value.as_bytes());
    }
    // One that is a time, which is passed over.
    told.extend_from_slice(b"\x05:date\x08\0\0\0\0\0\0\0\x01");
    let payload = payload.as_bytes();
    let number = |length: usize| u32::try_from(length).expect("short").to_be_bytes();
    let mut bytes = [number(told.len() + payload.len() + 16), number(told.len())].concat();
    bytes.extend_from_slice(&crc(&bytes).to_be_bytes());
    bytes.extend_from_slice(&told);
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&crc(&bytes).to_be_bytes());
    bytes
}

/// CRC-32, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

pub fn event(name: &str, payload: &Value) -> Vec<u8> {
    event_text(name, &payload.to_string())
}

/// An event whose payload is this text.
pub fn event_text(name: &str, payload: &str) -> Vec<u8> {
    let kind = [(":message-type", "event"), (":event-type", name), (":content-type", "application/json")];
    message_text(&kind, payload)
}

/// ConverseStream's answer with this text in pieces, each event by its name.
pub fn converse(texts: &[&str]) -> Vec<Value> {
    let text =
        |text: &&str| json!({ "contentBlockDelta": { "contentBlockIndex": 0, "delta": { "text": text } } });
    let mut all = vec![json!({ "messageStart": { "role": "assistant" } })];
    all.extend(texts.iter().map(text));
    all.extend([
        json!({ "contentBlockStop": { "contentBlockIndex": 0 } }),
        json!({ "messageStop": { "stopReason": "end_turn" } }),
        json!({ "metadata": { "usage": { "inputTokens": 25, "outputTokens": 15 } } }),
    ]);
    all
}

/// The bytes of events, each by its name.
pub fn framed(data: &[Value]) -> Vec<u8> {
    let events = data.iter().flat_map(|data| data.as_object().expect("a table"));
    events.flat_map(|(name, payload)| event(name, payload)).collect()
}
