//! Selections: exactly `pick` different options.
//!
//! An answer is one list: JSON or Python, lines with or without bullets and numbers, or a sentence
//! (`Safety, Privacy and Dignity`). Several lists are judged in `candidate.rs`; where the response
//! marks its final answer, only what is marked counts.
//!
//! * A line of a list counts the option it begins with. What follows it after a colon, dash, full
//!   stop, bracket or a word such as `because` is explanation, and options named there do not
//!   count. A line that begins with anything else (`Justice`, `Privacy violations`, `Inclusive`)
//!   is an unknown option; one that joins two options (`Safety and privacy`) is ambiguous.
//! * Fewer or more than `pick` entries, or one twice, are the wrong count: never the first five.
//! * In a sentence the list must be unbroken, and what stands right before and after it must not
//!   belong to an entry (`human dignity` is not Dignity). Options scattered over prose are no
//!   list: ambiguous if there are as many as asked for, the wrong count otherwise.
//! * A list in a sentence that denies or compares (`not`, `except`, `rather than`, `least`) is not
//!   an answer.

use super::candidate::{Candidate, Entry, Wanted, judge, leaves_out, negates};
use super::inline::{Joints, Spot, runs};
use super::lines::{Line, Mark, line};
use super::lists::{Class, lists};
use super::marker::marked;
use super::matching::{Names, wrapping};
use super::structured::{Said, Value, values};
use super::words::{end, first_word, head, last_word, words};
use super::{Invalid, scale};
use crate::suite::Question;

/// Reads a cleaned text.
pub(super) fn read(question: &Question<'_>, text: &str, pick: usize) -> Result<Vec<usize>, Invalid> {
    let reader =
        Reader { names: Names::of(question), wanted: Wanted::Set { pick }, offered: question.shown.len() };
    if pick == 1 {
        return reader.one(question, text);
    }
    let marked: Vec<_> =
        marked(text, false).into_iter().filter_map(|part| reader.lists(part, true).judged).collect();
    match marked.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
        Some(_) => Err(Invalid::Ambiguous),
        None => reader.read(text),
    }
}

struct Reader<'q> {
    names: Names<'q>,
    wanted: Wanted,
    offered: usize,
}

/// How many bytes around a list are looked at for the sentence it stands in.
const SENTENCE: usize = 1000;

struct Found {
    judged: Option<Result<Vec<usize>, Invalid>>,
    strange: bool,
}

const JOINTS: Joints = Joints {
    marks: &[',', ';', '/', '|', '&', '+', '•', '·', '-', '—', '>', '→', '∙'],
    words: &["and", "then", "also", "plus", "followed", "by", "finally", "lastly", "as", "well"],
    letters: false,
};

