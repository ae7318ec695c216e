//! The profiles of a run: each respondent's answers to a task, made once and shared by all trials.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;

use super::advice;
use super::copies::{self, CopyCounts};
use super::kept_answers::KeptPlace;
use super::task_answers::{GrowingSample, TaskAnswers};
use super::versions::{self, VersionCounts};
use super::{Run, ask_back};
use crate::answer;
use crate::asking::{Ready, Sampler, SamplingUnit};
use crate::config::{Config, Model};
use crate::ground::sync::hold;
use crate::profile::View;
use crate::provider::Response;
use crate::suite::{Questions, Task};

/// Why a respondent has no profile for a task.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Lacking {
    /// Responses stay missing: the model did not give them, or was not asked.
    #[error("{0}")]
    Responses(String),
    /// They are on their way: the same run, later, will have them.
    #[error("{0}")]
    Pending(String),
    /// They are of more than one version of the model.
    #[error("{0}")]
    Mixed(String),
    /// Too many of them are copies of others.
    #[error("{0}")]
    Copies(String),
    /// Something is wrong with a file.
    #[error("{0}")]
    File(String),
}

impl From<Lacking> for String {
    fn from(lacking: Lacking) -> String {
        lacking.to_string()
    }
}

/// How the answers of one look came.
enum AnswersOrigin {
    /// They were here, or kept as they had been read.
    Known,
    /// They were sampled and read, those from the place `first` on. Where they were recorded before, they can
    /// be kept.
    Read { place: Option<Box<KeptPlace>>, first: usize },
}

/// Respondent and task.
type RespondentAndTask = (String, String);

/// Published answers: read once, the same for all.
type PublishedAnswers = Arc<OnceCell<Result<Arc<TaskAnswers>, Lacking>>>;

#[derive(Debug)]
pub(crate) struct Profiles {
    pub(super) sampler: Sampler,
    asked: Mutex<HashMap<RespondentAndTask, Arc<Mutex<GrowingSample>>>>,
    told: Mutex<HashMap<RespondentAndTask, PublishedAnswers>>,
}

impl Profiles {
    pub(crate) fn new(sampler: Sampler) -> Self {
        Profiles { sampler, asked: Mutex::default(), told: Mutex::default() }
    }

    pub(crate) fn get(
        &self,
        run: &Run,
        who: &str,
        task: &Task,
        samples: Option<u32>,
        view: View,
    ) -> Result<Arc<TaskAnswers>, Lacking> {
        let key = (who.to_owned(), task.id.clone());
        let Some(model) = run.model(who) else {
            let told = Arc::clone(hold(&self.told).entry(key).or_default());
            return told.get_or_init(|| tallied(run, who, task).map(Arc::new).map_err(Lacking::File)).clone();
        };
        let samples = samples.unwrap_or_else(|| run.config.samples(model, task));
        let asked = Arc::clone(hold(&self.asked).entry(key).or_default());
        // Who needs more answers asks for them; the others wait, and read.
        let mut asked = hold(&asked);
        asked.samples.resize(task.forms.len(), 0);
        let forms = view.forms(task);
        let came = self.ask(run, model, task, samples, &forms, &mut asked)?;
        let mut answers = asked.first(task, samples, &forms, &model.name);
        answers.advice = advice::advice_for(model, answers.looks);
        if let Some(why) = versions::mixed(model, task, &answers.parts) {
            return Err(Lacking::Mixed(why));
        }
        if let Some(why) = copies::too_many(model, task, &answers.copies) {
            return Err(Lacking::Copies(why));
        }
        if let AnswersOrigin::Read { place, first } = came {
            if !model.any_version {
                asked.mixed = self.mixed(run, model, task)?;
            }
            if let Some(place) = place
                && asked.mixed.is_none()
                && run.is_of_what_was_read(&place, model, task)
            {
                place.keep(&asked, first, task, &forms, run.config.samples(model, task));
            }
        }
        asked.mixed.clone().map_or(Ok(Arc::new(answers)), |why| Err(Lacking::Mixed(why)))
    }

