//! Decides which explanations beside an answer are harmless, in words that no table can list.
//!
//! The rule was measured on transcripts of real models. An explanation may follow a complete answer, or stand beside
//! an entry of a list after a dash, a colon or in brackets. It names no other option (except to deny one of the other
//! side), asks nothing, and says nothing about the answer itself: it does not take it back, attribute it to somebody
//! else, hedge it or change its rank. If it continues the answer's own sentence, it begins like a reason, or follows
//! a dash and is too long to be a remark such as "or so they say". Anything else stops the reader at the word in
//! question.
//!
//! One to three words in brackets after an option are not a sentence. They are accepted if every option of the list
//! has such a note, each names a value or a word of its own option's story, and none speaks of the answer.
//!
//! The lists of forbidden words are only a second safeguard: a text that contains none of them must still look like
//! an explanation.

use super::entries::stem;
use super::frames::LanguageFrames;
use super::pattern::Slots;
use super::tokens::{ELLIPSIS, Token, TokenKind};
use crate::suite::Shape;

/// Where an explanation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExplanationPlace {
    /// In the answer's sentence, right after the answer or after a comma.
    Clause,
    /// In the answer's sentence, after a dash, a colon, a semicolon or a bracket.
    Dash,
    /// In the answer's sentence, if the answer is a whole clause such as "I agree".
    Argument,
    /// In a clause that repeats the statement that the answer is about.
    Statement,
    /// Beside an entry of a list.
    Entry,
    /// The first sentence after the answer.
    First,
    /// A later sentence.
    Later,
}

/// Returns the place of the first token that makes the words no harmless explanation, or `None` if they are one. With
/// `order`, words about an order count as such tokens.
///
/// Whether the words name options is checked in `explain.rs`.
pub(super) fn stops(
    frames: &LanguageFrames,
    slots: &Slots,
    tokens: &[Token],
    place: ExplanationPlace,
    order: bool,
) -> Option<usize> {
    const FOREIGN: usize = 6;
    const NEAR: usize = 4;
    let words: Vec<usize> = (0..tokens.len()).filter(|at| is_word(&tokens[*at])).collect();
    let Some(first) = words.first().copied() else { return Some(0) };
    let small = || words.iter().any(|at| frames.has("small", &tokens[*at].text));
    let connective =
        |word: &str| matches!(word, "however" | "but" | "additionally" | "moreover" | "furthermore");
    let opens = (first..tokens.len()).find(|at| is_word(&tokens[*at]) && !connective(&tokens[*at].text));
    let topical = words
        .iter()
        .any(|at| stem(&tokens[*at].text).is_some_and(|stem| slots.topics.iter().any(|topic| topic == stem)));
    let why = topical || opens.is_some_and(|at| frames.find("why", Shape::Text, tokens, at, slots).is_some());
    if !begins(frames, &tokens[first].text, words.len(), place, why) || (words.len() >= FOREIGN && !small()) {
        return Some(first);
    }
    // `as` begins a reason, but also "as they say".
    let reason = frames.has("reasons", &tokens[first].text) && tokens[first].text != "as";
    let clause =
        matches!(place, ExplanationPlace::Clause | ExplanationPlace::Dash | ExplanationPlace::Argument)
            && !reason;
    let near = if clause { words.get(NEAR).copied().unwrap_or(tokens.len()) } else { 0 };
    tokens.iter().enumerate().position(|(at, token)| {
        let of_others = at < near && token.kind == TokenKind::Word && frames.has("of-others", &token.text);
        of_others || speaks(frames, tokens, at, place, order)
    })
}

/// Returns whether the token at `at` speaks of the answer itself.
fn speaks(
    frames: &LanguageFrames,
    tokens: &[Token],
    at: usize,
    place: ExplanationPlace,
    order: bool,
) -> bool {
    let word = tokens[at].text.as_str();
    match tokens[at].kind {
        TokenKind::Mark(mark) => !harmless(mark),
        TokenKind::Break => false,
        TokenKind::Json => true,
        TokenKind::Number => order || place == ExplanationPlace::Entry,
        TokenKind::Word => {
            let superlative = word.len() > 5 && word.ends_with("est");
            frames.has("of-answers", word)
                || (place == ExplanationPlace::Entry && frames.has("of-choice", word))
                || (order && (superlative || frames.has("of-order", word)))
                || frames.find("taboo", Shape::Text, tokens, at, &Slots::default()).is_some()
        }
    }
}

