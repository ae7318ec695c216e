//! What comes of a batch: its answers, and its requests without one, which are asked again or given up.

use std::collections::HashMap;

use super::super::Reason;
use super::super::ask::second;
use super::OpenBatches;
use crate::provider::{AskError, Batches, EndedBatch, RedactedResponse, Response};
use crate::recording::RecordingError;
use crate::recording::pending::{Batch, PendingRequests, address};

/// The requests of a batch that failed, by their ids.
pub(super) type Failures = HashMap<String, AskError>;

impl OpenBatches<'_, '_> {
    /// Records the answers that are in the files of a batch that has ended. Returns its failures, and why a
    /// file could not be read to its end.
    pub(super) async fn record(
        &mut self,
        batches: &dyn Batches,
        batch: &Batch,
        ended: &EndedBatch,
    ) -> Result<(Failures, Option<AskError>), RecordingError> {
        let places: HashMap<&str, &PendingRequests> = batch
            .asked
            .iter()
            .flat_map(|asked| asked.ids.iter().map(move |id| (id.as_str(), asked)))
            .collect();
        let (mut failures, mut broken, mut stop) = (Failures::new(), None, None);
        for file in &ended.files {
            let (locked, tries, came) = (&mut *self.locked, &mut self.tries, &mut self.came);
            let mut keep = |id: &str, result: Result<RedactedResponse, AskError>| {
                // What nobody asked for is no answer.
                let Some((asked, address)) = places.get(id).zip(address(id)) else { return true };
                if locked.recording().has(&address) {
                    return true;
                }
                match result {
                    Ok(response) => {
                        let response =
                            Response { at: second(), lost: asked.lost, ..response.into_response() };
                        match locked.append(&asked.item, &asked.form, address, asked.turn, response) {
                            Ok(()) => {
                                *came += 1;
                                tries.note(address, 0);
                            }
                            Err(error) => broken = Some(error),
                        }
                    }
                    Err(error) => {
                        failures.insert(id.to_owned(), error);
                    }
                }
                broken.is_none()
            };
            if let Err(error) = batches.collect(file, &mut keep).await {
                stop = Some(error);
                break;
            }
        }
        broken.map_or(Ok((failures, stop)), Err)
    }

    /// Counts the answers of all batches that the provider has taken as lost until they come.
    pub(super) fn count_taken(&mut self) -> Result<(), RecordingError> {
        for (id, lost) in
            self.pending.batches.iter().filter(|batch| batch.id.is_some()).flat_map(Batch::tries)
        {
            let open = address(id).filter(|address| !self.locked.recording().has(address));
            open.into_iter().for_each(|address| self.tries.note(address, lost.saturating_add(1)));
        }
        self.tries.settle()
    }

    /// Handles the requests of a batch that have no answer: each is asked again while that may help, and is
    /// refused after that. Where the model may have answered, that is a lost try.
    pub(super) fn lacks(
        &mut self,
        batch: &Batch,
        failures: &Failures,
        ended: &EndedBatch,
        retries: usize,
    ) -> Result<(), RecordingError> {
        let mut refused = false;
        for (id, lost) in batch.tries() {
            let Some(address) = address(id).filter(|address| !self.locked.recording().has(address)) else {
                continue;
            };
            let own = failures.get(id);
            let turned_down = own.map_or(ended.refused, |error| !error.may_have_answered());
            self.tries.note(address, lost.saturating_add(u32::from(!turned_down)));
            let failure = own.or(ended.failure.as_ref());
            let again = batch.round <= retries && failure.is_none_or(AskError::may_pass);
            if again {
                self.rounds.insert(id.clone(), batch.round + 1);
            } else {
                let why = failure.map_or("the batch has no result for it".to_owned(), AskError::to_string);
                self.refused.add(id, &why);
                refused = true;
            }
        }
        self.tries.settle()?;
        if refused {
            self.refused.write()?;
        }
        Ok(())
    }

    /// Returns why the provider will not answer one of the questions that are wanted, if there is such a
    /// question.
    pub(super) fn refusal(&self) -> Option<Reason> {
        let mut list = self.refused.list.iter();
        let refusal = list.find(|refusal| refusal.ids.iter().any(|id| self.wanted.contains_key(id)))?;
        Some(Reason::Batch(format!(
            "a request in a batch failed: {}: fix that, then delete {} to have it asked again",
            refusal.why,
            self.refused.path().display()
        )))
    }
}
