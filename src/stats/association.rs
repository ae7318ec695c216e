//! Measures whether two numbers go together: Spearman's ρ of two columns with a row for each thing, its p-value, and
//! how much it depends on any single row.
//!
//! Sources: Spearman, "The proof and measurement of association between two things", Am. J. Psychology 15 (1904); for
//! p, all orders or Student's t as in Kendall, *Rank Correlation Methods* (4th ed. 1970), ch. 4; for leaving out one
//! row at a time, the jackknife (Quenouille, Biometrika 43, 1956), of which only the range is reported.

use statrs::function::beta::beta_reg;

use super::rank::{Ranker, ranks};
use super::{UndefinedStatistic, same_length};

/// The fewest rows for a meaningful correlation: with two rows it is always −1 or 1.
const LEAST: usize = 3;

/// The most rows for which all orders (up to 40,320) are enumerated. Student's t is inaccurate for so few rows.
const ALL_ORDERS: usize = 8;

/// Values that differ by less than this are tied, because the difference may be floating-point rounding.
const ALIKE: f64 = 1e-12;

/// The association of two columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Association {
    /// The number of rows.
    pub n: usize,
    /// Spearman's ρ, in −1 ..= 1.
    pub rho: f64,
    /// The two-sided p-value under "no association": the chance of a ρ at least as far from 0. It lies in 0 ..= 1 and
    /// is never below 2/n!, the smallest possible value.
    pub p: f64,
    /// Whether p is exact: up to 8 rows, it counts all orders of one column; with more, it comes from Student's t
    /// with n − 2 degrees of freedom.
    pub exact: bool,
    /// The lowest and the highest ρ without one of the rows; `None` if too few rows are left (n < 4), or no remaining
    /// set of rows has a correlation.
    pub without_one: Option<(WithoutRow, WithoutRow)>,
    /// The rows without which one column has equal values only, so that ρ is undefined.
    pub undefined_without: Vec<usize>,
}

/// Spearman's ρ without one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WithoutRow {
    /// The index of the row that is left out; the first of several with the same ρ.
    pub row: usize,
    /// Spearman's ρ of the other rows.
    pub rho: f64,
}

/// Returns the association of two columns: `x[i]` and `y[i]` belong to the same row. Values that agree to twelve
/// decimals are tied.
///
/// # Errors
/// [`UndefinedStatistic::LengthMismatch`]; [`UndefinedStatistic::TooFew`] below 3 rows;
/// [`UndefinedStatistic::Constant`] where all values of one column are equal; [`UndefinedStatistic::OutOfRange`] where a
/// value is not a number.
///
/// ```
/// use alignspec::__testing::stats::association::association;
/// let found = association(&[0.1, 0.2, 0.3, 0.4], &[0.9, 0.8, 0.6, 0.7])?;
/// let (least, most) = found.without_one.expect("four rows");
/// assert_eq!((found.n, found.rho), (4, -0.8));
/// assert_eq!((least.rho, least.row, most.rho, most.row), (-1.0, 2, -0.5, 0));
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn association(x: &[f64], y: &[f64]) -> Result<Association, UndefinedStatistic> {
    same_length(x.len(), y.len())?;
    let n = x.len();
    if n < LEAST {
        return Err(UndefinedStatistic::TooFew { n, least: LEAST });
    }
    let [x, y] = [x, y].map(|column| column.iter().map(|value| alike(*value)).collect::<Vec<f64>>());
    let mut ranker = Ranker::with_capacity(n);
    let rho = ranker.spearman(&x, &y)?;
    let exact = n <= ALL_ORDERS;
    let p = if exact { p_of_orders(&ranks(&x)?, &ranks(&y)?) } else { p_of_t(rho, n) };
    let (mut ends, mut undefined_without) = (None::<(WithoutRow, WithoutRow)>, Vec::new());
    if n > LEAST {
        let (mut left, mut right) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for row in 0..n {
            for (column, rest) in [(&x, &mut left), (&y, &mut right)] {
                rest.clear();
                rest.extend(column.iter().enumerate().filter(|(at, _)| *at != row).map(|(_, value)| *value));
            }
            match ranker.spearman(&left, &right) {
                Ok(rho) => {
                    let found = WithoutRow { row, rho };
                    let (least, most) = ends.get_or_insert((found, found));
                    *least = if rho < least.rho { found } else { *least };
                    *most = if rho > most.rho { found } else { *most };
                }
                Err(UndefinedStatistic::Constant { .. }) => undefined_without.push(row),
                Err(why) => return Err(why),
            }
        }
    }
    Ok(Association { n, rho, p, exact, without_one: ends, undefined_without })
}

