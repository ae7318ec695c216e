//! What came of a planned check, or why it has no verdict.

use super::Lacking;
use crate::check::Undefined;
use crate::verdict::{Tightened, Verdict};

/// What came of one planned check.
#[derive(Debug)]
pub struct Judged {
    pub verdict: Verdict,
    /// The largest contributors to the estimate.
    pub because: Vec<String>,
    /// Invalid responses among those judged, by task: ("T1", "3 of 50: 2 wrong count, 1 empty").
    pub invalid: Vec<String>,
    /// Which of them the verdict holds whatever they meant, and which were left out of it.
    pub unread: Vec<String>,
    /// How many samples were recorded more than once, or otherwise than on the base branch, by task.
    pub recorded: Vec<String>,
    /// Whether refusals are among those that count.
    pub refusals: bool,
    /// Why an undecided check could not be given more answers.
    pub stopped: Option<String>,
    /// At which error rate it would be decided, where that is its small part of the run's.
    pub tightened: Option<Tightened>,
    /// Whether the check is about a share of answers.
    pub share: bool,
    /// Whether that is because responses are missing, and not because more would not help.
    pub short: bool,
}

/// Why a planned check has no verdict. It fails: what cannot be judged is not a pass.
#[derive(Debug, thiserror::Error)]
pub enum Unjudged {
    /// Responses stay missing. It is undecided, and fails even where undecided checks may pass: nobody
    /// has looked.
    #[error("{0}")]
    Missing(String),
    #[error("{0}")]
    Profile(String),
    /// Answers are with a provider's batch endpoint. No earlier look stands in for them.
    #[error("{0}")]
    Pending(String),
    /// Answers are of more than one version of the model. No earlier look stands in for them either.
    #[error("{0}")]
    Mixed(String),
    #[error("undefined: {0}")]
    Undefined(#[from] Undefined),
}

impl From<Lacking> for Unjudged {
    fn from(lacking: Lacking) -> Unjudged {
        match lacking {
            Lacking::Responses(why) => Unjudged::Missing(why),
            Lacking::Pending(why) => Unjudged::Pending(why),
            Lacking::Mixed(why) => Unjudged::Mixed(why),
            Lacking::File(why) => Unjudged::Profile(why),
        }
    }
}
