//! A model's lane: how many of its requests may be on their way, and when the next may start.
//!
//! One per model and process, shared by all units that ask the model; no lane knows of another, so
//! that a slow or failing model delays nobody else. The rules, all of them local guesses at what a
//! server can bear:
//!
//! - The window of requests in flight starts at half of what is allowed (at least eight), grows
//!   by one per answer up to where it was last cut, then by one per round: TCP's slow start and
//!   congestion avoidance (Jacobson 1988). 429, 503 and 529 halve it, once per round: refusals of
//!   what had started before the cut are old news.
//! - A server's `Retry-After` holds the whole lane, since the limit is the account's and not the
//!   question's. Without one the pauses double.
//! - Several failures in a row are an outage: what fails of it does not count against its question,
//!   and one request at a time tries whether it is over, at growing intervals.
//! - A failure that will not pass (a wrong key, an unknown model) stops the lane for the whole run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::Status;
use super::pace::{Pace, pauses};
use crate::respondent::{AskError, Limits, Window};

/// The longest a run waits because a server asks it to. Beyond, it ends and the next one goes on.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Failures in a row, of any questions, that are an outage. At a failure rate of 10 % chance alone
/// makes four of a row in one of ten thousand; a false alarm costs one short pause.
const OUTAGE: u32 = 4;

/// The least window to start with, where so many are allowed.
const FIRST: usize = 8;

#[derive(Debug)]
pub(super) struct Lane {
    most: usize,
    pauses: ExponentialBuilder,
    state: Mutex<State>,
    /// Told whenever a request may start that could not before.
    turned: Notify,
}

#[derive(Debug)]
struct State {
    window: f64,
    /// Below it the window grows by one per answer, above it by one per round.
    threshold: f64,
    /// When it was last cut.
    cut: Option<Instant>,
    in_flight: usize,
    /// Units that have something to ask: each may have its part of the window.
    units: usize,
    /// Failures in a row.
    streak: u32,
    /// Of an outage, or of refusals without an answer between them: the pauses still to be tried.
    trials: Option<ExponentialBackoff>,
    outage: bool,
    /// Nothing starts before, and why: the server says so,
    held: Option<(Instant, String)>,
    /// or something else does, as things stood when the last answer came.
    waits: Option<(Instant, String)>,
    stopped: Option<AskError>,
    limit_used: Option<f64>,
    /// Tokens of a question with its answer, averaged over those that came.
    tokens: f64,
    /// Tokens of the longest answer yet.
    longest: Option<u64>,
    counts: Status,
}

/// Whether a request may start.
pub(super) enum Turn {
    Now(Ticket),
    /// When something lands, or at this moment.
    Later(Option<Instant>),
    /// Not in this run.
    Never(AskError),
}

/// A request's place in the lane, free again when dropped.
pub(super) struct Ticket {
    lane: Arc<Lane>,
    started: Instant,
}

/// What to do about a request that came back without an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Try it again; it counts as a try where the failure was its own.
    Again { counts: bool },
    /// It is no use, for this question and all others of the unit.
    Stop,
}

impl Lane {
    pub fn new(model: &str, pace: &Pace, most: Option<usize>) -> Arc<Lane> {
        let most = most.unwrap_or(pace.concurrency).max(1);
        let first = (most / 2).max(FIRST).min(most) as f64;
        let state = State {
            window: first,
            threshold: most as f64,
            cut: None,
            in_flight: 0,
            units: 0,
            streak: 0,
            trials: None,
            outage: false,
            held: None,
            waits: None,
            stopped: None,
            limit_used: None,
            tokens: 0.0,
            longest: None,
            counts: Status { model: model.to_owned(), ..Status::default() },
        };
        let pauses = pauses(pace);
        Arc::new(Lane { most, pauses, state: Mutex::new(state), turned: Notify::new() })
    }

    /// A unit starts asking `wanted` questions; it has ended when the guard is dropped.
    pub fn enter(self: &Arc<Lane>, wanted: usize) -> Member {
        let mut state = self.state();
        state.units += 1;
        state.counts.wanted += wanted as u64;
        Member { lane: Arc::clone(self), open: wanted as u64, asks: true }
    }

