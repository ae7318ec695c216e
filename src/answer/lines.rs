//! One line of a response: how far it is indented, what it is marked with, and what it says.
//!
//! Marks are bullets (`-`, `*`, `+`, `•`, …), and list numbers in every dress: `1.`, `1)`, `(1)`,
//! `[1]`, `**1.**`, `1:`, `1 -`, `#1`, `1st`, `Rank 1:`, `Choice 1:`. Block quotes and headings are
//! unwrapped. A number is a mark only where something separates it from what follows; `5` and `4.5`
//! are no marks.

/// What a line is marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Bare,
    Bullet,
    Number(u32),
}

/// A line taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Bytes of white space before it.
    pub indent: usize,
    pub mark: Mark,
    /// The rest, trimmed.
    pub body: &'t str,
}

/// Takes a line apart. `numbers` is false where numbers are answers.
pub(super) fn line(text: &str, numbers: bool) -> Line<'_> {
    let indent = text.len() - text.trim_start().len();
    let mut body = text.trim();
    if let Some(quoted) = body.strip_prefix("> ") {
        body = quoted.trim_start();
    }
    let heading = body.trim_start_matches('#');
    if heading.len() < body.len() && heading.starts_with(' ') {
        body = heading.trim_start();
    }
    let mut mark = Mark::Bare;
    if let Some(rest) = bullet(body) {
        (mark, body) = (Mark::Bullet, rest);
    }
    if numbers && let Some((number, rest)) = number(body) {
        (mark, body) = (Mark::Number(number), rest);
    }
    Line { indent, mark, body: body.trim() }
}

fn bullet(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let spaced = match chars.next()? {
        '-' | '*' | '+' => true,
        '•' | '·' | '‣' | '▪' | '●' | '◦' | '○' | '■' | '◆' | '➢' | '➤' | '→' | '—' | '∙' => {
            false
        }
        _ => return None,
    };
    let rest = chars.as_str();
    (!spaced || rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim_start())
}

const NOUNS: [&str; 9] = ["value", "choice", "option", "rank", "priority", "no", "number", "item", "place"];

/// The list number `text` begins with, and what follows it.
pub(super) fn number(text: &str) -> Option<(u32, &str)> {
    let mut rest = text.trim_start_matches(['*', '_', '`']);
    let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let noun = NOUNS.contains(&rest[..letters].to_ascii_lowercase().as_str());
    if noun {
        rest = rest[letters..].trim_start_matches('.').trim_start();
    }
    let hash = rest.starts_with('#');
    rest = rest.trim_start_matches(['#', '(', '[']);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let number = rest[..digits].parse().ok()?;
    rest = &rest[digits..];
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|suffix| rest.strip_prefix(suffix));
    let ordinal = ordinal.filter(|rest| !rest.starts_with(char::is_alphanumeric));
    rest = ordinal.map_or(rest, |rest| rest.strip_prefix(" place").unwrap_or(rest));
    let bare = rest.trim_start_matches(['*', '_', '`']);
    if let Some(after) = bare.strip_prefix(['.', ')', ':', ']']) {
        // `4.5`, `1.)`
        let after = after.strip_prefix([')', ':']).unwrap_or(after);
        return (!after.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| (number, after.trim_start_matches(['*', '_', '`']).trim_start()));
    }
    let spaced = bare.trim_start();
    if spaced.len() < bare.len()
        && let Some(after) = spaced.strip_prefix("- ").or_else(|| spaced.strip_prefix('—'))
    {
        return Some((number, after.trim_start()));
    }
    let enough = (hash && !noun) || ordinal.is_some();
    (enough && spaced.len() < bare.len()).then_some((number, spaced))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_dress_are_read() {
        for text in [
            "1. Safety",
            "1) Safety",
            "(1) Safety",
            "[1] Safety",
            "1: Safety",
            "1 - Safety",
            "1 — Safety",
            "1.Safety",
            "1.) Safety",
            "**1.** Safety",
            "**1**. Safety",
            "__1.__ Safety",
            "#1 Safety",
            "#1: Safety",
            "1st: Safety",
            "1st place: Safety",
            "Rank 1: Safety",
            "Choice #1: Safety",
            "  - 1. Safety",
            "> 1. Safety",
            "## 1. Safety",
        ] {
            let line = line(text, true);
            assert_eq!((line.mark, line.body), (Mark::Number(1), "Safety"), "{text}");
        }
    }

    #[test]
    fn emphasis_that_goes_on_stays() {
        assert_eq!(line("**1. Safety**", true).body, "Safety**");
        assert_eq!(line("1. **Safety**: x", true).body, "**Safety**: x");
        assert_eq!(line("**Safety**", true), Line { indent: 0, mark: Mark::Bare, body: "**Safety**" });
    }

    #[test]
    fn bullets() {
        for text in ["- Safety", "* Safety", "+ Safety", "• Safety", "•Safety", "— Safety", "\t- Safety"]
        {
            let line = line(text, true);
            assert_eq!((line.mark, line.body), (Mark::Bullet, "Safety"), "{text}");
        }
        assert_eq!(line("-Safety", true).mark, Mark::Bare);
    }

    #[test]
    fn numbers_that_are_no_marks() {
        for text in ["5", "4.5", "10 values", "1000. x", "Story 1: x", "1/5", "5 of them"] {
            assert_eq!(line(text, true).mark, Mark::Bare, "{text}");
        }
        assert_eq!(line("5. x", false), Line { indent: 0, mark: Mark::Bare, body: "5. x" });
    }
}
