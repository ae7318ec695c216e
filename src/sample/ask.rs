//! Asking: the questions of one unit, some at a time, each tried again while that may help, every
//! response handed on the moment it arrives.
//!
//! One loop starts and lands them: the model's [`Lane`] says when a request may start, the run's
//! [`Ledger`] whether the budget and the limits per minute allow it. A question that waits for its
//! next try holds no place.

use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Unit};
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::Reason;
use super::declined::{Declined, declines};
use super::lane::{Lane, Member, Next, Ticket, Turn};
use super::ledger::{Estimate, Grant, Ledger, unwritable};
use super::pace::Pace;
use super::queue::{Attempt, Queue};
use crate::config::Model;
use crate::respondent::{AskError, Reply, Request, Response, Wire, likely_longest};

/// Characters that make a token, for a question that the provider has not counted yet: low, so
/// that the estimate is high.
const TOKEN: f64 = 3.0;

/// More tokens than any question or answer has: a server that tells of more does not count them.
const MOST_TOKENS: u64 = 10_000_000;

/// After so long it is looked again whether money that is reserved for others has come free.
const RESERVED: Duration = Duration::from_millis(200);

/// So long what is on its way is waited for, where one request was turned down.
const GRACE: Duration = Duration::from_secs(2);

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
    /// Whether it is asked back, and not asked.
    pub back: bool,
    pub wire: Arc<dyn Wire>,
    pub lane: Arc<Lane>,
    pub ledger: &'a Ledger,
    pub pace: Pace,
    /// The id of the item that the question at a place is of.
    pub item: &'a dyn Fn(usize) -> String,
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
    pub(super) async fn ask<E>(
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
            last: VecDeque::new(),
            next: None,
            blocked: None,
            declined: Declined::default(),
            closing: None,
        };
        // Settled however this ends, after what is in flight has been dropped.
        let mut entered = Entered { asker: self, open: Vec::new() };
        // Dropping it ends what is in flight.
        let mut flying: JoinSet<Landed> = JoinSet::new();
        let mut failed = Vec::new();
        let end = loop {
            // Registered before the lane is asked, so that nothing is missed in between.
            let turned = self.lane.turned();
            tokio::pin!(turned);
            turned.as_mut().enable();
            match self.step(&mut asking, &mut member, &request, flying.len()) {
                Step::Start(attempt, ticket, estimate) => {
                    entered.open.push(estimate);
                    flying.spawn(fly(Arc::clone(&self.wire), attempt, ticket, estimate));
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
                    entered.lands(landed.entered);
                    match self.land(landed, &mut asking, &mut member, &mut failed, &mut keep)? {
                        // What is on its way is paid for.
                        Some(error) if error.may_pass() => {
                            asking.closing.get_or_insert(Reason::Stopped(error));
                        }
                        Some(error) => break Some(Reason::Stopped(error)),
                        None => {}
                    }
                }
            }
        };
        let Some(reason) = end else { return Ok(failed) };
        // Only what has already arrived is still taken; but where one was turned down, those that were sent
        // beside it mostly are, too, which costs nothing and is not booked as if it did.
        let grace = if matches!(reason, Reason::Stopped(_)) { GRACE } else { Duration::ZERO };
        let end = tokio::time::Instant::now() + grace;
        while let Ok(Some(landed)) = tokio::time::timeout_at(end, flying.join_next()).await {
            if let Ok(landed) = landed {
                entered.lands(landed.entered);
                self.land(landed, &mut asking, &mut member, &mut failed, &mut keep)?;
            }
        }
        failed.extend(asking.open.into_iter().map(|place| (place, reason.clone())));
        Ok(failed)
    }

    /// What can be done now.
    fn step(
        &self,
        asking: &mut Queue,
        member: &mut Member,
        request: impl Fn(usize) -> Request,
        flying: usize,
    ) -> Step {
        let now = Instant::now();
        let deadline = match self.ledger.time_left() {
            Ok(None) => None,
            Ok(Some(left)) if left.is_zero() => return Step::End(Reason::Budget(self.ledger.out_of_time())),
            Ok(Some(left)) => now.checked_add(left),
            Err(cause) => return Step::End(Reason::Budget(unwritable(&cause))),
        };
        let sooner = |moment: Option<Instant>| moment.into_iter().chain(deadline).min();
        if asking.closing.is_some() {
            member.asks(false);
            return match self.lane.stopped() {
                Some(error) => Step::End(Reason::Stopped(error)),
                None => Step::Wait(deadline),
            };
        }
        let fresh = |place| Attempt { place, request: Arc::new(request(place)), failed: 0, refused: 0 };
        let attempt = asking.take(now, fresh);
        member.asks(attempt.is_some());
        let Some(attempt) = attempt else {
            if let Some(due) = asking.due() {
                self.lane.rests(due, "what failed or was refused is tried again");
            }
            return Step::Wait(sooner(asking.due()));
        };
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
                ticket.sent();
                Step::Start(attempt, ticket, entered)
            }
            Ok(Grant::Later(wait, why)) => {
                asking.next = Some(attempt);
                self.lane.waits(now + wait, &why);
                Step::Wait(sooner(Some(now + wait)))
            }
            Ok(Grant::Reserved(why)) => {
                asking.next = Some(attempt);
                // Of what other processes have reserved, a killed one never says what came of it.
                let since = *asking.blocked.get_or_insert(now);
                if flying == 0 && now.duration_since(since) > self.pace.limit.saturating_mul(2) {
                    return Step::End(Reason::Budget(why));
                }
                self.lane.waits(now + RESERVED, &why);
                Step::Wait(sooner(Some(now + RESERVED)))
            }
            Ok(Grant::Over(why)) => {
                // What is on its way is paid for.
                asking.closing = Some(Reason::Budget(why));
                Step::Wait(deadline)
            }
            Err(cause) => Step::End(Reason::Budget(unwritable(&cause))),
        }
    }

    /// Takes what has come back; an error ends the asking.
    fn land<E>(
        &self,
        landed: Landed,
        asking: &mut Queue,
        member: &mut Member,
        failed: &mut Vec<(usize, Reason)>,
        keep: &mut impl FnMut(usize, Response) -> Result<(), E>,
    ) -> Result<Option<AskError>, E> {
        let Landed { attempt, ticket, entered, heard } = landed;
        let now = Instant::now();
        // An answer is worth more than its entry: what cannot be written now ends the next step.
        let _ = match &heard {
            Ok(reply) => self.ledger.settle(self.model, entered, Some(self.came(&reply.response, entered))),
            Err(error) if error.costs_nothing() => self.ledger.turned_down(self.model, entered),
            Err(_) => self.ledger.settle(self.model, entered, None),
        };
        match heard {
            Ok(Reply { response, limits }) => {
                let (asked, said) = (counted(response.tokens_in), counted(response.tokens_out));
                let tokens = asked.zip(said).map(|(asked, said)| asked + said);
                self.lane.answered(ticket, &limits, tokens, said, now);
                asking.open.remove(&attempt.place);
                asking.declined.answered();
                keep(attempt.place, response)?;
                member.done(true);
            }
            // A conversation that is too long, say: the questions are no longer than they were. And what is
            // wrong with one question is none of the others'.
            Err(error) if self.is_declined(&attempt, &error, &mut asking.declined) => {
                drop(ticket);
                asking.open.remove(&attempt.place);
                member.done(false);
                failed.push((attempt.place, Reason::Failed(error)));
            }
            Err(error) => match self.lane.failed(ticket, &error, attempt.place, now) {
                Next::Stop => {
                    asking.open.remove(&attempt.place);
                    member.done(false);
                    failed.push((attempt.place, Reason::Failed(error.clone())));
                    return Ok(Some(error));
                }
                next => {
                    let place = attempt.place;
                    if !asking.again(attempt, next, &self.pace, now) {
                        asking.open.remove(&place);
                        member.done(false);
                        failed.push((place, Reason::Failed(error)));
                    }
                }
            },
        }
        Ok(None)
    }

    /// Whether it is one question that is turned down, and no other with it.
    fn is_declined(&self, attempt: &Attempt, error: &AskError, declined: &mut Declined) -> bool {
        // Of tokens told, somebody has answered.
        let known = self.lane.mean_tokens().is_some();
        self.back && declines(error) || declined.is_of_the_question(error, &(self.item)(attempt.place), known)
    }

    /// What asking `request` will likely take.
    fn estimate(&self, request: &Request) -> Estimate {
        let estimate = estimate(self.model, request, self.lane.longest_answer());
        Estimate { tokens: self.lane.mean_tokens().unwrap_or(estimate.tokens), ..estimate }
    }

    /// What `response` took, where the provider says.
    fn came(&self, response: &Response, entered: Estimate) -> Estimate {
        let told = counted(response.tokens_in).zip(counted(response.tokens_out));
        let Some((asked, said)) = told else { return entered };
        let (asked, said) = (asked as f64, said as f64);
        let usd = self.model.terms.price.map_or(0.0, |price| price.usd(asked, said));
        Estimate { tokens: asked + said, usd, guessed: false }
    }
}

