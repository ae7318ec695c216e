//! Simulates respondents without opinions: by shuffled labels, or by answers at random.

use rand::RngExt;

use crate::profile::{Row, Table};
use crate::stats::resample::{self, Stream};
use crate::suite::Shape;

/// How the labels of a table are shuffled.
pub(crate) enum Shuffle {
    /// The options of each row are shuffled.
    Options,
    /// The choices of each row are shuffled, each with all its places.
    Choices,
    /// Rows are exchanged with rows of their context, and the two sides of a pair with each other.
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

/// Exchanges two rows, except the items' names.
fn exchange(rows: &mut [Row], a: usize, b: usize) {
    if a == b {
        return;
    }
    rows.swap(a, b);
    let (head, tail) = rows.split_at_mut(a.max(b));
    std::mem::swap(&mut head[a.min(b)].item, &mut tail[0].item);
}

impl Shape {
    /// Returns how many random numbers the uniform answers of a row take.
    pub(crate) fn numbers(self, row: &Row) -> usize {
        match self.drawn(row) {
            Some((_, chosen)) => row.n as usize * chosen,
            // Each level takes one binomial draw, which costs as much as a few random numbers.
            None => 4 * row.shares.len(),
        }
    }

    /// Returns the number of options and how many of them an answer chooses, if answers are drawn one by one; `None`
    /// if they are drawn all at once.
    fn drawn(self, row: &Row) -> Option<(usize, usize)> {
        let options = match self {
            Shape::Set { .. } => row.shares.len(),
            Shape::Ranking => row.shares.len().isqrt(),
            Shape::Level | Shape::Text => return None,
        };
        Some((options, self.named(options)?))
    }
}

/// Draws answers at random, with room for counting them.
pub(crate) struct Uniform {
    order: Vec<usize>,
    counts: Vec<u64>,
    even: Vec<f64>,
}

impl Uniform {
    /// Makes room for rows of at most `longest` shares.
    pub(crate) fn new(longest: usize) -> Self {
        Uniform { order: Vec::with_capacity(longest), counts: vec![0; longest], even: vec![1.0; longest] }
    }

    /// Replaces the answers of a row by as many drawn uniformly from all possible answers.
    pub(crate) fn answer(&mut self, shape: Shape, row: &mut Row, rng: &mut Stream) {
        let step = 1.0 / f64::from(row.n.max(1));
        let Some((choices, chosen)) = shape.drawn(row) else { return self.levels(row, step, rng) };
        self.order.clear();
        self.order.extend(0..choices);
        let counts = &mut self.counts[..row.shares.len()];
        counts.fill(0);
        for _ in 0..row.n {
            // The order need not be reset, because every starting order is equally good.
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
        // This cannot fail, since the weights are equal and there is one for each count.
        if resample::multinomial(rng, u64::from(row.n), even, counts).is_ok() {
            row.shares.iter_mut().zip(counts).for_each(|(share, count)| *share = *count as f64 * step);
        }
    }
}
