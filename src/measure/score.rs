//! Scores: the numbers of a table that rank correlations, orders and agreements work on, and how the cells of
//! two tables are matched.
//!
//! | kind | cells | score |
//! | --- | --- | --- |
//! | select | options | share of answers that selected it |
//! | rate | context × value | share of the top level |
//! | trade_off | context × pair | net preference: share on the first value's side − share on the second's |
//! | rank | context × value | − mean place, over all stories of the value |

mod reading;
mod told;

use super::pairs::ScoredThing;
use super::{Undefined, Who};
use crate::profile::Table;
use crate::stats::pairs::with;
use crate::suite::{About, Item, Shape, Task, parts_of_place};
pub(super) use reading::ScoreReading;
pub(super) use told::options_told;
use told::untold;

/// Scores are rounded to this grid, since shares that differ by less differ by rounding only.
const GRID: f64 = 1e9;

/// A row of a table, and the number that is read from it.
pub(super) type RowReading = (usize, ScoreReading);

/// One number of a task: the rows it pools, and how each is read.
#[derive(Debug, Clone)]
pub(super) struct Score {
    /// `privacy`, or `privacy in medical`.
    pub label: String,
    pub context: Option<String>,
    pub value: String,
    rows: Vec<usize>,
    reading: ScoreReading,
}

impl Score {
    /// Returns the rows it pools, each with how it is read.
    pub(super) fn parts(&self) -> Vec<RowReading> {
        self.rows.iter().map(|row| (*row, self.reading)).collect()
    }

    /// Returns the score; rows are pooled by their numbers of answers.
    pub(super) fn score(&self, table: &Table) -> f64 {
        let value = match self.rows.as_slice() {
            [one] => self.reading.number_in(&table.rows[*one]),
            rows => {
                let (mut sum, mut n) = (0.0, 0.0);
                for row in rows {
                    let row = &table.rows[*row];
                    sum += f64::from(row.n) * self.reading.number_in(row);
                    n += f64::from(row.n);
                }
                if n > 0.0 { sum / n } else { 0.0 }
            }
        };
        (value * GRID).round() / GRID
    }
}

/// Names the value or the pair that an item is about.
pub(super) fn about(item: &Item) -> String {
    match &item.about {
        About::Choices => String::new(),
        About::Value(value) => value.clone(),
        About::Pair(first, second) => format!("{first}/{second}"),
    }
}

/// Returns the scores of cells, in their order.
pub(super) fn scores(cells: &[Score], table: &Table) -> Vec<f64> {
    cells.iter().map(|cell| cell.score(table)).collect()
}

/// Writes the scores of cells to `into`, which has as many places.
pub(super) fn fill(cells: &[Score], table: &Table, into: &mut [f64]) {
    into.iter_mut().zip(cells).for_each(|(score, cell)| *score = cell.score(table));
}

/// Returns what the cells score, as the evidence of pairs takes it.
pub(super) fn things(cells: &[Score]) -> Vec<ScoredThing> {
    cells.iter().map(Score::parts).collect()
}

/// Returns the readings that a task's items give.
fn readings(task: &Task, item: &Item, parts: u32, signed: bool) -> Vec<(String, ScoreReading)> {
    let levels = item.choices.len();
    match (task.shape, &item.about) {
        (Shape::Set { .. }, _) => item
            .choices
            .iter()
            .enumerate()
            .map(|(at, choice)| (choice.id.clone(), ScoreReading::Share { at, sign: 1.0 }))
            .collect(),
        (Shape::Ranking, _) => {
            let mut stories: Vec<(&str, u64)> = Vec::new();
            for (at, choice) in item.choices.iter().enumerate() {
                match stories.iter_mut().find(|(value, _)| *value == choice.value()) {
                    Some((_, known)) => *known = with(*known, at),
                    None => stories.push((choice.value(), with(0, at))),
                }
            }
            let of = |(value, stories): (&str, u64)| {
                (value.to_owned(), ScoreReading::Place { stories, k: levels, parts })
            };
            stories.into_iter().map(of).collect()
        }
        // The study reads trade-offs in its own way: the two levels beside the middle, with signs.
        (Shape::Level, About::Pair(first, second)) if signed => vec![
            (
                format!("probably {first} of {}", about(item)),
                ScoreReading::Share { at: levels / 2 - 1, sign: 1.0 },
            ),
            (
                format!("probably {second} of {}", about(item)),
                ScoreReading::Share { at: levels - levels / 2, sign: -1.0 },
            ),
        ],
        (Shape::Level, About::Pair(..)) => vec![(about(item), ScoreReading::Net { levels })],
        (Shape::Level, _) => vec![(about(item), ScoreReading::Share { at: levels - 1, sign: 1.0 })],
        (Shape::Text, _) => Vec::new(),
    }
}

