//! Snapshots: a model's profile of a task as plain text, stored in `snapshots/` with insta and reviewed as a diff.
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
//! There is a line for each item (for each option of a selection, or story of a ranking) with counts and n, so a
//! changed line is a changed answer. On a scale, counts of zero are left out. `invalid` counts the responses to these
//! questions that were no answer.
//!
//! **The snapshot belongs to the role**, whichever model has it. The head says who answered and how they were asked
//! (old snapshots say less); it is not compared. A new model that answers like the previous one leaves the file
//! unchanged, and its head still names the model whose answers it holds.
//!
//! **Answers after lost tries** are counted as they came, and a line `after lost tries 7 (3f09aa)  medical.privacy` says how
//! many there are, with a short hash of which. The comparison takes into account that those may have been others ([`drift`]).
//!
//! **A changed suite is no drift.** `questions` is the suite's revision, a hash of all that is asked. Each
//! line `asked` has the hash of one question, so that new, removed and reworded questions are known by name.
//! Only the others are compared, and the snapshot asks for a review of its own kind. Invalid responses are
//! counted over all questions together, so they are compared only where no question changed. Old snapshots
//! have no such lines; there the hash of all questions decides.
//!
//! **The file changes only when answers drifted** by more than sampling noise explains ([`drift`]); otherwise it
//! stays the same byte for byte. A drift replaces the whole file by the new sample, and the head says which items
//! drifted. Keeping the lines that did not drift would keep answers of the old model: a question that moved too
//! little to be noticed would be compared with answers that the new model never gave, and the same model, asked
//! again, would drift from its own snapshot far more often than the error rate allows. To make the diff readable at a
//! glance, the items that drifted come first, in a block of their own.
//!
//! If only questions changed and the same model answers, the unchanged questions keep their lines, and a line `kept
//! …` says so.
//!
//! **A file that was altered is not compared**: its last line is a checksum of the others. A merge of two sides does
//! not have the right checksum, and the message says what to do.
//!
//! **Renewals without a review** are counted in the head, with a hash of the snapshot that was last judged in full, which is
//! kept beside it: each renewal is compared with that one, so that small shifts do not add up.
//!
//! **A snapshot is a sample of fixed size**: the first responses to each item, valid or not, as many as the config
//! says (`samples`). A check that goes on asking until it is decided does not enlarge it, because a test between
//! samples whose sizes depend on the answers would flag more often than its error rate says.

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

pub(crate) use origin::Answerers;
pub(crate) use origin::Origin;
#[cfg(feature = "cli")]
pub(crate) use origin::Renewals;
pub(crate) use origin::is_asked_with;
pub(crate) use text::{Stored, write_from};
pub use text::{read, write};
#[cfg(feature = "cli")]
pub(crate) use whole::TO_DO;
pub(crate) use wording::{Reworded, asked, questions};
pub(crate) use wording::{name, some};

use crate::suite::Task;
use crate::verdict::drift::{self, Drift, DriftSide, Pooled};

/// Returns a snapshot whose head says how often it was renewed.
#[cfg(feature = "cli")]
pub(crate) fn renewed(text: &str, renewals: &Renewals) -> String {
    compose::noted(text, renewals.line())
}

/// The settings for comparing a snapshot.
#[derive(Debug, Clone)]
pub struct Judge {
    /// The task, as the current suite file has it.
    pub task: Task,
    /// The greatest chance that anything in the snapshot is flagged when nothing changed.
    pub rate: f64,
    /// Shifts below this share, in 0 ..= 1, are ignored, however significant.
    pub min_shift: f64,
}

impl Judge {
    /// Returns what changed from one stored text to another, among the questions with the same words.
    ///
    /// A text is no snapshot of the task, or the questions differ and one text is too old to say which. The error is
    /// a sentence fragment.
    /// the text is a fragment.
    pub fn compare(&self, before: &str, now: &str) -> Result<Drift, String> {
        Ok(self.compare_all(&read(&self.task, before)?, &read(&self.task, now)?)?.0)
    }

    /// Returns what changed from one snapshot to another, and which questions changed.
    ///
    /// # Errors
    /// The questions differ, and one snapshot is too old to say which. The error is a sentence fragment.
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

    /// Returns which questions changed from one stored text to another.
    ///
    /// # Errors
    /// As for [`compare`](Self::compare).
    pub fn reworded(&self, before: &str, now: &str) -> Result<Reworded, String> {
        read(&self.task, before)?.reworded(&read(&self.task, now)?)
    }

    /// Returns the text to store: the old one, byte for byte, if nothing changed; the new one if answers drifted or
    /// another model answers; and if only questions changed, the new one with the old lines of unchanged questions.
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
    /// Returns how the questions changed from this snapshot to `now`.
    ///
    /// # Errors
    /// The questions changed, and one side is too old to say which.
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

    pub(crate) fn side(&self) -> DriftSide<'_> {
        let Stored { table, invalid, responses, lost, .. } = self;
        DriftSide { table, invalid: *invalid, responses: *responses, lost: Some(lost) }
    }
}

/// insta's comparison: two snapshots match unless answers drifted or questions changed.
///
/// It compares the answers themselves (`now`), not the text that would be stored, in which lines without drift are
/// the old ones. That text has fewer differences, so a borderline case could be judged differently.
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
        // The same answers may have come in another order.
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
