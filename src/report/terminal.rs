//! Verdicts as an engineer with a red build reads them: what was found, how sure that is, what stands
//! out, what to do.

use std::fmt::Write as _;

use crate::check::{Check, Test};
use crate::run::{Judged, Unjudged};
use crate::stats::evidence::Design;
use crate::verdict::Outcome;
use crate::verdict::drift::Drift;

/// A verdict with its numbers.
pub(crate) fn judged(model: &str, check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let unit = check.measure.unit();
    let outcome = match verdict.outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Inconclusive => "inconclusive",
    };
    let (low, high) = verdict.interval;
    let mut text = format!("{outcome}: {model}: {}\n", check.sentence);
    let _ = writeln!(
        text,
        "  found     {}, between {} and {} ({}, error rate {})",
        unit.show(verdict.estimate),
        unit.show(low),
        unit.show(high),
        match verdict.design {
            Design::Fixed => "judged once",
            Design::Growing { .. } => "at any look",
        },
        rate(verdict.rate)
    );
    let _ = writeln!(
        text,
        "  answers   {} valid, at least {} for each question",
        verdict.answers.total, verdict.answers.least_per_item
    );
    if let Some(chance) = &verdict.chance {
        let _ = write!(text, "  chance    {} with shuffled labels", unit.show(chance.shuffled));
        if let Some(uniform) = chance.uniform {
            let _ = write!(text, ", {} answering at random", unit.show(uniform));
        }
        text.push('\n');
    }
    for invalid in &judged.invalid {
        let _ = writeln!(text, "  invalid   {invalid}");
    }
    if !judged.because.is_empty() {
        let _ = writeln!(text, "  notable   {}", judged.because.join("; "));
    }
    if verdict.outcome == Outcome::Inconclusive {
        let advice = match (check.test, verdict.further) {
            (Test::BeatsChance, _) => "the answers do not tell it from chance".to_owned(),
            (_, Some(further)) => format!("about {further} further answers per question would decide it"),
            (_, None) => "too close to the bound to be decided by sampling".to_owned(),
        };
        let _ = writeln!(text, "  undecided {advice}");
        if let Some(stopped) = &judged.stopped {
            let _ = writeln!(text, "  stopped   {stopped}");
        }
    }
    if let Some(why) = &check.entry.why {
        let _ = writeln!(text, "  why       {why}");
    }
    text.trim_end().to_owned()
}

/// An error rate, as reports print it.
pub(crate) fn rate(rate: f64) -> String {
    if rate >= 0.001 { format!("{rate:.4}") } else { format!("{rate:.1e}") }
}

/// A check without a verdict.
pub(crate) fn unjudged(model: &str, check: &Check, why: &Unjudged) -> String {
    format!("no verdict: {model}: {}\n  {why}", check.sentence)
}

/// What drifted, worst first.
pub(crate) fn drifted(drift: &Drift) -> String {
    let mut lines: Vec<String> = Vec::new();
    for shift in &drift.items {
        let moved: Vec<String> = shift
            .moved
            .iter()
            .map(|(name, old, new)| format!("{name} {:.0}% → {:.0}%", old * 100.0, new * 100.0))
            .collect();
        let item = if shift.item.is_empty() { "answers" } else { &shift.item };
        lines.push(format!("  {item}: shift {:.2}, p {:.1e}: {}", shift.shift, shift.p, moved.join(", ")));
    }
    if !drift.unmatched.is_empty() {
        lines.push(format!("  on one side only: {}", drift.unmatched.join(", ")));
    }
    format!("{} item(s) drifted\n{}", drift.items.len(), lines.join("\n"))
}
