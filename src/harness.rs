//! The trials that `cargo test` runs: one per model × check, one per model × task for its snapshot, and one
//! per mistake in a file. libtest-mimic handles the command line, filters and the exit code (101 when a trial
//! failed), except that a run in which nothing is a no and something could not run ends with 102.

mod answers_noted;
mod builder;
mod environment;
mod making;
mod overwriting;
mod print_plan;
mod selection;
mod single;
mod snapshot_trial;
mod storing;
pub(crate) mod target;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, ColorSetting, Completion, Failed};

pub use builder::Harness;
use making::Making;
use print_plan::{refuse, show_plan};
use selection::with_mistakes;
use target::Tree;

use crate::answer::Invalid;
use crate::config::Inconclusive;
use crate::ground::diagnostic::Diagnostic;
use crate::ground::environment::only_plans;
use crate::profile::View;
use crate::report::progress::ProgressDisplay;
use crate::report::results::folder::ResultsFolder;
use crate::report::results::folder::planned::WholePlan;
use crate::report::results::{Record, TrialOutcome};
use crate::report::terminal::{self, TerminalStyle};
use crate::run::{Planned, Problem, Run, Subject, TargetCode};
use crate::suite::Task;
use crate::verdict::Outcome;

/// The whole of a test target: reads `alignment.toml` beside the crate's Cargo.toml and runs it.
///
/// ```no_run,standalone_crate
/// # #[cfg(any())]
/// # fn main() {}
/// // tests/alignment.rs, with `[[test]] name = "alignment", harness = false` in Cargo.toml
/// alignspec::harness!();
/// ```
///
/// What answers may be the crate's own code: `alignspec::harness!(Harness::new().respondent("assistant",
/// ask))`, see [`Harness`].
#[macro_export]
macro_rules! harness {
    () => {
        $crate::harness!($crate::Harness::new());
    };
    ($harness:expr) => {
        fn main() -> $crate::__private::Ended {
            let built = $crate::__private::Built {
                root: env!("CARGO_MANIFEST_DIR"),
                package: env!("CARGO_PKG_NAME"),
            };
            // insta's macro must expand in the user's crate, because it notes the source and the workspace of
            // a snapshot.
            $crate::__private::run($harness, built, |name, text| {
                $crate::__private::insta::assert_snapshot!(name, text);
            })
        }

        const _: () = $crate::__private::at_the_top(module_path!());
        const _: () = $crate::__private::is_main(self::main);

        // Only Rust's own test harness builds this. It is a build error, because no filter hides that.
        #[test]
        fn harness_false_is_missing() {
            const {
                panic!(concat!(
                    "alignspec would not run: this target uses Rust's own test harness, which does not call `main`. ",
                    "Add to Cargo.toml:\n\n[[test]]\nname = \"",
                    env!("CARGO_CRATE_NAME"),
                    "\"\nharness = false\n\nThe name is that of ",
                    file!(),
                    " without `.rs`.\n"
                ))
            }
        }
    };
}

/// Compares a text with the stored snapshot of a name, and panics where they differ.
/// [`harness!`](crate::harness!) makes it.
pub(crate) type AssertSnapshot = fn(&str, &str);

