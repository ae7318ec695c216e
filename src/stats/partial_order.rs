//! How well could two orders agree, when one is known and of the other only some pairs are certain?
//!
//! A rank correlation depends on an order, and answers settle an order pair by pair: it may be beyond doubt
//! that one thing comes above another while the order of two others is open. Among all orders that keep to
//! the certain pairs, this finds the least Σ rank · weight. With centred ranks as weights, that is the
//! numerator of Spearman's ρ.
//!
//! It is the problem of scheduling unit jobs under precedence constraints to the least weighted completion
//! time (Lawler, Ann. Discrete Math. 2, 1978), solved here by dynamic programming over the sets of things
//! that may come first (Held and Karp, J. SIAM 10, 1962). Where the certain pairs allow one thing to come
//! before another, and it weighs no less, it does; that leaves few sets. Where there are still too many, the
//! bound lets every uncertain pair fall against us, whether or not an order can do so.

use super::number_cache::NumberCache;
use super::pairs::{self, Relation};

/// The most sets of one size that are looked at before the simpler bound is taken; they take some
/// milliseconds in all. (Where there are more, little is certain, and no verdict depends on it.)
const SETS: usize = 3_000;

/// The most words of sets that are looked at: as many as 64 things take. With more things there are fewer
/// sets.
const WORK: usize = SETS * 64 * 64;

/// Returns the least Σ rank · weight over the orders of `weights.len()` things (ranks from 1, the last is
/// highest) in which, for every pair (i, j) of `above`, thing `i` ranks above thing `j`.
///
/// Weights may have any sign, size and number; the pairs must not contradict each other (no cycles). Where
/// exact enumeration is too large, the number returned is below the least, never above.
///
/// # Panics
/// `above` has another number of things.
///
/// ```
/// use alignspec::__testing::stats::partial_order::least_weighted_ranks;
/// use alignspec::__testing::stats::pairs::Relation;
/// // Nothing is certain: the heaviest comes first.
/// let none = Relation::new(3);
/// assert_eq!(least_weighted_ranks(&[1.0, 2.0, 3.0], &none), 3.0 + 2.0 * 2.0 + 3.0 * 1.0);
/// // Thing 2 is certainly above thing 0.
/// let one = Relation::of(3, |i, j| (i, j) == (2, 0));
/// assert_eq!(least_weighted_ranks(&[1.0, 2.0, 3.0], &one), 2.0 + 2.0 * 1.0 + 3.0 * 3.0);
/// ```
pub fn least_weighted_ranks(weights: &[f64], above: &Relation) -> f64 {
    assert_eq!(weights.len(), above.things(), "as many weights as things");
    least(weights, &above.closed())
}

/// As [`least_weighted_ranks`], where it matters only whether that number is below `asked` or above it: it is another
/// one on the same side where that is known without going through the orders.
///
/// # Panics
/// `above` has another number of things.
pub(crate) fn least_weighted_ranks_beside(weights: &[f64], above: &Relation, asked: f64) -> f64 {
    assert_eq!(weights.len(), above.things(), "as many weights as things");
    let certain = above.closed();
    let low = pairwise(weights, &certain);
    // Sums that are nearer differ by rounding only.
    let near = 1e-9 * weights.len() as f64 * weights.iter().map(|weight| weight.abs()).sum::<f64>();
    if low > asked + near || some_order(weights, &certain) < asked - near {
        return low;
    }
    least(weights, &certain)
}

/// The least Σ rank · weight, or what is below it.
fn least(weights: &[f64], certain: &Relation) -> f64 {
    let n = weights.len();
    let find = || {
        let earlier = with_dominance(weights, certain);
        let exact = match n.div_ceil(64) {
            0 | 1 => exact::<1>(weights, &earlier),
            2 => exact::<2>(weights, &earlier),
            3 | 4 => exact::<4>(weights, &earlier),
            5..=16 => exact::<16>(weights, &earlier),
            _ => None,
        };
        exact.unwrap_or_else(|| pairwise(weights, certain))
    };
    if n > MOST_REMEMBERED {
        return find();
    }
    let order = (0..n).flat_map(|at| certain.row(at).iter().copied());
    LEAST.get(weights.iter().map(|weight| weight.to_bits()).chain(order).collect(), find)
}

/// Sums of up to this many things are remembered.
const MOST_REMEMBERED: usize = 64;

/// Sums by weights and certain pairs: a check asks for the same ones against many bounds. All of them together take a
/// megabyte.
static LEAST: NumberCache<Vec<u64>> = NumberCache::of_most(1_000);

/// Σ rank · weight of an order that keeps to the certain pairs, mostly not far from the least: time and again the thing
/// comes next that is the heaviest on average with all that must come before it, and these before it.
fn some_order(weights: &[f64], certain: &Relation) -> f64 {
    let n = weights.len();
    let needs = |at: usize, other: usize| at == other || certain.has(at, other);
    let weight_of = |at: usize| (0..n).filter(|other| needs(at, *other)).map(|other| weights[other]).sum();
    // The weight and the number of things that are left of those that each needs, with itself.
    let mut left: Vec<(f64, usize)> = (0..n).map(|at| (weight_of(at), certain.count(at) + 1)).collect();
    let (mut sum, mut rank) = (0.0, 0.0);
    let mean = |(weight, count): (f64, usize)| weight / count as f64;
    let mut open: Vec<usize> = (0..n).collect();
    while let Some(best) = open.iter().max_by(|a, b| mean(left[**a]).total_cmp(&mean(left[**b]))) {
        let best = *best;
        let (mut next, later): (Vec<usize>, Vec<usize>) = open.iter().partition(|at| needs(best, **at));
        // A thing needs more than each of those that it needs.
        next.sort_by_key(|at| left[*at].1);
        for at in next {
            rank += 1.0;
            sum += rank * weights[at];
            for other in later.iter().filter(|other| needs(**other, at)) {
                left[*other] = (left[*other].0 - weights[at], left[*other].1 - 1);
            }
        }
        open = later;
    }
    sum
}

