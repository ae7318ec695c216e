//! The servers of the simulation: each decides about every request.

use super::simulation::{Arrival, SimulatedReply, roll, status};
use crate::asking::pace::chance;
use crate::provider::{AskError, Limits, Window};

/// A server, which decides about each request in turn.
pub(super) type SimulatedServer = Box<dyn FnMut(&Arrival) -> SimulatedReply>;

pub(super) fn yes() -> SimulatedReply {
    Ok(Limits::default())
}

pub(super) fn no(retry_after: Option<f64>) -> SimulatedReply {
    Err(status(429, retry_after))
}

/// A token bucket that refills steadily.
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

    /// Takes a token, and returns whether there was one.
    pub(super) fn take(&mut self, since: f64) -> bool {
        self.refill(since);
        let passes = self.tokens >= 1.0;
        self.tokens -= if passes { 1.0 } else { 0.0 };
        passes
    }
}

/// Makes a server with a token bucket that only refusals reveal.
pub(super) fn bucket(rate: f64, burst: f64, retry_after: Option<f64>) -> SimulatedServer {
    shared(rate, burst, 0.0, 0.5, retry_after)
}

/// Makes a server with a token bucket from which another job takes a share of the rate at each beat, even on credit.
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

/// Makes a server that accepts `quota` requests in each window. The first window began `early` seconds before
/// the first request.
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

/// Makes a server that answers at most this many requests at the same time.
pub(super) fn cap(most: usize, retry_after: Option<f64>) -> SimulatedServer {
    Box::new(move |arrival| if arrival.answering < most { yes() } else { no(retry_after) })
}

/// Makes a server that fails between two times, in seconds.
pub(super) fn outage(from: f64, to: f64, error: AskError) -> SimulatedServer {
    Box::new(move |arrival| if (from..to).contains(&arrival.since) { Err(error.clone()) } else { yes() })
}

/// Makes a server that is up and down by turns, for these numbers of seconds.
pub(super) fn waves(up: f64, down: f64, error: AskError) -> SimulatedServer {
    Box::new(move |arrival| if arrival.since % (up + down) < up { yes() } else { Err(error.clone()) })
}

pub(super) fn told(limit: f64, remaining: f64, reset: f64) -> SimulatedReply {
    let reset = std::time::Duration::from_secs_f64(reset);
    Ok(Limits { requests: Some(Window { limit: Some(limit), remaining, reset }), tokens: None })
}

/// Makes a server that refuses a steady share, whatever the pace.
pub(super) fn busy(share: f64, retry_after: Option<f64>) -> SimulatedServer {
    // The seed differs each time.
    let seed = (1e9 * chance()) as u64;
    Box::new(move |arrival| if roll(arrival.number ^ (seed << 20)) < share { no(retry_after) } else { yes() })
}
