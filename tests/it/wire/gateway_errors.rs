//! Errors as servers and gateways send them: what is told of them, what is tried again, and what of one
//! question does not end the others.

use crate::support::server::{Reply, Server};
use crate::support::shapes::{Again, Ends, Read, bodies, check, made_of, runtime, unknown};
use crate::support::wire::question;
use crate::support::{
    KEY, PACE, completion, configured, model, no_variables, recorded, sample, task, unit, variables,
};
use alignspec::__testing::provider::{Finish, connect};
use alignspec::__testing::sample::{Mode, Pace, Sampler};
use serde_json::{Value, json};
use tempfile::tempdir;

/// nginx 1.24's pages, which differ in their title.
fn nginx(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n"
    )
}

#[test]
fn a_page_of_an_error_tells_its_title() {
    let haproxy =
        "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n";
    for (status, page, wanted) in [
        (
            413,
            nginx("413 Request Entity Too Large"),
            Ends("413: an HTML page (\u{201c}413 Request Entity Too Large\u{201d})"),
        ),
        (
            400,
            nginx("400 No required SSL certificate was sent"),
            Ends("No required SSL certificate was sent"),
        ),
        (
            502,
            nginx("502 Bad Gateway"),
            Again("answered 502: an HTML page (\u{201c}502 Bad Gateway\u{201d})"),
        ),
        (504, haproxy.to_owned(), Again("answered 504: an HTML page (\u{201c}504 Gateway Time-out\u{201d})")),
        (
            200,
            nginx("Sign in"),
            Ends("an HTML page (\u{201c}Sign in\u{201d}) instead of JSON: is base_url correct?"),
        ),
        (503, "<html>busy</html>".to_owned(), Again("answered 503: an HTML page")),
        (403, nginx(&format!("no entry for {KEY} \u{1b}[31m")), Ends("(\u{201c}no entry for [key]\u{201d})")),
    ] {
        check(&page, made_of("openai", "", status, "text/html", page.as_bytes()), &wanted);
    }
    let page = nginx("Sign in");
    let made = made_of("http", "", 200, "text/html", page.as_bytes());
    check(&page, made, &Ends("an HTML page (\u{201c}Sign in\u{201d}): is the url of [model.http] right?"));
}

#[test]
fn a_place_that_is_not_there_is_named() {
    for (body, wanted) in [
        ("404 page not found", "answered 404: 404 page not found (asked at /chat/completions)"),
        (r#"{"detail":"Not Found"}"#, "answered 404: Not Found (asked at /chat/completions)"),
        (r#"{"error":{"message":"The model `x` does not exist"}}"#, "404: The model `x` does not exist"),
        (
            r#"{"error":{"message":"Invalid URL (POST /chat/completions)"}}"#,
            "404: Invalid URL (POST /chat/completions)",
        ),
    ] {
        let made = made_of("openai", "", 404, "application/json", body.as_bytes());
        let shown = made.expect_err("404").to_string();
        assert!(shown.ends_with(wanted), "{shown}\n{wanted}");
    }
    let server = Server::start(|_| Reply::json(405, &json!({ "detail": "Method Not Allowed" })));
    let base_url = format!("{}/sk-proj-Zx81Qw9aLm2nPk70/v1", server.root());
    let wire = connect(&model(&base_url, ""), PACE.limit, variables).expect("a wire");
    let shown = runtime().block_on(wire.ask(&question())).expect_err("405").to_string();
    assert!(shown.ends_with("405: Method Not Allowed (asked at /…/v1/chat/completions)"), "{shown}");
}

#[test]
fn who_sends_no_key_is_told_so() {
    let server = Server::start(|_| Reply::json(401, &json!({ "error": { "message": "Unauthorized" } })));
    let entry = |further: &str| {
        let base_url = server.base_url();
        let fields = format!("provider = \"openai\"\nmodel = \"m\"\nbase_url = \"{base_url}\"\n{further}");
        let model = configured(std::path::Path::new("/"), &fields);
        let wire = connect(&model, PACE.limit, variables).expect("a wire");
        runtime().block_on(wire.ask(&question())).expect_err("401").to_string()
    };
    let shown = entry("");
    assert!(
        shown.ends_with("401: Unauthorized (no key was sent: name its variable in `key_env`)"),
        "{shown}"
    );
    let shown = entry("key_env = \"TEST_KEY\"");
    assert!(shown.ends_with("401: Unauthorized"), "{shown}");
    let unset =
        configured(std::path::Path::new("/"), "provider = \"openai\"\nmodel = \"m\"\nkey_env = \"TEST_KEY\"");
    assert!(connect(&unset, PACE.limit, no_variables).is_err());
}

#[test]
fn a_redirect_within_a_host_says_where_to() {
    // A gateway that signs people in, and one that wants its address with a slash.
    for (status, location, wanted) in [
        (
            302,
            "/login?next=secret",
            "/login (302), which is not followed: put the final address into base_url",
        ),
        (301, "/v1/chat/completions/", "/v1/chat/completions/ (301), which is not followed"),
    ] {
        let server = Server::start(move |_| Reply::json(status, &json!({})).header("location", location));
        let (model, task) = (model(&server.base_url(), ""), task());
        let shown = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1)).shortfall();
        let shown = shown.expect("no answer");
        let wanted = format!("redirects to {}{wanted}", server.root());
        assert!(shown.contains(&wanted) && !shown.contains("secret"), "{shown}\n{wanted}");
    }
}

