//! Levels: exactly one level of a scale.
//!
//! A level counts where it is *stated*: it is all there is to a line, a sentence, a quotation, a
//! JSON value or the part after a colon or dash, or it follows a word that states (`is`, `I choose`,
//! `rate it as`); and it must end there too: at the end, at punctuation, or at a word that begins a
//! reason (`because`, `since`). `It is very important to note …` states nothing.
//!
//! * No level named: an unknown option, also for a number where no numbers were offered. So is a
//!   level under an adverb it was not offered with (`somewhat important` where `Important` is).
//! * Two different levels named, anywhere: ambiguous; also where one is explained away, and where
//!   the list of levels is repeated. Only a final answer overrides that: the response marks it
//!   (`Answer: …`, `the answer is …`), or states it as the only level in bold.
//! * A level that is denied, conditional or asked (`not very important`, `if …`, `Very important?`)
//!   is ambiguous, and so is one that is only mentioned.
//! * Where the levels are numbers, one that begins a line and is followed by a point and more words
//!   may be the number of a list: ambiguous. `5`, `5.`, `5, because …` and `Rating: 5` are not.
//! * JSON with one level is a statement like any other.

use super::Invalid;
use super::candidate::negates;
use super::lines::line;
use super::marker::{first_line, marked};
use super::matching::{Mention, Names, wrapping};
use super::structured::{Said, values};
use super::words::{end, first_word, head, last_word, words};
use crate::suite::Question;

/// Reads a cleaned text.
pub(super) fn read(question: &Question<'_>, text: &str) -> Result<usize, Invalid> {
    let names = Names::of(question);
    let levels = question.item.choices.len();
    let reader = Reader { numbers: !names.numeric(), names, levels, prompt: &question.prompt };
    // A JSON value by itself is the answer, whatever its key or a "not" in a level look like as prose.
    if let [(place, _)] = values(text).as_slice()
        && place.len() == text.trim().len()
    {
        return decide(&reader.named(text));
    }
    let marked: Vec<Vec<Named>> = marked(text, true)
        .into_iter()
        .map(|part| reader.named(if structured(part) { part } else { first_line(part) }))
        .filter(|named| !named.is_empty())
        .collect();
    let answers: Vec<_> = marked.iter().map(|named| decide(named)).collect();
    match answers.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
        Some(_) => Err(Invalid::Ambiguous),
        None => decide(&reader.named(text)),
    }
}

fn structured(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{'])
}

/// How a level is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Stated,
    /// Stated, and in bold.
    Bold,
    Mentioned,
    /// Denied, conditional, asked, or taken back.
    Denied,
    /// Under an adverb that makes it another level.
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Named {
    level: usize,
    status: Status,
}

fn decide(named: &[Named]) -> Result<usize, Invalid> {
    let known: Vec<&Named> = named.iter().filter(|named| named.status != Status::Foreign).collect();
    let Some(first) = known.first() else { return Err(Invalid::UnknownOption) };
    let one = known.iter().all(|named| named.level == first.level);
    let level = if one {
        Some(first.level)
    } else {
        let mut bold = known.iter().filter(|named| named.status == Status::Bold).map(|named| named.level);
        bold.next().filter(|level| bold.all(|other| other == *level))
    };
    let Some(level) = level else { return Err(Invalid::Ambiguous) };
    let about = || known.iter().filter(|named| named.level == level);
    let stated = about().any(|named| matches!(named.status, Status::Stated | Status::Bold));
    let denied = about().any(|named| named.status == Status::Denied);
    let foreign = one && known.len() < named.len();
    if stated && !denied && !foreign { Ok(level) } else { Err(Invalid::Ambiguous) }
}

struct Reader<'q> {
    names: Names<'q>,
    levels: usize,
    /// True when a number at the start of a line is list numbering.
    numbers: bool,
    prompt: &'q str,
}

