//! Finds bursts: nearly all of the newest requests are refused or fail, whatever the cause.
//!
//! A few in a row are enough if no steady share of refusals explains them (Wald's sequential test, 1945). The
//! order is that in which they started: earlier requests may still be answered, which says nothing new.

use std::time::{Duration, Instant};

use super::{LaneEvidence, MOST_BUSY, RequestFate};

/// How many of the newest requests count, if as many are in flight.
const NEWEST: usize = 16;

/// A row of refusals is no coincidence if a steady share makes one in this many requests or fewer, within these
/// lengths. It is accepted sooner if the rate is known to have a limit.
const NO_CHANCE: f64 = 1e-6;
const NO_CHANCE_PACED: f64 = 1e-5;
const SHORTEST_ROW: f64 = 3.0;
const LONGEST_ROW: f64 = 16.0;

/// The assumed share of refusals before any request has shown it: refused, out of how many. If the rate is
/// known to have a limit, other refusals are assumed to be rare. A share that was found weighs more.
const PRIOR: (f64, f64) = (1.0, 10.0);
const PRIOR_PACED: (f64, f64) = (0.5, 20.0);
const PRIOR_BUSY: f64 = 50.0;

/// How many requests, and what share of refusals among them, show that refusals do not depend on the rate.
const MANIFEST: usize = 64;
const LEAST_MANIFEST: f64 = 0.22;

impl LaneEvidence {
    /// Returns whether most of the newest requests were refused, or a few in a row that no share explains. More
    /// requests count if more are in flight (`abreast`). `paced` says whether the rate is known to have a limit.
    pub(crate) fn burst(&self, abreast: usize, paced: bool, now: Instant) -> bool {
        if self.first.is_none() && self.trial.is_none() {
            return false;
        }
        // If some requests are refused anyway, a few show nothing.
        let of = if self.believes() { NEWEST } else { abreast.clamp(3, NEWEST) };
        let (all, busy) = (of as f64, self.busy.min(MOST_BUSY));
        let chance = all * busy + 4.0 * (all * busy * (1.0 - busy)).sqrt();
        let enough = match of {
            _ if self.believes() => (chance.ceil() as usize).clamp(of / 2 + 2, of),
            3 => 3,
            of => (of / 2 + 2).min(of),
        };
        let newest = self.known(self.since, self.slowest, now).rev().take(of);
        if newest.filter(|(_, fate)| *fate == RequestFate::Refused).count() >= enough {
            return true;
        }
        let row = self.row(RequestFate::Refused, self.slowest, now);
        row >= SHORTEST_ROW as usize && row >= self.no_chance(paced, now)
    }

    /// Returns how many of the newest requests failed in a row, in the order in which they started.
    pub(crate) fn failed_in_a_row(&self, now: Instant) -> usize {
        self.row(RequestFate::Failed, self.slowest_failure, now)
    }

    fn row(&self, fate: RequestFate, slowest: Duration, now: Instant) -> usize {
        self.known(self.since, slowest, now).rev().take_while(|(_, its)| *its == fate).count()
    }

    /// Returns how many refusals in a row no steady share explains, judging by the share before them.
    fn no_chance(&self, paced: bool, now: Instant) -> usize {
        let (mut refused, mut sent) = match (self.believes(), paced) {
            (true, _) => (PRIOR_BUSY * self.busy.min(MOST_BUSY), PRIOR_BUSY),
            (false, true) => PRIOR_PACED,
            (false, false) => PRIOR,
        };
        let before = self.known(self.since, self.slowest, now).rev();
        for (_, fate) in before.skip_while(|(_, fate)| *fate == RequestFate::Refused) {
            sent += 1.0;
            refused += if fate == RequestFate::Refused { 1.0 } else { 0.0 };
        }
        let no_chance = if paced { NO_CHANCE_PACED } else { NO_CHANCE };
        let row = no_chance.ln() / f64::ln((refused / sent).min(0.9));
        row.ceil().clamp(SHORTEST_ROW, LONGEST_ROW) as usize
    }

    /// Returns whether refusals do not depend on the rate: the rate has fallen to a fraction, but refusals,
    /// those that closed the lane included, are as many as before.
    pub(crate) fn is_manifest(&mut self, now: Instant) -> bool {
        let newest = self.known(0, self.slowest, now).rev().take(MANIFEST);
        let (sent, refused) = newest.fold((0, 0), |(sent, refused), (_, fate)| {
            (sent + 1, refused + usize::from(fate == RequestFate::Refused))
        });
        let share = refused as f64 / MANIFEST as f64;
        if sent < MANIFEST || !(LEAST_MANIFEST..MOST_BUSY).contains(&share) {
            return false;
        }
        self.believe(share);
        self.trial = None;
        true
    }
}
