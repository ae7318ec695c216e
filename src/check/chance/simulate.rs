//! Chance levels by drawing whole respondents: the subject's tables with their labels shuffled, or
//! filled with uniform answers, and the measure's own statistic on them. Works for every measure;
//! what has an exact distribution does not need it.

use rand::RngExt;

use super::Average;
use crate::measure::Statistic;
use crate::measure::null::{Distribution, Method, Null};
use crate::profile::{Row, Table};
use crate::stats::resample::{self, Stream};
use crate::suite::Shape;

/// Shuffled respondents: their mean is right within 1/45 of their standard deviation.
const SHUFFLES: usize = 2_000;

/// Uniform respondents: the most where their answers are few, the fewest where they are many, and
/// about so many random numbers in between.
const MOST: usize = 1_000;
const FEWEST: usize = 200;
const NUMBERS: usize = 400_000;

/// One of a measure's tables, and what becomes of it.
pub(super) struct Part {
    /// Whether its answers are the subject's.
    pub own: bool,
    /// Whether its items weigh two values, whose sides can be exchanged.
    pub pairs: bool,
}

/// The statistic over respondents whose labels are shuffled, each of their tables by itself. `None`
/// where most have no value: the mean of the others would mislead.
pub(super) fn shuffled(
    tables: &[Table],
    parts: &[Part],
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
    parts: &[Part],
    statistic: &mut Statistic,
    rng: &mut Stream,
) -> Option<Average> {
    let own = || tables.iter().zip(parts).filter(|(_, part)| part.own).map(|(table, _)| table);
    let numbers: usize =
        own().map(|table| table.rows.iter().map(|row| numbers(table.shape, row)).sum::<usize>()).sum();
    let longest = own().flat_map(|table| &table.rows).map(|row| row.shares.len()).max()?;
    let mut scratch =
        Scratch { order: Vec::with_capacity(longest), counts: vec![0; longest], even: vec![1.0; longest] };
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
    Some(drawn.null(Method::MonteCarlo { draws: draws as u64 }))
}

/// How the labels of a table are shuffled.
enum Shuffle {
    /// Each row's options.
    Options,
    /// Each row's choices, with all their places.
    Choices,
    /// Rows with rows of their context, and a pair's two sides.
    Rows { contexts: Vec<Vec<usize>>, pairs: bool },
}

impl Shuffle {
    fn new(table: &Table, pairs: bool) -> Self {
        match table.shape {
            Shape::Set { .. } => Shuffle::Options,
            Shape::Ranking => Shuffle::Choices,
            Shape::Level | Shape::Text => {
                let context = |row: &Row| row.item.split_once('.').map(|(context, _)| context.to_owned());
                let mut contexts: Vec<(Option<String>, Vec<usize>)> = Vec::new();
                for (at, row) in table.rows.iter().enumerate() {
                    let name = context(row);
                    match contexts.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, rows)) => rows.push(at),
                        None => contexts.push((name, vec![at])),
                    }
                }
                let contexts = contexts.into_iter().map(|(_, rows)| rows).collect();
                Shuffle::Rows { contexts, pairs }
            }
        }
    }

    fn apply(&self, table: &mut Table, rng: &mut Stream) {
        match self {
            Shuffle::Options => table.rows.iter_mut().for_each(|row| resample::shuffle(rng, &mut row.shares)),
            Shuffle::Choices => {
                for row in &mut table.rows {
                    let k = row.shares.len().isqrt();
                    for last in (1..k).rev() {
                        let other = rng.random_range(0..=last);
                        (0..k).for_each(|place| row.shares.swap(last * k + place, other * k + place));
                    }
                }
            }
            Shuffle::Rows { contexts, pairs } => {
                for rows in contexts {
                    for last in (1..rows.len()).rev() {
                        exchange(&mut table.rows, rows[rng.random_range(0..=last)], rows[last]);
                    }
                }
                if *pairs {
                    for row in table.rows.iter_mut().filter(|_| rng.random()) {
                        let levels = row.known.len();
                        row.shares[..levels].reverse();
                        row.known.reverse();
                    }
                }
            }
        }
    }
}

/// All but the items' names.
fn exchange(rows: &mut [Row], a: usize, b: usize) {
    if a == b {
        return;
    }
    rows.swap(a, b);
    let (head, tail) = rows.split_at_mut(a.max(b));
    std::mem::swap(&mut head[a.min(b)].item, &mut tail[0].item);
}

/// Random numbers that a row's uniform answers take.
fn numbers(shape: Shape, row: &Row) -> usize {
    let n = row.n as usize;
    match shape {
        Shape::Set { pick } => n * pick,
        Shape::Ranking => n * row.shares.len().isqrt(),
        // A binomial a level, each as dear as a few numbers.
        Shape::Level | Shape::Text => 4 * row.shares.len(),
    }
}

struct Scratch {
    order: Vec<usize>,
    counts: Vec<u64>,
    even: Vec<f64>,
}

impl Scratch {
    /// As many answers, each drawn evenly from all there are.
    fn answer(&mut self, shape: Shape, row: &mut Row, rng: &mut Stream) {
        let step = 1.0 / f64::from(row.n.max(1));
        let k = row.shares.len().isqrt();
        let (choices, chosen) = match shape {
            Shape::Set { pick } => (row.shares.len(), pick),
            Shape::Ranking => (k, k),
            Shape::Level | Shape::Text => return self.levels(row, step, rng),
        };
        self.order.clear();
        self.order.extend(0..choices);
        let counts = &mut self.counts[..row.shares.len()];
        counts.fill(0);
        for _ in 0..row.n {
            // Any order is as good a start as any other.
            resample::choose_first(rng, &mut self.order, chosen);
            for (place, choice) in self.order.iter().take(chosen).enumerate() {
                counts[if shape == Shape::Ranking { choice * k + place } else { *choice }] += 1;
            }
        }
        row.shares.iter_mut().zip(counts).for_each(|(share, count)| *share = *count as f64 * step);
    }

    fn levels(&mut self, row: &mut Row, step: f64, rng: &mut Stream) {
        let levels = row.known.len();
        let (even, counts) = (&self.even[..levels], &mut self.counts[..levels]);
        row.shares.fill(0.0);
        // Equal weights, one for each count: drawing them cannot fail.
        if resample::multinomial(rng, u64::from(row.n), even, counts).is_ok() {
            row.shares.iter_mut().zip(counts).for_each(|(share, count)| *share = *count as f64 * step);
        }
    }
}
