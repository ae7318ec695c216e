//! Asks the questions of one unit, several at a time. A question is tried again while that may help, and each
//! response is passed on as soon as it arrives.
//!
//! One loop starts requests and takes their responses. The model's [`Lane`] says when a request may start; the
//! run's [`Ledger`] says whether the budget and the limits per minute allow it. A question that waits for its
//! next try takes up no place.

mod step;

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{self, Either};
use jiff::{Timestamp, Unit};
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::Reason;
use super::declined::{Declined, declines};
use super::lane::{AfterFailure, Lane, Member, Ticket};
use super::ledger::{Estimate, Ledger};
use super::notes::PassNotes;
use super::pace::Pace;
use super::queue::{Attempt, Queue};
use crate::config::Model;
use crate::provider::{AskError, Limits, Reply, Request, Response, Wire, likely_longest};
use crate::recording::RecordingError;
use step::AskStep;

/// How many characters make a token, for a question that the provider has not counted yet. The number is low,
/// so that the estimate is high.
const TOKEN: f64 = 3.0;

/// More tokens than any question or answer has. A server that reports more does not count correctly.
const MOST_TOKENS: u64 = 10_000_000;

/// How long to wait for the requests in flight after one was rejected.
const GRACE: Duration = Duration::from_secs(2);

/// Returns the runtime for asking, which is started when something is asked for the first time.
///
/// It has no thread of its own: a thread that waits for a unit's answers does the work meanwhile, for all that
/// wait. Passing each request to another thread and its answer back took as much processor time as everything
/// else. When nobody waits, nothing goes on, so a unit ends its requests itself ([`Asker::ask`]).
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_try_init(|| Builder::new_current_thread().enable_all().build())
}

/// The model to ask, and the limits within which it is asked.
pub(super) struct Asker<'a> {
    pub model: &'a Model,
    /// Whether this is the turn in which the model is asked back.
    pub back: bool,
    pub wire: Arc<dyn Wire>,
    pub lane: Arc<Lane>,
    pub ledger: &'a Ledger,
    pub pace: Pace,
    /// Returns the id of the item that the question at a place belongs to.
    pub item: &'a dyn Fn(usize) -> String,
}

/// A request that has come back.
struct FinishedRequest {
    attempt: Attempt,
    ticket: Ticket,
    entered: Estimate,
    heard: Result<(Response, Limits), AskError>,
}

/// The asking of one unit while it goes on. Its fields are dropped in this order: what is in flight ends,
/// and only then is what was entered for it settled.
struct UnitAsking<'a, 'p, 'l> {
    flying: JoinSet<FinishedRequest>,
    entered: LedgerEntries<'a>,
    queue: Queue,
    member: Member,
    /// The places that have no response, each with the reason.
    failed: Vec<(usize, Reason)>,
    /// Where every request and every response is written down.
    notes: &'a mut PassNotes<'p, 'l>,
}

