//! Seeded random draws: streams by name, Dirichlet and Beta, multinomial, shuffles, bootstraps.
//!
//! **Reproducible.** [`rng`] derives a stream from a seed and labels alone, so a result does not
//! depend on which thread asks, in what order, or what else was drawn. The generator is ChaCha8,
//! whose output is specified; integers, shuffles and counts drawn from it are the same on every
//! platform for one version of `rand` and `rand_distr` (a new value stream is a breaking change of
//! theirs). Draws of shares involve logarithms and powers, which platforms may round differently in
//! the last bit; a count could differ only where such a bit decides a comparison, about once in
//! 10^15 draws.
//!
//! **No `NaN`.** Gamma variates of a small shape underflow: at shape 0.001 half of them are below
//! 1e-301, and a Dirichlet draw would be 0 / 0. Where that can happen, draws are made on a
//! logarithmic scale.
//!
//! Sources: Devroye, *Non-Uniform Random Variate Generation* (1986), ch. XI.4 (Dirichlet) and XI.1
//! (multinomial by conditional binomials); Marsaglia and Tsang, "A simple method for generating
//! gamma variables", ACM TOMS 26 (2000); Rubin, "The Bayesian bootstrap", Ann. Statist. 9 (1981).

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution, Exp1, Gamma, Open01, StandardNormal};

use super::{Undefined, same_length};

/// A stream of random numbers: ChaCha with 8 rounds.
pub type Stream = rand::rngs::ChaCha8Rng;

/// The stream that belongs to `seed` and `labels`.
///
/// Equal arguments give equal streams; different ones give independent streams (the key is a BLAKE3
/// hash of all of them). Labels are told apart: `["ab", "c"]` is not `["a", "bc"]`.
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

/// One Dirichlet distribution, prepared for many draws.
///
/// With the parameters `count + prior` it is the posterior of a multinomial's shares.
///
/// ```
/// use alignspec::__testing::stats::resample::{Dirichlet, rng};
/// let posterior = Dirichlet::posterior(&[11, 8, 5, 26], 0.5)?;
/// let mut shares = [0.0; 4];
/// posterior.draw(&mut rng(1, &["example"]), &mut shares)?;
/// assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dirichlet {
    parts: Vec<Part>,
    sum: f64,
}

impl Dirichlet {
    /// The distribution with parameters `alpha`, one per category. A category with parameter 0 has
    /// share 0.
    ///
    /// # Errors
    /// [`Undefined::OutOfRange`] for a parameter that is negative, not a number, or too large
    /// (their sum must stay below 1e300); [`Undefined::Empty`] when none is positive.
    ///
    /// ```
    /// assert!(alignspec::__testing::stats::resample::Dirichlet::new(&[1.0, -1.0]).is_err());
    /// ```
    pub fn new(alpha: &[f64]) -> Result<Self, Undefined> {
        let sum = total(alpha)?;
        Ok(Self { parts: alpha.iter().map(|&a| Part::new(a)).collect(), sum })
    }

    /// The posterior of a multinomial's shares after `counts`, with `prior` added to each count
    /// (½ is Jeffreys's prior).
    ///
    /// # Errors
    /// As [`Dirichlet::new`].
    pub fn posterior(counts: &[u64], prior: f64) -> Result<Self, Undefined> {
        let alpha: Vec<f64> = counts.iter().map(|&c| c as f64 + prior).collect();
        Self::new(&alpha)
    }

    /// Draws shares into `out`, one per category; each in 0 ..= 1, summing to 1 up to rounding.
    ///
    /// # Errors
    /// [`Undefined::LengthMismatch`].
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R, out: &mut [f64]) -> Result<(), Undefined> {
        same_length(self.parts.len(), out.len())?;
        draw_shares(rng, self.parts.iter().copied(), self.sum, out);
        Ok(())
    }
}

/// One Dirichlet draw into `out`, where the parameters differ from draw to draw: see [`Dirichlet`].
///
/// # Errors
/// As [`Dirichlet::new`] and [`Dirichlet::draw`].
///
/// ```
/// use alignspec::__testing::stats::resample::{dirichlet, rng};
/// let mut shares = [0.0; 3];
/// dirichlet(&mut rng(1, &[]), &[1e-9, 1e-9, 1e-9], &mut shares)?;
/// assert!(shares.iter().any(|s| *s > 0.999));
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn dirichlet<R: Rng + ?Sized>(rng: &mut R, alpha: &[f64], out: &mut [f64]) -> Result<(), Undefined> {
    same_length(alpha.len(), out.len())?;
    let sum = total(alpha)?;
    draw_shares(rng, alpha.iter().map(|&a| Part::new(a)), sum, out);
    Ok(())
}

