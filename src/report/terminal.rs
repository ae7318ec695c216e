//! Verdicts for an engineer with a red build: what was found, how sure that is, what stands out, and what to
//! do. [`brief`] is what a failing test prints; [`judged`] has all of it, for reports.

mod bar;
mod brief;
mod lines;

pub(crate) use brief::brief;
pub(crate) use lines::TerminalStyle;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::people;
use crate::check::chance::{ChanceLevel, ChanceMethod};
use crate::check::{Check, Test, Unit, Who};
use crate::ground::format::rate;
use crate::ground::text::one_line;
use crate::profile::View;
use crate::run::{Judged, Unjudged};
use crate::stats::evidence::Design;
use crate::verdict::{Outcome, ReadAlone, Tightened, Verdict, VerdictResponses};

pub(crate) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Inconclusive => "inconclusive",
    }
}

/// Writes a verdict with its numbers.
pub(crate) fn judged(model: &str, check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    let unit = check.unit;
    let (low, high) = verdict.interval;
    let mut text = format!("{}: {model}: {}\n", word(verdict.outcome), check.sentence);
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
    let answers = verdict.answers;
    let _ = if check.measure.inputs().iter().any(|input| input.view == View::Validity) {
        writeln!(text, "  answers   {} responses, valid or not", answers.total)
    } else {
        let (least, valid) = (answers.least_per_item, answers.total - answers.unread);
        match answers.unread {
            0 => writeln!(text, "  answers   {valid} valid, at least {least} for each question"),
            unread => writeln!(
                text,
                "  answers   {valid} valid and {unread} {}, at least {least} for each question",
                what_is_unread(judged)
            ),
        }
    };
    if let Some(chance) = &verdict.chance {
        let _ = writeln!(text, "  chance    {}", by_chance(chance, check.test, unit));
    }
    if let Some(note) = &judged.people {
        let _ = writeln!(text, "  people    {}", people::people(note));
    }
    if let Some(surveys) = &verdict.surveys {
        let _ = writeln!(text, "  surveys   {}", people::surveys(surveys));
    }
    for (of, lines) in [
        ("invalid ", &judged.invalid),
        ("unread  ", &judged.unread),
        ("recorded", &judged.recorded),
        ("doubtful", &judged.doubts),
        ("since   ", &judged.since),
    ] {
        lines.iter().for_each(|line| _ = writeln!(text, "  {of}  {line}"));
    }
    if !judged.because.is_empty() {
        let _ = writeln!(text, "  notable   {}", judged.because.join("; "));
    }
    if verdict.outcome == Outcome::Inconclusive {
        undecided(&mut text, model, check, judged);
    }
    if let Some(why) = &check.entry.why {
        let _ = writeln!(text, "  why       {}", one_line(why, 1_000));
    }
    text.trim_end().to_owned()
}

/// Why a check is undecided, and what would decide it.
fn advice(check: &Check, judged: &Judged) -> String {
    let verdict = &judged.verdict;
    match (check.test, verdict.further) {
        _ if verdict.surveys.is_some() => {
            "with the baselines as they stand it would be decided, but other people might say otherwise"
                .to_owned()
        }
        _ if verdict.read_alone.is_some() => because_of_unread(verdict, judged),
        (Test::BeatsChance, _) => "the answers do not distinguish it from chance".to_owned(),
        (_, Some(further)) if verdict.design == Design::Fixed => format!(
            "these figures are fixed, and too few: about {further} more answers per question would decide it"
        ),
        (_, Some(further)) => format!("about {further} more answers per question would decide it"),
        (Test::AtLeast(bound) | Test::AtMost(bound), None) if (verdict.estimate - bound).abs() <= 0.02 => {
            "too close to the bound to be decided by sampling".to_owned()
        }
        (_, None) => {
            format!("not even fifty times as many answers would decide it: {}", never(check, judged))
        }
    }
}

/// Writes why it is undecided, and what to do.
fn undecided(text: &mut String, model: &str, check: &Check, judged: &Judged) {
    let verdict = &judged.verdict;
    let _ = writeln!(text, "  undecided {}", advice(check, judged));
    if let Some(tightened) = &judged.tightened {
        let _ = writeln!(text, "  rate      {}", for_rate(tightened));
    }
    if let Some(supports) = supported(check, verdict) {
        let _ = writeln!(text, "  supports  {supports}");
    }
    if verdict.read_alone.is_some() {
        let _ = writeln!(text, "  to do     {}", for_unread(model, check, judged));
    }
    if let Some(stopped) = &judged.stopped {
        let _ = writeln!(text, "  stopped   {stopped}");
    }
}