impl Asker<'_> {
    /// Asks the questions at `places`, and writes every request and every response down in `notes`.
    ///
    /// Returns the places without a response, each with the reason. A failure that will not pass
    /// (a wrong key, a wrong model) ends it at once, and so do an outage that lasts longer than the
    /// retries, a used-up budget and the run's deadline.
    ///
    /// # Errors
    /// Something could not be written down: nothing more is asked.
    pub(super) async fn ask(
        &self,
        places: Vec<usize>,
        request: impl Fn(usize) -> Request,
        notes: &mut PassNotes<'_, '_>,
    ) -> Result<Vec<(usize, Reason)>, RecordingError> {
        let mut asking = UnitAsking {
            flying: JoinSet::new(),
            entered: LedgerEntries { asker: self, open: Vec::new() },
            member: self.lane.enter(places.len()),
            queue: Queue::new(places),
            failed: Vec::new(),
            notes,
        };
        let ended = self.to_the_end(&mut asking, request).await;
        // Requests in flight must end here, since nothing runs when nobody waits.
        asking.flying.shutdown().await;
        if let Some(reason) = ended? {
            asking.failed.extend(asking.queue.open.into_iter().map(|place| (place, reason.clone())));
        }
        Ok(asking.failed)
    }

    /// Asks until there is nothing to wait for, or until a reason ends it early, which is returned once what has
    /// arrived by then is taken.
    async fn to_the_end(
        &self,
        asking: &mut UnitAsking<'_, '_, '_>,
        request: impl Fn(usize) -> Request,
    ) -> Result<Option<Reason>, RecordingError> {
        let reason = self.until_the_end(asking, request).await?;
        if let Some(reason) = &reason {
            self.take_arrived(asking, reason).await?;
        }
        Ok(reason)
    }

    /// Starts requests and lands them until there is nothing to wait for, or until a reason ends it early,
    /// which is returned.
    async fn until_the_end(
        &self,
        asking: &mut UnitAsking<'_, '_, '_>,
        request: impl Fn(usize) -> Request,
    ) -> Result<Option<Reason>, RecordingError> {
        loop {
            // The waiter is registered before the lane is asked, so that it misses nothing in between.
            let turned = self.lane.turned();
            tokio::pin!(turned);
            turned.as_mut().enable();
            let idle = asking.flying.is_empty();
            let lost = |place| asking.notes.lost_before(place);
            let fresh = |place| Attempt::new(place, request(place), lost(place));
            let until = match self.step(&mut asking.queue, &mut asking.member, fresh, asking.flying.len()) {
                AskStep::Start(attempt, ticket, estimate) => {
                    asking.notes.sends(attempt.place, attempt.lost.saturating_add(1))?;
                    asking.entered.open.push(estimate);
                    asking.flying.spawn(fly(Arc::clone(&self.wire), attempt, ticket, estimate));
                    continue;
                }
                AskStep::End(reason) => return Ok(Some(reason)),
                AskStep::Wait(_) if idle && asking.queue.closing.is_some() => {
                    return Ok(asking.queue.closing.take());
                }
                // There is nothing to wait for, whatever the deadline.
                AskStep::Wait(_) if idle && asking.queue.is_empty() => return Ok(None),
                AskStep::Wait(until) => until,
            };
            let Some(landed) = landing(&mut asking.flying, turned, until).await else { continue };
            match self.land(landed, asking)? {
                // The requests in flight are paid for, so their answers are awaited.
                Some(error) if error.may_pass() => {
                    asking.queue.closing.get_or_insert(Reason::Stopped(error));
                }
                Some(error) => return Ok(Some(Reason::Stopped(error))),
                None => {}
            }
        }
    }

    /// Takes what has arrived when the asking ends early for a reason.
    async fn take_arrived(
        &self,
        asking: &mut UnitAsking<'_, '_, '_>,
        reason: &Reason,
    ) -> Result<(), RecordingError> {
        // Only what has already arrived is still taken; but where one was turned down, those that were sent
        // beside it mostly are, too, which costs nothing and is not booked as if it did.
        let grace = if matches!(reason, Reason::Stopped(_)) { GRACE } else { Duration::ZERO };
        let end = tokio::time::Instant::now() + grace;
        while let Ok(Some(landed)) = tokio::time::timeout_at(end, asking.flying.join_next()).await {
            if let Ok(landed) = landed {
                self.land(landed, asking)?;
            }
        }
        Ok(())
    }

    /// Takes what has come back; an error ends the asking.
    fn land(
        &self,
        landed: FinishedRequest,
        asking: &mut UnitAsking<'_, '_, '_>,
    ) -> Result<Option<AskError>, RecordingError> {
        let FinishedRequest { mut attempt, ticket, entered, heard } = landed;
        let UnitAsking { queue, member, failed, notes, .. } = asking;
        asking.entered.lands(entered);
        let now = Instant::now();
        match &heard {
            Err(error) if error.may_have_answered() => attempt.lost = attempt.lost.saturating_add(1),
            Err(_) => notes.turned_down(attempt.place, attempt.lost)?,
            Ok(_) => {}
        }
        // The answer is kept even if the ledger cannot be written: the next step then ends the asking.
        let _ = match &heard {
            Ok((response, _)) => self.ledger.settle(self.model, entered, Some(self.came(response, entered))),
            Err(error) if error.costs_nothing() => self.ledger.turned_down(self.model, entered),
            Err(_) => self.ledger.settle(self.model, entered, None),
        };
        match heard {
            Ok((response, limits)) => {
                let (asked, said) = (counted(response.tokens_in), counted(response.tokens_out));
                let tokens = asked.zip(said).map(|(asked, said)| asked + said);
                self.lane.answered(ticket, &limits, tokens, said, now);
                queue.open.remove(&attempt.place);
                queue.declined.answered();
                notes.keeps(attempt.place, response)?;
                member.done(true);
            }
            // The question was rejected on its own, for example because the conversation is too long. The
            // others go on.
            Err(error) if self.is_declined(&attempt, &error, &mut queue.declined) => {
                drop(ticket);
                queue.open.remove(&attempt.place);
                member.done(false);
                failed.push((attempt.place, Reason::Failed(error)));
            }
            Err(error) => match self.lane.failed(ticket, &error, attempt.place, now) {
                AfterFailure::Stop => {
                    queue.open.remove(&attempt.place);
                    member.done(false);
                    failed.push((attempt.place, Reason::Failed(error.clone())));
                    return Ok(Some(error));
                }
                next => {
                    let place = attempt.place;
                    if !queue.again(attempt, next, &self.pace, now) {
                        queue.open.remove(&place);
                        member.done(false);
                        failed.push((place, Reason::Failed(error)));
                    }
                }
            },
        }
        Ok(None)
    }

    /// Returns whether only this question was rejected, for a reason that does not concern the others.
    fn is_declined(&self, attempt: &Attempt, error: &AskError, declined: &mut Declined) -> bool {
        // If tokens were reported, the model has answered before.
        let known = self.lane.mean_tokens().is_some();
        self.back && declines(error) || declined.is_of_the_question(error, &(self.item)(attempt.place), known)
    }

    /// Estimates what asking `request` will take.
    fn estimate(&self, request: &Request) -> Estimate {
        let estimate = estimate(self.model, request, self.lane.longest_answer());
        Estimate { tokens: self.lane.mean_tokens().unwrap_or(estimate.tokens), ..estimate }
    }

    /// Returns what `response` took, as reported by the provider, or else as estimated.
    fn came(&self, response: &Response, entered: Estimate) -> Estimate {
        let told = counted(response.tokens_in).zip(counted(response.tokens_out));
        let Some((asked, said)) = told else { return entered };
        let (asked, said) = (asked as f64, said as f64);
        let usd = self.model.terms.price.map_or(0.0, |price| price.usd(asked, said));
        Estimate { tokens: asked + said, usd, guessed: false }
    }
}

