//! A check that does not pass, for who looks at a red build: its sentence; the estimate and its interval against the
//! bound; how many answers there are, and what chance gives; what contributes most; what to do next. Only what is
//! special about this check follows, a line each: why it is undecided, responses that were not read, doubts. Reports
//! have the rest.

use std::fmt::Write as _;

use super::bar::VerdictBar;
use super::{advice, for_rate, for_unread, supported, what_is_unread, word};
use crate::check::chance::ChanceLevel;
use crate::check::{Check, Test, Unit, Who};
use crate::ground::text::one_line;
use crate::profile::View;
use crate::report::people;
use crate::run::Judged;
use crate::stats::evidence::Design;
use crate::verdict::{Outcome, Verdict};

/// The columns of a terminal.
const WIDTH: usize = 80;
/// The most contributors that are named; reports have all.
const MOST_NOTABLE: usize = 3;

/// Writes a check that does not pass, or one that does where passing ones are shown.
pub(crate) fn brief(model: &str, check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let mut text = format!("{}: {model}: {}\n", word(verdict.outcome), check.sentence);
    let mut line = |label: &str, words: &str| _ = writeln!(text, "  {label:<9} {words}");
    line("found", &found(check, verdict));
    line("answers", &answers(check, judged));
    // Who asks to see what passes sees all of it.
    let all =
        (verdict.outcome == Outcome::Pass && !judged.because.is_empty()).then(|| judged.because.join("; "));
    let notable = all.or_else(|| notable(&judged.because));
    match &notable {
        Some(notable) => line("notable", notable),
        // What a check of invalid responses found is of which kind these are.
        None => judged.invalid.iter().for_each(|invalid| line("invalid", invalid)),
    }
    if verdict.outcome != Outcome::Pass {
        line("to do", &to_do(model, check, judged));
    }
    if verdict.outcome == Outcome::Inconclusive {
        // Where more answers are all that is lacking, this has just been said.
        if more_would_do(check, judged).is_none() {
            line("undecided", &advice(check, judged));
        }
        if let Some(tightened) = &judged.tightened {
            line("rate", &for_rate(tightened));
        }
        if let Some(supports) = supported(check, verdict) {
            line("supports", &supports);
        }
        if let Some(stopped) = &judged.stopped {
            line("stopped", stopped);
        }
    }
    if notable.is_some() {
        judged.invalid.iter().for_each(|invalid| line("invalid", invalid));
    }
    for (label, lines) in [
        ("unread", &judged.unread),
        ("recorded", &judged.recorded),
        ("doubtful", &judged.doubts),
        ("since", &judged.since),
    ] {
        lines.iter().for_each(|words| line(label, words));
    }
    if let Some(note) = &judged.people {
        line("people", &people::people(note));
    }
    if let Some(surveys) = &verdict.surveys {
        line("surveys", &people::surveys(surveys));
    }
    if let Some(why) = &check.entry.why {
        line("why", &one_line(why, 1_000));
    }
    text.trim_end().to_owned()
}

/// Writes `32.0% (20.1% to 46.2%)  0% ····━━●━━━│·········· 100%  >= 50%`.
fn found(check: &Check, verdict: &Verdict) -> String {
    let unit = check.unit;
    let (low, high) = verdict.interval;
    let numbers = format!("{} ({} to {})", unit.show(verdict.estimate), unit.show(low), unit.show(high));
    let by_chance = || verdict.chance.as_ref().and_then(|chance| chance.shuffled).map(|null| null.upper);
    let (bound, needs) = match check.test {
        Test::AtLeast(bound) => (Some(bound), format!(">= {}", unit.exact(bound))),
        Test::AtMost(bound) if unit == Unit::Place => {
            (Some(bound), format!("within top {}", unit.exact(bound)))
        }
        Test::AtMost(bound) => (Some(bound), format!("<= {}", unit.exact(bound))),
        Test::BeatsChance => match by_chance() {
            Some(bound) => (Some(bound), format!("> {}", unit.show(bound))),
            None => (None, "beats chance".to_owned()),
        },
    };
    let taken = 12 + numbers.chars().count() + needs.chars().count() + 4;
    let bar = VerdictBar { unit, estimate: verdict.estimate, interval: verdict.interval, bound };
    match bar.drawn(WIDTH.saturating_sub(taken)) {
        Some(bar) => format!("{numbers}  {bar}  {needs}"),
        None => format!("{numbers}, asked for is {needs}"),
    }
}

