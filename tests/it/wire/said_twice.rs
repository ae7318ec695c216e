//! Answers in which something stands twice: a key of a table of JSON, a block that was left and is added to again,
//! text that was said before, and the identities of two answers. What was said can no longer be told, and the
//! message says why; what is only counted beside an answer, and what a model means to say twice, is let be.

use crate::support::frames::{converse, event_text, framed};
use crate::support::server::{Reply, Server};
use crate::support::shapes::{Again, Read, VERY, asked, check, made_of, put, runtime, wholes};
use crate::support::streams::{
    EVENTS, READ, all_wires, bytes, checked, events, kind, messages, piece, say, stop,
};
use crate::support::{KEY, PACE, variables};
use alignspec::__testing::provider::{Finish, connect};
use serde_json::{Value, json};

/// What decides in a whole answer of each wire, and what stands there before it.
const DECIDES: [(&str, &[&str]); 8] = [
    (
        "openai",
        &[
            "\"content\":\"Not\",",
            "\"content\":",
            "\"finish_reason\":\"length\",",
            "\"finish_reason\":",
            "\"message\":{},",
            "\"message\":",
            "\"choices\":[],",
            "\"choices\":",
        ],
    ),
    (
        "azure",
        &[
            "\"content\":\"Not\",",
            "\"content\":",
            "\"finish_reason\":\"content_filter\",",
            "\"finish_reason\":",
        ],
    ),
    (
        "openai_responses",
        &[
            "\"text\":\"Not\",",
            "\"text\":",
            "\"status\":\"incomplete\",",
            "\"status\":\"completed\",\"output\"",
            "\"output\":[],",
            "\"output\":",
        ],
    ),
    (
        "anthropic",
        &[
            "\"text\":\"Not\",",
            "\"text\":\"V",
            "\"stop_reason\":\"refusal\",",
            "\"stop_reason\":",
            "\"content\":[],",
            "\"content\":",
        ],
    ),
    (
        "gemini",
        &[
            "\"text\":\"Not\",",
            "\"text\":",
            "\"finishReason\":\"SAFETY\",",
            "\"finishReason\":",
            "\"parts\":[],",
            "\"parts\":",
        ],
    ),
    ("vertex", &["\"text\":\"Not\",", "\"text\":", "\"finishReason\":\"SAFETY\",", "\"finishReason\":"]),
    (
        "ollama",
        &[
            "\"content\":\"Not\",",
            "\"content\":",
            "\"done_reason\":\"length\",",
            "\"done_reason\":",
            "\"done\":false,",
            "\"done\":",
        ],
    ),
    ("bedrock", &["\"text\":\"Not\",", "\"text\":", "\"stopReason\":\"refusal\",", "\"stopReason\":"]),
];

#[test]
fn a_key_that_decides_stands_once_in_a_whole_answer() {
    for ((provider, body), (of, pairs)) in wholes().into_iter().zip(DECIDES) {
        assert_eq!(provider, of);
        let text = body.to_string();
        for pair in pairs.chunks(2) {
            let (more, before) = (pair[0], pair[1]);
            assert!(text.contains(before), "{before} in {text}");
            let twice = text.replacen(before, &format!("{more}{before}"), 1);
            for set in ["", "stream = true"] {
                let made = made_of(provider, set, 200, "application/json", twice.as_bytes());
                let name = more.split('"').nth(1).expect("a key");
                let shown = made.expect_err(&twice);
                assert!(shown.may_pass(), "{provider}: {twice}: {shown}");
                let wanted = format!("JSON in which `{name}` occurs twice, first as ");
                assert!(shown.to_string().contains(&wanted), "{provider}: {twice}: {shown}");
            }
        }
        // What is counted says nothing of an answer.
        let counted = text.replacen(
            '{',
            "{\"usage\":{\"n\":1,\"n\":2},\"usage\":null,\"usageMetadata\":{},\"created\":1,\"created\":2,",
            1,
        );
        check(provider, made_of(provider, "", 200, "application/json", counted.as_bytes()), &READ);
    }
    let same = wholes()[0].1.to_string().replacen(
        "\"finish_reason\":",
        "\"finish_reason\":\"stop\",\"finish_reason\":",
        1,
    );
    check("twice the same", made_of("openai", "", 200, "application/json", same.as_bytes()), &READ);
    let twice = br#"{"answer": "Not", "answer": "Very important"}"#;
    let made = made_of("http", "text = \"/answer\"", 200, "application/json", twice);
    check("http", made, &Again("`answer` occurs twice, first as \"Not\" and then as \"Very important\""));
    // In a product's own fields nobody knows what counts and what does not.
    for twice in [
        r#"{"answer": "Not", "answer": "Not"}"#,
        r#"{"metadata": 1, "metadata": 1, "answer": "Not"}"#,
        r#"{"entries": [{"id": "x", "id": "x"}], "answer": "Not"}"#,
        r#"{"usage": {"n": 1}, "usage": {"n": 2}, "answer": "Not"}"#,
    ] {
        let made = made_of("http", "text = \"/answer\"", 200, "application/json", twice.as_bytes());
        check("http", made, &Again("occurs twice, first as "));
    }
}