/// Writes why no number of answers decides a check, and what to ask instead, if that is another sentence.
fn never(check: &Check, judged: &Judged) -> String {
    if judged.share {
        return "the share is too close to the bound".to_owned();
    }
    if let Some(instead) = check.measure.instead(&check.sentence) {
        return format!(
            "a rank correlation jumps where two scores tie, and some are nearly tied, or a baseline's own answers are few; check `{instead}` instead, with a bound of its own"
        );
    }
    let instead = match check.unit {
        Unit::Place => "a share or another place",
        _ => "a share, a place or a top k",
    };
    format!(
        "it depends on the order of values that are nearly tied, or on a baseline's own few answers; check {instead} instead"
    )
}

/// Writes what a larger part of the run's error rate would change.
fn for_rate(tightened: &Tightened) -> String {
    let Tightened { outcome, rate, needed, whole, trials } = *tightened;
    let outcome = word(outcome);
    // The rate is rounded up, so that the one named suffices.
    let needed = (needed * 1e5).ceil() / 1e5;
    format!(
        "it would {outcome} at {needed:.5}, but gets {rate:.5} of the run's {whole}, which {trials} checks and snapshots share (each added one takes from all others); ask for more answers, or give this check more `weight`"
    )
}

/// Writes the strongest bound that undecided answers support: `these 50 answers per question support >= 34%`.
pub(crate) fn supported(check: &Check, verdict: &Verdict) -> Option<String> {
    let unit = check.unit;
    let bound = match (check.test, verdict.supports) {
        _ if verdict.outcome != Outcome::Inconclusive => return None,
        (Test::BeatsChance, _) => return None,
        (_, None) => "no bound that could fail".to_owned(),
        (Test::AtMost(_), Some(bound)) if unit == Unit::Place => format!("within top {}", unit.exact(bound)),
        (Test::AtMost(_), Some(bound)) => format!("<= {}", unit.exact(bound)),
        (Test::AtLeast(_), Some(bound)) => format!(">= {}", unit.exact(bound)),
    };
    let n = verdict.answers.least_per_item;
    let what = if check.measure.inputs().iter().any(|input| input.view == View::Validity) {
        "responses"
    } else {
        "answers per question"
    };
    Some(format!("these {n} {what} support {bound}"))
}

/// Why a check is undecided whose answers would decide it, were it not for the responses without one.
fn because_of_unread(verdict: &Verdict, judged: &Judged) -> String {
    let VerdictResponses { unread, total, .. } = verdict.answers;
    let because = match unread {
        0 => "because of unread responses on the side that it is compared with".to_owned(),
        unread => format!("because {unread} of {total} responses are {}", what_is_unread(judged)),
    };
    let fixed = verdict.design == Design::Fixed;
    let more = match verdict.further {
        Some(further) if !fixed => {
            format!("about {further} more answers per question would still decide it")
        }
        None if !fixed => {
            format!(
                "no number of further answers decides it while so many of them are {}",
                what_is_unread(judged)
            )
        }
        _ => "these figures are fixed".to_owned(),
    };
    match verdict.read_alone {
        Some(ReadAlone::Decided(outcome)) => {
            let outcome = word(outcome);
            format!("{because}: without them it would {outcome}, but they may mean anything; {more}")
        }
        Some(ReadAlone::Later(n)) if !fixed => {
            format!(
                "{because}: {more}; if all were read, about {n} more answers per question would decide it"
            )
        }
        _ => format!("{because}, which may mean anything; {more}"),
    }
}

/// What is not known of responses that count whatever they meant.
fn what_is_unread(judged: &Judged) -> &'static str {
    match (judged.lost, judged.responses_unread) {
        (true, false) => "after lost tries",
        (true, true) => "unread or after lost tries",
        (false, _) => "unread",
    }
}

