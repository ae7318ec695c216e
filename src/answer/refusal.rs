//! Tells refusals from other unread responses. A refusal says so near its beginning; if an option was named first, it
//! must say so explicitly.

use super::frames::LanguageFrames;
use super::pattern::Slots;
use super::tokens::{Token, TokenKind, tokens};
use crate::suite::Shape;

/// A refusal must begin within this many words and this many bytes of a response.
const BEGINNING: usize = 80;
const NEAR: usize = 2000;

/// Returns whether `text` declines to answer. `begun` says that an option had already been named as the answer.
pub(super) fn declines(text: &str, begun: bool, language: Option<&str>) -> bool {
    let near = (0..=text.len().min(NEAR)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let words = tokens(text, 0..near).into_iter().filter(|token| token.kind == TokenKind::Word);
    // The table spells words without apostrophes: "I cant" for "I can't".
    let words: Vec<Token> =
        words.take(BEGINNING).map(|word| Token { text: word.text.replace('\'', ""), ..word }).collect();
    let role = if begun { "firm" } else { "refusal" };
    let says = |frames: &LanguageFrames| {
        (0..words.len()).any(|at| frames.find(role, Shape::Text, &words, at, &Slots::default()).is_some())
    };
    // Models also decline in English when asked in another language.
    says(LanguageFrames::of(language)) || says(LanguageFrames::of(None))
}

#[cfg(test)]
mod tests {
    use super::declines;

    #[test]
    fn refusals() {
        for text in [
            "I'm sorry, but I can't help with that.",
            "I cannot choose between these values.",
            "As an AI language model, I don't have personal opinions.",
            "Sorry, I won't rank these.",
            "I must decline.",
            "I’d rather not",
        ] {
            assert!(declines(text, false, None), "{text}");
        }
        assert!(declines("Yes, it is hard, and I must decline.", true, None));
    }

    #[test]
    fn no_refusals() {
        for text in ["", "Justice", "I am ready to help!", "There is no answer for this question.", "10"] {
            assert!(!declines(text, false, None), "{text}");
        }
        assert!(!declines("Undecided, I can't put one above the other.", true, None));
    }
}
