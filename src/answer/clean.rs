//! What a text says, without the dress it comes in. Everything here is one pass over the text.
//!
//! * Terminal escapes, control characters, zero-width characters and marks that turn the direction
//!   of writing are dropped; unusual spaces, line ends, quotes, dashes and full-width letters become
//!   the plain ones (a dash between words becomes `—`, a hyphen stays a hyphen).
//! * A thinking block (`<think>…</think>`, `[THINK]…[/THINK]` and the like) is no part of the answer.
//!   One that never ends leaves nothing after it. An end without a beginning (the beginning was in
//!   the prompt) leaves nothing before it.
//! * Code fences go, what is in them stays. HTML emphasis becomes Markdown's, other HTML goes.
//!   `<answer>X</answer>` and `\boxed{X}` become a line `Answer: X`.
//!
//! Struck-out text (`~~X~~`) is *not* unwrapped: it says the opposite.

use super::words::head;

/// All of the above, trimmed.
pub(super) fn clean(text: &str) -> String {
    let text = without_thinking(&characters(text));
    let text = fences(&boxes(&tags(&text)));
    text.trim().to_owned()
}

/// Plain characters only.
pub(super) fn characters(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => escape(&mut chars),
            '\u{9b}' => control_sequence(&mut chars),
            '\r' => {
                chars.next_if_eq(&'\n');
                plain.push('\n');
            }
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '\t' => plain.push('\t'),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{feff}' => {}
            // The box around 1️⃣.
            '\u{20e3}' => plain.push('.'),
            '\u{2010}' | '\u{2011}' | '\u{2212}' | '\u{fe63}' => plain.push('-'),
            '\u{2012}'..='\u{2015}' => plain.push('—'),
            '“' | '”' | '„' | '‟' | '″' | '「' | '」' | '『' | '』' => plain.push('"'),
            '‘' | '’' | '‚' | '‛' | '′' | '´' => plain.push('\''),
            '…' => plain.push_str("..."),
            '、' => plain.push(','),
            '。' => plain.push('.'),
            '◁' => plain.push('<'),
            '▷' => plain.push('>'),
            '\u{ff01}'..='\u{ff5e}' => plain.extend(char::from_u32(u32::from(c) - 0xfee0)),
            c if c.is_control() => {}
            c if c.is_whitespace() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

type Chars<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// What follows an ESC: a sequence with an end of its own, or one character.
fn escape(chars: &mut Chars<'_>) {
    // A string (title, link) ends at BEL or at the next ESC, which may begin another one.
    loop {
        match chars.peek() {
            Some('[') => {
                chars.next();
                return control_sequence(chars);
            }
            Some(']' | 'P' | '_' | '^' | 'X') => {
                let mut ahead = chars.clone();
                let ended = ahead.find(|c| matches!(c, '\u{7}' | '\u{1b}' | '\n'));
                if !matches!(ended, Some('\u{7}' | '\u{1b}')) {
                    // One that does not end on its line is taken for text, since a response must
                    // not hide its rest that way.
                    chars.next();
                    return;
                }
                *chars = ahead;
                if ended == Some('\u{7}') {
                    return;
                }
            }
            Some(c) if !c.is_control() => {
                chars.next();
                return;
            }
            _ => return,
        }
    }
}

fn control_sequence(chars: &mut Chars<'_>) {
    while chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
    chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
}

const THINKING: [&str; 7] =
    ["think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad"];

/// The text outside thinking blocks.
pub(super) fn without_thinking(text: &str) -> String {
    let mut outside = String::with_capacity(text.len());
    let mut from = Some(0);
    for (at, _) in text.match_indices(['<', '[']) {
        if from.is_some_and(|from| from > at) {
            continue;
        }
        let Some((name, closing, end)) = tag(&text[at..]) else { continue };
        let bracketed = text[at..].starts_with('[');
        let thinking = if bracketed { name == "think" } else { THINKING.contains(&name.as_str()) };
        match (thinking, from, closing) {
            (true, Some(start), false) => {
                outside.push_str(&text[start..at]);
                from = None;
            }
            (true, Some(_), true) => {
                outside.clear();
                from = Some(at + end);
            }
            (true, None, true) => from = Some(at + end),
            _ => {}
        }
    }
    if let Some(start) = from {
        outside.push_str(&text[start..]);
    }
    outside
}

/// The lower-case name of the tag `text` begins with, whether it closes, and where it ends.
fn tag(text: &str) -> Option<(String, bool, usize)> {
    let close = if text.starts_with('[') { ']' } else { '>' };
    let head = head(text, 24);
    let end = head.find(close)?;
    let inside = head[1..end].trim();
    let (inside, closing) = match inside.strip_prefix('/') {
        Some(inside) => (inside, true),
        None => (inside.trim_end_matches('/').trim_end(), false),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '|' | '_');
    (!inside.is_empty() && inside.chars().all(plain)).then(|| (inside.to_lowercase(), closing, end + 1))
}

/// HTML and a server's special tokens, as Markdown or not at all.
fn tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices('<') {
        if at < done {
            continue;
        }
        let Some((name, closing, end)) = tag(&text[at..]) else { continue };
        let instead = match (name.as_str(), closing) {
            ("b" | "strong", _) => "**",
            ("i" | "em" | "u", _) => "*",
            ("code", _) => "`",
            ("br" | "li" | "ul" | "ol" | "p" | "div" | "answer", _) if closing || name != "answer" => "\n",
            ("answer", _) => "\nAnswer: ",
            ("s", true) | ("eos" | "bos" | "end_of_turn", _) => "",
            (token, _) if token.len() > 1 && token.starts_with('|') && token.ends_with('|') => "",
            _ => continue,
        };
        plain.push_str(&text[done..at]);
        plain.push_str(instead);
        done = at + end;
    }
    plain.push_str(&text[done..]);
    plain
}

