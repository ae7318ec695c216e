//! A chart of bars: for each thing, a bar a respondent. A bar is one share, or the parts of all answers, and has an
//! interval at the end of the parts that the chart marks.

use maud::{Markup, html};

use super::Figure;
use super::canvas::{LegendEntry, Placement, colour, cut, framed, legend, plain};
use super::rows::{heads, number, text};
use super::shares::ShareInterval;
use crate::ground::format::percent;

/// Where bars begin and end, and where their numbers stand.
const LEFT: f64 = 240.0;
const RIGHT: f64 = 640.0;
const TOLD: f64 = 650.0;
/// The height of a row: a bar, and its interval below it.
const ROW: f64 = 18.0;

const BAR: f64 = 12.0;
/// The room of a group's name, and between groups.
const NAME: f64 = 17.0;
const GAP: f64 = 7.0;
/// The least share that has its number written into it, in a file and on a page, which has many charts.
const ROOMY: (f64, f64) = (0.12, 0.25);

/// How the parts of a bar are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartColours {
    /// Each bar is one share, in its respondent's colour.
    Respondents,
    /// Levels from most to least.
    Ordered,
    /// Levels from one side over a middle to the other.
    Opposed,
}

#[derive(Debug)]
pub(super) struct BarChart {
    pub task: String,
    pub colours: PartColours,
    /// What the parts of a bar are, in the order in which they are drawn.
    pub options: Vec<String>,
    /// The number of first parts whose sum has an interval, and their name.
    pub marked: (usize, String),
    pub respondents: Vec<String>,
    /// The place of each respondent's colour.
    pub palette: Vec<usize>,
    pub groups: Vec<BarGroup>,
}

/// The bars of one thing.
#[derive(Debug)]
pub(super) struct BarGroup {
    /// The question and, of a selection, the option: `medical.privacy`.
    pub item: String,
    pub label: String,
    pub bars: Vec<RespondentBar>,
}

#[derive(Debug)]
pub(super) struct RespondentBar {
    /// The place in [`BarChart::respondents`].
    pub respondent: usize,
    /// The number of answers.
    pub n: u32,
    /// The share of each part; `None` where the source does not tell it.
    pub parts: Vec<Option<f64>>,
    /// The most that a share can be that is not told.
    pub most: Option<f64>,
}

impl RespondentBar {
    /// The sum of the first parts, where all of them are told.
    fn marked(&self, parts: usize) -> Option<ShareInterval> {
        let told: Option<Vec<f64>> = self.parts.iter().take(parts).copied().collect();
        ShareInterval::of(told?.iter().sum(), self.n)
    }
}

impl BarChart {
    /// The chart's data as rows: one for each part of each bar, and one for the marked parts together.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![heads(&["task", "item", "respondent", "option", "n", "share", "low", "high"])];
        for group in &self.groups {
            for bar in &group.bars {
                let row = |option: &str, share: Option<ShareInterval>| {
                    let numbers = [share.map(|is| is.share), share.map(|is| is.low), share.map(|is| is.high)];
                    let words = [&self.task, &group.item, &self.respondents[bar.respondent], option];
                    let words = words.into_iter().map(|word| text(&plain(word)));
                    words
                        .chain([bar.n.to_string()])
                        .chain(numbers.into_iter().map(number))
                        .collect::<Vec<_>>()
                };
                for (option, share) in self.options.iter().zip(&bar.parts) {
                    rows.push(row(option, share.and_then(|share| ShareInterval::of(share, bar.n))));
                }
                if self.marked.0 > 1 {
                    rows.push(row(&self.marked.1, bar.marked(self.marked.0)));
                }
            }
        }
        rows
    }

    /// The class of a part, and whether the letters in it are light.
    fn class(&self, part: usize) -> (String, bool) {
        let parts = self.options.len();
        // All scales use the whole range of colours.
        let of = |colours: usize| match parts {
            0 | 1 => 0,
            _ => (part * (colours - 1) + (parts - 1) / 2) / (parts - 1),
        };
        match self.colours {
            PartColours::Opposed => (format!("o{}", of(7)), matches!(of(7), 0 | 6)),
            _ => (format!("l{}", of(7)), of(7) < 2),
        }
    }

    /// With one respondent, a bar stands in the line of its group's name.
    fn is_single(&self) -> bool {
        self.respondents.len() == 1
    }
}

/// Where a share is, in whole pixels: the quarter of a per cent.
fn at(share: f64) -> f64 {
    (LEFT + (RIGHT - LEFT) * share.clamp(0.0, 1.0)).round()
}

/// A rectangle from one share to another.
fn block(from: f64, to: f64, y: f64) -> String {
    let (x, width) = (at(from), at(to) - at(from));
    format!("M{x} {y}h{width}v{BAR}H{x}z")
}

pub(super) fn drawn(chart: &BarChart, figure: &Figure, placement: Placement) -> Markup {
    let (legend, top) = legend(&entries(chart));
    let mut y = top + 24.0;
    let mut body = Vec::new();
    for group in &chart.groups {
        let name = if chart.is_single() { 0.0 } else { NAME };
        body.push(html! {
            g data-item=(plain(&group.item)) {
                @if !chart.is_single() { text class="b" x="12" y=(y + 12.0) { (cut(&group.label, 60)) } }
                @for (row, bar) in group.bars.iter().enumerate() { (one(chart, group, bar, y + name + ROW * row as f64, placement)) }
            }
        });
        y += name + ROW * group.bars.len() as f64 + if chart.is_single() { 1.0 } else { GAP };
    }
    let height = y + 34.0;
    // A sign between two options that none of them has.
    let options =
        chart.options.iter().map(|option| plain(option).replace('|', "/")).collect::<Vec<_>>().join("|");
    let body = html! {
        (legend)
        (axis(top + 14.0, y))
        g data-options=(options) data-marked=(plain(&chart.marked.1)) { @for group in &body { (group) } }
    };
    framed(figure, placement, height, &body)
}

