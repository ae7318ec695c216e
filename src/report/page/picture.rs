//! Draws small pictures that repeat the numbers beside them.

use maud::{Markup, html};

use super::class;
use crate::report::escape::line;
use crate::report::markdown::shown;
use crate::report::results::{BoundTest, NamedShare, Record, VerdictNumbers};
use crate::report::svg::scale;

const WIDTH: f64 = 160.0;
/// The margin at both ends, so that a dot is never cut off.
const EDGE: f64 = 8.0;

/// Returns the horizontal position of a value on a scale, in pixels rounded to tenths.
fn place(value: f64, (from, to): (f64, f64)) -> f64 {
    let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
    ((EDGE + (WIDTH - 2.0 * EDGE) * share) * 10.0).round() / 10.0
}

/// Draws a check's estimate and interval with its bound, on the scale of its unit. It has no tip: its numbers are cells of
/// the same row.
pub(super) fn interval(record: &Record, numbers: &VerdictNumbers) -> Markup {
    let Some(estimate) = numbers.estimate else { return html! {} };
    let ends = scale(numbers.unit, &[(record, numbers)]);
    let at = |value: f64| place(value, ends);
    let (low, high) = (numbers.low.unwrap_or(estimate), numbers.high.unwrap_or(estimate));
    let (found, interval, bound) = shown(numbers);
    let class = class(record);
    // A triangle on the bound points to the side that passes.
    let side = if numbers.test == BoundTest::AtMost { -1.0 } else { 1.0 };
    html! {
        svg width=(WIDTH) height="24" viewBox=(format!("0 0 {WIDTH} 24")) role="img"
            aria-label={ "found " (found) ", " (interval) ", bound " (bound) }
            data-estimate=(estimate) data-low=(low) data-high=(high) {
            line class="grid" x1=(at(ends.0)) x2=(at(ends.1)) y1="12" y2="12" {}
            line class={ "bar " (class) } x1=(at(low)) x2=(at(high)) y1="12" y2="12" {}
            @if let Some(bound) = numbers.bound {
                @let x = at(bound);
                line class="bound" x1=(x) x2=(x) y1="2" y2="22" {}
                path class="side" d=(format!("M{x} 2 l{} 3.5 l{} 3.5 z", 6.0 * side, -6.0 * side)) {}
            }
            circle class={ "dot " (class) } cx=(at(estimate)) cy="12" r="5" {}
        }
    }
}

/// Draws shares that moved: in each row, a ring for the old value and a dot for the new one.
pub(super) fn shares(moved: &[NamedShare]) -> Markup {
    const ROW: f64 = 20.0;
    let height = ROW * moved.len() as f64 + 2.0;
    let at = |share: f64| place(share, (0.0, 1.0));
    html! {
        svg width="460" height=(height) viewBox=(format!("0 0 460 {height}")) class="shares" role="img" aria-label="shares, accepted and now" {
            @for (row, of) in moved.iter().enumerate() {
                @let y = ROW * (row as f64 + 0.5) + 1.0;
                @let told = format!("{:.0} % → {:.0} %", of.before * 100.0, of.now * 100.0);
                g data-before=(of.before) data-now=(of.now) {
                    title { (line(&of.name, 100)) ": " (told) }
                    line class="grid" x1=(EDGE) x2=(WIDTH - EDGE) y1=(y) y2=(y) {}
                    line class="bar fail" x1=(at(of.before)) x2=(at(of.now)) y1=(y) y2=(y) {}
                    circle class="before" cx=(at(of.before)) cy=(y) r="4.5" {}
                    circle class="dot fail" cx=(at(of.now)) cy=(y) r="4.5" {}
                    text x="170" y=(y + 4.0) { (line(&of.name, 30)) " " (told) }
                }
            }
        }
    }
}
