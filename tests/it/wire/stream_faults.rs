//! What hides in a stream that ends as it should: two answers in one, errors that do not call themselves one,
//! lines of no event, pieces of another shape. None of it becomes an answer in silence; what is known to be
//! harmless stays so. Every wire that streams is asked.

use crate::support::shapes::{Again, Read, VERY, Wanted, check, made_of, unknown};
use crate::support::streams::{
    DONE, EVENTS, chat, events, gemini, messages, ollama, piece, responses, say, sent, stop, streamed, wires,
};
use alignspec::respondent::Finish;
use serde_json::{Value, json};

/// The pieces of the provider, with `more` before the one at `at` from the end.
fn with(all: &[Value], at: usize, more: Value) -> Vec<Value> {
    let mut all = all.to_vec();
    all.insert(all.len() - at, more);
    all
}

fn checked(provider: &str, data: &[Value], wanted: &Wanted) {
    let text = sent(provider, data);
    check(&format!("{provider}: {text}"), streamed(provider, &text), wanted);
}

const READ: Wanted = Read(Finish::Stop, VERY);

#[test]
fn every_wire_reads_its_pieces_however_the_lines_end() {
    for (provider, data) in wires(&["Very ", "important"]) {
        let text = sent(provider, &data);
        check(provider, streamed(provider, &text), &READ);
        for end in ["\r\n", "\r"] {
            check(&format!("{provider}, {end:?}"), streamed(provider, &text.replace('\n', end)), &READ);
        }
    }
}

#[test]
fn two_answers_in_one_stream_are_none() {
    for ((provider, first), (_, second)) in
        wires(&["Not ", "important"]).into_iter().zip(wires(&["Very ", "important"]))
    {
        // One after the other, and one that breaks off before the other.
        let glued = [first.clone(), second.clone()].concat();
        checked(provider, &glued, &Again("a stream"));
        let rest = if provider == "openai_responses" || provider == "anthropic" { 0 } else { 1 };
        let mut other = second[rest..].to_vec();
        for piece in &mut other {
            for field in ["id", "responseId", "model"] {
                if piece.get(field).is_some() {
                    piece[field] = json!("other");
                }
            }
        }
        checked(provider, &[&first[..first.len() - 1], &other].concat(), &Again("a stream in which"));
    }
    let mut other = chat();
    other.iter_mut().for_each(|piece| piece["id"] = json!("d"));
    checked("openai", &[&chat()[..3], &other[3..]].concat(), &Again("(`id` is `c`, then `d`)"));
    checked("openai", &[&chat()[..4], &chat()].concat(), &Again("`role` comes again"));
    let mut other = gemini(&["Very ", "important"]);
    other[1]["responseId"] = json!("h");
    checked("gemini", &other, &Again("(`responseId` is `g`, then `h`)"));
    // A role in each piece begins nothing, nor one at the end that says nothing.
    let each = [
        piece(json!({ "role": "assistant", "content": "Very " }), None),
        piece(json!({ "role": "assistant", "content": "important" }), None),
        piece(json!({ "role": "assistant", "content": "" }), Some("stop")),
    ];
    checked("openai", &each, &READ);
    checked("openai", &[&chat()[..4], &each[2..]].concat(), &READ);
    // Azure's filter tells of no id.
    let filter = json!({ "id": "", "model": "", "object": "", "choices": [], "prompt_filter_results": [{ "prompt_index": 0, "content_filter_results": {} }] });
    checked("azure", &[&[filter], &chat()[..]].concat(), &READ);
}

#[test]
fn who_answered_is_one() {
    let two = |field: &str, provider: &str, mut data: Vec<Value>, at: usize| {
        data[at][field] = json!("small-2");
        checked(provider, &data, &Again("then `small-2`"));
    };
    two("model", "openai", chat(), 3);
    two(
        "provider",
        "openai",
        chat()
            .into_iter()
            .map(|mut piece| {
                piece["provider"] = json!("DeepInfra");
                piece
            })
            .collect(),
        3,
    );
    two("model", "ollama", ollama(&["Very ", "important"]), 1);
    two("modelVersion", "gemini", gemini(&["Very ", "important"]), 1);
    let mut data = responses(&["Very ", "important"]);
    let last = data.len() - 1;
    data[last]["response"]["model"] = json!("small-2");
    checked("openai_responses", &data, &Again("then `small-2`"));
}

