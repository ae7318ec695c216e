//! The files beside a recording: tries that were lost, requests that are on their way, batches, refusals. Who asks reads them.
//! Who only replays does not need them, but what is damaged there may hide answers that were lost, so it is told all the
//! same.

use std::path::Path;

use super::RecordingError;
use super::lost_tries::LostTries;
use super::pending::{PendingBatches, Refused};

/// Checks that all of them can be read. Nothing is changed.
///
/// # Errors
/// The first one that cannot be read.
pub(crate) fn check(recording: &Path) -> Result<(), RecordingError> {
    LostTries::check(recording)?;
    lists(recording)
}

/// Whether they can be read and no request was on its way when a run ended, so that reading them again finds the same.
pub(crate) fn are_settled(recording: &Path) -> bool {
    !recording.with_extension("sent").exists()
        && LostTries::check(recording).is_ok()
        && lists(recording).is_ok()
}

fn lists(recording: &Path) -> Result<(), RecordingError> {
    PendingBatches::read(recording)?;
    Refused::read(recording)?;
    Ok(())
}
