//! The series of watches of one role, in a small file: what each watch heard, and of which snapshots.
//!
//! The evidence is computed from it each time, so nothing in the file can count twice. Whoever writes it holds a lock and
//! has read it anew; it is replaced as a whole, and its last field is a checksum of the rest. What cannot be read is
//! kept aside and told, never silently begun anew. That it is an older one than the last watch left is told where the
//! answers of later watches are still beside it ([`marks`]); what is counted again is counted with the requests of then. An
//! alarm that was given is kept in it, and stands until
//! the snapshots are renewed that showed it, whatever error rate is set later.

mod file;
mod marks;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::ground::format::{counted, first_few};
use crate::ground::regular;
use crate::ground::replace::replace_durably;
use crate::recording::place;
pub(super) use file::{CountedTask, CountedWatch, GivenAlarm};
use file::{SeriesContents, UnreadableSeries, VERSION};
use marks::WatchMark;

/// The hashes of a role's snapshots, by task.
pub(super) type SnapshotHashes = BTreeMap<String, String>;

/// How many lost watches are named.
const NAMED: usize = 5;

/// A role's series, which nobody else changes as long as it is held.
#[derive(Debug)]
pub(super) struct HeldSeries {
    pub watches: Vec<CountedWatch>,
    /// What has to be told: watches that are lost.
    pub told: Vec<String>,
    /// Whether earlier watches are lost, which may have found a change.
    pub lost: bool,
    /// The checksum of the file as it is now; `None` before there is one.
    pub sum: Option<String>,
    /// How many requests the watch that is going on began with, if it began before.
    pub begun: Option<u32>,
    alarms: Vec<GivenAlarm>,
    missed: BTreeSet<String>,
    /// The watches that no longer count.
    dropped: Vec<String>,
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
    /// Opens a role's series; `id` is the watch that is going on, and `snapshots` are those of today.
    ///
    /// # Errors
    /// It cannot be read, locked or set aside; or a newer alignspec has written it.
    pub(super) fn open(
        folder: &Path,
        role: &str,
        id: &str,
        snapshots: &SnapshotHashes,
    ) -> Result<HeldSeries, String> {
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
            sum: None,
            begun: None,
            alarms: Vec::new(),
            missed: BTreeSet::new(),
            dropped: Vec::new(),
            role: role.to_owned(),
            path: path.clone(),
            _lock: lock,
        };
        series.load(folder, id, snapshots)?;
        series.marked(folder, id, snapshots);
        Ok(series)
    }

    /// Takes over what the marks say of alarms and of the watch that is going on, and notes what they do not say.
    fn marked(&mut self, folder: &Path, id: &str, snapshots: &SnapshotHashes) {
        for alarm in marks::alarms(folder, &self.role) {
            if stands(&alarm, snapshots) && self.standing(snapshots).is_none() {
                self.told.push(format!(
                    "the alarm of watch {} is not in the series {}, which is an older one or was begun anew: it stands all the same",
                    alarm.watch,
                    self.path.display()
                ));
                self.alarms.push(alarm);
            }
        }
        let mut unmarked = marks::unmarked(folder, &self.role);
        unmarked.retain(|id| !self.has(id) && !self.missed.contains(id));
        if !unmarked.is_empty() {
            let of = if unmarked.len() == 1 { "watch" } else { "watches" };
            self.lose(format!(
                "the answers of {of} {} are in {}, without the mark `.{}.counted` that says whether they were counted (it is gone or damaged): they may have found a change",
                first_few(&unmarked, NAMED),
                folder.join("answers").display(),
                self.role
            ));
            self.missed.extend(unmarked.into_iter().filter(|unmarked| unmarked != id));
        }
        match marks::read(folder, &self.role, id) {
            Some(WatchMark::Told(mark)) if mark.is_of(snapshots) && !self.has(id) => {
                self.begun = mark.requests;
                if mark.counted && mark.requests.is_none() {
                    self.uncertain(id);
                }
            }
            Some(WatchMark::Older(_)) if !self.has(id) => self.uncertain(id),
            _ => {}
        }
    }

    /// Notes that nobody knows how many questions a watch asked that is counted again.
    fn uncertain(&mut self, id: &str) {
        self.lose(format!(
            "watch {id} was counted before, and its mark does not say with how many requests (an older version wrote it): with fewer than then it may miss the change that it found"
        ));
    }

    /// Notes that the watch is about to ask so many questions.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn begin(
        folder: &Path,
        role: &str,
        id: &str,
        (requests, snapshots): (u32, &SnapshotHashes),
    ) -> Result<(), String> {
        marks::begin(folder, role, id, (requests, snapshots)).map_err(|cause| {
            format!("the mark of the watch in {} cannot be written: {cause}", answers(folder, id).display())
        })
    }

    /// Notes that a watch could not go on. Returns whether answers of it are kept.
    pub(super) fn is_kept(folder: &Path, role: &str, id: &str) -> bool {
        marks::end_unanswered(folder, role, id);
        marks::is_answered(folder, role, id)
    }

    /// Reads the file, and notes what is lost.
    fn load(&mut self, folder: &Path, id: &str, snapshots: &SnapshotHashes) -> Result<(), String> {
        let path = self.path.clone();
        let wrong = |what: &str, cause: std::io::Error| {
            format!("the series of watches {} cannot be {what}: {cause}", path.display())
        };
        let bytes = match regular::read_regular(&path, 0, file::MOST) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.is_missing(folder, id, snapshots);
                return Ok(());
            }
            Err(cause) => {
                return Err(wrong("read", cause) + ": restore it, or move it away to begin a new series");
            }
        };
        match file::read(&bytes, &self.role) {
            Ok((contents, sum)) => {
                SeriesContents { watches: self.watches, alarms: self.alarms, missed: self.missed } = contents;
                self.sum = Some(sum);
                self.lacks(folder, id, snapshots);
                Ok(())
            }
            Err(UnreadableSeries::Newer(version)) => Err(format!(
                "the series of watches {} has version {version}, and this alignspec reads {VERSION}: use the alignspec that wrote it",
                path.display()
            )),
            Err(UnreadableSeries::Damaged(why)) => {
                let aside = aside(&path);
                fs::rename(&path, &aside).map_err(|cause| wrong("set aside", cause))?;
                let mut marked = marks::counted(folder, &self.role, snapshots, true);
                let lost = file::of_damaged(&bytes).max(marked.len());
                marked.retain(|marked| marked != id);
                self.lose(format!(
                    "the series of watches {} is damaged ({why}): it is kept as {}, and the series begins anew; {}{}",
                    path.display(),
                    aside.display(),
                    if lost == 0 { "how many watches are lost is not known".to_owned() } else { format!("at least {} lost", are(lost)) },
                    if marked.is_empty() { String::new() } else { again(&marked) }
                ));
                // All that were counted are lost, and need not be told again.
                self.missed.extend(marked);
                Ok(())
            }
        }
    }

    fn lose(&mut self, told: String) {
        self.lost = true;
        self.told.push(told);
    }

    /// Notes that there is no file, though there was one.
    fn is_missing(&mut self, folder: &Path, id: &str, snapshots: &SnapshotHashes) {
        let mut earlier = marks::counted(folder, &self.role, snapshots, true);
        earlier.retain(|earlier| earlier != id);
        if !earlier.is_empty() {
            self.lose(format!(
                "the series of watches {} is missing, but answers of earlier watches are there: the series begins anew; {} lost{}",
                self.path.display(),
                are(earlier.len()),
                again(&earlier)
            ));
            self.missed.extend(earlier);
        }
    }

    /// Notes the watches that were counted and are not in the file, which is then an older one.
    fn lacks(&mut self, folder: &Path, id: &str, snapshots: &SnapshotHashes) {
        let mut later = marks::counted(folder, &self.role, snapshots, false);
        later.retain(|later| later != id && !self.has(later) && !self.missed.contains(later));
        if !later.is_empty() {
            self.lose(format!(
                "the series of watches {} is an old one: {} lost that were counted since{}",
                self.path.display(),
                are(later.len()),
                again(&later)
            ));
            self.missed.extend(later);
        }
    }

    /// Whether a watch is counted already.
    pub(super) fn has(&self, id: &str) -> bool {
        self.watches.iter().any(|watch| watch.id == id)
    }

    /// Returns the alarm that stands: one of its snapshots is still there.
    pub(super) fn standing(&self, snapshots: &SnapshotHashes) -> Option<&GivenAlarm> {
        self.alarms.iter().find(|alarm| stands(alarm, snapshots))
    }

    /// Keeps an alarm.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn give(&mut self, alarm: GivenAlarm) -> Result<(), String> {
        self.alarms.push(alarm.clone());
        self.write()?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        marks::alarm(folder, &self.role, &alarm).map_err(|cause| self.unwritable(&cause))
    }

    /// Drops what was compared with other snapshots than these, by task, and says so. Watches keep their places in the
    /// series as long as something of it counts. Alarms that were only about other snapshots no longer stand.
    pub(super) fn keep(&mut self, snapshots: &SnapshotHashes) {
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
            self.dropped.extend(self.watches.drain(..).map(|watch| watch.id));
        }
        self.alarms.retain(|alarm| stands(alarm, snapshots));
    }

    /// Checks that every task that earlier watches asked still has a snapshot.
    ///
    /// # Errors
    /// Returns a line for each task that has none.
    pub(super) fn still_held(&self, snapshots: &SnapshotHashes) -> Result<(), Vec<String>> {
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
        let (id, requests) = (watch.id.clone(), watch.answers());
        if !self.has(&watch.id) {
            self.watches.push(watch);
        }
        self.write()?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        for id in &self.dropped {
            marks::drop(folder, &self.role, id);
        }
        // After the series, so that nothing that is marked as counted is missing in it.
        let marked = self.watches.iter().try_for_each(|watch| {
            // What others asked of tasks whose snapshots are new is no longer in the series.
            let requests = (watch.id == id).then_some(requests);
            marks::count(folder, &self.role, watch, requests)
        });
        marked.map_err(|cause| self.unwritable(&cause))
    }

    fn write(&mut self) -> Result<(), String> {
        let contents = SeriesContents {
            watches: self.watches.clone(),
            alarms: self.alarms.clone(),
            missed: self.missed.clone(),
        };
        let (text, sum) = contents.written(&self.role)?;
        replace_durably(&self.path, &[text.as_bytes()]).map_err(|cause| self.unwritable(&cause))?;
        self.sum = Some(sum);
        Ok(())
    }

    fn unwritable(&self, cause: &std::io::Error) -> String {
        format!("the series of watches {} cannot be written: {cause}", self.path.display())
    }
}

fn stands(alarm: &GivenAlarm, snapshots: &SnapshotHashes) -> bool {
    alarm.snapshots.iter().any(|(task, hash)| snapshots.get(task) == Some(hash))
}

/// Writes `3 watches are`.
fn are(watches: usize) -> String {
    if watches == 1 { "1 watch is".to_owned() } else { format!("{watches} watches are") }
}

/// Says how lost watches can be counted again.
fn again(ids: &[String]) -> String {
    format!(
        " ({}): their answers are kept, so a watch with `--id` counts one again without asking",
        first_few(ids, NAMED)
    )
}

/// A name that is not taken yet.
fn aside(path: &Path) -> PathBuf {
    let name = |number: usize| path.with_extension(format!("damaged-{number}.json"));
    (1..).map(name).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| name(0))
}

#[cfg(test)]
mod tests;
