//! Do two tallies come from the same shares? Distance and test, valid for small counts.
//!
//! Given both sample sizes and the total of each category, and nothing else, every way to deal the
//! pooled answers to the two samples is equally likely if both come from the same shares. So the
//! p-value needs no large-sample approximation: it is the probability, over those deals, of a table
//! at least as far from equal shares as the one observed. It is summed over all tables where there
//! are few enough, and estimated from seeded random deals otherwise.
//!
//! Sources: Freeman and Halton, Biometrika 38 (1951), the exact conditional test; Agresti,
//! *Categorical Data Analysis* (3rd ed. 2013), §16.5; Davison and Hinkley, *Bootstrap Methods*
//! (1997), §4.2, for (b + 1) / (m + 1); Besag and Clifford, Biometrika 78 (1991), for stopping early.

use rand::Rng;
use statrs::function::factorial::ln_binomial;

use super::resample::choose_first;
use super::{Undefined, same_length};

/// How far a table is from equal shares. All lead to a valid test; they differ in what they notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statistic {
    /// Pearson's χ²: Σ (observed − expected)² / expected. Notices most what is rare.
    Pearson,
    /// The likelihood ratio G: 2 Σ observed ln(observed / expected).
    #[default]
    G,
    /// −2 ln of the table's own probability: the test of Fisher, Freeman and Halton.
    Probability,
}

/// How much to compute for a p-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Sum over all tables if there cannot be more of them than this.
    pub tables: u64,
    /// Otherwise, or where a test is always by simulation, draw this many times. The least p-value
    /// it can give is 1 / (draws + 1).
    pub draws: u64,
    /// Stop drawing when this many draws were as extreme as what was observed: a large p-value
    /// needs no digits. The p-value stays valid. `None` makes all draws.
    pub enough: Option<u64>,
}

impl Default for Effort {
    /// A million tables or 9,999 draws, all of them: a few milliseconds either way, since a table
    /// costs some four nanoseconds and a draw as much per answer.
    fn default() -> Self {
        Self { tables: 1_000_000, draws: 9_999, enough: None }
    }
}

/// How a p-value was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Summed over this many tables: all there are.
    Exact {
        /// Their number.
        tables: u64,
    },
    /// Estimated from this many random deals.
    MonteCarlo {
        /// Their number.
        draws: u64,
    },
}

/// The result of a test of homogeneity.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Test {
    /// The statistic of the observed table, at least 0.
    pub statistic: f64,
    /// The p-value, in 0 ..= 1 and never 0: P(p ≤ α) ≤ α if both samples come from the same shares.
    pub p: f64,
    /// The standard error of `p`: 0 where it is exact.
    pub standard_error: f64,
    /// How it was computed.
    pub method: Method,
}

/// Total variation distance of the shares in two tallies: half the sum of absolute differences,
/// which is the share of answers that would have to change. In 0 ..= 1.
///
/// `first[i]` and `second[i]` count the same answer. Symmetric, and exact up to one rounding.
///
/// # Errors
/// [`Undefined::LengthMismatch`]; [`Undefined::Empty`] when either tally has no answers.
///
/// ```
/// use alignspec::__testing::stats::homogeneity::total_variation;
/// assert_eq!(total_variation(&[45, 5], &[20, 5])?, 0.1);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn total_variation(first: &[u64], second: &[u64]) -> Result<f64, Undefined> {
    same_length(first.len(), second.len())?;
    let (n, m) = (size(first), size(second));
    if n == 0 || m == 0 {
        return Err(Undefined::Empty);
    }
    let (n, m) = (u128::from(n), u128::from(m));
    let sum: u128 =
        first.iter().zip(second).map(|(&a, &b)| (u128::from(a) * m).abs_diff(u128::from(b) * n)).sum();
    Ok(sum as f64 / (2 * n * m) as f64)
}

