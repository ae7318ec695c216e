//! Answers drawn one by one from a profile: what a respondent might have said, asked again. For
//! simulations of verdicts, and for planning how many answers a check takes.
//!
//! A published profile tells how often each answer came up, in rarely more than one form. Answers are
//! drawn independently of each other, and of the other items and forms:
//!
//! - A **set** is one of the profile's answers, where it tells them one by one; else `pick` choices,
//!   of maximum entropy given how often each choice was selected ([`FixedSize`](alignspec::__testing::stats::inclusion::FixedSize)).
//! - A **level** comes up in proportion to its count; `OTHER` in proportion to the
//!   answers whose level is not told.
//! - A **ranking** is one of the profile's rankings, each equally likely (the bootstrap: Efron, Ann.
//!   Statist. 7, 1979).
//!
//! Only valid answers are drawn. Which answers of the profile stand for a form of the task: its own
//! answers in that form; else those whose form is not told (`""`); else, when it knows none of the
//! task's forms (published rankings only name their source's settings), all its answers to the item.
//! An item or form that none of these gives is not asked. This is how `View::Main`
//! pools a profile, so that the shares of the drawn answers tend to those that measures see.

mod pool;

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use alignspec::__testing::profile::{Cell, Counts, ItemProfile, Profile};
use alignspec::__testing::stats::UndefinedStatistic;
use alignspec::__testing::suite::{Shape, Task};
use rand::Rng;

use self::pool::{Column, Pool};

/// Why answers cannot be drawn from a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undrawable {
    /// Texts have no shares.
    #[error("{task} asks for free text, which cannot be drawn")]
    Text {
        /// The task's id.
        task: String,
    },
    /// The profile has no valid answer to any item, in any form that the task asks.
    #[error("{respondent} has no valid answers to the questions of {task}")]
    NoAnswers {
        /// The profile's respondent.
        respondent: String,
        /// The task's id.
        task: String,
    },
    /// The profile was made for other questions: another shape of answers, or other choices.
    #[error("the answers of {respondent} to {place} are not to the question that is asked there now")]
    OtherQuestion {
        /// The profile's respondent.
        respondent: String,
        /// Task, item and form, as in a tally file.
        place: String,
    },
    /// No sets of `pick` choices can have been selected that often.
    #[error("the selections of {respondent} in {place} are not those of sets of {pick}: {why}")]
    Totals {
        /// The profile's respondent.
        respondent: String,
        /// Task, item and form, as in a tally file.
        place: String,
        /// How many choices each answer selects.
        pick: usize,
        /// What is wrong with them, as shares of the answers.
        why: UndefinedStatistic,
    },
}

/// A profile prepared to draw answers from.
#[derive(Debug, Clone)]
pub struct Source {
    plan: Arc<Plan>,
}

/// What drawn answers share with their source.
#[derive(Debug)]
struct Plan {
    task: Task,
    /// The cells that are asked, without answers: to be copied.
    empty: Profile,
    /// In the order of `empty`'s cells.
    cells: Vec<Asked>,
}

/// One item in one form.
#[derive(Debug)]
struct Asked {
    form: usize,
    pool: Pool,
}

/// Answers to every item in every form, in the order of the samples.
#[derive(Debug, Clone)]
pub struct Drawn {
    plan: Arc<Plan>,
    samples: u32,
    /// One for each of the plan's cells.
    columns: Vec<Column>,
}

impl Source {
    /// Prepares to draw the answers to `task` that the respondent of `profile` gives.
    ///
    /// # Errors
    /// [`Undrawable`]. Counts of selected choices may miss `pick` × n by
    /// [`MAX_GAP`](alignspec::__testing::stats::inclusion::MAX_GAP), as published ones do, and are then adjusted.
    pub fn new(task: &Task, profile: &Profile) -> Result<Source, Undrawable> {
        if task.shape == Shape::Text {
            return Err(Undrawable::Text { task: task.id.clone() });
        }
        let mut empty = Profile::new(&profile.respondent, task);
        // Sorted as a profile sorts its cells.
        let mut asked: BTreeMap<(&str, &str), Asked> = BTreeMap::new();
        for item in &task.items {
            let Some(answers) = profile.items.get(&item.id) else { continue };
            for (form, label) in task.forms.iter().map(|form| form.label).enumerate() {
                let cells = standing_for(task, answers, label);
                if cells.is_empty() {
                    continue;
                }
                let pool = Pool::new(task.shape, item.choices.len(), &cells).map_err(|why| {
                    let respondent = profile.respondent.clone();
                    let place = [&task.id, &item.id, label].into_iter().filter(|part| !part.is_empty());
                    let place = place.collect::<Vec<&str>>().join(".");
                    match (why, task.shape) {
                        (Some(why), Shape::Set { pick }) => {
                            Undrawable::Totals { respondent, place, pick, why }
                        }
                        _ => Undrawable::OtherQuestion { respondent, place },
                    }
                })?;
                let cell = Cell::empty(task.shape, item.choices.len());
                empty.items.entry(item.id.clone()).or_default().forms.insert(label.to_owned(), cell);
                asked.insert((&item.id, label), Asked { form, pool });
            }
        }
        if asked.is_empty() {
            let respondent = profile.respondent.clone();
            return Err(Undrawable::NoAnswers { respondent, task: task.id.clone() });
        }
        let plan = Plan { task: task.clone(), empty, cells: asked.into_values().collect() };
        Ok(Source { plan: Arc::new(plan) })
    }

