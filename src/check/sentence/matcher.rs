//! Matches one syntax with the words of a sentence, part by part, without backtracking. The result is what
//! was understood, or what was expected where it stopped.

use crate::measure::Unit;
use crate::measure::syntax::{PlaceInTask, Sentence, ShuffledChance, SyntaxPart, Test, Word};
use crate::measure::unit::share;

/// Why a syntax did not match.
#[derive(Debug)]
pub(super) enum MatchFailure {
    Expected(String),
    Wrong(String),
}

/// Says that `what` was expected; a fixed word has backticks around it.
fn wanted(what: &str) -> MatchFailure {
    MatchFailure::Expected(what.to_owned())
}

pub(super) struct Matcher<'a, 'w> {
    pub words: &'w [Word],
    /// The number of words that have been understood.
    pub at: usize,
    pub sentence: Sentence<'a>,
}

impl Matcher<'_, '_> {
    pub(super) fn run(&mut self, parts: &[SyntaxPart]) -> Result<(), MatchFailure> {
        for part in parts {
            self.part(*part)?;
        }
        if self.at == self.words.len() { Ok(()) } else { Err(wanted("the end")) }
    }

    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|found| found.text.eq_ignore_ascii_case(word))
    }

    fn part(&mut self, part: SyntaxPart) -> Result<(), MatchFailure> {
        let word = self.peek().cloned();
        match (part, word) {
            (SyntaxPart::Word(word), _) if self.is(word) => self.at += 1,
            (SyntaxPart::Word(word), _) => return Err(wanted(&format!("`{word}`"))),
            (SyntaxPart::TopK, Some(word)) => {
                self.number(&word, word.text.to_lowercase().strip_prefix("top-"), "`top-5`")?
            }
            (SyntaxPart::Number, Some(word)) => self.number(&word, Some(&word.text), "a whole number")?,
            (SyntaxPart::Within, Some(word)) => {
                let digits = word.text.strip_prefix('±').or_else(|| word.text.strip_prefix("+-"));
                self.number(&word, digits, "`±2`")?;
            }
            (SyntaxPart::Percent, Some(word)) => match share(&word.text) {
                Some(share) if word.text.ends_with('%') => {
                    Unit::Share.means(&word.text, true).map_err(MatchFailure::Wrong)?;
                    self.sentence.share = share;
                    self.at += 1;
                }
                _ => return Err(wanted("a percentage")),
            },
            (SyntaxPart::Name(_), Some(word)) if comparison(&word.text).is_none() => {
                self.sentence.names.push(word);
                self.at += 1;
            }
            (SyntaxPart::Names(what), _) => self.names(what)?,
            (SyntaxPart::Level, _) => self.level()?,
            (SyntaxPart::Where, _) => self.place()?,
            (SyntaxPart::In, _) => {
                self.place()?;
                if self.sentence.place == PlaceInTask::Every {
                    return Err(MatchFailure::Wrong(
                        "this compares all contexts at once: remove `in every context`, or name one context with `in`"
                            .to_owned(),
                    ));
                }
            }
            (SyntaxPart::Bound, _) => self.bound(None)?,
            (SyntaxPart::BoundFor, _) => self.bound(Some("for"))?,
            (SyntaxPart::TopK, None) => return Err(wanted("`top-5`")),
            (SyntaxPart::Number, None) => return Err(wanted("a whole number")),
            (SyntaxPart::Within, None) => return Err(wanted("`±2`")),
            (SyntaxPart::Percent, None) => return Err(wanted("a percentage")),
            (SyntaxPart::Name(what), _) => return Err(wanted(what)),
        }
        Ok(())
    }

    fn number(&mut self, word: &Word, digits: Option<&str>, what: &str) -> Result<(), MatchFailure> {
        let number = digits.and_then(|digits| digits.parse::<usize>().ok()).ok_or_else(|| wanted(what))?;
        self.sentence.numbers.push((number, word.span.clone()));
        self.at += 1;
        Ok(())
    }

    /// Names with commas between them, which may touch either name; and `and` before the last.
    fn names(&mut self, what: &str) -> Result<(), MatchFailure> {
        let mut found = 0;
        loop {
            let word = self.peek().filter(|word| comparison(&word.text).is_none() && word.text != "in");
            let word = word.cloned().ok_or_else(|| wanted(&format!("a {what}")))?;
            let exact = word.span.len() == word.text.len();
            let mut from = word.span.start;
            for piece in word.text.split(',') {
                let span = if exact { from..from + piece.len() } else { word.span.clone() };
                from += piece.len() + 1;
                if !piece.is_empty() {
                    self.sentence.names.push(Word { text: piece.to_owned(), span });
                    found += 1;
                }
            }
            self.at += 1;
            let joined = self.peek().is_some_and(|next| next.text.starts_with(',')) || self.is("and");
            if self.is("and") {
                self.at += 1;
            }
            if !(joined || word.text.ends_with(',')) {
                break;
            }
        }
        if found > 1 { Ok(()) } else { Err(wanted(&format!("`,` and another {what}"))) }
    }

    fn level(&mut self) -> Result<(), MatchFailure> {
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
        self.sentence.level = Some(level.ok_or_else(|| wanted("a level of the scale"))?);
        Ok(())
    }

    fn place(&mut self) -> Result<(), MatchFailure> {
        if !self.is("in") {
            return Ok(());
        }
        self.at += 1;
        if self.is("every") {
            self.at += 1;
            self.sentence.place = PlaceInTask::Every;
            return self.part(SyntaxPart::Word("context"));
        }
        let context = self.peek().filter(|word| comparison(&word.text).is_none()).cloned();
        self.sentence.place =
            PlaceInTask::In(context.ok_or_else(|| wanted("a context, or `every context`"))?);
        self.at += 1;
        Ok(())
    }

    fn bound(&mut self, lead: Option<&'static str>) -> Result<(), MatchFailure> {
        let beaten = match self.sentence.syntax.chance {
            ShuffledChance::Shown(_, why) | ShuffledChance::NoPart(why) if self.is("beats") => {
                return Err(MatchFailure::Wrong(format!(
                    "`beats chance` cannot be used here: {why}; give a bound with `<=` or `>=`"
                )));
            }
            chance => matches!(chance, ShuffledChance::Beaten(_)),
        };
        if self.is("beats") {
            self.at += 1;
            self.part(SyntaxPart::Word("chance"))?;
            self.sentence.test = Some(Test::BeatsChance);
            return Ok(());
        }
        if let Some(lead) = lead {
            self.part(SyntaxPart::Word(lead))?;
        }
        let beats = if beaten && lead.is_none() { "`>=`, `<=` or `beats chance`" } else { "`>=` or `<=`" };
        let unit = self.sentence.syntax.unit;
        let sign = self.peek().and_then(|word| comparison(&word.text));
        let at_least = match sign {
            Some(BoundSign::AtLeast) => true,
            Some(BoundSign::AtMost) => false,
            Some(BoundSign::Strict) => {
                return Err(MatchFailure::Wrong("write the bound with `>=` or `<=`: estimates are judged with an interval, so `>` and `>=` would mean the same".to_owned()));
            }
            None => return Err(wanted(beats)),
        };
        self.at += 1;
        let mut text = self.peek().map(|word| word.text.clone()).ok_or_else(|| wanted("a number"))?;
        let mut used = 1;
        if self.words.get(self.at + 1).is_some_and(|next| next.text == "%") {
            text.push('%');
            used = 2;
        }
        let bound = share(&text).ok_or_else(|| wanted("a number"))?;
        unit.accept(bound, &text).map_err(MatchFailure::Wrong)?;
        unit.means(&text, at_least).map_err(MatchFailure::Wrong)?;
        unit.open(bound, at_least, unit.ends()).map_err(MatchFailure::Wrong)?;
        self.sentence.bound = self.peek().map(|word| word.span.clone());
        self.at += used;
        self.sentence.test = Some(if at_least { Test::AtLeast(bound) } else { Test::AtMost(bound) });
        Ok(())
    }
}

enum BoundSign {
    AtLeast,
    AtMost,
    Strict,
}

fn comparison(word: &str) -> Option<BoundSign> {
    match word {
        ">=" | "≥" => Some(BoundSign::AtLeast),
        "<=" | "≤" => Some(BoundSign::AtMost),
        ">" | "<" | "=" => Some(BoundSign::Strict),
        _ => None,
    }
}
