//! Evidence that may be looked at again and again: betting against a mean, and what that is worth as
//! a p-value when the data come once, or answer by answer.
//!
//! **The bet.** Let answers have values of at least −1 whose mean, if the hypothesis is true, is at
//! most 0. Starting with 1 and staking the same part λ of what one has on each answer, one has
//! Π (1 + λ·value) after some answers: on average at most 1, however long one plays and whenever one
//! stops. So the chance that it *ever* reaches 1/α is at most α (Ville's inequality), and one may
//! stop at any moment the data suggest. λ is not known beforehand; one plays all of 1/32, 2/32 … 1
//! at once, with stakes proportional to λ² (most questions worth asking a model are answered by it
//! nearly unanimously, for which a large λ is right).
//!
//! Answers need not be alike: values with different means do no harm as long as the mean over each
//! complete round of questions is at most 0 (the inequality of the means).
//!
//! **p-values.** [`Design`] says how the data came. A fixed sample has the exact tail of the
//! binomial; a growing one has the chance that the bet ever gets this far: for a sign test summed over all
//! paths, however long, so that it depends on neither the looks nor how many answers may be asked; by
//! Ville's inequality otherwise. (That spends the error rate as the bet does. Spending it by the number of
//! tosses, as shares do in `stats::spending`, takes a fifth more of them where nearly all say the same.)
//!
//! Sources: Ville, *Étude critique de la notion de collectif* (1939); Robbins, "Statistical methods
//! related to the law of the iterated logarithm", Ann. Math. Statist. 41 (1970), for mixtures;
//! Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", J. R. Statist.
//! Soc. B 86 (2024); Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-
//! valid inference", Statist. Sci. 38 (2023).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use once_cell::sync::Lazy;

use super::UndefinedStatistic;
use super::interval::{Interval, beta_tail, clopper_pearson};

/// How many stakes are played at once.
const STAKES: usize = 32;

/// One stake λ: the logarithm of its share of the start, and of 1 ± λ.
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
        // ln 0 for the whole stake: lost with the first answer of −1.
        Stake { size, ln_share: share.ln(), ln_up: size.ln_1p(), ln_down: (-size).ln_1p() }
    })
});

/// ln of what all stakes together have become.
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
    // What is e^-40 of the largest is lost in rounding anyway, and exp is what costs.
    let sum: f64 = logs.iter().filter(|log| **log > largest - 40.0).map(|log| (log - largest).exp()).sum();
    largest + sum.ln()
}

/// 0 · ∞ is 0: no answer, no loss.
fn times(count: f64, log: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * log }
}

/// The logarithm of the evidence against "the mean is at most 0" from answers given as (value ≥ −1,
/// how many). Above 0 is against it; e^that is what betting on it has won.
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

/// As [`of_values`], for `up` answers of +1 and `down` answers of −1: a sign test.
pub fn of_signs(up: f64, down: f64) -> f64 {
    ln_sum(|stake| times(up, stake.ln_up) + times(down, stake.ln_down))
}

/// The logarithm of the evidence against "the share is at most `share`" from `yes` of `n` answers.
/// `share` is above 0; at 1 there is none.
fn of_share(yes: f64, n: f64, share: f64) -> f64 {
    let win = (1.0 - share) / share;
    ln_sum(|stake| times(yes, (stake.size * win).ln_1p()) + times(n - yes, stake.ln_down))
}

/// How the data that are judged came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Once, as many as there are: published figures, or a sample of a size fixed beforehand.
    Fixed,
    /// Answer by answer, looked at in between, at most `most` for each question.
    Growing {
        /// The most answers there can come to be.
        most: u32,
    },
}

impl Design {
    /// The evidence that the answers of two kinds are not equally likely but `up` more so: −ln p for
    /// a fixed sample, the logarithm of the bet for a growing one. Larger is stronger; [`Self::sign_p`]
    /// makes a p-value of it. Counts that are no whole numbers are rounded against it.
    pub fn sign_evidence(self, up: f64, down: f64) -> f64 {
        match self {
            Design::Fixed => -sign_tail((up + 1e-6).floor(), (down - 1e-6).ceil().max(0.0)).ln(),
            Design::Growing { .. } => of_signs(up, down),
        }
    }

    /// The p-value of a [`Self::sign_evidence`], in 0 ..= 1: at most α with a chance of at most α if
    /// `up` is not the likelier; for a growing sample however often that is asked.
    pub fn sign_p(self, evidence: f64) -> f64 {
        match self {
            Design::Fixed => (-evidence).exp().min(1.0),
            Design::Growing { .. } => ever(evidence),
        }
    }

