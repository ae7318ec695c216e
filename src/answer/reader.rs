//! The reader goes through a response once and accounts for every token in it.
//!
//! ```text
//! response  = { opening | lead } answer { answer | closing | explanation }
//! answer    = { lead } [ place ] list { tail } [ explanation ]
//! ```
//!
//! A list on lines of its own continues from line to line. A lead begins another list, which must say the same as the
//! first. A token that fits nowhere stops the reader, and the response is unread.

use std::ops::Range;

use super::Invalid;
use super::entries::{Grammar, ListEntry, is_mark, is_picture};
use super::guard::ExplanationPlace;
use super::tokens::{Token, TokenKind};

/// Why and where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadingStop {
    pub reason: Invalid,
    pub why: String,
    pub at: Option<Range<usize>>,
    /// Whether an option had already been named as the answer.
    pub begun: bool,
}

impl ReadingStop {
    pub(super) fn new(reason: Invalid, why: impl Into<String>, at: Range<usize>) -> Self {
        ReadingStop { reason, why: why.into(), at: Some(at), begun: false }
    }
}

/// Lists of options, each of which must give the whole answer.
pub(super) type Lists = Vec<Vec<ListEntry>>;

/// More parts than any answer has before its explanation, besides a line for each option.
const MOST_PARTS: usize = 64;

pub(super) struct AnswerReader<'a> {
    pub(super) grammar: &'a Grammar,
    text: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    /// The entries of the JSON value among the tokens.
    json: Option<Vec<ListEntry>>,
    pub(super) lists: Lists,
    /// The start of leads that no list has followed yet.
    pub(super) lead: Option<usize>,
    /// The number or letter before those leads, as in "B. I disagree".
    number: Option<usize>,
    /// How many lists, frames and lines have been read so far.
    parts: usize,
    pub(super) explained: bool,
    /// Whether an entry has an explanation beside it.
    pub(super) glossed: bool,
}

impl<'a> AnswerReader<'a> {
    pub(super) fn new(
        grammar: &'a Grammar,
        text: &'a str,
        tokens: &'a [Token],
        json: Option<Vec<ListEntry>>,
    ) -> Self {
        AnswerReader {
            grammar,
            text,
            tokens,
            at: 0,
            json,
            lists: Vec::new(),
            lead: None,
            number: None,
            parts: 0,
            explained: false,
            glossed: false,
        }
    }

    /// Returns all lists of the response if every token is accounted for.
    pub(super) fn lists(mut self) -> Result<Lists, ReadingStop> {
        match self.go() {
            Ok(()) => Ok(self.lists),
            Err(stop) => Err(ReadingStop { begun: !self.lists.is_empty(), ..stop }),
        }
    }

    fn go(&mut self) -> Result<(), ReadingStop> {
        loop {
            self.skip_blank();
            if self.at >= self.tokens.len() {
                return Ok(());
            }
            self.parts += 1;
            if self.parts > MOST_PARTS + self.grammar.count && !self.explained {
                return Err(self.leftover(self.at));
            }
            if self.statement()? || self.placed()? || self.frame() {
                continue;
            }
            if !self.explanation()? {
                return Err(self.leftover(self.at));
            }
        }
    }

    pub(super) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Skips line ends, rules, and the full stop after what was read.
    fn skip_blank(&mut self) {
        while let Some(kind) = self.kind(self.at) {
            match kind {
                // An exclamation mark right before a word negates it, as in code.
                TokenKind::Mark('!') if self.at == 0 && self.tokens.get(1).is_some_and(|next| next.glued) => {
                    return;
                }
                TokenKind::Break | TokenKind::Mark('.' | '!') => self.at += 1,
                TokenKind::Mark(mark)
                    if is_picture(mark) && self.grammar.list(self.tokens, self.at).is_none() =>
                {
                    self.at += 1
                }
                TokenKind::Mark('-' | '=' | '|' | '•') if self.is_rule() => {
                    self.at = self.line_end(self.at)
                }
                _ => return,
            }
        }
    }

    /// Returns whether the rest of the line is a rule (`---`, `|---|---|`) or the head of a table.
    fn is_rule(&self) -> bool {
        let line = &self.tokens[self.at..self.line_end(self.at)];
        let head = |token: &Token| {
            matches!(token.kind, TokenKind::Mark('|' | '#')) || self.grammar.frames.has("heads", &token.text)
        };
        if is_mark(line.first(), '|') && self.lists.is_empty() && line.iter().all(head) {
            return true;
        }
        line.len() >= 3
            && line.iter().all(|token| matches!(token.kind, TokenKind::Mark('-' | '=' | '|' | ':' | '•')))
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.tokens[at..].iter().position(|token| token.kind == TokenKind::Break);
        rest.map_or(self.tokens.len(), |length| at + length)
    }

