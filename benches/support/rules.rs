//! What can be wrong with a server, as rules of the benches' server, each with the time that no pace can
//! go below. The times come from the rules' own numbers and from nothing that is measured.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::server::{Arrival, Fate, Rules};

/// Of an answer, where the scenario is not about latencies.
pub const LATENCY: f64 = 0.05;

/// A refusal is quicker than an answer.
const REFUSAL: f64 = 0.005;

/// A server, and what is asked of it.
pub struct Scenario {
    pub name: &'static str,
    pub questions: u32,
    pub concurrency: usize,
    /// Seconds.
    pub ideal: f64,
    /// Seconds that count as good.
    pub goal: f64,
    pub rules: Rules,
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub fn answer() -> Fate {
    Fate::Answer(seconds(LATENCY), String::new())
}

pub fn refuse(status: u16, headers: &str) -> Fate {
    Fate::Refuse(seconds(REFUSAL), status, headers.to_owned())
}

pub fn hang_up() -> Fate {
    Fate::HangUp(seconds(REFUSAL))
}

/// A number in 0 .. 1 that looks random and is not.
pub fn roll(number: u64) -> f64 {
    let mut hash = number ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3 {
        hash = (hash ^ (hash >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

/// Independent faults, each at its share; `retry_after` comes with the 429.
pub fn chance(share_429: f64, share_500: f64, resets: f64, retry_after: &'static str) -> Rules {
    Box::new(move |arrival| {
        let roll = roll(arrival.number);
        let fate = if roll < share_429 {
            refuse(429, &format!("retry-after: {retry_after}\r\n"))
        } else if roll < share_429 + share_500 {
            refuse(500, "")
        } else if roll < share_429 + share_500 + resets {
            hang_up()
        } else {
            return answer();
        };
        Fate::Chance(Box::new(fate))
    })
}

/// Tokens that refill steadily.
pub struct Bucket {
    pub rate: f64,
    pub burst: f64,
    tokens: f64,
    then: f64,
}

impl Bucket {
    pub fn new(rate: f64, burst: f64) -> Bucket {
        Bucket { rate, burst, tokens: burst, then: 0.0 }
    }

    fn refill(&mut self, since: f64) {
        self.tokens = (self.tokens + self.rate * (since - self.then)).min(self.burst);
        self.then = since;
    }

    /// Whether one is left, which is taken then.
    fn take(&mut self) -> bool {
        let left = self.tokens >= 1.0;
        self.tokens -= if left { 1.0 } else { 0.0 };
        left
    }
}

/// A token bucket, of which another job gets `others` each half second, whether they are there or not; a
/// refusal asks for a second.
pub fn bucket(mut bucket: Bucket, others: f64) -> Rules {
    let mut halves = 0;
    Box::new(move |arrival| {
        let since = arrival.since.as_secs_f64();
        while f64::from(halves) * 0.5 < since {
            bucket.refill(f64::from(halves) * 0.5);
            bucket.tokens -= others;
            halves += 1;
        }
        bucket.refill(since);
        if bucket.take() { answer() } else { refuse(429, "retry-after: 1\r\n") }
    })
}

/// A token bucket whose headers tell what is left, as OpenAI's do.
pub fn told_bucket(mut bucket: Bucket) -> Rules {
    Box::new(move |arrival| {
        bucket.refill(arrival.since.as_secs_f64());
        let passes = bucket.take();
        let reset = (bucket.burst - bucket.tokens) / bucket.rate;
        let headers = limits(bucket.burst, bucket.tokens.floor(), reset);
        match passes {
            true => Fate::Answer(seconds(LATENCY), headers),
            false => refuse(429, &format!("{headers}retry-after-ms: {:.0}\r\n", 1e3 / bucket.rate)),
        }
    })
}

fn limits(limit: f64, remaining: f64, reset: f64) -> String {
    format!(
        "x-ratelimit-limit-requests: {limit}\r\nx-ratelimit-remaining-requests: {remaining}\r\nx-ratelimit-reset-requests: {:.0}ms\r\n",
        1e3 * reset
    )
}

/// So many requests in each window of so many seconds; headers tell of it, or nothing does.
pub fn windows(quota: u32, window: f64, told: bool) -> Rules {
    let (mut current, mut used) = (0, 0);
    Box::new(move |arrival| {
        let since = arrival.since.as_secs_f64();
        let index = (since / window) as u64;
        if index != current {
            (current, used) = (index, 0);
        }
        let passes = used < quota;
        used += u32::from(passes);
        let (left, reset) = (f64::from(quota - used), window * (index + 1) as f64 - since);
        let headers = if told { limits(f64::from(quota), left, reset) } else { String::new() };
        match passes {
            true => Fate::Answer(seconds(LATENCY), headers),
            false if told => refuse(429, &format!("{headers}retry-after: {:.0}\r\n", reset.ceil())),
            false => refuse(429, ""),
        }
    })
}

/// No more than so many at a time.
pub fn cap(most: usize) -> Rules {
    Box::new(move |arrival| if arrival.answering < most { answer() } else { refuse(429, "") })
}

/// `fate` whenever `down` says so of the seconds since the first request.
pub fn down(down: impl Fn(f64) -> bool + 'static, fate: impl Fn() -> Fate + 'static) -> Rules {
    Box::new(move |arrival: &Arrival| if down(arrival.since.as_secs_f64()) { fate() } else { answer() })
}

/// Answers that take as long as `latency` says of their number.
pub fn latencies(latency: fn(u64) -> f64) -> Rules {
    Box::new(move |arrival| Fate::Answer(seconds(latency(arrival.number)), String::new()))
}

/// One of four backends now and then takes forty times as long.
pub fn slow_backend(number: u64) -> f64 {
    if number % 4 == 3 && roll(number) < 0.1 { 40.0 * LATENCY } else { LATENCY }
}

/// Most in 30 ms, some in seconds (Pareto, with an index of 1.5).
pub fn heavy_tail(number: u64) -> f64 {
    (0.03 * roll(number).max(1e-9).powf(-1.0 / 1.5)).min(5.0)
}

/// When the last of the answers is there, if as many as allowed are always on their way.
pub fn work(questions: u32, concurrency: usize, latency: impl Fn(u64) -> f64) -> f64 {
    let nanoseconds = |number: u64| (1e9 * latency(number)) as u64;
    let mut free: BinaryHeap<Reverse<u64>> = (0..concurrency).map(|_| Reverse(0)).collect();
    let mut last = 0;
    for number in 0..u64::from(questions) {
        let Reverse(start) = free.pop().expect("at least one place");
        let end = start + nanoseconds(number);
        last = last.max(end);
        free.push(Reverse(end));
    }
    last as f64 / 1e9
}
