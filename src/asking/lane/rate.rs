//! The rate at which a model is asked once refusals have shown that there is a limit per time.
//!
//! It is a token bucket like the server's own: what is saved up is used at once, the rest at an even pace. At
//! first the rate is a guess, which doubles in each period until something is refused (TCP's slow start). From
//! then on it is what the account was seen to give ([`super::supply`]), or 0.8 of a rate that was too high, if
//! that is more (BIC's step back; Xu, Harfoush and Rhee 2004). After a while without refusals, the rate grows
//! in small steps, which become rarer when they are too much.

use std::time::{Duration, Instant};

/// How many seconds' worth of requests start at once, since waking up for each takes more time than asking.
const AT_ONCE: f64 = 0.03;

/// The same, but less, for a guessed rate.
const AT_ONCE_GUESSED: f64 = 0.01;

/// How many accepted requests make a reliable rate.
const MANY: f64 = 32.0;

/// The first small step, and the time between the first two.
const STEP: f64 = 0.06;
const GAP: Duration = Duration::from_millis(1000);
const LONGEST_GAP: Duration = Duration::from_secs(30);

/// The number of requests between two steps.
const A_ROUND: f64 = 8.0;

/// The share of what is probably saved up that is used at once, and the smaller share if that is only a guess.
const SAVED: f64 = 0.9;
const SAVED_AT_FIRST: f64 = 0.7;

/// A server that refuses for this long counts in windows.
pub(super) const A_WINDOW: Duration = Duration::from_millis(2500);

/// The lowest rate, four a minute: no account gives less.
const SLOWEST: f64 = 1.0 / 15.0;

/// The factor for a rate that is too high.
const BACK: f64 = 0.8;

/// The factor of slowing down after which refusals that depend on the rate would be fewer.
const FALLEN: f64 = 1.0 / 6.0;

/// A higher rate is only tried if there is at least this much time's worth left to ask.
const WORTH: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct LaneRate {
    per_second: f64,
    /// The highest value that the rate had.
    fastest: f64,
    /// The number of requests that may start now.
    credit: f64,
    /// When `credit` was last updated.
    at: Instant,
    /// The time in which a guessed rate doubles while nothing is refused; `None` if the rate is not a guess.
    doubles: Option<Duration>,
    /// How many times it may double before the next answer.
    doublings: f64,
    step: f64,
    gap: Duration,
    next: Instant,
    /// When the rate was last too high.
    held: Instant,
    /// Whether there certainly is a limit, since everything was refused before. Otherwise the rate is a trial.
    certain: bool,
    /// Whether a request had to wait since the rate last grew. Without that, a pace shows nothing.
    bound: bool,
}

impl LaneRate {
    /// Makes the rate of a server that accepted `accepted` requests, refused, and accepted again `period` after
    /// the first. It was closed for `shut` of that time.
    pub(super) fn guessed(accepted: f64, period: Duration, shut: Duration, now: Instant) -> LaneRate {
        let period = period.clamp(Duration::from_millis(50), Duration::from_secs(60));
        let per_second = accepted / period.as_secs_f64();
        // Not all are used: if the guess is right, the last one would be refused, and after a moment not all
        // may be back.
        let share = if shut < A_WINDOW { SAVED_AT_FIRST } else { SAVED };
        let credit = (share * accepted).floor();
        // The fewer requests were accepted, the less is known.
        let doubles = period.mul_f64((0.3 * accepted / MANY).clamp(0.1, 0.3));
        LaneRate { credit, doubles: Some(doubles), certain: true, ..LaneRate::measured(per_second, now) }
    }

    /// Makes the rate of a server that gives `per_second` in the long run, has `saved` up, and refused the rate
    /// `before`.
    pub(super) fn supplied(per_second: f64, saved: f64, before: Option<&LaneRate>, now: Instant) -> LaneRate {
        // Steps become rarer if one was too much.
        let gap = before.map_or(GAP, |before| if before.has_grown() { before.gap * 2 } else { before.gap });
        let gap = gap.min(LONGEST_GAP);
        let per_second = before.map_or(per_second, |before| before.back(Some(per_second)));
        let credit = (SAVED * saved).floor();
        let mut rate = LaneRate { credit, gap, certain: true, ..LaneRate::measured(per_second, now) };
        rate.fastest = before.map_or(rate.per_second, |before| before.fastest.max(rate.per_second));
        rate.next = now + rate.pause();
        rate
    }

