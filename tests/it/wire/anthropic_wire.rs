//! Anthropic's Messages API: what is sent, and what is made of its answers and errors. The bodies are
//! those of <https://platform.claude.com/docs/en/api/messages> and
//! <https://platform.claude.com/docs/en/api/errors>.

use std::time::Duration;

use crate::support::server::Reply;
use crate::support::wire::{Wire, full_question, question, schema, with_id};
use alignspec::__testing::provider::{Finish, Response};
use serde_json::{Value, json};

const ANTHROPIC: Wire = Wire {
    provider: "anthropic",
    id: "claude-sonnet-4-5",
    fields: "",
    key: ("x-api-key", ""),
    answer: |text, version| {
        json!({
            "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF",
            "type": "message",
            "role": "assistant",
            "content": [{ "type": "text", "text": text, "citations": null }],
            "model": version,
            "stop_reason": "end_turn",
            "stop_sequence": null,
            "usage": { "input_tokens": 25, "output_tokens": 15 },
        })
    },
    error: |status, message| {
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        json!({
            "type": "error",
            "error": { "type": kind, "message": message },
            "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
        })
    },
};

#[test]
fn sends_what_the_config_says() {
    let bare = ANTHROPIC.sent("", &question());
    assert_eq!(bare.target, "POST /v1/messages");
    assert_eq!(bare.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(bare.header("authorization"), None);
    let messages = json!([{ "role": "user", "content": "How important is privacy?" }]);
    assert_eq!(
        bare.body.to_string(),
        json!({ "model": "claude-sonnet-4-5", "max_tokens": 8192, "messages": messages }).to_string()
    );
    let full = ANTHROPIC.sent(
        r#"temperature = 0.5
        max_tokens = 60
        parameters = { top_k = 40, output_config = { effort = "low" } }"#,
        &full_question(),
    );
    assert_eq!(
        full.body,
        json!({
            "model": "claude-sonnet-4-5",
            "max_tokens": 60,
            "temperature": 0.5,
            "top_k": 40,
            "output_config": { "effort": "low", "format": { "type": "json_schema", "schema": schema(json!({})) } },
            "system": "You help a bank.",
            "messages": messages,
        })
    );
    let thinking = ANTHROPIC
        .sent(r#"parameters = { thinking = { type = "enabled", budget_tokens = 1024 } }"#, &question());
    assert_eq!(thinking.body["thinking"], json!({ "type": "enabled", "budget_tokens": 1024 }));
    assert_eq!(thinking.body.get("temperature"), None);
}

#[test]
fn a_model_that_thinks_unless_told_gets_room_for_it() {
    for (id, fields, wanted) in [
        ("claude-opus-5", "", 32_000),
        ("claude-opus-5-5", "", 32_000),
        ("claude-opus-5", "max_tokens = 500", 500),
        ("claude-opus-5", "parameters = { thinking = { type = \"disabled\" } }", 8192),
        ("claude-opus-4-8", "", 8192),
    ] {
        let sent = Wire { id, ..ANTHROPIC }.sent(fields, &question()).body;
        assert_eq!((&sent["max_tokens"], sent.get("temperature")), (&json!(wanted), None), "{id} {fields}");
    }
}

#[test]
fn reads_text_finish_version_and_tokens() {
    let answer = || (ANTHROPIC.answer)("Very important", "claude-sonnet-4-5-20250929");
    let response = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        model: Some("claude-sonnet-4-5-20250929".to_owned()),
        tokens_in: Some(25),
        tokens_out: Some(15),
        ..Response::default()
    };
    let response = with_id(response, &ANTHROPIC.response(200, answer()), &answer()["id"]);
    assert_eq!(ANTHROPIC.response(200, answer()), Ok(response.clone()));
    for (reason, finish) in [
        (json!("stop_sequence"), Finish::Stop),
        (json!("max_tokens"), Finish::Length),
        (json!("model_context_window_exceeded"), Finish::Length),
        (json!("refusal"), Finish::Filter),
        (json!("pause_turn"), Finish::Unknown("pause_turn".to_owned())),
        (json!("tool_use"), Finish::Unknown("tool_use".to_owned())),
    ] {
        let mut body = answer();
        body["stop_reason"] = reason;
        assert_eq!(ANTHROPIC.response(200, body), Ok(Response { finish, ..response.clone() }));
    }
    let mut body = answer();
    body["stop_reason"] = Value::Null;
    let error = ANTHROPIC.response(200, body).expect_err("not finished");
    assert!(error.may_pass() && error.to_string().contains("`stop_reason` is `null`"), "{error}");
}

#[test]
fn an_answer_that_the_filter_stopped_is_one() {
    let blocked = (ANTHROPIC.error)(400, "Output blocked by content filtering policy");
    let wanted = Response { finish: Finish::Filter, ..Response::default() };
    assert_eq!(ANTHROPIC.response(400, blocked.clone()), Ok(wanted.clone()));
    assert_eq!(ANTHROPIC.response(200, blocked), Ok(wanted));
}

#[test]
fn thinking_is_no_part_of_the_answer_and_is_counted() {
    let mut body = (ANTHROPIC.answer)("", "claude-opus-5");
    body["content"] = json!([
        { "type": "thinking", "thinking": "Is it?", "signature": "EqQBCgIYAhIM" },
        { "type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix" },
        { "type": "text", "text": "Very " },
        { "type": "text", "text": "important" },
    ]);
    body["usage"] = json!({
        "input_tokens": 3,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 100,
        "output_tokens": 50,
        "output_tokens_details": { "thinking_tokens": 40 },
    });
    let response = ANTHROPIC.response(200, body).expect("a response");
    assert_eq!(response.text, "Very important");
    let tokens = (response.tokens_in, response.tokens_out, response.tokens_reasoning);
    assert_eq!(tokens, (Some(123), Some(50), Some(40)));
    let mut refused = (ANTHROPIC.answer)("", "claude-opus-5");
    refused["content"] = json!([]);
    refused["stop_reason"] = json!("refusal");
    let response = ANTHROPIC.response(200, refused).expect("a response");
    assert_eq!((response.text.as_str(), response.finish), ("", Finish::Filter));
}

#[test]
fn limits_are_read_and_a_spent_month_is_not_waited_for() {
    let body = (ANTHROPIC.answer)("x", "v");
    let (reply, _) = ANTHROPIC.ask("", &question(), move |_| {
        let reply = Reply::json(200, &body).header("anthropic-ratelimit-requests-limit", "50");
        let reply = reply.header("anthropic-ratelimit-requests-remaining", "49");
        reply.header("anthropic-ratelimit-requests-reset", "2020-01-01T00:00:00Z")
    });
    let window = reply.expect("a reply").limits.requests.expect("a limit");
    assert_eq!((window.limit, window.remaining, window.reset), (Some(50.0), 49.0, Duration::ZERO));
    let mut spent = (ANTHROPIC.error)(429, "You have reached your monthly limit");
    spent["error"]["details"] = json!({ "error_code": "enforced_spend_limit_reached" });
    assert!(!ANTHROPIC.response(429, spent).expect_err("an error").may_pass());
}

#[test]
fn keeps_the_rules() {
    ANTHROPIC.keeps_the_rules();
}
