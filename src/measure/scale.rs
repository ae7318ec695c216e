//! Questions on a scale, lined up with another side's figures: what distances and spreads are computed of.

use std::borrow::Cow;

use super::other_side::OtherSide;
use super::outcomes::RowOutcomes;
use super::scope::Scope;
use super::score::{self, about};
use super::syntax::Sentence;
use super::{Undefined, Who};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Row, Table};
use crate::suite::{Item, Task};

/// The functions that tell two distributions apart double with each level.
pub(super) const MOST_LEVELS: usize = 7;

/// The ids of a scale's levels.
///
/// # Errors
/// There are too many.
pub(super) fn levels(sentence: &Sentence<'_>, task: &Task) -> Result<Vec<String>, Box<Diagnostic>> {
    let levels: Vec<String> = task
        .items
        .first()
        .into_iter()
        .flat_map(|item| &item.choices)
        .map(|choice| choice.id.clone())
        .collect();
    if levels.len() > MOST_LEVELS {
        let message =
            format!("{} has {} levels, and this measure takes at most {MOST_LEVELS}", task.id, levels.len());
        return Err(Scope::wrong(sentence.entry, sentence.entry.span.clone(), message));
    }
    Ok(levels)
}

/// The rows of one question on both sides: the subject's, of which there are several where the other side's
/// figures pool contexts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuestionRows {
    pub label: String,
    pub own: Vec<usize>,
    pub theirs: usize,
}

/// The questions of a task, at least one.
///
/// # Errors
/// A side lacks some.
pub(super) fn lined_up(
    task: &Task,
    [own, theirs]: [&Table; 2],
    other: &OtherSide,
) -> Result<Vec<QuestionRows>, Undefined> {
    let context = other.context.as_deref();
    let asked: Vec<&Item> =
        (task.items.iter()).filter(|item| context.is_none() || item.context.as_deref() == context).collect();
    let missing = score::missing(task, own, context, false);
    if let Some(first) = missing.first() {
        return Err(Undefined::NoAnswers(first.clone()));
    }
    let single = |item: &&Item| {
        let rows = own.row(&item.id).into_iter().collect();
        Some(QuestionRows { label: item.id.clone(), own: rows, theirs: theirs.row(&item.id)? })
    };
    let rows: Vec<QuestionRows> = asked.iter().filter_map(single).collect();
    if rows.len() == asked.len() && !rows.is_empty() {
        return Ok(rows);
    }
    let missing = score::missing(task, theirs, context, context.is_none());
    let pooled = rows.is_empty() && context.is_none() && missing.is_empty();
    if !pooled {
        let missing = score::missing(task, theirs, context, false);
        return Err(Undefined::lacks(task, &Who::Respondent(other.with.clone()), &missing));
    }
    let mut rows: Vec<QuestionRows> = Vec::new();
    for item in asked {
        let label = about(item);
        match (rows.iter_mut().find(|rows| rows.label == label), theirs.row(&format!("overall.{label}"))) {
            (Some(rows), _) => rows.own.extend(own.row(&item.id)),
            (None, Some(theirs)) => {
                let own = own.row(&item.id).into_iter().collect();
                rows.push(QuestionRows { label, own, theirs });
            }
            (None, None) => return Err(Undefined::NothingShared(task.id.clone())),
        }
    }
    Ok(rows)
}

/// Rows of one table pooled into one, by their numbers of answers; at least one.
pub(super) fn pooled<'t>(rows: &[usize], table: &'t Table) -> Cow<'t, Row> {
    let mut rows = rows.iter().map(|row| Cow::Borrowed(&table.rows[*row]));
    let first = rows.next().unwrap_or(Cow::Borrowed(&table.rows[0]));
    rows.fold(first, |sum, row| {
        let mut sum = sum.into_owned();
        let (before, more) = (f64::from(sum.n), f64::from(row.n));
        for (share, other) in sum.shares.iter_mut().zip(&row.shares) {
            *share = (*share * before + other * more) / (before + more);
        }
        sum.known.iter_mut().zip(&row.known).for_each(|(known, other)| *known &= other);
        sum.n = sum.n.saturating_add(row.n);
        sum.unread = sum.unread.saturating_add(row.unread);
        Cow::Owned(sum)
    })
}

/// The answers of rows by level, form by form; `None` where they are not known one by one.
pub(super) fn forms(rows: &[usize], table: &Table, seed: u64) -> Option<Vec<Vec<u16>>> {
    let mut forms = Vec::new();
    for row in rows {
        forms.extend(RowOutcomes::of(&table.rows[*row], table.shape, seed)?.forms);
    }
    Some(forms)
}
