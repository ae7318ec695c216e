//! Batch endpoints: many requests handed over at once, to be answered within a day at a lower price.
//!
//! What is the same for all providers. Which requests are in which batch, and what is to become of the
//! answers, is the business of [`asking`](crate::asking).

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde_json::Value;

use super::body::without_mark;
use super::http::{MOST_MESSAGE, Server};
use super::{AskError, RedactedResponse, Request, strict};

/// A future that a trait object can return.
pub(crate) type BatchFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, AskError>> + 'a>>;

/// Takes one result, by the id of its request; false where no more are wanted.
pub(crate) type KeepResult<'a> = dyn FnMut(&str, Result<RedactedResponse, AskError>) -> bool + 'a;

/// The batch endpoint of one model's provider. Nothing is tried again.
pub trait Batches: Send + Sync {
    /// The most requests, and the most bytes of all their [`entry`](Self::entry), of one batch.
    fn most(&self) -> (usize, usize);

    /// A request under an id (letters, digits, `-` and `_`, 64 at most), as one line of JSON.
    fn entry(&self, id: &str, request: &Request) -> String;

    /// Hands entries over, and gives the provider's id of the batch. `mark` is an id of our own to
    /// [`find`](Self::find) it by.
    fn submit<'a>(&'a self, entries: &'a [String], mark: &'a str) -> BatchFuture<'a, String>;

    /// Looks for a batch whose id was never heard.
    fn find<'a>(&'a self, lost: &'a LostBatch<'a>) -> BatchFuture<'a, BatchLookup>;

    /// How far it is.
    fn poll<'a>(&'a self, id: &'a str) -> BatchFuture<'a, BatchProgress>;

    /// Reads the results in one of [`EndedBatch::files`].
    fn collect<'a>(&'a self, file: &'a str, keep: &'a mut KeepResult<'a>) -> BatchFuture<'a, ()>;
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchProgress {
    /// How many are done; a provider may only count when all are.
    Running {
        done: u64,
    },
    Ended(EndedBatch),
}

/// A batch that nothing more will come of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndedBatch {
    /// Where its results are.
    pub(crate) files: Vec<String>,
    /// Why none of it was answered.
    pub(crate) failure: Option<AskError>,
    /// Whether it was turned down as a whole before any of its requests was worked on.
    pub(crate) refused: bool,
}

/// A batch that may have been submitted: this process, or one before it, did not live to hear its id.
pub struct LostBatch<'a> {
    /// What [`Batches::submit`] was given.
    pub(crate) mark: &'a str,
    /// How many requests it has.
    pub(crate) requests: u64,
    /// It was not submitted before.
    pub(crate) since: Timestamp,
    /// Batches that are known not to be it.
    pub(crate) known: &'a [String],
    /// Whether a request's id is one of its own.
    pub(crate) holds: &'a (dyn Fn(&str) -> bool + 'a),
}

/// What came of looking for a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchLookup {
    /// It was never submitted.
    Nowhere,
    /// This is it.
    Batch(String),
    /// One of those that are still running may be it: this one, for example.
    Perhaps(String),
    /// The provider cannot be asked.
    Unknown,
}

/// An id that a provider gave to something. It becomes part of addresses, files and messages, so that
/// only what ids are made of is taken.
pub(super) fn id(server: &Server, value: Option<&Value>, of: &str) -> Result<String, AskError> {
    let id = value.and_then(Value::as_str).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // An id is kept: one that holds a key is none.
    match !id.is_empty() && server.redact(id) == *id && id.len() <= 120 && id.chars().all(plain) {
        true => Ok(id.to_owned()),
        false => Err(server.unreadable(format!("JSON without a usable id for {of}"), true)),
    }
}

/// A line of results as JSON, and the id in `field` of it. Where what it says cannot be told, that is the result of
/// its request alone.
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

/// The page of a list of batches after `after`.
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

/// Whether a failure says that there are no lists of batches here.
pub(super) fn no_lists(error: &AskError) -> bool {
    matches!(error, AskError::Status { status: 404 | 405 | 501, .. })
}

/// Lists are read up to this many pages.
pub(super) const MOST_PAGES: usize = 200;

/// Clocks may differ by so many seconds.
pub(super) const CLOCKS: i64 = 600;
