//! Do two samples of sets, rankings or paired answers differ? Tests by permutation, on the largest
//! difference.
//!
//! Answers that choose several things at once (select k of n, rank n) are not one tally but many
//! that depend on each other. Each sample is therefore reduced to one mean per *feature* (how often
//! an option is chosen, an option's mean place, how often it takes a place), each difference of
//! means is divided by its standard deviation under permutation, and the test asks how often the
//! largest of them is as large when the answers are dealt to the two samples at random. The
//! dependence between features is kept, because whole answers are dealt.
//!
//! The same draws give each feature a p-value that is already corrected for looking at all of them.
//!
//! Sources: Westfall and Young, *Resampling-Based Multiple Testing* (1993), §2.3 (single-step
//! max-T); Good, *Permutation, Parametric and Bootstrap Tests* (3rd ed. 2005), ch. 3.

use rand::Rng;

use super::homogeneity::{Effort, Method, estimate, simulate};
use super::overlap::{MAX_OPTIONS, indices};
use super::pairs::ones;
use super::resample::choose_first;
use super::{Undefined, same_length};

/// How the two samples relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Design {
    /// Independent samples, of any sizes: answers are dealt anew among all.
    #[default]
    Independent,
    /// `first[i]` and `second[i]` answer the same form of the question: answers are exchanged within
    /// pairs only. What the form does to both cancels out, so that smaller differences show.
    Paired,
}

/// What of rankings is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Places {
    /// Each option's mean place: notices shifts.
    #[default]
    Mean,
    /// How often each option takes each place: notices spread and split opinions, too, at a higher
    /// price for looking at more.
    Each,
}

/// The result of a test on the largest difference.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MaxTest {
    /// The largest difference, in standard deviations under permutation. At least 0.
    pub statistic: f64,
    /// The p-value, in 0 ..= 1 and never 0: P(p ≤ α) ≤ α if the samples do not differ.
    pub p: f64,
    /// The standard error of `p`.
    pub standard_error: f64,
    /// How `p` was computed: always by simulation.
    pub method: Method,
    /// Each feature's own result, in the order that the test documents.
    pub features: Vec<Feature>,
}

/// One feature's part in a [`MaxTest`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Feature {
    /// Its mean in the second sample minus that in the first, in the feature's unit.
    pub difference: f64,
    /// Its p-value, corrected for all features of the test (family-wise). The smallest is the test's.
    pub p: f64,
}

/// Tests two samples of sets ("select k of n"). One feature per option, in order: the share of
/// answers that contain it.
///
/// An answer is a mask, bit `i` for option `i` of `options`.
///
/// # Errors
/// [`Undefined::Empty`] when either sample is; [`Undefined::LengthMismatch`] for pairs that are not;
/// [`Undefined::OutOfRange`] for no or more than [`MAX_OPTIONS`] options, or a bit that is none.
///
/// ```
/// use alignspec::__testing::stats::{homogeneity::Effort, permutation::{Design, inclusion}, resample::rng};
/// let (before, after) = ([0b0011; 20], [0b0101; 20]);
/// let test = inclusion(&before, &after, 4, Design::Independent, Effort::default(), &mut rng(1, &[]))?;
/// assert!(test.p < 0.001);
/// assert_eq!(test.features[1].difference, -1.0);
/// assert_eq!(test.features[0].p, 1.0);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn inclusion<R: Rng + ?Sized>(
    first: &[u64],
    second: &[u64],
    options: usize,
    design: Design,
    effort: Effort,
    rng: &mut R,
) -> Result<MaxTest, Undefined> {
    if options == 0 || options > MAX_OPTIONS {
        return Err(Undefined::OutOfRange { what: "the number of options", must: "between 1 and 64" });
    }
    if first.iter().chain(second).any(|mask| mask & !ones(options as u32) != 0) {
        return Err(Undefined::OutOfRange { what: "every chosen option", must: "one of the options" });
    }
    let write = |mask: &u64, row: &mut [i64]| indices(*mask).for_each(|i| row[i] = 1);
    let rows = Rows::new(first, second, options, write);
    rows.test(design, effort, rng)
}

/// Tests two samples of single choices, such as levels of a scale: the max-statistic sibling of
/// [`homogeneity`](super::homogeneity::homogeneity), for paired answers. One feature per option, in
/// order: its share.
///
/// An answer is the index of its option, below `options`.
///
/// # Errors
/// As [`inclusion`].
///
/// ```
/// use alignspec::__testing::stats::{homogeneity::Effort, permutation::{Design, choices}, resample::rng};
/// let test = choices(&[0, 1, 2, 1], &[0, 1, 2, 1], 3, Design::Paired, Effort::default(), &mut rng(1, &[]))?;
/// assert_eq!(test.p, 1.0);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn choices<R: Rng + ?Sized>(
    first: &[u8],
    second: &[u8],
    options: usize,
    design: Design,
    effort: Effort,
    rng: &mut R,
) -> Result<MaxTest, Undefined> {
    if options == 0 || first.iter().chain(second).any(|c| usize::from(*c) >= options) {
        return Err(Undefined::OutOfRange { what: "every choice", must: "one of the options" });
    }
    let rows = Rows::new(first, second, options, |choice, row| row[usize::from(*choice)] = 1);
    rows.test(design, effort, rng)
}

