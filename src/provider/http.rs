//! One request over HTTP: time and size limits, redirects, and errors in plain words. What the
//! answer means is each wire's own business.

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

/// The longest response that is read: far above any answer, far below what hurts. Counted after
/// decompression.
pub(super) const MOST_BYTES: usize = 4 << 20;

/// The longest file of lines: above what the largest batch can say (100,000 answers of 8,192 tokens).
const MOST_FILE: u64 = 4 << 30;

/// The time that reading such a file may take, unless one request may take longer.
const TRANSFER: Duration = Duration::from_secs(2 * 3600);

/// Bytes a second that a file is sent with at least.
const SLOWEST: u64 = 64 << 10;

/// The longest message of a provider that is passed on, in characters.
pub(super) const MOST_MESSAGE: usize = 300;

/// The longest title of a page that is passed on, in characters.
const MOST_TITLE: usize = 120;

/// What a server sent back.
#[derive(Debug)]
pub(super) struct ServerReply {
    pub body: Value,
    pub limits: Limits,
    /// What it cost, as a gateway's header tells.
    pub usd: Option<Usd>,
    /// Whether a header tells that a cache gave it.
    pub cached: bool,
}

impl ServerReply {
    /// The reply that holds `response`, which was read from the body.
    pub(super) fn reply(self, response: RedactedResponse) -> Reply {
        Reply { response: response.with_heads(self.usd, self.cached), limits: self.limits }
    }
}

/// An answer, not read yet.
pub(super) struct RawReply {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
    pub limits: Limits,
    /// It says of itself that it is a web page,
    pub html: bool,
    /// or a stream of events,
    pub stream: bool,
    /// or of this kind, which is no text,
    pub other: Option<String>,
    /// or of lines, which events are, too.
    lines: bool,
    pub retry_after: Option<Duration>,
    pub usd: Option<Usd>,
    pub cached: bool,
}

impl RawReply {
    /// Whether it is a web page, by its own word and by its bytes: servers that set no type send all as one.
    pub(super) fn is_page(&self) -> bool {
        is_markup(&self.bytes)
            || self.html && !matches!(begins(&self.bytes), Some(Begins::Json | Begins::Events))
    }

    fn holds(&self, body: Value) -> ServerReply {
        ServerReply { body, limits: self.limits, usd: self.usd, cached: self.cached }
    }
}

/// Of which errors, by status and body, a wire knows that they are an answer.
pub(super) type IsAnswer = fn(u16, &Value) -> bool;

/// A place requests are sent to.
#[derive(Debug)]
pub(super) struct Server {
    url: Url,
    /// Host and port, for messages. A URL may hold a password; this does not.
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

    /// Posts `body` and reads the JSON that comes back; but of some errors (status and body) `is_answer` knows
    /// that the wire reads them as an answer.
    pub(super) async fn post_or(&self, body: &Value, is_answer: IsAnswer) -> Result<ServerReply, AskError> {
        let request = self.client.post(self.url.clone()).timeout(self.limit).json(body);
        let raw = self.raw(self.begin(request).await?).await?;
        if raw.status.is_success() && !has_answer(raw.status.as_u16()) {
            return Err(self.no_answer(raw.status));
        }
        self.heard(raw, is_answer)
    }

    /// Sends one request to `url`, which is this server's with a query of its own at most.
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

    /// The parts of this one's path.
    pub(super) fn parts(&self) -> Vec<String> {
        self.url.path_segments().into_iter().flatten().map(str::to_owned).collect()
    }

    /// A place of the same server: the last `up` parts of this one's path fewer, then `path`.
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

    /// Reads the JSON at `url`, which is a [`place`](Self::place) of this server: the key goes with it.
    pub(super) async fn get(&self, url: Url) -> Result<ServerReply, AskError> {
        let request = self.client.get(url).timeout(self.limit);
        self.heard(self.raw(self.begin(request).await?).await?, |_, _| false)
    }

    /// Posts a body of any size and kind to a [`place`](Self::place) of this server.
    pub(super) async fn upload(&self, url: Url, kind: &str, body: Vec<u8>) -> Result<ServerReply, AskError> {
        let limit = self.limit + Duration::from_secs(body.len() as u64 / SLOWEST);
        let request = self.client.post(url).timeout(limit).header(CONTENT_TYPE, kind);
        self.heard(self.raw(self.begin(request.body(body)).await?).await?, |_, _| false)
    }

    /// Reads a file of lines at a [`place`](Self::place) of this server, and hands on each that is not
    /// blank until `each` says no. No more is held than one line.
    pub(super) async fn lines(
        &self,
        url: Url,
        mut each: impl FnMut(&[u8]) -> Result<bool, AskError>,
    ) -> Result<(), AskError> {
        let request = self.client.get(url).timeout(self.limit.max(TRANSFER));
        // The whole may take long, but there must always be something coming.
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

    /// Sends a request, again with another key where one is turned down and there is another.
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

    /// What the head of an answer says.
    fn head(&self, answer: &reqwest::Response) -> RawReply {
        let headers = answer.headers();
        let is = |known: fn(&str) -> bool| {
            headers.get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(known))
        };
        RawReply {
            status: answer.status(),
            bytes: Vec::new(),
            // Of one key among several, they are no measure of what all may ask.
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

    /// The rest of an answer, of which some may have come.
    async fn rest(&self, mut raw: RawReply, mut answer: reqwest::Response) -> Result<RawReply, AskError> {
        let bytes = &mut raw.bytes;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > MOST_BYTES => {
                    return Err(self.unreadable(format!("more than {} MiB", MOST_BYTES >> 20), true));
                }
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                // The status already says what is wrong; half a message is better than none.
                Err(_) if !raw.status.is_success() => break,
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(raw)
    }
}