impl Reader<'_> {
    fn named(&self, text: &str) -> Vec<Named> {
        let mut named = Vec::new();
        let mut rest = String::with_capacity(text.len());
        let mut done = 0;
        let found = values(text);
        let several = found.len() > 1 || found.iter().any(|(place, _)| place.len() < text.trim().len());
        for (place, value) in found {
            let texts = match value.said() {
                Said::Text(text) => vec![text],
                Said::List(texts) => texts.into_iter().flatten().collect(),
                Said::Unclear => {
                    let texts = value.texts().join("\n");
                    named.extend(self.mentioned(&texts));
                    vec![]
                }
            };
            let said: Vec<Named> = texts.iter().flat_map(|text| self.prose(text)).collect();
            let mut levels: Vec<usize> = said.iter().map(|named| named.level).collect();
            levels.sort_unstable();
            levels.dedup();
            // A list of all levels beside something else repeats the question.
            if !(several && levels.len() == self.levels) {
                named.extend(said);
            }
            rest.push_str(&text[done..place.start]);
            rest.push('\n');
            done = place.end;
        }
        rest.push_str(&text[done..]);
        named.extend(self.prose(&rest));
        named
    }

    fn mentioned(&self, text: &str) -> Vec<Named> {
        let mention = |mention: &Mention| Named { level: mention.choice, status: Status::Mentioned };
        self.names.scan(text).iter().map(mention).collect()
    }

    fn prose(&self, text: &str) -> Vec<Named> {
        let mut named: Vec<Named> = Vec::new();
        let mut taken_back = false;
        for text in text.split('\n') {
            let body = line(text, self.numbers).body;
            let ends = sentence_ends(body);
            let mut sentence = 0;
            for mention in self.names.scan(body) {
                while ends.get(sentence).is_some_and(|end| *end <= mention.start) {
                    sentence += 1;
                }
                let start = sentence.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
                let stop = ends.get(sentence).copied().unwrap_or(body.len()).max(mention.end);
                let before = end(&body[start.min(mention.start)..mention.start], SENTENCE);
                let after = head(&body[mention.end..stop], SENTENCE);
                let number = !self.numbers && before.is_empty() && numbering(&body[mention.end..]);
                let status = if number { Status::Mentioned } else { status(before, after, self.prompt) };
                named.push(Named { level: mention.choice, status });
            }
            taken_back |= !named.is_empty() && takes_back(body);
        }
        if taken_back {
            named.iter_mut().for_each(|named| named.status = Status::Denied);
        }
        named
    }
}

/// How many bytes around a level are looked at.
const SENTENCE: usize = 1000;

/// Where the sentences of a line end: behind `.`, `!`, `?` or `;` before white space.
fn sentence_ends(line: &str) -> Vec<usize> {
    let ends = line.match_indices(['.', '!', '?', ';']).filter(|(at, _)| {
        let after = line[at + 1..].trim_start_matches(['"', '\'', '*', '_', ')', '`']);
        after.is_empty() || after.starts_with([' ', '\t'])
    });
    ends.map(|(at, _)| at + 1).collect()
}

/// How a level stands between the rest of its sentence.
fn status(before: &str, after: &str, prompt: &str) -> Status {
    let bold = ["**", "__"].iter().any(|mark| {
        let after = after.strip_prefix(['.', '"']).unwrap_or(after);
        before.trim_end_matches(['"', ' ']).ends_with(mark) && after.starts_with(mark)
    });
    let opened = before.trim_end_matches(wrapping);
    let adverb = last_word(opened);
    if adverb.as_deref().is_some_and(|word| MODIFIERS.contains(&word) || word.ends_with("ly")) {
        return Status::Foreign;
    }
    let earlier = words(before);
    let doubted = |word: &str| negates(word) || DOUBT.contains(&word);
    let colon = opened.ends_with([':', '=', '—']) || opened.ends_with(" -") || opened == "-";
    let stated = adverb.as_deref().is_some_and(|word| STATES.contains(&word) || word.ends_with("'s"));
    let starts = colon || opened.is_empty() || quoted(before);
    let denied = earlier.iter().any(|word| negates(&word.text) || (!colon && doubted(&word.text)))
        || earlier.windows(2).any(|pair| pair[0].text == "to" && pair[1].text == "be");
    // "as very important as"
    let compared = adverb.as_deref() == Some("as") && first_word(after).as_deref() == Some("as");
    match ends(after, prompt) {
        _ if denied || compared => Status::Denied,
        End::Denied => Status::Denied,
        End::Open => Status::Mentioned,
        End::Closed if starts || stated => {
            if bold {
                Status::Bold
            } else {
                Status::Stated
            }
        }
        End::Closed => Status::Mentioned,
    }
}

