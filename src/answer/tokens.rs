//! Splits a text into tokens: words, numbers and marks with their places, without formatting.
//!
//! Formatting is dropped wherever it stands: white space, emphasis (`*`, `_`, `` ` ``), quotes, square and curly
//! brackets, code fences, the HTML tags in [`INLINE`] and [`BLOCK`], and LaTeX's `\boxed`. Anything that may carry
//! meaning stays as a mark: an empty box, `~~`, a question mark, an unknown tag.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Letters and digits.
    Word,
    /// Only digits, possibly with a decimal point.
    Number,
    /// A single character that is neither letter nor digit.
    Mark(char),
    /// The end of a line.
    Break,
    /// A JSON value, which `json.rs` reads.
    Json,
}

/// One token of a text, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub text: String,
    /// The bytes of the text that it comes from.
    pub span: Range<usize>,
    /// Whether it directly follows the token before it, without a space.
    pub glued: bool,
    /// Whether it begins with a capital letter.
    pub capital: bool,
}

/// The mark for an empty box.
pub(super) const EMPTY_BOX: char = '☐';
pub(super) const TICKED: char = '☑';
pub(super) const ARROW: char = '→';
pub(super) const ELLIPSIS: char = '…';

/// HTML tags that format words.
const INLINE: &str = "b strong i em u mark code span big";

/// HTML and XML tags around a line or an answer.
const BLOCK: &str = "p div ul ol li br pre h1 h2 h3 h4 table tr td tbody answer final_answer response output result \
    rating ranking choice selection values";

pub(super) fn tokens(text: &str, range: Range<usize>) -> Vec<Token> {
    let mut scan = Scan { text, at: range.start, end: range.end, found: Vec::new(), glued: false };
    while let Some(c) = scan.peek() {
        scan.next(c);
    }
    scan.found
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    found: Vec<Token>,
    glued: bool,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.word();
        } else if c == ' ' {
            self.character(c);
        } else if c == '\r' && self.rest().starts_with("\r\n") {
            self.at += 1;
        } else if is_line_end(c) {
            self.mark(TokenKind::Break, 1.max(c.len_utf8()));
        } else if let Some((ticked, length)) = checkbox(self.rest()) {
            self.mark(TokenKind::Mark(if ticked { TICKED } else { EMPTY_BOX }), length);
        } else if let Some((block, length)) = tag(self.rest()) {
            if block {
                self.mark(TokenKind::Break, length);
            } else {
                self.at += length;
            }
        } else if let Some(length) = latex(self.rest()).or_else(|| fence(self.rest(), self.at_line_start())) {
            self.at += length;
        } else if c.is_alphanumeric() {
            self.word();
        } else if let Some(length) = arrow(self.rest()) {
            self.mark(TokenKind::Mark(ARROW), length);
        } else if self.rest().starts_with("...") {
            self.mark(TokenKind::Mark(ELLIPSIS), 3);
        } else {
            self.character(c);
        }
    }

    fn at_line_start(&self) -> bool {
        self.found.last().is_none_or(|token| token.kind == TokenKind::Break)
    }

    fn mark(&mut self, kind: TokenKind, length: usize) {
        let span = self.at..self.at + length;
        self.at = span.end;
        let text = if let TokenKind::Mark(c) = kind { c.to_string() } else { String::new() };
        self.found.push(Token { kind, text, span, glued: self.glued, capital: false });
        self.glued = kind != TokenKind::Break;
    }

    fn character(&mut self, c: char) {
        match plain(c) {
            Some(mark) => self.mark(TokenKind::Mark(mark), c.len_utf8()),
            None => {
                // An underscore separates words like a space; emphasis and quotes do not.
                if c.is_whitespace() || c == '_' {
                    self.glued = false;
                }
                self.at += c.len_utf8();
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        // Most words are plain ASCII: those are taken at once, and the rest character by character.
        let bytes = &self.text.as_bytes()[start..self.end];
        let plain = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(bytes.len());
        let point = |at: usize| bytes[..at].ends_with(b".") && bytes.get(at).is_some_and(u8::is_ascii_digit);
        let ended = bytes
            .get(plain)
            .is_none_or(|next| next.is_ascii() && *next != b'\'' && !(*next == b'.' && point(plain + 1)));
        let plain = if ended { plain } else { 0 };
        let mut text = self.text[start..start + plain].to_ascii_lowercase();
        let mut chars = self.text[start + plain..self.end].char_indices().peekable();
        let mut length = plain;
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            let digits = text.ends_with(|c: char| c.is_ascii_digit());
            let inside = match c {
                '\'' | '’' => next.is_some_and(char::is_alphabetic),
                '.' => digits && next.is_some_and(|next| next.is_ascii_digit()),
                c => c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) || is_unseen(c),
            };
            if !inside {
                break;
            }
            length = plain + at + c.len_utf8();
            match c {
                '’' => text.push('\''),
                c if is_unseen(c) => {}
                c => text.extend(full_width(c).to_lowercase()),
            }
        }
        let number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let kind = if number { TokenKind::Number } else { TokenKind::Word };
        let capital = self.peek().is_some_and(char::is_uppercase);
        self.at = start + length;
        self.found.push(Token { kind, text, span: start..self.at, glued: self.glued, capital });
        self.glued = true;
    }
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character has no width and no effect on the order of other characters.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}' | '\u{feff}')
}

