//! Random sets of a fixed size whose members appear with given probabilities. They simulate single answers where only
//! totals are known.
//!
//! Many distributions over sets have the same inclusion probabilities. This one has *maximum entropy*, so it assumes
//! nothing else: options are in or out independently of each other, given that the set has its size. Hence its other
//! name, *conditional Poisson sampling*. The probability of a set S is proportional to the product of the weights of
//! its members. No formula gives the weights for given inclusion probabilities, so they are found by iteration.
//!
//! **The iteration.** Let πᵢ(w) be the inclusion probabilities under the weights w, and πᵢ the wanted ones. Each step
//! multiplies wᵢ by the square root of odds(πᵢ) / odds(πᵢ(w)). In logarithms, the derivative of odds(πᵢ(w)) by wⱼ is
//! Cov(i, j) / Var(i), taken over the sets. The covariances of a set of fixed size add up to 0 and, except for
//! Var(i), are negative: the derivative is I − P with a stochastic matrix P. A full step has the derivative P, under
//! which two free options would swap their errors forever. Half a step has ½ (I + P), a Markov chain that stays put
//! half of the time, which reduces the spread of the errors wherever it starts. Tens of steps are enough.
//!
//! Sources: Chen, Dempster and Liu, "Weighted finite population sampling to maximize entropy",
//! Biometrika 81 (1994), for the distribution, that its weights exist and are unique up to a factor,
//! and the draw option by option; Tillé, *Sampling Algorithms* (2006), ch. 5.

use rand::{Rng, RngExt};

use super::UndefinedStatistic;
use super::overlap::{MAX_OPTIONS, indices};
use super::pairs::with;
use super::resample::binomial;

/// How far the sum of the inclusion probabilities may be from the size of a set, as a share of that size.
pub const MAX_GAP: f64 = 0.05;

/// A probability that is closer to 0 or 1 than this is treated as 0 or 1. Even 64 such errors, moved to one other
/// option by the sum, are well within the promised 1e-9.
const SURE: f64 = 1e-12;

/// The iteration ends at this error. The rest of the promised 1e-9 is for rounding in the draw.
const CLOSE: f64 = 1e-11;

/// The most steps of the iteration: twenty times as many as any of 20 000 hostile cases took.
const MAX_STEPS: u32 = 1000;

/// The maximum-entropy distribution over sets of one size, prepared for many draws.
#[derive(Debug, Clone)]
pub struct FixedSize {
    /// The options that every set holds, as a bit mask.
    pub certain: u64,
    /// The options that are in some sets but not in all.
    pub free: Vec<u32>,
    /// How many of the free options a set holds.
    pub open: usize,
    /// A row for each free option: the probability that it is taken when 0, 1, … `open` places are left.
    pub accept: Vec<f64>,
    /// The inclusion probability of each option, after the adjustment to the size of a set.
    pub inclusion: Vec<f64>,
}

impl FixedSize {
    /// Makes the distribution over sets of `size` options in which option i has the probability `inclusion[i]`, to
    /// within 1e-9. Probabilities of 0 and 1 are kept exactly.
    ///
    /// Probabilities that do not add up to `size`, because published counts have slips or shares are rounded, are
    /// adjusted: the odds of all that are neither 0 nor 1 are multiplied by one factor. Of all probabilities with the
    /// right sum, these are the nearest in relative entropy (of independent options). They keep their order and stay
    /// between 0 and 1, unless the certain options leave exactly as many places as there are other options, or none:
    /// those options then become 1 or 0. The field `inclusion` has the result.
    ///
    /// # Errors
    /// [`UndefinedStatistic::OutOfRange`] for a probability outside 0 ..= 1, a size of 0, more than
    /// [`MAX_OPTIONS`] options, or a sum further from `size` than [`MAX_GAP`] of it;
    /// [`UndefinedStatistic::TooFew`] for fewer options than `size`, or fewer that are possible at all.
    pub fn new(inclusion: &[f64], size: usize) -> Result<Self, UndefinedStatistic> {
        check(inclusion, size)?;
        let mut inclusion: Vec<f64> = inclusion.to_vec();
        for p in &mut inclusion {
            *p = if *p < SURE { 0.0 } else { *p };
            *p = if *p > 1.0 - SURE { 1.0 } else { *p };
        }
        let is_free = |p: f64| p > 0.0 && p < 1.0;
        let certain = inclusion.iter().filter(|p| **p == 1.0).count();
        let free = inclusion.iter().filter(|p| is_free(**p)).count();
        if certain + free < size {
            return Err(UndefinedStatistic::TooFew { n: certain + free, least: size });
        }
        let open = size.checked_sub(certain).ok_or(SUM)?;
        // If there is a place for every free option, or for none, all options are certain.
        if open == 0 || open == free {
            let settled = f64::from(u8::from(open > 0));
            inclusion.iter_mut().filter(|p| is_free(**p)).for_each(|p| *p = settled);
        }
        let free: Vec<u32> = (0..).zip(&inclusion).filter(|(_, p)| is_free(**p)).map(|(i, _)| i).collect();
        let sure = inclusion.iter().enumerate().filter(|(_, p)| **p == 1.0);
        let certain = sure.fold(0, |set, (at, _)| with(set, at));
        let mut sets = FixedSize { certain, free, open: 0, accept: Vec::new(), inclusion };
        if !sets.free.is_empty() {
            sets.open = open;
            let odds = sets.adjust();
            let weights = weights(&odds, open)?;
            sets.accept = accept(&weights, open);
        }
        Ok(sets)
    }