#[test]
fn a_stream_is_told_at_once() {
    // As OpenRouter sends one: comments keep it alive, then pieces.
    let piece =
        json!({ "id": "x", "object": "chat.completion.chunk", "choices": [{ "delta": { "content": "V" } }] });
    let stream = format!(": OPENROUTER PROCESSING\n\ndata: {piece}\n\ndata: [DONE]\n\n");
    let odd = format!("id: 1\nretry: 10\ndata: {piece}\n\n");
    for body in [stream, odd] {
        let server = Server::start(move |_| {
            let kind = [("content-type", "text/event-stream; charset=utf-8".to_owned())];
            Reply::Bytes(Reply::bytes(200, &kind, body.as_bytes()))
        });
        let (model, task) = (model(&server.base_url(), ""), task());
        let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
        let shown = sampled.shortfall().expect("no answer");
        assert!(shown.contains("a stream of events, although the whole answer"), "{shown}");
        assert_eq!(server.count(), 1, "{shown}");
    }
}

/// Groq's error where what its model said was not the JSON that was asked for.
fn misshapen(said: &str) -> Value {
    json!({ "error": {
        "message": "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
        "type": "invalid_request_error", "code": "json_validate_failed", "failed_generation": said,
    } })
}

#[test]
fn what_a_model_said_is_its_answer_though_the_server_calls_it_an_error() {
    let read = |text| Read(unknown("json_validate_failed"), text);
    check(
        "Groq",
        made_of("openai", "", 400, "application/json", misshapen("{\"answer\": ").to_string().as_bytes()),
        &read("{\"answer\": "),
    );
    bodies("openai", vec![(misshapen(""), read(""))]);
    let flagged = json!({ "error": {
        "message": "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.",
        "type": "invalid_request_error", "param": null, "code": "invalid_prompt",
    } });
    for provider in ["openai", "openai_responses"] {
        let made = made_of(provider, "", 400, "application/json", flagged.to_string().as_bytes());
        check(provider, made, &Read(Finish::Filter, ""));
    }
    let full = json!({ "error": { "message": "Flex tier capacity exceeded", "type": "capacity_exceeded" } });
    let made = made_of("openai", "", 498, "application/json", full.to_string().as_bytes());
    check("Groq's flex tier", made, &Again("answered 498: Flex tier capacity exceeded"));
}

