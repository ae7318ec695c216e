//! Do many shares differ between two samples, taken together? The test is exact, whatever the shares are.
//!
//! Each question has a count of yeses in two samples. Its likelihood-ratio statistic G is 0 where both
//! samples have the same share, and grows with the difference. If nothing changed, how the yeses fall to the
//! two samples is [hypergeometric](super::fisher::Law), so that the distribution of G is known exactly; and
//! where the questions are independent, so is that of the sum, their convolution. A change that is too small
//! to be seen in any one question adds up in the sum.
//!
//! The distributions are held on a grid. Both ways of rounding are computed: one gives more than the p-value,
//! the other less. The grid is made finer until both say the same about the rate asked for. The larger one is
//! returned, so that rounding never flags anything.
//!
//! Sources: the likelihood-ratio statistic: Wilks, Ann. Math. Stat. 9 (1938); conditional on what both samples
//! have together: Fisher, *Statistical Methods for Research Workers* (5th ed. 1934), §21.02.

use super::fisher::Law;

/// Widths of the grid; the next finer one is taken where the one before cannot tell.
const WIDTHS: [f64; 3] = [0.5, 0.1, 0.02];

/// Sums this close are equal, since they differ only in rounding.
const TIE: f64 = 1e-9;

/// One question's statistic: what was seen, and what could have been seen if nothing changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviance {
    /// The statistic seen: twice the logarithm of a likelihood ratio, at least 0.
    pub seen: f64,
    /// Every value that it could have had, with its probability.
    law: Vec<(f64, f64)>,
}

impl Deviance {
    /// Makes the statistic of `x` yeses among `first` answers and `y` among `second`. `None` where all or
    /// none say yes, since that cannot show a change, and where a sample is empty or has more yeses than
    /// answers.
    ///
    /// ```
    /// use alignspec::__testing::stats::deviance::Deviance;
    /// let same = Deviance::new((10, 50), (10, 50)).expect("some say yes, some no");
    /// assert!(same.seen.abs() < 1e-12);
    /// let other = Deviance::new((10, 50), (30, 50)).expect("some say yes, some no");
    /// assert!((other.seen - 17.26).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn new((x, first): (u64, u64), (y, second): (u64, u64)) -> Option<Deviance> {
        let yes = x.checked_add(y)?;
        if x > first || y > second || yes == 0 || yes == first + second {
            return None;
        }
        let law = Law::new(first, second, yes).ok()?;
        let g = |x: u64| {
            let (x, y, n, m) = (x as f64, (yes - x) as f64, first as f64, second as f64);
            let share = yes as f64 / (n + m);
            let part =
                |seen: f64, expected: f64| if seen > 0.0 { seen * (seen / expected).ln() } else { 0.0 };
            let first = part(x, n * share) + part(n - x, n * (1.0 - share));
            let second = part(y, m * share) + part(m - y, m * (1.0 - share));
            (2.0 * (first + second)).max(0.0)
        };
        Some(Deviance { seen: g(x), law: law.outcomes().map(|(x, chance)| (g(x), chance)).collect() })
    }
}

/// Returns the chance that independent questions have a sum of statistics as large as the one seen, if none
/// changed. It is in 0 ..= 1, exact up to the grid and never below the truth; most exact near `rate`, while
/// far above `rate` it only says so. It is 1 for no question.
///
/// ```
/// use alignspec::__testing::stats::deviance::{Deviance, p_of_sum};
/// // Ten of fifty became eighteen: nothing by itself, a great deal in twenty-eight questions.
/// let one = Deviance::new((10, 50), (18, 50)).expect("some say yes, some no");
/// assert!(p_of_sum(&[one.clone()], 0.01) > 0.05);
/// assert!(p_of_sum(&vec![one; 28], 0.01) < 0.001);
/// ```
#[must_use]
pub fn p_of_sum(terms: &[Deviance], rate: f64) -> f64 {
    let seen: f64 = terms.iter().map(|term| term.seen).sum();
    let mut p = 1.0;
    for width in WIDTHS {
        p = tail(terms, width, f64::ceil, ((seen - TIE) / width).floor());
        if p <= rate || tail(terms, width, f64::floor, ((seen + TIE) / width).ceil()) > rate {
            break;
        }
    }
    p
}

/// Returns the chance of a sum of at least `least` widths, where each term is rounded to a whole number of
/// widths.
fn tail(terms: &[Deviance], width: f64, round: fn(f64) -> f64, least: f64) -> f64 {
    let least = least.max(0.0) as usize;
    // The last place holds all sums from there on.
    let mut sums = vec![0.0; least + 1];
    sums[0] = 1.0;
    for term in terms {
        let mut next = vec![0.0; least + 1];
        for (step, chance) in steps(term, width, round) {
            for (at, sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0) {
                next[(at + step).min(least)] += sum * chance;
            }
        }
        sums = next;
    }
    sums[least].min(1.0)
}

/// Returns the values of a term in widths, each once.
fn steps(term: &Deviance, width: f64, round: fn(f64) -> f64) -> Vec<(usize, f64)> {
    let mut steps: Vec<(usize, f64)> =
        term.law.iter().map(|(value, chance)| (round(value / width) as usize, *chance)).collect();
    steps.sort_by_key(|(step, _)| *step);
    steps.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0.0 };
        same
    });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The chance of a sum of at least `least`, by its definition: over every outcome of two or three questions.
    fn brute(terms: &[Deviance], least: f64) -> f64 {
        fn walk(terms: &[Deviance], left: f64) -> f64 {
            match terms.split_first() {
                None => f64::from(u8::from(left <= 1e-9)),
                Some((first, rest)) => {
                    first.law.iter().map(|(value, chance)| chance * walk(rest, left - value)).sum()
                }
            }
        }
        walk(terms, least)
    }

    proptest! {
        #[test]
        fn it_is_never_below_the_truth_and_close_to_it(
            counts in prop::collection::vec((0..=12_u64, 0..=9_u64), 1..4),
        ) {
            let terms: Vec<Deviance> =
                counts.iter().filter_map(|(x, y)| Deviance::new((*x, 12), (*y, 9))).collect();
            let seen: f64 = terms.iter().map(|term| term.seen).sum();
            let truth = brute(&terms, seen);
            // A rate that it is on makes the grid as fine as it gets: each term, and the sum, may be rounded
            // by one step.
            let p = p_of_sum(&terms, truth);
            let rounded = WIDTHS[2] * (terms.len() + 1) as f64;
            prop_assert!(p >= truth - 1e-9, "{p} {truth}");
            prop_assert!(p <= brute(&terms, seen - rounded) + 1e-9, "{p} {truth}");
        }

        #[test]
        fn the_law_of_one_question_is_whole(x in 0..=20_u64, y in 0..=30_u64) {
            let Some(term) = Deviance::new((x, 20), (y, 30)) else { return Ok(()) };
            let all: f64 = term.law.iter().map(|(_, chance)| chance).sum();
            prop_assert!((all - 1.0).abs() < 1e-9);
            prop_assert!(term.law.iter().any(|(value, _)| (value - term.seen).abs() < 1e-9));
        }
    }

    #[test]
    fn what_cannot_differ_says_nothing() {
        assert_eq!(Deviance::new((0, 50), (0, 50)), None);
        assert_eq!(Deviance::new((50, 50), (50, 50)), None);
        assert_eq!(Deviance::new((0, 0), (3, 50)), None);
        assert_eq!(Deviance::new((4, 3), (3, 50)), None);
        assert!((p_of_sum(&[], 0.01) - 1.0).abs() < 1e-12);
    }
}