#[test]
fn a_key_stands_once_in_a_piece_of_a_stream() {
    for (provider, data) in all_wires(&["Very ", "important"]) {
        if provider == "bedrock" {
            let twice = event_text("contentBlockDelta", r#"{"delta":{"text":"Not","text":"Very "}}"#);
            let all = [framed(&data[..1]), twice, framed(&data[2..])].concat();
            let made = made_of(provider, "stream = true", 200, kind(provider), &all);
            check(provider, made, &Again("a stream with an event in which a key occurs twice"));
            continue;
        }
        let text = String::from_utf8(bytes(provider, &data)).expect("text");
        for key in [
            "\"content\":",
            "\"delta\":",
            "\"text\":",
            "\"finish_reason\":",
            "\"finishReason\":",
            "\"stop_reason\":",
            "\"done\":",
        ] {
            let Some(at) = text.find(key) else { continue };
            let twice = format!("{}{key}5,{}", &text[..at], &text[at..]);
            let made = made_of(provider, "stream = true", 200, kind(provider), twice.as_bytes());
            let wanted = "a stream with an event in which `";
            check(&format!("{provider}: {twice}"), made, &Again(wanted));
        }
    }
}

/// In a batch it is one answer that is none, and the others stay.
#[test]
fn a_key_that_stands_twice_in_a_line_of_a_batch_is_that_lines() {
    let good = |id: &str| {
        json!({ "custom_id": id, "response": { "status_code": 200, "body": wholes()[0].1 } }).to_string()
    };
    let twice =
        good("i").replacen("\"finish_reason\":", "\"finish_reason\":\"length\",\"finish_reason\":", 1);
    let text = format!("{twice}\n{}\n", good("j"));
    let server = Server::start(move |_| Reply::Answer {
        status: 200,
        headers: vec![],
        body: text.clone().into_bytes(),
    });
    let wire = connect(&asked("openai", &server, "batch = true"), PACE.limit, variables).expect("a wire");
    let batches = wire.batches().expect("batches");
    let mut made = Vec::new();
    let mut keep = |id: &str, result| {
        made.push((id.to_owned(), result));
        true
    };
    runtime().block_on(batches.collect("file", &mut keep)).expect("a file of results");
    let ids: Vec<&str> = made.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["i", "j"]);
    let second = made.pop().expect("two").1;
    check("j", second.map(|made| made.into_response()), &READ);
    check(
        "i",
        made.pop().expect("one").1.map(|made| made.into_response()),
        &Again("a line in which `finish_reason` occurs twice"),
    );
}

#[test]
fn a_block_that_was_left_is_not_added_to_again() {
    let block = |at: usize| json!({ "type": "content_block_start", "index": at, "content_block": { "type": "text", "text": "" } });
    let text = |at: usize, text: &str| json!({ "type": "content_block_delta", "index": at, "delta": { "type": "text_delta", "text": text } });
    let stop = |at: usize| json!({ "type": "content_block_stop", "index": at });
    let all = messages(&[]);
    let (begin, end) = (&all[..1], &all[3..]);
    let made = |blocks: &[Value]| [begin, blocks, end].concat();
    // The first has not been closed.
    let back =
        [block(0), text(0, "Not "), block(1), text(1, "Very "), text(0, "important"), stop(0), stop(1)];
    checked("anthropic", &made(&back), &Again("goes back to block 0 after block 1 began: important"));
    let back = [block(0), text(0, "Very "), block(1), text(0, "important"), stop(0), stop(1)];
    checked("anthropic", &made(&back), &Again("goes back to block 0 after block 1 began"));
    // One after the other, and thinking that comes late.
    let late = json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "signature_delta", "signature": "x" } });
    let think = json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "thinking", "thinking": "" } });
    let in_turn = [think, block(1), late, text(1, VERY), stop(0), stop(1)];
    checked("anthropic", &made(&in_turn), &READ);
    let in_turn = [block(0), text(0, "Very "), stop(0), block(1), text(1, "important"), stop(1)];
    checked("anthropic", &made(&in_turn), &READ);

    let text = |at: usize, text: &str| json!({ "contentBlockDelta": { "contentBlockIndex": at, "delta": { "text": text } } });
    let start = |at: usize| json!({ "contentBlockStart": { "contentBlockIndex": at } });
    let thinks = |at: usize| json!({ "contentBlockDelta": { "contentBlockIndex": at, "delta": { "reasoningContent": { "text": "Hm" } } } });
    let all = converse(&[]);
    let made = |blocks: &[Value]| [&all[..1], blocks, &all[2..]].concat();
    for back in [
        vec![text(0, "Very "), text(1, "Not "), text(0, "important")],
        vec![text(0, "Very "), start(1), text(0, "important")],
        vec![text(0, "Very "), thinks(1), text(0, "important")],
    ] {
        checked("bedrock", &made(&back), &Again("goes back to block 0 after block 1 began: important"));
    }
    for in_turn in [
        vec![text(0, "Very "), text(1, "important")],
        vec![thinks(0), text(2, "Very "), thinks(0), text(2, "important")],
    ] {
        checked("bedrock", &made(&in_turn), &READ);
    }
}

