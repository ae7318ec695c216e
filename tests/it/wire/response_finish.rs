//! How a response ended, in its provider's own word: whole, cut, filtered or in a word that nobody knows is
//! told apart on every wire and in batches; what broke off is asked for again, and never recorded.

use crate::support::server::{Reply, Server};
use crate::support::shapes::{
    Again, Read, VERY, Wanted, asked, bodies, check, choice, content, made_of, runtime, unknown,
};
use crate::support::{KEY, PACE, completion, model, recorded, sample, sampler, task, unit, variables};
use alignspec::__testing::provider::{Finish, Response, connect};
use alignspec::__testing::sample::Mode;
use serde_json::{Value, json};
use tempfile::tempdir;

#[test]
fn finish_reasons_of_chat_completions() {
    let mut cases = Vec::new();
    let mut all = |words: &[&str], finish: fn(&str) -> Wanted| {
        cases.extend(words.iter().map(|word| (choice(json!({ "finish_reason": word })), finish(word))));
    };
    all(&["stop", "STOP", "eos", "eos_token", "end_turn", "stop_sequence", "COMPLETE"], |_| {
        Read(Finish::Stop, VERY)
    });
    let cut = ["length", "model_length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "ERROR_LIMIT"];
    all(&cut, |_| Read(Finish::Length, VERY));
    all(&["model_context_window_exceeded"], |_| Read(Finish::Length, VERY));
    let filtered = ["content_filter", "content-filter", "FinishReason.SAFETY", "sensitive", "ERROR_TOXIC"];
    all(&filtered, |_| Read(Finish::Filter, VERY));
    all(&["refusal", "guardrail_intervened"], |_| Read(Finish::Filter, VERY));
    let broken =
        ["error", "abort", "insufficient_system_resource", "network_error", "cancelled", "in_progress"];
    all(&broken, |_| Again("a response that is not finished (`finish_reason` is `"));
    all(&["tool_calls", "function_call", "repetition"], |word| Read(unknown(word), VERY));
    all(&["", "  "], |_| Read(unknown("nothing says how it ended (`finish_reason` is empty)"), VERY));
    cases.extend([
        (
            choice(json!({ "finish_reason": null })),
            Read(unknown("nothing says how it ended (`finish_reason` is null)"), VERY),
        ),
        (choice(json!({ "finish_reason": 2 })), Read(unknown("2"), VERY)),
        (choice(json!({ "finish_reason": { "type": "abort", "message": "m" } })), Again("is `abort`")),
        (choice(json!({ "finish_reason": { "type": "length", "length": 9 } })), Read(Finish::Length, VERY)),
        (
            choice(json!({ "finish_reason": format!("odd\r\n\u{1b}[31m{KEY}") })),
            Read(unknown("odd [key]"), VERY),
        ),
        // OpenRouter's own word, and that of the host behind it.
        (choice(json!({ "native_finish_reason": "MAX_TOKENS" })), Read(Finish::Length, VERY)),
        (choice(json!({ "native_finish_reason": "refusal" })), Read(Finish::Filter, VERY)),
        (choice(json!({ "native_finish_reason": "error" })), Again("`native_finish_reason` is `error`")),
        (choice(json!({ "native_finish_reason": "completed" })), Read(Finish::Stop, VERY)),
        (choice(json!({ "native_finish_reason": "who knows" })), Read(unknown("who knows"), VERY)),
        (
            choice(json!({ "finish_reason": null, "native_finish_reason": "who knows" })),
            Read(unknown("who knows"), VERY),
        ),
    ]);
    bodies("openai", cases);
}

#[test]
fn finish_reasons_of_the_other_wires() {
    let gemini = |reason: &str| json!({ "candidates": [{ "content": { "parts": [{ "text": VERY }] }, "finishReason": reason }] });
    let rated = json!({ "candidates": [{ "content": { "parts": [{ "text": VERY }] }, "finishReason": "STOP", "safetyRatings": [{ "blocked": true }] }] });
    bodies(
        "gemini",
        vec![
            (gemini("STOP"), Read(Finish::Stop, VERY)),
            (gemini("MODEL_ARMOR"), Read(Finish::Filter, VERY)),
            (gemini("UNEXPECTED_TOOL_CALL"), Read(unknown("UNEXPECTED_TOOL_CALL"), VERY)),
            (rated, Read(Finish::Filter, VERY)),
            (
                json!({ "candidates": [], "promptFeedback": { "blockReason": "OTHER" } }),
                Read(Finish::Filter, ""),
            ),
            (
                json!({ "candidates": [], "usageMetadata": { "promptTokenCount": 4 } }),
                Again("an empty list of `candidates`"),
            ),
        ],
    );
    let claude =
        |reason: &str| json!({ "content": [{ "type": "text", "text": VERY }], "stop_reason": reason });
    bodies(
        "anthropic",
        vec![
            (claude("end_turn"), Read(Finish::Stop, VERY)),
            (claude("stop"), Read(Finish::Stop, VERY)),
            (claude("length"), Read(Finish::Length, VERY)),
            (claude("guardrail_intervened"), Read(Finish::Filter, VERY)),
            (claude("pause_turn"), Read(unknown("pause_turn"), VERY)),
            (claude(""), Again("is not finished")),
        ],
    );
    bodies(
        "openai_responses",
        vec![(
            json!({ "status": "completed", "output": [{ "type": "message", "status": "incomplete", "content": VERY }] }),
            Read(unknown("a message that is incomplete"), VERY),
        )],
    );
}

#[test]
fn what_a_filter_or_the_model_refused_is_no_answer() {
    let refused = |content: Value, refusal: Value| {
        choice(json!({ "message": { "role": "assistant", "content": content, "refusal": refusal } }))
    };
    let flagged =
        json!({ "hate": { "filtered": false }, "violence": { "filtered": true, "severity": "high" } });
    let blocked = |results: &Value| json!({ "choices": [], "prompt_filter_results": [{ "content_filter_results": results }] });
    let mut sensitive = completion(VERY);
    sensitive["output_sensitive"] = json!(true);
    bodies(
        "openai",
        vec![
            (refused(Value::Null, json!(VERY)), Read(Finish::Filter, VERY)),
            (refused(json!(""), json!(VERY)), Read(Finish::Filter, VERY)),
            (refused(json!("Not important"), json!(VERY)), Read(Finish::Filter, "Not important")),
            (refused(json!(VERY), json!("")), Read(Finish::Stop, VERY)),
            (refused(json!(VERY), json!(null)), Read(Finish::Stop, VERY)),
            (content(json!([{ "type": "refusal", "refusal": VERY }])), Read(Finish::Filter, VERY)),
            (choice(json!({ "content_filter_results": flagged })), Read(Finish::Filter, VERY)),
            (blocked(&flagged), Read(Finish::Filter, "")),
            (
                blocked(&json!({ "hate": { "filtered": false } })),
                Again("an empty list of `choices`, and no reason why"),
            ),
            (sensitive, Read(Finish::Filter, VERY)),
        ],
    );
    let error = |code: &str, words: &str| json!({ "error": { "code": code, "message": words } });
    let moderated =
        json!({ "error": { "code": 403, "message": "m", "metadata": { "reasons": ["violence"] } } });
    for (status, body) in [
        (400, error("content_filter", "m")),
        (400, error("invalid_request_error", "Content Exists Risk")),
        (400, error("data_inspection_failed", "m")),
        (403, moderated),
        (200, error("content_filter", "m")),
    ] {
        for provider in ["openai", "openai_responses"] {
            let bytes = body.to_string();
            let made = made_of(provider, "", status, "application/json", bytes.as_bytes());
            check(&format!("{provider} {status}: {body}"), made, &Read(Finish::Filter, ""));
        }
    }
}

#[test]
fn what_broke_off_is_asked_for_again_and_never_recorded() {
    let broken = choice(json!({ "finish_reason": "insufficient_system_resource" }));
    let server = Server::start(move |request| match request.number {
        0 => Reply::json(200, &broken),
        _ => Reply::json(200, &completion(VERY)),
    });
    let (assistant, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let sampled = sample(folder.path(), &unit(&assistant, &task, 1));
    assert_eq!((sampled.shortfall(), sampled.asked, server.count()), (None, 2, 3));
    let recording = recorded(folder.path());
    assert_eq!(recording.matches(r#""finish":"stop""#).count(), 2, "{recording}");
    assert_eq!(recording.lines().count(), 2, "{recording}");
    // For ever: then there is no response, and the reason is told.
    for (provider, body) in [
        ("openai", choice(json!({ "finish_reason": "error" }))),
        ("ollama", json!({ "message": { "content": VERY }, "done": false })),
        ("http", json!({ "error": "busy" })),
    ] {
        let server = Server::start(move |_| Reply::json(200, &body));
        let (assistant, folder) = (asked(provider, &server, ""), tempdir().expect("a folder"));
        let sampled = sample(folder.path(), &unit(&assistant, &task, 1));
        assert_eq!((sampled.asked, sampled.missing.len()), (0, 2), "{provider}");
        assert!(server.count() > 2, "{provider}: it is tried again");
        assert_eq!(recorded(folder.path()), "", "{provider}: nothing is recorded");
    }
}

#[test]
fn a_reason_that_nobody_knows_is_recorded_in_its_own_word() {
    let odd = choice(json!({ "finish_reason": format!("pause\u{7}_turn\n::error::{}", "x".repeat(900)) }));
    let server = Server::start(move |_| Reply::json(200, &odd));
    let (assistant, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let asked = sample(folder.path(), &unit(&assistant, &task, 1));
    let replayed = sampler(folder.path(), Mode::Replay).sample(&unit(&assistant, &task, 1)).expect("sampled");
    let first = |responses: &[Option<Response>]| responses[0].clone().expect("a response").finish;
    let finish = first(&asked.responses);
    let Finish::Unknown(word) = &finish else { panic!("{finish:?}") };
    assert!(word.starts_with("pause_turn ::error::xxx") && word.chars().count() == 61, "{word}");
    assert_eq!(first(&replayed.responses), finish);
    let recording = recorded(folder.path());
    assert!(recording.contains(&format!(r#""finish":{{"unknown":"{word}"}}"#)), "{recording}");
}

#[test]
fn batches_follow_the_same_tables() {
    let claude =
        |reason: &str| json!({ "content": [{ "type": "text", "text": VERY }], "stop_reason": reason });
    let blocked = json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "Output blocked by content filtering policy" } });
    let anthropic = |result: Value| json!({ "custom_id": "i", "result": result });
    let succeeded = |reason: &str| anthropic(json!({ "type": "succeeded", "message": claude(reason) }));
    let openai = |status: u16, body: Value| json!({ "custom_id": "i", "response": { "status_code": status, "body": body } });
    let ended = |reason: &str| openai(200, choice(json!({ "finish_reason": reason })));
    for (provider, line, wanted) in [
        ("openai", ended("model_length"), Read(Finish::Length, VERY)),
        ("openai", ended("tool_calls"), Read(unknown("tool_calls"), VERY)),
        ("openai", ended("error"), Again("is not finished")),
        ("openai", openai(200, json!({ "error": { "message": "busy" } })), Again("an error: busy")),
        (
            "openai",
            openai(400, json!({ "error": { "code": "content_filter", "message": "m" } })),
            Read(Finish::Filter, ""),
        ),
        (
            "openai_responses",
            openai(200, json!({ "status": "queued", "output": [] })),
            Again("`status` is `queued`"),
        ),
        ("anthropic", succeeded("refusal"), Read(Finish::Filter, VERY)),
        ("anthropic", succeeded("pause_turn"), Read(unknown("pause_turn"), VERY)),
        ("anthropic", succeeded(""), Again("is not finished")),
        ("anthropic", anthropic(json!({ "type": "errored", "error": blocked })), Read(Finish::Filter, "")),
    ] {
        let text = format!("\u{feff}{line}\n");
        let server = Server::start(move |_| Reply::Answer {
            status: 200,
            headers: vec![],
            body: text.clone().into_bytes(),
        });
        let wire = connect(&asked(provider, &server, "batch = true"), PACE.limit, variables).expect("a wire");
        let batches = wire.batches().expect("batches");
        let mut made = None;
        let mut keep = |id: &str, result| {
            assert_eq!(id, "i");
            made = Some(result);
            true
        };
        runtime().block_on(batches.collect("file", &mut keep)).expect("a file of results");
        check(
            &format!("{provider}: {line}"),
            made.expect("a result").map(|made| made.into_response()),
            &wanted,
        );
    }
}
