//! Final answers: what a response itself marks as its answer.
//!
//! A marker is `Answer:`, `Final answer:`, `My choices:`, `Ranking:` and the like, and for a single
//! level also `the answer is …`. What is marked counts, and what stands before it does not: it may
//! repeat the question or think aloud. `Possible answers:`, `Example answer:` and the like mark
//! nothing.

use super::words::words;

const NOUNS: [&str; 16] = [
    "answer",
    "answers",
    "choice",
    "choices",
    "pick",
    "picks",
    "selection",
    "selections",
    "rating",
    "verdict",
    "ranking",
    "order",
    "conclusion",
    "response",
    "decision",
    "judgement",
];

/// Words before such a noun that make it another one's.
const OTHERS: [&str; 22] = [
    "possible",
    "allowed",
    "available",
    "valid",
    "wrong",
    "incorrect",
    "example",
    "sample",
    "other",
    "alternative",
    "another",
    "any",
    "each",
    "every",
    "your",
    "no",
    "not",
    "reverse",
    "in",
    "of",
    "multiple",
    "shown",
];

/// What `text` marks as its answers, each up to the next marker. `said` also takes `the answer is`.
pub(super) fn marked(text: &str, said: bool) -> Vec<&str> {
    let words = words(text);
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let other = at > 0 && OTHERS.contains(&words[at - 1].text.as_str());
        if !NOUNS.contains(&word.text.as_str()) || other {
            continue;
        }
        let after = text[word.end..].trim_start_matches(['*', '_', '"', '\'', '`', ')', ' ']);
        let colon = after.strip_prefix([':', '=']);
        let is = || {
            let verb = words.get(at + 1).filter(|verb| said && verb.text == "is")?;
            let together = text[word.end..verb.start].trim_matches(['*', '_', ' ']).is_empty();
            let after = &text[verb.end..];
            together.then(|| after.strip_prefix(':').unwrap_or(after))
        };
        if let Some(after) = colon.or_else(is) {
            starts.push((word.start, text.len() - after.len()));
        }
    }
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    starts.iter().zip(ends).map(|((_, from), to)| &text[(*from).min(to)..to]).collect()
}

/// The first line of `text` with anything on it but emphasis.
pub(super) fn first_line(text: &str) -> &str {
    let blank = |line: &&str| line.chars().any(|c| c.is_alphanumeric());
    text.split('\n').find(blank).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_in_every_dress() {
        for text in [
            "Answer: X",
            "**Answer:** X",
            "**Final Answer**: X",
            "so.\nAnswer:\n\nX",
            "My choice is X",
            "The answer is: X",
            "\"answer\": X",
        ] {
            let found = marked(text, true);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(first_line(found[0]).trim_matches(['*', ' ']), "X", "{text}");
        }
    }

    #[test]
    fn what_marks_nothing() {
        for text in ["Possible answers: X", "Example answer: X", "I answer X", "In order: X", "answering: X"]
        {
            assert_eq!(marked(text, true), Vec::<&str>::new(), "{text}");
        }
        assert_eq!(marked("The answer is X", false), Vec::<&str>::new());
    }

    #[test]
    fn each_reaches_to_the_next() {
        assert_eq!(marked("Answer: X\nFinal answer: Y", false), [" X\nFinal ", " Y"]);
    }
}
