//! Answers that end well, and beside that say that they failed, that somebody else speaks, or two things: none of them
//! is an answer, on any wire, whole or in pieces.

use crate::support::server::{Reply, Server};
use crate::support::shapes::{
    Again, Ends, Read, VERY, Wanted, asked, bodies, check, choice, made_of, put, runtime, unknown, whole,
    wholes,
};
use crate::support::streams::{
    DONE, EVENTS, READ, all_wires, bytes, checked, events, kind, messages, piece, responses, say, stop,
    streamed, wires,
};
use crate::support::wire::question;
use crate::support::{PACE, variables};
use alignspec::__testing::provider::{Finish, connect};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::mpsc::channel;

/// `body` with these fields at its top, or in the table at `at`.
pub(super) fn with(mut body: Value, at: &str, fields: &Value) -> Value {
    let within = body.pointer_mut(at).expect("a table");
    for (field, value) in fields.as_object().expect("fields") {
        within[field] = value.clone();
    }
    body
}

/// What says that an answer failed, and words that are told of it.
pub(super) fn marks() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "error": { "message": "worker died" } }), "worker died"),
        (
            json!({ "errors": [{ "code": 5007, "message": "AiError: bad" }], "success": false }),
            "AiError: bad",
        ),
        (json!({ "x_groq": { "id": "r", "error": "over capacity" } }), "over capacity"),
        (json!({ "success": false, "message": "quota" }), "(`success` is `false`): quota"),
        (json!({ "base_resp": { "status_code": 1013, "status_msg": "internal" } }), "an error: internal"),
        (json!({ "code": 500, "msg": "engine crashed" }), "500: engine crashed"),
        (json!({ "code": 1301, "msg": "busy" }), "(`code` is `1301`): busy"),
    ]
}

/// What says that all is well, in one way or another.
fn well() -> Vec<Value> {
    vec![
        json!({ "error": null, "errors": [], "success": true, "code": 0, "base_resp": { "status_code": 0, "status_msg": "success" } }),
        json!({ "x_groq": { "id": "r", "error": null }, "code": 200 }),
        json!({ "code": 20000, "msg": "Ok" }),
    ]
}

#[test]
fn a_mark_of_failure_beside_a_good_end_is_a_failure() {
    for (provider, body) in wholes() {
        let mut cases: Vec<(Value, Wanted)> =
            marks().into_iter().map(|(mark, words)| (with(body.clone(), "", &mark), Again(words))).collect();
        cases.extend(well().iter().map(|fields| (with(body.clone(), "", fields), READ)));
        if provider != "openai_responses" {
            for status in ["incomplete", "failed", "error", "cancelled"] {
                let words: &str = format!("`status` is `{status}`").leak();
                cases.push((with(body.clone(), "", &json!({ "status": status })), Again(words)));
            }
            cases.push((with(body.clone(), "", &json!({ "status": "completed" })), READ));
        }
        bodies(provider, cases);
    }
    let denied = json!({ "code": 401, "message": "no such key" });
    bodies("openai", vec![(with(whole("openai"), "", &denied), Ends("401: no such key"))]);
    // A filter that stepped in is a refusal, whatever its code.
    let filtered =
        json!({ "output_sensitive": true, "base_resp": { "status_code": 1027, "status_msg": "s" } });
    bodies("openai", vec![(with(whole("openai"), "", &filtered), Read(Finish::Filter, VERY))]);
}

#[test]
fn a_mark_of_failure_in_an_event_is_a_failure() {
    for (provider, data) in all_wires(&["Very ", "important"]) {
        for (mark, words) in marks() {
            // Codes that are not HTTP's are looked for in what the events make, which not all of them go into.
            if mark["code"] == 1301 {
                continue;
            }
            let words = words.rsplit(": ").next().expect("words");
            for at in 0..data.len() {
                let mut data = data.clone();
                let within = match provider {
                    "bedrock" => {
                        format!("/{}", data[at].as_object().and_then(|of| of.keys().next()).expect("a name"))
                    }
                    _ => String::new(),
                };
                data[at] = with(data[at].clone(), &within, &mark);
                checked(provider, &data, &Again(words));
            }
        }
    }
    let mut last = stop();
    last["code"] = json!(1301);
    checked("openai", &[say(VERY), last], &Again("(`code` is `1301`)"));
}

