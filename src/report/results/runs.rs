//! The order of the runs in a folder of results. Clocks may be set back, so each run takes the next number
//! from the journal [`JOURNAL`] in the folder, under a lock, and its records hold that number.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process;

use jiff::Timestamp;
use serde::Deserialize;

use crate::ground::text::one_line;

/// The name of the journal, which has a line with number and name for each run, and a line `of`, number, plan, name for
/// each test target of it: the plan that it leaves in the folder. It is no record, so it has another extension.
const JOURNAL: &str = ".runs";

/// The run that a process's records belong to.
#[derive(Debug, Clone)]
pub(super) struct RecordedRun {
    pub name: String,
    /// The run's number, which grows in the same folder; `None` where the journal cannot be kept.
    pub order: Option<u64>,
}

/// The last run of a test target, as the journal knows it.
#[cfg(feature = "cli")]
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlannedRun {
    pub order: u64,
    pub run: String,
    /// The id of the plan that it has left in the folder.
    pub plan: String,
}

/// Returns the last run of each test target that the journal of a folder names; none where there is no journal. Versions
/// of this crate without plans in the journal named none.
///
/// # Errors
/// It is there, and cannot be read.
#[cfg(feature = "cli")]
pub(super) fn planned(folder: &Path) -> io::Result<Vec<PlannedRun>> {
    let journal = folder.join(JOURNAL);
    let text = match crate::ground::regular::read_regular(&journal, 0, super::folder::MOST) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let text = String::from_utf8_lossy(&text);
    let mut last: std::collections::BTreeMap<&str, (u64, &str)> = std::collections::BTreeMap::new();
    for (order, plan, run) in plans(&text) {
        let known = last.entry(plan).or_insert((order, run));
        *known = (order, run).max(*known);
    }
    let planned = |(plan, (order, run)): (&str, (u64, &str))| PlannedRun {
        order,
        run: run.to_owned(),
        plan: plan.to_owned(),
    };
    Ok(last.into_iter().map(planned).collect())
}

/// The lines of runs.
fn entries(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.filter_map(|(order, name)| Some((order.parse().ok()?, name)))
}

/// The lines of plans: the run's number, the plan's id, the run's name. Versions without them take none for a run.
fn plans(text: &str) -> impl Iterator<Item = (u64, &str, &str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("of ")?.split_once(' '));
    lines.filter_map(|(order, rest)| {
        let (plan, run) = rest.split_once(' ')?;
        Some((order.parse().ok()?, plan, run))
    })
}

/// Enters a run into the journal of an existing folder, with the id of the `plan` that it leaves there. Processes of one run `share` its name and get the
/// number of the first of them; without a name, this process is a run of its own.
pub(super) fn enter(folder: &Path, shared: Option<&str>, plan: &str) -> RecordedRun {
    let name = shared.map_or_else(
        || format!("{}-{}", Timestamp::now().as_millisecond(), process::id()),
        |shared| one_line(shared, 200),
    );
    let order = number(folder, &name, shared.is_some(), plan).ok();
    let name = order.map_or(name.clone(), |order| named(order, &name, shared.is_some()));
    RecordedRun { name, order }
}

/// The name of a run by its number, which makes it unique whatever the clock says; the processes of one run share theirs.
fn named(order: u64, name: &str, shared: bool) -> String {
    if shared { name.to_owned() } else { format!("{order}-{name}") }
}

fn number(folder: &Path, name: &str, shared: bool, plan: &str) -> io::Result<u64> {
    let mut journal = open(folder)?;
    let mut text = String::new();
    journal.read_to_string(&mut text)?;
    let entries: Vec<(u64, &str)> = entries(&text).collect();
    let own = entries.iter().find(|(_, other)| shared && *other == name);
    if let Some((order, _)) = own {
        if !plans(&text).any(|known| known == (*order, plan, name)) {
            journal.write_all(format!("\nof {order} {plan} {name}\n").as_bytes())?;
        }
        return Ok(*order);
    }
    // The journal may have been deleted while the records are still there.
    let last = entries.iter().map(|(order, _)| *order).chain(orders(folder)).max();
    let order = last.unwrap_or(0).saturating_add(1);
    // The entry begins a new line even after one that was cut off.
    let run = named(order, name, shared);
    journal.write_all(format!("\n{order} {name}\nof {order} {plan} {run}\n").as_bytes())?;
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
        let order = |shared: Option<&str>| enter(path, shared, "p").order;
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
        assert_ne!(enter(path, None, "p").name, enter(path, None, "p").name);
    }

    #[test]
    #[cfg(feature = "cli")]
    fn the_journal_knows_the_last_plan_of_each_target() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let entered = |shared: Option<&str>, plan: &str| enter(path, shared, plan).name;
        assert!(planned(path).expect("none").is_empty());
        let (_, _, alone) = (entered(None, "p"), entered(Some("a b"), "p"), entered(None, "q"));
        assert_eq!(entered(Some("a b"), "r"), "a b");
        let of =
            |order, run: &str, plan: &str| PlannedRun { order, run: run.to_owned(), plan: plan.to_owned() };
        assert_eq!(planned(path).expect("read"), [of(2, "a b", "p"), of(3, &alone, "q"), of(2, "a b", "r")]);
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
