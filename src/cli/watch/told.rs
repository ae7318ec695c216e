//! What a watch says of a role: to people in a terminal or a log, and in an issue.

use super::outcome::{RoleOutcome, RoleWatch, Weighed};
use super::series::GivenAlarm;
use crate::ground::format::{counted, percent, rate, series, thousands};
use crate::ground::text::one_line;
use crate::run::WatchFailure;
use crate::snapshot::name;
use crate::stats::dealing::YesesOf;
use crate::suite::Task;
use crate::verdict::drift;
use crate::verdict::watch::{ALL, WatchEvidence, WatchedTask};

/// The text about one role.
pub(super) fn text(watch: &RoleWatch) -> String {
    let mut lines = vec![headline(watch)];
    lines.extend(details(watch));
    lines.join("\n  ")
}

/// The first line: what is sure of the role.
pub(super) fn headline(watch: &RoleWatch) -> String {
    let (role, model) = (&watch.role, one_line(&watch.model, 120));
    match &watch.outcome {
        RoleOutcome::CouldNotRun(_) if watch.alarm.is_some() => {
            format!(
                "{role}: could not be watched, and the model behind `{model}` has changed since its snapshots were accepted"
            )
        }
        RoleOutcome::CouldNotRun(_) => {
            format!("{role}: could not be watched, so nothing is known of the model behind `{model}`")
        }
        RoleOutcome::Weighed(found) if found.is_sure() || watch.alarm.is_some() => {
            format!("{role}: the model behind `{model}` has changed since its snapshots were accepted")
        }
        RoleOutcome::Weighed(found) if found.versions.is_some() => {
            format!("{role}: the provider reports another version behind `{model}`")
        }
        RoleOutcome::Weighed(_) => {
            format!("{role}: no sign of a change of the model behind `{model}`")
        }
    }
}

/// All other lines.
pub(super) fn details(watch: &RoleWatch) -> Vec<String> {
    let mut lines = Vec::new();
    match &watch.outcome {
        RoleOutcome::CouldNotRun(why) => lines.extend(why.iter().cloned()),
        RoleOutcome::Weighed(found) => lines.extend(weighed(found)),
    }
    let sure_now = matches!(&watch.outcome, RoleOutcome::Weighed(found) if found.is_sure());
    lines.extend(watch.alarm.as_ref().filter(|_| !sure_now).map(|alarm| standing(&watch.role, alarm)));
    lines.extend(watch.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(watch.live.as_ref().filter(|total| total.most > 0).map(|total| {
        let [likely, most] = [total.likely, total.most].map(thousands);
        format!(
            "a full run with ALIGNSPEC_MODE=live: likely {likely} requests, at most {most}; {}",
            total.cost
        )
    }));
    lines
}

/// An alarm that was given earlier, by answers that would not suffice today.
fn standing(role: &str, alarm: &GivenAlarm) -> String {
    let tasks: Vec<&String> = alarm.snapshots.keys().collect();
    format!(
        "this was sure in watch {} ({}; evidence {}, error rate {}), and stands until the snapshots of {} are new: review and accept what has drifted; where nothing has, `cargo alignspec accept --renew --role {role}` renews them",
        one_line(&alarm.watch, 100),
        one_line(&alarm.at, 40),
        one_line(&alarm.evidence, 40),
        one_line(&alarm.error_rate, 40),
        series(&tasks, "and")
    )
}

/// Why tasks could not be watched: each reason once, with all tasks that lack responses for it.
pub(super) fn failures(failed: &[(&Task, WatchFailure)]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut told: Vec<&String> = Vec::new();
    for (_, failure) in failed {
        let why = match failure {
            WatchFailure::Other(why) => {
                lines.push(why.clone());
                continue;
            }
            WatchFailure::Missing { why, .. } if told.contains(&why) => continue,
            WatchFailure::Missing { why, .. } => why,
        };
        told.push(why);
        let (mut tasks, mut missing, mut all) = (Vec::new(), 0, 0);
        for (task, failure) in failed {
            if let WatchFailure::Missing { missing: some, of, why: other } = failure
                && other == why
            {
                tasks.push(&task.id);
                (missing, all) = (missing + some, all + of);
            }
        }
        lines.push(format!("{}: {missing} of {all} responses are missing: {why}", series(&tasks, "and")));
    }
    lines
}

fn weighed(found: &Weighed) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some([before, now]) = &found.versions {
        lines.push(format!("answered by {now}; the snapshots by {before}"));
    }
    let needed = -found.rate.ln();
    let evidence = format!(
        "evidence {} of the {} that make it sure (error rate {} over all watches of this role)",
        amount(found.evidence.log),
        amount(needed),
        rate(found.rate)
    );
    lines.push(evidence);
    let since = found.day.map_or_else(String::new, |day| format!(", with snapshots of {day}"));
    let [own, all] = found.answers.map(|answers| thousands(u64::from(answers)));
    lines.push(format!(
        "{}: {own} answers now, {all} in all, to {}{since}",
        counted(found.watches, "watch").replace("watchs", "watches"),
        series(&found.tasks, "and")
    ));
    if found.is_sure() {
        lines.extend(shown(found));
        lines.extend(found.moved.iter().cloned());
    }
    if let [before, Some(now)] = &found.sums {
        lines.push(match before {
            Some(before) if before == now => format!("series {now}"),
            Some(before) => format!("series {now}, after {before}"),
            None => format!("series {now}, which begins with this watch"),
        });
    }
    lines
}

