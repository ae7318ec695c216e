//! A model's lane: how many of its requests may be in flight, and when the next may start.
//!
//! There is one for each model and process, shared by all units that ask the model. No lane knows of another,
//! so that a slow or failing model delays nobody else. The lane guesses what a server can bear from what it
//! refuses and accepts:
//!
//! - The window of requests in flight starts at half of what is allowed (at least eight) and grows by one per
//!   answer, like TCP's slow start (Jacobson 1988).
//! - Only a few requests are in flight whose refusal is not known yet, like TCP's pacing in BBR. So only few
//!   are refused when a limit is reached.
//! - A single refusal (429, 503, 529) holds its own question for as long as the server asks, and no other.
//!   Its place stays empty until the next answer, so that a server that refuses is not asked faster than one
//!   that answers.
//! - If most of the newest requests are refused, or a header said that nothing is left, the lane is *closed*
//!   ([`closed`]). One request at a time then finds out when it opens, for at least two minutes, which costs
//!   no question a try. It opens as wide as was accepted before ([`rate`], [`ceiling`]), and at the pace of
//!   the account, measured between two moments when nothing was left of it ([`supply`]).
//! - A few refusals among many are put to a test ([`evidence`]). If slowing down to the accepted rate makes
//!   them fewer, it is kept, like TCP BBR. Otherwise they come from some backend and slow nothing down, like
//!   Google's adaptive throttling ("Site Reliability Engineering", ch. 21), which lets through what is likely
//!   to pass.
//! - A number in flight above which requests are refused, and below which they are not, is a ceiling. It is
//!   tested again ever more rarely (Netflix's concurrency-limits, Envoy's adaptive concurrency).
//! - What the provider's headers leave of its limits is used up but not exceeded ([`allowance`]).
//! - Several failures in a row that are not refusals are an outage, which also closes the lane. As in AWS's
//!   standard retries, only a question's own failures use up its tries.
//! - A failure that will not pass (a wrong key, an unknown model) stops the lane for the whole run.

mod allowance;
mod ceiling;
mod changes;
mod closed;
mod evidence;
mod member;
mod rate;
mod state;
mod supply;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::Status;
use super::pace::Pace;
use crate::ground::sync::hold;
use crate::provider::{AskError, Limits};
use allowance::Allowance;
use closed::Patience;
use evidence::RequestStart;
pub(super) use member::Member;
use state::LaneState;

/// The longest wait that a server may ask for. If it asks for more, the run ends, and the next one goes on.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How many failures in a row, of any questions, are an outage: an eighth of the window, within these bounds. At a
/// failure rate of 10 %, chance makes four in a row once in ten thousand; a false alarm costs one short pause.
const OUTAGE: (usize, usize) = (4, 8);

/// The smallest window to start with, if as many are allowed, and the window to start with after an outage.
const FIRST: usize = 8;
const AGAIN: usize = 4;

/// How long a lane is tried, in multiples of [`Pace::pause`]: two minutes if that is half a second.
const PATIENCE: u32 = 240;

#[derive(Debug)]
pub(super) struct Lane {
    most: usize,
    pace: Pace,
    state: Mutex<LaneState>,
    /// Notified whenever a request may start that could not before.
    turned: Notify,
}

/// Whether a request may start.
pub(super) enum Admission {
    Now(Ticket),
    /// It may start when another request comes back, or at this moment.
    Later(Option<Instant>),
    /// It may not start in this run.
    Never(AskError),
}

/// A request's place in the lane, which is free again when this is dropped.
pub(super) struct Ticket {
    lane: Arc<Lane>,
    start: RequestStart,
}

/// What to do about a request that came back without an answer.
#[derive(Debug, PartialEq)]
pub(super) enum AfterFailure {
    /// Count a try: the failure is the question's own. `first` is the longest pause before its second try.
    Own { first: Duration },
    /// Wait as long as the server asked: this question was refused, but others are not.
    Alone { asked: Option<Duration>, first: Duration },
    /// Ask the question when the lane is no longer held.
    Held,
    /// Give up this question and all others of the unit.
    Stop,
}

impl Lane {
    pub(super) fn new(model: &str, pace: &Pace, most: Option<usize>) -> Arc<Lane> {
        let most = most.unwrap_or(pace.concurrency).max(1);
        let state = LaneState::new(model, most);
        Arc::new(Lane { most, pace: *pace, state: Mutex::new(state), turned: Notify::new() })
    }

    /// Returns whether a request may start, for a unit with `mine` in flight. It counts as started once it is
    /// [sent](Ticket::sent).
    pub(super) fn turn(self: &Arc<Lane>, mine: usize, now: Instant) -> Admission {
        let mut state = self.state();
        if let Some(error) = &state.stopped {
            return Admission::Never(error.clone());
        }
        let patience = self.patience(&state);
        state.bursts(&patience, now);
        if let Some(until) = state.held_until(now) {
            return Admission::Later(Some(until));
        }
        if let Some(later) = state.later(mine, now) {
            return Admission::Later(later);
        }
        state.in_flight += 1;
        let level = state.in_flight;
        let start = state.evidence.starts(level, now);
        state.opened.get_or_insert((now, start.number));
        if let Some(closed) = &mut state.closed {
            closed.probe = Some(start.number);
        }
        Admission::Now(Ticket { lane: Arc::clone(self), start })
    }

