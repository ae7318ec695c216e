//! Recognizes the option that is named at a place of a text.
//!
//! An option is named by the text that was *shown*, with all its marks, and by its canonical label unless another
//! option was shown under that. Case and emphasis make no difference. Nor do spaces, hyphens and underscores between
//! words (`SOCIAL_GOOD`, `social-good`), as long as no two options become alike. The longest name wins: `very
//! important` is never `important`. A story is named by its letter, by its text, or by both if they agree.

use std::collections::HashMap;

use super::entries::stem;
use super::tokens::{ELLIPSIS, Token, TokenKind, tokens};
use crate::suite::Question;

/// How many words at the start of a story suffice to name it.
const BEGINNING: usize = 6;

/// Common words of labels that identify no option.
const SMALL: [&str; 16] =
    ["a", "all", "an", "and", "as", "at", "be", "for", "in", "is", "it", "of", "or", "the", "this", "to"];

/// The options of a question, by their names.
#[derive(Debug)]
pub(super) struct OptionNames {
    names: Vec<OptionName>,
    /// Indices into `names`, by the text of a name's first token.
    by_first: HashMap<String, Vec<usize>>,
    /// Indices into `names`, by the letters of a name's words written together.
    by_letters: HashMap<String, usize>,
    /// The largest number of words and of bytes in a name that is looked up by its letters.
    longest: usize,
    /// The words of each option.
    words: Vec<Vec<String>>,
}

#[derive(Debug)]
struct OptionName {
    choice: usize,
    tokens: Vec<Token>,
    /// Whether the beginning of the text is enough to name the option.
    story: bool,
}

impl OptionNames {
    pub(super) fn of(question: &Question<'_>) -> Self {
        let mut options = OptionNames {
            names: Vec::new(),
            by_first: HashMap::new(),
            by_letters: HashMap::new(),
            longest: 0,
            words: vec![Vec::new(); question.item.choices.len()],
        };
        for shown in &question.shown {
            if let Some(letter) = shown.marker {
                options.add(shown.choice, &letter.to_string(), false);
            }
            options.add(shown.choice, &shown.text, shown.marker.is_some());
        }
        // A canonical label counts only if no option was shown under it.
        for (choice, label) in question.item.choices.iter().map(|choice| &choice.label).enumerate() {
            if question.shown.iter().any(|shown| shown.text == *label) {
                continue;
            }
            let label_tokens = name_tokens(label);
            if !options.names.iter().any(|name| same(&name.tokens, &label_tokens)) {
                options.add(choice, label, false);
            }
        }
        options.index();
        options
    }

    fn add(&mut self, choice: usize, text: &str, story: bool) {
        let tokens = name_tokens(text);
        if tokens.is_empty() {
            return;
        }
        if !story {
            let words = tokens.iter().filter(|token| !matches!(token.kind, TokenKind::Mark(_)));
            self.words[choice].extend(words.map(|token| token.text.clone()));
        }
        self.names.push(OptionName { choice, tokens, story });
    }