/// Returns whether the few words in brackets only say what the option before them is about: at least one names a
/// value, by its ending (accuracy, fairness, sharing) or because `known` says so, and none speaks of the answer.
pub(super) fn labels(frames: &LanguageFrames, tokens: &[Token], known: impl Fn(&str) -> bool) -> bool {
    const MOST: usize = 3;
    const SHORTEST: usize = 5;
    let named = |word: &str| {
        let one = word.strip_suffix('s').unwrap_or(word);
        let noun = frames.list("value-endings").iter().any(|end| one.ends_with(end) || word.ends_with(end))
            && word.len() >= SHORTEST;
        known(word) || noun || frames.has("values", word)
    };
    let plain = |at: usize| {
        let small = frames.has("small", &tokens[at].text) || frames.has("bad-starts", &tokens[at].text);
        tokens[at].kind == TokenKind::Word
            && !speaks(frames, tokens, at, ExplanationPlace::Entry, true)
            && !small
    };
    (1..=MOST).contains(&tokens.len())
        && (0..tokens.len()).all(plain)
        && tokens.iter().any(|token| named(&token.text))
}

/// Returns whether the words may begin an explanation at this place, and are enough to be one.
fn begins(frames: &LanguageFrames, first: &str, words: usize, place: ExplanationPlace, why: bool) -> bool {
    let reason = frames.has("reasons", first) && (why || first != "as");
    let fine = !frames.has("bad-starts", first);
    let clause = fine && !frames.has("bad-clauses", first);
    match place {
        ExplanationPlace::Clause => reason && words >= 2,
        ExplanationPlace::Dash => (reason && words >= 2) || (why && clause && words >= 5),
        ExplanationPlace::Argument => (reason && words >= 2) || (clause && words >= 5),
        ExplanationPlace::Statement => true,
        ExplanationPlace::Entry => clause && words >= 3,
        ExplanationPlace::First => why && fine && words >= 5 && !frames.has("bad-firsts", first),
        ExplanationPlace::Later => fine,
    }
}

fn is_word(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::Number)
}

/// Returns whether a mark may stand in an explanation.
fn harmless(mark: char) -> bool {
    ",;:-().!/%&+•#|".contains(mark) || mark == ELLIPSIS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tokens::tokens;

    fn passes(text: &str, place: ExplanationPlace) -> bool {
        stops(LanguageFrames::of(None), &Slots::default(), &tokens(text, 0..text.len()), place, false)
            .is_none()
    }

    #[test]
    fn reasons_pass() {
        for (text, place) in [
            ("because it protects patients", ExplanationPlace::Clause),
            ("patients must be able to trust the system", ExplanationPlace::Dash),
            ("protecting personal data", ExplanationPlace::Entry),
            ("Patient data is sensitive and must be kept from others.", ExplanationPlace::First),
            ("However, I believe the data is needed to help them.", ExplanationPlace::First),
            ("It builds trust.", ExplanationPlace::Later),
        ] {
            assert!(passes(text, place), "{text}");
        }
    }

    #[test]
    fn what_takes_an_answer_back_or_lends_it_does_not() {
        for (text, place) in [
            ("strongly", ExplanationPlace::Clause),
            ("for the bank", ExplanationPlace::Clause),
            ("said nobody in this hospital ever", ExplanationPlace::Dash),
            ("or so they say in such places", ExplanationPlace::Dash),
            ("most people would say so these days", ExplanationPlace::Dash),
            ("if you ask a lawyer about it", ExplanationPlace::Dash),
            ("dropped", ExplanationPlace::Entry),
            ("I would leave this one out", ExplanationPlace::Entry),
            ("not really", ExplanationPlace::First),
            ("Not really, I was wrong about that.", ExplanationPlace::First),
            ("That is what I would say, but I take it back.", ExplanationPlace::First),
            ("On reflection it is less than that.", ExplanationPlace::First),
            ("My real answer is known to my friends.", ExplanationPlace::First),
            ("En realidad opino todo lo contrario de lo que dicen siempre.", ExplanationPlace::First),
        ] {
            assert!(!passes(text, place), "{text}");
        }
    }
}
