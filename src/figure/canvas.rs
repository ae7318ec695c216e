//! What all charts share: their frame, their colours and patterns, and how numbers and names are written on them.

use maud::{Markup, PreEscaped, html};

use super::Figure;
use crate::ground::text::one_line;

/// The rules of all charts, with variables for what a page's light or dark screen changes. The report's page has them in
/// its style.
const CHART_STYLE: &str = include_str!("chart.css");

/// What the variables are in a file, where they are written out: renderers other than browsers know none. Respondents
/// have the colours of Okabe and Ito (2008), which can be told apart without seeing red, green or blue.
const ON_WHITE: [(&str, &str); 12] = [
    ("ink", "#1f2328"),
    ("soft", "#59636e"),
    ("line", "#d1d9e0"),
    ("page", "#ffffff"),
    ("r0", "#0072b2"),
    ("r1", "#e69f00"),
    ("r2", "#009e73"),
    ("r3", "#cc79a7"),
    ("r4", "#56b4e9"),
    ("r5", "#d55e00"),
    ("r6", "#f0e442"),
    ("r7", "#8a8f98"),
];

/// The number of colours, each with a pattern of its own.
pub(super) const COLOURS: usize = 8;

/// The width of charts, and the room for a title in a file.
pub(super) const WIDTH: f64 = 760.0;
const HEAD: f64 = 40.0;
const LINE: f64 = 15.0;

/// Where a chart stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// On a page, which tells its title and its caption.
    Page,
    /// In a file of its own.
    File,
}

/// The patterns that charts refer to; a page has them once.
pub(crate) fn patterns() -> Markup {
    html! {
        svg width="0" height="0" aria-hidden="true" class="fig patterns" { (definitions()) }
    }
}

fn definitions() -> Markup {
    const LINES: [&str; 7] = [
        "M0 6L6 0M-1 1L1 -1M5 7L7 5",
        "M0 0L6 6M-1 5L1 7M5 -1L7 1",
        "M0 3H6",
        "M3 0V6",
        "M0 3H6M3 0V6",
        "M0 6L6 0M0 0L6 6",
        "M2 3H4M3 2V4",
    ];
    html! {
        defs {
            @for (at, lines) in LINES.iter().enumerate() {
                pattern id=(format!("fig-h{}", at + 1)) width="6" height="6" patternUnits="userSpaceOnUse" {
                    rect class=(format!("c{}", at + 1)) width="6" height="6" {}
                    path class="hatch" d=(lines) {}
                }
            }
            pattern id="fig-u" width="4" height="4" patternUnits="userSpaceOnUse" {
                path class="dots" d="M0 4L4 0M-1 1L1 -1M3 5L5 3" {}
            }
        }
    }
}

/// Returns the rules with all variables written out, as a file has them.
fn written_out() -> String {
    ON_WHITE.iter().fold(CHART_STYLE.to_owned(), |style, (name, colour)| {
        style.replace(&format!("var(--{name})"), colour)
    })
}

/// Frames the body of a chart, which begins at (0, 0): with title and caption in a file, alone on a page.
pub(super) fn framed(figure: &Figure, placement: Placement, height: f64, body: &Markup) -> Markup {
    if placement == Placement::Page {
        return html! {
            svg class="fig" width=(WIDTH) height=(height) viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(figure.title) data-figure=(figure.name) { (body) }
        };
    }
    let label = format!("{}. {}", figure.title, figure.caption);
    let caption = wrapped(&figure.caption, 118);
    let whole = HEAD + height + LINE * caption.len() as f64 + 16.0;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="fig" width=(WIDTH) height=(whole) viewBox=(format!("0 0 {WIDTH} {whole}"))
            role="img" aria-label=(label) data-figure=(figure.name) {
            title { (figure.title) }
            style { (PreEscaped(written_out())) }
            (definitions())
            rect width=(WIDTH) height=(whole) fill="#ffffff" {}
            text class="h" x="12" y="24" { (cut(&figure.title, 96)) }
            g transform=(format!("translate(0 {HEAD})")) { (body) }
            @for (at, line) in caption.iter().enumerate() {
                text class="d" x="12" y=(HEAD + height + LINE * (at as f64 + 1.0)) { (line) }
            }
        }
    }
}

/// An entry of a legend: the class of its swatch, and its words.
pub(super) struct LegendEntry {
    pub swatch: String,
    pub words: String,
}

/// Draws a legend and returns its height.
pub(super) fn legend(entries: &[LegendEntry]) -> (Markup, f64) {
    const ROW: f64 = 18.0;
    let (mut x, mut y) = (12.0, 0.0);
    let mut placed = Vec::new();
    for entry in entries {
        let words = cut(&entry.words, 40);
        let width = 24.0 + 7.0 * wide(&words) as f64 + 12.0;
        if x + width > WIDTH && x > 12.0 {
            (x, y) = (12.0, y + ROW);
        }
        placed.push((x, y, entry, words));
        x += width;
    }
    let height = if entries.is_empty() { 0.0 } else { y + ROW };
    let drawn = html! {
        @for (x, y, entry, words) in &placed {
            rect class=(entry.swatch) x=(x.floor()) y=(y + 3.0) width="16" height="11" {}
            text x=((x + 22.0).floor()) y=(y + 13.0) { (words) }
        }
    };
    (drawn, height)
}

/// A number in tenths of a pixel, which suffice and make files shorter.
pub(super) fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// The class of a respondent's colour; all but the first have a pattern, too.
pub(super) fn colour(respondent: usize) -> String {
    format!("r{}", respondent % COLOURS)
}

/// Gives each respondent the place of a colour. The first group of people always has the second colour, the next one the
/// third, whoever else there is; those who are not people take turns at the others.
pub(super) fn palette(people: impl Iterator<Item = bool>) -> Vec<usize> {
    const OTHERS: [usize; 6] = [0, 3, 4, 5, 6, 7];
    let mut seen = (0, 0);
    let place = |people: bool| {
        if people && seen.0 < 2 {
            seen.0 += 1;
            return seen.0;
        }
        seen.1 += 1;
        OTHERS[(seen.1 - 1) % OTHERS.len()]
    };
    people.map(place).collect()
}

/// How much room a text takes, in letters: characters that are wider take the room of two.
fn wide(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum()
}

/// Returns a text as one plain line, cut to so many letters.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    if wide(&text) <= most {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        // The sign of what is cut off takes the room of a letter.
        if wide(&kept) + wide(c.encode_utf8(&mut [0; 4])) + 1 > most {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_owned() + "…"
}

/// Returns a text as one line that XML can hold.
pub(super) fn plain(text: &str) -> String {
    one_line(text, 200).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// Breaks a text into lines of so many letters.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if wide(line) + 1 + wide(word) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_no_variables() {
        let style = written_out();
        assert!(!style.contains("var("), "{style}");
    }

    #[test]
    fn names_are_cut_to_their_room() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefgh", 6), "abcde…");
        assert_eq!(cut("隐私隐私", 6), "隐私…");
        assert_eq!(cut("a\u{202e}b\nc", 9), "ab c");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    }
}
