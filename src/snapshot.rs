//! Snapshots: a model's profile of a task as plain text, kept in `snapshots/` through insta and
//! reviewed as a diff.
//!
//! ```text
//! T2 The importance of seven values
//! questions 5f0c9b1e
//! model gpt-4.1-mini, answered by gpt-4.1-mini-2025-04-14
//! sampled 2026-11-24, 50 responses to each question
//! invalid 2 of 1402 (2 wrong count)
//!
//! medical.performance     n 50  extremely 48 · very 2
//! medical.privacy         n 50  extremely 50
//!
//! asked 3f09aa  medical.performance
//! asked 71c2d4  medical.privacy
//! ```
//!
//! A line per item (per option of a selection, per story of a ranking), with counts and n, so that a
//! changed line is a changed answer. Counts of zero are left out on a scale. `invalid` counts the
//! responses to these same questions that were no answer.
//!
//! **The snapshot is the role's**, whatever model has it: the head says whose answers these are. What it
//! says is not compared. A model that answers like the one before leaves the file as it is, and the head
//! goes on naming the model whose answers are in the file, which is true. Where something drifted the head
//! becomes the new sample's, and its line `kept …` says how much of the file is still of earlier ones;
//! whose they are is in the history of the file.
//!
//! **A suite that changed is no drift.** `questions` is the suite's revision: the hash of all that is
//! asked. A line `asked` has the hash of one question, so that the ones that are new, gone or reworded are
//! known by name; only the others are compared, and the snapshot asks for review in words of its own.
//! Invalid responses are counted over all questions together: they are compared only where no question
//! changed. Snapshots of old have no such lines: there the hash of all decides.
//!
//! **The file changes only where answers drifted** by more than sampling noise explains
//! ([`drift`]): where none did it stays byte for byte, and where some did all
//! other lines do. The `invalid` line changes when the share of invalid responses drifted. An item is
//! one question and changes as a whole: all options of a selection, all stories of a context. Were only
//! the options replaced that are significant by themselves, the lines would be of two samples, adding
//! up to no number of picks, and would not show where the answers went that left the option.
//!
//! **A snapshot is a sample of fixed size**: as many responses to each item as the config says
//! (`samples`), the first ones, valid or not. A check that goes on asking until it is decided does not
//! make it larger: a test between samples whose sizes the answers themselves chose would flag more
//! often than its error rate says.

mod origin;
mod text;
mod wording;

use std::collections::BTreeSet;

use insta::Snapshot;
use insta::comparator::Comparator;

pub use origin::Origin;
pub use text::{Stored, read, write, write_from};
pub use wording::{Asked, Reworded, asked, questions};
pub(crate) use wording::{name, some};

use crate::suite::Task;
use crate::verdict::drift::{self, Drift, Pooled, Side};

/// How a snapshot is compared.
#[derive(Debug, Clone)]
pub struct Judge {
    pub task: Task,
    /// The chance that anything in the snapshot is flagged when nothing changed, at most.
    pub rate: f64,
    /// Shifts below this are let be, however significant. In 0 ..= 1.
    pub min_shift: f64,
}

impl Judge {
    /// What changed from one stored text to another, of the questions that are worded alike.
    ///
    /// # Errors
    /// A text is no snapshot of the task, or the two answer other questions and one is too old to say
    /// which: a fragment that says so.
    pub fn compare(&self, before: &str, now: &str) -> Result<Drift, String> {
        let (mut before, mut now) = (read(&self.task, before)?, read(&self.task, now)?);
        let reworded = before.reworded(&now)?;
        let pooled = if reworded.is_none() {
            Pooled::Alike
        } else {
            for stored in [&mut before, &mut now] {
                stored.table.rows.retain(|row| !reworded.concerns(name(&self.task, &row.item)));
            }
            let asked = |stored: &Stored| stored.asked.as_ref().map_or(0, Vec::len);
            Pooled::Apart { before: asked(&before), now: asked(&now) }
        };
        Ok(drift::compare_pooled(&self.task, before.side(), now.side(), pooled, self.rate, self.min_shift))
    }

