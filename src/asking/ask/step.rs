//! Decides what the loop of a unit does next: start a question, wait, or end.

use std::time::{Duration, Instant};

use super::super::Reason;
use super::super::lane::{Admission, Member, Ticket};
use super::super::ledger::{Estimate, Grant, unwritable};
use super::super::queue::{Attempt, Queue};
use super::Asker;

/// How long to wait before looking again whether reserved money has become free.
const RESERVED: Duration = Duration::from_millis(200);

/// What the asking loop does next.
pub(super) enum AskStep {
    Start(Attempt, Ticket, Estimate),
    /// Wait until a request comes back or the lane has room, but not beyond this moment.
    Wait(Option<Instant>),
    End(Reason),
}

impl Asker<'_> {
    /// Returns what can be done now. A wait is never longer than the time that the run has left.
    pub(super) fn step(
        &self,
        queue: &mut Queue,
        member: &mut Member,
        fresh: impl Fn(usize) -> Attempt,
        flying: usize,
    ) -> AskStep {
        let now = Instant::now();
        let deadline = match self.ledger.time_left() {
            Ok(None) => None,
            Ok(Some(left)) if left.is_zero() => {
                return AskStep::End(Reason::Budget(self.ledger.out_of_time()));
            }
            Ok(Some(left)) => now.checked_add(left),
            Err(cause) => return AskStep::End(Reason::Budget(unwritable(&cause))),
        };
        match self.next(queue, member, fresh, flying, now) {
            AskStep::Wait(moment) => AskStep::Wait(moment.into_iter().chain(deadline).min()),
            step => step,
        }
    }

    /// Takes the next question, if there is one and the lane lets it start.
    fn next(
        &self,
        queue: &mut Queue,
        member: &mut Member,
        fresh: impl Fn(usize) -> Attempt,
        flying: usize,
        now: Instant,
    ) -> AskStep {
        if queue.closing.is_some() {
            member.asks(false);
            return match self.lane.stopped() {
                Some(error) => AskStep::End(Reason::Stopped(error)),
                None => AskStep::Wait(None),
            };
        }
        let attempt = queue.take(now, fresh);
        member.asks(attempt.is_some());
        let Some(attempt) = attempt else {
            if let Some(due) = queue.due() {
                self.lane.rests(due, "questions that failed or were refused wait for their next try");
            }
            return AskStep::Wait(queue.due());
        };
        match self.lane.turn(flying, now) {
            Admission::Now(ticket) => self.enter(queue, attempt, ticket, flying, now),
            Admission::Later(moment) => {
                queue.next = Some(attempt);
                AskStep::Wait(moment)
            }
            Admission::Never(error) => AskStep::End(Reason::Stopped(error)),
        }
    }

    /// Starts a question that the lane admits, if the budget and the limits per minute allow it.
    fn enter(
        &self,
        queue: &mut Queue,
        attempt: Attempt,
        ticket: Ticket,
        flying: usize,
        now: Instant,
    ) -> AskStep {
        match self.ledger.enter(self.model, self.estimate(&attempt.request)) {
            Ok(Grant::Given(entered)) => {
                queue.blocked = None;
                ticket.sent();
                AskStep::Start(attempt, ticket, entered)
            }
            Ok(Grant::Later(wait, why)) => {
                queue.next = Some(attempt);
                self.lane.waits(now + wait, &why);
                AskStep::Wait(Some(now + wait))
            }
            Ok(Grant::Reserved(why)) => {
                queue.next = Some(attempt);
                // A process that was killed never frees the money it has reserved.
                let since = *queue.blocked.get_or_insert(now);
                if flying == 0 && now.duration_since(since) > self.pace.limit.saturating_mul(2) {
                    return AskStep::End(Reason::Budget(why));
                }
                self.lane.waits(now + RESERVED, &why);
                AskStep::Wait(Some(now + RESERVED))
            }
            Ok(Grant::Over(why)) => {
                // The requests in flight are paid for, so their answers are awaited.
                queue.closing = Some(Reason::Budget(why));
                AskStep::Wait(None)
            }
            Err(cause) => AskStep::End(Reason::Budget(unwritable(&cause))),
        }
    }
}
