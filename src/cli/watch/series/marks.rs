//! The marks beside the answers of watches: that a watch began for a role, with how many requests and which snapshots; that
//! it was counted; and the alarm that it gave. They prove that a series which lacks such a watch, or its alarm, is not the
//! newest one, as after an old copy was put in its place. Answers without a mark are a doubt. What was removed or put
//! back together they cannot prove.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CountedWatch, GivenAlarm};
use crate::ground::regular;
use crate::ground::replace::replace;

/// The largest mark, in bytes.
const MOST: u64 = 1 << 20;

/// The hash of each task's snapshot.
type MarkedSnapshots = BTreeMap<String, String>;

/// What is known of a watch beside its answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum WatchMark {
    /// It is told.
    Told(ToldMark),
    /// An older version has marked it as counted with these snapshots, and perhaps nothing says with which.
    Older(MarkedSnapshots),
    /// The mark cannot be read.
    Damaged,
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToldMark {
    /// How many questions the watch asks; `None` where that is not known any more.
    pub requests: Option<u32>,
    /// Whether the series counts it.
    pub counted: bool,
    pub snapshots: MarkedSnapshots,
    /// The alarm that it gave.
    pub alarm: Option<GivenAlarm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkFile {
    mark: ToldMark,
    sum: String,
}

fn path(folder: &Path, role: &str, id: &str) -> PathBuf {
    super::answers(folder, id).join(format!(".{role}.counted"))
}

/// Returns what is known of a watch; `None` where there is no mark.
pub(super) fn read(folder: &Path, role: &str, id: &str) -> Option<WatchMark> {
    let bytes = match regular::read_regular(&path(folder, role, id), 1, MOST) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return None,
        Err(_) => return Some(WatchMark::Damaged),
    };
    if let Ok(MarkFile { mark, sum: told }) = serde_json::from_slice(&bytes) {
        let fits = sum(&mark).is_ok_and(|sum| sum == told);
        return Some(if fits { WatchMark::Told(mark) } else { WatchMark::Damaged });
    }
    let older = serde_json::from_slice(&bytes).ok().filter(|_| !bytes.is_empty());
    Some(older.map_or(WatchMark::Damaged, WatchMark::Older))
}

fn write(folder: &Path, role: &str, id: &str, mark: ToldMark) -> io::Result<()> {
    let path = path(folder, role, id);
    regular::check(&path, 1)?;
    let sum = sum(&mark)?;
    replace(&path, &[&serde_json::to_vec(&MarkFile { mark, sum })?])
}

fn sum(mark: &ToldMark) -> io::Result<String> {
    Ok(blake3::hash(&serde_json::to_vec(mark)?).to_hex()[..16].to_owned())
}

/// Notes that a watch is about to ask. One that was begun or counted with one of these snapshots keeps its mark.
pub(super) fn begin(
    folder: &Path,
    role: &str,
    id: &str,
    (requests, snapshots): (u32, &MarkedSnapshots),
) -> io::Result<()> {
    if let Some(WatchMark::Told(mark)) = read(folder, role, id)
        && mark.is_of(snapshots)
    {
        return Ok(());
    }
    fs::create_dir_all(super::answers(folder, id))?;
    let snapshots = snapshots.clone();
    write(folder, role, id, ToldMark { requests: Some(requests), counted: false, snapshots, alarm: None })
}

/// Takes back that a watch began, if it has no answers and never counted.
pub(super) fn end_unanswered(folder: &Path, role: &str, id: &str) {
    let counted = matches!(read(folder, role, id), Some(WatchMark::Told(mark)) if mark.counted);
    if !counted && !is_answered(folder, role, id) {
        // What cannot be removed says that nothing was counted.
        fs::remove_file(path(folder, role, id)).ok();
        fs::remove_dir(super::answers(folder, id)).ok();
    }
}

