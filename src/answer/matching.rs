//! Which options a text names.
//!
//! An option is named by its text as it was *shown*; its canonical label counts too, unless another
//! option was shown under that very text. Case, and the white space, hyphens, underscores and
//! emphasis between words, make no difference (`SOCIAL_GOOD`, `social-good`, `socialGood`); one
//! slip in one long word is forgiven (`slip.rs`). Punctuation the option itself has is its own.
//!
//! The longest name wins, and what it covers names nothing else: `very important` never is
//! `important`, `not at all important` never is `important`. Names that overlap without one holding
//! the other both count, so that the reader sees two options. Part of a name names nothing:
//! `safety` is not `probably safety`. Two options that only differ in spaces or case cannot be
//! told apart, and are never matched.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::clean;
use super::slip::slipped;
use super::words::{Word, head, words};
use crate::suite::Question;

/// Characters that may wrap an option: quotes, brackets, emphasis.
pub(super) const WRAP: [char; 13] = ['"', '\'', '`', '*', '_', '(', ')', '[', ']', '{', '}', '«', '»'];

/// White space between the words of an option goes on for at most so many bytes.
const GAP: usize = 16;

/// The options of a question by their names.
#[derive(Debug)]
pub(super) struct Names<'q> {
    names: Vec<Name>,
    /// Places in `names` by first character.
    by_first: HashMap<char, Vec<usize>>,
    /// No option takes more bytes than this.
    longest: usize,
    prompt: &'q str,
    vocabulary: OnceCell<HashSet<String>>,
}

#[derive(Debug)]
struct Name {
    choice: usize,
    words: Vec<String>,
    /// The words without anything between them.
    key: String,
    /// Punctuation inside the name.
    inner: Vec<char>,
}

/// One place where a text names an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mention {
    /// Place in `Item::choices`.
    pub choice: usize,
    /// Bytes: `start..end`.
    pub start: usize,
    pub end: usize,
    /// Words: `first..last`.
    pub first: usize,
    pub last: usize,
}

impl<'q> Names<'q> {
    pub(super) fn of(question: &'q Question<'_>) -> Self {
        let mut names: Vec<Name> =
            question.shown.iter().filter_map(|shown| name(shown.choice, &shown.text)).collect();
        let shown: HashSet<String> = names.iter().map(|name| name.key.clone()).collect();
        for (choice, label) in question.item.choices.iter().map(|choice| &choice.label).enumerate() {
            names.extend(name(choice, label).filter(|name| !shown.contains(&name.key)));
        }
        let mut owners: HashMap<String, HashSet<usize>> = HashMap::new();
        for name in &names {
            owners.entry(name.key.clone()).or_default().insert(name.choice);
        }
        names.retain(|name| owners.get(&name.key).is_none_or(|owners| owners.len() == 1));
        let mut by_first: HashMap<char, Vec<usize>> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            if let Some(first) = name.key.chars().next() {
                by_first.entry(first).or_default().push(at);
            }
        }
        let longest = names.iter().map(|name| name.key.len() + name.words.len() * GAP).max().unwrap_or(0);
        Names { names, by_first, longest, prompt: &question.prompt, vocabulary: OnceCell::new() }
    }

    /// True when some option is a bare number: numbers in an answer then are no list numbering.
    pub(super) fn numeric(&self) -> bool {
        self.names.iter().any(|name| name.key.chars().all(|c| c.is_ascii_digit()))
    }

    /// Every option `text` names, left to right.
    pub(super) fn scan(&self, text: &str) -> Vec<Mention> {
        let words = words(text);
        let mut found: Vec<Mention> = Vec::new();
        for first in 0..words.len() {
            if let Some(mention) = self.at(text, &words, first)
                && found.last().is_none_or(|before| mention.last > before.last)
            {
                found.push(mention);
            }
        }
        found
    }

    /// The option `text` starts with, leaving quotes, brackets and emphasis aside.
    pub(super) fn leading(&self, text: &str) -> Option<Mention> {
        let start = text.len() - text.trim_start_matches(wrapping).len();
        // No option is longer than its own words; the rest of the text need not be split.
        let head = head(text, start + 2 * self.longest + 64);
        let words = words(head);
        if words.first()?.start != start {
            return None;
        }
        self.at(head, &words, 0)
    }

    /// The longest option whose name starts at word `first`.
    fn at(&self, text: &str, words: &[Word], first: usize) -> Option<Mention> {
        let word = words.get(first)?;
        let mut best: Option<(usize, bool, usize)> = None;
        let mut tied = false;
        for &place in self.by_first.get(&word.text.chars().next()?)? {
            let name = &self.names[place];
            let found = name
                .exact(text, words, first)
                .map(|last| (last, true, name.choice))
                .or_else(|| self.misspelt(name, text, words, first).map(|last| (last, false, name.choice)));
            let Some(found) = found else { continue };
            match best {
                Some(known) if (known.0, known.1) > (found.0, found.1) => {}
                Some(known) if (known.0, known.1) == (found.0, found.1) => tied |= known.2 != found.2,
                _ => (best, tied) = (Some(found), false),
            }
        }
        let (last, _, choice) = best.filter(|_| !tied)?;
        Some(Mention { choice, start: word.start, end: words[last - 1].end, first, last })
    }

    fn misspelt(&self, name: &Name, text: &str, words: &[Word], first: usize) -> Option<usize> {
        let last = first + name.words.len();
        let found = words.get(first..last)?;
        let mut slips = found.iter().zip(&name.words).filter(|(found, name)| found.text != **name);
        let (slip, meant) = slips.next()?;
        let one = slips.next().is_none() && slipped(&slip.text, meant);
        let together = (first + 1..last).all(|at| name.joined(text, &words[at - 1], &words[at]));
        (one && together && !self.vocabulary().contains(&slip.text)).then_some(last)
    }

    /// The words of the prompt: spelt as their writer wanted them.
    fn vocabulary(&self) -> &HashSet<String> {
        self.vocabulary.get_or_init(|| {
            words(&clean::characters(self.prompt)).into_iter().map(|word| word.text).collect()
        })
    }
}