    /// Takes note of an answer.
    pub(super) fn answered(
        &self,
        ticket: Ticket,
        limits: &Limits,
        tokens: Option<u64>,
        said: Option<u64>,
        now: Instant,
    ) {
        let start = ticket.start;
        // Dropping the ticket frees the place before the window is looked at.
        drop(ticket);
        let mut state = self.state();
        state.waits = None;
        state.learn(start, tokens, said, now);
        let patience = self.patience(&state);
        state.came(start, self.most, &patience, now);
        // These are the requests in flight that the provider had not counted yet.
        let others = state.in_flight.min((state.evidence.next() - start.number - 1) as usize);
        let each = state.tokens;
        state.told.tell(limits, start.number, others, each, now);
        state.limit_used = Allowance::used(limits).or(state.limit_used);
        drop(state);
        self.turned.notify_waiters();
    }

    /// Takes note of a failure of the question at `place`, and returns what to do about it.
    pub(super) fn failed(
        &self,
        ticket: Ticket,
        error: &AskError,
        place: usize,
        now: Instant,
    ) -> AfterFailure {
        let start = ticket.start;
        drop(ticket);
        let mut state = self.state();
        state.waits = None;
        let next = self.after(&mut state, start, error, place, now);
        drop(state);
        self.turned.notify_waiters();
        next
    }

    fn after(
        &self,
        state: &mut LaneState,
        start: RequestStart,
        error: &AskError,
        place: usize,
        now: Instant,
    ) -> AfterFailure {
        if !error.may_pass() {
            state.stopped.get_or_insert_with(|| error.clone());
            return AfterFailure::Stop;
        }
        let asked = error.retry_after();
        if asked.is_some_and(|asked| asked > LONGEST_WAIT) {
            return AfterFailure::Stop;
        }
        let patience = self.patience(state);
        let refusal = matches!(error, AskError::Status { status: 429 | 503 | 529, .. });
        if let Some(closed) = &mut state.closed {
            if start.number < closed.from {
                // The request started before the lane closed, so that its failure says nothing new.
                return AfterFailure::Held;
            }
            closed.alone = closed.alone.filter(|alone| *alone == place);
            if !closed.again(&patience, now) {
                return AfterFailure::Stop;
            }
            closed.wait(asked, &patience, &error.to_string(), now);
            return AfterFailure::Held;
        }
        if !refusal {
            return state.fails(start, error, place, &patience, now);
        }
        if state.refused(start, error, &patience, now) {
            return AfterFailure::Held;
        }
        AfterFailure::Alone { asked, first: patience.first }
    }

    /// Stops the lane because of a failure that will not pass, of a request that did not go through the lane.
    pub(super) fn stop(&self, error: &AskError) {
        self.state().stopped.get_or_insert_with(|| error.clone());
        self.turned.notify_waiters();
    }

    /// Returns the error that has stopped the lane.
    pub(super) fn stopped(&self) -> Option<AskError> {
        self.state().stopped.clone()
    }

    /// Returns the mean number of tokens of a question with its answer, if known.
    pub(super) fn mean_tokens(&self) -> Option<f64> {
        Some(self.state().tokens).filter(|tokens| *tokens > 0.0)
    }

    /// Returns the number of tokens of the longest answer so far.
    pub(super) fn longest_answer(&self) -> Option<f64> {
        self.state().longest.map(|tokens| tokens as f64)
    }

    /// Notes for the status that something other than the lane holds requests back until this moment.
    pub(super) fn waits(&self, until: Instant, why: &str) {
        self.state().waits = Some((until, why.to_owned()));
    }

    /// Notes for the status that a unit has nothing to ask until this moment. Others may.
    pub(super) fn rests(&self, until: Instant, why: &str) {
        self.state().rests = Some((until, why.to_owned()));
    }

    /// Returns a future that is done when a request may have become able to start.
    pub(super) fn turned(&self) -> Notified<'_> {
        self.turned.notified()
    }

    pub(super) fn status(&self, now: Instant) -> Status {
        let state = self.state();
        let closed = state.closed.as_ref().map(|closed| (closed.until, closed.why.clone()));
        let told = state
            .told
            .left(now)
            .map(|until| (until, "the provider's limit per minute is used up".to_owned()));
        let rests = state.rests.clone().filter(|_| state.in_flight == 0);
        let waiting = [closed, state.waits.clone(), told, rests].into_iter().flatten();
        let waiting = waiting.filter(|(until, _)| *until > now).max_by_key(|(until, _)| *until);
        Status {
            in_flight: state.in_flight,
            window: if state.closed.is_some() { 1 } else { state.most(now) },
            limit_used: state.limit_used,
            waiting: waiting.map(|(until, why)| (why, until - now)),
            ..state.counts.clone()
        }
    }

    /// Returns how long to wait if the server does not say, based on how long an answer takes.
    fn patience(&self, state: &LaneState) -> Patience {
        let pause = self.pace.pause;
        let known = state.latency.and_then(|latency| Duration::try_from_secs_f64(latency / 2.0).ok());
        let first = known.unwrap_or(pause / 8).clamp(pause / 100, pause.max(pause / 100));
        let all = pause.saturating_mul(PATIENCE);
        // A config without retries does not want to sit out an outage, or to wait for a model that never answers.
        let once = self.pace.retries == 0;
        let outage = if once { Duration::ZERO } else { all };
        let all = if once && state.latency.is_none() { Duration::ZERO } else { all };
        Patience { first, doubled: pause * 2, all, outage }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        // Another thread's panic leaves the state whole, since each change is one step.
        hold(&self.state)
    }
}

impl Ticket {
    /// Notes that the request is sent.
    pub(super) fn sent(&self) {
        let mut state = self.lane.state();
        state.evidence.sent(self.start);
        state.told.start();
        if let Some(rate) = &mut state.rate {
            rate.start();
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.in_flight -= 1;
        if let Some(closed) = state.closed.as_mut().filter(|closed| closed.probe == Some(self.start.number)) {
            closed.probe = None;
        }
        drop(state);
        self.lane.turned.notify_waiters();
    }
}

#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod variants;