#[test]
fn what_is_none_of_the_wires_own_events_is_a_failure_in_its_words() {
    for (provider, data) in wires(&["Very ", "important"]) {
        for (event, words) in [
            (json!({ "detail": "overloaded" }), "an error: overloaded"),
            (json!({ "code": 503, "message": "overloaded" }), "503: overloaded"),
            (json!({ "code": "busy", "message": "overloaded" }), "an error: overloaded"),
            (json!({ "errors": [{ "message": "overloaded" }] }), "an error: overloaded"),
            (json!({ "status_code": 503, "msg": "overloaded" }), "503: overloaded"),
            (json!({ "object": "error", "message": "overloaded" }), "an error: overloaded"),
            (json!({ "type": "overloaded_error", "message": "overloaded" }), "an error: overloaded"),
            (json!({ "success": false, "title": "overloaded" }), "an error: overloaded"),
            (json!({}), "an event of no known shape: {}"),
            (json!({ "text": "overloaded" }), "an event of no known shape: {\"text\":\"overloaded\"}"),
        ] {
            for at in [2, 1, 0] {
                checked(provider, &with(&data, at, event.clone()), &Again(words));
            }
        }
        if provider != "ollama" {
            let text = sent(provider, &data);
            for name in ["error", "exception", "internalServerException", "x-error"] {
                let failed = format!("event: {name}\ndata: overloaded\n\n");
                check(name, streamed(provider, &(failed + &text)), &Again("an error: overloaded"));
            }
            check("no words", streamed(provider, &format!("event: error\n\n{text}")), &Again("an error"));
        }
        checked(provider, &with(&data, 2, json!({ "type": "ping" })), &READ);
    }
}

#[test]
fn what_is_known_to_come_between_is_harmless() {
    for event in [
        json!({ "id": "c", "choices": [] }),
        json!({ "usage": { "prompt_tokens": 1 } }),
        json!({ "choices": null, "usage": { "prompt_tokens": 1 } }),
        json!({ "object": "chat.completion.chunk", "id": "c", "model": "small-1-2025" }),
        json!({ "object": "ping" }),
        json!({ "hook_results": { "before_request_hooks": [] } }),
        json!({ "choices": [{ "index": 0, "finish_reason": null, "content_filter_results": { "hate": { "filtered": false } }, "content_filter_offsets": { "start_offset": 0 } }] }),
    ] {
        checked("openai", &with(&chat(), 2, event), &READ);
    }
    let new = json!({ "type": "message_hint", "hint": { "text": "Not important" } });
    checked("anthropic", &with(&messages(&[VERY]), 2, new), &READ);
    let citation = json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "citations_delta", "citation": {} } });
    checked("anthropic", &with(&messages(&[VERY]), 3, citation), &READ);
    let new = json!({ "type": "response.hint.delta", "delta": "Not important" });
    checked("openai_responses", &with(&responses(&[VERY]), 2, new), &READ);
    let counted = json!({ "usageMetadata": { "promptTokenCount": 4 }, "modelVersion": "g-1" });
    checked("gemini", &with(&gemini(&[VERY]), 0, counted), &READ);
    for (provider, data) in wires(&[VERY]) {
        let text = sent(provider, &data).replace("\n{", "\n: OPENROUTER PROCESSING\n{");
        let dressed = format!(": wait\n\nid: 1\nretry: 5\nevent: x\nid\n\n{text}");
        check(provider, streamed(provider, &dressed), &READ);
    }
}

#[test]
fn lines_of_no_event_are_not_passed_over() {
    for (provider, data) in wires(&["Very ", "important"]) {
        let text = sent(provider, &data);
        for line in [
            "<html><h1>502 Bad Gateway</h1></html>",
            "error: overloaded",
            " data: {\"x\": 1}",
            "Data: {\"x\": 1}",
            "upstream timed out",
            "[{",
            "\u{feff}data: {}",
        ] {
            let wanted = line.trim().trim_start_matches('\u{feff}').to_owned();
            let at = text.find("\n{").or(text.find("\ndata")).expect("two lines") + 1;
            let mixed = format!("{}{line}\n{}", &text[..at], &text[at..]);
            let shown = streamed(provider, &mixed).expect_err(line);
            assert!(
                shown.may_pass() && shown.to_string().contains("a stream with a line of no event: "),
                "{shown}"
            );
            assert!(shown.to_string().contains(&wanted), "{shown}");
        }
    }
    let raw = format!("{}{{\"overloaded\": true}}\n{}{DONE}", events(&chat()[..3]), events(&chat()[3..]));
    check("a line of JSON", streamed("openai", &raw), &Again("no known shape: {\"overloaded\":true}"));
}

