//! The plan: the trials of a run, and the share of its error rate that each gets.

use std::collections::HashSet;
use std::ops::Range;

use super::{Tallies, misfits, unsent};
use crate::check::{self, Check, Input, Scope, Who};
use crate::config::{Config, Counted, Respondent};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{CheckEntry, Suites, Task};
use crate::verdict;

/// One trial of the plan.
#[derive(Debug, Clone)]
pub struct Planned {
    pub(crate) name: String,
    pub model: String,
    pub subject: Subject,
    /// The line and column of the trial's check, if they are known already.
    pub(crate) place: Option<(usize, usize)>,
}

/// What a trial judges.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A check of the model's answers.
    Check {
        /// The place of the check in [`Run::checks`](super::Run::checks).
        check: usize,
        /// The greatest chance that the verdict is wrong.
        rate: f64,
    },
    /// The snapshot of the model's answers to a task.
    Drift {
        /// The id of the task.
        task: String,
        /// The greatest chance that anything is flagged when nothing changed.
        rate: f64,
    },
    /// Answers that are collected for people to read, and not judged.
    Reading {
        /// The id of the task.
        task: String,
    },
}

/// A mistake in a file, which becomes one failing trial.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) name: String,
    pub(crate) diagnostic: Diagnostic,
}

#[derive(Default)]
pub(super) struct TrialPlan {
    pub checks: Vec<Check>,
    pub planned: Vec<Planned>,
    pub problems: Vec<Problem>,
    /// Warnings to give before anything is asked.
    pub cautions: Vec<Diagnostic>,
    /// The names of the checks that are planned.
    names: HashSet<String>,
}

pub(super) fn tasks_of<'a>(respondent: Respondent<'a>, suites: &'a Suites) -> impl Iterator<Item = &'a Task> {
    let tasks = suites.suites.iter().filter_map(|suite| suite.task.as_ref());
    tasks.filter(move |task| respondent.has(&task.id))
}

pub(super) fn plan(config: &Config, suites: &Suites, tallies: &Tallies) -> TrialPlan {
    let mut plan = TrialPlan::default();
    for (name, diagnostic) in suites.problems.iter().chain(&tallies.problems) {
        plan.problem(name, diagnostic.clone());
    }
    plan.models(config, suites, tallies);
    let respondents = tallies.names().chain(config.roles()).collect();
    let scope = Scope { suites, respondents };
    let entries = suites.suites.iter().flat_map(|suite| &suite.checks);
    let entries = entries.chain(&suites.checks).chain(&config.checks);
    for entry in entries {
        match check::read(entry, &scope) {
            Ok(check) => {
                if let Err(problem) = settled(&check, config, suites, tallies) {
                    plan.problem(&entry.source.name, *problem);
                }
                plan.check(check, config, suites);
            }
            Err(problem) => plan.problem(&entry.source.name, *problem),
        }
    }
    plan.ambiguous(config, tallies);
    plan.drift(config, suites, tallies);
    // A suite that could not be read may have the checks that use them.
    let idle = match suites.problems.is_empty() {
        true => misfits::idle(config, &plan.planned, &plan.checks),
        false => Vec::new(),
    };
    let alike = misfits::alike(config, suites, &plan.planned, &plan.checks);
    let numbers = misfits::unused_numbers(config, suites);
    plan.cautions.extend(misfits::cautions(config, suites, &plan.planned, &alike));
    let unsent = unsent::unsent(config, suites);
    for misfit in misfits::unlisted(config).into_iter().chain(idle).chain(alike).chain(numbers).chain(unsent)
    {
        plan.problem(crate::config::FILE, misfit);
    }
    plan.divide(config);
    if plan.planned.is_empty() && plan.problems.is_empty() {
        let nothing = Diagnostic::new("nothing is planned: no check applies to any model")
            .at(&config.source, 0..0)
            .help("write one, for example [[check]] expect = \"T1 top-5 Jaccard with practitioners >= 0.8\"");
        plan.problem(crate::config::FILE, nothing);
    }
    plan
}