/// In which watches it shows, and how.
fn shown(found: &Weighed) -> Option<String> {
    let (watch, window) = found.evidence.shown?;
    let of = match (watch, window) {
        (1, _) => "in the first watch".to_owned(),
        (watch, 1) => format!("in watch {watch}"),
        (watch, window) if watch == window => format!("in watches 1 to {watch}"),
        (watch, window) => format!("in watches {} to {watch}", watch + 1 - window),
    };
    let how = if found.evidence.in_one { "in one question above all" } else { "in several questions" };
    Some(format!("it shows {of}, {how}; most in"))
}

/// One question that changed.
pub(super) fn question(
    task: &Task,
    item: &str,
    moved: &[(String, f64, f64)],
    (before, now): (u64, u64),
    log: f64,
) -> String {
    let moved: Vec<String> = moved
        .iter()
        .map(|(name, old, new)| format!("{} {} → {}", one_line(name, 60), percent(*old), percent(*new)))
        .collect();
    let name = name(task, item);
    let of = match name {
        _ if item == ALL => format!("{}, all questions", task.id),
        name if name == task.id => task.id.clone(),
        name => format!("{} {name}", task.id),
    };
    format!("  {of}: {} ({before} → {now} answers, evidence {})", moved.join(", "), amount(log))
}

/// The most questions that are named.
const SHOWN: usize = 3;

/// Returns the questions that show most, by the place of their task, with the logarithm of their evidence.
pub(super) fn telling(evidence: &WatchEvidence) -> impl Iterator<Item = &(usize, String, f64)> {
    evidence.questions.iter().filter(|(.., log)| *log > 0.0).take(SHOWN)
}

/// Returns the questions that show most in the watches that show it, each with what moved.
pub(super) fn moved(tasks: &[WatchedTask<'_>], evidence: &WatchEvidence) -> Vec<String> {
    let Some((watch, window)) = evidence.shown else { return Vec::new() };
    let mut lines = Vec::new();
    for (at, item, log) in telling(evidence) {
        let Some(task) = tasks.get(*at) else { continue };
        let share = |(count, all): YesesOf| count as f64 / all.max(1) as f64;
        let unanswered =
            |(before, now): (YesesOf, YesesOf)| (drift::NO_ANSWER.to_owned(), share(before), share(now));
        if let Some(both) = task.unanswered(watch, window).filter(|_| item == ALL) {
            let ((.., n), (.., m)) = both;
            lines.push(question(task.task, item, &[unanswered(both)], (n, m), *log));
            continue;
        }
        let pairs = task.pairs(watch, window);
        let Some(pair) = pairs.iter().find(|pair| pair.now.item == *item) else { continue };
        let mut shares = drift::shares(task.task, &pair.before, &pair.now);
        shares.extend(pair.unanswered.map(unanswered));
        shares.retain(|(_, before, now)| (before - now).abs() > 1e-9);
        shares.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()));
        let (shares, _) = drift::both_ways(shares, 2, |(_, before, now)| now - before);
        lines.push(question(
            task.task,
            item,
            &shares,
            (u64::from(pair.before.n), u64::from(pair.now.n)),
            *log,
        ));
    }
    lines
}

/// Writes an amount of evidence, given as its logarithm: `0.4`, `23`, `3.1e7`.
pub(super) fn amount(log: f64) -> String {
    let amount = log.exp();
    match amount {
        amount if !amount.is_finite() => format!("1e{:.0}", log / std::f64::consts::LN_10),
        amount if amount >= 100_000.0 => format!("{amount:.1e}"),
        amount if amount >= 10.0 => format!("{amount:.0}"),
        amount => format!("{amount:.2}"),
    }
}
