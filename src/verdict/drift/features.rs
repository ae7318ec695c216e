//! What is tested of an item: yes-or-no features of its answers, each with Fisher's exact test.
//!
//! | answers | features |
//! | --- | --- |
//! | levels | each level; and each cut of the scale into a lower and an upper part, which sees answers move along it |
//! | sets | each option selected |
//! | rankings | each option among the first 1, 2 … places |
//!
//! An answer has a feature or has not, and the answers are independent, so that each test is valid at
//! any n, for sets and rankings too; how the features of one item depend on each other does not matter
//! to a correction that only adds up chances. Levels that one side does not tell are pooled with
//! "other" on both. Answers to forms that differ (option orders, directions) but are the same on both
//! sides vary less than the test supposes, which errs towards no drift.

use crate::profile::Row;
use crate::stats::fisher::Law;
use crate::suite::{Item, Shape};

/// A feature that both samples together have, and lack.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    /// Two-sided p-value, by itself.
    pub p: f64,
    pub law: Law,
    /// Change of its share from before to now.
    pub change: f64,
}

impl Feature {
    /// `None` where all answers on both sides have it, or none has: that says nothing, whatever the
    /// answers are.
    pub(super) fn new(before: Share, now: Share) -> Option<Feature> {
        let (x, y) = towards(before, now);
        let (n, m) = (u64::from(before.n), u64::from(now.n));
        if x + y == 0 || x + y == n + m {
            return None;
        }
        // Counts are within n and sides have answers, so that there is a law, and a p.
        let law = Law::new(n, m, x + y).ok()?;
        let p = law.p_value(x).ok()?;
        Some(Feature { p, law, change: now.of() - before.of() })
    }
}

/// A number of `n` answers; not always whole, where figures were published as shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub count: f64,
    pub n: u32,
}

impl Share {
    pub(super) fn new(share: f64, n: u32) -> Share {
        Share { count: (share * f64::from(n)).clamp(0.0, f64::from(n)), n }
    }

    pub(super) fn of(self) -> f64 {
        self.count / f64::from(self.n.max(1))
    }
}

/// Whole counts. Parts of an answer are rounded to where the shares differ less: no drift may come of
/// how figures were printed.
fn towards(before: Share, now: Share) -> (u64, u64) {
    let down = |count: f64| (count + 1e-6).floor().max(0.0) as u64;
    let up = |share: Share| ((share.count - 1e-6).ceil().max(0.0) as u64).min(u64::from(share.n));
    if before.of() >= now.of() { (down(before.count), up(now)) } else { (up(before), down(now.count)) }
}

/// The features of two rows of one item that have something to say.
pub(super) fn of(shape: Shape, before: &Row, now: &Row) -> Vec<Feature> {
    let share = |row: &Row, share: f64| Share::new(share, row.n);
    let pair = |(x, y): (f64, f64)| Feature::new(share(before, x), share(now, y));
    match shape {
        Shape::Set { .. } => {
            before.shares.iter().copied().zip(now.shares.iter().copied()).filter_map(pair).collect()
        }
        Shape::Level => of_levels(&levels(before, now), pair),
        Shape::Ranking => of_places(before, now, pair),
        Shape::Text => Vec::new(),
    }
}

/// The shares of the levels that both sides tell, in the scale's order, then of all others.
pub(super) fn levels(before: &Row, now: &Row) -> Vec<(f64, f64)> {
    let told = |level: &usize| before.known[*level] && now.known[*level];
    let mut levels: Vec<(f64, f64)> = (0..before.known.len().min(now.known.len()))
        .filter(told)
        .map(|level| (before.shares[level], now.shares[level]))
        .collect();
    let named = levels.iter().fold((0.0, 0.0), |sum, level| (sum.0 + level.0, sum.1 + level.1));
    levels.push(((1.0 - named.0).max(0.0), (1.0 - named.1).max(0.0)));
    levels
}

fn of_levels(levels: &[(f64, f64)], pair: impl Fn((f64, f64)) -> Option<Feature>) -> Vec<Feature> {
    // What nobody chose on either side is no level here. Of two that are left, one is the other's
    // complement; of more, the outermost cuts are levels already. All this only depends on both
    // sides together, so that it does not favour either outcome.
    let some: Vec<(f64, f64)> = levels.iter().copied().filter(|(x, y)| *x > 1e-9 || *y > 1e-9).collect();
    if some.len() == 2 {
        return pair(some[0]).into_iter().collect();
    }
    let mut features: Vec<Feature> = some.iter().filter_map(|level| pair(*level)).collect();
    let mut below = (0.0, 0.0);
    for (at, level) in some.iter().enumerate().take(some.len().saturating_sub(2)) {
        below = (below.0 + level.0, below.1 + level.1);
        if at > 0 {
            features.extend(pair(below));
        }
    }
    features
}

fn of_places(before: &Row, now: &Row, pair: impl Fn((f64, f64)) -> Option<Feature>) -> Vec<Feature> {
    let k = before.shares.len().isqrt().max(1);
    let mut features = Vec::new();
    for (old, new) in before.shares.chunks_exact(k).zip(now.shares.chunks_exact(k)) {
        let mut within = (0.0, 0.0);
        // All are within the last place.
        for (x, y) in old.iter().zip(new).take(k - 1) {
            within = (within.0 + x, within.1 + y);
            features.extend(pair(within));
        }
    }
    features
}

