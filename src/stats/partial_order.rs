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
//! before another, and it weighs no less, it does; and a set is dropped if an order that is known already costs less
//! than any that begins with it (branch and bound; Land and Doig, Econometrica 28, 1960). That leaves few sets. Where
//! there are still too many, the bound lets every uncertain pair fall against us, whether or not an order can do so.

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
    let (low, near) = (pairwise(weights, &certain), rounding(weights));
    if low > asked + near || some_order(weights, &certain) < asked - near {
        return low;
    }
    least(weights, &certain)
}

/// Sums that are nearer to each other than this differ by rounding only.
fn rounding(weights: &[f64]) -> f64 {
    1e-9 * weights.len() as f64 * weights.iter().map(|weight| weight.abs()).sum::<f64>()
}

/// The least Σ rank · weight, or what is below it.
fn least(weights: &[f64], certain: &Relation) -> f64 {
    let n = weights.len();
    let find = || {
        let low = pairwise(weights, certain);
        let gap = some_order(weights, certain) - low;
        if gap <= 1e-3 * rounding(weights) {
            return low;
        }
        let open = OpenPairs { certain, gap: gap + rounding(weights) };
        let earlier = with_dominance(weights, certain);
        let excess = match n.div_ceil(64) {
            0 | 1 => exact::<1>(weights, &earlier, &open),
            2 => exact::<2>(weights, &earlier, &open),
            3 | 4 => exact::<4>(weights, &earlier, &open),
            5..=16 => exact::<16>(weights, &earlier, &open),
            _ => None,
        };
        low + excess.unwrap_or(0.0)
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

/// The pairs that are not certain, and the most that the best order can cost more than [`pairwise`] says.
struct OpenPairs<'a> {
    certain: &'a Relation,
    gap: f64,
}

impl OpenPairs<'_> {
    /// Returns the things that would rather come before thing `at`, as it weighs less, each with what it costs more if
    /// it comes later.
    fn dearer(&self, weights: &[f64], at: usize) -> Vec<(usize, f64)> {
        let open = |other: usize| !self.certain.has(at, other) && !self.certain.has(other, at);
        let dearer = (0..weights.len()).filter(|other| weights[*other] > weights[at] && open(*other));
        dearer.map(|other| (other, weights[other] - weights[at])).collect()
    }
}

/// A thing that may come next: alone as a set, and what must come before it. A set is `W` words, enough for all
/// things.
struct NextThing<const W: usize> {
    alone: [u64; W],
    needs: [u64; W],
    /// The words and bits of the things that had better come before it, each with what it costs if it does not.
    dearer: Vec<(usize, u64, f64)>,
    /// The first and the last rank that it can have.
    window: (usize, usize),
}

impl<const W: usize> NextThing<W> {
    fn of(at: usize, weights: &[f64], earlier: &Relation, later: &Relation, open: &OpenPairs<'_>) -> Self {
        let mut alone = [0; W];
        alone[at / 64] = pairs::with(0, at % 64);
        let mut needs = [0; W];
        needs.iter_mut().zip(earlier.row(at)).for_each(|(word, row)| *word = *row);
        let dearer = open.dearer(weights, at).into_iter();
        let dearer = dearer.map(|(other, more)| (other / 64, pairs::with(0, other % 64), more)).collect();
        // It comes after all that must precede it, and early enough for all that must follow it.
        let window = (earlier.count(at) + 1, weights.len() - later.count(at));
        NextThing { alone, needs, dearer, window }
    }

    /// Returns the set with this thing, and what it costs to place it before all that is not in the set; `None` if
    /// it cannot come next.
    fn after(&self, set: &[u64; W]) -> Option<([u64; W], f64)> {
        // Plain loops here: in an unoptimised build, which most tests are, iterators over words take several times as
        // long.
        let (mut word, mut with, mut blocked) = (0, *set, 0);
        while word < W {
            blocked |= (self.needs[word] & !set[word]) | (self.alone[word] & set[word]);
            with[word] |= self.alone[word];
            word += 1;
        }
        if blocked != 0 {
            return None;
        }
        let (mut at, mut cost) = (0, 0.0);
        while at < self.dearer.len() {
            let (word, bit, more) = self.dearer[at];
            if set[word] & bit == 0 {
                cost += more;
            }
            at += 1;
        }
        Some((with, cost))
    }
}

/// Goes through the sets of things that can be the first ones, size by size, each with the least that ordering it costs
/// more than [`pairwise`] says; `None` where they are too many.
fn exact<const W: usize>(weights: &[f64], earlier: &Relation, pairs: &OpenPairs<'_>) -> Option<f64> {
    let n = weights.len();
    let later = earlier.turned();
    let things: Vec<NextThing<W>> =
        (0..n).map(|at| NextThing::of(at, weights, earlier, &later, pairs)).collect();
    let mut sets = Cheapest::<W>::of_most(1);
    sets.add([0; W], 0.0);
    let mut work = WORK;
    for rank in 1..=n {
        let open: Vec<&NextThing<W>> =
            things.iter().filter(|thing| (thing.window.0..=thing.window.1).contains(&rank)).collect();
        let most = sets.each.len() * open.len();
        work = work.checked_sub(most * W)?;
        let mut next = Cheapest::of_most(most);
        for (set, cost) in &sets.each {
            let mut at = 0;
            while at < open.len() {
                if let Some((with, more)) = open[at].after(set)
                    && cost + more <= pairs.gap
                {
                    next.add(with, cost + more);
                }
                at += 1;
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
    /// Makes a table for so many sets, or for [`SETS`] and those that the last of them leads to.
    fn of_most(sets: usize) -> Self {
        let slots = (2 * sets.clamp(1, SETS + 64 * 16)).next_power_of_two();
        Cheapest { each: Vec::new(), slots: vec![0; slots] }
    }

    fn add(&mut self, set: [u64; W], cost: f64) {
        let (mut hash, mut word) = (0_u64, 0);
        while word < W {
            hash = (hash.rotate_left(5) ^ set[word]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            word += 1;
        }
        let slots = self.slots.len();
        let mut slot = hash.rotate_left(32) as usize % slots;
        while self.slots[slot] != 0 {
            let (held, least) = &mut self.each[self.slots[slot] as usize - 1];
            if *held == set {
                *least = least.min(cost);
                return;
            }
            slot = (slot + 1) % slots;
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
mod tests;
