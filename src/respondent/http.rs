//! One request over HTTP: time and size limits, redirects, and errors in plain words. What the
//! answer means is each wire's own business.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use tokio::time::timeout;

use super::body::{is_markup, is_of_an_outage, is_page_type, is_stream, is_stream_type, title, without_mark};
use super::reach::{causes, client, name, proxy, untrusted};
use super::secrets::Secrets;
use super::{AskError, ConnectError, Limits, limits, told};
use crate::diagnostic::secret::looks_like_key;

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
pub(super) struct Heard {
    pub body: Value,
    pub limits: Limits,
}

/// An answer, not read yet.
pub(super) struct Raw {
    pub status: StatusCode,
    pub bytes: Vec<u8>,
    pub limits: Limits,
    /// It says of itself that it is a web page,
    pub html: bool,
    /// or a stream of events.
    pub stream: bool,
    pub retry_after: Option<Duration>,
}

/// A place requests are sent to.
#[derive(Debug)]
pub(super) struct Server {
    url: Url,
    /// Host and port, for messages. A URL may hold a password; this does not.
    pub(super) name: String,
    headers: HeaderMap,
    secrets: Secrets,
    client: Client,
    limit: Duration,
}

impl Server {
    pub(super) fn new(
        url: Url,
        headers: HeaderMap,
        secrets: Secrets,
        limit: Duration,
    ) -> Result<Server, ConnectError> {
        let client = client(&url).map_err(|cause| ConnectError::Client { cause })?;
        Ok(Server { name: name(&url), url, headers, secrets, client, limit })
    }

    /// Posts `body` and reads the JSON that comes back.
    pub(super) async fn post(&self, body: &Value) -> Result<Heard, AskError> {
        self.post_or(body, |_, _| false).await
    }

    /// As [`post`](Self::post), but of some errors (status and body) `is_answer` knows that the wire
    /// reads them as an answer.
    pub(super) async fn post_or(
        &self,
        body: &Value,
        is_answer: fn(u16, &Value) -> bool,
    ) -> Result<Heard, AskError> {
        let request = self.client.post(self.url.clone()).timeout(self.limit).json(body);
        self.heard(self.raw(self.begin(request).await?).await?, is_answer)
    }

