//! How often a comparison with a snapshot is in doubt because answers came after lost tries, where nothing changed
//! and the tries failed at random. Everything goes the way of a real run: answers → profile → snapshot text →
//! comparison.
//!
//! Shared by `examples/calibration` (hundreds of comparisons) and `tests/it/verdict/calibration_drift.rs` (few).

use alignspec::__testing::profile::{Cell, Counts, ItemProfile, Profile};
use alignspec::__testing::snapshot::{Judge, write};
use alignspec::__testing::stats::resample::{Stream, multinomial, rng};
use alignspec::__testing::suite::{Shape, Task};
use rand::RngExt;

use super::drift::MIN_SHIFT;

/// The error rate of one comparison.
pub const RATE: f64 = 0.01;

/// Answers to each question, as a snapshot has them.
const ANSWERS: u32 = 50;

/// The shares of the five levels of each question: much noise, and a clear order.
const SHARES: [f64; 5] = [0.1, 0.1, 0.2, 0.3, 0.3];

/// What came of comparisons in which nothing changed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Compared {
    pub runs: u32,
    /// Flagged as drifted.
    pub drifted: u32,
    /// Not flagged, but what was lost may hide drift.
    pub doubtful: u32,
}

/// `runs` comparisons of two snapshots of `task`, a task with five levels. Of the answers of the second one, and of
/// both where `both` says so, a part `lost` came after tries that failed at random.
pub fn compared(task: &Task, lost: f64, both: bool, runs: u32, seed: u64) -> Result<Compared, String> {
    let judge = Judge { task: task.clone(), rate: RATE, min_shift: MIN_SHIFT };
    let mut stream = rng(seed, &["lost at random", &lost.to_string(), &both.to_string()]);
    let mut found = Compared { runs, ..Compared::default() };
    for _ in 0..runs {
        let before = snapshot(task, if both { lost } else { 0.0 }, &mut stream)?;
        let now = snapshot(task, lost, &mut stream)?;
        let drift = judge.compare(&before, &now)?;
        found.drifted += u32::from(!drift.is_none());
        found.doubtful += u32::from(drift.is_none() && drift.is_in_doubt());
    }
    Ok(found)
}

/// The text of a snapshot in which each answer came after a lost try with the chance `lost`.
fn snapshot(task: &Task, lost: f64, stream: &mut Stream) -> Result<String, String> {
    let mut profile = Profile::new("drawn", task);
    let label = task.forms.first().map_or("", |form| form.label);
    for item in &task.items {
        let mut counts = [0; SHARES.len()];
        multinomial(stream, u64::from(ANSWERS), &SHARES, &mut counts).map_err(|why| why.to_string())?;
        let mut cell = Cell::empty(Shape::Level, SHARES.len());
        let counts = counts.iter().map(|count| Some(*count as f64)).collect();
        (cell.n, cell.counts) = (ANSWERS, Counts::Level { counts, rows: Vec::new() });
        cell.lost = (0..ANSWERS).filter(|_| stream.random_bool(lost)).collect();
        profile.items.insert(item.id.clone(), ItemProfile { forms: [(label.to_owned(), cell)].into() });
    }
    Ok(write(task, &profile))
}
