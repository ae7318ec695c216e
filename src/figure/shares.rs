//! The shares of one bar: of one question, or of several together, with the project's interval of a share.

use crate::profile::{Joint, Row};
use crate::stats::interval::clopper_pearson;

/// How sure the intervals of figures are.
pub(super) const CONFIDENCE: f64 = 0.95;

/// A share with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ShareInterval {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

impl ShareInterval {
    /// Returns a share of `n` answers with the interval of Clopper and Pearson; `None` without answers. A survey's shares
    /// are printed with few digits, so that its count is the nearest whole number.
    pub(super) fn of(share: f64, n: u32) -> Option<ShareInterval> {
        let share = share.clamp(0.0, 1.0);
        let count = (share * f64::from(n)).round() as u64;
        let interval = clopper_pearson(count.min(u64::from(n)), u64::from(n), CONFIDENCE).ok()?;
        // The rounded count's interval holds the printed share as well. Its ends are told in millionths, outwards.
        let (low, high) = (interval.low.min(share), interval.high.max(share));
        Some(ShareInterval { share, low: (low * 1e6).floor() / 1e6, high: (high * 1e6).ceil() / 1e6 })
    }
}

/// The answers to one question or several of them, counted together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PooledShares {
    /// The number of answers; of a survey, the number of people.
    pub n: u32,
    /// The share of each level; `None` where a source does not tell it.
    pub levels: Vec<Option<f64>>,
}

impl PooledShares {
    /// Pools rows of so many levels by their numbers of answers; `None` where there is no answer. The people of a survey
    /// may have answered several of the questions, so they count once.
    pub(super) fn of(rows: &[&Row], levels: usize) -> Option<PooledShares> {
        let rows: Vec<&Row> =
            rows.iter().copied().filter(|row| row.n > 0 && row.shares.len() >= levels).collect();
        let panel =
            rows.iter().any(|row| matches!(row.joint.as_deref(), Some(Joint::Panel | Joint::People(_))));
        let all: f64 = rows.iter().map(|row| f64::from(row.n)).sum();
        let n = match panel {
            true => rows.iter().map(|row| row.n).max()?,
            false => rows.iter().map(|row| row.n).fold(0, u32::saturating_add),
        };
        if n == 0 {
            return None;
        }
        let share = |level: usize| {
            let told = rows.iter().all(|row| row.tells(level));
            told.then(|| rows.iter().map(|row| row.shares[level] * f64::from(row.n)).sum::<f64>() / all)
        };
        Some(PooledShares { n, levels: (0..levels).map(share).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn row(n: u32, shares: &[f64], known: &[bool], joint: Option<Joint>) -> Row {
        let (shares, known) = (shares.to_vec(), known.to_vec());
        Row { item: String::new(), n, unread: 0, shares, known, joint: joint.map(Arc::new) }
    }

    #[test]
    fn questions_are_pooled_by_their_answers_and_people_count_once() {
        let (one, two) =
            (row(10, &[0.5, 0.5, 0.0], &[true; 2], None), row(30, &[0.1, 0.9, 0.0], &[true; 2], None));
        let pooled = PooledShares::of(&[&one, &two], 2).expect("answers");
        assert_eq!(pooled.n, 40);
        assert!((pooled.levels[0].expect("told") - 0.2).abs() < 1e-12, "{pooled:?}");
        let people = row(140, &[0.5, 0.0, 0.5], &[true, false], Some(Joint::Panel));
        let pooled = PooledShares::of(&[&people, &people], 2).expect("answers");
        assert_eq!((pooled.n, pooled.levels), (140, vec![Some(0.5), None]));
        assert_eq!(PooledShares::of(&[], 2), None);
    }

    #[test]
    fn the_interval_is_that_of_the_project() {
        let of_50 = ShareInterval::of(1.0, 50).expect("answers");
        assert!((of_50.low - 0.9289).abs() < 1e-4 && of_50.high == 1.0, "{of_50:?}");
        assert_eq!(ShareInterval::of(0.5, 0), None);
        // A share that is no count of n answers lies within its interval all the same.
        let printed = ShareInterval::of(0.004, 100).expect("answers");
        assert!(printed.low <= 0.004 && printed.high >= 0.004, "{printed:?}");
    }
}