/// Estimates what asking `request` will take. `longest` is the number of tokens in the longest answer so far.
pub(super) fn estimate(model: &Model, request: &Request, longest: Option<f64>) -> Estimate {
    let earlier: usize = request.messages.iter().map(|message| message.content.len()).sum();
    let asked = request.prompt.len() + earlier + request.system.as_ref().map_or(0, String::len);
    let tokens_in = asked as f64 / TOKEN;
    let known = longest.or(model.max_tokens.map(f64::from));
    let tokens_out = known.unwrap_or_else(|| likely_longest(model));
    let usd = model.terms.price.map_or(0.0, |price| price.usd(tokens_in, tokens_out));
    Estimate { tokens: tokens_in + tokens_out, usd, guessed: known.is_none() }
}

/// Returns a provider's count of tokens, if it is plausible.
fn counted(tokens: Option<u64>) -> Option<u64> {
    tokens.filter(|tokens| *tokens <= MOST_TOKENS)
}

/// The ledger entries of a unit's requests in flight. Dropping them settles them at their estimates, since the
/// requests may be answered and paid for although nobody waits any more.
struct LedgerEntries<'a> {
    asker: &'a Asker<'a>,
    open: Vec<Estimate>,
}

impl LedgerEntries<'_> {
    fn lands(&mut self, entered: Estimate) {
        if let Some(at) = self.open.iter().position(|open| *open == entered) {
            self.open.swap_remove(at);
        }
    }
}

impl Drop for LedgerEntries<'_> {
    fn drop(&mut self) {
        for entered in self.open.drain(..) {
            let _ = self.asker.ledger.settle(self.asker.model, entered, None);
        }
    }
}

/// Returns the current time in UTC, to the second.
pub(super) fn second() -> Option<String> {
    Timestamp::now().round(Unit::Second).ok().map(|moment| moment.to_string())
}

/// Waits for a request to come back, until `turned` is done or a moment has come. Returns `None` if the loop
/// should look again at what it can do.
async fn landing(
    flying: &mut JoinSet<FinishedRequest>,
    turned: impl Future<Output = ()>,
    until: Option<Instant>,
) -> Option<FinishedRequest> {
    let alarm = async {
        match until {
            Some(until) => tokio::time::sleep_until(tokio::time::Instant::from_std(until)).await,
            None => std::future::pending().await,
        }
    };
    let (turned, alarm) = (pin!(turned), pin!(alarm));
    let moment = future::select(turned, alarm);
    // With nothing in flight there is only the moment to wait for.
    if flying.is_empty() {
        moment.await;
        return None;
    }
    let next = pin!(flying.join_next());
    let Either::Left((Some(landed), _)) = future::select(next, moment).await else { return None };
    match landed {
        Ok(landed) => Some(landed),
        Err(lost) => match lost.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}

async fn fly(wire: Arc<dyn Wire>, attempt: Attempt, ticket: Ticket, entered: Estimate) -> FinishedRequest {
    let started = Instant::now();
    let heard = wire.ask(&attempt.request).await.map(|Reply { response, limits }| {
        let ms = u64::try_from(started.elapsed().as_millis()).ok();
        let lost = Some(attempt.lost).filter(|lost| *lost > 0);
        (Response { ms, at: second(), lost, ..response.into_response() }, limits)
    });
    FinishedRequest { attempt, ticket, entered, heard }
}
