//! What stands beside the text of an answer that ends well: the call of a tool, a picture, sound. No wire leaves it
//! out in silence, whole or in pieces: such a response counts as unread, as where the provider's own word says so.
//! Thinking stays allowed, and so does what is empty.

use crate::support::shapes::{Again, Read, VERY, bodies, put, unknown, whole, wholes};
use crate::support::streams::{READ, all_wires, checked, with};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

/// Where a message of each wire has its parts or its fields.
const MESSAGE: [(&str, &str); 3] =
    [("openai", "/choices/0/message"), ("azure", "/choices/0/message"), ("ollama", "/message")];

fn call(name: &str) -> Finish {
    unknown(&format!("a tool call (`{name}`)"))
}

fn no_text(name: &str) -> Finish {
    unknown(&format!("a part that is not text (`{name}`)"))
}

/// The fields in which chat completions and Ollama have what is no text.
fn fields() -> [(&'static str, Value, Finish); 5] {
    let tool = json!([{ "index": 0, "id": "1", "type": "function", "function": { "name": "f", "arguments": "{}" } }]);
    [
        ("tool_calls", tool, call("tool_calls")),
        ("function_call", json!({ "name": "f", "arguments": "" }), call("function_call")),
        ("audio", json!({ "id": "a", "data": "UklG" }), no_text("audio")),
        ("images", json!([{ "type": "image_url", "image_url": { "url": "data:," } }]), no_text("images")),
        ("images", json!(["aGk="]), no_text("images")),
    ]
}

/// The parts of the other wires, with the place of their list in a whole answer.
fn parts() -> Vec<(&'static str, &'static str, Value, Finish)> {
    let mut all = vec![
        (
            "anthropic",
            "/content",
            json!({ "type": "tool_use", "id": "1", "name": "f", "input": {} }),
            call("tool_use"),
        ),
        ("anthropic", "/content", json!({ "type": "server_tool_use", "name": "f" }), call("server_tool_use")),
        ("anthropic", "/content", json!({ "type": "image", "source": {} }), no_text("image")),
        ("anthropic", "/content", json!({ "type": "text", "text": { "a": 1 } }), no_text("text")),
        (
            "openai_responses",
            "/output",
            json!({ "type": "function_call", "name": "f" }),
            call("function_call"),
        ),
        ("openai_responses", "/output", json!({ "type": "web_search_call" }), call("web_search_call")),
        ("openai_responses", "/output", json!({ "type": "drawing", "result": "aGk=" }), no_text("drawing")),
        (
            "openai_responses",
            "/output/0/content",
            json!({ "type": "output_image", "image_url": "data:," }),
            no_text("output_image"),
        ),
    ];
    for provider in ["gemini", "vertex"] {
        let at = "/candidates/0/content/parts";
        all.extend([
            (provider, at, json!({ "functionCall": { "name": "f", "args": {} } }), call("functionCall")),
            (provider, at, json!({ "executableCode": { "code": "1" } }), no_text("executableCode")),
            (
                provider,
                at,
                json!({ "codeExecutionResult": { "outcome": "OUTCOME_OK" } }),
                no_text("codeExecutionResult"),
            ),
            (
                provider,
                at,
                json!({ "inlineData": { "mimeType": "image/png", "data": "aGk=" } }),
                no_text("inlineData"),
            ),
            (provider, at, json!({ "text": "", "fileData": { "fileUri": "gs://x" } }), no_text("fileData")),
            (provider, at, json!({ "somethingNew": { "a": 1 } }), no_text("somethingNew")),
        ]);
    }
    let at = "/output/message/content";
    all.extend([
        ("bedrock", at, json!({ "toolUse": { "name": "f", "input": {} } }), call("toolUse")),
        ("bedrock", at, json!({ "image": { "format": "png" } }), no_text("image")),
        (
            "bedrock",
            at,
            json!({ "citationsContent": { "content": [{ "text": "Not" }] } }),
            no_text("citationsContent"),
        ),
    ]);
    all
}

#[test]
fn a_whole_answer_with_something_beside_its_text_is_unread() {
    for (provider, place) in MESSAGE {
        for (field, value, finish) in fields() {
            let body = put(whole(provider), &format!("{place}/{field}"), value);
            bodies(provider, vec![(body, Read(finish, VERY))]);
        }
        for part in
            [json!({ "type": "image_url", "image_url": { "url": "x" } }), json!({ "type": "tool_use" })]
        {
            let name = part["type"].as_str().expect("a type").to_owned();
            let finish = if name == "tool_use" { call(&name) } else { no_text(&name) };
            let content = json!([{ "type": "text", "text": VERY }, part]);
            let body = put(whole(provider), &format!("{place}/content"), content);
            bodies(provider, vec![(body, Read(finish, VERY))]);
        }
    }
    for (provider, place, part, finish) in parts() {
        let body = put(whole(provider), place, part.clone());
        bodies(provider, vec![(body, Read(finish.clone(), VERY))]);
    }
    // A part of a kind that nobody knows keeps the whole list from being an answer, and is kept in it.
    let content = json!([{ "type": "text", "text": VERY }, { "type": "draft", "text": "Not" }]);
    let text = r#"[{"type":"text","text":"Very important"},{"type":"draft","text":"Not"}]"#;
    bodies(
        "openai",
        vec![(put(whole("openai"), "/choices/0/message/content", content), Read(no_text("draft"), text))],
    );
}

/// The provider's own word for the end says more, and a filter's says all.
#[test]
fn the_providers_own_word_stays() {
    let (_, tool, _) = fields()[0].clone();
    let body = put(whole("openai"), "/choices/0/message/tool_calls", tool);
    let ends = |reason: &str| put(body.clone(), "/choices/0/finish_reason", json!(reason));
    bodies(
        "openai",
        vec![
            (ends("tool_calls"), Read(unknown("tool_calls"), VERY)),
            (ends("content_filter"), Read(Finish::Filter, VERY)),
            // What a limit has cut is an answer where it is whole: not with a call beside it.
            (ends("length"), Read(call("tool_calls"), VERY)),
            (put(body.clone(), "/choices/0/finish_reason", json!(null)), Read(call("tool_calls"), VERY)),
        ],
    );
}

#[test]
fn thinking_and_what_is_empty_may_stand_beside_a_text() {
    for (provider, body) in wholes() {
        bodies(provider, vec![(body, READ)]);
    }
    for (provider, place) in MESSAGE {
        for (field, value) in [
            ("tool_calls", json!([])),
            ("tool_calls", json!(null)),
            ("function_call", json!({ "name": "", "arguments": "" })),
            ("audio", json!(null)),
            ("images", json!([])),
            ("thinking", json!("Not?")),
            ("reasoning_content", json!("Not?")),
            ("reasoning_details", json!([{ "type": "reasoning.text", "text": "Not?" }])),
            ("annotations", json!([{ "type": "url_citation" }])),
        ] {
            let body = put(whole(provider), &format!("{place}/{field}"), value);
            bodies(provider, vec![(body, READ)]);
        }
    }
    for (provider, place, part) in [
        ("anthropic", "/content", json!({ "type": "thinking", "thinking": "Not?", "signature": "x" })),
        ("anthropic", "/content", json!({ "type": "redacted_thinking", "data": "x" })),
        ("openai_responses", "/output", json!({ "type": "reasoning", "summary": [{ "text": "Not?" }] })),
        ("gemini", "/candidates/0/content/parts", json!({ "text": "Not?", "thought": true })),
        (
            "gemini",
            "/candidates/0/content/parts",
            json!({ "inlineData": { "data": "aGk=" }, "thought": true }),
        ),
        ("vertex", "/candidates/0/content/parts", json!({ "text": "", "thoughtSignature": "x" })),
        (
            "bedrock",
            "/output/message/content",
            json!({ "reasoningContent": { "reasoningText": { "text": "Not?" } } }),
        ),
    ] {
        bodies(provider, vec![(put(whole(provider), place, part), READ)]);
    }
}

/// Anthropic lets another model go on with an answer that one has begun.
#[test]
fn an_answer_of_two_models_is_unread() {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let fallback = json!({ "type": "fallback", "from": { "model": "a" }, "to": { "model": "b" } });
    let body = |content: Value| json!({ "content": content, "stop_reason": "end_turn" });
    bodies(
        "anthropic",
        vec![
            (body(json!([text("Very "), fallback, text("important")])), Read(no_text("fallback"), VERY)),
            (body(json!([fallback, text(VERY)])), READ),
        ],
    );
}

/// The pieces of each wire in which something else than text comes.
fn pieces() -> Vec<(&'static str, Vec<Value>, Finish)> {
    let mut all = Vec::new();
    let delta = |delta: Value| json!({ "id": "c", "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": delta }] });
    for (field, value, finish) in fields() {
        all.push(("openai", vec![delta(json!({ field: value }))], finish.clone()));
        all.push(("azure", vec![delta(json!({ field: value, "content": null }))], finish.clone()));
        let beside = json!({ "choices": [{ "index": 0, "delta": {}, "message": { "role": "assistant", field: value } }] });
        all.push(("openai", vec![beside], finish.clone()));
        let line = json!({ "model": "q", "message": { "role": "assistant", "content": "", field: value }, "done": false });
        all.push(("ollama", vec![line], finish));
    }
    let image = json!([{ "type": "image_url", "image_url": { "url": "x" } }]);
    all.push(("openai", vec![delta(json!({ "content": image }))], no_text("image_url")));
    let part = |part: Value| json!({ "candidates": [{ "content": { "parts": [part] } }] });
    for (provider, place, value, finish) in parts() {
        match provider {
            "gemini" | "vertex" => all.push((provider, vec![part(value)], finish)),
            "openai_responses" if place == "/output" => {
                for kind in ["response.output_item.added", "response.output_item.done"] {
                    all.push((provider, vec![json!({ "type": kind, "item": value })], finish.clone()));
                }
            }
            _ => {}
        }
    }
    let block =
        |kind: &str| json!({ "type": "content_block_start", "index": 1, "content_block": { "type": kind } });
    for (kind, finish) in [("tool_use", call("tool_use")), ("image", no_text("image"))] {
        let input = json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "input_json_delta", "partial_json": "{}" } });
        all.push(("anthropic", vec![block(kind), input], finish));
    }
    let start =
        json!({ "contentBlockStart": { "contentBlockIndex": 1, "start": { "toolUse": { "name": "f" } } } });
    let delta = |delta: Value| json!({ "contentBlockDelta": { "contentBlockIndex": 1, "delta": delta } });
    all.push(("bedrock", vec![start], call("toolUse")));
    all.push(("bedrock", vec![delta(json!({ "toolUse": { "input": "{" } }))], call("toolUse")));
    all.push(("bedrock", vec![delta(json!({ "image": {} }))], no_text("image")));
    all
}

