//! How a response ended, as its provider says: the first thing that is asked of it.

use serde::{Deserialize, Serialize};

/// Why the model stopped. Whatever a text says, it is an answer only where it is whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It had said all.
    Stop,
    /// The length limit cut it.
    Length,
    /// The provider's content filter cut it, or the provider says that the model refused.
    Filter,
    /// The provider has no such word (a program, a function), or gave none.
    #[default]
    Other,
    /// A reason that this crate does not know, in the provider's own word; or what stands beside its text and is none.
    Unknown(String),
}
