//! How far could a share be from the one that was seen? Confidence intervals and Beta quantiles.
//!
//! Sources: Clopper and Pearson, Biometrika 26 (1934); Brown, Cai and DasGupta, "Interval estimation
//! for a binomial proportion", Statist. Sci. 16 (2001), who compare it with others.

use statrs::function::beta::{beta_reg, ln_beta};

use super::UndefinedStatistic;

/// An interval with both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, not below the lower one.
    pub high: f64,
}

/// Returns Clopper and Pearson's interval for a share, from `successes` of `n`, within 0 ..= 1. It covers the
/// true share with at least the `confidence` asked for, whatever the share is, and each end errs with at most
/// half of the rest. For a one-sided bound at error rate α, ask for 1 − 2α.
///
/// # Errors
/// [`UndefinedStatistic::Empty`] when n is 0; [`UndefinedStatistic::OutOfRange`] for more successes than n, or a
/// confidence that is not between 0 and 1.
///
/// ```
/// use alignspec::__testing::stats::interval::clopper_pearson;
/// // 50 of 50 is not certainty.
/// let interval = clopper_pearson(50, 50, 0.95)?;
/// assert!((interval.low - 0.9289).abs() < 1e-4 && interval.high == 1.0);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn clopper_pearson(successes: u64, n: u64, confidence: f64) -> Result<Interval, UndefinedStatistic> {
    let tail = checked(successes, n, confidence)?;
    let (k, failures) = (successes as f64, (n - successes) as f64);
    let low = if successes == 0 { 0.0 } else { beta_quantile(k, failures + 1.0, tail)? };
    let high = if successes == n { 1.0 } else { 1.0 - beta_quantile(failures, k + 1.0, tail)? };
    Ok(Interval { low, high })
}

/// Returns the `p`-quantile of Beta(`a`, `b`), in 0 ..= 1: the share `p` of the distribution lies below it.
///
/// With a = successes + ½ and b = failures + ½ it bounds a share under Jeffreys's prior. It is good to about
/// 1e-12 (absolute) for a + b up to 20,000, and to 1e-6 far above that; less where p is within 1e-8 of 1,
/// which has few digits left.
///
/// # Errors
/// [`UndefinedStatistic::OutOfRange`] when a or b is not between 0.001 and 1e12, or p not in 0 ..= 1.
///
/// ```
/// use alignspec::__testing::stats::interval::beta_quantile;
/// assert!((beta_quantile(2.0, 2.0, 0.5)? - 0.5).abs() < 1e-12);
/// assert_eq!(beta_quantile(2.0, 2.0, 1.0)?, 1.0);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn beta_quantile(a: f64, b: f64, p: f64) -> Result<f64, UndefinedStatistic> {
    let usable = 1e-3..=1e12;
    if !usable.contains(&a) || !usable.contains(&b) {
        return Err(UndefinedStatistic::OutOfRange {
            what: "a parameter of Beta",
            must: "between 0.001 and 1e12",
        });
    }
    probability(p)?;
    if p == 0.0 || p == 1.0 {
        return Ok(p);
    }
    // Newton's method, kept between two bounds, because statrs's own inverse panics for a p below about
    // 1e-160 and has no correct digits where the quantile is below 1e-15, as it can be at 0 successes.
    // Halving the distance in steps of floating point always ends, after 62 rounds.
    let ln_beta = ln_beta(a, b);
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut x = a / (a + b);
    for _ in 0..ROUNDS {
        let off = beta_reg(a, b, x) - p;
        if off < 0.0 {
            low = x
        } else {
            high = x
        }
        let slope = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta).exp();
        let step = off / slope;
        if step.abs() <= f64::EPSILON * x {
            return Ok((x - step).clamp(low, high));
        }
        x -= step;
        // This holds also where the step was not a number.
        let inside = low < x && x < high;
        if !inside {
            x = f64::from_bits(low.to_bits().midpoint(high.to_bits()));
            if x == low || x == high {
                break;
            }
        }
    }
    Ok(x)
}

/// Returns P(X ≤ `x`) for Beta(`a`, `b`), both positive, which is the tail of a binomial.
pub(super) fn beta_tail(a: f64, b: f64, x: f64) -> f64 {
    beta_reg(a, b, x)
}

