//! Explanations: what may be said beside an answer in words that no table can list.
//!
//! The rule, measured on the transcripts of real models: an explanation may stand after a whole answer,
//! or beside an entry of a list, after a dash, a colon or in brackets. It names no other option (but to
//! deny one of the other side), asks nothing, and does not speak of the answer itself: to take it back,
//! to lend it to somebody else, to hedge it, to change its rank. Where it goes on in the answer's own
//! sentence it begins as a reason does, or after a dash with words enough to be none of "or so they
//! say". Everything else stops the reader, at the word that stopped it.
//!
//! The lists are the second of two locks: what they miss has still to look like an explanation.

use once_cell::sync::Lazy;

use super::pattern::{Pattern, Slots};
use super::tokens::{ELLIPSIS, Kind, Token};

/// Where an explanation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the sentence of the answer, right after it or after a comma.
    Clause,
    /// In the sentence of the answer, after a dash, a colon, a semicolon or a bracket.
    Dash,
    /// In a clause that repeats the statement that the answer is about.
    Statement,
    /// Beside an entry of a list.
    Entry,
    /// A sentence of its own, the first after the answer.
    First,
    /// A later sentence.
    Later,
}

/// How a reason begins. `as` also begins "as they say".
const REASONS: [&str; 6] = ["because", "since", "given", "due", "that", "as"];

/// Words that no explanation begins with, wherever it stands.
const BAD_STARTS: [&str; 30] = [
    "no", "not", "nope", "nah", "never", "or", "only", "except", "maybe", "perhaps", "hmm", "wait", "oh", "said", "says",
    "alternatively", "actually", "correction", "update", "edit", "sorry", "apologies", "nobody", "none", "ps", "erratum", "ha",
    "lol", "unless", "well",
];

/// Words that the first sentence after an answer does not begin with.
const BAD_FIRSTS: [&str; 8] = ["if", "then", "still", "yet", "otherwise", "rather", "than", "second"];

/// Words that do not begin what goes on in the sentence of the answer.
const BAD_CLAUSES: [&str; 24] = [
    "but", "although", "though", "say", "according", "at", "strongly", "when", "until", "provided", "assuming", "too", "less",
    "more", "even", "almost", "nearly", "barely", "per", "like", "once", "for", "in", "with",
];

/// Words of somebody else's view, or of a condition, near the beginning of such a clause.
const OF_OTHERS: [&str; 19] = [
    "say", "says", "said", "they", "people", "some", "others", "experts", "critics", "nobody", "somebody", "someone",
    "anyone", "everyone", "doctors", "unless", "if", "only", "my",
];

/// Words that speak of an answer as such.
const OF_ANSWERS: [&str; 44] = [
    "oops", "typo", "retract", "retracted", "scratch", "reconsider", "reconsidering", "reconsidered", "nevermind", "kidding",
    "joking", "sarcasm", "sarcastic", "sarcastically", "swap", "swapped", "disregard", "unsure", "hesitant", "placeholder",
    "hypothetically", "supposedly", "ironically", "tentative", "tentatively", "misspoke", "mistyped", "backwards",
    "downgrade", "upgrade", "revise", "revised", "revising", "correction", "caveat", "caveats", "undecided", "pretend", "pretending",
    "wait", "mistakenly", "interchangeable", "reservations", "reservation",
];

/// The same in more than one word.
static PHRASES: Lazy<Vec<Pattern>> = Lazy::new(|| {
    [
        "(my|previous|first|real|true|actual|honest|final|better|initial|original|earlier|above) (answer|answers|rating|choice|choices|pick|picks|selection|ranking|response|list)",
        "this (answer|rating|ranking|list)",
        "(the|that) (answer|rating|ranking|above)",
        "above (answer|is|was)",
        "(i was|i am|i stand|i'm|i was not|i am not|i'm not) (wrong|mistaken|corrected|joking|kidding|lying|unsure|torn|sure|certain|serious)",
        "(it|this|that|importance|answer) (really|all|also|) depends",
        "take (that|it|this|them) back",
        "(changed|change|changing) my mind",
        "(on|upon) (second thought|second thoughts|reflection|further thought|further reflection|closer thought)",
        "second (thought|thoughts)",
        "make (that|it) (very|extremely|slightly)",
        "not (really|quite|exactly|anymore|any more|my|what i|how i)",
        "i (meant|lied|guess)",
        "i mean (the|it|that)",
        "(just|only) (guessing|a guess|an example|a placeholder|a joke|for now)",
        "the (opposite|reverse|contrary|other way)",
        "other way (round|around)",
        "(should|would|could) (have been|be) (higher|lower|stronger|weaker|first|last)",
        "(then|once) again",
        "at random",
        "less so",
        "stand by",
        "ignore (that|this|the above|my|it)",
        "forget (that|this|it|what)",
        "if (i|you) (were|was|had|asked|ask|want|insist)",
        "(role play|roleplay)",
        "(go|going) first",
        "comes (first|last)",
        "what (you|they) (want|wanted|expect)",
    ]
    .map(Pattern::new)
    .into()
});

/// Words of order: no ranking is explained with them, nor a side of two that is not taken.
const OF_ORDER: [&str; 60] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "last", "lastly", "before", "after", "ahead", "behind", "top",
    "bottom", "highest", "lowest", "higher", "lower", "least", "less", "most", "more", "ascending", "descending", "tie", "tied",
    "ties", "equal", "equally", "same", "order", "ordered", "rank", "ranks", "ranked", "ranking", "place", "placed", "position",
    "places", "priority", "above", "below", "over", "1st", "2nd", "3rd", "4th", "5th", "6th", "mid", "medium", "outweighs",
    "outweigh", "worst", "best", "prevails", "trumps", "wins", "better",
];

