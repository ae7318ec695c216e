//! The reader: goes through a response once and accounts for every token of it.
//!
//! ```text
//! response  = { opening | lead } answer { answer | closing | explanation }
//! answer    = { lead } list { tail } [ explanation ]
//! ```
//!
//! Lists on lines of their own go on from line to line. A lead begins another list, which must say the
//! same as the first. What fits nowhere stops the reader: then the response is unread.

use std::ops::Range;

use super::Invalid;
use super::entries::{Entry, Grammar, is_mark};
use super::frames::Role;
use super::guard::{self, Place};
use super::tokens::{Kind, Token};
use crate::suite::Shape;

/// Why and where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub reason: Invalid,
    pub why: String,
    pub at: Option<Range<usize>>,
}

impl Stop {
    pub(super) fn new(reason: Invalid, why: impl Into<String>, at: Range<usize>) -> Self {
        Stop { reason, why: why.into(), at: Some(at) }
    }
}

/// Lists of options, each of which says the whole answer if any does.
pub(super) type Lists = Vec<Vec<Entry>>;

/// More sentences than any answer has before its explanation.
const MOST_PARTS: usize = 64;

pub(super) struct Reader<'a> {
    grammar: &'a Grammar,
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// What the JSON value among the tokens says.
    json: Option<Vec<Entry>>,
    lists: Lists,
    /// Where the leads begin that no list has followed yet.
    lead: Option<usize>,
    /// How many lists, frames and lines were read.
    parts: usize,
    /// An explanation has begun.
    explained: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(grammar: &'a Grammar, text: &'a str, tokens: &'a [Token], json: Option<Vec<Entry>>) -> Self {
        Reader { grammar, text, tokens, at: 0, json, lists: Vec::new(), lead: None, parts: 0, explained: false }
    }

    /// All lists of the response, where nothing is left over.
    pub(super) fn lists(mut self) -> Result<Lists, Stop> {
        loop {
            self.skip_blank();
            if self.at >= self.tokens.len() {
                return Ok(self.lists);
            }
            self.parts += 1;
            if self.parts > MOST_PARTS && !self.explained {
                return Err(self.leftover(self.at));
            }
            if self.statement()? || self.frame() {
                continue;
            }
            if !self.explanation()? {
                return Err(self.leftover(self.at));
            }
        }
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Line ends, rules and the full stops of what was read.
    fn skip_blank(&mut self) {
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::Break | Kind::Mark('.' | '!') => self.at += 1,
                Kind::Mark('-' | '=' | '|' | '•') if self.is_rule() => self.at = self.line_end(self.at),
                _ => return,
            }
        }
    }

    /// Whether the rest of the line is a rule (`---`, `|---|---|`).
    fn is_rule(&self) -> bool {
        let line = &self.tokens[self.at..self.line_end(self.at)];
        line.len() >= 3 && line.iter().all(|token| matches!(token.kind, Kind::Mark('-' | '=' | '|' | ':' | '•')))
    }

    fn line_end(&self, at: usize) -> usize {
        let rest = self.tokens[at..].iter().position(|token| token.kind == Kind::Break);
        rest.map_or(self.tokens.len(), |length| at + length)
    }

    /// The place of the mark that ends the sentence at `at`, or of the end of its line.
    fn sentence_end(&self, at: usize) -> usize {
        let ends = |place: &usize| match self.kind(*place) {
            Some(Kind::Break) | None => true,
            Some(Kind::Mark('.' | '!' | '?')) => self.tokens.get(place + 1).is_none_or(|next| !next.glued || next.kind == Kind::Break),
            _ => false,
        };
        (at..=self.tokens.len()).find(ends).unwrap_or(self.tokens.len())
    }

    /// A list with its tails and what it says on.
    fn statement(&mut self) -> Result<bool, Stop> {
        let start = self.at;
        let (entries, mut end) = match self.kind(start) {
            Some(Kind::Json) => match self.json.take() {
                Some(entries) => (entries, start + 1),
                None => return Ok(false),
            },
            _ => match self.grammar.list(self.tokens, start) {
                Some(found) => found,
                None => return Ok(false),
            },
        };
        while let Some(after) = self.find(Role::Tail, end + usize::from(is_mark(self.tokens.get(end), ','))) {
            end = after;
        }
        // "I chose privacy because …" after the answer explains, where it names what was chosen.
        if self.lead.is_some() && self.complete() && self.repeats_part(&entries) {
            self.at = self.lead.take().unwrap_or(start);
            return self.explanation();
        }
        let place = self.commit(entries);
        self.at = self.goes_on(end, place)?;
        Ok(true)
    }

    /// Adds a list, or the next entries of one; where an explanation in the same line stands.
    fn commit(&mut self, entries: Vec<Entry>) -> Place {
        let one = entries.len() == 1;
        let led = self.lead.take().is_some();
        match self.lists.last_mut() {
            Some(list) if !led => list.extend(entries),
            _ => self.lists.push(entries),
        }
        let parts = !matches!(self.grammar.shape, Shape::Level);
        if parts && one { Place::Entry } else { Place::Same }
    }

    /// The place after the sentence whose list ends at `end`; what is said on in it must be harmless.
    fn goes_on(&mut self, end: usize, place: Place) -> Result<usize, Stop> {
        let stop = if place == Place::Entry { self.line_end(end) } else { self.sentence_end(end) };
        let mut from = end;
        if matches!(self.kind(from), Some(Kind::Mark('.' | '!'))) || from >= stop {
            return Ok(from.min(stop));
        }
        if matches!(self.kind(from), Some(Kind::Mark(',' | '-' | ':' | ';' | '('))) {
            from += 1;
        }
        // "1. Privacy," on a line of its own.
        if from >= stop {
            return Ok(stop);
        }
        if is_mark(self.tokens.get(stop), '?') {
            return Err(self.leftover(end));
        }
        let said = &self.tokens[from..stop];
        self.harmless(from, said, place, true)?;
        Ok(stop)
    }

    /// Whether words that explain name no other option and are not about the answer itself.
    fn harmless(&self, from: usize, said: &[Token], place: Place, beginning: bool) -> Result<(), Stop> {
        if !self.grammar.explains {
            return Err(self.leftover(from));
        }
        let ranking = self.grammar.shape == Shape::Ranking;
        if let Some(at) = self.names_another(said, place) {
            let named = self.said(from + at, from + at + 1);
            let why = format!("the explanation speaks of another option (`{named}`)");
            return Err(Stop::new(Invalid::Ambiguous, why, self.span(from + at, self.sentence_end(from + at))));
        }
        match guard::stops_after(said, place, ranking, beginning) {
            Some(at) => Err(self.leftover(from + at)),
            None => Ok(()),
        }
    }

    /// The place of a word that names an option other than those that were chosen.
    fn names_another(&self, said: &[Token], place: Place) -> Option<usize> {
        let options = &self.grammar.options;
        let list: &[Entry] = self.lists.last().map_or(&[], Vec::as_slice);
        let own = if place == Place::Entry { &list[list.len().saturating_sub(1)..] } else { list };
        let chosen: Vec<usize> = own.iter().map(|entry| entry.choice).collect();
        let mut at = 0;
        while at < said.len() {
            match options.at(said, at) {
                // "A patient", "a system": the article.
                Some((_, end)) if self.grammar.shape == Shape::Ranking && end == at + 1 && said[at].text == "a" => at = end,
                Some((choice, _)) if self.grammar.shape == Shape::Ranking || !chosen.contains(&choice) => return Some(at),
                Some((_, end)) => at = end,
                None if self.grammar.two_sided && options.is_of_another(&said[at].text, &chosen) => return Some(at),
                None => at += 1,
            }
        }
        None
    }

    /// Whether `entries` only name part of what was chosen.
    fn repeats_part(&self, entries: &[Entry]) -> bool {
        let Some(list) = self.lists.first().filter(|_| matches!(self.grammar.shape, Shape::Set { .. })) else {
            return false;
        };
        entries.len() < list.len() && entries.iter().all(|entry| list.iter().any(|known| known.choice == entry.choice))
    }

    /// Whether the list that was begun last may be the whole answer.
    fn complete(&self) -> bool {
        let count = self.lists.last().map_or(0, Vec::len);
        match self.grammar.shape {
            Shape::Set { pick } => count >= pick,
            Shape::Level => count > 0,
            Shape::Ranking | Shape::Text => count >= self.grammar.count,
        }
    }

    fn find(&self, role: Role, at: usize) -> Option<usize> {
        self.grammar.frames.find(role, self.grammar.shape, self.tokens, at, &self.grammar.slots)
    }

    /// An opening, a lead or a closing, whichever goes furthest, with the mark behind it.
    fn frame(&mut self) -> bool {
        let complete = self.complete();
        let begun = self.lists.last().is_some_and(|list| !list.is_empty());
        let lead = self.find(Role::Lead, self.at).filter(|_| complete || !begun);
        let opening = self.find(Role::Opening, self.at).filter(|_| !begun);
        let closing = self.find(Role::Closing, self.at).filter(|end| complete && self.ends(*end));
        let Some(end) = lead.max(opening).max(closing) else { return false };
        if lead == Some(end) {
            // After the answer only what states it again is a lead; the rest is explanation.
            let follows = self.after_mark(end);
            if complete && !self.states(follows) {
                return false;
            }
            self.lead.get_or_insert(self.at);
        }
        self.at = self.after_mark(end);
        true
    }

    /// Whether a list stands at `at`, after more leads and line ends at most.
    fn states(&self, mut at: usize) -> bool {
        const MOST_LEADS: usize = 3;
        for _ in 0..MOST_LEADS {
            while self.kind(at) == Some(Kind::Break) {
                at += 1;
            }
            if self.grammar.list(self.tokens, at).is_some() {
                return true;
            }
            let Some(end) = self.find(Role::Lead, at) else { return false };
            at = self.after_mark(end);
        }
        false
    }

    fn after_mark(&self, end: usize) -> usize {
        let mark = matches!(self.kind(end), Some(Kind::Mark(',' | ':' | '.' | '!' | '=' | '-' | '|')));
        end + usize::from(mark)
    }

    fn ends(&self, at: usize) -> bool {
        matches!(self.kind(at), None | Some(Kind::Break | Kind::Mark('.' | '!')))
    }

    /// A sentence that explains the answer, or a line that explains the entry above it.
    fn explanation(&mut self) -> Result<bool, Stop> {
        let whole = self.complete() && self.lead.is_none();
        let entry = !whole && self.lead.is_none() && self.lists.last().is_some_and(|list| !list.is_empty());
        if !whole && !(entry && self.grammar.shape != Shape::Level) {
            return Ok(false);
        }
        let mut from = self.at;
        while matches!(self.kind(from), Some(Kind::Mark('-' | '•' | '#' | '>'))) {
            from += 1;
        }
        let end = if whole { self.sentence_end(from) } else { self.line_end(from) };
        if from >= end || is_mark(self.tokens.get(end), '?') {
            return Ok(false);
        }
        let place = if whole { Place::Own } else { Place::Entry };
        self.harmless(from, &self.tokens[from..end], place, !self.explained)?;
        self.explained |= whole;
        self.at = end;
        Ok(true)
    }

    fn said(&self, from: usize, to: usize) -> &str {
        &self.text[self.span(from, to)]
    }

    /// Bytes of the tokens `from..to`.
    fn span(&self, from: usize, to: usize) -> Range<usize> {
        let last = to.clamp(from + 1, self.tokens.len()) - 1;
        self.tokens[from].span.start..self.tokens[last].span.end
    }

    /// Reading stopped at token `at`, which fits nowhere.
    fn leftover(&self, at: usize) -> Stop {
        const SHOWN: usize = 12;
        let at = at.min(self.tokens.len() - 1);
        let end = self.sentence_end(at).max(at + 1).min(at + SHOWN);
        let said = self.said(at, end);
        let listed = !self.lists.is_empty() && !self.complete() && self.lead.is_none();
        let marked = at > 0 && matches!(self.tokens[at - 1].kind, Kind::Mark('-' | '•' | ',' | '.' | ')'));
        if listed && marked && self.grammar.shape != Shape::Level {
            return Stop::new(Invalid::UnknownOption, format!("`{said}` is none of the options"), self.span(at, end));
        }
        let why = match (self.lists.is_empty(), self.lead) {
            (true, None) => format!("`{said}` is no way to begin an answer that is known to be harmless"),
            (true, Some(_)) => format!("`{said}` stands where an option should"),
            (false, _) => format!("`{said}` stands beside the answer and may change it"),
        };
        Stop::new(Invalid::Unclear, why, self.span(at, end))
    }
}
