//! Reads lists of options: each entry with what may stand before it (bullets, numbers, letters, boxes), and what may
//! separate entries.

use super::frames::LanguageFrames;
use super::guard::{self, ExplanationPlace};
pub(super) use super::list_entry::{ListEntry, Note};
use super::options::OptionNames;
use super::pattern::Slots;
use super::tokens::{ARROW, EMPTY_BOX, TICKED, Token, TokenKind, tokens};
use crate::suite::{About, Question, Shape};

/// What the reader needs to know about a question to read answers to it.
#[derive(Debug)]
pub(crate) struct Grammar {
    pub(super) options: OptionNames,
    pub(super) frames: &'static LanguageFrames,
    pub(super) slots: Slots,
    pub(super) shape: Shape,
    /// How many options there are.
    pub(super) count: usize,
    /// Whether the options are split between two values. A word about the other value then counts as naming another
    /// option.
    pub(super) two_sided: bool,
    /// Whether the language has the word lists that tell explanations from other sentences.
    pub(super) explains: bool,
}

/// Pictures that reject the entry after them, or mark it as a joke.
const REFUSING: &str = "❌❎✖✗✘🚫⛔🚷👎🙅🗑☠💀🔻🔺⬇⬆📉📈🙄😏😜🤡🤥🤪😉🙃😂🤣🤷❓❔🔚🔄↩☆⚪⭕";

/// Medals, which number the first three entries of a list.
const MEDALS: [char; 3] = ['🥇', '🥈', '🥉'];

