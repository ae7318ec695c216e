//! The table `[verdict]`: at what error rate a run judges, and what counts as undecided.

use serde::Deserialize;

use super::surveys;
use crate::suite::{OfRefusals, OfUnread, Unanswered};

/// The table `[verdict]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(expecting = "struct Verdict", deny_unknown_fields, default)]
pub struct VerdictSettings {
    /// The chance that a whole run reports anything wrong.
    pub(crate) error_rate: f64,
    /// Whether an undecided check fails its test.
    pub(crate) inconclusive: Inconclusive,
    /// The share of redrawn surveys in which a verdict must hold; `None` to take baselines as exact.
    #[serde(deserialize_with = "surveys::share_of_surveys")]
    pub(crate) baseline_uncertainty: Option<f64>,
    /// How responses that could not be read are judged, unless a check or a suite says otherwise.
    pub(crate) unread: Option<OfUnread>,
    /// How refusals are judged, unless a check or a suite says otherwise.
    pub(crate) refusals: Option<OfRefusals>,
}

impl VerdictSettings {
    /// Returns the rules of this table for responses without an answer.
    pub(crate) fn unanswered(&self) -> Unanswered {
        Unanswered { unread: self.unread, refusals: self.refusals }
    }
}

impl Default for VerdictSettings {
    fn default() -> Self {
        VerdictSettings {
            error_rate: 0.05,
            inconclusive: Inconclusive::Fail,
            baseline_uncertainty: None,
            unread: None,
            refusals: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inconclusive {
    Fail,
    Ignore,
}
