//! Text as a terminal shows it: in lines of at most 80 columns, in ASCII where the terminal or the locale has no
//! more, and with the verdict's word in colour where that is wanted.

use std::io::IsTerminal as _;

/// The most columns of a line, unless a single word or command is longer.
const WIDTH: usize = 80;
/// Where the text begins in a line with a label, as in `  found     0.667`.
const LABELLED: usize = 12;

/// What the reader's terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TerminalStyle {
    unicode: bool,
    colour: bool,
}

impl TerminalStyle {
    /// Looks at standard output and the environment; `wanted` is what the command line says of colours, if it says
    /// anything.
    pub(crate) fn of_stdout(wanted: Option<bool>) -> TerminalStyle {
        let variable = |name: &str| std::env::var(name).ok();
        TerminalStyle::of(variable, std::io::stdout().is_terminal(), wanted)
    }

    fn of(variable: impl Fn(&str) -> Option<String>, terminal: bool, wanted: Option<bool>) -> TerminalStyle {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        // As the C library does: the first that is set counts, and without any the locale is C.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        // Windows has no such variables, and its terminals show Unicode.
        let unicode = !dumb && (utf8 || cfg!(not(unix)));
        let colour = wanted.unwrap_or(terminal && !dumb && set("NO_COLOR").is_none());
        TerminalStyle { unicode, colour }
    }

    /// Returns the style of standard error, which may not go where standard output goes.
    pub(crate) fn aside(self) -> TerminalStyle {
        TerminalStyle { colour: false, ..self }
    }

    /// Returns the text as the terminal shows it.
    pub(crate) fn shown(self, text: &str) -> String {
        let text = if self.unicode { text.to_owned() } else { ascii(text) };
        let mut lines: Vec<String> = text.lines().map(wrapped).collect();
        if self.colour
            && let Some(first) = lines.first_mut()
        {
            *first = coloured(first);
        }
        lines.join("\n")
    }
}

/// Breaks a line at spaces. A command in backticks stays in one line where it fits into one.
fn wrapped(line: &str) -> String {
    if line.chars().count() <= WIDTH || is_picture(line) {
        return line.to_owned();
    }
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let chars: Vec<char> = line.chars().collect();
    let labelled = indent == 2 && chars[LABELLED - 1] == ' ' && chars[LABELLED] != ' ';
    let deep = match indent {
        _ if labelled => LABELLED,
        0 => 4,
        indent => indent + 2,
    };
    let mut text = String::new();
    let mut column = 0;
    for (at, part) in parts(line, WIDTH - deep).into_iter().enumerate() {
        let length = part.chars().count();
        if at > 0 && column + 1 + length > WIDTH && column > deep {
            text.push('\n');
            text.push_str(&" ".repeat(deep));
            column = deep;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(part);
        column += length;
    }
    text
}

/// Whether a line is part of a diagnostic's picture of a file, in which columns matter.
fn is_picture(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    ["|", "-->", ":::"].iter().any(|sign| rest.starts_with(sign))
}

/// The words of a line, with each span in backticks of at most `most` columns as one.
fn parts(line: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    loop {
        let word = rest.find(' ').unwrap_or(rest.len());
        let mut end = word;
        // A span that begins in this word, and ends in a later one.
        if rest[..word].matches('`').count() % 2 == 1
            && let Some(close) = rest[word..].find('`').map(|at| word + at)
        {
            let after = rest[close..].find(' ').map_or(rest.len(), |at| close + at);
            if rest[..after].chars().count() <= most {
                end = after;
            }
        }
        parts.push(&rest[..end]);
        match rest.get(end + 1..) {
            Some(more) => rest = more,
            None => return parts,
        }
    }
}

/// Writes in ASCII what is not, so that nothing is lost: signs by their likes, other letters as `\u{e4}`.
fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => plain.push(c),
            '·' => plain.push('.'),
            '━' => plain.push('='),
            '●' => plain.push('o'),
            '│' => plain.push('|'),
            '…' => plain.push_str("..."),
            '→' => plain.push_str("->"),
            '±' => plain.push_str("+-"),
            '≥' => plain.push_str(">="),
            '≤' => plain.push_str("<="),
            '×' => plain.push('x'),
            '−' | '–' | '—' => plain.push('-'),
            '“' | '”' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            'ρ' => plain.push_str("rho"),
            '\u{a0}' | '\u{202f}' => plain.push(' '),
            c => plain.extend(c.escape_unicode()),
        }
    }
    plain
}

