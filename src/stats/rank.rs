//! Ranks and rank correlation: do two lists of numbers put the same things in the same order?
//!
//! Values are tied when they are exactly equal. Shares that ought to be equal must therefore be
//! computed alike by the caller, for example both as `count / n`.
//!
//! Sources: Spearman, "The proof and measurement of association between two things", Am. J.
//! Psychology 15 (1904); Kendall, *Rank Correlation Methods* (4th ed. 1970), ch. 3 for tied ranks.

use super::{UndefinedStatistic, WhichInput, same_length};

/// Returns the ranks of `values`, ascending: the smallest has rank 1, and equal ones each get the mean of the
/// ranks that they take up.
///
/// There is one rank for each value, in the order of `values`, between 1 and `values.len()`. To rank the
/// largest first, negate the values.
///
/// # Errors
/// [`UndefinedStatistic::OutOfRange`] when a value is not a number.
///
/// ```
/// use alignspec::__testing::stats::rank::ranks;
/// assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.9])?, [2.5, 1.0, 2.5, 4.0]);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn ranks(values: &[f64]) -> Result<Vec<f64>, UndefinedStatistic> {
    let mut out = vec![0.0; values.len()];
    Ranker::with_capacity(values.len()).ranks(values, &mut out)?;
    Ok(out)
}

/// Returns Spearman's ρ, which is Pearson's correlation of the average ranks: in −1 ..= 1, and exactly ±1
/// where the orders (with their ties) are the same or opposite.
///
/// `x[i]` and `y[i]` belong to the same thing. For repeated evaluation use [`Ranker::spearman`].
///
/// # Errors
/// [`UndefinedStatistic::LengthMismatch`]; [`UndefinedStatistic::TooFew`] below 2 values; [`UndefinedStatistic::Constant`] when
/// one side has no order; [`UndefinedStatistic::OutOfRange`] when a value is not a number.
///
/// ```
/// use alignspec::__testing::stats::rank::spearman;
/// let rho = spearman(&[0.9, 0.5, 0.1], &[30.0, 20.0, 25.0])?;
/// assert_eq!(rho, 0.5);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, UndefinedStatistic> {
    Ranker::with_capacity(x.len()).spearman(x, y)
}

/// Returns Kendall's τ-b, concordant minus discordant pairs with a correction for ties on either side, in −1
/// ..= 1. It takes time in the square of the length and no memory.
///
/// # Errors
/// As [`spearman`].
///
/// ```
/// use alignspec::__testing::stats::rank::kendall;
/// let tau = kendall(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0])?;
/// assert!((tau - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn kendall(x: &[f64], y: &[f64]) -> Result<f64, UndefinedStatistic> {
    checked_pair(x, y)?;
    numbers(x)?;
    numbers(y)?;
    // Counts the pairs that differ in x, those that differ in y, and concordant minus discordant ones.
    let (mut in_x, mut in_y, mut score) = (0_i64, 0_i64, 0_i64);
    for i in 1..x.len() {
        for j in 0..i {
            let dx = i64::from(x[i] > x[j]) - i64::from(x[i] < x[j]);
            let dy = i64::from(y[i] > y[j]) - i64::from(y[i] < y[j]);
            in_x += dx * dx;
            in_y += dy * dy;
            score += dx * dy;
        }
    }
    not_constant(in_x == 0, in_y == 0)?;
    // The square roots are taken one by one, because the product of two counts of pairs may be above 2^53.
    Ok((score as f64 / (in_x as f64).sqrt() / (in_y as f64).sqrt()).clamp(-1.0, 1.0))
}

