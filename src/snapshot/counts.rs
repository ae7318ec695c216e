//! Checks that the counts of a snapshot fit together: a sample has a line for every option, and each line has as many
//! answers as it says.

use std::collections::HashSet;

use super::text::{parts, subject_of};
use super::whole::TO_DO;
use crate::ground::format::counted;
use crate::profile::{Row, Table};
use crate::suite::{Choice, Item, Shape, Task};

/// Checks the rows that were read from `text`.
///
/// # Errors
/// The lines of a question do not fit together; the fragment says which, and what to do.
pub(super) fn check(task: &Task, table: &Table, text: &str) -> Result<(), String> {
    let subjects: HashSet<&str> = parts(text).1.filter_map(subject_of).collect();
    for row in &table.rows {
        let Some((_, item)) = task.item(&row.item) else { continue };
        if let Some(flaw) = missing(task.shape, item, &subjects).or_else(|| misfit(task.shape, row)) {
            return Err(format!(
                "the snapshot's answers to {} {flaw}: {TO_DO}",
                super::name(task, &row.item)
            ));
        }
    }
    Ok(())
}

/// Finds an option of a set or a ranking without a line; even an option that nobody chose has one.
fn missing(shape: Shape, item: &Item, subjects: &HashSet<&str>) -> Option<String> {
    let wanted = |choice: &Choice| shape.subject(item, choice);
    let absent =
        |choice: &&Choice| wanted(choice).is_some_and(|subject| !subjects.contains(subject.as_str()));
    let choices = &item.choices;
    choices.iter().find(absent).map(|first| {
        let lines = choices.iter().filter(|choice| !absent(choice)).count();
        format!(
            "have {} of counts instead of {} (`{}` has none)",
            counted(lines, "line"),
            choices.len(),
            first.id
        )
    })
}

/// Finds counts that do not add up to the number of answers.
fn misfit(shape: Shape, row: &Row) -> Option<String> {
    let n = f64::from(row.n);
    // Counts of published groups are rounded to one decimal.
    let fits = |shares: Vec<f64>| {
        let sum = n * shares.iter().sum::<f64>();
        (sum - n).abs() <= 0.05 * shares.len() as f64 + 1e-6
    };
    let whole = shape.adding_up(row).into_iter().all(fits);
    (!whole).then(|| format!("do not add up to {}, the number of answers", row.n))
}
