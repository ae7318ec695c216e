//! What stands around a text, in fields that no wire reads as its own: that it is cut, still to come, failed or stopped,
//! or the same answer in other words. Whole or in pieces, of a provider or of a service of one's own, none is an answer.

use crate::support::shapes::{
    Again, Ends, Read, VERY, Wanted, bodies, check, choice, made_of, put, unknown, whole, wholes,
};
use crate::support::streams::{READ, checked, say, stop};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

/// `body` with these fields in the table at `at`.
fn with(mut body: Value, at: &str, fields: &Value) -> Value {
    let within = body.pointer_mut(at).expect("a table");
    for (field, value) in fields.as_object().expect("fields") {
        within[field] = value.clone();
    }
    body
}

/// What may stand beside any text, and what is then to become of it.
fn remarks() -> Vec<(Value, Wanted)> {
    vec![
        (json!({ "isError": true }), Again("(`isError` is `true`)")),
        (json!({ "timed_out": true }), Again("(`timed_out` is `true`)")),
        (json!({ "partial": true }), Again("(`partial` is `true`)")),
        (json!({ "complete": false }), Again("(`complete` is `false`)")),
        (json!({ "exception": "ValueError" }), Again("(`exception` is `ValueError`)")),
        (json!({ "Error": "boom" }), Again("(`Error` is `boom`)")),
        (json!({ "state": "FAILED" }), Again("(`state` is `FAILED`)")),
        (json!({ "code": "ThrottlingException" }), Again("(`code` is `ThrottlingException`)")),
        (json!({ "__type": "InternalServerException" }), Again("(`__type` is `InternalServerException`)")),
        (json!({ "truncated": true }), Read(unknown("`truncated` is `true`"), VERY)),
        (
            json!({ "finish_details": { "type": "max_tokens" } }),
            Read(unknown("`finish_details` is `max_tokens`"), VERY),
        ),
        (json!({ "refused": true }), Read(Finish::Filter, VERY)),
        (json!({ "blocked": true, "partial": true }), Read(Finish::Filter, VERY)),
    ]
}

/// What says that all is well, or nothing.
fn harmless() -> Value {
    json!({
        "isError": false, "timed_out": null, "complete": true, "exception": null, "Error": "", "state": "done",
        "code": "SUCCESS", "truncated": false, "truncation": "disabled", "refused": false, "background": false,
    })
}

#[test]
fn a_remark_at_the_top_is_heeded_on_every_wire() {
    for (provider, body) in wholes() {
        let remarks = remarks().into_iter();
        let mut cases: Vec<_> =
            remarks.map(|(fields, wanted)| (with(body.clone(), "", &fields), wanted)).collect();
        cases.push((with(body.clone(), "", &harmless()), READ));
        bodies(provider, cases);
    }
}

#[test]
fn a_remark_beside_the_text_is_heeded() {
    for (provider, at) in [
        ("openai", "/choices/0"),
        ("openai", "/choices/0/message"),
        ("azure", "/choices/0/message"),
        ("gemini", "/candidates/0"),
        ("vertex", "/candidates/0/content"),
        ("ollama", "/message"),
        ("bedrock", "/output/message"),
        ("openai_responses", "/output/0"),
    ] {
        let mut cases: Vec<_> = remarks()
            .into_iter()
            .map(|(fields, wanted)| (with(whole(provider), at, &fields), wanted))
            .collect();
        cases.push((with(whole(provider), at, &harmless()), READ));
        bodies(provider, cases);
    }
    let status = json!({ "status": "in_progress" });
    bodies(
        "openai",
        vec![(with(whole("openai"), "/choices/0/message", &status), Again("(`status` is `in_progress`)"))],
    );
    // The model's own word, where it was asked for.
    let own = |reason: &str| {
        put(whole("bedrock"), "/additionalModelResponseFields", json!({ "stop_reason": reason }))
    };
    bodies("bedrock", vec![(own("refusal"), Read(Finish::Filter, VERY)), (own("end_turn"), READ)]);
    // A stop text of vLLM's is no reason.
    bodies("openai", vec![(choice(json!({ "stop_reason": "###" })), READ)]);
}

