//! Verdicts as an engineer with a red build reads them: what was found, how sure that is, what stands
//! out, what to do.

use std::fmt::Write as _;

use crate::check::chance::{Chance, Method};
use crate::check::{Check, Test, Unit};
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
        let _ = writeln!(text, "  chance    {}", by_chance(chance, check.test, unit));
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

/// `0.279 with shuffled labels, 95 % at most 0.429 (exact); 0.263 answering at random (± 0.005)`
fn by_chance(chance: &Chance, test: Test, unit: Unit) -> String {
    let mut parts = Vec::new();
    if let Some(null) = chance.shuffled {
        // The side on which chance is surprising: where less is asked for, the lower one.
        let most = match test {
            Test::AtMost(_) => format!("at least {}", unit.show(null.lower)),
            Test::AtLeast(_) | Test::BeatsChance => format!("at most {}", unit.show(null.upper)),
        };
        let exact = matches!(null.method, Method::Exact { .. });
        let how = precision(exact, null.standard_error, unit);
        parts.push(format!("{} with shuffled labels, 95 % {most} ({how})", unit.show(null.mean)));
    }
    if let Some(uniform) = chance.uniform {
        let how = precision(uniform.draws.is_none(), uniform.standard_error, unit);
        parts.push(format!("{} answering at random ({how})", unit.show(uniform.mean)));
    }
    parts.join("; ")
}

fn precision(exact: bool, standard_error: f64, unit: Unit) -> String {
    if exact {
        return "exact".to_owned();
    }
    // Rounded up to the last digit shown, so that it is never shown as none.
    let digit = match unit {
        Unit::Share | Unit::Index | Unit::Correlation => 0.001,
        Unit::Number => 0.01,
        Unit::Place => 0.1,
    };
    format!("± {}", unit.show((standard_error / digit).ceil().max(1.0) * digit))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::chance::{Average, Null};

    #[test]
    fn the_chance_level_says_how_sure_it_is_and_shows_the_side_that_is_asked_for() {
        let method = Method::Exact { outcomes: 792 };
        let exact = Null {
            mean: 0.2794,
            deviation: 0.148,
            upper: 3.0 / 7.0,
            lower: 1.0 / 9.0,
            standard_error: 0.0,
            method,
        };
        let uniform = Average { mean: 0.2631, standard_error: 0.0042, draws: Some(1000) };
        let both = Chance { shuffled: Some(exact), uniform: Some(uniform) };
        assert_eq!(
            by_chance(&both, Test::AtLeast(0.8), Unit::Index),
            "0.279 with shuffled labels, 95 % at most 0.429 (exact); 0.263 answering at random (± 0.005)"
        );
        let drawn = Null { standard_error: 0.0, method: Method::MonteCarlo { draws: 10_000 }, ..exact };
        let one = Chance { shuffled: Some(drawn), uniform: None };
        assert_eq!(
            by_chance(&one, Test::AtMost(0.8), Unit::Share),
            "27.9% with shuffled labels, 95 % at least 11.1% (± 0.1%)"
        );
    }
}