/// Checks that the figures that a check compares with leave its verdict open. Nothing is known of who is asked.
fn settled(
    check: &Check,
    config: &Config,
    suites: &Suites,
    tallies: &Tallies,
) -> Result<(), Box<Diagnostic>> {
    let counted = |input: &Input| {
        let Who::Respondent(name) = &input.who else { return None };
        let asked = matches!(config.respondent(name), Some(Respondent::Asked(_)));
        let tally = tallies.get(config.tally_of(name)).filter(|_| !asked)?;
        let task = suites.task(&input.task)?;
        Some(tally.profile(task).ok()??.table(task, input.view))
    };
    let tables: Option<Vec<_>> = check.measure.inputs().iter().skip(1).map(counted).collect();
    match tables {
        Some(tables) if !tables.is_empty() => check.settled_by(&tables, suites),
        _ => Ok(()),
    }
}

impl TrialPlan {
    fn problem(&mut self, file: &str, diagnostic: Diagnostic) {
        let place =
            diagnostic.position().map_or_else(|| file.to_owned(), |(file, line, _)| format!("{file}:{line}"));
        // The name of a trial is printed unchanged, so it must be one printable line.
        let place = crate::ground::text::one_line(&place, 300);
        // Two mistakes in one line are two trials, whose names must differ.
        let again = format!("{place} (");
        let known = |name: &str| name == place || name.starts_with(&again);
        let same = self.problems.iter().filter(|problem| known(&problem.name)).count();
        let name = if same == 0 { place } else { format!("{place} ({})", same + 1) };
        self.problems.push(Problem { name, diagnostic });
    }

    /// Checks the tasks and tallies that models name.
    fn models(&mut self, config: &Config, suites: &Suites, tallies: &Tallies) {
        let tasks: Vec<&str> =
            suites.suites.iter().filter_map(|s| s.task.as_ref()).map(|t| t.id.as_str()).collect();
        for respondent in config.respondents() {
            let (name, span) = (respondent.name(), respondent.span());
            // The task may be that of a suite that could not be read, whose mistake is shown.
            let named = respondent.tasks().iter().flatten().filter(|_| suites.problems.is_empty());
            for (id, span) in named {
                if !tasks.contains(&id.as_str()) {
                    let unknown =
                        Diagnostic::new(format!("unknown task `{id}`")).at(&config.source, span.clone());
                    self.problem(crate::config::FILE, misfits::unknown_task(unknown, id, &tasks));
                }
            }
            let mut sampled = respondent.sampled().filter(|_| suites.problems.is_empty());
            if let Some(id) = sampled.find(|id| !tasks.contains(&id.as_str())) {
                let unknown = Diagnostic::new(format!("`samples` of {name} names the unknown task `{id}`"));
                let unknown = unknown.at(&config.source, span.clone());
                self.problem(crate::config::FILE, unknown.nearest(id, tasks.iter().copied()));
            }
            match respondent {
                Respondent::Counted(Counted { tally, .. }) if tallies.get(tally).is_none() => {
                    let unknown = Diagnostic::new(format!("no baseline is named `{tally}`"))
                        .at(&config.source, span)
                        .nearest(tally, tallies.names());
                    self.problem(crate::config::FILE, unknown);
                }
                Respondent::Counted(_) | Respondent::Asked(_) => {}
            }
        }
    }

