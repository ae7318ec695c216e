//! Answers in pieces, as servers send them.

use alignspec::__testing::provider::{AskError, Finish, Response};
use serde_json::{Value, json};

use super::frames::{KIND, converse, framed};
use super::shapes::{Read, VERY, Wanted, check, made_of};

pub const EVENTS: &str = "text/event-stream; charset=utf-8";

pub const DONE: &str = "data: [DONE]\n\n";

/// Server-sent events with this data each.
pub fn events(data: &[Value]) -> String {
    data.iter().map(|data| format!("data: {data}\n\n")).collect()
}

/// One JSON object a line.
pub fn lines(data: &[Value]) -> String {
    data.iter().map(|data| format!("{data}\n")).collect()
}

/// A piece of a chat completion.
pub fn piece(delta: Value, finish: Option<&str>) -> Value {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish, "logprobs": null });
    json!({ "id": "c", "object": "chat.completion.chunk", "model": "small-1-2025", "system_fingerprint": "fp_1", "choices": [choice], "usage": null })
}

pub fn say(text: &str) -> Value {
    piece(json!({ "content": text }), None)
}

pub fn stop() -> Value {
    piece(json!({}), Some("stop"))
}

/// A chat completion in pieces, as OpenAI sends it where the tokens are asked for.
pub fn chat() -> Vec<Value> {
    vec![
        piece(json!({ "role": "assistant", "content": "", "refusal": null }), None),
        piece(json!({ "reasoning_content": "Hm, Not important?" }), None),
        say("Very "),
        say("important"),
        stop(),
        json!({ "id": "c", "model": "small-1-2025", "choices": [], "usage": { "prompt_tokens": 11, "completion_tokens": 3 } }),
    ]
}

/// Anthropic's message with this text in pieces.
pub fn messages(texts: &[&str]) -> Vec<Value> {
    let start = json!({ "type": "message", "id": "m", "role": "assistant", "model": "claude-x-1", "content": [], "stop_reason": null, "usage": { "input_tokens": 25, "output_tokens": 1 } });
    let text = |text: &&str| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    let mut all = vec![
        json!({ "type": "message_start", "message": start }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
    ];
    all.extend(texts.iter().map(text));
    all.extend([
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 15 } }),
        json!({ "type": "message_stop" }),
    ]);
    all
}

/// The same of the Responses API.
pub fn responses(texts: &[&str]) -> Vec<Value> {
    let response = |status: &str, output: Value| json!({ "id": "r", "model": "small-1-2025", "status": status, "output": output });
    let item = json!({ "type": "message", "status": "completed", "content": [{ "type": "output_text", "text": texts.concat() }] });
    let mut all = vec![
        json!({ "type": "response.created", "response": response("in_progress", json!([])) }),
        json!({ "type": "response.in_progress", "response": response("in_progress", json!([])) }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": { "type": "message", "content": [] } }),
    ];
    all.extend(texts.iter().map(
        |text| json!({ "type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text }),
    ));
    all.extend([
        json!({ "type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": texts.concat() }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": item }),
        json!({ "type": "response.completed", "response": response("completed", json!([item])) }),
    ]);
    all
}

/// Gemini's.
pub fn gemini(texts: &[&str]) -> Vec<Value> {
    let part = |(at, text): (usize, &&str)| {
        let finish = (at + 1 == texts.len()).then_some("STOP");
        json!({ "responseId": "g", "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": finish }], "modelVersion": "g-1", "usageMetadata": { "promptTokenCount": 4, "candidatesTokenCount": 2 } })
    };
    texts.iter().enumerate().map(part).collect()
}

/// Ollama's.
pub fn ollama(texts: &[&str]) -> Vec<Value> {
    let line = |text: &&str| json!({ "model": "q", "message": { "role": "assistant", "content": text, "thinking": "t" }, "done": false });
    let mut all: Vec<Value> = texts.iter().map(line).collect();
    all.push(json!({ "model": "q", "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop", "eval_count": 3, "prompt_eval_count": 9 }));
    all
}

/// Every wire that streams, with an answer of this text in pieces.
pub fn wires(texts: &[&str]) -> [(&'static str, Vec<Value>); 6] {
    let mut chat: Vec<Value> = texts.iter().map(|text| say(text)).collect();
    chat.push(stop());
    [
        ("openai", chat.clone()),
        ("azure", chat),
        ("openai_responses", responses(texts)),
        ("anthropic", messages(texts)),
        ("gemini", gemini(texts)),
        ("ollama", ollama(texts)),
    ]
}

/// What is sent for these pieces at this provider.
pub fn sent(provider: &str, data: &[Value]) -> String {
    if provider == "ollama" { lines(data) } else { events(data) }
}

pub fn streamed(provider: &str, body: &str) -> Result<Response, AskError> {
    made_of(provider, "stream = true", 200, kind(provider), body.as_bytes())
}

/// These pieces with `more` before the one at `at` from the end.
pub fn with(all: &[Value], at: usize, more: Value) -> Vec<Value> {
    let mut all = all.to_vec();
    all.insert(all.len() - at, more);
    all
}

/// What is to become of pieces that are all of one answer.
pub const READ: Wanted = Read(Finish::Stop, VERY);

pub fn checked(provider: &str, data: &[Value], wanted: &Wanted) {
    let made = made_of(provider, "stream = true", 200, kind(provider), &bytes(provider, data));
    check(&format!("{provider}: {}", lines(data)), made, wanted);
}

/// Every wire that streams: those of [`wires`], Vertex AI's and Bedrock's, whose pieces are no text.
pub fn all_wires(texts: &[&str]) -> Vec<(&'static str, Vec<Value>)> {
    let more = [("vertex", gemini(texts)), ("bedrock", converse(texts))];
    wires(texts).into_iter().chain(more).collect()
}

/// The bytes that are sent for these pieces at this provider.
pub fn bytes(provider: &str, data: &[Value]) -> Vec<u8> {
    if provider == "bedrock" { framed(data) } else { sent(provider, data).into_bytes() }
}

/// Of what kind a provider says that its streams are.
pub fn kind(provider: &str) -> &'static str {
    match provider {
        "ollama" => "application/x-ndjson",
        "bedrock" => KIND,
        _ => EVENTS,
    }
}
