//! Evidence that may be looked at again and again: betting against a mean, and the p-value of that bet when
//! the data come all at once, or answer by answer.
//!
//! **The bet.** Let answers have values of at least −1 whose mean, if the hypothesis is true, is at most 0. A
//! player who starts with 1 and stakes the same part λ of the capital on each answer has Π (1 + λ·value)
//! after some answers: on average at most 1, however long the game lasts and whenever it stops. So the chance
//! that the capital *ever* reaches 1/α is at most α (Ville's inequality), and one may stop at any moment the
//! data suggest. λ is not known beforehand, so 1/32, 2/32 … 1 are all played at once, with stakes
//! proportional to λ² (a model answers most questions nearly unanimously, for which a large λ is right).
//!
//! Answers may differ in their means, as long as the mean over each complete round of questions is at most 0
//! (the inequality of the means).
//!
//! **p-values.** [`Design`] says how the data came. A fixed sample has the exact tail of the binomial. A
//! growing one has the chance that the bet ever gets this far: for a sign test it is summed over all paths,
//! however long, so that it depends on neither the looks nor the number of answers; otherwise it is Ville's
//! inequality. (Spending the error rate by the number of tosses instead, as shares do in `stats::spending`,
//! takes a fifth more of them where nearly all say the same.)
//!
//! Sources: Ville, *Étude critique de la notion de collectif* (1939); Robbins, "Statistical methods
//! related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970), for mixtures;
//! Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", J. R. Statist.
//! Soc. B 86 (2024); Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-
//! valid inference", Statist. Sci. 38 (2023).

use once_cell::sync::Lazy;

use super::UndefinedStatistic;
use super::interval::{Interval, beta_tail, clopper_pearson};
use super::number_cache::NumberCache;

/// The number of stakes that are played at once.
const STAKES: usize = 32;

/// One stake λ: the logarithms of its share of the starting capital, and of 1 ± λ.
struct Stake {
    size: f64,
    ln_share: f64,
    ln_up: f64,
    ln_down: f64,
}

static TABLE: Lazy<[Stake; STAKES]> = Lazy::new(|| {
    let sum: f64 = (1..=STAKES).map(|at| (at * at) as f64).sum();
    std::array::from_fn(|at| {
        let size = (at + 1) as f64 / STAKES as f64;
        let share = ((at + 1) * (at + 1)) as f64 / sum;
        // ln 0 for the whole stake, which is lost with the first answer of −1.
        Stake { size, ln_share: share.ln(), ln_up: size.ln_1p(), ln_down: (-size).ln_1p() }
    })
});

/// Returns ln of the capital of all stakes together.
fn ln_sum(mut each: impl FnMut(&Stake) -> f64) -> f64 {
    let mut logs = [0.0_f64; STAKES];
    let mut largest = f64::NEG_INFINITY;
    for (log, stake) in logs.iter_mut().zip(TABLE.iter()) {
        *log = stake.ln_share + each(stake);
        largest = largest.max(*log);
    }
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    // What is below e^-40 of the largest is lost in rounding anyway, and exp is slow.
    let sum: f64 = logs.iter().filter(|log| **log > largest - 40.0).map(|log| (log - largest).exp()).sum();
    largest + sum.ln()
}

/// Multiplies, with 0 · ∞ = 0: without an answer there is no loss.
fn times(count: f64, log: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * log }
}

/// Returns the logarithm of the evidence against "the mean is at most 0" from answers given as (value ≥ −1,
/// how many). A positive number is evidence against it.
///
/// ```
/// use alignspec::__testing::stats::evidence::{of_values, of_signs};
/// // Twenty answers of +1 and one of −1, as values and as signs.
/// let all = of_values(&[(1.0, 20.0), (-1.0, 1.0)]);
/// assert!((all - of_signs(20.0, 1.0)).abs() < 1e-12 && all > 6.0);
/// assert!(of_values(&[(1.0, 5.0), (-1.0, 5.0)]) < 0.0);
/// ```
pub fn of_values(values: &[(f64, f64)]) -> f64 {
    ln_sum(|stake| values.iter().map(|(value, count)| times(*count, (stake.size * value).ln_1p())).sum())
}

