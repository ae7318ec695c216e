//! Asks through a provider's batch endpoint: requests are handed over, and a later run of the same command
//! collects the answers.
//!
//! All of it happens under the recording's lock, in steps between any two of which the process may be
//! killed without an answer being lost or a question asked twice: that a batch is going to be submitted
//! is written down before it is, its id when it is known, and it is only forgotten when all its answers
//! are recorded. A batch whose id was never written is looked for at the provider. A result says itself
//! which sample it is of, so that reading results again adds nothing. From the moment a batch is taken, its answers
//! count as lost until they come, whatever becomes of it.

mod outcome;
mod submit;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::lane::{LONGEST_WAIT, Lane};
use super::ledger::Ledger;
use super::pace::backoff;
use super::turns::TurnPass;
use super::{Pace, Reason, SampleError, hold};
use crate::provider::{
    AskError, BatchFuture, BatchLookup, BatchProgress, Batches, EndedBatch, LostBatch, Wire,
};
use crate::recording::locked::Locked;
use crate::recording::lost_tries::LostTries;
use crate::recording::pending::{Batch, PendingBatches, Refused, address, request_id};

/// How long a process waits before it asks about a batch again, since many tests wait for the same one.
const SOON: Duration = Duration::from_secs(30);

/// Running batches by their ids: when they were asked about, and how many requests were done.
pub(super) type RunningBatches = Mutex<HashMap<String, (Instant, u64)>>;

/// Asks one turn of some questions of a unit through a batch endpoint.
pub(super) struct Batcher<'a> {
    pub pass: &'a TurnPass<'a>,
    pub wire: Arc<dyn Wire>,
    pub lane: Arc<Lane>,
    pub ledger: &'a Ledger,
    pub pace: Pace,
    pub running: &'a RunningBatches,
}

/// The state of the unit while its batches are collected and submitted.
struct OpenBatches<'d, 'l> {
    locked: &'d mut Locked<'l>,
    pending: PendingBatches,
    refused: Refused,
    tries: LostTries,
    /// The questions without a response, by the ids of their requests.
    wanted: HashMap<String, usize>,
    reasons: HashMap<usize, Reason>,
    /// How often a request that is to be asked again will have been asked.
    rounds: HashMap<String, usize>,
    /// Batches that have been collected just now.
    collected: Vec<String>,
    /// Why nothing is submitted any more, if that is so.
    stop: Option<Reason>,
    /// The number of responses that have been collected.
    came: usize,
}

/// What became of a batch that had not been collected.
enum BatchState {
    /// Its questions have no answer yet.
    Waits(Reason),
    /// It is collected, or never was.
    Over,
}

