//! The trials of one process, made of a run's plan and of the mistakes in its files.

use std::path::Path;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};

use super::print_plan::announce;
use super::selection::{misspelt, runs, threads};
use super::{AssertSnapshot, Teller, environment, overwriting, perform, single, snapshot_trial};
use crate::asking::interrupt;
use crate::config::Inconclusive;
use crate::ground::sync::hold;
use crate::report::brought::in_terminal;
use crate::report::interrupted::interrupted;
use crate::report::progress::ProgressDisplay;
use crate::report::results::folder::ResultsFolder;
use crate::report::results::folder::planned::WholePlan;
use crate::report::results::{Record, TrialKind, TrialOutcome};
use crate::report::terminal::TerminalStyle;
use crate::run::{Planned, Problem, Run, Subject};
use crate::snapshot::stored;

pub(super) struct Making {
    pub arguments: Arguments,
    pub assert: AssertSnapshot,
    pub progress: ProgressDisplay,
    pub results: Arc<ResultsFolder>,
    /// The list of all trials, which is written to the results.
    pub whole: WholePlan,
    /// How failures are printed.
    pub style: TerminalStyle,
}

impl Making {
    /// The trials of models, and the mistakes of the run.
    pub(super) fn of_models(&mut self, run: &Arc<Run>, root: &Path) -> (Vec<Trial>, Vec<Problem>) {
        let plan = announce(run, &self.arguments, self.style.aside());
        let single = self.arguments.test_threads == Some(1);
        self.arguments.test_threads = threads(run, plan.as_ref(), &self.arguments);
        watch(run, &self.progress);
        let trials = self.trials(run, single);
        let mut problems = run.problems.clone();
        problems.extend(misspelt(&self.arguments, run, self.results.target()));
        problems.extend(environment::unknown(&run.config.source.text));
        problems.extend(overwriting::mistakes(run, root, |name| runs(&self.arguments, name)));
        (trials, problems)
    }

    /// The trials of models; with `single`, one at a time, on whatever thread.
    fn trials(&mut self, run: &Arc<Run>, single: bool) -> Vec<Trial> {
        let one: Option<Arc<Mutex<()>>> = single.then(Arc::default);
        let plans = !self.arguments.list && self.results.plans();
        let mut trials: Vec<Trial> =
            run.planned.iter().map(|planned| self.trial(run, planned, plans, one.clone())).collect();
        // Trials that this process does not know count as filtered out.
        trials.extend((0..run.others).map(|_| Trial::test("", || Ok(()))));
        trials
    }

    /// Makes one trial; `plans` says whether the results also list trials that do not run.
    fn trial(
        &mut self,
        run: &Arc<Run>,
        planned: &Planned,
        plans: bool,
        one: Option<Arc<Mutex<()>>>,
    ) -> Trial {
        let Making { arguments, assert, progress, results, whole, style } = self;
        let style = *style;
        let name = planned.name.clone();
        // With --exact, nextest starts a process per test, so a trial that will not run need not know whether
        // it could.
        let wanted = !arguments.exact || arguments.filter.as_ref() == Some(&name);
        let blocked = if wanted || plans { run.ready(planned) } else { None };
        if let (Some(reason), true) = (&blocked, wanted && !arguments.list) {
            eprintln!("{}", style.aside().shown(&format!("ignored: {name}: {reason}")));
        }
        let record = begin(run, planned, results);
        let (assert, aloud) = (*assert, arguments.nocapture || arguments.show_output);
        let (run, planned, progress) = (Arc::clone(run), planned.clone(), progress.clone());
        let (begun, shared) = (record.clone(), Arc::clone(results));
        let trial = Trial::ignorable_test(name, move || {
            let _one = one.as_ref().map(|one| hold(one));
            let _turn = progress.turn();
            let done = shared.trial(begun, |record| {
                let (keeps, progress) = (shared.is_kept(), &progress);
                perform(
                    &run,
                    &planned,
                    Teller { assert, aloud, keeps, progress, style: style.aside(), record },
                )
            });
            done.map_err(|failed| {
                failed.message().map_or_else(Failed::without_message, |text| style.shown(text).into())
            })
        });
        let trial = trial.with_ignored_flag(blocked.is_some());
        results.plan(&trial, &record, blocked.as_deref(), arguments);
        whole.add(&record, arguments.is_filtered_out(&trial), blocked.as_deref());
        trial
    }