/// Tests two samples of rankings. With [`Places::Mean`], one feature per option: its mean place.
/// With [`Places::Each`], one per option and place, feature `option * options + place`: the share of
/// answers that put it there.
///
/// A sample is a list of rankings of `options` numbers each, one after the other: number `i` of a
/// ranking is the place of option `i`, from 0 for the best.
///
/// # Errors
/// [`Undefined::Empty`] when either sample is; [`Undefined::LengthMismatch`] for pairs that are not;
/// [`Undefined::OutOfRange`] when something is not a ranking.
///
/// ```
/// use alignspec::__testing::stats::{homogeneity::Effort, permutation::{Design, Places, rankings}, resample::rng};
/// let before = [0, 1, 2].repeat(15);
/// let after = [0, 2, 1].repeat(15);
/// let stream = &mut rng(1, &[]);
/// let test = rankings(&before, &after, 3, Places::Mean, Design::Independent, Effort::default(), stream)?;
/// assert!(test.p < 0.001);
/// assert_eq!(test.features[1].difference, 1.0);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn rankings<R: Rng + ?Sized>(
    first: &[u8],
    second: &[u8],
    options: usize,
    places: Places,
    design: Design,
    effort: Effort,
    rng: &mut R,
) -> Result<MaxTest, Undefined> {
    let is_ranking = |row: &[u8]| {
        let mut seen = [false; u8::MAX as usize + 1];
        row.iter().for_each(|place| seen[usize::from(*place)] = true);
        row.len() == options && seen[..options].iter().all(|s| *s)
    };
    let whole = |sample: &[u8]| sample.chunks(options).all(is_ranking);
    if options == 0 || options > u8::MAX as usize || !whole(first) || !whole(second) {
        return Err(Undefined::OutOfRange { what: "every ranking", must: "a permutation of the places" });
    }
    let first: Vec<&[u8]> = first.chunks(options).collect();
    let second: Vec<&[u8]> = second.chunks(options).collect();
    let rows = match places {
        Places::Mean => Rows::new(&first, &second, options, |ranking, row| {
            row.iter_mut().zip(*ranking).for_each(|(feature, place)| *feature = i64::from(*place));
        }),
        Places::Each => Rows::new(&first, &second, options * options, |ranking, row| {
            ranking.iter().enumerate().for_each(|(i, place)| row[i * options + usize::from(*place)] = 1);
        }),
    };
    rows.test(design, effort, rng)
}

/// Answers as rows of whole numbers, those of the first sample before those of the second.
struct Rows {
    values: Vec<i64>,
    width: usize,
    first: usize,
    second: usize,
}

impl Rows {
    fn new<T>(first: &[T], second: &[T], width: usize, write: impl Fn(&T, &mut [i64])) -> Self {
        let mut values = vec![0; (first.len() + second.len()) * width];
        for (row, answer) in values.chunks_mut(width).zip(first.iter().chain(second)) {
            write(answer, row);
        }
        Self { values, width, first: first.len(), second: second.len() }
    }

    fn row(&self, i: usize) -> &[i64] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    fn sums(&self, rows: impl Iterator<Item = usize>) -> Vec<i64> {
        let mut sums = vec![0; self.width];
        rows.for_each(|i| add(&mut sums, self.row(i)));
        sums
    }

    fn test<R: Rng + ?Sized>(
        &self,
        design: Design,
        effort: Effort,
        rng: &mut R,
    ) -> Result<MaxTest, Undefined> {
        if self.first == 0 || self.second == 0 {
            return Err(Undefined::Empty);
        }
        let (a, b) = (self.sums(0..self.first), self.sums(self.first..self.first + self.second));
        let mean = |sum: i64, n: usize| sum as f64 / n as f64;
        let differences = a.iter().zip(&b).map(|(a, b)| mean(*b, self.second) - mean(*a, self.first));
        let (observed, hits, (p, standard_error, method)) = match design {
            Design::Independent => self.deal(effort, rng),
            Design::Paired => {
                same_length(self.first, self.second)?;
                self.exchange(effort, rng)
            }
        };
        let Method::MonteCarlo { draws } = method else { return Err(Undefined::Empty) };
        let features = differences
            .zip(hits)
            .map(|(difference, hits)| Feature { difference, p: estimate(effort, hits, draws) })
            .collect();
        let statistic = observed.iter().copied().fold(0.0, f64::max);
        Ok(MaxTest { statistic, p, standard_error, method, features })
    }

