//! Fisher's exact test of two shares, and the p-values that it can give.
//!
//! Of n + m answers, t say yes. If both samples come from the same share, every way to deal the yeses to the
//! two is equally likely. So the number in the first is hypergeometric, whatever the share, and the p-value
//! is exact for any n, m and t. It is also *discrete*: with few yeses the least possible p is far from 0, and
//! the chance of a p of at most x is often far below x. [`Law::chance`] returns that chance, so that a
//! correction over many such tests need not pay for p-values that cannot occur.
//!
//! Preparing a [`Law`], and each question to it, takes time in proportion to min(n, m, t).
//!
//! Sources: Fisher, *Statistical Methods for Research Workers* (5th ed. 1934), §21.02; two-sided by
//! probability: Freeman and Halton, Biometrika 38 (1951); discreteness in corrections: Tarone,
//! Biometrics 46 (1990); Westfall and Wolfinger, Am. Statist. 51 (1997).

use super::UndefinedStatistic;

/// The distribution of the yeses in the first of two samples, if both come from the same share.
///
/// ```
/// use alignspec::__testing::stats::fisher::Law;
/// // 3 of 3 against 0 of 3: of the 20 ways to deal three yeses, two are as extreme.
/// let law = Law::new(3, 3, 3)?;
/// assert!((law.p_value(3)? - 0.1).abs() < 1e-12);
/// // A p-value of at most 0.09 cannot occur at all.
/// assert_eq!(law.chance(0.09), 0.0);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// The smallest possible number.
    low: u64,
    /// The probabilities of `low`, `low + 1` …, relative to the largest.
    weights: Vec<f64>,
    total: f64,
}

/// Probabilities this close are equal, since they differ only in rounding.
const TIE: f64 = 1.0 + 1e-9;

impl Law {
    /// Makes the law for samples of `first` and `second` answers, of which `yes` say yes in both together.
    ///
    /// # Errors
    /// [`UndefinedStatistic::Empty`] when either sample has no answers; [`UndefinedStatistic::OutOfRange`] for more
    /// yeses than answers.
    pub fn new(first: u64, second: u64, yes: u64) -> Result<Self, UndefinedStatistic> {
        if first == 0 || second == 0 {
            return Err(UndefinedStatistic::Empty);
        }
        if yes > first.saturating_add(second) {
            return Err(UndefinedStatistic::OutOfRange {
                what: "the number of yeses",
                must: "at most the answers",
            });
        }
        let (low, high) = (yes.saturating_sub(second), first.min(yes));
        let mode = (first + 1) as f64 * (yes + 1) as f64 / ((first + second) as f64 + 2.0);
        let mode = ((mode as u64).clamp(low, high) - low) as usize;
        let mut weights = vec![1.0; (high - low) as usize + 1];
        // P(v + 1) / P(v). It is computed outward from the mode, so that nothing overflows; what underflows
        // to 0 does not matter.
        let up = |at: usize| {
            let v = low + at as u64;
            let (more, fewer) = ((yes - v) as f64 * (first - v) as f64, (v + 1) as f64);
            more / (fewer * (second + v + 1 - yes) as f64)
        };
        for at in mode..weights.len() - 1 {
            weights[at + 1] = weights[at] * up(at);
        }
        for at in (0..mode).rev() {
            weights[at] = weights[at + 1] / up(at);
        }
        let total = weights.iter().sum();
        Ok(Self { low, weights, total })
    }

