//! One request over HTTP: time and size limits, redirects, and errors in plain words. What the
//! answer means is each wire's own business.

use std::time::Duration;

use once_cell::sync::OnceCell;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use tokio::time::timeout;

use super::body::{is_markup, is_of_an_outage, is_page_type, is_stream, without_mark};
use super::secrets::Secrets;
use super::{AskError, ConnectError, Limits, limits, told};
use crate::config::is_this_machine;

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

/// The time a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);

/// Redirects within one server that are followed.
const MOST_REDIRECTS: usize = 5;

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
    /// It says of itself that it is a web page.
    pub html: bool,
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
        let client = client(&url).map_err(|error| ConnectError::Client { cause: causes(&error) })?;
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
            let what = "an HTML page instead of JSON: is base_url right?";
            return Err(self.unreadable(what, is_of_an_outage(&raw.bytes)));
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
        let html =
            answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.to_str().is_ok_and(is_page_type));
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
        Ok(Raw { status, bytes, limits, html, retry_after })
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
        serde_json::from_slice(bytes).map_err(|error| {
            let what = match error.is_eof() {
                true => format!("JSON that breaks off after {} bytes", bytes.len()),
                false if is_stream(bytes) => {
                    "a stream, though the whole answer was asked for at once".to_owned()
                }
                false => format!("no JSON ({error})"),
            };
            self.unreadable(what, true)
        })
    }

    fn refused(&self, raw: &Raw) -> AskError {
        let body = match raw.html || is_markup(&raw.bytes) {
            true => Value::String("an HTML page".to_owned()),
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

    fn redirected(&self, answer: &reqwest::Response) -> AskError {
        let target = answer.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| answer.url().join(target).ok());
        let target = target.map_or_else(|| "an unnamed place".to_owned(), |url| name(&url));
        AskError::Redirect { server: self.name.clone(), target: self.line(&target, MOST_MESSAGE) }
    }

    fn failed(&self, error: &reqwest::Error) -> AskError {
        let server = self.name.clone();
        // A connection that does not come about in time has taken no question either.
        if error.is_timeout() && !error.is_connect() {
            return AskError::Timeout { server, limit: self.limit };
        }
        let cause = self.line(&causes(error), MOST_MESSAGE);
        AskError::Connection { server, cause, sent: !error.is_connect() }
    }
}

/// What every TLS connection of the process is to use, unless the process has chosen already.
pub(crate) fn choose_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread was quicker, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
    }
}

/// The process's client for `url`. Made at the first use, since reading the machine's certificates
/// takes up to 60 ms, and shared, since it holds the connections.
fn client(url: &Url) -> Result<Client, reqwest::Error> {
    static PLAIN: OnceCell<Client> = OnceCell::new();
    static SECURE: OnceCell<Client> = OnceCell::new();
    let here = url.scheme() == "http" && is_this_machine(url);
    let shared = if here { &PLAIN } else { &SECURE };
    let client = shared.get_or_try_init(|| {
        choose_crypto();
        let builder = Client::builder()
            .user_agent(concat!("alignspec/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(Policy::custom(|attempt| {
                let first = attempt.previous().first();
                let home = first.is_some_and(|first| first.origin() == attempt.url().origin());
                // 301 to 303 would turn the question into a GET without a body.
                let same_method = matches!(attempt.status().as_u16(), 307 | 308);
                match home && same_method && attempt.previous().len() <= MOST_REDIRECTS {
                    true => attempt.follow(),
                    false => attempt.stop(),
                }
            }));
        // Without a network there is no proxy between, and plain http needs no certificates. All else goes
        // through the proxies that the environment names.
        match here {
            true => builder.no_proxy().tls_certs_only([]).build(),
            false => builder.build(),
        }
    })?;
    Ok(client.clone())
}

fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or("a server without a name");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// An error with what lies under it; the URL is left out, it may hold a password.
fn causes(error: &reqwest::Error) -> String {
    let mut source = std::error::Error::source(error);
    let mut deepest = String::new();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !text.is_empty() {
            deepest = text;
        }
        source = cause.source();
    }
    if deepest.is_empty() { "the request could not be sent".to_owned() } else { deepest }
}
