//! Answers in pieces (`stream = true`): put together they are what the same answer is whole, and what breaks
//! off, never says that it has ended or tells of an error on the way is no answer.

use crate::support::server::{Received, Reply, Server};
use crate::support::shapes::{Again, Read, Wanted, check, made_of, runtime, unknown};
use crate::support::streams::{EVENTS, chat, events, piece, say, streamed};
use crate::support::wire::question;
use crate::support::{
    KEY, PACE, completion, misconfigured, model_of, recorded, sample, task, unit, variables,
};
use alignspec::__testing::provider::{Finish, connect, identity};
use serde_json::{Value, json};
use tempfile::tempdir;

#[test]
fn a_chat_completion_in_pieces_is_the_one_that_comes_whole() {
    let text = events(&chat()) + "data: [DONE]\n\n";
    let server = Server::start(move |request: &Received| match request.body["stream"].as_bool() {
        Some(true) => Reply::Answer {
            status: 200,
            headers: vec![("content-type", EVENTS.to_owned())],
            body: text.clone().into_bytes(),
        },
        _ => {
            let mut body = completion("Very important");
            body["system_fingerprint"] = json!("fp_1");
            Reply::json(200, &body)
        }
    });
    let task = task();
    let [whole, pieces] = ["", "stream = true"].map(|fields| {
        let model = model_of("openai", "small-1", &server.base_url(), fields);
        let folder = tempdir().expect("a folder");
        let sampled = sample(folder.path(), &unit(&model, &task, 1));
        assert_eq!(sampled.shortfall(), None);
        // And one replays the other.
        let other = model_of("openai", "small-1", &server.base_url(), "");
        assert_eq!(
            (identity(&model), sample(folder.path(), &unit(&other, &task, 1)).asked),
            (identity(&other), 0)
        );
        recorded(folder.path())
    });
    let without_time = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(",\"ms\":").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(without_time(&whole), without_time(&pieces));
    let asked = server.received().into_iter().find(|request| request.body["stream"] == true).expect("one");
    assert_eq!(asked.body["stream_options"], json!({ "include_usage": true }));
}

#[test]
fn who_counts_no_tokens_in_streams_is_not_asked_to() {
    for (fields, wanted) in [
        ("provider = \"mistral\"", Value::Null),
        ("provider = \"openai\"\nparameters = { stream_options = {} }", Value::Null),
        (
            "provider = \"openai\"\nparameters = { stream_options = { include_obfuscation = false } }",
            json!({ "include_obfuscation": false }),
        ),
    ] {
        let server = Server::start(|_| Reply::json(200, &completion("x")));
        let fields = format!(
            "{fields}\nmodel = \"m\"\nkey_env = \"TEST_KEY\"\nbase_url = \"{}\"\nstream = true",
            server.base_url()
        );
        let model = crate::support::configured(std::path::Path::new("/"), &fields);
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        // One that answers whole all the same is understood.
        let reply = runtime().block_on(wire.ask(&question())).expect("a reply");
        assert_eq!(reply.response.text, "x");
        assert_eq!(
            (&server.received()[0].body["stream_options"], &server.received()[0].body["stream"]),
            (&wanted, &json!(true))
        );
    }
}