    /// Returns the place of the mark that ends the sentence at `at`, or of the end of the line.
    pub(super) fn sentence_end(&self, at: usize) -> usize {
        let ends = |place: &usize| match self.kind(*place) {
            Some(TokenKind::Break) | None => true,
            Some(TokenKind::Mark('.' | '!' | '?')) => {
                self.tokens.get(place + 1).is_none_or(|next| !next.glued || next.kind == TokenKind::Break)
            }
            _ => false,
        };
        (at..=self.tokens.len()).find(ends).unwrap_or(self.tokens.len())
    }

    /// Reads a list with the phrases after it and the explanation in the same sentence. Returns whether there was
    /// one.
    pub(super) fn statement(&mut self) -> Result<bool, ReadingStop> {
        let start = self.at;
        let (mut entries, mut end) = match self.kind(start) {
            Some(TokenKind::Json) => match self.json.take() {
                Some(entries) => (entries, start + 1),
                None => return Ok(false),
            },
            _ => match self.grammar.list(self.tokens, start) {
                Some(found) => found,
                None => return Ok(false),
            },
        };
        while let Some(TokenKind::Mark(mark)) = self.kind(end).filter(|_| start < end)
            && is_picture(mark)
        {
            end += 1;
        }
        while let Some(after) = self.find("tail", end + usize::from(is_mark(self.tokens.get(end), ','))) {
            end = after;
        }
        // After the answer, "I chose privacy because …" or "Privacy protects …" explains it, provided it names chosen
        // options only.
        if self.complete() && self.repeats_part(&entries) && !self.ends(end) {
            self.at = self.lead.take().unwrap_or(start);
            return self.explanation();
        }
        if let (Some(first), Some(number)) = (entries.first_mut(), self.number.take()) {
            first.number.get_or_insert(number);
        }
        let one = entries.len() == 1 && !self.grammar.shape.is_level();
        let led = self.lead.is_some();
        let with = led && self.tokens.get(end).is_some_and(|token| token.text == "with");
        self.commit(entries);
        self.at = self.goes_on(end, one, led, with && self.grammar.shape.is_level())?;
        Ok(true)
    }

    /// Adds a list, or the next entries of one.
    fn commit(&mut self, entries: Vec<ListEntry>) {
        let led = self.lead.take().is_some();
        match self.lists.last_mut() {
            Some(list) if !led => list.extend(entries),
            _ => self.lists.push(entries),
        }
    }

    /// Returns the place after the sentence whose list ends at `end`. The rest of that sentence must be harmless.
    fn goes_on(&mut self, end: usize, entry: bool, led: bool, statement: bool) -> Result<usize, ReadingStop> {
        let mut stop = if entry { self.line_end(end) } else { self.sentence_end(end) };
        let mut from = end;
        if matches!(self.kind(from), Some(TokenKind::Mark('.' | '!'))) && !entry || from >= stop {
            return Ok(from.min(stop));
        }
        let mark = if let Some(TokenKind::Mark(mark)) = self.kind(from) { Some(mark) } else { None };
        from += usize::from(matches!(mark, Some(',' | '-' | ':' | ';' | '(' | '.' | '!' | '|')));
        if entry && is_mark(self.tokens.get(stop - 1), '|') {
            stop -= 1;
        }
        // This is a line such as "1. Privacy,".
        if from >= stop {
            return Ok(self.line_end(stop));
        }
        if is_mark(self.tokens.get(stop), '?') {
            return Err(self.leftover(end));
        }
        // "It is very important that you ask a doctor" rates something else.
        if mark.is_none() && self.grammar.shape.is_level() && self.is_of_another_thing(from, stop) {
            return Err(self.leftover(from));
        }
        let place = match mark {
            _ if statement || self.repeats_statement(end) => ExplanationPlace::Statement,
            // A new sentence follows an entry such as "1. Privacy."
            Some('.' | '!') if entry && self.complete() => return Ok(end),
            Some('.' | '!' | ':' | '-' | ';' | '(' | '|') if entry => ExplanationPlace::Entry,
            Some('-' | ':' | ';') if led => ExplanationPlace::Argument,
            Some('-' | ':' | ';') => ExplanationPlace::Dash,
            _ => ExplanationPlace::Clause,
        };
        self.harmless(from, &self.tokens[from..stop], place)?;
        self.glossed |= place == ExplanationPlace::Entry;
        self.explained |= place != ExplanationPlace::Entry;
        Ok(stop)
    }

    /// Returns whether the words after a level say that it rates something other than the question's subject.
    fn is_of_another_thing(&self, from: usize, to: usize) -> bool {
        let said = &self.tokens[from..to];
        let subjects = &self.grammar.slots.subjects;
        let names = |words: &Vec<String>| {
            said.windows(words.len().max(1)).any(|of| of.iter().map(|token| &token.text).eq(words))
        };
        said.first().is_some_and(|first| matches!(first.text.as_str(), "that" | "to"))
            && !subjects.iter().any(names)
    }

    /// Returns whether `entries` name only options that were already chosen, and not all of them.
    fn repeats_part(&self, entries: &[ListEntry]) -> bool {
        let Some(list) = self.lists.first().filter(|_| self.grammar.shape.is_set()) else {
            return false;
        };
        entries.len() < list.len()
            && entries.iter().all(|entry| list.iter().any(|known| known.choice == entry.choice))
    }

