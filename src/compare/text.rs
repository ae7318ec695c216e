//! A comparison as text for a terminal.

use std::fmt;

use super::{CheckComparison, Comparison, ItemComparison, Ranks, SideName, SideResult, Usage};
use crate::ground::format::thousands;
use crate::ground::format::{percent, rate};
use crate::report::provenance;
use crate::verdict::drift::both_ways;

/// The number of shares that a line of drift names.
pub(super) const SHARES: usize = 2;

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} → {}\n", named(&self.before), named(&self.now))?;
        for line in &self.summary {
            writeln!(f, "  {}", line.text)?;
        }
        if let Some(more) = further(self.further) {
            writeln!(f, "  {more}")?;
        }
        // What is lost may be what changed most, so that it stands before all that can be compared.
        if !self.notes.is_empty() {
            writeln!(f, "\nnot compared")?;
            self.notes.iter().try_for_each(|note| writeln!(f, "  {note}"))?;
        }
        let asked = asked_with(self);
        if !asked.is_empty() {
            writeln!(f, "\nasked with")?;
            asked.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        if !self.checks.is_empty() {
            writeln!(f, "\nchecks")?;
            let rows = self.checks.iter().map(|check| {
                let [before, now] = verdicts(check);
                [check.sentence.clone(), before, now]
            });
            table(f, ["check", &self.before.name, &self.now.name], rows.collect())?;
        }
        let ranked = self.tasks.iter().flat_map(|task| task.ranks.iter().map(move |ranks| (task, ranks)));
        let ranked: Vec<String> = ranked.map(|(task, ranks)| rank_line(&task.task, ranks)).collect();
        if !ranked.is_empty() {
            writeln!(f, "\nranks of the values now, and before where they moved")?;
            ranked.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        for task in self.tasks.iter().filter(|task| !task.items.is_empty()) {
            writeln!(f, "\ndrift in {}: {} (* changed)", task.task, task.title)?;
            let rows = task.items.iter().map(|item| {
                let [place, shift, p, shares] = drift_cells(&task.task, item);
                [format!("{} {place}", if item.changed { '*' } else { ' ' }), format!("{shift}  {p}"), shares]
            });
            table(f, ["  question", "shift  p", "share of answers"], rows.collect())?;
        }
        if !self.usage.is_empty() {
            writeln!(f, "\ncost and latency of the answers compared")?;
            self.usage.iter().try_for_each(|usage| writeln!(f, "  {}: {}", usage.name, used(usage)))?;
        }
        writeln!(f, "\n{}", basis(self))
    }
}

pub(super) fn named(side: &SideName) -> String {
    match &side.version {
        Some(version) => format!("{} ({version})", side.name),
        None => side.name.clone(),
    }
}

/// Writes who was asked with what.
pub(super) fn asked_with(comparison: &Comparison) -> Vec<String> {
    let side = |named: &SideName| (named.name.clone(), named.asked_with.clone());
    let [(old, before), (new, now)] = [&comparison.before, &comparison.now].map(side);
    provenance::of_sides((&old, &before), (&new, &now))
}

pub(super) fn further(more: usize) -> Option<String> {
    match more {
        0 => None,
        1 => Some("and one further change, below".to_owned()),
        more => Some(format!("and {more} further changes, below")),
    }
}

/// Writes the verdict on each side, as `0.667 fail`.
pub(super) fn verdicts(check: &CheckComparison) -> [String; 2] {
    [&check.before, &check.now].map(|found| match found {
        SideResult::Judged { outcome, shown, basis, .. } => format!("{shown} {outcome}{basis}"),
        SideResult::Unjudged { .. } => "not judged".to_owned(),
    })
}

/// Writes ranks as `privacy 1 (was 3)`.
pub(super) fn ranked(ranks: &Ranks) -> String {
    let each = ranks.values.iter().map(|value| {
        if (value.before - value.now).abs() < 1e-9 {
            format!("{} {}", value.value, place(value.now))
        } else {
            format!("{} {} (was {})", value.value, place(value.now), place(value.before))
        }
    });
    each.collect::<Vec<_>>().join(", ")
}

fn rank_line(task: &str, ranks: &Ranks) -> String {
    match &ranks.context {
        Some(context) => format!("{task} {context}: {}", ranked(ranks)),
        None => format!("{task}: {}", ranked(ranks)),
    }
}

/// Writes a rank from 1, with a half where values tie.
fn place(rank: f64) -> String {
    if rank.fract().abs() < 1e-9 { format!("{rank:.0}") } else { format!("{rank:.1}") }
}

/// Returns the place, the shift, p, and the shares that moved most.
pub(super) fn drift_cells(task: &str, item: &ItemComparison) -> [String; 4] {
    let place = if item.item.is_empty() { task.to_owned() } else { item.item.clone() };
    let moved = item.shares.iter().filter(|share| (share.before - share.now).abs() > 1e-9);
    let (moved, more) = both_ways(moved.collect(), SHARES, |share| share.now - share.before);
    let mut shares: Vec<String> = moved
        .iter()
        .map(|share| format!("{} {} → {}", share.name, percent(share.before), percent(share.now)))
        .collect();
    if more > 0 && item.shares.len() > SHARES + 1 {
        shares.push(format!("{more} more"));
    }
    let shares = if shares.is_empty() { "the same".to_owned() } else { shares.join(", ") };
    [place, format!("{:.2}", item.shift), p(item.p), shares]
}

fn p(p: f64) -> String {
    if p >= 0.001 { format!("{p:.3}") } else { format!("{p:.0e}") }
}

/// Writes `some tokens, $0.01, 480 ms at the median, …`.
pub(crate) fn used(usage: &Usage) -> String {
    let mut parts = vec![format!("{} responses", thousands(usage.responses as u64))];
    if let Some((asked, said)) = usage.tokens_in.zip(usage.tokens_out) {
        parts.push(format!("{} tokens asked, {} answered", thousands(asked), thousands(said)));
        parts.push(match usage.usd {
            Some(usd) => format!("${usd:.4}"),
            None => "no price in the config".to_owned(),
        });
    }
    if let Some((median, most)) = usage.median_ms.zip(usage.p95_ms) {
        let (median, most) = (thousands(median), thousands(most));
        parts.push(format!("{median} ms at the median, {most} ms for 95 %"));
    }
    parts.join(", ")
}

/// Says at which error rate something counts as changed.
pub(super) fn basis(comparison: &Comparison) -> String {
    format!(
        "changed: at error rate {} for this comparison, corrected over its questions",
        rate(comparison.error_rate)
    )
}

/// Columns as wide as they need to be; the last is not padded.
pub(super) fn table<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: Vec<[String; N]>,
) -> fmt::Result {
    let width = |text: &str| text.chars().count();
    let widths: Vec<usize> = (0..N)
        .map(|at| rows.iter().map(|row| width(&row[at])).chain([width(head[at])]).max().unwrap_or(0))
        .collect();
    let mut line = |cells: [&str; N]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(at, (cell, widest))| {
            let pad = if at + 1 < N { widest.saturating_sub(width(cell)) } else { 0 };
            format!("{cell}{}", " ".repeat(pad))
        });
        writeln!(f, "  {}", padded.collect::<Vec<_>>().join("  "))
    };
    line(head)?;
    rows.iter().try_for_each(|row| line(row.each_ref().map(String::as_str)))
}