/// Marks a watch as counted, if its answers are there. A watch that did not count leaves answers, too. `requests` says how
/// many it asked, if that is known.
pub(super) fn count(
    folder: &Path,
    role: &str,
    watch: &CountedWatch,
    requests: Option<u32>,
) -> io::Result<()> {
    if !super::answers(folder, &watch.id).is_dir() {
        return Ok(());
    }
    let known = match read(folder, role, &watch.id) {
        Some(WatchMark::Told(mark)) => Some(mark),
        // How many an older version asked is in no mark.
        _ => None,
    };
    if known.as_ref().is_some_and(|mark| mark.counted) {
        return Ok(());
    }
    let snapshots: MarkedSnapshots =
        watch.tasks.iter().map(|(task, counted)| (task.clone(), counted.snapshot.clone())).collect();
    let requests = requests.or(known.and_then(|mark| mark.requests));
    write(folder, role, &watch.id, ToldMark { requests, counted: true, snapshots, alarm: None })
}

/// Notes an alarm beside the answers of the watch that gave it, if they are there.
pub(super) fn alarm(folder: &Path, role: &str, alarm: &GivenAlarm) -> io::Result<()> {
    match read(folder, role, &alarm.watch) {
        Some(WatchMark::Told(mark)) => {
            write(folder, role, &alarm.watch, ToldMark { alarm: Some(alarm.clone()), ..mark })
        }
        _ => Ok(()),
    }
}

/// Marks a watch as one that no longer counts, since its snapshots are no longer there.
pub(super) fn drop(folder: &Path, role: &str, id: &str) {
    let mark = match read(folder, role, id) {
        Some(WatchMark::Told(mark)) => ToldMark { counted: false, alarm: None, ..mark },
        Some(WatchMark::Older(snapshots)) => {
            ToldMark { requests: None, counted: false, snapshots, alarm: None }
        }
        Some(WatchMark::Damaged) | None => return,
    };
    // One that stays is about snapshots that are gone, so it proves nothing.
    write(folder, role, id, mark).ok();
}

impl ToldMark {
    /// Whether it is about one of these snapshots.
    pub(super) fn is_of(&self, snapshots: &MarkedSnapshots) -> bool {
        are_of(&self.snapshots, snapshots)
    }
}

fn are_of(marked: &MarkedSnapshots, snapshots: &MarkedSnapshots) -> bool {
    marked.iter().any(|(task, hash)| snapshots.get(task) == Some(hash))
}

/// Returns the ids of the watches that were counted for a role with one of these snapshots, sorted. Of those that older
/// versions have marked it may not be known with which; these are only among them if `untold` is set.
pub(super) fn counted(folder: &Path, role: &str, snapshots: &MarkedSnapshots, untold: bool) -> Vec<String> {
    let mut ids = ids(folder);
    ids.retain(|id| match read(folder, role, id) {
        Some(WatchMark::Told(mark)) => mark.counted && mark.is_of(snapshots),
        Some(WatchMark::Older(marked)) if marked.is_empty() => untold,
        Some(WatchMark::Older(marked)) => are_of(&marked, snapshots),
        Some(WatchMark::Damaged) | None => false,
    });
    ids
}

/// Returns the ids of the watches whose answers for a role are there without a mark that can be read, sorted.
pub(super) fn unmarked(folder: &Path, role: &str) -> Vec<String> {
    let mut ids = ids(folder);
    ids.retain(|id| match read(folder, role, id) {
        None => is_answered(folder, role, id),
        Some(mark) => mark == WatchMark::Damaged,
    });
    ids
}

/// Returns the alarms that watches have given.
pub(super) fn alarms(folder: &Path, role: &str) -> Vec<GivenAlarm> {
    let of = |id: &String| match read(folder, role, id) {
        Some(WatchMark::Told(mark)) => mark.alarm,
        _ => None,
    };
    ids(folder).iter().filter_map(of).collect()
}

/// Whether answers of a role are kept of a watch.
pub(super) fn is_answered(folder: &Path, role: &str, id: &str) -> bool {
    let Ok(entries) = fs::read_dir(super::answers(folder, id).join(role)) else { return false };
    let mut files = entries.flatten().map(|entry| entry.path());
    files.any(|path| {
        path.extension().is_some_and(|extension| extension == "jsonl")
            && fs::metadata(&path).is_ok_and(|file| file.len() > 0)
    })
}

/// The watches that have left a folder, sorted.
fn ids(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.join("answers")) else { return Vec::new() };
    let mut ids: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    ids.sort();
    ids
}
