//! One run: what is planned (models × checks), the profiles it needs, and how one check is judged.
//!
//! The plan is made from files alone, before anything is asked: the error rate is divided over it,
//! and one process per test (nextest) must come to the same division.

mod advice;
mod ask_back;
mod chance;
mod copies;
mod judged;
mod judging;
mod kept_answers;
#[cfg(feature = "cli")]
mod listed;
mod misfits;
pub(crate) mod people;
mod profiles;
mod read_texts;
mod receipt;
mod recorded;
mod single_trial;
mod task_answers;
mod trial_plan;
mod unanswered;
mod versions;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

pub(crate) use judged::{Judged, Unjudged};
pub(crate) use profiles::{Lacking, Profiles};
pub(crate) use recorded::{RecordedAnswers, RecordedTokens};
pub(crate) use task_answers::TaskAnswers;
pub use trial_plan::Subject;
pub(crate) use trial_plan::{Planned, Problem};
pub(crate) use unanswered::of_snapshot;
#[cfg(feature = "cli")]
pub(crate) use unanswered::with_unread;

use judging::Judging;

use crate::asking::{SampleError, Sampler};
use crate::check::{Check, Input, Who};
use crate::config::{Config, Model};
use crate::ground::diagnostic::Diagnostic;
use crate::ground::environment::from_environment;
use crate::ground::sync::hold;
use crate::profile::View;
use crate::respondent;
use crate::respondent::Functions;
use crate::respondent::tally::Tallies;
use crate::stats::evidence::Design;
use crate::suite::{Suites, Task};
use crate::verdict::{self, Schedule};

/// Everything a run knows.
#[derive(Debug)]
pub struct Run {
    pub(crate) config: Config,
    pub(crate) suites: Suites,
    pub(crate) tallies: Tallies,
    /// The checks that were read, each once, whichever models it is for.
    pub checks: Vec<Check>,
    /// The trials, in the order in which they are listed.
    pub planned: Vec<Planned>,
    pub(crate) problems: Vec<Problem>,
    /// What the plan warns of: settings that make answers alike.
    cautions: Vec<Diagnostic>,
    /// What has been warned of, by model.
    warned: Mutex<BTreeSet<(String, String)>>,
    profiles: Profiles,
    /// The ids of all tasks.
    pub(crate) tasks: Vec<String>,
    /// How many trials share the run's error rate.
    judged: usize,
    /// How many more trials the run has that are not planned here, since this process is one trial's.
    pub(crate) others: usize,
}

fn load_suites(root: &Path, config: &Config) -> Suites {
    crate::answer::readable(crate::suite::load_from(root, &config.suites, &config.outside))
}

impl Run {
    /// Reads the config of the crate in `root`, its suites and baselines, and plans the run.
    ///
    /// # Errors
    /// There is no usable config. Anything wrong in the other files is a `Problem`.
    pub fn read(root: &Path) -> Result<Run, Box<Diagnostic>> {
        let config = respondent::read_config(root)?.within_environment(from_environment)?;
        let sampler = Sampler::new(&config).map_err(|error| Diagnostic::new(error.to_string()))?;
        Ok(Run::of(root, config, sampler))
    }

    /// As [`Run::read`], but nothing is asked, fetched or sent in it: it has what is recorded on this
    /// machine, and what was published.
    #[cfg(feature = "cli")]
    pub(crate) fn offline(config: Config) -> Run {
        let pace = crate::asking::Pace::from(&config.sampling);
        let variables = crate::ground::environment::from_environment;
        let sampler = Sampler::with(&config.recordings, crate::asking::Mode::Replay, pace, variables);
        let root = config.root.clone();
        Run::of(&root, config, sampler)
    }

    /// As [`Run::read`], with the test target's functions; those that do not fit the config are problems.
    ///
    /// # Errors
    /// As [`Run::read`].
    pub fn with(root: &Path, functions: Functions) -> Result<Run, Box<Diagnostic>> {
        let config = respondent::read_config(root)?.within_environment(from_environment)?;
        let misfits = functions.problems(&config);
        let sampler = Sampler::new(&config).map_err(|error| Diagnostic::new(error.to_string()))?;
        let mut run = Run::of(root, config, sampler.functions(functions));
        let name = crate::config::FILE.to_owned();
        run.problems.extend(misfits.into_iter().map(|diagnostic| Problem { name: name.clone(), diagnostic }));
        run.asks_nothing_by_mistake();
        Ok(run)
    }

    /// While the config has a mistake, nothing is asked: it would cost, and might not be what is meant.
    fn asks_nothing_by_mistake(&mut self) {
        if self.problems.iter().any(|problem| problem.name.starts_with(crate::config::FILE)) {
            self.profiles.sampler.ask_nothing();
        }
    }

    fn of(root: &Path, config: Config, sampler: Sampler) -> Run {
        let suites = load_suites(root, &config);
        let mut tallies = Tallies::load_from(root, &config.baselines, &config.outside);
        tallies.hold_against(suites.suites.iter().filter_map(|suite| suite.task.as_ref()));
        let plan = trial_plan::plan(&config, &suites, &tallies);
        let judged = |planned: &&Planned| !matches!(planned.subject, Subject::Reading { .. });
        let judged = plan.planned.iter().filter(judged).count();
        let tasks = suites.suites.iter().filter_map(|suite| suite.task.as_ref());
        let mut run = Run {
            tasks: tasks.map(|task| task.id.clone()).collect(),
            judged,
            others: 0,
            config,
            suites,
            tallies,
            checks: plan.checks,
            planned: plan.planned,
            problems: plan.problems,
            cautions: plan.cautions,
            warned: Mutex::default(),
            profiles: Profiles::new(sampler),
        };
        run.asks_nothing_by_mistake();
        let receipts = if run.sampler().may_record() { run.receipts() } else { receipt::Receipts::new() };
        run.profiles = Profiles::new(run.profiles.sampler.beginning_with(receipts));
        run
    }