    /// Sends one request to `url`, which is this server's with a query of its own at most.
    pub(super) async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Raw, AskError> {
        let mut request = self.client.request(method, url).timeout(self.limit);
        if let Some(body) = body {
            request = request.json(body);
        }
        let raw = self.raw(self.begin(request).await?).await?;
        if raw.status.is_success() { Ok(raw) } else { Err(self.refused(&raw)) }
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
    pub(super) async fn get(&self, url: Url) -> Result<Heard, AskError> {
        let request = self.client.get(url).timeout(self.limit);
        self.heard(self.raw(self.begin(request).await?).await?, |_, _| false)
    }

    /// Posts a body of any size and kind to a [`place`](Self::place) of this server.
    pub(super) async fn upload(&self, url: Url, kind: &str, body: Vec<u8>) -> Result<Heard, AskError> {
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

    async fn begin(&self, request: RequestBuilder) -> Result<reqwest::Response, AskError> {
        let answer = request.headers(self.headers.clone()).send().await;
        let answer = answer.map_err(|error| self.failed(&error))?;
        match answer.status().is_redirection() {
            true => Err(self.redirected(&answer)),
            false => Ok(answer),
        }
    }

    fn heard(&self, raw: Raw, is_answer: fn(u16, &Value) -> bool) -> Result<Heard, AskError> {
        if !raw.status.is_success() {
            return match serde_json::from_slice(without_mark(&raw.bytes)) {
                Ok(body) if is_answer(raw.status.as_u16(), &body) => Ok(Heard { body, limits: raw.limits }),
                _ => Err(self.refused(&raw)),
            };
        }
        if raw.html || is_markup(&raw.bytes) {
            let what = format!("{} instead of JSON: is base_url right?", self.page(&raw.bytes));
            return Err(self.unreadable(what, is_of_an_outage(&raw.bytes)));
        }
        if raw.stream {
            return Err(self.streamed());
        }
        let value = self.json(&raw.bytes)?;
        if is_answer(400, &value) {
            return Ok(Heard { body: value, limits: raw.limits });
        }
        match self.gateway_error(&value, &raw) {
            Some(error) => Err(error),
            None => Ok(Heard { body: value, limits: raw.limits }),
        }
    }

    async fn raw(&self, mut answer: reqwest::Response) -> Result<Raw, AskError> {
        let status = answer.status();
        let is = |known: fn(&str) -> bool| {
            answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(known))
        };
        let (html, stream) = (is(is_page_type), is(is_stream_type));
        let retry_after = limits::retry_after(answer.headers());
        let limits = limits::read(answer.headers());
        let mut bytes = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if bytes.len() + chunk.len() > MOST_BYTES => {
                    return Err(self.unreadable(format!("more than {} MiB", MOST_BYTES >> 20), true));
                }
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                // The status already says what is wrong; half a message is better than none.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(Raw { status, bytes, limits, html, stream, retry_after })
    }

    /// Some gateways report failures with 200.
    pub(super) fn gateway_error(&self, value: &Value, raw: &Raw) -> Option<AskError> {
        let failed =
            told::failed(value.get("error")) || value.get("object").and_then(Value::as_str) == Some("error");
        failed.then(|| self.failure(value, raw.retry_after))
    }

    /// The failure that `body` tells of, whose status, if any, stands inside.
    pub(super) fn failure(&self, body: &Value, retry_after: Option<Duration>) -> AskError {
        match told::status(body) {
            Some(status) => self.status(status, body, retry_after),
            None => self.unreadable(format!("an error: {}", self.message(body)), true),
        }
    }

    /// An answer that is not what it should be.
    pub(super) fn unreadable(&self, what: impl Into<String>, may_pass: bool) -> AskError {
        let what = self.secrets.redact(&what.into());
        AskError::Unreadable { server: self.name.clone(), what, may_pass }
    }

    /// `text` without any key, should the server have repeated one.
    pub(super) fn redact(&self, text: &str) -> String {
        self.secrets.text(text)
    }

    /// As [`redact`](Self::redact), as one line of at most `most` characters.
    pub(super) fn line(&self, text: &str, most: usize) -> String {
        self.secrets.line(text, most)
    }

    pub(super) fn json(&self, bytes: &[u8]) -> Result<Value, AskError> {
        let bytes = without_mark(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(self.unreadable("nothing (an empty body)", true));
        }
        serde_json::from_slice(bytes).map_err(|error| match error.is_eof() {
            true => self.unreadable(format!("JSON that breaks off after {} bytes", bytes.len()), true),
            false if is_stream(bytes) => self.streamed(),
            false => self.unreadable(format!("no JSON ({error})"), true),
        })
    }

    /// A stream, which it will be each time.
    pub(super) fn streamed(&self) -> AskError {
        let what = "a stream of events, as after `stream = true`, though the whole answer was asked for at once: whoever sets `stream` on the way (a gateway's setting, mostly) is to leave it off";
        self.unreadable(what, false)
    }

    /// What a page says of itself.
    pub(super) fn page(&self, bytes: &[u8]) -> String {
        match title(bytes) {
            Some(title) => format!("an HTML page (\u{201c}{}\u{201d})", self.line(&title, MOST_TITLE)),
            None => "an HTML page".to_owned(),
        }
    }

    fn refused(&self, raw: &Raw) -> AskError {
        let body = match raw.html || is_markup(&raw.bytes) {
            true => Value::String(self.page(&raw.bytes)),
            false => serde_json::from_slice(without_mark(&raw.bytes))
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&raw.bytes).into_owned())),
        };
        self.status(raw.status.as_u16(), &body, raw.retry_after)
    }

    /// The failure of a status, with the provider's own words.
    pub(super) fn status(&self, status: u16, body: &Value, retry_after: Option<Duration>) -> AskError {
        let mut message = self.message(body);
        if message.is_empty() {
            let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            message = reason.unwrap_or("no reason given").to_owned();
        }
        message += &self.aside(status, &message);
        AskError::Status {
            server: self.name.clone(),
            status,
            message,
            retry_after: retry_after.or_else(|| told::wait(body)),
            exhausted: told::used_up(body),
        }
    }

    /// The provider's own words, wherever it puts them.
    pub(super) fn message(&self, body: &Value) -> String {
        self.line(&told::message(body), MOST_MESSAGE)
    }

    /// What of the request may be behind a failure, where its own words do not tell.
    fn aside(&self, status: u16, message: &str) -> String {
        match status {
            401 | 403 if self.keyless() => " (no key was sent: name its variable in `key_env`)".to_owned(),
            407 => proxy(&self.url).map_or_else(String::new, |proxy| {
                format!(" (so says {proxy}: write it http://user:password@host:port)")
            }),
            404 | 405 => {
                let place = self.path(&self.url);
                let told = message.to_lowercase().contains("model") || message.contains(&place);
                if told { String::new() } else { format!(" (asked at {place})") }
            }
            _ => String::new(),
        }
    }

    /// Whether nothing that tells who asks is sent along.
    fn keyless(&self) -> bool {
        let basic = !self.url.username().is_empty() || self.url.password().is_some();
        !basic && !self.headers.values().any(HeaderValue::is_sensitive)
    }

    /// The path of an address, for messages. Some put a key there.
    fn path(&self, url: &Url) -> String {
        let parts = url.path().split('/').map(|part| if looks_like_key(part) { "…" } else { part });
        self.line(&parts.collect::<Vec<_>>().join("/"), MOST_TITLE)
    }

    fn redirected(&self, answer: &reqwest::Response) -> AskError {
        let target = answer.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| answer.url().join(target).ok());
        let target = match target {
            None => "an unnamed place".to_owned(),
            // Where the host is the same, it is the rest that differs.
            Some(url) if name(&url) == self.name => {
                format!("{}://{}{}", url.scheme(), name(&url), self.path(&url))
            }
            Some(url) => name(&url),
        };
        let (target, status) = (self.line(&target, MOST_MESSAGE), answer.status().as_u16());
        AskError::Redirect { server: self.name.clone(), status, target }
    }

    fn failed(&self, error: &reqwest::Error) -> AskError {
        let server = self.name.clone();
        // A connection that does not come about in time has taken no question either.
        if error.is_timeout() && !error.is_connect() {
            return AskError::Timeout { server, limit: self.limit };
        }
        if let Some(what) = untrusted(error) {
            return AskError::Untrusted { server, what: self.line(&what, MOST_MESSAGE) };
        }
        let mut cause = causes(error);
        if error.is_connect()
            && let Some(proxy) = proxy(&self.url)
        {
            cause = format!("the way there leads through {proxy}, and that ends in: {cause}");
        }
        let cause = self.line(&cause, MOST_MESSAGE);
        AskError::Connection { server, cause, sent: !error.is_connect() }
    }
}
