//! Intervals that hold exactly: for shares, for the extreme share over groups, for the top k of a
//! selection and for one option's place. All from Clopper and Pearson's bounds, which are never
//! certain: 50 of 50 leaves room for a share below 1.

use crate::check::{Check, Test, Undefined, Who};
use crate::profile::{Row, Table};
use crate::stats::interval::{Interval, clopper_pearson};
use crate::stats::overlap;
use crate::suite::Suites;

/// The subject's tables among a check's inputs.
pub(super) fn subjects<'a>(check: &Check, tables: &'a [Table]) -> impl Iterator<Item = &'a Table> + Clone {
    let own: Vec<bool> = check.measure.inputs().iter().map(|input| input.who == Who::Subject).collect();
    tables.iter().zip(own).filter(|(_, own)| *own).map(|(table, _)| table).collect::<Vec<_>>().into_iter()
}

/// The check's exact interval, where its measure has one.
pub(super) fn interval(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
) -> Result<Option<(f64, f64)>, Undefined> {
    if let Some(groups) = check.measure.shares(tables, suites) {
        return Ok(Some(extreme(&groups, matches!(check.test, Test::AtMost(_)), rate)?));
    }
    Ok(check.measure.exact(tables, suites, rate))
}

/// The lowest (or highest) of several groups' shares.
///
/// All groups are at least the bound when each one's own bound says so, each at the whole rate
/// (intersection–union: to be wrong, the one group that is below must be misjudged); that some group
/// is below needs the rate divided over the groups.
fn extreme(groups: &[(f64, u32)], highest: bool, rate: f64) -> Result<(f64, f64), Undefined> {
    let parts = groups.len().max(1) as f64;
    let mut interval = if highest { (0.0, 0.0) } else { (1.0, 1.0) };
    for (yes, n) in groups {
        let (whole, part) = (one_sided(*yes, *n, rate)?, one_sided(*yes, *n, rate / parts)?);
        if highest {
            interval = (f64::max(interval.0, part.low), f64::max(interval.1, whole.high));
        } else {
            interval = (f64::min(interval.0, whole.low), f64::min(interval.1, part.high));
        }
    }
    Ok(interval)
}

/// Each end holds with probability 1 − `rate`. A share times n that is no whole number (figures that
/// were printed as shares) is rounded away from certainty at each end.
fn one_sided(yes: f64, n: u32, rate: f64) -> Result<Interval, Undefined> {
    let confidence = 1.0 - 2.0 * rate;
    let n = u64::from(n);
    let (below, above) = ((yes + 1e-6).floor() as u64, ((yes - 1e-6).ceil().max(0.0) as u64).min(n));
    let low = clopper_pearson(below.min(n), n, confidence)?.low;
    Ok(Interval { low, high: clopper_pearson(above, n, confidence)?.high })
}

/// Simultaneous bounds of the shares in one row, one or the other end wrong for any of them with
/// probability at most `rate`.
fn simultaneous(row: &Row, shares: &[f64], rate: f64) -> Option<Vec<Interval>> {
    let each = rate / (2.0 * shares.len() as f64);
    shares.iter().map(|share| one_sided(share * f64::from(row.n), row.n, each).ok()).collect()
}

/// The least and the greatest Jaccard index that the top `k` of a selection row can have with a fixed
/// set: an option is possibly among the k if fewer than k others are surely above it, and surely if
/// fewer than k others are possibly above it.
pub fn top_overlap(row: &Row, k: usize, fixed: overlap::Top, rate: f64) -> Option<(f64, f64)> {
    if fixed.is_tied() {
        return None;
    }
    let bounds = simultaneous(row, &row.shares, rate)?;
    let (mut sure, mut possible) = (0_u64, 0_u64);
    for (at, own) in bounds.iter().enumerate() {
        let others = || bounds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, bound)| bound);
        possible |= u64::from(others().filter(|other| other.low > own.high).count() < k) << at;
        sure |= u64::from(others().filter(|other| other.high >= own.low).count() < k) << at;
    }
    let size = |mask: u64| mask.count_ones() as usize;
    let least = size(sure & fixed.sure).max(k.saturating_sub(size(possible & !fixed.sure)));
    let most = size(possible & fixed.sure).min(k - size(sure & !fixed.sure).min(k));
    let index = |shared: usize| shared as f64 / (2 * k - shared) as f64;
    Some((index(least), index(most.max(least))))
}

/// The best and the worst place (1 = first) that option `at` of a selection row can have.
pub fn places_of(row: &Row, at: usize, rate: f64) -> Option<(f64, f64)> {
    let bounds = simultaneous(row, &row.shares, rate)?;
    let own = bounds[at];
    let others = || bounds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, bound)| bound);
    let above = others().filter(|other| other.low > own.high).count();
    let maybe = others().filter(|other| other.high >= own.low).count();
    Some((1.0 + above as f64, 1.0 + maybe as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(counts: &[f64], n: u32) -> Row {
        let shares = counts.iter().map(|count| count / f64::from(n)).collect();
        Row { item: String::new(), n, shares, known: Vec::new(), joint: None }
    }

    #[test]
    fn ten_clear_answers_settle_the_top_and_three_do_not() {
        let fixed = overlap::top(&[0.9, 0.8, 0.7, 0.1, 0.2, 0.3], 3).expect("three of six");
        let clear = row(&[15.0, 15.0, 15.0, 0.0, 0.0, 0.0], 15);
        assert_eq!(top_overlap(&clear, 3, fixed, 0.01), Some((1.0, 1.0)));
        let few = row(&[3.0, 3.0, 3.0, 0.0, 0.0, 0.0], 3);
        assert_eq!(top_overlap(&few, 3, fixed, 0.01), Some((0.0, 1.0)));
    }

    #[test]
    fn unanimity_is_not_certainty() {
        let (low, high) = extreme(&[(50.0, 50)], false, 0.001).expect("a share");
        assert!(low > 0.85 && low < 0.9 && high == 1.0, "{low} {high}");
    }

    #[test]
    fn the_lowest_group_counts() {
        let (low, high) = extreme(&[(50.0, 50), (25.0, 50)], false, 0.01).expect("shares");
        assert!(low < 0.5 && high < 0.75, "{low} {high}");
        let (low, high) = extreme(&[(0.0, 50), (25.0, 50)], true, 0.01).expect("shares");
        assert!(low > 0.25 && high > 0.5, "{low} {high}");
    }
}
