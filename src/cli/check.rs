//! `cargo alignspec check`: are all files and sentences of a crate valid? It reads what a run would read, asks nothing,
//! and suits a pre-commit hook or an editor.

use std::path::Path;

use super::{Failure, crate_root, offline, say, warn, with_rust};
use crate::check::Who;
use crate::config::FILE;
use crate::ground::diagnostic::Diagnostic;
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::run::{Run, Subject};
use crate::snapshot::stored;

/// Checks all files and sentences, and asks no model.
///
/// Reads alignment.toml, the suites, the baselines, each sentence and each snapshot as a run would, and prints every
/// mistake with its place and what to do. Recordings are not read: a run looks at those that it needs.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct CheckArguments {
    /// One line for each mistake, as compilers and editors have it: file:line:column: error: what is wrong
    #[arg(long)]
    short: bool,
}

const HELP: &str = "\
Examples:
  cargo alignspec check
  cargo alignspec check --short --package gate

Exit codes: 0 there are no mistakes (there may be warnings); 1 there are mistakes; 2 the command line is not valid, or there is
no alignment.toml; 3 could not run: what the test target hands over as Rust values is not known.";

pub(super) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let root = crate_root("there is nothing to check here")?;
    let config = match crate::provider::read_config(&root) {
        Ok(config) => config,
        Err(mistake) => {
            arguments.show(&mistake, "error");
            return Err(refused(1));
        }
    };
    let config = with_rust(config)?;
    let run = if arguments.short { Run::offline(config) } else { offline(config) };
    match arguments.short {
        true => run.warnings(|_| true).chain(run.cautions()).for_each(|told| arguments.show(told, "warning")),
        false => run.cautions().iter().for_each(warn),
    }
    let mistakes = mistakes(&run, &root);
    mistakes.iter().for_each(|mistake| arguments.show(mistake, "error"));
    if !mistakes.is_empty() {
        return Err(refused(mistakes.len()));
    }
    say(format!(
        "no mistakes: {}, {}, {}, {}",
        counted(run.config.roles().count(), "role"),
        counted(run.tasks.len(), "task"),
        counted(run.checks.len(), "check"),
        counted(run.planned.len(), "test")
    ));
    Ok(())
}

/// Finds everything that is wrong with the files of a run, and with the crate as far as it runs the checks.
pub(super) fn mistakes(run: &Run, root: &Path) -> Vec<Diagnostic> {
    let mut mistakes: Vec<Diagnostic> =
        run.problems.iter().map(|problem| problem.diagnostic.clone()).collect();
    mistakes.extend(damaged_snapshots(run));
    mistakes.extend(without_figures(run));
    mistakes.extend(super::test_target::without_target(root).map(Diagnostic::new));
    mistakes
}

impl CheckArguments {
    fn show(&self, diagnostic: &Diagnostic, level: &str) {
        if !self.short {
            return say(format!("{diagnostic}\n"));
        }
        let place = match diagnostic.position() {
            Some((file, line, column)) => format!("{file}:{line}:{column}"),
            None => FILE.to_owned(),
        };
        say(format!("{place}: {level}: {}", one_line(diagnostic.message(), 1_000)));
    }
}

/// Finds the checks of published figures, or against these, for which there are none.
fn without_figures(run: &Run) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for planned in &run.planned {
        let Subject::Check { check, .. } = planned.subject else { continue };
        let check = &run.checks[check];
        for input in check.measure.inputs() {
            let who = match &input.who {
                Who::Subject => planned.model.as_str(),
                Who::Respondent(name) => name,
                Who::Snapshot => continue,
            };
            let tally = run.config.tally_of(who);
            let Some(figures) = run.tallies.get(tally).filter(|_| run.model(who).is_none()) else { continue };
            let tasks = figures.tasks();
            if tasks.contains(&input.task.as_str()) {
                continue;
            }
            let message = format!(
                "{who} has no figures for {}, so this check cannot be judged; it has {} ({})",
                input.task,
                tasks.join(", "),
                figures.file.name
            );
            let help = match input.who {
                Who::Subject => "name other roles in the check's `models`, or give this role's `tasks`",
                _ => "compare with another baseline",
            };
            found.push(Diagnostic::new(message).at(&check.entry.source, check.entry.span.clone()).help(help));
        }
    }
    // Several roles may be compared with the same baseline.
    let mut told = std::collections::HashSet::new();
    found.retain(|diagnostic| told.insert(diagnostic.to_string()));
    found
}

/// Finds the snapshots that a run would not be able to use.
fn damaged_snapshots(run: &Run) -> Vec<Diagnostic> {
    let drift = run.planned.iter().filter_map(|planned| match &planned.subject {
        Subject::Drift { task, .. } => Some((&planned.model, run.suites.task(task)?)),
        _ => None,
    });
    let found = drift.filter_map(|(model, task)| stored::text(&run.config.snapshots, model, task).err());
    found.map(Diagnostic::new).collect()
}

fn refused(mistakes: usize) -> Failure {
    Failure::Refused(counted(mistakes, "mistake"))
}
