//! Results as a report reads them: the records of the last run of each test target in a folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::doubted::{against_plans, contradiction, lost_plans};
use super::{MOST, planned};
use crate::report::results::{FORMAT, GateMeaning, Record};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Gathered {
    /// The records, in the order no, could not run, others, and by name within these.
    pub records: Vec<Record>,
    /// The number of records of earlier runs, which are left out.
    pub stale: usize,
    /// One record for each that counts and was changed after the run, and for each run that has lost its plan.
    pub contradictions: Vec<Record>,
}

impl Gathered {
    pub(crate) fn add(&mut self, records: Vec<Record>) {
        self.records.extend(records);
        self.records.sort_by(|a, b| (a.says, &a.name, &a.id).cmp(&(b.says, &b.name, &b.id)));
    }
}

/// Reads the records of the newest runs in some folders.
///
/// # Errors
/// A folder or a record cannot be read. A gate must not decide by a part of the results.
pub(crate) fn gather(folders: &[PathBuf]) -> Result<Gathered, String> {
    let mut gathered = Gathered::default();
    for folder in folders {
        let all = read_records(folder)?;
        let counts: Vec<bool> = {
            let last = last_runs(&all);
            gathered.contradictions.extend(lost_plans(folder, &all, &last)?);
            all.iter().map(|record| counts(record, &last)).collect()
        };
        gathered.stale += counts.iter().filter(|counts| !**counts).count();
        let own = all.into_iter().zip(counts).filter(|(_, counts)| *counts).map(|(it, _)| it);
        let mut own: Vec<Record> = own.collect();
        for record in &mut own {
            gathered.contradictions.extend(contradiction(record));
        }
        gathered.contradictions.extend(against_plans(&own));
        gathered.records.append(&mut own);
    }
    planned::settle(&mut gathered.records);
    gathered.add(Vec::new());
    Ok(gathered)
}

/// The last record of each crate and test target.
pub(super) type LastRecords<'a> = HashMap<(&'a str, &'a str), &'a Record>;

fn last_runs(all: &[Record]) -> LastRecords<'_> {
    let mut last = LastRecords::new();
    for record in all {
        let known = last.entry((&record.package, &record.target)).or_insert(record);
        // Records without a number were written by a version that used the clock.
        if (record.order, record.at) >= (known.order, known.at) {
            *known = record;
        }
    }
    last
}

/// Whether a record is of the last run of its test target, or may be and is not a yes.
fn counts(record: &Record, last: &LastRecords<'_>) -> bool {
    let Some(last) = last.get(&(record.package.as_str(), record.target.as_str())) else { return true };
    let is_earlier = record.order.is_some() && record.order < last.order;
    // A record that contradicts itself stops, too.
    let stops = |says: GateMeaning| matches!(says, GateMeaning::No | GateMeaning::CouldNotRun);
    record.run == last.run || (!is_earlier && (stops(record.says) || stops(record.outcome.says())))
}

fn read_records(folder: &Path) -> Result<Vec<Record>, String> {
    let unreadable = |what: &Path, why: String| format!("{} cannot be read: {why}", what.display());
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    let mut records = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error.to_string()))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        // Reading a pipe could wait for ever.
        crate::ground::regular::check(&path, 0).map_err(|error| unreadable(&path, error.to_string()))?;
        let long = fs::metadata(&path).is_ok_and(|file| file.len() > MOST);
        if long {
            return Err(unreadable(&path, "it is too long to be a result".to_owned()));
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        let record: Record = serde_json::from_str(&text)
            .map_err(|error| unreadable(&path, format!("it is not a result: {error}")))?;
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
    use super::super::{id, put};
    use super::*;
    use crate::report::results::TrialOutcome;

    fn record(target: &str, name: &str, run: &str, order: u64) -> Record {
        let id = id(&[target, name]);
        let (run, target, name) = (run.to_owned(), target.to_owned(), name.to_owned());
        // The clock goes back.
        let (at, order) = (100 - order, Some(order));
        Record { format: FORMAT, id, run, order, target, name, at, ..Record::default() }
    }

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
            gather(&[path.to_owned()])
                .is_err_and(|why| why.contains("x.json cannot be read: it is not a result"))
        );
        fs::remove_file(path.join("x.json")).expect("removed");
        put(path, &Record { format: 2, ..record("alignment", "d", "second", 6) }).expect("written");
        assert!(gather(&[path.to_owned()]).is_err_and(|why| why.contains("another version of alignspec")));
        assert!(gather(&[path.join("nowhere")]).is_err());
    }

    #[test]
    fn where_it_is_in_doubt_which_run_was_the_last_the_no_counts() {
        let of = |name: &str, run: &str, order: Option<u64>, at: u64, outcome: TrialOutcome| {
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
        let (yes, no, down) = (TrialOutcome::Pass, TrialOutcome::Fail, TrialOutcome::Missing);
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
