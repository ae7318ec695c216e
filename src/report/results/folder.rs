//! The folder of results: written by trials, read by `cargo alignspec report`.
//!
//! **Runs do not mix.** A folder may hold records of earlier runs: a trial that runs again replaces its
//! own, one that is gone or filtered out leaves it behind. So a record names its run: nextest's, whose
//! processes share one, or else the process of the test target, and the number that it has in this folder
//! (see [`runs`](super::runs)). Of each test target in a folder the last run counts, and the records of
//! others are left out, and counted; where it is in doubt which run was the last, no record that may be of it
//! and does not say yes is left out. Shards and machines therefore need a folder each; a report takes several.

pub(crate) mod planned;

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use std::{env, fs, io, process};

use jiff::Timestamp;
use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};

use super::runs::{self, Run};
use super::{FORMAT, Kind, Outcome, Place, Record, Says, VARIABLE};
use crate::respondent::one_line;

/// The exit code of a test target where nothing says no, but something could not run. One more than
/// libtest's for failed tests.
pub(crate) const COULD_NOT_RUN: u8 = 102;

/// No honest record is longer, in bytes; and folders come from other machines.
pub(super) const MOST: u64 = 4 << 20;

/// Where a process puts what its trials find, and whether any said no.
#[derive(Debug)]
pub(crate) struct Results {
    folder: Option<PathBuf>,
    root: PathBuf,
    repository: PathBuf,
    /// Entered when the first record is written: who only lists tests is no run.
    run: OnceLock<Run>,
    crate_name: String,
    target: String,
    says_no: AtomicBool,
    unwritten: AtomicBool,
}

