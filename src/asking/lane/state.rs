//! What a lane knows, and what it may start by that.

use std::time::{Duration, Instant};

use super::FIRST;
use super::allowance::Allowance;
use super::ceiling::Ceiling;
use super::closed::{Closed, Patience};
use super::evidence::{LaneEvidence, RequestStart};
use super::rate::LaneRate;
use super::supply::Supply;
use crate::asking::Status;
use crate::respondent::AskError;

/// So many times the pace may be gone beyond, by no less than so many requests.
const UNSURE: (f64, f64) = (2.0, 4.0);

#[derive(Debug)]
pub(super) struct LaneState {
    pub window: usize,
    pub in_flight: usize,
    /// Units that have something to ask: each may have its part of the window.
    pub units: usize,
    /// Places of refused requests that stay empty, and until when at most.
    pub idle: usize,
    pub idle_until: Instant,
    pub closed: Option<Closed>,
    /// When it was last opened, from which request on, and answers since.
    pub opened: Option<(Instant, u64)>,
    pub accepted: u64,
    /// How long after it opened it opened the next time, where a server did not say when it would.
    pub period: Option<Duration>,
    /// And how many it had accepted then.
    pub quota: Option<u64>,
    pub evidence: LaneEvidence,
    pub supply: Supply,
    /// The last refusal.
    pub refusal: Option<AskError>,
    pub rate: Option<LaneRate>,
    /// The rate before the one that is on trial.
    pub before: Option<LaneRate>,
    pub ceiling: Option<Ceiling>,
    pub told: Allowance,
    /// Failures in a row that are no refusals, and their question if all are one's.
    pub streak: u32,
    pub alone: Option<usize>,
    /// Something else than the lane holds it, as things stood when the last answer came.
    pub waits: Option<(Instant, String)>,
    /// All questions wait for their own next tries, until then.
    pub rests: Option<(Instant, String)>,
    pub stopped: Option<AskError>,
    pub limit_used: Option<f64>,
    /// Of an answer, in seconds, averaged.
    pub latency: Option<f64>,
    /// Tokens of a question with its answer, averaged over those that came.
    pub tokens: f64,
    /// Tokens of the longest answer yet.
    pub longest: Option<u64>,
    pub counts: Status,
}

impl LaneState {
    pub(super) fn new(model: &str, most: usize) -> LaneState {
        LaneState {
            window: (most / 2).max(FIRST).min(most),
            in_flight: 0,
            units: 0,
            idle: 0,
            idle_until: Instant::now(),
            closed: None,
            opened: None,
            accepted: 0,
            period: None,
            quota: None,
            evidence: LaneEvidence::new(),
            supply: Supply::default(),
            refusal: None,
            rate: None,
            before: None,
            ceiling: None,
            told: Allowance::default(),
            streak: 0,
            alone: None,
            waits: None,
            rests: None,
            stopped: None,
            limit_used: None,
            latency: None,
            tokens: 0.0,
            longest: None,
            counts: Status { model: model.to_owned(), ..Status::default() },
        }
    }

    /// Until when nothing starts.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        let closed = self.closed.as_ref().map(|closed| closed.until);
        let waits = self.waits.as_ref().map(|(until, _)| *until);
        [closed, waits].into_iter().flatten().filter(|until| now < *until).max()
    }

    /// As many as may be in flight.
    pub(super) fn most(&self, now: Instant) -> usize {
        let ceiling = self.ceiling.as_ref().map_or(usize::MAX, |ceiling| ceiling.most(now));
        self.window.min(ceiling).max(1)
    }

    /// When a unit that has `mine` in flight is to look again; `None` where one more may start now.
    pub(super) fn later(&mut self, mine: usize, now: Instant) -> Option<Option<Instant>> {
        if let Some(closed) = &self.closed {
            // What started before the lane closed does not keep a probe from it.
            return closed.probe.is_some().then_some(None);
        }
        if now >= self.idle_until {
            self.idle = 0;
        }
        let most = self.most(now);
        if self.in_flight >= most || mine >= most.div_ceil(self.units.max(1)) {
            return Some(None);
        }
        if self.in_flight + self.idle >= most {
            return Some(Some(self.idle_until));
        }
        if let Some(free) = self.unsure(now) {
            return Some(Some(free));
        }
        let counts = &self.counts;
        let open = counts.wanted.saturating_sub(counts.arrived + counts.failed);
        let told = self.told.wait(now);
        told.or_else(|| self.rate.as_mut()?.wait(open, now)).map(Some)
    }

    /// When one more may start, so that few are refused where a limit is reached: until refusals would have
    /// come back, no more than [`UNSURE`] times as many are on their way as go at the pace of now.
    fn unsure(&self, now: Instant) -> Option<Instant> {
        let latency = self.latency.filter(|latency| *latency > 0.0)?;
        let known = self.evidence.refuses_in();
        let per_second = self.rate.as_ref().map_or(self.window as f64 / latency, LaneRate::per_second);
        let guess = latency / 10.0;
        let young = known.map_or(guess, |known| known.as_secs_f64().min(latency));
        let (times, least) = UNSURE;
        let most = (times * per_second * young).ceil().max(least);
        let guess = Duration::try_from_secs_f64(guess).unwrap_or_default();
        self.evidence.room(most as usize, guess, now)
    }

    pub(super) fn learn(
        &mut self,
        start: RequestStart,
        tokens: Option<u64>,
        said: Option<u64>,
        now: Instant,
    ) {
        let took = now.saturating_duration_since(start.at).as_secs_f64();
        let latency = self.latency.get_or_insert(took);
        *latency += 0.1 * (took - *latency);
        self.longest = self.longest.max(said);
        if let Some(tokens) = tokens {
            let weight = if self.tokens == 0.0 { 1.0 } else { 0.1 };
            self.tokens += weight * (tokens as f64 - self.tokens);
        }
    }

    /// An answer came: what it says of the pace.
    pub(super) fn came(&mut self, start: RequestStart, most: usize, patience: &Patience, now: Instant) {
        self.streak = 0;
        self.idle = self.idle.saturating_sub(1);
        self.evidence.answered(start);
        if self.opened.is_some_and(|(_, from)| start.number >= from) {
            self.accepted += 1;
        }
        if self.closed.as_ref().is_some_and(|closed| start.number >= closed.from) {
            self.open(patience, now);
            return;
        }
        if let Some(closed) = &mut self.closed {
            if !closed.asked && !closed.hinted {
                // If it is a matter of how many are in flight, there is room for one now.
                closed.hinted = true;
                closed.until = now;
            }
            return;
        }
        if let Some(ceiling) = &mut self.ceiling {
            ceiling.answered(start.level);
        }
        self.find(patience, now);
        self.window = (self.window + 1).min(most);
        if let Some(rate) = &mut self.rate {
            rate.answered();
        }
        let fastest = self.latency.map(|latency| 1.5 * most as f64 / latency.max(1e-6));
        if self.rate.as_ref().zip(fastest).is_some_and(|(rate, fastest)| rate.per_second() > fastest) {
            self.rate = None;
        }
    }
}
