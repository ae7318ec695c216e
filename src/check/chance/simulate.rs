//! Chance levels by drawing whole respondents: the subject's tables with their labels shuffled, or
//! filled with uniform answers, and the measure's own statistic on them. Works for every measure;
//! what has an exact distribution does not need it.

use super::Average;
use crate::measure::Statistic;
use crate::measure::null::{ChanceMethod, Distribution, Null};
use crate::profile::{Shuffle, Table, Uniform};
use crate::stats::resample::Stream;

/// Shuffled respondents: their mean is right within 1/45 of their standard deviation.
const SHUFFLES: usize = 2_000;

/// Uniform respondents: the most where their answers are few, the fewest where they are many, and
/// about so many random numbers in between.
const MOST: usize = 1_000;
const FEWEST: usize = 200;
const NUMBERS: usize = 400_000;

/// One of a measure's tables, and what becomes of it.
pub(super) struct SimulatedTable {
    /// Whether its answers are the subject's.
    pub own: bool,
    /// Whether its items weigh two values, whose sides can be exchanged.
    pub pairs: bool,
}

/// The statistic over respondents whose labels are shuffled, each of their tables by itself. `None`
/// where most have no value: the mean of the others would mislead.
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
        // Shuffling what has been shuffled is as good as shuffling the original.
        for (table, shuffle) in draw.iter_mut().zip(&shuffles) {
            shuffle.iter().for_each(|shuffle| shuffle.apply(table, rng));
        }
    })
}

/// Answers a question, of a respondent at random, beyond which its share no longer moves.
const ENOUGH: u32 = 2_000;

/// The mean over respondents that answer uniformly at random, as often as the subject.
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
    // Answers one by one would no longer be those that the shares are of.
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
