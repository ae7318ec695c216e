//! The trial of a role's snapshot, which compares its answers to one task with those that are stored.

use std::path::PathBuf;

use libtest_mimic::{Completion, Failed};

use super::storing::ChangedText;
use super::{AssertSnapshot, Teller, answers_noted, overwriting};
use crate::compare;
use crate::config::Inconclusive;
use crate::ground::panics::{Caught, quietly};
use crate::ground::text::one_line;
use crate::profile::View;
use crate::report::drifted;
use crate::report::progress::ProgressDisplay;
use crate::report::provenance;
use crate::report::results::{Record, TrialOutcome};
use crate::report::terminal::TerminalStyle;
use crate::run::{DeletedFile, Run, TaskAnswers};
use crate::snapshot::stored::{self, SnapshotText};
use crate::snapshot::{self, Homogeneous, Judge, Stored};
use crate::suite::Task;
use crate::verdict::drift::Drift;

/// The result of a comparison with a snapshot.
#[derive(Default)]
struct SnapshotFinding {
    text: String,
    /// Why the snapshot has to be reviewed; `None` if it passes.
    change: Option<String>,
    /// The summary that a reviewer reads above the diff.
    short: String,
    new: bool,
    /// Why the comparison says nothing: there are too few answers to show any change, or it depends on lost tries.
    blind: Option<String>,
}

/// Judges a role's snapshot of one task. Its sample has a fixed size: as many answers as the config says,
/// however many the checks asked for.
pub(super) fn judge(
    run: &Run,
    model: &str,
    task: &Task,
    rate: f64,
    teller: Teller<'_>,
) -> Result<Completion, Failed> {
    let Teller { assert, aloud, progress, style, record, .. } = teller;
    let answers = run.answers(model, task, None, View::Main).map_err(|why| record.lacking(why).printed())?;
    answers_noted::note(run, model, task, &answers, record);
    warn_of_copies(run, model, task, &answers, (progress, style));
    let written = snapshot::write_from(task, &answers.profile, &run.origin(model, task, &answers));
    if answers.profile.table(task, View::Main).rows.is_empty() {
        record.ends(TrialOutcome::Undefined);
        return Err(Failed::from(format!(
            "{model} gave no valid answer to {}{}",
            task.id,
            answers.invalid_summary().map_or_else(String::new, |text| format!(" ({text})"))
        )));
    }
    let judge = Judge { task: task.clone(), rate, min_shift: run.config.drift.min_shift };
    let now = SnapshotText::new(task, written).map_err(|why| {
        record.ends(TrialOutcome::Undefined);
        Failed::from(format!("{model}: the answers to {} make no snapshot: {why}", task.id))
    })?;
    let held = CurrentAnswers { run, model, task, judge, now };
    let before = held.stored().map_err(|why| {
        record.ends(TrialOutcome::BrokenFile);
        Failed::from(why)
    })?;
    let found = match before {
        None => held.first(record),
        Some(before) => {
            let (found, note) = held.against(&before, aloud, record);
            let unnamed = held.unnamed(&before);
            for note in note.into_iter().chain(unnamed) {
                progress.aside(|| eprintln!("{}", style.shown(&note)));
            }
            found
        }
    };
    // Where no change could have been seen, or whether there is one is not certain, the snapshot does not pass.
    if let Some(why) = found.blind {
        record.ends(TrialOutcome::Inconclusive);
        return match run.config.verdict.inconclusive {
            Inconclusive::Ignore => Ok(Completion::ignored_with(why)),
            Inconclusive::Fail => Err(Failed::from(why)),
        };
    }
    let asserted =
        if held.is_quiet(&found) { Ok(()) } else { held.asserted(assert, &answers, &found, progress) };
    let found = match found.new {
        true => SnapshotFinding { change: Some(new(run, model, task)), ..found },
        false => found,
    };
    concluded(model, task, found, asserted, progress)
}