#[test]
fn messages_so_far_are_read_where_each_is_the_one_before_and_more() {
    let so_far = |text: &str, finish: Option<&str>| {
        let mut one = piece(Value::Null, finish);
        one["choices"][0]["message"] = json!({ "role": "assistant", "content": text });
        one
    };
    let all = [so_far("Very", None), so_far(VERY, None), so_far(VERY, Some("stop"))];
    checked("openai", &all, &READ);
    checked("openai", &[all[0].clone(), all[2].clone()], &READ);
    let differing = [so_far("Not important", None), so_far(VERY, Some("stop"))];
    checked("openai", &differing, &Again("messages are not the same"));
    let shorter = [so_far(VERY, None), so_far("Very", Some("stop"))];
    checked("openai", &shorter, &Again("messages are not the same"));
    let late = [so_far("Very", Some("stop")), so_far(VERY, None)];
    checked("openai", &late, &Again("messages are not the same"));
    // The message at the end is what was said before it.
    checked("openai", &[say("Very "), say("important"), so_far(VERY, Some("stop"))], &READ);
    let other = [say("Not important"), so_far(VERY, Some("stop"))];
    checked("openai", &other, &Again("messages are not the same"));
    checked("openai", &[so_far("Very", None), say(" important"), stop()], &Again("both pieces and whole"));
    // Beside a piece stands that piece, or all so far.
    for beside in [["Very ", "important"], ["Very ", VERY]] {
        let mut both = [say("Very "), say("important"), stop()];
        for (piece, text) in both.iter_mut().zip(beside) {
            piece["choices"][0]["message"] = json!({ "role": "assistant", "content": text });
        }
        checked("openai", &both, &READ);
    }
    for (provider, data) in wires(&["Very", "Very important"]) {
        checked(provider, &data, &Again("a stream whose pieces repeat all"));
    }
}

#[test]
fn pieces_of_another_shape_are_none() {
    let chat_with = |choice: Value| {
        let mut data = chat();
        data[2]["choices"] = choice;
        data
    };
    for (choices, words) in [
        (json!([{ "index": 0, "text": "Very ", "finish_reason": null }]), "legacy completions"),
        (json!([{ "index": 0, "delta": "Very " }]), "no table: \"Very \""),
        (json!([{ "index": 0, "delta": { "text": "Very " } }]), "`text` where `content` is to be"),
        (json!([{ "index": 0, "delta": { "content": ["Very "] } }]), "no text: [\"Very \"]"),
        (json!([null]), "cannot be told apart"),
        (json!({ "delta": { "content": "Very " } }), "are no list"),
        (json!([{ "delta": { "content": "Not " } }, { "delta": { "content": "Very " } }]), "both the first"),
        (json!([{ "index": 0, "delta": { "role": "user", "content": "Very " } }]), "`role` is `assistant`"),
    ] {
        checked("openai", &chat_with(choices), &Again(words));
    }
    let halves = sent("openai", &[say("\u{1f600}"), stop()]).replace('\u{1f600}', "\\ud83d");
    check("half a sign", streamed("openai", &halves), &Again("an event that is no JSON"));
    let block = |at: usize, delta: Value| {
        let delta = json!({ "type": "content_block_delta", "index": at, "delta": delta });
        with(&messages(&[VERY]), 3, delta)
    };
    let text = |text: Value| json!({ "type": "text_delta", "text": text });
    checked("anthropic", &block(1, text(json!("Not "))), &Again("belongs to no block: Not"));
    checked("anthropic", &block(0, text(json!(5))), &Again("a piece of text that is none: 5"));
    let other = json!({ "type": "words_delta", "text": "Not " });
    checked("anthropic", &block(0, other), &Again("belongs to no block: Not"));
    let mut twice = messages(&[VERY]);
    twice.insert(2, twice[1].clone());
    checked("anthropic", &twice, &Again("does not come in its turn"));
    checked("anthropic", &messages(&[VERY])[1..], &Again("before its message begins"));
    let unnamed = json!({ "index": 0, "delta": { "type": "text_delta", "text": "Not " } });
    checked("anthropic", &with(&messages(&[VERY]), 3, unnamed), &Again("no known shape"));
    let parts = |parts: Value| {
        let mut data = gemini(&["Very ", "important"]);
        data[0]["candidates"][0]["content"]["parts"] = parts;
        data
    };
    checked("gemini", &parts(json!([{ "text": 5 }])), &Again("a part that is no text"));
    checked("gemini", &parts(json!("Very ")), &Again("are no list"));
    let mut other = gemini(&["Very ", "important"]);
    other[0]["candidates"][0]["index"] = json!(1);
    checked("gemini", &other, &Read(Finish::Stop, "important"));
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
    checked("openai_responses", &without, &Again("pieces are not what its end says: Very important"));
    let mut data = responses(&["Very ", "important"]);
    data[3]["delta"] = json!("Not ");
    checked("openai_responses", &data, &Again("pieces are not what its end says: Not important"));
    data[last]["response"]["status"] = json!("in_progress");
    checked("openai_responses", &data, &Again("though its `status` is `in_progress`"));
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
        check(provider, made(provider, open), &Again("a response that never said how it ended"));
        check(provider, made(provider, whole), &READ);
        check(provider, made(provider, json!({ "detail": "overloaded" })), &Again("overloaded"));
    }
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
