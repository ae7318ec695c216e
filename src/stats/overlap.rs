//! Overlap of sets, and of the first k of two lists of shares: do two sides put the same things on top?
//!
//! A set is a bit mask: bit `i` is thing `i`, of at most [`MAX_OPTIONS`].
//!
//! Where a tie leaves open which things are among the first k, every way to break it is as good as
//! any other. The overlap is then the mean over all of them, computed exactly: the number of things
//! that two random choices share is hypergeometric, so nothing needs to be enumerated.
//!
//! Source: Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912).

use super::pairs::{has, with};
use super::{UndefinedStatistic, same_length};

/// The most things that a set can choose from, which are the bits of a mask.
pub const MAX_OPTIONS: usize = 64;

/// Returns Jaccard's index |a ∩ b| / |a ∪ b|, in 0 ..= 1.
///
/// # Errors
/// [`UndefinedStatistic::Empty`] when both sets are empty.
///
/// ```
/// use alignspec::__testing::stats::overlap::jaccard;
/// assert_eq!(jaccard(0b0111, 0b1110)?, 0.5);
/// assert!(jaccard(0, 0).is_err());
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn jaccard(a: u64, b: u64) -> Result<f64, UndefinedStatistic> {
    if a | b == 0 {
        return Err(UndefinedStatistic::Empty);
    }
    Ok(f64::from((a & b).count_ones()) / f64::from((a | b).count_ones()))
}

/// Returns the indices in a mask, ascending.
pub fn indices(mask: u64) -> impl Iterator<Item = usize> {
    (0..MAX_OPTIONS).filter(move |i| has(mask, *i))
}

/// The k largest of some values, as [`top`] finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Top {
    /// The things that are among the k however a tie is broken.
    pub sure: u64,
    /// The things that tie for the remaining places; 0 where no tie leaves anything open.
    pub tied: u64,
    /// The number of places left for the tied things, which is less than there are.
    pub open: u32,
}

impl Top {
    /// Returns the number of things on top: the k that was asked for.
    pub fn k(&self) -> u32 {
        self.sure.count_ones() + self.open
    }

    /// Returns the sets that the k can be, one for each way to break the tie; `None` if there are more than
    /// `most`.
    ///
    /// ```
    /// let top = alignspec::__testing::stats::overlap::top(&[0.9, 0.4, 0.4], 2)?;
    /// assert_eq!(top.ways(10), Some(vec![0b011, 0b101]));
    /// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
    /// ```
    pub fn ways(&self, most: usize) -> Option<Vec<u64>> {
        let mut ways = vec![(self.sure, 0)];
        for at in indices(self.tied) {
            let more = ways
                .iter()
                .filter(|(_, taken)| *taken < self.open)
                .map(|(set, taken)| (with(*set, at), taken + 1));
            ways.extend(more.collect::<Vec<_>>());
            if ways.len() > most.saturating_mul(64) {
                return None;
            }
        }
        ways.retain(|(_, taken)| *taken == self.open);
        (ways.len() <= most).then(|| ways.into_iter().map(|(set, _)| set).collect())
    }

    /// Whether a tie leaves open which things are among the k.
    pub fn is_tied(&self) -> bool {
        self.tied != 0
    }
}

/// Returns the `k` largest of `values`, and what ties for the last of the places.
///
/// # Errors
/// [`UndefinedStatistic::OutOfRange`] when k is 0, a value is not a number, or there are more than
/// [`MAX_OPTIONS`] values; [`UndefinedStatistic::TooFew`] when there are fewer than k.
///
/// ```
/// use alignspec::__testing::stats::overlap::top;
/// let first_two = top(&[0.9, 0.4, 0.1, 0.4], 2)?;
/// assert_eq!((first_two.sure, first_two.tied, first_two.open), (0b0001, 0b1010, 1));
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn top(values: &[f64], k: usize) -> Result<Top, UndefinedStatistic> {
    let n = values.len();
    if k == 0 {
        return Err(UndefinedStatistic::OutOfRange {
            what: "the number of places on top",
            must: "at least 1",
        });
    }
    if n < k {
        return Err(UndefinedStatistic::TooFew { n, least: k });
    }
    if n > MAX_OPTIONS {
        return Err(UndefinedStatistic::OutOfRange { what: "the number of options", must: "at most 64" });
    }
    let mut sorted = [0.0; MAX_OPTIONS];
    let sorted = &mut sorted[..n];
    sorted.copy_from_slice(values);
    if sorted.iter().any(|v| v.is_nan()) {
        return Err(UndefinedStatistic::OutOfRange { what: "every value", must: "a number" });
    }
    let (_, cut, _) = sorted.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
    let (mut sure, mut tied) = (0_u64, 0_u64);
    for (i, value) in values.iter().enumerate() {
        if *value > *cut {
            sure = with(sure, i);
        } else if *value == *cut {
            tied = with(tied, i);
        }
    }
    let open = k as u32 - sure.count_ones();
    if tied.count_ones() == open {
        // All that are at the cut get in, so their tie leaves nothing open.
        return Ok(Top { sure: sure | tied, tied: 0, open: 0 });
    }
    Ok(Top { sure, tied, open })
}