/// Warns, once a model, that nearly all long answers are equal.
fn warn_of_copies(
    run: &Run,
    model: &str,
    task: &Task,
    answers: &TaskAnswers,
    (progress, style): (&ProgressDisplay, TerminalStyle),
) {
    if let Some(alike) = answers.copies.alike().map(|alike| format!("{} {alike}", task.id))
        && run.warns_first(model, &alike)
    {
        let warning = style.shown(&format!("warning: {model}: {alike}"));
        progress.aside(|| eprintln!("{warning}"));
    }
}

/// A role's current answers to a task, as they are compared with its snapshot.
struct CurrentAnswers<'a> {
    run: &'a Run,
    model: &'a str,
    task: &'a Task,
    judge: Judge,
    /// The snapshot that these answers would give.
    now: SnapshotText,
}

impl CurrentAnswers<'_> {
    /// Returns the stored snapshot, if there is one, after checking that the file can be written.
    fn stored(&self) -> Result<Option<SnapshotText>, String> {
        let folder = &self.run.config.snapshots;
        let before = stored::text(folder, self.model, self.task)?;
        snapshot::file::writable(&stored::path(folder, self.model, &self.task.id))?;
        Ok(before)
    }

    /// What is found where there is no snapshot yet. Reports have more room than a terminal.
    fn first(&self, record: &mut Record) -> SnapshotFinding {
        record.ends(TrialOutcome::NewSnapshot);
        let deleted = self.run.deleted_snapshot(self.model, &self.task.id);
        let why = match &deleted {
            Some(deleted) => is_not(self.model, self.task, &gone(deleted)),
            None => {
                let nothing = "there is no snapshot yet, so there is nothing to compare with";
                is_not(self.model, self.task, nothing)
            }
        };
        let back = deleted.as_ref().map_or_else(String::new, |deleted| bring_back(deleted) + "; or ");
        record.text = Some(format!("{why}\n{back}{}", review(self.model)));
        let text = self.now.text.clone();
        SnapshotFinding { text, change: Some(why), new: true, ..SnapshotFinding::default() }
    }

    /// Returns the note that the provider named a version for the snapshot and names none now.
    fn unnamed(&self, before: &SnapshotText) -> Option<String> {
        let [then, now] = [before, &self.now].map(|text| snapshot::Answerers::of(&text.says.origin));
        let any = self.run.model(self.model).is_none_or(|model| model.any_version);
        let told = then.unnamed(!now.versions.is_empty()).filter(|_| !any && then.model == now.model)?;
        Some(format!("note: {}: {}: {told}", self.model, self.task.id))
    }

    /// Compares the answers with a stored snapshot. The second part of the result is a note about a snapshot
    /// that passes.
    fn against(
        &self,
        before: &SnapshotText,
        aloud: bool,
        record: &mut Record,
    ) -> (SnapshotFinding, Option<String>) {
        let CurrentAnswers { run, model, task, judge, now } = self;
        let mut found = SnapshotFinding { text: now.text.clone(), ..SnapshotFinding::default() };
        let (drift, reworded) = match judge.compare_all(&before.says, &now.says) {
            Ok(compared) => compared,
            Err(why) => {
                record.ends(TrialOutcome::SuiteChanged);
                (found.short, found.change) = (format!("; {why}"), Some(is_not(model, task, &why)));
                return (found, None);
            }
        };
        let words = if drift.is_none() { Vec::new() } else { self.in_words(&before.says, &drift) };
        record.compared(&drift, words);
        if drift.is_none() && reworded.is_none() {
            let note = match drifted::not_compared(&drift) {
                // It is told instead of this.
                _ if drift.is_in_doubt() => None,
                _ if aloud => {
                    Some(drifted::undrifted(model, &task.id, &drift, &before.says.origin.join("; ")) + "\n")
                }
                // A passing test prints nothing, but what was not compared is noted.
                note => note.map(|note| format!("note: {model}: {} {note}", task.id)),
            };
            let asked = run.model(model).is_some();
            let uncertain = drifted::uncertain(model, &task.id, &drift);
            found.blind = (asked && drift.detectable.is_none())
                .then(|| drifted::blind(model, &task.id, &drift))
                .or(uncertain);
            return (found, note);
        }
        if !reworded.is_none() {
            record.ends(TrialOutcome::SuiteChanged);
        }
        let mut why = if reworded.is_none() {
            is_not(model, task, &drifted::drifted(&drift))
        } else {
            format!("{model}: {}: {}", task.id, drifted::suite_changed(&reworded, &drift))
        };
        if !drift.is_none() {
            let sides = provenance::of_drift(&before.says.origin, &now.says.origin);
            sides.iter().for_each(|line| why.push_str(&format!("\n{line}")));
        }
        found.text = judge.compose(&before.text, &now.text, &drift, &reworded);
        found.short = drifted::changed_in_short(&reworded, &drift);
        found.change = Some(why);
        (found, None)
    }

    /// Returns what changed since a stored snapshot, in the sentences of `cargo alignspec diff`.
    fn in_words(&self, before: &Stored, drift: &Drift) -> Vec<String> {
        let [before, now] = [before, &self.now.says].map(|stored| {
            let Stored { table, invalid, responses, lost, .. } = stored.clone();
            compare::ComparedAnswers { table, invalid, responses, lost }
        });
        let pair = compare::Pair { task: self.task, before, now };
        compare::in_words(&self.run.all_suites(), &pair, drift)
    }

    /// Whether insta has nothing to show, store or clear away: the snapshot passes, nothing is pending beside
    /// it, and no setting of insta's concerns it. Starting insta runs cargo to find the workspace, which takes
    /// longer than the rest of a trial, and under nextest happens for each.
    fn is_quiet(&self, found: &SnapshotFinding) -> bool {
        let folder = &self.run.config.snapshots;
        let pending = stored::path(folder, self.model, &self.task.id).with_extension("snap.new");
        found.change.is_none()
            && !pending.exists()
            && overwriting::leave_alone_what_stands(&self.run.config.root)
    }

    /// Lets insta show and store what was found.
    fn asserted(
        self,
        assert: AssertSnapshot,
        answers: &TaskAnswers,
        found: &SnapshotFinding,
        progress: &ProgressDisplay,
    ) -> Result<(), Caught> {
        let CurrentAnswers { run, model, task, judge, now } = self;
        // In a gate whose settings would overwrite snapshots, nothing is stored.
        if !overwriting::may_store(&run.config.root, found.new) {
            return Ok(());
        }
        // The version comes from a recording, which may have any text.
        let version = answers.version().map(|version| format!(" ({})", one_line(&version, 120)));
        let description = format!("{model}{} on {}{}", version.unwrap_or_default(), task.id, found.short);
        let (name, folder) = (stored::named(model, &task.id), run.config.snapshots.clone());
        let changed = ChangedText { name, text: found.text.clone(), folder, description };
        if found.change.is_some()
            && let Some(stored) = changed.stored_quietly()
        {
            return stored;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&run.config.snapshots);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(changed.description);
        settings.set_comparator(Box::new(Homogeneous { judge, now: now.text }));
        progress.aside(|| {
            // A drifted snapshot is a result, not a crash, so insta's panic prints no backtrace. insta prints
            // its diff piece by piece, and libtest-mimic's lines must not fall between them.
            let _aloud = std::io::stdout().lock();
            quietly(|| settings.bind(|| assert(&changed.name, &found.text)))
        })
    }
}

