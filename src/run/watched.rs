//! What a watch asks, and what it hears: a few fresh answers to the questions of a role's snapshots.
//!
//! **Fresh forms.** A snapshot's answers are to repetitions 0, 1, 2 … of each question; a watch asks for repetitions far
//! beyond all that a run asks for, which are drawn from the watch's id. So their orders and wordings are new ones, drawn
//! as the snapshot's were, and no answer of a recording is taken for a fresh one. Forms that counterbalance one another
//! take turns, from a drawn start.

use std::collections::BTreeMap;

use rand::RngExt;

use super::portion::Portion;
use super::task_answers::{GrowingSample, TaskAnswers};
use super::{Run, ask_back, copies};
use crate::answer;
use crate::asking::{Sampler, SamplingUnit};
use crate::config::Model;
use crate::profile::View;
use crate::stats::resample::{Stream, choose_first, rng};
use crate::suite::{Questions, Task};
use crate::verdict::watch::{WatchedItems, heard};

/// The repetitions that watches ask for: beyond those of any run, and few enough for tasks that divide repetitions over their
/// forms.
const REPETITIONS: std::ops::Range<u32> = 1 << 24..1 << 28;

/// The places of the questions of a task that a watch asks: item, form, repetition.
pub(crate) type WatchedPlaces = Vec<(usize, usize, u32)>;

/// What a model answered to one task in one watch.
#[derive(Debug)]
pub(crate) struct WatchedAnswers {
    pub items: WatchedItems,
    pub answers: TaskAnswers,
}

/// Why a task could not be watched.
#[derive(Debug)]
pub(crate) enum WatchFailure {
    /// So many of all responses are missing; and the most frequent reason.
    Missing { missing: usize, of: usize, why: String },
    /// Another one.
    Other(String),
}

/// Spreads requests over questions: to each the same number, and one more to as many as there are left, which are
/// drawn from the stream.
///
/// ```
/// use alignspec::__testing::run::spread_requests;
/// use alignspec::__testing::stats::resample::rng;
/// let each = spread_requests(53, 100, &mut rng(1, &["watch"]));
/// assert_eq!((each.iter().sum::<u32>(), each.iter().min(), each.iter().max()), (100, Some(&1), Some(&2)));
/// ```
#[must_use]
pub fn spread_requests(questions: usize, requests: u32, stream: &mut Stream) -> Vec<u32> {
    let Some(all) = u32::try_from(questions).ok().filter(|all| *all > 0) else { return Vec::new() };
    let mut each = vec![requests / all; questions];
    let left = (requests % all) as usize;
    let mut places: Vec<usize> = (0..questions).collect();
    choose_first(stream, &mut places, left);
    places.into_iter().take(left).for_each(|place| each[place] += 1);
    each
}

impl Run {
    /// Returns what a watch with this id asks a role of some items of each task: the same whenever it is planned.
    pub(crate) fn watch_plan(
        &self,
        role: &str,
        id: &str,
        tasks: &[(&Task, Vec<usize>)],
        requests: u32,
    ) -> Vec<WatchedPlaces> {
        let mut stream = rng(self.config.sampling.seed, &["watch", role, id]);
        let questions: usize = tasks.iter().map(|(_, items)| items.len()).sum();
        let mut each = spread_requests(questions, requests, &mut stream).into_iter();
        let mut plan = Vec::new();
        for (task, items) in tasks {
            let forms = View::Main.forms(task);
            let mut places = WatchedPlaces::new();
            for item in items {
                let turn = stream.random_range(0..forms.len().max(1));
                for number in 0..each.next().unwrap_or(0) {
                    let Some(form) = forms.get((turn + number as usize) % forms.len().max(1)) else {
                        continue;
                    };
                    let mut index = stream.random_range(REPETITIONS);
                    while places.contains(&(*item, *form, index)) {
                        index = stream.random_range(REPETITIONS);
                    }
                    places.push((*item, *form, index));
                }
            }
            plan.push(places);
        }
        plan
    }

    /// Asks what a watch asks of one task, through a sampler that keeps the watch's answers apart.
    ///
    /// # Errors
    /// A response is missing, for whatever reason (one may be missing because of what it says); too many are copies
    /// of others; or the answers cannot be kept.
    pub(crate) fn watch(
        &self,
        model: &Model,
        task: &Task,
        places: &WatchedPlaces,
        sampler: &Sampler,
    ) -> Result<WatchedAnswers, WatchFailure> {
        let questions = Questions::new(task, self.config.sampling.seed, places.iter().copied());
        let unit = SamplingUnit { model, task, questions, schema: answer::schema, back: ask_back::BACK };
        let mut sample = GrowingSample::default();
        let sampled = sampler.sample_each(&unit, &mut |place, response| {
            if let Some(response) = response {
                let (question, index) = (unit.questions.alike(place), unit.questions.place(place).2);
                sample.add(task, &question, index, &response);
            }
        });
        let sampled = sampled.map_err(|error| WatchFailure::Other(error.to_string()))?;
        if let Some(why) = sampled.reason() {
            return Err(WatchFailure::Missing { missing: sampled.missing.len(), of: sampled.of, why });
        }
        let all = Portion::even(task, View::Main.forms(task), u32::MAX);
        let answers = sample.first(task, &all, &model.name);
        if let Some(why) = copies::too_many(model, task, &answers.copies) {
            return Err(WatchFailure::Other(why));
        }
        let mut asked = BTreeMap::new();
        for (item, profile) in &answers.profile.items {
            let responses = |cell: &crate::profile::Cell| cell.n.saturating_add(cell.invalid_total());
            asked.insert(item.clone(), profile.forms.values().map(responses).sum());
        }
        let items = heard(&answers.profile.table(task, View::Main), &asked);
        Ok(WatchedAnswers { items, answers })
    }
}
