//! One run: its plan (models × checks), the profiles that it needs, and how a check is judged.
//!
//! The plan is made from files alone, before anything is asked. The error rate is divided over the plan, and each
//! process of a run with one process per test (nextest) must arrive at the same division.

mod advice;
mod ask_back;
mod base_branch;
mod chance;
mod copies;
mod doubts;
mod extent;
mod judged;
mod judging;
mod kept_answers;
mod kept_suites;
#[cfg(feature = "cli")]
mod listed;
mod misfits;
mod origin;
pub(crate) mod people;
mod portion;
mod profiles;
mod read_texts;
mod receipt;
mod recorded;
mod single_trial;
mod task_answers;
mod trial_plan;
mod unanswered;
mod unsent;
mod versions;
#[cfg(feature = "cli")]
mod watched;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

#[cfg(feature = "cli")]
pub(crate) use ask_back::would_ask;
pub(crate) use base_branch::{BaseFiles, BaseFinding, BroughtFile, BroughtFiles, DeletedFile};
pub(crate) use extent::Extent;
pub use extent::{FEW_QUESTIONS, MOST_OF_FEW};
pub(crate) use judged::{Judged, Unjudged};
pub(crate) use kept_suites::keep_suites;
#[cfg(feature = "cli")]
pub(crate) use kept_suites::{FoundSuites, NoSuites, kept_suites};
pub(crate) use portion::Portion;
pub(crate) use profiles::{Lacking, Profiles};
pub(crate) use recorded::{RecordedAnswers, RecordedTokens};
pub(crate) use task_answers::TaskAnswers;
pub use trial_plan::Subject;
pub(crate) use trial_plan::{Planned, Problem};
pub(crate) use unanswered::of_snapshot;
#[cfg(feature = "cli")]
pub(crate) use unanswered::with_unread;
#[cfg(feature = "cli")]
pub use watched::spread_requests;
#[cfg(feature = "cli")]
pub(crate) use watched::{WatchFailure, WatchedAnswers};

use judging::Judging;

use crate::asking::{Mode, SampleError, Sampler};
use crate::baseline::Tallies;
use crate::check::{Check, Input, Who};
use crate::config::{Config, Model};
use crate::ground::diagnostic::Diagnostic;
use crate::ground::environment::from_environment;
use crate::ground::sync::hold;
use crate::profile::View;
use crate::provider;
use crate::provider::Functions;
use crate::stats::evidence::Design;
use crate::suite::{RustSuites, Suites, Task};
use crate::verdict::{self, Schedule};

/// What a test target brings that stands in no file: functions that answer, and suites and checks as Rust values.
#[derive(Debug, Clone, Default)]
pub(crate) struct TargetCode {
    pub(crate) functions: Functions,
    pub(crate) suites: RustSuites,
}

/// Everything that one process knows about its run.
#[derive(Debug)]
pub struct Run {
    pub(crate) config: Config,
    pub(crate) suites: Suites,
    pub(crate) tallies: Tallies,
    /// The checks that were read, each once even if several models are judged by it.
    pub checks: Vec<Check>,
    /// The trials, in the order in which they are listed.
    pub planned: Vec<Planned>,
    pub(crate) problems: Vec<Problem>,
    /// Warnings about the plan: settings that make answers alike.
    cautions: Vec<Diagnostic>,
    /// The warnings that have been given, by model.
    warned: Mutex<BTreeSet<(String, String)>>,
    profiles: Profiles,
    pub(crate) tasks: Vec<String>,
    /// The number of trials that share the run's error rate.
    judged: usize,
    /// The number of trials of the run that are not in `planned`, if this process runs only one trial.
    pub(crate) others: usize,
    /// What the pull request brings that is judged, if this is known to be one.
    pub(crate) brought: Option<BroughtFiles>,
    /// The base branch's files, if the run is judged by these.
    base: Option<BaseFiles>,
}

fn load_suites(config: &Config) -> Suites {
    crate::answer::readable(config.load_suites())
}

impl Run {
    /// Reads the config of the crate in `root`, its suites and baselines, and plans the run.
    ///
    /// # Errors
    /// There is no usable config. Anything wrong in the other files is a `Problem`.
    pub fn read(root: &Path) -> Result<Run, Box<Diagnostic>> {
        Run::of_config(provider::read_config(root)?)
    }

    /// Reads the run of a config as [`Run::read`] does.
    ///
    /// # Errors
    /// As for [`Run::read`].
    pub(crate) fn of_config(config: Config) -> Result<Run, Box<Diagnostic>> {
        let config = config.within_environment(from_environment)?;
        let sampler = Sampler::new(&config).map_err(|error| Diagnostic::new(error.to_string()))?;
        Ok(Run::of(config, sampler))
    }

