//! Explanations: what may be said beside an answer in words that no table can list.
//!
//! The rule, measured on the transcripts of real models (docs in the README): an explanation may stand
//! after a whole answer, or after an entry of a list behind a dash, colon or in brackets. It must name no
//! other option, speak of no rank, number or letter of the scale, not be a question, and not speak of
//! the answer itself (to take it back, to lend it to somebody else, to hedge it). One that goes on in
//! the answer's own sentence must begin as a reason does, or be long enough to be none of "not really",
//! "or so they say". Everything else stops the reader, at the word that stopped it.

use super::tokens::{ELLIPSIS, Kind, Token};

/// Where an explanation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the sentence of the answer, after it.
    Same,
    /// Beside an entry of a list.
    Entry,
    /// A sentence of its own.
    Own,
}

/// How a reason begins. `as` also begins "as they say".
const REASONS: [&str; 6] = ["because", "since", "given", "due", "that", "as"];

/// Words that no explanation begins with where it goes on in the answer's own sentence.
const BAD_STARTS: [&str; 44] = [
    "no", "not", "nope", "nah", "never", "or", "but", "although", "though", "unless", "only", "except", "if", "maybe",
    "perhaps", "yet", "still", "otherwise", "than", "said", "says", "say", "according", "at", "strongly", "when",
    "while", "until", "provided", "assuming", "well", "hmm", "then", "too", "less", "more", "even", "almost", "nearly",
    "barely", "until", "per", "like", "once",
];

/// Words that no sentence of an explanation begins with.
const BAD_OPENINGS: [&str; 24] = [
    "no", "not", "nope", "nah", "never", "or", "unless", "only", "except", "maybe", "perhaps", "otherwise", "well", "hmm",
    "then", "still", "yet", "wait", "oh", "said", "alternatively", "if", "otherwise", "rather",
];

/// Words that speak of an answer as such: that take it back, lend it to another, put it under a
/// condition, or joke.
const OF_ANSWERS: &[&str] = &[
    "wait", "actually", "correction", "corrections", "corrected", "correcting", "oops", "sorry", "apologies", "apologize",
    "mistake", "mistaken", "mistakenly", "typo", "wrong", "wrongly", "incorrect", "above", "reconsider", "reconsidering",
    "reconsidered", "revise", "revised", "revising", "revision", "update", "updated", "edit", "edited", "scratch", "retract",
    "withdraw", "undo", "amend", "amended", "swap", "swapped", "swapping", "switch", "switched", "opposite", "reverse",
    "reversed", "backwards", "contrary", "joke", "joking", "kidding", "sarcasm", "sarcastic", "sarcastically", "ironic",
    "irony", "ironically", "lie", "lying", "pretend", "pretending", "hypothetical", "hypothetically", "supposedly", "ignore",
    "disregard", "forget", "nevermind", "meant", "answer", "answers", "answered", "option", "options", "depends",
    "depending", "unsure", "uncertain", "undecided", "doubt", "doubtful", "hesitate", "hesitant", "guess", "guessing",
    "random", "randomly", "tentative", "tentatively", "draft", "placeholder", "example", "template", "refuse", "decline",
    "unread", "retracted", "yesterday", "formerly", "previously", "originally", "initially", "earlier", "upon", "reflection",
    "mind", "supposed", "told", "asked", "forced", "quote", "quoting", "quoted", "survey", "respondents", "critics", "critic",
    "opponents", "downgrade", "upgrade", "downgraded", "upgraded", "overstated", "understated", "exaggeration",
    "exaggerated", "too", "half", "halfway", "somewhere", "between", "closer",
];

/// Words of order: no ranking is explained with them.
const OF_ORDER: &[&str] = &[
    "first", "second", "third", "fourth", "fifth", "sixth", "last", "lastly", "before", "after", "ahead", "behind", "top",
    "bottom", "highest", "lowest", "higher", "lower", "least", "less", "most", "more", "ascending", "descending", "tie", "tied",
    "ties", "equal", "equally", "same", "order", "ordered", "rank", "ranks", "ranked", "ranking", "place", "placed", "position",
    "places", "priority", "above", "below", "under", "over", "1st", "2nd", "3rd", "4th", "5th", "6th", "mid", "medium",
];

/// Words that keep an entry out of the list that it stands in, or speak of the list.
const OF_CHOICE: &[&str] = &[
    "i", "i'd", "i'm", "i'll", "me", "my", "mine", "you", "your", "no", "not", "none", "never", "nor", "neither", "nothing",
    "leave", "leaving", "left", "out", "drop", "dropped", "dropping", "reject", "rejected", "rejecting", "exclude", "excluded",
    "excluding", "excludes", "skip", "skipped", "omit", "omitted", "omitting", "remove", "removed", "removing", "cross",
    "crossed", "strike", "struck", "runner", "honorable", "honourable", "mention", "optional", "maybe", "perhaps", "possibly",
    "only", "if", "unless", "fill", "filler", "list", "slot", "slots", "instead", "replace", "replaced", "replaces",
    "replacing", "least", "less", "lesser", "last", "lowest", "lower", "reluctant", "reluctantly", "candidate", "cut",
    "almost", "nearly", "barely", "borderline", "though", "although", "but", "however", "except", "without", "unimportant",
    "irrelevant", "unneeded", "unnecessary", "overrated", "discard", "discarded", "excluded", "pass", "alternative",
    "alternatively", "alternate", "backup", "or", "sixth", "extra", "bonus", "spare", "rank", "ranked", "chosen", "picked",
    "selected", "considered", "fails", "failed", "weak", "weakest", "minor", "meh", "nope", "yes",
];

