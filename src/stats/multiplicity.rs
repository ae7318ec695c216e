//! Many questions at one error rate: the chance of any false alarm among all of them.
//!
//! Source of the weighted Bonferroni correction: Rosenthal and Rubin, Psychol. Bull. 94 (1983).

use super::UndefinedStatistic;

/// Splits `error_rate` over several decisions in proportion to `weights`: the weighted Bonferroni
/// correction. The parts sum to at most `error_rate`, up to rounding; equal weights give equal parts.
///
/// Judging decision `i` at rate `parts[i]` keeps the chance of any error at most `error_rate`,
/// however the decisions depend on each other. A weight of 0 gives a rate of 0: never decided.
///
/// # Errors
/// [`UndefinedStatistic::OutOfRange`] for a rate outside 0 ..= 1 or a weight that is negative or not finite;
/// [`UndefinedStatistic::Empty`] when no weight is positive.
///
/// ```
/// use alignspec::__testing::stats::multiplicity::split_error;
/// assert_eq!(split_error(0.06, &[1.0, 1.0, 4.0])?, [0.01, 0.01, 0.04]);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn split_error(error_rate: f64, weights: &[f64]) -> Result<Vec<f64>, UndefinedStatistic> {
    if !(0.0..=1.0).contains(&error_rate) {
        return Err(UndefinedStatistic::OutOfRange { what: "an error rate", must: "between 0 and 1" });
    }
    if !weights.iter().all(|w| (0.0..=f64::MAX).contains(w)) {
        return Err(UndefinedStatistic::OutOfRange { what: "every weight", must: "at least 0 and finite" });
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(UndefinedStatistic::Empty);
    }
    // The largest weight is divided out only where the sum would overflow, so that usual weights are not
    // rounded once more.
    let scale = if largest > 1e300 { largest } else { 1.0 };
    let sum: f64 = weights.iter().map(|w| w / scale).sum();
    Ok(weights.iter().map(|w| error_rate * (w / scale) / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_no_value_is_named() {
        assert_eq!(split_error(0.05, &[]), Err(UndefinedStatistic::Empty));
        assert_eq!(split_error(0.05, &[0.0]), Err(UndefinedStatistic::Empty));
        assert!(split_error(0.05, &[1.0, f64::INFINITY]).is_err());
        assert!(split_error(f64::NAN, &[1.0]).is_err());
        assert_eq!(split_error(0.5, &[f64::MAX, f64::MAX]), Ok(vec![0.25, 0.25]));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(weights in prop::collection::vec(0.0..1e6_f64, 1..40), rate in 0.0..=1.0_f64) {
            if let Ok(parts) = split_error(rate, &weights) {
                prop_assert!((parts.iter().sum::<f64>() - rate).abs() < 1e-14);
                prop_assert!(parts.iter().all(|p| *p >= 0.0));
            }
        }
    }
}
