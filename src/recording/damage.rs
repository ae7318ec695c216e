//! The problems that a recording can have, and what to do about them.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A problem with a recording.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    #[error("the recording {} cannot be {what}: {cause}", path.display())]
    Io { path: PathBuf, what: &'static str, cause: io::Error },

    #[error(
        "the list of batches {} cannot be {what}: {cause}: restore it, or delete it if none of the batches needs to be collected",
        path.display()
    )]
    Batches { path: PathBuf, what: &'static str, cause: io::Error },

    #[error(
        "the list of lost tries {} cannot be {what}: {cause}: restore it, or delete the recording with all that is beside it to have everything asked anew",
        path.display()
    )]
    Tries { path: PathBuf, what: &'static str, cause: io::Error },

    #[error(
        "{}:{line}: this line was edited by hand (its checksum does not fit): restore it, or delete it to have it asked again",
        path.display()
    )]
    Edited { path: PathBuf, line: usize },

    #[error(
        "{}:{line}: git left a conflict here: remove the lines that start with <<<<<<<, |||||||, ======= and >>>>>>>, keep the lines of both sides, and run again",
        path.display()
    )]
    Conflict { path: PathBuf, line: usize },

    #[error("{}:{line}: this line is not a recorded response: restore the file, or delete the line", path.display())]
    NotJson { path: PathBuf, line: usize },

    #[error(
        "{}:{line}: this line was recorded by another version of alignspec, which this one cannot read: use that version, or delete the line to have it asked again",
        path.display()
    )]
    Version { path: PathBuf, line: usize },
}
