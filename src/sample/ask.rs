//! Asking: the questions of one unit, some at a time, each tried again while that may help, every
//! response handed on the moment it arrives.
//!
//! One loop starts and lands them: the model's [`Lane`] says when a request may start, the run's
//! [`Ledger`] whether the budget and the limits per minute allow it. A question that waits for its
//! next try holds no place.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff};
use jiff::{Timestamp, Unit};
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::Reason;
use super::lane::{Lane, Member, Next, Ticket, Turn, pauses};
use super::ledger::{Estimate, Grant, Ledger, unwritable};
use crate::config::{Model, Sampling};
use crate::respondent::{AskError, Reply, Request, Response, Wire};

/// How fast, how long and how often a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests in flight per model, at least 1.
    pub concurrency: usize,
    /// What one request may take.
    pub limit: Duration,
    /// Times one request is tried again after a failure that may pass.
    pub retries: usize,
    /// The pause before the second try, doubled for each further one, with up to as much again at
    /// random; a server's `Retry-After` takes its place.
    pub pause: Duration,
}

impl From<&Sampling> for Pace {
    fn from(sampling: &Sampling) -> Pace {
        Pace {
            concurrency: sampling.concurrency,
            limit: Duration::from_secs(sampling.timeout),
            retries: sampling.retries,
            pause: Duration::from_millis(500),
        }
    }
}

/// Tokens of an answer, as long as none has come and the config sets no limit.
const UNKNOWN_ANSWER: f64 = 1000.0;

/// Characters that make a token, for a question that the provider has not counted yet: low, so
/// that the estimate is high.
const TOKEN: f64 = 3.0;

/// The threads that asking runs on, started when something is asked for the first time.
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_try_init(|| {
        // One does for thousands of requests a second, and wakes nobody else for each of them.
        Builder::new_multi_thread().worker_threads(1).thread_name("alignspec-sample").enable_all().build()
    })
}

/// Whom to ask, and within which limits.
pub(super) struct Asker<'a> {
    pub model: &'a Model,
    pub wire: Arc<dyn Wire>,
    pub lane: Arc<Lane>,
    pub ledger: &'a Ledger,
    pub pace: Pace,
}

/// A question that is to be asked.
struct Attempt {
    place: usize,
    request: Arc<Request>,
    /// The pauses it may still make.
    pauses: ExponentialBackoff,
}

/// A request that has come back.
struct Landed {
    attempt: Attempt,
    ticket: Ticket,
    entered: Estimate,
    heard: Result<Reply, AskError>,
}

/// What comes next in the loop.
enum Step {
    Start(Attempt, Ticket, Estimate),
    /// Wait for something to land or to be told, and no longer than to this moment.
    Wait(Option<Instant>),
    End(Reason),
}