/// Rounds a value, so that values which differ only by rounding become equal.
fn alike(value: f64) -> f64 {
    let rounded = (value / ALIKE).round() * ALIKE;
    if rounded.is_finite() { rounded } else { value }
}

/// Returns the two-sided p-value of a ρ: t² = ρ² (n − 2) / (1 − ρ²) against Student's t, as an incomplete beta
/// function.
fn p_of_t(rho: f64, n: usize) -> f64 {
    let freedom = n as f64 - 2.0;
    let least = (1..=n).fold(2.0, |least, row| least / row as f64);
    beta_reg(freedom / 2.0, 0.5, ((1.0 - rho) * (1.0 + rho)).clamp(0.0, 1.0)).max(least)
}

/// Returns the share of all orders of `y` whose ranks are at least as strongly associated with those of `x`, in
/// either direction.
fn p_of_orders(x: &[f64], y: &[f64]) -> f64 {
    let mean = (x.len() as f64 + 1.0) / 2.0;
    // Ranks are multiples of ½, so these sums are exact.
    let together = |y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>().abs();
    let seen = together(y);
    let (mut y, mut swaps, mut at) = (y.to_vec(), vec![0; y.len()], 0);
    let (mut orders, mut as_far) = (1_u32, 1_u32);
    // Heap's algorithm: each order differs from the previous one by a single exchange.
    while at < y.len() {
        if swaps[at] < at {
            y.swap(if at % 2 == 0 { 0 } else { swaps[at] }, at);
            orders += 1;
            as_far += u32::from(together(&y) >= seen);
            swaps[at] += 1;
            at = 0;
        } else {
            swaps[at] = 0;
            at += 1;
        }
    }
    f64::from(as_far) / f64::from(orders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::WhichInput;

    #[test]
    fn two_rows_say_nothing_and_equal_values_have_no_order() {
        assert_eq!(association(&[1.0, 2.0], &[1.0, 2.0]), Err(UndefinedStatistic::TooFew { n: 2, least: 3 }));
        assert_eq!(
            association(&[0.5; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]),
            Err(UndefinedStatistic::Constant { which: WhichInput::First })
        );
        assert!(association(&[f64::NAN, 1.0, 2.0], &[1.0, 2.0, 3.0]).is_err());
        // Values that differ only by rounding are equal.
        let near = [0.1 + 0.2, 0.3, 0.3, 0.3];
        assert_eq!(
            association(&near, &[1.0, 2.0, 3.0, 4.0]),
            Err(UndefinedStatistic::Constant { which: WhichInput::First })
        );
    }

    #[test]
    fn three_rows_have_a_correlation_and_no_range() {
        let found = association(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]).expect("three rows");
        // Of six orders, two are as extreme as this one.
        assert_eq!((found.rho, found.p, found.exact), (-1.0, 1.0 / 3.0, true));
        assert_eq!((found.without_one, found.undefined_without), (None, Vec::new()));
    }

    #[test]
    fn a_row_that_makes_all_the_difference_is_named() {
        let found = association(&[1.0, 1.0, 1.0, 2.0], &[1.0, 2.0, 3.0, 4.0]).expect("four rows");
        assert_eq!(found.undefined_without, [3]);
        let (least, most) = found.without_one.expect("the others have one");
        assert!(least.rho > 0.0 && most.rho < 1.0, "{least:?} {most:?}");
    }
}
