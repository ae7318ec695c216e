//! Batches of Google's Gemini API (<https://ai.google.dev/gemini-api/docs/batch-api>,
//! <https://ai.google.dev/api/batch-api>, <https://ai.google.dev/api/files>; read 2026-11-26): a file of requests is
//! uploaded, a batch is made from it, and another file holds the answers and errors. Vertex AI does not have this.

use serde_json::{Value, json};

use super::batch::{self, KeepResult, MOST_PAGES};
use super::error_body;
use super::gemini::Gemini;
use super::{
    AskError, BatchFuture, BatchLookup, BatchProgress, Batches, EndedBatch, LostBatch, RedactedResponse,
    Request,
};

/// The most requests of one batch, and bytes of its file, for which Google allows far more (2 GB).
const MOST: (usize, usize) = (50_000, 200_000_000);

impl Gemini {
    /// Returns an address of the API, below its version, which comes before `models/ID:method`.
    fn below(&self, before: &[&str], path: &[&str]) -> reqwest::Url {
        let parts = self.server.parts();
        let version = parts.len().checked_sub(3).map_or("v1beta", |at| parts[at].as_str());
        self.server.place(3, &[before, &[version], path].concat())
    }

    /// Returns the id in a name such as `batches/ID`, which begins with `kind`.
    fn id(&self, name: Option<&Value>, kind: &str, of: &str) -> Result<String, AskError> {
        let name = name.and_then(Value::as_str).and_then(|name| name.strip_prefix(kind));
        batch::id(&self.server, name.map(|name| json!(name)).as_ref(), of)
    }

    async fn submitted(&self, entries: &[String], mark: &str) -> Result<String, AskError> {
        let mut file = entries.join("\n").into_bytes();
        file.push(b'\n');
        let heard = self.server.resumable(self.below(&["upload"], &["files"]), mark, file).await?;
        let name = heard.body.get("file").and_then(|file| file.get("name"));
        let name = format!("files/{}", self.id(name, "files/", "the file")?);
        let batch = json!({ "batch": { "displayName": mark, "inputConfig": { "fileName": name } } });
        let parts = self.server.parts();
        let model = parts.last().and_then(|last| last.split_once(':')).map_or("", |(model, _)| model);
        let url = self.server.place(1, &[&format!("{model}:batchGenerateContent")]);
        let heard = self.server.upload(url, "application/json", batch.to_string().into_bytes()).await?;
        self.id(heard.body.get("name"), "batches/", "the batch")
    }

