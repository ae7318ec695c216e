//! Products that are asked, and answer, in their own shape: what they are sent, what is taken, and why the rest is
//! unread.

use std::path::Path;

use crate::support::server::{Reply, Server};
use crate::support::{configured, sample, task_from, unit};
use alignspec::__testing::answer::{Answer, read_as};
use alignspec::__testing::config::Model;
use alignspec::__testing::provider::Response;
use alignspec::__testing::suite::{Question, Task};
use serde_json::{Value, json};
use tempfile::tempdir;

/// Three stories, which are shown in another order than that of the file.
pub(super) const RANKED: &str = r#"
id = "T4"
kind = "rank"
title = "Order"
orders = ["reversed"]
prompt = "Rank these of {context}.\n{options}"
context = [{ id = "bank", text = "A bank's app." }]
story = [
  { context = "bank", value = "privacy", text = "My balance stays mine." },
  { context = "bank", value = "safety", text = "I am warned of 🦊 fraud." },
  { context = "bank", value = "fairness", text = "Loans are fair." },
]
"#;

/// Two of three, in the order of the file. The ids of two are the letters of others.
pub(super) const SELECTED: &str = r#"
id = "T1"
kind = "select"
title = "Two of three"
pick = 2
orders = ["listed"]
prompt = "Which {pick}?\n{options}"
option = [{ id = "privacy", label = "Privacy" }, { id = "safety", label = "Safety" }, { id = "fairness", label = "Fairness" }]
"#;

/// The scale is shown from its upper end.
pub(super) const RATED: &str = r#"
id = "T2"
kind = "rate"
title = "Importance"
orders = ["reversed"]
prompt = "{context} How important is {value}?\n{options}"
level = [{ id = "not", label = "Not important" }, { id = "very", label = "Very important" }, { id = "top", label = "Extremely important" }]
context = [{ id = "bank", text = "A bank's app." }]
value = [{ id = "privacy", label = "Privacy", text = "…" }]
"#;

pub(super) const TRADED: &str = r#"
id = "T3"
kind = "trade_off"
title = "Sides"
directions = ["swapped"]
prompt = "{context} {dilemma}\n{options}"
level = [{ id = "surely", label = "Surely {value}" }]
neutral = { id = "undecided", label = "Undecided" }
context = [{ id = "bank", text = "A bank's app." }]
value = [{ id = "privacy", label = "Privacy", text = "…" }, { id = "safety", label = "Safety", text = "…" }]
pair = [{ first = "privacy", second = "safety", text = "{first} or {second}?" }]
"#;

pub(super) const OPEN: &str = "id = \"K1\"\nkind = \"open\"\ntitle = \"Why\"\nprompt = \"Which values?\"\n";

/// What all of it sends.
const BODY: &str =
    r#"body = { backlog = "{options}", about = "{context}", ids = "{task}/{item}", words = "{prompt}" }"#;

pub(super) fn product(server: &Server, http: &str) -> Model {
    let url = server.root();
    configured(
        Path::new("/"),
        &format!("provider = \"http\"\n[model.http]\nurl = \"{url}/prioritise\"\n{http}"),
    )
}

/// What is made of the answer to a task's first question, by ids.
pub(super) fn told(question: &Question<'_>, response: &Response) -> String {
    let ids = |choices: Vec<usize>| {
        choices.into_iter().map(|at| question.item.choices[at].id.clone()).collect::<Vec<_>>()
    };
    let read = read_as(question, &response.text, &response.finish, response.structure.as_deref());
    match read {
        Ok(Answer::Set(choices)) => ids(choices).join(" + "),
        Ok(Answer::Ranking(choices)) => ids(choices).join(" > "),
        Ok(Answer::Level(level)) => ids(vec![level]).remove(0),
        Ok(Answer::Text(text)) => format!("text: {text}"),
        Err(unread) => {
            let at = unread.at.clone().map(|at| format!(" at `{}`", &response.text[at])).unwrap_or_default();
            format!("{}: {}{at}", unread.reason, unread.why)
        }
    }
}