const QUARTERS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// The scale from 0 to 100 % with its unit.
fn axis(top: f64, bottom: f64) -> Markup {
    html! {
        path class="g" d=(QUARTERS.map(|share| format!("M{} {}V{bottom}", at(share), top + 4.0)).concat()) {}
        @for share in QUARTERS {
            text class="d m" x=(at(share)) y=(bottom + 14.0) { (percent(share)) }
        }
        text class="d m" x=(f64::midpoint(LEFT, RIGHT)) y=(bottom + 29.0) { "share of answers (%)" }
        text class="d" x=(TOLD) y=(top) { "% [95 % interval]" }
    }
}

fn entries(chart: &BarChart) -> Vec<LegendEntry> {
    if chart.colours == PartColours::Respondents {
        let entry = |(at, name): (usize, &String)| LegendEntry {
            swatch: colour(chart.palette[at]),
            words: name.clone(),
        };
        return chart.respondents.iter().enumerate().map(entry).collect();
    }
    let mut entries: Vec<LegendEntry> = (0..chart.options.len())
        .map(|part| LegendEntry { swatch: chart.class(part).0, words: chart.options[part].clone() })
        .collect();
    let bars = || chart.groups.iter().flat_map(|group| &group.bars);
    if bars().any(|bar| bar.parts.contains(&None)) {
        entries.push(LegendEntry { swatch: "u".to_owned(), words: "not told by the source".to_owned() });
    }
    entries
}

fn one(chart: &BarChart, group: &BarGroup, bar: &RespondentBar, y: f64, placement: Placement) -> Markup {
    let name = &chart.respondents[bar.respondent];
    let label = match chart.is_single() {
        true => format!("{} · n {}", cut(&group.label, 27), bar.n),
        false => format!("{} · n {}", cut(name, 25), bar.n),
    };
    let marked = bar.marked(chart.marked.0);
    let told = match (marked, bar.most) {
        (Some(is), _) => {
            format!("{} [{}–{}]", percent(is.share), percent(is.low).trim_end_matches('%'), percent(is.high))
        }
        (None, Some(most)) => format!("at most {}", percent(most)),
        (None, None) => "not told".to_owned(),
    };
    html! {
        g data-who=(plain(name)) data-n=(bar.n) data-share=[marked.map(|is| is.share)] data-interval=[marked.map(|is| format!("{} {}", is.low, is.high))] data-parts=[told_parts(chart, bar)] {
            // On a page, the script makes it of the data when a pointer comes.
            @if chart.colours != PartColours::Respondents && placement == Placement::File { title { (parts_told(chart, bar)) } }
            text class="e" x=(LEFT - 8.0) y=(y + 10.0) { (label) }
            @if chart.colours == PartColours::Respondents { (plain_bar(bar, chart.palette[bar.respondent], y)) } @else { (stack(chart, bar, y, placement)) }
            @if let Some(is) = marked { (whisker(is, y + BAR + 2.0)) }
            text class="d" x=(TOLD) y=(y + 10.0) { (told) }
        }
    }
}

/// A bar of one share.
fn plain_bar(bar: &RespondentBar, of: usize, y: f64) -> Markup {
    let share = bar.parts.first().copied().flatten();
    html! {
        @if let Some(share) = share {
            path class=(colour(of)) d=(block(0.0, share, y)) {}
        } @else if let Some(most) = bar.most {
            path class="u" d=(block(0.0, most, y)) {}
        }
    }
}

/// A bar of all parts, and of what is not told.
fn stack(chart: &BarChart, bar: &RespondentBar, y: f64, placement: Placement) -> Markup {
    let mut from = 0.0;
    let mut blocks = Vec::new();
    for (part, share) in bar.parts.iter().enumerate() {
        let Some(share) = share.filter(|share| *share > 0.0) else { continue };
        blocks.push((part, from, share));
        from += share;
    }
    let untold = bar.parts.contains(&None) && from < 1.0 - 1e-9;
    html! {
        @for (part, from, share) in &blocks {
            @let (class, light) = chart.class(*part);
            path class=(class) d=(block(*from, from + share, y)) {}
            @if *share >= if placement == Placement::File { ROOMY.0 } else { ROOMY.1 } {
                text class=(if light { "lt" } else { "dk" }) x=(at(from + share / 2.0)) y=(y + 9.0) { (percent(*share)) }
            }
        }
        @if untold { path class="u" d=(block(from, 1.0, y)) {} }
    }
}

/// An interval as a line with ends, below a bar, in which numbers stand.
fn whisker(is: ShareInterval, y: f64) -> Markup {
    let (low, high, top) = (at(is.low), at(is.high), y - 2.0);
    html! { path class="w" d=(format!("M{low} {y}H{high}M{low} {top}v4M{high} {top}v4")) {} }
}

/// The exact shares of all parts; those that the source does not tell are empty.
fn told_parts(chart: &BarChart, bar: &RespondentBar) -> Option<String> {
    let parts = bar.parts.iter().map(|share| number(*share));
    (chart.colours != PartColours::Respondents).then(|| parts.collect::<Vec<_>>().join(" "))
}

/// What a pointer over a bar shows: all its parts.
fn parts_told(chart: &BarChart, bar: &RespondentBar) -> String {
    let parts = chart.options.iter().zip(&bar.parts);
    let told = parts.map(|(option, share)| {
        format!("{} {}", plain(option), share.map_or_else(|| "not told".to_owned(), percent))
    });
    told.collect::<Vec<_>>().join(", ")
}
