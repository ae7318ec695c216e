//! Words: the runs of letters and digits of a text, lower-cased, with their places.
//!
//! An apostrophe inside a word belongs to it (`don't`), a point between digits belongs to the number
//! (`4.5` is neither 4 nor 5), and so does a minus sign before one. Everything else separates.

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Bytes of the text it covers: `start..end`.
    pub start: usize,
    pub end: usize,
    /// Lower case.
    pub text: String,
}

/// The words of `text`, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut list: Vec<Word> = Vec::new();
    let mut open: Option<usize> = None;
    let mut before: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if belongs(c, before, next, open.is_some()) {
            open.get_or_insert(at);
        } else if let Some(start) = open.take() {
            list.push(word(text, start, at));
        }
        before = Some(c);
    }
    if let Some(start) = open {
        list.push(word(text, start, text.len()));
    }
    list
}

fn word(text: &str, start: usize, end: usize) -> Word {
    Word { start, end, text: text[start..end].to_lowercase() }
}

fn belongs(c: char, before: Option<char>, next: Option<char>, open: bool) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    match c {
        '\'' => open && before.is_some_and(char::is_alphabetic) && next.is_some_and(char::is_alphabetic),
        '.' => open && digit(before) && digit(next),
        '-' => !open && digit(next) && before.is_none_or(char::is_whitespace),
        // An accent written as a character of its own.
        '\u{300}'..='\u{36f}' => open,
        _ => c.is_alphanumeric(),
    }
}

/// At most the first `bytes` bytes of `text`, whole characters only.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// At most the last `bytes` bytes of `text`, whole characters only.
pub(super) fn end(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The last word of `text` if nothing but white space follows it.
pub(super) fn last_word(text: &str) -> Option<String> {
    let text = text.trim_end();
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || *c == '\'')
        .last()
        .map(|(at, _)| at)?;
    Some(text[start..].trim_matches('\'').to_lowercase()).filter(|word| !word.is_empty())
}

/// The first word of `text` if nothing but white space precedes it.
pub(super) fn first_word(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '\'')).unwrap_or(text.len());
    Some(text[..end].trim_matches('\'').to_lowercase()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn splits_at_everything_but_letters_and_digits() {
        assert_eq!(texts("**Human**-Autonomy, 'Safety'"), ["human", "autonomy", "safety"]);
        assert_eq!(texts("I don't_know"), ["i", "don't", "know"]);
        assert_eq!(texts(""), Vec::<String>::new());
    }

    #[test]
    fn a_decimal_is_one_number() {
        assert_eq!(texts("4.5 and 5. -1 x-2 1/3"), ["4.5", "and", "5", "-1", "x", "2", "1", "3"]);
    }

    #[test]
    fn places_are_bytes() {
        let text = "«Würde» Ä";
        let found = words(text);
        assert_eq!(&text[found[0].start..found[0].end], "Würde");
        assert_eq!(&text[found[1].start..found[1].end], "Ä");
    }

    #[test]
    fn neighbours() {
        assert_eq!(last_word("it is ").as_deref(), Some("is"));
        assert_eq!(last_word("it is:"), None);
        assert_eq!(first_word(" because it").as_deref(), Some("because"));
        assert_eq!(first_word(", because"), None);
    }
}
