//! Drift: a change of answers between two tables of one task that sampling noise does not explain.
//!
//! For each item, Fisher's exact test of every category against the rest (level, option, or option at
//! a place), the smallest p times their number (Bonferroni), then Holm's correction over the items of
//! the snapshot. Exact at any n. An item has drifted when that p is at most the error rate *and* the
//! shift is at least `min_shift` (total variation): tiny shifts that many answers make significant
//! do not block.

use crate::check::distance;
use crate::profile::{Row, Table};
use crate::stats::homogeneity::{Effort, Statistic, homogeneity};
use crate::stats::{multiplicity, resample};
use crate::suite::{Shape, Task};

/// The smallest shift that counts, unless a run says otherwise: one answer in twenty.
pub const MIN_SHIFT: f64 = 0.05;

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Items that drifted, largest shift first.
    pub items: Vec<Shift>,
    /// Items that only one side has.
    pub unmatched: Vec<String>,
    /// The smallest change of one category, from a share of ½, that this many answers would have
    /// shown; 1 when none would.
    pub detectable: f64,
}

/// One item's change.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    pub item: String,
    /// Total variation distance, in 0 ..= 1.
    pub shift: f64,
    /// Corrected over categories and items.
    pub p: f64,
    /// The categories that moved most: name, old share, new share.
    pub moved: Vec<(String, f64, f64)>,
}

/// Compares two tables of `task` at error rate `rate`.
#[must_use]
pub fn compare(task: &Task, before: &Table, now: &Table, rate: f64, min_shift: f64, seed: u64) -> Drift {
    let mut shifts = Vec::new();
    let mut raw = Vec::new();
    let mut unmatched: Vec<String> = Vec::new();
    for row in &now.rows {
        match before.row(&row.item).map(|at| &before.rows[at]) {
            Some(old) => {
                raw.push(least_p(old, row, seed));
                shifts.push(Shift {
                    item: row.item.clone(),
                    shift: distance(task.shape, old, row),
                    p: 1.0,
                    moved: moved(task, old, row),
                });
            }
            None => unmatched.push(row.item.clone()),
        }
    }
    unmatched.extend(before.rows.iter().map(|row| row.item.clone()).filter(|item| now.row(item).is_none()));
    let tests = raw.len();
    // Holm only fails on numbers that are no p-values, and these are.
    for (shift, p) in shifts.iter_mut().zip(multiplicity::holm(&raw).unwrap_or(raw)) {
        shift.p = p;
    }
    let smallest = |table: &Table| table.rows.iter().map(|row| row.n).min().unwrap_or(0);
    let categories = now.rows.first().map_or(1, |row| row.shares.len());
    let detectable =
        detectable(smallest(before), smallest(now), rate / (tests.max(1) * categories) as f64, seed);
    shifts.retain(|shift| shift.p <= rate && shift.shift >= min_shift);
    shifts.sort_by(|a, b| b.shift.total_cmp(&a.shift).then_with(|| a.item.cmp(&b.item)));
    Drift { items: shifts, unmatched, detectable }
}

/// The smallest p of any category, times the categories.
fn least_p(old: &Row, new: &Row, seed: u64) -> f64 {
    // A level that one side does not tell cannot be tested; "other" then means different things.
    let told = |at: usize| old.known.get(at) != Some(&false) && new.known.get(at) != Some(&false);
    let partial = old.known.contains(&false) || new.known.contains(&false);
    let tested: Vec<usize> = (0..old.shares.len().min(new.shares.len()))
        .filter(|at| told(*at) && !(partial && *at >= old.known.len()))
        .filter(|at| old.shares[*at] > 0.0 || new.shares[*at] > 0.0)
        .collect();
    let p = tested
        .iter()
        .map(|at| fisher(old.shares[*at], old.n, new.shares[*at], new.n, seed))
        .fold(1.0, f64::min);
    (p * tested.len() as f64).min(1.0)
}

fn fisher(a: f64, n: u32, b: f64, m: u32, seed: u64) -> f64 {
    let table = |share: f64, n: u32| {
        let yes = ((share * f64::from(n)).round() as u64).min(u64::from(n));
        [yes, u64::from(n) - yes]
    };
    let effort = Effort { tables: u64::MAX, ..Effort::default() };
    let mut rng = resample::rng(seed, &["drift"]);
    // Only an empty side has no test, and rows have answers; untested is not drifted.
    homogeneity(&table(a, n), &table(b, m), Statistic::Probability, effort, &mut rng)
        .map_or(1.0, |test| test.p)
}

fn detectable(n: u32, m: u32, rate: f64, seed: u64) -> f64 {
    let shown = |percent: u32| fisher(0.5, n, 0.5 + f64::from(percent) / 100.0, m, seed) <= rate;
    (1..=50).find(|percent| shown(*percent)).map_or(1.0, |percent| f64::from(percent) / 100.0)
}

fn moved(task: &Task, old: &Row, new: &Row) -> Vec<(String, f64, f64)> {
    let Some((_, item)) = task.item(&new.item) else { return Vec::new() };
    let k = item.choices.len();
    let name = |at: usize| match task.shape {
        Shape::Ranking => format!("{} at place {}", item.choices[at / k].id, at % k + 1),
        _ => item.choices.get(at).map_or_else(|| "other".to_owned(), |choice| choice.id.clone()),
    };
    let mut moved: Vec<(String, f64, f64)> = (0..new.shares.len().min(old.shares.len()))
        .map(|at| (name(at), old.shares[at], new.shares[at]))
        .collect();
    moved.retain(|(_, old, new)| old != new);
    moved.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()));
    moved.truncate(2);
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_not_drift_and_a_turn_is() {
        assert!(fisher(0.5, 50, 0.56, 50, 1) > 0.5);
        assert!(fisher(1.0, 50, 0.2, 50, 1) < 1e-9);
        // More answers show smaller shifts.
        assert!(detectable(200, 200, 1e-3, 1) < detectable(20, 20, 1e-3, 1));
        assert!((detectable(3, 3, 1e-3, 1) - 1.0).abs() < 1e-12);
    }
}
