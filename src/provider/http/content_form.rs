//! Finds out in which form an answer to a request for a stream comes. Its first bytes say more than its head:
//! many servers and gateways set no content type, or set the same for everything (`text/html`).

use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

use super::frames::{self, KIND};
use super::{MOST_BYTES, RawReply, Server};
use crate::provider::AskError;
use crate::provider::body::{Begins, begins};

/// The form in which an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentForm {
    Whole,
    Events,
    /// Binary messages of AWS.
    Frames,
}

impl Server {
    /// Finds out in which form an answer comes. The bytes that were read for that are in `raw`.
    pub(super) async fn comes(
        &self,
        raw: &mut RawReply,
        answer: &mut Response,
    ) -> Result<ContentForm, AskError> {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(KIND)) {
            return Ok(ContentForm::Frames);
        }
        loop {
            if raw.bytes.len() > MOST_BYTES {
                return Ok(ContentForm::Events);
            }
            let known = begins(&raw.bytes).and_then(|begins| match begins {
                Begins::Markup => Some(ContentForm::Whole),
                Begins::Json if !raw.lines => Some(ContentForm::Whole),
                Begins::Json | Begins::Events => Some(ContentForm::Events),
                Begins::Other => frames::begins(&raw.bytes).map(|framed| match framed {
                    true => ContentForm::Frames,
                    false if raw.html => ContentForm::Whole,
                    false => ContentForm::Events,
                }),
            });
            if let Some(known) = known {
                return Ok(known);
            }
            match answer.chunk().await.map_err(|error| self.failed(&error))? {
                Some(chunk) => raw.bytes.extend_from_slice(&chunk),
                None if raw.lines => return Ok(ContentForm::Events),
                None => return Ok(ContentForm::Whole),
            }
        }
    }
}