/// Returns the trial's outcome. insta shows and stores, but its settings do not decide whether the snapshot
/// passes. Only outside of a gate does a variable of insta's that stores changes count.
fn concluded(
    model: &str,
    task: &Task,
    found: SnapshotFinding,
    asserted: Result<(), Caught>,
    progress: &ProgressDisplay,
) -> Result<Completion, Failed> {
    match (found.change, asserted) {
        (None, Ok(())) => Ok(Completion::Completed),
        (None, Err(caught)) => {
            let said = one_line(&caught.message, 200);
            progress.aside(|| {
                eprintln!("warning: {model}: {} matches its snapshot, but insta says: {said}", task.id);
            });
            Ok(Completion::Completed)
        }
        // Nobody has looked, so this is told though the test passes.
        (Some(why), Ok(())) if overwriting::stores(found.new) => {
            progress.aside(|| eprintln!("{}\n", overwriting::taken_unseen(model, &task.id, &why)));
            Ok(Completion::Completed)
        }
        (Some(why), _) if found.new => Err(Failed::from(why)),
        (Some(why), _) => Err(Failed::from(format!("{why}\n{}", review(model)))),
    }
}

fn review(model: &str) -> String {
    format!(
        "review it with `cargo alignspec diff snapshot:{model} {model}`, accept it with `cargo alignspec accept --role {model}`; or use `cargo insta review`"
    )
}