    /// Draws one set as a bit mask, in which bit i is option i. It always has the requested size.
    ///
    /// The time is proportional to the number of options, and nothing is allocated.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        let mut set = self.certain;
        let mut open = self.open;
        for (option, accept) in self.free.iter().zip(self.accept.chunks_exact(self.open + 1)) {
            if open == 0 {
                break;
            }
            let taken = rng.random::<f64>() < accept[open];
            if taken {
                set = with(set, *option as usize);
                open -= 1;
            }
        }
        set
    }

    /// Draws `n` sets at once, and adds to `counts` how many of them hold each option. It takes one binomial draw for
    /// each free option and number of places left, whatever `n` is.
    pub(crate) fn add_counts<R: Rng + ?Sized>(&self, rng: &mut R, n: u64, counts: &mut [u64]) {
        for option in indices(self.certain) {
            counts[option] += n;
        }
        // The number of sets that have 0, 1, … places left.
        let mut left = vec![0; self.open + 1];
        left[self.open] = n;
        for (option, accept) in self.free.iter().zip(self.accept.chunks_exact(self.open + 1)) {
            for places in 1..=self.open {
                let taken = binomial(rng, left[places], accept[places]);
                left[places] -= taken;
                left[places - 1] += taken;
                counts[*option as usize] += taken;
            }
        }
    }

    /// Adjusts the probabilities of the free options to the sum `open`, and returns their odds.
    fn adjust(&mut self) -> Vec<f64> {
        let free = |p: &&mut f64| **p > 0.0 && **p < 1.0;
        let odds: Vec<f64> = self.inclusion.iter_mut().filter(free).map(|p| *p / (1.0 - *p)).collect();
        let share = |odds: f64, factor: f64| odds * factor / (1.0 + odds * factor);
        let sum = |factor: f64| odds.iter().map(|odds| share(*odds, factor)).sum::<f64>();
        // Bisection on the logarithm of the factor, because the sum grows with the factor. The odds lie between SURE
        // and 1 / SURE, so at the ends almost nothing is in, or almost nothing is out.
        let (mut low, mut high) = (-64.0_f64, 64.0_f64);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if sum(middle.exp()) < self.open as f64 { low = middle } else { high = middle }
        }
        let factor = high.exp();
        for (p, odds) in self.inclusion.iter_mut().filter(free).zip(&odds) {
            *p = share(*odds, factor);
        }
        odds.iter().map(|odds| odds * factor).collect()
    }
}

/// The error of shares that do not add up to the size of a set.
pub const SUM: UndefinedStatistic = UndefinedStatistic::OutOfRange {
    what: "the sum of the inclusion probabilities",
    must: "within a few percent of the size of the set",
};

