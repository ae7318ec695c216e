//! Anthropic's Message Batches (<https://docs.claude.com/en/docs/build-with-claude/batch-processing>,
//! <https://docs.claude.com/en/api/creating-message-batches>,
//! <https://docs.anthropic.com/en/api/listing-message-batches>): requests are posted in one body, and the
//! results are one file of lines.
//!
//! Results are read at an address made from the batch's id and not at the `results_url` that it names, so that
//! the key is sent nowhere else.

use std::cell::Cell;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::anthropic::Messages;
use super::batch::{self, CLOCKS, KeepResult, MOST_PAGES, page};
use super::error_body::filtered;
use super::{
    AskError, BatchFuture, BatchLookup, BatchProgress, Batches, EndedBatch, LostBatch, RedactedResponse,
    Request,
};

/// The most requests of one batch, and bytes of its body: the limit of 256 MB, less some room for the frame.
const MOST: (usize, usize) = (100_000, 255_900_000);

impl Batches for Messages {
    fn most(&self) -> (usize, usize) {
        MOST
    }

    fn entry(&self, id: &str, request: &Request) -> String {
        json!({ "custom_id": id, "params": self.body(request) }).to_string()
    }

    fn submit<'a>(&'a self, entries: &'a [String], _mark: &'a str) -> BatchFuture<'a, String> {
        Box::pin(async move {
            let body = format!("{{\"requests\":[{}]}}", entries.join(",")).into_bytes();
            let heard =
                self.server.upload(self.server.place(0, &["batches"]), "application/json", body).await?;
            batch::id(&self.server, heard.body.get("id"), "the batch")
        })
    }

    /// A batch cannot be marked. It is recognized by the ids of its requests, which only its results show.
    /// Until then, any batch of the same size and time may be it.
    fn find<'a>(&'a self, lost: &'a LostBatch<'a>) -> BatchFuture<'a, BatchLookup> {
        Box::pin(async move {
            let (mut after, mut running): (Option<String>, _) = (None, None);
            for _ in 0..MOST_PAGES {
                let url = self.server.place(0, &["batches"]);
                let list = match page(&self.server, url, "after_id", after.as_deref()).await {
                    Err(error) if batch::no_lists(&error) => return Ok(BatchLookup::Unknown),
                    list => list?,
                };
                let end = || running.clone().map_or(BatchLookup::Nowhere, BatchLookup::Perhaps);
                let Some(last) = list.last() else { return Ok(end()) };
                after = Some(batch::id(&self.server, last.get("id"), "the batch")?);
                for batch in &list {
                    let made = batch.get("created_at").and_then(Value::as_str);
                    let made = made.and_then(|made| made.parse::<Timestamp>().ok());
                    // The newest batches come first.
                    if made.is_some_and(|made| made.as_second() < lost.since.as_second() - CLOCKS) {
                        return Ok(running.map_or(BatchLookup::Nowhere, BatchLookup::Perhaps));
                    }
                    let counts = batch.get("request_counts").and_then(Value::as_object);
                    let all: u64 = counts.into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
                    let id = batch::id(&self.server, batch.get("id"), "the batch")?;
                    if all != lost.requests || lost.known.contains(&id) {
                        continue;
                    }
                    if batch.get("processing_status").and_then(Value::as_str) != Some("ended") {
                        running = running.or(Some(id));
                    } else if self.first(&id).await?.is_some_and(|first| (lost.holds)(&first)) {
                        return Ok(BatchLookup::Batch(id));
                    }
                }
            }
            Ok(BatchLookup::Unknown)
        })
    }

    fn poll<'a>(&'a self, id: &'a str) -> BatchFuture<'a, BatchProgress> {
        Box::pin(async move {
            let heard = self.server.get(self.server.place(0, &["batches", id])).await?;
            let counts = heard.body.get("request_counts").and_then(Value::as_object);
            match heard.body.get("processing_status").and_then(Value::as_str) {
                Some("in_progress" | "canceling") => {
                    let done = counts.into_iter().flatten().filter(|(state, _)| *state != "processing");
                    Ok(BatchProgress::Running { done: done.filter_map(|(_, count)| count.as_u64()).sum() })
                }
                Some("ended") => {
                    let files = vec![id.to_owned()];
                    Ok(BatchProgress::Ended(EndedBatch { files, ..EndedBatch::default() }))
                }
                _ => Err(self.server.unreadable("a batch without a known `processing_status`", true)),
            }
        })
    }

    fn collect<'a>(&'a self, file: &'a str, keep: &'a mut KeepResult<'a>) -> BatchFuture<'a, ()> {
        Box::pin(async move {
            let each = |line: &[u8]| {
                let (id, line) = batch::line(&self.server, line, "custom_id")?;
                let result = line.and_then(|line| self.result(line.get("result").unwrap_or(&Value::Null)));
                Ok(keep(&id, result))
            };
            self.server.lines(self.server.place(0, &["batches", file, "results"]), each).await
        })
    }
}

impl Messages {
    /// Reads the result of one request.
    fn result(&self, result: &Value) -> Result<RedactedResponse, AskError> {
        let server = &self.server;
        match result.get("type").and_then(Value::as_str) {
            Some("succeeded") => self.response(result.get("message").unwrap_or(&Value::Null)),
            Some("errored") => {
                let body = result.get("error").unwrap_or(&Value::Null);
                if filtered(400, body) {
                    return self.response(body);
                }
                let error = body.get("error").unwrap_or(body);
                // The statuses that these errors have outside of batches.
                let status = match error.get("type").and_then(Value::as_str) {
                    Some("invalid_request_error") => 400,
                    Some("authentication_error") => 401,
                    Some("billing_error") => 402,
                    Some("permission_error") => 403,
                    Some("not_found_error") => 404,
                    Some("request_too_large") => 413,
                    Some("rate_limit_error") => 429,
                    Some("timeout_error") => 504,
                    Some("overloaded_error") => 529,
                    _ => 500,
                };
                Err(server.status(status, body, None))
            }
            Some("expired") => {
                Err(server.unreadable("a batch that expired before this request was processed", true))
            }
            Some("canceled") => {
                Err(server.unreadable("a batch that was canceled before this request was processed", true))
            }
            _ => Err(server.unreadable("a result of unknown type", true)),
        }
    }

    /// Returns the id of the first request in the results of a batch that has ended.
    async fn first(&self, batch: &str) -> Result<Option<String>, AskError> {
        let first = Cell::new(None);
        let mut keep = |id: &str, _| {
            first.set(Some(id.to_owned()));
            false
        };
        match self.collect(batch, &mut keep).await {
            // The results are no longer kept or never existed: such a batch is too old to be the one.
            Err(AskError::Status { status: 400 | 404, .. }) => Ok(None),
            read => read.map(|()| first.take()),
        }
    }
}
