//! Whose answers figures are of, for the commands that draw them.

use std::path::Path;

use super::diff::DiffSide;
use super::rust_suites::with_rust_if_known;
use super::{Failure, config_alone_above, here};
use crate::baseline::Tallies;
use crate::config::FILE;
use crate::figure::{DrawnRespondent, WantedFigures, figures};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Profile, View};
use crate::report::page::PageFigures;
use crate::report::results::Record;
use crate::run::Run;
use crate::suite::{Suites, Task};

/// Returns the tasks whose answers are counted.
fn tasks(suites: &Suites) -> impl Iterator<Item = &Task> {
    suites.suites.iter().filter_map(|suite| suite.task.as_ref()).filter(|task| task.shape.is_counted())
}

/// Returns the groups of people among the baselines, without those that are another reading of one, with their answers to
/// each task. They stand in the order of their files, so that practitioners come first.
fn surveys<'a>(suites: &'a Suites, tallies: &'a Tallies) -> impl Iterator<Item = RoleAnswers<'a>> {
    let tallies = tallies.tallies.iter().filter(|tally| tally.variant_of.is_none());
    tallies.flat_map(move |tally| {
        // What is wrong with a baseline's file is a trial of its own.
        let told = tasks(suites).filter_map(|task| Some((task, tally.profile(task).ok().flatten()?)));
        let surveyed = told.filter(|(_, profile)| profile.is_survey());
        surveyed.map(|(task, profile)| RoleAnswers { role: &tally.name, task, profile })
    })
}

/// Returns the groups of people as they are drawn.
pub(super) fn people(suites: &Suites, tallies: &Tallies) -> Vec<DrawnRespondent> {
    drawn(surveys(suites, tallies).collect::<Vec<_>>().as_slice(), true)
}

/// Returns answers by respondent.
fn drawn(answers: &[RoleAnswers<'_>], people: bool) -> Vec<DrawnRespondent> {
    let mut all: Vec<DrawnRespondent> = Vec::new();
    for RoleAnswers { role, task, profile } in answers {
        let at = all.iter().position(|known| known.name == *role).unwrap_or(all.len());
        if at == all.len() {
            all.push(DrawnRespondent { name: (*role).to_owned(), people, ..DrawnRespondent::default() });
        }
        all[at].tables.insert(task.id.clone(), profile.table(task, View::Main));
    }
    all
}

/// Returns a side of the command line with its answers to all tasks; what is missing is told to `note`.
pub(super) fn respondent(run: &Run, side: &DiffSide, note: &mut dyn FnMut(String)) -> DrawnRespondent {
    let mut drawn = DrawnRespondent { name: side.name.clone(), ..DrawnRespondent::default() };
    for task in tasks(&run.suites) {
        match side.table_now(run, task) {
            Ok(Some(table)) => {
                drawn.tables.insert(task.id.clone(), table);
            }
            Ok(None) => {}
            Err(why) => note(why),
        }
    }
    drawn
}

/// What is known here of tasks and of other respondents.
pub(super) enum KnownHere {
    /// What alignment.toml says.
    Run(Box<Run>),
    /// Without it, what comes with alignspec.
    Builtin(Box<(Suites, Tallies)>),
}

impl KnownHere {
    /// Reads the config of the crate that the working folder is in, or else of the crate that has these records: a report may
    /// be written in a workspace's root, or where there is no crate.
    pub(super) fn read(records: &[Record]) -> KnownHere {
        let above =
            here().map_or_else(|_| None, |here| Some((config_alone_above(&here).ok().flatten(), here)));
        let Some((config, here)) = above else { return KnownHere::builtin() };
        let folders =
            || records.iter().filter(|record| !record.package.is_empty()).map(|record| &record.package);
        let of_record = || {
            let roots = here.ancestors().flat_map(|root| folders().map(move |folder| root.join(folder)));
            let root = roots.take(1_000).find(|root| root.join(FILE).is_file())?;
            crate::provider::read_config(&root).ok()
        };
        match config.or_else(of_record) {
            Some(config) => KnownHere::Run(Box::new(Run::offline(with_rust_if_known(config)))),
            None => KnownHere::builtin(),
        }
    }

    fn builtin() -> KnownHere {
        let unread = Diagnostic::new("the built-in baselines cannot be read");
        let tallies = Tallies::load(Path::new(""), &[("builtin".to_owned(), unread)]);
        KnownHere::Builtin(Box::new((Suites::builtin(), tallies)))
    }

    pub(super) fn suites(&self) -> &Suites {
        match self {
            KnownHere::Run(run) => &run.suites,
            KnownHere::Builtin(known) => &known.0,
        }
    }

    /// Returns the answers of the groups of people.
    pub(super) fn surveys(&self) -> Vec<RoleAnswers<'_>> {
        match self {
            KnownHere::Run(run) => surveys(&run.suites, &run.tallies).collect(),
            KnownHere::Builtin(known) => surveys(&known.0, &known.1).collect(),
        }
    }

    /// Returns people, and the respondents of these names; what is missing of them is told to `note`.
    pub(super) fn others(
        &self,
        names: &[String],
        note: &mut dyn FnMut(String),
    ) -> Result<Vec<DrawnRespondent>, Failure> {
        match self {
            KnownHere::Builtin(known) if names.is_empty() => Ok(people(&known.0, &known.1)),
            KnownHere::Builtin(_) => Err(Failure::Misuse(format!(
                "--beside names a respondent of {FILE}, and there is none here: change to the crate's folder"
            ))),
            KnownHere::Run(run) => {
                let mut others = people(&run.suites, &run.tallies);
                for name in names {
                    let side = DiffSide::find(run, name)?;
                    if others.iter().all(|other| other.name != side.name) {
                        others.push(respondent(run, &side, note));
                    }
                }
                Ok(others)
            }
        }
    }
}