/// Returns in how many parts a place is counted, so that all mean places of one answer are whole numbers of them.
fn parts_of(task: &Task) -> u32 {
    u32::try_from(parts_of_place(&task.items)).unwrap_or(1)
}

/// Returns the cells of one table, grouped by item, in the task's order.
///
/// # Errors
/// A level that a cell needs is not told by the figures.
pub(super) fn cells(task: &Task, table: &Table, signed: bool) -> Result<Vec<Score>, Undefined> {
    let (mut cells, parts) = (Vec::new(), parts_of(task));
    for item in &task.items {
        let Some(row) = table.row(&item.id) else { continue };
        for (value, reading) in readings(task, item, parts, signed) {
            untold(task, item, reading, &table.rows[row])?;
            let label = label(&value, item.context.as_deref());
            cells.push(Score { label, context: item.context.clone(), value, rows: vec![row], reading });
        }
    }
    Ok(cells)
}

fn label(value: &str, context: Option<&str>) -> String {
    match context {
        Some(context) => format!("{value} in {context}"),
        None => value.to_owned(),
    }
}

/// How the cells of two tables are matched.
#[derive(Debug, Clone, Copy)]
pub(super) struct TablePair<'a> {
    /// Whose the second table is, for messages.
    pub with: &'a str,
    /// Whether trade-offs are read as the study reads them.
    pub signed: bool,
    /// Whether contexts are pooled.
    pub pooled: bool,
    /// The only context that is compared, if there is one.
    pub context: Option<&'a str>,
}

/// Returns the cells that two tables share, in one order: item by item where they have items in common, and
/// with contexts pooled where one side has only `overall` figures (or `pooled` asks for it). Each side must
/// have all the questions, since a part of them would be another measure than the sentence says.
///
/// # Errors
/// Nothing in common, a question that one side lacks, or a level that is not told.
pub(super) fn shared(
    task: &Task,
    left: &Table,
    right: &Table,
    how: TablePair<'_>,
) -> Result<(Vec<Score>, Vec<Score>), Undefined> {
    let here = |cell: &Score| how.context.is_none() || cell.context.as_deref() == how.context;
    if !how.pooled || how.context.is_some() {
        let (own, other) = (cells(task, left, how.signed), cells(task, right, how.signed));
        if let (Ok(mut own), Ok(mut other)) = (own.clone(), other.clone()) {
            own.retain(here);
            other.retain(here);
            if own.iter().any(|cell| other.iter().any(|twin| twin.label == cell.label))
                || how.context.is_some()
            {
                complete(task, [left, right], how, false)?;
                return Ok((own, other));
            }
        }
        // A level that is not told may still be told by the pooled figures.
        let may_pool = has_overall(task) && how.context.is_none();
        (own.and(other)).map(|_| ()).or_else(|why| if may_pool { Ok(()) } else { Err(why) })?;
    }
    let (mut own, mut other) = (overall(task, left, how.signed)?, overall(task, right, how.signed)?);
    own.retain(|cell| other.iter().any(|twin| twin.label == cell.label));
    other.retain(|cell| own.iter().any(|twin| twin.label == cell.label));
    if own.is_empty() {
        return Err(Undefined::NothingShared(task.id.clone()));
    }
    complete(task, [left, right], how, true)?;
    Ok((own, other))
}

