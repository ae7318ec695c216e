//! A text from outside with one place marked, for a terminal. Nothing in it is obeyed, and invisible
//! characters are spelled out, since one of them may have stopped the reader.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::ground::text::{is_bidi, one_line};

/// The most characters that are shown; a line break takes as much room as [`LINE`] of them.
const MOST: usize = 2_000;

const LINE: usize = 40;

const WIDTH: usize = 100;

/// A part of a text that is safe to show, and the marked place in it.
#[derive(Debug, PartialEq)]
struct Excerpt {
    text: String,
    at: Option<Range<usize>>,
}

/// Shows a title (`unread: …`) over a text in which the bytes `at` are underlined.
pub(crate) fn marked(name: &str, title: &str, text: &str, at: Option<&Range<usize>>) -> String {
    let title = Level::ERROR.with_name(name.to_owned()).primary_title(one_line(title, 300));
    let excerpt = excerpt(text, at);
    let Some(at) = excerpt.at else {
        let title = Renderer::plain().render(&[Group::with_title(title)]);
        return format!("{title}\n{}", quoted(&excerpt.text));
    };
    let snippet = Snippet::source(excerpt.text).line_numbering(false).fold(false);
    let group = title.element(snippet.annotation(AnnotationKind::Primary.span(at)));
    let rendered = Renderer::plain().render(&[group]);
    // The margin is as wide as the line numbers, which are not shown.
    let mut lines = rendered.lines();
    let title = lines.next().unwrap_or_default().to_owned();
    let below = lines.map(|line| format!("  {}", line.trim()));
    let below = below.fold(title, |text, line| text + "\n" + &line);
    below.trim_end_matches("\n  |").to_owned()
}

/// Shows a text without a title.
pub(crate) fn block(text: &str) -> String {
    quoted(&excerpt(text, None).text)
}

/// Renders a text as [`marked`] shows it.
fn quoted(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| format!("  | {line}").trim_end().to_owned()).collect();
    format!("  |\n{}", lines.join("\n"))
}

fn excerpt(text: &str, at: Option<&Range<usize>>) -> Excerpt {
    let at = at.map(|at| at.start.min(text.len())..at.end.clamp(at.start.min(text.len()), text.len()));
    let window = window(text, at.as_ref().map_or(0, |at| at.start));
    let mut shown = Safe::default();
    if window.start > 0 {
        shown.push("…");
    }
    let (mut start, mut end) = (None, None);
    for (place, c) in text[window.clone()].char_indices() {
        let (place, rest) = (window.start + place, &text[window.start + place..window.end]);
        if let Some(at) = &at {
            // A place inside a character begins with that character and ends after it.
            if start.is_none() && place + c.len_utf8() > at.start {
                start = Some(shown.next(c));
            }
            if end.is_none() && place >= at.end && start.is_some() {
                end = Some(shown.text.len());
            }
        }
        shown.add(c, rest);
    }
    let last = shown.text.len();
    if window.end < text.len() {
        shown.push("…");
    }
    let at = at.map(|_| {
        let start = start.unwrap_or(last);
        start..end.unwrap_or(last).max(start)
    });
    Excerpt { text: shown.text, at }
}

