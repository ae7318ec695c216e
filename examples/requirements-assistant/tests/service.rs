//! The service over HTTP: what it asks the model, and what it answers where something is wrong.

mod support {
    pub mod scripted_model;
    pub mod serve;
}

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use requirements_assistant::{Model, router};
use serde_json::{Value, json};
use support::scripted_model::{answering, sure_of, with_values};
use support::serve::serve;

/// Asks a service whose model answers as the script says; returns the status and the answer.
async fn asked(
    script: impl Fn(&Value) -> Response + Clone + Send + Sync + 'static,
    request: &str,
) -> (StatusCode, Value) {
    let model = serve(answering(script)).await.expect("a port");
    sent(&format!("{model}/v1"), request).await
}

async fn sent(base_url: &str, request: &str) -> (StatusCode, Value) {
    let model = Model::new(base_url, "scripted", Some("key-of-the-test".to_owned())).expect("a client");
    let service = serve(router(model)).await.expect("a port");
    let post = reqwest::Client::new().post(format!("{service}/prioritise"));
    let post = post.header("content-type", "application/json").body(request.to_owned());
    let answer = post.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON, whatever is wrong"))
}

fn backlog() -> String {
    let story = |id: &str, text: &str| json!({ "id": id, "text": text });
    let stories = [
        story("s-1", "I want it fast."),
        story("s-2", "I want it safe."),
        story("s-3", "I want it private."),
    ];
    json!({ "domain": "a shop", "backlog": stories, "persona": "The reader is an auditor." }).to_string()
}

#[tokio::test]
async fn a_backlog_comes_back_in_order_with_reasons() {
    let (status, answer) = asked(
        |request| {
            let text = request.to_string();
            assert!(
                text.contains("the team of a shop") && text.contains("The reader is an auditor."),
                "{text}"
            );
            assert!(!text.contains("s-1") && !text.contains("s-2"), "the model does not see ids: {text}");
            sure_of(if text.contains("safe") {
                4.5
            } else if text.contains("private") {
                3.0
            } else {
                2.0
            })
        },
        &backlog(),
    )
    .await;
    let reason =
        |importance: &str| format!("the model gives it an importance of {importance} on a scale from 1 to 5");
    let ranking = json!([
        { "id": "s-2", "reason": reason("4.50") },
        { "id": "s-3", "reason": reason("3.00") },
        { "id": "s-1", "reason": reason("2.00") },
    ]);
    assert_eq!((status, answer), (StatusCode::OK, json!({ "ranking": ranking })));
}

#[tokio::test]
async fn a_model_that_fails_is_a_bad_gateway_and_never_a_ranking() {
    let limited = |_: &Value| (StatusCode::TOO_MANY_REQUESTS, "slow down").into_response();
    let told = "the model answers 429 Too Many Requests: slow down";
    assert_eq!(asked(limited, &backlog()).await, (StatusCode::BAD_GATEWAY, json!({ "error": told })));
    // One story that cannot be rated is enough.
    let hesitant = |request: &Value| match request.to_string().contains("private") {
        true => Json(json!({ "choices": [{ "message": { "content": "It depends." } }] })).into_response(),
        false => sure_of(3.0),
    };
    let told = "the model's answer cannot be used: it has no logprobs";
    assert_eq!(asked(hesitant, &backlog()).await, (StatusCode::BAD_GATEWAY, json!({ "error": told })));
    let (status, answer) = sent("http://127.0.0.1:1/v1", &backlog()).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    let error = answer["error"].as_str().expect("an error");
    assert!(error.starts_with("the model cannot be reached: ") && !error.contains("key-of"), "{error}");
}

#[tokio::test]
async fn a_request_that_is_no_backlog_is_told_so_before_a_model_is_asked() {
    let never = |_: &Value| -> Response { panic!("a model was asked") };
    let one = r#"{"domain":"a shop","backlog":[{"id":"a","text":"x"}]}"#;
    let (status, answer) = asked(never, one).await;
    let told = json!({ "error": "the backlog has 1 stories, and 2 to 100 can be put in order" });
    assert_eq!((status, answer), (StatusCode::BAD_REQUEST, told));
    for wrong in ["{", "[]", r#"{"domain":"a shop"}"#, r#"{"domain":"a shop","backlog":[],"role":"x"}"#] {
        let (status, answer) = asked(never, wrong).await;
        assert!(
            status == StatusCode::BAD_REQUEST && answer["error"].is_string(),
            "{wrong}: {status} {answer}"
        );
    }
}

#[tokio::test]
async fn the_scripted_model_refuses_what_is_not_in_its_script() {
    let model = serve(with_values()).await.expect("a port");
    let (status, answer) = sent(&format!("{model}/v1"), &backlog()).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{answer}");
}
