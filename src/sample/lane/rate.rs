//! A rate that a model is asked at, where refusals have shown that there is a limit per time.
//!
//! It is a token bucket like the server's own: what is saved up goes at once, the rest at an even pace. The
//! rate is the one that the server was last seen to accept while it also refused (TCP BBR's delivery rate
//! at the bottleneck, Cardwell and others 2016), and from there it is tried whether more is accepted: at
//! first twice as much in each period, later in small steps that are made ever more seldom.

use std::time::{Duration, Instant};

/// So much of a second's requests go at once: to be woken for each costs more time than to ask.
const AT_ONCE: f64 = 0.03;

/// Less of them, while it is not known how many are too many.
const AT_ONCE_GUESSED: f64 = 0.01;

/// So many accepted make a rate that is not far off.
const MANY: f64 = 32.0;

/// The first small step, and between the first two of them.
const STEP: f64 = 0.04;
const GAP: Duration = Duration::from_secs(1);
const LONGEST_GAP: Duration = Duration::from_secs(30);

/// A faster pace is worth trying where there is so much more to ask.
const WORTH: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct Rate {
    per_second: f64,
    /// Requests that may start now.
    credit: f64,
    /// When that was so.
    at: Instant,
    /// The rate was no more than guessed, and doubles in this time as long as nothing is refused.
    doubles: Option<Duration>,
    /// How many times it may double before the next answer.
    doublings: f64,
    step: f64,
    gap: Duration,
    next: Instant,
    /// A request had to wait since the rate last grew: without that nothing is learned from a pace.
    bound: bool,
}

impl Rate {
    /// After `accepted` requests the server refused, and opened again `period` after the first of them.
    pub(super) fn guessed(accepted: f64, period: Duration, now: Instant) -> Rate {
        let period = period.clamp(Duration::from_millis(50), Duration::from_secs(60));
        let per_second = accepted / period.as_secs_f64();
        // Not the last one: where the guess is right, it would be refused.
        let credit = (0.9 * accepted).floor();
        // The fewer were accepted, the less is known.
        let doubles = period.mul_f64((0.3 * accepted / MANY).clamp(0.1, 0.3));
        Rate { credit, doubles: Some(doubles), ..Rate::measured(per_second, now) }
    }

    /// The server accepts so many, and refused more.
    pub(super) fn measured(per_second: f64, now: Instant) -> Rate {
        let per_second = per_second.max(0.01);
        Rate {
            per_second,
            credit: 0.0,
            at: now,
            doubles: None,
            doublings: 0.0,
            step: STEP,
            gap: GAP,
            next: now + GAP,
            bound: false,
        }
    }

    /// It accepts no more than so many after all.
    pub(super) fn cut(&mut self, per_second: f64, now: Instant) {
        if self.doubles.take().is_none() {
            self.gap = (self.gap * 2).min(LONGEST_GAP);
        }
        self.per_second = self.per_second.min(per_second).max(0.01);
        self.credit = self.credit.min(0.0);
        self.step = STEP;
        self.next = now + self.gap;
        self.bound = false;
    }

    /// Whether it has not been seen to be too much.
    pub(super) fn is_guessed(&self) -> bool {
        self.doubles.is_some()
    }

    pub(super) fn per_second(&self) -> f64 {
        self.per_second
    }

    /// When the next request may start, of so many that are still to be answered; `None` where it may now.
    pub(super) fn wait(&mut self, open: u64, now: Instant) -> Option<Instant> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let share = if self.is_guessed() { AT_ONCE_GUESSED } else { AT_ONCE };
        let most = (self.per_second * share).max(1.0);
        if self.credit < 1.0 {
            self.credit = (self.credit + self.per_second * passed).min(most);
        }
        if self.bound {
            self.grow(passed, open, now);
        }
        if self.credit >= 1.0 {
            return None;
        }
        self.bound = true;
        // Bounded: what is tried again in time may have become faster by then.
        let wait = ((most - self.credit) / self.per_second).clamp(0.001, 1.0);
        Some(now + Duration::from_secs_f64(wait))
    }

    /// An answer came.
    pub(super) fn answered(&mut self) {
        self.doublings = 1.0;
    }

    /// One more has started.
    pub(super) fn start(&mut self) {
        self.credit -= 1.0;
    }

    fn grow(&mut self, passed: f64, open: u64, now: Instant) {
        if let Some(period) = self.doubles {
            let doublings = (passed / period.as_secs_f64()).min(self.doublings);
            self.doublings -= doublings;
            self.per_second *= doublings.exp2();
            return;
        }
        // Near the end a refusal would cost more time than a faster pace gains.
        let worth = open as f64 > self.per_second * WORTH.as_secs_f64();
        if now >= self.next && worth {
            self.per_second *= 1.0 + self.step;
            // A limit that has gone is soon left behind.
            self.step = (1.5 * self.step).min(0.5);
            self.next = now + self.gap;
            self.bound = false;
        }
    }
}