#[test]
fn a_remark_in_a_piece_is_heeded() {
    for (fields, wanted) in remarks() {
        // Of these, a piece is an error of its own.
        if ["exception", "Error", "code", "__type"].iter().any(|field| fields.get(*field).is_some()) {
            continue;
        }
        checked("openai", &[say(VERY), with(stop(), "/choices/0", &fields)], &wanted);
    }
    checked("openai", &[with(say(VERY), "/choices/0", &json!({ "text": VERY })), stop()], &READ);
}

#[test]
fn the_answer_said_once_more_says_the_same() {
    let other = Again("an answer that says two things: `Very important`, and in");
    let same = |provider: &str, at: &str, words: &str| put(whole(provider), at, json!(words));
    for (provider, at) in [
        ("openai", "/choices/0/text"),
        ("openai_responses", "/output_text"),
        ("anthropic", "/completion"),
        ("gemini", "/text"),
        ("ollama", "/response"),
    ] {
        for words in ["", VERY, " Very important\n"] {
            bodies(provider, vec![(same(provider, at, words), READ)]);
        }
        let made = made_of(
            provider,
            "",
            200,
            "application/json",
            same(provider, at, "Not at all important").to_string().as_bytes(),
        );
        check(provider, made, &other);
    }
    // With comments on the way, all that was said.
    let comment = json!({ "type": "message", "phase": "commentary", "content": [{ "type": "output_text", "text": "Well. " }] });
    let mut body = whole("openai_responses");
    body["output"].as_array_mut().expect("a list").insert(0, comment);
    body["output_text"] = json!("Well. Very important");
    bodies("openai_responses", vec![(body, READ)]);
}

/// What `[model.http]` makes of a body with the text at this pointer.
fn service(body: &Value, pointer: &str, wanted: &Wanted) {
    let made = made_of(
        "http",
        &format!("text = \"{pointer}\""),
        200,
        "application/json",
        body.to_string().as_bytes(),
    );
    check(&format!("http: {body}"), made, wanted);
}

#[test]
fn a_service_of_ones_own_is_held_to_the_same() {
    let fine = || Read(Finish::Other, VERY);
    for (at, body) in [("", json!({ "a": VERY })), ("/b", json!({ "b": { "a": VERY } }))] {
        for (fields, wanted) in remarks() {
            service(&with(body.clone(), at, &fields), &format!("{at}/a"), &wanted);
        }
        service(&with(body.clone(), at, &harmless()), &format!("{at}/a"), &fine());
        for (fields, wanted) in [
            (json!({ "finish_reason": "length" }), Read(unknown("`finish_reason` is `length`"), VERY)),
            (json!({ "finishReason": "SAFETY" }), Read(Finish::Filter, VERY)),
            (json!({ "stop_reason": "novel" }), Read(unknown("`stop_reason` is `novel`"), VERY)),
            (json!({ "stop_reason": "end_turn" }), fine()),
            (json!({ "refusal": "I cannot." }), Read(Finish::Filter, VERY)),
            (json!({ "refusal": "" }), fine()),
            (json!({ "tool_calls": [{ "name": "f" }] }), Read(unknown("a tool call (`tool_calls`)"), VERY)),
            (json!({ "tool_calls": [] }), fine()),
            (json!({ "status": "pending" }), Again("(`status` is `pending`)")),
        ] {
            service(&with(body.clone(), at, &fields), &format!("{at}/a"), &wanted);
        }
    }
    // What the text itself is called says nothing of it.
    service(&json!({ "refusal": VERY }), "/refusal", &fine());
    service(&json!({ "result": { "text": VERY }, "done": true }), "/result/text", &fine());
    service(
        &put(whole("openai"), "/choices/0/finish_reason", json!("content_filter")),
        "/choices/0/message/content",
        &Read(Finish::Filter, VERY),
    );
    service(&whole("openai"), "/choices/0/message/content", &fine());
    for kind in ["application/pdf", "image/png", "Audio/MPEG; x=1"] {
        check(kind, made_of("http", "", 200, kind, VERY.as_bytes()), &Ends("which is not text"));
    }
    check("octets", made_of("http", "", 200, "application/octet-stream", VERY.as_bytes()), &fine());
}