/// Words of somebody else's view, where they stand in the answer's own sentence.
const OF_OTHERS: &[&str] = &[
    "say", "says", "said", "they", "people", "some", "others", "experts", "critic", "critics", "nobody", "somebody", "someone",
    "anyone", "everyone", "fool", "doctors", "doctor", "unless", "if", "only", "less", "not", "never", "no", "hardly",
    "but", "or", "except", "though", "although", "maybe", "perhaps", "possibly", "probably", "lately", "theory",
];

/// Small words of English: a text without any is in no language known here.
const ENGLISH: [&str; 24] = [
    "the", "of", "and", "to", "is", "in", "a", "it", "that", "for", "are", "as", "with", "be", "by", "this", "their", "on", "can",
    "from", "i", "an", "its", "people",
];

/// The token that stops an explanation from being one; `None` for a harmless one.
///
/// Whether it names options is not asked here.
pub(super) fn stops(tokens: &[Token], place: Place, ranking: bool) -> Option<usize> {
    stops_after(tokens, place, ranking, true)
}

/// As [`stops`]; a sentence that goes on with an explanation (not its `beginning`) may be short.
pub(super) fn stops_after(tokens: &[Token], place: Place, ranking: bool, beginning: bool) -> Option<usize> {
    let words: Vec<usize> = (0..tokens.len()).filter(|at| is_word(&tokens[*at])).collect();
    let Some(first) = words.first().map(|at| tokens[*at].text.as_str()) else {
        return Some(0);
    };
    let reason = REASONS.contains(&first);
    let least = match place {
        Place::Same if reason => 2,
        Place::Entry => 2,
        Place::Own if !beginning => 1,
        Place::Same | Place::Own => 5,
    };
    let bad_start = match place {
        Place::Own => BAD_OPENINGS.contains(&first),
        Place::Same | Place::Entry => !reason && BAD_STARTS.contains(&first),
    };
    if words.len() < least || bad_start {
        return words.first().copied();
    }
    if words.len() >= 5 && !words.iter().any(|at| ENGLISH.contains(&tokens[*at].text.as_str())) {
        return words.first().copied();
    }
    tokens.iter().position(|token| match token.kind {
        Kind::Mark(mark) => !harmless(mark),
        Kind::Break => false,
        Kind::Number => ranking || place == Place::Entry,
        Kind::Word => of_answers(&token.text, place, ranking, reason && first != "as"),
        Kind::Json => true,
    })
}

fn is_word(token: &Token) -> bool {
    matches!(token.kind, Kind::Word | Kind::Number)
}

fn of_answers(word: &str, place: Place, ranking: bool, reason: bool) -> bool {
    let in_place = match place {
        Place::Same if reason => false,
        Place::Same => OF_OTHERS.contains(&word),
        Place::Entry => OF_CHOICE.contains(&word),
        Place::Own => false,
    };
    in_place || OF_ANSWERS.contains(&word) || (ranking && OF_ORDER.contains(&word))
}

/// Marks that may stand in an explanation.
fn harmless(mark: char) -> bool {
    matches!(mark, ',' | ';' | ':' | '-' | '(' | ')' | '.' | '!' | '/' | '%' | '&' | '+' | ELLIPSIS | '•' | '#')
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
            ("because it protects patients", Place::Same),
            ("patients must be able to trust the system", Place::Same),
            ("protecting personal data", Place::Entry),
            ("Patient data is sensitive and must be kept from others.", Place::Own),
            ("However, I believe the data is needed to help them.", Place::Own),
        ] {
            assert!(passes(text, place), "{text}");
        }
    }

    #[test]
    fn what_takes_an_answer_back_or_lends_it_does_not() {
        for (text, place) in [
            ("strongly", Place::Same),
            ("said nobody in this hospital ever", Place::Same),
            ("or so they say in such places", Place::Same),
            ("if you ask a lawyer about it", Place::Same),
            ("dropped", Place::Entry),
            ("I would leave this one out", Place::Entry),
            ("not really", Place::Own),
            ("Not really, I was wrong about that.", Place::Own),
            ("On reflection it is less than that.", Place::Own),
            ("Is it the best we can do?", Place::Own),
            ("En realidad opino todo lo contrario siempre.", Place::Own),
        ] {
            assert!(!passes(text, place), "{text}");
        }
    }
}
