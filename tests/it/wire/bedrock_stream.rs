//! Bedrock's answers in pieces (`stream = true`, ConverseStream): binary messages, put together to what the same
//! answer is whole. One that was changed, cut or broke off is no answer.

use crate::support::frames::{KIND, event, message};
use crate::support::server::{Reply, Server};
use crate::support::shapes::runtime;
use crate::support::wire::question;
use crate::support::{PACE, model_of, variables};
use alignspec::__testing::provider::{AskError, Finish, Response, connect};
use serde_json::json;

fn exception(name: &str, words: &str) -> Vec<u8> {
    message(&[(":message-type", "exception"), (":exception-type", name)], &json!({ "message": words }))
}

fn says(text: &str) -> Vec<u8> {
    event("contentBlockDelta", &json!({ "contentBlockIndex": 1, "delta": { "text": text }, "p": "abc" }))
}

/// An answer with thinking before it.
fn answer() -> Vec<Vec<u8>> {
    let thinks = json!({ "contentBlockIndex": 0, "delta": { "reasoningContent": { "text": "Hm, Not?" } } });
    vec![
        event("messageStart", &json!({ "role": "assistant" })),
        event("contentBlockDelta", &thinks),
        event("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        says("Very "),
        says("important"),
        event("contentBlockStop", &json!({ "contentBlockIndex": 1 })),
        event("messageStop", &json!({ "stopReason": "end_turn" })),
        event(
            "metadata",
            &json!({ "usage": { "inputTokens": 25, "outputTokens": 15, "totalTokens": 40 }, "metrics": { "latencyMs": 5 } }),
        ),
    ]
}

/// What is made of these bytes.
fn read(bytes: Vec<u8>) -> Result<Response, AskError> {
    let server = Server::start(move |_| Reply::Answer {
        status: 200,
        headers: vec![("content-type", KIND.to_owned())],
        body: bytes.clone(),
    });
    let model = model_of("bedrock", "m:0", &server.root(), "stream = true");
    let wire = connect(&model, PACE.limit, variables).expect("a wire");
    let reply = runtime().block_on(wire.ask(&question()));
    let sent = server.received().remove(0);
    assert_eq!(sent.target, "POST /model/m:0/converse-stream");
    assert_eq!(sent.body.get("stream"), None, "the path says so");
    reply.map(|reply| reply.response.into_response())
}

#[test]
fn an_answer_in_messages_is_the_one_that_comes_whole() {
    let wanted = Response {
        text: "Very important".to_owned(),
        finish: Finish::Stop,
        tokens_in: Some(25),
        tokens_out: Some(15),
        ..Response::default()
    };
    assert_eq!(read(answer().concat()), Ok(wanted.clone()));
    // Tokens are not always told; what was said is.
    let bare = Response { tokens_in: None, tokens_out: None, ..wanted };
    assert_eq!(read(answer()[..7].concat()), Ok(bare));
    let mut cut = answer();
    cut[6] = event("messageStop", &json!({ "stopReason": "max_tokens" }));
    assert_eq!(read(cut.concat()).map(|response| response.finish), Ok(Finish::Length));
    // Thought of, and nothing said.
    let silent = [&answer()[..3], &answer()[6..]].concat().concat();
    assert_eq!(read(silent).map(|response| response.text), Ok(String::new()));
}

#[test]
fn what_breaks_off_or_was_changed_is_no_answer_and_is_asked_again() {
    let whole = answer().concat();
    let ended = answer()[..7].concat().len();
    // Wherever it breaks off, unless how it ended has been said and the message after that has not begun.
    for at in (0..whole.len()).step_by(7).filter(|at| *at != ended) {
        let error = read(whole[..at].to_vec()).expect_err("broken off");
        assert!(error.may_pass() && error.to_string().contains("a stream"), "{at}: {error}");
    }
    for at in (0..whole.len()).step_by(5) {
        let mut changed = whole.clone();
        changed[at] ^= 4;
        let error = read(changed).expect_err("changed");
        assert!(error.may_pass() && error.to_string().contains("damaged"), "{at}: {error}");
    }
}

#[test]
fn errors_on_the_way_are_told_and_no_answer() {
    for (name, may_pass) in [
        ("throttlingException", true),
        ("modelStreamErrorException", true),
        ("internalServerException", true),
        ("serviceUnavailableException", true),
        ("somethingNewException", true),
        ("validationException", false),
        ("accessDeniedException", false),
    ] {
        let mut bytes = answer();
        bytes.insert(5, exception(name, "words of Amazon"));
        let error = read(bytes.concat()).expect_err(name);
        assert_eq!(error.may_pass(), may_pass, "{error}");
        assert!(error.to_string().contains(&format!("{name}: words of Amazon")), "{error}");
    }
    let error = message(
        &[(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "no")],
        &json!(null),
    );
    let error = read([answer()[..4].concat(), error].concat()).expect_err("an error");
    assert!(error.may_pass() && error.to_string().contains("InternalError: no"), "{error}");
    for (odd, words) in [
        (
            event("contentBlockDelta", &json!({ "delta": { "text": { "a": 1 } } })),
            "a piece of text that is not text",
        ),
        (message(&[(":message-type", "greeting")], &json!({})), "neither an event nor an error"),
        (message(&[(":message-type", "event")], &json!({})), "an event without a name"),
    ] {
        let mut bytes = answer();
        bytes.insert(4, odd);
        let error = read(bytes.concat()).expect_err(words);
        assert!(error.may_pass() && error.to_string().contains(words), "{error}");
    }
}

#[test]
fn two_answers_in_one_stream_are_none() {
    for (at, odd, words) in [
        (1, event("messageStart", &json!({ "role": "assistant" })), "a second answer begins"),
        (5, event("contentBlockDelta", &json!({ "contentBlockIndex": 0, "delta": { "text": "No" } })), ""),
        (0, says("Not "), "before its message begins"),
        (1, event("messageFailed", &json!({ "message": "no capacity" })), "no capacity"),
    ] {
        let mut bytes = answer();
        let at = if words.is_empty() { bytes.len() } else { at };
        bytes.insert(at, odd);
        let error = read(bytes.concat()).expect_err("mixed");
        assert!(error.may_pass() && error.to_string().contains(words), "{words}: {error}");
    }
}
