//! Models at other clouds: Amazon Bedrock's Converse, and Anthropic's at Google's Vertex AI. The bodies are those
//! of <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html> and
//! <https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai>.

use crate::support::server::{Reply, Server};
use crate::support::shapes::runtime;
use crate::support::wire::{Wire, full_question, question, schema};
use crate::support::{KEY, PACE, misconfigured, model_of, variables};
use alignspec::__testing::provider::{Finish, Response, connect};
use serde_json::{Value, json};

const BEDROCK: Wire = Wire {
    provider: "bedrock",
    id: "amazon.nova-lite-v1:0",
    fields: "",
    key: ("authorization", "Bearer "),
    // It does not tell the version.
    answer: |text, _| {
        json!({
            "output": { "message": { "role": "assistant", "content": [
                { "reasoningContent": { "reasoningText": { "text": "Not?", "signature": "s" } } },
                { "text": text },
            ] } },
            "stopReason": "end_turn",
            "usage": { "inputTokens": 25, "outputTokens": 15, "totalTokens": 44, "cacheReadInputTokens": 4, "cacheWriteInputTokens": 0 },
            "metrics": { "latencyMs": 551 },
        })
    },
    error: |_, message| json!({ "message": message }),
};

#[test]
fn bedrock_is_sent_what_converse_takes() {
    let sent = BEDROCK.sent("", &question());
    assert_eq!(sent.target, "POST /model/amazon.nova-lite-v1:0/converse");
    let asked = json!([{ "role": "user", "content": [{ "text": "How important is privacy?" }] }]);
    assert_eq!(sent.body, json!({ "messages": asked, "inferenceConfig": { "temperature": 1.0 } }));
    let full = BEDROCK.sent(
        "max_tokens = 60\ntemperature = 0.5\nanswer_format = \"json_schema\"\nparameters = { inferenceConfig = { topP = 0.9 }, additionalModelRequestFields = { top_k = 5 } }",
        &full_question(),
    );
    let format = &full.body["outputConfig"]["textFormat"];
    let text = format["structure"]["jsonSchema"]["schema"].as_str().expect("a text");
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), schema(json!({})));
    assert_eq!(format["type"], "json_schema");
    assert_eq!(full.body["system"], json!([{ "text": "You help a bank." }]));
    assert_eq!(full.body["inferenceConfig"], json!({ "temperature": 0.5, "maxTokens": 60, "topP": 0.9 }));
    assert_eq!(full.body["additionalModelRequestFields"], json!({ "top_k": 5 }));
    // Behind any prefix, a model that takes no temperature is sent none; and an ARN is one part of the path.
    let claude = Wire { id: "us.anthropic.claude-opus-5-v1:0", ..BEDROCK }.sent("", &question());
    assert_eq!(claude.body.get("inferenceConfig"), None);
    let arn = Wire { id: "arn:aws:bedrock:us-east-1:1:inference-profile/x", ..BEDROCK }.sent("", &question());
    assert_eq!(arn.target, "POST /model/arn:aws:bedrock:us-east-1:1:inference-profile%2Fx/converse");
}

#[test]
fn bedrock_is_read_and_keeps_the_rules() {
    let answer = || (BEDROCK.answer)("Very important", "");
    let wanted = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        tokens_in: Some(29),
        tokens_out: Some(15),
        ..Response::default()
    };
    assert_eq!(BEDROCK.response(200, answer()), Ok(wanted.clone()));
    for (reason, finish) in [
        (json!("max_tokens"), Finish::Length),
        (json!("guardrail_intervened"), Finish::Filter),
        (json!("content_filtered"), Finish::Filter),
        (json!("tool_use"), Finish::Unknown("tool_use".to_owned())),
        (json!("malformed_model_output"), Finish::Unknown("malformed_model_output".to_owned())),
    ] {
        let mut body = answer();
        body["stopReason"] = reason;
        assert_eq!(BEDROCK.response(200, body), Ok(Response { finish, ..wanted.clone() }));
    }
    let mut open = answer();
    open["stopReason"] = Value::Null;
    assert!(BEDROCK.response(200, open).expect_err("not finished").may_pass());
    let shown = BEDROCK
        .response(403, json!({ "Message": "Authentication failed: no" }))
        .expect_err("403")
        .to_string();
    assert!(shown.ends_with("answered 403: Authentication failed: no"), "{shown}");
    BEDROCK.keeps_the_rules();
}

