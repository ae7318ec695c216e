//! The errors that can occur when a respondent is asked, and whether trying again may help.

use std::time::Duration;

use thiserror::Error;

/// Why a question has no response.
///
/// Messages hold the provider's own words as one short line (`one_line`), never a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AskError {
    /// The request took longer than `[sampling] timeout` allows.
    #[error("{server} gave no answer within {limit:?}")]
    Timeout {
        /// The server, as messages name it.
        server: String,
        /// The longest that a request may take.
        limit: Duration,
    },

    /// The server could not be reached, or the connection was lost.
    #[error("{server} {}: {cause}", if *.sent { "broke off" } else { "cannot be reached" })]
    Connection {
        /// The server, as messages name it.
        server: String,
        /// The network error.
        cause: String,
        /// Whether there was a connection, so that the question may have arrived.
        sent: bool,
    },

    /// The server answered with an error.
    #[error("{server} answered {status}: {message}")]
    Status {
        /// The server, as messages name it.
        server: String,
        /// The HTTP status.
        status: u16,
        /// The provider's own words, or a description of the body.
        message: String,
        /// The time that the server asks to wait.
        retry_after: Option<Duration>,
        /// Whether the account is used up, so that waiting does not help.
        exhausted: bool,
    },

    /// A redirect that is not followed, because the key would travel with it or the question would be lost.
    #[error(
        "{server} redirects to {target} ({status}), which is not followed: put the final address into base_url"
    )]
    Redirect {
        /// The server, as messages name it.
        server: String,
        /// The HTTP status, from 300 to 399.
        status: u16,
        /// Where the redirect leads, as one line.
        target: String,
    },

    /// The server could not prove its identity, or does not speak TLS.
    #[error("{server} cannot be trusted: {what}")]
    Untrusted {
        /// The server, as messages name it.
        server: String,
        /// What is wrong with its certificate or its connection.
        what: String,
    },

    /// The server answered with something other than an answer.
    #[error("{server} answered with {what}")]
    Unreadable {
        /// The server, as messages name it.
        server: String,
        /// What came instead of an answer, for messages.
        what: String,
        /// Whether the same request may succeed later.
        may_pass: bool,
    },

    /// A program or a function of the user failed.
    #[error("{who} {what}")]
    Own {
        /// The program or the function, as messages name it.
        who: String,
        /// What went wrong, as a fragment that follows the name.
        what: String,
        /// Whether the same request may succeed later.
        may_pass: bool,
        /// Whether the program or the function was asked at all.
        started: bool,
    },
}

impl AskError {
    /// Returns whether the same request may succeed later: after time-outs, lost connections, the statuses 408,
    /// 409, 425, 429, 498 (Groq's tier is full) and 5xx, and answers that broke off. Other errors end the
    /// asking of the model.
    pub fn may_pass(&self) -> bool {
        match self {
            AskError::Timeout { .. } | AskError::Connection { .. } => true,
            AskError::Status { status, exhausted, .. } => {
                !exhausted && matches!(status, 408 | 409 | 425 | 429 | 498 | 500..)
            }
            AskError::Redirect { .. } | AskError::Untrusted { .. } => false,
            AskError::Unreadable { may_pass, .. } | AskError::Own { may_pass, .. } => *may_pass,
        }
    }

    /// Returns whether the question certainly cost nothing: nobody received it, or it was rejected.
    pub fn costs_nothing(&self) -> bool {
        match self {
            AskError::Status { .. } | AskError::Redirect { .. } | AskError::Untrusted { .. } => true,
            AskError::Connection { sent, .. } => !sent,
            AskError::Own { started, .. } => !started,
            AskError::Timeout { .. } | AskError::Unreadable { .. } => false,
        }
    }

    /// Returns whether the model may have answered all the same, so that the failure may depend on the answer:
    /// after a server error, a time-out, or a connection or an answer that broke off. A request that was turned
    /// away first (429, 529, a refused connection) got no answer.
    pub fn may_have_answered(&self) -> bool {
        match self {
            AskError::Timeout { .. } | AskError::Unreadable { .. } => true,
            AskError::Connection { sent, .. } => *sent,
            AskError::Own { started, .. } => *started,
            AskError::Status { status, .. } => *status >= 500 && *status != 529,
            AskError::Redirect { .. } | AskError::Untrusted { .. } => false,
        }
    }

    /// Returns how long the server asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            AskError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a model cannot be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConnectError {
    #[error("the environment variable {variable}, which holds the key of `{model}`, is not set")]
    NoKey { variable: String, model: String },

    #[error("the environment variable {variable}, which a header of `{model}` uses, is not set")]
    NoVariable { variable: String, model: String },

    #[error(
        "the environment variable {variable} holds a key that cannot be sent: it has line breaks or control characters"
    )]
    BadKey { variable: String },

    /// The provider does not take a setting.
    #[error("{message}: {help}")]
    Setting { message: String, help: String },

    /// The URL cannot be used. It is not repeated, since it may hold a password.
    #[error("the base_url of `{model}` cannot be used: {cause}")]
    Url { model: String, cause: String },

    #[error("[model.http] of `{model}` cannot be used: {cause}")]
    Endpoint { model: String, cause: String },

    /// The model has no command. Configs are checked for that; a model made in code may lack it.
    #[error("`{model}` has no `command`")]
    Command { model: String },

    /// The function is missing: by mistake in the test target, or because a program without functions reads the
    /// config.
    #[error("no function is registered for `{model}`{known}: {help}")]
    Function { model: String, known: String, help: String },

    #[error("the provider of `{model}` cannot be asked")]
    Provider { model: String },

    #[error("no connection can be made from this machine: {cause}")]
    Client { cause: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        let status = |status, exhausted| {
            let (server, message) = ("s".to_owned(), "m".to_owned());
            AskError::Status { server, status, message, retry_after: None, exhausted }.may_pass()
        };
        for passes in [408, 409, 425, 429, 498, 500, 502, 503, 529] {
            assert!(status(passes, false), "{passes}");
        }
        for stays in [400, 401, 403, 404, 422] {
            assert!(!status(stays, false), "{stays}");
        }
        assert!(!status(429, true));
    }
}
