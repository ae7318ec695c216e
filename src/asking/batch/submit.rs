//! Submits questions in batches of the size that a provider takes, each written down before it is sent.

use std::collections::HashMap;
use std::iter::Peekable;

use jiff::Timestamp;

use super::super::ask::{estimate, second};
use super::super::ledger::{Estimate, unwritable};
use super::super::{Reason, SampleError, hold};
use super::{Batcher, Instant, OpenBatches, since};
use crate::provider::{AskError, Batches, identity};
use crate::recording::pending::{Batch, PendingRequests, request_id};

impl Batcher<'_> {
    /// Submits the questions at `open`, in as many batches as it takes.
    pub(super) async fn submit(
        &self,
        batches: &dyn Batches,
        desk: &mut OpenBatches<'_, '_>,
        open: Vec<usize>,
    ) -> Result<(), SampleError> {
        if open.is_empty() {
            return Ok(());
        }
        let stop = match (desk.refusal(), desk.stop.take(), self.ledger.time_left()) {
            (Some(refusal), ..) => Some(refusal),
            (None, Some(stop), _) => Some(stop),
            (None, None, Ok(Some(left))) if left.is_zero() => Some(Reason::Budget(self.ledger.out_of_time())),
            (None, None, Ok(_)) => None,
            (None, None, Err(cause)) => Some(Reason::Budget(unwritable(&cause))),
        };
        if let Some(stop) = stop {
            desk.reasons.extend(open.into_iter().map(|place| (place, stop.clone())));
            return Ok(());
        }
        let longest = self.lane.longest_answer();
        let entries = open.into_iter().map(|place| {
            let request = self.pass.request(place);
            let entry = batches.entry(&request_id(self.pass.addresses[place]), &request);
            BatchEntry { place, estimate: estimate(self.pass.unit.model, &request, longest), text: entry }
        });
        let mut entries = entries.peekable();
        loop {
            let mut chunk = chunk(&mut entries, batches.most());
            if chunk.is_empty() {
                return Ok(());
            }
            let estimates: Vec<Estimate> = chunk.iter().map(|entry| entry.estimate).collect();
            let (allowed, over) = match self.ledger.enter_batch(self.pass.unit.model, &estimates) {
                Ok(allowed) => allowed,
                Err(cause) => (0, Some(unwritable(&cause))),
            };
            let beyond = chunk.split_off(allowed);
            let mut stop = over.map(Reason::Budget);
            if let Some(stop) = &stop {
                desk.reasons.extend(beyond.into_iter().map(|entry| (entry.place, stop.clone())));
            }
            if !chunk.is_empty() {
                stop = self.hand_over(batches, desk, chunk).await?.or(stop);
            }
            if let Some(stop) = stop {
                desk.reasons.extend(entries.map(|entry| (entry.place, stop.clone())));
                return Ok(());
            }
        }
    }

    /// Submits one batch. Returns the reason if no more should be submitted.
    async fn hand_over(
        &self,
        batches: &dyn Batches,
        desk: &mut OpenBatches<'_, '_>,
        chunk: Vec<BatchEntry>,
    ) -> Result<Option<Reason>, SampleError> {
        let (mut places, mut texts, mut estimates) = (Vec::new(), Vec::new(), Vec::new());
        for BatchEntry { place, text, estimate } in chunk {
            places.push(place);
            texts.push(text);
            estimates.push(estimate);
        }
        let batch = self.batch(desk, &places);
        let (since, all) = (since(&batch), batch.len());
        let mark = batch.mark.clone();
        desk.pending.batches.push(batch);
        desk.pending.write()?;
        let (reason, stop) = match batches.submit(&texts, &mark).await {
            Ok(id) => {
                if let Some(batch) = desk.pending.batches.last_mut() {
                    batch.id = Some(id.clone());
                }
                desk.pending.write()?;
                desk.count_taken()?;
                hold(self.running).insert(id, (Instant::now(), 0));
                (Reason::Pending { since, done: 0, all }, None)
            }
            Err(error) => {
                if !error.may_pass() {
                    self.lane.stop(&error);
                }
                let stop = Some(Reason::Stopped(error.clone()));
                if not_taken(&error) {
                    desk.pending.batches.pop();
                    desk.pending.write()?;
                    // If the refund fails, this run only ends earlier than necessary.
                    self.ledger.refund(self.pass.unit.model, &estimates).ok();
                    (Reason::Failed(error), stop)
                } else {
                    let why = format!(
                        "{error}: run the same command again to find out whether the batch was accepted"
                    );
                    (Reason::Batch(why), stop)
                }
            }
        };
        desk.reasons.extend(places.into_iter().map(|place| (place, reason.clone())));
        Ok(stop)
    }

    /// Makes the entry of a batch that is about to be submitted.
    fn batch(&self, desk: &OpenBatches<'_, '_>, places: &[usize]) -> Batch {
        let mut asked: Vec<PendingRequests> = Vec::new();
        let mut at: HashMap<(&str, &str, u32), usize> = HashMap::new();
        let mut round = 1;
        for place in places {
            let (item, form, _) = self.pass.unit.questions.place(*place);
            let (item, form) = (item.id.as_str(), form.label);
            let lost = desk.tries.of(self.pass.addresses[*place]);
            let at = *at.entry((item, form, lost)).or_insert_with(|| {
                let (item, form, turn) = (item.to_owned(), form.to_owned(), self.pass.turn);
                let lost = Some(lost).filter(|lost| *lost > 0);
                asked.push(PendingRequests { item, form, turn, lost, ids: Vec::new() });
                asked.len() - 1
            });
            let id = request_id(self.pass.addresses[*place]);
            round = round.max(desk.rounds.get(&id).copied().unwrap_or(1));
            asked[at].ids.push(id);
        }
        let now = Timestamp::now();
        let first = places.first().map(|place| request_id(self.pass.addresses[*place])).unwrap_or_default();
        let unique = format!("{first} {} {}", now.as_nanosecond(), std::process::id());
        let mark = blake3::hash(unique.as_bytes()).to_hex()[..32].to_owned();
        let provider = identity(self.pass.unit.model)["provider"].as_str().unwrap_or_default().to_owned();
        let submitted = second().unwrap_or_else(|| now.to_string());
        Batch { id: None, mark, provider, submitted, round, after: desk.collected.clone(), asked }
    }
}

