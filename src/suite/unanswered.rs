//! What becomes of responses without an answer: of those that could not be read, and of refusals. A check
//! may say it, the file it stands in, the suite of its task, and `[verdict]` of the config; the first that
//! does counts.

use serde::{Deserialize, Serialize};

/// `unread = …`: how a response that could not be read is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfUnread {
    /// A verdict holds whatever it meant: it counts against the claim when it would pass, and for it when
    /// it would fail.
    Against,
    /// It is left out, as if it had never been asked for. Every verdict says so.
    Ignore,
}

/// `refusals = …`: how a response that declines to answer is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfRefusals {
    /// As an unread response that counts against.
    Against,
    /// It is left out of the shares, and told.
    Apart,
}

/// What one place says of responses without an answer; `None` where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unanswered {
    /// How responses that could not be read are judged.
    pub unread: Option<OfUnread>,
    /// Where nobody says it, refusals are judged as what is unread.
    pub refusals: Option<OfRefusals>,
}

impl Unanswered {
    /// Today's shares of the answers that were read, whatever became of the others.
    pub const LEFT_OUT: Unanswered = Unanswered { unread: Some(OfUnread::Ignore), refusals: None };

    /// What this place says, and where it says nothing, what the `next` does.
    #[must_use]
    pub fn or(self, next: Unanswered) -> Unanswered {
        Unanswered { unread: self.unread.or(next.unread), refusals: self.refusals.or(next.refusals) }
    }

    /// Whether a response counts as whatever is worst for the verdict (else it is left out).
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
        // Who ignores what is unread and says nothing of refusals leaves these out as well.
        assert_eq!(of(ignore), (false, false));
        assert_eq!(of(ignore.or(against)), (false, true));
        assert_eq!(of(against.or(ignore).or(apart)), (true, true));
        assert_eq!(of(ignore.or(apart)), (false, false));
    }
}
