//! Tries whose answers were lost of questions that have no answer yet: `<task>.lost.json` beside the recording, under
//! whose lock it is read and written. A later run that asks again goes on counting from there, so that asking again
//! and again until everything is answered does not choose among the answers.
//!
//! What a run that ends in the middle has sent is lost, too: of all requests it cuts off those that take longest. So
//! each request is noted before it is sent, as a line that is added to `<task>.sent`: the id of the request, and how many
//! tries are lost if nothing more is heard of it. Of several lines about one request the last counts, unless
//! `<task>.lost.json` has more; of what has an answer in the recording, none counts. A run that ends in order puts what is left into `<task>.lost.json` and removes the
//! lines ([`sent`](super::sent)); after one that was killed, the next one does. A power cut may lose them: it does not look at
//! answers.
//!
//! The file says which recording it is of, and has a checksum, so that one that was edited, cut short or swapped is an
//! error. Lists of the first version, without either, are errors, too: whoever takes the checksum out must not be
//! believed. Of two files that are not of the same moment, the larger number counts. Nothing tells that a file was
//! removed: the recording itself does not know of it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pending::{MOST_LIST, address, remove, request_id};
use super::sent::SentRequests;
use super::{Recording, RecordingError, SampleAddress, place};
use crate::ground::regular;
use crate::ground::replace::replace_durably;
use crate::ground::text::one_line;

/// How many tries were lost, by sample.
pub(crate) type TriesOfSamples = HashMap<SampleAddress, u32>;

/// The lost tries of one task.
#[derive(Debug)]
pub(crate) struct LostTries {
    path: PathBuf,
    /// The name of the recording.
    of: String,
    /// Those of samples without an answer.
    tries: TriesOfSamples,
    /// As they are in the file.
    kept: TriesOfSamples,
    sent: SentRequests,
}

/// The contents of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TriesFile {
    /// The name of the recording, so that the file of another one is not taken for its own.
    of: String,
    tries: Vec<SamplesOfTries>,
    /// A checksum of the tries.
    sum: String,
}

/// Samples with the same number of lost tries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SamplesOfTries {
    lost: u32,
    ids: Vec<String>,
}

impl LostTries {
    /// Reads what is noted of the task of a recording, and settles what a run that was killed has left.
    pub(crate) fn read(recording: &Recording) -> Result<LostTries, RecordingError> {
        let path = recording.path();
        let mut tries = LostTries::kept(path, place::name(path), place::folders(path))?;
        let left = tries.sent.read()?;
        let killed = left.is_some();
        tries.count(left);
        tries.tries.retain(|address, _| !recording.has(address));
        if killed {
            tries.settle()?;
        }
        Ok(tries)
    }

    /// Checks that what is noted of a recording can be read.
    pub(super) fn check(recording: &Path) -> Result<(), RecordingError> {
        let kept = LostTries::kept(recording, place::name(recording), place::folders(recording))?;
        kept.sent.read().map(drop)
    }

