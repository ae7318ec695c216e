//! A role's counted answers to one task, as the record of its snapshot holds them: what figures and tables of a report
//! are made of, wherever that is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::{Cell, Counts, Profile};
use crate::suite::{Choice, Item, Task};

/// No question has more answers in all its samples; a file that says so would fill the memory.
#[cfg(feature = "cli")]
const MOST_RANKINGS: u32 = 1_000_000;

/// The answers that a snapshot's trial has seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AnswersRecord {
    pub task: String,
    /// The hash of the questions that they answer.
    pub questions: String,
    pub cells: Vec<CellRecord>,
    /// What the recorded responses took; `None` where they do not tell, and for figures that nobody asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<UsageRecord>,
    /// Responses without an answer, one of each of the most frequent reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<ExampleRecord>,
}

/// Tokens, money and time of responses, recorded or asked for now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct UsageRecord {
    pub responses: usize,
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
    pub usd: Option<f64>,
    pub median_ms: Option<u64>,
    pub p95_ms: Option<u64>,
}

/// A response without an answer, in one line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExampleRecord {
    pub item: String,
    pub reason: String,
    pub text: String,
}

/// The answers to one question in one form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellRecord {
    /// `""` for the only question of a task.
    pub item: String,
    /// `""` where the source does not tell it.
    pub form: String,
    /// The number of valid answers.
    pub n: u32,
    /// The number of other responses, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invalid: BTreeMap<String, u32>,
    /// How many answers selected each option, or chose each level; those that the source does not tell are not here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, f64>,
    /// The most that the count of an option can be which the source does not tell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at_most: BTreeMap<String, f64>,
    /// The rankings, each with the number of answers that gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderRecord>,
    /// Whether the same people may have answered other questions, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub panel: bool,
}

/// One ranking, first to last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderRecord {
    pub order: Vec<String>,
    pub count: u32,
}

impl AnswersRecord {
    /// Returns the answers of a profile; `None` for free text, which is not counted.
    pub(crate) fn of(task: &Task, profile: &Profile) -> Option<AnswersRecord> {
        if !task.shape.is_counted() {
            return None;
        }
        let mut cells = Vec::new();
        // The task's own order comes first, then questions that pool others.
        let own = task.items.iter().map(|item| item.id.as_str());
        let further = profile.items.keys().map(String::as_str).filter(|id| task.item(id).is_none());
        for id in own.chain(further) {
            let Some((item, forms)) = like(task, id).zip(profile.items.get(id)) else { continue };
            cells.extend(forms.forms.iter().map(|(form, cell)| CellRecord::of(id, form, item, cell)));
        }
        let questions = crate::snapshot::questions(task);
        Some(AnswersRecord { task: task.id.clone(), questions, cells, took: None, examples: Vec::new() })
    }

    /// Returns the profile of these answers.
    ///
    /// # Errors
    /// They are not answers to this task as it is now, or no answers at all; the message is a fragment.
    #[cfg(feature = "cli")]
    pub(crate) fn profile(&self, respondent: &str, task: &Task) -> Result<Profile, String> {
        if self.questions != crate::snapshot::questions(task) {
            return Err("the questions here are not those that were asked".to_owned());
        }
        let mut profile = Profile::new(respondent, task);
        for cell in &self.cells {
            let item =
                like(task, &cell.item).ok_or_else(|| format!("there is no question `{}`", cell.item))?;
            let counted = cell.counted(task, item)?;
            profile.items.entry(cell.item.clone()).or_default().forms.insert(cell.form.clone(), counted);
        }
        Ok(profile)
    }
}

/// The question with this id, or for `overall.x` the first about x, which has the same options.
fn like<'t>(task: &'t Task, id: &str) -> Option<&'t Item> {
    let about = |item: &&Item| {
        let subject = item.id.split_once('.').map(|(_, subject)| subject);
        id.strip_prefix("overall.").is_some_and(|of| subject == Some(of))
    };
    task.item(id).map(|(_, item)| item).or_else(|| task.items.iter().find(about))
}

