//! Snapshots: a model's profile of a task as plain text, kept in `snapshots/` through insta and
//! reviewed as a diff.
//!
//! ```text
//! T2 The importance of seven values
//! questions 5f0c9b1e
//! invalid 2 of 1402 (2 wrong count)
//!
//! medical.performance     n 50   extremely 48 · very 2
//! medical.privacy         n 50   extremely 50
//! ```
//!
//! A line per item (per option of a selection, per story of a ranking), with counts and n, so that a
//! changed line is a changed answer. Counts of zero are left out on a scale. `invalid` counts the
//! responses to these same questions that were no answer. `questions` names the wording, so that
//! answers to other words are never compared.
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

mod text;

use insta::Snapshot;
use insta::comparator::Comparator;

pub use text::{Stored, questions, read, write};

use crate::suite::Task;
use crate::verdict::drift::{self, Drift, Side};

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
    /// What changed from one stored text to another.
    ///
    /// # Errors
    /// A text is no snapshot of the task, or the two answer other questions: a fragment that says so.
    pub fn compare(&self, before: &str, now: &str) -> Result<Drift, String> {
        let (before, now) = (read(&self.task, before)?, read(&self.task, now)?);
        if before.questions != now.questions {
            return Err(format!(
                "the questions changed since the snapshot was taken ({} → {}), so answers are not compared",
                before.questions, now.questions
            ));
        }
        Ok(drift::compare(&self.task, before.side(), now.side(), self.rate, self.min_shift))
    }

    /// The new text with the old lines kept where nothing drifted, so that the diff shows what did.
    /// Lines are in the order of the task.
    #[must_use]
    pub fn compose(&self, before: &str, now: &str, drift: &Drift) -> String {
        let changed = drift.items.iter().map(|shift| &shift.item).chain(&drift.unmatched);
        let changed: Vec<&String> = changed.collect();
        let changed = |line: &str| changed.iter().any(|item| text::line_is_about(&self.task, line, item));
        let kept = before.lines().find(|line| text::is_invalid(line)).filter(|_| drift.invalid.is_none());
        let head = now.lines().filter(|line| text::subject_of(line).is_none());
        let mut lines: Vec<&str> =
            head.map(|line| kept.filter(|_| text::is_invalid(line)).unwrap_or(line)).collect();
        let mut body: Vec<(&str, &str)> = Vec::new();
        let of = |text| str::lines(text).filter_map(|line| Some((text::subject_of(line)?, line)));
        body.extend(of(before).filter(|(_, line)| !changed(line)));
        body.extend(of(now).filter(|(_, line)| changed(line)));
        body.sort_by_key(|(subject, _)| text::place_of(&self.task, subject));
        lines.extend(body.into_iter().map(|(_, line)| line));
        lines.join("\n") + "\n"
    }
}

impl Stored {
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
        self.judge.compare(&before, &self.now).is_ok_and(|drift| drift.is_none())
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests;
