//! How far a check may go on asking: which questions of its tasks it reads, and how many answers to each it may have.
//! Both follow from files alone, so a check judges the same answers whatever else a run asks.

use std::collections::BTreeMap;

use super::{Portion, Run};
use crate::check::{Check, Who};
use crate::config::{Config, Model};
use crate::profile::View;
use crate::suite::Task;

/// A check that reads at most this many questions reads few.
pub const FEW_QUESTIONS: usize = 5;

/// The most answers to each question if a check reads few questions, and if it reads more, unless `max_samples` is
/// set. Either amounts to a few thousand requests at most.
pub const MOST_OF_FEW: u32 = 1_000;
const MOST_OF_MANY: u32 = 200;

/// How far a check may go on asking, by task; empty for a respondent that is not asked.
#[derive(Debug, Default)]
pub(crate) struct Extent(BTreeMap<String, TaskExtent>);

#[derive(Debug)]
struct TaskExtent {
    /// The indices of the items that the check reads.
    read: Vec<usize>,
    /// How many answers each item gets at first, and the most that an item which is read may get.
    steps: (u32, u32),
}

impl Extent {
    /// Returns the ids of the tasks.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns the most answers to a question of any task; `None` if nobody is asked.
    pub(crate) fn most(&self) -> Option<u32> {
        self.0.values().map(|task| task.steps.1).max()
    }

    /// Returns the most answers to a question of one task that is read.
    pub(crate) fn most_of(&self, task: &str) -> u32 {
        self.0.get(task).map_or(0, |task| task.steps.1)
    }

    /// Returns the indices of a task's items that are read.
    pub(crate) fn read(&self, task: &str) -> &[usize] {
        self.0.get(task).map_or(&[], |task| &task.read)
    }

    /// Returns the answers to judge after `samples` answers to each question that is read; `None` if nobody is asked.
    pub(crate) fn portion(&self, task: &Task, view: View, samples: u32) -> Option<Portion> {
        let extent = self.0.get(&task.id)?;
        let samples = samples.min(extent.steps.1);
        Some(Portion::of_check(task, view.forms(task), &extent.read, samples, extent.steps))
    }
}

impl Run {
    /// Returns how far a check may go on asking when it judges a model.
    pub(crate) fn extent(&self, model: &str, check: &Check) -> Extent {
        let mut read: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let inputs = check.measure.inputs();
        let Some(model) = self.model(model) else { return Extent::default() };
        for (at, input) in inputs.iter().enumerate().filter(|(_, input)| input.who == Who::Subject) {
            let Some(task) = self.suites.task(&input.task) else { continue };
            let all = || (0..task.items.len()).collect();
            let known = read.entry(task.id.as_str()).or_default();
            known.extend(check.measure.reads(at, &self.suites).unwrap_or_else(all));
            known.sort_unstable();
            known.dedup();
        }
        let questions = read.values().map(Vec::len).sum();
        let mut extent = Extent::default();
        for (id, read) in read {
            let Some(task) = self.suites.task(id) else { continue };
            let first = self.config.samples(model, task);
            let steps = (first, self.config.most_samples(model, task, questions));
            extent.0.insert(id.to_owned(), TaskExtent { read, steps });
        }
        extent
    }
}

impl Config {
    /// Returns how many answers per item a model is asked for at first.
    pub fn samples(&self, model: &Model, task: &Task) -> u32 {
        let samples = model.samples.get(&task.id).copied().or(task.samples);
        if !task.shape.is_counted() {
            return samples.unwrap_or(1);
        }
        samples.unwrap_or(self.sampling.samples).next_multiple_of(task.round())
    }

    /// Returns the most answers per item that a model may be asked for by a check that reads this many questions. If
    /// the model or the task fixes the number of samples, that number is the limit.
    pub(crate) fn most_samples(&self, model: &Model, task: &Task, questions: usize) -> u32 {
        let fixed = model.samples.get(&task.id).copied().or(task.samples);
        let most = if questions <= FEW_QUESTIONS { MOST_OF_FEW } else { MOST_OF_MANY };
        let most = self.sampling.max_samples.unwrap_or(most).max(self.sampling.samples);
        fixed.unwrap_or(most).next_multiple_of(task.round())
    }

    /// Returns the most answers per item that any check may ask a model for.
    pub(crate) fn most_of_any(&self, model: &Model, task: &Task) -> u32 {
        self.most_samples(model, task, 1).max(self.samples(model, task))
    }
}
