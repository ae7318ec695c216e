//! The table `frames.txt`: the phrases that may stand around an answer, in each language.

use std::collections::HashMap;

use once_cell::sync::Lazy;

use super::pattern::{Pattern, Slots};
use super::tokens::Token;
use crate::suite::Shape;

/// One language's part of the table.
#[derive(Debug, Default)]
pub(super) struct LanguageFrames {
    roles: HashMap<&'static str, RoleFrames>,
    words: HashMap<&'static str, WordSequence>,
}

#[derive(Debug, Default)]
struct RoleFrames {
    /// The patterns, each with the kind of answer that it is for.
    patterns: Vec<(&'static str, Pattern)>,
    /// Indices into `patterns`, by the words that a pattern may begin with.
    by_first: HashMap<&'static str, Vec<usize>>,
    /// Indices of the patterns that may begin with words that depend on the question.
    others: Vec<usize>,
}

/// A list of words from the table, in the table's order.
#[derive(Debug, Default)]
struct WordSequence {
    list: Vec<&'static str>,
    /// The first place of each word.
    places: HashMap<&'static str, usize>,
}

impl RoleFrames {
    fn add(&mut self, kind: &'static str, pattern: Pattern) {
        let place = self.patterns.len();
        match pattern.firsts() {
            Some(firsts) => firsts.into_iter().for_each(|first| {
                let places = self.by_first.entry(first).or_default();
                places.extend((places.last() != Some(&place)).then_some(place));
            }),
            None => self.others.push(place),
        }
        self.patterns.push((kind, pattern));
    }
}

impl WordSequence {
    fn add(&mut self, words: impl Iterator<Item = &'static str>) {
        for word in words {
            self.places.entry(word).or_insert(self.list.len());
            self.list.push(word);
        }
    }
}

static TABLE: Lazy<HashMap<&'static str, LanguageFrames>> =
    Lazy::new(|| read_frames(include_str!("frames.txt")));

static NONE: Lazy<LanguageFrames> = Lazy::new(LanguageFrames::default);

fn read_frames(table: &'static str) -> HashMap<&'static str, LanguageFrames> {
    let mut languages: HashMap<&str, LanguageFrames> = HashMap::new();
    let (mut language, mut role, mut kind) = ("", "", "");
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let entry = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            language = name.trim_end_matches(']');
        } else if entry == line {
            (role, kind) = line.split_once(' ').unwrap_or((line, "any"));
        } else if role == "words" {
            languages.entry(language).or_default().words.entry(kind).or_default().add(entry.split(' '));
        } else {
            let roles = &mut languages.entry(language).or_default().roles;
            roles.entry(role).or_default().add(kind, Pattern::new(entry));
        }
    }
    languages
}