/// The overlap of the tops of two sides, from [`top_k_jaccard`] or [`overlap`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Overlap {
    /// Jaccard's index in 0 ..= 1, the mean over all ways to break ties at the cut.
    pub value: f64,
    /// What is on top on the first side.
    pub first: Top,
    /// What is on top on the second side.
    pub second: Top,
}

/// Returns Jaccard's index of the `k` largest of `x` and of `y`. Ties at the cut are averaged over all tied
/// choices, independently on both sides.
///
/// `x[i]` and `y[i]` belong to the same thing; only the order within a side matters.
///
/// # Errors
/// [`UndefinedStatistic::LengthMismatch`], and those of [`top`].
///
/// ```
/// use alignspec::__testing::stats::overlap::top_k_jaccard;
/// // The second side's last place goes to thing 1 (overlap 2 of 2) or thing 2 (1 of 3).
/// let overlap = top_k_jaccard(&[0.9, 0.8, 0.1], &[0.9, 0.5, 0.5], 2)?;
/// assert_eq!(overlap.value, (1.0 + 1.0 / 3.0) / 2.0);
/// assert_eq!(overlap.second.tied, 0b110);
/// # Ok::<(), alignspec::__testing::stats::UndefinedStatistic>(())
/// ```
pub fn top_k_jaccard(x: &[f64], y: &[f64], k: usize) -> Result<Overlap, UndefinedStatistic> {
    same_length(x.len(), y.len())?;
    Ok(overlap(top(x, k)?, top(y, k)?))
}

/// Returns the overlap of two tops that are known (see [`top_k_jaccard`]). The two may differ in k.
pub fn overlap(first: Top, second: Top) -> Overlap {
    let size = first.k() + second.k();
    let index = |shared: u32| f64::from(shared) / f64::from(size - shared);
    if !first.is_tied() && !second.is_tied() {
        let value = index((first.sure & second.sure).count_ones());
        return Overlap { value, first, second };
    }
    let ways = ways_to_share(&first, &second);
    let (mut sum, mut total) = (0.0, 0.0);
    for (shared, &ways) in ways.iter().enumerate().filter(|(_, ways)| **ways > 0) {
        sum += ways as f64 * index(shared as u32);
        total += ways as f64;
    }
    Overlap { value: sum / total, first, second }
}

/// Returns, for each `i`, the number of ways to break the ties of both sides so that the two tops share `i`
/// things. There are at most C(64, 32)² ways in all, which fits.
fn ways_to_share(x: &Top, y: &Top) -> [u128; MAX_OPTIONS + 1] {
    let mut ways = [0; MAX_OPTIONS + 1];
    let size = |mask: u64| mask.count_ones();
    let both = size(x.sure & y.sure);
    // A thing that ties in x is sure in y, ties in y, too, or is out of y. A choice in x takes some of each.
    let (in_sure, in_tied) = (size(x.tied & y.sure), size(x.tied & y.tied));
    let in_rest = size(x.tied) - in_sure - in_tied;
    for a in 0..=in_sure.min(x.open) {
        for b in 0..=in_tied.min(x.open - a) {
            let chosen = choose(in_sure, a) * choose(in_tied, b) * choose(in_rest, x.open - a - b);
            if chosen == 0 {
                continue;
            }
            // This many of the things that tie in y are now on x's top, and y's choice hits h of them.
            let targets = size(y.tied & x.sure) + b;
            for h in 0..=targets.min(y.open) {
                let hit = choose(targets, h) * choose(size(y.tied) - targets, y.open - h);
                ways[(both + a + h) as usize] += chosen * hit;
            }
        }
    }
    ways
}

