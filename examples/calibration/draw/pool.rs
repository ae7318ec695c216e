//! The answers to one item in one form: what they are drawn from, as they were drawn, and counted.

use alignspec::__testing::profile::{Cell, Counts, OTHER, UNREAD};
use alignspec::__testing::stats::UndefinedStatistic;
use alignspec::__testing::suite::Shape;
use rand::{Rng, RngExt};

use alignspec::__testing::stats::inclusion::FixedSize;

/// What one answer is drawn from.
#[derive(Debug)]
pub(super) enum Pool {
    /// Sets of which only the totals are known.
    Totals(FixedSize),
    /// Sets that are known one by one.
    Sets(Vec<u64>),
    /// The levels that came up (the last may be [`OTHER`]), each with the answers up to and with it.
    Levels {
        levels: Vec<u8>,
        upto: Vec<f64>,
        known: Vec<bool>,
    },
    Rankings(Vec<Vec<u8>>),
}

/// Drawn answers, in the order of the samples.
#[derive(Debug, Clone)]
pub(super) enum Column {
    Sets(Vec<u64>),
    Levels(Vec<u8>),
    /// Places in the pool's list.
    Rankings(Vec<usize>),
}

impl Pool {
    /// The answers of `cells`, of which there is one at least and none is without answers.
    ///
    /// # Errors
    /// Totals that are none of sets, with what is wrong; answers of another shape or to other
    /// choices (`None`).
    pub(super) fn new(
        shape: Shape,
        choices: usize,
        cells: &[&Cell],
    ) -> Result<Pool, Option<UndefinedStatistic>> {
        if choices > usize::from(UNREAD) {
            return Err(None);
        }
        let n: f64 = cells.iter().map(|cell| f64::from(cell.n)).sum();
        match shape {
            Shape::Set { pick } => {
                let mut totals = vec![0.0; choices];
                let mut masks: Vec<u64> = Vec::new();
                for cell in cells {
                    let Counts::Set { selected, untold, rows } = &cell.counts else { return Err(None) };
                    // Whoever is simulated never selects what its figures do not tell.
                    let told = selected.iter().enumerate();
                    let told = told.map(|(at, count)| if untold.contains(&at) { 0.0 } else { *count });
                    add(&mut totals, told)?;
                    masks.extend(rows);
                }
                let beyond = u32::try_from(choices).ok().and_then(|choices| u64::MAX.checked_shl(choices));
                if masks.iter().any(|mask| mask & beyond.unwrap_or(0) != 0) {
                    return Err(None);
                }
                if masks.len() as f64 == n {
                    return Ok(Pool::Sets(masks));
                }
                totals.iter_mut().for_each(|total| *total /= n);
                FixedSize::new(&totals, pick).map(Pool::Totals).map_err(Some)
            }
            Shape::Level => {
                let mut totals = vec![0.0; choices];
                // A level that one of the pooled sources leaves out is known of none of them.
                let mut known = vec![true; choices];
                for cell in cells {
                    let Counts::Level { counts, .. } = &cell.counts else { return Err(None) };
                    add(&mut totals, counts.iter().map(|count| count.unwrap_or(0.0)))?;
                    known.iter_mut().zip(counts).for_each(|(known, count)| *known &= count.is_some());
                }
                totals.iter_mut().zip(&known).filter(|(_, known)| !**known).for_each(|(t, _)| *t = 0.0);
                // Rounded shares may add up to a little more than all; sums are rounded themselves.
                let other = n - totals.iter().sum::<f64>();
                totals.push(if other > 1e-9 { other } else { 0.0 });
                let (mut levels, mut upto, mut sum) = (Vec::new(), Vec::new(), 0.0);
                for (level, total) in totals.iter().enumerate().filter(|(_, total)| **total > 0.0) {
                    sum += total;
                    upto.push(sum);
                    levels.push(u8::try_from(level).ok().filter(|_| level < choices).unwrap_or(OTHER));
                }
                if levels.is_empty() { Err(None) } else { Ok(Pool::Levels { levels, upto, known }) }
            }
            Shape::Ranking => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                for cell in cells {
                    let Counts::Ranking { rows } = &cell.counts else { return Err(None) };
                    all.extend(rows.iter().cloned());
                }
                let fits =
                    |row: &Vec<u8>| row.len() == choices && row.iter().all(|c| usize::from(*c) < choices);
                if all.is_empty() || !all.iter().all(fits) { Err(None) } else { Ok(Pool::Rankings(all)) }
            }
            Shape::Text => Err(None),
        }
    }

    /// No answers yet, with room for some.
    pub(super) fn column(&self, room: usize) -> Column {
        match self {
            Pool::Totals(_) | Pool::Sets(_) => Column::Sets(Vec::with_capacity(room)),
            Pool::Levels { .. } => Column::Levels(Vec::with_capacity(room)),
            Pool::Rankings(_) => Column::Rankings(Vec::with_capacity(room)),
        }
    }

    /// Draws one answer into a column that was made for it.
    pub(super) fn draw<R: Rng + ?Sized>(&self, rng: &mut R, into: &mut Column) {
        match (self, into) {
            (Pool::Totals(sets), Column::Sets(into)) => into.push(sets.draw(rng)),
            (Pool::Sets(sets), Column::Sets(into)) => into.push(sets[rng.random_range(0..sets.len())]),
            (Pool::Levels { levels, upto, .. }, Column::Levels(into)) => {
                let last = levels.len() - 1;
                let at = rng.random::<f64>() * upto[last];
                // The product may be rounded up to all.
                into.push(levels[upto.iter().filter(|upto| at >= **upto).count().min(last)]);
            }
            (Pool::Rankings(rows), Column::Rankings(into)) => {
                into.push(rng.random_range(0..rows.len()));
            }
            (pool, column) => debug_assert!(false, "{column:?} was not made for {pool:?}"),
        }
    }

    /// Counts the first `n` answers of a column into a cell, in place of what it holds.
    pub(super) fn count(&self, drawn: &Column, n: u32, cell: &mut Cell) {
        cell.n = n;
        cell.invalid.clear();
        cell.gaps.clear();
        let n = n as usize;
        match (self, drawn, &mut cell.counts) {
            (_, Column::Sets(drawn), Counts::Set { selected, rows, .. }) => {
                rows.clear();
                rows.extend_from_slice(&drawn[..n]);
                for (choice, count) in selected.iter_mut().enumerate() {
                    *count = rows.iter().map(|mask| mask >> choice & 1).sum::<u64>() as f64;
                }
            }
            (Pool::Levels { known, .. }, Column::Levels(drawn), Counts::Level { counts, rows }) => {
                rows.clear();
                rows.extend_from_slice(&drawn[..n]);
                for ((count, known), level) in counts.iter_mut().zip(known).zip(0_u8..) {
                    *count = known.then(|| rows.iter().filter(|row| **row == level).count() as f64);
                }
            }
            (Pool::Rankings(pool), Column::Rankings(drawn), Counts::Ranking { rows }) => {
                rows.truncate(n);
                let (again, new) = drawn[..n].split_at(rows.len());
                for (row, at) in rows.iter_mut().zip(again) {
                    row.clone_from(&pool[*at]);
                }
                rows.extend(new.iter().map(|at| pool[*at].clone()));
            }
            (pool, ..) => debug_assert!(false, "{cell:?} was not made for {pool:?}"),
        }
    }
}

fn add(
    totals: &mut [f64],
    counts: impl ExactSizeIterator<Item = f64>,
) -> Result<(), Option<UndefinedStatistic>> {
    if counts.len() != totals.len() {
        return Err(None);
    }
    totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    Ok(())
}