/// What is made of a product's reply to the first question of a task, replayed from the recording.
pub(super) fn one(task: &Task, http: &str, reply: impl Fn() -> Reply + Send + Sync + 'static) -> String {
    let server = Server::start(move |_| reply());
    let model = product(&server, http);
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, task, 1);
    let asked = sample(folder.path(), &unit);
    let Some(response) = asked.responses[0].clone() else {
        return format!(
            "missing: {}",
            asked.shortfall().expect("a reason").replace(&server.root(), "SERVER")
        );
    };
    let replayed = sample(folder.path(), &unit);
    assert_eq!((replayed.asked, replayed.responses[0].clone()), (0, Some(response.clone())));
    told(&unit.questions.get(0), &response)
}

/// Compares what is made of each body with what is wanted.
pub(super) fn all(task: &str, http: &str, cases: &[(Value, &str)]) {
    let task = task_from(task);
    let http = format!("{BODY}\n{http}");
    let mut wrong = String::new();
    for (body, wanted) in cases {
        let sent = body.clone();
        let found = one(&task, &http, move || Reply::json(200, &sent));
        if found != *wanted {
            wrong += &format!("{body}\n  wanted {wanted}\n  found  {found}\n");
        }
    }
    assert!(wrong.is_empty(), "{}\n{wrong}", task.id);
}

#[test]
fn a_product_gets_the_question_in_parts() {
    let server =
        Server::start(|_| Reply::json(200, &json!({ "ranking": ["safety", "privacy", "fairness"] })));
    let model = product(&server, &format!("{BODY}\nanswer = \"/ranking\""));
    let (folder, task) = (tempdir().expect("a folder"), task_from(RANKED));
    assert_eq!(sample(folder.path(), &unit(&model, &task, 1)).shortfall(), None);
    let received = server.received();
    assert_eq!(received[0].target, "POST /prioritise");
    assert_eq!(
        received[0].body,
        json!({
            "backlog": [
                { "id": "fairness", "text": "Loans are fair.", "letter": "A" },
                { "id": "safety", "text": "I am warned of 🦊 fraud.", "letter": "B" },
                { "id": "privacy", "text": "My balance stays mine.", "letter": "C" },
            ],
            "about": "A bank's app.",
            "ids": "T4/bank",
            "words": task.question(1, 0, 0, 0).prompt,
        })
    );
    let recording = std::fs::read_to_string(folder.path().join("assistant/T4.jsonl")).expect("recorded");
    let line =
        r#""text":"[\"safety\",\"privacy\",\"fairness\"]","structure":{"letters":true},"finish":"other""#;
    assert!(recording.contains(line), "{recording}");
}

#[test]
fn what_is_sent_and_taken_is_part_of_the_key() {
    let server = Server::start(|_| Reply::json(200, &json!({ "r": ["safety", "privacy", "fairness"] })));
    let (folder, mut task) = (tempdir().expect("a folder"), task_from(RANKED));
    let asked = |task: &Task, http: &str| {
        let model = product(&server, http);
        sample(folder.path(), &unit(&model, task, 1)).asked
    };
    let options = "body = { b = \"{options}\" }";
    assert_eq!(asked(&task, &format!("{options}\nanswer = \"/r\"")), 1);
    assert_eq!(asked(&task, &format!("{options}\nanswer = \"/r\"")), 0);
    for other in [
        "body = { c = \"{options}\" }\nanswer = \"/r\"",
        "body = { b = \"{options}\", c = \"{context}\" }\nanswer = \"/r\"",
        "body = { b = \"{options}\" }\nanswer = \"/r\"\nanswer_index = 1",
        "body = { b = \"{options}\" }\nanswer = \"/r\"\nanswer_id = \"/x\"",
    ] {
        assert_eq!((asked(&task, other), asked(&task, other)), (1, 0), "{other}");
    }
    // The words of the question do not say this.
    task.items[0].choices[0].id = "secrecy".to_owned();
    assert_eq!(asked(&task, &format!("{options}\nanswer = \"/r\"")), 1);
    assert_eq!(asked(&task, "body = { b = \"{prompt}\" }\nanswer = \"/r\""), 1);
    task.items[0].choices[0].id = "privacy".to_owned();
    assert_eq!(asked(&task, "body = { b = \"{prompt}\" }\nanswer = \"/r\""), 0, "only the words are sent");
}

