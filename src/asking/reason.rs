//! Why a question has no response, in the words a failing test shows.

use thiserror::Error;

use crate::ground::format::thousands;
use crate::provider::{AskError, ConnectError};

/// A question without a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The place of the question in [`SamplingUnit::questions`](super::SamplingUnit::questions).
    pub(crate) question: usize,
    pub reason: Reason,
}

/// Why a question has no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// The response is not recorded, and the mode does not allow asking.
    #[error("not recorded")]
    NotRecorded,
    /// The response is not recorded, unless it was in the last line, which is cut off.
    #[error(
        "not recorded, and the last line of {file} (line {line}) is cut off: restore the file, or record again"
    )]
    CutOff {
        /// The path of the recording, as messages show it.
        file: String,
        /// The number of the line that is cut off, from 1.
        line: usize,
    },
    /// Only responses to the same question under other settings or in another wording are recorded.
    #[error(
        "not recorded as they are asked now; {file} has responses to another model id, other parameters or another wording: undo the change, or record again"
    )]
    RecordedOtherwise {
        /// The path of the recording, as messages show it.
        file: String,
    },
    /// The response is not recorded, and the model cannot be asked.
    #[error("not recorded, and the model cannot be asked: {0}")]
    NoConnection(ConnectError),
    /// The response is not recorded, and no model is asked while the config has a mistake.
    #[error("not recorded, and no model is asked until the mistake in alignment.toml is fixed")]
    Mistake,
    /// The question was asked as often as the config allows, and each try failed.
    #[error("{0}")]
    Failed(AskError),
    /// The question was not asked, because another question failed for a reason that will not pass.
    #[error("no longer asked after a failure: {0}")]
    Stopped(AskError),
    /// The question was not asked, because the budget or the time of the run is used up.
    #[error("not asked: {0}")]
    Budget(String),
    /// The question is in a batch that has not ended.
    #[error("in a batch since {since} ({} of {} done): run the same command again later", thousands(*done), thousands(*all))]
    Pending {
        /// When the batch was submitted, as messages show it.
        since: String,
        /// The number of its requests that the provider has dealt with.
        done: u64,
        /// The number of all its requests.
        all: u64,
    },
    /// The batch of the question needs attention; the text says what is wrong and what to do.
    #[error("{0}")]
    Batch(String),
    /// The response could not be read, and the model has not been asked back for the reason inside.
    #[error(
        "unread, and the model has not been asked back yet: {0} (with `clarify = false`, it stays unread)"
    )]
    Back(Box<Reason>),
}

impl Reason {
    /// Says what to do about it, unless its own words do.
    pub(super) fn to_do(&self) -> Option<&'static str> {
        match self {
            Reason::NotRecorded => Some(
                "record the answers where the model may be asked (`cargo alignspec record`), and run this again",
            ),
            Reason::NoConnection(_) | Reason::Failed(_) | Reason::Stopped(_) => Some(
                "mend that, and run this again: answers that came are recorded, and are not asked for again",
            ),
            Reason::Budget(_) => Some(
                "raise the limit in `[budget]`, or run this again: answers that came are recorded, and are not asked for again",
            ),
            Reason::Back(reason) => reason.to_do(),
            Reason::CutOff { .. }
            | Reason::RecordedOtherwise { .. }
            | Reason::Mistake
            | Reason::Pending { .. }
            | Reason::Batch(_) => None,
        }
    }

    /// Returns whether the same run will have the response later, because it is in a batch.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Reason::Pending { .. } | Reason::Batch(_) => true,
            Reason::Back(reason) => reason.is_pending(),
            _ => false,
        }
    }

    /// Returns whether the question was asked and failed, which explains more than that it was not asked.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Reason::Failed(_) => true,
            Reason::Back(reason) => reason.is_failure(),
            _ => false,
        }
    }

    /// Returns whether both questions lack a response because of the same failure.
    pub(super) fn is_like(&self, other: &Reason) -> bool {
        use Reason::{Back, Failed, Stopped};
        match (self, other) {
            (Back(one), Back(other)) => one.is_like(other),
            (Failed(one) | Stopped(one), Failed(other) | Stopped(other)) => one == other,
            (one, other) => one == other,
        }
    }
}
