//! The result of judging a planned check, or why it has no verdict.

use super::Lacking;
use super::people::PeopleNote;
use crate::check::Undefined;
use crate::verdict::{Tightened, Verdict};

/// The result of judging one planned check.
#[derive(Debug)]
pub struct Judged {
    pub(crate) verdict: Verdict,
    /// The largest contributors to the estimate.
    pub(crate) because: Vec<String>,
    /// What other surveys of as many people as its baselines are of would say.
    pub(crate) people: Option<PeopleNote>,
    /// The invalid responses among those judged, a line for each task, such as "T1 3 of 50: 2 wrong count, 1
    /// empty".
    pub(crate) invalid: Vec<String>,
    /// The unread responses that the verdict allows for, whatever they mean, and those that are left out of
    /// it.
    pub(crate) unread: Vec<String>,
    /// The samples that were recorded more than once, or differently on the base branch, by task.
    pub(crate) recorded: Vec<String>,
    /// What is known to be wrong with published figures that were read.
    pub(crate) doubts: Vec<String>,
    /// What has changed about the check since its answers were taken.
    pub(crate) since: Vec<String>,
    /// Warnings that are shown even where the check passes: that nearly all long answers are equal, by task.
    pub(crate) warned: Vec<String>,
    /// Whether refusals are among the responses that count against the verdict.
    pub(crate) refusals: bool,
    /// Whether answers of the subject came after lost tries, and count as what was lost.
    pub(crate) lost: bool,
    /// Whether responses of the subject could not be read, and count.
    pub(crate) responses_unread: bool,
    /// Why an undecided check could not be given more answers.
    pub(crate) stopped: Option<String>,
    /// The error rate at which the check would be decided, if it is undecided because its part of the run's
    /// error rate is small.
    pub(crate) tightened: Option<Tightened>,
    /// Whether the check is about a share of answers.
    pub(crate) share: bool,
    /// Whether the check is undecided because responses are missing, and not because more of them would not
    /// help.
    pub(crate) short: bool,
}

/// Why a planned check has no verdict. It then fails, because what cannot be judged is not a pass.
#[derive(Debug, thiserror::Error)]
pub enum Unjudged {
    /// Responses are missing. The check is undecided and fails even where undecided checks may pass, because
    /// no look has been taken.
    #[error("{0}")]
    Missing(String),
    #[error("{0}")]
    Profile(String),
    /// Answers are with a provider's batch endpoint. No earlier look replaces them.
    #[error("{0}")]
    Pending(String),
    /// Answers are of more than one version of the model. No earlier look replaces them.
    #[error("{0}")]
    Mixed(String),
    /// Too many answers are copies of others. No earlier look replaces them.
    #[error("{0}")]
    Copies(String),
    #[error("undefined: {0}")]
    Undefined(#[from] Undefined),
}

impl From<Lacking> for Unjudged {
    fn from(lacking: Lacking) -> Unjudged {
        match lacking {
            Lacking::Responses(why) => Unjudged::Missing(why),
            Lacking::Pending(why) => Unjudged::Pending(why),
            Lacking::Mixed(why) => Unjudged::Mixed(why),
            Lacking::Copies(why) => Unjudged::Copies(why),
            Lacking::File(why) => Unjudged::Profile(why),
        }
    }
}
