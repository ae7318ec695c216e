//! A table of coloured cells: how far each two respondents agree. Each cell has its number in it and, where there is room,
//! its interval.

use maud::{Markup, html};

use super::Figure;
use super::agreement::{AgreementCell, AgreementMatrix};
use super::canvas::{LegendEntry, Placement, WIDTH, cut, framed, legend, plain, tenths};

const LEFT: f64 = 200.0;
/// The widest and the narrowest a cell may be.
const CELL: (f64, f64) = (60.0, 19.0);
/// How wide a cell is that has room for its interval below its number.
const ROOMY: f64 = 52.0;

/// The classes of correlations, from the highest: the least number of each, its class, and what it is called. There are
/// more of them where respondents mostly are.
const CLASSES: [(f64, &str, &str); 8] = [
    (0.9, "l0", "0.9 to 1"),
    (0.8, "l1", "0.8 to 0.9"),
    (0.7, "l2", "0.7 to 0.8"),
    (0.5, "l3", "0.5 to 0.7"),
    (0.25, "l5", "0.25 to 0.5"),
    (0.0, "l6", "0 to 0.25"),
    (-0.5, "o1", "-0.5 to 0"),
    (-1.0, "o0", "-1 to -0.5"),
];

fn class(rho: f64) -> &'static str {
    // A correlation that rounding took below a round number is that number.
    CLASSES.iter().find(|(least, ..)| rho >= least - 1e-9).map_or("o0", |(_, class, _)| class)
}

fn letters(class: &str) -> &'static str {
    if matches!(class, "l0" | "l1" | "o0") { "lt" } else { "dk" }
}

pub(super) fn drawn(matrix: &AgreementMatrix, figure: &Figure, placement: Placement) -> Markup {
    let count = matrix.respondents.len();
    let cell = ((WIDTH - LEFT - 90.0) / count as f64).clamp(CELL.1, CELL.0).floor();
    let (legend, top) = legend(&entries(matrix));
    let top = top + 12.0;
    let body = html! {
        (legend)
        g transform=(format!("translate(0 {top})")) {
            @for (at, (name, n)) in matrix.respondents.iter().enumerate() {
                @let y = cell * at as f64;
                @let line = (y + cell / 2.0 + 4.0).floor();
                g data-who=(plain(name)) data-n=(n) {
                    text class="e" x=(LEFT - 8.0) y=(line) { (cut(name, 21)) " · n " (n) }
                    @for (other, found) in matrix.cells[at].iter().enumerate() {
                        (one(matrix, (at, other), *found, (LEFT + cell * other as f64, y, cell), placement))
                    }
                    text class="d" x=(LEFT + cell * at as f64 + 4.0) y=(line) { (cut(name, 24)) }
                }
            }
        }
    };
    framed(figure, placement, top + cell * count as f64 + 12.0, &body)
}

fn one(
    matrix: &AgreementMatrix,
    (row, column): (usize, usize),
    found: Option<AgreementCell>,
    (x, y, cell): (f64, f64, f64),
    placement: Placement,
) -> Markup {
    let class = found.map_or("u", |found| class(found.rho));
    let (name, other) = (plain(&matrix.respondents[row].0), plain(&matrix.respondents[column].0));
    let interval = found.and_then(|found| found.interval);
    let told = match (found, interval) {
        (Some(found), Some((low, high))) => format!("{:.2} [{low} to {high}]", found.rho),
        (Some(found), None) => format!("{:.2}", found.rho),
        (None, _) => "no number".to_owned(),
    };
    let (middle, line) = (tenths(x + cell / 2.0), (y + cell / 2.0 + 3.5).floor());
    let inside = interval.filter(|_| cell >= ROOMY);
    html! {
        path class=(class) d=(format!("M{x} {y}h{cell}v{cell}h-{cell}z")) data-other=(other) data-rho=[found.map(|found| found.rho)]
            data-interval=[interval.map(|(low, high)| format!("{low} {high}"))] {
            @if placement == Placement::File { title { (other) " and " (name) ": " (told) } }
        }
        @if let Some(found) = found {
            text class=(letters(class)) x=(middle) y=(if inside.is_some() { line - 6.0 } else { line }) { (short(found.rho)) }
        }
        @if let Some((low, high)) = inside {
            text class={ "s " (letters(class)) } x=(middle) y=(line + 9.0) { (short(low)) " to " (short(high)) }
        }
    }
}

/// A number as it stands in a cell. Without the zero before the point, there is room for it in the narrowest one.
fn short(number: f64) -> String {
    format!("{number:.2}").replacen("0.", ".", 1).replace("1.00", "1").replace("-.00", ".00")
}

/// What the colours mean.
fn entries(matrix: &AgreementMatrix) -> Vec<LegendEntry> {
    let of = |class: &str, words: &str| LegendEntry { swatch: class.to_owned(), words: words.to_owned() };
    let mut entries: Vec<LegendEntry> = CLASSES.iter().map(|(_, class, words)| of(class, words)).collect();
    if matrix.cells.iter().flatten().any(Option::is_none) {
        entries.push(of("u", "no number"));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_correlation_has_a_colour() {
        assert_eq!([1.0, 0.9, 0.899, 0.0, -0.1, -1.0].map(class), ["l0", "l0", "l1", "l6", "o1", "o0"]);
        assert_eq!(class(0.7 - 1e-12), "l2");
    }
}