    /// Whether a request may start, for a unit that has `mine` in flight.
    pub fn turn(self: &Arc<Lane>, mine: usize, now: Instant) -> Turn {
        let mut state = self.state();
        if let Some(error) = &state.stopped {
            return Turn::Never(error.clone());
        }
        if let Some(until) = state.held_until(now) {
            return Turn::Later(Some(until));
        }
        let window = if state.outage { 1 } else { (state.window as usize).max(1) };
        let share = window.div_ceil(state.units.max(1));
        if state.in_flight >= window || mine >= share {
            return Turn::Later(None);
        }
        state.in_flight += 1;
        Turn::Now(Ticket { lane: Arc::clone(self), started: now })
    }

    /// An answer came.
    pub fn answered(
        &self,
        ticket: Ticket,
        limits: &Limits,
        tokens: Option<u64>,
        said: Option<u64>,
        now: Instant,
    ) {
        // Frees the place before the window is looked at.
        drop(ticket);
        let mut state = self.state();
        state.waits = None;
        state.streak = 0;
        state.trials = None;
        if state.outage {
            state.outage = false;
            state.window = (state.window / 2.0).max(1.0);
        }
        state.longest = state.longest.max(said);
        let step = if state.window < state.threshold { 1.0 } else { 1.0 / state.window };
        state.window = (state.window + step).min(self.most as f64);
        if let Some(tokens) = tokens {
            let weight = if state.tokens == 0.0 { 1.0 } else { 0.1 };
            state.tokens += weight * (tokens as f64 - state.tokens);
        }
        // Those on their way, which the provider may not have counted yet, and the next.
        let (coming, mean) = (state.in_flight as f64 + 1.0, state.tokens.max(1.0));
        let parts = [(limits.requests, coming), (limits.tokens, coming * mean)];
        for (window, needed) in parts.into_iter().filter_map(|(window, needed)| Some((window?, needed))) {
            if let Some(wait) = refill(&window, needed) {
                hold(&mut state, now + wait, "the provider's limit per minute is used up");
            }
        }
        let used = [limits.requests, limits.tokens].into_iter().flatten().filter_map(|window| {
            Some((1.0 - window.remaining / window.limit.filter(|limit| *limit > 0.0)?).clamp(0.0, 1.0))
        });
        state.limit_used = used.reduce(f64::max).or(state.limit_used);
        drop(state);
        self.turned.notify_waiters();
    }

    /// No answer came.
    pub fn failed(&self, ticket: Ticket, error: &AskError, now: Instant) -> Next {
        let started = ticket.started;
        drop(ticket);
        let mut state = self.state();
        state.waits = None;
        let next = self.after(&mut state, started, error, now);
        drop(state);
        self.turned.notify_waiters();
        next
    }

    fn after(&self, state: &mut State, started: Instant, error: &AskError, now: Instant) -> Next {
        if !error.may_pass() {
            state.stopped.get_or_insert_with(|| error.clone());
            return Next::Stop;
        }
        let wait = error.retry_after();
        if wait.is_some_and(|wait| wait > LONGEST_WAIT) {
            return Next::Stop;
        }
        // What had started before the last cut, or pause, is old news.
        let fresh = state.cut.is_none_or(|cut| started > cut);
        if let AskError::Status { status: status @ (429 | 503 | 529), .. } = error {
            if fresh {
                state.window = (state.window / 2.0).max(1.0);
                state.threshold = state.window.max(2.0);
                state.cut = Some(now);
            }
            if *status == 429 || wait.is_some() {
                return match fresh {
                    true => self.pause(state, error, now),
                    false => Next::Again { counts: false },
                };
            }
        }
        state.streak += 1;
        if state.outage {
            return match fresh {
                true => self.pause(state, error, now),
                false => Next::Again { counts: false },
            };
        }
        if state.streak >= OUTAGE.min(state.window as u32).max(2) {
            state.outage = true;
            state.cut = Some(now);
            state.trials = None;
            return self.pause(state, error, now);
        }
        Next::Again { counts: true }
    }

    /// Holds the lane, a little longer each time in a row, until it has been tried often enough.
    fn pause(&self, state: &mut State, error: &AskError, now: Instant) -> Next {
        let in_a_row = state.trials.is_some();
        let trials = state.trials.get_or_insert_with(|| self.pauses.build());
        match trials.next() {
            Some(pause) => {
                // A little later than asked for, so that not all who wait come back at one moment.
                let asked = error.retry_after().map(|wait| wait + pause.min(wait / 4));
                let pause = match asked {
                    // Who asks for too little each time (`Retry-After: 0`) is asked ever more seldom.
                    Some(asked) if in_a_row => asked.max(pause),
                    asked => asked.unwrap_or(pause),
                };
                hold(state, now + pause, &error.to_string());
                Next::Again { counts: false }
            }
            None => {
                // The next unit may try once more; it is not worth more than that.
                state.trials = Some(self.pauses.with_max_times(0).build());
                Next::Stop
            }
        }
    }