#[test]
fn a_good_word_does_not_hide_another() {
    let native = |word: Value| choice(json!({ "native_finish_reason": word }));
    let mut cases = Vec::new();
    for word in ["who knows", "MALFORMED_FUNCTION_CALL", "tool_use", "pause_turn", "OTHER"] {
        cases.push((native(json!(word)), Read(unknown(word), VERY)));
        let mut last = stop();
        last["choices"][0]["native_finish_reason"] = json!(word);
        checked("openai", &[say(VERY), last], &Read(unknown(word), VERY));
    }
    for word in ["STOP", "end_turn", "completed", "eos_token", "FINISH_REASON_STOP", "<|im_end|>", "</s>", ""]
    {
        cases.push((native(json!(word)), READ));
    }
    cases.extend([(native(json!(151_645)), READ), (native(Value::Null), READ)]);
    // SGLang's, of a model whose numbers have become none.
    let nan = Again("`matched_stop` is `NaN happened`");
    cases.push((choice(json!({ "matched_stop": "NaN happened" })), nan));
    cases.push((choice(json!({ "matched_stop": 151_645 })), READ));
    let reason = json!({ "finish_reason": { "type": "stop", "matched": "NaN happened" } });
    cases.push((choice(reason), Again("NaN happened")));
    bodies("openai", cases);
    let mut last = stop();
    last["choices"][0]["matched_stop"] = json!("NaN happened");
    checked("openai", &[say(VERY), last], &Again("`matched_stop` is `NaN happened`"));
}

#[test]
fn an_end_that_was_never_told_is_none() {
    let untold = |field: &str, what: &str| {
        Read(unknown(&format!("nothing says how it ended (`{field}` is {what})")), VERY)
    };
    for (provider, at) in [
        ("openai", "/choices/0/finish_reason"),
        ("azure", "/choices/0/finish_reason"),
        ("openai_responses", "/status"),
        ("ollama", "/done_reason"),
    ] {
        let (parent, field) = at.rsplit_once('/').expect("a pointer");
        for (value, what) in [(json!(null), "null"), (json!(""), "empty"), (json!(" "), "empty")] {
            bodies(provider, vec![(put(whole(provider), at, value), untold(field, what))]);
        }
        // Simple servers know no such field.
        let mut without = whole(provider);
        without.pointer_mut(parent).and_then(Value::as_object_mut).expect("a table").remove(field);
        bodies(provider, vec![(without, Read(Finish::Other, VERY))]);
    }
    // What is told elsewhere is told.
    let native = choice(json!({ "finish_reason": null, "native_finish_reason": "STOP" }));
    bodies("openai", vec![(native, READ)]);
    let cut = with(
        whole("openai_responses"),
        "",
        &json!({ "status": null, "incomplete_details": { "reason": "max_output_tokens" } }),
    );
    bodies("openai_responses", vec![(cut, Read(Finish::Length, VERY))]);
    for done in [json!(false), json!("true"), json!(null)] {
        let body = put(whole("ollama"), "/done", done);
        bodies("ollama", vec![(body, Again("a response that is not finished (`done` is `"))]);
    }
    let said = json!({ "message": { "role": "assistant", "content": VERY }, "done": false });
    let last = json!({ "message": { "content": "" }, "done": true, "done_reason": "" });
    checked("ollama", &[said, last], &untold("done_reason", "empty"));
}

#[test]
fn what_comes_after_done_is_another_answer() {
    let all = [say("Very "), say("important"), stop()];
    let mixed =
        "two answers are mixed (one comes after `[DONE]`): if every answer is like this, remove `stream`";
    let other = [piece(json!({ "role": "assistant" }), None), say("Not"), stop()];
    for provider in ["openai", "azure"] {
        for (after, wanted) in [
            (events(&other) + DONE, Again(mixed)),
            (events(&all) + DONE, Again(mixed)),
            (events(&[say(" or Safety")]), Again(mixed)),
            (events(&[stop()]), Again(mixed)),
            ("<html>504</html>".to_owned(), Again("a line that belongs to no event: <html>504")),
            ("data: {\"error\":\"late\"}\n\n".to_owned(), Again("late")),
            ("data: {\"id".to_owned(), Again("an event that is not JSON")),
            // Blank lines, comments, the word again, what keeps the connection open, and what it cost.
            (format!("\r\n\n: done\n\n{DONE}event: ping\ndata: {{\"type\":\"ping\"}}\n\n"), READ),
            ("data: {\"choices\":[],\"cost\":\"0.1\"}\n\n".to_owned(), READ),
        ] {
            let text = events(&all) + DONE + &after;
            check(&text, streamed(provider, &text), &wanted);
        }
    }
}

