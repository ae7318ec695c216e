//! What refusals show. A single one says little; several together show what causes them.
//!
//! - If most of the newest requests are refused, that is a *burst*, whatever the cause. So are a few in a
//!   row, once it is almost certain that no steady share of refusals makes such a row (Wald's sequential
//!   test, 1945).
//! - A few among many come from an account's limit or a busy backend. This is tested: for a while, no more is
//!   sent than was accepted, which costs no more than the refusals did. If refusals become fewer, they depend
//!   on the rate. If not, they come from some backend, and the old pace returns.
//! - If refusals occur above some number in flight and none below, that is a *cap* on requests in flight.
//!
//! Refusals come back sooner than answers. So a share of refusals is taken of requests sent, and only of those
//! that are old enough for a refusal to have come back.

mod burst;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The largest share of refusals that a busy backend explains.
const MOST_BUSY: f64 = 0.4;

/// How many refusals start a test of whether they depend on the rate. Fewer do if the rate is known to have a limit.
const ENOUGH: usize = 6;
const ENOUGH_PACED: usize = 4;

/// The share of refusals below which their cause does not matter.
const LITTLE: f64 = 0.05;
const LITTLE_PACED: f64 = 0.01;

/// The share of refusals above which slowing down is not tested. It is higher if the rate was a guess.
const MOST: f64 = 0.75;
const MOST_GUESSED: f64 = 0.95;

/// The number of refusals that a trial should expect, and the fewest and most requests that it takes.
const TRIAL: f64 = 10.0;
const SHORTEST: f64 = 32.0;
const LONGEST: f64 = 400.0;

/// How many requests apart refusals may be to count together, and how many requests are remembered.
const MEMORY: u64 = 256;
const REMEMBERED: usize = 512;

/// The shortest time that a rate is measured over.
const MOMENT: Duration = Duration::from_millis(10);

/// A request as evidence: its number and when it started.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestStart {
    pub number: u64,
    pub at: Instant,
    /// How many requests were in flight when it started, itself included.
    pub level: usize,
}

/// What a few refusals among many requests call for.
#[derive(Debug, PartialEq)]
pub(super) enum RefusalFinding {
    /// Send this many a second, to see whether refusals become fewer.
    Try(f64),
    /// They became fewer, but are still too many: try this rate.
    Less(f64),
    /// They became fewer, so they depend on the rate.
    Follows,
    /// They did not become fewer, so they do not depend on the rate.
    Busy,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum RequestFate {
    /// It has a place but has not been sent.
    Unsent,
    Sent,
    Refused,
    /// It came back with neither an answer nor a refusal.
    Failed,
    /// It was refused above a known ceiling.
    Above,
    Answered,
}

#[derive(Debug)]
pub(super) struct LaneEvidence {
    /// The newest requests, the last one being that before `next`.
    log: VecDeque<(Instant, RequestFate)>,
    next: u64,
    /// The first request since the pace last changed. Only those from here on show how things are.
    since: u64,
    /// The first refusal that counts.
    first: Option<u64>,
    /// The longest time that a refusal takes to come back, and that another failure takes.
    slowest: Duration,
    slowest_failure: Duration,
    /// The number of requests sent, and of those refused.
    sent: u64,
    refused: u64,
    trial: Option<Slowdown>,
    /// The share of refusals that do not depend on the rate, up to which request that is believed, and for how many.
    busy: f64,
    believed: u64,
    belief: u64,
    /// The number of answers and of refusals, by the number in flight.
    levels: Vec<(f32, f32)>,
}

/// A trial at a lower rate.
#[derive(Debug)]
struct Slowdown {
    /// The share of refusals before the trial, and the number of requests it is a share of.
    before: f64,
    of: f64,
    from: u64,
}

/// The results of some requests.
struct RequestCounts {
    sent: f64,
    refused: f64,
    took: Duration,
}

impl RequestCounts {
    fn refused(&self) -> f64 {
        if self.sent > 0.0 { self.refused / self.sent } else { 0.0 }
    }

    /// Returns whether more were refused than a steady share of `busy` explains: twice as many, and four standard
    /// deviations more.
    fn are_news(&self, busy: f64) -> bool {
        let expected = self.sent * busy;
        let chance = 4.0 * (expected * (1.0 - busy)).sqrt();
        self.refused >= 2.0 * expected && self.refused > expected + chance
    }

    /// Returns whether fewer were refused than of `of` requests before, by one and a half standard deviations or more.
    fn are_fewer(&self, before: f64, of: f64) -> bool {
        let share = (before * of + self.refused) / (of + self.sent);
        let spread = (share * (1.0 - share) * (1.0 / of + 1.0 / self.sent)).sqrt();
        before - self.refused() > 1.5 * spread
    }

