//! Reads how a response ended, in the words of its provider. Each wire has a table of the words it knows; this
//! file says what becomes of other words.
//!
//! A response only counts as whole if its provider says so with a known word. A response that broke off on the
//! server is not recorded, and asked for again.

use serde_json::Value;

use super::http::Server;
use super::{AskError, Finish};
use crate::ground::text::one_line;

/// The longest word of a provider that is kept, in characters.
const MOST_WORD: usize = 60;

/// The words of one wire for how a response ended. Their case and the signs between their parts do not matter:
/// `MAX_TOKENS`, `max-tokens` and `FinishReason.MAX_TOKENS` are the same.
#[derive(Debug)]
pub(super) struct FinishWords {
    /// The model finished its answer.
    pub whole: &'static [&'static str],
    /// A length limit cut the answer off.
    pub cut: &'static [&'static str],
    /// The provider's filter stepped in, or the model refused.
    pub filtered: &'static [&'static str],
    /// The answer failed on the server, or is not finished.
    pub broken: &'static [&'static str],
}

/// The meaning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FinishMeaning {
    Finished(Finish),
    Broken,
}

impl FinishWords {
    /// Reads the value in `field`. A missing or empty one gives `Finish::Other`.
    ///
    /// # Errors
    /// Returns an error if the response broke off on the server or is not finished. Another try may succeed.
    pub(super) fn read(
        &self,
        server: &Server,
        field: &str,
        value: Option<&Value>,
    ) -> Result<Finish, AskError> {
        let Some(word) = word(value) else { return Ok(Finish::Other) };
        match self.known(&word) {
            Some(FinishMeaning::Finished(finish)) => Ok(finish),
            Some(FinishMeaning::Broken) => Err(unfinished(server, field, &word)),
            None => Ok(Finish::Unknown(word)),
        }
    }

    /// Reads the value in `field` for a provider that always says how a response ended. A missing or empty one
    /// is an error.
    pub(super) fn read_always(
        &self,
        server: &Server,
        field: &str,
        value: Option<&Value>,
    ) -> Result<Finish, AskError> {
        match word(value) {
            Some(_) => self.read(server, field, value),
            None => Err(unfinished(server, field, "null")),
        }
    }

    /// Reads a word where the model cannot be asked again: a word for a failure is kept as it is.
    #[cfg(feature = "cli")]
    pub(super) fn told(&self, word: &str) -> Finish {
        match self.known(word) {
            Some(FinishMeaning::Finished(finish)) => finish,
            Some(FinishMeaning::Broken) | None => Finish::Unknown(one_line(word, MOST_WORD)),
        }
    }

    /// Reads a value: `None` if it says nothing, `Some(None)` if it says that the answer broke off.
    pub(super) fn meant(&self, value: &Value) -> Option<Option<Finish>> {
        let word = word(Some(value))?;
        Some(match self.known(&word) {
            Some(FinishMeaning::Finished(finish)) => Some(finish),
            Some(FinishMeaning::Broken) => None,
            None => Some(Finish::Unknown(word)),
        })
    }

    /// Returns whether a value says that the model finished its answer.
    pub(super) fn is_whole(&self, value: &Value) -> bool {
        let word = word(Some(value)).unwrap_or_default();
        self.known(&word) == Some(FinishMeaning::Finished(Finish::Stop))
    }

    fn known(&self, word: &str) -> Option<FinishMeaning> {
        let word = plain(word);
        let is = |words: &[&str]| words.contains(&word.as_str());
        if is(self.whole) {
            Some(FinishMeaning::Finished(Finish::Stop))
        } else if is(self.cut) {
            Some(FinishMeaning::Finished(Finish::Length))
        } else if is(self.filtered) {
            Some(FinishMeaning::Finished(Finish::Filter))
        } else if is(self.broken) {
            Some(FinishMeaning::Broken)
        } else {
            None
        }
    }
}

