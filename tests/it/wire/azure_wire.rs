//! Azure OpenAI: where a request goes, and what is made of what Azure adds to chat completions. The
//! bodies are those of <https://learn.microsoft.com/azure/ai-foundry/openai/reference> and
//! <https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter>.

use crate::support::wire::{Wire, full_question, question, schema, with_id};
use alignspec::__testing::provider::{Finish, Response};
use serde_json::json;

const AZURE: Wire = Wire {
    provider: "azure",
    id: "our-gpt",
    fields: "",
    key: ("api-key", ""),
    answer: |text, version| {
        let safe = json!({ "hate": { "filtered": false, "severity": "safe" } });
        json!({
            "choices": [{
                "content_filter_results": safe,
                "finish_reason": "stop",
                "index": 0,
                "logprobs": null,
                "message": { "content": text, "refusal": null, "role": "assistant" },
            }],
            "created": 1727000000,
            "id": "chatcmpl-6v7mkQj980V1yBec6ETrKPRqFjNw9",
            "model": version,
            "object": "chat.completion",
            "prompt_filter_results": [{ "prompt_index": 0, "content_filter_results": safe }],
            "usage": { "completion_tokens": 15, "prompt_tokens": 25, "total_tokens": 40 },
        })
    },
    error: |status, message| json!({ "error": { "code": status.to_string(), "message": message } }),
};

const DATED: Wire = Wire { fields: "api_version = \"2024-10-21\"", ..AZURE };

#[test]
fn sends_to_the_v1_api_or_to_the_deployment() {
    let messages = json!([{ "role": "user", "content": "How important is privacy?" }]);
    for (wire, target) in [
        (AZURE, "POST /openai/v1/chat/completions"),
        (DATED, "POST /openai/deployments/our-gpt/chat/completions?api-version=2024-10-21"),
    ] {
        let sent = wire.sent("", &question());
        assert_eq!(sent.target, target);
        assert_eq!(sent.header("authorization"), None);
        let wanted = json!({ "model": "our-gpt", "messages": messages, "temperature": 1.0 });
        assert_eq!(sent.body.to_string(), wanted.to_string());
    }
    let reasons = AZURE.sent("reasoning = true\nmax_tokens = 60", &full_question());
    assert_eq!(
        reasons.body,
        json!({
            "model": "our-gpt",
            "messages": [{ "role": "system", "content": "You help a bank." }, messages[0]],
            "max_completion_tokens": 60,
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "answer", "strict": true, "schema": schema(json!({})) },
            },
        })
    );
}

#[test]
fn reads_text_finish_version_and_tokens() {
    let wanted = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        model: Some("gpt-4o-2024-11-20".to_owned()),
        tokens_in: Some(25),
        tokens_out: Some(15),
        ..Response::default()
    };
    let answer = (AZURE.answer)("Very important", "gpt-4o-2024-11-20");
    let wanted = with_id(wanted, &AZURE.response(200, answer.clone()), &answer["id"]);
    assert_eq!(AZURE.response(200, answer.clone()), Ok(wanted.clone()));
    // An answer that the filter cut may have no message left.
    let mut cut = answer;
    cut["choices"][0] = json!({ "finish_reason": "content_filter", "index": 0 });
    assert_eq!(
        AZURE.response(200, cut),
        Ok(Response { text: String::new(), finish: Finish::Filter, ..wanted })
    );
}

#[test]
fn a_question_that_is_filtered_is_an_answer() {
    let mut body = json!({
        "error": {
            "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            "type": null,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": { "violence": { "filtered": true, "severity": "medium" } },
            },
        },
    });
    let filtered = Response { finish: Finish::Filter, ..Response::default() };
    assert_eq!(AZURE.response(400, body.clone()), Ok(filtered.clone()));
    assert_eq!(DATED.response(400, body.clone()), Ok(filtered));
    assert!(AZURE.response(500, body.clone()).expect_err("an error").may_pass());
    body["error"]["code"] = json!("DeploymentNotFound");
    assert!(!AZURE.response(400, body).expect_err("an error").may_pass());
}

#[test]
fn an_error_of_the_gateway_before_the_service_is_told() {
    let body = json!({ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid…" });
    let error = AZURE.response(401, body).expect_err("an error").to_string();
    assert!(error.ends_with("answered 401: Unauthorized. Access token is missing, invalid…"), "{error}");
}

#[test]
fn keeps_the_rules() {
    AZURE.keeps_the_rules();
    DATED.keeps_the_rules();
}
