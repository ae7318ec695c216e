//! The store: recordings shared by machines without a common disk.
//!
//! `<store>/<model>/<task>/<hash>.jsonl` is a part of a recording. It is named by the hash of its content and
//! never written again, so that no machine can overwrite what another has put there. Parts are read like merged
//! recordings (see [`Samples`](crate::recording::samples::Samples)).
//!
//! Only the recording on disk is replayed. Each process looks into the store once per recording, when something
//! is missing on disk; a machine that has everything never connects. New responses are put into the store every
//! [`PART`] responses, and when the run ends. If the store cannot be read, the test fails, since asking again
//! would cost money. If it cannot be written, the test does not fail, since the responses are on disk, and the
//! next run that asks puts the missing ones there. Lost tries of samples without a response are shared, too ([`tries`]).

mod tries;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, RetryConfig};
use once_cell::sync::OnceCell;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Mode, SampleError, Sampler, SamplingUnit, ask, hold};
use crate::config::StoreLocation;
use crate::ground::diagnostic::secret::without_queries;
use crate::ground::text::one_line;
use crate::provider::choose_crypto;
use crate::recording::line::Rank;
use crate::recording::lines::{RecordingLine, RecordingLines};
use crate::recording::lost_tries::{self, TriesOfSamples};
use crate::recording::{Recording, place};

/// How many new responses make a part worth a request.
const PART: usize = 100;
/// The approximate size of the largest part that is written, in bytes.
const LARGEST_PUT: usize = 16 << 20;
/// The size of the largest part that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// How many parts are read at the same time.
const AT_A_TIME: usize = 8;

/// A store, which is connected to when it is first used.
#[derive(Debug)]
pub(super) struct Store {
    place: StoreLocation,
    remote: OnceCell<Remote>,
    /// The shelves, by the path of the recording on disk.
    shelves: Mutex<HashMap<PathBuf, Arc<Mutex<Shelf>>>>,
}

#[derive(Debug, Clone)]
struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
}

/// The parts of one recording.
#[derive(Debug, Default)]
struct Shelf {
    model: String,
    task: String,
    pulled: bool,
    /// The names of the parts that have been read or written.
    seen: HashSet<String>,
    /// The ranks of the lines in those parts.
    known: HashSet<Rank>,
    /// The number of new responses that are not in the store yet.
    pending: usize,
    /// The number of new responses at which the next part is tried, after a failure.
    next: usize,
    /// The lost tries that the store knows of.
    tries: TriesOfSamples,
}

/// The parts of a shelf that have not been seen, each with its address.
#[derive(Debug, Default)]
struct UnseenParts {
    /// Those with recorded lines.
    lines: Vec<(PathBuf, Vec<u8>)>,
    /// Those with lost tries.
    tries: Vec<(PathBuf, Vec<u8>)>,
}

impl Sampler {
    /// Adds to `recording` what the store has of it, unless this process has already looked.
    pub(super) fn pull(&self, unit: &SamplingUnit<'_>, recording: &mut Recording) -> Result<(), SampleError> {
        let Some(store) = self.shared() else { return Ok(()) };
        let shelf = store.shelf(unit, recording.path());
        let mut shelf = hold(&shelf);
        if shelf.pulled {
            return Ok(());
        }
        let parts = store.look(&mut shelf, self.mode != Mode::Replay)?;
        let mut lines = Vec::new();
        for (path, bytes) in &parts.lines {
            lines.extend(whole(path, bytes)?);
        }
        store.know(&mut shelf, &parts.tries)?;
        recording.refresh()?;
        if recording.lacks(&lines) {
            let mut locked = recording.lock()?;
            locked.adopt(&lines)?;
            locked.settle()?;
        }
        // After the answers: of samples that have one, nothing is noted. Who asks nothing needs none of it.
        if self.may_record() {
            lost_tries::take_over(recording, &shelf.tries)?;
        }
        shelf.known.extend(lines.iter().map(|line| line.recorded.rank));
        shelf.pulled = true;
        Ok(())
    }

    /// Notes that `asked` responses were recorded, and puts them into the store when there are enough.
    pub(super) fn push(&self, unit: &SamplingUnit<'_>, recording: &Recording, asked: usize) {
        let Some(store) = self.shared().filter(|_| asked > 0) else { return };
        let shelf = store.shelf(unit, recording.path());
        let mut shelf = hold(&shelf);
        shelf.pending += asked;
        if shelf.pending >= shelf.next.max(PART) && store.put(&mut shelf, recording.path()).is_err() {
            // The problem may pass. The run's end tries again, and reports it.
            shelf.next = 2 * shelf.pending;
        }
    }