/// Replaces `finish`, which was read from `field` of `of`, if that field exists but is empty: then the server
/// has not said that the answer ended. Simple servers do not have the field at all.
pub(super) fn untold(finish: Finish, of: &Value, field: &str) -> Finish {
    match (&finish, of.get(field)) {
        (Finish::Other, Some(Value::Null)) => {
            Finish::Unknown(format!("nothing says how it ended (`{field}` is null)"))
        }
        (Finish::Other, Some(_)) => {
            Finish::Unknown(format!("nothing says how it ended (`{field}` is empty)"))
        }
        _ => finish,
    }
}

/// Makes the error for a response that is not whole, through no fault of the model.
pub(super) fn unfinished(server: &Server, field: &str, word: &str) -> AskError {
    let word = server.line(word, MOST_WORD);
    server.unreadable(format!("a response that is not finished (`{field}` is `{word}`)"), true)
}

/// Returns the word in a field: a string, the `type` of an object (`{"type": "abort"}`), or any other value as JSON.
pub(super) fn word(value: Option<&Value>) -> Option<String> {
    let word = match value? {
        Value::Null => return None,
        Value::String(word) => word.clone(),
        Value::Object(fields) => match fields.get("type") {
            Some(Value::String(word)) => word.clone(),
            _ => value?.to_string(),
        },
        other => other.to_string(),
    };
    (!word.trim().is_empty()).then_some(word)
}

fn plain(word: &str) -> String {
    let word = word.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    // Some servers put the name of Google's enum before the word.
    let names = ["finishreason.", "finish_reason_"];
    names.iter().find_map(|name| word.strip_prefix(name)).unwrap_or(&word).to_owned()
}

/// Returns `finish` so that it may be recorded and printed: a provider's own word becomes one short line
/// without control characters.
pub(crate) fn printable(finish: Finish) -> Finish {
    let Finish::Unknown(word) = finish else { return finish };
    let word = one_line(&word, MOST_WORD);
    Finish::Unknown(if word.is_empty() { "a word without letters".to_owned() } else { word })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ENDS: FinishWords =
        FinishWords { whole: &["stop"], cut: &["max_tokens"], filtered: &["safety"], broken: &["error"] };

    #[test]
    fn a_word_is_known_in_any_dress() {
        for dress in ["max_tokens", "MAX_TOKENS", "max-tokens", "Max Tokens", " FinishReason.MAX_TOKENS\n"] {
            assert_eq!(ENDS.known(dress), Some(FinishMeaning::Finished(Finish::Length)), "{dress}");
        }
        assert_eq!(ENDS.known("STOP"), Some(FinishMeaning::Finished(Finish::Stop)));
        assert_eq!(ENDS.known("Error"), Some(FinishMeaning::Broken));
        for other in ["stopped", "sto", "no error", "maxtokens", "."] {
            assert_eq!(ENDS.known(other), None, "{other}");
        }
    }

    #[test]
    fn a_word_is_found_in_whatever_is_there() {
        for (value, wanted) in [
            (json!("stop"), Some("stop")),
            (json!({ "type": "abort", "message": "m" }), Some("abort")),
            (json!({ "kind": 1 }), Some("{\"kind\":1}")),
            (json!(2), Some("2")),
            (json!(" "), None),
            (json!(null), None),
        ] {
            assert_eq!(word(Some(&value)).as_deref(), wanted, "{value}");
        }
        assert_eq!(word(None), None);
    }

    #[test]
    fn a_strange_word_becomes_one_short_line() {
        let printed = |word: &str| printable(Finish::Unknown(word.to_owned()));
        assert_eq!(printed("a\r\n\u{1b}[31mb\u{202e}"), Finish::Unknown("a b".to_owned()));
        let Finish::Unknown(long) = printed(&"x".repeat(9000)) else { panic!("another finish") };
        assert_eq!((long.chars().count(), long.ends_with('…')), (MOST_WORD + 1, true));
        assert_eq!(printed(&long), Finish::Unknown(long.clone()), "once is enough");
        assert_eq!(printed("\u{7}"), Finish::Unknown("a word without letters".to_owned()));
        assert_eq!(printable(Finish::Filter), Finish::Filter);
    }
}
