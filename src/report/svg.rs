//! A picture of all verdicts: one row per check with its interval, estimate and bound, on one scale for each
//! unit. It is a single file, without scripts, fonts or anything else from elsewhere, for light and dark
//! screens.

use maud::{Markup, PreEscaped, html};

use super::escape::line;
use super::format::{FormatOutput, ReportFormat};
use super::gate::headline;
use super::markdown::{sentence, shown};
use super::results::{BoundTest, Record, TrialOutcome, VerdictNumbers};
use crate::check::Unit;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "svg",
    about: "A picture of all intervals",
    guide: "a picture of all intervals beside their bounds, for light and dark screens",
    example: "intervals.svg",
    writes: FormatOutput::File(|run| Ok(render(run.named, run.stale) + "\n")),
};

const WIDTH: f64 = 960.0;
/// Where scales begin and end, and where the verdicts are.
const LEFT: f64 = 430.0;
const RIGHT: f64 = 720.0;
const TOLD: f64 = 738.0;
const ROW: f64 = 36.0;
const HEAD: f64 = 64.0;
/// The heights of a section's title and of its scale.
const SECTION: f64 = 40.0;
const FOOT: f64 = 40.0;
/// The most rows, since a taller picture gives no overview.
const MOST: usize = 200;

/// The two hues can be told apart without seeing red and green, and the words beside them say the same.
/// Colours and font properties are written out in each rule, because renderers other than browsers (librsvg,
/// CairoSVG, resvg) know neither variables nor shorthands; they ignore the last rule, for dark screens.
const STYLE: &str = "\
text{font-size:12px;font-family:system-ui,-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif;fill:#1f2328}\
.h{font-size:15px;font-weight:600}.s{font-weight:600}.d{font-size:11px;fill:#59636e}.e{text-anchor:end}.m{text-anchor:middle}\
.page{fill:#ffffff}.grid{stroke:#d1d9e0;stroke-width:1}.bound{stroke:#1f2328;stroke-width:2}.side{fill:#1f2328}\
.bar{stroke-width:6;opacity:.45}\
.pass{stroke:#0969da;fill:#0969da}.fail{stroke:#bc4c00;fill:#bc4c00}.open{stroke:#6e7781;fill:#6e7781}\
text.pass,text.fail,text.open{stroke:none;font-weight:600}.dot{stroke:#ffffff;stroke-width:1.5}\
@media(prefers-color-scheme:dark){text,.side{fill:#f0f6fc}.d{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#3d444d}\
.bound{stroke:#f0f6fc}.pass{stroke:#58a6ff;fill:#58a6ff}.fail{stroke:#f0883e;fill:#f0883e}.open{stroke:#9198a1;fill:#9198a1}\
.dot{stroke:#0d1117}}";

fn render(records: &[Record], stale: usize) -> String {
    let drawn: Vec<(&Record, &VerdictNumbers)> = records
        .iter()
        .filter_map(|record| Some((record, record.verdict.as_ref()?)))
        .filter(|(_, numbers)| numbers.estimate.is_some())
        .take(MOST)
        .collect();
    let units = [Unit::Share, Unit::Index, Unit::Correlation, Unit::Place, Unit::Number];
    let sections = units.map(|unit| {
        let rows: Vec<(&Record, &VerdictNumbers)> =
            drawn.iter().filter(|(_, numbers)| numbers.unit == unit).copied().collect();
        (unit, rows)
    });
    let mut top = HEAD;
    let mut body = Vec::new();
    for (unit, rows) in sections.iter().filter(|(_, rows)| !rows.is_empty()) {
        body.push(section(*unit, rows, top));
        top += SECTION + ROW * rows.len() as f64 + 12.0;
    }
    let height = top + FOOT;
    let left_out = records.len() - drawn.len();
    let title = line(&headline(records, stale), 200);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH)
            height=(height) role="img" aria-labelledby="alignspec-title alignspec-desc" {
            title id="alignspec-title" { (title) }
            desc id="alignspec-desc" { (described(&drawn)) }
            style { (PreEscaped(STYLE)) }
            rect class="page" width=(WIDTH) height=(height) rx="6" {}
            text class="h" x="16" y="30" { (cut(&title, 100)) }
            text class="d" x="16" y="50" {
                "dot: value found · bar: interval at the check's error rate · mark: the bound and its side"
            }
            @for part in body { (part) }
            @if left_out > 0 {
                text class="d" x="16" y=(height - 16.0) {
                    (left_out) " not shown: snapshots, and checks without a verdict"
                }
            }
        }
    }
    .into_string()
}