/// Words that keep an entry out of the list that it stands in, or speak of the list.
const OF_CHOICE: [&str; 98] = [
    "i", "i'd", "i'm", "i'll", "me", "my", "mine", "you", "your", "no", "not", "none", "never", "nor", "neither", "nothing",
    "leave", "leaving", "left", "out", "drop", "dropped", "dropping", "reject", "rejected", "rejecting", "exclude", "excluded",
    "excluding", "excludes", "skip", "skipped", "omit", "omitted", "omitting", "remove", "removed", "removing", "cross",
    "crossed", "strike", "struck", "runner", "honorable", "honourable", "mention", "optional", "maybe", "perhaps", "possibly",
    "only", "if", "unless", "fill", "filler", "list", "slot", "slots", "instead", "replace", "replaced", "replaces",
    "replacing", "least", "less", "lesser", "last", "lowest", "lower", "reluctant", "reluctantly", "candidate", "cut",
    "almost", "nearly", "barely", "borderline", "though", "although", "but", "however", "except", "unimportant", "irrelevant",
    "overrated", "discard", "discarded", "pass", "alternative", "alternatively", "backup", "sixth", "extra", "spare",
    "ranked", "nope", "yes", "answer",
];

/// Small words of English: a text without any is in no language known here.
const ENGLISH: [&str; 36] = [
    "should", "must", "have", "has", "or", "while", "over", "than", "not", "they", "such", "at", "the", "of", "and", "to", "is", "in", "a", "it", "that", "for", "are", "as", "with", "be", "by", "this", "their", "on", "can",
    "from", "i", "an", "its", "people",
];

/// The token that stops an explanation from being one; `None` for a harmless one. Words of `order` stop
/// it too where that is asked for.
///
/// Whether it names options is not asked here.
pub(super) fn stops(tokens: &[Token], place: Place, order: bool) -> Option<usize> {
    let words: Vec<usize> = (0..tokens.len()).filter(|at| is_word(&tokens[*at])).collect();
    let Some(first) = words.first().copied() else { return Some(0) };
    if !begins(&tokens[first].text, words.len(), place) {
        return Some(first);
    }
    if words.len() >= 8 && !words.iter().any(|at| ENGLISH.contains(&tokens[*at].text.as_str())) {
        return Some(first);
    }
    let near = |at: usize| words.iter().take(4).any(|near| *near == at);
    let reason = REASONS.contains(&tokens[first].text.as_str()) && tokens[first].text != "as";
    tokens.iter().enumerate().position(|(at, token)| match token.kind {
        Kind::Mark(mark) => !harmless(mark),
        Kind::Break => false,
        Kind::Json => true,
        Kind::Number => order || place == Place::Entry,
        Kind::Word => {
            let word = token.text.as_str();
            let of_others = matches!(place, Place::Clause | Place::Dash) && !reason && near(at);
            OF_ANSWERS.contains(&word)
                || (of_others && OF_OTHERS.contains(&word))
                || (place == Place::Entry && OF_CHOICE.contains(&word))
                || (order && (OF_ORDER.contains(&word) || (word.len() > 5 && word.ends_with("est"))))
                || PHRASES.iter().any(|phrase| phrase.matches(tokens, at, &Slots::default()).is_some())
        }
    })
}

/// Whether words may begin an explanation at a place, and are enough for one.
fn begins(first: &str, words: usize, place: Place) -> bool {
    let reason = REASONS.contains(&first);
    let fine = !BAD_STARTS.contains(&first);
    match place {
        Place::Clause => reason && words >= 2,
        Place::Dash if reason => words >= 2,
        Place::Dash => fine && words >= 5 && !BAD_CLAUSES.contains(&first),
        Place::Statement => true,
        Place::Entry => words >= 2 && fine && !BAD_CLAUSES.contains(&first),
        Place::First => fine && words >= 5 && !BAD_FIRSTS.contains(&first),
        Place::Later => fine,
    }
}

fn is_word(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Number)
}

/// Marks that may stand in an explanation.
fn harmless(mark: char) -> bool {
    matches!(mark, ',' | ';' | ':' | '-' | '(' | ')' | '.' | '!' | '/' | '%' | '&' | '+' | ELLIPSIS | '•' | '#' | '|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tokens::tokens;

    fn passes(text: &str, place: Place) -> bool {
        stops(&tokens(text, 0..text.len()), place, false).is_none()
    }

    #[test]
    fn reasons_pass() {
        for (text, place) in [
            ("because it protects patients", Place::Clause),
            ("patients must be able to trust the system", Place::Dash),
            ("protecting personal data", Place::Entry),
            ("Patient data is sensitive and must be kept from others.", Place::First),
            ("However, I believe the data is needed to help them.", Place::First),
            ("It builds trust.", Place::Later),
        ] {
            assert!(passes(text, place), "{text}");
        }
    }

    #[test]
    fn what_takes_an_answer_back_or_lends_it_does_not() {
        for (text, place) in [
            ("strongly", Place::Clause),
            ("for the bank", Place::Clause),
            ("said nobody in this hospital ever", Place::Dash),
            ("or so they say in such places", Place::Dash),
            ("most people would say so these days", Place::Dash),
            ("if you ask a lawyer about it", Place::Dash),
            ("dropped", Place::Entry),
            ("I would leave this one out", Place::Entry),
            ("not really", Place::First),
            ("Not really, I was wrong about that.", Place::First),
            ("That is what I would say, but I take it back.", Place::First),
            ("On reflection it is less than that.", Place::First),
            ("My real answer is known to my friends.", Place::First),
            ("En realidad opino todo lo contrario de lo que dicen siempre.", Place::First),
        ] {
            assert!(!passes(text, place), "{text}");
        }
    }
}
