//! Responses without keys. A wire can return nothing else: only this file makes a [`RedactedResponse`], and it
//! takes out keys that a server, a program or a function may have repeated.

use std::ops::Deref;

use super::http::Server;
use super::own_answer::TakenAnswer;
use super::secrets::Secrets;
use super::{Finish, Response, Upstream, Usd, printable};

/// The longest model version that is kept, in characters.
const MOST_VERSION: usize = 120;

/// A response that may be kept and shown: it holds no key, and everything but its text is short lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RedactedResponse(Response);

impl RedactedResponse {
    /// Makes the response to a question that a filter stopped: it has no text.
    pub(super) fn filtered() -> RedactedResponse {
        RedactedResponse(Response { finish: Finish::Filter, ..Response::default() })
    }

    /// Adds what headers report: the cost, unless the body reports it, and whether a cache gave the response.
    pub(super) fn with_heads(mut self, usd: Option<Usd>, cached: bool) -> RedactedResponse {
        if usd.is_some() || cached {
            let upstream = self.0.upstream.get_or_insert_default();
            upstream.usd = upstream.usd.or(usd);
            upstream.cached |= cached;
        }
        self
    }

    /// Returns the response itself.
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
    /// Makes the response from what a user's own program or function said.
    pub(super) fn said(&self, text: &str) -> RedactedResponse {
        RedactedResponse(Response { text: self.text(text), finish: Finish::Other, ..Response::default() })
    }

    /// Makes the response from what they said in their own shape.
    pub(super) fn gave(&self, taken: TakenAnswer, finish: Finish) -> RedactedResponse {
        let TakenAnswer { text, structure } = taken;
        RedactedResponse(Response { text: self.text(&text), structure, finish, ..Response::default() })
    }
}

impl Server {
    /// Takes the keys out of `response`, whose text and version are the provider's own words, and makes its
    /// version and its finish one short line each.
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

    /// Makes each word of `upstream` one short line without keys. Returns `None` if nothing is left.
    fn plain(&self, upstream: Upstream) -> Option<Box<Upstream>> {
        let plain = |word: Option<String>| {
            word.map(|word| self.line(&word, MOST_VERSION)).filter(|word| !word.is_empty())
        };
        let [host, fingerprint, id] = [upstream.host, upstream.fingerprint, upstream.id].map(plain);
        Upstream { host, fingerprint, id, ..upstream }.told()
    }
}