#[test]
fn a_stream_with_something_beside_its_text_is_unread() {
    let cases = pieces();
    for (provider, data) in all_wires(&["Very ", "important"]) {
        let own: Vec<_> = cases.iter().filter(|(of, ..)| *of == provider).collect();
        assert!(!own.is_empty(), "{provider} is asked");
        for (_, more, finish) in own {
            // Before what tells that it has ended, and what follows that.
            let at = if matches!(provider, "anthropic" | "bedrock") { 2 } else { 1 };
            let mixed = more.iter().fold(data.clone(), |data, piece| with(&data, at, piece.clone()));
            checked(provider, &mixed, &Read(finish.clone(), VERY));
        }
        checked(provider, &data, &READ);
    }
}

/// Some send a message beside each piece, which says nothing more of the text.
#[test]
fn a_call_in_a_message_beside_a_piece_is_not_left_out() {
    for (field, value, finish) in fields() {
        let mut data = all_wires(&["Very ", "important"]).swap_remove(0).1;
        data[0]["choices"][0]["message"] = json!({ "role": "assistant", "content": "Very ", field: value });
        checked("openai", &data, &Read(finish, VERY));
    }
}

/// One that numbers its pieces as if they were several answers.
#[test]
fn a_call_in_another_choice_is_not_left_out() {
    let (_, tool, _) = fields()[0].clone();
    let other = json!({ "choices": [{ "index": 1, "delta": { "tool_calls": tool } }] });
    let (provider, data) = all_wires(&["Very ", "important"]).swap_remove(0);
    checked(provider, &with(&data, 1, other), &Again("another of its `choices`"));
}

