//! What a filter has found, beside an answer that otherwise ends well: where it stopped anything, the answer is the
//! provider's refusal on every wire, whole and in pieces; what it only noticed is let be.

use crate::support::shapes::{Read, VERY, bodies, check, made_of, put, wholes};
use crate::support::streams::{READ, all_wires, checked};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

/// Fields of a body that say that something was stopped, or only noticed.
fn results(stopped: bool) -> Vec<(&'static str, Value)> {
    let found =
        json!({ "hate": { "filtered": false }, "violence": { "filtered": stopped, "severity": "medium" } });
    vec![
        // Azure's Responses API.
        (
            "content_filters",
            json!([{ "blocked": stopped, "source_type": "completion", "content_filter_results": { "hate": { "filtered": false } } }]),
        ),
        (
            "content_filters",
            json!([{ "blocked": false, "source_type": "prompt", "content_filter_results": found }]),
        ),
        // Azure's chat completions, by their versions, and those who pass them on.
        ("content_filter_results", found.clone()),
        ("content_filter_result", found.clone()),
        ("prompt_filter_results", json!([{ "prompt_index": 0, "content_filter_results": found }])),
        ("prompt_annotations", json!([{ "prompt_index": 0, "content_filter_results": found }])),
        // MiniMax's and Bedrock's.
        ("output_sensitive", json!(stopped)),
        ("amazon-bedrock-guardrailAction", json!(if stopped { "INTERVENED" } else { "NONE" })),
        (
            "trace",
            json!({ "guardrail": { "outputAssessments": { "g": [{ "topicPolicy": { "topics": [{ "action": if stopped { "BLOCKED" } else { "NONE" }, "detected": true }] } }] } } }),
        ),
    ]
}

#[test]
fn a_whole_answer_that_a_filter_stopped_is_a_refusal() {
    for (provider, body) in wholes() {
        for (field, found) in results(true) {
            bodies(
                provider,
                vec![(put(body.clone(), &format!("/{field}"), found), Read(Finish::Filter, VERY))],
            );
        }
        for (field, found) in results(false) {
            bodies(provider, vec![(put(body.clone(), &format!("/{field}"), found), READ)]);
        }
    }
}

/// A service of one's own, whose text stands at a place of a body that a gateway may have passed on.
#[test]
fn a_service_that_passes_a_filters_word_on_is_heard() {
    for (stopped, finish) in [(true, Finish::Filter), (false, Finish::Other)] {
        for (field, found) in results(stopped) {
            let body = json!({ "answer": VERY, field: found }).to_string();
            let made = made_of("http", "text = \"/answer\"", 200, "application/json", body.as_bytes());
            check(&body, made, &Read(finish.clone(), VERY));
        }
    }
}

/// Where in a body it is said does not matter.
#[test]
fn it_is_found_wherever_it_stands() {
    let found = |stopped: bool| json!({ "hate": { "filtered": stopped } });
    for (provider, at) in [
        ("openai", "/choices/0/content_filter_results"),
        ("azure", "/choices/0/message/content_filter_results"),
        ("openai_responses", "/output/0/content_filter_results"),
        ("openai_responses", "/output/0/content/0/content_filter_results"),
        ("anthropic", "/content/0/content_filter_results"),
        ("gemini", "/candidates/0/content_filter_results"),
        ("ollama", "/message/content_filter_results"),
    ] {
        let body = wholes().into_iter().find(|(known, _)| *known == provider).expect("a wire").1;
        bodies(
            provider,
            vec![
                (put(body.clone(), at, found(true)), Read(Finish::Filter, VERY)),
                (put(body, at, found(false)), READ),
            ],
        );
    }
}

/// The event of each wire that tells of the whole answer, by its place in the stream.
fn event<'d>(provider: &str, data: &'d mut [Value], at: usize) -> &'d mut Value {
    let event = &mut data[at];
    match provider {
        "openai_responses" => &mut event["response"],
        "bedrock" => {
            event.as_object_mut().and_then(|event| event.values_mut().next()).expect("a named event")
        }
        _ => event,
    }
}

#[test]
fn a_stream_of_which_a_filter_stopped_a_piece_is_a_refusal() {
    for (provider, data) in all_wires(&["Very ", "important"]) {
        // Early, where later pieces say that nothing was; and at the end.
        for (first, last) in [(true, false), (false, true), (false, false)] {
            for ((field, early), (_, late)) in results(first).into_iter().zip(results(last)) {
                let (mut data, end) = (data.clone(), data.len() - 1);
                event(provider, &mut data, 0)[field] = early;
                event(provider, &mut data, end)[field] = late;
                let wanted = if first || last { Read(Finish::Filter, VERY) } else { READ };
                checked(provider, &data, &wanted);
            }
        }
    }
}