/// A request that is to go into a batch.
struct BatchEntry {
    place: usize,
    estimate: Estimate,
    text: String,
}

/// Takes as many of the next entries as fit into one batch, in number and bytes, and at least one.
fn chunk(
    entries: &mut Peekable<impl Iterator<Item = BatchEntry>>,
    (most, bytes): (usize, usize),
) -> Vec<BatchEntry> {
    let mut chunk: Vec<BatchEntry> = Vec::new();
    let mut size = 0;
    while let Some(entry) = entries.next_if(|entry| {
        // One more byte separates two entries.
        chunk.is_empty() || (chunk.len() < most && size + entry.text.len() < bytes)
    }) {
        size += entry.text.len() + 1;
        chunk.push(entry);
    }
    chunk
}

/// Returns whether a batch that failed to be submitted was certainly not accepted. After a lost connection or a
/// failure of the server, it may have been.
fn not_taken(error: &AskError) -> bool {
    match error {
        AskError::Status { status, .. } => *status < 500 && *status != 408,
        error => error.costs_nothing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_so_many_and_so_many_bytes() {
        let entry =
            |(place, size)| BatchEntry { place, estimate: Estimate::default(), text: "x".repeat(size) };
        let sizes = |list: &[usize], most| {
            let mut entries = list.iter().copied().enumerate().map(entry).peekable();
            let chunks =
                std::iter::from_fn(|| Some(chunk(&mut entries, most)).filter(|chunk| !chunk.is_empty()));
            chunks.map(|chunk| chunk.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[1; 7], (3, 100)), [3, 3, 1]);
        assert_eq!(sizes(&[9, 9, 9, 4, 5], (10, 20)), [2, 2, 1]);
        // The provider will reject an entry that is too large.
        assert_eq!(sizes(&[50, 1, 1], (10, 20)), [1, 2]);
        assert_eq!(sizes(&[], (10, 20)), [0; 0]);
    }
}