fn check(inclusion: &[f64], size: usize) -> Result<(), UndefinedStatistic> {
    let out_of_range = |what, must| Err(UndefinedStatistic::OutOfRange { what, must });
    if inclusion.len() > MAX_OPTIONS {
        return out_of_range("the number of options", "at most 64");
    }
    if size == 0 {
        return out_of_range("the size of a set", "at least 1");
    }
    if inclusion.len() < size {
        return Err(UndefinedStatistic::TooFew { n: inclusion.len(), least: size });
    }
    if !inclusion.iter().all(|p| (0.0..=1.0).contains(p)) {
        return out_of_range("every inclusion probability", "between 0 and 1");
    }
    let gap = inclusion.iter().sum::<f64>() - size as f64;
    if gap.abs() > MAX_GAP * size as f64 + SURE { Err(SUM) } else { Ok(()) }
}

/// Returns the weights for which sets of `open` options have inclusion probabilities with these `odds`.
pub fn weights(odds: &[f64], open: usize) -> Result<Vec<f64>, UndefinedStatistic> {
    let mut weights = odds.to_vec();
    let mut next = Vec::with_capacity(odds.len());
    let mut steps = 0;
    loop {
        next.clear();
        let mut worst = 0.0_f64;
        each_odds(&weights, open, |at, current| {
            worst = worst.max((current / (1.0 + current) - odds[at] / (1.0 + odds[at])).abs());
            next.push(weights[at] * (odds[at] / current).sqrt());
        });
        if worst <= CLOSE {
            return Ok(weights);
        }
        if steps == MAX_STEPS || !worst.is_finite() {
            let must = "possible for sets of this size";
            return Err(UndefinedStatistic::OutOfRange { what: "the inclusion probabilities", must });
        }
        std::mem::swap(&mut weights, &mut next);
        steps += 1;
    }
}

/// Calls `with` for each option, with the odds of being in a set of `open` options that is drawn by these weights.
///
/// Numbers of independent options that are in, with the weights as odds, are counted from both ends. All terms are
/// positive, so nothing cancels, and they are probabilities, so nothing overflows.
fn each_odds(weights: &[f64], open: usize, mut with: impl FnMut(usize, f64)) {
    let after = counts_after(weights, open);
    let mut before = vec![0.0; open + 1];
    before[0] = 1.0;
    for (at, weight) in weights.iter().enumerate() {
        let after = &after[(at + 1) * (open + 1)..][..=open];
        // The other options fill all places except one, or all places.
        let one_left: f64 = before.iter().zip(after[..open].iter().rev()).map(|(b, a)| b * a).sum();
        let none_left: f64 = before.iter().zip(after.iter().rev()).map(|(b, a)| b * a).sum();
        with(at, weight * one_left / none_left);
        let p = weight / (1.0 + weight);
        for j in (0..=open).rev() {
            before[j] = before[j] / (1.0 + weight) + if j > 0 { p * before[j - 1] } else { 0.0 };
        }
    }
}

/// Row i, of length `open` + 1, holds the probabilities that 0, 1, … `open` of the options from the i-th on are in,
/// each independently with its weight as odds.
fn counts_after(weights: &[f64], open: usize) -> Vec<f64> {
    let stride = open + 1;
    let mut rows = vec![0.0; (weights.len() + 1) * stride];
    rows[weights.len() * stride] = 1.0;
    for (at, weight) in weights.iter().enumerate().rev() {
        let p = weight / (1.0 + weight);
        for j in 0..stride {
            let next = (at + 1) * stride + j;
            rows[at * stride + j] =
                rows[next] / (1.0 + weight) + if j > 0 { p * rows[next - 1] } else { 0.0 };
        }
    }
    rows
}

/// Returns the probabilities of [`FixedSize::accept`].
fn accept(weights: &[f64], open: usize) -> Vec<f64> {
    let stride = open + 1;
    let after = counts_after(weights, open);
    let mut accept = vec![0.0; weights.len() * stride];
    for (at, weight) in weights.iter().enumerate() {
        let left = weights.len() - at;
        let after = &after[(at + 1) * stride..][..stride];
        for places in 1..stride {
            let (taken, passed) = (weight * after[places - 1], after[places]);
            accept[at * stride + places] = match taken + passed {
                // There are as many places as options, so 1 is set exactly, and no set ends up too small.
                _ if places >= left => 1.0,
                // This case is too improbable to be represented, and is never reached; it only must not be NaN.
                sum if sum <= 0.0 => places as f64 / left as f64,
                sum => taken / sum,
            };
        }
    }
    accept
}
