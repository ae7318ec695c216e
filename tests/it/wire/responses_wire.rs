//! OpenAI's Responses API: what is sent, and what is made of its answers and errors. The bodies are
//! those of <https://platform.openai.com/docs/api-reference/responses/object>.

use crate::support::wire::{Wire, full_question, question, schema, with_id};
use alignspec::__testing::provider::{Finish, Response};
use serde_json::{Value, json};

const RESPONSES: Wire = Wire {
    provider: "openai_responses",
    id: "gpt-4.1",
    fields: "",
    key: ("authorization", "Bearer "),
    answer: |text, version| {
        json!({
            "id": "resp_67ccd2bed1ec8190b14f964abc054267",
            "object": "response",
            "created_at": 1741476542,
            "status": "completed",
            "error": null,
            "incomplete_details": null,
            "model": version,
            "output": [{
                "type": "message",
                "id": "msg_67ccd2bf17f0819081ff3bb2cf6508e6",
                "status": "completed",
                "role": "assistant",
                "content": [{ "type": "output_text", "text": text, "annotations": [] }],
            }],
            "store": false,
            "text": { "format": { "type": "text" } },
            "usage": {
                "input_tokens": 36,
                "input_tokens_details": { "cached_tokens": 0 },
                "output_tokens": 87,
                "output_tokens_details": { "reasoning_tokens": 0 },
                "total_tokens": 123,
            },
        })
    },
    error: |_, message| json!({ "error": { "message": message, "type": "invalid_request_error", "param": null, "code": null } }),
};

#[test]
fn sends_what_the_config_says() {
    let bare = RESPONSES.sent("", &question());
    assert_eq!(bare.target, "POST /responses");
    assert_eq!(
        bare.body.to_string(),
        json!({ "model": "gpt-4.1", "store": false, "temperature": 1.0, "input": "How important is privacy?" })
            .to_string()
    );
    let object = RESPONSES.sent("answer_format = \"json_object\"", &full_question()).body;
    assert_eq!(object["text"], json!({ "format": { "type": "json_object" } }));
    let reasons = Wire { id: "gpt-5-mini", ..RESPONSES };
    let full = reasons.sent(
        r#"max_tokens = 600
        parameters = { reasoning = { effort = "low" }, text = { verbosity = "low" } }"#,
        &full_question(),
    );
    let schema = schema(json!({ "minItems": 2, "maxItems": 2 }));
    assert_eq!(
        full.body,
        json!({
            "model": "gpt-5-mini",
            "store": false,
            "max_output_tokens": 600,
            "reasoning": { "effort": "low" },
            "text": {
                "verbosity": "low",
                "format": { "type": "json_schema", "name": "answer", "strict": true, "schema": schema },
            },
            "instructions": "You help a bank.",
            "input": "How important is privacy?",
        })
    );
    assert_eq!(reasons.sent("temperature = 1", &question()).body["temperature"], json!(1.0));
}

#[test]
fn reads_text_finish_version_and_tokens() {
    let answer = || (RESPONSES.answer)("Very important", "gpt-4.1-2025-04-14");
    let response = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        model: Some("gpt-4.1-2025-04-14".to_owned()),
        tokens_in: Some(36),
        tokens_out: Some(87),
        tokens_reasoning: Some(0),
        ..Response::default()
    };
    let response = with_id(response, &RESPONSES.response(200, answer()), &answer()["id"]);
    assert_eq!(RESPONSES.response(200, answer()), Ok(response.clone()));
    for (status, reason, finish) in [
        ("incomplete", json!({ "reason": "max_output_tokens" }), Finish::Length),
        ("incomplete", json!({ "reason": "content_filter" }), Finish::Filter),
        ("incomplete", json!({ "reason": "steered" }), Finish::Unknown("steered".to_owned())),
        ("paused", Value::Null, Finish::Unknown("paused".to_owned())),
    ] {
        let mut body = answer();
        (body["status"], body["incomplete_details"]) = (json!(status), reason);
        assert_eq!(RESPONSES.response(200, body), Ok(Response { finish, ..response.clone() }));
    }
    for status in ["incomplete", "in_progress", "queued", "cancelled", "failed"] {
        let mut body = answer();
        body["status"] = json!(status);
        let error = RESPONSES.response(200, body).expect_err("not finished");
        assert!(
            error.may_pass() && error.to_string().contains(&format!("`status` is `{status}`")),
            "{error}"
        );
    }
}

#[test]
fn reasoning_and_comments_are_no_part_of_the_answer() {
    let message =
        |phase: Value, content: Value| json!({ "type": "message", "phase": phase, "content": content });
    let said = |text: &str| json!([{ "type": "output_text", "text": text, "annotations": [] }]);
    let mut body = (RESPONSES.answer)("", "gpt-5-2025-08-07");
    body["output"] = json!([
        { "type": "reasoning", "id": "rs_1", "summary": [{ "type": "summary_text", "text": "Is it?" }] },
        message(json!("commentary"), said("Let me see.")),
        message(json!("final_answer"), said("Very important")),
    ]);
    body["usage"]["output_tokens_details"]["reasoning_tokens"] = json!(64);
    let response = RESPONSES.response(200, body.clone()).expect("a response");
    assert_eq!((response.text.as_str(), response.tokens_reasoning), ("Very important", Some(64)));
    body["output"] =
        json!([message(Value::Null, json!([{ "type": "refusal", "refusal": "I cannot help." }]))]);
    let refused = RESPONSES.response(200, body).expect("a response");
    assert_eq!((refused.text.as_str(), refused.finish), ("I cannot help.", Finish::Filter));
}

#[test]
fn a_failure_within_an_answer_is_told() {
    let mut body = (RESPONSES.answer)("", "gpt-5");
    body["status"] = json!("failed");
    body["output"] = json!([]);
    body["error"] = json!({ "code": "server_error", "message": "The model failed to generate a response." });
    let error = RESPONSES.response(200, body).expect_err("an error");
    assert!(error.to_string().ends_with("an error: The model failed to generate a response."), "{error}");
    assert!(error.may_pass());
}

#[test]
fn keeps_the_rules() {
    RESPONSES.keeps_the_rules();
}
