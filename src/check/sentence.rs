//! The grammar of checks. A sentence is a task's id and then one of the [`Syntax`]es that the
//! measures declare; this file matches words against them, keeps the place of every word, prints the
//! sentence back canonically, and says what it expected where nothing fits.

mod forms;
mod matcher;
mod unit;

use std::ops::Range;

use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::suite::CheckEntry;
pub use forms::Form;
use matcher::{Matcher, Stuck};
pub use unit::Unit;

/// One part of a syntax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    Word(&'static str),
    /// `top-5`
    TopK,
    /// `3`
    Number,
    /// `70%` as part of the name (not the bound): `Jaccard at 70%`
    Percent,
    /// `±2`, `+-2`
    Within,
    /// A value, a respondent or a task: a word that is looked up later.
    Name(&'static str),
    /// One or more words up to `in`, a comparison or `beats`: a level of the scale.
    Level,
    /// Nothing, `in medical`, or `in every context`.
    Where,
    /// Nothing, or `in medical`.
    In,
    /// `>= 0.8`, or `beats chance`.
    Bound(Unit),
    /// `for >= 75%`, or `beats chance`.
    BoundFor(Unit),
    /// `<= 0.1`, but not `beats chance`; and why not.
    Limit(Unit, &'static str),
}

/// What is asked of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    AtLeast(f64),
    AtMost(f64),
    /// More than 95 % of respondents with shuffled labels get.
    BeatsChance,
}

/// Where a check looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// All contexts pooled.
    All,
    In(Word),
    Every,
}

/// A word of the sentence with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub text: String,
    pub span: Range<usize>,
}

/// A form of sentence that a measure understands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    pub parts: &'static [Part],
    /// A sentence of this form, for messages.
    pub example: &'static str,
    pub build: super::Build,
}

/// A sentence that fits a syntax; names are not yet looked up.
#[derive(Debug, Clone)]
pub(super) struct Sentence<'a> {
    pub entry: &'a CheckEntry,
    pub task: Word,
    pub numbers: Vec<(usize, Range<usize>)>,
    pub share: f64,
    pub names: Vec<Word>,
    pub level: Option<Word>,
    pub place: Place,
    pub test: Option<Test>,
    pub syntax: Syntax,
}

/// Reads one sentence.
pub(super) fn parse<'a>(entry: &'a CheckEntry, syntaxes: &[Syntax]) -> Result<Sentence<'a>, Box<Diagnostic>> {
    let words = words(entry);
    let fail = |span, message: &str| Diagnostic::new(message).at(&entry.source, span);
    let Some((task, rest)) = words.split_first() else {
        return Err(Box::new(
            fail(entry.span.clone(), "this check says nothing")
                .help("for example: T1 top-5 Jaccard with practitioners >= 0.8"),
        ));
    };
    let mut stuck: Vec<(usize, Stuck, Syntax)> = Vec::new();
    for syntax in syntaxes {
        let mut matcher = Matcher { words: rest, at: 0, sentence: blank(entry, task, *syntax) };
        match matcher.run(syntax.parts) {
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
        Stuck::Wrong(message) => Some(message.clone()),
        Stuck::Expected(_) => None,
    }) {
        return Err(Box::new(fail(span, &problem)));
    }
    let mut expected: Vec<&str> = Vec::new();
    for (_, why, _) in &stuck {
        if let Stuck::Expected(what) = why
            && !expected.contains(what)
        {
            expected.push(what);
        }
    }
    let message = match found {
        Some(found) => format!("no check goes on with `{found}` here"),
        None => "this check ends too early".to_owned(),
    };
    let literal = expected.iter().filter(|what| what.starts_with('`')).map(|what| what.trim_matches('`'));
    let close = found.and_then(|found| nearest(found, literal));
    let example = close.and_then(|close| {
        stuck
            .iter()
            .find(|(_, why, _)| matches!(why, Stuck::Expected(what) if what.trim_matches('`') == close))
    });
    let example = example.or(stuck.first()).map_or("", |(_, _, syntax)| syntax.example);
    let help = match close {
        Some(close) => format!("did you mean `{close}`? For example: {example}"),
        None => format!("for example: {example}"),
    };
    Err(Box::new(fail(span, &message).label(format!("expected {}", one_of(&expected))).help(help)))
}

fn one_of(list: &[&str]) -> String {
    match list {
        [] => "the end".to_owned(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

fn blank<'a>(entry: &'a CheckEntry, task: &Word, syntax: Syntax) -> Sentence<'a> {
    Sentence {
        entry,
        task: task.clone(),
        numbers: Vec::new(),
        share: 0.0,
        names: Vec::new(),
        level: None,
        place: Place::All,
        test: None,
        syntax,
    }
}

/// Words with their places; comparison signs stand alone even where they touch a number.
fn words(entry: &CheckEntry) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let text = entry.sentence.as_str();
    let mut push = |from: usize, to: usize| {
        if from < to {
            // A literal with escapes has no places inside: the whole of it is underlined.
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

impl Sentence<'_> {
    /// The sentence in its one canonical spelling.
    pub(super) fn canonical(&self) -> String {
        let mut words = vec![self.task.text.clone()];
        let mut numbers = self.numbers.iter().map(|(number, _)| *number);
        let mut names = self.names.iter();
        let mut number = || numbers.next().unwrap_or_default();
        for part in self.syntax.parts {
            match part {
                Part::Word(word) => words.push((*word).to_owned()),
                Part::TopK => words.push(format!("top-{}", number())),
                Part::Number => words.push(number().to_string()),
                Part::Within => words.push(format!("±{}", number())),
                Part::Percent => words.push(Unit::Share.exact(self.share)),
                Part::Name(_) => words.extend(names.next().map(|name| name.text.clone())),
                Part::Level => words.extend(self.level.iter().map(|level| level.text.to_lowercase())),
                Part::Where | Part::In => match &self.place {
                    Place::All => {}
                    Place::In(context) => words.push(format!("in {}", context.text)),
                    Place::Every => words.push("in every context".to_owned()),
                },
                Part::Bound(unit) | Part::BoundFor(unit) | Part::Limit(unit, _) => {
                    let lead = if matches!(part, Part::BoundFor(_)) { "for " } else { "" };
                    match self.test {
                        Some(Test::AtLeast(bound)) => words.push(format!("{lead}>= {}", unit.exact(bound))),
                        Some(Test::AtMost(bound)) => words.push(format!("{lead}<= {}", unit.exact(bound))),
                        Some(Test::BeatsChance) => words.push("beats chance".to_owned()),
                        None => {}
                    }
                }
            }
        }
        words.join(" ")
    }
}
