//! What is certain about the top k of a task's values, from the evidence of pairs: how many of a given set
//! are in it, which values are in it or not, and where a value stands.
//!
//! Each claim is tested by its opposite. "Fewer than h of the set are among the top k" means that some r = k
//! − h + 1 inside, and as many outside, stand the wrong way round. All such choices must be refuted, each at
//! the full rate (intersection–union: one of them is the truth). A choice is refuted by any of its pairs, at
//! the rate divided over them (Bonferroni).
//!
//! Source: Berger, "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24
//! (1982), for intersection–union tests.

use super::pairs::Pairs;
use super::scope::Scope;
use super::syntax::Sentence;
use crate::ground::diagnostic::Diagnostic;
use crate::stats::overlap::{self, indices};
use crate::stats::pairs::has;
use crate::suite::Task;

/// Returns how many different sets the first `k` of a task's values can be.
pub(super) fn ways_to_choose(task: &Task, k: usize) -> u64 {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    u64::try_from(overlap::choose(count(task.values().len()), count(k))).unwrap_or(u64::MAX)
}

/// Returns the least and the greatest overlap of two sets of `k` of so many values: where most of the values are in both,
/// the sets cannot be apart.
pub(super) fn range(values: usize, k: usize) -> (f64, f64) {
    let least = (2 * k).saturating_sub(values);
    (index(k, least.min(k)), 1.0)
}

/// Returns the `k` that a sentence names first, after checking that the task has more values than that.
pub(super) fn k_of(sentence: &Sentence<'_>, task: &Task) -> Result<usize, Box<Diagnostic>> {
    let values = task.values().len();
    let (k, span) = sentence.numbers[0].clone();
    if (1..values).contains(&k) {
        return Ok(k);
    }
    let message =
        format!("a top {k} of {values} values says nothing: choose a number between 1 and {}", values - 1);
    Err(Scope::wrong(sentence.entry, span, message))
}

fn descending(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(|a, b| b.total_cmp(a));
    numbers
}

/// Returns the p-value times the number of pairs that could have refuted the claim.
fn of_pairs(pairs: &Pairs, evidence: Option<&f64>, among: usize) -> f64 {
    evidence.map_or(1.0, |evidence| (pairs.p(*evidence) * among as f64).min(1.0))
}

/// Returns the p-value of "fewer than `h` of `set` (which has k values) are among the k highest".
pub(super) fn at_least(pairs: &Pairs, set: u64, h: usize) -> f64 {
    let k = set.count_ones() as usize;
    let outside: Vec<usize> = (0..pairs.len()).filter(|at| !has(set, *at)).collect();
    // More than k values are never among the top k.
    let Some(r) = (k + 1).checked_sub(h).filter(|r| *r > 0) else { return 1.0 };
    if h == 0 || r > outside.len() {
        return 0.0;
    }
    // This is the weakest block of r × r pairs: in each row some pair is no stronger than the row's r-th
    // weakest, and no r rows are all weaker than the r-th weakest of those.
    let row = |inside: usize| {
        let mut row: Vec<f64> = outside.iter().map(|other| pairs.evidence(inside, *other)).collect();
        row.sort_by(f64::total_cmp);
        row[r - 1]
    };
    let mut rows: Vec<f64> = indices(set).map(row).collect();
    rows.sort_by(f64::total_cmp);
    of_pairs(pairs, rows.get(r - 1), r * r)
}

/// Returns the p-value of "at least `h` of `set` are among the k highest".
pub(super) fn fewer_than(pairs: &Pairs, set: u64, h: usize) -> f64 {
    let k = set.count_ones() as usize;
    let outside: Vec<usize> = (0..pairs.len()).filter(|at| !has(set, *at)).collect();
    // In that case h values inside stand above all outside, except the k − h that are in the top as well.
    let Some(s) = (outside.len() + h).checked_sub(k).filter(|s| *s > 0 && (1..=k).contains(&h)) else {
        return 1.0;
    };
    let row = |inside: usize| {
        let mut row: Vec<f64> = outside.iter().map(|other| pairs.evidence(*other, inside)).collect();
        row.sort_by(f64::total_cmp);
        row[s - 1]
    };
    let mut rows: Vec<f64> = indices(set).map(row).collect();
    rows.sort_by(f64::total_cmp);
    of_pairs(pairs, rows.get(h - 1), h * s)
}

/// Returns the least and the greatest number of `set` that the top k may hold. Whether it is `pivot` or fewer
/// is tested at the whole rate, and the other steps from the ends towards it.
pub(super) fn shared(pairs: &Pairs, set: u64, pivot: usize, rate: f64) -> (usize, usize) {
    let k = set.count_ones() as usize;
    let low = |h: usize| at_least(pairs, set, h) <= rate;
    let high = |h: usize| fewer_than(pairs, set, h) <= rate;
    // With few values outside, some of the set are always in the top k.
    let least = k.saturating_sub(pairs.len() - k);
    let least = if pivot > least && low(pivot) { pivot } else { least };
    let least = least + (least + 1..=k).take_while(|h| low(*h)).count();
    let most = if pivot > 0 && high(pivot) { pivot - 1 } else { k };
    let most = most - (1..=most).rev().take_while(|h| high(*h)).count();
    (least, most.max(least))
}

