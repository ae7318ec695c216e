//! The trials that `cargo test` runs: one per model × check, one per model × task for its snapshot,
//! one per mistake in a file. The command line and filters are libtest-mimic's; so is the exit code (101 when
//! a trial failed), but for runs in which nothing said no and something could not run: 102.

mod builder;
mod drift;
mod environment;
mod overwriting;
mod plan;
mod selection;
mod single;
pub(crate) mod target;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

pub use builder::Harness;
use plan::{announce, plan_is_wanted, refuse, show_plan};
use selection::{misspelt, runs, threads, with_mistakes};
use target::Tree;

use crate::answer::Invalid;
use crate::config::Inconclusive;
use crate::profile::View;
use crate::report::interrupted::interrupted;
use crate::report::progress::Progress;
use crate::report::results::folder::Results;
use crate::report::results::folder::planned::Whole;
use crate::report::results::{Kind, Outcome as Came, Record};
use crate::report::terminal;
use crate::respondent::Functions;
use crate::run::{Planned, Problem, Run, Subject};
use crate::sample::interrupt;
use crate::snapshot::stored;
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
        fn main() -> $crate::__private::Ended {
            let built = $crate::__private::Built {
                root: env!("CARGO_MANIFEST_DIR"),
                package: env!("CARGO_PKG_NAME"),
            };
            // insta's macro must expand in the user's crate: it notes which source and workspace a
            // snapshot belongs to.
            $crate::__private::run($harness, built, |name, text| {
                $crate::__private::insta::assert_snapshot!(name, text);
            })
        }

        const _: () = $crate::__private::at_the_top(module_path!());
        const _: () = $crate::__private::is_main(self::main);

        // Only Rust's own test harness builds this. An error of the build, since no filter hides that.
        #[test]
        fn harness_false_is_missing() {
            const {
                panic!(concat!(
                    "alignspec would not run: this target has Rust's own test harness, which calls no `main`. ",
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

/// Compares a text with the stored snapshot of a name; panics where they differ. Made by
/// [`harness!`](crate::harness!).
pub(crate) type Assert = fn(&str, &str);

/// Runs the trials of the crate in a folder, as the command line says.
fn main(functions: Functions, tree: Tree, assert: Assert) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let progress = Progress::on_stderr();
    // What lists tests reads libtest's format, plan or no plan.
    let only_plan = !arguments.list && plan_is_wanted();
    let mut shared = None;
    let Tree { root, note, problem } = tree;
    if let Some(note) = note.filter(|_| !arguments.list) {
        eprintln!("{note}");
    }
    let results = Arc::new(Results::of(&root));
    let (mut whole, mut others) = (Whole::default(), Vec::new());
    let read = || {
        let run = Run::with(&root, functions.clone())?;
        if single::processes() {
            run.keep_plan(&functions);
        }
        Ok(run)
    };
    let single = single::run(&root, &functions, &arguments, &results);
    let alone = single.is_some();
    let problems = match single.map_or_else(|| problem.map_or_else(read, Err), Ok) {
        Ok(run) if only_plan => return show_plan(&run),
        Err(problem) if only_plan => return refuse(&[*problem]),
        Ok(run) => {
            let run = Arc::clone(shared.insert(Arc::new(run)));
            let plan = announce(&run, &arguments);
            let single = arguments.test_threads == Some(1);
            arguments.test_threads = threads(&run, plan.as_ref(), &arguments);
            watch(&run, &progress);
            others = trials(&run, assert, &arguments, &progress, single, &results, &mut whole);
            let mut problems = run.problems.clone();
            problems.extend(misspelt(&arguments, &run, results.target()));
            problems.extend(environment::misspelt());
            problems.extend(overwriting::mistakes(&run, &root, |name| runs(&arguments, name)));
            problems
        }
        Err(problem) => vec![Problem { name: crate::config::FILE.to_owned(), diagnostic: *problem }],
    };
    let mistakes =
        problems.into_iter().map(|problem| mistake(problem, arguments.list, &results, &mut whole)).collect();
    let orphans = match &shared {
        Some(run) if !arguments.list => drift::orphans(run),
        _ => Vec::new(),
    };
    if !arguments.list {
        whole.orphans(&orphans);
        // A run of one trial does not know the others.
        if !alone {
            results.whole(whole);
        }
        if let Some(run) = &shared
            && let Some(warning) = overwriting::warning(run, &root, |name| runs(&arguments, name))
        {
            eprintln!("{warning}");
        }
    }
    if let Some(warning) = drift::orphaned(&orphans) {
        eprintln!("{warning}");
    }
    let trials = with_mistakes(&mut arguments, mistakes, others);
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
    results.exit_code(&conclusion)
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

/// The trial of a mistake in a file: it fails, and no selection leaves it out.
fn mistake(problem: Problem, list: bool, results: &Arc<Results>, whole: &mut Whole) -> Trial {
    let Problem { name, diagnostic: problem } = problem;
    // What has no place of its own is on the file that names it, if that is one.
    let position = problem.position().unwrap_or((&name, 1, 1));
    let record = results.begin(&name, Kind::File, None, Some(position));
    let (begun, shared) = (record.clone(), Arc::clone(results));
    let fail = move |record: &mut Record| {
        record.ends(Came::BrokenFile);
        Err(Failed::from(problem.to_string()))
    };
    let trial = Trial::ignorable_test(name, move || shared.trial(begun, fail)).with_kind("file");
    results.plan(&trial, &record, None, &Arguments { list, ..Arguments::default() });
    whole.add(&record, false, None);
    trial
}

/// The trials of models; with `single`, one at a time, on whatever thread.
fn trials(
    run: &Arc<Run>,
    assert: Assert,
    arguments: &Arguments,
    progress: &Progress,
    single: bool,
    results: &Arc<Results>,
    whole: &mut Whole,
) -> Vec<Trial> {
    let one: Option<Arc<Mutex<()>>> = single.then(Arc::default);
    let aloud = arguments.nocapture || arguments.show_output;
    let mut trials: Vec<Trial> = Vec::new();
    let plans = !arguments.list && results.plans();
    for planned in &run.planned {
        let name = planned.name.clone();
        // With --exact, nextest starts a process per test: a trial that will not run need not know
        // whether it could.
        let wanted = !arguments.exact || arguments.filter.as_ref() == Some(&name);
        let blocked = if wanted || plans { run.ready(planned) } else { None };
        if let (Some(reason), true) = (&blocked, wanted && !arguments.list) {
            eprintln!("ignored: {name}: {reason}");
        }
        let record = begin(run, planned, results);
        let (run, planned) = (Arc::clone(run), planned.clone());
        let (progress, one) = (progress.clone(), one.clone());
        let (begun, shared) = (record.clone(), Arc::clone(results));
        let trial = Trial::ignorable_test(name, move || {
            let _one = one.as_ref().map(|one| one.lock().unwrap_or_else(PoisonError::into_inner));
            let _turn = progress.turn();
            shared.trial(begun, |record| {
                perform(&run, &planned, Teller { assert, aloud, progress: &progress, record })
            })
        });
        let trial = trial.with_ignored_flag(blocked.is_some());
        results.plan(&trial, &record, blocked.as_deref(), arguments);
        whole.add(&record, arguments.is_filtered_out(&trial), blocked.as_deref());
        trials.push(trial);
    }
    // What this process does not know of is filtered out all the same, and counted as such.
    trials.extend((0..run.others).map(|_| Trial::test("", || Ok(()))));
    trials
}

/// The record of a trial: where its check stands, or where its snapshot is.
fn begin(run: &Run, planned: &Planned, results: &Results) -> Record {
    let model = Some(planned.model.as_str());
    match &planned.subject {
        Subject::Check { check, .. } => {
            let entry = &run.checks[*check].entry;
            let place = planned.place.or_else(|| entry.place());
            let position = place.map(|(line, column)| (&*entry.source.name, line, column));
            results.begin(&planned.name, Kind::Check, model, position)
        }
        Subject::Drift { task, .. } => {
            let stored = run
                .suites
                .task(task)
                .map(|task| stored::path(&run.config.snapshots, &planned.model, &task.id));
            let stored = stored.filter(|path| path.exists()).map(|path| path.display().to_string());
            let position = (stored.as_deref().unwrap_or(crate::config::FILE), 1, 1);
            results.begin(&planned.name, Kind::Snapshot, model, Some(position))
        }
        Subject::Reading { .. } => {
            results.begin(&planned.name, Kind::Reading, model, Some((crate::config::FILE, 1, 1)))
        }
    }
}

/// What a trial tells, and whom.
struct Teller<'a> {
    assert: Assert,
    aloud: bool,
    progress: &'a Progress,
    record: &'a mut Record,
}

fn perform(run: &Run, planned: &Planned, teller: Teller<'_>) -> Result<Completion, Failed> {
    match &planned.subject {
        Subject::Check { check, rate } => {
            let check = &run.checks[*check];
            let Teller { aloud, progress, record, .. } = teller;
            let judged = run.judge(&planned.model, check, *rate, aloud).map_err(|why| {
                record.unjudged(&why);
                let text = terminal::unjudged(&planned.model, check, &why);
                Failed::from(text)
            })?;
            record.judged(check, &judged);
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
            with_task(run, task, |task| drift::judge(run, &planned.model, task, *rate, teller))
        }
        Subject::Reading { task } => {
            with_task(run, task, |task| reading(run, &planned.model, task, teller.record))
        }
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
fn reading(run: &Run, model: &str, task: &Task, record: &mut Record) -> Result<Completion, Failed> {
    let answers = run.answers(model, task, None, View::Main).map_err(|why| record.lacking(why))?;
    // A long answer that was cut off can still be read.
    let cut = answers.profile.invalid_by_reason().iter().any(|(reason, _)| *reason == Invalid::CutOff);
    match answers.profile.totals() {
        (0, _) if !cut => {
            record.ends(Came::Undefined);
            let why = answers.invalid_summary().map_or_else(String::new, |text| format!(" ({text})"));
            Err(Failed::from(format!("{model} gave no answer to {} that could be read{why}", task.id)))
        }
        _ => Ok(Completion::Completed),
    }
}
