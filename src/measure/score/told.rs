//! Checks that figures tell what is read of them: a level or an option that they leave out is unknown, not
//! zero.

use super::{GRID, ScoreReading};
use crate::measure::Undefined;
use crate::profile::{Row, Table};
use crate::suite::{Item, Task};

/// Checks that the figures of a row tell what is read, or enough of it.
pub(super) fn untold(task: &Task, item: &Item, reading: ScoreReading, row: &Row) -> Result<(), Undefined> {
    match reading.told(row) {
        None => Ok(()),
        // A single option that is not told has a certain place if it cannot reach any other.
        Some(at) if task.shape.is_set() && surely_last(row, at) => Ok(()),
        Some(at) => Err(Undefined::untold(task, item, at, row)),
    }
}

/// Checks that selections tell all options, for measures that need their shares and not their order alone.
///
/// # Errors
/// An option that is not told.
pub(in crate::measure) fn options_told(task: &Task, table: &Table) -> Result<(), Undefined> {
    for row in table.rows.iter().filter(|_| task.shape.is_set()) {
        if let (Some(at), Some((_, item))) = (row.known.iter().position(|told| !told), task.item(&row.item)) {
            return Err(Undefined::untold(task, item, at, row));
        }
    }
    Ok(())
}

/// Whether the share of an option must be less than that of each other one.
fn surely_last(row: &Row, at: usize) -> bool {
    let mut others = (0..row.shares.len()).filter(|other| *other != at);
    others.all(|other| row.tells(other) && row.shares[other] > row.shares[at] + 1.0 / GRID)
}