impl CellRecord {
    fn of(id: &str, form: &str, item: &Item, cell: &Cell) -> CellRecord {
        let mut record = CellRecord {
            item: id.to_owned(),
            form: form.to_owned(),
            n: cell.n,
            invalid: cell.invalid.iter().map(|(reason, count)| (reason.to_string(), *count)).collect(),
            panel: cell.panel,
            ..CellRecord::default()
        };
        let named = |at: usize| item.choices.get(at).map(|choice: &Choice| choice.id.clone());
        match &cell.counts {
            Counts::Set { selected, untold, .. } => {
                for (at, count) in selected.iter().enumerate() {
                    let into = if untold.contains(&at) { &mut record.at_most } else { &mut record.counts };
                    into.extend(named(at).map(|id| (id, *count)));
                }
            }
            Counts::Level { counts, .. } => {
                let told = counts.iter().enumerate().filter_map(|(at, count)| Some((named(at)?, (*count)?)));
                record.counts = told.collect();
            }
            Counts::Ranking { rows } => {
                let mut orders: BTreeMap<&[u8], u32> = BTreeMap::new();
                rows.iter().for_each(|row| *orders.entry(row).or_default() += 1);
                let order = |row: &[u8]| row.iter().filter_map(|at| named(usize::from(*at))).collect();
                record.orders =
                    orders.into_iter().map(|(row, count)| OrderRecord { order: order(row), count }).collect();
            }
            Counts::Text { .. } => {}
        }
        record
    }

    /// Returns the counted cell, after checking that it can be one: a file may hold anything.
    #[cfg(feature = "cli")]
    fn counted(&self, task: &Task, item: &Item) -> Result<Cell, String> {
        let what = || format!("the answers to `{}`", self.item);
        let place = |id: &str| {
            let place = item.choices.iter().position(|choice| choice.id == id);
            place.ok_or_else(|| format!("{} name an option `{id}` that the question does not have", what()))
        };
        let n = f64::from(self.n);
        let counts = self.counts.iter().chain(&self.at_most);
        if counts.clone().any(|(_, count)| !(0.0..=n + 1e-6).contains(count)) {
            return Err(format!("{} have a count that is not between 0 and their number", what()));
        }
        let mut cell = Cell { n: self.n, panel: self.panel, ..Cell::empty(task.shape, item.choices.len()) };
        match &mut cell.counts {
            Counts::Set { selected, untold, .. } => {
                for (id, count) in counts {
                    selected[place(id)?] = *count;
                }
                *untold = self.at_most.keys().map(|id| place(id)).collect::<Result<Vec<_>, _>>()?;
            }
            Counts::Level { counts, .. } => {
                if self.counts.values().sum::<f64>() > n + 1e-6 {
                    return Err(format!("{} have more levels than answers", what()));
                }
                counts.iter_mut().for_each(|count| *count = None);
                for (id, count) in &self.counts {
                    counts[place(id)?] = Some(*count);
                }
            }
            Counts::Ranking { rows } => {
                if self.n > MOST_RANKINGS {
                    return Err(format!("{} are more rankings than there can be", what()));
                }
                if self.orders.iter().map(|order| u64::from(order.count)).sum::<u64>() != u64::from(self.n) {
                    return Err(format!("{} have another number of rankings than of answers", what()));
                }
                for OrderRecord { order, count } in &self.orders {
                    let places: Vec<usize> = order.iter().map(|id| place(id)).collect::<Result<_, _>>()?;
                    let mut sorted = places.clone();
                    sorted.sort_unstable();
                    if !sorted.into_iter().eq(0..item.choices.len()) {
                        return Err(format!("{} have a ranking that does not name each option once", what()));
                    }
                    let row: Vec<u8> = places.iter().filter_map(|at| u8::try_from(*at).ok()).collect();
                    rows.extend(std::iter::repeat_n(row, *count as usize));
                }
            }
            Counts::Text { .. } => return Err(format!("{} are free text", what())),
        }
        Ok(cell)
    }
}