impl Batcher<'_> {
    /// Collects what has been answered and submits what has not been asked. Returns the places without
    /// a response, each with the reason, and how many responses came.
    pub(super) async fn ask(
        &self,
        locked: &mut Locked<'_>,
    ) -> Result<(Vec<(usize, Reason)>, usize), SampleError> {
        let (places, addresses) = (self.pass.places.clone(), &self.pass.addresses);
        let path = locked.recording().path().to_owned();
        let (pending, refused) = (PendingBatches::read(&path)?, Refused::read(&path)?);
        let tries = LostTries::read(locked.recording())?;
        let Some(batches) = self.wire.batches() else {
            let none = Reason::Batch("its provider has no batch endpoint: remove `batch`".to_owned());
            return Ok((places.into_iter().map(|place| (place, none.clone())).collect(), 0));
        };
        let mut desk = OpenBatches {
            wanted: places.iter().map(|place| (request_id(addresses[*place]), *place)).collect(),
            locked,
            pending,
            refused,
            tries,
            reasons: HashMap::new(),
            rounds: HashMap::new(),
            collected: Vec::new(),
            stop: self.lane.stopped().map(Reason::Stopped),
            came: 0,
        };
        // These batches are left over from a run that was killed after their last answer was recorded.
        let recording = desk.locked.recording();
        let open = |id: &String| address(id).is_none_or(|address| !recording.has(&address));
        let before = desk.pending.batches.len();
        desk.pending.batches.retain(|batch| batch.ids().any(open));
        if desk.pending.batches.len() < before {
            desk.pending.write()?;
        }
        desk.count_taken()?;
        let mut at = 0;
        while let Some(batch) = desk.pending.batches.get(at) {
            let ours: Vec<usize> = batch.ids().filter_map(|id| desk.wanted.get(id).copied()).collect();
            if ours.is_empty() {
                // The batch has other forms or wordings, and is left to those who want them.
                at += 1;
                continue;
            }
            if let BatchState::Waits(reason) = self.visit(batches, &mut desk, at).await? {
                desk.reasons.extend(ours.into_iter().map(|place| (place, reason.clone())));
                at += 1;
            }
        }
        let absent = |place: &usize| !desk.locked.recording().has(&addresses[*place]);
        let open: Vec<usize> = places
            .iter()
            .copied()
            .filter(|place| absent(place) && !desk.reasons.contains_key(place))
            .collect();
        self.submit(batches, &mut desk, open).await?;
        let missing = places.into_iter().filter_map(|place| Some((place, desk.reasons.remove(&place)?)));
        Ok((missing.collect(), desk.came))
    }

    /// Finds out about the batch at `at`, and collects it if it has ended.
    async fn visit(
        &self,
        batches: &dyn Batches,
        desk: &mut OpenBatches<'_, '_>,
        at: usize,
    ) -> Result<BatchState, SampleError> {
        let batch = desk.pending.batches[at].clone();
        let file = desk.pending.path().display().to_string();
        let id = match &batch.id {
            Some(id) => id.clone(),
            None => match self.find(batches, desk, &batch).await {
                Ok(BatchLookup::Batch(id)) => {
                    desk.pending.batches[at].id = Some(id.clone());
                    desk.pending.write()?;
                    desk.count_taken()?;
                    id
                }
                Ok(BatchLookup::Nowhere) => {
                    desk.pending.batches.remove(at);
                    desk.pending.write()?;
                    return Ok(BatchState::Over);
                }
                Ok(BatchLookup::Perhaps(id)) => {
                    return Ok(BatchState::Waits(Reason::Batch(format!(
                        "a run ended while it was submitting a batch ({}). It may be {id}, which is not known until that batch ends: run the same command again later",
                        since(&batch)
                    ))));
                }
                Ok(BatchLookup::Unknown) => {
                    return Ok(BatchState::Waits(Reason::Batch(format!(
                        "a run ended while it was submitting a batch ({}), and the provider does not list batches: check with the provider whether it was accepted. If it was, put its id into {file}; if not, delete its entry there, and it is submitted again",
                        since(&batch)
                    ))));
                }
                Err(error) => return Ok(self.fails(desk, &batch, error)),
            },
        };
        let lately = hold(self.running).get(&id).copied().filter(|(asked, _)| asked.elapsed() < SOON);
        let progress = match lately {
            Some((_, done)) => Ok(BatchProgress::Running { done }),
            None => self.patiently(|| batches.poll(&id)).await,
        };
        match progress {
            Ok(BatchProgress::Running { done }) => {
                if lately.is_none() {
                    hold(self.running).insert(id, (Instant::now(), done));
                }
                let (since, all) = (since(&batch), batch.len());
                Ok(BatchState::Waits(Reason::Pending { since, done: done.min(all), all }))
            }
            Ok(BatchProgress::Ended(ended)) => self.collect(batches, desk, at, ended).await,
            Err(error @ AskError::Status { status: 404, .. }) => {
                Ok(BatchState::Waits(Reason::Batch(format!(
                    "{error}: the batch {id} no longer exists, or it belongs to another account: delete its entry in {file} to have it submitted again, after answers that count as lost"
                ))))
            }
            Err(error) => Ok(self.fails(desk, &batch, error)),
        }
    }

    /// Looks for a batch whose id is not known.
    async fn find(
        &self,
        batches: &dyn Batches,
        desk: &OpenBatches<'_, '_>,
        batch: &Batch,
    ) -> Result<BatchLookup, AskError> {
        let others = desk.pending.batches.iter().filter_map(|other| other.id.as_ref());
        let known: Vec<String> = others.chain(&batch.after).cloned().collect();
        let ids: HashSet<&str> = batch.ids().map(String::as_str).collect();
        let holds = |id: &str| ids.contains(id);
        let (mark, requests, since) = (batch.mark.as_str(), batch.len(), batch.since());
        let lost = LostBatch { mark, requests, since, known: &known, holds: &holds };
        self.patiently(|| batches.find(&lost)).await
    }

    /// Records the answers of a batch that has ended, and then forgets it.
    async fn collect(
        &self,
        batches: &dyn Batches,
        desk: &mut OpenBatches<'_, '_>,
        at: usize,
        ended: EndedBatch,
    ) -> Result<BatchState, SampleError> {
        let batch = desk.pending.batches[at].clone();
        let (failures, stop) = desk.record(batches, &batch, &ended).await?;
        // The answers must be on the disk before the batch is forgotten.
        desk.locked.settle()?;
        if let Some(error) = stop {
            return Ok(self.fails(desk, &batch, error));
        }
        desk.lacks(&batch, &failures, &ended, self.pace.retries)?;
        desk.pending.batches.remove(at);
        desk.pending.write()?;
        desk.collected.extend(batch.id);
        Ok(BatchState::Over)
    }

    /// Handles a failure to find out about a batch: its questions wait, and nothing more is submitted.
    fn fails(&self, desk: &mut OpenBatches<'_, '_>, batch: &Batch, error: AskError) -> BatchState {
        if !error.may_pass() {
            self.lane.stop(&error);
        }
        let reason = Reason::Batch(format!(
            "{error}: the result of the batch of {} is not known yet; to give it up, after which its answers count as lost, delete its entry in {}",
            since(batch),
            desk.pending.path().display()
        ));
        // A provider that does not answer this will not take a batch either.
        desk.stop.get_or_insert(Reason::Stopped(error));
        BatchState::Waits(reason)
    }

    /// Sends a request that can safely be repeated, and tries again while that may help.
    async fn patiently<'d, T>(&self, once: impl Fn() -> BatchFuture<'d, T>) -> Result<T, AskError> {
        let mut failures = 0;
        loop {
            let error = match once().await {
                Err(error) if error.may_pass() => error,
                done => return done,
            };
            failures += 1;
            let wait = error.retry_after().unwrap_or_default();
            let pause = backoff(failures, self.pace.pause, &self.pace).max(wait);
            let left = self.ledger.time_left().ok().flatten();
            if failures > self.pace.retries || wait > LONGEST_WAIT || left.is_some_and(|left| pause >= left) {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// `2026-11-24 19:40 UTC`
fn since(batch: &Batch) -> String {
    batch.since().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
