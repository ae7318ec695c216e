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

/// How often a question may be refused while others are answered, as a multiple of its tries. Some servers
/// refuse questions that are too long as if they came too fast.
const REFUSALS: usize = 3;

/// So many refusals of a question wait just as long as the server asked for. A busy server that refuses one
/// request in ten refuses the same question four times in one of 10,000.
const TRUSTED: usize = 3;

/// A question that is to be asked.
pub(super) struct Attempt {
    pub place: usize,
    pub request: Arc<Request>,
    /// How often the question failed by itself.
    pub failed: usize,
    /// How often the question was refused while others were answered.
    pub refused: usize,
    /// The number of its failed tries in which the model may have answered.
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
                // It waits as long as the server asked. If that turns out to be too short, its pauses grow.
                let asked = asked.unwrap_or_default();
                let trusted = if asked.is_zero() { 0 } else { TRUSTED };
                asked.max(soon(attempt.refused.saturating_sub(trusted), first, pace))
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