    fn accepted_per_second(&self) -> f64 {
        (self.sent - self.refused) / self.took.max(MOMENT).as_secs_f64()
    }
}

impl LaneEvidence {
    pub(super) fn new() -> LaneEvidence {
        LaneEvidence {
            log: VecDeque::new(),
            next: 0,
            since: 0,
            first: None,
            slowest: Duration::ZERO,
            slowest_failure: Duration::ZERO,
            sent: 0,
            refused: 0,
            trial: None,
            busy: 0.0,
            believed: 0,
            belief: 0,
            levels: Vec::new(),
        }
    }

    /// Returns the number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Notes that the next request starts, as the `level`th in flight.
    pub(super) fn starts(&mut self, level: usize, now: Instant) -> RequestStart {
        if self.log.len() == REMEMBERED {
            self.log.pop_front();
        }
        self.log.push_back((now, RequestFate::Unsent));
        self.next += 1;
        RequestStart { number: self.next - 1, at: now, level }
    }

    pub(super) fn sent(&mut self, start: RequestStart) {
        self.set(start, RequestFate::Sent);
        self.sent += 1;
    }

    /// Returns how many of the requests sent so far were not refused.
    pub(super) fn passed(&self) -> u64 {
        self.sent - self.refused
    }

    pub(super) fn answered(&mut self, start: RequestStart) {
        self.set(start, RequestFate::Answered);
        self.level(start.level).0 += 1.0;
    }

    /// Notes a refusal because too many requests were in flight, which is known already and is no new
    /// evidence.
    pub(super) fn above(&mut self, start: RequestStart) {
        self.set(start, RequestFate::Above);
        self.refused += 1;
    }

    /// Notes that a request failed without being refused.
    pub(super) fn failed(&mut self, start: RequestStart, now: Instant) {
        self.set(start, RequestFate::Failed);
        self.slowest_failure = slower(self.slowest_failure, start, now);
    }

    pub(super) fn refused(&mut self, start: RequestStart, now: Instant) {
        self.set(start, RequestFate::Refused);
        self.level(start.level).1 += 1.0;
        self.refused += 1;
        self.slowest = slower(self.slowest, start, now);
        if start.number >= self.since {
            // An earlier refusal does not count with this one if it was too long ago.
            let first = self.first.filter(|first| start.number < first + MEMORY);
            self.first = Some(first.map_or(start.number, |first| first.min(start.number)));
        }
    }

    /// Returns when one more request may start, or `None` if it may start now. No more than `most` may be in
    /// flight without it being known whether they are refused, which takes as long as the slowest refusal, or
    /// `guess` before the first.
    pub(super) fn room(&self, most: usize, guess: Duration, now: Instant) -> Option<Instant> {
        let known = self.slowest.max(self.slowest_failure);
        let (at, _) = self.log.get(self.log.len().checked_sub(most)?)?;
        let after = if known.is_zero() { guess } else { known.min(10 * guess) };
        Some(*at + after).filter(|free| *free > now)
    }

    /// Returns how long a refusal or a failure takes to come back, if there has been one.
    pub(super) fn refuses_in(&self) -> Option<Duration> {
        Some(self.slowest.max(self.slowest_failure)).filter(|slowest| !slowest.is_zero())
    }

    /// Returns what the refusals so far call for. `paced` says whether the rate is a guess, or `None` if there
    /// is no rate.
    pub(super) fn finding(&mut self, paced: Option<bool>, now: Instant) -> Option<RefusalFinding> {
        if self.trial.is_some() {
            return self.judge(now);
        }
        let first = self.first?;
        let share = self.share(first, now);
        let (enough, little, most) = match paced {
            Some(true) => (ENOUGH_PACED, LITTLE_PACED, MOST_GUESSED),
            Some(false) => (ENOUGH_PACED, LITTLE_PACED, MOST),
            None => (ENOUGH, LITTLE, MOST),
        };
        // The first refusal is left out, since the share is counted from it on.
        let others = RequestCounts { sent: share.sent - 1.0, refused: share.refused - 1.0, ..share };
        let known = first < self.believed && !others.are_news(self.busy);
        if share.refused < enough as f64 || share.took < MOMENT || others.refused() < little || known {
            return None;
        }
        if others.refused() > most {
            return None;
        }
        self.since = self.next;
        self.first = None;
        self.trial = Some(Slowdown { before: others.refused(), of: others.sent, from: self.next });
        Some(RefusalFinding::Try(others.accepted_per_second()))
    }

    /// Concludes that refusals come from some backend, which refuses this share.
    fn believe(&mut self, share: f64) {
        if share > MOST_BUSY {
            return;
        }
        // Only twice the share counts as news, and each conclusion holds for longer.
        self.busy = share;
        self.belief = (self.belief * 4).clamp(MEMORY, MEMORY << 10);
        self.believed = self.next + self.belief;
    }