    async fn found(&self, lost: &LostBatch<'_>) -> Result<BatchLookup, AskError> {
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut url = self.below(&[], &["batches"]);
            url.query_pairs_mut()
                .append_pair("pageSize", "100")
                .extend_pairs(token.as_deref().map(|token| ("pageToken", token)));
            let page = match self.server.get(url).await {
                Err(error) if batch::no_lists(&error) => return Ok(BatchLookup::Unknown),
                page => page?.body,
            };
            // If there are no more batches, the response has no list.
            let list = page.get("operations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let marked = |batch: &&Value| {
                let name = batch.get("metadata").and_then(|metadata| metadata.get("displayName"));
                name.and_then(Value::as_str) == Some(lost.mark)
            };
            if let Some(batch) = list.iter().find(marked) {
                return Ok(BatchLookup::Batch(self.id(batch.get("name"), "batches/", "the batch")?));
            }
            token = page.get("nextPageToken").and_then(Value::as_str).map(str::to_owned);
            if token.as_ref().is_none_or(String::is_empty) {
                return Ok(BatchLookup::Nowhere);
            }
        }
        Ok(BatchLookup::Unknown)
    }

    async fn stands(&self, id: &str) -> Result<BatchProgress, AskError> {
        let server = &self.server;
        let body = server.get(self.below(&[], &["batches", id])).await?.body;
        let metadata = |field: &str| body.get("metadata").and_then(|metadata| metadata.get(field));
        let state = metadata("state").and_then(Value::as_str).unwrap_or_default();
        let counted = |field: &str| {
            let count = metadata("batchStats")?.get(field)?;
            count.as_u64().or_else(|| count.as_str()?.parse().ok())
        };
        let done = || -> u64 {
            ["successfulRequestCount", "failedRequestCount"].into_iter().filter_map(counted).sum()
        };
        match state.trim_start_matches("BATCH_STATE_").trim_start_matches("JOB_STATE_") {
            "PENDING" | "QUEUED" | "RUNNING" => Ok(BatchProgress::Running { done: done() }),
            "SUCCEEDED" | "CANCELLED" | "EXPIRED" => {
                let places = [body.get("response"), metadata("output")].into_iter().flatten();
                let mut files = places.filter_map(|place| place.get("responsesFile"));
                let file =
                    files.next().map(|file| self.id(Some(file), "files/", "the results")).transpose()?;
                let files = file.into_iter().collect();
                Ok(BatchProgress::Ended(EndedBatch { files, ..EndedBatch::default() }))
            }
            "FAILED" => {
                let error = body.get("error").cloned().unwrap_or_else(|| json!("no reason given"));
                let what = format!("a batch that failed ({id}): {}", server.message(&error));
                let failure = Some(server.unreadable(what, false));
                // Of Google's own codes (google.rpc.Code), those that say that the batch is none it could have begun.
                let code = error.get("code").and_then(Value::as_u64);
                let refused = done() == 0 && matches!(code, Some(3 | 5 | 7 | 8 | 9 | 11 | 16));
                Ok(BatchProgress::Ended(EndedBatch { files: Vec::new(), failure, refused }))
            }
            _ => Err(server.unreadable("a batch without a known `state`", true)),
        }
    }

    /// Reads the result of one request.
    fn result(&self, line: &Value) -> Result<RedactedResponse, AskError> {
        let field = |name: &str| line.get(name).filter(|value| !value.is_null());
        if let Some(answer) = field("response") {
            return match error_body::failed(answer.get("error")) {
                true => Err(self.server.failure(answer, None)),
                false => self.response(answer),
            };
        }
        let Some(error) = field("error").or_else(|| field("status")) else {
            return Err(self.server.unreadable("a result with neither a response nor an error", true));
        };
        let body = json!({ "error": error });
        // Without an HTTP status, the code is one of Google's own (google.rpc.Code).
        let status = error_body::status(&body).unwrap_or(match error.get("code").and_then(Value::as_u64) {
            Some(3 | 9 | 11) => 400,
            Some(16) => 401,
            Some(7) => 403,
            Some(5) => 404,
            Some(8) => 429,
            Some(14) => 503,
            Some(4) => 504,
            _ => 500,
        });
        Err(self.server.status(status, &body, None))
    }
}

impl Batches for Gemini {
    fn most(&self) -> (usize, usize) {
        MOST
    }

    fn entry(&self, id: &str, request: &Request) -> String {
        json!({ "key": id, "request": self.body(request) }).to_string()
    }

    fn submit<'a>(&'a self, entries: &'a [String], mark: &'a str) -> BatchFuture<'a, String> {
        Box::pin(self.submitted(entries, mark))
    }

    fn find<'a>(&'a self, lost: &'a LostBatch<'a>) -> BatchFuture<'a, BatchLookup> {
        Box::pin(self.found(lost))
    }

    fn poll<'a>(&'a self, id: &'a str) -> BatchFuture<'a, BatchProgress> {
        Box::pin(self.stands(id))
    }

    fn collect<'a>(&'a self, file: &'a str, keep: &'a mut KeepResult<'a>) -> BatchFuture<'a, ()> {
        Box::pin(async move {
            let each = |line: &[u8]| {
                let (id, line) = batch::line(&self.server, line, "key")?;
                Ok(keep(&id, line.and_then(|line| self.result(&line))))
            };
            let mut url = self.below(&["download"], &["files", &format!("{file}:download")]);
            url.query_pairs_mut().append_pair("alt", "media");
            self.server.lines(url, each).await
        })
    }
}