    /// Reads what is in the file alone. So many `folders` above it may not be links.
    fn kept(recording: &Path, of: String, folders: usize) -> Result<LostTries, RecordingError> {
        let path = recording.with_extension("lost.json");
        let sent = SentRequests::new(recording.with_extension("sent"), of.clone(), folders);
        let kept = match regular::read_regular(&path, folders, MOST_LIST) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(HashMap::new()),
            bytes => bytes.and_then(|bytes| read_text(&bytes, &of)),
        };
        let kept = kept.map_err(|cause| error(&path, "read", cause))?;
        Ok(LostTries { path, of, tries: kept.clone(), kept, sent })
    }

    /// Counts what was on its way when a run ended. A run goes on counting from what is kept, so it never knows of fewer: a
    /// smaller number is of an earlier moment.
    fn count(&mut self, left: Option<TriesOfSamples>) {
        for (address, lost) in left.into_iter().flatten() {
            self.note(address, lost.max(self.of(address)));
        }
    }

    /// How many tries for a sample were lost so far, with what is on its way.
    pub(crate) fn of(&self, address: SampleAddress) -> u32 {
        self.tries.get(&address).copied().unwrap_or(0)
    }

    /// Notes that a request is about to be sent, and how many tries are lost if nothing more is heard of it; or that it was
    /// turned down, and how many are lost after all. When this returns, killing the process does not lose it.
    pub(crate) fn sends(&mut self, address: SampleAddress, lost: u32) -> Result<(), RecordingError> {
        self.note(address, lost);
        self.sent.add(address, lost)
    }

    /// Notes how many tries for a sample were lost so far, which [`settle`](Self::settle) stores; 0 where it has an
    /// answer, which says so itself.
    pub(crate) fn note(&mut self, address: SampleAddress, lost: u32) {
        if lost == 0 {
            self.tries.remove(&address);
        } else {
            self.tries.insert(address, lost);
        }
    }

    /// Stores what was noted; nothing is no file. What is on its way is as good as lost.
    pub(crate) fn settle(&mut self) -> Result<(), RecordingError> {
        if self.tries != self.kept {
            let written = self.write();
            written.map_err(|cause| error(&self.path, "written", cause))?;
            self.kept.clone_from(&self.tries);
        }
        self.sent.clear()
    }

    fn write(&self) -> io::Result<()> {
        if self.tries.is_empty() {
            return remove(&self.path);
        }
        place::check(&self.path)?;
        replace_durably(&self.path, &[&text(&self.of, &self.tries)?])
    }
}

/// Returns what is noted beside a recording of the name `of`, and changes nothing there. What was on its way when a run
/// ended is lost. It may be about samples that have an answer by now.
pub(crate) fn beside(recording: &Path, of: &str) -> Result<TriesOfSamples, RecordingError> {
    let mut tries = LostTries::kept(recording, of.to_owned(), 1)?;
    let left = tries.sent.read()?;
    tries.count(left);
    Ok(tries.tries)
}

/// As [`beside`], without what may be on its way right now.
#[cfg(feature = "object-store")]
pub(crate) fn settled(recording: &Path, of: &str) -> Result<TriesOfSamples, RecordingError> {
    LostTries::kept(recording, of.to_owned(), 1).map(|kept| kept.tries)
}

/// Returns how many of these samples have no answer here and more lost tries than are noted here.
pub(crate) fn lacking(recording: &Recording, others: &TriesOfSamples) -> Result<usize, RecordingError> {
    if others.is_empty() {
        return Ok(0);
    }
    let own = beside(recording.path(), &place::name(recording.path()))?;
    let more = |(address, lost): &(&SampleAddress, &u32)| {
        !recording.has(address) && own.get(*address).is_none_or(|own| own < *lost)
    };
    Ok(others.iter().filter(more).count())
}

/// Notes the tries that other machines have lost, of samples without an answer here. Both may have noted the same
/// tries, so the larger number counts. Returns of how many samples there are more now.
pub(crate) fn take_over(recording: &mut Recording, others: &TriesOfSamples) -> Result<usize, RecordingError> {
    if lacking(recording, others)? == 0 {
        return Ok(0);
    }
    let locked = recording.lock()?;
    let mut own = LostTries::read(locked.recording())?;
    let mut more = 0;
    for (address, lost) in others {
        if !locked.recording().has(address) && own.of(*address) < *lost {
            own.note(*address, *lost);
            more += 1;
        }
    }
    own.settle()?;
    Ok(more)
}

