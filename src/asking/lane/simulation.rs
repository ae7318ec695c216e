//! A simulated server and clock, to see in no time how a lane and a queue deal with a server's rules.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Admission, Lane, Member, Ticket};
use crate::asking::pace::Pace;
use crate::asking::queue::{Attempt, Queue};
use crate::provider::{AskError, Limits, Request};

/// The time to an answer in seconds, unless the scenario needs another.
pub(super) const LATENCY: f64 = 0.05;

/// What the server knows when a request arrives.
pub(super) struct Arrival {
    /// Seconds since the first request.
    pub since: f64,
    pub number: u64,
    pub place: usize,
    /// The number of requests that are being answered.
    pub answering: usize,
}

pub(super) type SimulatedReply = Result<Limits, AskError>;

pub(super) type ServerRules<'a> = &'a mut dyn FnMut(&Arrival) -> SimulatedReply;

/// The questions to ask, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct SimulatedWork {
    pub questions: usize,
    pub concurrency: usize,
    /// The time to an answer in seconds. A refusal takes a tenth of it.
    pub latency: f64,
}

impl SimulatedWork {
    pub(super) fn new(questions: usize, concurrency: usize) -> SimulatedWork {
        SimulatedWork { questions, concurrency, latency: LATENCY }
    }

    /// Returns how many seconds it takes if nothing is refused.
    pub(super) fn plain(&self) -> f64 {
        self.latency * (self.questions as f64 / self.concurrency as f64).ceil()
    }
}

/// The result of a run.
#[derive(Debug, Default)]
pub(super) struct SimulatedResult {
    /// Seconds until the last answer or failure.
    pub took: f64,
    pub requests: u64,
    pub lost: usize,
    /// Whether the lane ended the run.
    pub stopped: bool,
    /// When each request started.
    pub starts: Vec<f64>,
}

impl SimulatedResult {
    /// Returns the number of requests beyond one per question, as a share of the questions.
    pub(crate) fn extra(&self, questions: usize) -> f64 {
        (self.requests as f64 - questions as f64) / questions as f64
    }
}

/// A request in flight.
struct Flight {
    attempt: Attempt,
    ticket: Ticket,
    heard: SimulatedReply,
}

pub(super) fn status(status: u16, retry_after: Option<f64>) -> AskError {
    let retry_after = retry_after.map(Duration::from_secs_f64);
    let (server, message) = ("s".to_owned(), "no".to_owned());
    AskError::Status { server, status, message, retry_after, exhausted: false }
}

/// Returns a number in 0 .. 1 that looks random but is not.
pub(super) fn roll(number: u64) -> f64 {
    let mut hash = number ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3 {
        hash = (hash ^ (hash >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

/// Asks all questions of `work`.
pub(super) fn run(work: SimulatedWork, rules: ServerRules<'_>) -> SimulatedResult {
    let SimulatedWork { questions, concurrency, latency } = work;
    let pause = Duration::from_millis(500);
    let pace = Pace { concurrency, limit: Duration::from_secs(120), retries: 4, pause };
    let lane = Lane::new("m", &pace, None);
    let mut run = SimulatedRun {
        unit: lane.enter(questions),
        lane,
        pace,
        latency,
        began: Instant::now(),
        now: Duration::ZERO,
        queue: Queue::new((0..questions).collect()),
        flying: Vec::new(),
        landing: BinaryHeap::new(),
        rules,
        answering: 0,
        came: SimulatedResult::default(),
    };
    run.all();
    run.came
}

struct SimulatedRun<'a> {
    unit: Member,
    lane: Arc<Lane>,
    pace: Pace,
    latency: f64,
    began: Instant,
    now: Duration,
    queue: Queue,
    flying: Vec<Option<Flight>>,
    /// When each request comes back, and its index.
    landing: BinaryHeap<Reverse<(Duration, usize)>>,
    rules: ServerRules<'a>,
    /// The number of requests in flight that will be answered.
    answering: usize,
    came: SimulatedResult,
}

impl SimulatedRun<'_> {
    fn all(&mut self) {
        loop {
            let wait = self.start();
            let lands = self.landing.peek().map(|Reverse((at, _))| *at);
            if lands.is_none() && self.queue.is_empty() {
                break;
            }
            let Some(next) = wait.into_iter().chain(lands).min() else { panic!("it waits for ever") };
            self.now = self.now.max(next);
            while self.landing.peek().is_some_and(|Reverse((at, _))| *at <= self.now) {
                if !self.land() {
                    self.came.stopped = true;
                    self.came.took = self.now.as_secs_f64();
                    return;
                }
            }
        }
        self.came.took = self.now.as_secs_f64();
    }

    /// Starts what may start, and returns when to look again.
    fn start(&mut self) -> Option<Duration> {
        loop {
            let now = self.began + self.now;
            let request = || Arc::new(Request::default());
            let fresh = |place| Attempt { place, request: request(), failed: 0, refused: 0, lost: 0 };
            let until = |at: Instant| at.duration_since(self.began);
            let Some(attempt) = self.queue.take(now, fresh) else { return self.queue.due().map(until) };
            let mine = self.landing.len();
            let ticket = match self.lane.turn(mine, now) {
                Admission::Now(ticket) => ticket,
                Admission::Later(moment) => {
                    self.queue.next = Some(attempt);
                    return moment.map(until);
                }
                Admission::Never(_) => panic!("stopped for good"),
            };
            ticket.sent();
            let (since, number) = (self.now.as_secs_f64(), self.came.requests);
            let heard =
                (self.rules)(&Arrival { since, number, place: attempt.place, answering: self.answering });
            let latency = if heard.is_ok() { self.latency } else { self.latency / 10.0 };
            let takes = latency * (0.95 + 0.1 * roll(!number));
            self.answering += usize::from(heard.is_ok());
            self.came.requests += 1;
            self.came.starts.push(since);
            let lands = self.now + Duration::from_secs_f64(takes);
            self.landing.push(Reverse((lands, self.flying.len())));
            self.flying.push(Some(Flight { attempt, ticket, heard }));
        }
    }

    /// Takes the next request that comes back. Returns whether the run goes on.
    fn land(&mut self) -> bool {
        let Some(Reverse((_, at))) = self.landing.pop() else { return true };
        let Some(Flight { attempt, ticket, heard }) = self.flying[at].take() else { return true };
        let now = self.began + self.now;
        match heard {
            Ok(limits) => {
                self.answering -= 1;
                self.lane.answered(ticket, &limits, None, None, now);
                self.unit.done(true);
            }
            Err(error) => {
                let next = self.lane.failed(ticket, &error, attempt.place, now);
                let stops = next == super::AfterFailure::Stop;
                if !self.queue.again(attempt, next, &self.pace, now) {
                    self.came.lost += 1;
                    self.unit.done(false);
                }
                return !stops;
            }
        }
        true
    }
}
