//! The order of the runs in a folder of results. Clocks may be set back, so each run takes the next number
//! from the journal [`JOURNAL`] in the folder, under a lock, and its records hold that number.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process;

use jiff::Timestamp;
use serde::Deserialize;

use crate::ground::text::one_line;

/// The name of the journal, which has a line with number and name for each run. It is no record, so it has
/// another extension.
const JOURNAL: &str = ".runs";

/// The run that a process's records belong to.
#[derive(Debug, Clone)]
pub(super) struct RecordedRun {
    pub name: String,
    /// The run's number, which grows in the same folder; `None` where the journal cannot be kept.
    pub order: Option<u64>,
}

/// Enters a run into the journal of an existing folder. Processes of one run `share` its name and get the
/// number of the first of them; without a name, this process is a run of its own.
pub(super) fn enter(folder: &Path, shared: Option<&str>) -> RecordedRun {
    let name = shared.map_or_else(
        || format!("{}-{}", Timestamp::now().as_millisecond(), process::id()),
        |shared| one_line(shared, 200),
    );
    let order = number(folder, &name, shared.is_some()).ok();
    // The number makes such a name unique, whatever the clock says.
    let name = match (shared, order) {
        (None, Some(order)) => format!("{order}-{name}"),
        _ => name,
    };
    RecordedRun { name, order }
}

fn number(folder: &Path, name: &str, shared: bool) -> io::Result<u64> {
    let mut journal = open(folder)?;
    let mut text = String::new();
    journal.read_to_string(&mut text)?;
    let entries = text.lines().filter_map(|line| line.split_once(' '));
    let entries: Vec<(u64, &str)> =
        entries.filter_map(|(order, name)| Some((order.parse().ok()?, name))).collect();
    let own = entries.iter().find(|(_, other)| shared && *other == name);
    if let Some((order, _)) = own {
        return Ok(*order);
    }
    // The journal may have been deleted while the records are still there.
    let last = entries.iter().map(|(order, _)| *order).chain(orders(folder)).max();
    let order = last.unwrap_or(0).saturating_add(1);
    // The entry begins a new line even after one that was cut off.
    journal.write_all(format!("\n{order} {name}\n").as_bytes())?;
    Ok(order)
}

/// Opens the journal for this process alone, until it is dropped.
fn open(folder: &Path) -> io::Result<File> {
    let journal = OpenOptions::new().read(true).append(true).create(true).open(folder.join(JOURNAL))?;
    match journal.lock() {
        // Without locks, runs that follow one another are still told apart.
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(journal),
        locked => locked.map(|()| journal),
    }
}

/// Runs `write` while no other process writes a record, unless the record at `path` is of a later run than
/// `order`: an earlier run must not replace results of a later one.
pub(super) fn unless_later(
    folder: &Path,
    path: &Path,
    order: Option<u64>,
    write: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let _alone = open(folder);
    match (order, order_of(path)) {
        (Some(own), Some(there)) if there > own => Ok(()),
        _ => write(),
    }
}

/// Returns the numbers in the folder's records.
fn orders(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let records = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    records.filter_map(|path| order_of(&path)).collect()
}

fn order_of(path: &Path) -> Option<u64> {
    #[derive(Deserialize)]
    struct Ordered {
        order: Option<u64>,
    }
    let file = fs::metadata(path).ok().filter(|file| file.is_file() && file.len() <= super::folder::MOST);
    let text = fs::read_to_string(file.map(|_| path)?).ok()?;
    serde_json::from_str::<Ordered>(&text).ok()?.order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_and_the_processes_of_one_run_share_theirs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let order = |shared: Option<&str>| enter(path, shared).order;
        assert_eq!(
            (order(None), order(Some("a")), order(None), order(Some("a"))),
            (Some(1), Some(2), Some(3), Some(2))
        );
        // A line that was cut off takes none with it.
        fs::write(path.join(JOURNAL), "1 x\n2 a\n7 b\n9").expect("written");
        assert_eq!((order(Some("c")), order(Some("b")), order(Some("c"))), (Some(8), Some(7), Some(8)));
        // Without the journal, the records tell.
        fs::remove_file(path.join(JOURNAL)).expect("removed");
        fs::write(path.join("x.json"), "{\"order\": 41}").expect("written");
        fs::write(path.join("y.json"), "none").expect("written");
        assert_eq!(order(None), Some(42));
        assert_ne!(enter(path, None).name, enter(path, None).name);
    }

    #[test]
    fn an_earlier_run_replaces_nothing_of_a_later_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        let write = |order: u64| {
            let text = format!("{{\"order\": {order}}}");
            unless_later(folder.path(), &path, Some(order), || fs::write(&path, text)).expect("written");
            order_of(&path)
        };
        assert_eq!((write(2), write(1), write(2), write(3)), (Some(2), Some(2), Some(2), Some(3)));
    }
}
