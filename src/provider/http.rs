//! Requests over HTTP: limits of time and size, redirects, and errors in plain words. Each wire reads the
//! answers itself.

mod content_form;
mod failure;
mod frames;
mod keys;
mod stream;
mod upload;

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use tokio::time::timeout;

use super::aws::Signer;
use super::body::{
    Begins, begins, is_file_type, is_lines_type, is_markup, is_of_an_outage, is_page_type, is_stream_type,
    without_mark,
};
use super::command::Program;
use super::heads::Heads;
use super::key::ApiKey;
use super::keyring::Keyring;
use super::reach::{client, name};
use super::secrets::Secrets;
use super::sound::has_answer;
use super::{AskError, ConnectError, Limits, RedactedResponse, Reply, Usd, certificate, limits, upstream};
use crate::config::Model;
use crate::ground::environment::Variables;

/// The longest response that is read, after decompression: far above any answer, far below what does harm.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// The longest file of results: more than the largest batch can say (100,000 answers of 8,192 tokens).
const MOST_FILE: u64 = 4 << 30;

/// The time that reading a file of results may take, unless a single request may take longer.
const TRANSFER: Duration = Duration::from_secs(2 * 3600);

/// The lowest speed that an upload is expected to have, in bytes a second.
const SLOWEST: u64 = 64 << 10;

/// The longest message of a provider that is passed on, in characters.
pub(super) const MOST_MESSAGE: usize = 300;

/// The longest title of a web page that is passed on, in characters.
const MOST_TITLE: usize = 120;

/// A server's answer, as JSON.
#[derive(Debug)]
pub(super) struct ServerReply {
    pub body: Value,
    pub limits: Limits,
    /// The cost, where a gateway's header reports it.
    pub usd: Option<Usd>,
    /// Whether a header says that a cache gave the answer.
    pub cached: bool,
}

impl ServerReply {
    /// Makes the reply that holds `response`, which was read from the body.
    pub(super) fn reply(self, response: RedactedResponse) -> Reply {
        Reply { response: response.with_heads(self.usd, self.cached), limits: self.limits }
    }
}

/// A server's answer whose body has not been read as JSON.
pub(super) struct RawReply {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
    pub limits: Limits,
    /// Whether its type says that it is a web page.
    pub html: bool,
    /// Whether its type says that it is a stream of events.
    pub stream: bool,
    /// Its type, if that is of a file that is not text.
    pub other: Option<String>,
    /// Whether its type says that it is lines, as streams of events are too.
    lines: bool,
    pub retry_after: Option<Duration>,
    pub usd: Option<Usd>,
    pub cached: bool,
}

impl RawReply {
    /// Returns whether it is a web page, by its type and its bytes: servers that set no type send everything as
    /// a page.
    pub(super) fn is_page(&self) -> bool {
        is_markup(&self.bytes)
            || self.html && !matches!(begins(&self.bytes), Some(Begins::Json | Begins::Events))
    }

    fn holds(&self, body: Value) -> ServerReply {
        ServerReply { body, limits: self.limits, usd: self.usd, cached: self.cached }
    }
}

/// Tells, by status and body, whether the wire reads an error as an answer.
pub(super) type IsAnswer = fn(u16, &Value) -> bool;

/// A server, and the address there that requests are sent to.
#[derive(Debug)]
pub(super) struct Server {
    url: Url,
    /// Host and port for messages, without the password that the URL may hold.
    pub(super) name: String,
    keys: Keyring,
    secrets: Secrets,
    client: Client,
    limit: Duration,
}