    /// The trial of a mistake in a file: it fails, and no selection leaves it out.
    pub(super) fn mistake(&mut self, problem: Problem) -> Trial {
        let Making { arguments, results, whole, .. } = self;
        let Problem { name, diagnostic: problem } = problem;
        // A mistake without a place is shown at the file that names it, if there is one.
        let position = problem.position().unwrap_or((&name, 1, 1));
        let record = results.begin(&name, TrialKind::File, None, Some(position));
        let (begun, shared) = (record.clone(), Arc::clone(results));
        let fail = move |record: &mut Record| {
            record.ends(TrialOutcome::BrokenFile);
            Err(Failed::from(problem.to_string()))
        };
        let trial = Trial::ignorable_test(name, move || shared.trial(begun, fail)).with_kind("file");
        let all = Arguments { list: arguments.list, ..Arguments::default() };
        results.plan(&trial, &record, None, &all);
        whole.add(&record, false, None);
        trial
    }

    /// Writes the list of all trials to the results, and warns of snapshots that no trial judges and of
    /// settings that overwrite snapshots. `alone` says that this process runs a single trial.
    pub(super) fn told(&mut self, run: Option<&Run>, root: &Path, alone: bool) {
        if self.arguments.list {
            return;
        }
        let orphans = run.map_or_else(Vec::new, snapshot_trial::orphans);
        self.whole.orphans(&orphans);
        if let Some(brought) = run.and_then(|run| run.brought.as_ref()) {
            eprint!("{}", in_terminal(brought));
        }
        // A run of one trial does not know the others.
        if !alone {
            let undecided_pass = run.map(|run| run.config.verdict.inconclusive == Inconclusive::Ignore);
            self.results.whole(std::mem::take(&mut self.whole), undecided_pass);
        }
        let overwritten =
            run.and_then(|run| overwriting::warning(run, root, |name| runs(&self.arguments, name)));
        if !alone && let Some(note) = run.and_then(snapshot_trial::ignored) {
            eprintln!("{note}");
        }
        for warning in overwritten.into_iter().chain(snapshot_trial::orphaned(&orphans)) {
            eprintln!("{warning}");
        }
        run.into_iter().for_each(|run| tell_renamed(run, &self.arguments));
    }
}

/// Warns of old words and keys in the files; nextest's process of one test warns only of its own check.
/// `cargo alignspec record` has warned already.
fn tell_renamed(run: &Run, arguments: &Arguments) {
    if std::env::var_os(crate::plan::ANNOUNCED).is_some() {
        return;
    }
    let wanted = |planned: &Planned| !single::processes() || runs(arguments, &planned.name);
    run.warnings(wanted).chain(run.cautions()).for_each(|warning| eprintln!("{warning}\n"));
    if let Some(changed) = run.changed_since() {
        eprintln!("{changed}\n");
    }
}

/// Begins the record of a trial, with the place of its check or its snapshot.
fn begin(run: &Run, planned: &Planned, results: &ResultsFolder) -> Record {
    let model = Some(planned.model.as_str());
    match &planned.subject {
        Subject::Check { check, .. } => {
            let entry = &run.checks[*check].entry;
            let place = planned.place.or_else(|| entry.place());
            let position = place.map(|(line, column)| (entry.source.file(), line, column));
            results.begin(&planned.name, TrialKind::Check, model, position)
        }
        Subject::Drift { task, .. } => {
            let stored = run
                .suites
                .task(task)
                .map(|task| stored::path(&run.config.snapshots, &planned.model, &task.id));
            let stored = stored.filter(|path| path.exists()).map(|path| path.display().to_string());
            let position = (stored.as_deref().unwrap_or(crate::config::FILE), 1, 1);
            results.begin(&planned.name, TrialKind::Snapshot, model, Some(position))
        }
        Subject::Reading { .. } => {
            results.begin(&planned.name, TrialKind::Reading, model, Some((crate::config::FILE, 1, 1)))
        }
    }
}

/// Shows progress and handles interrupts, starting when the first question is asked.
fn watch(run: &Arc<Run>, progress: &ProgressDisplay) {
    let (weak, progress) = (Arc::downgrade(run), progress.clone());
    run.sampler().when_asking(move || {
        let asked = weak.clone();
        progress.start(move || asked.upgrade().map_or_else(Vec::new, |run| run.sampler().status()));
        // If interrupts cannot be watched for, one ends the process without a message.
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