#[test]
fn a_stream_is_read_however_it_is_cut_and_dressed() {
    let whole = chat();
    let done = "data: [DONE]\n\n";
    let dressed: String = whole
        .iter()
        .map(|data| format!(": OPENROUTER PROCESSING\r\n\r\nevent: x\r\nid: 7\r\ndata:{data}\r\n\r\n"))
        .collect();
    let halves = serde_json::to_string_pretty(&whole[2]).expect("JSON").replace('\n', "\ndata: ");
    for text in [
        events(&whole) + done,
        dressed + "data: [DONE]",
        // Some never say [DONE].
        events(&whole),
        events(&whole).trim_end().to_owned(),
        format!("\u{feff}{}data: {halves}\n\n{}", events(&whole[..2]), events(&whole[3..])),
    ] {
        check(&text, streamed("openai", &text), &Read(Finish::Stop, "Very important"));
    }
    let parts = [
        piece(json!({ "content": [{ "type": "thinking", "thinking": [] }] }), None),
        piece(json!({ "content": [{ "type": "text", "text": "Very" }] }), None),
        say(" important"),
        piece(json!({ "content": "" }), Some("stop")),
    ];
    check("parts", streamed("openai", &events(&parts)), &Read(Finish::Stop, "Very important"));
    let refused = [
        piece(json!({ "refusal": "I can" }), None),
        piece(json!({ "refusal": "not." }), None),
        piece(json!({}), Some("stop")),
    ];
    check("a refusal", streamed("openai", &events(&refused)), &Read(Finish::Filter, "I cannot."));
    let mut filtered = say("x");
    filtered["choices"][0]["content_filter_results"] = json!({ "hate": { "filtered": true } });
    let mut harmless = piece(json!({}), Some("stop"));
    harmless["choices"][0]["content_filter_results"] = json!({ "hate": { "filtered": false } });
    check("a filter", streamed("azure", &events(&[filtered, harmless])), &Read(Finish::Filter, "x"));
    let tools = [say("x"), piece(json!({ "tool_calls": [] }), Some("tool_calls"))];
    check("tools", streamed("openai", &events(&tools)), &Read(unknown("tool_calls"), "x"));
    let cut = [say("Very"), piece(json!({}), Some("length"))];
    check("cut", streamed("openai", &events(&cut)), &Read(Finish::Length, "Very"));
}

#[test]
fn what_does_not_end_as_it_should_is_no_answer() {
    let whole = chat();
    let error = json!({ "error": { "code": 502, "message": "GPU on fire" } });
    let of_choice = json!({ "choices": [{ "index": 0, "delta": { "content": "" }, "finish_reason": "error", "error": { "code": 502, "message": "GPU on fire" } }] });
    let cases: Vec<(String, Wanted)> = vec![
        (events(&whole[..4]), Again("a stream that broke off before it said how the answer ended")),
        (events(&whole[..4]) + "data: [DONE]\n\n", Again("a stream that broke off")),
        (events(&whole[..4]) + "data: {\"choices\":[{\"del", Again("an event that is not JSON")),
        (events(&whole[..3]) + &events(std::slice::from_ref(&error)), Again("502: GPU on fire")),
        // Even where it came whole.
        (events(&whole) + &events(std::slice::from_ref(&error)), Again("502: GPU on fire")),
        (format!("{}event: error\n{error}\n", events(&whole[..3])), Again("502: GPU on fire")),
        (events(&whole[..3]) + &events(&[of_choice]), Again("502: GPU on fire")),
        ("data: [DONE]\n\n".to_owned(), Again("a stream without a known event")),
        (": wait\n\n".to_owned(), Again("a stream without a known event")),
        ("data: [1]\n\n".to_owned(), Again("not a JSON object")),
        (String::new(), Again("a stream without a known event")),
    ];
    for (text, wanted) in cases {
        check(&text, streamed("openai", &text), &wanted);
    }
    // The connection breaks within it, though all was said that is wanted before the tokens.
    let text = events(&whole[..4]);
    let length = (text.len() + 100).to_string();
    let broken = Reply::bytes(
        200,
        &[("content-type", EVENTS.to_owned()), ("content-length", length)],
        text.as_bytes(),
    );
    let server = Server::start(move |_| Reply::Bytes(broken.clone()));
    let model = model_of("openai", "m", &server.base_url(), "stream = true");
    let wire = connect(&model, PACE.limit, variables).expect("a wire");
    let error = runtime().block_on(wire.ask(&question())).expect_err("broken");
    assert!(error.may_pass() && error.to_string().contains("broke off"), "{error}");
}

