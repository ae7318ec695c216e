//! What products answer in their own shape to each kind of task: numbers, selections, levels, texts and letters.

use serde_json::json;

use super::own_shape::{OPEN, RANKED, RATED, SELECTED, TRADED, all, one};
use crate::support::server::Reply;
use crate::support::task_from;

#[test]
fn numbers_count_from_where_the_config_says() {
    for (first, numbers) in [(1, [2, 3, 1]), (0, [1, 2, 0])] {
        all(
            RANKED,
            &format!("answer = \"/r\"\nanswer_index = {first}"),
            &[
                (json!({ "r": numbers }), "safety > privacy > fairness"),
                (
                    json!({ "r": [first, first + 1, first + 3] }),
                    &format!(
                        "unknown option: the number {} is none of the options, which are {first} to {}",
                        first + 3,
                        first + 2
                    ),
                ),
                (
                    json!({ "r": [first, first + 1, first - 1] }),
                    &format!(
                        "unknown option: the number {} is none of the options, which are {first} to {}",
                        first - 1,
                        first + 2
                    ),
                ),
                (
                    json!({ "r": [first, first + 1, i64::MIN] }),
                    &format!(
                        "unknown option: the number -9223372036854775808 is none of the options, which are {first} to {}",
                        first + 2
                    ),
                ),
                (
                    json!({ "r": [first, first, first + 1] }),
                    "not a permutation: its entry 2 names an option that is named before",
                ),
                (
                    json!({ "r": [1, 2, u64::MAX] }),
                    "unclear: entry 3 of the list is 18446744073709551615, which is not a whole number",
                ),
            ],
        );
    }
    all(
        RANKED,
        "answer = \"/r\"\nanswer_index = 1\nanswer_id = \"/story/number\"",
        &[
            (
                json!({ "r": [{ "story": { "number": 2 } }, { "story": { "number": 3 } }, { "story": { "number": 1 } }] }),
                "safety > privacy > fairness",
            ),
            (
                json!({ "r": [{ "id": "safety" }] }),
                "unclear: entry 1 of the list is an object with nothing at \"/story/number\"",
            ),
        ],
    );
}

#[test]
fn a_selection_has_no_order_and_the_right_count() {
    all(
        SELECTED,
        "answer = \"/picked\"",
        &[
            (json!({ "picked": ["safety", "privacy"] }), "privacy + safety"),
            (json!({ "picked": ["Fairness", "Privacy"] }), "privacy + fairness"),
            (json!({ "picked": ["C", "A"] }), "privacy + fairness"),
            (json!({ "picked": "Fairness, Privacy" }), "privacy + fairness"),
            (json!({ "picked": ["safety"] }), "wrong count: it names 1 of the options, but 2 are asked for"),
            (
                json!({ "picked": ["safety", "privacy", "fairness"] }),
                "wrong count: it names 3 of the options, but 2 are asked for",
            ),
            (
                json!({ "picked": ["safety", "safety"] }),
                "wrong count: its entry 2 names an option that is named before",
            ),
            (json!({ "picked": "safety" }), "unclear: it is a text, but a list is asked for"),
        ],
    );
    // Ids that are the letters of other options.
    let lettered = SELECTED.replace("\"privacy\"", "\"B\"").replace("\"safety\"", "\"A\"");
    all(
        &lettered,
        "answer = \"/picked\"",
        &[
            (
                json!({ "picked": ["fairness", "A"] }),
                "ambiguous: `A` is the id of one option and the letter of another at `A`",
            ),
            (
                json!({ "picked": ["C", "B"] }),
                "ambiguous: `B` is the id of one option and the letter of another at `B`",
            ),
            (json!({ "picked": ["Privacy", "Fairness"] }), "B + fairness"),
            (
                json!({ "picked": ["Privacy", "C"] }),
                "unclear: its names are of different kinds: ids, texts and letters do not mix",
            ),
        ],
    );
    let three = lettered.replace("\"fairness\"", "\"D\"");
    all(
        &three.replace("pick = 2", "pick = 1"),
        "answer = \"/picked\"",
        &[
            (
                json!({ "picked": ["A"] }),
                "ambiguous: `A` is the id of one option and the letter of another at `A`",
            ),
            (
                json!({ "picked": "B" }),
                "ambiguous: `B` is the id of one option and the letter of another at `B`",
            ),
            (json!({ "picked": "D" }), "D"),
            (json!({ "picked": "Privacy" }), "B"),
        ],
    );
}

#[test]
fn a_rating_is_a_level_of_the_scale_whichever_end_is_shown_first() {
    let numberless = "unclear: it has numbers, and nothing says what they count from: set `answer_level` to the number of the lowest level";
    all(
        RATED,
        "answer = \"/rating\"\nanswer_index = 1",
        &[
            (json!({ "rating": "very" }), "very"),
            (json!({ "rating": "Extremely important" }), "top"),
            (json!({ "rating": "A" }), "top"),
            (json!({ "rating": { "id": "not", "score": 0.1 } }), "not"),
            (json!({ "rating": 1 }), numberless),
            (json!({ "rating": ["very"] }), "unclear: it is a list, but one level of the scale is asked for"),
            (
                json!({ "rating": "VERY" }),
                "unclear: `VERY` before the answer may change its meaning at `VERY`",
            ),
            (json!({ "rating": false }), "unclear: the answer is true or false"),
        ],
    );
    all(
        RATED,
        "answer = \"/rating\"\nanswer_level = 1",
        &[
            (json!({ "rating": 1 }), "not"),
            (json!({ "rating": 3 }), "top"),
            (json!({ "rating": 0 }), "unknown option: the number 0 is none of the levels, which are 1 to 3"),
            (json!({ "rating": 4 }), "unknown option: the number 4 is none of the levels, which are 1 to 3"),
            (json!({ "rating": 3.0 }), "unclear: the answer is 3.0, which is not a whole number"),
        ],
    );
    all(
        TRADED,
        "answer = \"/side\"\nanswer_level = -1",
        &[
            (json!({ "side": "surely_safety" }), "surely_safety"),
            (json!({ "side": "Surely privacy" }), "surely_privacy"),
            (json!({ "side": -1 }), "surely_privacy"),
            (json!({ "side": 0 }), "undecided"),
            (json!({ "side": 1 }), "surely_safety"),
        ],
    );
}

#[test]
fn free_text_is_text() {
    let open = task_from(OPEN);
    for (body, wanted) in [
        (json!({ "a": "Privacy, of course." }), "text: Privacy, of course."),
        (json!({ "a": ["Privacy"] }), "unclear: it is a list, but free text is asked for"),
        (json!({ "a": 1 }), "unclear: it is a number, but free text is asked for"),
    ] {
        let found =
            one(&open, "body = { q = \"{prompt}\" }\nanswer = \"/a\"", move || Reply::json(200, &body));
        assert_eq!(found, wanted);
    }
}

#[test]
fn letters_count_only_where_the_product_was_told_them() {
    let task = task_from(SELECTED);
    let read = |http: &str| {
        one(&task, &format!("{http}\nanswer = \"/p\""), || Reply::json(200, &json!({ "p": ["A", "B"] })))
    };
    assert_eq!(read("body = { b = \"{options}\" }"), "privacy + safety");
    assert_eq!(read("body = { b = \"{prompt}\" }"), "unknown option: `A` is not one of the options at `A`");
}
