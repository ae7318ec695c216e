//! How the values' ranks moved, task by task and context by context.
//!
//! | kind | a value's score |
//! | --- | --- |
//! | select | share of answers that selected it |
//! | rate | share of the top level |
//! | trade_off | how much more often it is preferred than the other value, over its pairs |
//! | rank | − mean place, over all stories of the value |

use serde::Serialize;

use super::labels::{Labels, context};
use crate::profile::{Row, Table};
use crate::stats::rank::ranks;
use crate::suite::{About, Task};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Ranks {
    /// The context; `None` for a task without contexts.
    pub(crate) context: Option<String>,
    /// The values, in the order of the second side.
    pub(crate) values: Vec<Ranked>,
}

/// One value's rank, from 1; values that tie share the mean of their ranks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Ranked {
    pub(crate) value: String,
    pub(crate) before: f64,
    pub(crate) now: f64,
}

pub(super) fn changed_ranks(task: &Task, labels: &Labels, before: &Table, now: &Table) -> Vec<Ranks> {
    let contexts = task.contexts();
    let contexts: Vec<Option<&str>> =
        if contexts.is_empty() { vec![None] } else { contexts.into_iter().map(Some).collect() };
    let of = |wanted: &Option<&str>| {
        let (old, new) = (scores(task, *wanted, before), scores(task, *wanted, now));
        // Only values that both sides have a score for can change places.
        let both: Vec<(&str, f64, f64)> = old
            .iter()
            .filter_map(|(value, old)| {
                let (_, new) = new.iter().find(|(known, _)| known == value)?;
                Some((*value, *old, *new))
            })
            .collect();
        let rank = |scores: Vec<f64>| ranks(&scores).ok();
        // Rank 1 is the highest score.
        let old = rank(both.iter().map(|(_, old, _)| -old).collect())?;
        let new = rank(both.iter().map(|(.., new)| -new).collect())?;
        let ranked = both.iter().zip(old.into_iter().zip(new));
        let mut values: Vec<Ranked> = ranked
            .map(|((value, ..), (before, now))| Ranked { value: labels.value(value), before, now })
            .collect();
        values.sort_by(|a, b| a.now.total_cmp(&b.now));
        (values.len() > 1).then(|| Ranks { context: wanted.map(context), values })
    };
    contexts.iter().filter_map(of).collect()
}

/// Returns the values of one context with their scores, rounded so that equal shares tie.
fn scores<'a>(task: &'a Task, wanted: Option<&str>, table: &Table) -> Vec<(&'a str, f64)> {
    let mut sums: Vec<(&str, f64, u32)> = Vec::new();
    let mut add = |value: &'a str, score: f64| match sums.iter_mut().find(|(known, ..)| *known == value) {
        Some((_, sum, count)) => {
            *sum += score;
            *count += 1;
        }
        None => sums.push((value, score, 1)),
    };
    for item in task.items.iter().filter(|item| item.context.as_deref() == wanted) {
        let Some(row) = table.row(&item.id).map(|at| &table.rows[at]) else { continue };
        let k = item.choices.len();
        match &item.about {
            // Where an option is not told, no option has a place.
            About::Choices if task.shape.is_set() && row.known.contains(&false) => {}
            About::Choices if task.shape.is_set() => {
                item.choices.iter().zip(&row.shares).for_each(|(choice, share)| add(&choice.id, *share));
            }
            About::Choices if task.shape.is_ranking() => {
                let mut means = Vec::new();
                row.mean_ranks(&mut means);
                item.choices.iter().zip(means).for_each(|(choice, mean)| add(choice.value(), -mean));
            }
            About::Value(value) if row.known.last() == Some(&true) => add(value, row.shares[k - 1]),
            About::Pair(first, second) if !row.known.contains(&false) => {
                let net = net(row, k);
                add(first, net);
                add(second, -net);
            }
            _ => {}
        }
    }
    sums.into_iter().map(|(value, sum, count)| (value, (sum / f64::from(count) * 1e9).round())).collect()
}

/// Returns how much more often the first side is preferred than the second.
fn net(row: &Row, levels: usize) -> f64 {
    let middle = levels / 2;
    row.shares[..middle].iter().sum::<f64>() - row.shares[levels - middle..levels].iter().sum::<f64>()
}
