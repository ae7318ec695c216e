//! Pieces of a stream that are of another shape than its wire's, ends that hide another, and answers that come
//! whole though pieces were asked for: each is read right or is no answer, never a wrong text.

use crate::support::shapes::{Again, Read, VERY, check, made_of, unknown};
use crate::support::streams::{
    EVENTS, READ, chat, checked, events, gemini, messages, responses, say, sent, stop, streamed, with,
};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

#[test]
fn pieces_of_another_shape_are_none() {
    let chat_with = |choice: Value| {
        let mut data = chat();
        data[2]["choices"] = choice;
        data
    };
    for (choices, words) in [
        (
            json!([{ "index": 0, "text": "Very ", "finish_reason": null }]),
            "text in `text`, where none belongs: Very",
        ),
        (json!([{ "index": 0, "delta": "Very " }]), "not an object: \"Very \""),
        (json!([{ "index": 0, "delta": { "text": "Very " } }]), "text in `text`, where none belongs: Very"),
        (json!([{ "index": 0, "delta": { "content": ["Very "] } }]), "not text: [\"Very \"]"),
        (json!([{ "index": 0, "delta": { "content": [{ "type": "text", "text": null }] } }]), "not text: ["),
        (json!([{ "index": 0, "delta": {}, "content": "Very " }]), "text in `content`, where none belongs"),
        (json!([null]), "cannot be told apart"),
        (json!({ "delta": { "content": "Very " } }), "is not a list"),
        (json!([{ "delta": { "content": "Not " } }, { "delta": { "content": "Very " } }]), "both the first"),
        (json!([{ "index": 0, "delta": { "role": "user", "content": "Very " } }]), "`role` is `assistant`"),
    ] {
        checked("openai", &chat_with(choices), &Again(words));
    }
    let halves = sent("openai", &[say("\u{1f600}"), stop()]).replace('\u{1f600}', "\\ud83d");
    check("half a sign", streamed("openai", &halves), &Again("an event that is not JSON"));
    let block = |at: usize, delta: Value| {
        let delta = json!({ "type": "content_block_delta", "index": at, "delta": delta });
        with(&messages(&[VERY]), 3, delta)
    };
    let text = |text: Value| json!({ "type": "text_delta", "text": text });
    checked("anthropic", &block(1, text(json!("Not "))), &Again("belongs to no open block: Not"));
    checked("anthropic", &block(0, text(json!(5))), &Again("a piece of text that is not text: 5"));
    let other = json!({ "type": "words_delta", "text": "Not " });
    checked("anthropic", &block(0, other), &Again("belongs to no open block: Not"));
    let mut twice = messages(&[VERY]);
    twice.insert(2, twice[1].clone());
    checked("anthropic", &twice, &Again("is out of order"));
    checked("anthropic", &messages(&[VERY])[1..], &Again("before its message begins"));
    let unnamed = json!({ "index": 0, "delta": { "type": "text_delta", "text": "Not " } });
    checked("anthropic", &with(&messages(&[VERY]), 3, unnamed), &Again("unknown shape"));
    let late = json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": "Not" } });
    checked("anthropic", &with(&messages(&[VERY]), 2, late), &Again("belongs to no open block: Not"));
    let parts = |parts: Value| {
        let mut data = gemini(&["Very ", "important"]);
        data[0]["candidates"][0]["content"]["parts"] = parts;
        data
    };
    checked("gemini", &parts(json!([{ "text": 5 }])), &Again("a part that is not text"));
    checked("gemini", &parts(json!("Very ")), &Again("is not a list"));
    checked("gemini", &parts(json!([{ "text": "Not ", "thought": "true" }])), &Again("may be a thought"));
    let beside = json!({ "candidates": [{ "content": { "text": "Very " } }] });
    checked("gemini", &[&[beside], &gemini(&["important"])[..]].concat(), &Again("text in `text`"));
    let mut other = gemini(&["Very ", "important"]);
    other[0]["candidates"][0]["index"] = json!(1);
    checked("gemini", &other, &Again("another of its `candidates`"));
    let generate = json!({ "model": "q", "response": "Very important", "done": true, "done_reason": "stop" });
    checked("ollama", &[generate], &Again("`response` in place of `message`"));
}

#[test]
fn a_responses_end_says_what_its_pieces_said() {
    let mut data = responses(&["Very ", "important"]);
    let last = data.len() - 1;
    // Some leave the output out of the end.
    data[last]["response"]["output"] = json!([]);
    checked("openai_responses", &data, &READ);
    let without: Vec<Value> =
        data.iter().filter(|event| event["type"] != "response.output_item.done").cloned().collect();
    checked("openai_responses", &without, &Again("pieces say `Very important`, and its end ``"));
    let mut data = responses(&["Very ", "important"]);
    data[3]["delta"] = json!("Not ");
    checked("openai_responses", &data, &Again("pieces say `Not important`"));
    data[last]["response"]["status"] = json!("in_progress");
    checked("openai_responses", &data, &Again("though its `status` is `in_progress`"));
    let mut data = responses(&[VERY]);
    data.remove(4);
    data.remove(3);
    data[3]["item"]["content"][0]["text"] = json!("Not important");
    checked("openai_responses", &data, &Again("pieces say `Not important`"));
    let refused = json!({ "type": "response.refusal.delta", "delta": "I cannot." });
    checked(
        "openai_responses",
        &with(&responses(&[VERY]), 1, refused),
        &Again("pieces say `I cannot.`, and its end ``"),
    );
    let mut data = responses(&["Very ", "important"]);
    data[last]["response"].as_object_mut().expect("a table").remove("status");
    checked("openai_responses", &data, &READ);
}

