//! Respondents without opinions: labels that are shuffled, and answers at random.

use rand::RngExt;

use crate::profile::{Row, Table};
use crate::stats::resample::{self, Stream};
use crate::suite::Shape;

/// How the labels of a table are shuffled.
pub(crate) enum Shuffle {
    /// Each row's options.
    Options,
    /// Each row's choices, with all their places.
    Choices,
    /// Rows with rows of their context, and a pair's two sides.
    Rows { contexts: Vec<Vec<usize>>, pairs: bool },
}

impl Shuffle {
    pub(crate) fn new(table: &Table, pairs: bool) -> Self {
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

    pub(crate) fn apply(&self, table: &mut Table, rng: &mut Stream) {
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

impl Shape {
    /// Random numbers that a row's uniform answers take.
    pub(crate) fn numbers(self, row: &Row) -> usize {
        match self.drawn(row) {
            Some((_, chosen)) => row.n as usize * chosen,
            // A binomial a level, each as dear as a few numbers.
            None => 4 * row.shares.len(),
        }
    }

    /// Of how many options an answer chooses how many, one by one; `None` where answers are drawn at once.
    fn drawn(self, row: &Row) -> Option<(usize, usize)> {
        let options = match self {
            Shape::Set { .. } => row.shares.len(),
            Shape::Ranking => row.shares.len().isqrt(),
            Shape::Level | Shape::Text => return None,
        };
        Some((options, self.named(options)?))
    }
}

/// Answers at random, with room for what they are counted in.
pub(crate) struct Uniform {
    order: Vec<usize>,
    counts: Vec<u64>,
    even: Vec<f64>,
}

impl Uniform {
    /// For rows of at most so many shares.
    pub(crate) fn new(longest: usize) -> Self {
        Uniform { order: Vec::with_capacity(longest), counts: vec![0; longest], even: vec![1.0; longest] }
    }

    /// As many answers, each drawn evenly from all there are.
    pub(crate) fn answer(&mut self, shape: Shape, row: &mut Row, rng: &mut Stream) {
        let step = 1.0 / f64::from(row.n.max(1));
        let Some((choices, chosen)) = shape.drawn(row) else { return self.levels(row, step, rng) };
        self.order.clear();
        self.order.extend(0..choices);
        let counts = &mut self.counts[..row.shares.len()];
        counts.fill(0);
        for _ in 0..row.n {
            // Any order is as good a start as any other.
            resample::choose_first(rng, &mut self.order, chosen);
            for (place, choice) in self.order.iter().take(chosen).enumerate() {
                counts[if shape.is_ranking() { choice * choices + place } else { *choice }] += 1;
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
