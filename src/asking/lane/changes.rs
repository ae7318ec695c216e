//! How a lane closes, opens and changes its pace.

use std::time::{Duration, Instant};

use super::ceiling::Ceiling;
use super::closed::{Closed, Patience};
use super::evidence::{RefusalFinding, RequestStart};
use super::rate::{A_WINDOW, LaneRate};
use super::state::LaneState;
use super::{AGAIN, AfterFailure, OUTAGE};
use crate::provider::AskError;

/// The factor for a rate on trial, a little below what was accepted, since part of that was saved up.
const CAREFUL: f64 = 0.95;

/// How many probes must be refused before the lane opens, so that it is known when the server accepts requests again.
const SEEN: u32 = 3;

/// The share of a window's requests, from and to, after which a refusal probably means that the window is used up.
const EXPECTED: (f64, f64) = (0.8, 1.25);

/// Why a lane closes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cause {
    Outage,
    /// Nearly all requests are refused.
    Refused,
    /// A header said that nothing is left.
    Told,
}

impl LaneState {
    /// Notes a failure that is not a refusal, while the lane is open.
    pub(super) fn fails(
        &mut self,
        start: RequestStart,
        error: &AskError,
        place: usize,
        patience: &Patience,
        now: Instant,
    ) -> AfterFailure {
        self.alone = if self.streak == 0 { Some(place) } else { self.alone.filter(|alone| *alone == place) };
        self.streak += 1;
        self.evidence.failed(start, now);
        self.find(patience, now);
        let (least, most) = OUTAGE;
        let enough = (self.window / 8).clamp(least, most).min(self.window).max(2);
        if (self.streak as usize).max(self.evidence.failed_in_a_row(now)) >= enough {
            self.close(Cause::Outage, error, patience, now);
            return AfterFailure::Held;
        }
        AfterFailure::Own { first: patience.first }
    }

    /// Notes a refusal while the lane is open. Returns whether the lane closes now.
    pub(super) fn refused(
        &mut self,
        start: RequestStart,
        error: &AskError,
        patience: &Patience,
        now: Instant,
    ) -> bool {
        self.idle = (self.idle + 1).min(self.most(now));
        self.idle_until = now + patience.first;
        if self.ceiling.as_mut().is_some_and(|ceiling| ceiling.refused(start.level, now)) {
            self.evidence.above(start);
            return false;
        }
        self.evidence.refused(start, now);
        self.refusal = Some(error.clone());
        if self.told.refused(error.retry_after(), now) {
            self.close(Cause::Told, error, patience, now);
            return true;
        }
        let (least, most) = EXPECTED;
        let share = self.quota.map(|quota| self.accepted as f64 / quota as f64);
        if share.is_some_and(|share| (least..most).contains(&share)) {
            // This is where the limit was reached the last time.
            self.close(Cause::Refused, error, patience, now);
            return true;
        }
        self.slows(start, now);
        if self.rate.as_ref().is_some_and(LaneRate::is_guessed) {
            // A guessed rate is more likely to be too high than to meet another kind of limit.
            self.find(patience, now);
        }
        if self.bursts(patience, now) {
            return true;
        }
        self.find(patience, now);
        false
    }

    /// Lowers the rate after a refusal that shows that it was too high.
    fn slows(&mut self, start: RequestStart, now: Instant) {
        let Some(rate) = self.rate.as_mut().filter(|_| !self.evidence.believes()) else { return };
        if rate.has_fallen() && self.evidence.is_manifest(now) {
            self.rate = None;
            return;
        }
        if self.evidence.tries() {
            rate.stays(now);
            return;
        }
        let passed = self.evidence.passed();
        if self.supply.tells(passed) {
            self.supply.used_up(now, passed);
        }
        rate.refused(start.at, self.supply.per_second(), now);
    }

    /// Closes the lane, if most of the newest requests were refused.
    pub(super) fn bursts(&mut self, patience: &Patience, now: Instant) -> bool {
        if self.closed.is_some() {
            return false;
        }
        // This counts the requests in flight and those that refusals have held back.
        let abreast = (self.window / 2).min(self.in_flight + self.idle);
        // A rate on trial is no limit that is known: without it, a row of refusals is as likely as before.
        let paced = if self.evidence.tries() { self.before.is_some() } else { self.rate.is_some() };
        if self.refusal.is_none() || !self.evidence.burst(abreast, paced, now) {
            return false;
        }
        let Some(error) = self.refusal.take() else { return false };
        self.close(Cause::Refused, &error, patience, now);
        true
    }

