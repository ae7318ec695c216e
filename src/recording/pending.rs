//! The requests of a task that are in batches: `<task>.batch.json` beside the recording, read and written under
//! its lock. `<task>.refused.json` lists what a provider will not answer.
//!
//! A file is replaced as a whole, so that a killed process leaves the old or the new one. It holds ids and
//! times, but no answers.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::QuestionKey;
use super::line::Turn;
use super::place;
use super::{RecordingError, SampleAddress};
use crate::ground::replace::replace_durably;

/// The largest list beside a recording, in bytes: more than four million ids of requests.
pub(super) const MOST_LIST: u64 = 256 << 20;

/// The batches of one task that have not been collected.
#[derive(Debug)]
pub(crate) struct PendingBatches {
    path: PathBuf,
    pub batches: Vec<Batch>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// The provider's id of the batch; `None` until the provider has confirmed that it was submitted.
    pub id: Option<String>,
    /// The mark by which alignspec recognizes the batch before its id is known.
    pub mark: String,
    pub provider: String,
    /// When the batch was submitted, in UTC.
    pub submitted: String,
    /// How often the request in the batch that was asked most often has been asked, this time included.
    pub round: usize,
    /// The ids of earlier batches that had some of the same requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    pub asked: Vec<PendingRequests>,
}

/// Requests for samples of one item in one form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Asked")]
pub(crate) struct PendingRequests {
    pub item: String,
    pub form: String,
    #[serde(default, skip_serializing_if = "Turn::is_first")]
    pub turn: Turn,
    /// The tries for each of them whose answers were lost before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u32>,
    /// The ids of the requests, as [`request_id`] writes them.
    pub ids: Vec<String>,
}

impl Batch {
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.asked.iter().flat_map(|asked| &asked.ids)
    }

    /// Returns the ids of the requests, each with the tries that were lost before.
    pub(crate) fn tries(&self) -> impl Iterator<Item = (&String, u32)> {
        self.asked.iter().flat_map(|asked| asked.ids.iter().map(|id| (id, asked.lost.unwrap_or(0))))
    }

    /// Returns when the batch was submitted, or a time long ago if the file does not say.
    pub(crate) fn since(&self) -> Timestamp {
        self.submitted.parse().unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) fn len(&self) -> u64 {
        self.asked.iter().map(|asked| asked.ids.len() as u64).sum()
    }
}

impl PendingBatches {
    /// Reads the list of pending batches of the task that is recorded in `recording`.
    pub(crate) fn read(recording: &Path) -> Result<PendingBatches, RecordingError> {
        let path = recording.with_extension("batch.json");
        let batches = read(&path).map_err(|cause| error(&path, "read", cause))?.unwrap_or_default();
        Ok(PendingBatches { path, batches })
    }

    pub(crate) fn write(&self) -> Result<(), RecordingError> {
        write(&self.path, &self.batches).map_err(|cause| error(&self.path, "written", cause))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The requests that the provider will not answer as they are. They are listed so that they are not asked
/// again in every run.
#[derive(Debug)]
pub(crate) struct Refused {
    path: PathBuf,
    pub list: Vec<Refusal>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// Why the request was refused, in the provider's words.
    pub why: String,
    pub ids: Vec<String>,
}

impl Refused {
    pub(crate) fn read(recording: &Path) -> Result<Refused, RecordingError> {
        let path = recording.with_extension("refused.json");
        let list = read(&path).map_err(|cause| error(&path, "read", cause))?.unwrap_or_default();
        Ok(Refused { path, list })
    }

    /// Adds a request to the list, which is stored by [`write`](Self::write).
    pub(crate) fn add(&mut self, id: &str, why: &str) {
        match self.list.iter_mut().find(|refusal| refusal.why == why) {
            Some(refusal) if refusal.ids.iter().any(|known| known == id) => {}
            Some(refusal) => refusal.ids.push(id.to_owned()),
            None => self.list.push(Refusal { why: why.to_owned(), ids: vec![id.to_owned()] }),
        }
    }

    pub(crate) fn write(&self) -> Result<(), RecordingError> {
        write(&self.path, &self.list).map_err(|cause| error(&self.path, "written", cause))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns the id of the request for a sample. It is always the same, and says where the answer belongs.
pub(crate) fn request_id((key, sample): SampleAddress) -> String {
    format!("{key}-{sample}")
}

/// Reads an id that [`request_id`] wrote.
pub(crate) fn address(id: &str) -> Option<SampleAddress> {
    let (key, sample) = id.split_once('-')?;
    let address = (QuestionKey::read(key)?, sample.parse().ok()?);
    // Only one spelling of an id is accepted.
    (request_id(address) == id).then_some(address)
}

fn error(path: &Path, what: &'static str, cause: io::Error) -> RecordingError {
    RecordingError::Batches { path: path.to_owned(), what, cause }
}

/// Reads a list beside a recording; `None` where there is none.
fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match place::read_beside(path, MOST_LIST) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// Nothing is no file.
fn write<T: Serialize>(path: &Path, list: &[T]) -> io::Result<()> {
    if list.is_empty() { remove(path) } else { replace(path, list) }
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

fn replace<T: Serialize>(path: &Path, list: &[T]) -> io::Result<()> {
    place::check(path)?;
    replace_durably(path, &[&serde_json::to_vec_pretty(list)?, b"\n"])
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::*;

    #[test]
    fn an_id_says_where_the_answer_belongs() {
        let key = Keys::new(&serde_json::Value::Null, None).key("i", "f", "p", None);
        let id = request_id((key, u32::MAX));
        assert_eq!(address(&id), Some((key, u32::MAX)));
        // Both providers accept such an id.
        assert!(id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{id}");
        let upper = request_id((key, 1)).to_uppercase();
        for other in ["", "-", "x-1", &format!("{key}"), &format!("{key}-01"), &format!("{key}-+1"), &upper] {
            assert_eq!(address(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = folder.path().join("T2.jsonl");
        let mut pending = PendingBatches::read(&recording).expect("none");
        let asked = PendingRequests {
            item: "i".to_owned(),
            form: "f".to_owned(),
            turn: Turn::First,
            lost: Some(1),
            ids: vec!["a-1".to_owned()],
        };
        let (mark, provider, submitted) =
            ("m".to_owned(), "openai".to_owned(), "2026-11-24T19:40:00Z".to_owned());
        pending.batches.push(Batch {
            id: None,
            mark,
            provider,
            submitted,
            round: 1,
            after: Vec::new(),
            asked: vec![asked],
        });
        pending.write().expect("written");
        assert_eq!(PendingBatches::read(&recording).expect("read").batches, pending.batches);
        let only = || std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(only(), 1);
        std::fs::write(pending.path(), "[{").expect("written");
        let error = PendingBatches::read(&recording).expect_err("torn").to_string();
        assert!(error.contains("T2.batch.json cannot be read: ") && error.contains("restore it"), "{error}");
        pending.batches.clear();
        pending.write().expect("removed");
        pending.write().expect("nothing to remove");
        assert_eq!(only(), 0);
    }

    #[test]
    fn refusals_are_kept_by_reason() {
        let mut refused = Refused { path: PathBuf::new(), list: Vec::new() };
        for (id, why) in [("a", "x"), ("b", "y"), ("c", "x"), ("a", "x")] {
            refused.add(id, why);
        }
        assert_eq!((refused.list.len(), refused.list[0].ids.len()), (2, 2));
    }
}