    /// Returns whether a trial is running.
    pub(super) fn tries(&self) -> bool {
        self.trial.is_some()
    }

    /// Returns whether slowing down has not reduced the refusals, so that they do not depend on the rate.
    pub(super) fn believes(&self) -> bool {
        self.next < self.believed
    }

    fn judge(&mut self, now: Instant) -> Option<RefusalFinding> {
        let trial = self.trial.as_ref()?;
        let (before, of, all) = (trial.before, trial.of, self.share(trial.from, now));
        let share = all.refused();
        // The trial ends early if it is plain that refusals are as many as before.
        let plain = all.refused >= 6.0 && share >= before;
        if all.sent < (TRIAL / before).clamp(SHORTEST, LONGEST) && !plain {
            return None;
        }
        self.first = None;
        if share <= before / 3.0 && all.are_fewer(before, of) {
            self.trial = None;
            return Some(RefusalFinding::Follows);
        }
        if share < 0.75 * before && all.are_fewer(before, of) {
            // They became fewer, but the rate was still too high.
            self.since = self.next;
            self.trial = Some(Slowdown { before: share, of: all.sent, from: self.next });
            return Some(RefusalFinding::Less(all.accepted_per_second()));
        }
        self.trial = None;
        self.believe(before.max(share));
        Some(RefusalFinding::Busy)
    }

    /// Returns the requests from this number on that would have come back by now if they had failed, which
    /// takes `slowest`.
    fn known(
        &self,
        from: u64,
        slowest: Duration,
        now: Instant,
    ) -> impl DoubleEndedIterator<Item = (Instant, RequestFate)> {
        let oldest = self.next - self.log.len() as u64;
        let skip = usize::try_from(from.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let log = self.log.range(skip.min(self.log.len())..).copied();
        log.filter(move |(at, fate)| {
            *fate != RequestFate::Unsent && now.saturating_duration_since(*at) >= slowest
        })
    }

    fn share(&self, from: u64, now: Instant) -> RequestCounts {
        let mut share = RequestCounts { sent: 0.0, refused: 0.0, took: Duration::ZERO };
        let mut began = None;
        for (at, fate) in self.known(from, self.slowest, now) {
            share.sent += 1.0;
            share.refused += if fate == RequestFate::Refused { 1.0 } else { 0.0 };
            share.took = at.saturating_duration_since(*began.get_or_insert(at));
        }
        share
    }

    fn set(&mut self, start: RequestStart, fate: RequestFate) {
        let back = usize::try_from(self.next - start.number).unwrap_or(usize::MAX);
        if let Some(entry) = self.log.len().checked_sub(back).and_then(|at| self.log.get_mut(at)) {
            entry.1 = fate;
        }
    }

    /// Forgets what the refusals so far said about how many requests may be in flight.
    pub(super) fn forget_levels(&mut self) {
        self.levels.clear();
    }

    /// Forgets the evidence from before the lane closed or opened. Returns whether a trial was on.
    pub(super) fn forget(&mut self) -> bool {
        (self.since, self.first) = (self.next, None);
        self.trial.take().is_some()
    }

    fn level(&mut self, level: usize) -> &mut (f32, f32) {
        if self.levels.len() <= level {
            self.levels.resize(level + 1, (0.0, 0.0));
        }
        &mut self.levels[level]
    }

    /// Returns the number in flight above which nearly all requests are refused and below which nearly none
    /// is, if there is one. The evidence for it is then forgotten.
    pub(super) fn cap(&mut self) -> Option<usize> {
        let refused: f32 = self.levels.iter().map(|(_, refused)| refused).sum();
        let answered: f32 = self.levels.iter().map(|(answered, _)| answered).sum();
        // With a cap below the lowest level, all answers contradict it.
        let (mut below, mut above) = (0.0, answered);
        let (mut best, mut least) = (0, f32::INFINITY);
        for (level, (answered, refused)) in self.levels.iter().enumerate() {
            (above, below) = (above - answered, below + refused);
            if below + above < least {
                (best, least) = (level, below + above);
            }
        }
        let found = best > 0 && refused >= 5.0 && answered >= 4.0 && least <= 0.1 * refused;
        if found {
            self.levels.clear();
        }
        found.then_some(best)
    }
}

/// Returns the longest time so far. Older times slowly lose weight, and a new one counts only so far, so that
/// one that was delayed by chance makes little difference.
fn slower(slowest: Duration, start: RequestStart, now: Instant) -> Duration {
    let took = now.saturating_duration_since(start.at);
    let most = if slowest.is_zero() { took } else { took.min(slowest.mul_f64(1.5)) };
    most.max(slowest.mul_f64(0.98))
}
