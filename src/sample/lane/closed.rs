//! A lane that nothing but a probe may pass: most of what was sent was refused, or everything failed.
//!
//! One request at a time finds out whether it is over: after what the server asks for, and else at pauses
//! that double from a fraction of an answer's latency and then are a share of the time that it has lasted.
//! A limit per minute, of which no header tells, is so waited out and missed by a sixth at most. Who waits
//! learns when it opens: the next time, the same span after it opened is tried, too.

use std::time::{Duration, Instant};

use crate::sample::pace::chance;

/// A pause is at least this share of the time that has passed.
const SHARE: f64 = 0.15;

/// The longest pause that a server did not ask for.
const LONGEST: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct Closed {
    /// Everything fails, where it is not that the server refuses.
    pub outage: bool,
    /// The server counts requests per time: it said 429.
    pub counts: bool,
    since: Instant,
    /// Since the first probe came back.
    probing: Option<Instant>,
    /// Requests from this number on started since.
    pub from: u64,
    /// The number of the probe that is on its way.
    pub probe: Option<u64>,
    /// No probe before.
    pub until: Instant,
    /// Why, in the server's words.
    pub why: String,
    /// When it opens, if it is like the last time.
    expected: Option<Instant>,
    /// The last probe that was refused, and how many were.
    pub refused: Option<Instant>,
    pub probes: u32,
    /// Of the server's own asking.
    pub asked: bool,
    /// What started before and landed since has shortened the wait.
    pub hinted: bool,
    /// The place of the question that failed, where no other did.
    pub alone: Option<usize>,
    /// No answer ever came.
    pub new: bool,
    /// It has been tried for as long as it is worth: one probe each from here on.
    pub spent: bool,
}

/// How long one waits where the server does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The first pause.
    pub first: Duration,
    /// Pauses double to so much.
    pub doubled: Duration,
    /// So long it is tried, from the first probe on,
    pub all: Duration,
    /// and so long where it is an outage.
    pub outage: Duration,
}

impl Closed {
    pub(super) fn new(
        outage: bool,
        counts: bool,
        from: u64,
        expected: Option<Instant>,
        now: Instant,
    ) -> Closed {
        Closed {
            outage,
            counts,
            since: now,
            probing: None,
            from,
            probe: None,
            until: now,
            why: String::new(),
            expected: expected.filter(|expected| *expected > now),
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
        let passed = now.duration_since(self.since);
        // An overload comes and goes sooner than a limit per time.
        let most = if self.outage || self.counts { patience.doubled } else { patience.doubled / 4 };
        let doubled = patience.first.saturating_mul(1 << self.probes.min(20)).min(most);
        let pause = doubled.max(passed.mul_f64(SHARE)).min(LONGEST);
        let pause = pause.mul_f64(1.0 - 0.25 * chance());
        self.asked = asked.is_some();
        let mut until = now + pause;
        // A little later than asked for, so that not all who wait come back at one moment.
        let asked = asked.map(|asked| asked + asked.min(Duration::from_secs(2)).mul_f64(chance() / 20.0));
        match asked {
            // Who asks for too little each time (`Retry-After: 0`) is asked ever more seldom.
            Some(asked) if self.probes > 0 => until = until.max(now + asked),
            Some(asked) => until = now + asked,
            None => {
                if let Some(expected) = self.expected {
                    until = match expected.checked_duration_since(now) {
                        // A limit's window has one length; sooner it is looked now and then.
                        Some(left) => until.max(now + left / 3).min(expected.max(now + patience.first)),
                        None => until.min(now + ((now - expected).mul_f64(SHARE)).max(patience.first)),
                    };
                }
            }
        }
        self.until = until;
        self.why = why.to_owned();
    }

    /// A probe came back without an answer; whether another one is worth it.
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