/// Writes `50 valid, 50+ a question; by chance 0.279 (95 %: 0.429 or less)`.
fn answers(check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let counted = verdict.answers;
    let (valid, least) = (counted.total - counted.unread, counted.least_per_item);
    let mut text = if check.measure.inputs().iter().any(|input| input.view == View::Validity) {
        format!("{} responses, valid or not", counted.total)
    } else if counted.unread > 0 {
        format!("{valid} valid, {} {}", counted.unread, what_is_unread(judged))
    } else {
        format!("{valid} valid, {least}+ a question")
    };
    if let Some(words) = verdict.chance.as_ref().and_then(|chance| by_chance(chance, check)) {
        text = format!("{text}; {words}");
    }
    text
}

/// Writes what chance gives, and where it would surprise.
fn by_chance(chance: &ChanceLevel, check: &Check) -> Option<String> {
    let unit = check.unit;
    match (chance.shuffled, chance.uniform) {
        (Some(null), _) => {
            let surprising = match check.test {
                Test::AtMost(_) => format!("{} or more", unit.show(null.lower)),
                Test::AtLeast(_) | Test::BeatsChance => format!("{} or less", unit.show(null.upper)),
            };
            Some(format!("by chance {} (95 %: {surprising})", unit.show(null.mean)))
        }
        (None, Some(uniform)) => Some(format!("answering at random {}", unit.show(uniform.mean))),
        (None, None) => None,
    }
}

/// Names what contributes most, whole contributors that fit, and says how many more there are.
fn notable(because: &[String]) -> Option<String> {
    let (first, rest) = because.split_first()?;
    let mut text = first.clone();
    let mut left = rest.len();
    for more in rest.iter().take(MOST_NOTABLE - 1) {
        // Room for the number of those that are left out.
        if 12 + text.chars().count() + more.chars().count() + 2 + 10 > WIDTH {
            break;
        }
        text = format!("{text}; {more}");
        left -= 1;
    }
    Some(if left == 0 { text } else { format!("{text}; {left} more") })
}

/// Writes what to do next.
fn to_do(model: &str, check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let fixed = verdict.design == Design::Fixed;
    if verdict.outcome == Outcome::Fail {
        let mut own = check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject);
        return match own.next() {
            Some(input) if !fixed => {
                let read = format!("`cargo alignspec read --role {model} --task {}`", input.task);
                match judged.product {
                    true => format!("change the product, and its `model` with it; its answers: {read}"),
                    false => format!("read the answers: {read}"),
                }
            }
            _ => "use your own model for this role: published figures do not change".to_owned(),
        };
    }
    if verdict.read_alone.is_some() {
        return for_unread(model, check, judged);
    }
    if judged.short {
        return "mend what stopped it (see below), and run it again".to_owned();
    }
    if let Some(further) = more_would_do(check, judged) {
        return format!("ask for about {further} more answers per question (`max_samples`)");
    }
    match (check.test, verdict.further) {
        _ if verdict.surveys.is_some() => "compare with a baseline of more people".to_owned(),
        (Test::BeatsChance, _) if fixed => "leave the check out: these figures are fixed".to_owned(),
        (Test::BeatsChance, _) => "ask for more answers (`max_samples`), or leave the check out".to_owned(),
        (_, Some(_)) => "ask the model itself, or leave the check out: these figures are fixed".to_owned(),
        (_, None) => match check.measure.instead(&check.sentence).filter(|_| !judged.share) {
            Some(instead) => format!("check `{instead}` instead, with a bound of its own"),
            // A bound that is chosen after the answers were seen passes more often than its error rate says.
            None => "leave it out, or set a bound by what you need, not by these answers".to_owned(),
        },
    }
}

/// How many more answers would decide it, where nothing else stands in the way of a model that can be asked.
fn more_would_do(check: &Check, judged: &Judged) -> Option<u32> {
    let verdict = &judged.verdict;
    let other = verdict.surveys.is_some() || verdict.read_alone.is_some() || judged.short;
    let fixed = verdict.design == Design::Fixed || check.test == Test::BeatsChance;
    verdict.further.filter(|_| !other && !fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributors_are_named_whole_and_the_others_are_counted() {
        let named =
            |names: &[&str]| notable(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(named(&[]), None);
        assert_eq!(named(&["a", "b"]).as_deref(), Some("a; b"));
        assert_eq!(named(&["a", "b", "c", "d", "e"]).as_deref(), Some("a; b; c; 2 more"));
        let long = "x".repeat(50);
        assert_eq!(named(&[&long, "y"]), Some(format!("{long}; y")));
        assert_eq!(named(&[&long, &long]), Some(format!("{long}; 1 more")));
    }
}
