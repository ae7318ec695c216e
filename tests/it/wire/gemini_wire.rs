//! Google's Gemini API: what is sent, and what is made of its answers and errors. The bodies are those
//! of <https://ai.google.dev/api/generate-content> and
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>.

use std::time::Duration;

use crate::support::server::{Reply, Server};
use crate::support::shapes::runtime;
use crate::support::wire::{Wire, full_question, question, schema, with_id};
use crate::support::{KEY, PACE, model_of, variables};
use alignspec::__testing::provider::{Finish, Response, connect};
use serde_json::{Value, json};

const GEMINI: Wire = Wire {
    provider: "gemini",
    id: "gemini-2.5-flash",
    fields: "",
    key: ("x-goog-api-key", ""),
    answer: |text, version| {
        json!({
            "candidates": [{
                "content": { "parts": [{ "text": text }], "role": "model" },
                "finishReason": "STOP",
                "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": 8,
                "candidatesTokenCount": 20,
                "totalTokenCount": 28,
                "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 8 }],
            },
            "modelVersion": version,
            "responseId": "oWkpaP7XIZ2kmtkPkZ2r8Ag",
        })
    },
    error: |status, message| {
        let name = match status {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            500 => "INTERNAL",
            503 => "UNAVAILABLE",
            _ => "INVALID_ARGUMENT",
        };
        json!({ "error": { "code": status, "message": message, "status": name } })
    },
};

#[test]
fn sends_what_the_config_says() {
    let bare = GEMINI.sent("", &question());
    assert_eq!(bare.target, "POST /v1beta/models/gemini-2.5-flash:generateContent");
    let contents = json!([{ "role": "user", "parts": [{ "text": "How important is privacy?" }] }]);
    assert_eq!(bare.body.to_string(), json!({ "contents": contents }).to_string());
    let full = GEMINI.sent(
        r#"temperature = 0.5
        max_tokens = 60
        [model.parameters]
        generationConfig = { topK = 40, thinkingConfig = { thinkingBudget = 0 } }
        safetySettings = [{ category = "HARM_CATEGORY_HARASSMENT", threshold = "BLOCK_NONE" }]"#,
        &full_question(),
    );
    assert_eq!(
        full.body,
        json!({
            "contents": contents,
            "systemInstruction": { "parts": [{ "text": "You help a bank." }] },
            "generationConfig": {
                "temperature": 0.5,
                "maxOutputTokens": 60,
                "topK": 40,
                "thinkingConfig": { "thinkingBudget": 0 },
                "responseFormat": { "text": {
                    "mimeType": "APPLICATION_JSON",
                    "schema": schema(json!({ "minItems": 2, "maxItems": 2 })),
                } },
            },
            "safetySettings": [{ "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" }],
        })
    );
    let tuned = Wire { id: "tunedModels/mine", ..GEMINI }.sent("", &question());
    assert_eq!(tuned.target, "POST /v1beta/tunedModels/mine:generateContent");
    let object = GEMINI.sent("answer_format = \"json_object\"", &full_question());
    let format = &object.body["generationConfig"]["responseFormat"];
    assert_eq!(*format, json!({ "text": { "mimeType": "APPLICATION_JSON" } }));
}

#[test]
fn is_asked_where_its_address_says() {
    let project = "/v1/projects/p-1/locations/europe-west1";
    for (path, id, wanted) in [
        ("", "gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent"),
        ("/v1", "gemini-3-flash", "/v1/models/gemini-3-flash:generateContent"),
        ("/v1beta/models", "gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent"),
        ("/proxy/v1alpha", "gemini-3-flash", "/proxy/v1alpha/models/gemini-3-flash:generateContent"),
        (project, "gemini-3-flash", "/publishers/google/models/gemini-3-flash:generateContent"),
        (
            &format!("{project}/publishers/google"),
            "gemini-3-flash",
            "/publishers/google/models/gemini-3-flash:generateContent",
        ),
        (project, "endpoints/12345", "/endpoints/12345:generateContent"),
        (
            "/v1/publishers/google",
            "gemini-3-flash",
            "/v1/publishers/google/models/gemini-3-flash:generateContent",
        ),
    ] {
        let server = Server::start(|_| Reply::json(200, &(GEMINI.answer)("x", "v")));
        let base_url = format!("{}{path}", server.root());
        let model = model_of("gemini", id, &base_url, "answer_format = \"json_schema\"");
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        runtime().block_on(wire.ask(&full_question())).expect("a reply");
        let received = server.received().remove(0);
        let wanted = if path.starts_with(project) { format!("{project}{wanted}") } else { wanted.to_owned() };
        assert_eq!(received.target, format!("POST {wanted}"), "{path} {id}");
        // A project is asked with a token, all else with a key; and Vertex AI knows the older fields only.
        let token = received.header("authorization").map(|value| value == format!("Bearer {KEY}"));
        assert_eq!(token, path.contains("projects").then_some(true), "{path}");
        assert_eq!(received.header("x-goog-api-key").is_some(), !path.contains("projects"), "{path}");
        let vertex = path.contains("projects") || path.contains("publishers");
        let config = &received.body["generationConfig"];
        assert_eq!(config.get("responseJsonSchema").is_some(), vertex, "{path}");
        assert_eq!(config.get("responseFormat").is_some(), !vertex, "{path}");
    }
}

#[test]
fn reads_text_finish_version_and_tokens() {
    let answer = || (GEMINI.answer)("Very important", "gemini-2.5-flash-preview-09-2025");
    let response = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        model: Some("gemini-2.5-flash-preview-09-2025".to_owned()),
        tokens_in: Some(8),
        tokens_out: Some(20),
        ..Response::default()
    };
    let response = with_id(response, &GEMINI.response(200, answer()), &answer()["responseId"]);
    assert_eq!(GEMINI.response(200, answer()), Ok(response.clone()));
    for (reason, finish) in [
        (json!("MAX_TOKENS"), Finish::Length),
        (json!("SAFETY"), Finish::Filter),
        (json!("RECITATION"), Finish::Filter),
        (json!("PROHIBITED_CONTENT"), Finish::Filter),
        (json!("BLOCKLIST"), Finish::Filter),
        (json!("SPII"), Finish::Filter),
        (json!("LANGUAGE"), Finish::Filter),
        (json!("IMAGE_SAFETY"), Finish::Filter),
        (json!("OTHER"), Finish::Unknown("OTHER".to_owned())),
        (json!("MALFORMED_FUNCTION_CALL"), Finish::Unknown("MALFORMED_FUNCTION_CALL".to_owned())),
    ] {
        let mut body = answer();
        body["candidates"][0]["finishReason"] = reason;
        assert_eq!(GEMINI.response(200, body), Ok(Response { finish, ..response.clone() }));
    }
    // Where the provider says nothing, it is still at it.
    let mut body = answer();
    body["candidates"][0]["finishReason"] = Value::Null;
    let error = GEMINI.response(200, body).expect_err("not finished");
    assert!(error.may_pass() && error.to_string().contains("`finishReason` is `null`"), "{error}");
}