impl LanguageFrames {
    /// Returns the frames for a suite's language: English if the suite names none, and `de` for `de-AT`.
    pub(super) fn of(language: Option<&str>) -> &'static LanguageFrames {
        let name = language.unwrap_or("en").split('-').next().unwrap_or_default();
        TABLE.get(name).unwrap_or_else(|| Lazy::force(&NONE))
    }

    /// Returns whether the language has the word lists that tell explanations from other sentences.
    pub(super) fn explains(&self) -> bool {
        self.words.contains_key("reasons")
    }

    /// Returns the place after the longest frame of a role that begins at `at`.
    pub(super) fn find(
        &self,
        role: &str,
        shape: Shape,
        tokens: &[Token],
        at: usize,
        slots: &Slots,
    ) -> Option<usize> {
        let own = shape.frames();
        let (role, first) = (self.roles.get(role)?, tokens.get(at)?);
        let known = role.by_first.get(first.text.as_str()).into_iter().flatten();
        let patterns = known.chain(&role.others).map(|place| &role.patterns[*place]);
        let patterns = patterns.filter(|(kind, _)| *kind == "any" || *kind == own);
        patterns.filter_map(|(_, pattern)| pattern.matches(tokens, at, slots)).max()
    }

    /// Like [`find`](Self::find) for the role "lead", but in all languages: models also put leads of other languages
    /// before English options.
    pub(super) fn lead(&self, shape: Shape, tokens: &[Token], at: usize, slots: &Slots) -> Option<usize> {
        let own = self.find("lead", shape, tokens, at, slots);
        let others = TABLE.values().filter(|frames| self.explains() && !std::ptr::eq(*frames, self));
        others.filter_map(|frames| frames.find("lead", shape, tokens, at, slots)).max().max(own)
    }

    pub(super) fn has(&self, list: &str, word: &str) -> bool {
        self.place(list, word).is_some()
    }

    pub(super) fn place(&self, list: &str, word: &str) -> Option<usize> {
        self.words.get(list)?.places.get(word).copied()
    }

    /// Returns the words of a list.
    pub(super) fn list(&self, list: &str) -> &[&'static str] {
        self.words.get(list).map_or(&[], |words| &words.list)
    }

    pub(super) fn word(&self, list: &str, place: usize) -> Option<&'static str> {
        self.words.get(list)?.list.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tokens::tokens;
    use crate::answer::{Finish, read as read_answer, testing};
    use crate::suite::Question;

    #[test]
    fn a_language_has_its_frames_and_an_unknown_one_none() {
        assert!(
            ["de", "de-AT", "fr", "es", "ar", "zh", "ja"]
                .iter()
                .all(|name| !LanguageFrames::of(Some(name)).roles.is_empty())
        );
        assert!(LanguageFrames::of(Some("fi")).roles.is_empty() && LanguageFrames::of(None).explains());
        assert!(!LanguageFrames::of(Some("de")).explains());
    }

    #[test]
    fn the_table_has_no_role_that_nobody_reads() {
        let roles = [
            "lead", "tail", "opening", "closing", "and", "why", "taboo", "refusal", "firm", "first", "next",
            "last",
        ];
        for (language, frames) in TABLE.iter() {
            for (role, of) in &frames.roles {
                assert!(roles.contains(role), "{language}: {role}");
                let kinds = ["any", "level", "set", "ranking"];
                assert!(of.patterns.iter().all(|(kind, _)| kinds.contains(kind)), "{language}: {role}");
            }
        }
    }

    #[test]
    fn leads_say_who_answers_and_nothing_else() {
        let found = |text: &str| {
            let tokens = tokens(text, 0..text.len());
            LanguageFrames::of(None).find("lead", Shape::Level, &tokens, 0, &Slots::default())
        };
        assert_eq!(found("I would rate it as"), Some(5));
        assert_eq!(found("I refuse to say"), Some(1));
        assert_eq!(found("Nobody would say"), None);
    }

    /// Returns a question that a frame is for, an answer to it, and the words for `$` and `#`.
    fn asked(kind: &str) -> (Question<'static>, &'static str, &'static str, &'static str) {
        match kind {
            "set" => (testing::select(), "Safety, Privacy, Fairness, Transparency, Dignity", "", "five"),
            "ranking" => (testing::rank(), "B, A, C, D, E, F", "", "six"),
            _ => (testing::likert(), "Very important", "privacy", ""),
        }
    }

    #[test]
    fn an_answer_is_read_with_every_frame_around_it() {
        let mut unread = Vec::new();
        for (language, frames) in TABLE.iter() {
            for (role, of) in &frames.roles {
                for (kind, pattern) in &of.patterns {
                    let (question, answer, subject, count) = asked(kind);
                    let example = pattern.example(subject, count);
                    let text = match *role {
                        "lead" => format!("{example}: {answer}"),
                        "opening" => format!("{example}. {answer}"),
                        "tail" => format!("{answer} {example}"),
                        "closing" => format!("{answer}\n\n{example}."),
                        "first" => format!("{example}: B\nA\nC, D, E, F"),
                        "next" => format!("B\n{example}: A, C, D, E, F"),
                        "last" => format!("B, A, C, D, E\n{example}: F"),
                        "and" if *kind == "ranking" => format!("B, A, C, D, E, {example} F"),
                        _ => continue,
                    };
                    let mut task = question.task.clone();
                    task.language = Some((*language).to_owned());
                    let question = task.question(1, 0, 0, 0);
                    if let Err(stop) = read_answer(&question, &text, &Finish::Stop) {
                        unread.push(format!("{language} {role} {kind}: {text:?}: {}", stop.why));
                    }
                }
            }
        }
        assert!(unread.is_empty(), "{} frames are of no use:\n{}", unread.len(), unread.join("\n"));
    }
}
