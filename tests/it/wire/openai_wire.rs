//! Chat completions: what is sent, what is made of each good and bad answer, and that the key goes
//! nowhere else.

use std::sync::mpsc;
use std::time::Duration;

use crate::support::server::{Reply, Server};
use crate::support::{
    KEY, PACE, completion, model, no_variables, recorded, sample, sampler, task, task_from, unit, variables,
};
use alignspec::__testing::provider::{Finish, Response, connect};
use alignspec::__testing::sample::{Mode, Pace, Sampler};
use serde_json::{Value, json};
use tempfile::tempdir;

#[test]
fn sends_exactly_what_the_config_says() {
    let server = Server::start(|_| Reply::json(200, &completion("Very important")));
    let folder = tempdir().expect("a folder");
    let mut task = task();
    task.system = Some("Answer with one option.".to_owned());
    let plain = model(&server.base_url(), "");
    sample(folder.path(), &unit(&plain, &task, 1));
    let full = model(
        &server.base_url(),
        r#"system = "You help a bank."
        temperature = 0.5
        max_tokens = 60
        answer_format = "json_schema"
        parameters = { top_p = 0.9, chat_template_kwargs = { enable_thinking = false } }"#,
    );
    sample(folder.path(), &unit(&full, &task, 1));
    let received = server.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|request| request.target == "POST /v1/chat/completions"));
    assert_eq!(received[0].header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(received[0].header("content-type"), Some("application/json"));
    let prompt = &task.question(1, 0, 0, 0).prompt;
    assert_eq!(
        received[0].body.to_string(),
        json!({
            "model": "small-1",
            "messages": [
                { "role": "system", "content": "Answer with one option." },
                { "role": "user", "content": prompt },
            ],
            "temperature": 1.0,
        })
        .to_string()
    );
    assert_eq!(
        received[2].body.to_string(),
        json!({
            "model": "small-1",
            "messages": [
                { "role": "system", "content": "You help a bank.\n\nAnswer with one option." },
                { "role": "user", "content": prompt },
            ],
            "temperature": 0.5,
            "max_tokens": 60,
            "chat_template_kwargs": { "enable_thinking": false },
            "top_p": 0.9,
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "answer", "strict": true, "schema": { "type": "string" } },
            },
        })
        .to_string()
    );
}

#[test]
fn sends_no_key_and_no_system_prompt_where_none_is_named() {
    let server = Server::start(|_| Reply::json(200, &completion("x")));
    let mut model = model(&server.base_url(), "");
    model.key_env = Vec::new();
    sample(tempdir().expect("a folder").path(), &unit(&model, &task(), 1));
    let received = server.received();
    assert_eq!(received[0].header("authorization"), None);
    assert_eq!(received[0].body["messages"].as_array().map(Vec::len), Some(1));
}