impl Results {
    /// Of the crate in `root`, in the folder that the environment names.
    pub fn of(root: &Path) -> Results {
        let folder = env::var_os(VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let binary = env::current_exe().unwrap_or_default();
        let stem = binary.file_stem().unwrap_or_default().to_string_lossy();
        // cargo ends a test target's name with a hash.
        let target = stem.rsplit_once('-').map_or(&*stem, |(name, _)| name).to_owned();
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let workspace = env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
        let repository = repository(&root, workspace.as_deref());
        let (says_no, unwritten) = (AtomicBool::new(false), AtomicBool::new(false));
        let (run, crate_name) = (OnceLock::new(), crate_name(&root));
        Results { folder, root, repository, run, crate_name, target, says_no, unwritten }
    }

    /// The crate, as a folder of the repository.
    fn package(&self) -> String {
        slashes(self.root.strip_prefix(&self.repository).unwrap_or(Path::new("")))
    }

    /// The record of a trial that has not begun. `position` is a file as the crate names it, line, column.
    pub fn begin(
        &self,
        name: &str,
        kind: Kind,
        model: Option<&str>,
        position: Option<(&str, usize, usize)>,
    ) -> Record {
        let place = position.and_then(|(file, line, column)| {
            Some(Place { file: within(&self.root, &self.repository, file)?, line, column })
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
            ..Record::default()
        };
        // Mistakes in one file are trials of one name.
        record.id = id(&[&record.package, &record.target, name, &format!("{:?}", record.place)]);
        record
    }

    /// Notes a trial before any runs, unless the command line leaves it out; `blocked` says why it will be
    /// ignored.
    pub fn plan(&self, trial: &Trial, record: &Record, blocked: Option<&str>, arguments: &Arguments) {
        if self.folder.is_none() || arguments.list || arguments.is_filtered_out(trial) {
            return;
        }
        let mut record = record.clone();
        if arguments.is_ignored(trial) {
            record.ends(Outcome::Ignored);
            record.text = blocked.map(str::to_owned);
        }
        self.write(&mut record);
    }

    /// Runs a trial and records what came of it.
    pub fn trial(
        &self,
        mut record: Record,
        run: impl FnOnce(&mut Record) -> Result<Completion, Failed>,
    ) -> Result<Completion, Failed> {
        let begun = Instant::now();
        let done = run(&mut record);
        record.seconds = begun.elapsed().as_secs_f64();
        match &done {
            Err(failed) => {
                record.text = failed.message().map(str::to_owned);
                // What no verdict explains is a file that is not as it was when the run was planned; and a
                // trial that fails is no yes, whatever was noted on the way.
                if record.outcome == Outcome::Unfinished || record.says == Says::Yes {
                    record.ends(Outcome::BrokenFile);
                }
                if record.says == Says::No {
                    self.says_no.store(true, Ordering::Relaxed);
                }
            }
            Ok(Completion::Ignored { reason }) => {
                record.says = Says::Nothing;
                record.text = reason.clone();
            }
            Ok(Completion::Completed) => record.ends(Outcome::Pass),
        }
        self.write(&mut record);
        done
    }

    /// libtest's code, but for a run that failed and in which nothing said no.
    pub fn exit_code(&self, conclusion: &Conclusion) -> ExitCode {
        let said_no = self.says_no.load(Ordering::Relaxed);
        if !said_no && (conclusion.has_failed() || self.unwritten.load(Ordering::Relaxed)) {
            return ExitCode::from(COULD_NOT_RUN);
        }
        conclusion.exit_code()
    }

    /// The run that this process is of, entered into the folder's journal.
    fn entered(&self, folder: &Path) -> &runs::Run {
        // A run of nextest's has one name, whatever process a test is in.
        let shared = env::var("NEXTEST_RUN_ID").ok().filter(|name| !name.is_empty());
        self.run.get_or_init(|| runs::enter(folder, shared.as_deref()))
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

/// Writes beside, then renames: a reader sees all of a record or none.
fn put(folder: &Path, record: &Record) -> io::Result<()> {
    let path = folder.join(format!("{}.json", record.id));
    runs::unless_later(folder, &path, record.order, || {
        let beside = folder.join(format!(".{}.{}.new", record.id, process::id()));
        fs::write(&beside, serde_json::to_vec_pretty(record)?)?;
        fs::rename(&beside, &path)
    })
}

/// The name in a crate's Cargo.toml; empty where none can be read.
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

/// The folder that paths are told from: GitHub's checkout, or git's, or the crate.
fn repository(root: &Path, workspace: Option<&Path>) -> PathBuf {
    let workspace = workspace.and_then(|folder| folder.canonicalize().ok());
    if let Some(folder) = workspace.filter(|folder| root.starts_with(folder)) {
        return folder;
    }
    root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root).to_owned()
}

/// A file of the crate in `root` as the repository names it; `None` where it is not in it.
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

/// What a report is of.
#[cfg(feature = "cli")]
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Gathered {
    /// Those that say no first, then what could not run; by name within.
    pub records: Vec<Record>,
    /// Records of earlier runs, left out.
    pub stale: usize,
}

#[cfg(feature = "cli")]
impl Gathered {
    /// Counts further records in.
    pub fn add(&mut self, records: Vec<Record>) {
        self.records.extend(records);
        self.records.sort_by(|a, b| (a.says, &a.name, &a.id).cmp(&(b.says, &b.name, &b.id)));
    }
}

/// The records of the newest runs in some folders.
///
/// # Errors
/// A folder or a record cannot be read: a gate must not go by a part of what is there.
#[cfg(feature = "cli")]
pub(crate) fn gather(folders: &[PathBuf]) -> Result<Gathered, String> {
    let mut gathered = Gathered::default();
    for folder in folders {
        let all = read(folder)?;
        let before = gathered.records.len();
        gathered.records.extend(all.iter().filter(|record| counts(record, &all)).cloned());
        gathered.stale += all.len() - (gathered.records.len() - before);
    }
    planned::settle(&mut gathered.records);
    gathered.add(Vec::new());
    Ok(gathered)
}

/// Whether a record is of the last run of its test target, or may be and does not say yes.
#[cfg(feature = "cli")]
fn counts(record: &Record, all: &[Record]) -> bool {
    let same = |other: &&Record| (&other.package, &other.target) == (&record.package, &record.target);
    // Records without a number were written by a version that went by the clock.
    let Some(last) = all.iter().filter(same).max_by_key(|other| (other.order, other.at)) else { return true };
    let is_earlier = record.order.is_some() && record.order < last.order;
    let stops = matches!(record.says, Says::No | Says::CouldNotRun);
    record.run == last.run || (!is_earlier && stops)
}

#[cfg(feature = "cli")]
fn read(folder: &Path) -> Result<Vec<Record>, String> {
    let unreadable = |what: &Path, why: String| format!("{} cannot be read: {why}", what.display());
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    let mut records = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error.to_string()))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        // A pipe would be waited for without end.
        crate::regular::check(&path, 0).map_err(|error| unreadable(&path, error.to_string()))?;
        let long = fs::metadata(&path).is_ok_and(|file| file.len() > MOST);
        if long {
            return Err(unreadable(&path, "it is too long for a result".to_owned()));
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        let record: Record =
            serde_json::from_str(&text).map_err(|error| unreadable(&path, format!("no result: {error}")))?;
        if record.format != FORMAT {
            let why = format!("written by another version of alignspec (format {})", record.format);
            return Err(unreadable(&path, why));
        }
        records.push(record);
    }
    Ok(records)
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
        fs::create_dir(top.join("a/.git")).expect("made");
        assert_eq!(repository(&root, None), top.join("a"));
        assert_eq!(repository(&root, Some(&top)), top);
        assert_eq!(repository(&root, Some(Path::new("/nowhere"))), top.join("a"));
    }

