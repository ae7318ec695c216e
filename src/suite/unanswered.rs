//! What happens to responses without an answer: those that could not be read, and refusals. The check, its file, the
//! suite of its task and `[verdict]` in the config may say so; the first of these that does so decides.

use serde::{Deserialize, Serialize};

/// How a response that could not be read is judged.
///
/// ```
/// use alignspec::{Check, Unread};
///
/// let check = Check::new("T1 selects fairness >= 60%").unread(Unread::Ignore);
/// assert_ne!(check, Check::new("T1 selects fairness >= 60%").unread(Unread::Against));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfUnread {
    /// A verdict must hold whatever the response meant: it counts against a claim that would pass, and for one that
    /// would fail.
    Against,
    /// It is left out, as if it had never been asked for. Every verdict reports that.
    Ignore,
}

/// How a response that declines to answer is judged.
///
/// ```
/// use alignspec::{Check, Refusals};
///
/// let check = Check::new("T1 selects fairness >= 60%").refusals(Refusals::Apart);
/// assert_ne!(check, Check::new("T1 selects fairness >= 60%").refusals(Refusals::Against));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfRefusals {
    /// It is judged like an unread response that counts against the verdict.
    Against,
    /// It is left out of the shares, and reported.
    Apart,
}

/// The rules of one place for responses without an answer; `None` if it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unanswered {
    /// How responses that could not be read are judged.
    pub unread: Option<OfUnread>,
    /// How refusals are judged; `None` to judge them like unread responses.
    pub refusals: Option<OfRefusals>,
}

impl Unanswered {
    /// Leaves all responses without an answer out, so that only the answers that were read count.
    pub const LEFT_OUT: Unanswered = Unanswered { unread: Some(OfUnread::Ignore), refusals: None };

    /// Returns these rules, completed by those of `next`.
    #[must_use]
    pub fn or(self, next: Unanswered) -> Unanswered {
        Unanswered { unread: self.unread.or(next.unread), refusals: self.refusals.or(next.refusals) }
    }

    /// Returns whether a response counts as the worst case for the verdict; otherwise it is left out.
    #[must_use]
    pub fn counts(self, refusal: bool) -> bool {
        let unread = self.unread != Some(OfUnread::Ignore);
        match (refusal, self.refusals) {
            (true, Some(rule)) => rule == OfRefusals::Against,
            _ => unread,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_that_says_something_counts_for_each_by_itself() {
        let ignore = Unanswered { unread: Some(OfUnread::Ignore), refusals: None };
        let apart = Unanswered { unread: None, refusals: Some(OfRefusals::Apart) };
        let against = Unanswered { unread: Some(OfUnread::Against), refusals: Some(OfRefusals::Against) };
        let of = |rule: Unanswered| (rule.counts(false), rule.counts(true));
        assert_eq!(of(Unanswered::default()), (true, true));
        assert_eq!(of(apart), (true, false));
        // If unread responses are ignored and nothing is said about refusals, refusals are ignored, too.
        assert_eq!(of(ignore), (false, false));
        assert_eq!(of(ignore.or(against)), (false, true));
        assert_eq!(of(against.or(ignore).or(apart)), (true, true));
        assert_eq!(of(ignore.or(apart)), (false, false));
    }
}
