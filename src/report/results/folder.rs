//! The folder of results: written by trials, read by `cargo alignspec report`.
//!
//! **Runs do not mix.** A folder may hold records of earlier runs: a trial that runs again replaces its own
//! record, but one that is gone or filtered out leaves it there. So a record names its run (nextest's, whose
//! processes share one, or else the process of the test target) and the run's number in this folder (see
//! [`super::runs`]). For each test target the last run counts, and the records of others are counted and left
//! out. If it is uncertain which run was the last, every record that may belong to it and is not a yes is
//! kept. So shards and machines need a folder each; a report takes several.

#[cfg(feature = "cli")]
mod doubted;
#[cfg(feature = "cli")]
mod gathered;
pub(crate) mod planned;

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, fs, io};

use jiff::Timestamp;
use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use once_cell::sync::OnceCell;

#[cfg(feature = "cli")]
pub(crate) use self::gathered::gather;
use super::runs::{self, RecordedRun};
use super::{FORMAT, FilePlace, GateMeaning, Record, TrialKind, TrialOutcome, VARIABLE};
use crate::ground::environment::{from_environment, nextest_run};
use crate::ground::replace::replace;
use crate::ground::text::one_line;

/// The exit code of a test target where nothing is a no, but something could not run: one more than libtest's
/// for failed tests.
pub(crate) use crate::ground::exit::NOT_RUN as COULD_NOT_RUN;

/// The most bytes of a record, since folders may come from other machines.
pub(super) const MOST: u64 = 4 << 20;

/// The folder where a process writes the results of its trials, and whether any was a no.
#[derive(Debug)]
pub(crate) struct ResultsFolder {
    folder: Option<PathBuf>,
    root: PathBuf,
    repository: PathBuf,
    /// Entered when the first record is written, because a process that only lists tests is no run.
    run: OnceCell<RecordedRun>,
    crate_name: String,
    target: String,
    /// The commit of the base branch by whose files the run is judged.
    base: OnceCell<String>,
    says_no: AtomicBool,
    unwritten: AtomicBool,
}

impl ResultsFolder {
    /// Returns the folder that the environment names, for the crate in `root`.
    pub(crate) fn of(root: &Path) -> ResultsFolder {
        let folder = env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let binary = env::current_exe().unwrap_or_default();
        let stem = binary.file_stem().unwrap_or_default().to_string_lossy();
        // cargo adds a hash to a test target's name.
        let target = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name).to_owned();
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let workspace = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
        let repository = repository(&root, workspace.as_deref());
        let (says_no, unwritten) = (AtomicBool::new(false), AtomicBool::new(false));
        // Only records have the crate's name.
        let crate_name = folder.as_ref().map_or_else(String::new, |_| crate_name(&root));
        let run = OnceCell::new();
        let base = OnceCell::new();
        ResultsFolder { folder, root, repository, run, crate_name, target, base, says_no, unwritten }
    }

    /// Notes the commit of the base branch by whose files the run is judged, for all records that begin later.
    pub(crate) fn judged_by(&self, commit: &str) {
        // A process has one run.
        self.base.set(commit.to_owned()).ok();
    }

    /// Whether results are kept at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    /// Returns the folder of results, as the environment names it.
    pub(crate) fn place(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// Returns the crate as a folder of the repository.
    fn package(&self) -> String {
        slashes(self.root.strip_prefix(&self.repository).unwrap_or(Path::new("")))
    }

    /// Returns the record of a trial that has not begun. `position` is a file as the crate names it, line,
    /// column.
    pub(crate) fn begin(
        &self,
        name: &str,
        kind: TrialKind,
        model: Option<&str>,
        position: Option<(&str, usize, usize)>,
    ) -> Record {
        let place = position.and_then(|(file, line, column)| {
            Some(FilePlace { file: within(&self.root, &self.repository, file)?, line, column })
        });
        let mut record = Record {
            format: FORMAT,
            crate_name: self.crate_name.clone(),
            package: self.package(),
            target: self.target.clone(),
            name: one_line(name, 400),
            model: model.map(|model| one_line(model, 100)),
            kind,
            place,
            base: self.base.get().cloned(),
            ..Record::default()
        };
        // Several mistakes in one file make trials with the same name.
        let place = match &record.place {
            Some(FilePlace { file, line, column }) => {
                format!("Some(Place {{ file: {file:?}, line: {line}, column: {column} }})")
            }
            None => "None".to_owned(),
        };
        record.id = id(&[&record.package, &record.target, name, &place]);
        record
    }

    /// Notes a trial before any trial runs, unless the command line leaves it out; `blocked` says why it will
    /// be ignored.
    pub(crate) fn plan(&self, trial: &Trial, record: &Record, blocked: Option<&str>, arguments: &Arguments) {
        if self.folder.is_none() || arguments.list || arguments.is_filtered_out(trial) {
            return;
        }
        let mut record = record.clone();
        if arguments.is_ignored(trial) {
            record.ends(TrialOutcome::Ignored);
            record.text = blocked.map(str::to_owned);
        }
        self.write(&mut record);
    }

    /// Runs a trial and records its result.
    pub(crate) fn trial(
        &self,
        mut record: Record,
        run: impl FnOnce(&mut Record) -> Result<Completion, Failed>,
    ) -> Result<Completion, Failed> {
        let begun = Instant::now();
        let done = run(&mut record);
        record.seconds = begun.elapsed().as_secs_f64();
        match &done {
            Err(failed) => {
                // What is printed may be shorter than what is kept.
                if record.text.is_none() {
                    record.text = failed.message().map(str::to_owned);
                }
                // A failure that no verdict explains is a file that has changed since the run was planned. A
                // trial that fails is never a yes, whatever was noted on the way.
                if record.outcome == TrialOutcome::Unfinished || record.says == GateMeaning::Yes {
                    record.ends(TrialOutcome::BrokenFile);
                }
                if record.says == GateMeaning::No {
                    self.says_no.store(true, Ordering::Relaxed);
                }
            }
            Ok(Completion::Ignored { reason }) => {
                record.says = GateMeaning::Nothing;
                record.text = reason.clone();
            }
            Ok(Completion::Completed) => record.ends(TrialOutcome::Pass),
        }
        self.write(&mut record);
        done
    }

    /// Returns libtest's exit code, or another one for a run that failed without a no.
    pub(crate) fn exit_code(&self, conclusion: &Conclusion) -> ExitCode {
        let said_no = self.says_no.load(Ordering::Relaxed);
        if !said_no && (conclusion.has_failed() || self.unwritten.load(Ordering::Relaxed)) {
            return ExitCode::from(COULD_NOT_RUN.code);
        }
        conclusion.exit_code()
    }

    /// Returns this process's run, which is entered into the folder's journal.
    fn entered(&self, folder: &Path) -> &runs::RecordedRun {
        let shared = nextest_run(from_environment);
        self.run.get_or_init(|| runs::enter(folder, shared.as_deref(), &self.plan_id()))
    }

    fn write(&self, record: &mut Record) {
        let Some(folder) = &self.folder else { return };
        let written = fs::create_dir_all(folder).and_then(|()| {
            let run = self.entered(folder);
            (record.run, record.order) = (run.name.clone(), run.order);
            record.at = u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0);
            put(folder, record)
        });
        if let Err(error) = written
            && !self.unwritten.swap(true, Ordering::Relaxed)
        {
            let folder = folder.display();
            eprintln!("error: results cannot be written to {folder} ({VARIABLE}): {error}");
        }
    }
}

