//! How well could two orders agree, when one is known and of the other only some pairs are certain?
//!
//! A rank correlation depends on an order, and answers settle an order pair by pair: that one thing
//! comes above another may be beyond doubt while the order of a third and a fourth is open. Among all
//! orders that keep to the certain pairs, this finds the least Σ rank · weight: with centred ranks
//! for weights, the numerator of Spearman's ρ.
//!
//! It is the problem of scheduling unit jobs under precedence constraints to the least weighted
//! completion time (Lawler, Ann. Discrete Math. 2, 1978), solved here by dynamic programming over
//! the sets of things that may come first (Held and Karp, J. SIAM 10, 1962). Where one thing may as
//! well come before another as far as all certain pairs go, and weighs no less, it does: that leaves
//! few sets. Where there are too many all the same, the bound is the one that lets every uncertain
//! pair fall against us, whether or not an order can do so.

/// Most sets of one size looked at before the simpler bound is taken: some milliseconds in all. (Where
/// there are more, little is certain, and no verdict hangs on it.)
const SETS: usize = 3_000;

/// The least Σ rank · weight over the orders of `weights.len()` things (ranks from 1, the last is
/// highest) in which, for every bit `j` of `above[i]`, thing `i` ranks above thing `j`.
///
/// Weights may have any sign and size; the bits must not contradict each other (no circles). At most
/// 64 things. Where exact enumeration is too large the number returned is below the least, never
/// above.
///
/// ```
/// use alignspec::stats::order::least_weighted_ranks;
/// // Nothing is certain: the heaviest comes first.
/// assert_eq!(least_weighted_ranks(&[1.0, 2.0, 3.0], &[0, 0, 0]), 3.0 + 2.0 * 2.0 + 3.0 * 1.0);
/// // Thing 2 is certainly above thing 0.
/// assert_eq!(least_weighted_ranks(&[1.0, 2.0, 3.0], &[0, 0, 0b001]), 2.0 + 2.0 * 1.0 + 3.0 * 3.0);
/// ```
pub fn least_weighted_ranks(weights: &[f64], above: &[u64]) -> f64 {
    let certain = closure(above);
    let earlier = with_dominance(weights, &certain);
    exact(weights, &earlier).unwrap_or_else(|| pairwise(weights, &certain))
}

/// What follows from the certain pairs: above what is above is above.
fn closure(above: &[u64]) -> Vec<u64> {
    let mut closed = above.to_vec();
    for middle in 0..closed.len() {
        let below = closed[middle];
        for set in &mut closed {
            if *set >> middle & 1 == 1 {
                *set |= below;
            }
        }
    }
    closed
}

/// Adds pairs that some best order keeps to: `j` before `i` where `j` weighs no less, all that must
/// come before `j` must come before `i`, and all that must come after `i` must come after `j`. (In
/// an order that has them the other way round the two can change places at no cost.)
fn with_dominance(weights: &[f64], below: &[u64]) -> Vec<u64> {
    let n = weights.len();
    let mut after = vec![0_u64; n];
    for (i, set) in below.iter().enumerate() {
        for (j, after) in after.iter_mut().enumerate() {
            *after |= (set >> j & 1) << i;
        }
    }
    let mut earlier = below.to_vec();
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let heavier = weights[j] > weights[i] || (weights[j] == weights[i] && j < i);
            let before = below[j] & !(below[i] | 1 << i) == 0 && below[j] >> i & 1 == 0;
            let behind = after[i] & !(after[j] | 1 << j) == 0;
            if heavier && before && behind {
                earlier[i] |= 1 << j;
            }
        }
    }
    earlier
}

