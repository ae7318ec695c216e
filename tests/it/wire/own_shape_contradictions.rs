//! Entries of products that contradict themselves, or the list that they stand in, and replies that say in some spelling
//! that they failed.

use serde_json::{Value, json};

use super::own_shape::{RANKED, RATED, SELECTED, all, one};
use crate::support::server::Reply;
use crate::support::task_from;

const IDS: [&str; 3] = ["safety", "privacy", "fairness"];
const RIGHT: &str = "safety > privacy > fairness";

/// The three stories in this order, the first one with more fields.
fn first(more: &Value) -> Value {
    let mut entries: Vec<Value> = IDS.iter().map(|id| json!({ "id": id })).collect();
    let fields = more.as_object().expect("fields").clone();
    entries[0].as_object_mut().expect("an entry").extend(fields);
    json!({ "r": entries })
}

/// The three stories, each with this field and its own value.
fn each(name: &str, values: [Value; 3]) -> Value {
    let entries: Vec<Value> =
        IDS.iter().zip(values).map(|(id, value)| json!({ "id": id, name: value })).collect();
    json!({ "r": entries })
}

#[test]
fn an_entry_that_names_two_options_is_unread() {
    let two = |field: &str, said: &str| {
        format!(
            "unclear: entry 1 of the list says two things: it names `safety`, and its `{field}` is {said}"
        )
    };
    all(
        RANKED,
        "answer = \"/r\"",
        &[
            (first(&json!({ "letter": "A" })), &two("letter", "\"A\"")),
            (first(&json!({ "Letter": "c" })), &two("Letter", "\"c\"")),
            (first(&json!({ "text": "Loans are fair." })), &two("text", "\"Loans are fair.\"")),
            (first(&json!({ "label": "privacy" })), &two("label", "\"privacy\"")),
            (first(&json!({ "letter": "B", "text": "I am warned of 🦊 fraud.", "label": "fraud" })), RIGHT),
            (first(&json!({ "why": "privacy", "beats": "A", "level": 3 })), RIGHT),
        ],
    );
    all(
        RATED,
        "answer = \"/r\"\nanswer_level = 1",
        &[
            (
                json!({ "r": { "id": "top", "level": 1 } }),
                "unclear: the answer says two things: it names `top`, and its `level` is 1",
            ),
            (
                json!({ "r": { "id": "top", "text": "Not important" } }),
                "unclear: the answer says two things: it names `top`, and its `text` is \"Not important\"",
            ),
            (
                json!({ "r": { "id": "top", "rating": "not" } }),
                "unclear: the answer says two things: it names `top`, and its `rating` is \"not\"",
            ),
            (json!({ "r": { "id": "top", "level": 3, "text": "Extremely important", "score": 1 } }), "top"),
        ],
    );
    all(RATED, "answer = \"/r\"", &[(json!({ "r": { "id": "top", "level": 10 } }), "top")]);
}

#[test]
fn a_list_that_is_not_in_the_order_of_its_entries_is_unread() {
    for name in ["Rank", "rankPosition", "rank_position", "placement", "place", "order", "index", "ordinal"] {
        let wrong = |entry: u8, said: &str| {
            format!("unclear: the list is not in the order of its `{name}`: that of entry {entry} is {said}")
        };
        all(
            RANKED,
            "answer = \"/r\"",
            &[
                (each(name, [json!(1), json!(2), json!(3)]), RIGHT),
                (each(name, [json!(0), json!(1), json!(2)]), RIGHT),
                (each(name, [json!("1"), json!("2"), json!("3")]), RIGHT),
                (each(name, [json!(3), json!(2), json!(1)]), &wrong(1, "3")),
                (each(name, [json!(1), json!(1), json!(2)]), &wrong(2, "1")),
                (each(name, [json!("1"), json!("3"), json!("2")]), &wrong(2, "\"3\"")),
            ],
        );
    }
    // Words in a field of this name are the product's own, and so is the order of a selection.
    let words = each("index", [json!("stories"), json!("stories"), json!("stories")]);
    all(RANKED, "answer = \"/r\"", &[(words, RIGHT)]);
    let chosen = json!({ "r": [{ "id": "safety", "index": 7 }, { "id": "privacy", "index": 2 }] });
    all(SELECTED, "answer = \"/r\"", &[(chosen, "privacy + safety")]);
    // The field that names the option is no place.
    let numbered = json!({ "r": [{ "index": 2 }, { "index": 3 }, { "index": 1 }] });
    all(RANKED, "answer = \"/r\"\nanswer_index = 1\nanswer_id = \"/index\"", &[(numbered, RIGHT)]);
}

