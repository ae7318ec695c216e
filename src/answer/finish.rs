//! How a response ended, as the provider reports it. This is checked before the text is read.

use serde::{Deserialize, Serialize};

/// Why the model stopped. A text counts as an answer only if it is complete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model finished by itself.
    Stop,
    /// The limit on its length cut the response.
    Length,
    /// The provider's content filter cut the response, or the provider says that the model refused.
    Filter,
    /// No reason was given: programs and functions have none, and some servers leave it out.
    #[default]
    Other,
    /// The provider's own word for a reason that this crate does not know, or a field that casts doubt on the text.
    Unknown(String),
}