impl Reader<'_> {
    fn read(&self, text: &str) -> Result<Vec<usize>, Invalid> {
        let found = self.lists(text, true);
        if let Some(judged) = found.judged {
            return judged;
        }
        let mut named: Vec<usize> = self.names.scan(text).iter().map(|mention| mention.choice).collect();
        named.sort_unstable();
        named.dedup();
        Err(match (self.wanted, named.len()) {
            (_, 0) => Invalid::UnknownOption,
            _ if found.strange => Invalid::UnknownOption,
            (Wanted::Set { pick }, count) if count == pick => Invalid::Ambiguous,
            _ => Invalid::WrongCount,
        })
    }

    /// One of the options: read like a level, with its own word for "more than one".
    fn one(&self, question: &Question<'_>, text: &str) -> Result<Vec<usize>, Invalid> {
        scale::read(question, text).map(|choice| vec![choice]).map_err(|reason| {
            let mut named: Vec<usize> = self.names.scan(text).iter().map(|mention| mention.choice).collect();
            named.dedup();
            if reason == Invalid::Ambiguous && named.len() > 1 { Invalid::WrongCount } else { reason }
        })
    }

    fn lists(&self, text: &str, structured: bool) -> Found {
        let mut candidates = Vec::new();
        let mut rest = String::with_capacity(text.len());
        let mut done = 0;
        for (place, value) in if structured { values(text) } else { Vec::new() } {
            if let Some(candidate) = self.structured(&value, place.len() == text.trim().len()) {
                candidates.push(candidate);
                rest.push_str(&text[done..place.start]);
                rest.push('\n');
                done = place.end;
            }
        }
        rest.push_str(&text[done..]);
        let found = lists(&self.unwrapped(&rest), |line| self.classify(line));
        candidates.extend(found.candidates);
        for line in &found.prose {
            candidates.extend(self.sentences(line));
        }
        for candidate in &mut candidates {
            let mut distinct = super::candidate::options(&candidate.entries);
            distinct.sort_unstable();
            distinct.dedup();
            candidate.echo = distinct.len() == self.offered;
        }
        Found { judged: judge(self.wanted, candidates), strange: found.strange }
    }

    /// A list in a sentence that goes on in the next line: an option, a comma, and no bullet.
    fn unwrapped(&self, text: &str) -> String {
        let bare = |text: &str| line(text, true).mark == Mark::Bare && !text.trim().is_empty();
        let mut whole = String::with_capacity(text.len());
        let mut lines = text.split('\n').peekable();
        while let Some(text) = lines.next() {
            whole.push_str(text);
            let listed = text.trim_end().strip_suffix(',').is_some_and(|text| {
                let text = end(text.trim_end_matches(wrapping), SENTENCE);
                self.names.scan(text).last().is_some_and(|mention| mention.end == text.len())
            });
            let joins = listed && bare(text) && lines.peek().is_some_and(|next| bare(next));
            whole.push(if joins { ' ' } else { '\n' });
        }
        whole
    }

    fn structured(&self, value: &Value, whole: bool) -> Option<Candidate> {
        let entries = match value.said() {
            Said::Unclear => {
                let about = value.texts().iter().any(|text| !self.names.scan(text).is_empty());
                (whole || about).then(|| vec![Entry::Unclear])?
            }
            Said::Text(text) => match self.lists(&text, false).judged {
                Some(Ok(options)) => options.into_iter().map(Entry::Option).collect(),
                Some(Err(_)) => vec![Entry::Unclear],
                None => vec![Entry::Other],
            },
            Said::List(texts) => {
                let entries: Vec<Entry> = texts
                    .iter()
                    .map(|text| text.as_deref().map_or(Entry::Other, |text| self.entry(text)))
                    .collect();
                let known = entries.iter().any(|entry| *entry != Entry::Other);
                (whole || known).then_some(entries)?
            }
        };
        Some(Candidate { entries, alone: true, doubtful: false, echo: false })
    }

    /// An entry of a JSON list.
    fn entry(&self, text: &str) -> Entry {
        let line = line(text.trim().strip_prefix("and ").unwrap_or(text), true);
        match self.classify(&Line { mark: Mark::Bullet, ..line }) {
            Class::Entry(entry) => entry,
            Class::Prose => Entry::Other,
        }
    }

    fn classify(&self, line: &Line<'_>) -> Class {
        let body = lettered(line.body);
        let bare = line.mark == Mark::Bare;
        if body.chars().all(|c| !c.is_alphanumeric()) {
            return Class::Prose;
        }
        let lead = (!body.starts_with("[ ]")).then(|| self.names.leading(body)).flatten();
        let Some(lead) = lead else {
            return if bare { Class::Prose } else { Class::Entry(Entry::Other) };
        };
        match self.after(&body[lead.end..], lead.choice) {
            After::End | After::Strong => Class::Entry(Entry::Option(lead.choice)),
            After::Weak if !bare => Class::Entry(Entry::Option(lead.choice)),
            _ if bare => Class::Prose,
            After::Another => Class::Entry(Entry::Unclear),
            _ => Class::Entry(Entry::Other),
        }
    }

    /// What follows the option a line begins with.
    fn after(&self, rest: &str, choice: usize) -> After {
        let closed = rest.trim_start_matches(['"', '\'', '`', '*', '_', ')', ']', '}']);
        let text = closed.trim_start();
        let spaced = text.len() < closed.len();
        let Some(first) = text.chars().next() else { return After::End };
        let next = text[first.len_utf8()..].trim_start();
        let another = |text: &str| {
            self.names.leading(text.trim_start()).is_some_and(|mention| mention.choice != choice)
        };
        if matches!(first, ':' | '—' | '-' | '(' | '.') && turned_down(next) {
            return After::Stuck;
        }
        match first {
            '.' | '!' | ';' | ',' if next.chars().all(|c| wrapping(c) || c == '.') => After::End,
            ':' => After::Strong,
            '—' | '-' if another(next) => After::Another,
            '—' => After::Strong,
            '-' if spaced || next.starts_with(|c: char| c.is_ascii_digit()) => After::Strong,
            '.' | '!' if text[1..].starts_with(char::is_whitespace) => After::Weak,
            '(' => After::Weak,
            ',' | ';' | '/' | '&' | '+' | '|' | '>' if another(next) => After::Another,
            ',' if words(next.split([',', '.']).next().unwrap_or_default()).len() > 2 => After::Weak,
            c if spaced && c.is_alphanumeric() => {
                let word = first_word(text).unwrap_or_default();
                match word.as_str() {
                    "and" | "or" | "plus" if another(&text[word.len()..]) => After::Another,
                    word if EXPLAINS.contains(&word) => After::Weak,
                    word if word.chars().all(|c| c.is_ascii_digit()) => After::Weak,
                    _ => After::Stuck,
                }
            }
            _ => After::Stuck,
        }
    }

    /// The lists in a line of prose.
    fn sentences(&self, line: &str) -> Vec<Candidate> {
        let mentions = self.names.scan(line);
        let spots: Vec<Spot> = mentions
            .iter()
            .map(|mention| Spot {
                start: mention.start,
                end: mention.end,
                entry: Entry::Option(mention.choice),
            })
            .collect();
        let mut candidates = Vec::new();
        for run in runs(line, &spots, JOINTS) {
            let (before, after) = (end(&line[..run.start], SENTENCE), head(&line[run.end..], SENTENCE));
            let before = &before[before.rfind(['.', '!', '?', ';']).map_or(0, |at| at + 1)..];
            let after = &after[..after.find(['.', '!', '?', ';']).map_or(after.len(), |at| at + 1)];
            let (before_ok, starts) = lead(before);
            let (after_ok, ends) = tail(after);
            let mut entries = run.entries;
            if !before_ok || !after_ok {
                entries.push(Entry::Other);
            }
            let doubtful = leaves_out(before) || leaves_out(after) || after.ends_with('?');
            candidates.push(Candidate { entries, alone: starts && ends, doubtful, echo: false });
        }
        candidates
    }
}