/// Returns, for each thing, the p-values of "it is among the k highest" and of "it is not".
pub(super) fn members(pairs: &Pairs, k: usize) -> Vec<(f64, f64)> {
    let n = pairs.len();
    (0..n).map(|at| (place_at_most(pairs, at, k, n), place_above(pairs, at, k))).collect()
}

/// Returns the p-value of "`r` of the top k of `one` are missing from the top k of `other`": some r values
/// are then in the first and not in the second, and some r the reverse.
fn may_differ(one: &[(f64, f64)], other: &[(f64, f64)], r: usize) -> f64 {
    // These are the r values of a side that are hardest to refute; any of 2 · 2r statements refutes them all.
    let hardest = |here: &[(f64, f64)], there: &[(f64, f64)]| {
        let p = here.iter().zip(there).map(|((is_in, _), (_, is_out))| is_in.min(*is_out)).collect();
        descending(p).get(r - 1).copied().unwrap_or(0.0)
    };
    (hardest(one, other).min(hardest(other, one)) * (4 * r) as f64).min(1.0)
}

/// Returns the p-value of "the tops have `h` values in common", which are then in both.
fn may_share(one: &[(f64, f64)], other: &[(f64, f64)], h: usize) -> f64 {
    let both = one.iter().zip(other).map(|(one, other)| one.0.min(other.0)).collect();
    descending(both).get(h - 1).map_or(0.0, |p| (p * (2 * h) as f64).min(1.0))
}

/// Returns the p-value of "`at` stands at place `k` or better": n − k others are then not above it.
fn place_at_most(pairs: &Pairs, at: usize, k: usize, n: usize) -> f64 {
    // Any n − k of the others may be those: the k − 1 with the strongest evidence may be the ones above.
    let loudest = descending(pairs.below_others(at));
    of_pairs(pairs, loudest.get(k - 1), n - k)
}

/// Returns the p-value of "`at` stands below place `k`": k others are then not below it.
fn place_above(pairs: &Pairs, at: usize, k: usize) -> f64 {
    let loudest = descending(pairs.above_others(at));
    of_pairs(pairs, loudest.get(pairs.len() - 1 - k), k)
}

/// Returns the best and the worst place of `at`, ties averaged; the step at `pivot` is tested at the whole
/// rate.
pub(super) fn places(pairs: &Pairs, at: usize, pivot: usize, rate: f64) -> (f64, f64) {
    let n = pairs.len();
    let pivot = pivot.clamp(1, n);
    let worst = |k: usize| k < n && place_above(pairs, at, k) <= rate;
    let best = |k: usize| k < n && place_at_most(pairs, at, k, n) <= rate;
    let last = if worst(pivot) { pivot } else { n };
    let last = last - (1..last).rev().take_while(|k| worst(*k)).count();
    // If it is not at place k or better, it is at k + ½ at best, tied with the next.
    let first = if best(pivot) { pivot } else { 0 };
    let first = first + (first + 1..n).take_while(|k| best(*k)).count();
    let first = if first == 0 { 1.0 } else { first as f64 + 0.5 };
    (first, (last as f64).max(first))
}

/// Returns Jaccard's index of two tops of k values that share `shared`.
pub(super) fn index(k: usize, shared: usize) -> f64 {
    shared as f64 / (2 * k - shared) as f64
}

/// Returns the fewest shared values for an index of at least `bound`; k + 1 if none suffice.
pub(super) fn step(k: usize, bound: f64) -> usize {
    (0..=k).find(|shared| index(k, *shared) >= bound - 1e-12).unwrap_or(k + 1)
}

/// Returns the least and the greatest index of two tops of k that are both uncertain; see [`members`].
pub(super) fn of_two(
    one: &[(f64, f64)],
    other: &[(f64, f64)],
    k: usize,
    bound: f64,
    rate: f64,
) -> (f64, f64) {
    let low = |h: usize| may_differ(one, other, k + 1 - h) <= rate;
    let high = |h: usize| may_share(one, other, h) <= rate;
    let pivot = step(k, bound);
    let least = if (1..=k).contains(&pivot) && low(pivot) { pivot } else { 0 };
    let least = least + (least + 1..=k).take_while(|h| low(*h)).count();
    let most = if (1..=k).contains(&pivot) && high(pivot) { pivot - 1 } else { k };
    let most = most - (1..=most).rev().take_while(|h| high(*h)).count();
    (index(k, least), index(k, most.max(least)))
}