    /// Draws the answers to `samples` questions per item: in every form, or divided over the forms
    /// where they counterbalance one another ([`Task::samples_in_form`]).
    ///
    /// Fewer samples from the same stream are the first of more.
    pub fn draw<R: Rng + ?Sized>(&self, samples: u32, rng: &mut R) -> Drawn {
        let forms = 0..self.plan.task.forms.len();
        let rounds = forms.map(|form| self.plan.task.samples_in_form(samples, form)).max().unwrap_or(0);
        let cells = &self.plan.cells;
        let mut columns: Vec<Column> = cells.iter().map(|asked| asked.pool.column(rounds as usize)).collect();
        // Round by round, and all forms in each, though the last may be asked in some forms only: what
        // is drawn in a round must not depend on how many follow.
        for _ in 0..rounds {
            for (asked, column) in cells.iter().zip(&mut columns) {
                asked.pool.draw(rng, column);
            }
        }
        Drawn { plan: Arc::clone(&self.plan), samples, columns }
    }
}

impl Drawn {
    /// The profile of the first `samples` answers (all, if there are no more): what was counted after
    /// so many, with the answers one by one.
    pub fn profile(&self, samples: u32) -> Profile {
        let mut profile = self.plan.empty.clone();
        self.count(samples, &mut profile);
        profile
    }

    /// As [`Drawn::profile`], into a profile that is done with. One of the same cells, as an earlier
    /// profile of the same source is, is written over without allocating, but for answers beyond
    /// those it has held.
    pub fn profile_into(&self, samples: u32, into: &mut Profile) {
        if layout(&self.plan.empty).eq(layout(into)) {
            into.respondent.clone_from(&self.plan.empty.respondent);
            into.task.clone_from(&self.plan.empty.task);
        } else {
            into.clone_from(&self.plan.empty);
        }
        self.count(samples, into);
    }

    fn count(&self, samples: u32, into: &mut Profile) {
        let samples = samples.min(self.samples);
        let cells = into.items.values_mut().flat_map(|item| item.forms.values_mut());
        for (cell, (asked, column)) in cells.zip(self.plan.cells.iter().zip(&self.columns)) {
            asked.pool.count(column, self.plan.task.samples_in_form(samples, asked.form), cell);
        }
    }
}

/// The cells whose answers stand for a form; none that has no answers.
fn standing_for<'a>(task: &Task, answers: &'a ItemProfile, label: &str) -> Vec<&'a Cell> {
    let own = answers.forms.get(label).or_else(|| answers.forms.get(""));
    let knows_forms = task.forms.iter().any(|form| answers.forms.contains_key(form.label));
    let mut cells: Vec<&Cell> = match own {
        Some(cell) => vec![cell],
        None if knows_forms => Vec::new(),
        None => answers.forms.values().collect(),
    };
    cells.retain(|cell| cell.n > 0);
    cells
}

/// What must be the same for one profile to be counted into another.
fn layout(profile: &Profile) -> impl Iterator<Item = (&str, &str, Discriminant<Counts>, usize)> {
    profile.items.iter().flat_map(|(item, answers)| {
        answers.forms.iter().map(move |(form, cell)| {
            let choices = match &cell.counts {
                Counts::Set { selected, .. } => selected.len(),
                Counts::Level { counts, .. } => counts.len(),
                Counts::Ranking { .. } | Counts::Text { .. } => 0,
            };
            (item.as_str(), form.as_str(), discriminant(&cell.counts), choices)
        })
    })
}
