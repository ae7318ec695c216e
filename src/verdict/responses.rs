//! The responses that a verdict rests on: which rows of its tables a check reads, and how many are in them.

use crate::check::{Check, Who};
use crate::profile::{Row, Table};
use crate::suite::Suites;

/// The subject's responses behind a verdict: valid answers, and unread responses that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictResponses {
    /// The number of valid answers to the item that has the fewest.
    pub least_per_item: u32,
    pub total: u32,
    /// The number of responses that could not be read, and that count.
    pub unread: u32,
}

/// The rows of the table of an input that a check reads; `None` where it reads them all.
pub(super) fn read_rows(check: &Check, input: usize, table: &Table, suites: &Suites) -> Option<Vec<usize>> {
    let read = check.measure.reads(input, suites)?;
    let task = suites.task(&check.measure.inputs().get(input)?.task)?;
    Some(read.into_iter().filter_map(|at| table.row(&task.items.get(at)?.id)).collect())
}

/// Counts the subject's responses that a check reads.
pub(crate) fn evidence(check: &Check, tables: &[Table], suites: &Suites) -> VerdictResponses {
    let inputs = check.measure.inputs();
    let mut rows: Vec<&Row> = Vec::new();
    for (at, (input, table)) in inputs.iter().zip(tables).enumerate() {
        if input.who == Who::Subject {
            match read_rows(check, at, table, suites) {
                Some(read) => rows.extend(read.into_iter().map(|row| &table.rows[row])),
                None => rows.extend(&table.rows),
            }
        }
    }
    let sum = |of: fn(&Row) -> u32| rows.iter().map(|row| of(row)).fold(0, u32::saturating_add);
    VerdictResponses {
        least_per_item: rows.iter().map(|row| row.responses()).min().unwrap_or(0),
        total: sum(Row::responses),
        unread: sum(|row| row.unread),
    }
}
