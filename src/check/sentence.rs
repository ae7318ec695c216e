//! The grammar of checks. A sentence is a task's id followed by one of the [`Syntax`]es that the measures
//! declare. This file matches words with them, keeps the place of every word, and says what it expected where
//! nothing fits.

mod matcher;
pub(super) mod renamed;

use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::format::series;
use crate::measure::syntax::{Sentence, Syntax, Word};
use crate::suite::CheckEntry;
use matcher::{MatchFailure, Matcher};

pub(super) fn parse<'a>(entry: &'a CheckEntry, syntaxes: &[Syntax]) -> Result<Sentence<'a>, Box<Diagnostic>> {
    let mut words = words(entry);
    renamed::rename(&mut words);
    let fail = |span, message: &str| Diagnostic::new(message).at(&entry.source, span);
    let Some((task, rest)) = words.split_first() else {
        return Err(Box::new(
            fail(entry.span.clone(), "this check is empty")
                .help("for example: T1 top-5 Jaccard with practitioners >= 0.8"),
        ));
    };
    let mut stuck: Vec<(usize, MatchFailure, Syntax)> = Vec::new();
    for syntax in syntaxes {
        let mut matcher = Matcher { words: rest, at: 0, sentence: Sentence::begun(entry, task, *syntax) };
        match matcher.run(&syntax.parts()) {
            Ok(()) => return Ok(matcher.sentence),
            Err(why) => stuck.push((matcher.at, why, *syntax)),
        }
    }
    // The syntaxes that understood the most words say what should have come next.
    let furthest = stuck.iter().map(|(at, ..)| *at).max().unwrap_or(0);
    stuck.retain(|(at, ..)| *at == furthest);
    let end = words.last().map_or(entry.span.end, |word| word.span.end);
    let (found, span) = match rest.get(furthest) {
        Some(word) => (Some(word.text.as_str()), word.span.clone()),
        None => (None, end..end),
    };
    if let Some(problem) = stuck.iter().find_map(|(_, why, _)| match why {
        MatchFailure::Wrong(message) => Some(message.clone()),
        MatchFailure::Expected(_) => None,
    }) {
        return Err(Box::new(fail(span, &problem)));
    }
    let mut expected: Vec<&str> = Vec::new();
    for (_, why, _) in &stuck {
        if let MatchFailure::Expected(what) = why
            && !expected.contains(&what.as_str())
        {
            expected.push(what);
        }
    }
    let message = match found {
        Some(found) => format!("`{found}` does not fit here"),
        None => "this check is incomplete".to_owned(),
    };
    let literal = expected.iter().filter(|what| what.starts_with('`')).map(|what| what.trim_matches('`'));
    let close = found.and_then(|found| nearest(found, literal));
    let example = close.and_then(|close| {
        stuck.iter().find(
            |(_, why, _)| matches!(why, MatchFailure::Expected(what) if what.trim_matches('`') == close),
        )
    });
    let example = example.or(stuck.first()).map_or("", |(_, _, syntax)| syntax.example);
    let help = match close {
        Some(close) => format!("did you mean `{close}`? For example: {example}"),
        None => format!("for example: {example}"),
    };
    let expected = if expected.is_empty() { "the end".to_owned() } else { series(&expected, "or") };
    Err(Box::new(fail(span, &message).label(format!("expected {expected}")).help(help)))
}

/// Splits a sentence into words with their places; comparison signs are words even where they touch a number.
fn words(entry: &CheckEntry) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let text = entry.sentence.as_str();
    let mut push = |from: usize, to: usize| {
        if from < to {
            // A literal with escapes has no places inside, so all of it is underlined.
            let exact = entry.span.len() == text.len();
            let span =
                if exact { entry.span.start + from..entry.span.start + to } else { entry.span.clone() };
            words.push(Word { text: text[from..to].to_owned(), span });
        }
    };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let sign = matches!(c, '<' | '>' | '≤' | '≥' | '=');
        if c.is_whitespace() || sign {
            if let Some(from) = start.take() {
                push(from, at);
            }
            if sign {
                let mut to = at + c.len_utf8();
                if matches!(c, '<' | '>') && chars.peek().is_some_and(|(_, next)| *next == '=') {
                    chars.next();
                    to += 1;
                }
                push(at, to);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(from) = start {
        push(from, text.len());
    }
    words
}