/// Scratch space for ranking and correlating again and again. Once it has grown to the longest list it has
/// seen, it does not allocate.
///
/// ```
/// use alignspec::__testing::stats::rank::Ranker;
/// let mut ranker = Ranker::with_capacity(28);
/// for draw in [[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]] {
///     let rho = ranker.spearman(&draw, &[1.0, 2.0, 3.0])?;
///     assert!((-1.0..=1.0).contains(&rho));
/// }
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Ranker {
    order: Vec<u32>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Ranker {
    /// Makes room for lists of `n` values, which grows when a longer one comes.
    pub fn with_capacity(n: usize) -> Self {
        Self { order: Vec::with_capacity(n), first: vec![0.0; n], second: vec![0.0; n] }
    }

    /// Writes the ranks of `values` into `out`: see [`ranks`].
    ///
    /// # Errors
    /// [`UndefinedStatistic::LengthMismatch`] when `out` is not as long as `values`;
    /// [`UndefinedStatistic::OutOfRange`] when a value is not a number.
    pub fn ranks(&mut self, values: &[f64], out: &mut [f64]) -> Result<(), UndefinedStatistic> {
        rank_into(&mut self.order, values, out)
    }

    /// Returns Spearman's ρ of `x` and `y` (see [`spearman`]).
    ///
    /// # Errors
    /// As [`spearman`].
    pub fn spearman(&mut self, x: &[f64], y: &[f64]) -> Result<f64, UndefinedStatistic> {
        checked_pair(x, y)?;
        let Self { order, first, second } = self;
        let (rx, ry) = (resized(first, x.len()), resized(second, y.len()));
        rank_into(order, x, rx)?;
        rank_into(order, y, ry)?;
        correlate_ranks(rx, ry)
    }

    /// Returns Spearman's ρ of `x` and a list that is already ranked ([`ranks`]), to compare many draws with
    /// one baseline.
    ///
    /// # Errors
    /// As [`spearman`]. That `ranked` holds average ranks is not checked.
    pub fn spearman_with_ranked(&mut self, x: &[f64], ranked: &[f64]) -> Result<f64, UndefinedStatistic> {
        checked_pair(x, ranked)?;
        let Self { order, first, .. } = self;
        let rx = resized(first, x.len());
        rank_into(order, x, rx)?;
        correlate_ranks(rx, ranked)
    }
}

fn resized(buffer: &mut Vec<f64>, n: usize) -> &mut [f64] {
    if buffer.len() < n {
        buffer.resize(n, 0.0);
    }
    &mut buffer[..n]
}

fn rank_into(order: &mut Vec<u32>, values: &[f64], out: &mut [f64]) -> Result<(), UndefinedStatistic> {
    same_length(values.len(), out.len())?;
    numbers(values)?;
    order.clear();
    order.extend(0..values.len() as u32);
    order.sort_unstable_by(|&i, &j| values[i as usize].total_cmp(&values[j as usize]));
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        // This compares with `==` and not by the sorting order, in which 0.0 and −0.0 are neighbours, because
        // they are tied.
        let run = order[start..].iter().take_while(|&&i| values[i as usize] == value).count();
        let rank = start as f64 + (run as f64 + 1.0) / 2.0;
        for &i in &order[start..start + run] {
            out[i as usize] = rank;
        }
        start += run;
    }
    Ok(())
}

/// Correlates ranks. They are multiples of ½ around a known mean, so that all sums are exact (up to 300,000
/// values) and equal orders give exactly 1.
fn correlate_ranks(rx: &[f64], ry: &[f64]) -> Result<f64, UndefinedStatistic> {
    let mean = (rx.len() as f64 + 1.0) / 2.0;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in rx.iter().zip(ry) {
        let (a, b) = (a - mean, b - mean);
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    not_constant(xx == 0.0, yy == 0.0)?;
    Ok((xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

fn checked_pair(x: &[f64], y: &[f64]) -> Result<(), UndefinedStatistic> {
    same_length(x.len(), y.len())?;
    if x.len() < 2 {
        return Err(UndefinedStatistic::TooFew { n: x.len(), least: 2 });
    }
    Ok(())
}

fn numbers(values: &[f64]) -> Result<(), UndefinedStatistic> {
    if values.iter().any(|v| v.is_nan()) {
        return Err(UndefinedStatistic::OutOfRange { what: "every value", must: "a number" });
    }
    Ok(())
}

fn not_constant(first: bool, second: bool) -> Result<(), UndefinedStatistic> {
    let which = match (first, second) {
        (false, false) => return Ok(()),
        (true, false) => WhichInput::First,
        (false, true) => WhichInput::Second,
        (true, true) => WhichInput::Both,
    };
    Err(UndefinedStatistic::Constant { which })
}

#[cfg(test)]
mod tests;
