//! A closed lane, which lets only probes pass: most requests were refused, or everything failed.
//!
//! One request at a time finds out whether it is over. It waits as long as the server asks; otherwise pauses
//! double, and then are a share of the time that has passed (exponential backoff with jitter, M. Brooker, AWS
//! 2015). The end of a limit per minute that no header reports is thus missed by a third at most. The next
//! time, the lane knows how long that takes, and waits as long before its first probe.

use std::time::{Duration, Instant};

use crate::asking::pace::chance;

/// The shortest pause, as a share of the time that has passed. It is larger for a limit per time, which lasts
/// longer and is known the next time.
const SHARE: f64 = 0.15;
const SHARE_COUNTED: f64 = 0.35;

/// The shortest pause after a known period has passed, as a share of that period.
const SHARE_MISSED: f64 = 0.05;

/// The longest pause that a server did not ask for.
const LONGEST: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Closed {
    /// Whether the lane is closed by an outage, in which everything fails, and not by refusals.
    pub outage: bool,
    /// Whether the server counts requests per time, as its status 429 says.
    pub counts: bool,
    /// Whether the server's headers tell how many requests are left.
    pub told: bool,
    pub since: Instant,
    /// When the first probe came back.
    probing: Option<Instant>,
    /// The number of the first request that started after the lane closed.
    pub from: u64,
    /// The number of the probe in flight.
    pub probe: Option<u64>,
    /// The moment before which no probe is sent.
    pub until: Instant,
    /// Why the lane is closed, in the server's words.
    pub why: String,
    /// When the server is expected to accept requests again, judging by the last time.
    expected: Option<Instant>,
    /// The time from its last opening to that moment.
    period: Duration,
    /// When the last probe was refused.
    pub refused: Option<Instant>,
    /// How many probes were refused.
    pub probes: u32,
    /// Whether the server itself asked for this wait.
    pub asked: bool,
    /// Whether the wait was shortened by requests that had started before and came back since.
    pub hinted: bool,
    /// The place of the question that failed, if no other question did.
    pub alone: Option<usize>,
    /// Whether no answer ever came.
    pub new: bool,
    /// Whether the server has been tried for as long as that is worthwhile. From here on, each question gets
    /// one probe.
    pub spent: bool,
}

/// How long to wait if the server does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The first pause.
    pub first: Duration,
    /// The pause up to which pauses double.
    pub doubled: Duration,
    /// How long the server is tried, counted from the first probe.
    pub all: Duration,
    /// How long the server is tried during an outage.
    pub outage: Duration,
}

impl Closed {
    pub(super) fn new(
        outage: bool,
        counts: bool,
        from: u64,
        expected: Option<(Instant, Duration)>,
        now: Instant,
    ) -> Closed {
        let expected = expected.filter(|(expected, _)| *expected > now);
        Closed {
            outage,
            counts,
            told: false,
            since: now,
            probing: None,
            from,
            probe: None,
            until: now,
            why: String::new(),
            expected: expected.map(|(expected, _)| expected),
            period: expected.map_or(Duration::ZERO, |(_, period)| period),
            refused: None,
            probes: 0,
            asked: false,
            hinted: false,
            alone: None,
            new: false,
            spent: false,
        }
    }

    /// Sets when the next probe may start. `asked` is the server's own wish.
    pub(super) fn wait(&mut self, asked: Option<Duration>, patience: &Patience, why: &str, now: Instant) {
        self.asked = asked.is_some();
        self.why = why.to_owned();
        // The wait is a little longer, so that not everyone who waits comes back at the same moment.
        let asked = asked.map(|asked| asked + asked.min(Duration::from_secs(2)).mul_f64(chance() / 20.0));
        self.until = match (asked, self.expected) {
            // If the server asks for too little each time (`Retry-After: 0`), pauses grow.
            (Some(asked), _) if self.probes > 0 => now + asked.max(self.pause(patience, now)),
            (Some(asked), _) => now + asked,
            // A limit's window always has the same length.
            (None, Some(expected)) if expected > now => expected,
            (None, Some(expected)) => {
                let missed = (now - expected).mul_f64(SHARE_COUNTED).max(self.period.mul_f64(SHARE_MISSED));
                now + missed.clamp(patience.first, LONGEST)
            }
            (None, None) => now + self.pause(patience, now),
        };
    }

    /// Returns how long to wait if the server does not say.
    fn pause(&self, patience: &Patience, now: Instant) -> Duration {
        let passed = now.duration_since(self.since);
        // An overload passes sooner than a limit per time, which lasts for more than a moment.
        let (first, most, share) = match (self.outage, self.counts) {
            (true, _) => (patience.first, patience.doubled, SHARE),
            // If the server asks for a wait, that wait is tried first.
            (false, true) if self.asked => (patience.first, patience.doubled, SHARE),
            (false, true) => (patience.first.max(patience.doubled / 4), patience.doubled, SHARE_COUNTED),
            (false, false) => (patience.first, patience.doubled / 4, SHARE),
        };
        let doubled = first.saturating_mul(1 << self.probes.min(20)).min(most);
        doubled.max(passed.mul_f64(share)).min(LONGEST).mul_f64(1.0 - 0.25 * chance())
    }

    /// Notes that a probe came back without an answer. Returns whether another one is worthwhile.
    pub(super) fn again(&mut self, patience: &Patience, now: Instant) -> bool {
        let probing = *self.probing.get_or_insert(now);
        self.refused = Some(now);
        self.probes += 1;
        let all = match (self.outage, self.new, self.alone) {
            (false, ..) => patience.all,
            (true, true, _) => patience.outage / 8,
            (true, _, Some(_)) => patience.outage / 4,
            (true, ..) => patience.outage,
        };
        self.spent |= now.duration_since(probing) >= all;
        !self.spent
    }
}