/// One draw from Beta(`a`, `b`): a share. In 0 ..= 1.
///
/// # Errors
/// As [`Dirichlet::new`], of which this is the case of two categories.
///
/// ```
/// use alignspec::__testing::stats::resample::{beta, rng};
/// let share = beta(&mut rng(1, &["share"]), 45.5, 5.5)?;
/// assert!(share > 0.6 && share < 1.0);
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn beta<R: Rng + ?Sized>(rng: &mut R, a: f64, b: f64) -> Result<f64, Undefined> {
    let mut shares = [0.0; 2];
    dirichlet(rng, &[a, b], &mut shares)?;
    Ok(shares[0])
}

/// Draws how often each of `weights.len()` categories comes up in `n` independent draws, each in
/// proportion to its weight. Takes time in the number of categories, whatever `n` is.
///
/// With rows' weights in place of shares this is the weighted bootstrap: `out[i]` is how often row
/// `i` was drawn.
///
/// # Errors
/// [`Undefined::LengthMismatch`]; [`Undefined::OutOfRange`] for a weight that is negative, not a
/// number or too large; [`Undefined::Empty`] when no weight is positive.
///
/// ```
/// use alignspec::__testing::stats::resample::{multinomial, rng};
/// let mut counts = [0; 3];
/// multinomial(&mut rng(1, &["counts"]), 50, &[0.2, 0.0, 0.8], &mut counts)?;
/// assert_eq!((counts.iter().sum::<u64>(), counts[1]), (50, 0));
/// # Ok::<(), alignspec::__testing::stats::Undefined>(())
/// ```
pub fn multinomial<R: Rng + ?Sized>(
    rng: &mut R,
    n: u64,
    weights: &[f64],
    out: &mut [u64],
) -> Result<(), Undefined> {
    same_length(weights.len(), out.len())?;
    let mut rest = total(weights)?;
    // Rounding in `rest` must not leave draws over: the last possible category takes them.
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

fn binomial<R: Rng + ?Sized>(rng: &mut R, n: u64, share: f64) -> u64 {
    if n == 0 || share <= 0.0 {
        return 0;
    }
    // The share is a probability by construction; if it were not, no draw would be the safe answer.
    Binomial::new(n, share).map_or(0, |b| b.sample(rng).min(n))
}

/// Puts `items` in random order, all orders equally likely.
///
/// ```
/// use alignspec::__testing::stats::resample::{rng, shuffle};
/// let mut items = ["a", "b", "c"];
/// shuffle(&mut rng(1, &["order"]), &mut items);
/// items.sort();
/// assert_eq!(items, ["a", "b", "c"]);
/// ```
pub fn shuffle<T, R: Rng + ?Sized>(rng: &mut R, items: &mut [T]) {
    choose_first(rng, items, items.len());
}

/// Moves `m` random items to the front, all choices equally likely; the rest stays in some order.
/// All of them when there are no more than `m`.
///
/// ```
/// use alignspec::__testing::stats::resample::{choose_first, rng};
/// let mut rows = [0, 1, 2, 3, 4];
/// choose_first(&mut rng(1, &["half"]), &mut rows, 2);
/// assert_ne!(rows[0], rows[1]);
/// ```
pub fn choose_first<T, R: Rng + ?Sized>(rng: &mut R, items: &mut [T], m: usize) {
    // Durstenfeld's form of the Fisher–Yates shuffle.
    for i in 0..m.min(items.len().saturating_sub(1)) {
        let j = rng.random_range(i..items.len());
        items.swap(i, j);
    }
}

/// Writes a random permutation of `0..out.len()` into `out`.
///
/// ```
/// use alignspec::__testing::stats::resample::{permutation, rng};
/// let mut order = [0; 4];
/// permutation(&mut rng(1, &["order"]), &mut order);
/// order.sort();
/// assert_eq!(order, [0, 1, 2, 3]);
/// ```
pub fn permutation<R: Rng + ?Sized>(rng: &mut R, out: &mut [usize]) {
    for (i, place) in out.iter_mut().enumerate() {
        *place = i;
    }
    shuffle(rng, out);
}

/// The classical bootstrap: how often each of `out.len()` rows is drawn when as many are drawn with
/// replacement. Sums to `out.len()`.
///
/// ```
/// use alignspec::__testing::stats::resample::{bootstrap, rng};
/// let mut times = [0; 50];
/// bootstrap(&mut rng(1, &["rows"]), &mut times);
/// assert_eq!(times.iter().sum::<u32>(), 50);
/// ```
pub fn bootstrap<R: Rng + ?Sized>(rng: &mut R, out: &mut [u32]) {
    out.fill(0);
    for _ in 0..out.len() {
        out[rng.random_range(0..out.len())] += 1;
    }
}

/// The Bayesian bootstrap: random weights of `out.len()` rows, uniform on the simplex; they sum to 1
/// up to rounding. Smoother than [`bootstrap`]: no row ever drops out.
///
/// ```
/// use alignspec::__testing::stats::resample::{bayesian_bootstrap, rng};
/// let mut weights = [0.0; 50];
/// bayesian_bootstrap(&mut rng(1, &["rows"]), &mut weights);
/// assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
/// ```
pub fn bayesian_bootstrap<R: Rng + ?Sized>(rng: &mut R, out: &mut [f64]) {
    let mut sum = 0.0;
    for weight in out.iter_mut() {
        // Never exactly 0, so that the sum is positive.
        *weight = f64::max(Exp1.sample(rng), f64::MIN_POSITIVE);
        sum += *weight;
    }
    out.iter_mut().for_each(|weight| *weight /= sum);
}

/// Below this sum of parameters, draws are made on a logarithmic scale. Above it the sum of the
/// Gamma variates underflows with a probability below 1e-140.
const SMALL: f64 = 0.5;

/// Below this sum of parameters, even logarithms of Gamma variates may overflow.
const TINY: f64 = 1e-300;

/// One category's Gamma variate.
#[derive(Debug, Clone, Copy)]
struct Part {
    alpha: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Parameter 0: the share is 0.
    Never,
    /// Shape ½, half a squared normal: what an unseen category has under Jeffreys's prior, so the
    /// most frequent shape of all, and much the cheapest.
    Half,
    Gamma(Gamma<f64>),
}

impl Part {
    fn new(alpha: f64) -> Self {
        let kind = match Gamma::new(alpha, 1.0) {
            _ if alpha == 0.5 => Kind::Half,
            Ok(gamma) => Kind::Gamma(gamma),
            Err(_) => Kind::Never,
        };
        Self { alpha, kind }
    }

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        match self.kind {
            Kind::Never => 0.0,
            Kind::Half => {
                let z: f64 = StandardNormal.sample(rng);
                0.5 * z * z
            }
            Kind::Gamma(gamma) => gamma.sample(rng),
        }
    }

    /// The logarithm of a Gamma(α) variate: that of Gamma(α + 1) · U^(1/α). Minus infinity for
    /// parameter 0, and where the logarithm overflows: next to a sum above [`TINY`], that is 0.
    fn sample_ln<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        if self.alpha == 0.0 {
            return f64::NEG_INFINITY;
        }
        let u: f64 = Open01.sample(rng);
        let larger = Gamma::new(self.alpha + 1.0, 1.0).map_or(1.0, |g| g.sample(rng));
        larger.ln() + u.ln() / self.alpha
    }
}