    /// Makes the rate of a server that accepts `per_second` requests and refused more.
    pub(super) fn measured(per_second: f64, now: Instant) -> LaneRate {
        let per_second = per_second.max(SLOWEST);
        LaneRate {
            per_second,
            fastest: per_second,
            credit: 0.0,
            at: now,
            doubles: None,
            doublings: 0.0,
            step: STEP,
            gap: GAP,
            next: now + GAP,
            held: now,
            certain: false,
            bound: false,
        }
    }

    /// Lowers the rate after a request that started at `at` was refused; `gives` is what the account is known
    /// to give at least. The rate grows again in small steps after a while without refusals.
    pub(super) fn refused(&mut self, at: Instant, gives: Option<f64>, now: Instant) {
        if self.certain && at >= self.held {
            // Requests that were in flight at the time say nothing new.
            self.cut(self.back(gives), now);
        }
    }

    /// Keeps the rate from growing for a while.
    pub(super) fn stays(&mut self, now: Instant) {
        self.doublings = 0.0;
        self.step = STEP;
        self.next = now + self.pause();
    }

    /// Lowers the rate to what the server turns out to accept.
    pub(super) fn cut(&mut self, per_second: f64, now: Instant) {
        if self.doubles.take().is_none() && self.has_grown() {
            self.gap = (self.gap * 2).min(LONGEST_GAP);
        }
        self.per_second = self.per_second.min(per_second).max(SLOWEST);
        self.credit = self.credit.min(0.0);
        self.step = STEP;
        (self.held, self.next) = (now, now + self.pause());
        self.bound = false;
    }

    /// Returns the rate after one that was too high: no lower than what the account certainly gives.
    fn back(&self, gives: Option<f64>) -> f64 {
        (BACK * self.per_second).max(gives.unwrap_or(0.0))
    }

    /// Returns the time between two steps. It is long enough to use up what is saved, which would hide that a
    /// rate is too high.
    fn pause(&self) -> Duration {
        let round = Duration::try_from_secs_f64(A_ROUND / self.per_second).unwrap_or(LONGEST_GAP);
        self.gap.max(round).min(LONGEST_GAP)
    }

    /// Returns whether a small step was made.
    fn has_grown(&self) -> bool {
        self.step > STEP
    }

    /// Returns whether the rate has fallen to a fraction of what it was.
    pub(super) fn has_fallen(&self) -> bool {
        self.per_second < FALLEN * self.fastest
    }

    /// Returns whether the rate is a guess that has not been refused yet.
    pub(super) fn is_guessed(&self) -> bool {
        self.doubles.is_some()
    }

    pub(super) fn per_second(&self) -> f64 {
        self.per_second
    }

    /// Returns when the next of the `open` requests may start, or `None` if it may start now.
    pub(super) fn wait(&mut self, open: u64, now: Instant) -> Option<Instant> {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = self.at.max(now);
        let share = if self.is_guessed() { AT_ONCE_GUESSED } else { AT_ONCE };
        let most = (self.per_second * share).max(1.0);
        if self.credit < 1.0 {
            let credit = self.credit + self.per_second * passed;
            // Something other than the rate has held requests back.
            self.bound &= credit < 1.5 * most;
            self.credit = credit.min(most);
        }
        if self.bound {
            self.grow(passed, open, now);
        }
        if self.credit >= 1.0 {
            return None;
        }
        self.bound = true;
        // The wait is limited, since the rate may grow meanwhile.
        let wait = ((most - self.credit) / self.per_second).clamp(0.001, 1.0);
        Some(now + Duration::from_secs_f64(wait))
    }

    /// Notes that an answer came.
    pub(super) fn answered(&mut self) {
        self.doublings = 1.0;
    }

    /// Notes that one more request has started.
    pub(super) fn start(&mut self) {
        self.credit -= 1.0;
    }

    fn grow(&mut self, passed: f64, open: u64, now: Instant) {
        self.fastest = self.fastest.max(self.per_second);
        if let Some(period) = self.doubles {
            let doublings = (passed / period.as_secs_f64()).min(self.doublings);
            self.doublings -= doublings;
            self.per_second *= doublings.exp2();
            return;
        }
        // Near the end, a refusal would cost more time than a faster pace gains.
        let worth = open as f64 > self.per_second * WORTH.as_secs_f64();
        if now >= self.next && worth {
            self.per_second *= 1.0 + self.step;
            // The steps grow, so that a limit that has gone is soon left behind.
            self.step = (1.5 * self.step).min(0.5);
            self.next = now + self.pause();
            self.bound = false;
        }
    }
}