    /// Closes the lane for everything but probes.
    fn close(&mut self, cause: Cause, error: &AskError, patience: &Patience, now: Instant) {
        let (outage, counts) =
            (cause == Cause::Outage, matches!(error, AskError::Status { status: 429, .. }));
        let expected = self.opened.zip(self.period).map(|((opened, _), period)| (opened + period, period));
        let mut closed = Closed::new(outage, counts, self.evidence.next(), expected.filter(|_| counts), now);
        closed.told = cause == Cause::Told;
        closed.alone = self.alone.filter(|_| outage);
        // The server has never answered: a wrong port, or a program that is not started.
        closed.new = outage && self.latency.is_none();
        closed.wait(error.retry_after(), patience, &error.to_string(), now);
        self.closed = Some(closed);
        if self.evidence.forget() {
            // The trial was not finished, so the rate before it returns.
            self.rate = self.before.take();
        }
        self.streak = 0;
    }

    /// Opens the lane after a probe was answered.
    pub(super) fn open(&mut self, patience: &Patience, now: Instant) {
        let Some(closed) = self.closed.take() else { return };
        self.idle = 0;
        self.refusal = None;
        if closed.outage {
            self.window = (self.window / 2).max(AGAIN.min(self.window));
            self.evidence.forget();
            return;
        }
        if closed.counts && !closed.told {
            self.supplied(&closed, now);
        }
        self.finds_cap(patience, now);
        self.evidence.forget_levels();
        self.window = AGAIN.min(self.window);
        (self.opened, self.accepted) = (Some((now, closed.from)), 1);
        self.evidence.forget();
    }

    /// Estimates the rate of a server that counts requests per time, when it accepts them again.
    fn supplied(&mut self, closed: &Closed, now: Instant) {
        // The last answer and the last request that passed are the probe's.
        let accepted = self.accepted.saturating_sub(1);
        self.supply.used_up(closed.since, self.evidence.passed().saturating_sub(1));
        let Some((opened, _)) = self.opened.filter(|_| accepted > 0) else { return };
        if let Some(refused) = closed.refused.filter(|_| closed.probes >= SEEN && !closed.asked) {
            (self.period, self.quota) = (Some(refused.duration_since(opened)), Some(accepted));
        }
        let shut = now.duration_since(closed.since);
        if closed.asked && shut >= A_WINDOW {
            self.quota = Some(accepted);
        }
        // If refusals come from some backend, they probably did so here too.
        let gives = self.supply.per_second().filter(|_| !self.evidence.believes());
        self.rate = Some(match gives {
            Some(per_second) => {
                let saved = (per_second * shut.as_secs_f64()).max(self.quota.unwrap_or(0) as f64);
                LaneRate::supplied(per_second, saved, self.rate.as_ref(), now)
            }
            None => LaneRate::guessed(accepted as f64, now.duration_since(opened), shut, now),
        });
    }

    /// Looks for a number in flight above which requests are refused, and makes it the ceiling.
    fn finds_cap(&mut self, patience: &Patience, now: Instant) -> bool {
        let Some(level) = self.evidence.cap() else { return false };
        let gap = Duration::try_from_secs_f64(8.0 * self.latency.unwrap_or(0.0)).unwrap_or_default();
        self.ceiling = Some(Ceiling::new(level, gap.max(patience.doubled / 2), now));
        true
    }

    /// Reacts to a few refusals among many, once it is known what causes them.
    pub(super) fn find(&mut self, patience: &Patience, now: Instant) {
        match self.evidence.finding(self.rate.as_ref().map(LaneRate::is_guessed), now) {
            None => {}
            // Requests above some number in flight are refused, whatever the rate.
            Some(RefusalFinding::Try(_)) if self.rate.is_none() && self.finds_cap(patience, now) => {
                self.evidence.forget();
            }
            Some(RefusalFinding::Try(per_second)) => {
                self.before = self.rate.clone();
                match &mut self.rate {
                    Some(rate) => rate.cut(per_second, now),
                    None => self.rate = Some(LaneRate::measured(CAREFUL * per_second, now)),
                }
            }
            Some(RefusalFinding::Less(per_second)) => {
                if let Some(rate) = &mut self.rate {
                    rate.cut(CAREFUL * per_second, now);
                }
            }
            Some(RefusalFinding::Follows) => self.before = None,
            // The rate before is dropped too, unless it dates from when the lane was closed.
            Some(RefusalFinding::Busy) => self.rate = self.before.take().filter(LaneRate::is_guessed),
        }
    }
}
