//! Whether the counts of a snapshot fit together: what one sample of answers gives has a line for every
//! option, and as many answers in it as the line says.

use std::collections::HashSet;

use super::text::{parts, subject_of};
use super::whole::TO_DO;
use crate::profile::{Row, Table};
use crate::suite::{Item, Shape, Task};

/// Checks the rows that were read from `text`.
///
/// # Errors
/// Which question's lines do not fit together, and what to do, as a fragment.
pub(super) fn check(task: &Task, table: &Table, text: &str) -> Result<(), String> {
    let subjects: HashSet<&str> = parts(text).1.filter_map(subject_of).collect();
    for row in &table.rows {
        let Some((_, item)) = task.item(&row.item) else { continue };
        if let Some(flaw) = missing(task.shape, item, &subjects).or_else(|| misfit(task.shape, item, row)) {
            return Err(format!(
                "the snapshot's answers to {} {flaw}: {TO_DO}",
                super::name(task, &row.item)
            ));
        }
    }
    Ok(())
}

/// A set or a ranking has a line for every option, also of those that nobody chose.
fn missing(shape: Shape, item: &Item, subjects: &HashSet<&str>) -> Option<String> {
    let subject = |choice: &str| match shape {
        Shape::Set { .. } => Some(choice.to_owned()),
        Shape::Ranking => Some(format!("{}.{choice}", item.id)),
        Shape::Level | Shape::Text => None,
    };
    let absent = |choice: &str| subject(choice).is_some_and(|subject| !subjects.contains(subject.as_str()));
    let choices = item.choices.iter().map(|choice| choice.id.as_str());
    choices.clone().find(|choice| absent(choice)).map(|first| {
        let lines = choices.clone().filter(|choice| !absent(choice)).count();
        format!("have {lines} lines of counts, and not {} (`{first}` has none)", item.choices.len())
    })
}

/// Counts that are not as many as there are answers.
fn misfit(shape: Shape, item: &Item, row: &Row) -> Option<String> {
    let n = f64::from(row.n);
    let k = item.choices.len();
    // Counts of published groups are rounded to one decimal.
    let fits = |shares: &[f64]| {
        let sum = n * shares.iter().sum::<f64>();
        (sum - n).abs() <= 0.05 * shares.len() as f64 + 1e-6
    };
    let whole = match shape {
        Shape::Level => fits(&row.shares),
        Shape::Ranking => {
            let place = |place: usize| (0..k).map(|at| row.shares[at * k + place]).collect::<Vec<f64>>();
            row.shares.chunks(k).all(fits) && (0..k).all(|at| fits(&place(at)))
        }
        Shape::Set { .. } | Shape::Text => true,
    };
    (!whole).then(|| format!("do not add up to the {} that it has", row.n))
}
