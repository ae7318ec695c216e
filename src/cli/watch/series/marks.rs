//! The marks beside the answers of watches, which say that a watch was counted for a role, and with which snapshots. They
//! prove that a series which lacks such a watch is not the newest one, as after an old copy was put in its place. What
//! was removed or put back together with them they cannot prove.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CountedWatch;
use crate::ground::regular;

/// The largest mark, in bytes.
const MOST: u64 = 1 << 20;

/// What a mark says: the hash of each task's snapshot.
type MarkedSnapshots = BTreeMap<String, String>;

fn path(folder: &Path, id: &str, role: &str) -> PathBuf {
    super::answers(folder, id).join(format!(".{role}.counted"))
}

/// Returns what a mark says; nothing where an older version wrote it, and `None` where there is none.
fn read(mark: &Path) -> Option<MarkedSnapshots> {
    let bytes = regular::read_regular(mark, 1, MOST).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Marks a watch as counted, if its answers are there. A watch that did not count leaves answers, too.
pub(super) fn put(folder: &Path, role: &str, watch: &CountedWatch) -> io::Result<()> {
    let mark = path(folder, &watch.id, role);
    if !mark.parent().is_some_and(Path::is_dir) || read(&mark).is_some_and(|says| !says.is_empty()) {
        return Ok(());
    }
    regular::check(&mark, 1)?;
    let snapshots: MarkedSnapshots =
        watch.tasks.iter().map(|(task, counted)| (task.clone(), counted.snapshot.clone())).collect();
    fs::write(&mark, serde_json::to_vec(&snapshots)?)
}

/// Takes away the mark of a watch that no longer counts, since its snapshots are no longer there.
pub(super) fn remove(folder: &Path, role: &str, id: &str) {
    // One that stays is about snapshots that are gone, so it proves nothing.
    fs::remove_file(path(folder, id, role)).ok();
}

/// Returns the ids of the watches that were counted for a role with one of these snapshots, sorted. Of those that older
/// versions have marked it is not known with which; they are only among them if `untold` is set.
pub(super) fn counted(folder: &Path, role: &str, snapshots: &MarkedSnapshots, untold: bool) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.join("answers")) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut ids: Vec<String> = names
        .filter(|id| {
            let says = read(&path(folder, id, role));
            says.is_some_and(|says| match says.is_empty() {
                true => untold,
                false => says.iter().any(|(task, hash)| snapshots.get(task) == Some(hash)),
            })
        })
        .collect();
    ids.sort();
    ids
}