/// The counted answers of a role to a task, in the records of a run.
pub(super) struct RoleAnswers<'a> {
    pub role: &'a str,
    pub task: &'a Task,
    pub profile: Profile,
}

/// Returns the answers of a run, and why some of them cannot be used here.
pub(super) fn of_records<'a>(
    suites: &'a Suites,
    records: &'a [Record],
) -> (Vec<RoleAnswers<'a>>, Vec<String>) {
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for record in records {
        let Some((role, answers)) = record.model.as_deref().zip(record.answers.as_ref()) else { continue };
        let task = suites
            .task(&answers.task)
            .ok_or_else(|| "no suite here has this task: run the report in the crate's folder".to_owned());
        match task.and_then(|task| Ok((task, answers.profile(role, task)?))) {
            Ok((task, profile)) => all.push(RoleAnswers { role, task, profile }),
            Err(why) => missing.push(format!("{role}: {}: {why}", answers.task)),
        }
    }
    (all, missing)
}

/// Draws a run: each role beside people and `others`, and all of them together.
pub(super) fn page(
    suites: &Suites,
    (answers, missing): (&[RoleAnswers<'_>], Vec<String>),
    others: Vec<DrawnRespondent>,
) -> PageFigures {
    let roles = drawn(answers, false);
    // A role with the figures of a group stands for itself.
    let mut others = others;
    others.retain(|other| roles.iter().all(|role| role.name != other.name));
    let beside = |role: &DrawnRespondent| {
        let mut both = vec![role.clone()];
        both.extend(others.iter().cloned());
        (role.name.clone(), figures(suites, &both, WantedFigures::Answers))
    };
    let each = roles.iter().map(beside).collect();
    // The answers of a single role stand beside those of people already.
    let wanted = if roles.len() > 1 { WantedFigures::Together } else { WantedFigures::Agreement };
    let all = if roles.is_empty() { Vec::new() } else { figures(suites, &[roles, others].concat(), wanted) };
    PageFigures { roles: each, all, missing }
}
