//! Text from outside, as it may be shown: nothing in it steers a terminal or a CI system.

/// Text from outside as one printable line of at most `most` characters: terminal escapes,
/// control characters and bidirectional overrides are gone, white space is single spaces, and a
/// workflow command (`::set-env…`, `##vso[…]`) is broken up.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_until_final(&mut rest),
            c if c.is_whitespace() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c if c.is_control() || is_bidi(c) => {}
            c => {
                let command = match c {
                    ':' => line == ":",
                    '#' => line.ends_with('#'),
                    _ => false,
                };
                if command {
                    line.push(' ');
                }
                line.push(c);
            }
        }
    }
    let line = line.trim();
    match line.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line.to_owned(),
    }
}

/// Characters that reorder the text around them on a screen.
pub(crate) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

type RestOfText<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_escape(rest: &mut RestOfText<'_>) {
    match rest.next() {
        Some('[') => skip_until_final(rest),
        // Strings (titles, links, device control) end with BEL or ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    break;
                }
                if c == '\u{1b}' {
                    rest.next();
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_until_final(rest: &mut RestOfText<'_>) {
    while let Some(c) = rest.next_if(|c| matches!(c, '\u{20}'..='\u{7e}')) {
        if matches!(c, '@'..='~') {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_becomes_one_harmless_line() {
        for (text, wanted) in [
            ("  two\r\n  lines\t ", "two lines"),
            ("\u{1b}[31mred\u{1b}[0m \u{9b}1mbold", "red bold"),
            ("a\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c", "abc"),
            ("bell\u{7} and \u{202e}back", "bell and back"),
            ("::set-env name=A::b", ": :set-env name=A::b"),
            ("x ##vso[task]", "x # #vso[task]"),
            ("cut \u{1b}", "cut"),
        ] {
            assert_eq!(one_line(text, 60), wanted.trim(), "{text:?}");
        }
        assert_eq!(one_line("äöüß", 3), "äöü…");
    }
}