#[test]
fn earlier_turns_come_between_the_system_prompt_and_the_question() {
    let server = Server::start(|_| Reply::json(200, &completion("x")));
    let turns = r#"system = "S"
        messages = [{ role = "user", content = "Hello" }, { role = "assistant", content = "Good day" }]"#;
    let (with, without, task) = (model(&server.base_url(), turns), model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    sample(folder.path(), &unit(&with, &task, 1));
    assert_eq!(
        server.received()[0].body["messages"],
        json!([
            { "role": "system", "content": "S" },
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Good day" },
            { "role": "user", "content": task.question(1, 0, 0, 0).prompt },
        ])
    );
    // They shape the answer: without them, it is asked anew.
    assert_eq!(sample(folder.path(), &unit(&without, &task, 1)).asked, 2);
}

fn one_response(body: Value) -> Response {
    let server = Server::start(move |_| Reply::json(200, &body));
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
    assert_eq!(sampled.shortfall(), None);
    let mut response = sampled.responses[0].clone().expect("a response");
    assert!(response.ms.take().is_some() && response.at.take().is_some());
    response
}

#[test]
fn reads_text_finish_version_and_tokens() {
    let response = |text: &str, finish| Response {
        text: text.to_owned(),
        finish,
        model: Some("small-1-2025".to_owned()),
        tokens_in: Some(11),
        tokens_out: Some(3),
        ..Response::default()
    };
    assert_eq!(one_response(completion("Very important")), response("Very important", Finish::Stop));
    for (reason, finish) in [
        (json!("length"), Finish::Length),
        (json!("content_filter"), Finish::Filter),
        (json!("tool_calls"), Finish::Unknown("tool_calls".to_owned())),
        (Value::Null, Finish::Unknown("nothing says how it ended (`finish_reason` is null)".to_owned())),
    ] {
        let mut body = completion("x");
        body["choices"][0]["finish_reason"] = reason;
        assert_eq!(one_response(body), response("x", finish));
    }
    let mut body = completion("x");
    body["choices"][0]["message"] = json!({ "content": null });
    assert_eq!(one_response(body.clone()), response("", Finish::Stop));
    body["choices"][0]["message"] = json!({ "content": null, "refusal": "I cannot help with that." });
    assert_eq!(one_response(body.clone()), response("I cannot help with that.", Finish::Filter));
    body["choices"][0]["message"] = json!({ "content": [{ "type": "text", "text": "a" }, { "text": "b" }] });
    assert_eq!(one_response(body), response("ab", Finish::Stop));
    let bare = one_response(json!({ "choices": [{ "message": { "content": "x" } }] }));
    assert_eq!((bare.model, bare.tokens_in, bare.finish), (None, None, Finish::Other));
}

/// Asks a server with this script for two answers; what is shown of the failure, and how many
/// requests it took. Asserts on what holds for every failure.
fn failure(script: impl Fn() -> Reply + Send + Sync + 'static) -> (String, usize) {
    let server = Server::start(move |_| script());
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    assert_eq!((sampled.responses, sampled.asked), (vec![None, None], 0));
    assert_eq!(sampled.missing.len(), 2, "every question without a response is named");
    assert_eq!(recorded(folder.path()), "", "nothing is recorded");
    let shown = format!("{} {:?}", sampled.missing[0].reason, sampled.missing);
    assert!(!shown.contains(KEY), "{shown}");
    (sampled.missing[0].reason.to_string(), server.count())
}

#[test]
fn a_failure_that_will_not_pass_ends_it_at_once_with_the_providers_words() {
    let error = |status, message: &str| {
        let body = json!({ "error": { "message": message, "type": "invalid_request_error" } });
        failure(move || Reply::json(status, &body))
    };
    let long = "x".repeat(5000);
    for (status, message, wanted) in [
        (401, "Incorrect API key provided", "answered 401: Incorrect API key provided"),
        (401, KEY, "answered 401: [key]"),
        (403, "\u{1b}[31m::error::no\r\nentry\u{1b}[0m", "answered 403: : :error::no entry"),
        (404, "The model `small-1` does not exist", "answered 404: The model `small-1` does not exist"),
        (400, &*long, "xxx…"),
        (418, "", "answered 418: I'm a teapot"),
    ] {
        let (shown, requests) = error(status, message);
        assert!(shown.ends_with(wanted) && shown.len() < 400, "{shown}");
        assert_eq!(requests, 1, "{shown}");
    }
    for (body, wanted) in [
        (json!({ "error": "no such model" }), "answered 404: no such model"),
        (json!({ "detail": "Not Found" }), "answered 404: Not Found (asked at /v1/chat/completions)"),
        (json!({ "odd": 1 }), "answered 404: {\"odd\":1} (asked at /v1/chat/completions)"),
    ] {
        assert!(failure(move || Reply::json(404, &body)).0.ends_with(wanted), "{wanted}");
    }
    let spent = json!({ "error": { "message": "quota used up", "code": "insufficient_quota" } });
    assert_eq!(failure(move || Reply::json(429, &spent)).1, 1);
}

#[test]
fn a_failure_that_may_pass_is_tried_again_and_then_told() {
    // Both questions failing is an outage, as being refused three times in a row is a limit: then one at a
    // time is tried, at growing intervals, for 240 times the pause.
    let all = 3..80;
    let answer = |status, headers: &[(&str, String)], body: &str| {
        let bytes = Reply::bytes(status, headers, body.as_bytes());
        failure(move || Reply::Bytes(bytes.clone()))
    };
    let cut = completion("Very important").to_string();
    let lie = [("content-length", "100000".to_owned())];
    for ((shown, requests), wanted) in [
        (answer(500, &[], r#"{"error":{"message":"overloaded"}}"#), "answered 500: overloaded"),
        (answer(503, &[], "<html>busy</html>"), "answered 503: an HTML page"),
        (answer(529, &[], ""), "answered 529: no reason given"),
        (answer(429, &[("retry-after", "0".to_owned())], "{}"), "answered 429: {}"),
        (answer(200, &[], &cut[..40]), "answered with JSON that breaks off after 40 bytes"),
        (answer(200, &[], ""), "answered with nothing (an empty body)"),
        (
            answer(200, &[], "hello"),
            "answered with text that is not JSON (expected value at line 1 column 1)",
        ),
        (answer(200, &[], "{}"), "JSON without `choices`: does it speak chat completions?"),
        (answer(200, &[], r#"{"choices":[]}"#), "an empty list of `choices`, and no reason why"),
        (answer(200, &[], r#"{"choices":[{}]}"#), "a choice without a `message`"),
        (answer(200, &[], r#"{"error":{"message":"busy","code":502}}"#), "answered 502: busy"),
        (answer(200, &[], r#"{"error":{"message":"busy"}}"#), "answered with an error: busy"),
        (answer(200, &lie, &cut), "broke off: end of file before message length reached"),
        (failure(|| Reply::HangUp), "broke off: connection closed before message completed"),
    ] {
        assert!(shown.ends_with(wanted), "{shown}\n{wanted}");
        assert!(all.contains(&requests), "{requests}: {shown}");
    }
}

#[test]
fn a_page_instead_of_json_points_at_the_base_url() {
    let page = |kind: &'static str, body: &'static str| {
        let headers = vec![("content-type", kind.to_owned())];
        failure(move || Reply::Answer { status: 200, headers: headers.clone(), body: body.into() })
    };
    for (shown, requests) in
        [page("text/html; charset=utf-8", "Log in"), page("text/plain", "\n<!doctype html>")]
    {
        assert!(shown.ends_with("an HTML page instead of JSON: is base_url correct?"), "{shown}");
        assert_eq!(requests, 1);
    }
}

#[test]
fn an_endless_answer_is_cut_short() {
    let endless = vec![b' '; 5 << 20];
    let (shown, _) = failure(move || Reply::Bytes(Reply::bytes(200, &[], &endless)));
    assert!(shown.ends_with("answered with more than 4 MiB"), "{shown}");
}

#[test]
fn a_server_that_says_nothing_is_left_after_the_limit() {
    let (tell, told) = mpsc::channel::<()>();
    let told = std::sync::Mutex::new(Some(told));
    let server = Server::start(move |_| match told.lock().expect("no panic").take() {
        Some(told) => Reply::Silence(told),
        None => Reply::HangUp,
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let pace = Pace { limit: Duration::from_millis(50), retries: 0, ..PACE };
    let folder = tempdir().expect("a folder");
    let sampled = Sampler::with(folder.path(), Mode::Record, pace, variables).sample(&unit(&model, &task, 1));
    let reason = sampled.expect("sampled").missing[0].reason.to_string();
    assert!(reason.ends_with("gave no answer within 50ms"), "{reason}");
    drop(tell);
}

#[test]
fn nobody_listening_is_told() {
    // A port that was free a moment ago, on an address nothing else here uses.
    let address = std::net::TcpListener::bind(("127.0.0.77", 0)).and_then(|l| l.local_addr());
    let base = format!("http://{}/v1", address.expect("a port"));
    let (model, task) = (model(&base, ""), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
    let shown = sampled.shortfall().expect("missing");
    assert!(shown.starts_with("2 of 2 responses are missing: 127.0.0.77:"), "{shown}");
    assert!(shown.contains("cannot be reached: Connection refused"), "{shown}");
}

#[test]
fn an_outage_ends_the_unit_instead_of_trying_every_question() {
    let server = Server::start(|_| Reply::json(500, &json!({})));
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 50));
    assert_eq!(sampled.missing.len(), 100);
    assert!(server.count() < 50, "{}", server.count());
    let last = &sampled.missing[99].reason.to_string();
    assert!(last.starts_with("no longer asked after a failure: 127.0.0.1:"), "{last}");
}

#[test]
fn a_failure_that_passes_costs_one_more_request() {
    let server = Server::start(|request| match request.number {
        1 => Reply::json(429, &json!({})).header("retry-after", "0"),
        3 => Reply::HangUp,
        _ => Reply::json(200, &completion("x")),
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 3));
    assert_eq!((sampled.asked, sampled.shortfall(), server.count()), (6, None, 8));
}

#[test]
fn a_server_that_asks_for_an_hour_is_not_waited_for() {
    let (shown, requests) = failure(|| Reply::json(429, &json!({})).header("retry-after", "3600"));
    assert!(shown.ends_with("answered 429: {}"), "{shown}");
    assert_eq!(requests, 1);
}

#[test]
fn the_key_is_not_carried_to_another_server() {
    let other = Server::start(|_| Reply::json(200, &completion("stolen")));
    let target = format!("{}/chat/completions", other.base_url());
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let (shown, requests) = failure(move || Reply::json(status, &json!({})).header("location", &*target));
        assert!(shown.contains("redirects to 127.0.0.1:"), "{shown}");
        assert_eq!((requests, other.count()), (1, 0));
    }
    let odd = failure(|| Reply::json(307, &json!({})).header("location", "http://[::1/"));
    assert!(odd.0.contains("redirects to an unknown address"), "{}", odd.0);
}

#[test]
fn a_redirect_within_the_server_is_followed_but_not_for_ever() {
    let server = Server::start(|request| match request.target.as_str() {
        "POST /v1/chat/completions" => Reply::json(307, &json!({})).header("location", "/v2"),
        _ => Reply::json(200, &completion("x")),
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
    assert_eq!(sampled.shortfall(), None);
    assert_eq!(server.received()[1].header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert!(server.received()[1].body["messages"].is_array());
    let (shown, requests) = failure(|| Reply::json(307, &json!({})).header("location", "/round"));
    assert!(shown.contains("redirects to"), "{shown}");
    assert!(requests < 10, "{requests}");
}

#[test]
fn the_key_is_in_no_error_debug_output_or_recording() {
    let echo = Server::start(|request| {
        let all = format!("{:?}", request.headers);
        let mut body = completion(&all);
        body["model"] = json!(all);
        Reply::json(200, &body)
    });
    let (model, task) = (model(&echo.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let sampler = sampler(folder.path(), Mode::Record);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    assert_eq!(sampled.asked, 2);
    let recording = recorded(folder.path());
    assert!(recording.contains("Bearer [key]"), "{recording}");
    for shown in [recording, format!("{sampled:?} {sampler:?} {model:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[test]
fn a_model_that_cannot_be_asked_says_why() {
    let why = |fields: &str, variables: fn(&str) -> Option<String>| {
        let connected = connect(&model("http://127.0.0.1:9/v1", fields), PACE.limit, variables);
        connected.expect_err("no connection").to_string()
    };
    let unset = "the environment variable TEST_KEY, which holds the key of `assistant`, is not set";
    assert_eq!(why("", no_variables), unset);
    assert_eq!(why("", |_| Some(" \n".to_owned())), unset);
    let split = why("", |_| Some("sk-one\nsk-two".to_owned()));
    assert!(split.contains("TEST_KEY holds a key that cannot be sent") && !split.contains("sk-"), "{split}");
    let mut streaming = model("http://127.0.0.1:9/v1", "");
    streaming.parameters.insert("stream".to_owned(), true.into());
    let refused = connect(&streaming, PACE.limit, variables).expect_err("no connection").to_string();
    assert_eq!(
        refused,
        "`stream` cannot be set in `parameters` of `assistant`: set the model's own `stream`"
    );
    let newline: fn(&str) -> Option<String> = |_| Some("sk-one\n".to_owned());
    assert!(connect(&model("http://127.0.0.1:9/v1", ""), PACE.limit, newline).is_ok());
}

#[test]
fn a_question_asked_twice_in_one_unit_is_one_request() {
    let server = Server::start(|_| Reply::json(200, &completion("x")));
    let task = task_from("id = \"K1\"\ntitle = \"Define\"\nkind = \"open\"\nprompt = \"Define privacy.\"");
    let model = model(&server.base_url(), "");
    let mut unit = unit(&model, &task, 1);
    unit.questions = vec![unit.questions.get(0).into_owned(); 2].into();
    let sampled = sample(tempdir().expect("a folder").path(), &unit);
    assert_eq!((sampled.asked, sampled.responses.iter().flatten().count(), server.count()), (1, 2, 1));
}