/// `\boxed{X}`, as mathematicians' models end, with or without `\text{…}` inside.
fn boxes(text: &str) -> String {
    if !text.contains("\\boxed") {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\boxed{") {
        plain.push_str(&rest[..at]);
        let inside = &rest[at + "\\boxed{".len()..];
        let mut depth = 1_usize;
        let end = inside.char_indices().take(300).find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 || *c == '\n'
        });
        match end {
            Some((end, '}')) => {
                let boxed = inside[..end].replace("\\text", "").replace(['{', '}', '$'], " ");
                plain.push_str("\nAnswer: ");
                plain.push_str(&boxed);
                plain.push('\n');
                rest = &inside[end + 1..];
            }
            _ => rest = inside,
        }
    }
    plain.push_str(rest);
    plain
}

/// What may stand behind the backticks that open a block of code.
const LANGUAGES: [&str; 14] = [
    "",
    "json",
    "json5",
    "jsonc",
    "python",
    "py",
    "text",
    "txt",
    "plaintext",
    "markdown",
    "md",
    "yaml",
    "javascript",
    "bash",
];

fn fences(text: &str) -> String {
    if !text.contains("```") {
        return text.to_owned();
    }
    let lines = text.split('\n').map(|line| {
        let language = line.trim().strip_prefix("```").map(|info| info.trim().to_lowercase());
        match language {
            Some(language) if LANGUAGES.contains(&language.as_str()) => String::new(),
            _ => line.replace("```", " "),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_no_part_of_the_answer() {
        for (text, rest) in [
            ("<think>Safety?</think>Privacy", "Privacy"),
            ("<THINK>\nSafety?\n</THINK>\n\nPrivacy", "Privacy"),
            ("a <think>b</think> c <thinking>d</thinking> e", "a  c  e"),
            ("[THINK]Safety?[/THINK]Privacy", "Privacy"),
            ("◁think▷Safety?◁/think▷Privacy", "Privacy"),
            ("Safety? </think> Privacy", "Privacy"),
            ("<think><think>Safety</think>Privacy", "Privacy"),
            ("<think>Safety", ""),
            ("<think></think>", ""),
            ("I think <b>so</b>", "I think **so**"),
        ] {
            assert_eq!(clean(text), rest, "{text}");
        }
    }

    #[test]
    fn escapes_and_invisible_characters_are_dropped() {
        for (text, rest) in [
            ("\u{1b}[1;31mSafety\u{1b}[0m", "Safety"),
            ("\u{1b}]0;title\u{7}Safety", "Safety"),
            ("\u{1b}]8;;http://x\u{1b}\\Safety\u{1b}]8;;\u{1b}\\", "Safety"),
            ("\u{1b}]8;;Safety", "8;;Safety"),
            ("\u{9b}31mSafety", "Safety"),
            ("Sa\u{200b}fe\u{ad}ty\u{0}\u{7f}", "Safety"),
            ("\u{202e}Safety\u{202c}\u{feff}", "Safety"),
            ("Social\u{a0}good\u{2009}x", "Social good x"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(clean(text), rest, "{text:?}");
        }
    }

    #[test]
    fn punctuation_becomes_plain() {
        assert_eq!(
            clean("“Safety”, ‘x’ ＡＢ１，、 non‑x – y — z 1️⃣ a…"),
            "\"Safety\", 'x' AB1,, non-x — y — z 1. a..."
        );
    }

    #[test]
    fn fences_go_and_their_content_stays() {
        assert_eq!(clean("```json\n[\"A\"]\n```"), "[\"A\"]");
        assert_eq!(clean("Here:\n```\nSafety\n```"), "Here:\n\nSafety");
        assert_eq!(clean("```Safety```"), "Safety");
    }

    #[test]
    fn marked_answers_are_written_one_way() {
        assert_eq!(clean("so <answer>A, B</answer>"), "so \nAnswer: A, B");
        assert_eq!(clean("so $\\boxed{\\text{Very important}}$"), "so $\nAnswer:  Very important \n$");
        assert_eq!(clean("\\boxed{never closed"), "never closed");
        assert_eq!(clean("Safety<|im_end|></s>"), "Safety");
    }

    #[test]
    fn struck_out_text_stays_struck_out() {
        assert_eq!(clean("~~Safety~~"), "~~Safety~~");
    }
}