/// Returns the bytes around a place that fit, or the beginning if the place is near to it.
fn window(text: &str, place: usize) -> Range<usize> {
    let room = |c: char| if c == '\n' { LINE } else { 1 };
    let place = (0..=place).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut before = 0;
    let mut middle = place;
    let mut start = 0;
    for (at, c) in text[..place].char_indices().rev() {
        before += room(c);
        if before <= MOST / 3 {
            middle = at;
        }
        if before > MOST * 3 / 4 {
            start = middle;
            break;
        }
    }
    let mut left = MOST;
    let end = text[start..].char_indices().find(|(_, c)| match left.checked_sub(room(*c)) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    start..end.map_or(text.len(), |(at, _)| start + at)
}

/// A text that is made safe for a terminal.
#[derive(Debug, Default)]
struct Safe {
    text: String,
    /// The number of characters in the line that is being written.
    column: usize,
    /// The last space of that line.
    space: Option<usize>,
}

impl Safe {
    /// Adds a character; `rest` is the text from it on.
    fn add(&mut self, c: char, rest: &str) {
        match c {
            '\n' => self.line(),
            '\r' if rest.starts_with("\r\n") => {}
            c if is_hidden(c) => self.push(&c.escape_default().to_string()),
            // Some CI systems look for a command anywhere in a line.
            '#' if self.text.ends_with('#') && is_command(rest) => self.push(" #"),
            c => self.push(c.encode_utf8(&mut [0; 4])),
        }
    }

    /// Returns the place of a character that is added now.
    fn next(&self, c: char) -> usize {
        let breaks = self.column >= WIDTH && self.space.is_none() && !matches!(c, '\n' | '\r');
        self.text.len() + usize::from(breaks)
    }

    fn push(&mut self, text: &str) {
        if self.column >= WIDTH {
            match self.space {
                // The space becomes the line break, so that no place moves.
                Some(space) => {
                    self.text.replace_range(space..=space, "\n");
                    self.column = self.text[space + 1..].chars().count();
                    self.space = None;
                }
                None => self.line(),
            }
        }
        if text == " " {
            self.space = Some(self.text.len());
        }
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self) {
        self.text.push('\n');
        (self.column, self.space) = (0, None);
    }
}

/// Whether a character is one that a terminal obeys or does not show.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || is_bidi(c)
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_command(rest: &str) -> bool {
    let rest = rest.trim_start_matches('#');
    rest.starts_with('[') || rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("vso["))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `marked` shows of a place, which is found by its words.
    fn shown(text: &str, words: &str) -> String {
        let start = text.find(words).expect("the words");
        marked("unread", "two levels", text, Some(&(start..start + words.len())))
    }

    #[test]
    fn a_place_is_underlined_below_the_text() {
        assert_eq!(
            shown("Very important.\nOr rather: slightly important.", "slightly important"),
            "unread: two levels\n  |\n  | Very important.\n  | Or rather: slightly important.\n  |            ^^^^^^^^^^^^^^^^^^"
        );
        // Without a place it looks the same.
        assert_eq!(
            marked("unread", "two levels", "Very\n\nSlightly", None),
            "unread: two levels\n  |\n  | Very\n  |\n  | Slightly"
        );
        assert_eq!(block("x"), "  |\n  | x");
    }

    #[test]
    fn a_place_of_several_lines_is_marked_from_its_first_to_its_last() {
        let found = shown("Very.\nOr not:\nslightly.\nReally.", "Or not:\nslightly.");
        let lines: Vec<&str> = found.lines().collect();
        let marked: Vec<&str> = lines.iter().copied().filter(|line| line.contains("| |")).collect();
        assert!(marked.len() >= 2 && marked.last().is_some_and(|line| line.contains('^')), "{found}");
        assert!(found.contains("slightly.") && found.ends_with("Really."), "{found}");
    }

    #[test]
    fn nothing_is_obeyed_and_the_place_stays_where_it_is() {
        let text = "\u{1b}[2J\u{202e}a\u{200b}\r\n::error::x\ty ##[group] ##vso[z] ## Heading\r\nno";
        let found = shown(text, "Heading");
        assert_eq!(
            found,
            "unread: two levels\n  |\n  | \\u{1b}[2J\\u{202e}a\\u{200b}\n  | ::error::x\\ty # #[group] # #vso[z] ## Heading\n  |                                       ^^^^^^^\n  | no"
        );
        assert!(!found.contains(|c: char| c.is_control() && c != '\n'), "{found:?}");
        // No line begins with what comes from outside: a CI system would take it for a command.
        assert!(found.lines().skip(1).all(|line| line.starts_with("  |")), "{found}");
        let title = marked("unread", "a\n::error::\u{1b}[31mb", "x", None);
        assert_eq!(title, "unread: a ::error::b\n  |\n  | x");
    }

    #[test]
    fn a_long_line_is_broken_at_a_space() {
        let text = format!("{} end {}", "word ".repeat(30).trim_end(), "x".repeat(150));
        let found = shown(&text, "end");
        assert!(found.lines().all(|line| line.chars().count() <= WIDTH + 4), "{found}");
        let lines: Vec<&str> = found.lines().collect();
        let marks = lines.iter().position(|line| line.contains('^')).expect("a mark");
        let at = lines[marks].find('^').expect("a mark");
        assert_eq!(&lines[marks - 1][at..at + 3], "end", "{found}");
        assert_eq!(lines.iter().map(|line| line.matches('x').count()).sum::<usize>(), 150, "{found}");
    }

    #[test]
    fn of_a_long_text_the_part_with_the_place_is_shown() {
        let text = format!("{}here{}", "before ".repeat(5_000), " after".repeat(5_000));
        let found = shown(&text, "here");
        assert!(found.chars().count() < MOST * 2, "{}", found.chars().count());
        assert!(found.contains("| …") && found.ends_with('…'), "{found}");
        assert!(found.contains("here") && found.contains("^^^^"), "{found}");
        let lines = shown(&format!("{}here", "\n".repeat(10_000)), "here");
        assert!(lines.lines().count() < 60 && lines.contains("^^^^"), "{lines}");
        assert!(excerpt(&text, None).text.starts_with("before"), "the beginning, without a place");
    }

    #[test]
    fn a_place_that_is_no_place_breaks_nothing() {
        let text = "é∞\u{1b}a\n";
        for start in 0..12 {
            for end in 0..12 {
                let Excerpt { text: shown, at } = excerpt(text, Some(&(start..end)));
                let at = at.expect("a place");
                assert!(shown.get(at.clone()).is_some(), "{start}..{end}: {at:?} of {shown:?}");
                marked("unread", "x", text, Some(&(start..end)));
            }
        }
        marked("unread", "x", "", Some(&(0..0)));
    }
}
