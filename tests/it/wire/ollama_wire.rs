//! Ollama's own endpoint: what is sent, and what is made of its answers.

use std::path::Path;

use crate::support::server::{Reply, Server};
use crate::support::{KEY, PACE, configured, misconfigured, no_variables, sample, task, unit, variables};
use alignspec::__testing::provider::{Finish, Response, connect};
use serde_json::{Value, json};
use tempfile::tempdir;

fn answer(text: &str) -> Value {
    json!({
        "model": "qwen3:0.6b", "created_at": "2026-11-24T12:00:00Z", "done": true, "done_reason": "stop",
        "message": { "role": "assistant", "content": text, "thinking": "They want one of three." },
        "prompt_eval_count": 26, "eval_count": 298,
    })
}

/// The provider with the server's address, which `suffix` follows.
fn fields(server: &Server, suffix: &str, further: &str) -> String {
    let base = server.base_url();
    let base = base.trim_end_matches("/v1");
    format!("provider = \"ollama\"\nmodel = \"qwen3:0.6b\"\nbase_url = \"{base}{suffix}\"\n{further}")
}

#[test]
fn sends_options_where_ollama_takes_them() {
    let server = Server::start(|_| Reply::json(200, &answer("Very important")));
    let (folder, mut task) = (tempdir().expect("a folder"), task());
    let plain = configured(Path::new("/"), &fields(&server, "", ""));
    sample(folder.path(), &unit(&plain, &task, 1));
    task.system = Some("One option.".to_owned());
    let full = r#"key_env = "TEST_KEY"
        temperature = 0.5
        max_tokens = 60
        answer_format = "json_schema"
        messages = [{ role = "user", content = "Hello" }, { role = "assistant", content = "Good day" }]
        parameters = { num_ctx = 8192, think = false, keep_alive = "10m", top_p = 0.9, truncate = false, shift = false, logprobs = true, top_logprobs = 3 }"#;
    let full = configured(Path::new("/"), &fields(&server, "/api/", full));
    sample(folder.path(), &unit(&full, &task, 1));
    let received = server.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|request| request.target == "POST /api/chat"), "{received:?}");
    let prompt = &task.question(1, 0, 0, 0).prompt;
    assert_eq!(
        received[0].body,
        json!({
            "model": "qwen3:0.6b", "stream": false, "options": { "temperature": 1.0 },
            "messages": [{ "role": "user", "content": prompt }],
        })
    );
    assert_eq!(received[0].header("authorization"), None);
    assert_eq!(
        received[2].body,
        json!({
            "model": "qwen3:0.6b", "stream": false, "think": false, "keep_alive": "10m",
            "truncate": false, "shift": false, "logprobs": true, "top_logprobs": 3,
            "options": { "temperature": 0.5, "num_predict": 60, "num_ctx": 8192, "top_p": 0.9 },
            "format": { "type": "string" },
            "messages": [
                { "role": "system", "content": "One option." },
                { "role": "user", "content": "Hello" },
                { "role": "assistant", "content": "Good day" },
                { "role": "user", "content": prompt },
            ],
        })
    );
    assert_eq!(received[2].header("authorization"), Some(&*format!("Bearer {KEY}")));
    let none = "temperature = \"none\"\nanswer_format = \"json_object\"";
    let none = configured(Path::new("/"), &fields(&server, "", none));
    sample(folder.path(), &unit(&none, &task, 1));
    let body = &server.received()[4].body;
    assert_eq!((&body["options"], &body["format"]), (&json!({}), &json!("json")));
    let asked = body["messages"][1]["content"].as_str().expect("a question");
    assert!(asked.starts_with(prompt) && asked.ends_with("nothing else:\n{\"type\":\"string\"}"), "{asked}");
}

#[test]
fn reads_the_answer_without_the_thoughts() {
    let one = |body: Value| {
        let server = Server::start(move |_| Reply::json(200, &body));
        let model = configured(Path::new("/"), &fields(&server, "", ""));
        let task = task();
        let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
        sampled.responses[0].clone().ok_or_else(|| sampled.shortfall().expect("a reason"))
    };
    let wanted = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        model: Some("qwen3:0.6b".to_owned()),
        tokens_in: Some(26),
        tokens_out: Some(298),
        ..Response::default()
    };
    // What sampling adds depends on the clock.
    let timeless = |response: Response| Response { ms: None, at: None, ..response };
    assert_eq!(one(answer("Very important")).map(timeless), Ok(wanted));
    let strange = Finish::Unknown("sleepy".to_owned());
    let untold = Finish::Unknown("nothing says how it ended (`done_reason` is empty)".to_owned());
    for (reason, finish) in [("length", Finish::Length), ("", untold), ("sleepy", strange)] {
        let mut body = answer("x");
        body["done_reason"] = json!(reason);
        assert_eq!(one(body).map(|response| response.finish), Ok(finish));
    }
    for (field, value) in
        [("done_reason", json!("load")), ("done_reason", json!("unload")), ("done", json!(false))]
    {
        let mut body = answer("Very important");
        body[field] = value.clone();
        let why = one(body).expect_err("not finished");
        assert!(why.contains("not finished") && why.contains(&format!("`{field}` is")), "{why}");
    }
    let why = one(json!({ "choices": [] })).expect_err("no message");
    assert!(why.contains("JSON without `message.content`: does it speak Ollama's chat?"), "{why}");
}

#[test]
fn a_model_that_is_not_pulled_ends_it_at_once() {
    let server = Server::start(|_| Reply::json(404, &json!({ "error": "model 'qwen3:0.6b' not found" })));
    let (model, task) = (configured(Path::new("/"), &fields(&server, "", "")), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
    let shown = sampled.shortfall().expect("missing");
    assert!(shown.contains("answered 404: model 'qwen3:0.6b' not found"), "{shown}");
    assert_eq!(server.count(), 1);
}

#[test]
fn what_the_config_sets_elsewhere_is_no_parameter() {
    let entry =
        |parameter: &str| format!("provider = \"ollama\"\nmodel = \"m\"\nparameters = {{ {parameter} }}");
    for parameter in ["stream = true", "num_predict = 5", "format = \"json\"", "options = {}", "tools = []"] {
        let why = misconfigured(&entry(parameter));
        let name = parameter.split(' ').next().expect("a name");
        assert!(why.contains(&format!("`{name}` cannot be set in `parameters`")), "{why}");
    }
    assert!(connect(&configured(Path::new("/"), &entry("seed = 7")), PACE.limit, no_variables).is_ok());
    let unset = "provider = \"ollama\"\nmodel = \"m\"\nkey_env = \"TEST_KEY\"";
    assert!(connect(&configured(Path::new("/"), unset), PACE.limit, no_variables).is_err());
    assert!(connect(&configured(Path::new("/"), unset), PACE.limit, variables).is_ok());
}
