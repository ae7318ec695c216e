//! The result of judging a planned check, or the reason why it has no verdict.

use super::Lacking;
use super::people::PeopleNote;
use super::profiles::MissingResponses;
use crate::check::Undefined;
use crate::verdict::{Tightened, Verdict};

/// The result of judging one planned check.
#[derive(Debug)]
pub struct Judged {
    pub(crate) verdict: Verdict,
    /// The questions or options that contribute most to the estimate.
    pub(crate) because: Vec<String>,
    /// How often other surveys, of as many people as its baselines have, would agree.
    pub(crate) people: Option<PeopleNote>,
    /// The invalid responses among those judged, with a line for each task such as "T1 3 of 50: 2 wrong count, 1
    /// empty".
    pub(crate) invalid: Vec<String>,
    /// The unread responses whose every meaning the verdict allows for, and those that are left out.
    pub(crate) unread: Vec<String>,
    /// The samples that were recorded more than once, or differently on the base branch, by task.
    pub(crate) recorded: Vec<String>,
    /// Known problems of the published figures that were read.
    pub(crate) doubts: Vec<String>,
    /// What has changed about the check since its answers were recorded.
    pub(crate) since: Vec<String>,
    /// Warnings that are shown even if the check passes: that nearly all long answers are equal, by task.
    pub(crate) warned: Vec<String>,
    /// Whether refusals are among the responses that count against the verdict.
    pub(crate) refusals: bool,
    /// Whether answers of the subject came after lost tries, so that they count as unread.
    pub(crate) lost: bool,
    /// Whether unread responses of the subject count.
    pub(crate) responses_unread: bool,
    /// Whether answers are asked for as text, and could be asked for as JSON.
    pub(crate) as_text: bool,
    /// Whether the subject is a product of the user's: a service, a program or a function.
    pub(crate) product: bool,
    /// Whether the subject is a product that answers in its own shape.
    pub(crate) in_own_shape: bool,
    /// Why an undecided check could not be given more answers.
    pub(crate) stopped: Option<String>,
    /// The error rate at which an undecided check would be decided, if it is undecided only because its share of the
    /// run's error rate is small.
    pub(crate) tightened: Option<Tightened>,
    /// Whether the check is about a share of answers.
    pub(crate) share: bool,
    /// Whether the check is undecided because responses are missing, and more of them could help.
    pub(crate) short: bool,
}

/// Why a planned check has no verdict. The check then fails, because something that cannot be judged is not a pass.
#[derive(Debug, thiserror::Error)]
pub enum Unjudged {
    /// Responses are missing, and no look has been taken. The check fails even if undecided checks may pass.
    #[error("{0}")]
    Missing(MissingResponses),
    #[error("{0}")]
    Profile(String),
    /// Answers are still in a provider's batch. No earlier look replaces them.
    #[error("{0}")]
    Pending(String),
    /// Answers come from more than one version of the model. No earlier look replaces them.
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
            Lacking::Responses(missing) => Unjudged::Missing(missing),
            Lacking::Pending(why) => Unjudged::Pending(why),
            Lacking::Mixed(why) => Unjudged::Mixed(why),
            Lacking::Copies(why) => Unjudged::Copies(why),
            Lacking::File(why) => Unjudged::Profile(why),
        }
    }
}