#[test]
fn a_ranking_is_taken_as_it_is_or_unread_with_the_reason() {
    let three = |ids: [&str; 3]| json!({ "r": ids });
    let id = |id: &str| json!({ "id": id });
    all(
        RANKED,
        "answer = \"/r\"",
        &[
            (three(["safety", "privacy", "fairness"]), "safety > privacy > fairness"),
            (three(["B", "C", "A"]), "safety > privacy > fairness"),
            (
                three(["I am warned of 🦊 fraud.", "My balance stays mine.", "Loans are fair."]),
                "safety > privacy > fairness",
            ),
            (json!({ "r": [id("safety"), id("privacy"), id("fairness")] }), "safety > privacy > fairness"),
            (
                json!({ "r": [{ "id": "B", "why": "not C", "rank": 1 }, { "id": "C", "rank": 2 }, { "id": "A", "rank": 3 }] }),
                "safety > privacy > fairness",
            ),
            // The text reader reads a text.
            (json!({ "r": "B, C, A" }), "safety > privacy > fairness"),
            (
                json!({ "r": ["safety", "privacy"] }),
                "not a permutation: it names 2 of the options, but 3 are asked for",
            ),
            (json!({ "r": [] }), "not a permutation: it names 0 of the options, but 3 are asked for"),
            (
                three(["safety", "privacy", "safety"]),
                "not a permutation: its entry 3 names an option that is named before",
            ),
            (
                json!({ "r": ["safety", "privacy", "fairness", "safety"] }),
                "not a permutation: it has 4 entries, but 3 options were shown",
            ),
            (
                three(["safety", "privacy", "fair\u{1b}[31mness"]),
                "unknown option: `fairness` is not one of the options at `fair\\u001b[31mness`",
            ),
            (
                three(["safety", "privacy", "Fairness"]),
                "unknown option: `Fairness` is not one of the options: names are compared exactly, and the id is `fairness` at `Fairness`",
            ),
            (three(["safety", "privacy", "a"]), "unknown option: `a` is not one of the options at `a`"),
            (
                three(["safety", "privacy", "A"]),
                "unclear: its names are of different kinds: ids, texts and letters do not mix",
            ),
            (
                json!({ "r": [1, 2, 3] }),
                "unclear: it has numbers, and nothing says what they count from: set `answer_index` to the number of the first option",
            ),
            (three(["1", "2", "3"]), "unknown option: `1` is not one of the options at `1`"),
            (
                json!({ "r": [1.0, 2.0, 3.0] }),
                "unclear: entry 1 of the list is 1.0, which is not a whole number",
            ),
            (
                json!({ "r": ["safety", 2, "fairness"] }),
                "unclear: some of its entries are numbers and others are names",
            ),
            (json!({ "r": ["safety", null, "fairness"] }), "unclear: entry 2 of the list is null"),
            (json!({ "r": ["safety", true, "fairness"] }), "unclear: entry 2 of the list is true or false"),
            (json!({ "r": [["safety", "privacy", "fairness"]] }), "unclear: entry 1 of the list is a list"),
            (json!({ "r": { "1": "safety" } }), "unclear: it is an object, but a list is asked for"),
            (json!({ "r": 3 }), "unclear: it is a number, but a list is asked for"),
            (json!({ "r": true }), "unclear: it is true or false, but a list is asked for"),
            (json!({ "r": "safety" }), "unclear: it is a text, but a list is asked for"),
            (
                json!({ "r": [{ "key": "safety" }, id("privacy"), id("fairness")] }),
                "unclear: entry 1 of the list is an object with nothing at \"/id\"",
            ),
            (
                json!({ "r": [id("safety"), { "id": { "v": 1 } }, id("fairness")] }),
                "unclear: entry 2 of the list has an object at \"/id\", not a name",
            ),
            (
                json!({ "r": [{ "id": 1 }, { "id": 2 }, { "id": 3 }] }),
                "unclear: the `id` of entry 1 of the list is the number 1: set `answer_id` and `answer_index` if it counts the options",
            ),
            (
                json!({ "r": [{ "id": "safety", "rank": 2 }, { "id": "privacy", "rank": 1 }, { "id": "fairness", "rank": 3 }] }),
                "unclear: the list is not in the order of its `rank`: that of entry 1 is 2",
            ),
            (
                json!({ "r": [{ "id": "safety", "position": 0 }, { "id": "privacy" }, { "id": "fairness", "position": 2 }] }),
                "unclear: the list is not in the order of its `position`: that of entry 2 is none",
            ),
            (
                json!({ "r": [{ "id": "safety", "Selected": false }, id("privacy"), id("fairness")] }),
                "unclear: entry 1 of the list says that it is not chosen: `Selected` is false",
            ),
            (
                json!({ "r": [{ "id": "safety", "error": "no::error::" }, id("privacy"), id("fairness")] }),
                "unclear: entry 1 of the list reports an error: \"no::error::\"",
            ),
        ],
    );
}