    /// All suites of the config. The process of a single trial has only those that its verdict needs, and reads
    /// the others where a text may name what stands in them.
    pub(crate) fn all_suites(&self) -> Cow<'_, Suites> {
        if self.others == 0 {
            return Cow::Borrowed(&self.suites);
        }
        Cow::Owned(load_suites(&self.config.root, &self.config))
    }

    /// The model in a role, where it is one that is asked.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.config.models.iter().find(|model| model.name == name)
    }

    /// What is told of old words and keys in the config and in the checks of its trials that are `wanted`.
    pub(crate) fn warnings(&self, wanted: impl Fn(&Planned) -> bool) -> impl Iterator<Item = &Diagnostic> {
        let of_check = |planned: &Planned| match planned.subject {
            Subject::Check { check, .. } if wanted(planned) => Some(check),
            _ => None,
        };
        let checks: BTreeSet<usize> = self.planned.iter().filter_map(of_check).collect();
        let checks = checks.into_iter().filter_map(|at| self.checks[at].renamed.as_ref());
        self.config.warnings.iter().chain(checks)
    }

    /// What is told, besides the [warnings](Run::warnings), before models are asked.
    pub(crate) fn cautions(&self) -> &[Diagnostic] {
        &self.cautions
    }

    /// Whether a model is to be warned of in these words for the first time.
    pub(crate) fn warns_first(&self, model: &str, warning: &str) -> bool {
        // The numbers in it grow with the sample.
        let words = warning.chars().filter(|c| !c.is_ascii_digit()).collect();
        hold(&self.warned).insert((model.to_owned(), words))
    }

    /// Ends the run: what was recorded goes to the store, where there is one.
    ///
    /// # Errors
    /// What could not be put there. It is kept on disk.
    pub(crate) fn finish(&self) -> Result<(), Vec<SampleError>> {
        self.profiles.sampler.finish()
    }

    /// Whether a trial can run, or why it is listed as ignored.
    pub(crate) fn ready(&self, planned: &Planned) -> Option<String> {
        let Subject::Check { check, .. } = planned.subject else {
            let task = self.task(planned)?;
            return self.profiles.blocked(self, &planned.model, task, View::Main);
        };
        self.checks[check].measure.inputs().iter().find_map(|input| {
            let who = who(input, &planned.model)?;
            self.profiles.blocked(self, who, self.suites.task(&input.task)?, input.view)
        })
    }

    fn task(&self, planned: &Planned) -> Option<&Task> {
        match &planned.subject {
            Subject::Drift { task, .. } | Subject::Reading { task } => self.suites.task(task),
            Subject::Check { .. } => None,
        }
    }

    /// The answers of a respondent to a task in the forms of a view, `samples` per item (when `None`, as
    /// many as the config says, or as a tally has).
    pub(crate) fn answers(
        &self,
        who: &str,
        task: &Task,
        samples: Option<u32>,
        view: View,
    ) -> Result<std::sync::Arc<TaskAnswers>, Lacking> {
        self.profiles.get(self, who, task, samples, view)
    }

    /// Judges one planned check: in looks of growing size, until it is decided or the samples end. The
    /// chance level is told of what does not pass, and of all when `chance` says so.
    ///
    /// # Errors
    /// Answers are missing, a baseline has none, or the measure is undefined for these answers.
    pub fn judge(&self, model: &str, check: &Check, rate: f64, chance: bool) -> Result<Judged, Unjudged> {
        Judging::of(self, model, check, rate).judge(chance)
    }

    /// When a check whose tasks can have so many answers is looked at, and how those come.
    pub(crate) fn schedule(&self, caps: &BTreeMap<String, u32>, rate: f64) -> (Schedule, Design) {
        let Some(most) = caps.values().copied().max() else { return (Schedule::fixed(), Design::Fixed) };
        let tasks = caps.keys().filter_map(|task| self.suites.task(task));
        // In whole rounds of each task: a multiple of all of them.
        let round =
            tasks.map(Task::round).fold(1, |all, round| if all % round == 0 { all } else { all * round });
        let schedule = Schedule::up_to(most, rate, self.config.sampling.step, round);
        let design = Design::Growing { most: schedule.most() };
        (schedule, design)
    }

    /// What judging depends on besides answers.
    pub(crate) fn options(&self, design: Design, chance: bool) -> verdict::JudgingOptions {
        verdict::JudgingOptions {
            seed: self.config.sampling.seed,
            baseline_uncertainty: self.config.verdict.baseline_uncertainty,
            chance,
            design,
        }
    }

    /// The most answers per item the model can give to each task of a check; empty for who is only
    /// counted.
    pub(crate) fn caps(&self, model: &str, inputs: &[Input]) -> BTreeMap<String, u32> {
        let Some(model) = self.model(model) else { return BTreeMap::new() };
        let subject = inputs.iter().filter(|input| input.who == Who::Subject);
        let tasks = subject.filter_map(|input| self.suites.task(&input.task));
        tasks.map(|task| (task.id.clone(), self.config.most_samples(model, task))).collect()
    }
}

/// The respondent an input is about; `None` for the stored snapshot.
fn who<'a>(input: &'a Input, model: &'a str) -> Option<&'a str> {
    match &input.who {
        Who::Subject => Some(model),
        Who::Respondent(name) => Some(name),
        Who::Snapshot => None,
    }
}