    /// Ends a run: puts into the store what is not there yet.
    ///
    /// # Errors
    /// Returns an error for each recording whose responses could not be put there. They are still on disk.
    pub fn finish(&self) -> Result<(), Vec<SampleError>> {
        let Some(store) = &self.store else { return Ok(()) };
        let shelves: Vec<_> =
            hold(&store.shelves).iter().map(|(path, shelf)| (path.clone(), Arc::clone(shelf))).collect();
        let put = |(path, shelf): (PathBuf, Arc<Mutex<Shelf>>)| {
            let mut shelf = hold(&shelf);
            let lines = if shelf.pending > 0 { store.put(&mut shelf, &path) } else { Ok(()) };
            // Tries may be lost where no response came at all.
            let tries = |()| if self.may_record() { store.put_tries(&mut shelf, &path) } else { Ok(()) };
            lines.and_then(tries).err()
        };
        let failed: Vec<SampleError> = shelves.into_iter().filter_map(put).collect();
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    /// Returns the store, except in a live run, whose responses are not shared.
    fn shared(&self) -> Option<&Store> {
        self.store.as_ref().filter(|_| self.mode != Mode::Live)
    }
}

impl Store {
    pub(super) fn new(place: &StoreLocation) -> Store {
        Store { place: place.clone(), remote: OnceCell::new(), shelves: Mutex::default() }
    }

    fn shelf(&self, unit: &SamplingUnit<'_>, path: &Path) -> Arc<Mutex<Shelf>> {
        let new = || {
            let (model, task) = (unit.model.name.clone(), unit.task.id.clone());
            Arc::new(Mutex::new(Shelf { model, task, ..Shelf::default() }))
        };
        Arc::clone(hold(&self.shelves).entry(path.to_owned()).or_insert_with(new))
    }

    /// Reads the parts that have not been seen.
    fn look(&self, shelf: &mut Shelf, may_create: bool) -> Result<UnseenParts, SampleError> {
        let remote = self.remote(may_create)?;
        let folder = remote.prefix.clone().join(shelf.model.as_str()).join(shelf.task.as_str());
        let runtime = ask::runtime().map_err(SampleError::Runtime)?;
        let parts = runtime.block_on(self.read(remote, folder, &shelf.seen))?;
        shelf.seen.extend(parts.iter().map(|(name, _)| name.clone()));
        let mut found = UnseenParts::default();
        for (name, bytes) in parts {
            let path = PathBuf::from(self.address(shelf, &name));
            let of_tries = name.ends_with(tries::ENDING);
            (if of_tries { &mut found.tries } else { &mut found.lines }).push((path, bytes));
        }
        Ok(found)
    }

    async fn read(
        &self,
        remote: &Remote,
        folder: Key,
        seen: &HashSet<String>,
    ) -> Result<Vec<(String, Vec<u8>)>, SampleError> {
        let failed = |what, error: &object_store::Error| self.failed(what, error);
        let listed = remote.store.list_with_delimiter(Some(&folder)).await;
        let listed = listed.map_err(|error| failed("listed", &error))?;
        let slots = Arc::new(Semaphore::new(AT_A_TIME));
        let mut flying = JoinSet::new();
        for object in listed.objects {
            let name = object.location.filename().unwrap_or_default().to_owned();
            let ours = [".jsonl", tries::ENDING].iter().any(|ending| name.ends_with(ending));
            if !ours || seen.contains(&name) {
                continue;
            }
            if object.size > LARGEST {
                let cause = format!("{} has {} bytes, more than {LARGEST}", object.location, object.size);
                return Err(SampleError::Store { place: self.place.to_string(), what: "read", cause });
            }
            let (store, slots) = (Arc::clone(&remote.store), Arc::clone(&slots));
            flying.spawn(async move {
                // This fails only if the semaphore is closed, which never happens.
                let _slot = slots.acquire().await;
                let bytes = store.get(&object.location).await?.bytes().await?;
                Ok((name, bytes.to_vec()))
            });
        }
        let mut parts = Vec::new();
        while let Some(landed) = flying.join_next().await {
            match landed {
                Ok(part) => parts.push(part.map_err(|error: object_store::Error| failed("read", &error))?),
                Err(lost) => match lost.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => continue,
                },
            }
        }
        // The order does not affect what is read, but decides which damaged part is reported.
        parts.sort();
        Ok(parts)
    }

