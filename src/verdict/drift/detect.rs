//! The power of a comparison: the smallest shift that n answers would have flagged.
//!
//! Take one share that the snapshot has at x of n, and m answers now. First comes the least count of the m
//! that Fisher's test flags, then the share at which so many or more occur with probability [`POWER`]
//! (Clopper and Pearson's bound, inverted). An item's number is that of the share and direction that must
//! move furthest: every move of one share by as much would most likely have been flagged. The rate is divided
//! over the features (Bonferroni), slightly more strictly than in the test itself, so that the power is at
//! least the one stated.

use std::collections::HashMap;

use super::features::FeatureShare;
use crate::profile::Row;
use crate::stats::fisher::Law;
use crate::stats::interval::beta_quantile;
use crate::suite::{Item, Shape};

/// The least probability with which a shift of the stated size is flagged.
pub(crate) const POWER: f64 = 0.8;

/// Finds what could have been flagged at a rate for one feature. It remembers its results, since many items
/// have the same counts.
pub(super) struct Finder {
    rate: f64,
    known: HashMap<(u64, u32, u32), Option<f64>>,
}

impl Finder {
    pub(super) fn new(rate: f64) -> Finder {
        Finder { rate, known: HashMap::new() }
    }

    /// Returns the smallest shift of an item that would have been flagged, or `None` if no shift would.
    pub(super) fn item(&mut self, shape: Shape, item: &Item, before: &Row, now: &Row) -> Option<f64> {
        let shares = shape.named_moves(item, before, now);
        let each =
            shares.iter().map(|(_, share, _)| FeatureShare::new(*share, before.n).count.round() as u64);
        let each: Vec<Option<f64>> = each.map(|count| self.share(count, before.n, now.n)).collect();
        each.into_iter().flatten().reduce(f64::max)
    }

    /// Returns the smallest change that would have been flagged in one share, which was `count` of `n` before
    /// and is measured with `m` answers now.
    pub(super) fn share(&mut self, count: u64, n: u32, m: u32) -> Option<f64> {
        let rate = self.rate;
        // A fall of a share is a rise of its complement.
        *self.known.entry((count, n, m)).or_insert_with(|| {
            let (up, down) = (rise(count, n, m, rate), rise(u64::from(n) - count, n, m, rate));
            let room = count as f64 / f64::from(n);
            match (up, down) {
                (None, None) => None,
                // Moves in the other direction reach the end before they could be flagged.
                (up, down) => Some(f64::max(up.unwrap_or(1.0 - room), down.unwrap_or(room))),
            }
        })
    }
}

/// Returns how far a share must rise from `count` of `n` for `m` answers to flag it; `None` if not even all
/// of them would.
fn rise(count: u64, n: u32, m: u32, rate: f64) -> Option<f64> {
    let (n, m) = (u64::from(n), u64::from(m));
    let flagged = |yes: u64| {
        let p = Law::new(n, m, count + yes).and_then(|law| law.p_value(count));
        p.is_ok_and(|p| p <= rate)
    };
    let share = count as f64 / n as f64;
    // The p-value falls as the share rises above the old one.
    let (mut low, mut high) = ((share * m as f64).floor() as u64, m);
    if low >= high || !flagged(high) {
        return None;
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if flagged(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    // At this share, P(at least `high` of m) is POWER.
    let needed = beta_quantile(high as f64, (m - high) as f64 + 1.0, POWER).ok()?;
    Some(needed - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_answers_show_smaller_shifts_and_few_show_none() {
        let mut finder = Finder::new(1e-5);
        let mut at = |count: u64, n: u32| finder.share(count, n, n);
        let halves: Vec<f64> =
            [(10, 20), (25, 50), (100, 200)].map(|(x, n)| at(x, n)).into_iter().flatten().collect();
        assert_eq!(halves.len(), 2, "ten of twenty cannot move far enough");
        assert!(halves[0] > halves[1] && halves[1] < 0.3, "{halves:?}");
        // From unanimity less is needed than from the middle, and three answers show nothing.
        assert!(at(50, 50) < at(25, 50) && at(50, 50).is_some());
        assert_eq!(at(3, 3), None);
    }

    #[test]
    fn the_power_is_what_is_said() {
        let (n, m, rate) = (50, 50, 1e-4);
        for count in [0, 10, 25, 50] {
            let Some(rise) = rise(count, n, m, rate) else { continue };
            let share = count as f64 / 50.0 + rise;
            let coefficient = |k| statrs::function::factorial::binomial(50, k);
            let power: f64 = (0..=50_u64)
                .filter(|yes| Law::new(50, 50, count + yes).unwrap().p_value(count).unwrap() <= rate)
                .filter(|yes| *yes > count)
                .map(|yes| coefficient(yes) * share.powi(yes as i32) * (1.0 - share).powi(50 - yes as i32))
                .sum();
            assert!((power - POWER).abs() < 1e-6, "{count} {power}");
        }
    }
}
