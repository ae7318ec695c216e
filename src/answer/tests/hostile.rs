//! Hostile responses: each must end in an error or an answer within a short time.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::testing;
use crate::answer::{Finish, read};
use crate::suite::{Question, Shape};

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
        // Linear work on a megabyte takes about a second in a debug build on a busy machine.
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

/// Returns one of eight questions of all kinds.
fn question(kind: usize) -> Question<'static> {
    match kind {
        0 => testing::select(),
        1 => testing::likert(),
        2 => testing::rank(),
        3 => testing::trade_off(),
        4 => testing::pick_one(),
        5 => testing::select_shuffled(),
        6 => testing::numbers(),
        _ => testing::open(),
    }
}

/// Strings together parts of answers in any order.
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

/// Strings together words of a sentence about another option.
fn beside() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "",
        "I",
        "would",
        "say",
        "my answer is",
        "Answer:",
        "not",
        "because",
        "the patient",
        "rather",
        "is",
        "better",
        "and",
        "or",
        ",",
        "-",
        ":",
        "(",
        ")",
        "\n",
        "**",
        "1.",
        "2.",
        "- ",
        "so",
        "As a",
        "values",
        "Here are my five:",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.join(" "))
}

/// Writes a complete answer from `first` on, in one of the styles that models use.
fn whole(question: &Question<'_>, first: usize, style: usize) -> String {
    let count = question.shown.len();
    let take = match question.task.shape {
        Shape::Set { pick } => pick,
        Shape::Ranking => count,
        Shape::Level | Shape::Text => 1,
    };
    let chosen: Vec<String> = (0..take).map(|at| named(question, (first + at) % count)).collect();
    match style {
        0 => chosen.join("\n"),
        1 => chosen.iter().map(|name| format!("- {name}")).collect::<Vec<_>>().join("\n"),
        2 => chosen.iter().zip(1..).map(|(name, at)| format!("{at}. {name}")).collect::<Vec<_>>().join("\n"),
        3 => chosen.join(", "),
        4 => format!("My answer: {}.", chosen.join(", ")),
        _ => serde_json::json!({ "answer": chosen }).to_string(),
    }
}

fn named(question: &Question<'_>, at: usize) -> String {
    let shown = &question.shown[at];
    shown.marker.map_or_else(|| shown.text.clone(), String::from)
}

/// Returns how many texts each property is tried on; `ALIGNSPEC_FUZZ` sets it for a thorough run.
fn cases() -> u32 {
    std::env::var("ALIGNSPEC_FUZZ").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn no_text_panics(text in prop_oneof![pieces(), any::<String>(), "[\\PC\\n]{0,80}"], cut_off: bool, kind in 0_usize..8) {
        let question = question(kind);
        let finish = if cut_off { Finish::Length } else { Finish::Stop };
        if let Err(unread) = read(&question, &text, &finish) {
            prop_assert!(unread.at.is_none_or(|at| text.get(at).is_some()), "the place is none of the text");
        }
    }

    #[test]
    fn a_sentence_that_names_another_option_makes_no_other_answer(
        kind in 0_usize..6,
        first in 0_usize..12,
        other in 0_usize..12,
        style in 0_usize..6,
        (before, after) in (beside(), beside()),
        ahead: bool,
    ) {
        let question = question(kind);
        let text = whole(&question, first, style);
        let answer = read(&question, &text, &Finish::Stop);
        prop_assert!(answer.is_ok(), "{text:?}: {answer:?}");
        let sentence = format!("{before} {} {after}", named(&question, other % question.shown.len()));
        let both = if ahead { format!("{sentence}\n{text}") } else { format!("{text}\n{sentence}") };
        let with = read(&question, &both, &Finish::Stop);
        prop_assert!(with.is_err() || with == answer, "{both:?}: {with:?} after {answer:?}");
    }
}