/// Returns the same for `up` answers of +1 and `down` answers of −1, as in a sign test.
pub fn of_signs(up: f64, down: f64) -> f64 {
    ln_sum(|stake| times(up, stake.ln_up) + times(down, stake.ln_down))
}

/// Returns the logarithm of the evidence against "the share is at most `share`" from `yes` of `n` answers.
/// `share` is above 0; at 1 there is no evidence.
fn of_share(yes: f64, n: f64, share: f64) -> f64 {
    let win = (1.0 - share) / share;
    ln_sum(|stake| times(yes, (stake.size * win).ln_1p()) + times(n - yes, stake.ln_down))
}

/// How the answers that are judged were sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// All at once: published figures, or a sample of a size fixed beforehand.
    Fixed,
    /// Answer by answer, with looks in between, at most `most` for each question.
    Growing {
        /// The greatest number of answers to a question.
        most: u32,
    },
}

impl Design {
    /// Returns the evidence that `up` is more likely than `down`: −ln p for a fixed sample, the logarithm of
    /// the bet for a growing one. Larger is stronger; [`Self::sign_p`] turns it into a p-value. Fractional
    /// counts are rounded against the evidence.
    pub fn sign_evidence(self, up: f64, down: f64) -> f64 {
        match self {
            Design::Fixed => {
                let (up, down) = ((up + 1e-6).floor(), (down - 1e-6).ceil().max(0.0));
                // Half of the answers or fewer are no evidence, so their p-value, at least 0.5, counts as 1.
                if up <= down { 0.0 } else { -sign_tail(up, down).ln() }
            }
            Design::Growing { .. } => of_signs(up, down),
        }
    }

    /// Returns the p-value of a [`Self::sign_evidence`], in 0 ..= 1. If `up` is not the likelier, it is at
    /// most α with a chance of at most α; for a growing sample however often it is computed.
    pub fn sign_p(self, evidence: f64) -> f64 {
        match self {
            Design::Fixed => (-evidence).exp().min(1.0),
            Design::Growing { .. } => ever(evidence),
        }
    }

    /// Bounds a share from `yes` of `n` answers. Each end is wrong with a chance of at most `rate`, for a
    /// growing sample at any time. For a fixed sample it is Clopper and Pearson's interval, and fractional
    /// counts (published shares times n) are rounded away from certainty; for a growing one it holds all
    /// shares that the bet does not refute, and fractional counts, which only forecasts have, are taken as
    /// they are.
    ///
    /// # Errors
    /// [`UndefinedStatistic::Empty`] without answers; [`UndefinedStatistic::OutOfRange`] for a rate that is none.
    ///
    /// ```
    /// use alignspec::__testing::stats::evidence::Design;
    /// let once = Design::Fixed.share(50.0, 50, 0.001)?;
    /// let growing = Design::Growing { most: 200 }.share(50.0, 50, 0.001)?;
    /// // Looking at any time costs a little; neither is certain after 50 of 50.
    /// assert!(growing.low < once.low && growing.low > 0.8 && once.high == 1.0);
    /// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
    /// ```
    pub fn share(self, yes: f64, n: u32, rate: f64) -> Result<Interval, UndefinedStatistic> {
        Ok(Interval { low: self.share_at_least(yes, n, rate)?, high: self.share_at_most(yes, n, rate)? })
    }