impl Asker<'_> {
    /// Asks the questions at `places` and gives every response to `keep`.
    ///
    /// Returns the places without a response, each with the reason. A failure that will not pass
    /// (a wrong key, a wrong model) ends it at once, and so do an outage that lasts longer than the
    /// retries, a used-up budget and the run's deadline.
    ///
    /// # Errors
    /// `keep` failed: nothing more is asked.
    pub async fn ask<E>(
        &self,
        places: Vec<usize>,
        request: impl Fn(usize) -> Request,
        mut keep: impl FnMut(usize, Response) -> Result<(), E>,
    ) -> Result<Vec<(usize, Reason)>, E> {
        let mut member = self.lane.enter(places.len());
        let mut asking = Queue {
            open: places.iter().copied().collect(),
            fresh: places.into_iter(),
            again: BinaryHeap::new(),
            next: None,
            blocked: None,
            closing: None,
        };
        // Dropping it ends what is in flight.
        let mut flying: JoinSet<Landed> = JoinSet::new();
        let mut failed = Vec::new();
        let end = loop {
            // Registered before the lane is asked, so that nothing is missed in between.
            let turned = self.lane.turned();
            tokio::pin!(turned);
            turned.as_mut().enable();
            match self.step(&mut asking, &request, flying.len()) {
                Step::Start(attempt, ticket, entered) => {
                    flying.spawn(fly(Arc::clone(&self.wire), attempt, ticket, entered));
                }
                Step::End(reason) => break Some(reason),
                Step::Wait(_) if flying.is_empty() && asking.closing.is_some() => {
                    break asking.closing.take();
                }
                // Whatever the deadline: there is nothing to wait for.
                Step::Wait(_) if flying.is_empty() && asking.is_empty() => break None,
                Step::Wait(until) => {
                    let until = until.map(tokio::time::Instant::from_std);
                    let alarm = async {
                        match until {
                            Some(until) => tokio::time::sleep_until(until).await,
                            None => std::future::pending().await,
                        }
                    };
                    let landed = tokio::select! {
                        Some(landed) = flying.join_next() => landed,
                        () = turned => continue,
                        () = alarm => continue,
                    };
                    let landed = match landed {
                        Ok(landed) => landed,
                        Err(lost) => match lost.try_into_panic() {
                            Ok(panic) => std::panic::resume_unwind(panic),
                            Err(_) => continue,
                        },
                    };
                    match self.land(landed, &mut asking, &mut member, &mut failed, &mut keep)? {
                        Some(reason) => break Some(reason),
                        None => continue,
                    }
                }
            }
        };
        let Some(reason) = end else { return Ok(failed) };
        // Only what has already arrived is still taken.
        while let Some(landed) = flying.try_join_next() {
            if let Ok(landed) = landed {
                self.land(landed, &mut asking, &mut member, &mut failed, &mut keep)?;
            }
        }
        failed.extend(asking.open.into_iter().map(|place| (place, reason.clone())));
        Ok(failed)
    }

    /// What can be done now.
    fn step(&self, asking: &mut Queue, request: impl Fn(usize) -> Request, flying: usize) -> Step {
        let now = Instant::now();
        let deadline = match self.ledger.time_left() {
            Ok(None) => None,
            Ok(Some(left)) if left.is_zero() => return Step::End(Reason::Budget(self.ledger.out_of_time())),
            Ok(Some(left)) => Some(now + left),
            Err(cause) => return Step::End(Reason::Budget(unwritable(&cause))),
        };
        let sooner = |moment: Option<Instant>| moment.into_iter().chain(deadline).min();
        if asking.closing.is_some() {
            return Step::Wait(deadline);
        }
        let fresh =
            |place| Attempt { place, request: Arc::new(request(place)), pauses: pauses(&self.pace).build() };
        let Some(attempt) = asking.take(now, fresh) else { return Step::Wait(sooner(asking.due())) };
        let ticket = match self.lane.turn(flying, now) {
            Turn::Now(ticket) => ticket,
            Turn::Later(moment) => {
                asking.next = Some(attempt);
                return Step::Wait(sooner(moment));
            }
            Turn::Never(error) => return Step::End(Reason::Stopped(error)),
        };
        match self.ledger.enter(self.model, self.estimate(&attempt.request)) {
            Ok(Grant::Given(entered)) => {
                asking.blocked = None;
                Step::Start(attempt, ticket, entered)
            }
            Ok(Grant::Later(wait, why)) => {
                asking.next = Some(attempt);
                // Of what other processes have reserved, a killed one never says what came of it.
                let since = *asking.blocked.get_or_insert(now);
                if flying == 0 && wait < self.pace.limit && now.duration_since(since) > 2 * self.pace.limit {
                    return Step::End(Reason::Budget(why));
                }
                self.lane.waits(now + wait, &why);
                Step::Wait(sooner(Some(now + wait)))
            }
            Ok(Grant::Over(why)) => {
                // What is on its way is paid for.
                asking.closing = Some(Reason::Budget(why));
                Step::Wait(deadline)
            }
            Err(cause) => Step::End(Reason::Budget(unwritable(&cause))),
        }
    }

    /// Takes what has come back; a reason ends the asking.
    fn land<E>(
        &self,
        landed: Landed,
        asking: &mut Queue,
        member: &mut Member,
        failed: &mut Vec<(usize, Reason)>,
        keep: &mut impl FnMut(usize, Response) -> Result<(), E>,
    ) -> Result<Option<Reason>, E> {
        let Landed { mut attempt, ticket, entered, heard } = landed;
        let now = Instant::now();
        let came = heard.as_ref().ok().map(|reply| self.came(&reply.response, entered));
        // An answer is worth more than its entry: what cannot be written now ends the next step.
        let _ = self.ledger.settle(self.model, entered, came);
        match heard {
            Ok(Reply { response, limits }) => {
                let tokens = response.tokens_in.zip(response.tokens_out).map(|(asked, said)| asked + said);
                self.lane.answered(ticket, &limits, tokens, response.tokens_out, now);
                asking.open.remove(&attempt.place);
                keep(attempt.place, response)?;
                member.done(true);
            }
            Err(error) => match self.lane.failed(ticket, &error, now) {
                Next::Stop => {
                    asking.open.remove(&attempt.place);
                    member.done(false);
                    failed.push((attempt.place, Reason::Failed(error.clone())));
                    return Ok(Some(Reason::Stopped(error)));
                }
                Next::Again { counts: false } => asking.again.push(Later { due: now, attempt }),
                Next::Again { counts: true } => match attempt.pauses.next() {
                    Some(pause) => asking.again.push(Later { due: now + pause, attempt }),
                    None => {
                        asking.open.remove(&attempt.place);
                        member.done(false);
                        failed.push((attempt.place, Reason::Failed(error)));
                    }
                },
            },
        }
        Ok(None)
    }

    /// What asking `request` will likely take.
    fn estimate(&self, request: &Request) -> Estimate {
        let estimate = estimate(self.model, request, self.lane.longest_answer());
        Estimate { tokens: self.lane.mean_tokens().unwrap_or(estimate.tokens), ..estimate }
    }

    /// What `response` took, where the provider says.
    fn came(&self, response: &Response, entered: Estimate) -> Estimate {
        let Some((asked, said)) = response.tokens_in.zip(response.tokens_out) else { return entered };
        let (asked, said) = (asked as f64, said as f64);
        let price = self.model.terms.price;
        Estimate { tokens: asked + said, usd: price.map_or(0.0, |price| price.usd(asked, said)) }
    }
}

