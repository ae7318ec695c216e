//! The traps: what is read, and above all what is not.

use super::testing::*;
use super::{Answer, Invalid, parse};
use crate::suite::Question;

/// The ids of an answer, or the reason why it is none.
fn read(question: &Question<'_>, text: &str) -> Result<String, Invalid> {
    let id = |choice: &usize| question.item.choices[*choice].id.clone();
    parse(question, text, false).map(|answer| match answer {
        Answer::Set(set) | Answer::Ranking(set) => set.iter().map(id).collect::<Vec<_>>().join(" "),
        Answer::Level(level) => id(&level),
        Answer::Text(text) => text,
    })
}

fn all(question: &Question<'_>, expected: Result<&str, Invalid>, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(question, text), expected.map(str::to_owned), "{text}");
    }
}

const FIVE: &str = "privacy fairness accountability safety transparency";

#[test]
fn probe() {
    let q = select();
    all(
        &q,
        Ok(FIVE),
        &[
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "Safety, Privacy, Fairness, Transparency, and Accountability.",
        ],
    );
    all(
        &rank(),
        Ok("privacy performance fairness autonomy safety transparency"),
        &["B, A, C, D, E, F", "B > A > C > D > E > F"],
    );
    all(&likert(), Ok("very"), &["Very important"]);
}