/// A server that leaves the connection open, or breaks it, has said that no more comes.
#[test]
fn nothing_need_come_after_done() {
    let text = events(&[say("Very "), say("important"), stop()]) + DONE;
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {EVENTS}\r\ncontent-length: {}\r\n\r\n", text.len() + 99);
    let sent = [head, text].concat().into_bytes();
    let ask = |server: Server| {
        let model = asked("openai", &server, "stream = true");
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        runtime().block_on(wire.ask(&question())).map(|reply| reply.response.into_response())
    };
    let bytes = sent.clone();
    check("broken", ask(Server::start(move |_| Reply::Bytes(bytes.clone()))), &READ);
    let (open, waits) = channel();
    let waits = Mutex::new(Some(waits));
    let made = ask(Server::start(move |_| {
        let waits = waits.lock().expect("a lock").take().expect("one request");
        Reply::Halting(sent.clone(), waits, Vec::new())
    }));
    drop(open);
    check("open", made, &READ);
}

#[test]
fn only_the_model_speaks_in_a_whole_answer() {
    for (provider, at) in [
        ("openai", "/choices/0/message"),
        ("azure", "/choices/0/message"),
        ("openai_responses", "/output/0"),
        ("anthropic", ""),
        ("gemini", "/candidates/0/content"),
        ("vertex", "/candidates/0/content"),
        ("ollama", "/message"),
        ("bedrock", "/output/message"),
    ] {
        for role in ["user", "system", "tool"] {
            let words: &str = format!("the model does not speak (`role` is `{role}`)").leak();
            bodies(provider, vec![(with(whole(provider), at, &json!({ "role": role })), Again(words))]);
        }
        for role in [json!("assistant"), json!("MODEL"), json!(null), json!("")] {
            bodies(provider, vec![(with(whole(provider), at, &json!({ "role": role })), READ)]);
        }
        let failed = json!({ "error": { "message": "worker died" } });
        bodies(provider, vec![(with(whole(provider), at, &failed), Again("worker died"))]);
    }
}

#[test]
fn two_answers_at_once_must_say_the_same() {
    for (provider, list, text) in [
        ("openai", "/choices", "/message/content"),
        ("azure", "/choices", "/message/content"),
        ("gemini", "/candidates", "/content/parts/0/text"),
        ("vertex", "/candidates", "/content/parts/0/text"),
    ] {
        let one = whole(provider).pointer(list).and_then(|list| list.get(0)).cloned().expect("an answer");
        let other = |said: &str| {
            let mut other = with(one.clone(), "", &json!({ "index": 1 }));
            *other.pointer_mut(text).expect("a text") = json!(said);
            put(whole(provider), list, other)
        };
        bodies(
            provider,
            vec![
                (other("Not"), Again("that do not say the same: `Very important` and `Not`")),
                (other("Very important "), READ),
                (other(""), READ),
            ],
        );
    }
    let call = json!({ "index": 1, "message": { "content": VERY, "tool_calls": [{ "function": { "name": "f" } }] } });
    bodies("openai", vec![(put(whole("openai"), "/choices", call), Again("(`tool_calls`)"))]);
}

#[test]
fn of_all_that_says_success_few_come_with_an_answer() {
    for (provider, body) in wholes() {
        let text = body.to_string();
        for (status, wanted) in [
            (201, READ),
            (203, READ),
            (202, Again("202 Accepted, which comes with no answer")),
            (204, Again("204 No Content")),
            (206, Again("206 Partial Content, which comes with no answer")),
            (207, Again("207 Multi-Status, which comes with no answer")),
            (226, Again("226 IM Used, which comes with no answer")),
        ] {
            let sent = if status == 204 { &[][..] } else { text.as_bytes() };
            for set in ["", "stream = true"] {
                check(provider, made_of(provider, set, status, "application/json", sent), &wanted);
            }
        }
    }
    for (provider, data) in all_wires(&["Very ", "important"]) {
        for status in [202, 206] {
            let made = made_of(provider, "stream = true", status, kind(provider), &bytes(provider, &data));
            check(provider, made, &Again("which comes with no answer"));
        }
    }
}

