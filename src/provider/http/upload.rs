//! Uploads files in two steps, as Google takes them (<https://ai.google.dev/api/files>): the first request
//! announces the file and gets an address, the second sends the file there.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::{SLOWEST, Server, ServerReply};
use crate::provider::AskError;

/// The content type of the files: lines of JSON.
const KIND: &str = "application/jsonl";

impl Server {
    /// Uploads `file` under `name`, beginning at a [`place`](Server::place) of this server.
    pub(in crate::provider) async fn resumable(
        &self,
        url: Url,
        name: &str,
        file: Vec<u8>,
    ) -> Result<ServerReply, AskError> {
        let first =
            self.client.post(url).timeout(self.limit).json(&json!({ "file": { "displayName": name } }));
        let first = first
            .header("x-goog-upload-protocol", "resumable")
            .header("x-goog-upload-command", "start")
            .header("x-goog-upload-header-content-length", file.len())
            .header("x-goog-upload-header-content-type", KIND);
        let answer = self.begin(first).await?;
        let told = answer.headers().get("x-goog-upload-url").and_then(|url| url.to_str().ok());
        let place = told.and_then(|url| url.parse::<Url>().ok());
        if !answer.status().is_success() {
            return Err(self.refused(&self.raw(answer).await?));
        }
        let Some(place) = place else {
            return Err(self.unreadable("no address to upload the file to (`x-goog-upload-url`)", true));
        };
        // The key is sent along, so that the file may only go to the same host.
        if place.origin() != self.url.origin() {
            return Err(self.unreadable("an upload address on another host, which is not used", false));
        }
        let limit = self.limit + Duration::from_secs(file.len() as u64 / SLOWEST);
        let second = self.client.post(place).timeout(limit).header(CONTENT_TYPE, KIND);
        let second =
            second.header("x-goog-upload-offset", "0").header("x-goog-upload-command", "upload, finalize");
        self.heard(self.raw(self.begin(second.body(file)).await?).await?, |_, _| false)
    }
}