    /// Returns the lower end of [`Self::share`] alone.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn share_at_least(self, yes: f64, n: u32, rate: f64) -> Result<f64, UndefinedStatistic> {
        if n == 0 {
            return Err(UndefinedStatistic::Empty);
        }
        if !(rate > 0.0 && rate <= 0.5) {
            return Err(UndefinedStatistic::OutOfRange {
                what: "an error rate",
                must: "above 0 and at most 0.5",
            });
        }
        let most = f64::from(n);
        match self {
            // A confidence so near 1 has no digits left. The bet is valid as well, and asks for more.
            Design::Fixed if rate >= 1e-12 => {
                let confidence = 1.0 - 2.0 * rate.min(0.499_999);
                let yes = (yes + 1e-6).floor().clamp(0.0, most);
                Ok(clopper_pearson(yes as u64, u64::from(n), confidence)?.low)
            }
            // Without a yes, no share is too small.
            _ if yes < 1e-6 => Ok(0.0),
            _ => {
                // A share times its number of answers is a whole number but for rounding.
                let yes = if (yes - yes.round()).abs() < 1e-6 { yes.round() } else { yes };
                let yes = yes.min(most);
                let find = || refuted(|share| of_share(yes, most, share), rate);
                Ok(BOUNDS.get((yes.to_bits(), rate.to_bits(), n), find))
            }
        }
    }

    /// Returns the upper end of [`Self::share`] alone.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn share_at_most(self, yes: f64, n: u32, rate: f64) -> Result<f64, UndefinedStatistic> {
        Ok(1.0 - self.share_at_least(f64::from(n) - yes, n, rate)?)
    }

    /// Bounds the mean of answers with values in −1 ..= 1, given as (value, how many). It works as
    /// [`Self::share`] does, by betting in either design.
    ///
    /// # Errors
    /// As [`Self::share`].
    ///
    /// ```
    /// use alignspec::__testing::stats::evidence::Design;
    /// let mean = Design::Fixed.mean(&[(1.0, 60.0), (0.0, 30.0), (-1.0, 10.0)], 0.01)?;
    /// assert!(mean.low > 0.2 && mean.low < 0.5 && mean.high > 0.5);
    /// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
    /// ```
    pub fn mean(self, values: &[(f64, f64)], rate: f64) -> Result<Interval, UndefinedStatistic> {
        Ok(Interval { low: self.mean_at_least(values, rate)?, high: self.mean_at_most(values, rate)? })
    }

    /// Returns the lower end of [`Self::mean`] alone.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn mean_at_least(self, values: &[(f64, f64)], rate: f64) -> Result<f64, UndefinedStatistic> {
        if !values.iter().any(|(_, count)| *count > 0.0) {
            return Err(UndefinedStatistic::Empty);
        }
        // Values are moved to 0 ..= 1, as for a share.
        let moved: Vec<(f64, f64)> =
            values.iter().map(|(value, count)| ((1.0 + value) / 2.0, *count)).collect();
        let bet = |mean: f64| {
            ln_sum(|stake| {
                let each = moved.iter();
                each.map(|(value, count)| times(*count, (stake.size * (value - mean) / mean).ln_1p())).sum()
            })
        };
        Ok(2.0 * refuted(bet, rate) - 1.0)
    }

    /// Returns the upper end of [`Self::mean`] alone.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn mean_at_most(self, values: &[(f64, f64)], rate: f64) -> Result<f64, UndefinedStatistic> {
        let turned: Vec<(f64, f64)> = values.iter().map(|(value, count)| (-value, *count)).collect();
        Ok(-self.mean_at_least(&turned, rate)?)
    }
}

/// The distance from the end that is looked for within which [`refuted`] stops. It is far below what is shown.
const NEAR: f64 = 1e-10;

/// More steps than any evidence takes. The second half of them halves, which always suffices.
const MOST_STEPS: usize = 64;