/// Colours the word of the verdict that a line begins with.
fn coloured(line: &str) -> String {
    let Some((word, rest)) = line.split_once(": ") else { return line.to_owned() };
    let colour = match word {
        "pass" => 32,
        "fail" => 31,
        "inconclusive" | "new" | "no verdict" | "no verdict yet" => 33,
        _ => return line.to_owned(),
    };
    format!("\u{1b}[1;{colour}m{word}:\u{1b}[0m {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: TerminalStyle = TerminalStyle { unicode: true, colour: false };

    #[test]
    fn the_environment_says_what_can_be_shown() {
        let of = |set: &[(&str, &str)], terminal, wanted| {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, it)| (*it).to_owned());
            let TerminalStyle { unicode, colour } = TerminalStyle::of(variable, terminal, wanted);
            (unicode, colour)
        };
        let utf8 = ("LANG", "de_DE.UTF-8");
        assert_eq!(of(&[utf8], true, None), (true, true));
        assert_eq!(of(&[("LANG", "C.utf8")], false, None), (true, false));
        assert_eq!(of(&[utf8, ("TERM", "dumb")], true, None), (false, false));
        assert_eq!(of(&[utf8, ("NO_COLOR", "1")], true, None), (true, false));
        assert_eq!(of(&[utf8, ("NO_COLOR", "")], true, None), (true, true));
        assert_eq!(of(&[utf8, ("NO_COLOR", "1")], false, Some(true)), (true, true));
        assert_eq!(of(&[utf8], true, Some(false)), (true, false));
        if cfg!(unix) {
            assert_eq!(of(&[utf8, ("LC_ALL", "C")], true, None), (false, true));
            assert_eq!(of(&[("LC_ALL", ""), ("LC_CTYPE", "POSIX"), utf8], true, None), (false, true));
            assert_eq!(of(&[], true, None), (false, true));
        }
    }

    #[test]
    fn long_lines_are_broken_below_their_text_and_commands_stay_whole() {
        let long =
            format!("  to do     {}`cargo test --exact x`; {}", "word ".repeat(12), "more ".repeat(12));
        let shown = PLAIN.shown(&format!("fail: m: {}\n{}", "T1 ".repeat(40).trim(), long.trim_end()));
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH), "{shown}");
        assert!(shown.contains("\n            `cargo test --exact x`; more more"), "{shown}");
        assert!(shown.starts_with("fail: m: T1 ") && shown.contains("\n    T1 T1"), "{shown}");
        // Nothing is lost but the breaks.
        let joined = shown.replace("\n            ", " ").replace("\n    ", " ");
        assert_eq!(joined, format!("fail: m: {}\n{}", "T1 ".repeat(40).trim(), long.trim_end()));
    }

    #[test]
    fn the_picture_of_a_diagnostic_keeps_its_columns() {
        let picture =
            format!(" --> a.toml:6:10\n  |\n6 | {}\n  | {}^\n  |", "x ".repeat(60), " ".repeat(118));
        assert_eq!(PLAIN.shown(&picture), picture);
    }

    #[test]
    fn what_has_no_space_is_not_cut() {
        let path = "x".repeat(100);
        assert_eq!(PLAIN.shown(&format!("  found     {path}")), format!("  found     {path}"));
        let open = format!("  found     `{} {}", "y".repeat(40), "z ".repeat(30));
        assert!(PLAIN.shown(&open).lines().count() == 2, "{}", PLAIN.shown(&open));
    }

    #[test]
    fn ascii_loses_nothing_that_is_said() {
        let ascii = TerminalStyle { unicode: false, colour: false };
        assert_eq!(
            ascii.shown("  found     0% ·━●━│· 100%  ≥ 5 → 6 ± 1 Gerät…"),
            "  found     0% .=o=|. 100%  >= 5 -> 6 +- 1 Ger\\u{e4}t..."
        );
    }

    #[test]
    fn only_the_word_of_the_verdict_is_coloured() {
        let colour = TerminalStyle { unicode: true, colour: true };
        assert_eq!(colour.shown("fail: m: x\n  fail: y"), "\u{1b}[1;31mfail:\u{1b}[0m m: x\n  fail: y");
        assert_eq!(colour.shown("m: T1: x"), "m: T1: x");
    }
}