#[test]
fn a_stream_has_limits_and_shows_no_key() {
    let long = "x".repeat(1 << 20);
    let text: String = (0..5).map(|_| events(&[say(&long)])).collect();
    check("too much text", streamed("openai", &text), &Again("more than 4 MiB"));
    let thinking = events(&[piece(json!({ "reasoning_content": long }), None)]).repeat(6) + &events(&chat());
    check("thinking is not kept", streamed("openai", &thinking), &Read(Finish::Stop, "Very important"));
    let error = format!("data: {}\n\n", json!({ "error": { "message": format!("no: {KEY}") } }));
    let shown = streamed("openai", &error).expect_err("an error").to_string();
    assert!(shown.contains("no: [key]"), "{shown}");
    let echo = events(&[say(&KEY[..12]), say(&KEY[12..]), piece(json!({}), Some("stop"))]);
    check("in two pieces", streamed("openai", &echo), &Read(Finish::Stop, "[key]"));
}

#[test]
fn anthropics_blocks_are_put_together() {
    let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().expect("a type"));
    let all: Vec<String> = [
        json!({ "type": "message_start", "message": { "type": "message", "role": "assistant", "model": "claude-x-1", "content": [], "stop_reason": null, "usage": { "input_tokens": 25, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": "Not?" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "ping" }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "text_delta", "text": "Very " } }),
        json!({ "type": "content_block_delta", "index": 1, "delta": { "type": "text_delta", "text": "important" } }),
        json!({ "type": "content_block_stop", "index": 1 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 15 } }),
        json!({ "type": "message_stop" }),
    ]
    .into_iter()
    .map(event)
    .collect();
    let response = streamed("anthropic", &all.concat()).expect("a response");
    assert_eq!((response.text.as_str(), &response.finish), ("Very important", &Finish::Stop));
    assert_eq!(
        (response.model.as_deref(), response.tokens_in, response.tokens_out),
        (Some("claude-x-1"), Some(25), Some(15))
    );
    check("cut off", streamed("anthropic", &all[..9].concat()), &Again("a stream that broke off"));
    let overloaded =
        event(json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } }));
    check(
        "overloaded",
        streamed("anthropic", &(all[..7].concat() + &overloaded)),
        &Again("an error: Overloaded"),
    );
}

#[test]
fn the_other_wires_put_their_pieces_together() {
    let part = |text: &str, finish: Option<&str>| json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": finish }], "modelVersion": "g-1", "usageMetadata": { "promptTokenCount": 4, "candidatesTokenCount": 2 } });
    let thought =
        json!({ "candidates": [{ "content": { "parts": [{ "text": "Not?", "thought": true }] } }] });
    let gemini = [thought, part("Very ", None), part("important", Some("STOP"))];
    check("gemini", streamed("gemini", &events(&gemini)), &Read(Finish::Stop, "Very important"));
    check("gemini, cut off", streamed("gemini", &events(&gemini[..2])), &Again("a stream that broke off"));
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" } });
    check("gemini, blocked", streamed("gemini", &events(&[blocked])), &Read(Finish::Filter, ""));
    let line = |text: &str, more: Value| {
        let mut line = json!({ "model": "q", "message": { "role": "assistant", "content": text, "thinking": "t" }, "done": false });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        format!("{line}\n")
    };
    let ollama = [
        line("Very ", json!({})),
        line("important", json!({})),
        line("", json!({ "done": true, "done_reason": "stop", "eval_count": 3, "prompt_eval_count": 9 })),
    ];
    for kind in ["application/x-ndjson", "application/json"] {
        let made = |text: &str| made_of("ollama", "stream = true", 200, kind, text.as_bytes());
        let response = made(&ollama.concat()).expect("a response");
        assert_eq!(
            (response.text.as_str(), response.tokens_in, response.tokens_out),
            ("Very important", Some(9), Some(3))
        );
        check("ollama, cut off", made(&ollama[..2].concat()), &Again("a stream that broke off"));
        let error = ollama[0].clone() + "{\"error\":\"out of memory\"}\n";
        check("ollama, an error", made(&error), &Again("out of memory"));
    }
    let output = json!([{ "type": "message", "status": "completed", "content": [{ "type": "output_text", "text": "Very important" }] }]);
    let responses = |kind: &str, response: Value| {
        events(&[
            json!({ "type": "response.created", "response": { "status": "in_progress", "output": [] } }),
            json!({ "type": "response.output_text.delta", "delta": "Very" }),
            json!({ "type": "response.output_text.delta", "delta": " important" }),
            json!({ "type": kind, "response": response }),
        ])
    };
    let completed = responses("response.completed", json!({ "status": "completed", "output": output }));
    check("responses", streamed("openai_responses", &completed), &Read(Finish::Stop, "Very important"));
    let failed =
        json!({ "status": "failed", "output": [], "error": { "code": "server_error", "message": "broken" } });
    check(
        "responses, failed",
        streamed("openai_responses", &responses("response.failed", failed)),
        &Again("broken"),
    );
    let open = completed.replace("response.completed", "response.other");
    check("responses, cut off", streamed("openai_responses", &open), &Again("a stream that broke off"));
}