impl Server {
    pub(super) fn new(
        url: Url,
        heads: Heads,
        model: &Model,
        limit: Duration,
        variables: Variables,
    ) -> Result<Server, ConnectError> {
        let shown = certificate::identity(model, variables)?;
        let client = client(&url, shown).map_err(|cause| ConnectError::Client { cause })?;
        let keys = ApiKey::of(model, variables)?;
        let secrets = Secrets::of(model, &keys, variables);
        let program = model.key_command.clone().map(|command| Program::of_key(command, limit)).transpose()?;
        let keys = match &model.sign {
            Some(signing) => {
                Keyring::Signed(Box::new(Signer::new((model, signing), &heads, program, variables)?))
            }
            None => Keyring::new(heads, keys, program)?,
        };
        Ok(Server { name: name(&url), url, keys, secrets, client, limit })
    }

    /// Posts `body` and reads the JSON that comes back. An error for which `is_answer` is true is returned like
    /// an answer.
    pub(super) async fn post_or(&self, body: &Value, is_answer: IsAnswer) -> Result<ServerReply, AskError> {
        let request = self.client.post(self.url.clone()).timeout(self.limit).json(body);
        let raw = self.raw(self.begin(request).await?).await?;
        if raw.status.is_success() && !has_answer(raw.status.as_u16()) {
            return Err(self.no_answer(raw.status));
        }
        self.heard(raw, is_answer)
    }

    /// Sends one request to `url`, which is this server's address, at most with another query.
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<RawReply, AskError> {
        let mut request = self.client.request(method, url).timeout(self.limit);
        if let Some(body) = body {
            request = request.json(body);
        }
        let raw = self.raw(self.begin(request).await?).await?;
        if raw.status.is_success() { Ok(raw) } else { Err(self.refused(&raw)) }
    }

    /// Returns the parts of the path of this server's address.
    pub(super) fn parts(&self) -> Vec<String> {
        self.url.path_segments().into_iter().flatten().map(str::to_owned).collect()
    }

