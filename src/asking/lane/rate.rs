//! A rate that a model is asked at, where refusals have shown that there is a limit per time.
//!
//! It is a token bucket like the server's own: what is saved up goes at once, the rest at an even pace. At first
//! the rate is a guess, and doubles in each period until something is refused (TCP's slow start). From there it is
//! what the account was seen to give ([`super::supply`]), or 0.8 of a rate that was too much, where that is more
//! (BIC's step back; Xu, Harfoush and Rhee 2004). After a while without refusals it is tried whether more is given:
//! in small steps, which are made ever more seldom where they were too much.

use std::time::{Duration, Instant};

/// So much of a second's requests go at once: to be woken for each costs more time than to ask.
const AT_ONCE: f64 = 0.03;

/// Less of them, while it is not known how many are too many.
const AT_ONCE_GUESSED: f64 = 0.01;

/// So many accepted make a rate that is not far off.
const MANY: f64 = 32.0;

/// The first small step, and between the first two of them.
const STEP: f64 = 0.06;
const GAP: Duration = Duration::from_millis(1000);
const LONGEST_GAP: Duration = Duration::from_secs(30);

/// Between two steps so many are asked.
const A_ROUND: f64 = 8.0;

/// This share of what is likely saved up goes at once, and less where that is no more than a guess.
const SAVED: f64 = 0.9;
const SAVED_AT_FIRST: f64 = 0.7;

/// Who refuses for so long counts in windows.
pub(super) const A_WINDOW: Duration = Duration::from_millis(2500);

/// No account gives less than four a minute.
const SLOWEST: f64 = 1.0 / 15.0;

/// A rate that is too much is left for this share of it.
const BACK: f64 = 0.8;

/// After so much slowing, refusals that follow the rate are fewer.
const FALLEN: f64 = 1.0 / 6.0;

/// A faster pace is worth trying where there is so much more to ask.
const WORTH: Duration = Duration::from_secs(4);

#[derive(Debug, Clone)]
pub(super) struct LaneRate {
    per_second: f64,
    /// The fastest that it was.
    fastest: f64,
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
    /// When it was last too fast.
    held: Instant,
    /// All was refused before, so that there is a limit; else it is tried whether there is one.
    certain: bool,
    /// A request had to wait since the rate last grew: without that nothing is learned from a pace.
    bound: bool,
}

impl LaneRate {
    /// After `accepted` requests the server refused, and accepted again `period` after the first of them; it
    /// was closed for `shut` of that.
    pub(super) fn guessed(accepted: f64, period: Duration, shut: Duration, now: Instant) -> LaneRate {
        let period = period.clamp(Duration::from_millis(50), Duration::from_secs(60));
        let per_second = accepted / period.as_secs_f64();
        // Not the last one: where the guess is right, it would be refused. After a moment, not all may be back.
        let share = if shut < A_WINDOW { SAVED_AT_FIRST } else { SAVED };
        let credit = (share * accepted).floor();
        // The fewer were accepted, the less is known.
        let doubles = period.mul_f64((0.3 * accepted / MANY).clamp(0.1, 0.3));
        LaneRate { credit, doubles: Some(doubles), certain: true, ..LaneRate::measured(per_second, now) }
    }

    /// The server gives so many in the long run, and has saved up so many of them. It refused what was
    /// sent at the rate `before`.
    pub(super) fn supplied(per_second: f64, saved: f64, before: Option<&LaneRate>, now: Instant) -> LaneRate {
        // Ever more seldom, where a step was too much.
        let gap = before.map_or(GAP, |before| if before.has_grown() { before.gap * 2 } else { before.gap });
        let gap = gap.min(LONGEST_GAP);
        let per_second = before.map_or(per_second, |before| before.back(Some(per_second)));
        let credit = (SAVED * saved).floor();
        let mut rate = LaneRate { credit, gap, certain: true, ..LaneRate::measured(per_second, now) };
        rate.fastest = before.map_or(rate.per_second, |before| before.fastest.max(rate.per_second));
        rate.next = now + rate.pause();
        rate
    }

    /// Makes the rate of a server that accepts so many requests per second and refused more.
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
            // Those that were on their way with it tell nothing new.
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

    /// Where to go from here: no further back than to what is given at least (BIC's step back; Xu,
    /// Harfoush and Rhee 2004).
    fn back(&self, gives: Option<f64>) -> f64 {
        (BACK * self.per_second).max(gives.unwrap_or(0.0))
    }

    /// How long it is waited between two steps: what is saved up hides for some requests that it is too fast.
    fn pause(&self) -> Duration {
        let round = Duration::try_from_secs_f64(A_ROUND / self.per_second).unwrap_or(LONGEST_GAP);
        self.gap.max(round).min(LONGEST_GAP)
    }

    /// Whether a small step was made.
    fn has_grown(&self) -> bool {
        self.step > STEP
    }

    /// Whether the rate has fallen to a fraction of what it was.
    pub(super) fn has_fallen(&self) -> bool {
        self.per_second < FALLEN * self.fastest
    }

    /// Whether the rate is a guess that has not been refused yet.
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
            // Something else has kept it back.
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
        // Bounded: what is tried again in time may have become faster by then.
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
        // Near the end a refusal would cost more time than a faster pace gains.
        let worth = open as f64 > self.per_second * WORTH.as_secs_f64();
        if now >= self.next && worth {
            self.per_second *= 1.0 + self.step;
            // A limit that has gone is soon left behind.
            self.step = (1.5 * self.step).min(0.5);
            self.next = now + self.pause();
            self.bound = false;
        }
    }
}
