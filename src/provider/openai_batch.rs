//! OpenAI's batch endpoint for chat completions, also at Azure, and for the Responses API
//! (<https://platform.openai.com/docs/guides/batch>,
//! <https://developers.openai.com/api/reference/cli/resources/batches/methods/create/index.md>): a file of
//! requests is uploaded, a batch is made from it, and two more files hold the answers and the errors.

use std::time::Duration;

use serde_json::{Value, json};

use super::batch::{self, CLOCKS, KeepResult, MOST_PAGES, page};
use super::error_body::{self, filtered};
use super::http::Server;
use super::{
    AskError, BatchFuture, BatchLookup, BatchProgress, Batches, EndedBatch, LostBatch, RedactedResponse,
    Request,
};

/// The most requests of one batch, and bytes of its file (200 MB).
const MOST: (usize, usize) = (50_000, 200_000_000);

/// The field of a batch's metadata that holds our mark.
const MARK: &str = "alignspec";

/// The boundary between the parts of an upload. It cannot occur in a part, whose lines of JSON begin with `{`.
const BOUNDARY: &str = "alignspec-part";

/// What this endpoint needs from a wire.
pub(super) trait OpenaiBatch: Send + Sync {
    /// The path of single requests, below the version of the API.
    const PATH: &'static [&'static str];
    fn server(&self) -> &Server;
    fn body(&self, request: &Request) -> Value;
    fn response(&self, answer: &Value) -> Result<RedactedResponse, AskError>;

    /// Returns how many parts at the end of that path do not belong to the path of batches.
    fn up(&self) -> usize {
        Self::PATH.len()
    }

    /// Returns whether the server must process a file before a batch can be made from it.
    fn waits(&self) -> bool {
        false
    }

    /// Returns an address beside the one for single requests.
    fn beside(&self, path: &[&str]) -> reqwest::Url {
        self.server().place(self.up(), path)
    }

    /// Returns the path that the requests of a batch name, whatever path `base_url` has.
    fn endpoint(&self) -> String {
        format!("/v1/{}", Self::PATH.join("/"))
    }
}

impl<W: OpenaiBatch> Batches for W {
    fn most(&self) -> (usize, usize) {
        MOST
    }

    fn entry(&self, id: &str, request: &Request) -> String {
        json!({ "custom_id": id, "method": "POST", "url": self.endpoint(), "body": self.body(request) })
            .to_string()
    }

    fn submit<'a>(&'a self, entries: &'a [String], mark: &'a str) -> BatchFuture<'a, String> {
        Box::pin(async move {
            let server = self.server();
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let heard = server.upload(self.beside(&["files"]), &kind, form(entries)).await?;
            let file = batch::id(server, heard.body.get("id"), "the file")?;
            if self.waits() {
                self.is_ready(&file).await?;
            }
            let batch = json!({
                "input_file_id": file,
                "endpoint": self.endpoint(),
                "completion_window": "24h",
                "metadata": { MARK: mark },
            });
            let url = self.beside(&["batches"]);
            let heard = server.upload(url, "application/json", batch.to_string().into_bytes()).await?;
            batch::id(server, heard.body.get("id"), "the batch")
        })
    }

    fn find<'a>(&'a self, lost: &'a LostBatch<'a>) -> BatchFuture<'a, BatchLookup> {
        Box::pin(async move {
            let mut after: Option<String> = None;
            for _ in 0..MOST_PAGES {
                let list = page(self.server(), self.beside(&["batches"]), "after", after.as_deref()).await;
                let list = match list {
                    Err(error) if batch::no_lists(&error) => return Ok(BatchLookup::Unknown),
                    list => list?,
                };
                let marked = |batch: &&Value| {
                    let metadata = batch.get("metadata").and_then(|metadata| metadata.get(MARK));
                    metadata.and_then(Value::as_str) == Some(lost.mark)
                };
                if let Some(batch) = list.iter().find(marked) {
                    return Ok(BatchLookup::Batch(batch::id(self.server(), batch.get("id"), "the batch")?));
                }
                // The newest batches come first.
                let Some(last) = list.last() else { return Ok(BatchLookup::Nowhere) };
                let made = last.get("created_at").and_then(Value::as_i64);
                if made.is_some_and(|made| made < lost.since.as_second() - CLOCKS) {
                    return Ok(BatchLookup::Nowhere);
                }
                after = Some(batch::id(self.server(), last.get("id"), "the batch")?);
            }
            Ok(BatchLookup::Unknown)
        })
    }

    fn poll<'a>(&'a self, id: &'a str) -> BatchFuture<'a, BatchProgress> {
        Box::pin(async move {
            let server = self.server();
            let heard = server.get(self.beside(&["batches", id])).await?;
            let field = |name: &str| heard.body.get(name).filter(|value| !value.is_null());
            let counted = |name: &str| field("request_counts").and_then(|counts| counts.get(name)?.as_u64());
            let done = || [counted("completed"), counted("failed")].into_iter().flatten().sum::<u64>();
            match field("status").and_then(Value::as_str) {
                Some("validating" | "in_progress" | "finalizing" | "cancelling") => {
                    Ok(BatchProgress::Running { done: done() })
                }
                Some("completed" | "expired" | "cancelled") => {
                    let files = ["output_file_id", "error_file_id"].map(field).into_iter().flatten();
                    let files = files.map(|file| batch::id(server, Some(file), "the results"));
                    Ok(BatchProgress::Ended(EndedBatch {
                        files: files.collect::<Result<_, _>>()?,
                        ..EndedBatch::default()
                    }))
                }
                Some("failed") => {
                    let error = field("errors").and_then(|errors| errors.get("data")?.get(0));
                    let error = error.cloned().unwrap_or_else(|| json!("no reason given"));
                    // Too many tokens are waiting in batches: later there will be room.
                    let full = error.get("code").and_then(Value::as_str) == Some("token_limit_exceeded");
                    let what = format!("a batch that failed ({id}): {}", server.message(&error));
                    let failure = Some(server.unreadable(what, full));
                    // It fails where its file is not valid or has no room, which is found out before.
                    Ok(BatchProgress::Ended(EndedBatch { files: Vec::new(), failure, refused: done() == 0 }))
                }
                _ => Err(server.unreadable("a batch without a known `status`", true)),
            }
        })
    }

    fn collect<'a>(&'a self, file: &'a str, keep: &'a mut KeepResult<'a>) -> BatchFuture<'a, ()> {
        Box::pin(async move {
            let server = self.server();
            let url = self.beside(&["files", file, "content"]);
            let each = |line: &[u8]| {
                let (id, line) = batch::line(server, line, "custom_id")?;
                Ok(keep(&id, line.and_then(|line| self.result(&line))))
            };
            server.lines(url, each).await
        })
    }
}