/// Total variation distance of two lists of shares, each scaled to sum to 1. In 0 ..= 1.
///
/// # Errors
/// [`Undefined::LengthMismatch`]; [`Undefined::OutOfRange`] for a share that is negative or not
/// finite; [`Undefined::Empty`] when a list sums to 0.
///
/// ```
/// use alignspec::__testing::stats::homogeneity::total_variation_of_shares;
/// assert_eq!(total_variation_of_shares(&[0.5, 0.5], &[1.0, 0.0])?, 0.5);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn total_variation_of_shares(first: &[f64], second: &[f64]) -> Result<f64, Undefined> {
    same_length(first.len(), second.len())?;
    if !first.iter().chain(second).all(|s| (0.0..=f64::MAX).contains(s)) {
        return Err(Undefined::OutOfRange { what: "every share", must: "at least 0 and finite" });
    }
    // The largest is divided out first, so that a sum cannot overflow.
    let largest = |shares: &[f64]| shares.iter().copied().fold(0.0, f64::max);
    let (scale_x, scale_y) = (largest(first), largest(second));
    if scale_x == 0.0 || scale_y == 0.0 {
        return Err(Undefined::Empty);
    }
    let sum_x: f64 = first.iter().map(|s| s / scale_x).sum();
    let sum_y: f64 = second.iter().map(|s| s / scale_y).sum();
    let sum: f64 =
        first.iter().zip(second).map(|(x, y)| (x / scale_x / sum_x - y / scale_y / sum_y).abs()).sum();
    Ok((sum / 2.0).clamp(0.0, 1.0))
}

/// Tests whether two tallies come from the same shares. The answers must be independent of each
/// other; for sets, rankings and paired answers see [`permutation`](super::permutation).
///
/// `first[i]` and `second[i]` count the same answer. Symmetric in the two, and blind to the order
/// of the categories. Categories that nobody chose do not matter, and where all answers are the
/// same one, p is 1. `rng` is only drawn from where the method is [`Method::MonteCarlo`].
///
/// # Errors
/// [`Undefined::LengthMismatch`]; [`Undefined::Empty`] when either tally has no answers.
///
/// ```
/// use alignspec::__testing::stats::{homogeneity::{Effort, Method, Statistic, homogeneity}, resample::rng};
/// let test = homogeneity(&[3, 0], &[0, 3], Statistic::G, Effort::default(), &mut rng(1, &["item"]))?;
/// // Of the 20 ways to deal three and three, two are as extreme.
/// assert!((test.p - 0.1).abs() < 1e-12 && test.method == Method::Exact { tables: 4 });
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn homogeneity<R: Rng + ?Sized>(
    first: &[u64],
    second: &[u64],
    statistic: Statistic,
    effort: Effort,
    rng: &mut R,
) -> Result<Test, Undefined> {
    same_length(first.len(), second.len())?;
    // The smaller sample is the one that is dealt.
    let (dealt, other) = if size(first) <= size(second) { (first, second) } else { (second, first) };
    let (n, all) = (size(dealt), size(dealt) + size(other));
    if n == 0 {
        return Err(Undefined::Empty);
    }
    let margins = Margins { n, all };
    let mut columns: Vec<Column> = dealt
        .iter()
        .zip(other)
        .filter(|(a, b)| **a + **b > 0)
        .map(|(&a, &b)| Column::new(a, a + b, margins, statistic))
        .collect();
    // The largest comes last: its count follows from the others.
    columns.sort_by_key(|c| c.total);
    let offset = if statistic == Statistic::Probability { 2.0 * ln_binomial(all, n) } else { 0.0 };
    let observed: f64 = columns.iter().map(|c| c.terms[c.observed]).sum();
    // Tables that are equally far apart may differ in rounding.
    let threshold = observed - 1e-9 * (observed + offset).abs().max(1.0);
    let bound = columns[..columns.len() - 1]
        .iter()
        .fold(1_u64, |product, c| product.saturating_mul(c.terms.len() as u64));
    let (p, standard_error, method) = if bound <= effort.tables {
        let mut sum = Sum { threshold, extreme: 0.0, all: 0.0, tables: 0 };
        sum.walk(&columns, n as usize, 1.0, 0.0);
        ((sum.extreme / sum.all).clamp(f64::MIN_POSITIVE, 1.0), 0.0, Method::Exact { tables: sum.tables })
    } else {
        let mut deal: Vec<u32> =
            (0_u32..).zip(&columns).flat_map(|(i, c)| std::iter::repeat_n(i, c.total as usize)).collect();
        let mut counts = vec![0_usize; columns.len()];
        simulate(effort, || {
            choose_first(rng, &mut deal, n as usize);
            counts.fill(0);
            deal[..n as usize].iter().for_each(|&i| counts[i as usize] += 1);
            columns.iter().zip(&counts).map(|(c, &v)| c.terms[v]).sum::<f64>() >= threshold
        })
    };
    Ok(Test { statistic: (observed + offset).max(0.0), p, standard_error, method })
}