/// Newton's method takes about six rounds; the others are for starts from which it is slow.
const ROUNDS: usize = 200;

fn checked(successes: u64, n: u64, confidence: f64) -> Result<f64, UndefinedStatistic> {
    if n == 0 {
        return Err(UndefinedStatistic::Empty);
    }
    if successes > n {
        return Err(UndefinedStatistic::OutOfRange { what: "the number of successes", must: "at most n" });
    }
    tail(confidence)
}

/// Returns the error rate on either side.
fn tail(confidence: f64) -> Result<f64, UndefinedStatistic> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok((1.0 - confidence) / 2.0)
    } else {
        Err(UndefinedStatistic::OutOfRange { what: "a confidence", must: "between 0 and 1" })
    }
}

fn probability(p: f64) -> Result<(), UndefinedStatistic> {
    if (0.0..=1.0).contains(&p) {
        Ok(())
    } else {
        Err(UndefinedStatistic::OutOfRange { what: "a probability", must: "between 0 and 1" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The probability of each number of successes.
    fn binomial(n: u64, share: f64) -> Vec<f64> {
        let coefficient = |k| statrs::function::factorial::binomial(n, k);
        (0..=n).map(|k| coefficient(k) * share.powi(k as i32) * (1.0 - share).powi((n - k) as i32)).collect()
    }

    fn contains(interval: Interval, share: f64) -> bool {
        interval.low <= share && share <= interval.high
    }

    #[test]
    fn intervals_cover() {
        let coverage = |n: u64, share: f64| {
            let each = binomial(n, share).into_iter().zip(0..);
            each.filter(|(_, k)| contains(clopper_pearson(*k, n, 0.95).unwrap(), share))
                .map(|(p, _)| p)
                .sum::<f64>()
        };
        for n in [1, 5, 20, 50] {
            for share in (1..100).map(|share| f64::from(share) / 100.0) {
                let covered = coverage(n, share);
                assert!(covered >= 0.95 - 1e-12, "{covered} of {share}, n {n}");
            }
        }
    }

    #[test]
    fn what_has_no_value_is_named() {
        assert_eq!(clopper_pearson(0, 0, 0.95), Err(UndefinedStatistic::Empty));
        assert!(clopper_pearson(3, 2, 0.95).is_err());
        for confidence in [0.0, 1.0, f64::NAN] {
            assert!(clopper_pearson(1, 2, confidence).is_err());
        }
        for (a, b, p) in [(0.0, 1.0, 0.5), (1.0, f64::NAN, 0.5), (1.0, 1.0, 1.1), (1.0, f64::INFINITY, 0.5)] {
            assert!(beta_quantile(a, b, p).is_err());
        }
    }

    proptest! {
        #[test]
        fn intervals_hold_the_share_narrow_with_n_and_mirror(k in 0..60_u64, more in 0..60_u64, c in 0.5..0.9999_f64) {
            let n = (k + more).max(1);
            let i = clopper_pearson(k, n, c).unwrap();
            prop_assert!(i.low >= 0.0 && i.high <= 1.0 && contains(i, k as f64 / n as f64));
            let mirror = clopper_pearson(n - k, n, c).unwrap();
            prop_assert!((i.low - 1.0 + mirror.high).abs() < 1e-12);
            let tenfold = clopper_pearson(10 * k, 10 * n, c).unwrap();
            prop_assert!(tenfold.high - tenfold.low < i.high - i.low);
            let wider = clopper_pearson(k, n, (1.0 + c) / 2.0).unwrap();
            prop_assert!(wider.low <= i.low + 1e-12 && wider.high >= i.high - 1e-12);
        }

        #[test]
        fn beta_quantiles_are_numbers_and_rise(a in 0.01..5e3_f64, b in 0.01..5e3_f64, p in 0.0..=1.0_f64) {
            let q = beta_quantile(a, b, p).unwrap();
            prop_assert!((0.0..=1.0).contains(&q));
            prop_assert!(beta_quantile(a, b, (p + 0.05).min(1.0)).unwrap() >= q - 1e-9);
        }
    }
}
