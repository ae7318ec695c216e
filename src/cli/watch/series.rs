//! The series of watches of one role, in a small file: what each watch heard, and of which snapshots.
//!
//! The evidence is computed from it each time, so nothing in the file can count twice. Whoever writes it holds a lock and
//! has read it anew; it is replaced as a whole, and its last field is a checksum of the rest. What cannot be read is
//! kept aside and told, never silently begun anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ground::format::counted;
use crate::ground::replace::replace_durably;
use crate::ground::text::one_line;
use crate::recording::place;
use crate::verdict::watch::WatchedItems;

/// The version of the file's form.
const VERSION: u32 = 1;

/// What one watch heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountedWatch {
    pub id: String,
    /// When it was counted (UTC).
    pub at: String,
    /// The versions that the provider reported.
    #[serde(default)]
    pub versions: BTreeSet<String>,
    /// How many of its answers came after tries that were lost.
    #[serde(default)]
    pub lost: u32,
    /// By task.
    pub tasks: BTreeMap<String, CountedTask>,
}

/// What one watch heard of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountedTask {
    /// The hash of the snapshot that it is compared with.
    pub snapshot: String,
    pub items: WatchedItems,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesFile {
    version: u32,
    role: String,
    watches: Vec<CountedWatch>,
    sum: String,
}

/// A role's series, which nobody else changes as long as it is held.
#[derive(Debug)]
pub(super) struct HeldSeries {
    pub watches: Vec<CountedWatch>,
    /// What has to be told: watches that are lost.
    pub told: Vec<String>,
    /// Whether earlier watches are lost, which may have found a change.
    pub lost: bool,
    role: String,
    path: PathBuf,
    _lock: File,
}

/// Returns the hash of a snapshot's text.
pub(super) fn hash(text: &str) -> String {
    blake3::hash(text.trim_end().as_bytes()).to_hex()[..16].to_owned()
}

/// Returns the folder in which a watch keeps the answers that it asks for.
pub(super) fn answers(folder: &Path, id: &str) -> PathBuf {
    folder.join("answers").join(id)
}