/// Writes the contents of a file, the same for the same tries.
pub(crate) fn text(of: &str, tries: &TriesOfSamples) -> io::Result<Vec<u8>> {
    let mut same: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (address, lost) in tries {
        same.entry(*lost).or_default().push(request_id(*address));
    }
    let list = same.into_iter().map(|(lost, mut ids)| {
        ids.sort();
        SamplesOfTries { lost, ids }
    });
    let tries: Vec<SamplesOfTries> = list.collect();
    let file = TriesFile { of: of.to_owned(), sum: sum(&tries)?, tries };
    let mut text = serde_json::to_vec_pretty(&file)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads the contents of a file of the recording `of`.
pub(crate) fn read_text(bytes: &[u8], of: &str) -> io::Result<TriesOfSamples> {
    let damaged = |why: String| io::Error::new(ErrorKind::InvalidData, why);
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    if value.is_array() {
        return Err(damaged(UNSEALED.to_owned()));
    }
    let file: TriesFile = serde_json::from_value(value)?;
    if file.of != of {
        return Err(damaged(foreign(&file.of, of)));
    }
    if sum(&file.tries)? != file.sum {
        return Err(damaged("it was changed after it was written (its checksum does not fit)".to_owned()));
    }
    by_sample(file.tries)
}

/// Why a file of the first version is not read.
pub(super) const UNSEALED: &str =
    "it has no checksum: an older alignspec wrote it so, or it was changed after it was written";

/// Says that a file beside a recording is another one's.
pub(super) fn foreign(name: &str, of: &str) -> String {
    format!(
        "it is of the recording `{}` and not of `{}` (if that is only the old name, write the new one in it)",
        one_line(name, 120),
        one_line(of, 120)
    )
}

fn sum(tries: &[SamplesOfTries]) -> io::Result<String> {
    Ok(blake3::hash(&serde_json::to_vec(tries)?).to_hex()[..16].to_owned())
}

/// The tries in a file.
fn by_sample(list: Vec<SamplesOfTries>) -> io::Result<TriesOfSamples> {
    let damaged = |id: &str, why: &str| {
        Err(io::Error::new(ErrorKind::InvalidData, format!("`{}` {why}", one_line(id, 60))))
    };
    let mut tries = TriesOfSamples::new();
    for SamplesOfTries { lost, ids } in list {
        for id in ids {
            match address(&id).map(|address| tries.insert(address, lost)) {
                Some(None) => {}
                Some(Some(_)) => return damaged(&id, "is in it twice"),
                None => return damaged(&id, "is no request's id"),
            }
        }
    }
    Ok(tries)
}

pub(super) fn error(path: &Path, what: &'static str, cause: io::Error) -> RecordingError {
    RecordingError::Tries { path: path.to_owned(), what, cause }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::line::Turn;
    use super::*;
    use crate::provider::Response;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("T1.")).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_noted_is_read_again_and_goes_with_its_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::new(folder.path().join("T1.jsonl"));
        let key = Keys::new(&serde_json::Value::Null, None).key("i", "f", "p", None);
        let mut tries = LostTries::read(&recording).expect("none");
        for (sample, lost) in [(0, 1), (1, 3), (2, 1)] {
            tries.note((key, sample), lost);
        }
        tries.settle().expect("written");
        let mut again = LostTries::read(&recording).expect("read");
        assert_eq!([0, 1, 2, 3].map(|sample| again.of((key, sample))), [1, 3, 1, 0]);
        (0..3).for_each(|sample| again.note((key, sample), 0));
        again.settle().expect("written");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_a_killed_run_has_sent_is_lost_unless_it_was_answered_or_turned_down() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut recording = Recording::new(folder.path().join("a/T1.jsonl"));
        let key = Keys::new(&serde_json::Value::Null, None).key("i", "f", "p", None);
        let mut locked = recording.lock().expect("locked");
        let mut tries = LostTries::read(locked.recording()).expect("none");
        // The first is on its way, the second came, the third was turned down, and so was the fourth's second try.
        for (sample, lost) in [(0, 1), (1, 1), (2, 1), (2, 0), (3, 1), (3, 2), (3, 1)] {
            tries.sends((key, sample), lost).expect("noted");
        }
        let said = Response { text: "x".to_owned(), ..Response::default() };
        locked.append("i", "f", (key, 1), Turn::First, said).expect("recorded");
        drop(locked);
        // Windows removes no file that is open.
        drop(tries);
        let folder = folder.path().join("a");
        let sent = folder.join("T1.sent");
        // Killed: half a line more is no request.
        let mut text = std::fs::read_to_string(&sent).expect("noted");
        text.push_str(&request_id((key, 7)));
        std::fs::write(&sent, text).expect("written");
        assert_eq!(names(&folder), ["T1.jsonl", "T1.sent"]);
        let again = LostTries::read(&recording).expect("read");
        assert_eq!([0, 1, 2, 3, 7].map(|sample| again.of((key, sample))), [1, 0, 0, 1, 0]);
        assert_eq!(names(&folder), ["T1.jsonl", "T1.lost.json"]);
        let again = LostTries::read(&recording).expect("read");
        assert_eq!([0, 1, 2, 3].map(|sample| again.of((key, sample))), [1, 0, 0, 1]);
    }

    #[test]
    fn of_two_files_the_larger_number_counts_and_an_id_stands_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::new(folder.path().join("a/T1.jsonl"));
        let key = Keys::new(&serde_json::Value::Null, None).key("i", "f", "p", None);
        let [list, sent] = ["T1.lost.json", "T1.sent"].map(|name| folder.path().join("a").join(name));
        std::fs::create_dir(folder.path().join("a")).expect("a folder");
        let of = |recording: &Recording| {
            LostTries::read(recording).map(|tries| [0, 1, 2].map(|sample| tries.of((key, sample))))
        };
        // What a run that was killed has left, and was kept for later.
        let mut tries = LostTries::read(&recording).expect("none");
        for (sample, lost) in [(0, 1), (1, 1), (1, 0), (2, 4)] {
            tries.sends((key, sample), lost).expect("noted");
        }
        let old = std::fs::read(&sent).expect("noted");
        tries.sent.clear().expect("removed");
        for (sample, lost) in [(0, 3), (1, 2), (2, 3)] {
            tries.note((key, sample), lost);
        }
        tries.settle().expect("written");
        std::fs::write(&sent, &old).expect("written");
        let known = beside(recording.path(), &place::name(recording.path())).expect("read");
        assert_eq!([0, 1, 2].map(|sample| known.get(&(key, sample)).copied()), [Some(3), Some(2), Some(4)]);
        assert_eq!(of(&recording).expect("read"), [3, 2, 4]);
        let twice = vec![
            SamplesOfTries { lost: 3, ids: vec![request_id((key, 0))] },
            SamplesOfTries { lost: 1, ids: vec![request_id((key, 0))] },
        ];
        let name = place::name(recording.path());
        let file = TriesFile { of: name, sum: sum(&twice).expect("a sum"), tries: twice };
        std::fs::write(&list, serde_json::to_vec(&file).expect("JSON")).expect("written");
        let error = of(&recording).expect_err("damage").to_string();
        assert!(error.contains("is in it twice"), "{error}");
    }

    #[test]
    fn damage_is_told_and_nothing_is_taken_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::new(folder.path().join("T1.jsonl"));
        for (name, text) in [
            ("T1.sent", "x 1\n"),
            ("T1.sent", "0123456789abcdef0123456789abcdef-0 0\n"),
            ("T1.sent", "\u{fffd}\n"),
            ("T1.lost.json", "[{"),
            ("T1.lost.json", "[{\"lost\": 1, \"ids\": [\"x\"]}]"),
            ("T1.lost.json", "[]"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("written");
            let error = LostTries::read(&recording).expect_err(text).to_string();
            assert!(error.contains(&format!("{name} cannot be read: ")), "{error}");
            std::fs::remove_file(folder.path().join(name)).expect("removed");
        }
    }
}