/// `5. Privacy matters`: the answer 5, or the fifth point of a list?
fn numbering(after: &str) -> bool {
    let after = after.trim_start_matches(['*', '_']);
    after.strip_prefix(['.', ')', ':']).is_some_and(|rest| rest.contains(char::is_alphanumeric))
}

/// True when a level stands in quotes behind a word that states: `I answer "Yes"`.
fn quoted(before: &str) -> bool {
    let outside = before.trim_end_matches(['"', '\'', '*', '_', '`']);
    outside.len() < before.len() && outside.trim_end().ends_with([':', ','])
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Closed,
    Open,
    Denied,
}

fn ends(after: &str, prompt: &str) -> End {
    let text = after.trim_start_matches(['"', '\'', '`', '*', '_', ')', ']', '}']);
    let closed = text.trim_start();
    let spaced = closed.len() < text.len();
    let Some(first) = closed.chars().next() else { return End::Closed };
    let rest = &closed[first.len_utf8()..];
    let doubted = |text: &str, count: usize| {
        let begins = first_word(text).is_some_and(|word| REASONS.contains(&word.as_str()));
        !begins
            && words(head(text, 200)).iter().take(count).any(|word| {
                negates(&word.text)
                    || DOUBT.contains(&word.text.as_str())
                    || TURNS.contains(&word.text.as_str())
            })
    };
    // "1 (not at all important)", as the question has it.
    let gloss = first == '(' && rest.split_once(')').is_some_and(|(gloss, _)| prompt.contains(gloss.trim()));
    match first {
        '?' => End::Denied,
        _ if gloss => End::Closed,
        _ if closed.ends_with('?') => End::Denied,
        ',' | '(' | '—' | ';' | ':' if doubted(rest, 4) => End::Denied,
        '-' if doubted(rest, 4) => End::Denied,
        '.' | '!' | ',' | '(' | '—' | ';' | ':' => End::Closed,
        '-' if spaced => End::Closed,
        _ if first_word(closed).is_some_and(|word| REASONS.contains(&word.as_str())) => End::Closed,
        _ if doubted(closed, 4) => End::Denied,
        _ => End::Open,
    }
}

/// "Actually, …", "Wait, …".
fn takes_back(line: &str) -> bool {
    let starts = sentence_ends(line);
    std::iter::once(0).chain(starts).any(|start| {
        first_word(head(&line[start..], 40)).is_some_and(|word| {
            matches!(word.as_str(), "actually" | "wait" | "correction" | "oops" | "scratch" | "hmm")
        })
    })
}

/// Words that make another level of the one they stand before.
const MODIFIERS: [&str; 18] = [
    "very", "quite", "somewhat", "rather", "most", "more", "less", "least", "too", "so", "pretty", "kinda",
    "almost", "just", "only", "super", "un", "non",
];

/// Words that state what follows them.
const STATES: [&str; 25] = [
    "is",
    "are",
    "am",
    "i'm",
    "be",
    "as",
    "say",
    "choose",
    "select",
    "pick",
    "chose",
    "selected",
    "picked",
    "rate",
    "rated",
    "answer",
    "consider",
    "considered",
    "deem",
    "deemed",
    "remain",
    "feel",
    "it",
    "option",
    "this",
];

/// Words that begin a reason.
const REASONS: [&str; 7] = ["because", "since", "as", "given", "due", "in", "considering"];

/// Words that turn a statement round.
const TURNS: [&str; 8] = ["but", "or", "maybe", "perhaps", "possibly", "yet", "however", "rather"];

/// Words that make a sentence no plain statement.
const DOUBT: [&str; 33] = [
    "no", "none", "if", "whether", "unless", "when", "where", "while", "although", "though", "until",
    "suppose", "assuming", "could", "may", "might", "must", "can", "between", "either", "or", "than",
    "nearly", "how", "why", "what", "which", "who", "instead", "except", "less", "options", "scale",
];
