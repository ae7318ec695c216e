//! A profile holds one respondent's answers to one task, counted by item and form. Baselines and snapshots are
//! profiles, too.
//!
//! Measures do not work on profiles but on [`Table`]s: the answer shares of one [`View`] of a profile, with a row for
//! each item. Tables are what is resampled, shuffled and compared.

mod lost;
mod redraw;
mod shape;
mod table;

use std::collections::BTreeMap;

pub(crate) use lost::AfterLost;
pub(crate) use redraw::TableRedraw;
pub(crate) use shape::{ShareMove, Shuffle, Uniform};
pub use table::{Joint, Row, Table, View};

use crate::answer::{Answer, Invalid};
use crate::suite::{Item, Shape, Task};

/// Stands for a level that the source does not report, where other answers are known one by one.
pub const OTHER: u8 = u8::MAX;

/// Stands for a response without an answer, where levels are known one by one.
pub const UNREAD: u8 = u8::MAX - 1;

/// A respondent's counted answers to one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The name of the respondent.
    pub respondent: String,
    /// The id of the task.
    pub task: String,
    /// The items by id; tallies may also hold `overall.…` items, which pool their contexts.
    pub items: BTreeMap<String, ItemProfile>,
}

/// The answers to one item, by form label (`""` if the source does not report the form).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemProfile {
    /// A cell for each form that was asked or that the source reports.
    pub forms: BTreeMap<String, Cell>,
}

/// The answers to one item in one form.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The number of valid answers.
    pub n: u32,
    /// The number of responses without an answer, by reason.
    pub invalid: BTreeMap<Invalid, u32>,
    /// The places of those responses, if known: the number of valid answers before each, and the reason.
    pub gaps: Vec<(u32, Invalid)>,
    /// For each response that came after a try whose answer was lost: how many responses came before it.
    pub lost: Vec<u32>,
    /// What the valid answers said.
    pub counts: Counts,
    /// Whether the same people may have answered several items (in a survey), so that answers to different items
    /// depend on each other.
    pub panel: bool,
}

/// The valid answers of a cell, counted in the shape of the task.
#[derive(Debug, Clone, PartialEq)]
pub enum Counts {
    /// Answers that select choices.
    Set {
        /// How many answers selected each choice, in the order of the item's choices. For a choice that the source
        /// does not report, this is an upper bound.
        selected: Vec<f64>,
        /// The indices of the choices that the source does not report.
        untold: Vec<usize>,
        /// Each answer as a bit mask of its choices; empty if only totals are known, as in a published tally.
        rows: Vec<u64>,
    },
    /// Answers that rate on a scale.
    Level {
        /// How many answers chose each level, in the scale's order; `None` if the source does not say (those answers
        /// are in `n`, but in no count).
        counts: Vec<Option<f64>>,
        /// The level of each answer, or [`OTHER`] if it is not reported; empty if only totals are known.
        rows: Vec<u8>,
    },
    /// Answers that rank all choices.
    Ranking {
        /// Each answer as indices of the item's choices, first to last.
        rows: Vec<Vec<u8>>,
    },
    /// Answers in free text, which are kept for people to read.
    Text {
        /// Each answer, word for word.
        rows: Vec<String>,
    },
}

impl Counts {
    fn add(&mut self, answer: &Answer) {
        match (self, answer) {
            (Counts::Set { selected, rows, .. }, Answer::Set(chosen)) => {
                rows.push(chosen.iter().fold(0, |mask, choice| mask | 1 << choice));
                for choice in chosen {
                    selected[*choice] += 1.0;
                }
            }
            (Counts::Level { counts, rows }, Answer::Level(level)) => {
                counts[*level] = Some(counts[*level].unwrap_or(0.0) + 1.0);
                rows.push(u8::try_from(*level).ok().filter(|level| *level < UNREAD).unwrap_or(OTHER));
            }
            (Counts::Ranking { rows }, Answer::Ranking(order)) => {
                rows.push(order.iter().map(|choice| u8::try_from(*choice).unwrap_or(u8::MAX)).collect());
            }
            (Counts::Text { rows }, Answer::Text(text)) => rows.push(text.clone()),
            // The reader returns answers in the shape of the cell's task.
            (counts, answer) => debug_assert!(false, "{answer:?} counted into {counts:?}"),
        }
    }
}

impl Cell {
    /// Makes a cell without answers, for this shape and number of choices.
    pub fn empty(shape: Shape, choices: usize) -> Self {
        let counts = shape.counts(choices);
        Cell { n: 0, invalid: BTreeMap::new(), gaps: Vec::new(), lost: Vec::new(), counts, panel: false }
    }

    /// Counts one parsed response.
    pub fn add(&mut self, answer: &Result<Answer, Invalid>) {
        match answer {
            Ok(answer) => {
                self.n += 1;
                self.counts.add(answer);
            }
            Err(reason) => {
                *self.invalid.entry(*reason).or_default() += 1;
                self.gaps.push((self.n, *reason));
            }
        }
    }

    /// Returns the number of responses that were no answer.
    pub(crate) fn invalid_total(&self) -> u32 {
        self.invalid.values().sum()
    }
}

impl Profile {
    /// Makes a profile without answers.
    pub fn new(respondent: impl Into<String>, task: &Task) -> Self {
        Profile { respondent: respondent.into(), task: task.id.clone(), items: BTreeMap::new() }
    }

    /// Counts the parsed response to an item in a form.
    pub fn add(&mut self, task: &Task, item: &Item, form: &str, answer: &Result<Answer, Invalid>) {
        self.cell(task, item, form).add(answer);
    }

    /// Like [`add`](Self::add), for a response that came after a try whose answer was lost.
    pub fn add_after_lost(&mut self, task: &Task, item: &Item, form: &str, answer: &Result<Answer, Invalid>) {
        let cell = self.cell(task, item, form);
        cell.lost.push(cell.n + cell.invalid_total());
        cell.add(answer);
    }

    fn cell(&mut self, task: &Task, item: &Item, form: &str) -> &mut Cell {
        let forms = &mut self.items.entry(item.id.clone()).or_default().forms;
        forms.entry(form.to_owned()).or_insert_with(|| Cell::empty(task.shape, item.choices.len()))
    }

    /// Returns whether these answers come from a survey whose people may have answered several questions.
    #[cfg(feature = "cli")]
    pub(crate) fn is_survey(&self) -> bool {
        self.items.values().flat_map(|item| item.forms.values()).any(|cell| cell.panel)
    }

    /// Returns the numbers of valid and invalid responses, over all items and forms.
    pub fn totals(&self) -> (u32, u32) {
        let cells = self.items.values().flat_map(|item| item.forms.values());
        cells.fold((0, 0), |(valid, invalid), cell| (valid + cell.n, invalid + cell.invalid_total()))
    }

    /// Returns the invalid responses by reason, the most frequent first.
    pub(crate) fn invalid_by_reason(&self) -> Vec<(Invalid, u32)> {
        by_reason(&self.items.values().flat_map(|item| item.forms.values()).collect::<Vec<_>>())
    }
}

fn by_reason(cells: &[&Cell]) -> Vec<(Invalid, u32)> {
    let mut by_reason: BTreeMap<Invalid, u32> = BTreeMap::new();
    for (reason, count) in cells.iter().flat_map(|cell| &cell.invalid) {
        *by_reason.entry(*reason).or_default() += count;
    }
    let mut list: Vec<(Invalid, u32)> = by_reason.into_iter().collect();
    list.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    list
}
