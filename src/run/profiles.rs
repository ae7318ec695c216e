//! The profiles of a run: each respondent's answers to a task, counted once and shared by all trials.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use once_cell::sync::OnceCell;

use super::advice;
use super::copies::{self, CopyCounts};
use super::kept_answers::KeptPlace;
use super::portion::{FurtherAnswers, Portion};
use super::task_answers::{GrowingSample, TaskAnswers};
use super::versions::{self, VersionCounts};
use super::{Run, ask_back};
use crate::answer;
use crate::asking::{Ready, Sampled, Sampler, SamplingUnit};
use crate::config::{Config, Model};
use crate::ground::sync::hold;
use crate::profile::View;
use crate::provider::Response;
use crate::suite::{Questions, Task};

/// Why a respondent has no profile for a task.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Lacking {
    /// Responses are missing: the model did not give them, or was not asked.
    #[error("{0}")]
    Responses(MissingResponses),
    /// Responses are still in a batch; the same run will have them later.
    #[error("{0}")]
    Pending(String),
    /// Responses come from more than one version of the model.
    #[error("{0}")]
    Mixed(String),
    /// Too many responses are copies of others.
    #[error("{0}")]
    Copies(String),
    /// Something is wrong with a file.
    #[error("{0}")]
    File(String),
}

/// What is said of missing responses.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct MissingResponses {
    pub(crate) why: String,
    /// What to do about it, where `why` does not say it.
    pub(crate) to_do: Option<&'static str>,
}

impl Lacking {
    /// Returns what a sample lacks, if it lacks responses.
    pub(super) fn of(task: &Task, sampled: &Sampled) -> Option<Lacking> {
        let why = format!("{}: {}", task.id, sampled.shortfall()?);
        let pending = sampled.missing.iter().any(|missing| missing.reason.is_pending());
        let to_do = sampled.to_do();
        Some(if pending {
            Lacking::Pending(why)
        } else {
            Lacking::Responses(MissingResponses { why, to_do })
        })
    }

    /// Returns what a failing test prints.
    pub(crate) fn printed(&self) -> String {
        match self {
            Lacking::Responses(MissingResponses { why, to_do: Some(to_do) }) => {
                format!("{why}\n  to do     {to_do}")
            }
            lacking => lacking.to_string(),
        }
    }
}

impl From<Lacking> for String {
    fn from(lacking: Lacking) -> String {
        lacking.to_string()
    }
}

/// Where the answers of one look came from.
enum AnswersOrigin {
    /// They were in memory, or had been kept after reading.
    Known,
    /// They were sampled and read, and start at index `from`. If they were already recorded, they can be kept in
    /// `place`.
    Read { place: Option<Box<KeptPlace>>, from: usize },
}

/// The names of a respondent and a task.
type RespondentAndTask = (String, String);