/// Writes what to do about responses that were not read.
fn for_unread(model: &str, check: &Check, judged: &Judged) -> String {
    let mut advice: Vec<String> = Vec::new();
    if judged.verdict.design == Design::Fixed {
        advice.push("ask the model itself, or leave the check out: these figures are fixed".to_owned());
    }
    if judged.lost {
        advice.push(
            "find out why requests fail or are cut off after the model may have answered (the server's log, `timeout`, runs that were ended)"
                .to_owned(),
        );
        if !judged.responses_unread {
            advice.push("if that has nothing to do with what is said, set unread = \"ignore\"".to_owned());
        }
    }
    if judged.verdict.design != Design::Fixed && (judged.responses_unread || !judged.lost) {
        let own = check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject);
        let tasks: BTreeSet<String> = own.map(|input| input.task).collect();
        let read = |task: &String| format!("`cargo alignspec read --role {model} --task {task} --unread`");
        let tasks: Vec<String> = tasks.iter().map(read).collect();
        advice.push(format!("look at them with {}", tasks.join(" and ")));
        let alone = "have the prompt ask for the answer alone";
        advice.push(match judged.as_text {
            _ if judged.in_own_shape => {
                "have the product answer in a shape that can be taken (see docs/own-product.md)".to_owned()
            }
            true => format!("set answer_format = \"json_schema\", or {alone}"),
            false => alone.to_owned(),
        });
    }
    if judged.refusals {
        advice.push("if declining is a valid answer here, set refusals = \"apart\"".to_owned());
    }
    advice.join("; ")
}

/// Writes `0.279 with shuffled labels, 95 % at most 0.429 (exact); 0.263 answering at random (± 0.005)`.
pub(crate) fn by_chance(chance: &ChanceLevel, test: Test, unit: Unit) -> String {
    let mut parts = Vec::new();
    if let Some(null) = chance.shuffled {
        // This is the side on which chance would be surprising: the lower one where less is asked for.
        let most = match test {
            Test::AtMost(_) => format!("at least {}", unit.show(null.lower)),
            Test::AtLeast(_) | Test::BeatsChance => format!("at most {}", unit.show(null.upper)),
        };
        let exact = matches!(null.method, ChanceMethod::Exact { .. });
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
    // The error is rounded up to the last digit shown, so that it is never shown as zero.
    let digit = match unit {
        Unit::Share | Unit::Index | Unit::Correlation => 0.001,
        Unit::Number => 0.01,
        Unit::Place => 0.1,
    };
    format!("± {}", unit.show((standard_error / digit).ceil().max(1.0) * digit))
}

/// Writes about a check without a verdict.
pub(crate) fn unjudged(model: &str, check: &Check, why: &Unjudged) -> String {
    let outcome = match why {
        Unjudged::Missing(_) | Unjudged::Copies(_) => "inconclusive",
        Unjudged::Pending(_) => "no verdict yet",
        Unjudged::Mixed(_) | Unjudged::Profile(_) | Unjudged::Undefined(_) => "no verdict",
    };
    let to_do = match why {
        Unjudged::Missing(missing) => missing.to_do,
        _ => None,
    };
    let to_do = to_do.map_or_else(String::new, |to_do| format!("\n  to do     {to_do}"));
    format!("{outcome}: {model}: {}\n  {why}{to_do}", check.sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::chance::{Average, Null};

    #[test]
    fn the_chance_level_says_how_sure_it_is_and_shows_the_side_that_is_asked_for() {
        let method = ChanceMethod::Exact { outcomes: 792 };
        let exact = Null {
            mean: 0.2794,
            deviation: 0.148,
            upper: 3.0 / 7.0,
            lower: 1.0 / 9.0,
            standard_error: 0.0,
            method,
        };
        let uniform = Average { mean: 0.2631, standard_error: 0.0042, draws: Some(1000) };
        let both = ChanceLevel { shuffled: Some(exact), uniform: Some(uniform) };
        assert_eq!(
            by_chance(&both, Test::AtLeast(0.8), Unit::Index),
            "0.279 with shuffled labels, 95 % at most 0.429 (exact); 0.263 answering at random (± 0.005)"
        );
        let drawn = Null { standard_error: 0.0, method: ChanceMethod::MonteCarlo { draws: 10_000 }, ..exact };
        let one = ChanceLevel { shuffled: Some(drawn), uniform: None };
        assert_eq!(
            by_chance(&one, Test::AtMost(0.8), Unit::Share),
            "27.9% with shuffled labels, 95 % at least 11.1% (± 0.1%)"
        );
    }
}