#[test]
fn no_word_for_the_end_hides_another() {
    let end = |reason: Value| {
        let mut data = chat();
        data[4]["choices"][0]["finish_reason"] = reason;
        [&data[..5], &[stop()]].concat()
    };
    checked("openai", &end(json!("length")), &Read(Finish::Length, VERY));
    checked("openai", &end(json!(2)), &Read(unknown("2"), VERY));
    checked("openai", &end(json!("null")), &READ);
    let mut data = gemini(&["Very ", "important"]);
    data[1]["candidates"][0]["finishReason"] = json!("MAX_TOKENS");
    let empty = json!({ "responseId": "g", "candidates": [{ "finishReason": "STOP" }] });
    checked("gemini", &with(&data, 0, empty), &Read(Finish::Length, VERY));
    let mut data = messages(&[VERY]);
    let again = data[4].clone();
    data[4]["delta"]["stop_reason"] = json!("max_tokens");
    checked("anthropic", &with(&data, 1, again), &Read(Finish::Length, VERY));
    // Nor does what a guardrail says late, or a block of the question.
    let mut data = messages(&[VERY]);
    data[4]["amazon-bedrock-guardrailAction"] = json!("INTERVENED");
    data[5]["amazon-bedrock-guardrailAction"] = json!("NONE");
    checked("anthropic", &data, &Read(Finish::Filter, VERY));
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" }, "responseId": "g" });
    checked("gemini", &with(&gemini(&["Very ", "important"]), 1, blocked), &Read(Finish::Filter, VERY));
    let mut data = messages(&[VERY]);
    data[0]["message"]["stop_reason"] = json!("end_turn");
    checked("anthropic", &data[..3], &Again("a stream that broke off"));
}

#[test]
fn an_answer_that_comes_whole_is_to_say_how_it_ended_too() {
    let made = |provider: &str, body: Value| {
        made_of(provider, "stream = true", 200, "application/json", body.to_string().as_bytes())
    };
    let chat =
        |finish: Value| json!({ "choices": [{ "message": { "content": VERY }, "finish_reason": finish }] });
    let output = json!([{ "type": "message", "content": [{ "type": "output_text", "text": VERY }] }]);
    let content = json!([{ "type": "text", "text": VERY }]);
    let candidate = |finish: Value| json!({ "candidates": [{ "content": { "parts": [{ "text": VERY }] }, "finishReason": finish }] });
    for (provider, open, whole) in [
        ("openai", chat(json!(null)), chat(json!("stop"))),
        ("azure", chat(json!("")), chat(json!("stop"))),
        ("openai_responses", json!({ "output": output }), json!({ "output": output, "status": "completed" })),
        (
            "anthropic",
            json!({ "content": content }),
            json!({ "content": content, "stop_reason": "end_turn" }),
        ),
        ("gemini", candidate(json!(null)), candidate(json!("STOP"))),
        (
            "ollama",
            json!({ "message": { "content": VERY } }),
            json!({ "message": { "content": VERY }, "done": true, "done_reason": "stop" }),
        ),
    ] {
        check(provider, made(provider, open), &Again("a response that did not say how it ended"));
        check(provider, made(provider, whole), &READ);
        check(provider, made(provider, json!({ "detail": "overloaded" })), &Again("overloaded"));
    }
    // Two must say the same; and what calls itself JSON may be a stream all the same.
    let mut two = chat(json!("stop"));
    let other = json!({ "index": 1, "message": { "content": "Not important" }, "finish_reason": "stop" });
    two["choices"][0]["index"] = json!(0);
    two["choices"].as_array_mut().expect("a list").insert(0, other);
    check("two", made("openai", two), &Again("several `choices` that do not say the same"));
    let stream = format!("id: 1\nretry: 5\n{}", events(&[say(VERY), stop()]));
    check("JSON", made_of("openai", "stream = true", 200, "application/json", stream.as_bytes()), &READ);
    // As an event, too.
    let mut whole = chat(json!("stop"));
    check("one event", streamed("openai", &events(&[whole.clone()])), &READ);
    whole["choices"][0]["finish_reason"] = json!(null);
    check(
        "one event",
        made_of("openai", "stream = true", 200, EVENTS, events(&[whole]).as_bytes()),
        &Again("broke off"),
    );
}