/// Checks that both sides have all the questions that are compared.
fn complete(
    task: &Task,
    [left, right]: [&Table; 2],
    how: TablePair<'_>,
    pooled: bool,
) -> Result<(), Undefined> {
    if let [first, ..] = missing(task, left, how.context, pooled).as_slice() {
        return Err(Undefined::NoAnswers(first.clone()));
    }
    let missing = missing(task, right, how.context, pooled);
    if missing.is_empty() {
        Ok(())
    } else {
        let who = Who::Respondent(how.with.to_owned());
        Err(Undefined::lacks(task, &who, &missing))
    }
}

/// Returns the questions of a task (in one context, or all) that a table has no figures for. Where contexts
/// are pooled, figures over all of them suffice.
pub(super) fn missing(task: &Task, table: &Table, context: Option<&str>, pooled: bool) -> Vec<String> {
    let there = |item: &&Item| {
        let published = || table.row(&format!("overall.{}", about(item))).is_some();
        table.row(&item.id).is_some() || (pooled && published())
    };
    let asked = task.items.iter().filter(|item| context.is_none() || item.context.as_deref() == context);
    let question = |item: &Item| format!("{} {}", task.id, item.id).trim_end().to_owned();
    asked.filter(|item| !there(item)).map(question).collect()
}

/// The places of a task's items that are of one context; `None` where none is named.
pub(super) fn items_in(task: &Task, context: Option<&str>) -> Option<Vec<usize>> {
    let here = (0..task.items.len()).filter(|at| task.items[*at].context.as_deref() == context);
    context.map(|_| here.collect())
}

fn has_overall(task: &Task) -> bool {
    task.items.iter().any(|item| item.context.is_some())
}

/// Returns cells with contexts pooled: from `overall.…` rows where the table has them, otherwise over its
/// contexts' rows.
fn overall(task: &Task, table: &Table, signed: bool) -> Result<Vec<Score>, Undefined> {
    let (mut cells, parts): (Vec<Score>, u32) = (Vec::new(), parts_of(task));
    for item in &task.items {
        let published = table.row(&format!("overall.{}", about(item)));
        let Some(row) = published.or_else(|| table.row(&item.id)) else { continue };
        for (value, reading) in readings(task, item, parts, signed) {
            untold(task, item, reading, &table.rows[row])?;
            match cells.iter_mut().find(|cell| cell.label == value) {
                Some(cell) if published.is_none() => cell.rows.push(row),
                Some(_) => {}
                None => {
                    cells.push(Score { label: value.clone(), context: None, value, rows: vec![row], reading })
                }
            }
        }
    }
    Ok(cells)
}

/// Returns the places by score: 1 is the highest, and ties are averaged.
pub(super) fn places(scores: &[f64]) -> Vec<f64> {
    scores
        .iter()
        .map(|score| {
            let above = scores.iter().filter(|other| *other > score).count();
            let equal = scores.iter().filter(|other| *other == score).count();
            above as f64 + (equal as f64 + 1.0) / 2.0
        })
        .collect()
}

/// Writes a place as `6th` or `3.5th`.
pub(super) fn ordinal(place: f64) -> String {
    if place.fract() != 0.0 {
        return format!("{place:.1}th");
    }
    let whole = place as u64;
    let ending = match (whole % 10, whole % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{whole}{ending}")
}

/// Describes the cells whose places differ most: `transparency 6th vs 4th`.
pub(super) fn most_different(labels: &[String], left: &[f64], right: &[f64]) -> Vec<String> {
    let (left, right) = (places(left), places(right));
    let mut order: Vec<usize> = (0..labels.len()).filter(|at| left[*at] != right[*at]).collect();
    order.sort_by(|a, b| {
        let gap = |at: usize| (left[at] - right[at]).abs();
        gap(*b).total_cmp(&gap(*a)).then(a.cmp(b))
    });
    order
        .iter()
        .take(3)
        .map(|at| format!("{} {} vs {}", labels[*at], ordinal(left[*at]), ordinal(right[*at])))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_average_ties_and_read_well() {
        assert_eq!(places(&[0.5, 0.9, 0.5, 0.1]), [2.5, 1.0, 2.5, 4.0]);
        assert_eq!(
            [1.0, 2.0, 3.0, 11.0, 12.0, 21.0, 2.5].map(ordinal),
            ["1st", "2nd", "3rd", "11th", "12th", "21st", "2.5th"]
        );
    }
}
