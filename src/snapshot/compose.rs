//! Composes the text of a changed snapshot: which lines come from the new sample, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reworded, name, origin, text, whole};
use crate::suite::Task;
use crate::verdict::drift::Drift;

/// Returns the item that a line of counts is about.
fn item(task: &Task, line: &str) -> Option<String> {
    text::subject_of(line).map(|subject| text::about(task, subject).0.to_owned())
}

/// Returns the lines with the hashes of questions.
fn asked(text: &str) -> impl Iterator<Item = &str> {
    let other = |line: &str| text::subject_of(line).is_some() || text::lost_of(line).is_some();
    text::parts(text).1.filter(move |line| !other(line) && !whole::is_sum(line) && !line.is_empty())
}

/// Returns the lines about answers after lost tries, of the questions with these names.
fn lost(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    text::parts(text).1.filter(|line| text::lost_of(line).is_some_and(|(_, name)| wanted(name))).collect()
}

/// Joins the lines after the head in blocks, separated by empty lines.
fn written(head: Vec<String>, blocks: Vec<Vec<&str>>) -> String {
    let mut lines = head;
    for block in blocks.into_iter().filter(|block| !block.is_empty()) {
        lines.push(String::new());
        lines.extend(block.into_iter().map(str::to_owned));
    }
    whole::sealed(&lines.join("\n"))
}

/// Returns the head of `now`, with an extra line above the one that counts invalid responses.
fn head(now: &str, further: Option<String>) -> Vec<String> {
    let (mut lines, mut further) = (Vec::new(), further);
    for line in text::parts(now).0 {
        if text::is_invalid(line) {
            lines.extend(further.take());
        }
        lines.push(line.to_owned());
    }
    lines
}

/// Returns a snapshot with a further line in its head.
#[cfg(feature = "cli")]
pub(super) fn noted(text: &str, line: String) -> String {
    let mut lines = head(text, Some(line));
    lines.push(String::new());
    lines.extend(text::parts(text).1.filter(|line| !whole::is_sum(line)).map(str::to_owned));
    whole::sealed(&lines.join("\n"))
}

/// Returns the new sample; items that drifted or are worded differently come first.
pub(super) fn renewed(task: &Task, now: &str, drift: &Drift, reworded: &Reworded) -> String {
    let drifted = |item: &str| {
        drift.items.iter().map(|shift| &shift.item).chain(&drift.unmatched).any(|known| known == item)
    };
    let counts = || text::parts(now).1.filter(|line| text::subject_of(line).is_some());
    // These items have answers now, or had some before.
    let answered = counts().filter_map(|line| item(task, line));
    let all: BTreeSet<String> = answered.chain(drift.unmatched.iter().cloned()).collect();
    let (first, rest): (Vec<&str>, Vec<&str>) = counts().partition(|line| {
        item(task, line).is_some_and(|item| drifted(&item) || reworded.concerns(name(task, &item)))
    });
    let names: Vec<String> = task
        .items
        .iter()
        .filter(|item| all.contains(&item.id) && drifted(&item.id))
        .map(|item| name(task, &item.id).to_owned())
        .collect();
    let told = (!drift.is_none())
        .then(|| origin::drifted(&names, all.len(), drift.invalid.is_some(), drift.general.is_some()));
    written(head(now, told), vec![first, rest, lost(now, |_| true), asked(now).collect()])
}

/// Returns the new answers to questions that are new or reworded, and the old lines of the others.
pub(super) fn reworded(task: &Task, before: &str, now: &str, reworded: &Reworded) -> String {
    let changed = |line: &str| item(task, line).is_none_or(|item| reworded.concerns(name(task, &item)));
    let of = |text| text::parts(text).1.filter_map(|line| Some((text::subject_of(line)?, line)));
    let kept: Vec<(&str, &str)> = of(before).filter(|(_, line)| !changed(line)).collect();
    let mut body: Vec<(&str, &str)> = of(now).filter(|(_, line)| changed(line)).collect();
    body.extend(&kept);
    body.sort_by_key(|(subject, _)| text::place_of(task, subject));
    let count = |lines: &[(&str, &str)]| {
        lines.iter().filter_map(|(_, line)| item(task, line)).collect::<BTreeSet<String>>().len()
    };
    let told = origin::kept(count(&kept), count(&body));
    let body: Vec<&str> = body.into_iter().map(|(_, line)| line).collect();
    let mut head = head(now, told);
    if !kept.is_empty() {
        let of_two = invalid_of_two(task, before, now, &body);
        for line in head.iter_mut().filter(|line| text::is_invalid(line)) {
            *line = of_two.clone().unwrap_or_else(|| text::of_newest(line));
        }
    }
    let mut after_lost = lost(before, |name| !reworded.concerns(name));
    after_lost.extend(lost(now, |name| reworded.concerns(name)));
    written(head, vec![body, after_lost, asked(now).collect()])
}

/// Returns the line that counts invalid responses if `body` has lines of both samples: the responses to each question
/// that are not in its line. Returns `None` unless both samples say how often each question was asked, and the
/// numbers are equal.
fn invalid_of_two(task: &Task, before: &str, now: &str, body: &[&str]) -> Option<String> {
    let answers = |lines: &mut dyn Iterator<Item = &str>| {
        let each: BTreeMap<String, u32> =
            lines.filter_map(|line| Some((item(task, line)?, text::n_of(line)?))).collect();
        each.into_values().fold(0, u32::saturating_add)
    };
    let each = |text: &str| {
        let (invalid, responses) = text::parts(text).0.find_map(text::invalid_of)?;
        let questions = u32::try_from(asked(text).count()).ok().filter(|questions| *questions > 0)?;
        let whole = answers(&mut text::parts(text).1).saturating_add(invalid) == responses;
        (whole && responses.is_multiple_of(questions)).then_some(responses / questions)
    };
    let often = each(before).filter(|often| each(now) == Some(*often))?;
    let all = often.checked_mul(u32::try_from(asked(now).count()).ok()?)?;
    let invalid = all.checked_sub(answers(&mut body.iter().copied()))?;
    Some(text::invalid_line(invalid, all))
}