    /// What is to be said where the recording holds answers of more than one version: those that are read
    /// may all be of the one that answers no more.
    fn mixed(&self, run: &Run, model: &Model, task: &Task) -> Result<Option<String>, Lacking> {
        if !self.sampler.has_versions(&unit(&run.config, model, task, &[])) {
            return Ok(None);
        }
        let most = run.config.most_samples(model, task).max(run.config.samples(model, task));
        let recorded = run.recorded(model, task, most).map_err(Lacking::File)?;
        Ok(versions::mixed(model, task, &recorded.parts(task)))
    }

    /// Asks for (or replays) what is missing up to `samples` per item, and reads the answers.
    fn ask(
        &self,
        run: &Run,
        model: &Model,
        task: &Task,
        samples: u32,
        forms: &[usize],
        asked: &mut GrowingSample,
    ) -> Result<AnswersOrigin, Lacking> {
        let config = &run.config;
        let known = asked.samples.clone();
        let missing = |samples: u32| -> Vec<(usize, Range<u32>)> {
            let missing = |form: &usize| (*form, known[*form]..samples);
            forms.iter().map(missing).filter(|(_, samples)| !samples.is_empty()).collect()
        };
        let next = missing(samples);
        if next.is_empty() {
            return Ok(AnswersOrigin::Known);
        }
        let place = run.place(model, task, &next);
        let wanted: Vec<usize> = next.iter().map(|(form, _)| *form).collect();
        let recalled = place
            .as_ref()
            .and_then(|place| place.take(asked, task, (&wanted, samples), config.samples(model, task)));
        if recalled.is_some() {
            return Ok(AnswersOrigin::Known);
        }
        let mut unit = unit(config, model, task, &next);
        let (mut samples, mut next) = (samples, next);
        if model.batch && self.sampler.asks(model) && !self.is_recorded(&unit)? {
            // A batch takes hours, whatever its size: two of them, and not one for every look.
            samples = config.step(model, task, samples);
            next = missing(samples);
            unit = self::unit(config, model, task, &next);
        }
        let first = asked.answers.len();
        let mut each = |place: usize, response: Option<Response>| {
            if let Some(response) = response {
                asked.add(task, &unit.questions.alike(place), unit.questions.place(place).2, &response);
            }
        };
        let sampled = self.sampler.sample_each(&unit, &mut each);
        let sampled = sampled.map_err(|error| Lacking::File(error.to_string()))?;
        // Missing answers may be missing for a reason that has to do with what they would say.
        if let Some(shortfall) = sampled.shortfall() {
            let pending = sampled.missing.iter().any(|missing| missing.reason.is_pending());
            let text = format!("{}: {shortfall}", task.id);
            asked.answers.truncate(first);
            return Err(if pending { Lacking::Pending(text) } else { Lacking::Responses(text) });
        }
        // None is missing: the places of the unit are those of the answers.
        sampled.contested.iter().for_each(|place| asked.answers[first + place].contested = true);
        sampled.replaced.iter().for_each(|place| asked.answers[first + place].replaced = true);
        sampled.gone.iter().for_each(|place| asked.answers[first + place].gone = true);
        next.iter().for_each(|(form, _)| asked.samples[*form] = samples);
        KeptPlace::note(place.as_ref(), asked, first);
        let place = place.filter(|_| sampled.asked == 0 && !model.batch).map(Box::new);
        Ok(AnswersOrigin::Read { place, first })
    }

    fn is_recorded(&self, unit: &SamplingUnit<'_>) -> Result<bool, Lacking> {
        let recorded = self.sampler.recorded(unit).map_err(|error| Lacking::File(error.to_string()))?;
        Ok(recorded.iter().all(Option::is_some))
    }

