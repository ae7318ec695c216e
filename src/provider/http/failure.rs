//! Says in plain words why a request failed. A message names the server and repeats its own words, but never a key.

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
    /// Returns the failure in the body of a success: some gateways report failures with status 200.
    pub(in crate::provider) fn gateway_error(&self, value: &Value, raw: &RawReply) -> Option<AskError> {
        let failed = error_body::failed(value.get("error"))
            || value.get("object").and_then(Value::as_str) == Some("error");
        failed.then(|| self.failure(value, raw.retry_after))
    }

    /// Makes the failure that `body` reports. Its status, if any, is in the body.
    pub(in crate::provider) fn failure(&self, body: &Value, retry_after: Option<Duration>) -> AskError {
        match error_body::status(body) {
            Some(status) => self.status(status, body, retry_after),
            None => self.unreadable(format!("an error: {}", self.message(body)), true),
        }
    }

    /// Makes the error for an answer that is not what it should be.
    pub(in crate::provider) fn unreadable(&self, what: impl Into<String>, may_pass: bool) -> AskError {
        let what = self.secrets.redact(&what.into());
        AskError::Unreadable { server: self.name.clone(), what, may_pass }
    }

    /// Makes the error for a status of success that comes without an answer (202) or with a part of one (206).
    pub(in crate::provider) fn no_answer(&self, status: StatusCode) -> AskError {
        self.unreadable(format!("{status}, which comes with no answer"), true)
    }

    /// Returns `text` without the keys that the server may have repeated.
    pub(in crate::provider) fn redact(&self, text: &str) -> String {
        self.secrets.text(text)
    }

    /// Returns `text` without keys, as one line of at most `most` characters.
    pub(in crate::provider) fn line(&self, text: &str, most: usize) -> String {
        self.secrets.line(text, most)
    }

    pub(in crate::provider) fn json(&self, bytes: &[u8]) -> Result<Value, AskError> {
        self.json_read_by(bytes, strict::read_json)
    }

    /// As [`json`](Self::json), of a product of the user's.
    pub(in crate::provider) fn product_json(&self, bytes: &[u8]) -> Result<Value, AskError> {
        self.json_read_by(bytes, strict::read_product)
    }

    fn json_read_by(
        &self,
        bytes: &[u8],
        read: fn(&[u8]) -> serde_json::Result<Value>,
    ) -> Result<Value, AskError> {
        let bytes = without_mark(bytes);
        if bytes.trim_ascii().is_empty() {
            return Err(self.unreadable("nothing (an empty body)", true));
        }
        read(bytes).map_err(|error| match error.is_eof() {
            true => self.unreadable(format!("JSON that breaks off after {} bytes", bytes.len()), true),
            false if is_stream(bytes) => self.streamed(""),
            false => self.unreadable(self.line(&strict::what(&error), MOST_MESSAGE), true),
        })
    }

    /// Makes the error for a stream that was not asked for, which would come again each time.
    pub(in crate::provider) fn streamed(&self, instead: &str) -> AskError {
        let what = "a stream of events, although the whole answer was asked for at once: something on the way (usually a gateway's setting) switches `stream` on: switch it off";
        self.unreadable(format!("{what}{instead}"), false)
    }

    /// Describes a web page by its title.
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

    /// Makes the failure with this status, in the provider's own words.
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

    /// Returns the provider's own words, wherever `body` has them.
    pub(in crate::provider) fn message(&self, body: &Value) -> String {
        self.line(&error_body::message(body), MOST_MESSAGE)
    }

    /// Returns a hint at what in the request may have caused a failure, where the message does not say.
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

    /// Returns whether nothing is sent that says who asks.
    fn keyless(&self) -> bool {
        let basic = !self.url.username().is_empty() || self.url.password().is_some();
        !basic && self.keys.is_keyless()
    }

    /// Returns the path of an address for messages. Parts that look like a key are left out.
    fn path(&self, url: &Url) -> String {
        let parts = url.path().split('/').map(|part| if looks_like_key(part) { "…" } else { part });
        self.line(&parts.collect::<Vec<_>>().join("/"), MOST_TITLE)
    }

    pub(super) fn redirected(&self, answer: &reqwest::Response) -> AskError {
        let target = answer.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| answer.url().join(target).ok());
        let target = match target {
            None => "an unknown address".to_owned(),
            // If the host is the same, the rest of the address differs.
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
        // If the connection was not established in time, the question was not sent either.
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
