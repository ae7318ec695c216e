//! Rankings: every story once, first to last, by its letter or its own words.
//!
//! A letter means the story that was *shown* under it. Accepted are lists of letters in one line
//! (`B, A, C`, `B > A > C`, `1. B, 2. A`), JSON and Python lists, and lists with a story a line:
//! `B`, `(B)`, `**B.**`, `Story B: …`, `1. B. As a patient …`, or the story's whole text or its
//! beginning (four words at least, and no other story begins so). Upper case, unless the line is
//! nothing but letters.
//!
//! * A letter in front of other words is the article `A` or the pronoun `I`, unless it is the
//!   letter of the very story that follows. Numbers number the list and name nothing; where they
//!   stand for ranks of their own (`A: 2`, a list that counts down) the answer is ambiguous.
//! * A letter with another story's text is ambiguous: it is not known which was meant. So is a
//!   response that ranks from the least important up, and one that only repeats the stories with
//!   their texts in the order in which they were shown, without numbering them.
//! * A story that is left out or named twice makes it no permutation; a letter that was not shown
//!   makes it an unknown option; stories ranked in running text are ambiguous.
//!
//! Several lists are judged in `candidate.rs`; a marked final answer counts alone.

use super::Invalid;
use super::candidate::{Candidate, Entry, Wanted, judge, leaves_out, options};
use super::clean::characters;
use super::inline::{Joints, Spot, runs};
use super::lines::{Line, Mark, line};
use super::lists::{Class, lists};
use super::marker::marked;
use super::matching::wrapping;
use super::structured::{Said, Value, values};
use super::words::{Word, end, words};
use crate::suite::Question;

/// Reads a cleaned text: places in `Item::choices`, first to last.
pub(super) fn read(question: &Question<'_>, text: &str) -> Result<Vec<usize>, Invalid> {
    let reader = Reader::of(question);
    if upwards(text) {
        return Err(Invalid::Ambiguous);
    }
    let marked: Vec<_> =
        marked(text, false).into_iter().filter_map(|part| reader.lists(part, true).0).collect();
    match marked.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
        Some(_) => Err(Invalid::Ambiguous),
        None => {
            let (judged, strange) = reader.lists(text, true);
            let named = || reader.letters(text).iter().any(|spot| spot.entry != Entry::Other);
            judged.unwrap_or_else(|| {
                Err(if !strange && named() { Invalid::Ambiguous } else { Invalid::UnknownOption })
            })
        }
    }
}

/// A story as it was shown.
struct Story {
    choice: usize,
    letter: char,
    words: Vec<String>,
}

struct Reader {
    stories: Vec<Story>,
}

const JOINTS: Joints = Joints {
    marks: &[',', ';', '/', '|', '>', '→', '-', '—', '≥', '≻', '•'],
    words: &["and", "then", "next", "finally", "lastly", "followed", "by", "story", "user", "option"],
    letters: true,
};

const NOUNS: [&str; 6] = ["user story", "story", "option", "item", "requirement", "statement"];

impl Reader {
    fn of(question: &Question<'_>) -> Self {
        let story = |shown: &crate::suite::Shown| {
            let words = words(&characters(&shown.text)).into_iter().map(|word| word.text).collect();
            Some(Story { choice: shown.choice, letter: shown.marker?, words })
        };
        Reader { stories: question.shown.iter().filter_map(story).collect() }
    }

