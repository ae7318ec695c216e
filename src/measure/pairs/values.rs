//! The values that pairs are compared by: a row's answers as a cell reads them, and what follows where only
//! totals are known.

use super::super::score::{RowReading, ScoreReading};
use crate::profile::{Joint, Row, Table, UNREAD};
use crate::stats::evidence::Design;
use crate::stats::resample;
use crate::suite::Shape;

/// Stands for the value of an unread response; no reading gives this number.
pub(in crate::measure) const UNKNOWN: i32 = i32::MIN;

/// Returns a value, or `unread_as` for a response that was not read.
pub(super) fn or(value: i32, unread_as: i32) -> i32 {
    if value == UNKNOWN { unread_as } else { value }
}

/// Returns the context of a row: `medical` of `medical.privacy`.
pub(super) fn context_of(row: &Row) -> &str {
    row.item.split_once('.').map_or(row.item.as_str(), |(context, _)| context)
}

/// Returns a row's answers as a cell reads them, form by form.
pub(super) fn values_of(
    row: &Row,
    reading: ScoreReading,
    shape: Shape,
    seed: u64,
) -> Option<Vec<(String, Vec<i32>)>> {
    match row.joint.as_deref() {
        Some(Joint::Sets(sets)) => {
            let of = |set: &u64| if *set == 0 { UNKNOWN } else { reading.of_set(*set) };
            Some(vec![(String::new(), sets.iter().map(of).collect())])
        }
        Some(Joint::Rankings(orders)) => {
            let of = |order: &Vec<u8>| if order.is_empty() { UNKNOWN } else { reading.of_ranking(order) };
            Some(vec![(String::new(), orders.iter().map(of).collect())])
        }
        Some(Joint::Levels(forms)) => {
            let of = |levels: &Vec<u8>| levels.iter().map(|level| rated(reading, *level)).collect();
            Some(forms.iter().map(|(label, levels)| (label.clone(), of(levels))).collect())
        }
        // A survey too large to be held in memory is treated as one that is known only as totals.
        None if shape.is_level() && row.responses() <= 20_000 => {
            let levels = made_up(row, seed);
            Some(vec![(String::new(), levels.into_iter().map(|level| rated(reading, level)).collect())])
        }
        _ => None,
    }
}

fn rated(reading: ScoreReading, level: u8) -> i32 {
    if level == UNREAD { UNKNOWN } else { reading.of_level(level) }
}

/// Returns one row's answers in all forms as they are read, with [`UNKNOWN`] for an unread response; `None`
/// where they are known only as totals.
pub(in crate::measure) fn answers((row, reading): RowReading, table: &Table) -> Option<Vec<i32>> {
    let row = &table.rows[row];
    row.joint.as_ref()?;
    let forms = values_of(row, reading, table.shape, 0)?;
    Some(forms.into_iter().flat_map(|(_, answers)| answers).collect())
}

/// Makes as many answers at each level as the row's shares say, and its unread responses, in a seeded random
/// order.
pub(in crate::measure) fn made_up(row: &Row, seed: u64) -> Vec<u8> {
    let n = f64::from(row.n);
    let mut levels: Vec<u8> = Vec::with_capacity(row.n as usize);
    let mut due = 0.0;
    for (level, share) in row.shares.iter().enumerate() {
        due += share * n;
        let level = if level < row.known.len() { u8::try_from(level).unwrap_or(u8::MAX) } else { u8::MAX };
        while (levels.len() as f64) < due - 0.5 {
            levels.push(level);
        }
    }
    levels.resize(row.n as usize, u8::MAX);
    levels.resize(row.responses() as usize, UNREAD);
    resample::shuffle(&mut resample::rng(seed, &["pairs", &row.item]), &mut levels);
    levels
}

/// Returns the evidence about two options of one selection, or two questions to the same people, whose joint
/// answers are not known.
pub(super) fn unseen(
    (row, i): RowReading,
    (other, j): RowReading,
    table: &Table,
    design: Design,
) -> (f64, f64) {
    let (above, below) = (apart((row, i), (other, j), table), apart((other, j), (row, i), table));
    let n = f64::from(table.rows[row].responses().min(table.rows[other].responses()));
    let evidence = |shares: Option<(f64, f64)>| {
        let Some((a, b)) = shares else { return 0.0 };
        let (a, b) = (a * n, b * n);
        // The least evidence: as many answers as possible name just the first, or just the second.
        design.sign_evidence(a.min(n - b), b.min(n - a))
    };
    (evidence(above), evidence(below))
}

/// Returns the least that the first share can be and the most that the second can be, whatever the unread
/// responses meant.
pub(super) fn apart((row, i): RowReading, (other, j): RowReading, table: &Table) -> Option<(f64, f64)> {
    let (row, other) = (&table.rows[row], &table.rows[other]);
    let (a, b) = (i.share_of(row)?, j.share_of(other)?);
    let low = if row.unread == 0 { a } else { a * f64::from(row.n) / f64::from(row.responses()) };
    let high = if other.unread == 0 {
        b
    } else {
        (b * f64::from(other.n) + f64::from(other.unread)) / f64::from(other.responses())
    };
    Some((low, high))
}