    /// Returns why a trial that needs this respondent's answers cannot run here, if its key is not set.
    pub(crate) fn blocked(&self, run: &Run, who: &str, task: &Task, view: View) -> Option<String> {
        let model = run.model(who)?;
        // Without a key's name there is nothing to wait for; do not make questions for nothing.
        model.unset(|_| false)?;
        let samples = 0..run.config.samples(model, task);
        let all: Vec<(usize, Range<u32>)> =
            view.forms(task).into_iter().map(|form| (form, samples.clone())).collect();
        let place = run.place(model, task, &all);
        if place.is_some_and(|place| place.recall(&mut GrowingSample::default(), task).is_some()) {
            return None;
        }
        let unit = unit(&run.config, model, task, &all);
        match self.sampler.ready(&unit) {
            Ready::Ignored(reason) => Some(format!("{}: {reason}", model.name)),
            Ready::Recorded | Ready::Runs => None,
        }
    }
}

/// The questions that take forms from one number of samples to another: every item in each of them
/// (samples are split over the forms where they counterbalance one another).
pub(super) fn unit<'a>(
    config: &Config,
    model: &'a Model,
    task: &'a Task,
    wanted: &[(usize, Range<u32>)],
) -> SamplingUnit<'a> {
    let mut places: Vec<(usize, usize, u32)> = Vec::new();
    let most = wanted.iter().map(|(_, samples)| samples.end).max().unwrap_or(0);
    // Index by index, so that a run that is cut short has every item asked about equally often.
    for index in 0..most {
        for item in 0..task.items.len() {
            for (form, samples) in wanted {
                let in_form = |samples| task.samples_in_form(samples, *form);
                if (in_form(samples.start)..in_form(samples.end)).contains(&index) {
                    places.push((item, *form, index));
                }
            }
        }
    }
    let questions = Questions::new(task, config.sampling.seed, places.into_iter());
    SamplingUnit { model, task, questions, schema: answer::schema, back: ask_back::BACK }
}

fn tallied(run: &Run, who: &str, task: &Task) -> Result<TaskAnswers, String> {
    let name = run.config.tally_of(who);
    let tally = run.tallies.get(name).ok_or_else(|| format!("no baseline is named `{name}`"))?;
    let profile = tally.profile(task).map_err(|problem| problem.to_string())?;
    let mut profile = profile.ok_or_else(|| {
        let tasks = tally.tasks().join(", ");
        format!("{name} has no figures for {}; it has {tasks} ({})", task.id, tally.file.name)
    })?;
    profile.respondent = who.to_owned();
    Ok(TaskAnswers {
        profile,
        versions: Vec::new(),
        parts: VersionCounts::default(),
        day: None,
        asked_back: 0,
        unknown: Vec::new(),
        contested: 0,
        replaced: 0,
        gone: 0,
        looks: advice::ResponseLooks::default(),
        advice: None,
        lost: [0; 2],
        copies: CopyCounts::default(),
        doubts: tally.doubts(task),
    })
}

impl Config {
    /// Returns how many answers per item a model is asked for at first.
    pub fn samples(&self, model: &Model, task: &Task) -> u32 {
        if !task.shape.is_counted() {
            return task.samples.unwrap_or(1);
        }
        let samples = model.samples.get(&task.id).copied().or(task.samples);
        samples.unwrap_or(self.sampling.samples).next_multiple_of(task.round())
    }

    /// Returns how many answers per item a batch asks for when `wanted` are needed: the number that is asked
    /// for at first, or all that may be.
    pub(crate) fn step(&self, model: &Model, task: &Task, wanted: u32) -> u32 {
        let first = self.samples(model, task);
        if wanted <= first { first } else { self.most_samples(model, task).max(wanted) }
    }

    /// Returns how many answers per item a model may be asked for at most, if a check is not decided sooner.
    /// If the model or the task fixes the number of samples, it is that number.
    pub(crate) fn most_samples(&self, model: &Model, task: &Task) -> u32 {
        let fixed = model.samples.get(&task.id).copied().or(task.samples);
        let most = fixed.unwrap_or(self.sampling.max_samples.max(self.sampling.samples));
        most.next_multiple_of(task.round())
    }
}