#[test]
fn every_wire_asks_for_it_and_the_others_say_that_they_do_not() {
    for (provider, target, stream) in [
        ("openai_responses", "/responses", true),
        ("anthropic", "/v1/messages", true),
        ("ollama", "/api/chat", true),
        ("gemini", "/v1beta/models/small-1:streamGenerateContent?alt=sse", false),
    ] {
        let server = Server::start(|_| Reply::json(500, &json!({})));
        let model = model_of(provider, "small-1", &server.root(), "stream = true");
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        runtime().block_on(wire.ask(&question())).expect_err("busy");
        let sent = server.received().remove(0);
        assert_eq!(
            (sent.target, sent.body["stream"] == true),
            (format!("POST {target}"), stream),
            "{provider}"
        );
    }
    for (fields, wanted) in [
        ("provider = \"tally\"\nstream = true", "provider `tally` does not support `stream`"),
        (
            "provider = \"command\"\ncommand = [\"x\"]\nstream = true",
            "provider `command` does not support `stream`",
        ),
        (
            "provider = \"openai\"\nmodel = \"m\"\nbatch = true\nstream = true",
            "`stream` has no effect with `batch`",
        ),
        ("provider = \"openai\"\nmodel = \"m\"\nsteam = true", "did you mean `stream`?"),
    ] {
        let shown = misconfigured(fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}");
    }
    let server = Server::start(|_| Reply::Answer {
        status: 200,
        headers: vec![("content-type", EVENTS.to_owned())],
        body: events(&chat()).into_bytes(),
    });
    let model = model_of("openai", "m", &server.base_url(), "");
    let wire = connect(&model, PACE.limit, variables).expect("a wire");
    let shown = runtime().block_on(wire.ask(&question())).expect_err("a stream").to_string();
    assert!(shown.ends_with("if that is not possible, set `stream = true` below the model"), "{shown}");
}

#[test]
fn what_ends_or_mixes_an_answer_is_not_glossed_over() {
    let piece = |delta: Value, finish: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "model": "m", "choices": [choice] }))
    };
    let said = |text: &str| piece(json!({ "content": text }), Value::Null);
    let end = |finish: &str| piece(json!({}), json!(finish));
    let done = "data: [DONE]\n\n";
    let named = "event: error\ndata: {\"message\": \"overloaded\"}\n\n";
    check(
        "an error by its event's name",
        streamed("openai", &[&said("Not"), named, &end("stop"), done].concat()),
        &Again("overloaded"),
    );
    let cut = [said("Very important"), end("length"), end("stop"), done.to_owned()].concat();
    check("a length, then a stop", streamed("openai", &cut), &Read(Finish::Length, "Very important"));
    let number = piece(json!({ "content": 5 }), Value::Null);
    let mixed = [said("Not "), number, said("Very important"), end("stop"), done.to_owned()].concat();
    check(
        "a number among texts",
        streamed("openai", &mixed),
        &Again("a piece of `content` that is not text: 5"),
    );
    let other = said("Not ").replace("\"index\":0", "\"index\":\"1\"");
    let mixed = [other, said("Very important"), end("stop"), done.to_owned()].concat();
    check("choices that cannot be told apart", streamed("openai", &mixed), &Again("cannot be told apart"));
}