    /// Puts every line of the recording into the store that is not there yet.
    fn put(&self, shelf: &mut Shelf, recording: &Path) -> Result<(), SampleError> {
        // Other machines may have put some of these lines there, or merged them.
        let parts = self.look(shelf, true)?;
        for (path, bytes) in &parts.lines {
            shelf.known.extend(whole(path, bytes)?.iter().map(|line| line.recorded.rank));
        }
        self.know(shelf, &parts.tries)?;
        let bytes = place::read_recording(recording).map_err(|error| self.failed("written", &error))?;
        let lines = RecordingLines::new(recording, &bytes).collect::<Result<Vec<_>, _>>()?;
        let mut missing: HashMap<Rank, &[u8]> =
            lines.iter().map(|line| (line.recorded.rank, line.text)).collect();
        missing.retain(|rank, _| !shelf.known.contains(rank));
        // The order is fixed, so that two machines with the same lines make the same object.
        let mut missing: Vec<(Rank, &[u8])> = missing.into_iter().collect();
        missing.sort();
        let remote = self.remote(true)?;
        let runtime = ask::runtime().map_err(SampleError::Runtime)?;
        let mut rest = missing.as_slice();
        while !rest.is_empty() {
            let (mut text, mut count) = (Vec::new(), 0);
            for (_, line) in rest.iter().take_while(|(_, line)| {
                count += line.len() + 1;
                count <= LARGEST_PUT
            }) {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            let (now, later) = rest.split_at(text.iter().filter(|byte| **byte == b'\n').count());
            let name = format!("{}.jsonl", &blake3::hash(&text).to_hex()[..32]);
            let folder = remote.prefix.clone().join(shelf.model.as_str()).join(shelf.task.as_str());
            let key = folder.join(name.as_str());
            let done = runtime.block_on(remote.store.put(&key, text.into()));
            done.map_err(|error| self.failed("written", &error))?;
            shelf.seen.insert(name);
            shelf.known.extend(now.iter().map(|(rank, _)| *rank));
            rest = later;
        }
        (shelf.pending, shelf.next) = (0, 0);
        Ok(())
    }

    fn remote(&self, may_create: bool) -> Result<&Remote, SampleError> {
        self.remote.get_or_try_init(|| {
            let url = match &self.place {
                StoreLocation::Folder(folder) => return self.folder(folder, may_create),
                StoreLocation::Bucket(url) => url,
            };
            choose_crypto();
            // Somebody waits for this, so it gives up soon.
            let retry = RetryConfig {
                max_retries: 3,
                retry_timeout: Duration::from_secs(60),
                ..RetryConfig::default()
            };
            let store: Result<Arc<dyn ObjectStore>, _> = match url.scheme() {
                "s3" => {
                    let builder = AmazonS3Builder::from_env().with_url(url.as_str()).with_retry(retry);
                    builder.build().map(|store| Arc::new(store) as _)
                }
                "gs" => {
                    let builder =
                        GoogleCloudStorageBuilder::from_env().with_url(url.as_str()).with_retry(retry);
                    builder.build().map(|store| Arc::new(store) as _)
                }
                _ => {
                    let builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str()).with_retry(retry);
                    builder.build().map(|store| Arc::new(store) as _)
                }
            };
            let store = store.map_err(|error| self.failed("opened", &error))?;
            let prefix = Key::from_url_path(url.path()).map_err(|error| self.failed("opened", &error))?;
            Ok(Remote { store, prefix })
        })
    }

    fn folder(&self, folder: &Path, may_create: bool) -> Result<Remote, SampleError> {
        if may_create {
            std::fs::create_dir_all(folder).map_err(|error| self.failed("created", &error))?;
        }
        let store = LocalFileSystem::new_with_prefix(folder);
        let store = store.map_err(|error| self.failed("opened", &error))?;
        Ok(Remote { store: Arc::new(store), prefix: Key::default() })
    }

    fn address(&self, shelf: &Shelf, name: &str) -> String {
        format!("{}/{}/{}/{name}", self.place, shelf.model, shelf.task)
    }

    fn failed(&self, what: &'static str, error: &dyn std::error::Error) -> SampleError {
        let cause = one_line(&without_queries(&error.to_string()), 400);
        SampleError::Store { place: self.place.to_string(), what, cause }
    }
}

/// Reads the lines of a part. Parts are written whole, so a torn line means damage.
fn whole<'a>(path: &'a Path, bytes: &'a [u8]) -> Result<Vec<RecordingLine<'a>>, SampleError> {
    let mut lines = RecordingLines::new(path, bytes);
    let whole = lines.by_ref().collect::<Result<Vec<_>, _>>()?;
    if lines.is_torn() {
        let (place, cause) =
            (path.display().to_string(), "its last line is cut off: delete that line".to_owned());
        return Err(SampleError::Store { place, what: "used", cause });
    }
    Ok(whole)
}
