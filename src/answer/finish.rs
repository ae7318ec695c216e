//! How a response ended, as its provider says: the first thing that is asked of it.

use serde::{Deserialize, Serialize};

/// Why the model stopped. Whatever a text says, it is an answer only where it is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model had said all that it wanted to say.
    Stop,
    /// The limit on its length cut the response.
    Length,
    /// The provider's content filter cut the response, or the provider says that the model refused.
    Filter,
    /// No reason was given: programs and functions have none, and some servers leave it out.
    #[default]
    Other,
    /// A reason that this crate does not know, in the provider's own word; or what stands beside its text and is none.
    Unknown(String),
}