/// Published answers, which are read once and are the same for all trials.
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
        portion: Option<Portion>,
        view: View,
    ) -> Result<Arc<TaskAnswers>, Lacking> {
        let key = (who.to_owned(), task.id.clone());
        let Some(model) = run.model(who) else {
            let told = Arc::clone(hold(&self.told).entry(key).or_default());
            return told.get_or_init(|| tallied(run, who, task).map(Arc::new).map_err(Lacking::File)).clone();
        };
        let samples = run.config.samples(model, task);
        let first = Portion::even(task, view.forms(task), samples);
        let portion = portion.unwrap_or_else(|| first.clone());
        let asked = Arc::clone(hold(&self.asked).entry(key).or_default());
        // A trial that needs more answers asks for them; other trials wait, and then read them.
        let mut asked = hold(&asked);
        let came = self.ask(run, model, task, (&portion, &first), &mut asked)?;
        let mut answers = asked.first(task, &portion, &model.name);
        answers.advice = advice::advice_for(model, answers.looks);
        if let Some(why) = versions::mixed(model, task, &answers.parts) {
            return Err(Lacking::Mixed(why));
        }
        if let Some(why) = copies::too_many(model, task, &answers.copies) {
            return Err(Lacking::Copies(why));
        }
        if let AnswersOrigin::Read { place, from } = came {
            if !model.any_version {
                asked.mixed = self.mixed(run, model, task)?;
            }
            if let Some(place) = place
                && asked.mixed.is_none()
                && run.is_of_what_was_read(&place, model, task)
            {
                place.keep(&asked, from, task, &first);
            }
        }
        asked.mixed.clone().map_or(Ok(Arc::new(answers)), |why| Err(Lacking::Mixed(why)))
    }

    /// Returns the message about a recording with answers from more than one version. It matters even if all answers
    /// that are read come from one version, because that version may not be the one that answers now.
    fn mixed(&self, run: &Run, model: &Model, task: &Task) -> Result<Option<String>, Lacking> {
        if !self.sampler.has_versions(&unit(&run.config, model, task, &[])) {
            return Ok(None);
        }
        let recorded = run.recorded(model, task).map_err(Lacking::File)?;
        Ok(versions::mixed(model, task, &recorded.parts(task)))
    }

    /// Asks for (or replays) the missing answers of a portion, and reads them. Kept answers are taken together with
    /// all of the `first` ones of each question.
    fn ask(
        &self,
        run: &Run,
        model: &Model,
        task: &Task,
        (portion, first): (&Portion, &Portion),
        asked: &mut GrowingSample,
    ) -> Result<AnswersOrigin, Lacking> {
        let config = &run.config;
        let mut next = portion.missing(|item, form| asked.known(item, form));
        if next.is_empty() {
            return Ok(AnswersOrigin::Known);
        }
        let place = run.place(model, task, &next, asked.place.as_ref());
        asked.place.clone_from(&place);
        if place.as_ref().and_then(|place| place.take(asked, task, portion, first)).is_some() {
            return Ok(AnswersOrigin::Known);
        }
        let mut unit = unit(config, model, task, &next);
        if model.batch && self.sampler.asks(model) && !self.is_recorded(&unit)? {
            // A batch takes hours, whatever its size, so there are two batches at most, not one for each look.
            next = portion.batched().missing(|item, form| asked.known(item, form));
            unit = self::unit(config, model, task, &next);
        }
        let from = asked.answers.len();
        let mut each = |place: usize, response: Option<Response>| {
            if let Some(response) = response {
                asked.add(task, &unit.questions.alike(place), unit.questions.place(place).2, &response);
            }
        };
        let sampled = self.sampler.sample_each(&unit, &mut each);
        let sampled = sampled.map_err(|error| Lacking::File(error.to_string()))?;
        // The reason why answers are missing may depend on their content.
        if let Some(lacking) = Lacking::of(task, &sampled) {
            asked.answers.truncate(from);
            return Err(lacking);
        }
        // No answer is missing, so the places in the unit match those of the answers.
        sampled.contested.iter().for_each(|place| asked.answers[from + place].contested = true);
        sampled.replaced.iter().for_each(|place| asked.answers[from + place].replaced = true);
        sampled.gone.iter().for_each(|place| asked.answers[from + place].gone = true);
        next.iter().for_each(|further| asked.grown(further.item, further.form, further.samples.end));
        KeptPlace::note(place.as_ref(), asked, from);
        let place = place.filter(|_| sampled.asked == 0 && !model.batch).map(Box::new);
        Ok(AnswersOrigin::Read { place, from })
    }

    fn is_recorded(&self, unit: &SamplingUnit<'_>) -> Result<bool, Lacking> {
        let recorded = self.sampler.recorded(unit).map_err(|error| Lacking::File(error.to_string()))?;
        Ok(recorded.iter().all(Option::is_some))
    }

    /// Returns why a trial that needs this respondent's answers cannot run here, if its key is not set.
    pub(crate) fn blocked(&self, run: &Run, who: &str, task: &Task, view: View) -> Option<String> {
        let model = run.model(who)?;
        // Without a key variable the trial can always run, so no questions need to be made.
        model.unset(|_| false)?;
        let all = Portion::even(task, view.forms(task), run.config.samples(model, task)).whole();
        let place = run.place(model, task, &all, None);
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

/// Returns the questions for ranges of samples of items in forms. Samples are split over the forms if these
/// counterbalance each other.
pub(super) fn unit<'a>(
    config: &Config,
    model: &'a Model,
    task: &'a Task,
    wanted: &[FurtherAnswers],
) -> SamplingUnit<'a> {
    let in_form = |further: &FurtherAnswers| {
        let Range { start, end } = further.samples;
        task.samples_in_form(start, further.form)..task.samples_in_form(end, further.form)
    };
    let ranges: Vec<Range<u32>> = wanted.iter().map(in_form).collect();
    let first = ranges.iter().map(|range| range.start).min().unwrap_or(0);
    let most = ranges.iter().map(|range| range.end).max().unwrap_or(0);
    let mut places: Vec<(usize, usize, u32)> = Vec::new();
    // Questions go sample by sample, so that a run which is cut short has asked every item equally often.
    for index in first..most {
        let here = wanted.iter().zip(&ranges).filter(|(_, range)| range.contains(&index));
        places.extend(here.map(|(further, _)| (further.item, further.form, index)));
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