    /// Deals all rows anew: the smaller sample's size of them at random.
    fn deal<R: Rng + ?Sized>(&self, effort: Effort, rng: &mut R) -> Outcome {
        let (m, all) = (self.first.min(self.second), self.first + self.second);
        let mut order: Vec<usize> = (0..all).collect();
        let total = self.sums(0..all);
        let mut squares = vec![0; self.width];
        (0..all).for_each(|i| squares.iter_mut().zip(self.row(i)).for_each(|(s, v)| *s += v * v));
        // Whole numbers: `all` times the deviation of the dealt sum from its expectation.
        let deviation = |sum: i64, total: i64| (sum * all as i64 - total * m as i64).abs() as f64;
        let scale = squares.iter().zip(&total).map(|(square, total)| {
            let spread = (square * all as i64 - total * total) as f64;
            inverse((spread * (m * (all - m)) as f64 / (all as f64 - 1.0)).sqrt())
        });
        let scale: Vec<f64> = scale.collect();
        let smaller = if self.first <= self.second { 0..m } else { self.first..all };
        let observed: Vec<f64> = std::iter::zip(self.sums(smaller), &total)
            .zip(&scale)
            .map(|((sum, total), scale)| deviation(sum, *total) * scale)
            .collect();
        let mut sums = vec![0; self.width];
        largest_of(observed, effort, || {
            choose_first(rng, &mut order, m);
            sums.fill(0);
            order[..m].iter().for_each(|&i| add(&mut sums, self.row(i)));
            let each = sums.iter().zip(&total).zip(&scale);
            each.map(|((sum, total), scale)| deviation(*sum, *total) * scale).fold(0.0, f64::max)
        })
    }

    /// Exchanges the two rows of each pair with probability ½, which turns their difference around.
    fn exchange<R: Rng + ?Sized>(&self, effort: Effort, rng: &mut R) -> Outcome {
        let mut differences = Vec::new();
        for i in 0..self.first {
            let pair = self.row(i).iter().zip(self.row(self.first + i));
            differences.extend(pair.map(|(a, b)| b - a));
            if differences[differences.len() - self.width..].iter().all(|d| *d == 0) {
                differences.truncate(differences.len() - self.width);
            }
        }
        let (mut sums, mut squares) = (vec![0; self.width], vec![0; self.width]);
        for row in differences.chunks(self.width) {
            add(&mut sums, row);
            squares.iter_mut().zip(row).for_each(|(s, d)| *s += d * d);
        }
        let scale: Vec<f64> = squares.iter().map(|s| inverse((*s as f64).sqrt())).collect();
        let deviation = |sum: i64, scale: f64| sum.abs() as f64 * scale;
        let observed = sums.iter().zip(&scale).map(|(sum, scale)| deviation(*sum, *scale)).collect();
        largest_of(observed, effort, || {
            sums.fill(0);
            let mut bits = 0;
            for (i, row) in differences.chunks(self.width).enumerate() {
                bits = if i % 64 == 0 { rng.next_u64() } else { bits / 2 };
                let sign = if bits & 1 == 1 { 1 } else { -1 };
                sums.iter_mut().zip(row).for_each(|(s, d)| *s += sign * d);
            }
            sums.iter().zip(&scale).map(|(sum, scale)| deviation(*sum, *scale)).fold(0.0, f64::max)
        })
    }
}

/// The observed deviation of each feature, how many draws' largest reached it, and the p-value.
type Outcome = (Vec<f64>, Vec<u64>, (f64, f64, Method));

fn largest_of(observed: Vec<f64>, effort: Effort, mut draw: impl FnMut() -> f64) -> Outcome {
    // Equal deviations may differ in the last bits between features.
    let thresholds: Vec<f64> = observed.iter().map(|d| d * (1.0 - 1e-12)).collect();
    let largest = thresholds.iter().copied().fold(0.0, f64::max);
    let mut hits = vec![0; observed.len()];
    let result = simulate(effort, || {
        let drawn = draw();
        hits.iter_mut().zip(&thresholds).for_each(|(hits, t)| *hits += u64::from(drawn >= *t));
        drawn >= largest
    });
    (observed, hits, result)
}

fn add(sums: &mut [i64], row: &[i64]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
}

/// 1 / x, and 0 for a feature that does not vary.
fn inverse(x: f64) -> f64 {
    if x > 0.0 { 1.0 / x } else { 0.0 }
}

#[cfg(test)]
mod tests;