fn full_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// Returns the mark that a character stands for; `None` if it is formatting.
fn plain(c: char) -> Option<char> {
    Some(match full_width(c) {
        c if c.is_whitespace() || is_unseen(c) => return None,
        '*' | '_' | '`' | '[' | ']' | '{' | '}' | '"' | '\'' | '$' => return None,
        '“' | '”' | '„' | '‟' | '‘' | '’' | '‚' | '‛' | '«' | '»' | '「' | '」' | '『' | '』' | '【'
        | '】' => {
            return None;
        }
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '、' | '،' => ',',
        '؛' => ';',
        '。' => '.',
        '؟' => '?',
        '≻' => '>',
        // This combining mark draws a box around a digit, as in 1️⃣.
        '\u{20e3}' => '.',
        '◻' | '□' | '⬜' | '○' | '◯' | '🔲' => EMPTY_BOX,
        '✔' | '✓' | '✅' | '🗹' | '◉' | '🔘' => TICKED,
        '·' | '●' | '▪' | '■' | '◦' | '‣' | '∙' | '・' => '•',
        c => c,
    })
}

fn arrow(text: &str) -> Option<usize> {
    ["->", "=>", "→", "⇒", "➜", "➡", "⟶"].into_iter().find(|arrow| text.starts_with(arrow)).map(str::len)
}

/// Reads a box (`[x]`, `[ ]`, `(x)`, `( )`, `[]`) at the start of a text: returns whether it is ticked, and its
/// length.
fn checkbox(text: &str) -> Option<(bool, usize)> {
    let close = match text.chars().next()? {
        '[' => ']',
        '(' => ')',
        _ => return None,
    };
    // Longer brackets hold words and are not a box.
    let length = text.char_indices().take(8).find(|(_, c)| *c == close)?.0;
    match text[1..length].trim() {
        "" | "_" | "-" => Some((false, length + 1)),
        "x" | "X" | "✓" | "✔" | "✅" => Some((true, length + 1)),
        _ => None,
    }
}

/// Reads an HTML tag that is known to be harmless: returns whether it ends a line, and its length.
fn tag(text: &str) -> Option<(bool, usize)> {
    let inner = text.strip_prefix('<')?;
    let closing = inner.starts_with('/');
    let name_at = usize::from(closing);
    let name: String =
        inner[name_at..].chars().take(16).take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let after = &inner[name_at + name.len()..];
    let name = name.to_ascii_lowercase();
    let rest = after.strip_prefix('/').or_else(|| after.strip_prefix(" /")).unwrap_or(after);
    let length = text.len() - rest.strip_prefix('>')?.len();
    if INLINE.split(' ').any(|known| known == name) {
        return Some((false, length));
    }
    BLOCK.split(' ').any(|known| known == name).then_some((true, length))
}

fn latex(text: &str) -> Option<usize> {
    if let Some(bracket) = ["\\[", "\\]", "\\(", "\\)"].into_iter().find(|bracket| text.starts_with(bracket))
    {
        return Some(bracket.len());
    }
    let known = ["\\boxed", "\\text", "\\textbf", "\\mathbf", "\\mathrm", "\\fbox"];
    known
        .into_iter()
        .find(|known| text.strip_prefix(known).is_some_and(|rest| rest.starts_with('{')))
        .map(str::len)
}

/// Reads a code fence at the start of a line: returns its length up to the end of the line.
fn fence(text: &str, line_start: bool) -> Option<usize> {
    let rest = text.strip_prefix("```").or_else(|| text.strip_prefix("~~~")).filter(|_| line_start)?;
    let info = rest.find(['\n', '\r']).unwrap_or(rest.len());
    let language = rest[..info].trim();
    let known = language.len() <= 12 && language.chars().all(|c| c.is_ascii_alphanumeric());
    // Backticks around a word within one line are emphasis.
    let alone = rest[..info].is_empty() || info < rest.len();
    (known && alone).then_some(3 + info)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let tokens = tokens(text, 0..text.len());
        let shown = |token: &Token| match token.kind {
            TokenKind::Break => "/".to_owned(),
            _ => token.text.clone(),
        };
        tokens.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn dress_goes_and_words_stay() {
        for (text, wanted) in [
            ("**1.** \"Very\" _important_", "1 . very important"),
            ("Social_good", "social good"),
            ("```json\n[Privacy]\n```", "/ privacy /"),
            ("`Privacy`", "privacy"),
            ("<b>Privacy</b><br/>Safety", "privacy / safety"),
            ("\\boxed{\\text{Privacy}}", "privacy"),
            ("I don’t", "i don't"),
            ("4.5 4. 5", "4.5 4 . 5"),
            ("“Datenschutz”，隐私。", "datenschutz , 隐私 ."),
            ("Ｐrivacy\u{200b}", "privacy"),
            ("A → B -> C", "a → b → c"),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_says_something_stays() {
        for (text, wanted) in [
            ("- [ ] Privacy", "- ☐ privacy"),
            ("[x] Privacy", "☑ privacy"),
            ("(X) Privacy", "☑ privacy"),
            ("[] Privacy", "☐ privacy"),
            ("~~Privacy~~", "~ ~ privacy ~ ~"),
            ("<s>Privacy</s>", "< s > privacy < / s >"),
            ("Privacy?", "privacy ?"),
            ("\u{202e}Privacy", "\u{202e} privacy"),
            ("–1", "- 1"),
        ] {
            assert_eq!(said(text), wanted, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "é **Very** x";
        let spans: Vec<&str> =
            tokens(text, 0..text.len()).iter().map(|token| &text[token.span.clone()]).collect();
        assert_eq!(spans, ["é", "Very", "x"]);
    }
}