    /// Adds a mistake for each model that is asked, has the name of a baseline, and is compared with. (If no check
    /// compares with that name, it can only mean the model. Names of published models that come with later versions
    /// then do no harm.)
    fn ambiguous(&mut self, config: &Config, tallies: &Tallies) {
        let inputs: Vec<Input> = self.checks.iter().flat_map(|check| check.measure.inputs()).collect();
        for model in &config.models {
            let compared = inputs.iter().any(|input| input.who == Who::Respondent(model.name.clone()));
            let Some(known) = tallies.get(&model.name).filter(|_| compared) else { continue };
            let twice = Diagnostic::new(format!("the model `{}` has the name of a baseline", model.name))
                .at(&config.source, model.span.clone())
                .help(match known.file.name.starts_with("builtin:") {
                    true => "a check that compares with it could mean either: rename the model".to_owned(),
                    false => format!(
                        "a check that compares with it could mean either: rename the model, or the baseline in {}",
                        known.file.name
                    ),
                });
            self.problem(crate::config::FILE, twice);
        }
    }

    fn check(&mut self, check: Check, config: &Config, suites: &Suites) {
        let entry = &check.entry;
        let place = self.checks.len();
        let judges = Judges { check: &check, inputs: check.measure.inputs(), config, suites };
        if let Some(silent) = judges.nobody() {
            self.problem(&entry.source.name, silent);
        }
        self.cautions.extend(judges.left_out());
        match &entry.models {
            None => {
                for respondent in config.respondents().filter(|respondent| judges.judges(*respondent)) {
                    self.trial(respondent.name(), &check, place, entry);
                }
            }
            Some(models) => {
                for (name, span) in models {
                    match judges.named(name, span) {
                        Ok(()) => self.trial(name, &check, place, entry),
                        Err(problem) => self.problem(&entry.source.name, problem),
                    }
                }
            }
        }
        self.checks.push(check);
    }

    fn trial(&mut self, model: &str, check: &Check, place: usize, entry: &CheckEntry) {
        let name = format!("{model}::{}", check.sentence);
        if !self.names.insert(name.clone()) {
            let twice = Diagnostic::new(format!("{model} is checked twice for `{}`", check.sentence))
                .at(&entry.source, entry.span.clone())
                .help("remove one, or limit each to its `models`");
            return self.problem(&entry.source.name, twice);
        }
        let subject = Subject::Check { check: place, rate: 0.0 };
        self.planned.push(Planned { name, model: model.to_owned(), subject, place: None });
    }

    /// Adds one drift trial for each respondent and task that it answers.
    fn drift(&mut self, config: &Config, suites: &Suites, tallies: &Tallies) {
        for respondent in config.respondents() {
            let model = respondent.name();
            for task in tasks_of(respondent, suites) {
                let tally = match respondent {
                    Respondent::Counted(counted) => tallies.get(&counted.tally),
                    Respondent::Asked(_) => None,
                };
                if tally.is_some_and(|tally| !tally.tasks().contains(&task.id.as_str())) {
                    continue;
                }
                let (name, subject) = if !task.shape.is_counted() {
                    (
                        format!("{model}::{} is kept for reading", task.id),
                        Subject::Reading { task: task.id.clone() },
                    )
                } else {
                    (
                        format!("{model}::{} as in its snapshot", task.id),
                        Subject::Drift { task: task.id.clone(), rate: 0.0 },
                    )
                };
                self.planned.push(Planned { name, model: model.to_owned(), subject, place: None });
            }
        }
    }

    /// Divides the run's error rate: over the checks by weight, and over the drift trials equally, as if each were
    /// one more check of weight 1.
    fn divide(&mut self, config: &Config) {
        let weight = |planned: &Planned| match planned.subject {
            Subject::Check { check, .. } => self.checks[check].entry.weight,
            Subject::Drift { .. } => 1.0,
            Subject::Reading { .. } => 0.0,
        };
        let weights: Vec<f64> = self.planned.iter().map(weight).collect();
        let rates = verdict::divide(config.verdict.error_rate, &weights);
        for (planned, share) in self.planned.iter_mut().zip(rates) {
            if let Subject::Check { rate, .. } | Subject::Drift { rate, .. } = &mut planned.subject {
                *rate = share;
            }
        }
    }
}

