//! Characters that a reader does not see, and whether two texts read alike.
//!
//! What is asked and what is judged is reviewed by people. A character without a width, or one that turns the direction of
//! the text around it, makes two texts that look the same, or one that is not what it seems to be. So files must not have
//! them in their texts and names. Two joiners are part of how some languages are written (Persian, Hindi) and of some
//! emoji: these may stand behind a character beyond ASCII, and do not count where texts are compared.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Source};

/// The joiners: without a join, and with one.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Returns whether a character has no width, or only steers the characters around it.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}')
        // Letters that are blank by design.
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
        || matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
        || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// Returns the first character of a text that must not be in it, and its place.
pub(crate) fn unseen(text: &str) -> Option<(usize, char)> {
    let mut before = None;
    text.char_indices().find(|(_, c)| {
        let behind = before.replace(*c).is_some_and(|c: char| !c.is_ascii() && !is_unseen(c));
        is_unseen(*c) && !(JOINERS.contains(c) && behind)
    })
}

/// Says which character cannot be seen, and what to do.
pub(crate) fn problem(source: &Source, span: Range<usize>, c: char) -> Diagnostic {
    let code = u32::from(c);
    let what =
        if super::text::is_bidi(c) { "turns the direction of the text around it" } else { "cannot be seen" };
    Diagnostic::new(format!("this text has the character U+{code:04X}, which {what}"))
        .at(source, span)
        .help("remove it: what is asked and judged must be what a reader of the file sees")
}

/// Checks all texts and keys of a file in TOML but those under `except`, which are settings of others.
///
/// # Errors
/// The first character that cannot be seen, with its place.
pub(crate) fn in_toml(source: &Source, except: &[&str]) -> Result<(), Box<Diagnostic>> {
    // An escape may stand for any character.
    if unseen(&source.text).is_none() && !source.text.contains('\\') {
        return Ok(());
    }
    // A mistake in the syntax is told by whoever reads the file.
    let Ok(table) = DeTable::parse(&source.text) else { return Ok(()) };
    of_table(table.get_ref(), source, except)
}

fn of_table(table: &DeTable<'_>, source: &Source, except: &[&str]) -> Result<(), Box<Diagnostic>> {
    for (key, value) in table {
        if except.contains(&key.get_ref().as_ref()) {
            continue;
        }
        of_text(key.get_ref(), key.span(), source)?;
        of_value(value, source, except)?;
    }
    Ok(())
}

fn of_value(value: &Spanned<DeValue<'_>>, source: &Source, except: &[&str]) -> Result<(), Box<Diagnostic>> {
    match value.get_ref() {
        DeValue::String(text) => of_text(text, value.span(), source),
        DeValue::Table(table) => of_table(table, source, except),
        DeValue::Array(entries) => entries.iter().try_for_each(|entry| of_value(entry, source, except)),
        _ => Ok(()),
    }
}

fn of_text(text: &str, span: Range<usize>, source: &Source) -> Result<(), Box<Diagnostic>> {
    let Some((_, c)) = unseen(text) else { return Ok(()) };
    // An escape is shown by the whole literal.
    let literal = source.text.get(span.clone()).and_then(unseen);
    let place = literal.filter(|(_, found)| *found == c).map(|(at, _)| span.start + at);
    let span = place.map_or(span, |at| at..at + c.len_utf8());
    Err(problem(source, span, c).into())
}

/// Returns a text in the form in which two texts are equal that a reader does not tell apart: without regard to case,
/// spaces, characters that are not seen, the ways in which Unicode writes one letter, letters of other scripts that are drawn
/// alike, sorts of quotes and dashes, and the full stop at the end.
pub(crate) fn as_read(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_unseen(*c) && !matches!(c, '\u{fe00}'..='\u{fe0f}')).map(plain);
    let adapter = idna_adapter::Adapter::new();
    let folded: String = adapter.map_normalize(seen).collect::<String>().to_lowercase();
    let folded: String = folded.chars().map(drawn_alike).collect();
    let line = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.trim_end_matches(['.', ',', ';', ':', '!', ' ']) {
        "" => line,
        bare => bare.to_owned(),
    }
}

/// Returns whether a text has a word or a number.
pub(crate) fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The plain mark for marks that look much alike.
fn plain(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '‘' | '’' | '‚' | '‛' | '´' | '`' => '\'',
        '“' | '”' | '„' | '‟' | '«' | '»' => '"',
        '\u{2024}'..='\u{2026}' => '.',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// The Latin letter that a small letter of another script is drawn like.
fn drawn_alike(c: char) -> char {
    const OTHERS: &str = "асеорхуіјѕԁһԛԝοϲϳ";
    const LATIN: &str = "aceopxyijsdhqwocj";
    let at = if c.is_ascii() { None } else { OTHERS.chars().position(|other| other == c) };
    at.and_then(|at| LATIN.chars().nth(at)).unwrap_or(c)
}

/// Returns the two of a list of names that differ only in case, the later one first.
pub(crate) fn twins<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        let known = seen.iter().find(|known| **known != name && known.eq_ignore_ascii_case(name));
        if let Some(known) = known {
            return Some((name, known));
        }
        seen.push(name);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_read_alike_are_equal() {
        for (one, other) in [
            ("As a patient, I want it.", "as a patient,  i want it"),
            ("Zo\u{eb}", "Zoe\u{308}"),
            ("a\u{a0}b", "a b"),
            ("a\u{200d}b", "ab"),
            ("Ｆｉｎｅ", "fine"),
            ("don’t — ever", "don't - ever"),
            ("が", "か\u{3099}"),
            ("wait …", "wait."),
            ("рау", "pay"),
            ("Вода", "вода"),
        ] {
            assert_eq!(as_read(one), as_read(other), "{one} and {other}");
        }
        for (one, other) in
            [("fordern", "fördern"), ("A+", "A"), ("?", "!"), ("1.", "1.5"), ("Is it?", "Is it.")]
        {
            assert_ne!(as_read(one), as_read(other), "{one} and {other}");
        }
    }

    #[test]
    fn joiners_belong_to_some_languages() {
        for fine in ["می\u{200c}خواهم", "👩\u{200d}💻", "क्\u{200d}ष", "two\nlines\there", "❤\u{fe0f}"]
        {
            assert_eq!(unseen(fine), None, "{fine}");
        }
        for odd in [
            "a\u{200b}b",
            "a\u{200c}b",
            "\u{200d}",
            "x\u{202e}y",
            "\u{feff}x",
            "ab\u{7}",
            "می\u{200c}\u{200c}خ",
        ] {
            assert!(unseen(odd).is_some(), "{odd:?}");
        }
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        for (text, at) in [
            ("a = \"x\"\nb = [{ c = \"two\u{200b}\" }]", "2:16"),
            ("a = \"x\\u200B\"", "1:5"),
            ("\"k\\u202E\" = 1", "1:1"),
        ] {
            let wrong = in_toml(&Source::new("f.toml", text), &[]).expect_err(text);
            let (_, line, column) = wrong.position().expect("a place");
            assert_eq!(format!("{line}:{column}"), at, "{text:?}");
        }
        assert!(in_toml(&Source::new("f.toml", "[p]\na = \"\\u200B\""), &["p"]).is_ok());
    }
}
