//! The table of frames, `frames.txt`: all that may stand around an answer, by language.

use std::collections::HashMap;

use once_cell::sync::Lazy;

use super::pattern::{Pattern, Slots};
use super::tokens::Token;
use crate::suite::Shape;

/// One language's part of the table.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// By role, each with the kind of answer that it is for.
    patterns: HashMap<&'static str, Vec<(&'static str, Pattern)>>,
    words: HashMap<&'static str, Vec<&'static str>>,
}

static TABLE: Lazy<HashMap<&'static str, Frames>> = Lazy::new(|| read(include_str!("frames.txt")));

static NONE: Lazy<Frames> = Lazy::new(Frames::default);

fn read(table: &'static str) -> HashMap<&'static str, Frames> {
    let mut languages: HashMap<&str, Frames> = HashMap::new();
    let (mut language, mut role, mut kind) = ("", "", "");
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let entry = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            language = name.trim_end_matches(']');
        } else if entry == line {
            (role, kind) = line.split_once(' ').unwrap_or((line, "any"));
        } else if role == "words" {
            let words = languages.entry(language).or_default().words.entry(kind).or_default();
            words.extend(entry.split(' '));
        } else {
            let patterns = languages.entry(language).or_default().patterns.entry(role).or_default();
            patterns.push((kind, Pattern::new(entry)));
        }
    }
    languages
}

impl Frames {
    /// Those of a suite's language: English where it says none. Of `de-AT`, those of `de`.
    pub(super) fn of(language: Option<&str>) -> &'static Frames {
        let name = language.unwrap_or("en").split('-').next().unwrap_or_default();
        TABLE.get(name).unwrap_or_else(|| Lazy::force(&NONE))
    }

    /// Whether explanations can be told from other sentences: where there are words for it.
    pub(super) fn explains(&self) -> bool {
        self.words.contains_key("reasons")
    }

    /// The place after the longest frame of a role that begins at `at`.
    pub(super) fn find(
        &self,
        role: &str,
        shape: Shape,
        tokens: &[Token],
        at: usize,
        slots: &Slots,
    ) -> Option<usize> {
        let own = match shape {
            Shape::Level | Shape::Text => "level",
            Shape::Set { .. } => "set",
            Shape::Ranking => "ranking",
        };
        let patterns = self.patterns.get(role)?.iter().filter(|(kind, _)| *kind == "any" || *kind == own);
        patterns.filter_map(|(_, pattern)| pattern.matches(tokens, at, slots)).max()
    }

    /// As [`find`](Self::find) of a lead. Models put the leads of other languages before English options,
    /// too.
    pub(super) fn lead(&self, shape: Shape, tokens: &[Token], at: usize, slots: &Slots) -> Option<usize> {
        let own = self.find("lead", shape, tokens, at, slots);
        let others = TABLE.values().filter(|_| self.explains());
        others.filter_map(|frames| frames.find("lead", shape, tokens, at, slots)).max().max(own)
    }

    pub(super) fn has(&self, list: &str, word: &str) -> bool {
        self.place(list, word).is_some()
    }

    /// The place of a word in a list.
    pub(super) fn place(&self, list: &str, word: &str) -> Option<usize> {
        self.words.get(list)?.iter().position(|known| *known == word)
    }

    /// The words of a list.
    pub(super) fn list(&self, list: &str) -> &[&'static str] {
        self.words.get(list).map_or(&[], Vec::as_slice)
    }

    /// The word at a place of a list.
    pub(super) fn word(&self, list: &str, place: usize) -> Option<&'static str> {
        self.words.get(list)?.get(place).copied()
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
                .all(|name| !Frames::of(Some(name)).patterns.is_empty())
        );
        assert!(Frames::of(Some("fi")).patterns.is_empty() && Frames::of(None).explains());
        assert!(!Frames::of(Some("de")).explains());
    }

    #[test]
    fn the_table_has_no_role_that_nobody_reads() {
        let roles = [
            "lead", "tail", "opening", "closing", "and", "why", "taboo", "refusal", "firm", "first", "next",
            "last",
        ];
        for (language, frames) in TABLE.iter() {
            for (role, patterns) in &frames.patterns {
                assert!(roles.contains(role), "{language}: {role}");
                let kinds = ["any", "level", "set", "ranking"];
                assert!(patterns.iter().all(|(kind, _)| kinds.contains(kind)), "{language}: {role}");
            }
        }
    }

    #[test]
    fn leads_say_who_answers_and_nothing_else() {
        let found = |text: &str| {
            let tokens = tokens(text, 0..text.len());
            Frames::of(None).find("lead", Shape::Level, &tokens, 0, &Slots::default())
        };
        assert_eq!(found("I would rate it as"), Some(5));
        assert_eq!(found("I refuse to say"), Some(1));
        assert_eq!(found("Nobody would say"), None);
    }

    /// The question that a frame is for, an answer to it, and what `$` and `#` are in it.
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
            for (role, patterns) in &frames.patterns {
                for (kind, pattern) in patterns {
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