#[test]
fn an_error_is_no_answer() {
    let task = task_from(RANKED);
    let ids = json!(["safety", "privacy", "fairness"]);
    for (body, wanted) in [
        (json!({ "error": "busy", "r": ids }), "an error: busy"),
        (json!({ "success": false, "message": "no", "r": ids }), "an error: no"),
        (json!({ "status": "failed", "r": ids }), "an error"),
        (
            json!({ "partial": true, "r": ids }),
            "an answer that says it failed or is not finished (`partial` is `true`)",
        ),
        (json!({ "r": null }), "JSON with nothing at \"/r\""),
        (json!({ "ranking": ids }), "JSON with nothing at \"/r\""),
        (json!({ "r": "<!DOCTYPE html><html></html>" }), "an HTML page at \"/r\""),
    ] {
        let shown = body.to_string();
        let found = one(&task, &format!("{BODY}\nanswer = \"/r\""), move || Reply::json(200, &body));
        assert!(found.starts_with("missing: ") && found.contains(wanted), "{shown}\n{found}");
    }
    let blocked = json!({ "blocked": true, "r": ids });
    let found = one(&task, &format!("{BODY}\nanswer = \"/r\""), move || Reply::json(200, &blocked));
    assert_eq!(found, "refusal: the product says that it was filtered or refused");
}

#[test]
fn hostile_lists_do_no_harm() {
    let task = task_from(RANKED);
    let http = format!("{BODY}\nanswer = \"/r\"");
    let raw = |text: String| {
        move || Reply::Answer {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body: text.clone().into_bytes(),
        }
    };
    let many = format!("{{\"r\":[{}0]}}", "0,".repeat(5 << 20));
    let found = one(&task, &http, raw(many));
    assert!(found.starts_with("missing: ") && found.contains("4 MiB"), "{found}");
    let long = format!("{{\"r\":[{}0]}}", "0,".repeat(40 << 10));
    let kept = "cut off: it is cut off: it is longer than what is kept of an answer, 64 KiB";
    assert_eq!(one(&task, &http, raw(long)), kept);
    let some = format!("{{\"r\":[{}0]}}", "0,".repeat(1000));
    assert_eq!(
        one(&task, &http, raw(some)),
        "not a permutation: it has 1001 entries, but 3 options were shown"
    );
    let deep = format!("{{\"r\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(one(&task, &http, raw(deep)).starts_with("missing: "));
    let nested = format!("{{\"r\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(one(&task, &http, raw(nested)), "unclear: entry 1 of the list is a list");
    let twice = "{\"r\":[\"fairness\",\"safety\",\"privacy\"],\"r\":[\"safety\",\"privacy\",\"fairness\"]}";
    assert!(one(&task, &http, raw(twice.to_owned())).starts_with("missing: "));
}