/// Says in two lines that there is a new snapshot. In CI, or where `INSTA_UPDATE` says so, insta stores none that could
/// be accepted.
fn new(run: &Run, model: &str, task: &Task) -> String {
    if let Some(deleted) = run.deleted_snapshot(model, &task.id) {
        return format!(
            "deleted: {model}: {}: {}\n  to do     {}; or review the new one, and accept it with `cargo alignspec accept --role {model}`",
            task.id,
            gone(&deleted),
            bring_back(&deleted)
        );
    }
    let pending = stored::path(&run.config.snapshots, model, &task.id).with_extension("snap.new");
    let to_do = match pending.exists() {
        true => format!("accept it with `cargo alignspec accept --role {model}`"),
        false => format!(
            "run the tests where insta stores it (not in CI), then `cargo alignspec accept --role {model}`"
        ),
    };
    format!("new: {model}: {}: there is no snapshot yet to compare with\n  to do     {to_do}", task.id)
}

/// Says that a snapshot is no first one.
fn gone(deleted: &DeletedFile) -> String {
    format!(
        "its snapshot was deleted: {} has {}, so that nothing is compared with it",
        deleted.by, deleted.path
    )
}

fn bring_back(deleted: &DeletedFile) -> String {
    format!("bring it back with `git checkout {} -- {}`", deleted.from, deleted.path)
}

fn is_not(model: &str, task: &Task, why: &str) -> String {
    format!("{model}: {} is not as in its snapshot: {why}", task.id)
}

/// Returns the snapshots that no trial of the run judges, because their role or task is gone, by their paths
/// from the crate's folder.
pub(super) fn orphans(run: &Run) -> Vec<String> {
    let known: Vec<PathBuf> = run
        .config
        .roles()
        .flat_map(|role| run.tasks.iter().map(move |task| stored::path(&run.config.snapshots, role, task)))
        .collect();
    // The trials of a file that cannot be read are unknown.
    if !run.problems.is_empty() {
        return Vec::new();
    }
    let found = snapshot::file::orphans(&run.config.snapshots, &known);
    let root = &run.config.root;
    found.iter().map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string()).collect()
}

/// Returns the note that git does not keep the run's recordings or snapshots.
pub(super) fn ignored(run: &Run) -> Option<String> {
    let (recordings, snapshots) = (run.ignored_recordings(), run.ignored_snapshots());
    let (what, then, named) = match (recordings.is_empty(), snapshots.is_empty()) {
        (true, true) => return None,
        (true, false) => {
            ("snapshots", "nobody else compares with them, and one that is deleted is gone", snapshots)
        }
        (false, true) => {
            ("recordings", "a clone asks everything anew, and a run that replays has no answers", recordings)
        }
        (false, false) => {
            let both = [recordings, snapshots].concat();
            (
                "recordings and snapshots",
                "a clone asks everything anew, and has nothing to compare with",
                both,
            )
        }
    };
    Some(format!("note: git ignores these {what} (.gitignore), so {then}: {}", snapshot::some(&named)))
}

/// Returns the warning about such snapshots.
pub(super) fn orphaned(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| {
        format!(
            "warning: these snapshots belong to no role and task of this run, so nothing judges them: {}\n  restore the role or the suite, or delete the snapshots",
            snapshot::some(names)
        )
    })
}