    /// Bounds of a share from `yes` of `n` answers: each end is wrong with a chance of at most
    /// `rate`, for a growing sample at any time. Clopper and Pearson's, or all shares that the bet
    /// does not refute. Counts of a fixed sample that are no whole numbers (published shares times n)
    /// are rounded away from certainty; those of a growing one are taken as they are, which only a
    /// forecast's can be.
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

    /// The lower end of [`Self::share`] alone.
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
            // Below 1e-12 a confidence has no digits left; the bet is as valid, and asks for more.
            Design::Fixed if rate >= 1e-12 => {
                let confidence = 1.0 - 2.0 * rate.min(0.499_999);
                let yes = (yes + 1e-6).floor().clamp(0.0, most);
                Ok(clopper_pearson(yes as u64, u64::from(n), confidence)?.low)
            }
            // Nothing was seen of it: no share is too small.
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

    /// The upper end of [`Self::share`] alone.
    ///
    /// # Errors
    /// As [`Self::share`].
    pub fn share_at_most(self, yes: f64, n: u32, rate: f64) -> Result<f64, UndefinedStatistic> {
        Ok(1.0 - self.share_at_least(f64::from(n) - yes, n, rate)?)
    }

    /// Bounds of the mean of answers with values in −1 ..= 1, given as (value, how many); as
    /// [`Self::share`], by betting in either design.
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
        if !values.iter().any(|(_, count)| *count > 0.0) {
            return Err(UndefinedStatistic::Empty);
        }
        // On 0 ..= 1, where a share of winnings is what is staked.
        let low = |sign: f64| {
            refuted(
                |mean| {
                    ln_sum(|stake| {
                        let each = values.iter().map(|(value, count)| {
                            let value = (1.0 + sign * value) / 2.0;
                            times(*count, (stake.size * (value - mean) / mean).ln_1p())
                        });
                        each.sum()
                    })
                },
                rate,
            )
        };
        Ok(Interval { low: 2.0 * low(1.0) - 1.0, high: 1.0 - 2.0 * low(-1.0) })
    }
}

/// The largest m in 0 ..= 1 such that "at most m" is refuted at `rate`; the evidence falls with m.
fn refuted(evidence: impl Fn(f64) -> f64, rate: f64) -> f64 {
    let enough = -rate.ln();
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Thirty halvings: 1e-9, far below what is shown.
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if evidence(middle) >= enough { low = middle } else { high = middle }
    }
    low
}

/// P(at least `up` of `up + down` fair coins fall up).
fn sign_tail(up: f64, down: f64) -> f64 {
    if up <= 0.0 { 1.0 } else { beta_tail(up, down + 1.0, 0.5).clamp(f64::MIN_POSITIVE, 1.0) }
}

/// Numbers that are slow to find, by what they depend on (the bits of it): the same few are asked for
/// again and again, at each look and for each check.
struct NumberCache<K>(Lazy<Mutex<HashMap<K, f64>>>);

impl<K: Eq + Hash> NumberCache<K> {
    const fn none() -> Self {
        NumberCache(Lazy::new(Mutex::default))
    }

    fn get(&self, key: K, find: impl FnOnce() -> f64) -> f64 {
        let found = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = found().get(&key) {
            return *number;
        }
        let number = find();
        let mut found = found();
        if found.len() >= MOST_FOUND {
            found.clear();
        }
        found.insert(key, number);
        number
    }
}

/// Some megabytes.
const MOST_FOUND: usize = 100_000;

/// What [`over_all_paths`] gave, by evidence.
static PATHS: NumberCache<u64> = NumberCache::none();

/// Lower bounds of shares, by yes, rate and n.
static BOUNDS: NumberCache<(u64, u64, u32)> = NumberCache::none();

/// The chance that the bet on a fair coin ever gets to `evidence`; by Ville's inequality where that is next
/// to none.
fn ever(evidence: f64) -> f64 {
    let bound = (-evidence).exp().min(1.0);
    if evidence <= 0.0 || evidence > 30.0 {
        return bound;
    }
    // Summing rounds; the bound holds in any case.
    PATHS.get(evidence.to_bits(), || over_all_paths(evidence).clamp(f64::MIN_POSITIVE, bound))
}

/// Tosses of which each path is followed. What may still come is bounded.
const FOLLOWED: usize = 400;

/// As [`ever`]: the paths that get there within the tosses that are followed, and for the others what they
/// have, which is the chance of each to get there later, over what it takes (Ville). All that is ever had is
/// 1 on average: what those that got there had, the others have not.
fn over_all_paths(evidence: f64) -> f64 {
    // alive[ups]: the chance of that many ups so far without having got there.
    let mut alive = vec![0.0_f64; FOLLOWED + 2];
    alive[0] = 1.0;
    let (mut there, mut had) = (0.0, 0.0);
    // The fewest ups that are enough: never fewer with one more toss, and at most one more.
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
