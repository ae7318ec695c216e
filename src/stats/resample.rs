//! Seeded random draws: streams by name, multinomial counts, shuffles, choices.
//!
//! **Reproducible.** [`rng`] derives a stream from a seed and labels alone, so a result does not
//! depend on which thread asks, in what order, or what else was drawn. The generator is ChaCha8,
//! whose output is specified; integers, shuffles and counts drawn from it are the same on every
//! platform for one version of `rand` and `rand_distr` (a new value stream is a breaking change of
//! theirs). Draws of counts involve logarithms and powers, which platforms may round differently in
//! the last bit; a count could differ only where such a bit decides a comparison, about once in
//! 10^15 draws.
//!
//! Source: Devroye, *Non-Uniform Random Variate Generation* (1986), ch. XI.1 (multinomial by
//! conditional binomials).

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution};

use super::{UndefinedStatistic, same_length};

/// A stream of random numbers: ChaCha with 8 rounds.
pub type Stream = rand::rngs::ChaCha8Rng;

/// Returns the stream that belongs to `seed` and `labels`.
///
/// Equal arguments give equal streams, and different ones independent streams (the key is a BLAKE3 hash of
/// all of them). `["ab", "c"]` differs from `["a", "bc"]`.
///
/// ```
/// use alignspec::__testing::stats::resample::rng;
/// use rand::RngExt;
/// let draw = |labels: &[&str]| rng(20251106, labels).random::<u64>();
/// assert_eq!(draw(&["assistant", "T1"]), draw(&["assistant", "T1"]));
/// assert_ne!(draw(&["assistant", "T1"]), draw(&["assistant", "T2"]));
/// ```
pub fn rng(seed: u64, labels: &[&str]) -> Stream {
    let mut hasher = blake3::Hasher::new_derive_key("alignspec random stream 1");
    hasher.update(&seed.to_le_bytes());
    for label in labels {
        hasher.update(&(label.len() as u64).to_le_bytes());
        hasher.update(label.as_bytes());
    }
    Stream::from_seed(*hasher.finalize().as_bytes())
}

/// Draws how often each of `weights.len()` categories occurs in `n` independent draws in proportion to the
/// weights. Takes time in the number of categories, whatever `n` is.
///
/// # Errors
/// [`UndefinedStatistic::LengthMismatch`]; [`UndefinedStatistic::OutOfRange`] for a weight that is negative, not a
/// number or too large; [`UndefinedStatistic::Empty`] when no weight is positive.
///
/// ```
/// use alignspec::__testing::stats::resample::{multinomial, rng};
/// let mut counts = [0; 3];
/// multinomial(&mut rng(1, &["counts"]), 50, &[0.2, 0.0, 0.8], &mut counts)?;
/// assert_eq!((counts.iter().sum::<u64>(), counts[1]), (50, 0));
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn multinomial<R: Rng + ?Sized>(
    rng: &mut R,
    n: u64,
    weights: &[f64],
    out: &mut [u64],
) -> Result<(), UndefinedStatistic> {
    same_length(weights.len(), out.len())?;
    let mut rest = total(weights)?;
    // The last possible category takes the rest, so that rounding in `rest` leaves no draws over.
    let last = weights.iter().rposition(|w| *w > 0.0).unwrap_or(0);
    let mut left = n;
    for (i, (weight, count)) in weights.iter().zip(out.iter_mut()).enumerate() {
        let share = if *weight > 0.0 && *weight < rest { weight / rest } else { f64::from(*weight > 0.0) };
        *count = if i == last { left } else { binomial(rng, left, share) };
        left -= *count;
        rest -= weight;
    }
    Ok(())
}

/// Draws how many of `n` independent draws come up that each do with a chance of `share`.
pub(crate) fn binomial<R: Rng + ?Sized>(rng: &mut R, n: u64, share: f64) -> u64 {
    if n == 0 || share <= 0.0 {
        return 0;
    }
    // The share is a probability by construction; if it were not, no draw would be the safe answer.
    Binomial::new(n, share).map_or(0, |b| b.sample(rng).min(n))
}

/// Puts `items` in random order, all orders equally likely.
pub fn shuffle<T, R: Rng + ?Sized>(rng: &mut R, items: &mut [T]) {
    choose_first(rng, items, items.len());
}

/// Moves `m` random items to the front, all choices equally likely; the rest stays in some order. All items
/// are chosen when there are no more than `m`.
pub fn choose_first<T, R: Rng + ?Sized>(rng: &mut R, items: &mut [T], m: usize) {
    // This is Durstenfeld's form of the Fisher–Yates shuffle.
    for i in 0..m.min(items.len().saturating_sub(1)) {
        let j = rng.random_range(i..items.len());
        items.swap(i, j);
    }
}

/// Returns the sum of weights, if they may be drawn from.
fn total(weights: &[f64]) -> Result<f64, UndefinedStatistic> {
    let sum: f64 = weights.iter().sum();
    if !(sum < 1e300 && weights.iter().all(|w| *w >= 0.0)) {
        return Err(UndefinedStatistic::OutOfRange { what: "every weight", must: "at least 0 and finite" });
    }
    if sum > 0.0 { Ok(sum) } else { Err(UndefinedStatistic::Empty) }
}

#[cfg(test)]
mod tests;