#[test]
fn thinking_in_pieces_and_sources_of_a_text_are_let_be() {
    for (provider, piece) in [
        (
            "openai",
            json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [], "audio": null, "reasoning": "Not?" } }] }),
        ),
        (
            "ollama",
            json!({ "message": { "role": "assistant", "content": "", "thinking": "Not?", "tool_calls": null }, "done": false }),
        ),
        (
            "gemini",
            json!({ "candidates": [{ "content": { "parts": [{ "text": "Not?", "thought": true }] } }] }),
        ),
        (
            "vertex",
            json!({ "candidates": [{ "content": { "parts": [{ "text": "", "thoughtSignature": "x" }] } }] }),
        ),
        (
            "bedrock",
            json!({ "contentBlockDelta": { "contentBlockIndex": 0, "delta": { "citation": { "title": "x" } } } }),
        ),
        (
            "bedrock",
            json!({ "contentBlockDelta": { "contentBlockIndex": 0, "delta": { "reasoningContent": { "text": "Not?" } } } }),
        ),
        (
            "openai_responses",
            json!({ "type": "response.output_item.added", "item": { "type": "reasoning" } }),
        ),
    ] {
        let data = all_wires(&["Very ", "important"]);
        let data = data.into_iter().find(|(known, _)| *known == provider).expect("a wire").1;
        let at = if provider == "bedrock" { 3 } else { 1 };
        checked(provider, &with(&data, at, piece), &READ);
    }
}
