//! Answers that nobody gave: the extremes that a measure can reach, held against another side's figures. A bound beyond
//! what is reached says nothing of the answers.

use crate::profile::{Row, Table};
use crate::suite::{Item, Task};

/// How many levels a task's questions have; 0 where its answers are none.
pub(super) fn levels(task: &Task) -> usize {
    if task.shape.is_level() { task.items.first().map_or(0, |item| item.choices.len()) } else { 0 }
}

/// Returns answers that are all at this level.
pub(super) fn at_level(task: &Task, level: usize) -> Table {
    table(task, |item| {
        let share = |at: usize| if at == level { 1.0 } else { 0.0 };
        // The last share is that of levels that are not told.
        (0..=item.choices.len()).map(share).collect()
    })
}

/// Returns answers of the task's shape, for measures whose extremes do not depend on what they are.
pub(super) fn some(task: &Task) -> Table {
    if task.shape.is_level() {
        return at_level(task, 0);
    }
    table(task, |item| {
        let count = item.choices.len();
        match task.shape.is_ranking() {
            // Each option at its own place.
            true => (0..count * count).map(|at| if at / count == at % count { 1.0 } else { 0.0 }).collect(),
            false => {
                let pick = task.shape.named(count).unwrap_or(1);
                (0..count).map(|at| if at < pick { 1.0 } else { 0.0 }).collect()
            }
        }
    })
}

fn table(task: &Task, shares: impl Fn(&Item) -> Vec<f64>) -> Table {
    let known = |item: &Item| if task.shape.is_level() { vec![true; item.choices.len()] } else { Vec::new() };
    let row = |item: &Item| Row {
        item: item.id.clone(),
        n: 1,
        unread: 0,
        shares: shares(item),
        known: known(item),
        joint: None,
    };
    Table { shape: task.shape, rows: task.items.iter().map(row).collect() }
}

/// Returns how far a row of another side's figures can be from any answers, at most, in total variation. What is not told is
/// left out, as in the distance itself.
pub(super) fn farthest(task: &Task, theirs: &Row) -> f64 {
    if task.shape.is_level() {
        let one = |level: usize| {
            let table = at_level(task, level);
            table.rows.first().map_or(1.0, |row| task.shape.distance(row, theirs))
        };
        return (0..levels(task)).map(one).fold(0.0, f64::max);
    }
    if task.shape.is_ranking() {
        // Each option at the place where the others have it least often: no ranking is farther.
        let count = theirs.shares.len().isqrt().max(1);
        let options = theirs.shares.chunks_exact(count);
        let each = options.map(|places| 1.0 - places.iter().copied().fold(1.0, f64::min));
        return each.sum::<f64>() / count as f64;
    }
    // All answers select what the others select least often.
    let pick = task.shape.named(theirs.shares.len()).unwrap_or(1);
    let mut shares = theirs.shares.clone();
    shares.sort_by(f64::total_cmp);
    let own = |at: usize| if at < pick { 1.0 } else { 0.0 };
    let apart = shares.iter().enumerate().map(|(at, share)| (own(at) - share).abs()).sum::<f64>();
    (apart / 2.0 / pick.max(1) as f64).min(1.0)
}

/// Returns how many values both tasks have, for each context in which there are several.
pub(super) fn shared_values([task, other]: [&Task; 2]) -> Vec<usize> {
    let shared = |context: &&str| {
        let theirs = other.values_in(Some(context));
        task.values_in(Some(context)).into_iter().filter(|value| theirs.contains(value)).count()
    };
    task.contexts().iter().map(shared).filter(|count| *count > 1).collect()
}
