//! Counts tries whose answers were lost, for questions without an answer: `<task>.lost.json` beside the
//! recording, read and written under its lock. A later run that asks again continues the count, so that asking
//! until everything is answered does not select among the answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pending::{read, request_id, write};
use super::{RecordingError, SampleAddress};

/// The lost tries of one task.
#[derive(Debug)]
pub(crate) struct LostTries {
    path: PathBuf,
    /// The number of lost tries by the id of the request for a sample.
    tries: BTreeMap<String, u32>,
}

/// Samples with the same number of lost tries.
#[derive(Debug, Serialize, Deserialize)]
struct SamplesOfTries {
    lost: u32,
    ids: Vec<String>,
}

impl LostTries {
    /// Makes an empty list for the task that is recorded in `recording`.
    pub(crate) fn none(recording: &Path) -> LostTries {
        LostTries { path: recording.with_extension("lost.json"), tries: BTreeMap::new() }
    }

    /// Reads the list of the task that is recorded in `recording`.
    pub(crate) fn read(recording: &Path) -> Result<LostTries, RecordingError> {
        let mut tries = LostTries::none(recording);
        let list: Vec<SamplesOfTries> = read(&tries.path)?.unwrap_or_default();
        tries
            .tries
            .extend(list.into_iter().flat_map(|same| same.ids.into_iter().map(move |id| (id, same.lost))));
        Ok(tries)
    }

    /// Returns how many tries for a sample were lost in earlier runs.
    pub(crate) fn of(&self, address: SampleAddress) -> u32 {
        if self.tries.is_empty() { 0 } else { self.tries.get(&request_id(address)).copied().unwrap_or(0) }
    }

    /// Sets how many tries for a sample were lost so far. It is 0 for a sample with an answer, whose line has
    /// the number.
    pub(crate) fn note(&mut self, address: SampleAddress, lost: u32) {
        let id = request_id(address);
        if lost == 0 {
            self.tries.remove(&id)
        } else {
            self.tries.insert(id, lost)
        };
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tries.is_empty()
    }

    /// Writes the list. If it is empty, the file is removed.
    pub(crate) fn write(&self) -> Result<(), RecordingError> {
        let mut same: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (id, lost) in &self.tries {
            same.entry(*lost).or_default().push(id.clone());
        }
        let list: Vec<SamplesOfTries> =
            same.into_iter().map(|(lost, ids)| SamplesOfTries { lost, ids }).collect();
        write(&self.path, &list)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::*;

    #[test]
    fn what_is_noted_is_read_again_and_goes_with_its_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = folder.path().join("T1.jsonl");
        let key = Keys::new(&serde_json::Value::Null, None).key("i", "f", "p", None);
        let mut tries = LostTries::read(&recording).expect("none");
        for (sample, lost) in [(0, 1), (1, 3), (2, 1)] {
            tries.note((key, sample), lost);
        }
        tries.write().expect("written");
        let mut again = LostTries::read(&recording).expect("read");
        assert_eq!([0, 1, 2, 3].map(|sample| again.of((key, sample))), [1, 3, 1, 0]);
        (0..3).for_each(|sample| again.note((key, sample), 0));
        again.write().expect("written");
        assert!(again.is_empty() && !folder.path().join("T1.lost.json").exists());
    }
}
