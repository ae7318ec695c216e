//! What can go wrong when a respondent is asked, and whether trying again may help.

use std::time::Duration;

use thiserror::Error;

/// Why a question has no response.
///
/// Messages hold the provider's own words, made one line and cut (`one_line`), never a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AskError {
    #[error("{server} gave no answer within {limit:?}")]
    Timeout { server: String, limit: Duration },

    /// It could not be reached, or broke off.
    #[error("{server} cannot be reached: {cause}")]
    Connection {
        server: String,
        cause: String,
        /// Whether the question may have arrived: there was a connection.
        sent: bool,
    },

    #[error("{server} answered {status}: {message}")]
    Status {
        server: String,
        status: u16,
        message: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// It is a used-up account, which no waiting helps.
        exhausted: bool,
    },

    /// A redirect that is not followed, because the key would travel with it, or the question would be
    /// lost on the way.
    #[error(
        "{server} redirects to {target} ({status}), which is not followed: name the right place in base_url"
    )]
    Redirect { server: String, status: u16, target: String },

    /// Who answers there cannot show that it is who was meant, or speaks no TLS.
    #[error("{server} cannot be trusted: {what}")]
    Untrusted { server: String, what: String },

    /// It answered something else than it should.
    #[error("{server} answered {what}")]
    Unreadable { server: String, what: String, may_pass: bool },

    /// A program or a function of the user's own did not do its part.
    #[error("{who} {what}")]
    Own {
        who: String,
        what: String,
        may_pass: bool,
        /// Whether it was asked at all.
        started: bool,
    },
}

impl AskError {
    /// Whether the same request may succeed later: time-outs, lost connections, 408, 409, 425,
    /// 429, 498 (Groq's tier without room), 5xx, and answers that broke off. Everything else ends the model's turn.
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

    /// Whether the question was certainly not answered, so that it costs nothing: nobody got it, or it was
    /// turned down.
    pub fn costs_nothing(&self) -> bool {
        match self {
            AskError::Status { .. } | AskError::Redirect { .. } | AskError::Untrusted { .. } => true,
            AskError::Connection { sent, .. } => !sent,
            AskError::Own { started, .. } => !started,
            AskError::Timeout { .. } | AskError::Unreadable { .. } => false,
        }
    }

    /// How long the server asks to wait before the next try.
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

    #[error("the environment variable {variable}, which a header of `{model}` is made of, is not set")]
    NoVariable { variable: String, model: String },

    #[error(
        "the environment variable {variable} holds no key that can be sent: it has line breaks or control characters"
    )]
    BadKey { variable: String },

    /// A setting that its provider does not take.
    #[error("{message}: {help}")]
    Setting { message: String, help: String },

    /// The URL itself is not repeated: it may hold a password.
    #[error("the base_url of `{model}` cannot be used: {cause}")]
    Url { model: String, cause: String },

    #[error("[model.http] of `{model}` cannot be used: {cause}")]
    Endpoint { model: String, cause: String },

    /// The config sees to that; a model made by hand may lack it.
    #[error("`{model}` has no `command`")]
    Command { model: String },

    /// It is a mistake of the test target, or a program that has no functions reads the config.
    #[error("no function is registered for `{model}`{known}: {help}")]
    Function { model: String, known: String, help: String },

    #[error("`{model}` is a tally: it holds answers and cannot be asked")]
    Tally { model: String },

    #[error("no connection can be made from this machine: {cause}")]
    Client { cause: String },
}

/// Text from outside as one printable line of at most `most` characters: terminal escapes,
/// control characters and bidirectional overrides are gone, white space is single spaces, and a
/// workflow command (`::set-env…`, `##vso[…]`) is broken up.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_escape(&mut rest),
            '\u{9b}' => skip_until_final(&mut rest),
            c if c.is_whitespace() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c if c.is_control() || is_bidi(c) => {}
            c => {
                let command = match c {
                    ':' => line == ":",
                    '#' => line.ends_with('#'),
                    _ => false,
                };
                if command {
                    line.push(' ');
                }
                line.push(c);
            }
        }
    }
    let line = line.trim();
    match line.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", line[..cut].trim_end()),
        None => line.to_owned(),
    }
}

/// Characters that reorder the text around them on a screen.
pub(crate) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn skip_escape(rest: &mut Rest<'_>) {
    match rest.next() {
        Some('[') => skip_until_final(rest),
        // Strings (titles, links, device control) end with BEL or ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || c == '\u{9c}' {
                    break;
                }
                if c == '\u{1b}' {
                    rest.next();
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_until_final(rest: &mut Rest<'_>) {
    while let Some(c) = rest.next_if(|c| matches!(c, '\u{20}'..='\u{7e}')) {
        if matches!(c, '@'..='~') {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_becomes_one_harmless_line() {
        for (text, wanted) in [
            ("  two\r\n  lines\t ", "two lines"),
            ("\u{1b}[31mred\u{1b}[0m \u{9b}1mbold", "red bold"),
            ("a\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c", "abc"),
            ("bell\u{7} and \u{202e}back", "bell and back"),
            ("::set-env name=A::b", ": :set-env name=A::b"),
            ("x ##vso[task]", "x # #vso[task]"),
            ("cut \u{1b}", "cut"),
        ] {
            assert_eq!(one_line(text, 60), wanted.trim(), "{text:?}");
        }
        assert_eq!(one_line("äöüß", 3), "äöü…");
    }

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