    /// Which questions changed from one stored text to another.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub fn reworded(&self, before: &str, now: &str) -> Result<Reworded, String> {
        read(&self.task, before)?.reworded(&read(&self.task, now)?)
    }

    /// The new text with the old lines kept where nothing drifted, so that the diff shows what did.
    /// Lines are in the order of the task. Where nothing changed, that is the old text.
    #[must_use]
    pub fn compose(&self, before: &str, now: &str, drift: &Drift, reworded: &Reworded) -> String {
        if drift.is_none() && reworded.is_none() {
            return before.to_owned();
        }
        let task = &self.task;
        let item = |line: &str| text::subject_of(line).map(|subject| text::about(task, subject).0.to_owned());
        let changed = |line: &str| {
            let Some(item) = item(line) else { return true };
            drift.items.iter().map(|shift| &shift.item).chain(&drift.unmatched).any(|known| *known == item)
                || reworded.concerns(name(task, &item))
        };
        let of = |text| text::parts(text).1.filter_map(|line| Some((text::subject_of(line)?, line)));
        let kept: Vec<(&str, &str)> = of(before).filter(|(_, line)| !changed(line)).collect();
        let mut body: Vec<(&str, &str)> = of(now).filter(|(_, line)| changed(line)).collect();
        body.extend(&kept);
        body.sort_by_key(|(subject, _)| text::place_of(task, subject));
        let count = |lines: &[(&str, &str)]| {
            lines.iter().filter_map(|(_, line)| item(line)).collect::<BTreeSet<String>>().len()
        };
        let invalid = |text| text::parts(text).0.find(|line| text::is_invalid(line));
        let stays = drift.invalid.is_none() && reworded.is_none();
        let invalid_kept = invalid(before).filter(|line| stays && invalid(now) != Some(line));
        let mut lines: Vec<String> = Vec::new();
        for line in text::parts(now).0 {
            if text::is_invalid(line) {
                lines.extend(origin::kept(count(&kept), count(&body), invalid_kept.is_some()));
                lines.push(invalid_kept.unwrap_or(line).to_owned());
            } else {
                lines.push(line.to_owned());
            }
        }
        lines.push(String::new());
        lines.extend(body.into_iter().map(|(_, line)| line.to_owned()));
        let rest = text::parts(now).1.filter(|line| text::subject_of(line).is_none());
        lines.extend(rest.map(str::to_owned));
        lines.join("\n") + "\n"
    }
}

impl Stored {
    /// How the questions changed from these to those of `now`.
    ///
    /// # Errors
    /// They did, and one side is too old to say which.
    pub fn reworded(&self, now: &Stored) -> Result<Reworded, String> {
        match (&self.asked, &now.asked) {
            (Some(before), Some(now)) => Ok(Reworded::between(before, now)),
            _ if self.questions == now.questions => Ok(Reworded::default()),
            _ => Err(format!(
                "the questions changed since the snapshot was taken ({} → {}), so answers are not compared",
                self.questions, now.questions
            )),
        }
    }

    fn side(&self) -> Side<'_> {
        Side { table: &self.table, invalid: self.invalid, responses: self.responses }
    }
}

/// insta's comparison: two snapshots match unless answers drifted or the questions changed.
///
/// It judges the answers themselves (`now`) and not the text that would be stored: that one has old
/// lines where nothing drifted, and among fewer differences a borderline one could look otherwise.
#[derive(Debug, Clone)]
pub struct Homogeneous {
    pub judge: Judge,
    /// The text of all answers, as [`write`](fn@write) gives it.
    pub now: String,
}

impl Comparator for Homogeneous {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        let text = |snapshot: &Snapshot| snapshot.as_text().map(ToString::to_string);
        let (Some(before), Some(now)) = (text(reference), text(test)) else { return false };
        // Nothing to judge: the answers are the same, only their order of arrival may differ.
        if before.trim_end() == now.trim_end() {
            return true;
        }
        let same = self.judge.reworded(&before, &self.now).is_ok_and(|change| change.is_none());
        same && self.judge.compare(&before, &self.now).is_ok_and(|drift| drift.is_none())
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