    /// Reads the run as [`Run::read`] does, for a command that neither asks, fetches nor sends anything: it uses what
    /// is recorded on this machine, and published figures.
    #[cfg(feature = "cli")]
    pub(crate) fn offline(config: Config) -> Run {
        let pace = crate::asking::Pace::from(&config.sampling);
        let variables = crate::ground::environment::from_environment;
        let sampler = Sampler::with(&config.recordings, crate::asking::Mode::Replay, pace, variables);
        Run::of(config, sampler)
    }

    /// Keeps the base branch's files, which the config names, as long as the run.
    #[cfg(feature = "cli")]
    pub(crate) fn keeping(self, base: Option<BaseFiles>) -> Run {
        Run { base, ..self }
    }

    /// Returns where git has the snapshot of a role and a task that is not there; `None` where it never had one.
    pub(crate) fn deleted_snapshot(&self, role: &str, task: &str) -> Option<DeletedFile> {
        let path = crate::snapshot::stored::path(&self.config.snapshots, role, task);
        base_branch::deleted(&self.config.root, &path, self.brought.as_ref())
    }

    /// Returns the snapshots of the run that `.gitignore` keeps out of git, by their paths from the crate's folder.
    pub(crate) fn ignored_snapshots(&self) -> Vec<String> {
        let path = |planned: &Planned| match &planned.subject {
            Subject::Drift { task, .. } => {
                let task = &self.suites.task(task)?.id;
                Some(crate::snapshot::stored::path(&self.config.snapshots, &planned.model, task))
            }
            Subject::Check { .. } | Subject::Reading { .. } => None,
        };
        let paths: BTreeSet<std::path::PathBuf> = self.planned.iter().filter_map(path).collect();
        base_branch::ignored(&self.config.root, paths.iter().map(std::path::PathBuf::as_path))
    }

    /// Returns the recordings of the run that `.gitignore` keeps out of git; none where a store keeps them.
    pub(crate) fn ignored_recordings(&self) -> Vec<String> {
        let path = |planned: &Planned| match &planned.subject {
            Subject::Drift { task, .. } | Subject::Reading { task } => {
                self.model(&planned.model)?;
                Some(self.config.recordings.join(&planned.model).join(format!("{task}.jsonl")))
            }
            Subject::Check { .. } => None,
        };
        let asked = self.planned.iter().filter(|_| self.config.store.is_none());
        let paths: BTreeSet<std::path::PathBuf> = asked.filter_map(path).collect();
        base_branch::ignored(&self.config.root, paths.iter().map(std::path::PathBuf::as_path))
    }

    /// Reads the run as [`Run::read`] does, with the test target's functions and Rust values; those that do not fit
    /// the config are problems.
    ///
    /// # Errors
    /// As for [`Run::read`].
    pub(crate) fn with(root: &Path, code: TargetCode) -> Result<Run, Box<Diagnostic>> {
        let TargetCode { functions, suites } = code;
        let config = provider::read_config(root)?.within_environment(from_environment)?;
        let mut misfits = functions.problems(&config);
        misfits.extend(suites.unannounced().filter(|_| !config.takes_rust()));
        let config = config.with_rust(suites);
        let found = BaseFinding::of(&config, from_environment)?;
        let brought = BroughtFiles::find(&found, &config);
        let live = Mode::from_variables(from_environment) == Ok(Mode::Live);
        let (config, base) = found.applied(config, live)?;
        let mut sampler = Sampler::new(&config).map_err(|error| Diagnostic::new(error.to_string()))?;
        if base.is_some() {
            sampler = sampler.of_the_base_branch();
        }
        let run = Run::of(config, sampler.functions(functions));
        let mut run = Run { brought, base, ..run };
        let name = crate::config::FILE.to_owned();
        run.problems.extend(misfits.into_iter().map(|diagnostic| Problem { name: name.clone(), diagnostic }));
        run.asks_nothing_by_mistake();
        Ok(run)
    }

    /// Makes the run ask nothing if the config has a mistake: the answers would cost money, and might not be the
    /// intended ones.
    fn asks_nothing_by_mistake(&mut self) {
        if self.problems.iter().any(|problem| problem.name.starts_with(crate::config::FILE)) {
            self.profiles.sampler.ask_nothing();
        }
    }

