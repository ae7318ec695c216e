//! Responses that were not written to be read: they must end in an `Err` or an answer, soon.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::testing;
use crate::answer::{Finish, read};

fn soon(text: &str) {
    for question in
        [testing::select(), testing::likert(), testing::rank(), testing::open(), testing::pick_one()]
    {
        let start = Instant::now();
        let _ = read(&question, text, &Finish::Stop);
        let _ = read(&question, text, &Finish::Length);
        if start.elapsed() > Duration::from_millis(300) {
            println!(
                "SLOW {:?} {:?} {:?}",
                start.elapsed(),
                question.task.id,
                text.chars().take(30).collect::<String>()
            );
        }
        // Linear work on a megabyte, unoptimised, on a busy machine: a second or so.
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?} {}",
            start.elapsed(),
            &text[..40.min(text.len())]
        );
    }
}

#[test]
fn a_megabyte_of_anything_ends_soon() {
    for part in [
        "[",
        "{\"answer\":",
        "['A', ",
        "(",
        "<think>",
        "</think>",
        "<",
        "\\boxed{",
        "```\n",
        "**",
        "\u{1b}]",
        "\u{1b}[",
        "\u{202e}\u{200b}",
        "\u{0}",
        "\n",
        "1. ",
        "- Safety\n",
        "x:\n- Safety\n",
        "1. Safety\n",
        "Safety and privacy bla bla bla bla bla ",
        "Very important ",
        "wait Very important\n",
        "A, ",
        "A ",
        "As a patient, I want ",
        "Answer: ",
        "Answer: Safety, Privacy ",
        ". ",
        "é",
        "fairnes ",
    ] {
        soon(&part.repeat(100_000 / part.len()));
    }
}

#[test]
fn one_long_line_and_one_long_word_end_soon() {
    soon(&"a".repeat(1_000_000));
    soon(&format!("Safety, {}", "very ".repeat(200_000)));
    soon(&format!("['{}'", "x".repeat(1_000_000)));
}

/// Pieces answers are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Safety",
        "privacy",
        "Human autonomy",
        "Very important",
        "not ",
        "A",
        "B",
        "C, ",
        "1. ",
        "- ",
        "**",
        "\n",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        ":",
        ",",
        " ",
        "answer",
        "Answer: ",
        "<think>",
        "</think>",
        "\\boxed{",
        "is ",
        "As a patient, I want",
        "\u{1b}[",
        "é",
        "…",
        "(",
        ")",
        "?",
        ">",
        "=",
        "5",
        ".",
        "#",
        "```",
        "\\u",
        "\u{20e3}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_text_panics(text in prop_oneof![pieces(), any::<String>(), "[\\PC\\n]{0,80}"], cut_off: bool) {
        for question in [testing::select(), testing::likert(), testing::numbers(), testing::trade_off(), testing::rank(), testing::pick_one(), testing::open()] {
            let _ = read(&question, &text, if cut_off { &Finish::Length } else { &Finish::Stop });
        }
    }
}