/// Writes a record, unless a later run has written one. A reader sees all of it or none.
fn put(folder: &Path, record: &Record) -> io::Result<()> {
    let path = folder.join(format!("{}.json", record.id));
    runs::unless_later(folder, &path, record.order, || replace(&path, &[&serde_json::to_vec_pretty(record)?]))
}

/// Returns the name in a crate's Cargo.toml; empty if it cannot be read.
fn crate_name(root: &Path) -> String {
    let text = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let manifest: Option<toml::Table> = text.parse().ok();
    let name = manifest.as_ref().and_then(|manifest| manifest.get("package")?.get("name")?.as_str());
    name.map_or_else(String::new, |name| one_line(name, 100))
}

fn id(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Returns the folder that paths are relative to: GitHub's checkout, or git's, or cargo's workspace, or the crate.
fn repository(root: &Path, workspace: Option<&Path>) -> PathBuf {
    let workspace = workspace.and_then(|folder| folder.canonicalize().ok());
    if let Some(folder) = workspace.filter(|folder| root.starts_with(folder)) {
        return folder;
    }
    let with = |name: &str| root.ancestors().find(|folder| folder.join(name).exists());
    with(".git").or_else(|| with("Cargo.lock")).unwrap_or(root).to_owned()
}

/// Returns the path in the repository of a file of the crate in `root`; `None` if it is not in it.
fn within(root: &Path, repository: &Path, file: &str) -> Option<String> {
    if file.starts_with("builtin:") {
        return None;
    }
    let mut path = PathBuf::new();
    for part in root.join(file).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path.strip_prefix(repository).ok().map(slashes)
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_the_repository() {
        let (root, repository) = (Path::new("/repository/gate"), Path::new("/repository"));
        let told = |file: &str| within(root, repository, file);
        assert_eq!(told("suites/t5.toml").as_deref(), Some("gate/suites/t5.toml"));
        assert_eq!(told("../shared/./t5.toml").as_deref(), Some("shared/t5.toml"));
        assert_eq!(told("../../elsewhere.toml"), None);
        assert_eq!(told("builtin:consistency.toml"), None);
    }

    #[test]
    fn the_repository_is_githubs_checkout_or_gits() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("there");
        let root = top.join("a/b");
        fs::create_dir_all(&root).expect("made");
        assert_eq!(repository(&root, None), root);
        // Two crates of a workspace without git are told apart by their folders in it.
        fs::write(top.join("Cargo.lock"), "").expect("written");
        assert_eq!(repository(&root, None), top);
        fs::create_dir(top.join("a/.git")).expect("made");
        assert_eq!(repository(&root, None), top.join("a"));
        assert_eq!(repository(&root, Some(&top)), top);
        assert_eq!(repository(&root, Some(Path::new("/nowhere"))), top.join("a"));
    }
}
