//! Finds the recorded answers of a model to a task, for forecasts, without asking anything.

use std::collections::HashMap;

use super::Run;
use super::portion::{FurtherAnswers, Portion};
use super::profiles::unit;
use super::task_answers::{GrowingSample, SampledAnswer, TaskAnswers};
use super::versions::VersionCounts;
use crate::asking::{Mode, Sampler};
use crate::config::Model;
use crate::profile::View;
use crate::provider::Response;
use crate::suite::{Question, Task};

/// Recorded answers, up to the most that a run may need.
#[derive(Debug)]
pub(crate) struct RecordedAnswers {
    asked: GrowingSample,
    /// The recorded repetitions of each item and form, in ascending order.
    indices: HashMap<(usize, usize), Vec<u32>>,
    name: String,
    used: Option<RecordedTokens>,
    /// Whether a run reads them, which is so in all modes except live.
    replayed: bool,
}

/// The tokens of recorded questions and answers, if the provider counted them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordedTokens {
    /// The average number of tokens in a question.
    pub asked: f64,
    /// The average number of tokens in an answer.
    pub said: f64,
    pub longest: f64,
}

/// Sums of the tokens of recorded questions and answers.
#[derive(Debug, Default)]
struct TokenSums {
    counted: u32,
    asked: u64,
    said: u64,
    longest: u64,
}

impl TokenSums {
    fn add(&mut self, response: &Response) {
        if let Some((asked, said)) = response.tokens_in.zip(response.tokens_out) {
            self.counted += 1;
            (self.asked, self.said) = (self.asked + asked, self.said + said);
            self.longest = self.longest.max(said);
        }
    }

    fn mean(&self) -> Option<RecordedTokens> {
        let mean = |sum: u64| sum as f64 / f64::from(self.counted);
        (self.counted > 0).then(|| RecordedTokens {
            asked: mean(self.asked),
            said: mean(self.said),
            longest: self.longest as f64,
        })
    }
}

/// Counts of recorded responses after which the model was asked back, or would be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordedAskBacks {
    /// The number of recorded responses.
    pub of: u64,
    /// The number of those responses that could not be read at first.
    pub unread: u64,
    /// The number of unread responses after which the model has not been asked back yet.
    pub open: u64,
}

impl RecordedAnswers {
    /// Returns the tokens that a question and its answer take on average.
    pub(crate) fn used(&self) -> Option<RecordedTokens> {
        self.used
    }

    /// Returns how many complete samples each of these items has in all of these forms.
    pub(crate) fn complete(&self, forms: &[usize], items: impl IntoIterator<Item = usize>) -> u32 {
        let known = |item| forms.iter().map(move |form| self.asked.known(item, *form));
        items.into_iter().flat_map(known).min().unwrap_or(0)
    }

    /// Returns the answers of a portion.
    pub(crate) fn first(&self, task: &Task, portion: &Portion) -> TaskAnswers {
        self.asked.first(task, portion, &self.name)
    }

    /// Returns the number of recorded answers from each version of the model.
    pub(crate) fn parts(&self, task: &Task) -> VersionCounts {
        let all = Portion::even(task, (0..task.forms.len()).collect(), u32::MAX);
        self.asked.first(task, &all, &self.name).parts
    }

    /// Returns how many of the first `samples` answers to an item in one form are already recorded.
    pub(crate) fn within(&self, task: &Task, samples: u32, item: usize, form: usize) -> u64 {
        let in_form = task.samples_in_form(samples, form);
        let found =
            self.indices.get(&(item, form)).map_or(0, |indices| indices.partition_point(|at| *at < in_form));
        if self.replayed { found as u64 } else { 0 }
    }

    /// Notes for each item and form how many samples are recorded without a gap.
    fn note_complete(&mut self, task: &Task, most: u32) {
        for ((item, form), indices) in &self.indices {
            let gap = (0..).zip(indices).take_while(|(at, index)| *at == **index).count();
            // Finds the most samples that need no further repetitions.
            let needs = |samples: u32| task.samples_in_form(samples, *form) as usize;
            let (mut low, mut high) = (0, most);
            while low < high {
                let middle = high - (high - low) / 2;
                if needs(middle) <= gap { low = middle } else { high = middle - 1 }
            }
            self.asked.grown(*item, *form, low);
        }
    }