/// What follows the option a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    End,
    /// A colon or dash: the line is an entry even without bullet or number.
    Strong,
    /// A full stop, bracket, comma or word that begins an explanation.
    Weak,
    /// Another option.
    Another,
    /// More words of what is no option.
    Stuck,
}

/// Words an explanation begins with.
const EXPLAINS: [&str; 22] = [
    "is", "are", "because", "since", "as", "for", "in", "to", "which", "that", "ensures", "means", "matters",
    "should", "must", "would", "will", "being", "seem", "matter", "helps", "protects",
];

/// Words that lead up to a list.
const LEADS: [&str; 28] = [
    "is",
    "are",
    "be",
    "choose",
    "chose",
    "select",
    "selected",
    "pick",
    "picked",
    "include",
    "includes",
    "including",
    "as",
    "would",
    "five",
    "say",
    "believe",
    "think",
    "the",
    "that",
    "following",
    "with",
    "prioritize",
    "prioritise",
    "answer",
    "and",
    "both",
    "for",
];

/// Openers of a sentence that end in a comma.
const OPENERS: [&str; 12] = [
    "sure",
    "okay",
    "ok",
    "yes",
    "certainly",
    "well",
    "so",
    "here",
    "absolutely",
    "course",
    "order",
    "opinion",
];

/// "Safety (not chosen)", "Safety: excluded".
fn turned_down(text: &str) -> bool {
    let word = first_word(text).unwrap_or_default();
    let no = matches!(
        word.as_str(),
        "excluded" | "rejected" | "omitted" | "no" | "unimportant" | "false" | "less"
    );
    let chosen = first_word(text.trim_start().get(word.len()..).unwrap_or_default()).unwrap_or_default();
    no || (negates(&word)
        && matches!(chosen.as_str(), "" | "chosen" | "selected" | "included" | "picked" | "important"))
}

/// Whether what stands before a list leaves its first entry whole, and whether the list begins there.
fn lead(before: &str) -> (bool, bool) {
    let before = before.trim_end_matches(wrapping);
    let Some(last) = before.chars().last() else { return (true, true) };
    match last {
        ':' | '=' => (true, true),
        '-' | '—' | '•' | '·' | '#' => (true, before.chars().count() == 1),
        ',' => {
            let part = &before[..before.len() - 1];
            let part = &part[part.rfind([':', ',']).map_or(0, |at| at + 1)..];
            let known = last_word(part).is_some_and(|word| OPENERS.contains(&word.as_str()));
            (known || words(part).len() > 3, false)
        }
        ')' => (true, false),
        _ => (last_word(before).is_some_and(|word| LEADS.contains(&word.as_str())), false),
    }
}

/// The same for what follows a list.
fn tail(after: &str) -> (bool, bool) {
    let after = after.trim_start_matches(['"', '\'', '`', '*', '_', ')', ']', '}', ' ', '\t']);
    let Some(first) = after.chars().next() else { return (true, true) };
    let explains = |text: &str| first_word(text).is_some_and(|word| EXPLAINS.contains(&word.as_str()));
    match first {
        '.' | '!' | '?' | ';' => (true, true),
        '(' | ':' | '-' | '—' => (true, false),
        ',' => {
            let rest = &after[1..];
            let nothing = rest.chars().all(|c| wrapping(c) || c == '.');
            let begins = first_word(rest).is_some_and(|word| {
                matches!(word.as_str(), "these" | "this" | "with" | "given" | "considering" | "so" | "in")
            });
            (nothing || begins || explains(rest), nothing)
        }
        _ => (explains(after), false),
    }
}

/// `a) Safety` without its letter.
fn lettered(body: &str) -> &str {
    let mut chars = body.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), Some('.' | ')')) if letter.is_ascii_alphabetic() => match chars.as_str() {
            rest if rest.starts_with(' ') => rest.trim_start(),
            _ => body,
        },
        _ => body,
    }
}