    /// Returns an address at this server: its own without the last `up` parts of the path, followed by `path`.
    pub(super) fn place(&self, up: usize, path: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            (0..up).for_each(|_| {
                parts.pop();
            });
            parts.extend(path);
        }
        url
    }

    /// Reads the JSON at `url`, which is a [`place`](Self::place) of this server, since the key is sent there.
    pub(super) async fn get(&self, url: Url) -> Result<ServerReply, AskError> {
        let request = self.client.get(url).timeout(self.limit);
        self.heard(self.raw(self.begin(request).await?).await?, |_, _| false)
    }

    /// Posts a body of any size and type to a [`place`](Self::place) of this server.
    pub(super) async fn upload(&self, url: Url, kind: &str, body: Vec<u8>) -> Result<ServerReply, AskError> {
        let limit = self.limit + Duration::from_secs(body.len() as u64 / SLOWEST);
        let request = self.client.post(url).timeout(limit).header(CONTENT_TYPE, kind);
        self.heard(self.raw(self.begin(request.body(body)).await?).await?, |_, _| false)
    }

    /// Reads a file of lines at a [`place`](Self::place) of this server. It passes each line that is not blank
    /// to `each` until that returns false, and holds only one line at a time.
    pub(super) async fn lines(
        &self,
        url: Url,
        mut each: impl FnMut(&[u8]) -> Result<bool, AskError>,
    ) -> Result<(), AskError> {
        let request = self.client.get(url).timeout(self.limit.max(TRANSFER));
        // The whole file may take long, but there must always be something coming.
        let stalled = |_| AskError::Timeout { server: self.name.clone(), limit: self.limit };
        let mut answer = timeout(self.limit, self.begin(request)).await.map_err(stalled)??;
        if !answer.status().is_success() {
            return Err(self.refused(&self.raw(answer).await?));
        }
        let (mut line, mut all) = (Vec::new(), 0);
        loop {
            let chunk = timeout(self.limit, answer.chunk()).await.map_err(stalled)?;
            let Some(chunk) = chunk.map_err(|error| self.failed(&error))? else { break };
            all += chunk.len() as u64;
            if all > MOST_FILE {
                return Err(self.unreadable(format!("a file of more than {} GiB", MOST_FILE >> 30), false));
            }
            let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
            while let Some(part) = parts.next() {
                if line.len() + part.len() > MOST_BYTES {
                    let what = format!("a file with a line of more than {} MiB", MOST_BYTES >> 20);
                    return Err(self.unreadable(what, false));
                }
                line.extend_from_slice(part);
                if parts.peek().is_some() {
                    if !line.trim_ascii().is_empty() && !each(&line)? {
                        return Ok(());
                    }
                    line.clear();
                }
            }
        }
        if !line.trim_ascii().is_empty() {
            each(&line)?;
        }
        Ok(())
    }

    /// Sends a request, and sends it again with another key if a key is refused and there is another.
    async fn begin(&self, mut request: RequestBuilder) -> Result<reqwest::Response, AskError> {
        let mut pass = self.keys.pass(&self.secrets).await?;
        loop {
            let again = if self.keys.has_others() { request.try_clone() } else { None };
            let failed = |error: reqwest::Error| self.failed(&error);
            let mut last = request.headers(pass.headers.clone()).build().map_err(failed)?;
            self.keys.sign(&pass, &mut last)?;
            let answer = self.client.execute(last).await.map_err(failed)?;
            if answer.status().is_redirection() {
                return Err(self.redirected(&answer));
            }
            let Some(again) = again else { return Ok(answer) };
            let (came, answer) = self.came(answer).await;
            match self.keys.after(&pass, came, &self.secrets).await? {
                Some(other) => (pass, request) = (other, again),
                None => return Ok(answer),
            }
        }
    }

    fn heard(&self, raw: RawReply, is_answer: IsAnswer) -> Result<ServerReply, AskError> {
        if !raw.status.is_success() {
            return match serde_json::from_slice(without_mark(&raw.bytes)) {
                Ok(body) if is_answer(raw.status.as_u16(), &body) => Ok(raw.holds(body)),
                _ => Err(self.refused(&raw)),
            };
        }
        if raw.is_page() {
            let what = format!("{} instead of JSON: is base_url correct?", self.page(&raw.bytes));
            return Err(self.unreadable(what, is_of_an_outage(&raw.bytes)));
        }
        if raw.stream {
            return Err(self.streamed("; if that is not possible, set `stream = true` below the model"));
        }
        let value = self.json(&raw.bytes)?;
        if is_answer(400, &value) {
            return Ok(raw.holds(value));
        }
        match self.gateway_error(&value, &raw) {
            Some(error) => Err(error),
            None => Ok(raw.holds(value)),
        }
    }

    /// Reads the head of an answer.
    fn head(&self, answer: &reqwest::Response) -> RawReply {
        let headers = answer.headers();
        let is = |known: fn(&str) -> bool| {
            headers.get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(known))
        };
        RawReply {
            status: answer.status(),
            bytes: Vec::new(),
            // With several keys, the limits of one of them do not say how much may be asked.
            limits: if self.keys.is_several() { Limits::default() } else { limits::read_limits(headers) },
            html: is(is_page_type),
            stream: is(is_stream_type),
            other: headers
                .get(CONTENT_TYPE)
                .and_then(|kind| kind.to_str().ok())
                .filter(|kind| is_file_type(kind))
                .map(str::to_owned),
            lines: is(is_lines_type),
            retry_after: limits::retry_after(headers),
            usd: upstream::cost(headers),
            cached: upstream::is_cached(headers),
        }
    }

    async fn raw(&self, answer: reqwest::Response) -> Result<RawReply, AskError> {
        self.rest(self.head(&answer), answer).await
    }

    /// Reads the rest of an answer, some of which may have come already.
    async fn rest(&self, mut raw: RawReply, mut answer: reqwest::Response) -> Result<RawReply, AskError> {
        let bytes = &mut raw.bytes;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > MOST_BYTES => {
                    return Err(self.unreadable(format!("more than {} MiB", MOST_BYTES >> 20), true));
                }
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                // The status already says what is wrong, and half a message is better than none.
                Err(_) if !raw.status.is_success() => break,
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(raw)
    }
}