    fn lists(&self, text: &str, structured: bool) -> (Option<Result<Vec<usize>, Invalid>>, bool) {
        let wanted = Wanted::Ranking { count: self.stories.len() };
        let mut candidates = Vec::new();
        let mut rest = String::with_capacity(text.len());
        let mut done = 0;
        for (place, value) in if structured { values(text) } else { Vec::new() } {
            if let Some(entries) = self.structured(&value, place.len() == text.trim().len()) {
                candidates.push(Candidate { entries, alone: true, doubtful: false, echo: false });
                rest.push_str(&text[done..place.start]);
                rest.push('\n');
                done = place.end;
            }
        }
        rest.push_str(&text[done..]);
        let found = lists(&rest, |line| self.classify(line));
        let shown: Vec<usize> = self.stories.iter().map(|story| story.choice).collect();
        for mut candidate in found.candidates {
            // Counting down, or repeating what was shown.
            candidate.doubtful |= found.descending;
            candidate.echo = options(&candidate.entries) == shown && self.repeats(&rest);
            candidates.push(candidate);
        }
        for line in &found.prose {
            candidates.extend(self.sentences(line));
        }
        let only_echo = !candidates.is_empty() && candidates.iter().all(|candidate| candidate.echo);
        let judged = if only_echo { Some(Err(Invalid::Ambiguous)) } else { judge(wanted, candidates) };
        (judged, found.strange)
    }

    /// True when every story stands on an unnumbered line of its own, with its text.
    fn repeats(&self, text: &str) -> bool {
        let lines: Vec<Line<'_>> = text.split('\n').map(|text| line(text, true)).collect();
        self.stories.iter().all(|story| {
            lines.iter().any(|line| {
                let said = self.letter(line.body, false).filter(|(letter, _)| *letter == story.letter);
                let text = said.map_or(line.body, |(_, rest)| rest);
                !matches!(line.mark, Mark::Number(_)) && self.story(text) == Some(story.choice)
            })
        })
    }

    fn structured(&self, value: &Value, whole: bool) -> Option<Vec<Entry>> {
        match value.said() {
            Said::Unclear => {
                let about = value
                    .texts()
                    .iter()
                    .any(|text| !matches!(self.entry(text, true), None | Some(Entry::Other)));
                (whole || about).then(|| vec![Entry::Unclear])
            }
            Said::Text(text) => Some(match self.lists(&text, false).0 {
                Some(Ok(order)) => order.into_iter().map(Entry::Option).collect(),
                Some(Err(Invalid::NotAPermutation)) => vec![],
                Some(Err(Invalid::UnknownOption)) | None => vec![Entry::Other],
                Some(Err(_)) => vec![Entry::Unclear],
            }),
            Said::List(texts) => {
                let entry = |text: &Option<String>| {
                    text.as_deref()
                        .and_then(|text| self.entry(line(text, true).body, true))
                        .unwrap_or(Entry::Other)
                };
                let entries: Vec<Entry> = texts.iter().map(entry).collect();
                let known = entries.iter().any(|entry| *entry != Entry::Other);
                (whole || known).then_some(entries)
            }
        }
    }

    fn classify(&self, line: &Line<'_>) -> Class {
        let bare = line.mark == Mark::Bare;
        if line.body.chars().all(|c| !c.is_alphanumeric()) {
            return Class::Prose;
        }
        if self.run_only(line.body).is_some() || self.starts_with_run(line.body) {
            return if bare { Class::Prose } else { Class::Entry(Entry::Unclear) };
        }
        match self.entry(line.body, !bare) {
            Some(entry) => Class::Entry(entry),
            None if bare => Class::Prose,
            None => Class::Entry(Entry::Other),
        }
    }

    /// What a line or a list's entry names; `None` when it is neither a letter nor a story.
    fn entry(&self, text: &str, listed: bool) -> Option<Entry> {
        if let Some((letter, rest)) = self.letter(text, listed) {
            let Some(story) = self.stories.iter().find(|story| story.letter == letter) else {
                return Some(Entry::Other);
            };
            let contradicts = self.story(rest).is_some_and(|other| other != story.choice)
                || self.letter(rest, false).is_some_and(|(other, _)| other != letter);
            let number = words(rest).iter().all(|word| word.text.chars().all(|c| c.is_ascii_digit()));
            let rank = number && !words(rest).is_empty();
            return Some(if contradicts || rank { Entry::Unclear } else { Entry::Option(story.choice) });
        }
        self.story(text).map(Entry::Option)
    }

