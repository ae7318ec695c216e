//! The plan, printed instead of a run, or in a line before one that will ask.

use std::io::Write as _;
use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::ground::diagnostic::Diagnostic;
use crate::plan;
use crate::report::results::folder::COULD_NOT_RUN;
use crate::report::terminal::TerminalStyle;
use crate::run::Run;

const NOTHING_JUDGED: &str = "note: ALIGNSPEC_PLAN is set, so only the plan was printed and nothing was judged, which is no pass: unset it to run the tests. `cargo alignspec plan` prints the same and ends with 0";

/// Prints the plan instead of running anything. That judges nothing, so it never ends as a run that passes: the variable
/// may have been left set.
pub(super) fn show_plan(run: &Run, style: TerminalStyle) -> ExitCode {
    run.warnings(|_| true).chain(run.cautions()).for_each(|warning| eprintln!("{warning}\n"));
    match plan::plan_of(run, |_| true) {
        Ok(plan) => {
            // If the reader has closed the pipe, there is no reason to panic.
            let _ = writeln!(std::io::stdout().lock(), "{}", style.shown(&plan.to_string()));
            let code = refuse(&plan.problems);
            eprintln!("{}", style.shown(NOTHING_JUDGED));
            code
        }
        Err(problem) => refuse(&[*problem]),
    }
}

pub(super) fn refuse(problems: &[Diagnostic]) -> ExitCode {
    problems.iter().for_each(|problem| eprintln!("{problem}\n"));
    ExitCode::from(COULD_NOT_RUN.code)
}

/// Announces what models will be asked. This happens once in a run, so not in a process for a single test.
/// Returns the plan, if any model may be asked.
pub(super) fn announce(run: &Run, arguments: &Arguments, style: TerminalStyle) -> Option<plan::Plan> {
    if arguments.list || arguments.exact || !run.config.models.iter().any(|model| run.asks(model)) {
        return None;
    }
    // The trials that read a broken recording report it.
    let plan = plan::plan_of(run, |planned| chosen(arguments, &planned.name)).ok()?;
    let told = std::env::var_os(plan::ANNOUNCED).is_some();
    for model in run.config.models.iter().filter(|model| !told && run.asks(model)) {
        let total = plan.total(Some(&model.name));
        if total.likely + total.back.likely > 0 {
            eprintln!("{}", style.shown(&plan.announcement(&model.name)));
        }
    }
    Some(plan)
}

/// Whether the command line, without --exact, lets a trial run.
pub(super) fn chosen(arguments: &Arguments, name: &str) -> bool {
    let skipped = arguments.skip.iter().any(|part| name.contains(part));
    arguments.filter.as_ref().is_none_or(|part| name.contains(part)) && !skipped
}
