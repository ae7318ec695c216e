//! Chance levels by drawing whole respondents: the subject's tables with their labels shuffled, or filled
//! with uniform answers, and the measure's own statistic on them. It works for every measure, but is not
//! needed where there is an exact distribution.

use super::Average;
use crate::measure::Statistic;
use crate::measure::null::{ChanceMethod, Distribution, Null};
use crate::profile::{Shuffle, Table, Uniform};
use crate::stats::resample::Stream;

/// The number of shuffled respondents; their mean is right within 1/45 of their standard deviation.
const SHUFFLES: usize = 2_000;

/// The most uniform respondents, which are drawn where their answers are few. Where answers are many, the
/// fewest are drawn, and in between about so many random numbers.
const MOST: usize = 1_000;
const FEWEST: usize = 200;
const NUMBERS: usize = 400_000;

/// One of a measure's tables, and how it is simulated.
pub(super) struct SimulatedTable {
    /// Whether its answers are the subject's.
    pub own: bool,
    /// Whether its items weigh two values, whose sides can be exchanged.
    pub pairs: bool,
}

/// Returns the statistic over respondents whose labels are shuffled, each table by itself. `None` where most
/// have no value, since the mean of the others would mislead.
pub(super) fn shuffled(
    tables: &[Table],
    parts: &[SimulatedTable],
    statistic: &mut Statistic,
    rng: &mut Stream,
) -> Option<Null> {
    let shuffles: Vec<Option<Shuffle>> = tables
        .iter()
        .zip(parts)
        .map(|(table, part)| part.own.then(|| Shuffle::new(table, part.pairs)))
        .collect();
    repeat(SHUFFLES, tables, statistic, |draw| {
        // Shuffling a shuffled table is as good as shuffling the original.
        for (table, shuffle) in draw.iter_mut().zip(&shuffles) {
            shuffle.iter().for_each(|shuffle| shuffle.apply(table, rng));
        }
    })
}

/// The number of random answers to a question beyond which its share hardly moves.
const ENOUGH: u32 = 2_000;

/// Returns the mean over respondents that answer uniformly at random, as often as the subject.
pub(super) fn uniform(
    tables: &[Table],
    parts: &[SimulatedTable],
    statistic: &mut Statistic,
    rng: &mut Stream,
) -> Option<Average> {
    let own = || tables.iter().zip(parts).filter(|(_, part)| part.own).map(|(table, _)| table);
    let numbers: usize =
        own().map(|table| table.rows.iter().map(|row| table.shape.numbers(row)).sum::<usize>()).sum();
    let longest = own().flat_map(|table| &table.rows).map(|row| row.shares.len()).max()?;
    let mut scratch = Uniform::new(longest);
    let draws = (NUMBERS / numbers.max(1)).clamp(FEWEST, MOST);
    let null = repeat(draws, tables, statistic, |draw| {
        for (table, _) in draw.iter_mut().zip(parts).filter(|(_, part)| part.own) {
            let shape = table.shape;
            for row in &mut table.rows {
                // More answers change nothing that is shown, and a survey may have had millions.
                row.n = row.n.min(ENOUGH);
                scratch.answer(shape, row, rng);
            }
        }
    })?;
    Some(Average { mean: null.mean, standard_error: null.standard_error, draws: Some(draws as u64) })
}

fn repeat(
    draws: usize,
    tables: &[Table],
    statistic: &mut Statistic,
    mut change: impl FnMut(&mut [Table]),
) -> Option<Null> {
    let mut draw = tables.to_vec();
    // The single answers would not match the new shares, so they are removed.
    draw.iter_mut().flat_map(|table| &mut table.rows).for_each(|row| row.joint = None);
    let mut values = Vec::with_capacity(draws);
    for _ in 0..draws {
        change(&mut draw);
        values.extend(statistic(&draw).ok());
    }
    let mostly = 2 * values.len() >= draws;
    let drawn = mostly.then(|| Distribution::of(values)).flatten()?;
    Some(drawn.null(ChanceMethod::MonteCarlo { draws: draws as u64 }))
}
