//! What is tested of an item: yes-or-no features of its answers, each with Fisher's exact test.
//!
//! | answers | features |
//! | --- | --- |
//! | levels | each level; and each cut of the scale into a lower and an upper part, which sees answers move along it |
//! | sets | each option selected |
//! | rankings | each option among the first 1, 2 … places |
//!
//! An answer has a feature or not, and answers are independent, so each test is valid at any n, for sets and
//! rankings, too. The correction only adds up chances, so it does not matter how the features of an item
//! depend on each other. Levels that one side does not tell are pooled with "other" on both. Answers to forms
//! that differ (option orders, directions) but are the same on both sides vary less than the test assumes,
//! which errs towards no drift.

use super::lost::LostCount;
use crate::profile::Row;
use crate::stats::fisher::Law;
use crate::suite::Shape;

/// A feature of answers that some answers of the two samples have and others lack.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    /// The two-sided p-value, not corrected for other features.
    pub p: f64,
    /// `None` where it is not known, because what was lost may have said anything.
    pub law: Option<Law>,
    /// The change of the feature's share from before to now.
    pub change: f64,
}

impl Feature {
    /// Returns `None` if all answers on both sides have the feature, or none has: that cannot show a change.
    pub(super) fn new(before: FeatureShare, now: FeatureShare) -> Option<Feature> {
        let (x, y) = towards(before, now);
        let (n, m) = (u64::from(before.n), u64::from(now.n));
        if x + y == 0 || x + y == n + m {
            return None;
        }
        // Counts are within n, and both sides have answers, so this never fails.
        let law = Law::new(n, m, x + y).ok()?;
        let p = law.p_value(x).ok()?;
        Some(Feature { p, law: Some(law), change: now.portion() - before.portion() })
    }

    /// The chance of a p-value of at most `p`, if nothing changed; at most `p`.
    pub(super) fn chance(&self, p: f64) -> f64 {
        self.law.as_ref().map_or(p, |law| law.chance(p))
    }
}

/// The number of answers that have a feature, of `n`. It is not always whole, because some figures were
/// published as shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeatureShare {
    pub count: f64,
    pub n: u32,
    /// So many of the answers came after lost tries.
    pub lost: u32,
}

impl FeatureShare {
    pub(super) fn new(share: f64, n: u32) -> FeatureShare {
        FeatureShare { count: (share * f64::from(n)).clamp(0.0, f64::from(n)), n, lost: 0 }
    }

    pub(super) fn after_lost(self, lost: u32) -> FeatureShare {
        FeatureShare { lost: lost.min(self.n), ..self }
    }

    pub(super) fn portion(self) -> f64 {
        self.count / f64::from(self.n.max(1))
    }
}

/// Returns whole counts. Fractions are rounded to where the shares differ less, so that rounding in published
/// figures makes no drift.
pub(super) fn towards(before: FeatureShare, now: FeatureShare) -> (u64, u64) {
    let down = |count: f64| (count + 1e-6).floor().max(0.0) as u64;
    let up = |share: FeatureShare| ((share.count - 1e-6).ceil().max(0.0) as u64).min(u64::from(share.n));
    if before.portion() >= now.portion() {
        (down(before.count), up(now))
    } else {
        (up(before), down(now.count))
    }
}

/// Returns the features of two rows of one item that could show a change. `lost` of their answers came after lost tries.
pub(super) fn features_of(
    shape: Shape,
    before: &Row,
    now: &Row,
    how: LostCount,
    lost: (u32, u32),
) -> Vec<Feature> {
    let feature = |(x, y)| {
        let before = FeatureShare::new(x, before.n).after_lost(lost.0);
        how.feature(before, FeatureShare::new(y, now.n).after_lost(lost.1))
    };
    // Where answers may have been others, a level that nobody chose is one more that they may have been.
    let all = how != LostCount::AsCame && lost != (0, 0);
    shape.features(before, now, all).into_iter().filter_map(feature).collect()
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
        let of = |a: &[f64], b: &[f64]| {
            features_of(Shape::Level, &level(a, 50), &level(b, 50), LostCount::AsCame, (0, 0))
        };
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
        let features = features_of(Shape::Level, &partial, &full, LostCount::AsCame, (0, 0));
        assert_eq!(features.len(), 1);
        assert!(features[0].p > 0.999 && Shape::Level.shift(&partial, &full) < 1e-12);
    }

    #[test]
    fn parts_of_an_answer_are_no_drift() {
        let share = |count: f64, n: u32| FeatureShare { count, n, lost: 0 };
        assert_eq!(towards(share(12.7, 50), share(12.4, 50)), (12, 13));
        assert_eq!(towards(share(12.4, 50), share(13.0, 50)), (13, 13));
        assert_eq!(towards(share(50.0, 50), share(0.0, 20)), (50, 0));
        assert_eq!(towards(share(0.2 * 3.0 * 50.0, 50), share(30.0, 50)), (30, 30));
    }

    #[test]
    fn an_option_that_moves_is_a_share_of_answers() {
        let set = |counts: &[f64]| row(counts, 50, Vec::new());
        let (before, now) = (set(&[50.0, 50.0, 0.0, 0.0]), set(&[50.0, 30.0, 20.0, 0.0]));
        assert!(((Shape::Set { pick: 2 }).shift(&before, &now) - 0.4).abs() < 1e-12);
        // Two stories that swap places in every answer: all answers changed.
        let (before, now) = (set(&[50.0, 0.0, 0.0, 50.0]), set(&[0.0, 50.0, 50.0, 0.0]));
        assert!((Shape::Ranking.shift(&before, &now) - 1.0).abs() < 1e-12);
        assert_eq!(features_of(Shape::Ranking, &before, &now, LostCount::AsCame, (0, 0)).len(), 2);
    }
}