fn draw_shares<R, P>(rng: &mut R, parts: P, sum: f64, out: &mut [f64])
where
    R: Rng + ?Sized,
    P: Iterator<Item = Part> + Clone,
{
    if sum < TINY {
        return draw_winner(rng, parts, sum, out);
    }
    if sum >= SMALL {
        let total = fill(out, parts.clone().map(|part| part.sample(rng)));
        // A Dirichlet draw is independent of the sum it was divided by, so that drawing anew
        // because of an underflowing sum does not distort it.
        if total > 1e-290 {
            out.iter_mut().for_each(|share| *share /= total);
            return;
        }
    }
    fill(out, parts.map(|part| part.sample_ln(rng)));
    let largest = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for share in out.iter_mut() {
        *share = (*share - largest).exp();
        total += *share;
    }
    out.iter_mut().for_each(|share| *share /= total);
}

/// Writes the values into `out` and returns their sum.
fn fill(out: &mut [f64], values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = 0.0;
    for (place, value) in out.iter_mut().zip(values) {
        *place = value;
        sum += value;
    }
    sum
}

/// The limit of vanishing parameters: one category has everything, in proportion to its parameter.
fn draw_winner<R: Rng + ?Sized>(rng: &mut R, parts: impl Iterator<Item = Part>, sum: f64, out: &mut [f64]) {
    out.fill(0.0);
    // Scaled up, since products of the smallest numbers there are would be rounded to a handful of
    // values. A power of two, so that nothing is rounded here.
    let scale = 2.0_f64.powi(1000);
    let mut at = rng.random::<f64>() * (sum * scale);
    let mut winner = None;
    for (i, part) in parts.enumerate().filter(|(_, part)| part.alpha > 0.0) {
        winner = Some(i);
        at -= part.alpha * scale;
        if at < 0.0 {
            break;
        }
    }
    if let Some(i) = winner {
        out[i] = 1.0;
    }
}

/// The sum of weights or parameters that may be drawn from.
fn total(weights: &[f64]) -> Result<f64, Undefined> {
    let sum: f64 = weights.iter().sum();
    if !(sum < 1e300 && weights.iter().all(|w| *w >= 0.0)) {
        return Err(Undefined::OutOfRange { what: "every weight", must: "at least 0 and finite" });
    }
    if sum > 0.0 { Ok(sum) } else { Err(Undefined::Empty) }
}

#[cfg(test)]
mod tests;