#[test]
fn anthropics_models_are_asked_at_vertex_with_a_token() {
    let body = json!({ "type": "message", "role": "assistant", "model": "claude-x", "content": [{ "type": "text", "text": "x" }], "stop_reason": "end_turn" });
    let server = Server::start(move |_| Reply::json(200, &body));
    let base_url = format!("{}/v1/projects/p-1/locations/us-east5", server.root());
    for (fields, method, stream) in [("", "rawPredict", false), ("stream = true", "streamRawPredict", true)] {
        let model = model_of("anthropic", "claude-sonnet-4-5@20250929", &base_url, fields);
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        assert_eq!(runtime().block_on(wire.ask(&question())).expect("a reply").response.text, "x");
        let sent = server.received().pop().expect("one");
        let wanted = format!(
            "POST /v1/projects/p-1/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:{method}"
        );
        assert_eq!(sent.target, wanted);
        assert_eq!(sent.header("authorization"), Some(&*format!("Bearer {KEY}")));
        assert_eq!((sent.header("x-api-key"), sent.header("anthropic-version")), (None, None));
        assert_eq!(
            (sent.body.get("model"), &sent.body["anthropic_version"]),
            (None, &json!("vertex-2023-10-16"))
        );
        assert_eq!((&sent.body["max_tokens"], sent.body["stream"] == true), (&json!(8192), stream));
    }
}

#[test]
fn what_they_do_not_take_is_told_in_place() {
    let vertex = "base_url = \"https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5\"";
    for (fields, wanted) in [
        ("provider = \"bedrock\"\nmodel = \"m\"".to_owned(), "needs `base_url`"),
        ("provider = \"bedrok\"\nmodel = \"m\"".to_owned(), "did you mean `bedrock`?"),
        (
            "provider = \"bedrock\"\nmodel = \"m\"\nbase_url = \"https://x\"\ntemperature = 1.5".to_owned(),
            "must be between 0 and 1",
        ),
        (
            format!("provider = \"anthropic\"\nmodel = \"m\"\n{vertex}\nbatch = true"),
            "batches at Vertex AI are not supported",
        ),
        (
            format!("provider = \"gemini\"\nmodel = \"m\"\n{vertex}\nbatch = true"),
            "batches at Vertex AI are not supported",
        ),
        (
            "provider = \"anthropic\"\nmodel = \"m\"\nbase_url = \"https://aiplatform.googleapis.com\""
                .to_owned(),
            "does not name a project",
        ),
    ] {
        let shown = misconfigured(&fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}\n{wanted}");
    }
}

#[test]
fn whoever_says_neither_who_asks_nor_how_is_told_both_ways() {
    let bedrock = |fields: &str| misconfigured(&format!("provider = \"bedrock\"\nmodel = \"m\"\n{fields}"));
    let shown = bedrock("base_url = \"https://bedrock-runtime.us-east-1.amazonaws.com\"");
    assert!(shown.contains("the requests of `assistant` have no credentials"), "{shown}");
    assert!(shown.contains("`key_env`; or sign") && shown.contains("feature `bedrock-sigv4`"), "{shown}");
    let shown = bedrock("region = \"eu-west-1\"");
    assert!(shown.contains("have no credentials"), "the address is that of the region: {shown}");
    if !cfg!(feature = "bedrock-sigv4") {
        let shown = bedrock("base_url = \"https://x.example\"\nsign = \"aws\"");
        assert!(shown.contains("alignment.toml:6:8"), "{shown}");
        assert!(
            shown.contains("features = [\"bedrock-sigv4\"]") && shown.contains("in `key_env`"),
            "{shown}"
        );
    }
}