    /// The letter a line begins with, in upper case, and what follows it. In a list, `Story B` may be
    /// followed by anything.
    fn letter<'t>(&self, text: &'t str, listed: bool) -> Option<(char, &'t str)> {
        let mut rest = text.trim_start_matches(wrapping);
        let noun = NOUNS.iter().find_map(|noun| {
            let said = rest.get(..noun.len())?.eq_ignore_ascii_case(noun);
            let after = &rest[noun.len()..];
            (said && after.starts_with([' ', '\t', '*', ':', '(']))
                .then(|| after.trim_start_matches([':', ' ']))
        });
        let wrapped = rest.len() < text.trim_start().len();
        rest = noun.unwrap_or(rest).trim_start_matches(wrapping);
        let letter = rest.chars().next().filter(char::is_ascii_alphabetic)?;
        let after = &rest[1..];
        if after.starts_with(|c: char| c.is_alphanumeric() || c == '\'') && !wrapped_end(after) {
            return None;
        }
        let closed = after.trim_start_matches(['"', '\'', '`', '*', '_', ')', ']', '}']);
        let text_after = closed.trim_start();
        let shut = closed.len() < after.len();
        let delimited = text_after.is_empty()
            || text_after.starts_with(['.', ')', ':', ',', ';', '—', '-', '(', '>', ']']);
        let glued = text_after.len() == closed.len()
            && text_after.starts_with(['-', ','])
            && !shut
            && text_after[1..].starts_with(char::is_alphabetic);
        let own = || {
            let story = self.stories.iter().find(|story| story.letter == letter);
            story.is_some_and(|story| self.story(text_after) == Some(story.choice))
        };
        let alone = text_after.is_empty() || shut;
        let named = if letter.is_ascii_uppercase() {
            (delimited && !glued) || (wrapped && shut) || (listed && noun.is_some()) || own()
        } else {
            alone && (text_after.is_empty() || noun.is_some())
        };
        let rest =
            text_after.trim_start_matches(['.', ')', ':', ',', ';', '—', '-', '>', ']', '*', '_', '"', ' ']);
        named.then_some((letter.to_ascii_uppercase(), rest))
    }

    /// The story `text` repeats, whole or from its beginning.
    fn story(&self, text: &str) -> Option<usize> {
        let said = words(super::words::head(text, 2000));
        let whole = self.told(&said);
        whole.or_else(|| {
            let cut = text.find(['—', ':', '(']).or_else(|| text.find(" - "))?;
            self.told(&words(super::words::head(&text[..cut], 2000)))
        })
    }

    fn told(&self, said: &[Word]) -> Option<usize> {
        let same = |story: &Story| said.iter().zip(&story.words).take_while(|(a, b)| a.text == **b).count();
        let whole = self.stories.iter().filter(|story| same(story) == story.words.len());
        if let Some(story) = whole.max_by_key(|story| story.words.len()) {
            return (!story.words.is_empty()).then_some(story.choice);
        }
        let mut begun = self.stories.iter().filter(|story| said.len() >= 4 && same(story) == said.len());
        begun.next().filter(|_| begun.next().is_none()).map(|story| story.choice)
    }

    fn starts_with_run(&self, text: &str) -> bool {
        let start = text.len() - text.trim_start_matches(wrapping).len();
        runs(text, &self.letters(text), JOINTS).first().is_some_and(|run| run.start == start)
    }

    /// The lists of letters in a line.
    fn sentences(&self, line: &str) -> Vec<Candidate> {
        if let Some(entries) = self.run_only(line) {
            return vec![Candidate { entries, alone: true, doubtful: false, echo: false }];
        }
        let spots = self.letters(line);
        let mut candidates = Vec::new();
        for run in runs(line, &spots, JOINTS) {
            let before = end(&line[..run.start], 1000);
            let lead = before.trim_end_matches(wrapping);
            // `D: F, A, B` says something about D.
            let led = lead.strip_suffix(':').is_some_and(|lead| {
                words(lead).last().is_some_and(|word| {
                    word.text.len() == 1 && !word.text.starts_with(|c: char| c.is_ascii_digit())
                })
            });
            let mut entries = run.entries;
            if led {
                entries.push(Entry::Unclear);
            }
            let after = line[run.end..].trim_start_matches(wrapping);
            let alone = (lead.is_empty() || lead.ends_with([':', '-', '.', '>']))
                && (after.is_empty() || after.starts_with(['.', '!', '—', '-', '(', ';']));
            let sentence = &before[before.rfind(['.', '!', '?']).map_or(0, |at| at + 1)..];
            let doubtful = leaves_out(sentence) || after.starts_with('?');
            candidates.push(Candidate { entries, alone, doubtful, echo: false });
        }
        candidates
    }

    /// The letters of a line that is nothing else: `b, a, c`, `BAC`.
    fn run_only(&self, text: &str) -> Option<Vec<Entry>> {
        let count = self.stories.len();
        if text.len() > 40 * count {
            return None;
        }
        let words = words(text);
        if let [word] = words.as_slice() {
            let raw: Vec<char> = text[word.start..word.end].chars().collect();
            let mut sorted = raw.clone();
            sorted.sort_unstable();
            let shown: Vec<char> = self.stories.iter().map(|story| story.letter).collect();
            return (count > 2 && sorted == shown).then(|| raw.iter().map(|c| self.named(*c)).collect());
        }
        let letters: Vec<char> = words.iter().filter_map(|word| single(word, text)).collect();
        let only = letters.len() == words.len() && letters.len() > 1;
        let lower = letters.iter().all(char::is_ascii_lowercase);
        if !(only && lower) {
            return None;
        }
        let spots: Vec<Spot> = words
            .iter()
            .zip(&letters)
            .map(|(word, c)| Spot { start: word.start, end: word.end, entry: self.named(*c) })
            .collect();
        let mut runs = runs(text, &spots, JOINTS).into_iter();
        runs.next().filter(|run| runs.len() == 0 && run.entries.len() >= letters.len()).map(|run| run.entries)
    }

    fn named(&self, letter: char) -> Entry {
        let letter = letter.to_ascii_uppercase();
        let story = self.stories.iter().find(|story| story.letter == letter);
        story.map_or(Entry::Other, |story| Entry::Option(story.choice))
    }

    /// Upper-case letters that stand for stories, or would if there were as many.
    fn letters(&self, text: &str) -> Vec<Spot> {
        let words = words(text);
        words
            .iter()
            .enumerate()
            .filter(|(_, word)| single(word, text).is_some_and(|c| c.is_ascii_uppercase()))
            .filter(|(at, word)| {
                // `A patient`, `I want`: an article, a pronoun. `A and B`, `A then B` are letters.
                words.get(at + 1).is_none_or(|next| {
                    let spaced = text[word.end..next.start].chars().all(char::is_whitespace);
                    let letter = single(next, text).is_some_and(|c| c.is_ascii_uppercase());
                    !spaced || letter || next.text == "or" || JOINTS.words.contains(&next.text.as_str())
                })
            })
            .filter_map(|(_, word)| {
                let entry = self.named(single(word, text)?);
                Some(Spot { start: word.start, end: word.end, entry })
            })
            .collect()
    }
}

fn wrapped_end(after: &str) -> bool {
    after.starts_with('\'') && !after[1..].starts_with(char::is_alphanumeric)
}

/// The letter of a word of one letter.
fn single(word: &Word, text: &str) -> Option<char> {
    let mut chars = text[word.start..word.end].chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    chars.next().is_none().then_some(letter)
}

/// Phrases of a ranking that starts from the least important.
const UPWARDS: [&str; 8] = [
    "least to most",
    "least important to most",
    "least important to the most",
    "least important first",
    "lowest to highest",
    "lowest priority first",
    "reverse order",
    "ascending order",
];

fn upwards(text: &str) -> bool {
    let plain = text.to_lowercase().replace(['*', '_'], "");
    UPWARDS.iter().any(|phrase| plain.contains(phrase))
}
