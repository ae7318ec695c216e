//! Estimates how much an account gives in the long run, if it has a limit per time that no header reports.
//!
//! Whatever the limit is (a token bucket, a window, what other jobs leave of either), nothing is left of it
//! when it begins to refuse. Between two such moments it gave what passed and no more: that is its rate, waits
//! and savings included. (TCP BBR likewise takes the delivery rate at the bottleneck while the pipe is full;
//! Cardwell and others 2016.)

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many moments are remembered, since limits and other jobs change. More are, up to `MOST`, until `ENOUGH`
/// requests have passed between them. A rate takes at least `FEW` requests.
const REMEMBERED: usize = 3;
const FEW: u64 = 12;
const ENOUGH: u64 = 100;
const MOST: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Supply {
    /// The moments when nothing was left, with the number of requests that had passed by then.
    used_up: VecDeque<(Instant, u64)>,
}

impl Supply {
    /// Notes that nothing was left at this moment, after `passed` requests had passed.
    pub(super) fn used_up(&mut self, at: Instant, passed: u64) {
        self.used_up.push_back((at, passed));
        let enough = self.used_up.get(1).is_some_and(|second| passed.saturating_sub(second.1) >= ENOUGH);
        if self.used_up.len() > MOST || self.used_up.len() > REMEMBERED && enough {
            self.used_up.pop_front();
        }
    }

    /// Returns whether enough requests have passed since the limit was last used up to estimate a rate.
    pub(super) fn tells(&self, passed: u64) -> bool {
        self.used_up.back().is_some_and(|last| passed.saturating_sub(last.1) >= FEW)
    }

    /// Returns the requests per second that the server gives at least, once enough have passed between two
    /// moments at which the limit was used up. It may give more, if less was asked for than there was; the
    /// estimate is lowered by what chance does to so few requests.
    pub(super) fn per_second(&self) -> Option<f64> {
        let (first, last) = (self.used_up.front()?, self.used_up.back()?);
        let took = last.0.checked_duration_since(first.0).filter(|took| *took > Duration::ZERO)?;
        let passed = last.1.saturating_sub(first.1);
        let certain = passed as f64 - (passed as f64).sqrt();
        (passed >= FEW).then_some(certain / took.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_what_passed_between_the_moments_when_nothing_was_left() {
        let (mut supply, now) = (Supply::default(), Instant::now());
        let at = |seconds: f64| now + Duration::from_secs_f64(seconds);
        assert_eq!(supply.per_second(), None);
        // What was saved up at first does not count.
        supply.used_up(at(0.1), 50);
        assert_eq!(supply.per_second(), None);
        for (moment, passed, per_second) in [
            (2.1, 250, (200.0 - 200f64.sqrt()) / 2.0),
            (4.1, 350, (300.0 - 300f64.sqrt()) / 4.0),
            // The first moment is too long ago.
            (6.1, 450, (200.0 - 200f64.sqrt()) / 4.0),
        ] {
            supply.used_up(at(moment), passed);
            assert!((supply.per_second().expect("a rate") - per_second).abs() < 1e-6, "{moment}");
        }
    }

    #[test]
    fn too_few_make_no_rate() {
        let (mut supply, now) = (Supply::default(), Instant::now());
        supply.used_up(now, 50);
        assert!(!supply.tells(50 + FEW - 1) && supply.tells(50 + FEW));
        supply.used_up(now + Duration::from_secs(1), 50 + FEW - 1);
        assert_eq!(supply.per_second(), None);
    }

    #[test]
    fn moments_without_a_distance_make_no_rate() {
        let (mut supply, now) = (Supply::default(), Instant::now());
        supply.used_up(now, 50);
        supply.used_up(now, 100);
        assert_eq!(supply.per_second(), None);
    }
}