#[test]
fn an_entry_that_was_not_chosen_or_failed_is_unread() {
    let mut cases: Vec<(Value, String)> = Vec::new();
    for name in ["selected", "included", "chosen", "isSelected", "is_selected"] {
        for value in [json!(false), json!("false"), json!(0), json!(null)] {
            let why = format!("unclear: entry 1 of the list says that it is not chosen: `{name}` is {value}");
            cases.push((first(&json!({ name: value })), why));
        }
        cases.push((first(&json!({ name: true })), RIGHT.to_owned()));
    }
    for name in ["excluded", "rejected", "removed"] {
        for value in [json!(true), json!("true"), json!(1)] {
            let why = format!("unclear: entry 1 of the list says that it is not chosen: `{name}` is {value}");
            cases.push((first(&json!({ name: value })), why));
        }
        cases.push((first(&json!({ name: false })), RIGHT.to_owned()));
    }
    for value in [json!("failed"), json!("ERROR"), json!(500)] {
        let why = format!("unclear: entry 1 of the list says that it failed: `status` is {value}");
        cases.push((first(&json!({ "status": value })), why));
    }
    cases.push((first(&json!({ "status": "open", "error": null })), RIGHT.to_owned()));
    let cases: Vec<(Value, &str)> = cases.iter().map(|(body, why)| (body.clone(), why.as_str())).collect();
    all(RANKED, "answer = \"/r\"", &cases);
}

#[test]
fn the_objects_around_a_name_count_too() {
    let within = |more: [Value; 3]| {
        let entry = |(id, more): (&&str, Value)| {
            let mut story = json!({ "id": id });
            story.as_object_mut().expect("a story").extend(more.as_object().expect("fields").clone());
            json!({ "story": story })
        };
        json!({ "r": IDS.iter().zip(more).map(entry).collect::<Vec<_>>() })
    };
    let one = |more: Value| within([more, json!({}), json!({})]);
    all(
        RANKED,
        "answer = \"/r\"\nanswer_id = \"/story/id\"",
        &[
            (one(json!({ "letter": "B", "points": 3 })), RIGHT),
            (
                one(json!({ "letter": "A" })),
                "unclear: entry 1 of the list says two things: it names `safety`, and its `letter` is \"A\"",
            ),
            (
                one(json!({ "selected": false })),
                "unclear: entry 1 of the list says that it is not chosen: `selected` is false",
            ),
            (
                one(json!({ "status": "failed" })),
                "unclear: entry 1 of the list says that it failed: `status` is \"failed\"",
            ),
            (
                within([json!({ "rank": 3 }), json!({ "rank": 2 }), json!({ "rank": 1 })]),
                "unclear: the list is not in the order of its `rank`: that of entry 1 is 3",
            ),
        ],
    );
}

#[test]
fn a_reply_that_says_it_failed_in_any_spelling_is_no_answer() {
    let task = task_from(RANKED);
    let body = "body = { backlog = \"{options}\" }";
    for (name, value) in [
        ("success", json!("false")),
        ("success", json!(0)),
        ("partial", json!("true")),
        ("error_code", json!(17)),
        ("errorCode", json!("E17")),
        ("fallback", json!(true)),
        ("degraded", json!(true)),
    ] {
        let reply = json!({ name: value, "r": IDS });
        let shown = value.as_str().map_or(value.to_string(), str::to_owned);
        let wanted = format!("an answer that says it failed or is not finished (`{name}` is `{shown}`)");
        let found = one(&task, &format!("{body}\nanswer = \"/r\""), move || Reply::json(200, &reply));
        assert!(found.starts_with("missing: ") && found.contains(&wanted), "{wanted}\n{found}");
    }
    let well = json!({ "success": "true", "partial": "false", "error_code": 0, "fallback": null, "degraded": false, "r": IDS });
    let found = one(&task, &format!("{body}\nanswer = \"/r\""), move || Reply::json(200, &well));
    assert_eq!(found, RIGHT);
}
