//! Escapes for text from models, files and providers in what CI and browsers read. Such text may be hostile,
//! so reports include it only through these functions.

use crate::ground::text::one_line;

/// The most characters of one text that a report shows.
const MOST: usize = 4_000;

/// Escapes text of several lines for a log or a block of its own: no terminal or workflow commands, no
/// control characters and no changes of direction are left; indentation stays.
pub(crate) fn block(text: &str) -> String {
    let mut lines = Vec::new();
    let mut left = MOST;
    for line in text.lines() {
        let line = spaced(line);
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

/// Escapes a line without moving its columns.
fn spaced(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        // Each part ends at the next gap: two or more spaces, or the indentation.
        let end = if rest.starts_with(' ') { 0 } else { rest.find("  ").unwrap_or(rest.len()) };
        kept += &xml(&one_line(&rest[..end], MOST));
        rest = &rest[end..];
        let gap = rest.len() - rest.trim_start_matches(' ').len();
        kept += &" ".repeat(gap.min(60));
        rest = &rest[gap..];
    }
    kept
}

/// Escapes text as one line of at most `most` characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    xml(&one_line(text, most)).trim_end().to_owned()
}

/// Removes the last characters that XML cannot hold; control characters are gone already.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Writes a text as code in a table of GitHub's Markdown. In code nothing is a link, a mention, an issue, an
/// emoji or a formula; only a pipe (and a backslash before one) still belongs to the table.
pub(crate) fn code(text: &str) -> String {
    let text = line(text, 300);
    if text.is_empty() {
        return "—".to_owned();
    }
    if text.contains(['|', '\\']) {
        return format!("<code>{}</code>", numbered(&text));
    }
    // A span ends with as many backticks as it began with.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space beside a backtick is not shown.
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Writes a text as words in a line, a heading or a table of GitHub's Markdown: nothing in it is markup, an
/// image, a mention, an issue, an emoji, a formula or a link. Characters that mean nothing at their place
/// stay, so that the source is readable.
pub(crate) fn prose(text: &str) -> String {
    let text = line(text, MOST);
    let mut markdown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        match c {
            '<' => markdown += "&lt;",
            '>' => markdown += "&gt;",
            '&' => markdown += "&amp;",
            // GitHub makes links after it has read the Markdown, so a numeric reference does not hide these.
            '@' | '#' => markdown += &format!("&#{};<!-- -->", u32::from(c)),
            // One dollar sign is money, but two are a formula.
            '$' if before.contains('$') => markdown += "&#36;",
            ':' if is_live(before, after) => markdown += "&#58;",
            '.' if before.to_ascii_lowercase().ends_with("www") => markdown += "&#46;",
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '!' => markdown.extend(['\\', c]),
            '_' if !(before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)) => {
                markdown += "\\_";
            }
            _ if begins_list(before, c, after) => markdown.extend(['\\', c]),
            _ => markdown.push(c),
        }
    }
    markdown
}

/// Whether a colon is part of an address, or ends an emoji.
fn is_live(before: &str, after: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let scheme = ["mailto", "xmpp"].iter().any(|scheme| word.to_ascii_lowercase().ends_with(scheme));
    scheme || after.starts_with("//") || word.contains(':')
}

/// Whether a character at the start of a line begins a list, or turns the line above into a heading.
fn begins_list(before: &str, c: char, after: &str) -> bool {
    let apart = after.is_empty() || after.starts_with(' ');
    match c {
        '-' | '+' => before.is_empty() && (apart || after.starts_with('-')),
        '=' => before.is_empty(),
        '.' | ')' => apart && !before.is_empty() && before.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// Writes the characters that mean something to Markdown or HTML as numeric references.
fn numbered(text: &str) -> String {
    let mut html = String::new();
    for c in text.chars() {
        // Markdown makes a link of an address that begins with `www.`.
        let address = c == '.' && html.to_ascii_lowercase().ends_with("www");
        if c.is_ascii_punctuation() && (address || !",-'().=;?%+/{}".contains(c)) {
            html += &format!("&#{};", u32::from(c));
            // GitHub finds mail addresses, mentions and issues after it has read the Markdown, so a numeric
            // reference does not hide these.
            if matches!(c, '@' | '#') {
                html += "<!-- -->";
            }
        } else {
            html.push(c);
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell_of_code() {
        assert_eq!(code("T1 selects privacy >= 50%"), "`T1 selects privacy >= 50%`");
        assert_eq!(code("<script>@me\n\u{202e}#1\u{1b}[31m"), "`<script>@me #1`");
        assert_eq!(code("a`|b\\"), "<code>a&#96;&#124;b&#92;</code>");
        assert_eq!(code("http://www.x|*"), "<code>http&#58;//www&#46;x&#124;&#42;</code>");
        assert_eq!(code("a@b.co|"), "<code>a&#64;<!-- -->b.co&#124;</code>");
        assert_eq!(code("a ``b`` c`"), "``` a ``b`` c` ```");
        assert_eq!(code("`<b>`"), "`` `<b>` ``");
        assert_eq!(code("\u{7}"), "—");
    }

    #[test]
    fn words_stay_words() {
        let plain = "T1 selects privacy: 52 % → 12 % (p = 0.001), model_a's \"own\", HEAD:b/c, 0.5 - 2.";
        assert_eq!(prose(plain), plain);
        for (text, wanted) in [
            ("a|b <img> @all\n[x](y) `c`", "a\\|b &lt;img&gt; &#64;<!-- -->all \\[x\\](y) \\`c\\`"),
            ("see https://x.y or WWW.x.y, mailto:a", "see https&#58;//x.y or WWW&#46;x.y, mailto&#58;a"),
            (":tada: #12 $a$ ![i](j)", ":tada&#58; &#35;<!-- -->12 $a&#36; \\!\\[i\\](j)"),
            (
                "# a\n> b **c** _d_ ~~e~~ \u{202e}f",
                "&#35;<!-- --> a &gt; b \\*\\*c\\*\\* \\_d\\_ \\~\\~e\\~\\~ f",
            ),
            ("&lt; \\*", "&amp;lt; \\\\\\*"),
            ("- a", "\\- a"),
            ("---", "\\---"),
            ("+ a", "\\+ a"),
            ("===", "\\==="),
            ("12. a", "12\\. a"),
            ("3) a", "3\\) a"),
            ("-1", "-1"),
        ] {
            assert_eq!(prose(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_starts_no_command() {
        let text = "fail: m\n  found     1 ::2\n::error::x\n    ##[group]y\u{1b}[2J\r\u{ffff}";
        assert_eq!(block(text), "fail: m\n  found     1 ::2\n: :error::x\n    # #[group]y \u{fffd}");
        let long = format!("{}\nnext", "x".repeat(MOST - 10));
        assert!(block(&long).ends_with("x\nnext") && block(&format!("{long} and more")).ends_with("x\n…"));
    }
}
