//! When a watch is sure of a change, and what keeps one without a sign of a change from speaking for an unchanged model.

use super::WatchEvidence;

/// Where more than one answer in so many came after a lost try, a watch that shows no change says nothing: what was lost
/// may have shown it.
const MOST_LOST: u32 = 10;

/// Why a watch without a sign of a change says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCalm {
    /// Earlier watches are lost, which may have found a change.
    EarlierLost,
    /// So many of its answers came after tries that were lost.
    AfterLost(u32),
}

impl WatchEvidence {
    /// Whether it shows at this error rate that the model changed.
    #[must_use]
    pub fn is_sure(&self, rate: f64) -> bool {
        self.log >= -rate.ln()
    }
}

/// Returns why a watch with so many answers, of which some came after lost tries, is no sign of calm.
///
/// ```
/// use alignspec::__testing::verdict::watch::{NoCalm, no_calm};
/// assert_eq!(no_calm(100, 10, false), None);
/// assert_eq!(no_calm(100, 11, false), Some(NoCalm::AfterLost(11)));
/// assert_eq!(no_calm(9, 1, false), Some(NoCalm::AfterLost(1)));
/// assert_eq!(no_calm(100, 0, true), Some(NoCalm::EarlierLost));
/// ```
#[must_use]
pub fn no_calm(answers: u32, after_lost: u32, earlier_lost: bool) -> Option<NoCalm> {
    match () {
        () if earlier_lost => Some(NoCalm::EarlierLost),
        () if after_lost > answers / MOST_LOST => Some(NoCalm::AfterLost(after_lost)),
        () => None,
    }
}
