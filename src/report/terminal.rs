//! Verdicts as an engineer with a red build reads them: what was found, how sure that is, what stands
//! out, what to do.

use std::fmt::Write as _;

use crate::check::{Check, Test};
use crate::run::{Judged, Unjudged};
use crate::verdict::Outcome;
use crate::verdict::drift::{Drift, POWER, Shift};

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
        verdict.method,
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

fn rate(rate: f64) -> String {
    if rate >= 0.001 { format!("{rate:.4}") } else { format!("{rate:.1e}") }
}

/// A check without a verdict.
pub(crate) fn unjudged(model: &str, check: &Check, why: &Unjudged) -> String {
    format!("no verdict: {model}: {}\n  {why}", check.sentence)
}

/// What drifted, largest shift first.
pub(crate) fn drifted(drift: &Drift) -> String {
    let name = |item: &str| if item.is_empty() { "answers".to_owned() } else { item.to_owned() };
    let line = |what: String, shift: &Shift| {
        let moved = shift.moved.iter();
        let moved: Vec<String> =
            moved.map(|(name, old, new)| format!("{name} {} → {}", percent(*old), percent(*new))).collect();
        format!("  {what}: shift {:.2}, p {:.1e}: {}", shift.shift, shift.p, moved.join(", "))
    };
    let mut lines = vec![format!(
        "{} of {} item(s) drifted (error rate {})",
        drift.items.len(),
        drift.compared,
        rate(drift.rate)
    )];
    lines.extend(drift.items.iter().map(|shift| line(name(&shift.item), shift)));
    lines.extend(drift.invalid.iter().map(|shift| line("responses".to_owned(), shift)));
    if !drift.unmatched.is_empty() {
        let items: Vec<String> = drift.unmatched.iter().map(|item| name(item)).collect();
        lines.push(format!("  answered on one side only: {}", items.join(", ")));
    }
    lines.push(format!("  {}", detectable(drift)));
    lines.extend(not_compared(drift).map(|note| format!("  {note}")));
    lines.join("\n")
}

/// What was looked at where nothing drifted, and what could have been seen.
pub(crate) fn undrifted(model: &str, task: &str, drift: &Drift) -> String {
    let mut text = format!("pass: {model}: {task} as in its snapshot\n");
    let _ = writeln!(
        text,
        "  found     no drift in {} item(s) (error rate {})",
        drift.compared,
        rate(drift.rate)
    );
    let _ = write!(text, "  answers   {}", detectable(drift));
    if let Some(note) = not_compared(drift) {
        let _ = write!(text, "\n  notable   {note}");
    }
    text
}

/// Items without a valid answer on one side, where invalid responses may explain it.
pub(crate) fn not_compared(drift: &Drift) -> Option<String> {
    let items = drift.silent.join(", ");
    (!drift.silent.is_empty()).then(|| format!("not compared, all responses invalid on one side: {items}"))
}

/// The smallest shift that so many answers could have shown.
fn detectable(drift: &Drift) -> String {
    let answers = match drift.answers {
        (least, most) if least == most => format!("{least} answers to each item"),
        (least, most) => format!("{least} to {most} answers to an item"),
    };
    let (blind, some) = (drift.blind.len(), drift.blind.iter().take(3).map(String::as_str));
    let more = if blind > 3 { format!(" and {} more", blind - 3) } else { String::new() };
    let blind = match drift.detectable {
        Some(_) if blind > 0 => {
            format!("; too few to show any: {}{more}", some.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    };
    match drift.detectable {
        Some(shift) => format!(
            "{answers} would show a shift of {shift:.2} or more with a probability of {}{blind}",
            percent(POWER)
        ),
        None => format!("{answers} are too few to show any shift"),
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // A share that is not 0 is not shown as 0.
    if percent > 0.0 && percent < 0.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}