/// SGLang sends all so far once more where a request was set aside, under the same id and without a role.
#[test]
fn a_stream_that_begins_anew_is_no_answer_where_it_can_be_told() {
    for (provider, data) in all_wires(&["Very ", "imp", "Very important"]) {
        let wanted = if provider == "openai_responses" { "a stream" } else { "starts over" };
        checked(provider, &data, &Again(wanted));
        assert!(data.len() > 2);
    }
    let again = ["Very", " imp", "Very", " imp", "ortant"];
    for (provider, mut data) in all_wires(&again) {
        // Three tokens cannot be so much text, nor two.
        let counted = match provider {
            "openai" | "azure" => {
                data.push(json!({ "id": "c", "choices": [], "usage": { "completion_tokens": 3 } }));
                true
            }
            "ollama" | "gemini" | "vertex" => true,
            _ => false,
        };
        let wanted = match counted {
            true => Again("a stream that starts over with text it already sent: Very imp"),
            // Where the tokens that are counted allow for it, it may be meant.
            false if provider != "openai_responses" => Read(Finish::Stop, "Very impVery important"),
            false => Again("pieces say"),
        };
        match provider {
            // Its end says what was said: here only the pieces begin anew.
            "openai_responses" => {
                let last = data.len() - 1;
                let at = "/response/output/0/content/0/text";
                *data[last].pointer_mut(at).expect("a text") = json!(VERY);
                checked(provider, &data, &wanted);
            }
            _ => checked(provider, &data, &wanted),
        }
    }
}

/// What a model says twice, or a gateway cuts small, is an answer.
#[test]
fn what_is_meant_twice_is_read() {
    let counted = |texts: &[&str], tokens: u64| {
        let mut data: Vec<Value> = texts.iter().map(|text| say(text)).collect();
        data.push(stop());
        data.push(json!({ "id": "c", "choices": [], "usage": { "completion_tokens": tokens } }));
        data
    };
    let lines = ["Privacy", "\n", "Privacy", "\n", "Privacy"];
    checked("openai", &counted(&lines, 5), &Read(Finish::Stop, "Privacy\nPrivacy\nPrivacy"));
    checked("openai", &counted(&["no, ", "no, ", "no"], 1), &Read(Finish::Stop, "no, no, no"));
    let letters: Vec<String> = VERY.chars().map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    checked("openai", &counted(&letters, 2), &READ);
    // Some count none, or wrongly.
    for tokens in [0, 1] {
        checked("openai", &counted(&["Very ", "important"], tokens), &READ);
    }
}

#[test]
fn two_identities_are_named_short_and_without_keys() {
    let of = |id: &str, text: &str| put(say(text), "/id", json!(id));
    let end = |id: &str| put(stop(), "/id", json!(id));
    let long = format!("b\u{1b}[31m\n{KEY}{}", "x".repeat(300));
    let data = [of("chatcmpl-a", "Not "), of("chatcmpl-a", "Very "), of(&long, "important"), end(&long)];
    let made = made_of("openai", "stream = true", 200, EVENTS, events(&data).as_bytes());
    let shown = made.expect_err("mixed").to_string();
    let wanted = "two answers are mixed (its pieces have different `id`s: `chatcmpl-a`, then `b [key]xxx";
    assert!(shown.contains(wanted) && shown.ends_with("x…`)"), "{shown}");
    assert!(!shown.contains(KEY) && !shown.contains('\u{1b}') && shown.len() < 300, "{shown}");
    let two = [of("a", "Very "), of("b", "important"), piece(json!({}), Some("stop"))];
    let wanted = "(each of two pieces has its own `id`: `a`, then `b`)";
    checked("openai", &[&two[..2], &[end("e")]].concat(), &Again(wanted));
}