#[test]
fn a_piece_of_a_text_that_nobody_knows_may_change_it() {
    let delta = |delta: Value| json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    let made = |more: Value| {
        let mut data = messages(&["Very ", "important"]);
        data.insert(4, delta(more));
        data
    };
    let holo = made(json!({ "type": "holo_delta", "x": "Not" }));
    checked("anthropic", &holo, &Read(unknown("a part that is not text (`holo_delta`)"), VERY));
    let call = made(json!({ "type": "input_json_delta", "partial_json": "{\"a\":1}" }));
    checked("anthropic", &call, &Read(unknown("a part that is not text (`input_json_delta`)"), VERY));
    for silent in [
        json!({ "type": "citations_delta", "citation": { "cited_text": "x" } }),
        json!({ "type": "signature_delta", "signature": "x" }),
        json!({ "type": "holo_delta" }),
    ] {
        checked("anthropic", &made(silent), &READ);
    }
}

#[test]
fn the_details_of_an_end_may_be_a_refusal() {
    let details = json!({ "stop_details": { "type": "refusal", "category": "cyber", "explanation": "x" } });
    let refused = Read(Finish::Filter, VERY);
    bodies("anthropic", vec![(with(whole("anthropic"), "", &details), refused)]);
    bodies("anthropic", vec![(with(whole("anthropic"), "", &json!({ "stop_details": null })), READ)]);
    let mut data = messages(&["Very ", "important"]);
    data[5] = with(data[5].clone(), "/delta", &details);
    checked("anthropic", &data, &Read(Finish::Filter, VERY));
}

#[test]
fn the_model_that_spoke_is_recorded() {
    let fallback =
        json!({ "type": "fallback", "from": { "model": "claude-x-1" }, "to": { "model": "claude-y-2" } });
    let mut data = messages(&["Very ", "important"]);
    for event in &mut data {
        if event.get("index").is_some() {
            event["index"] = json!(1);
        }
    }
    data.insert(1, json!({ "type": "content_block_stop", "index": 0 }));
    data.insert(1, json!({ "type": "content_block_start", "index": 0, "content_block": fallback }));
    let made = streamed("anthropic", &events(&data)).expect("an answer");
    assert_eq!((made.text.as_str(), made.model.as_deref()), (VERY, Some("claude-y-2")));
    let text = json!({ "type": "text", "text": VERY });
    let whole = json!({ "model": "claude-y-2", "content": [fallback, text], "stop_reason": "end_turn" });
    let made = made_of("anthropic", "", 200, "application/json", whole.to_string().as_bytes());
    assert_eq!(made.expect("an answer").model.as_deref(), Some("claude-y-2"));
}

#[test]
fn a_message_within_a_whole_is_whole_itself() {
    for status in ["in_progress", "incomplete", "failed"] {
        let wanted = || Read(unknown(&format!("a message that is {status}")), VERY);
        bodies(
            "openai_responses",
            vec![(put(whole("openai_responses"), "/output/0/status", json!(status)), wanted())],
        );
        let mut data = responses(&["Very ", "important"]);
        let last = data.len() - 1;
        data[last] = put(data[last].clone(), "/response/output/0/status", json!(status));
        checked("openai_responses", &data, &wanted());
    }
    for status in [json!("completed"), json!(null), json!("")] {
        bodies("openai_responses", vec![(put(whole("openai_responses"), "/output/0/status", status), READ)]);
    }
}

#[test]
fn a_stream_that_never_says_how_it_ended_comes_with_advice() {
    let wanted = "before it said how the answer ended: if every answer is like this, remove `stream`";
    for (provider, data) in wires(&["Very ", "important"]) {
        let end = data.len() - if provider == "anthropic" { 2 } else { 1 };
        checked(provider, &data[..end], &Again(wanted));
    }
}

#[test]
fn a_line_of_a_batch_is_held_to_the_same() {
    for (body, wanted) in [
        (with(whole("openai"), "", &json!({ "success": false })), Again("`success` is `false`")),
        (with(whole("openai"), "/choices/0/message", &json!({ "role": "user" })), Again("`role` is `user`")),
        (whole("openai"), READ),
    ] {
        let line = json!({ "custom_id": "i", "response": { "status_code": 200, "body": body } });
        let text = format!("{line}\n");
        let server = Server::start(move |_| Reply::Answer {
            status: 200,
            headers: vec![],
            body: text.clone().into_bytes(),
        });
        let wire = connect(&asked("openai", &server, "batch = true"), PACE.limit, variables).expect("a wire");
        let batches = wire.batches().expect("batches");
        let mut made = None;
        let mut keep = |_: &str, result| {
            made = Some(result);
            true
        };
        runtime().block_on(batches.collect("file", &mut keep)).expect("a file of results");
        check(&line.to_string(), made.expect("a result").map(|made| made.into_response()), &wanted);
    }
}