    /// Returns what the recording says about asking back.
    pub(crate) fn backs(&self) -> RecordedAskBacks {
        let all = &self.asked.answers;
        let count = |of: fn(&SampledAnswer) -> bool| all.iter().filter(|heard| of(heard)).count() as u64;
        let open = if self.replayed { count(|heard| heard.unread) } else { 0 };
        RecordedAskBacks { of: all.len() as u64, unread: count(|heard| heard.back || heard.unread), open }
    }
}

impl Run {
    /// Returns the recorded answers of a model to a task, up to the most that a run may ask for. It asks and writes
    /// nothing.
    /// writes nothing.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    pub(crate) fn recorded(&self, model: &Model, task: &Task) -> Result<RecordedAnswers, String> {
        let most = self.config.most_of_any(model, task);
        let mut recorded = RecordedAnswers {
            asked: GrowingSample::default(),
            indices: HashMap::new(),
            name: model.name.clone(),
            used: None,
            replayed: self.profiles.sampler.mode() != Mode::Live,
        };
        let mut tokens = TokenSums::default();
        for form in 0..task.forms.len() {
            let mut open: Vec<usize> = (0..task.items.len()).collect();
            let mut size = 0;
            // The range doubles each time, so that few questions are made for answers that do not exist.
            while size < most && !open.is_empty() {
                let next = size.saturating_mul(2).saturating_add(1).min(most);
                let further = |item: &usize| FurtherAnswers { item: *item, form, samples: size..next };
                let wanted: Vec<FurtherAnswers> = open.iter().map(further).collect();
                let unit = unit(&self.config, model, task, &wanted);
                let responses = self.profiles.sampler.recorded(&unit).map_err(|error| error.to_string())?;
                for (at, response) in responses.iter().enumerate() {
                    let Some(response) = response else { continue };
                    tokens.add(response);
                    let (question, index) = (unit.questions.alike(at), unit.questions.place(at).2);
                    recorded.asked.add(task, &question, index, response);
                    let item = recorded.asked.answers.last().map_or(0, |heard| heard.item);
                    recorded.indices.entry((item, form)).or_default().push(index);
                }
                let before = task.samples_in_form(size, form);
                // A counterbalanced form may get no further sample between the two sizes.
                let none = before == task.samples_in_form(next, form);
                let came = |item: &usize| {
                    let last = recorded.indices.get(&(*item, form)).and_then(|indices| indices.last());
                    none || last.is_some_and(|last| *last >= before)
                };
                open.retain(came);
                size = next;
            }
        }
        recorded.note_complete(task, most);
        recorded.used = tokens.mean();
        Ok(recorded)
    }

    /// Returns the recorded responses to the questions of a model's snapshot of a task, without the missing ones. It
    /// asks nothing.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    #[cfg(feature = "cli")]
    pub(crate) fn responses(&self, model: &Model, task: &Task) -> Result<Vec<Response>, String> {
        let samples = self.config.samples(model, task);
        let wanted = Portion::even(task, View::Main.forms(task), samples).whole();
        let unit = unit(&self.config, model, task, &wanted);
        let responses = self.profiles.sampler.recorded(&unit).map_err(|error| error.to_string())?;
        Ok(responses.into_iter().flatten().collect())
    }

    /// As `responses`, each with the question that it answers.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    pub(crate) fn responses_to<'t>(
        &self,
        model: &'t Model,
        task: &'t Task,
    ) -> Result<Vec<(Question<'t>, Response)>, String> {
        let samples = self.config.samples(model, task);
        let wanted = Portion::even(task, View::Main.forms(task), samples).whole();
        let unit = unit(&self.config, model, task, &wanted);
        let responses = self.profiles.sampler.recorded(&unit).map_err(|error| error.to_string())?;
        let there = responses.into_iter().enumerate().filter_map(|(at, response)| Some((at, response?)));
        Ok(there.map(|(at, response)| (unit.questions.alike(at).into_owned(), response)).collect())
    }

    /// Returns whether this run may ask a model: the mode allows it, and its key is set if it needs one.
    pub(crate) fn asks(&self, model: &Model) -> bool {
        self.profiles.sampler.asks(model)
    }

    pub(crate) fn sampler(&self) -> &Sampler {
        &self.profiles.sampler
    }
}
