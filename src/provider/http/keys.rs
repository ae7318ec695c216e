//! What an answer says about the key that was sent with the question.

use reqwest::{Response, StatusCode};

use super::{MOST_BYTES, Server};
use crate::provider::body::without_mark;
use crate::provider::keyring::KeyStatus;
use crate::provider::{error_body, limits};

/// Words of a 403 for a key that has expired, as AWS and Google (for old tokens) send them.
const EXPIRED: &[&str] = &["expired", "expiredtoken", "token is no longer valid", "invalid_token"];

/// Words of a 403 that is about the signature, and not about the question.
const UNSIGNED: &[&str] = &["signature", "security token"];

impl Server {
    /// Returns what the answer says about the key, and the answer itself.
    pub(super) async fn came(&self, answer: Response) -> (KeyStatus, Response) {
        let wait = limits::retry_after(answer.headers());
        match answer.status() {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED) => {
                (KeyStatus::Refused { status: status.as_u16() }, answer)
            }
            StatusCode::TOO_MANY_REQUESTS => (KeyStatus::Limited { wait }, answer),
            StatusCode::FORBIDDEN => self.forbidden(answer).await,
            _ => (KeyStatus::Taken, answer),
        }
    }

    /// Reads a 403. With several keys, another one may be allowed what this one is not, unless a filter stopped
    /// the question. A single key is only fetched again if the body says that it has expired.
    async fn forbidden(&self, mut answer: Response) -> (KeyStatus, Response) {
        let mut bytes = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            if bytes.len() + chunk.len() > MOST_BYTES {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        let refused = match self.keys.is_several() {
            true => {
                let body = serde_json::from_slice(without_mark(&bytes));
                !body.is_ok_and(|body| error_body::filtered(403, &body))
            }
            false => {
                let said = String::from_utf8_lossy(&bytes).to_lowercase();
                let more = if self.keys.signer().is_some() { UNSIGNED } else { &[] };
                EXPIRED.iter().chain(more).any(|words| said.contains(words))
            }
        };
        let mut whole = http::Response::new(bytes);
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        (if refused { KeyStatus::Refused { status: 403 } } else { KeyStatus::Taken }, Response::from(whole))
    }
}
