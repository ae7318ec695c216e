//! Batch endpoints: many requests are handed over at once, and answered within a day at a lower price.
//!
//! This file holds what is the same for all providers. Which requests are in which batch, and what becomes of
//! the answers, is up to [`asking`](crate::asking).

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde_json::Value;

use super::body::without_mark;
use super::http::{MOST_MESSAGE, Server};
use super::{AskError, RedactedResponse, Request, strict};

/// A future that a trait object can return.
pub(crate) type BatchFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, AskError>> + 'a>>;

/// A function that takes one result, with the id of its request. It returns false if no more are wanted.
pub(crate) type KeepResult<'a> = dyn FnMut(&str, Result<RedactedResponse, AskError>) -> bool + 'a;

/// The batch endpoint of one model's provider. Failed calls are not tried again.
pub trait Batches: Send + Sync {
    /// Returns how many requests one batch may have, and how many bytes their [`entries`](Self::entry) together.
    fn most(&self) -> (usize, usize);

    /// Returns a request as one line of JSON. Its id has at most 64 characters: letters, digits, `-` and `_`.
    fn entry(&self, id: &str, request: &Request) -> String;

    /// Submits entries as a batch, and returns the provider's id of it. `mark` is an id of our own, by which
    /// [`find`](Self::find) can find the batch.
    fn submit<'a>(&'a self, entries: &'a [String], mark: &'a str) -> BatchFuture<'a, String>;

    /// Looks for a batch whose id is not known.
    fn find<'a>(&'a self, lost: &'a LostBatch<'a>) -> BatchFuture<'a, BatchLookup>;

    /// Asks how far a batch is.
    fn poll<'a>(&'a self, id: &'a str) -> BatchFuture<'a, BatchProgress>;

    /// Reads the results in one of [`EndedBatch::files`].
    fn collect<'a>(&'a self, file: &'a str, keep: &'a mut KeepResult<'a>) -> BatchFuture<'a, ()>;
}

/// The progress of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchProgress {
    /// The batch is running. `done` counts its finished requests; some providers only count at the end.
    Running {
        done: u64,
    },
    Ended(EndedBatch),
}

/// A batch that has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndedBatch {
    /// The ids of the files that hold its results.
    pub(crate) files: Vec<String>,
    /// The reason why none of its requests was answered.
    pub(crate) failure: Option<AskError>,
    /// Whether it was turned down as a whole before any of its requests was worked on.
    pub(crate) refused: bool,
}

/// A batch that may have been submitted, by a process that ended before it learned the batch's id.
pub struct LostBatch<'a> {
    /// The mark that [`Batches::submit`] was called with.
    pub(crate) mark: &'a str,
    /// The number of its requests.
    pub(crate) requests: u64,
    /// The time before which it was not submitted.
    pub(crate) since: Timestamp,
    /// The ids of other batches, which are certainly not this one.
    pub(crate) known: &'a [String],
    /// Returns whether a request with this id belongs to the batch.
    pub(crate) holds: &'a (dyn Fn(&str) -> bool + 'a),
}

/// The result of looking for a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchLookup {
    /// The batch was never submitted.
    Nowhere,
    /// The batch was found. This is its id.
    Batch(String),
    /// One of the batches that are still running may be it, for example the one with this id.
    Perhaps(String),
    /// The provider has no list of batches to look in.
    Unknown,
}

/// Reads an id that a provider gave to something. It becomes part of addresses, files and messages, so it may
/// only consist of letters, digits, `-` and `_`.
pub(super) fn id(server: &Server, value: Option<&Value>, of: &str) -> Result<String, AskError> {
    let id = value.and_then(Value::as_str).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // An id is stored, so it must not hold a key.
    match !id.is_empty() && server.redact(id) == *id && id.len() <= 120 && id.chars().all(plain) {
        true => Ok(id.to_owned()),
        false => Err(server.unreadable(format!("JSON without a usable id for {of}"), true)),
    }
}

/// Reads a line of results as JSON, with the id in its `field`. If a key in it occurs twice with different
/// values, only the result of this one request is an error.
pub(super) fn line(
    server: &Server,
    line: &[u8],
    field: &str,
) -> Result<(String, Result<Value, AskError>), AskError> {
    let bytes = without_mark(line);
    let unreadable = |what: &str, error| {
        let what = format!("a line {what}{error}");
        server.unreadable(server.line(&what, MOST_MESSAGE), true)
    };
    let (line, twice) = match strict::read_json(bytes) {
        Err(error) if error.is_data() => {
            (serde_json::from_slice(bytes), Some(unreadable("in which ", error.to_string())))
        }
        read => (read, None),
    };
    let line = line.map_err(|error| unreadable("that is not JSON: ", error.to_string()))?;
    let id = line.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((id, twice.map_or(Ok(line), Err)))
}

/// Reads the page of a list of batches that follows the batch `after`.
pub(super) async fn page(
    server: &Server,
    mut url: reqwest::Url,
    cursor: &str,
    after: Option<&str>,
) -> Result<Vec<Value>, AskError> {
    url.query_pairs_mut().append_pair("limit", "100").extend_pairs(after.map(|after| (cursor, after)));
    let mut heard = server.get(url).await?;
    match heard.body.get_mut("data").map(Value::take) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(server.unreadable("a list of batches without `data`", true)),
    }
}

/// Returns whether an error means that the server has no lists of batches.
pub(super) fn no_lists(error: &AskError) -> bool {
    matches!(error, AskError::Status { status: 404 | 405 | 501, .. })
}

/// The most pages of a list that are read.
pub(super) const MOST_PAGES: usize = 200;

/// How many seconds two clocks may differ.
pub(super) const CLOCKS: i64 = 600;
