//! Snapshots: a model's profile of a task as plain text, kept in `snapshots/` through insta and
//! reviewed as a diff.
//!
//! ```text
//! T2 The importance of seven values
//! questions 5f0c9b1e
//! model gpt-4.1-mini, answered by gpt-4.1-mini-2025-04-14
//! system "You help a bank's product team."
//! settings provider openai, temperature 1.0, answer_format text
//! sampled 2026-11-24, 50 responses to each question
//! invalid 2 of 1402 (2 wrong count)
//!
//! medical.performance     n 50  extremely 48 · very 2
//! medical.privacy         n 50  extremely 50
//!
//! asked 3f09aa  medical.performance
//! asked 71c2d4  medical.privacy
//!
//! sum 5a0c3d1f
//! ```
//!
//! A line per item (per option of a selection, per story of a ranking), with counts and n, so that a
//! changed line is a changed answer. Counts of zero are left out on a scale. `invalid` counts the
//! responses to these same questions that were no answer.
//!
//! **The snapshot is the role's**, whatever model has it: the head says whose answers these are, and what
//! they were asked with. What it says is not compared, and heads of old say less. A model that answers like
//! the one before leaves the file as it is, and the head goes on naming the model whose answers are in the
//! file, which is true.
//!
//! **A suite that changed is no drift.** `questions` is the suite's revision: the hash of all that is
//! asked. A line `asked` has the hash of one question, so that the ones that are new, gone or reworded are
//! known by name; only the others are compared, and the snapshot asks for review in words of its own.
//! Invalid responses are counted over all questions together: they are compared only where no question
//! changed. Snapshots of old have no such lines: there the hash of all decides.
//!
//! **The file changes only when answers drifted** by more than sampling noise explains ([`drift`]): where
//! none did it stays byte for byte. Where some did, it becomes the new sample as a whole, and the head says
//! which. Were the lines kept that did not drift, they would be of the model before: a question that moved,
//! but not by enough to be seen, would go on being compared with answers the new model never gave, and the
//! same model asked once more would drift from its own snapshot far more often than the error rate says. So
//! that the diff can still be read at a glance, what drifted comes first, in a block of its own.
//!
//! Where only questions changed, and the same model answers, the others keep their lines, and the line
//! `kept …` says so.
//!
//! **What is not as it was written is not compared**: the last line is the sum of the others. What a merge
//! leaves of two sides is a file of neither, and is told with what to do.
//!
//! **A snapshot is a sample of fixed size**: as many responses to each item as the config says
//! (`samples`), the first ones, valid or not. A check that goes on asking until it is decided does not
//! make it larger: a test between samples whose sizes the answers themselves chose would flag more
//! often than its error rate says.

mod compose;
mod counts;
pub(crate) mod file;
mod origin;
pub(crate) mod stored;
mod text;
mod whole;
mod wording;

use insta::Snapshot;
use insta::comparator::Comparator;

pub(crate) use origin::Origin;
pub(crate) use origin::is_asked_with;
pub(crate) use text::{Stored, write_from};
pub use text::{read, write};
#[cfg(feature = "cli")]
pub(crate) use whole::TO_DO;
pub(crate) use wording::{Reworded, asked, questions};
pub(crate) use wording::{name, some};

use crate::suite::Task;
use crate::verdict::drift::{self, Drift, DriftSide, Pooled};

/// How a snapshot is compared.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The task, as the current suite file has it.
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
        Ok(self.compare_all(&read(&self.task, before)?, &read(&self.task, now)?)?.0)
    }

    /// What changed from one snapshot to another, and which questions did.
    ///
    /// # Errors
    /// The two answer other questions, and one is too old to say which: a fragment that says so.
    pub(crate) fn compare_all(&self, before: &Stored, now: &Stored) -> Result<(Drift, Reworded), String> {
        let reworded = before.reworded(now)?;
        if reworded.is_none() {
            return Ok((self.drift(before, now, Pooled::Alike), reworded));
        }
        let left = |stored: &Stored| {
            let mut left = stored.clone();
            left.table.rows.retain(|row| !reworded.concerns(name(&self.task, &row.item)));
            left
        };
        let asked = |stored: &Stored| stored.asked.as_ref().map_or(0, Vec::len);
        let pooled = Pooled::Apart { before: asked(before), now: asked(now) };
        Ok((self.drift(&left(before), &left(now), pooled), reworded))
    }

    fn drift(&self, before: &Stored, now: &Stored, pooled: Pooled) -> Drift {
        let (before, now) = (before.side(), now.side());
        drift::compare_pooled(&self.task, before, now, pooled, self.rate, self.min_shift)
    }

    /// Which questions changed from one stored text to another.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub fn reworded(&self, before: &str, now: &str) -> Result<Reworded, String> {
        read(&self.task, before)?.reworded(&read(&self.task, now)?)
    }

    /// The text to store: the old one where nothing changed, byte for byte; all of the new one where
    /// something drifted or another model answers; and where only the questions changed, the new one with
    /// the old lines of those that stand.
    #[must_use]
    pub fn compose(&self, before: &str, now: &str, drift: &Drift, reworded: &Reworded) -> String {
        if drift.is_none() && reworded.is_none() {
            return before.to_owned();
        }
        if drift.is_none() && origin::alike(before, now) {
            compose::reworded(&self.task, before, now, reworded)
        } else {
            compose::renewed(&self.task, now, drift, reworded)
        }
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

    fn side(&self) -> DriftSide<'_> {
        DriftSide { table: &self.table, invalid: self.invalid, responses: self.responses }
    }
}

/// insta's comparison: two snapshots match unless answers drifted or the questions changed.
///
/// It judges the answers themselves (`now`) and not the text that would be stored: that one has old
/// lines where nothing drifted, and among fewer differences a borderline one could look otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Homogeneous {
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