    fn record(target: &str, name: &str, run: &str, order: u64) -> Record {
        let id = id(&[target, name]);
        let (run, target, name) = (run.to_owned(), target.to_owned(), name.to_owned());
        // The clock goes back.
        let (at, order) = (100 - order, Some(order));
        Record { format: FORMAT, id, run, order, target, name, at, ..Record::default() }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn the_newest_run_of_each_target_counts_and_nothing_unreadable_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        for record in [
            record("alignment", "gone since", "first", 1),
            record("alignment", "b", "second", 5),
            record("alignment", "a", "second", 4),
            record("functions", "c", "other", 2),
        ] {
            put(path, &record).expect("written");
        }
        let gathered = gather(&[path.to_owned()]).expect("read");
        let names: Vec<&str> = gathered.records.iter().map(|record| record.name.as_str()).collect();
        assert_eq!((names, gathered.stale), (vec!["a", "b", "c"], 1));
        // Nothing but records and the journal is left: no half-written file.
        assert_eq!(fs::read_dir(path).expect("there").count(), 5);
        fs::write(path.join("x.json"), "{").expect("written");
        assert!(
            gather(&[path.to_owned()]).is_err_and(|why| why.contains("x.json cannot be read: no result"))
        );
        fs::remove_file(path.join("x.json")).expect("removed");
        put(path, &Record { format: 2, ..record("alignment", "d", "second", 6) }).expect("written");
        assert!(gather(&[path.to_owned()]).is_err_and(|why| why.contains("another version of alignspec")));
        assert!(gather(&[path.join("nowhere")]).is_err());
    }

    #[cfg(feature = "cli")]
    #[test]
    fn where_it_is_in_doubt_which_run_was_the_last_the_no_counts() {
        let of = |name: &str, run: &str, order: Option<u64>, at: u64, outcome: Outcome| {
            let mut record = Record { order, at, ..record("alignment", name, run, 1) };
            record.ends(outcome);
            record
        };
        let gathered = |records: &[Record]| {
            let folder = tempfile::tempdir().expect("a folder");
            records.iter().for_each(|record| put(folder.path(), record).expect("written"));
            let gathered = gather(&[folder.path().to_owned()]).expect("read");
            let names: Vec<String> = gathered.records.into_iter().map(|record| record.name).collect();
            (names.join(" "), gathered.stale)
        };
        let (yes, no, down) = (Outcome::Pass, Outcome::Fail, Outcome::Missing);
        // Of a version that numbered nothing: the clock may have been set back between the two runs.
        let old = [of("a", "x", None, 9, yes), of("b", "y", None, 5, no), of("c", "y", None, 5, down)];
        assert_eq!(gathered(&old), ("b c a".to_owned(), 0));
        // A yes that may be an earlier one's does not count, neither does a no that surely is.
        let mixed = [of("a", "x", None, 9, yes), of("b", "y", Some(1), 5, no), of("c", "z", Some(2), 1, yes)];
        assert_eq!(gathered(&mixed), ("c".to_owned(), 2));
        let mixed = [of("a", "x", None, 1, no), of("c", "z", Some(2), 9, yes)];
        assert_eq!(gathered(&mixed), ("a c".to_owned(), 0));
        // Two runs with one number: a folder that was put together from two.
        let equal = [of("a", "x", Some(3), 9, yes), of("b", "y", Some(3), 1, no)];
        assert_eq!(gathered(&equal), ("b a".to_owned(), 0));
    }
}
