//! What a provider's headers leave of its limits, as a budget that each request draws on.

use std::time::{Duration, Instant};

use super::LONGEST_WAIT;
use crate::provider::{Limits, Window};

/// A budget whose remaining share is below this when a request is refused counts as used up.
const LOW: f64 = 0.05;

/// A shorter wait than this says nothing about how a limit refills.
const QUICK: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Allowance {
    requests: Option<RemainingLimit>,
    tokens: Option<RemainingLimit>,
    /// The tokens of a request together with its answer.
    each: f64,
    /// The number of the newest request whose answer reported the limits.
    newest: u64,
    /// Whether the budget comes back all at once instead of steadily, as a refusal has shown.
    at_once: bool,
}

#[derive(Debug)]
struct RemainingLimit {
    limit: Option<f64>,
    remaining: f64,
    at: Instant,
    /// How much of the budget comes back in a second.
    refills: f64,
    whole: Instant,
}

impl Allowance {
    /// Takes in the limits that the answer to request `number` reported. `others` have started since and are
    /// in flight.
    pub(super) fn tell(&mut self, limits: &Limits, number: u64, others: usize, tokens: f64, now: Instant) {
        if limits.requests.is_none() && limits.tokens.is_none() || number < self.newest {
            return;
        }
        self.newest = number;
        self.each = tokens.max(1.0);
        let others = others as f64;
        self.requests = limits.requests.map(|window| RemainingLimit::new(&window, others, now));
        self.tokens = limits.tokens.map(|window| RemainingLimit::new(&window, others * self.each, now));
    }

    /// Returns when there will be room for one more request, or `None` if there is room now.
    pub(super) fn wait(&mut self, now: Instant) -> Option<Instant> {
        for (left, needed) in [(&mut self.requests, 1.0), (&mut self.tokens, self.each)] {
            if let Some(left) = left {
                left.renew(needed, now);
            }
        }
        self.left(now)
    }

    /// Returns the same as [`wait`](Allowance::wait), without changing anything.
    pub(super) fn left(&self, now: Instant) -> Option<Instant> {
        self.parts().filter_map(|(left, needed)| left.wait(needed, self.at_once, now)).max()
    }

    /// Notes that one more request has started.
    pub(super) fn start(&mut self) {
        let each = self.each;
        for (left, needed) in [(&mut self.requests, 1.0), (&mut self.tokens, each)] {
            if let Some(left) = left {
                left.remaining -= needed;
            }
        }
    }

    /// Notes that a request was refused, and how long it should wait. Returns whether that is because nothing
    /// is left.
    pub(super) fn refused(&mut self, asked: Option<Duration>, now: Instant) -> bool {
        let low = |(left, needed): (&RemainingLimit, f64)| {
            left.remaining < needed.max(left.limit.unwrap_or(0.0) * LOW)
        };
        let low = self.parts().any(low);
        // There should be room by now, but the server says that there is none until everything is back.
        let whole = self.parts().map(|(left, _)| left.whole.saturating_duration_since(now)).max();
        let all = asked.zip(whole).is_some_and(|(asked, whole)| 2 * asked >= whole && asked > QUICK);
        self.at_once |= low && all && self.left(now).is_none();
        low
    }

    /// Returns the used share of the limit that is used most.
    pub(super) fn used(limits: &Limits) -> Option<f64> {
        let used = [limits.requests, limits.tokens].into_iter().flatten().filter_map(|window| {
            Some((1.0 - window.remaining / window.limit.filter(|limit| *limit > 0.0)?).clamp(0.0, 1.0))
        });
        used.reduce(f64::max)
    }

    fn parts(&self) -> impl Iterator<Item = (&RemainingLimit, f64)> {
        let parts = [(&self.requests, 1.0), (&self.tokens, self.each)];
        parts.into_iter().filter_map(|(left, needed)| Some((left.as_ref()?, needed)))
    }
}

impl RemainingLimit {
    fn new(window: &Window, coming: f64, now: Instant) -> RemainingLimit {
        // The time is limited first, since a server may name any.
        let reset = window.reset.min(LONGEST_WAIT);
        let remaining = window.remaining - coming;
        let used = window.limit.map_or(1.0 - remaining, |limit| limit - window.remaining);
        let refills = (used.max(0.0) / reset.as_secs_f64().max(1e-3)).min(1e18);
        RemainingLimit { limit: window.limit, remaining, at: now, refills, whole: now + reset }
    }

    /// Restores the budget when all of it should be back. Until an answer says more, that happens only once.
    fn renew(&mut self, needed: f64, now: Instant) {
        if now >= self.whole {
            self.remaining = self.limit.unwrap_or(needed).max(needed);
            (self.at, self.whole) = (now, now + LONGEST_WAIT);
        }
    }

    /// Returns when there is room. Budgets count as refilling steadily, unless it is known that they do not.
    fn wait(&self, needed: f64, at_once: bool, now: Instant) -> Option<Instant> {
        if now >= self.whole {
            return None;
        }
        let back = if at_once { 0.0 } else { self.refills * now.duration_since(self.at).as_secs_f64() };
        let lacking = needed - self.remaining - back;
        if lacking <= 0.0 {
            return None;
        }
        if at_once || self.refills <= 0.0 {
            return Some(self.whole);
        }
        // The wait is long enough for several requests, since waking up for each takes more time than asking.
        let wait = Duration::try_from_secs_f64((lacking / self.refills).max(0.03)).unwrap_or(LONGEST_WAIT);
        Some((now + wait.min(LONGEST_WAIT)).min(self.whole))
    }
}