#[test]
fn thoughts_are_no_part_of_the_answer_and_are_charged() {
    let mut body = (GEMINI.answer)("", "gemini-2.5-pro");
    body["candidates"][0]["content"]["parts"] = json!([
        { "text": "Is it?", "thought": true },
        { "text": "Very ", "thoughtSignature": "CikB0e2Kb" },
        { "text": "important" },
    ]);
    body["usageMetadata"]["thoughtsTokenCount"] = json!(100);
    let response = GEMINI.response(200, body).expect("a response");
    assert_eq!(response.text, "Very important");
    assert_eq!((response.tokens_out, response.tokens_reasoning), (Some(120), Some(100)));
    // All of the limit went into thoughts.
    let mut cut = (GEMINI.answer)("", "gemini-2.5-pro");
    cut["candidates"][0] =
        json!({ "content": { "role": "model" }, "finishReason": "MAX_TOKENS", "index": 0 });
    cut["usageMetadata"] = json!({ "promptTokenCount": 8, "thoughtsTokenCount": 60 });
    let response = GEMINI.response(200, cut).expect("a response");
    assert_eq!(
        (response.text.as_str(), response.finish, response.tokens_out),
        ("", Finish::Length, Some(60))
    );
}

#[test]
fn a_question_that_is_blocked_is_an_answer() {
    let blocked = json!({
        "promptFeedback": {
            "blockReason": "PROHIBITED_CONTENT",
            "safetyRatings": [{ "category": "HARM_CATEGORY_HATE_SPEECH", "probability": "HIGH" }],
        },
        "usageMetadata": { "promptTokenCount": 8, "totalTokenCount": 8 },
        "modelVersion": "gemini-2.5-flash",
    });
    let wanted = Response {
        finish: Finish::Filter,
        model: Some("gemini-2.5-flash".to_owned()),
        tokens_in: Some(8),
        ..Response::default()
    };
    assert_eq!(GEMINI.response(200, blocked.clone()), Ok(wanted.clone()));
    let mut listed = blocked.clone();
    listed["candidates"] = json!([]);
    assert_eq!(GEMINI.response(200, listed.clone()), Ok(wanted.clone()));
    listed["promptFeedback"] = json!({ "safetyRatings": [{ "category": "x", "blocked": true }] });
    assert_eq!(GEMINI.response(200, listed.clone()), Ok(wanted));
    // Without a reason it may be anything.
    listed["promptFeedback"] = json!({ "safetyRatings": [], "blockReason": "BLOCK_REASON_UNSPECIFIED" });
    let error = GEMINI.response(200, listed).expect_err("an error");
    let told = "an empty list of `candidates`, and no reason why";
    assert!(error.may_pass() && error.to_string().ends_with(told), "{error}");
}

#[test]
fn the_wait_in_an_error_is_honoured() {
    let error = |quota: &str, details: Value| {
        let mut body = (GEMINI.error)(429, "You exceeded your current quota");
        let violations = json!([{ "quotaMetric": "generate_content_requests", "quotaId": quota }]);
        body["error"]["details"] = json!([
            { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations },
            { "@type": "type.googleapis.com/google.rpc.Help", "links": [] },
            details,
        ]);
        GEMINI.response(429, body).expect_err("an error")
    };
    let retry = json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "21s" });
    let minute = error("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", retry.clone());
    assert_eq!((minute.may_pass(), minute.retry_after()), (true, Some(Duration::from_secs(21))));
    assert!(minute.to_string().ends_with("answered 429: You exceeded your current quota"));
    let day = error("GenerateRequestsPerDayPerProjectPerModel-FreeTier", retry);
    assert!(!day.may_pass(), "a day is not waited for");
}

#[test]
fn keeps_the_rules() {
    GEMINI.keeps_the_rules();
}