    /// A failure that will not pass, of a request that did not go through the lane.
    pub fn stop(&self, error: &AskError) {
        self.state().stopped.get_or_insert_with(|| error.clone());
        self.turned.notify_waiters();
    }

    /// What has stopped it.
    pub fn stopped(&self) -> Option<AskError> {
        self.state().stopped.clone()
    }

    /// What a question with its answer takes, in tokens, as far as is known.
    pub fn mean_tokens(&self) -> Option<f64> {
        Some(self.state().tokens).filter(|tokens| *tokens > 0.0)
    }

    /// Tokens of the longest answer yet.
    pub fn longest_answer(&self) -> Option<f64> {
        self.state().longest.map(|tokens| tokens as f64)
    }

    /// Something else than the lane holds it until then, or until something lands: it is looked again
    /// then.
    pub fn waits(&self, until: Instant, why: &str) {
        self.state().waits = Some((until, why.to_owned()));
    }

    /// Comes back when a turn may have come free.
    pub fn turned(&self) -> Notified<'_> {
        self.turned.notified()
    }

    pub fn status(&self, now: Instant) -> Status {
        let state = self.state();
        let waiting = [&state.held, &state.waits].into_iter().flatten();
        let waiting = waiting.filter(|(until, _)| *until > now).max_by_key(|(until, _)| *until);
        Status {
            in_flight: state.in_flight,
            window: state.window as usize,
            limit_used: state.limit_used,
            waiting: waiting.map(|(until, why)| (why.clone(), *until - now)),
            ..state.counts.clone()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves it whole: each change is one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Until when nothing starts.
    fn held_until(&self, now: Instant) -> Option<Instant> {
        let until = [&self.held, &self.waits].into_iter().flatten().map(|(until, _)| *until);
        until.filter(|until| now < *until).max()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.lane.state().in_flight -= 1;
        self.lane.turned.notify_waiters();
    }
}

/// A unit that is asking.
pub(super) struct Member {
    lane: Arc<Lane>,
    open: u64,
    /// It has something to ask at the moment.
    asks: bool,
}

impl Member {
    /// Whether it has something to ask. While it only waits for answers, its part of the window is the
    /// others'.
    pub fn asks(&mut self, asks: bool) {
        if self.asks == asks {
            return;
        }
        self.asks = asks;
        let mut state = self.lane.state();
        if asks {
            state.units += 1;
        } else {
            state.units -= 1;
            drop(state);
            self.lane.turned.notify_waiters();
        }
    }

    /// One of its questions is done with.
    pub fn done(&mut self, answered: bool) {
        self.open = self.open.saturating_sub(1);
        let counts = &mut self.lane.state().counts;
        *(if answered { &mut counts.arrived } else { &mut counts.failed }) += 1;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.units -= usize::from(self.asks);
        state.counts.failed += self.open;
        drop(state);
        self.lane.turned.notify_waiters();
    }
}

fn hold(state: &mut State, until: Instant, why: &str) {
    if state.held.as_ref().is_none_or(|(known, _)| *known < until) {
        state.held = Some((until, why.to_owned()));
    }
}

/// How long until a limit has room for what is `needed`; `None` where it has. Providers refill steadily:
/// `reset` is when all that is used will be there again.
fn refill(window: &Window, needed: f64) -> Option<Duration> {
    let lacking = needed - window.remaining;
    if lacking <= 0.0 {
        return None;
    }
    let used = window.limit.map_or(lacking, |limit| limit - window.remaining);
    let part = if used > 0.0 { (lacking / used).min(1.0) } else { 1.0 };
    // Bounded first: a server may name any time.
    let wait = (window.reset.as_secs_f64() * part).min(LONGEST_WAIT.as_secs_f64());
    Some(Duration::try_from_secs_f64(wait).unwrap_or(LONGEST_WAIT))
}

#[cfg(test)]
mod tests;