/// Sets of things that can be the first ones, each with the least cost of ordering it, size by size.
fn exact(weights: &[f64], earlier: &[u64]) -> Option<f64> {
    let mut sets: Vec<(u64, f64)> = vec![(0, 0.0)];
    let mut next: Vec<(u64, f64)> = Vec::new();
    for rank in 1..=weights.len() {
        next.clear();
        for (set, cost) in &sets {
            for (i, weight) in weights.iter().enumerate() {
                if set >> i & 1 == 0 && earlier[i] & !set == 0 {
                    next.push((set | 1 << i, cost + rank as f64 * weight));
                }
            }
        }
        next.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        next.dedup_by_key(|(set, _)| *set);
        if next.len() > SETS {
            return None;
        }
        std::mem::swap(&mut sets, &mut next);
    }
    sets.first().map(|(_, cost)| *cost)
}

/// Σ rank · weight is a sum over pairs; each that is not certain falls as it costs least.
fn pairwise(weights: &[f64], below: &[u64]) -> f64 {
    let n = weights.len();
    let mut sum = weights.iter().sum::<f64>() * (n as f64 + 1.0) / 2.0;
    for i in 0..n {
        for j in 0..i {
            let difference = weights[i] - weights[j];
            let sign = match (below[i] >> j & 1, below[j] >> i & 1) {
                (1, _) => 1.0,
                (_, 1) => -1.0,
                _ => -difference.signum(),
            };
            sum += 0.5 * sign * difference;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn orders(n: usize) -> Vec<Vec<usize>> {
        if n == 0 {
            return vec![Vec::new()];
        }
        let shorter = orders(n - 1);
        (0..n)
            .flat_map(|at| {
                shorter.iter().map(move |order| {
                    let mut order = order.clone();
                    order.insert(at, n - 1);
                    order
                })
            })
            .collect()
    }

    /// By trying all orders.
    fn brute(weights: &[f64], above: &[u64]) -> f64 {
        let mut least = f64::INFINITY;
        for order in orders(weights.len()) {
            let mut rank = vec![0; weights.len()];
            order.iter().enumerate().for_each(|(at, thing)| rank[*thing] = at + 1);
            let kept =
                |(i, set): (usize, &u64)| (0..rank.len()).all(|j| set >> j & 1 == 0 || rank[i] > rank[j]);
            if above.iter().enumerate().all(kept) {
                least = least.min(rank.iter().zip(weights).map(|(rank, weight)| *rank as f64 * weight).sum());
            }
        }
        least
    }

    /// Certain pairs as answers give them: things with a value each, pairs with a clear gap.
    fn certain(values: &[u32], keep: &[bool], gap: u32) -> Vec<u64> {
        let n = values.len();
        let mut at = 0;
        let mut above = vec![0; n];
        for i in 0..n {
            for j in 0..n {
                at += 1;
                if values[i] >= values[j] + gap && keep[at % keep.len()] {
                    above[i] |= 1 << j;
                }
            }
        }
        above
    }

    proptest! {
        #[test]
        fn no_order_does_better_and_one_does_as_well(
            values in prop::collection::vec(0..10_u32, 1..7),
            all in prop::collection::vec(-5..5_i32, 6),
            keep in prop::collection::vec(any::<bool>(), 1..30),
            gap in 1..5_u32,
        ) {
            let weights: Vec<f64> = all[..values.len()].iter().map(|w| f64::from(*w)).collect();
            let above = certain(&values, &keep, gap);
            let (found, least) = (least_weighted_ranks(&weights, &above), brute(&weights, &above));
            prop_assert!((found - least).abs() < 1e-9, "{found} {least}");
            prop_assert!(pairwise(&weights, &closure(&above)) <= least + 1e-9);
        }

        #[test]
        fn more_certainty_never_lowers_it(
            values in prop::collection::vec(0..30_u32, 2..20),
            all in prop::collection::vec(-5.0..5.0_f64, 20),
        ) {
            let weights = &all[..values.len()];
            let by_gap: Vec<f64> = [1, 5, 12, 40]
                .iter()
                .map(|gap| least_weighted_ranks(weights, &certain(&values, &[true], *gap)))
                .collect();
            prop_assert!(by_gap.windows(2).all(|pair| pair[0] >= pair[1] - 1e-9), "{by_gap:?}");
        }
    }
}
