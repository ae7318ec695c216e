//! The grammar of checks. A sentence is a task's id and then one of the [`Syntax`]es that the
//! measures declare; this file matches words against them, keeps the place of every word, prints the
//! sentence back canonically, and says what it expected where nothing fits.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, nearest};
use crate::suite::CheckEntry;

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
    /// `>= 0.8`, or `beats chance`.
    Bound(Unit),
    /// `for >= 75%`, or `beats chance`.
    BoundFor(Unit),
}

/// What a bound counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 0 to 1, written as a percentage.
    Share,
    /// 0 to 1, written as a decimal.
    Index,
    /// −1 to 1.
    Correlation,
    /// 0 or more.
    Number,
    /// A place, from 1.
    Place,
}

/// What is asked of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    AtLeast(f64),
    AtMost(f64),
    /// More than a respondent that answers by chance gets.
    BeatsChance,
}

/// Where a check looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All contexts pooled.
    All,
    In(Word),
    Every,
}

/// A word of the sentence with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
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

/// Why a syntax went no further.
#[derive(Debug)]
enum Stuck {
    Expected(&'static str),
    Wrong(String),
}

struct Matcher<'a, 'w> {
    words: &'w [Word],
    at: usize,
    sentence: Sentence<'a>,
}

impl Matcher<'_, '_> {
    fn run(&mut self, parts: &[Part]) -> Result<(), Stuck> {
        for part in parts {
            self.part(*part)?;
        }
        if self.at == self.words.len() { Ok(()) } else { Err(Stuck::Expected("the end")) }
    }

    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|found| found.text.eq_ignore_ascii_case(word))
    }

    fn part(&mut self, part: Part) -> Result<(), Stuck> {
        let word = self.peek().cloned();
        match (part, word) {
            (Part::Word(wanted), _) if self.is(wanted) => self.at += 1,
            (Part::Word(wanted), _) => return Err(Stuck::Expected(quoted(wanted))),
            (Part::TopK, Some(word)) => {
                self.number(&word, word.text.to_lowercase().strip_prefix("top-"), "`top-5`")?
            }
            (Part::Number, Some(word)) => self.number(&word, Some(&word.text), "a whole number")?,
            (Part::Within, Some(word)) => {
                let digits = word.text.strip_prefix('±').or_else(|| word.text.strip_prefix("+-"));
                self.number(&word, digits, "`±2`")?;
            }
            (Part::Percent, Some(word)) => match share(&word.text) {
                Some(share) if word.text.ends_with('%') => {
                    self.sentence.share = share;
                    self.at += 1;
                }
                _ => return Err(Stuck::Expected("a percentage")),
            },
            (Part::Name(what), Some(word)) if comparison(&word.text).is_none() => {
                let _ = what;
                self.sentence.names.push(word);
                self.at += 1;
            }
            (Part::Level, _) => self.level()?,
            (Part::Where, _) => self.place()?,
            (Part::Bound(unit), _) => self.bound(unit, None)?,
            (Part::BoundFor(unit), _) => self.bound(unit, Some("for"))?,
            (Part::TopK, None) => return Err(Stuck::Expected("`top-5`")),
            (Part::Number, None) => return Err(Stuck::Expected("a whole number")),
            (Part::Within, None) => return Err(Stuck::Expected("`±2`")),
            (Part::Percent, None) => return Err(Stuck::Expected("a percentage")),
            (Part::Name(what), _) => return Err(Stuck::Expected(what)),
        }
        Ok(())
    }

    fn number(&mut self, word: &Word, digits: Option<&str>, expected: &'static str) -> Result<(), Stuck> {
        let number =
            digits.and_then(|digits| digits.parse::<usize>().ok()).ok_or(Stuck::Expected(expected))?;
        self.sentence.numbers.push((number, word.span.clone()));
        self.at += 1;
        Ok(())
    }

    fn level(&mut self) -> Result<(), Stuck> {
        let mut level: Option<Word> = None;
        while let Some(word) = self.peek() {
            if comparison(&word.text).is_some() || self.is("in") || self.is("beats") {
                break;
            }
            level = Some(match level {
                None => word.clone(),
                Some(so_far) => Word {
                    text: format!("{} {}", so_far.text, word.text),
                    span: so_far.span.start..word.span.end,
                },
            });
            self.at += 1;
        }
        self.sentence.level = Some(level.ok_or(Stuck::Expected("a level of the scale"))?);
        Ok(())
    }

    fn place(&mut self) -> Result<(), Stuck> {
        if !self.is("in") {
            return Ok(());
        }
        self.at += 1;
        if self.is("every") {
            self.at += 1;
            self.sentence.place = Place::Every;
            return self.part(Part::Word("context"));
        }
        let context = self.peek().filter(|word| comparison(&word.text).is_none()).cloned();
        self.sentence.place = Place::In(context.ok_or(Stuck::Expected("a context, or `every context`"))?);
        self.at += 1;
        Ok(())
    }

    fn bound(&mut self, unit: Unit, lead: Option<&'static str>) -> Result<(), Stuck> {
        if self.is("beats") {
            self.at += 1;
            self.part(Part::Word("chance"))?;
            self.sentence.test = Some(Test::BeatsChance);
            return Ok(());
        }
        if let Some(lead) = lead {
            self.part(Part::Word(lead))?;
        }
        let sign = self.peek().and_then(|word| comparison(&word.text));
        let at_least = match sign {
            Some(Sign::AtLeast) => true,
            Some(Sign::AtMost) => false,
            Some(Sign::Strict) => {
                return Err(Stuck::Wrong("a bound is written `>=` or `<=`: estimates are judged with an interval, so that `>` and `>=` would mean the same".to_owned()));
            }
            None => {
                return Err(Stuck::Expected(if lead.is_some() {
                    "`>=` or `<=`"
                } else {
                    "`>=`, `<=` or `beats chance`"
                }));
            }
        };
        self.at += 1;
        let mut text = self.peek().map(|word| word.text.clone()).ok_or(Stuck::Expected("a number"))?;
        let mut used = 1;
        if self.words.get(self.at + 1).is_some_and(|next| next.text == "%") {
            text.push('%');
            used = 2;
        }
        let bound = share(&text).ok_or(Stuck::Expected("a number"))?;
        unit.accept(bound, &text).map_err(Stuck::Wrong)?;
        self.at += used;
        self.sentence.test = Some(if at_least { Test::AtLeast(bound) } else { Test::AtMost(bound) });
        Ok(())
    }
}

