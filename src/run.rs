//! One run: what is planned (models × checks), the profiles it needs, and how one check is judged.
//!
//! The plan is made from files alone, before anything is asked: the error rate is divided over it,
//! and one process per test (nextest) must come to the same division.

mod advice;
mod clarify;
mod heard;
mod judged;
mod lean;
#[cfg(feature = "cli")]
mod listed;
mod misfits;
mod plan;
mod profiles;
mod recorded;
mod remembered;
mod said;
mod unanswered;
mod versions;

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) use heard::Answers;
pub(crate) use judged::{Judged, Unjudged};
pub use plan::Subject;
pub(crate) use plan::{Planned, Problem};
pub(crate) use profiles::{Lacking, Profiles};
pub(crate) use recorded::{Recorded, Used};
pub(crate) use unanswered::of_snapshot;
#[cfg(feature = "cli")]
pub(crate) use unanswered::with_unread;

use crate::answer::Invalid;
use crate::check::{Check, Input, Undefined, Who, chance};
use crate::config::{Config, Model};
use crate::ground::diagnostic::Diagnostic;
use crate::ground::environment::from_environment;
use crate::profile::{Table, View};
use crate::respondent;
use crate::respondent::Functions;
use crate::respondent::tally::Tallies;
use crate::sample::{SampleError, Sampler};
use crate::stats::evidence::Design;
use crate::suite::{Suites, Task, Unanswered};
use crate::verdict::{self, Outcome, Schedule};

/// Everything a run knows.
#[derive(Debug)]
pub struct Run {
    pub config: Config,
    pub suites: Suites,
    pub tallies: Tallies,
    pub checks: Vec<Check>,
    pub planned: Vec<Planned>,
    pub problems: Vec<Problem>,
    profiles: Profiles,
    /// The ids of all tasks.
    pub(crate) tasks: Vec<String>,
    /// How many trials share the run's error rate.
    judged: usize,
    /// How many more trials the run has that are not planned here, since this process is one trial's.
    pub(crate) others: usize,
}

/// The tables of one look, and what is told of the responses behind them.
type Looked = (Vec<Table>, Told);

