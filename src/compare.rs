//! Two sides compared: what changed from one respondent, snapshot or revision to another, for a reader who
//! decides on an upgrade.
//!
//! [`compare`] takes the answers of both sides to the tasks they share and says in plain words what changed,
//! the largest shift first; then how the values' ranks moved, and how far each question did. Only what
//! [`drift`] flags is called a change, at the error rate of the comparison, divided over its tasks. A
//! sentence names a share only if that share has changed by itself, at the same correction; if only the
//! question as a whole has, it names the share that shows it best.
//!
//! It reads no files and knows no respondents: the caller adds who the sides are, what their checks give and
//! what they cost ([`Comparison`]'s other fields).

#[cfg(feature = "cli")]
pub(crate) mod alignments;
mod labels;
#[cfg(feature = "cli")]
mod markdown;
mod ranks;
mod sentence;
mod summary;
mod text;
mod usage;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use ranks::Ranks;
pub use summary::SummaryLine;
#[cfg(feature = "cli")]
pub(crate) use text::used;
pub(crate) use usage::Usage;

use crate::profile::{AfterLost, Table};
use crate::suite::{Suites, Task};
use crate::verdict::drift::{self, Drift, DriftSide, ItemShift};
use labels::Labels;
use sentence::Statement;

/// One side's answers to a task.
#[derive(Debug, Clone)]
pub struct ComparedAnswers {
    /// The shares of its answers, a row for each question.
    pub table: Table,
    /// The number of responses that were no answer.
    pub invalid: u32,
    /// The number of all responses.
    pub responses: u32,
    /// Which responses to a question came after tries whose answers were lost.
    pub lost: BTreeMap<String, AfterLost>,
}

/// A task that both sides have answers to.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The task, as the current suite file has it.
    pub task: &'a Task,
    /// The answers that the comparison starts from.
    pub before: ComparedAnswers,
    /// The answers that are compared with them.
    pub now: ComparedAnswers,
}

/// The name of a side, and the version that answered for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct SideName {
    pub(crate) name: String,
    /// The version, as the provider tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// The system prompt and the settings it was asked with, in a line, with the tasks where these differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) asked_with: Vec<String>,
}

/// All that is said of two sides. `Display` writes it as text, `markdown` as Markdown, and serde as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    pub(crate) before: SideName,
    pub(crate) now: SideName,
    /// The greatest chance that anything is called a change when nothing changed.
    pub(crate) error_rate: f64,
    /// What changed, largest shift first; if nothing did, what could have been detected.
    pub summary: Vec<SummaryLine>,
    /// The number of changes that the summary has no room for.
    pub(crate) further: usize,
    /// The checks that either side was judged by.
    pub checks: Vec<CheckComparison>,
    /// The tasks that both sides have answers to, in the order of the pairs.
    pub tasks: Vec<TaskComparison>,
    /// Cost and latency of the sides whose recordings tell them.
    pub usage: Vec<Usage>,
    /// What is not compared, and what to do about it.
    pub(crate) notes: Vec<String>,
}

/// One check on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckComparison {
    pub(crate) sentence: String,
    /// The error rate of each of the two verdicts.
    pub(crate) error_rate: f64,
    pub before: SideResult,
    pub now: SideResult,
}

/// The result of a check on one side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SideResult {
    Judged {
        outcome: &'static str,
        estimate: f64,
        interval: (f64, f64),
        /// The estimate as people read it.
        #[serde(skip)]
        shown: String,
        /// The number of answers, where a snapshot's counts decide less than a run did.
        #[serde(skip)]
        basis: String,
    },
    /// It cannot be judged on this side.
    Unjudged { why: String },
}

/// One task on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskComparison {
    pub task: String,
    pub(crate) title: String,
    /// The values by rank, in each context.
    pub(crate) ranks: Vec<Ranks>,
    /// Every question that both sides answered, largest shift first.
    pub items: Vec<ItemComparison>,
    /// The smallest shift that would have been flagged four times in five, for the question where it is
    /// largest.
    pub(crate) detectable: Option<f64>,
}

/// How far the answers to one question moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemComparison {
    /// `""` for the only question of a task.
    pub item: String,
    /// The least share of answers that must have changed: see [`Shift`](drift::Shift::shift).
    pub shift: f64,
    /// The p-value, corrected over the task's questions.
    pub(crate) p: f64,
    /// Whether this is a change at the error rate.
    pub(crate) changed: bool,
    /// The number of valid answers on each side.
    pub(crate) answers: (u32, u32),
    /// Every share, the one that moved most first.
    pub(crate) shares: Vec<ShareChange>,
}

/// One share of the answers to a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ShareChange {
    pub(crate) name: String,
    pub(crate) before: f64,
    pub(crate) now: f64,
}