/// Returns whether a character is a decorative picture that neither accepts nor rejects its entry.
pub(super) fn is_picture(mark: char) -> bool {
    matches!(mark, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' | '⭐') && !REFUSING.contains(mark)
}

impl Grammar {
    pub(crate) fn of(question: &Question<'_>) -> Self {
        let (task, count) = (question.task, question.shown.len());
        let frames = LanguageFrames::of(task.language.as_deref());
        let words =
            |text: &str| tokens(text, 0..text.len()).into_iter().map(|token| token.text).collect::<Vec<_>>();
        let about = question.item.words.iter().filter(|(name, _)| *name == "value");
        let asked = if let Shape::Set { pick } = task.shape { pick } else { count };
        let counts =
            std::iter::once(asked.to_string()).chain(frames.word("numbers", asked).map(str::to_owned));
        Grammar {
            options: OptionNames::of(question),
            frames,
            slots: Slots {
                subjects: about.map(|(_, label)| words(label)).collect(),
                counts: counts.collect(),
                topics: topics(question),
            },
            shape: task.shape,
            count,
            two_sided: matches!(question.item.about, About::Pair(..)),
            explains: frames.explains(),
        }
    }

    /// Returns whether two levels lie on opposite sides of the middle of the scale.
    pub(super) fn opposite(&self, one: usize, other: usize) -> bool {
        let side = |level: usize| (2 * level + 1).cmp(&self.count);
        side(one).is_ne() && side(one) == side(other).reverse()
    }

    /// Reads the number or letter at `at` and the mark after it; returns the number and the place after the mark.
    pub(super) fn numbered(&self, tokens: &[Token], at: usize) -> Option<(usize, usize)> {
        let number =
            tokens.get(at).filter(|_| !self.options.numeric()).and_then(|token| self.number(token))?;
        let (mut after, _) = after_number(tokens, at + 1, 0);
        let marked = after > at + 1;
        while tokens.get(after).is_some_and(|token| token.kind == TokenKind::Break) {
            after += 1;
        }
        marked.then_some((number, after))
    }

    /// Reads the list that begins at `at`; returns its entries and the place after them.
    pub(super) fn list(&self, tokens: &[Token], at: usize) -> Option<(Vec<ListEntry>, usize)> {
        let line_start = at == 0 || tokens[at - 1].kind == TokenKind::Break;
        let (entry, mut end) = self.entry(tokens, at, line_start)?;
        let mut entries = vec![entry];
        let mut between = None;
        while let Some((entry, after)) = self.next_entry(tokens, end, entries.last()) {
            // In a ranking, "A, B | C, D" has two separators: these are groups, and the order within a group is not
            // said.
            if let Some(TokenKind::Mark(mark)) = tokens.get(end).map(|token| token.kind)
                && self.shape.is_ranking()
                && *between.get_or_insert(mark) != mark
            {
                break;
            }
            entries.push(entry);
            end = after;
        }
        // A closing bar ends a row of a table.
        if is_mark(tokens.get(end), '|')
            && tokens.get(end + 1).is_none_or(|next| next.kind == TokenKind::Break)
        {
            end += 1;
        }
        Some((entries, end))
    }

    fn next_entry(
        &self,
        tokens: &[Token],
        end: usize,
        last: Option<&ListEntry>,
    ) -> Option<(ListEntry, usize)> {
        let mut at = end;
        let ranking = self.shape.is_ranking();
        while let Some(TokenKind::Mark(mark)) = tokens.get(at).map(|token| token.kind) {
            let between = matches!(mark, ',' | ';' | '|')
                || (mark == '/' && self.shape.is_set())
                || (matches!(mark, '>' | ARROW) && ranking)
                || (mark == '-' && ranking && (!tokens[at].glued || self.joins(tokens, at, last)));
            if !between {
                break;
            }
            at += 1;
        }
        // "E" may be the letter of an option, or the Spanish word for "and".
        let and = self.frames.find("and", self.shape, tokens, at, &self.slots);
        let mut then = false;
        if let Some(after) = and.filter(|_| self.entry(tokens, at, at > end).is_none()) {
            // "First B, then A" orders the two options; "B and A" may be a tie.
            let says = ranking && !(after == at + 1 && tokens[at].text == "and");
            then = says;
            at = after;
        }
        let (mut entry, after) = self.entry(tokens, at, at > end)?;
        entry.placed |= then;
        let marked = entry.number.is_some() || entry.ticked.is_some() || is_mark(tokens.get(at), '#');
        let letters = ranking && last.is_some_and(|last| last.span.len() == 1) && entry.span.len() == 1;
        (at > end || marked || letters).then_some((entry, after))
    }

    /// Returns whether the hyphen at `at` joins two letters, as in `B-A-C`.
    fn joins(&self, tokens: &[Token], at: usize, last: Option<&ListEntry>) -> bool {
        let letter = self.options.at(tokens, at + 1).filter(|(_, end)| *end == at + 2);
        let next = tokens.get(at + 1).filter(|next| letter.is_some() && next.glued);
        next.is_some_and(|next| next.span.len() == 1) && last.is_some_and(|last| last.span.len() == 1)
    }

    /// Reads the entry that begins at `at`. `bullets` says whether a bullet may come first: at the start of a line or
    /// after a mark.
    fn entry(&self, tokens: &[Token], at: usize, bullets: bool) -> Option<(ListEntry, usize)> {
        const MOST_BEFORE: usize = 10;
        let (mut number, mut ticked, mut open, mut here) = (None, None, 0, at);
        let (mut begins, mut named_number) = (None, false);
        // A word before a number says what it numbers: "Score 4: …", "I choose 4. …".
        let mut noun = at > 0 && tokens[at - 1].kind == TokenKind::Word;
        for _ in 0..MOST_BEFORE {
            if let Some((choice, end)) = self.options.at(tokens, here) {
                if self.is_article(tokens, here, end) {
                    return None;
                }
                let span = tokens[here].span.start..tokens[end - 1].span.end;
                let entry = ListEntry {
                    number,
                    named_number,
                    sign: begins,
                    ticked,
                    told: end > here + 1,
                    ..ListEntry::bare(choice, span)
                };
                return self.after_option(tokens, end, entry, open);
            }
            let token = tokens.get(here)?;
            here += 1;
            match token.kind {
                TokenKind::Mark(EMPTY_BOX) => ticked = Some(false),
                TokenKind::Mark(TICKED) => ticked = Some(true),
                TokenKind::Mark('(') => open += 1,
                TokenKind::Mark('#') => {}
                TokenKind::Mark(mark) if MEDALS.contains(&mark) && number.is_none() => {
                    number = MEDALS.iter().position(|medal| *medal == mark).map(|at| at + 1);
                }
                TokenKind::Mark(mark) if is_picture(mark) => {}
                TokenKind::Mark(mark @ ('-' | '+' | '>' | '•' | '|')) if bullets => {
                    let sign =
                        tokens.get(here).is_some_and(|next| next.glued && next.kind == TokenKind::Number);
                    if self.options.begins_with(&mark.to_string()) || (sign && mark != '+') {
                        return None;
                    }
                    begins = begins.or(matches!(mark, '-' | '+').then_some(mark));
                }
                TokenKind::Word if self.frames.has("nouns", &token.text) => noun = true,
                TokenKind::Word | TokenKind::Number if number.is_none() && !self.options.numeric() => {
                    number = Some(self.number(token)?);
                    named_number = noun;
                    let after = after_number(tokens, here, open);
                    // A single letter numbers an entry only if a mark follows; the "I" of "I agree" does not.
                    let marked = after.0 > here || is_mark(tokens.get(here), '(');
                    if token.text.len() == 1 && token.kind == TokenKind::Word && !marked {
                        return None;
                    }
                    (here, open) = after;
                }
                _ => return None,
            }
        }
        None
    }

    /// Returns whether the "a" at `at` is an article, as in "a patient", rather than the letter of a story.
    fn is_article(&self, tokens: &[Token], at: usize, end: usize) -> bool {
        let next = tokens
            .get(end)
            .filter(|next| next.kind == TokenKind::Word && !self.frames.has("nouns", &next.text));
        let and = self.frames.find("and", self.shape, tokens, end, &self.slots).is_some();
        let letter = self.shape.is_ranking() && end == at + 1 && tokens[at].text == "a";
        letter && !and && next.is_some_and(|_| self.options.at(tokens, end).is_none())
    }

    /// Reads the number of an entry in any of its spellings: `4`, `1st`, `first`, `d`.
    fn number(&self, token: &Token) -> Option<usize> {
        let text = token.text.as_str();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if matches!(&text[digits.len()..], "" | "st" | "nd" | "rd" | "th") && !digits.is_empty() {
            return digits.parse().ok().filter(|number| (1..=99).contains(number));
        }
        let roman = || self.frames.place("roman", text).filter(|_| !self.shape.is_level());
        if let Some(at) = self.frames.place("ordinals", text).or_else(roman) {
            return Some(at + 1);
        }
        let letter = text.chars().next().filter(|c| text.len() == 1 && c.is_ascii_lowercase())?;
        (!self.shape.is_ranking()).then(|| usize::from(letter as u8 - b'a') + 1)
    }

    /// Reads what may follow an option: the text that belongs to its letter, its number, or a note in brackets.
    fn after_option(
        &self,
        tokens: &[Token],
        end: usize,
        mut entry: ListEntry,
        mut open: usize,
    ) -> Option<(ListEntry, usize)> {
        let mut here = end;
        if self.shape.is_ranking() {
            let mut text_at = here;
            while matches!(
                tokens.get(text_at).map(|token| token.kind),
                Some(TokenKind::Mark('.' | ')' | ':' | '-'))
            ) {
                text_at += 1;
            }
            if let Some((choice, after)) =
                self.options.at(tokens, text_at).filter(|(_, after)| *after > text_at + 1)
            {
                if choice != entry.choice {
                    return None;
                }
                (here, entry.told) = (after, true);
            } else if is_mark(tokens.get(here), ')') && open == 0 {
                here += 1;
            }
        }
        while open > 0 && is_mark(tokens.get(here), ')') {
            (open, here) = (open - 1, here + 1);
        }
        if open > 0 {
            return None;
        }
        if is_mark(tokens.get(here), '(') {
            let rest = &tokens[here + 1..tokens.len().min(here + 26)];
            let close = rest
                .iter()
                .position(|token| matches!(token.kind, TokenKind::Mark(')') | TokenKind::Break))?;
            let inside = &rest[..close];
            match inside {
                [token] if token.kind == TokenKind::Number && entry.number.is_none() => {
                    entry.number = Some(self.number(token)?);
                }
                _ if self.is_gloss(inside) => entry.note = Note::Explanation,
                _ if self.labels(inside, entry.choice) => entry.note = Note::Label,
                // The caller decides what other brackets mean.
                _ => return Some((entry, here)),
            }
            here += close + 2;
        }
        Some((entry, here))
    }

    /// Returns whether the few words in brackets say what `choice` is about, and none of them is about another
    /// option.
    fn labels(&self, inside: &[Token], choice: usize) -> bool {
        let about: Vec<Vec<usize>> = inside.iter().map(|word| self.options.about(&word.text)).collect();
        let of_another = about.iter().any(|about| !about.is_empty() && !about.contains(&choice));
        let names = (0..inside.len()).any(|at| self.options.at(inside, at).is_some());
        self.explains
            && !self.shape.is_level()
            && !names
            && !of_another
            && guard::labels(self.frames, inside, |word| self.options.about(word).contains(&choice))
    }

    /// Returns whether the words in brackets only explain the option before them.
    fn is_gloss(&self, inside: &[Token]) -> bool {
        let names = (0..inside.len()).any(|at| self.options.at(inside, at).is_some());
        let level = self.shape.is_level();
        self.explains
            && !level
            && !names
            && guard::stops(
                self.frames,
                &self.slots,
                inside,
                ExplanationPlace::Entry,
                self.shape.is_ranking(),
            )
            .is_none()
    }
}

/// Returns the place after the marks that follow a number, and how many brackets are still open.
fn after_number(tokens: &[Token], at: usize, mut open: usize) -> (usize, usize) {
    const MOST: usize = 2;
    let mut here = at;
    while here < at + MOST {
        match tokens.get(here).map(|token| token.kind) {
            Some(TokenKind::Mark(')')) => open = open.saturating_sub(1),
            Some(TokenKind::Mark('.' | ':' | '-' | '=' | ',' | '|')) => {}
            _ => break,
        }
        here += 1;
    }
    (here, open)
}

/// Returns the stems of the longer words in the context and the values of a rating or trade-off. An explanation of
/// the answer uses such words; a remark about the answer itself need not.
fn topics(question: &Question<'_>) -> Vec<String> {
    if !question.task.shape.is_level() {
        return Vec::new();
    }
    let about =
        question.item.words.iter().filter(|(name, _)| ["context", "value", "first", "second"].contains(name));
    let words = about.flat_map(|(_, text)| tokens(text, 0..text.len()));
    words.filter_map(|word| stem(&word.text).map(str::to_owned)).collect()
}

/// Returns the first letters of a longer word, which its inflections share; `None` for short and common words.
pub(super) fn stem(word: &str) -> Option<&str> {
    const LETTERS: usize = 5;
    let common = [
        "about", "follow", "people", "should", "system", "their", "there", "these", "those", "which", "would",
    ];
    let end = word.char_indices().nth(LETTERS - 1).map(|(at, c)| at + c.len_utf8())?;
    (!common.iter().any(|common| word.starts_with(common))).then_some(&word[..end])
}

pub(super) fn is_mark(token: Option<&Token>, mark: char) -> bool {
    token.is_some_and(|token| token.kind == TokenKind::Mark(mark))
}
