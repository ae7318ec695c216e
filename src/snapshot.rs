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
//! changed line is a changed answer. Counts of zero are left out on a scale. The file changes only
//! where answers drifted by more than sampling noise explains; `questions` names the wording, so
//! that answers to other words are never compared.

mod text;

use std::fmt::Write as _;

use insta::Snapshot;
use insta::comparator::Comparator;

pub use text::{Stored, questions, read, write};

use crate::suite::Task;
use crate::verdict::drift::{self, Drift};

/// How a snapshot is compared: at which error rate, from which seed, and how small a shift is let be.
#[derive(Debug, Clone)]
pub struct Judge {
    pub task: Task,
    pub rate: f64,
    pub min_shift: f64,
    pub seed: u64,
}

impl Judge {
    /// What changed from one stored text to another; an error says why they cannot be compared.
    pub fn compare(&self, before: &str, now: &str) -> Result<Drift, String> {
        let (before, now) = (read(&self.task, before)?, read(&self.task, now)?);
        if before.questions != now.questions {
            return Err(format!(
                "the questions changed since the snapshot was taken ({} → {}), so answers are not compared",
                before.questions, now.questions
            ));
        }
        Ok(drift::compare(&self.task, &before.table, &now.table, self.rate, self.min_shift, self.seed))
    }

    /// The new text with the old lines kept where nothing drifted, so that the diff shows what did.
    pub fn compose(&self, before: &str, now: &str, drift: &Drift) -> String {
        let drifted =
            |line: &str| drift.items.iter().any(|item| text::line_is_about(&self.task, line, &item.item));
        let mut composed = String::new();
        for line in now.lines() {
            let old = text::subject_of(line)
                .filter(|_| !drifted(line))
                .and_then(|subject| before.lines().find(|old| text::subject_of(old) == Some(subject)));
            let _ = writeln!(composed, "{}", old.unwrap_or(line));
        }
        composed
    }
}

/// insta's comparison: two snapshots match unless answers drifted or the questions changed.
#[derive(Debug, Clone)]
pub struct Homogeneous(pub Judge);

impl Comparator for Homogeneous {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        let text = |snapshot: &Snapshot| snapshot.as_text().map(ToString::to_string);
        let (Some(before), Some(now)) = (text(reference), text(test)) else { return false };
        // Nothing to judge: the answers are the same, only their order of arrival may differ.
        if before.trim_end() == now.trim_end() {
            return true;
        }
        self.0.compare(&before, &now).is_ok_and(|drift| drift.items.is_empty())
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}