impl HeldSeries {
    /// Opens a role's series; `id` is the watch that is going on.
    ///
    /// # Errors
    /// It cannot be read, locked or set aside; or a newer alignspec has written it.
    pub(super) fn open(folder: &Path, role: &str, id: &str) -> Result<HeldSeries, String> {
        let path = folder.join(format!("{role}.json"));
        let wrong = |what: &str, cause: std::io::Error| {
            format!("the series of watches {} cannot be {what}: {cause}", path.display())
        };
        fs::create_dir_all(folder).map_err(|cause| wrong("kept", cause))?;
        let lock = folder.join(format!(".{role}.lock"));
        // Neither file may be a link: what it points to is not ours to change.
        place::check(&lock).map_err(|cause| wrong("locked", cause))?;
        place::check(&path).map_err(|cause| wrong("read", cause))?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(lock);
        let lock = lock.map_err(|cause| wrong("locked", cause))?;
        lock.lock().map_err(|cause| wrong("locked", cause))?;
        let mut series = HeldSeries {
            watches: Vec::new(),
            told: Vec::new(),
            lost: false,
            role: role.to_owned(),
            path: path.clone(),
            _lock: lock,
        };
        match fs::read(&path) {
            Ok(bytes) => match read(&bytes, role) {
                Ok(watches) => series.watches = watches,
                Err(UnreadableSeries::Newer(version)) => {
                    return Err(format!(
                        "the series of watches {} has version {version}, and this alignspec reads {VERSION}: use the alignspec that wrote it",
                        path.display()
                    ));
                }
                Err(UnreadableSeries::Damaged(why)) => {
                    let aside = aside(&path);
                    fs::rename(&path, &aside).map_err(|cause| wrong("set aside", cause))?;
                    series.lost = true;
                    series.told.push(format!(
                        "the series of watches {} is damaged ({why}): it is kept as {}, and the series begins anew; {} lost",
                        path.display(),
                        aside.display(),
                        are(of_damaged(&bytes))
                    ));
                }
            },
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                let earlier = earlier(folder, role, id);
                series.lost = earlier > 0;
                series.told.extend((earlier > 0).then(|| {
                    format!(
                        "the series of watches {} is missing, but answers of earlier watches are there: the series begins anew; {} lost",
                        path.display(),
                        are(earlier)
                    )
                }));
            }
            Err(cause) => return Err(wrong("read", cause)),
        }
        Ok(series)
    }

    /// Whether a watch is counted already.
    pub(super) fn has(&self, id: &str) -> bool {
        self.watches.iter().any(|watch| watch.id == id)
    }

    /// Drops what was compared with other snapshots than these, by task, and says so. Watches keep their places in the
    /// series as long as something of it counts.
    pub(super) fn keep(&mut self, snapshots: &BTreeMap<String, String>) {
        let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
        for watch in &mut self.watches {
            watch.tasks.retain(|task, counted| {
                let same = snapshots.get(task).is_none_or(|snapshot| *snapshot == counted.snapshot);
                if !same {
                    *dropped.entry(task.clone()).or_default() += 1;
                }
                same
            });
        }
        for (task, watches) in dropped {
            let compared = if watches == 1 { "was" } else { "were" };
            self.told.push(format!(
                "{task} has another snapshot than the one that {} {compared} compared with: its series begins anew",
                counted(watches, "earlier watch").replace("watchs", "watches")
            ));
        }
        if self.watches.iter().all(|watch| watch.tasks.is_empty()) {
            self.watches.clear();
        }
    }

    /// Checks that every task that earlier watches asked still has a snapshot.
    ///
    /// # Errors
    /// Returns a line for each task that has none.
    pub(super) fn still_held(&self, snapshots: &BTreeMap<String, String>) -> Result<(), Vec<String>> {
        let before: BTreeSet<&String> = self.watches.iter().flat_map(|watch| watch.tasks.keys()).collect();
        let gone = before.into_iter().filter(|task| !snapshots.contains_key(*task));
        let gone: Vec<String> = gone
            .map(|task| {
                format!(
                    "{task} was watched before, and has no snapshot now: accept one, or delete {} to begin a new series",
                    self.path.display()
                )
            })
            .collect();
        if gone.is_empty() { Ok(()) } else { Err(gone) }
    }

    /// Adds a watch, unless it is there, and writes the file.
    ///
    /// # Errors
    /// It cannot be written; then nothing has changed.
    pub(super) fn add(&mut self, watch: CountedWatch) -> Result<(), String> {
        if !self.has(&watch.id) {
            self.watches.push(watch);
        }
        let text = written(&self.role, &self.watches)?;
        let wrong = |cause: std::io::Error| {
            format!("the series of watches {} cannot be written: {cause}", self.path.display())
        };
        replace_durably(&self.path, &[text.as_bytes()]).map_err(wrong)?;
        // A watch that did not count leaves answers, too: only one that counted is missed if the series is lost.
        let folder = self.path.parent().unwrap_or(Path::new("."));
        for watch in &self.watches {
            let mark = mark(folder, &watch.id, &self.role);
            if mark.parent().is_some_and(Path::is_dir) && !mark.exists() {
                fs::write(&mark, "").map_err(wrong)?;
            }
        }
        Ok(())
    }
}

/// Writes `3 watches are`.
fn are(watches: usize) -> String {
    if watches == 1 { "1 watch is".to_owned() } else { format!("{watches} watches are") }
}

enum UnreadableSeries {
    Newer(u64),
    Damaged(String),
}

fn read(bytes: &[u8], role: &str) -> Result<Vec<CountedWatch>, UnreadableSeries> {
    let damaged = |why: &str| UnreadableSeries::Damaged(one_line(why, 200));
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))?;
    if let Some(version) = value["version"].as_u64().filter(|version| *version > u64::from(VERSION)) {
        return Err(UnreadableSeries::Newer(version));
    }
    let file: SeriesFile = serde_json::from_value(value).map_err(|error| damaged(&error.to_string()))?;
    if file.role != role {
        return Err(damaged("it is of another role"));
    }
    if sum(&file.role, &file.watches).is_none_or(|sum| sum != file.sum) {
        return Err(damaged("its checksum does not match"));
    }
    let ids: BTreeSet<&str> = file.watches.iter().map(|watch| watch.id.as_str()).collect();
    if ids.len() != file.watches.len() {
        return Err(damaged("a watch is in it twice"));
    }
    Ok(file.watches)
}

fn written(role: &str, watches: &[CountedWatch]) -> Result<String, String> {
    let unwritable = || "the series of watches cannot be written as JSON".to_owned();
    let sum = sum(role, watches).ok_or_else(unwritable)?;
    let file = SeriesFile { version: VERSION, role: role.to_owned(), watches: watches.to_vec(), sum };
    serde_json::to_string_pretty(&file).map(|text| text + "\n").map_err(|_| unwritable())
}

fn sum(role: &str, watches: &[CountedWatch]) -> Option<String> {
    let text = serde_json::to_string(&(VERSION, role, watches)).ok()?;
    Some(blake3::hash(text.as_bytes()).to_hex()[..16].to_owned())
}