    /// Returns whether the last list may be the whole answer.
    pub(super) fn complete(&self) -> bool {
        let count = self.lists.last().map_or(0, Vec::len);
        count >= self.grammar.shape.named(self.grammar.count).unwrap_or(self.grammar.count)
    }

    fn lead_at(&self, at: usize) -> Option<usize> {
        self.grammar.frames.lead(self.grammar.shape, self.tokens, at, &self.grammar.slots)
    }

    pub(super) fn find(&self, role: &str, at: usize) -> Option<usize> {
        self.grammar.frames.find(role, self.grammar.shape, self.tokens, at, &self.grammar.slots)
    }

    /// Reads an opening, a lead or a closing, whichever is longest, with the mark after it. Returns whether there was
    /// one.
    fn frame(&mut self) -> bool {
        let complete = self.complete();
        let begun = self.lists.last().is_some_and(|list| !list.is_empty());
        let start = self.at;
        // The marks of a heading are skipped.
        while is_mark(self.tokens.get(self.at), '#') {
            self.at += 1;
        }
        if let Some((number, after)) = self.grammar.numbered(self.tokens, self.at).filter(|_| !begun) {
            let lead = self.lead_at(after);
            (self.number, self.at) = if lead.is_some() { (Some(number), after) } else { (None, self.at) };
        }
        let lead = self.lead_at(self.at).filter(|_| complete || !begun);
        let opening = self.find("opening", self.at).filter(|_| !begun);
        let closing = self.find("closing", self.at).filter(|end| complete && self.ends(*end));
        let Some(end) = lead.max(opening).max(closing) else {
            self.at = start;
            return false;
        };
        // After the answer, only a lead that introduces the answer again counts as one; others close or explain it.
        let leads = lead == Some(end) && (!complete || self.states(self.after_mark(end)));
        if leads {
            self.lead.get_or_insert(self.at);
        } else if lead == Some(end) && closing != Some(end) {
            self.at = start;
            return false;
        } else if closing == Some(end) {
            // A heading such as "Explanation:" announces an explanation.
            self.explained |= self.find("why", self.at).is_some();
        }
        self.at = self.after_mark(end);
        true
    }

    /// Returns whether a list stands at `at`, possibly after a few leads and line ends.
    fn states(&self, mut at: usize) -> bool {
        const MOST_LEADS: usize = 3;
        for _ in 0..MOST_LEADS {
            while self.kind(at) == Some(TokenKind::Break) {
                at += 1;
            }
            if self.grammar.list(self.tokens, at).is_some() {
                return true;
            }
            let Some(end) = self.lead_at(at) else { return false };
            at = self.after_mark(end);
        }
        false
    }

    pub(super) fn after_mark(&self, end: usize) -> usize {
        let mark = matches!(self.kind(end), Some(TokenKind::Mark(',' | ':' | '.' | '!' | '=' | '-' | '|')));
        end + usize::from(mark)
    }

    fn ends(&self, at: usize) -> bool {
        let colon =
            is_mark(self.tokens.get(at), ':') && matches!(self.kind(at + 1), None | Some(TokenKind::Break));
        colon || matches!(self.kind(at), None | Some(TokenKind::Break | TokenKind::Mark('.' | '!')))
    }

    pub(super) fn said(&self, from: usize, to: usize) -> &str {
        &self.text[self.span(from, to)]
    }

    /// Returns the bytes of the tokens `from..to`.
    pub(super) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let last = to.clamp(from + 1, self.tokens.len()) - 1;
        self.tokens[from].span.start..self.tokens[last].span.end
    }

    /// Makes the error for token `at`, which fits nowhere.
    pub(super) fn leftover(&self, at: usize) -> ReadingStop {
        const SHOWN: usize = 12;
        let at = at.min(self.tokens.len() - 1);
        let end = self.sentence_end(at).max(at + 1).min(at + SHOWN);
        let said = self.said(at, end);
        let listed = !self.lists.is_empty() && !self.complete() && self.lead.is_none();
        // These are the words after a comma, or after the bullet or number at the start of a line.
        let line = self.tokens[..at]
            .iter()
            .rposition(|token| token.kind == TokenKind::Break)
            .map_or(0, |end| end + 1);
        let marked = is_mark(self.tokens[..at].last(), ',') || (line..line + 3).contains(&at);
        if listed && marked && !self.grammar.shape.is_level() {
            return ReadingStop::new(
                Invalid::UnknownOption,
                format!("`{said}` is not one of the options"),
                self.span(at, end),
            );
        }
        let why = match (self.lists.is_empty(), self.lead) {
            (true, None) => format!("`{said}` before the answer may change its meaning"),
            (true, Some(_)) => format!("`{said}` is where an option should be"),
            (false, _) => format!("`{said}` is next to the answer and may change it"),
        };
        ReadingStop::new(Invalid::Unclear, why, self.span(at, end))
    }
}
