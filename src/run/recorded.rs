//! What is recorded of a model's answers to a task: read without asking for anything, for forecasts.

use super::Run;
use super::profiles::unit;
use super::task_answers::{GrowingSample, SampledAnswer, TaskAnswers};
use super::versions::VersionCounts;
use crate::asking::{Mode, Sampler};
use crate::config::Model;
#[cfg(feature = "cli")]
use crate::profile::View;
#[cfg(feature = "cli")]
use crate::provider::Response;
use crate::suite::Task;

/// Recorded answers, as far as a run may come to need them.
#[derive(Debug)]
pub(crate) struct RecordedAnswers {
    asked: GrowingSample,
    name: String,
    used: Option<RecordedTokens>,
    /// Whether a run reads them: not in live mode, which asks everything anew.
    replayed: bool,
}

/// Tokens of recorded questions and answers, where the provider counted them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordedTokens {
    /// The average number of tokens in a question.
    pub asked: f64,
    /// The average number of tokens in an answer.
    pub said: f64,
    pub longest: f64,
}

/// Recorded responses that have, or would have, their model asked back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RecordedAskBacks {
    /// The number of recorded responses.
    pub of: u64,
    /// The number of those responses that were unread at first.
    pub unread: u64,
    /// The number of unread responses after which the model has not been asked back yet.
    pub open: u64,
}

impl RecordedAnswers {
    /// Returns the tokens that a question and its answer take on average.
    pub(crate) fn used(&self) -> Option<RecordedTokens> {
        self.used
    }

    /// The samples per item that all forms of `forms` have in full.
    pub(crate) fn complete(&self, forms: &[usize]) -> u32 {
        forms.iter().filter_map(|form| self.asked.samples.get(*form)).copied().min().unwrap_or(0)
    }

    /// The answers of the first `samples` per item, in some forms.
    pub(crate) fn first(&self, task: &Task, samples: u32, forms: &[usize]) -> TaskAnswers {
        self.asked.first(task, samples, forms, &self.name)
    }

    /// Returns the number of recorded answers from each version of the model.
    pub(crate) fn parts(&self, task: &Task) -> VersionCounts {
        let forms: Vec<usize> = (0..task.forms.len()).collect();
        self.asked.first(task, u32::MAX, &forms, &self.name).parts
    }

    /// How many answers of the first `samples` per item, in one form, a run need not ask for.
    pub(crate) fn within(&self, task: &Task, samples: u32, form: usize) -> u64 {
        let among = |index: u32, of: usize| of == form && index < task.samples_in_form(samples, form);
        let found = self.asked.answers.iter().filter(|heard| among(heard.index, heard.form));
        if self.replayed { found.count() as u64 } else { 0 }
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
    /// What is recorded of a model's answers to a task, up to `most` per item. Asks nothing, and writes
    /// nothing.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    pub(crate) fn recorded(&self, model: &Model, task: &Task, most: u32) -> Result<RecordedAnswers, String> {
        let mut asked = GrowingSample::default();
        asked.samples.resize(task.forms.len(), 0);
        let (mut counted, mut sums, mut longest) = (0_u32, (0, 0), 0);
        for form in 0..task.forms.len() {
            let (mut size, mut complete) = (0_u32, None);
            // Further and further, so that little is made of what is not there.
            while size < most {
                let next = size.saturating_mul(2).saturating_add(1).min(most);
                let unit = unit(&self.config, model, task, &[(form, size..next)]);
                let responses = self.profiles.sampler.recorded(&unit).map_err(|error| error.to_string())?;
                let mut found = 0;
                for (question, response) in unit.questions.iter().zip(&responses) {
                    match response {
                        Some(response) => {
                            found += 1;
                            if let Some((question, answer)) = response.tokens_in.zip(response.tokens_out) {
                                counted += 1;
                                sums = (sums.0 + question, sums.1 + answer);
                                longest = longest.max(answer);
                            }
                            asked.add(task, &question, question.index, response);
                        }
                        None if complete.is_none() => {
                            let with = |samples: &u32| task.samples_in_form(*samples, form) > question.index;
                            complete = (size + 1..=next).find(with).map(|samples| samples - 1);
                        }
                        None => {}
                    }
                }
                size = next;
                if found == 0 && !unit.questions.is_empty() {
                    break;
                }
            }
            asked.samples[form] = complete.unwrap_or(size);
        }
        let replayed = self.profiles.sampler.mode() != Mode::Live;
        let mean = |sum: u64| sum as f64 / f64::from(counted);
        let used = (counted > 0).then(|| RecordedTokens {
            asked: mean(sums.0),
            said: mean(sums.1),
            longest: longest as f64,
        });
        Ok(RecordedAnswers { used, asked, name: model.name.clone(), replayed })
    }

    /// The recorded responses to the questions that a model's snapshot of a task is of; fewer, where some
    /// are missing. Asks nothing.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    #[cfg(feature = "cli")]
    pub(crate) fn responses(&self, model: &Model, task: &Task) -> Result<Vec<Response>, String> {
        let samples = self.config.samples(model, task);
        let wanted: Vec<_> = View::Main.forms(task).into_iter().map(|form| (form, 0..samples)).collect();
        let unit = unit(&self.config, model, task, &wanted);
        let responses = self.profiles.sampler.recorded(&unit).map_err(|error| error.to_string())?;
        Ok(responses.into_iter().flatten().collect())
    }

    /// Whether this run may ask a model: the mode allows it, and a key that is named is there.
    pub(crate) fn asks(&self, model: &Model) -> bool {
        self.profiles.sampler.asks(model)
    }

    pub(crate) fn sampler(&self) -> &Sampler {
        &self.profiles.sampler
    }
}
