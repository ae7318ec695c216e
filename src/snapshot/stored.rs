//! Finds the file with the snapshot of a role and a task, and the part of it that is compared today.

use std::path::{Path, PathBuf};

use super::{Reworded, Stored};
use crate::suite::Task;

/// Returns the name of a role's snapshot, which is also the name of its file without `.snap`.
pub(crate) fn named(model: &str, task: &str) -> String {
    format!("{model}.{task}")
}

/// Returns the path of the file in the folder of snapshots.
pub(crate) fn path(snapshots: &Path, model: &str, task: &str) -> PathBuf {
    snapshots.join(format!("{}.snap", named(model, task)))
}

pub(crate) struct SnapshotText {
    pub text: String,
    pub says: Stored,
}

impl SnapshotText {
    /// # Errors
    /// The text is no snapshot of the task; the message is a fragment that says why.
    pub(crate) fn new(task: &Task, text: String) -> Result<SnapshotText, String> {
        Ok(SnapshotText { says: super::read(task, &text)?, text })
    }
}

/// Reads the stored snapshot; `None` if there is none.
///
/// # Errors
/// It cannot be read, or is no snapshot of the task.
pub(crate) fn text(snapshots: &Path, model: &str, task: &Task) -> Result<Option<SnapshotText>, String> {
    let path = path(snapshots, model, &task.id);
    let told = |why: String| format!("the snapshot {} cannot be used: {why}", path.display());
    let Some(super::file::SnapshotFile { text, .. }) = super::file::read_snapshot(&path).map_err(told)?
    else {
        return Ok(None);
    };
    // Answers to reworded questions are not read, so any error is a fault of the file.
    SnapshotText::new(task, text).map(Some).map_err(told)
}

/// Reads the stored snapshot of a model's task as checks see it: with the questions that are still asked.
///
/// # Errors
/// There is none, it cannot be read, or it answers other questions.
pub(crate) fn stored_snapshot(snapshots: &Path, model: &str, task: &Task) -> Result<Stored, String> {
    let SnapshotText { says: stored, .. } = text(snapshots, model, task)?
        .ok_or_else(|| format!("{model} has no snapshot of {} yet; accept one first", task.id))?;
    let others = match &stored.asked {
        None => stored.questions != super::questions(task),
        // The questions that are still asked are compared.
        Some(asked) => {
            stored.table.rows.is_empty() && !Reworded::between(asked, &super::asked(task)).is_none()
        }
    };
    if others {
        return Err(format!(
            "the questions in the snapshot of {model} are not those that {} asks now; accept a new one",
            task.id
        ));
    }
    Ok(stored)
}

/// Describes, for readers of a verdict, which questions a comparison with the stored snapshot leaves out because the
/// suite changed.
pub(crate) fn left_out(stored: &Stored, task: &Task) -> Option<String> {
    let reworded = Reworded::between(stored.asked.as_ref()?, &super::asked(task));
    (!reworded.is_none())
        .then(|| format!("left out, since the suite changed after the snapshot of {}: {reworded}", task.id))
}