/// What is told of responses without an answer.
#[derive(Debug, Default)]
struct Told {
    /// All of them in words, by task.
    invalid: BTreeMap<String, String>,
    /// Which of them count against the verdict, and which are left out; by respondent and task.
    unread: BTreeMap<String, Vec<String>>,
    /// What else is recorded of the subject's samples, by task.
    recorded: BTreeMap<String, String>,
    /// Whether refusals count.
    refusals: bool,
    /// The version of the subject that answered, by task, and the host behind it.
    versions: BTreeMap<String, String>,
    hosts: BTreeMap<String, String>,
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
        let pace = crate::sample::Pace::from(&config.sampling);
        let variables = crate::ground::environment::from_environment;
        let sampler = Sampler::with(&config.recordings, crate::sample::Mode::Replay, pace, variables);
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
        let suites = crate::answer::readable(crate::suite::load_from(root, &config.suites, &config.outside));
        let tallies = Tallies::load_from(root, &config.baselines, &config.outside);
        let plan = plan::plan(&config, &suites, &tallies);
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
            profiles: Profiles::new(sampler),
        };
        run.asks_nothing_by_mistake();
        run
    }

    pub fn model(&self, name: &str) -> Option<&Model> {
        self.config.models.iter().find(|model| model.name == name)
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
    ) -> Result<std::sync::Arc<Answers>, Lacking> {
        self.profiles.get(self, who, task, samples, view)
    }

    /// Judges one planned check: in looks of growing size, until it is decided or the samples end. The
    /// chance level is told of what does not pass, and of all when `chance` says so.
    ///
    /// # Errors
    /// Answers are missing, a baseline has none, or the measure is undefined for these answers.
    pub fn judge(&self, model: &str, check: &Check, rate: f64, chance: bool) -> Result<Judged, Unjudged> {
        let inputs = check.measure.inputs();
        let caps = self.caps(model, &inputs);
        let sampling = &self.config.sampling;
        let (schedule, design) = self.schedule(&caps, rate);
        let options = self.options(design, false);
        let rule = self.unanswered(check);
        let mut found: Option<Looked> = None;
        let (mut stopped, mut short) = (None, false);
        for size in schedule.looks() {
            match self.look(model, &inputs, &caps, *size, rule) {
                Ok(looked) => found = Some(looked),
                Err(why @ (Unjudged::Pending(_) | Unjudged::Mixed(_))) => return Err(why),
                // What was found so far stands, undecided; why it went no further is told.
                Err(why) if found.is_some() => {
                    (stopped, short) = (Some(why.to_string()), true);
                    break;
                }
                Err(why) => return Err(why),
            }
            let Some((tables, told)) = &found else { continue };
            let look = verdict::decides(check, tables, &self.suites, rate, &options);
            let settled = self.settles(look, *size >= sampling.samples);
            if settled.map_err(|why| unanswered::explained(why, &told.invalid))? {
                break;
            }
            if *size >= sampling.samples && verdict::hopeless(check, tables, &self.suites, rate, &options) {
                stopped = Some(format!(
                    "after {size} answers per question: not even twice the {} that may be asked would likely decide it",
                    schedule.most()
                ));
                break;
            }
        }
        let (tables, told) = found.ok_or_else(|| Unjudged::Profile("no look is planned".to_owned()))?;
        if let Some(question) = self.silent(model, check)? {
            return Err(Undefined::NoAnswers(question).into());
        }
        let mut verdict = verdict::judge(check, &tables, &self.suites, rate, &options)?;
        // Of the last look only: the chance level takes many draws.
        if chance || verdict.outcome != Outcome::Pass {
            verdict.chance = chance::of(check, &tables, &self.suites, options.seed);
        }
        if verdict.read_alone.is_some() {
            stopped = stopped.map(|stopped| format!("{stopped}, with so many responses unread"));
        }
        let tightened = (verdict.outcome == Outcome::Inconclusive)
            .then(|| {
                let whole = self.config.verdict.error_rate;
                verdict::tightened(check, &tables, &self.suites, (rate, whole), self.judged, &options)
            })
            .flatten();
        let mut because = check.measure.explain(&tables, &self.suites);
        because.extend(inputs.iter().filter_map(|input| self.left_out(model, input)));
        Ok(Judged {
            because,
            invalid: told.invalid.into_values().collect(),
            unread: told.unread.into_values().flatten().collect(),
            recorded: told.recorded.into_values().collect(),
            refusals: told.refusals,
            stopped: stopped.filter(|_| verdict.outcome == Outcome::Inconclusive),
            tightened,
            share: check.measure.is_share(&self.suites),
            short: short && verdict.outcome == Outcome::Inconclusive,
            verdict,
        })
    }

    /// When a check whose tasks can have so many answers is looked at, and how those come.
    pub(crate) fn schedule(&self, caps: &BTreeMap<String, u32>, rate: f64) -> (Schedule, Design) {
        let Some(most) = caps.values().copied().max() else { return (Schedule::fixed(), Design::Fixed) };
        let tasks = caps.keys().filter_map(|task| self.suites.task(task));
        // In whole rounds of each task: a multiple of all of them.
        let round =
            tasks.map(Task::round).fold(1, |all, round| if all % round == 0 { all } else { all * round });
        let schedule = Schedule::up_to(most, rate, self.config.sampling.batch, round);
        let design = Design::Growing { most: schedule.most() };
        (schedule, design)
    }

    /// What judging depends on besides answers.
    pub(crate) fn options(&self, design: Design, chance: bool) -> verdict::Options {
        verdict::Options {
            seed: self.config.sampling.seed,
            baseline_uncertainty: self.config.verdict.baseline_uncertainty,
            chance,
            design,
        }
    }

    /// The tables of a check's inputs at one look, with what is told of the responses behind them.
    fn look(
        &self,
        model: &str,
        inputs: &[Input],
        caps: &BTreeMap<String, u32>,
        size: u32,
        rule: Unanswered,
    ) -> Result<Looked, Unjudged> {
        let mut told = Told::default();
        let mut tables = Vec::new();
        let mut pending = None;
        for input in inputs {
            let samples = caps.get(&input.task).map(|cap| size.min(*cap));
            match self.table(model, input, samples, rule, &mut told) {
                Ok(table) => tables.push(table),
                // The others go into batches of their own now, and not when this one has ended.
                Err(Unjudged::Pending(why)) => pending = pending.or(Some(why)),
                Err(why) => return Err(why),
            }
        }
        let across = self.model(model).and_then(|model| {
            versions::across(model, &told.versions, "versions of the model")
                .or_else(|| versions::across(model, &told.hosts, "hosts behind a router"))
        });
        if let Some(why) = across {
            return Err(Unjudged::Mixed(why));
        }
        pending.map_or(Ok((tables, told)), |why| Err(Unjudged::Pending(why)))
    }

    /// The most answers per item the model can give to each task of a check; empty for a tally,
    /// whose answers are what they are.
    pub(crate) fn caps(&self, model: &str, inputs: &[Input]) -> BTreeMap<String, u32> {
        let Some(model) = self.model(model).filter(|model| !model.is_tally()) else { return BTreeMap::new() };
        let subject = inputs.iter().filter(|input| input.who == Who::Subject);
        let tasks = subject.filter_map(|input| self.suites.task(&input.task));
        tasks.map(|task| (task.id.clone(), self.config.most_samples(model, task))).collect()
    }

    /// What a comparison with the model's snapshot leaves out.
    fn left_out(&self, model: &str, input: &Input) -> Option<String> {
        let task = self.suites.task(&input.task).filter(|_| input.who == Who::Snapshot)?;
        crate::snapshot::stored::left_out(
            &crate::snapshot::stored::of(&self.config.snapshots, model, task).ok()?,
            task,
        )
    }

    fn table(
        &self,
        model: &str,
        input: &Input,
        samples: Option<u32>,
        rule: Unanswered,
        told: &mut Told,
    ) -> Result<Table, Unjudged> {
        let task = self
            .suites
            .task(&input.task)
            .ok_or_else(|| Unjudged::Profile(format!("the task {} is not loaded", input.task)))?;
        let Some(who) = who(input, model) else {
            let stored = crate::snapshot::stored::of(&self.config.snapshots, model, task)
                .map_err(Unjudged::Profile)?;
            return Ok(of_snapshot(stored, task, rule));
        };
        // Another model is compared with all its answers; the subject with those of this look.
        let samples = samples.filter(|_| input.who == Who::Subject);
        let answers = self.answers(who, task, samples, input.view)?;
        if input.who == Who::Subject
            && let Some(text) = answers.invalid_summary()
        {
            told.invalid.insert(task.id.clone(), format!("{} {text}", task.id));
        }
        if input.who == Who::Subject
            && let Some(text) = answers.recorded_summary()
        {
            told.recorded.insert(task.id.clone(), format!("{} {text}", task.id));
        }
        if input.who == Who::Subject {
            let only = |names: &BTreeMap<String, versions::Part>| {
                names.keys().next().filter(|_| names.len() == 1).cloned()
            };
            told.versions.extend(only(&answers.parts.versions).map(|version| (task.id.clone(), version)));
            told.hosts.extend(only(&answers.parts.hosts).map(|host| (task.id.clone(), host)));
        }
        let other = (input.who != Who::Subject).then_some(who);
        let said = unanswered::told(other, &answers.profile, task, input.view, rule);
        let (_, invalid) = answers.profile.responses(task, input.view);
        let declined = invalid.iter().any(|(reason, _)| *reason == Invalid::Refusal);
        told.refusals |= declined && rule.counts(true);
        told.unread.insert(format!("{} {:?} {}", who, input.view, task.id), said);
        Ok(answers.profile.table_with(task, input.view, rule))
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