    fn index(&mut self) {
        let mut letters: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, name) in self.names.iter().enumerate() {
            self.by_first.entry(name.tokens[0].text.clone()).or_default().push(at);
            if let Some(key) = letters_of(&name.tokens).filter(|_| !name.story) {
                self.longest = self.longest.max(key.len());
                letters.entry(key).or_default().push(at);
            }
        }
        let alone = |places: &[usize]| {
            places.iter().all(|place| self.names[*place].choice == self.names[places[0]].choice)
        };
        self.by_letters =
            letters.into_iter().filter(|(_, at)| alone(at)).map(|(key, at)| (key, at[0])).collect();
    }

    /// Returns the option that `tokens` name from place `at` on, and the place after its name.
    pub(super) fn at(&self, tokens: &[Token], at: usize) -> Option<(usize, usize)> {
        let first = tokens.get(at)?;
        let mut best: Option<(usize, usize)> = None;
        let mut tied = false;
        for place in self.by_first.get(&first.text).into_iter().flatten() {
            let name = &self.names[*place];
            let Some(end) = name.ends(tokens, at) else { continue };
            match best {
                Some((_, known)) if known > end => {}
                Some((choice, known)) if known == end => tied |= choice != name.choice,
                _ => (best, tied) = (Some((name.choice, end)), false),
            }
        }
        if tied {
            return None;
        }
        best.or_else(|| self.by_letters(tokens, at))
    }

    fn by_letters(&self, tokens: &[Token], at: usize) -> Option<(usize, usize)> {
        let mut key = String::new();
        let mut best = None;
        for (end, token) in tokens.iter().enumerate().skip(at) {
            match token.kind {
                TokenKind::Word => key.push_str(&token.text),
                TokenKind::Mark('-') if token.glued && end > at => continue,
                _ => break,
            }
            if key.len() > self.longest {
                break;
            }
            if let Some(place) = self.by_letters.get(&key) {
                best = Some((self.names[*place].choice, end + 1));
            }
        }
        best
    }

    /// Returns whether some option begins with `text`, which then cannot be a bullet or a number.
    pub(super) fn begins_with(&self, text: &str) -> bool {
        self.by_first.contains_key(text)
    }

    /// Returns whether some option begins with a number; then numbers do not count entries.
    pub(super) fn numeric(&self) -> bool {
        self.names.iter().any(|name| name.tokens[0].kind == TokenKind::Number)
    }

    /// Returns the options whose stories contain a longer word or an inflection of it.
    pub(super) fn about(&self, word: &str) -> Vec<usize> {
        let Some(stem) = stem(word) else { return Vec::new() };
        let holds =
            |name: &&OptionName| name.story && name.tokens.iter().any(|token| token.text.starts_with(stem));
        self.names.iter().filter(holds).map(|name| name.choice).collect()
    }

    /// Returns whether a word belongs to an option outside of `chosen` and to none of `chosen`.
    pub(super) fn is_of_another(&self, word: &str, chosen: &[usize]) -> bool {
        let has = |words: &Vec<String>| words.iter().any(|other| other == word);
        let mut others = (0..self.words.len()).filter(|choice| !chosen.contains(choice));
        !SMALL.contains(&word)
            && others.any(|choice| has(&self.words[choice]))
            && !chosen.iter().any(|choice| has(&self.words[*choice]))
    }

    /// Returns whether a word or an inflection of it belongs to the option `own` and to none of `others`.
    pub(super) fn is_only_of(&self, word: &str, own: usize, others: &[usize]) -> bool {
        const ALIKE: usize = 4;
        let has = |choice: usize| {
            self.words[choice].iter().filter(|known| !SMALL.contains(&known.as_str())).any(|known| {
                let alike = known.chars().zip(word.chars()).take_while(|(left, right)| left == right).count();
                *known == word || alike >= ALIKE
            })
        };
        has(own) && !others.iter().any(|other| has(*other))
    }
}

impl OptionName {
    /// Returns the place after this name if it stands at place `at`.
    fn ends(&self, tokens: &[Token], at: usize) -> Option<usize> {
        let stands = tokens[at..].iter().zip(&self.tokens).enumerate();
        let common = stands.take_while(|(place, (found, wanted))| fits(found, wanted, *place > 0)).count();
        if common == self.tokens.len() {
            return Some(at + common);
        }
        let rest = tokens.get(at + common).map(|token| token.kind);
        let ended = matches!(rest, None | Some(TokenKind::Break | TokenKind::Mark(ELLIPSIS)));
        let cut = usize::from(rest == Some(TokenKind::Mark(ELLIPSIS)));
        (self.story && ended && common >= BEGINNING).then_some(at + common + cut)
    }
}