/// Returns the binomial coefficient, which is 0 where k > n.
pub(crate) fn choose(n: u32, k: u32) -> u128 {
    if k > n {
        return 0;
    }
    (0..u128::from(k.min(n - k))).fold(1, |c, i| c * (u128::from(n) - i) / (i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every set that a top can stand for.
    fn choices(top: &Top) -> Vec<u64> {
        (0..=top.tied)
            .filter(|s| s & !top.tied == 0 && s.count_ones() == top.open)
            .map(|s| s | top.sure)
            .collect()
    }

    #[test]
    fn everything_tied_is_the_mean_over_all_choices() {
        // Two random pairs out of four: share 0, 1 or 2 with probability 1/6, 4/6, 1/6.
        let o = top_k_jaccard(&[0.5; 4], &[0.5; 4], 2).unwrap();
        assert!((o.value - (4.0 / 3.0 + 1.0) / 6.0).abs() < 1e-15);
        let large = top_k_jaccard(&[0.5; 64], &[0.5; 64], 32).unwrap();
        assert!(large.value > 0.3 && large.value < 0.4);
    }

    #[test]
    fn a_tie_above_or_below_the_cut_is_none() {
        assert!(!top(&[0.9, 0.9, 0.5, 0.1, 0.1], 3).unwrap().is_tied());
        assert!(!top(&[0.5; 3], 3).unwrap().is_tied());
    }

    #[test]
    fn what_has_no_value_is_named() {
        assert!(matches!(top(&[0.1], 0), Err(UndefinedStatistic::OutOfRange { .. })));
        assert_eq!(top(&[0.1], 2), Err(UndefinedStatistic::TooFew { n: 1, least: 2 }));
        assert!(matches!(top(&[0.1; 65], 2), Err(UndefinedStatistic::OutOfRange { .. })));
        assert!(matches!(top(&[0.1, f64::NAN], 1), Err(UndefinedStatistic::OutOfRange { .. })));
        assert!(top_k_jaccard(&[0.1, 0.2], &[0.1], 1).is_err());
    }

    fn columns() -> impl Strategy<Value = (Vec<f64>, Vec<f64>, usize)> {
        prop::collection::vec((0..4_u8, 0..4_u8), 1..9).prop_flat_map(|v| {
            let n = v.len();
            let (x, y) = v.into_iter().map(|(a, b)| (f64::from(a), f64::from(b))).unzip();
            (Just(x), Just(y), 1..=n)
        })
    }

    proptest! {
        #[test]
        fn agrees_with_enumerating_every_choice((x, y, k) in columns()) {
            let o = top_k_jaccard(&x, &y, k).unwrap();
            let all: Vec<f64> = choices(&o.first)
                .into_iter()
                .flat_map(|a| choices(&o.second).into_iter().map(move |b| jaccard(a, b).unwrap()))
                .collect();
            prop_assert!((o.value - all.iter().sum::<f64>() / all.len() as f64).abs() < 1e-14);
            prop_assert_eq!(o.first.k() as usize, k);
        }

        #[test]
        fn symmetric_bounded_blind_to_labels_and_to_monotone_transforms((x, y, k) in columns(), turn in 0..9_usize) {
            let o = top_k_jaccard(&x, &y, k).unwrap();
            prop_assert!((0.0..=1.0).contains(&o.value));
            prop_assert_eq!(o.value, top_k_jaccard(&y, &x, k).unwrap().value);
            let (mut a, mut b) = (x.clone(), y.clone());
            a.rotate_left(turn % x.len());
            b.rotate_left(turn % x.len());
            prop_assert_eq!(o.value, top_k_jaccard(&a, &b, k).unwrap().value);
            let bent: Vec<f64> = x.iter().map(|v| v.powi(3) - 5.0).collect();
            prop_assert_eq!(top(&bent, k), top(&x, k));
        }
    }
}
