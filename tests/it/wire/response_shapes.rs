//! What servers really send instead of a plain answer: content of another shape, a whole answer with
//! something around it, or an error that says success. Each is read for what it is, or is an error with a
//! clear message.

use crate::support::completion;
use crate::support::shapes::{Again, Ends, Read, VERY, bodies, check, choice, content, made_of};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

#[test]
fn content_of_every_shape_is_read() {
    bodies(
        "openai",
        vec![
            (content(json!({ "answer": VERY })), Read(Finish::Stop, r#"{"answer":"Very important"}"#)),
            (content(json!(4)), Read(Finish::Stop, "4")),
            (content(json!(true)), Read(Finish::Stop, "true")),
            (content(json!(null)), Read(Finish::Stop, "")),
            (content(json!([])), Read(Finish::Stop, "")),
            (content(json!([VERY])), Read(Finish::Stop, VERY)),
            (content(json!(["Privacy", "Safety"])), Read(Finish::Stop, r#"["Privacy","Safety"]"#)),
            (content(json!([{ "answer": 4 }])), Read(Finish::Stop, r#"[{"answer":4}]"#)),
            (
                content(json!([
                    { "type": "reasoning", "text": "Slightly important" },
                    { "type": "thinking", "thinking": [{ "type": "text", "text": "Slightly important" }] },
                    { "type": "text", "text": VERY },
                ])),
                Read(Finish::Stop, VERY),
            ),
            (content(json!([{ "type": "text", "text": { "value": VERY } }])), Read(Finish::Stop, VERY)),
            (content(json!({ "type": "text", "text": VERY })), Read(Finish::Stop, VERY)),
        ],
    );
    let ollama =
        |content: Value| json!({ "message": { "content": content }, "done": true, "done_reason": "stop" });
    bodies(
        "ollama",
        vec![
            (ollama(json!({ "answer": 4 })), Read(Finish::Stop, r#"{"answer":4}"#)),
            (ollama(json!(4)), Read(Finish::Stop, "4")),
            (ollama(json!(null)), Again("JSON without `message.content`")),
        ],
    );
    let responses = |content: Value| json!({ "status": "completed", "output": [{ "type": "message", "content": content }] });
    bodies(
        "openai_responses",
        vec![
            (responses(json!(VERY)), Read(Finish::Stop, VERY)),
            (
                responses(
                    json!([{ "type": "output_text", "text": VERY }, { "type": "refusal", "refusal": "No." }]),
                ),
                Read(Finish::Filter, VERY),
            ),
        ],
    );
    bodies(
        "anthropic",
        vec![(json!({ "content": VERY, "stop_reason": "end_turn" }), Read(Finish::Stop, VERY))],
    );
}

#[test]
fn a_whole_answer_is_not_lost_to_what_is_around_it() {
    let marked = format!("\u{feff}{}", completion(VERY));
    let made = made_of("openai", "", 200, "application/json", marked.as_bytes());
    check("a byte order mark", made, &Read(Finish::Stop, VERY));
    let marked = "\u{feff}{\"error\":{\"message\":\"m\"}}".as_bytes();
    check(
        "an error with one",
        made_of("openai", "", 404, "application/json", marked),
        &Ends("answered 404: m"),
    );
    let beside = |error: Value| {
        let mut body = completion(VERY);
        body["error"] = error;
        body
    };
    let mut cases = Vec::new();
    for empty in
        [json!(null), json!(""), json!({}), json!([]), json!(false), json!({ "message": "", "code": null })]
    {
        cases.push((beside(empty.clone()), Read(Finish::Stop, VERY)));
        cases.push((choice(json!({ "error": empty })), Read(Finish::Stop, VERY)));
    }
    cases.push((beside(json!("busy")), Again("answered with an error: busy")));
    cases.push((choice(json!({ "error": { "code": 502, "message": "busy" } })), Again("answered 502: busy")));
    bodies("openai", cases);
}

#[test]
fn what_is_no_answer_tells_its_own_words() {
    bodies(
        "openai",
        vec![
            (
                json!({ "choices": null, "base_resp": { "status_code": 1002, "status_msg": "slow down" } }),
                Again("slow down"),
            ),
            (json!({ "code": 500, "msg": "busy", "data": null }), Again("answered 500: busy")),
            (json!([{ "error": { "code": 429, "message": "quota" } }]), Again("answered 429: quota")),
            (
                json!({ "success": false, "errors": [{ "code": 7009, "message": "away" }] }),
                Again("an error: away"),
            ),
            (json!({ "code": "401", "message": "who are you?" }), Ends("answered 401: who are you?")),
            (json!({ "choices": [null] }), Again("a choice without a `message`")),
        ],
    );
    for (provider, kind, body, wanted) in [
        ("openai", "text/event-stream", "data: {\"choices\":[]}\n\ndata: [DONE]\n", Ends("a stream")),
        ("ollama", "application/x-ndjson", "{\"done\":false}\n{\"done\":true}\n", Ends("a stream")),
        ("openai", "text/html", "<html><title>502 Bad Gateway</title></html>", Again("an HTML page")),
        ("openai", "Text/HTML", "Log in", Ends("an HTML page")),
    ] {
        check(body, made_of(provider, "", 200, kind, body.as_bytes()), &wanted);
    }
}

#[test]
fn an_error_of_a_service_that_says_success_is_no_answer() {
    const AT: &str = "text = \"/answer\"";
    let page = "<html><body>502 Bad Gateway</body></html>";
    for (set, status, kind, body, wanted) in [
        ("", 200, "text/plain", page, Again("an HTML page")),
        ("", 200, "text/plain", "\n<!DOCTYPE html><p>Sign in</p>", Ends("an HTML page")),
        ("", 200, "Text/HTML; charset=utf-8", "Sign in", Ends("an HTML page")),
        (AT, 200, "application/json", page, Again("an HTML page")),
        (
            AT,
            200,
            "application/json",
            r#"{"answer": "<html>502</html>"}"#,
            Again("an HTML page at \"/answer\""),
        ),
        (
            "",
            200,
            "application/json",
            r#"{"error": {"message": "busy", "code": 429}}"#,
            Again("answered 429: busy"),
        ),
        (AT, 200, "application/json", r#"{"error": "busy"}"#, Again("an error: busy")),
        (
            "text = \"/message\"",
            200,
            "application/json",
            r#"{"error": true, "message": "busy"}"#,
            Again("busy"),
        ),
        (
            "text = \"/message\"",
            200,
            "application/json",
            r#"{"code": 429, "message": "busy"}"#,
            Again("429: busy"),
        ),
        ("", 200, "application/json", r#"{"errors": [{"message": "busy"}], "data": null}"#, Again("busy")),
        ("", 200, "application/json", r#"{"statusCode": 502, "body": "{}"}"#, Again("answered 502")),
        ("", 200, "application/problem+json", r#"{"title": "busy", "status": 503}"#, Again("503: busy")),
        (
            "",
            200,
            "text/plain",
            "upstream connect error or disconnect/reset before headers",
            Again("an error: upstream"),
        ),
        ("", 200, "text/plain", "Service Unavailable", Again("an error: Service Unavailable")),
        ("", 200, "text/event-stream", "data: {\"text\":\"Very\"}\n", Ends("a stream")),
    ] {
        check(
            &format!("{status} {kind} {body} {set}"),
            made_of("http", set, status, kind, body.as_bytes()),
            &wanted,
        );
    }
}

#[test]
fn a_service_that_has_not_answered_yet_has_not_answered() {
    const AT: &str = "text = \"/answer\"";
    for (set, status, kind, body, wanted) in [
        ("", 204, "application/json", "", Again("204 No Content")),
        (AT, 204, "application/json", "", Again("204 No Content")),
        ("", 202, "application/json", r#"{"id": 1}"#, Again("202 Accepted")),
        (
            AT,
            200,
            "application/json",
            r#"{"answer": null, "status": "queued"}"#,
            Again("nothing at \"/answer\""),
        ),
    ] {
        check(
            &format!("{status} {kind} {body} {set}"),
            made_of("http", set, status, kind, body.as_bytes()),
            &wanted,
        );
    }
}

#[test]
fn an_answer_of_a_service_stays_one() {
    const AT: &str = "text = \"/answer\"";
    for (set, status, kind, body, wanted) in [
        ("", 200, "text/plain", "\u{feff}Very important", Read(Finish::Other, VERY)),
        ("", 200, "text/plain", "<p>Very important</p>", Read(Finish::Other, "<p>Very important</p>")),
        ("", 200, "application/json", r#"["Very"]"#, Read(Finish::Other, r#"["Very"]"#)),
        ("", 200, "text/plain", "Forbidden", Read(Finish::Other, "Forbidden")),
        (
            AT,
            200,
            "application/json",
            r#"{"answer": "Very important", "error": null, "code": 0}"#,
            Read(Finish::Other, VERY),
        ),
        (
            AT,
            201,
            "application/json",
            r#"{"answer": "Very important", "errors": []}"#,
            Read(Finish::Other, VERY),
        ),
    ] {
        check(
            &format!("{status} {kind} {body} {set}"),
            made_of("http", set, status, kind, body.as_bytes()),
            &wanted,
        );
    }
}
