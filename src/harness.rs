//! The trials that `cargo test` runs: one per model × check, one per model × task for its snapshot,
//! one per mistake in a file. The command line, filters and exit codes are libtest-mimic's.

mod builder;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

pub use builder::Harness;

use crate::answer::Invalid;
use crate::config::{Config, Inconclusive};
use crate::diagnostic::Diagnostic;
use crate::panics::quietly;
use crate::plan;
use crate::profile::View;
use crate::report::interrupted::interrupted;
use crate::report::progress::Progress;
use crate::report::terminal;
use crate::respondent::{Functions, one_line};
use crate::run::{Planned, Run, Subject};
use crate::sample::interrupt;
use crate::snapshot::{self, Homogeneous, Judge, Stored};
use crate::suite::Task;
use crate::verdict::Outcome;

/// The whole of a test target: reads `alignment.toml` beside the crate's Cargo.toml and runs it.
///
/// ```ignore
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
        fn main() -> ::std::process::ExitCode {
            // insta's macro must expand in the user's crate: it notes which source and workspace a
            // snapshot belongs to.
            $crate::Harness::run($harness, env!("CARGO_MANIFEST_DIR"), |name, text| {
                $crate::__insta::assert_snapshot!(name, text);
            })
        }
    };
}

/// Compares a text with the stored snapshot of a name; panics where they differ. Made by
/// [`harness!`](crate::harness!).
pub type Assert = fn(&str, &str);

/// Runs the trials of the crate in `root`, as the command line says.
fn main(functions: Functions, root: &str, assert: Assert) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let progress = Progress::on_stderr();
    // What lists tests reads libtest's format, plan or no plan.
    let only_plan = !arguments.list && plan_is_wanted();
    let mut shared = None;
    let trials = match Run::with(Path::new(root), functions) {
        Ok(run) if only_plan => return show_plan(&run),
        Err(problem) if only_plan => return refuse(&[*problem]),
        Ok(run) => {
            let run = Arc::clone(shared.insert(Arc::new(run)));
            let plan = announce(&run, &arguments);
            let single = arguments.test_threads == Some(1);
            arguments.test_threads = threads(&run, plan.as_ref(), &arguments);
            watch(&run, &progress);
            trials(&run, assert, &arguments, &progress, single)
        }
        Err(problem) => vec![mistake(crate::config::FILE, *problem)],
    };
    if !arguments.list && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "force") {
        eprintln!(
            "warning: INSTA_UPDATE=force rewrites every snapshot, drifted or not: the baseline of every later run"
        );
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    progress.end();
    // Not reached by who ends the process: what is not in the store then is still on this disk.
    if let Some(Err(failed)) = shared.map(|run| run.finish()) {
        for error in failed {
            eprintln!(
                "warning: {error}\n  the responses are recorded on this machine only; the next run here that asks for more puts them there"
            );
        }
    }
    conclusion.exit_code()
}

/// Shows progress and takes interrupts over, once something is asked and not before.
fn watch(run: &Arc<Run>, progress: &Progress) {
    let (weak, progress) = (Arc::downgrade(run), progress.clone());
    run.sampler().when_asking(move || {
        let asked = weak.clone();
        progress.start(move || asked.upgrade().map_or_else(Vec::new, |run| run.sampler().status()));
        // Where it cannot be watched for, an interrupt ends the process without a word.
        let _ = interrupt::watch(move || {
            let Some(run) = weak.upgrade() else { return };
            let (sampler, here) = (run.sampler(), std::env::current_dir().ok());
            progress.last_word(|| {
                let kept = |model: &str| sampler.kept(model);
                interrupted(&sampler.status(), sampler.mode(), kept, here.as_deref())
            });
        });
    });
}

/// How many trials run at a time, where the user does not say so.
///
/// libtest-mimic runs one per core. But trials of models that are asked mostly wait, the slow ones for
/// minutes, and should neither hold up one another nor those that only compute: they get a thread each,
/// and the others one per core. How fast a model is asked is not decided here but by its own limits.
fn threads(run: &Run, plan: Option<&plan::Plan>, arguments: &Arguments) -> Option<usize> {
    /// Each has a stack; beyond, trials wait for their turn.
    const MOST: usize = 256;
    if plan.is_none_or(|plan| plan.total(None).most == 0) {
        return arguments.test_threads;
    }
    match arguments.test_threads {
        None => {
            let asked = |name: &str| run.model(name).is_some_and(|model| run.asks(model));
            let waiting = run.planned.iter().filter(|planned| asked(&planned.model));
            let waiting = waiting.filter(|planned| chosen(arguments, &planned.name)).count();
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Some((waiting + cores).min(MOST.max(cores)))
        }
        // On one thread, libtest-mimic prints the first half of a trial's line before it runs: progress
        // would fall into it. [`trials`] sees to it that still only one runs at a time.
        Some(1) => Some(2),
        more => more,
    }
}

