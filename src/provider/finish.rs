//! How a response ended, in the words of its provider: what each word means, in one table per wire, and
//! what becomes of a word that stands in none.
//!
//! A response counts as whole only where its provider says so in a word that is known. One that broke off
//! on the server is no response: it is asked for again, and never recorded.

use serde_json::Value;

use super::http::Server;
use super::{AskError, Finish};
use crate::ground::text::one_line;

/// A provider's own word is kept up to this length, in characters.
const MOST_WORD: usize = 60;

/// The words of one wire for how a response ended. They are compared without regard to capitals and to
/// the sign between their parts: `MAX_TOKENS`, `max-tokens` and `FinishReason.MAX_TOKENS` are one word.
#[derive(Debug)]
pub(super) struct FinishWords {
    /// The model had said all.
    pub whole: &'static [&'static str],
    /// A limit of length cut it.
    pub cut: &'static [&'static str],
    /// The provider's filter stepped in, or the model refused.
    pub filtered: &'static [&'static str],
    /// It failed on the server, or is not finished.
    pub broken: &'static [&'static str],
}

/// What a word means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FinishMeaning {
    Finished(Finish),
    Broken,
}

impl FinishWords {
    /// What the value in `field` says; nothing, null and an empty word say nothing.
    ///
    /// # Errors
    /// The response broke off on the server, or is not finished: another try may succeed.
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

    /// As [`read`](Self::read), for providers that always say how a response ended: where nothing is said,
    /// it has not.
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

    /// What a word means where nobody can be asked again: one that says it broke off is shown as it is.
    #[cfg(feature = "cli")]
    pub(super) fn told(&self, word: &str) -> Finish {
        match self.known(word) {
            Some(FinishMeaning::Finished(finish)) => finish,
            Some(FinishMeaning::Broken) | None => Finish::Unknown(one_line(word, MOST_WORD)),
        }
    }

    /// What a value says of an end: nothing, a finish, or (`Some(None)`) that it broke off.
    pub(super) fn meant(&self, value: &Value) -> Option<Option<Finish>> {
        let word = word(Some(value))?;
        Some(match self.known(&word) {
            Some(FinishMeaning::Finished(finish)) => Some(finish),
            Some(FinishMeaning::Broken) => None,
            None => Some(Finish::Unknown(word)),
        })
    }

    /// Whether a value says that the model had said all.
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

/// `finish`, which `field` of `of` was read for: where the field is there and says nothing, nobody has said that the
/// answer ended. Simple servers have no such field at all.
pub(super) fn untold(finish: Finish, of: &Value, field: &str) -> Finish {
    match (&finish, of.get(field)) {
        (Finish::Other, Some(Value::Null)) => {
            Finish::Unknown(format!("its end was never told (`{field}` is null)"))
        }
        (Finish::Other, Some(_)) => Finish::Unknown(format!("its end was never told (`{field}` is empty)")),
        _ => finish,
    }
}

/// That a response is not whole, through no doing of the model's.
pub(super) fn unfinished(server: &Server, field: &str, word: &str) -> AskError {
    let word = server.line(word, MOST_WORD);
    server.unreadable(format!("a response that is not finished (`{field}` is `{word}`)"), true)
}

/// The word in a field: a string, what a server puts around one (`{"type": "abort"}`), or whatever else
/// is there as JSON.
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
    // Some servers print the name of Google's type along.
    let names = ["finishreason.", "finish_reason_"];
    names.iter().find_map(|name| word.strip_prefix(name)).unwrap_or(&word).to_owned()
}

/// `finish` as it may be recorded and printed: a provider's own word is one short line without control
/// characters.
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