/// The least share of answers that must have changed: for levels the total variation distance; for
/// sets and rankings, of which tables only tell the options one by one, the largest lower bound of it
/// that they give.
pub(super) fn shift(shape: Shape, before: &Row, now: &Row) -> f64 {
    let pairs = || before.shares.iter().zip(&now.shares).map(|(x, y)| (x - y).abs());
    match shape {
        Shape::Level => levels(before, now).iter().map(|(x, y)| (x - y).abs()).sum::<f64>() / 2.0,
        // An answer that changes altogether changes at most `pick` options each way.
        Shape::Set { pick } => pairs().fold(pairs().sum::<f64>() / (2 * pick.max(1)) as f64, f64::max),
        Shape::Ranking => {
            let k = before.shares.len().isqrt().max(1);
            let each = before.shares.chunks_exact(k).zip(now.shares.chunks_exact(k));
            let each = each.map(|(old, new)| old.iter().zip(new).map(|(x, y)| (x - y).abs()).sum::<f64>());
            each.fold(0.0, f64::max) / 2.0
        }
        Shape::Text => 0.0,
    }
}

/// Every share by name, as people are told of it: (name, before, now).
pub(super) fn named(shape: Shape, item: &Item, before: &Row, now: &Row) -> Vec<(String, f64, f64)> {
    let id = |at: usize| item.choices.get(at).map_or("?", |choice| choice.id.as_str());
    let k = item.choices.len();
    match shape {
        Shape::Set { .. } => {
            (0..k).map(|at| (id(at).to_owned(), before.shares[at], now.shares[at])).collect()
        }
        Shape::Level => {
            let told = (0..k).filter(|level| before.known[*level] && now.known[*level]);
            let names = told.map(|level| id(level).to_owned()).chain(["other".to_owned()]);
            names.zip(levels(before, now)).map(|(name, (x, y))| (name, x, y)).collect()
        }
        Shape::Ranking => {
            let mut named = Vec::new();
            for at in 0..k {
                let (mut x, mut y) = (0.0, 0.0);
                for place in 0..k.saturating_sub(1) {
                    x += before.shares[at * k + place];
                    y += now.shares[at * k + place];
                    named.push((format!("{} within top {}", id(at), place + 1), x, y));
                }
            }
            named
        }
        Shape::Text => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(counts: &[f64], n: u32, known: Vec<bool>) -> Row {
        let shares = counts.iter().map(|count| count / f64::from(n)).collect();
        Row { item: String::new(), n, unread: 0, shares, known, joint: None }
    }

    fn level(counts: &[f64], n: u32) -> Row {
        row(counts, n, vec![true; counts.len() - 1])
    }

    #[test]
    fn what_cannot_differ_is_no_feature() {
        let of = |a: &[f64], b: &[f64]| of(Shape::Level, &level(a, 50), &level(b, 50));
        // Unanimous; two levels, one test; three, three; five, with the two inner cuts.
        assert_eq!(of(&[0.0, 50.0, 0.0], &[0.0, 50.0, 0.0]).len(), 0);
        assert_eq!(of(&[1.0, 49.0, 0.0], &[0.0, 50.0, 0.0]).len(), 1);
        assert_eq!(of(&[1.0, 48.0, 1.0, 0.0], &[0.0, 50.0, 0.0, 0.0]).len(), 3);
        let spread = [10.0, 10.0, 10.0, 10.0, 10.0, 0.0];
        assert_eq!(of(&spread, &spread).len(), 7);
        assert!(of(&spread, &spread).iter().all(|feature| feature.p > 0.999));
    }

    #[test]
    fn levels_that_one_side_does_not_tell_are_pooled() {
        let partial = row(&[0.0, 0.0, 30.0, 20.0], 50, vec![false, false, true]);
        let full = level(&[10.0, 10.0, 30.0, 0.0], 50);
        let features = of(Shape::Level, &partial, &full);
        assert_eq!(features.len(), 1);
        assert!(features[0].p > 0.999 && shift(Shape::Level, &partial, &full) < 1e-12);
    }

    #[test]
    fn parts_of_an_answer_are_no_drift() {
        let share = |count: f64, n: u32| Share { count, n };
        assert_eq!(towards(share(12.7, 50), share(12.4, 50)), (12, 13));
        assert_eq!(towards(share(12.4, 50), share(13.0, 50)), (13, 13));
        assert_eq!(towards(share(50.0, 50), share(0.0, 20)), (50, 0));
        assert_eq!(towards(share(0.2 * 3.0 * 50.0, 50), share(30.0, 50)), (30, 30));
    }

    #[test]
    fn an_option_that_moves_is_a_share_of_answers() {
        let set = |counts: &[f64]| row(counts, 50, Vec::new());
        let (before, now) = (set(&[50.0, 50.0, 0.0, 0.0]), set(&[50.0, 30.0, 20.0, 0.0]));
        assert!((shift(Shape::Set { pick: 2 }, &before, &now) - 0.4).abs() < 1e-12);
        // Two stories that swap places in every answer: all answers changed.
        let (before, now) = (set(&[50.0, 0.0, 0.0, 50.0]), set(&[0.0, 50.0, 50.0, 0.0]));
        assert!((shift(Shape::Ranking, &before, &now) - 1.0).abs() < 1e-12);
        assert_eq!(of(Shape::Ranking, &before, &now).len(), 2);
    }
}
