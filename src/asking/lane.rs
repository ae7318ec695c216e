//! A model's lane: how many of its requests may be on their way, and when the next may start.
//!
//! One per model and process, shared by all units that ask the model; no lane knows of another, so
//! that a slow or failing model delays nobody else. What a server can bear is guessed from what it
//! refuses and what it accepts meanwhile:
//!
//! - The window of requests in flight starts at half of what is allowed (at least eight) and grows by
//!   one per answer: TCP's slow start (Jacobson 1988).
//! - No more than a few are on their way of which it is not known yet whether they are refused (TCP's pacing, as
//!   BBR has it): where a limit is reached, few are refused.
//! - A lone refusal (429, 503, 529) holds its own question for as long as the server asks, and no other;
//!   its place stays empty until the next answer, so that a server that refuses is not asked faster than
//!   one that answers.
//! - Where most of the newest are refused, or a header said that nothing is left, the lane is *closed*
//!   ([`closed`]): one request at a time finds out when it opens, for two minutes at least, which costs no
//!   question a try. It then opens as wide as was accepted before ([`rate`], [`ceiling`]), and at the pace that
//!   the account gives between two moments when nothing was left of it ([`supply`]).
//! - A few refusals among many are tried ([`evidence`]): if slowing to the accepted rate lessens them it is
//!   kept, after TCP BBR; else it is some backend's matter and does not slow anything, as Google's adaptive
//!   throttling ("Site Reliability Engineering", ch. 21) lets through what is likely to pass.
//! - A number in flight above which is refused, and not below, is a ceiling, which is tried again ever more
//!   seldom (Netflix's concurrency-limits, Envoy's adaptive concurrency).
//! - What the provider's headers leave of its limits is drawn on, and not overdrawn ([`told`]).
//! - Several failures in a row that are no refusals are an outage, which closes the lane, too. As in AWS's
//!   standard retries, only failures of its own use up a question's tries.
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

/// The longest a run waits because a server asks it to. Beyond, it ends and the next one goes on.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Failures in a row, of any questions, that are an outage: an eighth of the window, between these. At a
/// failure rate of 10 % chance alone makes four of a row in one of ten thousand; a false alarm costs one
/// short pause.
const OUTAGE: (usize, usize) = (4, 8);

/// The least window to start with, where so many are allowed; and the one to start with again.
const FIRST: usize = 8;
const AGAIN: usize = 4;

/// A lane is tried for so many first pauses of a question: two minutes, where that is half a second.
const PATIENCE: u32 = 240;

#[derive(Debug)]
pub(super) struct Lane {
    most: usize,
    pace: Pace,
    state: Mutex<LaneState>,
    /// Told whenever a request may start that could not before.
    turned: Notify,
}

/// Whether a request may start.
pub(super) enum Admission {
    Now(Ticket),
    /// When something lands, or at this moment.
    Later(Option<Instant>),
    /// Not in this run.
    Never(AskError),
}

/// A request's place in the lane, free again when dropped.
pub(super) struct Ticket {
    lane: Arc<Lane>,
    start: RequestStart,
}

/// What to do about a request that came back without an answer.
#[derive(Debug, PartialEq)]
pub(super) enum AfterFailure {
    /// Its own failure: it counts as a try. The pause before the second one is at most so long.
    Own { first: Duration },
    /// It was refused and others are not: it waits as long as it was asked to, and they go on.
    Alone { asked: Option<Duration>, first: Duration },
    /// The lane is held, and the question is to be asked when it no longer is.
    Held,
    /// It is no use, for this question and all others of the unit.
    Stop,
}

impl Lane {
    pub(super) fn new(model: &str, pace: &Pace, most: Option<usize>) -> Arc<Lane> {
        let most = most.unwrap_or(pace.concurrency).max(1);
        let state = LaneState::new(model, most);
        Arc::new(Lane { most, pace: *pace, state: Mutex::new(state), turned: Notify::new() })
    }

    /// Whether a request may start, for a unit that has `mine` in flight. It has, once it was
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

    /// An answer came.
    pub(super) fn answered(
        &self,
        ticket: Ticket,
        limits: &Limits,
        tokens: Option<u64>,
        said: Option<u64>,
        now: Instant,
    ) {
        let start = ticket.start;
        // Frees the place before the window is looked at.
        drop(ticket);
        let mut state = self.state();
        state.waits = None;
        state.learn(start, tokens, said, now);
        let patience = self.patience(&state);
        state.came(start, self.most, &patience, now);
        // Those on their way that the provider had not counted yet.
        let others = state.in_flight.min((state.evidence.next() - start.number - 1) as usize);
        let each = state.tokens;
        state.told.tell(limits, start.number, others, each, now);
        state.limit_used = Allowance::used(limits).or(state.limit_used);
        drop(state);
        self.turned.notify_waiters();
    }

    /// No answer to the question at `place` came.
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
                // What had started before is old news.
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

    /// A failure that will not pass, of a request that did not go through the lane.
    pub(super) fn stop(&self, error: &AskError) {
        self.state().stopped.get_or_insert_with(|| error.clone());
        self.turned.notify_waiters();
    }

    /// What has stopped it.
    pub(super) fn stopped(&self) -> Option<AskError> {
        self.state().stopped.clone()
    }

    /// What a question with its answer takes, in tokens, as far as is known.
    pub(super) fn mean_tokens(&self) -> Option<f64> {
        Some(self.state().tokens).filter(|tokens| *tokens > 0.0)
    }

    /// Tokens of the longest answer yet.
    pub(super) fn longest_answer(&self) -> Option<f64> {
        self.state().longest.map(|tokens| tokens as f64)
    }

    /// Something else than the lane holds it until then, or until something lands: it is looked again
    /// then.
    pub(super) fn waits(&self, until: Instant, why: &str) {
        self.state().waits = Some((until, why.to_owned()));
    }

    /// A unit has nothing to ask before then; others may.
    pub(super) fn rests(&self, until: Instant, why: &str) {
        self.state().rests = Some((until, why.to_owned()));
    }

    /// Comes back when a turn may have come free.
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

    /// How long one waits where the server does not say, by what an answer takes.
    fn patience(&self, state: &LaneState) -> Patience {
        let pause = self.pace.pause;
        let known = state.latency.and_then(|latency| Duration::try_from_secs_f64(latency / 2.0).ok());
        let first = known.unwrap_or(pause / 8).clamp(pause / 100, pause.max(pause / 100));
        let all = pause.saturating_mul(PATIENCE);
        // Who wants nothing tried again that failed does not want to sit out an outage, nor who never answers.
        let once = self.pace.retries == 0;
        let outage = if once { Duration::ZERO } else { all };
        let all = if once && state.latency.is_none() { Duration::ZERO } else { all };
        Patience { first, doubled: pause * 2, all, outage }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        // A panic elsewhere leaves it whole: each change is one step.
        hold(&self.state)
    }
}

impl Ticket {
    /// The request is sent.
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