fn section(unit: Unit, rows: &[(&Record, &VerdictNumbers)], top: f64) -> Markup {
    let (from, to) = scale(unit, rows);
    let at = |value: f64| {
        // Tenths of a pixel suffice, and make files shorter.
        ((LEFT + (RIGHT - LEFT) * ((value - from) / (to - from)).clamp(0.0, 1.0)) * 10.0).round() / 10.0
    };
    let ticks = [from, f64::midpoint(from, to), to];
    let bottom = top + SECTION + ROW * rows.len() as f64;
    html! {
        text class="s" x="16" y=(top + 24.0) { (named(unit)) }
        @for tick in ticks {
            text class="d m" x=(at(tick)) y=(top + 24.0) { (unit.show(tick)) }
            line class="grid" x1=(at(tick)) x2=(at(tick)) y1=(top + 32.0) y2=(bottom) {}
        }
        @for (place, (record, numbers)) in rows.iter().enumerate() {
            (row(record, numbers, top + SECTION + ROW * (place as f64 + 0.5), &at))
        }
    }
}

fn row(record: &Record, numbers: &VerdictNumbers, y: f64, at: &dyn Fn(f64) -> f64) -> Markup {
    let class = match record.outcome {
        TrialOutcome::Pass => "pass",
        TrialOutcome::Fail => "fail",
        _ => "open",
    };
    let estimate = numbers.estimate.unwrap_or_default();
    let (low, high) = (numbers.low.unwrap_or(estimate), numbers.high.unwrap_or(estimate));
    let (found, interval, bound) = shown(numbers);
    // A triangle on the bound points to the side that passes.
    let side = if numbers.test == BoundTest::AtMost { -1.0 } else { 1.0 };
    html! {
        g {
            title { (line(&record.name, 200)) ": found " (found) ", " (interval) ", bound " (bound) ", n " (numbers.n) }
            text x="16" y=(y - 2.0) { (cut(sentence(record), 62)) }
            text class="d" x="16" y=(y + 13.0) { (cut(record.model.as_deref().unwrap_or_default(), 40)) " · n " (numbers.n) }
            line class="grid" x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
            line class=(format!("bar {class}")) x1=(at(low)) x2=(at(high)) y1=(y) y2=(y) {}
            @if let Some(bound) = numbers.bound {
                @let x = at(bound);
                line class="bound" x1=(x) x2=(x) y1=(y - 11.0) y2=(y + 11.0) {}
                path class="side" d=(format!("M{x} {} l{} 4 l{} 4 z", y - 11.0, 6.0 * side, -6.0 * side)) {}
            }
            circle class=(format!("{class} dot")) cx=(at(estimate)) cy=(y) r="5.5" {}
            text class=(class) x=(TOLD) y=(y - 2.0) { (record.outcome.words()) }
            text class="d" x=(TOLD) y=(y + 13.0) { (found) ", " (interval) " (" (bound) ")" }
        }
    }
}

/// Returns the ends of a unit's scale: its own, or else those that the rows need.
pub(super) fn scale(unit: Unit, rows: &[(&Record, &VerdictNumbers)]) -> (f64, f64) {
    let least = match unit {
        Unit::Share | Unit::Index => return (0.0, 1.0),
        Unit::Correlation => return (-1.0, 1.0),
        Unit::Number => 0.0,
        Unit::Place => 1.0,
    };
    let ends = rows.iter().flat_map(|(_, numbers)| [numbers.estimate, numbers.high, numbers.bound]);
    (least, ends.flatten().fold(least + 1.0, f64::max).ceil())
}

fn named(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "Shares",
        Unit::Index => "Overlap",
        Unit::Correlation => "Correlations",
        Unit::Place => "Places",
        Unit::Number => "Numbers",
    }
}

/// Describes the picture for screen readers.
fn described(drawn: &[(&Record, &VerdictNumbers)]) -> String {
    let told = drawn.iter().map(|(record, numbers)| {
        let (found, interval, bound) = shown(numbers);
        let outcome = record.outcome.words();
        format!("{}: {outcome}, found {found}, {interval}, bound {bound}.", line(&record.name, 200))
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Cuts a text to the room that it has.
fn cut(text: &str, most: usize) -> String {
    let text = line(text, 400);
    // Characters that are wider than a letter take the room of two.
    let width = |c: char| if u32::from(c) >= 0x1100 { 2 } else { 1 };
    let mut room = most;
    let mut kept = String::new();
    for c in text.chars() {
        match room.checked_sub(width(c)) {
            Some(rest) if rest > 0 => room = rest,
            _ => return kept + "…",
        }
        kept.push(c);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_to_its_room() {
        assert_eq!(cut("abcdef", 7), "abcdef");
        assert_eq!(cut("abcdefgh", 7), "abcdef…");
        assert_eq!(cut("隐私隐私隐私", 7), "隐私隐…");
    }

    #[test]
    fn a_scale_without_ends_takes_what_is_there() {
        assert_eq!(scale(Unit::Place, &[]), (1.0, 2.0));
        assert_eq!(scale(Unit::Correlation, &[]), (-1.0, 1.0));
    }
}
