//! The least sums against all orders tried one by one, and against orders that keep to the certain pairs.

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
fn brute(weights: &[f64], above: &Relation) -> f64 {
    let mut least = f64::INFINITY;
    for order in orders(weights.len()) {
        let mut rank = vec![0; weights.len()];
        order.iter().enumerate().for_each(|(at, thing)| rank[*thing] = at + 1);
        let kept = |i: usize| (0..rank.len()).all(|j| !above.has(i, j) || rank[i] > rank[j]);
        if (0..rank.len()).all(kept) {
            least = least.min(rank.iter().zip(weights).map(|(rank, weight)| *rank as f64 * weight).sum());
        }
    }
    least
}

/// Certain pairs as answers give them: things with a value each, pairs with a clear gap.
fn certain(values: &[u32], keep: &[bool], gap: u32) -> Relation {
    let n = values.len();
    let kept = |i: usize, j: usize| keep[(i * n + j + 1) % keep.len()];
    Relation::of(n, |i, j| values[i] >= values[j] + gap && kept(i, j))
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
        prop_assert!(pairwise(&weights, &above.closed()) <= least + 1e-9);
    }

    /// Whatever is asked, and whether the orders were gone through or not.
    #[test]
    fn the_side_of_what_is_asked_is_that_of_the_least(
        values in prop::collection::vec(0..30_u32, 2..20),
        all in prop::collection::vec(-5.0..5.0_f64, 20),
        keep in prop::collection::vec(any::<bool>(), 1..30),
        gap in 1..20_u32,
        off in -200..200_i32,
    ) {
        let weights = &all[..values.len()];
        let above = certain(&values, &keep, gap);
        let least = least_weighted_ranks(weights, &above);
        prop_assert!(some_order(weights, &above.closed()) >= least - 1e-9);
        for asked in [least - 1e-3, least + 1e-3, least + f64::from(off) / 4.0] {
            let beside = least_weighted_ranks_beside(weights, &above, asked);
            prop_assert_eq!(beside > asked, least > asked, "{} {} {}", asked, least, beside);
        }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// An order that keeps to the certain pairs costs no less, however many things there are.
    #[test]
    fn no_order_of_many_things_does_better(
        n in 2..1_000_usize,
        step in 1..997_usize,
        gap in 1..1_000_u32,
        noise in any::<u32>(),
    ) {
        let values: Vec<u32> = (0..n).map(|at| (at * step % 997) as u32).collect();
        let weights: Vec<f64> =
            (0..n as u32).map(|at| f64::from(at.wrapping_mul(noise | 1) % 1_000) - 499.5).collect();
        let least = least_weighted_ranks(&weights, &certain(&values, &[true], gap));
        // The order of the values keeps to all of them, equal ones in the best order.
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| values[*a].cmp(&values[*b]).then(weights[*b].total_cmp(&weights[*a])));
        let ranked = order.iter().zip(1_u32..);
        let cost: f64 = ranked.map(|(at, rank)| f64::from(rank) * weights[*at]).sum();
        prop_assert!(least <= cost + 1e-6, "{n}: {least} {cost}");
        let all = least_weighted_ranks(&weights, &certain(&values, &[true], 1));
        prop_assert!(least <= all + 1e-6);
    }
}

/// A full order leaves one value, also beyond the words of one set.
#[test]
fn a_full_order_of_any_number_is_exact() {
    for n in [63, 64, 65, 128, 200, 1_000, 1_500] {
        let weights: Vec<f64> = (0..n).map(|at| (at as f64 * 37.0) % 11.0 - 5.0).collect();
        let found = least_weighted_ranks(&weights, &Relation::of(n, |i, j| i > j));
        let cost: f64 = weights.iter().zip(1_u32..).map(|(weight, rank)| weight * f64::from(rank)).sum();
        assert!((found - cost).abs() < 1e-6, "{n}: {found} {cost}");
    }
}