/// Decides which models a check judges.
struct Judges<'a> {
    check: &'a Check,
    inputs: Vec<Input>,
    config: &'a Config,
    suites: &'a Suites,
}

impl<'a> Judges<'a> {
    /// Returns whether a respondent is asked the questions that the check is about.
    fn asked(&self, model: Respondent<'_>) -> bool {
        let own = |input: &&Input| input.who != Who::Snapshot || input.task == self.check.task;
        let own = self.inputs.iter().filter(own).filter(|input| input.who == Who::Subject);
        own.map(|input| input.task.as_str()).all(|id| tasks_of(model, self.suites).any(|task| task.id == id))
    }

    /// Returns whether a respondent is the one that the check compares with, or holds the same published answers.
    fn itself(&self, model: Respondent<'_>) -> bool {
        self.inputs.iter().any(|input| match &input.who {
            Who::Respondent(name) => name == model.name() || self.same_figures(model, name),
            Who::Subject | Who::Snapshot => false,
        })
    }

    fn same_figures(&self, model: Respondent<'_>, name: &str) -> bool {
        let tally = self.config.respondent(name).map_or(Some(name), |other| match other {
            Respondent::Counted(counted) => Some(counted.tally.as_str()),
            Respondent::Asked(_) => None,
        });
        matches!(model, Respondent::Counted(counted) if tally == Some(&*counted.tally))
    }

    /// Says that a role under another name is left out, because its answers are those that the check compares with.
    fn left_out(&self) -> Option<Diagnostic> {
        let all = self.config.respondents().filter(|respondent| self.asked(*respondent));
        let compared =
            |name: &str| self.inputs.iter().any(|input| input.who == Who::Respondent(name.to_owned()));
        let same = all.filter(|respondent| self.itself(*respondent) && !compared(respondent.name()));
        let same: Vec<&str> = same.map(Respondent::name).collect();
        let unnamed = self.check.entry.models.is_none() && !same.is_empty();
        unnamed.then(|| {
            let same = same.join(", ");
            let message = format!(
                "{same} has the very answers that this check compares with, so it is not judged by it"
            );
            Diagnostic::warning(message).at(&self.check.entry.source, self.check.entry.span.clone())
        })
    }

    fn judges(&self, model: Respondent<'_>) -> bool {
        self.asked(model) && !self.itself(model)
    }

    /// Returns a mistake if the check judges no model.
    fn nobody(&self) -> Option<Diagnostic> {
        let (entry, mut all) = (&self.check.entry, self.config.respondents());
        let nobody = match &entry.models {
            None => !all.clone().any(|respondent| self.judges(respondent)),
            Some(models) => models.is_empty(),
        };
        let why = match &entry.models {
            _ if !nobody => return None,
            Some(_) => "`models` is empty".to_owned(),
            None if all.any(|respondent| self.asked(respondent)) => {
                "the only model that it could judge is the one that it compares with".to_owned()
            }
            None => format!("no model is asked {}", self.check.task),
        };
        let silent = Diagnostic::new(format!("{why}, so this check would never run"))
            .at(&entry.source, entry.span.clone())
            .help(format!("name a model in `models`, or add {} to a model's `tasks`", self.check.task));
        Some(silent)
    }

    /// Checks that the respondent that the check names can be judged.
    fn named(&self, name: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
        let at = |message: String| Diagnostic::new(message).at(&self.check.entry.source, span.clone());
        let Some(model) = self.config.respondent(name) else {
            return Err(at(format!("unknown model `{name}`")).nearest(name, self.config.roles()));
        };
        if self.itself(model) {
            return Err(at(format!("{name} is compared with itself, so this check could not fail"))
                .help("name another model, or compare with another one"));
        }
        if !self.asked(model) {
            return Err(at(format!("{name} is not asked what this check is about"))
                .help(format!("add {} to its `tasks`", self.check.task)));
        }
        Ok(())
    }
}
