//! Text of models, files and providers on its way into what CI and browsers read. All of it may be meant to
//! do harm there; nothing gets into a report but through these.

use crate::respondent::one_line;

/// The most characters of one text that a report shows.
const MOST: usize = 4_000;

/// Text of several lines, for a log or a block of its own: no terminal or workflow commands, no control
/// characters, no changes of direction; indentation stays.
pub(crate) fn block(text: &str) -> String {
    let mut lines = Vec::new();
    let mut left = MOST;
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let line = format!("{}{}", " ".repeat(indent.min(40)), xml(&one_line(line, MOST)));
        match left.checked_sub(line.chars().count() + 1) {
            Some(rest) => left = rest,
            None => {
                lines.push("…".to_owned());
                break;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// One line of at most `most` characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    xml(&one_line(text, most)).trim_end().to_owned()
}

/// Without the last characters that XML cannot hold: controls are gone by then.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// A text as code in a table of GitHub's Markdown. In code nothing is a link, a mention, an issue, an emoji
/// or a formula; a code span takes all but backticks, and a table's cell all but pipes and backslashes.
pub(crate) fn code(text: &str) -> String {
    let text = line(text, 300);
    if text.is_empty() {
        return "—".to_owned();
    }
    if !text.contains(['`', '|', '\\']) {
        return format!("`{text}`");
    }
    let mut html = String::from("<code>");
    for c in text.chars() {
        // As a number, no character is Markdown's or HTML's.
        if c.is_ascii_punctuation() {
            html += &format!("&#{};", u32::from(c));
        } else {
            html.push(c);
        }
    }
    html + "</code>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_of_code() {
        assert_eq!(code("T1 selects privacy >= 50%"), "`T1 selects privacy >= 50%`");
        assert_eq!(code("<script>@me\n\u{202e}#1\u{1b}[31m"), "`<script>@me #1`");
        assert_eq!(code("a`|b\\"), "<code>a&#96;&#124;b&#92;</code>");
        assert_eq!(code("`<b>`"), "<code>&#96;&#60;b&#62;&#96;</code>");
        assert_eq!(code("\u{7}"), "—");
    }

    #[test]
    fn a_block_keeps_its_lines_and_starts_no_command() {
        let text = "fail: m\n  found 1\n::error::x\n    ##[group]y\u{1b}[2J\r\u{ffff}";
        assert_eq!(block(text), "fail: m\n  found 1\n: :error::x\n    # #[group]y \u{fffd}");
        let long = format!("{}\nnext", "x".repeat(MOST - 10));
        assert!(block(&long).ends_with("x\nnext") && block(&format!("{long} and more")).ends_with("x\n…"));
    }
}
