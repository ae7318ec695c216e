//! Why a request came to nothing, in plain words: what is told names the server and its own words, and no key.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::{MOST_MESSAGE, MOST_TITLE, RawReply, Server};
use crate::ground::diagnostic::secret::looks_like_key;
use crate::provider::body::{is_markup, is_stream, title, without_mark};
use crate::provider::reach::{causes, name, proxy, untrusted};
use crate::provider::{AskError, error_body, strict};

impl Server {
    /// Some gateways report failures with 200.
    pub(in crate::provider) fn gateway_error(&self, value: &Value, raw: &RawReply) -> Option<AskError> {
        let failed = error_body::failed(value.get("error"))
            || value.get("object").and_then(Value::as_str) == Some("error");
        failed.then(|| self.failure(value, raw.retry_after))
    }

    /// The failure that `body` tells of, whose status, if any, stands inside.
    pub(in crate::provider) fn failure(&self, body: &Value, retry_after: Option<Duration>) -> AskError {
        match error_body::status(body) {
            Some(status) => self.status(status, body, retry_after),
            None => self.unreadable(format!("an error: {}", self.message(body)), true),
        }
    }

    /// An answer that is not what it should be.
    pub(in crate::provider) fn unreadable(&self, what: impl Into<String>, may_pass: bool) -> AskError {
        let what = self.secrets.redact(&what.into());
        AskError::Unreadable { server: self.name.clone(), what, may_pass }
    }

    /// That a status of success comes with no answer: one is to come (202), or a part of one (206).
    pub(in crate::provider) fn no_answer(&self, status: StatusCode) -> AskError {
        self.unreadable(format!("{status}, which comes with no answer"), true)
    }

    /// `text` without any key, should the server have repeated one.
    pub(in crate::provider) fn redact(&self, text: &str) -> String {
        self.secrets.text(text)
    }

    /// As [`redact`](Self::redact), as one line of at most `most` characters.
    pub(in crate::provider) fn line(&self, text: &str, most: usize) -> String {
        self.secrets.line(text, most)
    }

    pub(in crate::provider) fn json(&self, bytes: &[u8]) -> Result<Value, AskError> {
        let bytes = without_mark(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(self.unreadable("nothing (an empty body)", true));
        }
        strict::read_json(bytes).map_err(|error| match error.is_eof() {
            true => self.unreadable(format!("JSON that breaks off after {} bytes", bytes.len()), true),
            false if is_stream(bytes) => self.streamed(""),
            false => self.unreadable(self.line(&strict::what(&error), MOST_MESSAGE), true),
        })
    }

    /// A stream, which it will be each time.
    pub(in crate::provider) fn streamed(&self, instead: &str) -> AskError {
        let what = "a stream of events, although the whole answer was asked for at once: something on the way (usually a gateway's setting) switches `stream` on: switch it off";
        self.unreadable(format!("{what}{instead}"), false)
    }

    /// What a page says of itself.
    pub(in crate::provider) fn page(&self, bytes: &[u8]) -> String {
        match title(bytes) {
            Some(title) => format!("an HTML page (\u{201c}{}\u{201d})", self.line(&title, MOST_TITLE)),
            None => "an HTML page".to_owned(),
        }
    }

    pub(super) fn refused(&self, raw: &RawReply) -> AskError {
        let body = match raw.html || is_markup(&raw.bytes) {
            true => Value::String(self.page(&raw.bytes)),
            false => serde_json::from_slice(without_mark(&raw.bytes))
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&raw.bytes).into_owned())),
        };
        self.status(raw.status.as_u16(), &body, raw.retry_after)
    }

    /// The failure of a status, with the provider's own words.
    pub(in crate::provider) fn status(
        &self,
        status: u16,
        body: &Value,
        retry_after: Option<Duration>,
    ) -> AskError {
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
            retry_after: retry_after.or_else(|| error_body::wait(body)),
            exhausted: error_body::used_up(body),
        }
    }

    /// The provider's own words, wherever it puts them.
    pub(in crate::provider) fn message(&self, body: &Value) -> String {
        self.line(&error_body::message(body), MOST_MESSAGE)
    }

    /// What of the request may be behind a failure, where its own words do not tell.
    fn aside(&self, status: u16, message: &str) -> String {
        if let (401 | 403, Some(signer)) = (status, self.keys.signer()) {
            return signer.aside(message);
        }
        match status {
            401 | 403 if self.keyless() => " (no key was sent: name its variable in `key_env`)".to_owned(),
            407 => proxy(&self.url).map_or_else(String::new, |proxy| {
                format!(" (this comes from {proxy}: write it as http://user:password@host:port)")
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
        !basic && self.keys.is_keyless()
    }

    /// The path of an address, for messages. Some put a key there.
    fn path(&self, url: &Url) -> String {
        let parts = url.path().split('/').map(|part| if looks_like_key(part) { "…" } else { part });
        self.line(&parts.collect::<Vec<_>>().join("/"), MOST_TITLE)
    }

    pub(super) fn redirected(&self, answer: &reqwest::Response) -> AskError {
        let target = answer.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| answer.url().join(target).ok());
        let target = match target {
            None => "an unknown address".to_owned(),
            // Where the host is the same, it is the rest that differs.
            Some(url) if name(&url) == self.name => {
                format!("{}://{}{}", url.scheme(), name(&url), self.path(&url))
            }
            Some(url) => name(&url),
        };
        let (target, status) = (self.line(&target, MOST_MESSAGE), answer.status().as_u16());
        AskError::Redirect { server: self.name.clone(), status, target }
    }

    pub(super) fn failed(&self, error: &reqwest::Error) -> AskError {
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
            cause = format!("the request goes through {proxy}, which failed: {cause}");
        }
        let cause = self.line(&cause, MOST_MESSAGE);
        AskError::Connection { server, cause, sent: !error.is_connect() }
    }
}