/// Messages quote literal words; the few that syntaxes use are known beforehand.
fn quoted(word: &'static str) -> &'static str {
    macro_rules! known {
        ($($word:literal),*) => { match word { $($word => concat!("`", $word, "`"),)* other => other } };
    }
    known!(
        "Jaccard",
        "Spearman",
        "Kendall",
        "signed",
        "with",
        "across",
        "orders",
        "synonyms",
        "selects",
        "ranks",
        "within",
        "top",
        "rates",
        "at",
        "least",
        "prefers",
        "over",
        "undecided",
        "direction",
        "effect",
        "of",
        "agrees",
        "for",
        "aligns",
        "more",
        "than",
        "drift",
        "from",
        "invalid",
        "context",
        "chance",
        "beats",
        "spread",
        "count"
    )
}

enum Sign {
    AtLeast,
    AtMost,
    Strict,
}

fn comparison(word: &str) -> Option<Sign> {
    match word {
        ">=" | "≥" => Some(Sign::AtLeast),
        "<=" | "≤" => Some(Sign::AtMost),
        ">" | "<" | "=" => Some(Sign::Strict),
        _ => None,
    }
}

/// `0.9`, `.9`, `90%`.
fn share(text: &str) -> Option<f64> {
    let (digits, scale) = match text.strip_suffix('%') {
        Some(digits) => (digits, 100.0),
        None => (text, 1.0),
    };
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let number = digits.parse::<f64>().ok().filter(|_| plain)?;
    number.is_finite().then_some(number / scale)
}

impl Unit {
    fn accept(self, bound: f64, text: &str) -> Result<(), String> {
        let (low, high, what) = match self {
            Unit::Share => (0.0, 1.0, "a share lies between 0% and 100%"),
            Unit::Index => (0.0, 1.0, "this lies between 0 and 1"),
            Unit::Correlation => (-1.0, 1.0, "a correlation lies between -1 and 1"),
            Unit::Number => (0.0, f64::MAX, "this is never negative"),
            Unit::Place => (1.0, f64::MAX, "places count from 1"),
        };
        if (low..=high).contains(&bound) {
            return Ok(());
        }
        let percent = self == Unit::Share && bound > 1.0 && bound <= 100.0 && !text.ends_with('%');
        let hint = if percent { format!("; did you mean {text}%?") } else { String::new() };
        Err(format!("no answers could give {text}: {what}{hint}"))
    }

    /// A value of this unit, as reports print it.
    pub fn show(self, value: f64) -> String {
        match self {
            Unit::Share => format!("{:.1}%", value * 100.0),
            Unit::Index | Unit::Correlation => format!("{value:.3}"),
            Unit::Number => format!("{value:.2}"),
            Unit::Place => format!("{value:.1}"),
        }
    }

    /// A bound, exactly as it would be written.
    fn exact(self, bound: f64) -> String {
        let trim = |number: f64| {
            let text = format!("{number:.10}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if self == Unit::Share { format!("{}%", trim(bound * 100.0)) } else { trim(bound) }
    }
}

impl Sentence<'_> {
    /// The sentence in its one canonical spelling.
    pub fn canonical(&self) -> String {
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
                Part::Where => match &self.place {
                    Place::All => {}
                    Place::In(context) => words.push(format!("in {}", context.text)),
                    Place::Every => words.push("in every context".to_owned()),
                },
                Part::Bound(unit) | Part::BoundFor(unit) => {
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
