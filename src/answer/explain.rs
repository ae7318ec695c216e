//! Finds the explanations in a response and the options that they name. Whether their words are harmless is decided
//! in `guard.rs`.

use super::Invalid;
use super::entries::{ListEntry, is_mark};
use super::guard::{self, ExplanationPlace};
use super::reader::{AnswerReader, ReadingStop};
use super::tokens::{Token, TokenKind};

impl AnswerReader<'_> {
    /// Returns whether the word before `end` begins to repeat the statement that was asked about, as in "with the
    /// statement".
    pub(super) fn repeats_statement(&self, end: usize) -> bool {
        const STATEMENTS: [&str; 8] =
            ["statement", "proposition", "idea", "claim", "view", "notion", "assertion", "sentiment"];
        let word = end.checked_sub(1).and_then(|at| self.tokens.get(at));
        let follows = !matches!(self.kind(end), Some(TokenKind::Mark(',' | '-' | ';')));
        follows && word.is_some_and(|word| STATEMENTS.contains(&word.text.as_str()))
    }

    /// Checks that an explanation names no other option and says nothing about the answer itself.
    pub(super) fn harmless(
        &self,
        from: usize,
        said: &[Token],
        place: ExplanationPlace,
    ) -> Result<(), ReadingStop> {
        if !self.grammar.explains {
            return Err(self.leftover(from));
        }
        let order = self.grammar.shape.is_ranking();
        if let Some(at) = self.names_another(said, place) {
            let named = self.said(from + at, from + at + 1);
            let why = format!("the explanation names another option (`{named}`)");
            return Err(ReadingStop::new(
                Invalid::Ambiguous,
                why,
                self.span(from + at, self.sentence_end(from + at)),
            ));
        }
        let apart = matches!(place, ExplanationPlace::First | ExplanationPlace::Later);
        if self.grammar.two_sided && apart && !self.is_for_its_side(said) {
            let why = "the explanation does not say which side it favors".to_owned();
            return Err(ReadingStop::new(Invalid::Unclear, why, self.span(from, from + said.len())));
        }
        match guard::stops(self.grammar.frames, &self.grammar.slots, said, place, order) {
            Some(at) => Err(self.leftover(from + at)),
            None => Ok(()),
        }
    }

    /// Returns the place of a word that names an option that was not chosen or denies one that was. If the options
    /// are split between two values, a word about the other value counts, too.
    fn names_another(&self, said: &[Token], place: ExplanationPlace) -> Option<usize> {
        let (options, ranking) = (&self.grammar.options, self.grammar.shape.is_ranking());
        let list: &[ListEntry] = self.lists.last().map_or(&[], Vec::as_slice);
        let own = if place == ExplanationPlace::Entry { &list[list.len().saturating_sub(1)..] } else { list };
        let chosen: Vec<usize> = own.iter().map(|entry| entry.choice).collect();
        const NEAR: usize = 6;
        let mut at = 0;
        while at < said.len() {
            let Some((choice, end)) = options.at(said, at) else {
                // "Autonomy leads when the patient is awake" speaks for the side that was not taken.
                if self.grammar.two_sided && options.is_of_another(&said[at].text, &chosen) {
                    return Some(at);
                }
                at += 1;
                continue;
            };
            // In "a patient" or "a system" this is an article, not the letter of a story.
            let article = ranking && end == at + 1 && said[at].text == "a";
            let denied = said[at.saturating_sub(NEAR)..at].iter().any(|token| denies(&token.text));
            // "I do not have the ability to agree or disagree" names both sides, so it denies neither.
            if let Some(after) = self.other_side(said, choice, end).filter(|_| denied) {
                at = after;
                continue;
            }
            let fine = if ranking {
                article
            } else if denied && self.grammar.shape.is_level() {
                chosen.iter().all(|own| self.grammar.opposite(*own, choice))
            } else {
                chosen.contains(&choice)
            };
            if !fine {
                return Some(at);
            }
            at = end;
        }
        None
    }

    /// Returns whether a sentence that explains a trade-off names the side that was taken (both sides for the middle
    /// level). Reasons that name no side may be for the other one.
    fn is_for_its_side(&self, said: &[Token]) -> bool {
        let chosen = self.lists.last().and_then(|list| list.last()).map(|entry| entry.choice);
        chosen.is_some_and(|chosen| {
            let others: Vec<usize> =
                (0..self.grammar.count).filter(|other| self.grammar.opposite(chosen, *other)).collect();
            let both = |word: &str| others.is_empty() && matches!(word, "both" | "equally");
            let names = |word: &str| self.grammar.options.is_only_of(word, chosen, &others);
            said.iter().any(|token| both(&token.text) || names(&token.text))
        })
    }

    /// Returns the place after "or" and a level on the other side of the scale, if these follow at `end`.
    fn other_side(&self, said: &[Token], choice: usize, end: usize) -> Option<usize> {
        let or = said.get(end).is_some_and(|token| matches!(token.text.as_str(), "or" | "nor"));
        let (other, after) = self.grammar.options.at(said, end + 1).filter(|_| or)?;
        (self.grammar.shape.is_level() && self.grammar.opposite(choice, other)).then_some(after)
    }

    /// Reads a sentence that explains the whole answer, or a line that explains the entry above it. Returns whether
    /// there was one.
    pub(super) fn explanation(&mut self) -> Result<bool, ReadingStop> {
        let whole = self.complete() && self.lead.is_none();
        let entry = !whole && self.lead.is_none() && self.lists.last().is_some_and(|list| !list.is_empty());
        if !(whole || entry && !self.grammar.shape.is_level()) {
            return Ok(false);
        }
        let mut from = self.at;
        while matches!(self.kind(from), Some(TokenKind::Mark('-' | '•' | '#' | '>'))) {
            from += 1;
        }
        // Reasons may be numbered.
        if whole && self.kind(from) == Some(TokenKind::Number) {
            from = self.grammar.numbered(self.tokens, from).map_or(from, |(_, after)| after);
        }
        let end = if whole { self.sentence_end(from) } else { self.line_end(from) };
        if from >= end || is_mark(self.tokens.get(end), '?') {
            return Ok(false);
        }
        let place = match (whole, self.explained) {
            (true, false) => ExplanationPlace::First,
            (true, true) => ExplanationPlace::Later,
            (false, _) => ExplanationPlace::Entry,
        };
        let said = &self.tokens[from..end];
        // The last entry of a list may have an explanation like the entries before it.
        let as_entry = self.glossed
            && place == ExplanationPlace::First
            && self.harmless(from, said, ExplanationPlace::Entry).is_ok();
        if !as_entry {
            self.harmless(from, said, place)?;
            self.explained |= whole;
        }
        self.glossed |= place == ExplanationPlace::Entry;
        self.at = end;
        Ok(true)
    }
}

/// Returns whether a word negates what follows it.
fn denies(word: &str) -> bool {
    matches!(word, "not" | "never" | "cannot" | "no" | "hardly") || word.ends_with("n't")
}