/// Returns whether a token equals a token of a name. There must be no space beside a mark if the name has none there.
fn fits(found: &Token, wanted: &Token, inside: bool) -> bool {
    let mark = matches!(found.kind, TokenKind::Mark(_));
    let apart = inside && wanted.glued && !found.glued;
    found.kind == wanted.kind
        && found.text == wanted.text
        && !(apart && (mark || wanted.kind == TokenKind::Number))
}

fn same(left: &[Token], right: &[Token]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.text == right.text)
}

/// Returns the tokens of a label, without a full stop at its end.
fn name_tokens(text: &str) -> Vec<Token> {
    let mut tokens = tokens(text, 0..text.len());
    tokens.retain(|token| token.kind != TokenKind::Break);
    if tokens.len() > 1 && tokens.last().is_some_and(|token| token.kind == TokenKind::Mark('.')) {
        tokens.pop();
    }
    tokens
}

/// Returns the words of a name written together; `None` if the name has digits, or marks other than hyphens.
fn letters_of(tokens: &[Token]) -> Option<String> {
    let plain = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Mark('-'));
    let words = || tokens.iter().filter(|token| token.kind == TokenKind::Word);
    // A single letter marks an option and is not a name.
    let long = words().map(|token| token.text.len()).sum::<usize>() > 3;
    (tokens.iter().all(plain) && long).then(|| words().map(|token| token.text.as_str()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::testing;

    fn named(question: &Question<'_>, text: &str) -> Vec<String> {
        let options = OptionNames::of(question);
        let tokens = tokens(text, 0..text.len());
        let (mut at, mut found) = (0, Vec::new());
        while at < tokens.len() {
            match options.at(&tokens, at) {
                Some((choice, end)) => {
                    found.push(question.item.choices[choice].id.clone());
                    at = end;
                }
                None => at += 1,
            }
        }
        found
    }

    #[test]
    fn case_and_what_is_between_words_make_no_difference() {
        let question = testing::select();
        for text in ["social good", "SOCIAL_GOOD", "Social-Good", "SocialGood", "**Social** _Good_"] {
            assert_eq!(named(&question, text), ["social_good"], "{text}");
        }
        for text in ["Social, good", "social\ngood", "socially good", "good", "asocial good", "social goods"]
        {
            assert_eq!(named(&question, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_longest_name_wins_and_a_part_names_nothing() {
        let question = testing::scale_with_important();
        assert_eq!(named(&question, "very important"), ["very"]);
        assert_eq!(named(&question, "important"), ["plain"]);
        assert_eq!(named(&question, "unimportant"), Vec::<String>::new());
        assert_eq!(named(&testing::trade_off(), "Safety, Probably"), Vec::<String>::new());
    }

    #[test]
    fn labels_that_differ_in_marks_are_told_apart() {
        let question = testing::scale_of(&["A+", "A", "A-", "< 10", "10%", "10", "-1", "Re-use", "Reuse"]);
        for (text, wanted) in [
            ("A+", "l0"),
            ("a", "l1"),
            ("A-", "l2"),
            ("<10", "l3"),
            ("10%", "l4"),
            ("10", "l5"),
            ("–1", "l6"),
            ("re-use", "l7"),
            ("reuse", "l8"),
        ] {
            assert_eq!(named(&question, text), [wanted], "{text}");
        }
        assert_eq!(named(&question, "- 1"), Vec::<String>::new());
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
    fn a_story_is_named_by_its_letter_its_text_or_its_beginning() {
        let question = testing::rank();
        assert_eq!(named(&question, "B"), ["privacy"]);
        for text in [
            "As a patient, I want it to work on any skin.",
            "As a patient, I want it to work",
            "As a patient, I want it to...",
        ] {
            assert_eq!(named(&question, text), ["fairness"], "{text}");
        }
        // The "a" is an article here, but also the letter A: the reader of the line tells the two apart.
        assert_eq!(named(&question, "As a patient, I want"), ["performance"]);
    }
}
