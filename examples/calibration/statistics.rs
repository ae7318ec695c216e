//! Why drift is tested as it is: the plain test of the same answers at the same rate, side by side.
//!
//! The change is a blend: before, one published model's shares; now, a part of another's mixed in. For
//! each way of testing, the share of snapshots in which it flags any item.

use alignspec::__testing::profile::{Joint, Row, Table};
use alignspec::__testing::snapshot::{Judge, read};
use alignspec::__testing::stats::fisher::Law;
use alignspec::__testing::stats::resample::rng;

use super::drift::{Models, RATE, judges, snapshot};

/// Ways of testing: what drift does; Fisher's test of each category, Bonferroni within an item and
/// Holm over items.
pub const WAYS: [&str; 2] = ["drift", "Fisher, Holm"];

/// Of how many snapshots of task `at` (in [`Models::tasks`]) each way flags something, in percent, with
/// `part` of another model blended in; `runs` for each of 56 ordered pairs.
pub fn flagged(models: &Models, at: usize, n: u32, part: f64, runs: u32, seed: u64) -> [f64; 2] {
    let judge: &Judge = &judges(models)[at];
    let (mut flagged, mut all) = ([0_u32; 2], 0_u32);
    let mut stream = rng(seed, &["statistics", &judge.task.id, &n.to_string(), &part.to_string()]);
    for a in &models.models {
        for b in models.models.iter().filter(|b| b.name != a.name) {
            let (a, b) = (&a.tables[at], &b.tables[at]);
            let (before, now) = (blend(a, b, 0.0), blend(a, b, part));
            for _ in 0..runs {
                let old = snapshot(&judge.task, &before, n, &mut stream);
                let new = snapshot(&judge.task, &now, n, &mut stream);
                let drifted = !judge.compare(&old, &new).expect("comparable").is_none();
                let table = |text: &str| read(&judge.task, text).expect("just written").table;
                let (old, new) = (table(&old), table(&new));
                let any = [drifted, by_fisher(&old, &new)];
                flagged.iter_mut().zip(any).for_each(|(flagged, any)| *flagged += u32::from(any));
                all += 1;
            }
        }
    }
    flagged.map(|flagged| f64::from(flagged) / f64::from(all) * 100.0)
}

/// `a` with `part` of `b` mixed in; only the levels that both tell.
fn blend(a: &Table, b: &Table, part: f64) -> Table {
    let mut blended = a.clone();
    for row in &mut blended.rows {
        let Some(other) = b.row(&row.item).map(|at| &b.rows[at]) else { continue };
        row.shares.iter_mut().zip(&other.shares).for_each(|(x, y)| *x = *x * (1.0 - part) + y * part);
        row.known.iter_mut().zip(&other.known).for_each(|(x, y)| *x &= *y);
        let levels = row.known.len();
        if levels > 0 {
            (0..levels).filter(|level| !row.known[*level]).for_each(|level| row.shares[level] = 0.0);
            row.shares[levels] = (1.0 - row.shares[..levels].iter().sum::<f64>()).max(0.0);
        }
        if let (Some(Joint::Rankings(x)), Some(Joint::Rankings(y))) =
            (row.joint.as_deref(), other.joint.as_deref())
        {
            // In twentieths; each side as often as the other has runs, so that all runs weigh alike.
            let parts = (part * 20.0).round() as usize;
            let own = std::iter::repeat_n(x, (20 - parts) * y.len());
            let runs = own.chain(std::iter::repeat_n(y, parts * x.len())).flatten().cloned();
            row.joint = Some(Joint::Rankings(runs.collect()).into());
        }
    }
    blended
}

/// Whether Holm's procedure rejects anything, which it does when its first step does: Bonferroni's, of the
/// smallest p-value.
fn by_fisher(before: &Table, now: &Table) -> bool {
    let pair = |new: &Row| before.row(&new.item).map(|at| by_category(&before.rows[at], new));
    let each: Vec<f64> = now.rows.iter().filter_map(pair).collect();
    bonferroni(&each) <= RATE
}

fn bonferroni(each: &[f64]) -> f64 {
    (each.iter().copied().fold(1.0, f64::min) * each.len().max(1) as f64).min(1.0)
}

fn counts(row: &Row) -> Vec<u64> {
    row.shares.iter().map(|share| (share * f64::from(row.n)).round() as u64).collect()
}

fn by_category(before: &Row, now: &Row) -> f64 {
    let (n, m) = (u64::from(before.n), u64::from(now.n));
    let each: Vec<f64> = std::iter::zip(counts(before), counts(now))
        .filter(|(x, y)| x + y > 0)
        .map(|(x, y)| Law::new(n, m, x + y).and_then(|law| law.p_value(x)).expect("answers"))
        .collect();
    bonferroni(&each)
}
