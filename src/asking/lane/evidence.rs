//! What refusals are evidence of: each is heard by itself, and only together do they say whose fault it is.
//!
//! - Most of the newest requests are refused: a *burst*, whatever is behind it. So are a few in a row, once it
//!   is as good as certain that no steady share makes such a row (Wald's sequential test, 1945).
//! - A few among many: an account's limit or a busy backend. That is tried: for a while no more is sent than
//!   was accepted, which costs no more than what was refused. Where refusals become fewer, they follow the
//!   rate; where slowing does not lessen them, they are some backend's, and the old pace is taken up again.
//! - Those above some number in flight, and none below: a *cap* on what may be on its way at one time.
//!
//! Refusals come back sooner than answers do. So a share is one of what was sent, and is taken of requests
//! that are so old that a refusal would have come back.

mod burst;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// No backend is so busy that more is refused.
const MOST_BUSY: f64 = 0.4;

/// So many refusals are enough to try whether they follow the rate; fewer do where it is known to have a limit.
const ENOUGH: usize = 6;
const ENOUGH_PACED: usize = 4;

/// Below this share of refusals it does not matter what they follow,
const LITTLE: f64 = 0.05;
const LITTLE_PACED: f64 = 0.01;

/// and above it there is nothing to slow to: more so, where the rate was a guess.
const MOST: f64 = 0.75;
const MOST_GUESSED: f64 = 0.95;

/// A trial takes as many requests as so many refusals would be among, within these bounds.
const TRIAL: f64 = 10.0;
const SHORTEST: f64 = 32.0;
const LONGEST: f64 = 400.0;

/// Refusals further apart are not counted together, and so many requests are remembered.
const MEMORY: u64 = 256;
const REMEMBERED: usize = 512;

/// A rate is not taken over less.
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
    /// Send so many a second, to see whether refusals become fewer.
    Try(f64),
    /// They did, and so many are still too many: try this.
    Less(f64),
    /// They did: they follow the rate.
    Follows,
    /// They did not: whatever is behind them, the pace is not.
    Busy,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum RequestFate {
    /// It has its place, and may not be sent.
    Unsent,
    Sent,
    Refused,
    /// Came back with neither an answer nor a refusal.
    Failed,
    /// Refused above a ceiling that is known.
    Above,
    Answered,
}

#[derive(Debug)]
pub(super) struct LaneEvidence {
    /// The newest requests, up to the one before the next.
    log: VecDeque<(Instant, RequestFate)>,
    next: u64,
    /// Requests from this number on tell how things are since the pace last changed.
    since: u64,
    /// The first refusal that is counted.
    first: Option<u64>,
    /// How long a refusal takes to come back, at most, and another failure.
    slowest: Duration,
    slowest_failure: Duration,
    /// Requests that were sent, and of them refused.
    sent: u64,
    refused: u64,
    trial: Option<Slowdown>,
    /// The share that slowing did not lessen, and up to which request that is believed.
    busy: f64,
    believed: u64,
    belief: u64,
    /// By level: answered, and refused.
    levels: Vec<(f32, f32)>,
}

/// Slowed down from some request on.
#[derive(Debug)]
struct Slowdown {
    /// The share of refusals before, and of how many requests it was one.
    before: f64,
    of: f64,
    from: u64,
}

/// What became of some requests.
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
            // Too long ago to be counted with it.
            let first = self.first.filter(|first| start.number < first + MEMORY);
            self.first = Some(first.map_or(start.number, |first| first.min(start.number)));
        }
    }

    /// When one more may start, so that no more than `most` are on their way of which it is not known yet
    /// whether they are refused; that takes as long as the slowest refusal did, or `guess` before the first.
    /// `None` where it may now.
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

    /// What the refusals so far ask for, where a rate is kept to, or none; and whether that is a guess.
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
        // The first one was looked for.
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

    /// Refusals are some backend's, which refuses such a share.
    fn believe(&mut self, share: f64) {
        if share > MOST_BUSY {
            return;
        }
        // Twice the share is news; and each time it is believed, for longer.
        self.busy = share;
        self.belief = (self.belief * 4).clamp(MEMORY, MEMORY << 10);
        self.believed = self.next + self.belief;
    }

    /// Whether a trial is on that shows what the refusals depend on.
    pub(super) fn tries(&self) -> bool {
        self.trial.is_some()
    }

    /// Whether slowing down has not reduced the refusals, so that they do not depend on the rate.
    pub(super) fn believes(&self) -> bool {
        self.next < self.believed
    }

    fn judge(&mut self, now: Instant) -> Option<RefusalFinding> {
        let trial = self.trial.as_ref()?;
        let (before, of, all) = (trial.before, trial.of, self.share(trial.from, now));
        let share = all.refused();
        // As many as before, and it is plain; or else when as many were sent as tell.
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
            // Fewer, and it was still too fast.
            self.since = self.next;
            self.trial = Some(Slowdown { before: share, of: all.sent, from: self.next });
            return Some(RefusalFinding::Less(all.accepted_per_second()));
        }
        self.trial = None;
        self.believe(before.max(share));
        Some(RefusalFinding::Busy)
    }

    /// Requests from this number on that would have come back by now, if they failed: that takes `slowest`.
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
        // Those that do not fit, if the cap is below the lowest level.
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

/// The slowest of those before, of which the older ones are forgotten slowly, and this one: one that was held up
/// on its way by chance makes little difference.
fn slower(slowest: Duration, start: RequestStart, now: Instant) -> Duration {
    let took = now.saturating_duration_since(start.at);
    let most = if slowest.is_zero() { took } else { took.min(slowest.mul_f64(1.5)) };
    most.max(slowest.mul_f64(0.98))
}
