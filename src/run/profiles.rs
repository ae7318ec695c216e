//! The profiles of a run: each respondent's answers to a task, made once and shared by all trials.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::OnceCell;

use super::Run;
use crate::answer;
use crate::config::{Config, Model};
use crate::profile::Profile;
use crate::respondent::Finish;
use crate::sample::{Ready, Sampler, Unit};
use crate::suite::{Question, Shape, Task};

/// One respondent's answers to one task.
#[derive(Debug)]
pub(crate) struct Answers {
    pub profile: Profile,
    /// The version the provider says has answered, where it does.
    pub version: Option<String>,
}

impl Answers {
    /// `3 of 50 responses invalid: 2 wrong count, 1 empty`; `None` when all are valid.
    pub fn invalid_summary(&self) -> Option<String> {
        let (valid, invalid) = self.profile.totals();
        if invalid == 0 {
            return None;
        }
        let reasons: Vec<String> = self
            .profile
            .invalid_by_reason()
            .iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        Some(format!("{invalid} of {} responses invalid: {}", valid + invalid, reasons.join(", ")))
    }
}

/// Respondent, task, answers per item.
type Key = (String, String, Option<u32>);
type Made = Arc<OnceCell<Result<Arc<Answers>, String>>>;

#[derive(Debug)]
pub(crate) struct Profiles {
    sampler: Sampler,
    made: Mutex<HashMap<Key, Made>>,
}

impl Profiles {
    pub fn new(sampler: Sampler) -> Self {
        Profiles { sampler, made: Mutex::default() }
    }

    pub fn get(
        &self,
        run: &Run,
        who: &str,
        task: &Task,
        samples: Option<u32>,
    ) -> Result<Arc<Answers>, String> {
        let key = (who.to_owned(), task.id.clone(), samples);
        let made =
            Arc::clone(self.made.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        made.get_or_init(|| self.make(run, who, task, samples).map(Arc::new)).clone()
    }

    fn make(&self, run: &Run, who: &str, task: &Task, samples: Option<u32>) -> Result<Answers, String> {
        match run.model(who).filter(|model| !model.is_tally()) {
            Some(model) => self.asked(&run.config, model, task, samples),
            None => tallied(run, who, task),
        }
    }

    /// Asks (or replays) and reads the answers.
    fn asked(
        &self,
        config: &Config,
        model: &Model,
        task: &Task,
        samples: Option<u32>,
    ) -> Result<Answers, String> {
        let samples = samples.unwrap_or_else(|| config.samples(model, task));
        let unit = unit(config, model, task, samples);
        let sampled = self.sampler.sample(&unit).map_err(|error| error.to_string())?;
        // Missing answers may be missing for a reason that has to do with what they would say.
        if let Some(shortfall) = sampled.shortfall() {
            return Err(format!("{}: {shortfall}", task.id));
        }
        let mut profile = Profile::new(&model.name, task);
        let mut version = None;
        for (question, response) in unit.questions.iter().zip(&sampled.responses) {
            let Some(response) = response else { continue };
            let cut = response.finish == Finish::Length;
            let answer = answer::parse(question, &response.text, cut);
            profile.add(task, question.item, question.form.label, &answer);
            version = version.or_else(|| response.model.clone());
        }
        Ok(Answers { profile, version })
    }

    /// Why a trial that needs this respondent's answers cannot run here: its key is not set.
    pub fn blocked(&self, run: &Run, who: &str, task: &Task) -> Option<String> {
        let model = run.model(who).filter(|model| !model.is_tally())?;
        // Without a key's name there is nothing to wait for; do not make questions for nothing.
        model.key_env.as_ref()?;
        let unit = unit(&run.config, model, task, run.config.samples(model, task));
        match self.sampler.ready(&unit) {
            Ready::Ignored(reason) => Some(format!("{}: {reason}", model.name)),
            Ready::Recorded | Ready::Runs => None,
        }
    }
}

/// The questions of one unit: every item in every form, `samples` times (split over the forms where
/// they counterbalance one another).
fn unit<'a>(config: &Config, model: &'a Model, task: &'a Task, samples: u32) -> Unit<'a> {
    let mut questions: Vec<Question<'a>> = Vec::new();
    // Index by index, so that a run that is cut short has every item asked about equally often.
    for index in 0..samples {
        for item in 0..task.items.len() {
            for form in 0..task.forms.len() {
                if index < task.samples_in_form(samples, form) {
                    questions.push(task.question(config.sampling.seed, item, form, index));
                }
            }
        }
    }
    Unit { model, task, questions, schema: answer::schema }
}

fn tallied(run: &Run, who: &str, task: &Task) -> Result<Answers, String> {
    let name = run.model(who).map_or(who, |model| model.model.as_str());
    let tally = run.tallies.get(name).ok_or_else(|| format!("no baseline is named `{name}`"))?;
    let profile = tally.profile(task).map_err(|problem| problem.to_string())?;
    let mut profile = profile.ok_or_else(|| {
        let tasks = tally.tasks().join(", ");
        format!("{name} has no figures for {}; it has {tasks} ({})", task.id, tally.file.name)
    })?;
    profile.respondent = who.to_owned();
    Ok(Answers { profile, version: None })
}

impl Config {
    /// Answers per item that a model is asked for at first.
    pub fn samples(&self, model: &Model, task: &Task) -> u32 {
        if task.shape == Shape::Text {
            return task.samples.unwrap_or(1);
        }
        model.samples.get(&task.id).copied().or(task.samples).unwrap_or(self.sampling.samples)
    }

    /// The most answers per item it may be asked for where a check is not decided sooner. A number
    /// that the model or the task fixes is both.
    pub fn most_samples(&self, model: &Model, task: &Task) -> u32 {
        let fixed = model.samples.get(&task.id).copied().or(task.samples);
        fixed.unwrap_or(self.sampling.max_samples.max(self.sampling.samples))
    }
}
