//! Servers of the simulation: each a rule for what becomes of a request.

use super::simulation::{Arrival, SimulatedReply, roll, status};
use crate::asking::pace::chance;
use crate::provider::{AskError, Limits, Window};

/// Decides on each request in turn.
pub(super) type SimulatedServer = Box<dyn FnMut(&Arrival) -> SimulatedReply>;

pub(super) fn yes() -> SimulatedReply {
    Ok(Limits::default())
}

pub(super) fn no(retry_after: Option<f64>) -> SimulatedReply {
    Err(status(429, retry_after))
}

/// Tokens that refill steadily.
pub(super) struct Bucket {
    pub rate: f64,
    pub burst: f64,
    pub tokens: f64,
    then: f64,
}

impl Bucket {
    pub(super) fn new(rate: f64, burst: f64) -> Bucket {
        Bucket { rate, burst, tokens: burst, then: 0.0 }
    }

    pub(super) fn refill(&mut self, since: f64) {
        self.tokens = (self.tokens + self.rate * (since - self.then)).min(self.burst);
        self.then = since;
    }

    /// Whether one is left, which is taken then.
    pub(super) fn take(&mut self, since: f64) -> bool {
        self.refill(since);
        let passes = self.tokens >= 1.0;
        self.tokens -= if passes { 1.0 } else { 0.0 };
        passes
    }
}

/// A token bucket of which nothing but refusals tells.
pub(super) fn bucket(rate: f64, burst: f64, retry_after: Option<f64>) -> SimulatedServer {
    shared(rate, burst, 0.0, 0.5, retry_after)
}

/// Of which another job gets a share of the rate, at once at each beat, whether that is there or not.
pub(super) fn shared(
    rate: f64,
    burst: f64,
    share: f64,
    beat: f64,
    retry_after: Option<f64>,
) -> SimulatedServer {
    let mut bucket = Bucket::new(rate, burst);
    let mut beats = 0.0;
    Box::new(move |arrival| {
        while beats * beat < arrival.since {
            bucket.refill(beats * beat);
            bucket.tokens -= rate * share * beat;
            beats += 1.0;
        }
        if bucket.take(arrival.since) { yes() } else { no(retry_after) }
    })
}

/// So many in each window of so many seconds, the first of which has begun `early` seconds before the first
/// request.
pub(super) fn windows(quota: u32, window: f64, early: f64, retry_after: Option<f64>) -> SimulatedServer {
    let (mut current, mut used) = (0, 0);
    Box::new(move |arrival| {
        let index = ((arrival.since + early) / window) as u64;
        if index != current {
            (current, used) = (index, 0);
        }
        used += 1;
        if used <= quota { yes() } else { no(retry_after) }
    })
}

/// No more than so many at a time.
pub(super) fn cap(most: usize, retry_after: Option<f64>) -> SimulatedServer {
    Box::new(move |arrival| if arrival.answering < most { yes() } else { no(retry_after) })
}

/// Fails from one second to another.
pub(super) fn outage(from: f64, to: f64, error: AskError) -> SimulatedServer {
    Box::new(move |arrival| if (from..to).contains(&arrival.since) { Err(error.clone()) } else { yes() })
}

/// Up for so many seconds, and down for as many.
pub(super) fn waves(up: f64, down: f64, error: AskError) -> SimulatedServer {
    Box::new(move |arrival| if arrival.since % (up + down) < up { yes() } else { Err(error.clone()) })
}

pub(super) fn told(limit: f64, remaining: f64, reset: f64) -> SimulatedReply {
    let reset = std::time::Duration::from_secs_f64(reset);
    Ok(Limits { requests: Some(Window { limit: Some(limit), remaining, reset }), tokens: None })
}

/// Refuses a steady share, whatever the pace.
pub(super) fn busy(share: f64, retry_after: Option<f64>) -> SimulatedServer {
    // Another one each time.
    let seed = (1e9 * chance()) as u64;
    Box::new(move |arrival| if roll(arrival.number ^ (seed << 20)) < share { no(retry_after) } else { yes() })
}
