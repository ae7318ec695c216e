//! What an answer says of the key that was sent with its question.

use reqwest::{Response, StatusCode};

use super::{MOST_BYTES, Server};
use crate::respondent::keyring::Came;
use crate::respondent::limits;

/// Words of a 403 that is about a key which was good before: AWS's tokens say so, and Google's of old.
const EXPIRED: &[&str] = &["expired", "expiredtoken", "token is no longer valid", "invalid_token"];

/// Words of a 403 that is about a signature, and about nothing that was asked.
const UNSIGNED: &[&str] = &["signature", "security token"];

impl Server {
    /// What it says of the key, and the answer as it was.
    pub(super) async fn came(&self, answer: Response) -> (Came, Response) {
        let wait = limits::retry_after(answer.headers());
        match answer.status() {
            status @ (StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED) => {
                (Came::Refused { status: status.as_u16() }, answer)
            }
            StatusCode::TOO_MANY_REQUESTS => (Came::Limited { wait }, answer),
            StatusCode::FORBIDDEN => {
                let more = if self.keys.signer().is_some() { UNSIGNED } else { &[] };
                about_key(answer, &[EXPIRED, more]).await
            }
            _ => (Came::Taken, answer),
        }
    }
}

/// A 403 is mostly about what was asked, and sometimes about a key that has expired, as its body tells in one
/// of these words.
async fn about_key(mut answer: Response, words: &[&[&str]]) -> (Came, Response) {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        if bytes.len() + chunk.len() > MOST_BYTES {
            break;
        }
        bytes.extend_from_slice(&chunk);
    }
    let said = String::from_utf8_lossy(&bytes).to_lowercase();
    let came = match words.iter().copied().flatten().any(|words| said.contains(words)) {
        true => Came::Refused { status: 403 },
        false => Came::Taken,
    };
    let mut whole = http::Response::new(bytes);
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = std::mem::take(answer.headers_mut());
    (came, Response::from(whole))
}