/// Samples both questions twenty times, one at a time, of a server that answers all but those about one value.
fn without(about: &'static str, status: u16, error: Value) -> (usize, usize, usize, String) {
    let server = Server::start(move |request| match request.body.to_string().contains(about) {
        true => Reply::json(status, &error),
        false => Reply::json(200, &completion("Very important")),
    });
    let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let pace = Pace { concurrency: 1, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let sampled = sampler.sample(&unit(&model, &task, 20)).expect("sampled");
    assert_eq!(recorded(folder.path()).lines().count(), sampled.asked);
    let shown = sampled.shortfall().unwrap_or_default();
    (sampled.asked, sampled.missing.len(), server.count(), shown)
}

#[test]
fn one_question_that_is_turned_down_does_not_end_the_others() {
    let hallucinated =
        json!({ "error": { "message": "The model hallucinated", "type": "invalid_request_error" } });
    let (asked, missing, requests, shown) = without("Safety?", 422, hallucinated);
    assert_eq!((asked, missing, requests), (20, 20, 40), "{shown}");
    assert!(
        shown.contains("20 of 40 responses are missing: 127.0.0.1")
            && shown.contains("answered 422: The model hallucinated"),
        "{shown}"
    );
    // Settings that nobody takes are no question's own, nor is an account that is empty.
    for (status, body) in [
        (400, json!({ "error": { "message": "Unsupported value: 'temperature'" } })),
        (401, json!({ "error": { "message": "no key" } })),
    ] {
        let (asked, missing, requests, shown) = without("Privacy?", status, body);
        assert_eq!((asked, missing, requests), (0, 40, 1), "{shown}");
    }
}

#[test]
fn a_used_up_account_ends_it_in_the_middle_though_it_is_told_like_a_bad_question() {
    let broke = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.";
    let error = json!({ "type": "error", "error": { "type": "invalid_request_error", "message": broke } });
    let server = Server::start(move |request| match request.number {
        0..5 => Reply::json(200, &completion("Very important")),
        _ => Reply::json(400, &error),
    });
    let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let sampled = sample(folder.path(), &unit(&model, &task, 20));
    assert_eq!((sampled.asked, server.count()), (5, 6), "{:?}", sampled.shortfall());
}

/// LiteLLM 1.106 at its `rpm`: no `Retry-After` of its own, and the words of its router after those that count.
#[test]
fn a_gateway_at_its_own_limit_tells_it_and_how_long_it_lasts() {
    let words = "litellm.RateLimitError: Model rate limit exceeded. RPM limit=20, current usage=26\n\nLiteLLM: model group 'small-1' failed with the error above. No fallback was attempted.";
    let error = json!({ "message": words, "type": "throttling_error", "param": null, "code": "429" });
    let server = Server::start(move |_| {
        Reply::json(429, &json!({ "error": error })).header("llm_provider-retry-after", "60")
    });
    let wire = connect(&model(&server.base_url(), ""), PACE.limit, variables).expect("a wire");
    let refused = runtime().block_on(wire.ask(&question())).expect_err("429");
    assert!(refused.may_pass(), "{refused}");
    let wanted = "answered 429: litellm.RateLimitError: Model rate limit exceeded. RPM limit=20, current usage=26 LiteLLM: model group";
    assert!(refused.to_string().contains(wanted), "{refused}");
    assert_eq!(refused.retry_after().map(|wait| wait.as_secs()), Some(60));
}

/// Prism 5.16 serving OpenAI's own description: what it says in general, and then of this request.
#[test]
fn a_validator_tells_what_is_wrong_with_the_request() {
    let body = json!({
        "type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY",
        "title": "Invalid request",
        "status": 422,
        "detail": "Your request is not valid and no HTTP validation response was found in the spec, so Prism is generating this error for you.",
        "validation": [
            { "location": ["body", "input"], "severity": "Error", "code": "type", "message": "Request body property input must be string" },
            { "location": ["body", "input"], "severity": "Error", "code": "type", "message": "Request body property input must be array" },
        ],
    });
    let made = made_of("openai", "", 422, "application/problem+json", body.to_string().as_bytes());
    check("prism", made, &Ends("generating this error for you.: Request body property input must be string"));
}

/// aimock 1.43: a second to wait by one header, six minutes by another. The one that is about this request counts.
#[test]
fn a_limit_that_contradicts_itself_is_waited_for_as_long_as_the_refusal_says() {
    let server = Server::start(|request| {
        let body = json!({ "error": { "message": "Chaos: rate limit exceeded", "type": "rate_limit_error", "code": "chaos_ratelimit" } });
        if request.number > 0 {
            return Reply::json(200, &completion("Very important"));
        }
        let headers = [
            ("retry-after", "1"),
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        headers.into_iter().fold(Reply::json(429, &body), |reply, (name, value)| reply.header(name, value))
    });
    let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let sampled = sample(folder.path(), &unit(&model, &task, 4));
    assert_eq!((sampled.asked, sampled.shortfall(), server.count()), (8, None, 9));
}
