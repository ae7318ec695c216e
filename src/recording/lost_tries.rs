//! Tries whose answers were lost of questions that have no answer yet: `<task>.lost.json` beside the recording, under
//! whose lock it is read and written. A later run that asks again goes on counting from there, so that asking again
//! and again until everything is answered does not choose among the answers.
//!
//! What a run that ends in the middle has sent is lost, too: of all requests it cuts off those that take longest. So
//! each request is noted before it is sent, as a line that is added to `<task>.sent`: the id of the request, and how many
//! tries are lost if nothing more is heard of it. Of several lines about one request the last counts, and of what has
//! an answer in the recording none. A run that ends in order puts what is left into `<task>.lost.json` and removes the
//! lines; after one that was killed, the next one does. A power cut may lose them: it does not look at answers.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pending::{address, read, remove, request_id, write};
use super::{Recording, RecordingError, SampleAddress, place};
use crate::ground::text::one_line;

/// The lost tries of one task.
#[derive(Debug)]
pub(crate) struct LostTries {
    path: PathBuf,
    /// Those of samples without an answer.
    tries: HashMap<SampleAddress, u32>,
    /// As they are in the file.
    kept: HashMap<SampleAddress, u32>,
    sent: SentRequests,
}

/// The requests that are on their way, and those that were when a run ended.
#[derive(Debug)]
struct SentRequests {
    path: PathBuf,
    /// Opened with the first request.
    file: Option<File>,
}

/// Samples with the same number of lost tries.
#[derive(Debug, Serialize, Deserialize)]
struct SamplesOfTries {
    lost: u32,
    ids: Vec<String>,
}

impl LostTries {
    /// Reads what is noted of the task of a recording, and settles what a run that was killed has left.
    pub(crate) fn read(recording: &Recording) -> Result<LostTries, RecordingError> {
        let path = recording.path().with_extension("lost.json");
        let sent = SentRequests { path: recording.path().with_extension("sent"), file: None };
        let kept = read(&path).and_then(|list| by_sample(list.unwrap_or_default()));
        let kept = kept.map_err(|cause| error(&path, "read", cause))?;
        let mut tries = LostTries { path, tries: kept.clone(), kept, sent };
        let left = tries.sent.read()?;
        let killed = left.is_some();
        for (address, lost) in left.into_iter().flatten() {
            tries.note(address, lost);
        }
        tries.tries.retain(|address, _| !recording.has(address));
        if killed {
            tries.settle()?;
        }
        Ok(tries)
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
            let mut same: BTreeMap<u32, Vec<String>> = BTreeMap::new();
            for (address, lost) in &self.tries {
                same.entry(*lost).or_default().push(request_id(*address));
            }
            let list = same.into_iter().map(|(lost, mut ids)| {
                ids.sort();
                SamplesOfTries { lost, ids }
            });
            let written = write(&self.path, &list.collect::<Vec<_>>());
            written.map_err(|cause| error(&self.path, "written", cause))?;
            self.kept.clone_from(&self.tries);
        }
        self.sent.clear()
    }
}

/// The tries in a file.
fn by_sample(list: Vec<SamplesOfTries>) -> io::Result<HashMap<SampleAddress, u32>> {
    let ids = list.into_iter().flat_map(|same| same.ids.into_iter().map(move |id| (id, same.lost)));
    let sample = |(id, lost): (String, u32)| {
        let none =
            || io::Error::new(ErrorKind::InvalidData, format!("`{}` is no request's id", one_line(&id, 60)));
        Ok((address(&id).ok_or_else(none)?, lost))
    };
    ids.map(sample).collect()
}

fn error(path: &Path, what: &'static str, cause: io::Error) -> RecordingError {
    RecordingError::Tries { path: path.to_owned(), what, cause }
}

impl SentRequests {
    /// The requests in the file, with their tries, in the order of its lines; `None` where there is no file. A last line
    /// that is cut off was never sent.
    fn read(&self) -> Result<Option<Vec<(SampleAddress, u32)>>, RecordingError> {
        let text = match place::read_recording(&self.path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(self.error("read", cause)),
        };
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().enumerate().map(|(at, line)| {
            let line = line.split_once(' ').and_then(|(id, lost)| Some((address(id)?, lost.parse().ok()?)));
            line.ok_or(at + 1)
        });
        lines.collect::<Result<Vec<_>, _>>().map(Some).map_err(|line| {
            let cause = format!("line {line} does not say which request was sent");
            self.error("read", io::Error::new(ErrorKind::InvalidData, cause))
        })
    }

    fn add(&mut self, address: SampleAddress, lost: u32) -> Result<(), RecordingError> {
        let file = match self.file.take() {
            Some(file) => Ok(file),
            None => place::check(&self.path)
                .and_then(|()| OpenOptions::new().append(true).create(true).open(&self.path)),
        };
        let line = format!("{} {lost}\n", request_id(address));
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()).map(|()| file));
        self.file = Some(written.map_err(|cause| self.error("written", cause))?);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), RecordingError> {
        self.file = None;
        remove(&self.path).map_err(|cause| self.error("removed", cause))
    }

    fn error(&self, what: &'static str, cause: io::Error) -> RecordingError {
        error(&self.path, what, cause)
    }
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
    fn damage_is_told_and_nothing_is_taken_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::new(folder.path().join("T1.jsonl"));
        for (name, text) in [
            ("T1.sent", "x 1\n"),
            ("T1.sent", "\u{fffd}\n"),
            ("T1.lost.json", "[{"),
            ("T1.lost.json", "[{\"lost\": 1, \"ids\": [\"x\"]}]"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("written");
            let error = LostTries::read(&recording).expect_err(text).to_string();
            assert!(error.contains(&format!("{name} cannot be read: ")), "{error}");
            std::fs::remove_file(folder.path().join(name)).expect("removed");
        }
    }
}