/// Returns the largest m in 0 ..= 1 such that "at most m" is refuted at `rate`, or one that is less by [`NEAR`] at
/// most; the evidence must fall with m.
///
/// Method: regula falsi with the Illinois rule (Dowell and Jarratt, BIT 11, 1971), on ln m, in which the evidence of
/// small shares is almost a straight line. Halving instead takes three times as many steps.
fn refuted(evidence: impl Fn(f64) -> f64, rate: f64) -> f64 {
    let beyond = |mean: f64| evidence(mean) + rate.ln();
    let (mut low, mut high) = (NEAR, 1.0_f64);
    let (mut at_low, mut at_high) = (beyond(low), beyond(high));
    // NaN refutes nothing.
    if at_low.is_nan() || at_low < 0.0 {
        return 0.0;
    }
    if at_high >= 0.0 {
        return high;
    }
    let mut last = None;
    for step in 0..MOST_STEPS {
        if high - low <= NEAR {
            break;
        }
        let line = (low.ln() * at_high - high.ln() * at_low) / (at_high - at_low);
        let guess = if line.is_finite() && step < MOST_STEPS / 2 { line.exp() } else { 0.5 * (low + high) };
        // A guess beside an end would move the other end a little only.
        let aside = 0.4 * NEAR.min(high - low);
        let mean = guess.clamp(low + aside, high - aside);
        let found = beyond(mean);
        // An end that stays a second time counts half, so that both ends come nearer.
        let refuted = found >= 0.0;
        let half = if last == Some(refuted) { 0.5 } else { 1.0 };
        if refuted {
            (low, at_low, at_high) = (mean, found, half * at_high);
        } else {
            (high, at_high, at_low) = (mean, found, half * at_low);
        }
        last = Some(refuted);
    }
    low
}

/// Returns P(at least `up` of `up + down` fair coins fall up).
fn sign_tail(up: f64, down: f64) -> f64 {
    if up <= 0.0 { 1.0 } else { beta_tail(up, down + 1.0, 0.5).clamp(f64::MIN_POSITIVE, 1.0) }
}

/// This many take some megabytes.
const MOST_FOUND: usize = 100_000;

/// Results of [`over_all_paths`], by evidence.
static PATHS: NumberCache<u64> = NumberCache::of_most(MOST_FOUND);

/// Lower bounds of shares, by yes, rate and n.
static BOUNDS: NumberCache<(u64, u64, u32)> = NumberCache::of_most(MOST_FOUND);

/// Returns the chance that the bet on a fair coin ever reaches `evidence`; where that is tiny, Ville's bound.
fn ever(evidence: f64) -> f64 {
    let bound = (-evidence).exp().min(1.0);
    if evidence <= 0.0 || evidence > 30.0 {
        return bound;
    }
    // Summing rounds, but the bound holds in any case.
    PATHS.get(evidence.to_bits(), || over_all_paths(evidence).clamp(f64::MIN_POSITIVE, bound))
}

/// The number of tosses for which each path is followed; what may come later is bounded.
const FOLLOWED: usize = 400;

/// Computes [`ever`]: the chance of the paths that reach `evidence` within the tosses that are followed, and
/// a bound for the others. Each of these reaches it later with a chance of at most its capital over what it
/// takes (Ville). All capital together is 1 on average, so the others have what those that got there do not.
fn over_all_paths(evidence: f64) -> f64 {
    // `alive[ups]` is the chance of that many ups so far without having reached the evidence.
    let mut alive = vec![0.0_f64; FOLLOWED + 2];
    alive[0] = 1.0;
    let (mut there, mut had) = (0.0, 0.0);
    // The fewest ups that suffice never fall with one more toss, and rise by at most one.
    let mut fewest = 0_usize;
    for tosses in 1..=FOLLOWED {
        for ups in (0..=tosses.min(fewest + 1)).rev() {
            let before = if ups > 0 { alive[ups - 1] } else { 0.0 };
            alive[ups] = 0.5 * (alive[ups] + before);
        }
        let of = |ups: usize| of_signs(ups as f64, (tosses - ups) as f64);
        while fewest <= tosses && of(fewest) < evidence - 1e-9 {
            fewest += 1;
        }
        for (ups, chance) in alive.iter_mut().enumerate().take(tosses + 1).skip(fewest) {
            let chance = std::mem::take(chance);
            if chance > 0.0 {
                there += chance;
                had += chance * of(ups).exp();
            }
        }
    }
    there + (1.0 - had).max(0.0) * (-evidence).exp()
}

#[cfg(test)]
mod tests;
