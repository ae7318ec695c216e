//! The bootstrap of a rank correlation: rows of answers drawn with replacement, counted by cell and
//! ranked, thousands of times in the same memory. Timed by benches/statistics.rs; tests/allocations.rs
//! holds it to allocating nothing.

use alignspec::__testing::stats::Undefined;
use alignspec::__testing::stats::rank::{Ranker, Ties, ranks};
use alignspec::__testing::stats::resample::{Stream, bootstrap, rng};
use rand::RngExt;

/// Context × value, as many as T2 has.
pub const CELLS: usize = 28;

/// Answers to all cells and a baseline's order of them, with the memory that a resample takes.
pub struct Resampling {
    /// One row a sample: bit c is the answer to cell c.
    rows: Vec<u32>,
    baseline: Vec<f64>,
    times: Vec<u32>,
    yes: Vec<f64>,
    ranker: Ranker,
    stream: Stream,
}

impl Resampling {
    /// `n` answers to each cell, whose shares rise from cell to cell.
    pub fn new(n: usize) -> Resampling {
        let mut stream = rng(1, &["resampling"]);
        let share = |cell: usize| (cell + 1) as f64 / (CELLS + 1) as f64;
        let mut row =
            || (0..CELLS).fold(0, |row, cell| row | u32::from(stream.random::<f64>() < share(cell)) << cell);
        let rows = (0..n).map(|_| row()).collect();
        // Not the same order: 0, 5, 10 …
        let scores: Vec<f64> = (0..CELLS).map(|cell| (cell * 5 % CELLS) as f64).collect();
        Resampling {
            rows,
            baseline: ranks(&scores, Ties::Average).expect("numbers"),
            times: vec![0; n],
            yes: vec![0.0; CELLS],
            ranker: Ranker::with_capacity(CELLS),
            stream,
        }
    }

    /// The correlation with the baseline of one resample.
    pub fn once(&mut self) -> Result<f64, Undefined> {
        bootstrap(&mut self.stream, &mut self.times);
        self.yes.fill(0.0);
        for (row, times) in self.rows.iter().zip(&self.times).filter(|(_, times)| **times > 0) {
            for (cell, yes) in self.yes.iter_mut().enumerate() {
                *yes += f64::from(times * (row >> cell & 1));
            }
        }
        self.ranker.spearman_with_ranked(&self.yes, &self.baseline)
    }
}