/// How many watches a damaged file seems to have.
fn of_damaged(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches("\"id\":").count()
}

/// Returns the file beside a watch's answers that says that it was counted for a role.
fn mark(folder: &Path, id: &str, role: &str) -> PathBuf {
    answers(folder, id).join(format!(".{role}.counted"))
}

/// Returns how many other watches of a role were counted, by the marks beside their answers.
fn earlier(folder: &Path, role: &str, id: &str) -> usize {
    let Ok(entries) = fs::read_dir(folder.join("answers")) else { return 0 };
    let other = |entry: &fs::DirEntry| {
        entry.file_name() != id && entry.path().join(format!(".{role}.counted")).is_file()
    };
    entries.flatten().filter(other).count()
}

/// A name that is not taken yet.
fn aside(path: &Path) -> PathBuf {
    let name = |number: usize| path.with_extension(format!("damaged-{number}.json"));
    (1..).map(name).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| name(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(id: &str, snapshot: &str) -> CountedWatch {
        let task = CountedTask { snapshot: snapshot.to_owned(), items: WatchedItems::new() };
        CountedWatch {
            id: id.to_owned(),
            at: "2026-11-27T00:00:00Z".to_owned(),
            versions: BTreeSet::new(),
            lost: 0,
            tasks: [("T1".to_owned(), task)].into(),
        }
    }

    fn open(folder: &Path) -> HeldSeries {
        HeldSeries::open(folder, "bot", "now").expect("opened")
    }

    #[test]
    fn a_watch_counts_once_and_is_there_the_next_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut series = open(folder.path());
        assert!(series.watches.is_empty() && series.told.is_empty());
        for id in ["a", "b", "a"] {
            series.add(watch(id, "1")).expect("written");
        }
        drop(series);
        let series = open(folder.path());
        assert_eq!(series.watches, [watch("a", "1"), watch("b", "1")]);
        assert!(series.has("a") && !series.has("c"));
    }

    #[test]
    fn any_change_of_a_byte_is_told_and_the_file_is_kept_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bot.json");
        open(folder.path()).add(watch("a", "1")).expect("written");
        let whole = fs::read(&path).expect("read");
        for text in [whole[..whole.len() / 2].to_vec(), Vec::new(), {
            String::from_utf8_lossy(&whole).replace("\"snapshot\": \"1\"", "\"snapshot\": \"2\"").into_bytes()
        }] {
            fs::write(&path, &text).expect("written");
            let series = open(folder.path());
            assert!(series.watches.is_empty() && !path.exists());
            let lost = if text.is_empty() { "0 watches are lost" } else { "1 watch is lost" };
            assert!(series.told[0].contains(lost), "{:?}", series.told);
        }
        assert!(folder.path().join("bot.damaged-3.json").exists());
        let newer = String::from_utf8_lossy(&whole).replace("\"version\": 1", "\"version\": 2");
        fs::write(&path, newer).expect("written");
        let why = HeldSeries::open(folder.path(), "bot", "now").expect_err("newer");
        assert!(why.contains("has version 2") && path.exists(), "{why}");
    }

    #[test]
    fn a_missing_file_is_told_where_answers_of_earlier_watches_are() {
        let folder = tempfile::tempdir().expect("a folder");
        for id in ["a", "b", "now"] {
            fs::create_dir_all(answers(folder.path(), id).join("bot")).expect("a folder");
        }
        // The first one never counted, since answers were missing.
        assert!(!open(folder.path()).lost);
        for id in ["b", "c", "now"] {
            fs::create_dir_all(answers(folder.path(), id)).expect("a folder");
            open(folder.path()).add(watch(id, "1")).expect("written");
        }
        fs::remove_file(folder.path().join("bot.json")).expect("removed");
        assert!(open(folder.path()).told[0].ends_with("the series begins anew; 2 watches are lost"));
    }

    #[test]
    fn what_was_compared_with_another_snapshot_is_dropped_and_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut series = open(folder.path());
        let mut two = watch("b", "1");
        two.tasks
            .insert("T2".to_owned(), CountedTask { snapshot: "x".to_owned(), items: WatchedItems::new() });
        series.watches = vec![watch("a", "1"), two];
        series.keep(&[("T1".to_owned(), "2".to_owned()), ("T2".to_owned(), "x".to_owned())].into());
        assert_eq!(series.watches.len(), 2, "the place of a watch stays");
        assert_eq!(
            series.told,
            [
                "T1 has another snapshot than the one that 2 earlier watches were compared with: its series begins anew"
            ]
        );
        series.keep(&[("T2".to_owned(), "y".to_owned())].into());
        assert!(series.watches.is_empty());
    }
}