/// Compares two sides at `error_rate`, with the floor `min_shift` below which no shift is called a change.
#[must_use]
pub fn compare(suites: &Suites, pairs: &[Pair<'_>], error_rate: f64, min_shift: f64) -> Comparison {
    let rate = error_rate / pairs.len().max(1) as f64;
    let mut comparison = Comparison { error_rate, ..Comparison::default() };
    let (mut statements, mut certain) = (Vec::new(), true);
    for pair in pairs.iter().filter(|pair| pair.task.shape.is_counted()) {
        let task = pair.task;
        let labels = Labels::of(suites, task);
        let (before, now) = (side(&pair.before), side(&pair.now));
        let drift = drift::compare(task, before, now, rate, min_shift);
        // At a rate of 1 every question is listed with its own corrected p.
        let all = drift::compare(task, before, now, 1.0, 0.0);
        statements.extend(changes(pair, &labels, &drift));
        let mut items = Vec::new();
        for shift in &all.items {
            let rows = pair.before.table.row(&shift.item).zip(pair.now.table.row(&shift.item));
            let Some((old, new)) = rows else { continue };
            let (old, new) = (&pair.before.table.rows[old], &pair.now.table.rows[new]);
            let changed = drift.items.iter().any(|flagged| flagged.item == shift.item);
            let mut shares: Vec<ShareChange> = drift::shares(task, old, new)
                .into_iter()
                .map(|(name, before, now)| ShareChange { name, before, now })
                .collect();
            shares.sort_by(|a, b| (b.before - b.now).abs().total_cmp(&(a.before - a.now).abs()));
            let (item, shift, p) = (shift.item.clone(), shift.shift, shift.p);
            items.push(ItemComparison { item, shift, p, changed, answers: (old.n, new.n), shares });
        }
        if !drift.unmatched.is_empty() {
            let items = drift.unmatched.iter().map(|item| labels::place(task, item));
            let items = items.collect::<Vec<_>>().join(", ");
            comparison.notes.push(format!("answered on one side only: {items}"));
        }
        if let Some(note) = crate::report::drifted::not_compared(&drift) {
            comparison.notes.push(format!("{}: {note}", task.id));
        }
        let doubt = crate::report::drifted::in_doubt(&drift);
        comparison.notes.extend(doubt.map(|doubt| format!("{}: {doubt}", task.id)));
        comparison.tasks.push(TaskComparison {
            task: task.id.clone(),
            title: task.title.clone(),
            ranks: ranks::changed_ranks(task, &labels, &pair.before.table, &pair.now.table),
            items,
            detectable: drift.detectable,
        });
        certain &= !drift.is_in_doubt();
    }
    (comparison.summary, comparison.further) = summary::summarize(statements);
    if comparison.summary.is_empty() {
        let seen = comparison.tasks.iter().filter_map(|task| task.detectable).reduce(f64::max);
        comparison.summary.push(if certain { summary::nothing(seen) } else { summary::uncertain() });
    }
    comparison
}

/// States what drifted in one task: each question, and the invalid responses.
fn changes(pair: &Pair<'_>, labels: &Labels, drift: &Drift) -> Vec<Statement> {
    let task = pair.task;
    let threshold = drift::threshold(task, side(&pair.before), side(&pair.now), drift.rate);
    let statement = |shift: &ItemShift| {
        let (old, new) = pair.before.table.row(&shift.item).zip(pair.now.table.row(&shift.item))?;
        let (old, new) = (&pair.before.table.rows[old], &pair.now.table.rows[new]);
        let lost = shift.moved.first().is_some_and(|(name, ..)| name == drift::NO_ANSWER);
        match lost {
            true => Some(sentence::invalid(task, shift)),
            false => sentence::ChangedQuestion { task, labels, old, new, threshold }.statement(shift.shift),
        }
    };
    let invalid = drift.invalid.as_ref().map(|shift| sentence::invalid(task, shift));
    let general = drift.general.iter().map(|shift| sentence::general(task, shift));
    general.chain(drift.items.iter().filter_map(statement)).chain(invalid).collect()
}

/// Describes what `drift` found between two sides: a line for each change, as in the summary of a comparison,
/// largest shift first.
pub(crate) fn in_words(suites: &Suites, pair: &Pair<'_>, drift: &Drift) -> Vec<String> {
    let (lines, more) = summary::summarize(changes(pair, &Labels::of(suites, pair.task), drift));
    lines.into_iter().map(|line| line.text).chain(text::further(more)).collect()
}

fn side(answers: &ComparedAnswers) -> DriftSide<'_> {
    let ComparedAnswers { table, invalid, responses, lost } = answers;
    DriftSide { table, invalid: *invalid, responses: *responses, lost: Some(lost) }
}