/// Runs the trials of the crate in a folder, as the command line says.
fn main(code: TargetCode, tree: Tree, assert: AssertSnapshot) -> ExitCode {
    if let Some(code) = storing::in_this_process(assert) {
        return code;
    }
    let arguments = Arguments::from_args();
    if let Some(wrong) = selection::no_threads(&arguments) {
        return refuse(&[wrong]);
    }
    let style = TerminalStyle::of_stdout(match arguments.color {
        Some(ColorSetting::Always) => Some(true),
        Some(ColorSetting::Never) => Some(false),
        Some(ColorSetting::Auto) | None => None,
    });
    let progress = ProgressDisplay::on_stderr();
    // Tools that list tests read libtest's format, so the plan is not printed then.
    let only_plan = !arguments.list && only_plans();
    let Tree { root, note, problem } = tree;
    if let Some(note) = note.filter(|_| !arguments.list) {
        eprintln!("{note}");
    }
    let results = Arc::new(ResultsFolder::of(&root));
    let code = TargetCode { suites: code.suites.within(&root), ..code };
    let single = single::run(&root, &code, &arguments, &results);
    let alone = single.is_some();
    let run = single.map_or_else(|| problem.map_or_else(|| read_run(&root, &code), Err), Ok);
    if let Some(wrong) = environment::misplaced(&results, run.as_ref().ok(), &root) {
        return refuse(&[wrong]);
    }
    crate::run::keep_suites(&root, results.target(), &code.suites);
    if only_plan {
        return run.map_or_else(|problem| refuse(&[*problem]), |run| show_plan(&run, style.aside()));
    }
    let mut making = Making { arguments, assert, progress, results, whole: WholePlan::default(), style };
    let (run, others, problems) = match run.map(Arc::new) {
        Ok(run) => {
            run.judged_by().into_iter().for_each(|commit| making.results.judged_by(commit));
            let (others, problems) = making.of_models(&run, &root);
            (Some(run), others, problems)
        }
        Err(diagnostic) => {
            let problem = Problem { name: crate::config::FILE.to_owned(), diagnostic: *diagnostic };
            (None, Vec::new(), vec![problem])
        }
    };
    let mistakes = problems.into_iter().map(|problem| making.mistake(problem)).collect();
    making.told(run.as_deref(), &root, alone);
    let Making { mut arguments, progress, results, .. } = making;
    let trials = with_mistakes(&mut arguments, mistakes, others);
    if let Some(note) = selection::nothing_left(&arguments, &trials) {
        eprintln!("{note}");
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    progress.end();
    if let Some(run) = run {
        finish(&run);
    }
    results.exit_code(&conclusion)
}

fn read_run(root: &Path, code: &TargetCode) -> Result<Run, Box<Diagnostic>> {
    let run = Run::with(root, code.clone())?;
    if single::processes() {
        run.keep_plan(code);
    }
    Ok(run)
}

/// Ends the run. If the process ends earlier, what is not in the store is still on this disk.
fn finish(run: &Run) {
    if let Err(failed) = run.finish() {
        for error in failed {
            eprintln!(
                "warning: {error}\n  the responses are recorded on this machine only; the next run here that asks for more puts them there"
            );
        }
    }
}

/// The outputs of a trial.
struct Teller<'a> {
    assert: AssertSnapshot,
    aloud: bool,
    /// Whether results are kept for reports.
    keeps: bool,
    progress: &'a ProgressDisplay,
    /// How notes are shown on standard error.
    style: TerminalStyle,
    record: &'a mut Record,
}

fn perform(run: &Run, planned: &Planned, teller: Teller<'_>) -> Result<Completion, Failed> {
    match &planned.subject {
        Subject::Check { check, rate } => {
            let check = &run.checks[*check];
            let Teller { aloud, keeps, progress, style, record, .. } = teller;
            // Reports show the chance level of what passes, too; it takes draws that nobody else reads.
            let chance = aloud || keeps;
            let judged = run.judge(&planned.model, check, *rate, chance).map_err(|why| {
                record.unjudged(&why);
                let text = terminal::unjudged(&planned.model, check, &why);
                Failed::from(text)
            })?;
            record.judged(check, &judged);
            let text = terminal::judged(&planned.model, check, &judged);
            // Passing tests print nothing, so this is shown with those that fail only.
            for warning in judged.warned.iter().filter(|warning| run.warns_first(&planned.model, warning)) {
                let warning = format!("warning: {}: {warning}", planned.model);
                progress.aside(|| eprintln!("{}", style.shown(&warning)));
            }
            match (judged.verdict.outcome, run.config.verdict.inconclusive) {
                (Outcome::Pass, _) => {
                    if aloud {
                        let text = terminal::brief(&planned.model, check, &judged);
                        progress.aside(|| eprintln!("{}\n", style.shown(&text)));
                    }
                    Ok(Completion::Completed)
                }
                // Where answers are missing, nobody has looked.
                (Outcome::Inconclusive, Inconclusive::Ignore) if !judged.short => {
                    Ok(Completion::ignored_with(text))
                }
                (Outcome::Fail | Outcome::Inconclusive, _) => {
                    record.text = Some(text);
                    Err(Failed::from(terminal::brief(&planned.model, check, &judged)))
                }
            }
        }
        Subject::Drift { task, rate } => {
            snapshot_trial::judge(run, &planned.model, run.suites.loaded(task)?, *rate, teller)
        }
        Subject::Reading { task } => reading(run, &planned.model, run.suites.loaded(task)?, teller.record),
    }
}

/// Ends a trial about answers that are collected for reading: they only have to be there.
fn reading(run: &Run, model: &str, task: &Task, record: &mut Record) -> Result<Completion, Failed> {
    let answers = run.answers(model, task, None, View::Main).map_err(|why| record.lacking(why).printed())?;
    // A long answer that was cut off can still be read.
    let cut = answers.profile.invalid_by_reason().iter().any(|(reason, _)| *reason == Invalid::CutOff);
    match answers.profile.totals() {
        (0, _) if !cut => {
            record.ends(TrialOutcome::Undefined);
            let why = answers.invalid_summary().map_or_else(String::new, |text| format!(" ({text})"));
            Err(Failed::from(format!("none of the answers of {model} to {} could be read{why}", task.id)))
        }
        _ => Ok(Completion::Completed),
    }
}