/// What asking `request` will likely take, when the longest answer yet had so many tokens.
pub(super) fn estimate(model: &Model, request: &Request, longest: Option<f64>) -> Estimate {
    let asked = request.prompt.len() + request.system.as_ref().map_or(0, String::len);
    let tokens_in = asked as f64 / TOKEN;
    let tokens_out = longest.or(model.max_tokens.map(f64::from)).unwrap_or(UNKNOWN_ANSWER);
    let usd = model.terms.price.map_or(0.0, |price| price.usd(tokens_in, tokens_out));
    Estimate { tokens: tokens_in + tokens_out, usd }
}

/// The second it is, in UTC.
pub(super) fn second() -> Option<String> {
    Timestamp::now().round(Unit::Second).ok().map(|moment| moment.to_string())
}

async fn fly(wire: Arc<dyn Wire>, attempt: Attempt, ticket: Ticket, entered: Estimate) -> Landed {
    let started = Instant::now();
    let mut heard = wire.ask(&attempt.request).await;
    if let Ok(reply) = &mut heard {
        reply.response.ms = u64::try_from(started.elapsed().as_millis()).ok();
        reply.response.at = second();
    }
    Landed { attempt, ticket, entered, heard }
}

/// The questions of a unit that have no answer yet.
struct Queue {
    open: BTreeSet<usize>,
    fresh: std::vec::IntoIter<usize>,
    again: BinaryHeap<Later>,
    /// Taken, but it could not start.
    next: Option<Attempt>,
    /// Since when the budget has held it back.
    blocked: Option<Instant>,
    /// Nothing more is started, for this reason.
    closing: Option<Reason>,
}

impl Queue {
    /// The question to ask now: one that is due for another try, or the next.
    fn take(&mut self, now: Instant, fresh: impl Fn(usize) -> Attempt) -> Option<Attempt> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        if self.again.peek().is_some_and(|later| later.due <= now) {
            return self.again.pop().map(|later| later.attempt);
        }
        self.fresh.next().map(fresh)
    }

    /// When the next try of a question is due.
    fn due(&self) -> Option<Instant> {
        self.again.peek().map(|later| later.due)
    }

    fn is_empty(&self) -> bool {
        self.next.is_none() && self.again.is_empty() && self.fresh.len() == 0
    }
}

/// A question that waits for its next try; the heap gives the earliest first.
struct Later {
    due: Instant,
    attempt: Attempt,
}

impl Later {
    fn order(&self) -> Reverse<(Instant, usize)> {
        Reverse((self.due, self.attempt.place))
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Later) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Later) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Later) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}
