//! Responses without any key. A wire cannot give back any other: only what is here makes a [`RedactedResponse`], and
//! takes the keys out on the way, should a server, a program or a function repeat them.

use std::ops::Deref;

use super::http::Server;
use super::secrets::Secrets;
use super::{Finish, Response, Upstream, Usd, printable};

/// The version the provider reports is kept up to this length, in characters.
const MOST_VERSION: usize = 120;

/// A response as it may be kept and shown: no key is in it, and all but its text are short lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RedactedResponse(Response);

impl RedactedResponse {
    /// The response to a question that a filter stopped: it has no text.
    pub(super) fn filtered() -> RedactedResponse {
        RedactedResponse(Response { finish: Finish::Filter, ..Response::default() })
    }

    /// Adds what headers tell: what the response cost, unless its body told it, and whether a cache gave it.
    pub(super) fn with_heads(mut self, usd: Option<Usd>, cached: bool) -> RedactedResponse {
        if usd.is_some() || cached {
            let upstream = self.0.upstream.get_or_insert_default();
            upstream.usd = upstream.usd.or(usd);
            upstream.cached |= cached;
        }
        self
    }

    /// Returns the response, to be kept.
    pub fn into_response(self) -> Response {
        self.0
    }
}

impl Deref for RedactedResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0
    }
}

impl Secrets {
    /// What a program or a function of the user's own said.
    pub(super) fn said(&self, text: &str) -> RedactedResponse {
        RedactedResponse(Response { text: self.text(text), finish: Finish::Other, ..Response::default() })
    }
}

impl Server {
    /// Takes the keys out of `response`, whose text and version are the provider's own words. Its version and its
    /// finish become one short line each.
    pub(super) fn safe(&self, response: Response) -> RedactedResponse {
        let version = response.model.filter(|version| !version.is_empty());
        let finish = match response.finish {
            Finish::Unknown(word) => printable(Finish::Unknown(self.redact(&word))),
            known => known,
        };
        RedactedResponse(Response {
            text: self.redact(&response.text),
            finish,
            model: version.map(|version| self.line(&version, MOST_VERSION)),
            upstream: response.upstream.and_then(|upstream| self.plain(*upstream)),
            ..response
        })
    }

    /// What is told of who answered, each word as one short line without a key.
    fn plain(&self, upstream: Upstream) -> Option<Box<Upstream>> {
        let plain = |word: Option<String>| {
            word.map(|word| self.line(&word, MOST_VERSION)).filter(|word| !word.is_empty())
        };
        let [host, fingerprint, id] = [upstream.host, upstream.fingerprint, upstream.id].map(plain);
        Upstream { host, fingerprint, id, ..upstream }.told()
    }
}
