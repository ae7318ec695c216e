//! The state of a lane, and which requests it lets start.

use std::time::{Duration, Instant};

use super::FIRST;
use super::allowance::Allowance;
use super::ceiling::Ceiling;
use super::closed::{Closed, Patience};
use super::evidence::{LaneEvidence, RequestStart};
use super::rate::LaneRate;
use super::supply::Supply;
use crate::asking::Status;
use crate::provider::AskError;

/// How far requests in flight may exceed the pace: by this factor, and by at least this many requests.
const UNSURE: (f64, f64) = (2.0, 4.0);

#[derive(Debug)]
pub(super) struct LaneState {
    pub window: usize,
    pub in_flight: usize,
    /// The number of units that have something to ask. Each may have its part of the window.
    pub units: usize,
    /// The places in the window that stay empty after refusals.
    pub idle: usize,
    /// Until when those places stay empty at most.
    pub idle_until: Instant,
    pub closed: Option<Closed>,
    /// When the lane was last opened, and from which request on.
    pub opened: Option<(Instant, u64)>,
    /// The number of requests that were accepted since the lane was opened.
    pub accepted: u64,
    /// The time between two openings of the lane, if the server did not say when it would accept requests
    /// again.
    pub period: Option<Duration>,
    /// The number of requests that the server accepted in that period.
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
    /// The number of failures in a row that are not refusals.
    pub streak: u32,
    /// The place of the question behind those failures, if they are all of one question.
    pub alone: Option<usize>,
    /// Until when something other than the lane holds the requests back, and what, as of the last answer.
    pub waits: Option<(Instant, String)>,
    /// Until when all questions wait for their own next tries, and why.
    pub rests: Option<(Instant, String)>,
    pub stopped: Option<AskError>,
    pub limit_used: Option<f64>,
    /// The average time to an answer, in seconds.
    pub latency: Option<f64>,
    /// The average number of tokens of a question with its answer.
    pub tokens: f64,
    /// The number of tokens in the longest answer so far.
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

    /// Returns the moment until which no request starts, if there is one.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        let closed = self.closed.as_ref().map(|closed| closed.until);
        let waits = self.waits.as_ref().map(|(until, _)| *until);
        [closed, waits].into_iter().flatten().filter(|until| now < *until).max()
    }

    /// Returns how many requests may be in flight.
    pub(super) fn most(&self, now: Instant) -> usize {
        let ceiling = self.ceiling.as_ref().map_or(usize::MAX, |ceiling| ceiling.most(now));
        self.window.min(ceiling).max(1)
    }

    /// Returns when a unit with `mine` requests in flight should look again, or `None` if one more may start
    /// now.
    pub(super) fn later(&mut self, mine: usize, now: Instant) -> Option<Option<Instant>> {
        if let Some(closed) = &self.closed {
            // Requests from before the lane closed do not hold a probe back.
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

    /// Returns when one more may start, so that only few are refused when a limit is reached. Until refusals
    /// would have come back, only [`UNSURE`] times as many are in flight as the current pace allows.
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

    /// Takes in what an answer that came says about the pace.
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
                // If the server limits requests in flight, there is room for one now.
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