/// How often Azure is asked at most whether it has processed a file, and how long to wait in between.
const MOST_LOOKS: usize = 60;
const LOOK: Duration = Duration::from_secs(2);

/// What all wires with this endpoint do with files and results.
trait BatchResults: OpenaiBatch {
    /// Waits until a batch can be made from a file.
    fn is_ready<'a>(&'a self, file: &'a str) -> BatchFuture<'a, ()> {
        Box::pin(async move {
            let server = self.server();
            for _ in 0..MOST_LOOKS {
                let heard = server.get(self.beside(&["files", file])).await?;
                match heard.body.get("status").and_then(Value::as_str).unwrap_or_default() {
                    "pending" | "running" | "notRunning" => tokio::time::sleep(LOOK).await,
                    "error" | "failed" => {
                        let what =
                            format!("a file that cannot be used ({file}): {}", server.message(&heard.body));
                        return Err(server.unreadable(what, false));
                    }
                    _ => return Ok(()),
                }
            }
            Err(server.unreadable(format!("a file that is still being processed ({file})"), true))
        })
    }

    fn result(&self, line: &Value) -> Result<RedactedResponse, AskError> {
        let server = self.server();
        let field = |name: &str| line.get(name).filter(|value| !value.is_null());
        if let Some(response) = field("response") {
            let status = response.get("status_code").and_then(Value::as_u64).unwrap_or(200);
            let status = u16::try_from(status).unwrap_or(500);
            let body = response.get("body").unwrap_or(&Value::Null);
            return match (200..300).contains(&status) {
                _ if filtered(status, body) || filtered(400, body) && status < 300 => self.response(body),
                true if error_body::failed(body.get("error")) => Err(server.failure(body, None)),
                true => self.response(body),
                false => Err(server.status(status, body, None)),
            };
        }
        // The batch expired or was canceled before it came to this request.
        match field("error") {
            Some(error) => Err(server.unreadable(format!("an error: {}", server.message(error)), true)),
            None => Err(server.unreadable("a result with neither a response nor an error", true)),
        }
    }
}

impl<W: OpenaiBatch> BatchResults for W {}

/// Makes the form with which a file is uploaded (RFC 7578).
fn form(entries: &[String]) -> Vec<u8> {
    let size: usize = entries.iter().map(|entry| entry.len() + 1).sum();
    let mut form = Vec::with_capacity(size + 400);
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"alignspec.jsonl\"\r\ncontent-type: application/jsonl\r\n\r\n"
    );
    form.extend_from_slice(head.as_bytes());
    for entry in entries {
        form.extend_from_slice(entry.as_bytes());
        form.push(b'\n');
    }
    form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    form
}