    fn of(config: Config, sampler: Sampler) -> Run {
        let suites = load_suites(&config);
        let mut tallies = Tallies::load_from(&config.baselines_root, &config.baselines, &config.outside);
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
            brought: None,
            base: None,
        };
        run.asks_nothing_by_mistake();
        let receipts = if run.sampler().may_record() { run.receipts() } else { receipt::Receipts::new() };
        run.profiles = Profiles::new(run.profiles.sampler.beginning_with(receipts));
        run
    }

    /// Returns all suites of the config. The process of a single trial has only those that its verdict needs, and
    /// reads the others here for texts that may name what is in them.
    pub(crate) fn all_suites(&self) -> Cow<'_, Suites> {
        if self.others == 0 {
            return Cow::Borrowed(&self.suites);
        }
        Cow::Owned(load_suites(&self.config))
    }

    /// Returns the commit of the base branch whose files the run is judged by, if it is.
    pub(crate) fn judged_by(&self) -> Option<&str> {
        self.base.as_ref().map(BaseFiles::commit)
    }

    /// Returns the model in a role, if the role is asked.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.config.models.iter().find(|model| model.name == name)
    }

    /// Returns the warnings about old names in the config and about deprecated words in the checks of the `wanted`
    /// trials.
    pub(crate) fn warnings(&self, wanted: impl Fn(&Planned) -> bool) -> impl Iterator<Item = &Diagnostic> {
        let of_check = |planned: &Planned| match planned.subject {
            Subject::Check { check, .. } if wanted(planned) => Some(check),
            _ => None,
        };
        let checks: BTreeSet<usize> = self.planned.iter().filter_map(of_check).collect();
        let checks = checks.into_iter().filter_map(|at| self.checks[at].renamed.as_ref());
        self.config.warnings.iter().chain(checks)
    }

    /// Returns the error rate of the planned checks with this sentence; `None` if there is none.
    #[cfg(feature = "cli")]
    pub(crate) fn rate_of(&self, sentence: &str) -> Option<f64> {
        self.planned.iter().find_map(|planned| match planned.subject {
            Subject::Check { check, rate } if self.checks[check].sentence == sentence => Some(rate),
            _ => None,
        })
    }

    /// Returns what is said before models are asked, besides the [warnings](Run::warnings).
    pub(crate) fn cautions(&self) -> &[Diagnostic] {
        &self.cautions
    }

    /// Returns whether this is the first time that this warning is given for a model.
    pub(crate) fn warns_first(&self, model: &str, warning: &str) -> bool {
        // Digits are ignored, because the numbers in a warning grow with the sample.
        let words = warning.chars().filter(|c| !c.is_ascii_digit()).collect();
        hold(&self.warned).insert((model.to_owned(), words))
    }

    /// Ends the run: recordings are sent to the store, if there is one.
    ///
    /// # Errors
    /// The recordings that could not be sent; they are kept on disk.
    pub(crate) fn finish(&self) -> Result<(), Vec<SampleError>> {
        self.profiles.sampler.finish()
    }

    /// Returns why a trial is listed as ignored; `None` if it can run.
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

    /// Returns a respondent's answers to a task in the forms of a view: those of a portion or, if it is `None`, as
    /// many per item as the config says or a tally has.
    pub(crate) fn answers(
        &self,
        who: &str,
        task: &Task,
        portion: Option<Portion>,
        view: View,
    ) -> Result<std::sync::Arc<TaskAnswers>, Lacking> {
        self.profiles.get(self, who, task, portion, view)
    }

    /// Judges one planned check in looks of growing size, until it is decided or the samples run out. The chance
    /// level is computed for a check that does not pass, and for every check if `chance` is set.
    ///
    /// # Errors
    /// Answers are missing, a baseline has none, or the measure is undefined for these answers.
    pub fn judge(&self, model: &str, check: &Check, rate: f64, chance: bool) -> Result<Judged, Unjudged> {
        Judging::of(self, model, check, rate).judge(chance)
    }

    /// Returns when a check of this extent is judged, and how its answers grow.
    pub(crate) fn schedule(&self, extent: &Extent, rate: f64) -> (Schedule, Design) {
        let Some(most) = extent.most() else { return (Schedule::fixed(), Design::Fixed) };
        let tasks = extent.tasks().filter_map(|task| self.suites.task(task));
        // Numbers of answers are whole rounds of every task: a common multiple.
        let round =
            tasks.map(Task::round).fold(1, |all, round| if all % round == 0 { all } else { all * round });
        let schedule = Schedule::up_to(most, rate, self.config.sampling.step, round);
        let design = Design::Growing { most: schedule.most() };
        (schedule, design)
    }

    /// Returns the settings that judging depends on besides the answers.
    pub(crate) fn options(&self, design: Design, chance: bool) -> verdict::JudgingOptions {
        verdict::JudgingOptions {
            seed: self.config.sampling.seed,
            baseline_uncertainty: self.config.verdict.baseline_uncertainty,
            chance,
            design,
        }
    }
}

/// Returns the respondent that an input is about; `None` for the stored snapshot.
fn who<'a>(input: &'a Input, model: &'a str) -> Option<&'a str> {
    match &input.who {
        Who::Subject => Some(model),
        Who::Respondent(name) => Some(name),
        Who::Snapshot => None,
    }
}