impl Name {
    /// The word after the last one of this name, if it stands at word `first`.
    fn exact(&self, text: &str, words: &[Word], first: usize) -> Option<usize> {
        let mut rest = self.key.as_str();
        for (at, word) in words.iter().enumerate().skip(first) {
            if at > first && !self.joined(text, &words[at - 1], word) {
                return None;
            }
            rest = rest.strip_prefix(word.text.as_str())?;
            if rest.is_empty() {
                // `1 0` is not `10`.
                let split = at + 1 - first > self.words.len();
                let number = self.key.chars().any(|c| c.is_ascii_digit());
                return (!(split && number)).then_some(at + 1);
            }
        }
        None
    }

    /// True when only what may stand inside this name stands between two words.
    fn joined(&self, text: &str, left: &Word, right: &Word) -> bool {
        let gap = &text[left.end..right.start];
        gap.len() <= GAP
            && gap.chars().all(|c| matches!(c, ' ' | '\t' | '-' | '_' | '*' | '`') || self.inner.contains(&c))
    }
}

fn name(choice: usize, text: &str) -> Option<Name> {
    let text = clean::characters(text);
    let list = words(&text);
    let (first, last) = (list.first()?, list.last()?);
    let inner = text[first.start..last.end].chars().filter(|c| !c.is_alphanumeric() && *c != '\n').collect();
    let words: Vec<String> = list.into_iter().map(|word| word.text).collect();
    Some(Name { choice, key: words.concat(), words, inner })
}

/// Quotes, brackets, emphasis and white space.
pub(super) fn wrapping(c: char) -> bool {
    c.is_whitespace() || WRAP.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::testing;

    fn named(question: &Question<'_>, text: &str) -> Vec<String> {
        let names = Names::of(question);
        let ids = |mention: &Mention| question.item.choices[mention.choice].id.clone();
        names.scan(text).iter().map(ids).collect()
    }

    #[test]
    fn case_and_what_is_between_words_make_no_difference() {
        let question = testing::select();
        for text in
            ["social good", "SOCIAL_GOOD", "Social-Good", "SocialGood", "**Social** _Good_", "sociAL  good"]
        {
            assert_eq!(named(&question, text), ["social_good"], "{text}");
        }
        for text in ["Social, good", "social\ngood", "socially good", "good", "asocial good", "social goods"]
        {
            assert_eq!(named(&question, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn very_important_never_becomes_important() {
        let question = testing::scale_with_important();
        assert_eq!(named(&question, "very important"), ["very"]);
        assert_eq!(named(&question, "important"), ["plain"]);
        assert_eq!(named(&question, "Not at all important"), ["not_at_all"]);
        assert_eq!(named(&question, "unimportant"), Vec::<String>::new());
    }

    #[test]
    fn part_of_a_name_names_nothing() {
        let question = testing::trade_off();
        assert_eq!(named(&question, "Safety"), Vec::<String>::new());
        assert_eq!(named(&question, "Probably"), Vec::<String>::new());
        assert_eq!(named(&question, "Probably Safety"), ["probably_safety"]);
    }

    #[test]
    fn a_label_that_is_shown_for_another_option_names_that_other() {
        let mut question = testing::select();
        let privacy = question.shown.iter().position(|shown| shown.text == "Privacy");
        let fairness = question.shown.iter().position(|shown| shown.text == "Fairness");
        let (Some(privacy), Some(fairness)) = (privacy, fairness) else { panic!() };
        question.shown[privacy].text = "Data protection".into();
        assert_eq!(named(&question, "privacy, data protection"), ["privacy", "privacy"]);
        question.shown[fairness].text = "Privacy".into();
        assert_eq!(named(&question, "privacy, data protection"), ["fairness", "privacy"]);
    }

    #[test]
    fn a_synonym_that_was_not_shown_is_unknown() {
        assert_eq!(named(&testing::select(), "justice"), Vec::<String>::new());
    }

    #[test]
    fn a_word_of_the_prompt_is_no_slip() {
        let mut question = testing::select();
        assert_eq!(named(&question, "fairnes"), ["fairness"]);
        question.prompt.push_str(" (Fairnes is a village.)");
        assert_eq!(named(&question, "fairnes"), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_whole() {
        let question = testing::numbers();
        assert_eq!(named(&question, "5"), ["n5"]);
        for text in ["4.5", "10", "15", "-1", "5th"] {
            assert_eq!(named(&question, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn leading_looks_at_the_start_only() {
        let question = testing::select();
        let names = Names::of(&question);
        assert!(names.leading(" **\"Safety\"** first").is_some());
        assert!(names.leading("The Safety").is_none());
        assert!(names.leading("~~Safety~~").is_none());
        assert!(names.leading("").is_none());
    }
}
