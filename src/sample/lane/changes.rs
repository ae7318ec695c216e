//! How a lane closes, opens and changes its pace.

use std::time::{Duration, Instant};

use super::ceiling::Ceiling;
use super::closed::{Closed, Patience};
use super::evidence::{Finding, Start};
use super::rate::Rate;
use super::state::State;
use super::{AGAIN, Next, OUTAGE};
use crate::respondent::AskError;

/// A rate on trial is a little less than what was accepted: what was saved up was part of that.
const CAREFUL: f64 = 0.95;

/// Probes that were refused before it opened, without which it is not known when it did.
const SEEN: u32 = 3;

impl State {
    /// A failure that is no refusal, while the lane is open.
    pub(super) fn fails(
        &mut self,
        start: Start,
        error: &AskError,
        place: usize,
        patience: &Patience,
        now: Instant,
    ) -> Next {
        self.alone = if self.streak == 0 { Some(place) } else { self.alone.filter(|alone| *alone == place) };
        self.streak += 1;
        self.evidence.other(start, false);
        self.find(now);
        let (least, most) = OUTAGE;
        let enough = (self.window / 8).clamp(least, most).min(self.window).max(2);
        if self.streak as usize >= enough {
            self.close(true, error, patience, now);
            return Next::Held;
        }
        Next::Own { first: patience.first }
    }

    /// A refusal, while the lane is open; whether it closes now.
    pub(super) fn refused(
        &mut self,
        start: Start,
        error: &AskError,
        patience: &Patience,
        now: Instant,
    ) -> bool {
        self.idle = (self.idle + 1).min(self.most(now));
        self.idle_until = now + patience.first;
        if self.ceiling.as_mut().is_some_and(|ceiling| ceiling.refused(start.level, now)) {
            self.evidence.other(start, false);
            return false;
        }
        self.evidence.refused(start, now);
        self.refusal = Some(error.clone());
        if self.told.refused(error.retry_after(), now) {
            self.close(false, error, patience, now);
            return true;
        }
        if self.rate.as_ref().is_some_and(Rate::is_guessed) {
            // It was a guess, and more likely than a limit of another kind it is too high.
            self.find(now);
        }
        if self.bursts(patience, now) {
            return true;
        }
        self.find(now);
        false
    }

    /// Closes the lane, if most of the newest requests were refused.
    pub(super) fn bursts(&mut self, patience: &Patience, now: Instant) -> bool {
        if self.closed.is_some() {
            return false;
        }
        // Those that are on their way, and those that would be.
        let abreast = (self.window / 2).min(self.in_flight + self.idle);
        if self.refusal.is_none() || !self.evidence.burst(abreast, now) {
            return false;
        }
        let Some(error) = self.refusal.take() else { return false };
        self.close(false, &error, patience, now);
        true
    }

    /// Nothing but a probe may pass from here on.
    pub(super) fn close(&mut self, outage: bool, error: &AskError, patience: &Patience, now: Instant) {
        let counts = matches!(error, AskError::Status { status: 429, .. });
        let expected = self.opened.zip(self.period).map(|((opened, _), period)| opened + period);
        let mut closed = Closed::new(outage, counts, self.evidence.next(), expected.filter(|_| counts), now);
        closed.alone = self.alone.filter(|_| outage);
        // It has never been up: a wrong port, or a program that is not started.
        closed.new = outage && self.latency.is_none();
        closed.wait(error.retry_after(), patience, &error.to_string(), now);
        self.closed = Some(closed);
        if self.evidence.forget() {
            // What was on trial has not been judged.
            self.rate = self.before.take();
        }
        self.streak = 0;
    }

    /// A probe was answered.
    pub(super) fn open(&mut self, patience: &Patience, now: Instant) {
        let Some(closed) = self.closed.take() else { return };
        self.idle = 0;
        self.refusal = None;
        if closed.outage {
            self.window = (self.window / 2).max(AGAIN.min(self.window));
            self.evidence.forget();
            return;
        }
        // The last answer is the probe's.
        let accepted = self.accepted.saturating_sub(1);
        if let Some((opened, _)) = self.opened.filter(|_| closed.counts && accepted > 0) {
            self.rate = Some(Rate::guessed(accepted as f64, now.duration_since(opened), now));
            let refused = closed.refused.filter(|_| closed.probes >= SEEN && !closed.asked);
            self.period = refused.map(|refused| refused.duration_since(opened)).or(self.period);
        }
        if let Some(level) = self.evidence.cap() {
            let gap = Duration::try_from_secs_f64(8.0 * self.latency.unwrap_or(0.0)).unwrap_or_default();
            self.ceiling = Some(Ceiling::new(level, gap.max(patience.doubled / 2), now));
        }
        self.window = AGAIN.min(self.window);
        (self.opened, self.accepted) = (Some((now, closed.from)), 1);
        self.evidence.forget();
    }

    /// Acts on what a few refusals among many turn out to be.
    pub(super) fn find(&mut self, now: Instant) {
        match self.evidence.finding(self.rate.as_ref().map(Rate::is_guessed), now) {
            None => {}
            Some(Finding::Try(per_second)) => {
                self.before = self.rate.clone();
                match &mut self.rate {
                    Some(rate) => rate.cut(per_second, now),
                    None => self.rate = Some(Rate::measured(CAREFUL * per_second, now)),
                }
            }
            Some(Finding::Less(per_second)) => {
                if let Some(rate) = &mut self.rate {
                    rate.cut(CAREFUL * per_second, now);
                }
            }
            Some(Finding::Follows) => self.before = None,
            // Nor is the rate before, unless the lane was closed for it.
            Some(Finding::Busy) => self.rate = self.before.take().filter(Rate::is_guessed),
        }
    }
}
