//! The questions of a unit that have no answer yet, in the order in which they are asked.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::Reason;
use super::declined::Declined;
use super::lane::AfterFailure;
use super::pace::{Pace, backoff, soon};
use crate::provider::Request;

/// A question may be turned away so often, as a multiple of the tries it has, while others are
/// answered: some servers refuse what is too long as if it came too fast.
const REFUSALS: usize = 3;

/// A question that is to be asked.
pub(super) struct Attempt {
    pub place: usize,
    pub request: Arc<Request>,
    /// How often the question failed by itself.
    pub failed: usize,
    /// How often the question was refused while others were answered.
    pub refused: usize,
    /// In how many of its failed tries the model may have answered.
    pub lost: u32,
}

impl Attempt {
    /// The first try of a run, after so many that were lost in earlier ones.
    pub(super) fn new(place: usize, request: Request, lost: u32) -> Attempt {
        Attempt { place, request: Arc::new(request), failed: 0, refused: 0, lost }
    }
}

/// The questions of a unit that have no answer yet.
pub(super) struct Queue {
    pub open: BTreeSet<usize>,
    fresh: std::vec::IntoIter<usize>,
    again: BinaryHeap<WaitingRetry>,
    /// The questions that the lane turned away. They come after all others, which may be answered.
    last: VecDeque<Attempt>,
    /// The question that was taken from the queue but could not start yet.
    pub next: Option<Attempt>,
    /// Since when the budget has held the queue back.
    pub blocked: Option<Instant>,
    /// The questions that were turned down because of what they are, not because of the pace.
    pub declined: Declined,
    /// Why no further question is started, if that is so.
    pub closing: Option<Reason>,
}

impl Queue {
    pub(super) fn new(places: Vec<usize>) -> Queue {
        Queue {
            open: places.iter().copied().collect(),
            fresh: places.into_iter(),
            again: BinaryHeap::new(),
            last: VecDeque::new(),
            next: None,
            blocked: None,
            declined: Declined::default(),
            closing: None,
        }
    }

    /// Returns the question to ask now: one that is due for another try, or else the next one.
    pub(super) fn take(&mut self, now: Instant, fresh: impl Fn(usize) -> Attempt) -> Option<Attempt> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        if self.again.peek().is_some_and(|later| later.due <= now) {
            return self.again.pop().map(|later| later.attempt);
        }
        self.fresh.next().map(fresh).or_else(|| self.last.pop_front())
    }

    /// Keeps a question for another try, if it has any tries left.
    pub(super) fn again(
        &mut self,
        mut attempt: Attempt,
        next: AfterFailure,
        pace: &Pace,
        now: Instant,
    ) -> bool {
        let pause = match next {
            AfterFailure::Stop => return false,
            AfterFailure::Held => {
                self.last.push_back(attempt);
                return true;
            }
            AfterFailure::Own { first } => {
                attempt.failed += 1;
                if attempt.failed > pace.retries {
                    return false;
                }
                backoff(attempt.failed, first, pace)
            }
            AfterFailure::Alone { asked, first } => {
                attempt.refused += 1;
                if attempt.refused >= REFUSALS * pace.retries.saturating_add(1) {
                    return false;
                }
                // As long as was asked for; who asks for too little is asked ever more seldom.
                asked.unwrap_or_default().max(soon(attempt.refused, first, pace))
            }
        };
        self.again.push(WaitingRetry { due: now + pause, attempt });
        true
    }

    /// Returns when the next try of a question is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.again.peek().map(|later| later.due)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.next.is_none() && self.again.is_empty() && self.fresh.len() == 0 && self.last.is_empty()
    }
}

/// A question that waits for its next try; the heap gives the earliest first.
struct WaitingRetry {
    due: Instant,
    attempt: Attempt,
}

impl WaitingRetry {
    fn order(&self) -> Reverse<(Instant, usize)> {
        Reverse((self.due, self.attempt.place))
    }
}

impl PartialEq for WaitingRetry {
    fn eq(&self, other: &WaitingRetry) -> bool {
        self.order() == other.order()
    }
}

impl Eq for WaitingRetry {}

impl PartialOrd for WaitingRetry {
    fn partial_cmp(&self, other: &WaitingRetry) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for WaitingRetry {
    fn cmp(&self, other: &WaitingRetry) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}
