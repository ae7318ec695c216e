//! Why a question has no response, in the words a failing test shows.

use thiserror::Error;

use crate::ground::format::thousands;
use crate::respondent::{AskError, ConnectError};

/// A question without a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its place in [`Unit::questions`](super::Unit::questions).
    pub question: usize,
    pub reason: Reason,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// And this mode does not ask.
    #[error("not recorded")]
    NotRecorded,
    /// It may be in a line that was cut off.
    #[error(
        "not recorded, and the last line of {file} (line {line}) is cut off: restore the file, or record again"
    )]
    CutOff { file: String, line: usize },
    /// Something was, to the same question.
    #[error(
        "not recorded as they are asked now; {file} has responses to another model id, other parameters or another wording: undo the change, or record again"
    )]
    RecordedOtherwise { file: String },
    /// Nor can it be asked.
    #[error("not recorded, and the model cannot be asked: {0}")]
    NoConnection(ConnectError),
    /// Nor is anything asked: what the config means is not known.
    #[error("not recorded, and no model is asked until the mistake in alignment.toml is fixed")]
    Mistake,
    /// It was asked, as often as the config allows.
    #[error("{0}")]
    Failed(AskError),
    /// It was not asked any more, after another one's failure.
    #[error("no longer asked after a failure: {0}")]
    Stopped(AskError),
    /// It was not asked, because the budget or the time of the run is used up.
    #[error("not asked: {0}")]
    Budget(String),
    /// It is in a batch that has not ended.
    #[error("in a batch since {since} ({} of {} done): run the same command again later", thousands(*done), thousands(*all))]
    Pending { since: String, done: u64, all: u64 },
    /// Its batch needs a look, or a hand: what, and what to do.
    #[error("{0}")]
    Batch(String),
    /// There is a response, but it is unread, and the model could not be asked back.
    #[error(
        "unread, and the model has not been asked back yet: {0} (with `clarify = false`, it stays unread)"
    )]
    Back(Box<Reason>),
}

impl Reason {
    /// Whether the same run, later, will have the response.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Reason::Pending { .. } | Reason::Batch(_) => true,
            Reason::Back(reason) => reason.is_pending(),
            _ => false,
        }
    }

    /// Who was asked says more than who was not asked any more.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Reason::Failed(_) => true,
            Reason::Back(reason) => reason.is_failure(),
            _ => false,
        }
    }

    /// Whether one failure is behind both.
    pub(super) fn is_like(&self, other: &Reason) -> bool {
        use Reason::{Back, Failed, Stopped};
        match (self, other) {
            (Back(one), Back(other)) => one.is_like(other),
            (Failed(one) | Stopped(one), Failed(other) | Stopped(other)) => one == other,
            (one, other) => one == other,
        }
    }
}
