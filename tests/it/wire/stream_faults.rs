//! What hides in a stream that ends as it should: two answers in one, errors that do not call themselves one,
//! lines of no event, pieces of another shape. None of it becomes an answer in silence; what is known to be
//! harmless stays so. Every wire that streams is asked.

use crate::support::shapes::{Again, VERY, check};
use crate::support::streams::{
    DONE, READ, chat, checked, events, gemini, messages, ollama, piece, responses, say, sent, stop, streamed,
    wires, with,
};
use serde_json::{Value, json};

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
    checked(
        "openai",
        &[&chat()[..3], &other[3..]].concat(),
        &Again("(its pieces have different `id`s: `c`, then `d`)"),
    );
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
            (json!({}), "an event of unknown shape: {}"),
            (json!({ "text": "overloaded" }), "an event of unknown shape: {\"text\":\"overloaded\"}"),
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
                shown.may_pass()
                    && shown.to_string().contains("a stream with a line that belongs to no event: "),
                "{shown}"
            );
            assert!(shown.to_string().contains(&wanted), "{shown}");
        }
    }
    let raw = format!("{}{{\"overloaded\": true}}\n{}{DONE}", events(&chat()[..3]), events(&chat()[3..]));
    check("a line of JSON", streamed("openai", &raw), &Again("unknown shape: {\"overloaded\":true}"));
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
        checked(provider, &data, &Again("a stream whose pieces repeat the whole text so far"));
    }
}

#[test]
fn an_error_within_a_piece_is_one() {
    let error = json!({ "message": "overloaded", "code": 503 });
    let delta = piece(json!({ "content": "", "error": error }), None);
    checked("openai", &with(&chat(), 2, delta), &Again("503: overloaded"));
    let mut beside = say("");
    (beside["code"], beside["message"]) = (json!("InternalError"), json!("overloaded"));
    checked("openai", &with(&chat(), 2, beside), &Again("an error: overloaded"));
    let delta = json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "error": error } });
    checked("anthropic", &with(&messages(&[VERY]), 3, delta), &Again("503: overloaded"));
    let candidate = json!({ "candidates": [{ "finishReason": "STOP", "error": error }] });
    checked("gemini", &with(&gemini(&[VERY]), 0, candidate), &Again("503: overloaded"));
    let message =
        json!({ "message": { "role": "assistant", "content": "", "error": "overloaded" }, "done": false });
    checked("ollama", &with(&ollama(&[VERY]), 1, message), &Again("an error: overloaded"));
    for kind in ["stream_aborted", "response.interrupted", "some_failure"] {
        for (provider, data) in [("anthropic", messages(&[VERY])), ("openai_responses", responses(&[VERY]))] {
            checked(provider, &with(&data, 2, json!({ "type": kind })), &Again(kind));
        }
    }
    // That all is well is no failure.
    let mut well = chat();
    for piece in &mut well {
        (piece["code"], piece["message"], piece["msg"]) = (json!(200), json!("success"), json!(""));
    }
    checked("openai", &well, &READ);
}

#[test]
fn what_only_keeps_the_connection_open_says_what_it_likes() {
    let [before, after] = [&chat()[..3], &chat()[3..]].map(events);
    for idle in ["ping\ndata: {}", "heartbeat\ndata: {\"t\": 5}", "keep-alive\ndata: 12:00:00", "ping\ndata:"]
    {
        let text = format!("{before}event: {idle}\n\n{after}");
        check(idle, streamed("openai", &text), &READ);
    }
    let error = format!("{before}event: ping\ndata: {{\"error\": \"overloaded\"}}\n\n{after}");
    check("an error", streamed("openai", &error), &Again("an error: overloaded"));
    // But what it says of an answer counts.
    let named: String = chat().iter().map(|data| format!("event: ping\ndata: {data}\n\n")).collect();
    check("all of them", streamed("openai", &named), &READ);
}

#[test]
fn an_event_that_is_sent_again_is_not_said_again() {
    let numbered = |ids: [&str; 6]| -> String {
        ids.iter().zip(chat()).map(|(id, data)| format!("id: {id}\ndata: {data}\n\n")).collect()
    };
    check("each its own", streamed("openai", &numbered(["1", "2", "3", "4", "5", "6"])), &READ);
    check("all the same", streamed("openai", &numbered(["a"; 6])), &READ);
    let twice = numbered(["1", "2", "3", "3", "4", "5"]);
    check("one twice", streamed("openai", &twice), &Again("an event occurs twice (`id` 3)"));
}