/// What asking `request` will likely take, when the longest answer yet had so many tokens.
pub(super) fn estimate(model: &Model, request: &Request, longest: Option<f64>) -> Estimate {
    let earlier: usize = request.messages.iter().map(|message| message.content.len()).sum();
    let asked = request.prompt.len() + earlier + request.system.as_ref().map_or(0, String::len);
    let tokens_in = asked as f64 / TOKEN;
    let known = longest.or(model.max_tokens.map(f64::from));
    let tokens_out = known.unwrap_or_else(|| likely_longest(model));
    let usd = model.terms.price.map_or(0.0, |price| price.usd(tokens_in, tokens_out));
    Estimate { tokens: tokens_in + tokens_out, usd, guessed: known.is_none() }
}

/// A provider's count, where it can be one.
fn counted(tokens: Option<u64>) -> Option<u64> {
    tokens.filter(|tokens| *tokens <= MOST_TOKENS)
}

/// What has been entered for the requests of a unit that are on their way. Those that nobody waits for
/// any more may be answered and paid for all the same.
struct Entered<'a> {
    asker: &'a Asker<'a>,
    open: Vec<Estimate>,
}

impl Entered<'_> {
    fn lands(&mut self, entered: Estimate) {
        if let Some(at) = self.open.iter().position(|open| *open == entered) {
            self.open.swap_remove(at);
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        for entered in self.open.drain(..) {
            let _ = self.asker.ledger.settle(self.asker.model, entered, None);
        }
    }
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