/// Runs a simulation: `extreme` draws once and says whether the draw was as extreme as what was
/// observed. Returns the p-value, its standard error and how many draws were made.
pub(super) fn simulate(effort: Effort, mut extreme: impl FnMut() -> bool) -> (f64, f64, Method) {
    let (mut hits, mut draws) = (0_u64, 0_u64);
    while draws < effort.draws && effort.enough.is_none_or(|enough| hits < enough) {
        draws += 1;
        hits += u64::from(extreme());
    }
    let p = estimate(effort, hits, draws);
    (p, (p * (1.0 - p) / draws.max(1) as f64).sqrt(), Method::MonteCarlo { draws })
}

/// (b + 1) / (m + 1) after all draws; b / m where drawing stopped at the b-th hit.
pub(super) fn estimate(effort: Effort, hits: u64, draws: u64) -> f64 {
    if draws < effort.draws {
        hits as f64 / draws.max(1) as f64
    } else {
        (hits + 1) as f64 / (draws + 1) as f64
    }
}

#[derive(Clone, Copy)]
struct Margins {
    n: u64,
    all: u64,
}

/// A category: for each count it may have in the dealt sample, its weight in the probability of a
/// table (a factor) and its part of the statistic (a summand).
struct Column {
    total: u64,
    observed: usize,
    weights: Vec<f64>,
    terms: Vec<f64>,
}

impl Column {
    fn new(observed: u64, total: u64, margins: Margins, statistic: Statistic) -> Self {
        let most = total.min(margins.n);
        let share = margins.n as f64 / margins.all as f64;
        // A table's probability is proportional to the product of C(total, v). Binomial weights
        // share^v (1 − share)^(total − v) multiply all tables alike, and keep the products near 1.
        // Built outward from the mode, where the weight is set to 1: nothing overflows.
        let mut weights = vec![1.0; most as usize + 1];
        let mode = (((total + 1) as f64 * share) as usize).min(most as usize);
        let up = |v: usize| (total - v as u64) as f64 / (v + 1) as f64 * (share / (1.0 - share));
        for v in mode..most as usize {
            weights[v + 1] = weights[v] * up(v);
        }
        for v in (0..mode).rev() {
            weights[v] = weights[v + 1] / up(v);
        }
        let expected = (total as f64 * share, total as f64 * (1.0 - share));
        let term = |v: u64| {
            let (x, y) = (v as f64, (total - v) as f64);
            match statistic {
                Statistic::Pearson => (x - expected.0).powi(2) * (1.0 / expected.0 + 1.0 / expected.1),
                Statistic::G => 2.0 * (entropy(x, expected.0) + entropy(y, expected.1)),
                Statistic::Probability => -2.0 * ln_binomial(total, v),
            }
        };
        Self { total, observed: observed as usize, weights, terms: (0..=most).map(term).collect() }
    }
}

/// x ln(x / e), which is 0 at 0.
fn entropy(x: f64, expected: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * (x / expected).ln() }
}

/// The probability of the tables that are extreme, and of all.
struct Sum {
    threshold: f64,
    extreme: f64,
    all: f64,
    tables: u64,
}

impl Sum {
    fn walk(&mut self, columns: &[Column], left: usize, weight: f64, statistic: f64) {
        let Some((column, rest)) = columns.split_first() else { return };
        if rest.is_empty() {
            let weight = weight * column.weights[left];
            self.all += weight;
            self.extreme += if statistic + column.terms[left] >= self.threshold { weight } else { 0.0 };
            self.tables += 1;
            return;
        }
        // What the other categories cannot hold must be in this one.
        let room: usize = rest.iter().map(|c| c.terms.len() - 1).sum();
        for v in left.saturating_sub(room)..=left.min(column.terms.len() - 1) {
            self.walk(rest, left - v, weight * column.weights[v], statistic + column.terms[v]);
        }
    }
}

fn size(tally: &[u64]) -> u64 {
    tally.iter().fold(0, |sum, &c| sum.saturating_add(c))
}

#[cfg(test)]
mod tests;