fn plan_is_wanted() -> bool {
    std::env::var_os(plan::VARIABLE).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Prints the plan instead of running anything.
fn show_plan(run: &Run) -> ExitCode {
    match plan::of(run, |_| true) {
        Ok(plan) => {
            // Who has read enough closes the pipe: no reason to panic.
            let _ = write!(std::io::stdout().lock(), "{plan}");
            if plan.problems.is_empty() { ExitCode::SUCCESS } else { refuse(&plan.problems) }
        }
        Err(problem) => refuse(&[*problem]),
    }
}

fn refuse(problems: &[Diagnostic]) -> ExitCode {
    problems.iter().for_each(|problem| eprintln!("{problem}\n"));
    ExitCode::from(101)
}

/// Says what models will be asked, before they are: once a run, so not in a process for one test. The
/// plan, if any model may be asked.
fn announce(run: &Run, arguments: &Arguments) -> Option<plan::Plan> {
    if arguments.list || arguments.exact || !run.config.models.iter().any(|model| run.asks(model)) {
        return None;
    }
    // A broken recording is told by the trials that read it.
    let plan = plan::of(run, |planned| chosen(arguments, &planned.name)).ok()?;
    let told = std::env::var_os(plan::ANNOUNCED).is_some();
    for model in run.config.models.iter().filter(|model| !told && run.asks(model)) {
        if plan.total(Some(&model.name)).likely > 0 {
            eprintln!("{}", plan.announcement(&model.name));
        }
    }
    Some(plan)
}

/// Whether the command line, without --exact, lets a trial run.
fn chosen(arguments: &Arguments, name: &str) -> bool {
    let skipped = arguments.skip.iter().any(|part| name.contains(part));
    arguments.filter.as_ref().is_none_or(|part| name.contains(part)) && !skipped
}

fn mistake(name: &str, problem: Diagnostic) -> Trial {
    Trial::test(name, move || Err(Failed::from(problem.to_string()))).with_kind("file")
}

/// The trials; with `single`, one at a time, on whatever thread.
fn trials(
    run: &Arc<Run>,
    assert: Assert,
    arguments: &Arguments,
    progress: &Progress,
    single: bool,
) -> Vec<Trial> {
    let one: Option<Arc<Mutex<()>>> = single.then(Arc::default);
    let aloud = arguments.nocapture || arguments.show_output;
    let mistakes = run.problems.iter().map(|problem| mistake(&problem.name, problem.diagnostic.clone()));
    let mut trials: Vec<Trial> = mistakes.collect();
    for planned in &run.planned {
        let name = planned.name.clone();
        // With --exact, nextest starts a process per test: a trial that will not run need not know
        // whether it could.
        let wanted = !arguments.exact || arguments.filter.as_ref() == Some(&name);
        let blocked = if wanted { run.ready(planned) } else { None };
        if let (Some(reason), false) = (&blocked, arguments.list) {
            eprintln!("ignored: {name}: {reason}");
        }
        let (run, planned) = (Arc::clone(run), planned.clone());
        let (progress, one) = (progress.clone(), one.clone());
        let trial = Trial::ignorable_test(name, move || {
            let _one = one.as_ref().map(|one| one.lock().unwrap_or_else(PoisonError::into_inner));
            let _turn = progress.turn();
            perform(&run, &planned, assert, aloud, &progress)
        });
        trials.push(trial.with_ignored_flag(blocked.is_some()));
    }
    trials
}

fn perform(
    run: &Run,
    planned: &Planned,
    assert: Assert,
    aloud: bool,
    progress: &Progress,
) -> Result<Completion, Failed> {
    match &planned.subject {
        Subject::Check { check, rate } => {
            let check = &run.checks[*check];
            let judged = run.judge(&planned.model, check, *rate, aloud).map_err(|why| {
                let text = terminal::unjudged(&planned.model, check, &why);
                Failed::from(text)
            })?;
            let text = terminal::judged(&planned.model, check, &judged);
            match (judged.verdict.outcome, run.config.verdict.inconclusive) {
                (Outcome::Pass, _) => {
                    if aloud {
                        progress.aside(|| eprintln!("{text}\n"));
                    }
                    Ok(Completion::Completed)
                }
                (Outcome::Inconclusive, Inconclusive::Ignore) => Ok(Completion::ignored_with(text)),
                (Outcome::Fail | Outcome::Inconclusive, _) => Err(Failed::from(text)),
            }
        }
        Subject::Drift { task, rate } => {
            with_task(run, task, |task| drift(run, &planned.model, task, *rate, assert, aloud, progress))
        }
        Subject::Reading { task } => with_task(run, task, |task| reading(run, &planned.model, task)),
    }
}

fn with_task(
    run: &Run,
    id: &str,
    then: impl FnOnce(&Task) -> Result<Completion, Failed>,
) -> Result<Completion, Failed> {
    match run.suites.task(id) {
        Some(task) => then(task),
        None => Err(Failed::from(format!("the task {id} is not loaded"))),
    }
}

/// Answers that are kept for reading only have to be there.
fn reading(run: &Run, model: &str, task: &Task) -> Result<Completion, Failed> {
    let answers = run.answers(model, task, None, View::Main).map_err(Failed::from)?;
    // A long answer that was cut off can still be read.
    let cut = answers.profile.invalid_by_reason().iter().any(|(reason, _)| *reason == Invalid::CutOff);
    match answers.profile.totals() {
        (0, _) if !cut => {
            Err(Failed::from(format!("{model} gave no answer to {} that could be read", task.id)))
        }
        _ => Ok(Completion::Completed),
    }
}

fn drift(
    run: &Run,
    model: &str,
    task: &Task,
    rate: f64,
    assert: Assert,
    aloud: bool,
    progress: &Progress,
) -> Result<Completion, Failed> {
    // As many as the config says, and not as many as checks went on to ask for: samples of fixed size.
    let answers = run.answers(model, task, None, View::Main).map_err(Failed::from)?;
    let now = snapshot::write(task, &answers.profile);
    if answers.profile.table(task, View::Main).rows.is_empty() {
        return Err(Failed::from(format!(
            "{model} gave no valid answer to {}{}",
            task.id,
            answers.invalid_summary().map_or_else(String::new, |text| format!(" ({text})"))
        )));
    }
    let judge = Judge { task: task.clone(), rate, min_shift: run.config.drift.min_shift };
    let (text, change) = match read_text(&run.config, model, task)? {
        None => (now.clone(), "there is no snapshot yet, so there is nothing to compare with".to_owned()),
        Some(before) => match judge.compare(&before, &now) {
            Ok(drift) if drift.is_none() => {
                if aloud {
                    progress.aside(|| eprintln!("{}\n", terminal::undrifted(model, &task.id, &drift)));
                } else if let Some(note) = terminal::not_compared(&drift) {
                    // Passing tests are silent, but nothing is passed over silently.
                    progress.aside(|| eprintln!("note: {model}: {} {note}", task.id));
                }
                (now.clone(), String::new())
            }
            Ok(drift) => (judge.compose(&before, &now, &drift), terminal::drifted(&drift)),
            Err(why) => (now.clone(), why),
        },
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&run.config.snapshots);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(match &answers.version {
        // A recording that somebody else wrote may say anything.
        Some(version) => format!("{model} ({}) on {}", one_line(version, 120), task.id),
        None => format!("{model} on {}", task.id),
    });
    settings.set_comparator(Box::new(Homogeneous { judge, now }));
    let asserted = progress.aside(|| {
        // A drifted snapshot is a result, not a crash: no backtrace of insta's panic.
        // It prints its diff piece by piece; libtest-mimic's lines must not fall between them.
        let _aloud = std::io::stdout().lock();
        quietly(|| settings.bind(|| assert(&name(model, task), &text)))
    });
    match asserted {
        Ok(()) => Ok(Completion::Completed),
        Err(_) => Err(Failed::from(format!(
            "{model}: {} is not as in its snapshot: {change}\nreview it with `cargo insta review`, or accept it with `cargo insta accept`",
            task.id
        ))),
    }
}

/// Name of a snapshot, and of its file without `.snap`.
fn name(model: &str, task: &Task) -> String {
    format!("{model}.{}", task.id)
}

fn path(config: &Config, model: &str, task: &Task) -> PathBuf {
    config.snapshots.join(format!("{}.snap", name(model, task)))
}

fn read_text(config: &Config, model: &str, task: &Task) -> Result<Option<String>, String> {
    let path = path(config, model, task);
    if !path.exists() {
        return Ok(None);
    }
    let unreadable = |why: String| format!("the snapshot {} cannot be read: {why}", path.display());
    let snapshot = insta::Snapshot::from_file(&path).map_err(|error| unreadable(error.to_string()))?;
    let text = snapshot.as_text().ok_or_else(|| unreadable("it is not text".to_owned()))?;
    Ok(Some(text.to_string()))
}

/// The stored snapshot of a model's task, as checks see it.
///
/// # Errors
/// There is none, it cannot be read, or it answers other questions.
pub(crate) fn stored(config: &Config, model: &str, task: &Task) -> Result<Stored, String> {
    let text = read_text(config, model, task)?
        .ok_or_else(|| format!("{model} has no snapshot of {} yet; accept one first", task.id))?;
    let stored = snapshot::read(task, &text)?;
    if stored.questions == snapshot::questions(task) {
        return Ok(stored);
    }
    Err(format!(
        "the snapshot of {model} answers other questions than {} asks now; accept a new one",
        task.id
    ))
}
