//! Chat completions beyond the plain ones: models that reason, thinking that comes with an answer, and
//! the errors of hosts that speak this wire in their own way.

use crate::support::completion;
use crate::support::wire::{Wire, full_question, question, schema};
use alignspec::__testing::provider::Finish;
use serde_json::json;

const OPENAI: Wire = Wire {
    provider: "openai",
    id: "small-1",
    fields: "",
    key: ("authorization", "Bearer "),
    answer: |text, version| {
        let mut body = completion(text);
        body["model"] = json!(version);
        body
    },
    error: |_, message| json!({ "error": { "message": message, "type": "invalid_request_error" } }),
};

#[test]
fn models_that_reason_are_asked_as_such() {
    let sent = |id, fields| Wire { id, ..OPENAI }.sent(fields, &question()).body;
    let plain = sent("gpt-4o", "max_tokens = 60");
    assert_eq!((&plain["temperature"], &plain["max_tokens"]), (&json!(1.0), &json!(60)));
    for (id, fields) in [("o3-mini", "max_tokens = 60"), ("mine", "reasoning = true\nmax_tokens = 60")] {
        let body = sent(id, fields);
        assert_eq!((body.get("temperature"), body.get("max_tokens")), (None, None));
        assert_eq!(body["max_completion_tokens"], json!(60));
    }
    assert_eq!(sent("gpt-5", "temperature = 1")["temperature"], json!(1.0));
    for id in ["openai/gpt-6-sol", "chat-latest", "gpt-daybreak-blue-latest"] {
        let body = sent(id, "max_tokens = 60");
        assert_eq!((body.get("temperature"), &body["max_completion_tokens"]), (None, &json!(60)), "{id}");
    }
    // No OpenAI model, and one that takes no temperature all the same.
    let claude = sent("anthropic/claude-opus-5.5", "max_tokens = 60");
    assert_eq!((claude.get("temperature"), &claude["max_tokens"]), (None, &json!(60)));
    let open = sent("openai/gpt-oss-120b", "max_tokens = 60");
    assert_eq!((&open["temperature"], &open["max_tokens"]), (&json!(1.0), &json!(60)));
    let none = sent("mine", "temperature = \"none\"\nmax_tokens = 60");
    assert_eq!((none.get("temperature"), &none["max_tokens"]), (None, &json!(60)));
    let told = sent("o-none", "reasoning = false\nmax_tokens = 60");
    assert_eq!((&told["temperature"], &told["max_tokens"]), (&json!(1.0), &json!(60)));
    let object = OPENAI.sent("answer_format = \"json_object\"", &full_question()).body;
    assert_eq!(object["response_format"], json!({ "type": "json_object" }));
    let schema_sent =
        OPENAI.sent("", &full_question()).body["response_format"]["json_schema"]["schema"].take();
    assert_eq!(schema_sent, schema(json!({ "minItems": 2, "maxItems": 2 })));
}

#[test]
fn thinking_is_no_part_of_the_answer() {
    for message in [
        // DeepSeek and vLLM; OpenRouter; Mistral; an open model served raw.
        json!({ "content": "Very important", "reasoning_content": "Is it?" }),
        json!({ "content": "Very important", "reasoning": "Is it?", "reasoning_details": [{ "text": "Is it?" }] }),
        json!({ "content": [
            { "type": "thinking", "thinking": [{ "type": "text", "text": "Is it?" }] },
            { "type": "text", "text": "Very important" },
        ] }),
        json!({ "content": "<think>\nIs it?\n</think>\n\nVery important" }),
    ] {
        let mut body = completion("");
        body["choices"][0]["message"] = message;
        assert_eq!(OPENAI.response(200, body).expect("a response").text, "Very important");
    }
    let mut cut = completion("<think>Is it");
    cut["choices"][0]["finish_reason"] = json!("length");
    let response = OPENAI.response(200, cut).expect("a response");
    assert_eq!((response.text.as_str(), response.finish), ("", Finish::Length));
}

#[test]
fn every_hosts_errors_are_told_in_its_own_words() {
    let choice = |error| json!({ "choices": [{ "index": 0, "finish_reason": "error", "error": error }] });
    let upstream =
        json!({ "code": 502, "message": "Provider returned error", "metadata": { "raw": "GPU on fire" } });
    for (host, status, body, wanted, may_pass) in [
        ("OpenRouter", 200, choice(upstream.clone()), "502: Provider returned error: GPU on fire", true),
        ("OpenRouter", 200, json!({ "error": upstream }), "502: Provider returned error: GPU on fire", true),
        (
            "OpenRouter",
            402,
            json!({ "error": { "code": 402, "message": "Insufficient credits" }, "user_id": "u" }),
            "402: Insufficient credits",
            false,
        ),
        (
            "Together",
            404,
            json!({ "id": "o", "error": { "message": "Unable to access model x", "code": "model_not_available" } }),
            "404: Unable to access model x",
            false,
        ),
        (
            "DeepInfra",
            404,
            json!({ "detail": { "error": "Model is not available" } }),
            "404: Model is not available",
            false,
        ),
        (
            "DeepInfra",
            429,
            json!({ "detail": "Model busy, retry later" }),
            "429: Model busy, retry later",
            true,
        ),
        (
            "vLLM",
            404,
            json!({ "object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404 }),
            "404: The model `x` does not exist.",
            false,
        ),
        (
            "vLLM behind a gateway",
            200,
            json!({ "object": "error", "message": "too long", "type": "BadRequestError", "code": 400 }),
            "400: too long",
            false,
        ),
        (
            "llama.cpp",
            503,
            json!({ "error": { "code": 503, "message": "Loading model", "type": "unavailable_error" } }),
            "503: Loading model",
            true,
        ),
        (
            "FastAPI",
            422,
            json!({ "detail": [{ "type": "missing", "loc": ["body", "messages"], "msg": "Field required" }] }),
            "422: Field required",
            false,
        ),
        (
            "Gemini",
            400,
            json!([{ "error": { "code": 400, "message": "API key not valid." } }]),
            "400: API key not valid.",
            false,
        ),
    ] {
        let error = OPENAI.response(status, body).expect_err(host);
        assert!(error.to_string().ends_with(&format!("answered {wanted}")), "{host}: {error}");
        assert_eq!(error.may_pass(), may_pass, "{host}: {error}");
    }
}

#[test]
fn keeps_the_rules() {
    OPENAI.keeps_the_rules();
}
