//! How long a response takes to read: `cargo bench --bench reading`. Texts are those that models write, and
//! those that nobody should; beside each of a megabyte stands the time that only looking at its bytes
//! takes.

use std::hint::black_box;
use std::path::Path;

use alignspec::__testing::answer::{Finish, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::suite::{Suites, load};
use divan::Bencher;
use divan::counter::BytesCount;
use once_cell::sync::Lazy;

static SUITES: Lazy<Suites> =
    Lazy::new(|| load(Path::new("."), &[("builtin".to_owned(), Diagnostic::new("the shipped suites"))]));

const MEGABYTE: usize = 1 << 20;

/// A megabyte of one piece, by what it is.
const PIECES: [(&str, &str); 12] = [
    ("letters", "a"),
    ("letters of stories", "A, "),
    ("list", "- Safety\n"),
    ("answers", "Very important. "),
    ("thinking that begins", "<think>"),
    ("thinking that ends", "</think>"),
    ("brackets", "["),
    ("objects", "{\"answer\":"),
    ("arrays", "[\"A\","),
    ("emphasis", "**"),
    ("boxes", "\\boxed{"),
    ("explanations", "Very important\n\nBecause the patient is safe. "),
];

/// An answer as models give it to a task.
const ANSWERS: [(&str, &str); 4] = [
    (
        "T1",
        "Here are my five:\n\n1. **Safety**\n2. **Privacy**\n3. **Fairness**\n4. **Transparency**\n5. **Dignity**",
    ),
    (
        "T2",
        "I would rate this as very important.\n\nExplanation: patients share such data with their doctor.",
    ),
    ("T3", "Probably safety"),
    ("T4", "B, A, C, D, E, F"),
];

fn named(list: &'static [(&str, &str)]) -> impl Iterator<Item = &'static str> {
    list.iter().map(|(name, _)| *name)
}

fn text(list: &'static [(&str, &str)], name: &str) -> &'static str {
    list.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

fn main() {
    divan::main();
}

#[divan::bench(args = named(&ANSWERS))]
fn answer(bencher: Bencher<'_, '_>, task: &str) {
    let text = text(&ANSWERS, task);
    let question = SUITES.task(task).expect("shipped").question(7, 0, 0, 0);
    bencher.bench(|| read(black_box(&question), black_box(text), &Finish::Stop));
}

#[divan::bench(args = named(&PIECES))]
fn megabyte(bencher: Bencher<'_, '_>, name: &str) {
    let piece = text(&PIECES, name);
    let question = SUITES.task("T1").expect("shipped").question(7, 0, 0, 0);
    let text = piece.repeat(MEGABYTE / piece.len());
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| read(black_box(&question), black_box(&text), &Finish::Stop));
}

#[divan::bench]
fn only_looking_at_a_megabyte(bencher: Bencher<'_, '_>) {
    let text = "Very important. ".repeat(MEGABYTE / 16);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| black_box(&text).chars().filter(|c| c.is_alphanumeric()).count());
}
