//! Verdicts as an engineer with a red build reads them: what was found, how sure that is, what stands
//! out, what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::check::chance::{Chance, Method};
use crate::check::{Check, Test, Unit, Who};
use crate::profile::View;
use crate::respondent::one_line;
use crate::run::{Judged, Unjudged};
use crate::snapshot::{Reworded, some};
use crate::stats::evidence::Design;
use crate::verdict::drift::{Drift, POWER, Shift};
use crate::verdict::{Evidence, Outcome, ReadAlone, Tightened, Verdict};

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
    let answers = verdict.answers;
    let _ = if check.measure.inputs().iter().any(|input| input.view == View::Validity) {
        writeln!(text, "  answers   {} responses, valid or not", answers.total)
    } else {
        let (least, valid) = (answers.least_per_item, answers.total - answers.unread);
        match answers.unread {
            0 => writeln!(text, "  answers   {valid} valid, at least {least} for each question"),
            unread => writeln!(
                text,
                "  answers   {valid} valid and {unread} unread, at least {least} for each question"
            ),
        }
    };
    if let Some(chance) = &verdict.chance {
        let _ = writeln!(text, "  chance    {}", by_chance(chance, check.test, unit));
    }
    for invalid in &judged.invalid {
        let _ = writeln!(text, "  invalid   {invalid}");
    }
    for unread in &judged.unread {
        let _ = writeln!(text, "  unread    {unread}");
    }
    for recorded in &judged.recorded {
        let _ = writeln!(text, "  recorded  {recorded}");
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

/// Why it is undecided, and what to do.
fn undecided(text: &mut String, model: &str, check: &Check, judged: &Judged) {
    let verdict = &judged.verdict;
    let advice = match (check.test, verdict.further) {
        _ if verdict.read_alone.is_some() => because_of_unread(verdict),
        (Test::BeatsChance, _) => "the answers do not tell it from chance".to_owned(),
        (_, Some(further)) if verdict.design == Design::Fixed => format!(
            "these figures are too few, and do not grow: about {further} more answers per question would decide it; choose another bound"
        ),
        (_, Some(further)) => format!("about {further} further answers per question would decide it"),
        (Test::AtLeast(bound) | Test::AtMost(bound), None) if (verdict.estimate - bound).abs() <= 0.02 => {
            "too close to the bound to be decided by sampling".to_owned()
        }
        (_, None) => "not even fifty times as many answers would: what decides it is the order of values that nearly tie, or a baseline's own few answers; ask for a share, a place or a top k".to_owned(),
    };
    let _ = writeln!(text, "  undecided {advice}");
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

/// What a larger part of the run's error rate would change.
fn for_rate(tightened: &Tightened) -> String {
    let Tightened { outcome, rate, needed, whole, trials } = *tightened;
    let outcome = if outcome == Outcome::Pass { "pass" } else { "fail" };
    // Rounded so that what is named is enough.
    let needed = (needed * 1e5).ceil() / 1e5;
    format!(
        "it would {outcome} at {needed:.5}, and has {rate:.5} of the run's {whole}, which {trials} checks and snapshots share: one that is added takes from all others; ask for more answers, or give this one more `weight`"
    )
}

/// The strongest bound that undecided answers support: `these 50 answers per question support >= 34%`.
pub(crate) fn supported(check: &Check, verdict: &Verdict) -> Option<String> {
    let unit = check.measure.unit();
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
fn because_of_unread(verdict: &Verdict) -> String {
    let Evidence { unread, total, .. } = verdict.answers;
    let because = match unread {
        0 => "because of unread responses of what it is compared with".to_owned(),
        unread => format!("because {unread} of {total} responses are unread"),
    };
    let fixed = verdict.design == Design::Fixed;
    let more = match verdict.further {
        Some(further) if !fixed => {
            format!("about {further} further answers per question would decide it all the same")
        }
        None if !fixed => {
            "no number of further answers decides it while so many of them stay unread".to_owned()
        }
        _ => "these figures do not grow".to_owned(),
    };
    match verdict.read_alone {
        Some(ReadAlone::Decided(outcome)) => {
            let outcome = if outcome == Outcome::Pass { "pass" } else { "fail" };
            format!("{because}: with them left out it would {outcome}, but they may mean anything; {more}")
        }
        Some(ReadAlone::Later(n)) if !fixed => {
            format!("{because}: {more}; if all were read, about {n} further answers per question would")
        }
        _ => format!("{because}, which may mean anything; {more}"),
    }
}

/// What to do about responses that were not read.
fn for_unread(model: &str, check: &Check, judged: &Judged) -> String {
    let mut advice: Vec<String> = Vec::new();
    if judged.verdict.design == Design::Fixed {
        advice.push("choose another bound".to_owned());
    } else {
        let own = check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject);
        let tasks: BTreeSet<String> = own.map(|input| input.task).collect();
        let read = |task: &String| format!("`cargo alignspec read --role {model} --task {task} --unread`");
        let tasks: Vec<String> = tasks.iter().map(read).collect();
        advice.push(format!("look at them with {}", tasks.join(" and ")));
        advice.push(
            "set answer_format = \"json_schema\", or let the prompt ask for the bare answer".to_owned(),
        );
    }
    if judged.refusals {
        advice.push("where declining is an answer of its own, say refusals = \"apart\"".to_owned());
    }
    advice.join("; ")
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
    let outcome = match why {
        Unjudged::Missing(_) => "inconclusive",
        Unjudged::Pending(_) => "no verdict yet",
        Unjudged::Mixed(_) | Unjudged::Profile(_) | Unjudged::Undefined(_) => "no verdict",
    };
    format!("{outcome}: {model}: {}\n  {why}", check.sentence)
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

/// Which questions changed, and what became of the others: in other words than a drift.
pub(crate) fn suite_changed(reworded: &Reworded, drift: &Drift) -> String {
    let others = match drift.compared {
        0 => "no other question to compare".to_owned(),
        n if drift.is_none() => format!("{n} other{} compared: none drifted", if n == 1 { "" } else { "s" }),
        _ => format!("of the others, {}", drifted(drift)),
    };
    format!(
        "the suite changed: {reworded}; {others}\n  answers to other words, and invalid responses, which are counted over all questions, are not compared"
    )
}

/// What changed, in one line that goes on after a name: the largest shifts first.
pub(crate) fn changed_in_short(reworded: &Reworded, drift: &Drift) -> String {
    let mut parts = Vec::new();
    if !reworded.is_none() {
        parts.push(format!("the suite changed: {reworded}"));
    }
    let shown = |shift: &Shift| {
        let moved = shift.moved.first();
        let moved = moved.map(|(of, old, new)| format!("{of} {} → {}", percent(*old), percent(*new)));
        let text = format!("{} {}", shift.item, moved.unwrap_or_default());
        format!("{} (shift {:.2}, p {:.1e})", text.trim(), shift.shift, shift.p)
    };
    let drifted: Vec<String> = drift.items.iter().chain(&drift.invalid).map(shown).collect();
    if !drifted.is_empty() {
        parts.push(format!("drifted: {}", some(&drifted)));
    }
    if !drift.unmatched.is_empty() {
        parts.push(format!("answered on one side only: {}", some(&drift.unmatched)));
    }
    parts.iter().map(|part| format!("; {part}")).collect()
}

/// What was looked at where nothing drifted, what could have been seen, and whose the snapshot is.
pub(crate) fn undrifted(model: &str, task: &str, drift: &Drift, whose: &str) -> String {
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
    if !whose.is_empty() {
        let _ = write!(text, "\n  snapshot  {whose}");
    }
    text
}

/// Why a snapshot says nothing that seems to stand.
pub(crate) fn blind(model: &str, task: &str, drift: &Drift) -> String {
    format!(
        "inconclusive: {model}: {task} as in its snapshot\n  answers   {} at the error rate {}\n  to do     ask for more `samples`; where the stored answers are too few, delete the snapshot and accept a new one",
        detectable(drift),
        rate(drift.rate)
    )
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

pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    // A share that is not 0 is not shown as 0.
    if percent > 0.0 && percent < 0.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
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
