//! Many questions at one error rate: the chance of any false alarm among all of them.
//!
//! Sources: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6
//! (1979); weighted Bonferroni: Rosenthal and Rubin, Psychol. Bull. 94 (1983).

use super::Undefined;

/// Holm's adjusted p-values, in the order of `p`. Each in 0 ..= 1 and not below its own p-value.
///
/// Rejecting what is at most α keeps the chance of any false rejection at most α, however the tests
/// depend on each other. No p-values have none: an empty list.
///
/// # Errors
/// [`Undefined::OutOfRange`] for a p-value outside 0 ..= 1.
///
/// ```
/// use alignspec::__testing::stats::multiplicity::holm;
/// assert_eq!(holm(&[0.01, 0.04, 0.03])?, [0.03, 0.06, 0.06]);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn holm(p: &[f64]) -> Result<Vec<f64>, Undefined> {
    if !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        return Err(Undefined::OutOfRange { what: "every p-value", must: "between 0 and 1" });
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![0.0; p.len()];
    let mut so_far = 0.0_f64;
    for (step, &i) in order.iter().enumerate() {
        so_far = so_far.max(((p.len() - step) as f64 * p[i]).min(1.0));
        adjusted[i] = so_far;
    }
    Ok(adjusted)
}

/// Splits `error_rate` over several decisions in proportion to `weights`: the weighted Bonferroni
/// correction. The parts sum to at most `error_rate`, up to rounding; equal weights give equal parts.
///
/// Judging decision `i` at rate `parts[i]` keeps the chance of any error at most `error_rate`,
/// however the decisions depend on each other. A weight of 0 gives a rate of 0: never decided.
///
/// # Errors
/// [`Undefined::OutOfRange`] for a rate outside 0 ..= 1 or a weight that is negative or not finite;
/// [`Undefined::Empty`] when no weight is positive.
///
/// ```
/// use alignspec::__testing::stats::multiplicity::split_error;
/// assert_eq!(split_error(0.06, &[1.0, 1.0, 4.0])?, [0.01, 0.01, 0.04]);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn split_error(error_rate: f64, weights: &[f64]) -> Result<Vec<f64>, Undefined> {
    if !(0.0..=1.0).contains(&error_rate) {
        return Err(Undefined::OutOfRange { what: "an error rate", must: "between 0 and 1" });
    }
    if !weights.iter().all(|w| (0.0..=f64::MAX).contains(w)) {
        return Err(Undefined::OutOfRange { what: "every weight", must: "at least 0 and finite" });
    }
    let largest = weights.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(Undefined::Empty);
    }
    // The largest is divided out first only where the sum would overflow, to spare common weights
    // a rounding.
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
        assert_eq!(holm(&[]), Ok(vec![]));
        assert!(holm(&[0.5, f64::NAN]).is_err());
        assert!(holm(&[1.5]).is_err());
        assert_eq!(split_error(0.05, &[]), Err(Undefined::Empty));
        assert_eq!(split_error(0.05, &[0.0]), Err(Undefined::Empty));
        assert!(split_error(0.05, &[1.0, f64::INFINITY]).is_err());
        assert!(split_error(f64::NAN, &[1.0]).is_err());
        assert_eq!(split_error(0.5, &[f64::MAX, f64::MAX]), Ok(vec![0.25, 0.25]));
    }

    proptest! {
        #[test]
        fn holm_is_bounded_monotone_and_blind_to_order(p in prop::collection::vec(0.0..=1.0_f64, 1..20), turn in 0..20_usize) {
            let adjusted = holm(&p).unwrap();
            for (i, a) in adjusted.iter().enumerate() {
                prop_assert!(*a <= 1.0 && *a >= p[i] && *a <= p[i] * p.len() as f64 + 1e-15);
                prop_assert!(adjusted.iter().zip(&p).all(|(b, q)| p[i] > *q || a <= b));
            }
            let (mut q, mut expected) = (p.clone(), adjusted.clone());
            q.rotate_left(turn % p.len());
            expected.rotate_left(turn % p.len());
            prop_assert_eq!(holm(&q).unwrap(), expected);
        }

        #[test]
        fn parts_sum_to_the_whole(weights in prop::collection::vec(0.0..1e6_f64, 1..40), rate in 0.0..=1.0_f64) {
            if let Ok(parts) = split_error(rate, &weights) {
                prop_assert!((parts.iter().sum::<f64>() - rate).abs() < 1e-14);
                prop_assert!(parts.iter().all(|p| *p >= 0.0));
            }
        }
    }
}