    /// Returns every number of yeses that the first sample can have, with its probability.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (u64, f64)> {
        let chance = |weight: &f64| weight / self.total;
        (self.low..).zip(self.weights.iter().map(chance))
    }

    /// Returns the two-sided p-value of `yes` yeses in the first sample: the probability of all numbers that
    /// are no likelier. It is in 0 ..= 1 and never 0.
    ///
    /// # Errors
    /// [`UndefinedStatistic::OutOfRange`] for a number that cannot be.
    pub fn p_value(&self, yes: u64) -> Result<f64, UndefinedStatistic> {
        let at = yes.checked_sub(self.low).and_then(|at| usize::try_from(at).ok());
        let own = at.and_then(|at| self.weights.get(at)).ok_or(UndefinedStatistic::OutOfRange {
            what: "the number of yeses in the first sample",
            must: "possible with these answers",
        })?;
        let sum: f64 = self.weights.iter().filter(|weight| **weight <= own * TIE).sum();
        Ok((sum / self.total).clamp(f64::MIN_POSITIVE, 1.0))
    }

    /// Returns the chance of a p-value of at most `p`, if both samples come from the same share. It is at
    /// most `p`, and equal to it where `p` is a possible p-value; 1 for a p of 1 or more.
    #[must_use]
    pub fn chance(&self, p: f64) -> f64 {
        if p >= 1.0 {
            return 1.0;
        }
        // The law has a single peak, so the least likely numbers are at the ends.
        let (mut left, mut right) = (0, self.weights.len());
        let mut sum = 0.0;
        while left < right {
            let least = self.weights[left].min(self.weights[right - 1]) * TIE;
            let (mut next, from) = (sum, (left, right));
            while left < right && self.weights[left] <= least {
                next += self.weights[left];
                left += 1;
            }
            while left < right && self.weights[right - 1] <= least {
                right -= 1;
                next += self.weights[right];
            }
            if next > p * self.total * TIE || from == (left, right) {
                break;
            }
            sum = next;
        }
        (sum / self.total).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{Discrete, Hypergeometric};

    /// By its definition: the sum over all outcomes that are no more probable than `x` of `n`.
    fn p_value(n: u64, m: u64, yes: u64, x: u64) -> f64 {
        let law = Hypergeometric::new(n + m, yes, n).unwrap();
        let at_most = law.pmf(x) * (1.0 + 1e-9);
        (yes.saturating_sub(m)..=yes.min(n)).map(|x| law.pmf(x)).filter(|p| *p <= at_most).sum()
    }

    #[test]
    fn what_has_no_value_is_named() {
        assert_eq!(Law::new(0, 3, 0).unwrap_err(), UndefinedStatistic::Empty);
        assert!(Law::new(3, 3, 7).is_err());
        let law = Law::new(3, 3, 5).unwrap();
        assert!(law.p_value(1).is_err() && law.p_value(4).is_err());
    }

    #[test]
    fn unanimity_has_one_p_value_and_large_samples_do_not_overflow() {
        for yes in [0, 100] {
            let law = Law::new(50, 50, yes).unwrap();
            assert_eq!((law.p_value(yes / 2), law.chance(0.999)), (Ok(1.0), 0.0));
        }
        let law = Law::new(100_000, 100_000, 100_000).unwrap();
        assert!((law.p_value(50_000).unwrap() - 1.0).abs() < 1e-9);
        assert!(law.p_value(100_000).unwrap() > 0.0);
    }

    proptest! {
        #[test]
        fn it_is_the_exact_test_of_two_columns(n in 1..40_u64, m in 1..40_u64, x in 0..40_u64, y in 0..40_u64) {
            let (x, y) = (x.min(n), y.min(m));
            let law = Law::new(n, m, x + y).unwrap();
            let p = law.p_value(x).unwrap();
            prop_assert!((p - p_value(n, m, x + y, x)).abs() < 1e-9, "{p}");
            // Its own p-value is one that can be.
            prop_assert!((law.chance(p) - p).abs() < 1e-9);
        }

        #[test]
        fn the_chance_of_a_p_is_what_it_says(n in 1..30_u64, m in 1..30_u64, t in 0..60_u64, p in 0.0..1.0_f64) {
            let law = Law::new(n, m, t.min(n + m)).unwrap();
            let (mut extreme, mut all) = (0.0, 0.0);
            for (at, weight) in law.weights.iter().enumerate() {
                all += weight;
                extreme += if law.p_value(law.low + at as u64).unwrap() <= p { *weight } else { 0.0 };
            }
            prop_assert!((law.chance(p) - extreme / all).abs() < 1e-9);
            prop_assert!(law.chance(p) <= p + 1e-9);
        }
    }
}