/// Adds pairs that some best order keeps to: `j` comes before `i` where `j` weighs no less, all that must
/// come before `j` must come before `i`, and all that must come after `i` must come after `j`. (In an order
/// that has them the other way round, the two can change places at no cost.)
fn with_dominance(weights: &[f64], below: &Relation) -> Relation {
    let n = weights.len();
    let after = below.turned();
    let mut earlier = below.clone();
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let heavier = weights[j] > weights[i] || (weights[j] == weights[i] && j < i);
            if heavier && !below.has(j, i) && below.within(j, i, i) && after.within(i, j, j) {
                earlier.insert(i, j);
            }
        }
    }
    earlier
}

/// A thing that may come next: alone as a set, and what must come before it. A set is `W` words, enough for all
/// things.
struct NextThing<const W: usize> {
    alone: [u64; W],
    needs: [u64; W],
    weight: f64,
    /// The first and the last rank that it can have.
    window: (usize, usize),
}

/// Goes through the sets of things that can be the first ones, size by size, each with the least cost of
/// ordering it; `None` where they are too many.
fn exact<const W: usize>(weights: &[f64], earlier: &Relation) -> Option<f64> {
    let n = weights.len();
    let later = earlier.turned();
    let thing = |at: usize| {
        let mut alone = [0; W];
        alone[at / 64] = pairs::with(0, at % 64);
        let mut needs = [0; W];
        needs.iter_mut().zip(earlier.row(at)).for_each(|(word, row)| *word = *row);
        // It comes after all that must precede it, and early enough for all that must follow it.
        let window = (earlier.count(at) + 1, n - later.count(at));
        NextThing { alone, needs, weight: weights[at], window }
    };
    let things: Vec<NextThing<W>> = (0..n).map(thing).collect();
    let mut sets = Cheapest::<W>::new();
    sets.add([0; W], 0.0);
    let mut work = WORK;
    for rank in 1..=n {
        let mut next = Cheapest::new();
        let open: Vec<&NextThing<W>> =
            things.iter().filter(|thing| (thing.window.0..=thing.window.1).contains(&rank)).collect();
        work = work.checked_sub(sets.each.len() * open.len() * W)?;
        for (set, cost) in &sets.each {
            // Plain loops here and below: in an unoptimised build, which most tests are, calls and iterators over words
            // take several times as long.
            let mut at = 0;
            while at < open.len() {
                let thing = open[at];
                at += 1;
                let (mut word, mut with, mut blocked) = (0, *set, 0);
                while word < W {
                    blocked |= (thing.needs[word] & !set[word]) | (thing.alone[word] & set[word]);
                    with[word] |= thing.alone[word];
                    word += 1;
                }
                if blocked == 0 {
                    next.add(with, cost + rank as f64 * thing.weight);
                }
            }
            if next.each.len() > SETS {
                return None;
            }
        }
        sets = next;
    }
    sets.each.first().map(|(_, cost)| *cost)
}

/// The sets of one size without duplicates, each with its least cost. A table of slots finds a set again,
/// because sorting takes ten times as long in an unoptimised build, which most tests are.
struct Cheapest<const W: usize> {
    each: Vec<([u64; W], f64)>,
    /// One more than a set's place in `each`; 0 in an empty slot.
    slots: Vec<u32>,
}

impl<const W: usize> Cheapest<W> {
    /// The number of slots, more than twice the most sets: [`SETS`], and those that the last of them leads
    /// to.
    const SLOTS: usize = (2 * (SETS + 64 * 16)).next_power_of_two();

    fn new() -> Self {
        Cheapest { each: Vec::new(), slots: vec![0; Self::SLOTS] }
    }

    fn add(&mut self, set: [u64; W], cost: f64) {
        let (mut hash, mut word) = (0_u64, 0);
        while word < W {
            hash = (hash.rotate_left(5) ^ set[word]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word += 1;
        }
        let mut slot = hash.rotate_left(32) as usize % Self::SLOTS;
        while self.slots[slot] != 0 {
            let (held, least) = &mut self.each[self.slots[slot] as usize - 1];
            if *held == set {
                *least = least.min(cost);
                return;
            }
            slot = (slot + 1) % Self::SLOTS;
        }
        self.each.push((set, cost));
        self.slots[slot] = self.each.len() as u32;
    }
}

/// Σ rank · weight is a sum over pairs, and each pair that is not certain falls as it costs least.
fn pairwise(weights: &[f64], below: &Relation) -> f64 {
    let n = weights.len();
    let mut sum = weights.iter().sum::<f64>() * (n as f64 + 1.0) / 2.0;
    for i in 0..n {
        for j in 0..i {
            let difference = weights[i] - weights[j];
            let sign = match (below.has(i, j), below.has(j, i)) {
                (true, _) => 1.0,
                (_, true) => -1.0,
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
}
