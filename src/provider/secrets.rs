//! Takes secrets out of any text that comes back: the model's key, the config's other keys, and secrets written
//! in the config itself. They are found whole or in part, since a text may be cut anywhere.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use secrecy::{ExposeSecret, SecretString};

use super::key::ApiKey;
use crate::config::Model;
use crate::ground::environment::Variables;
use crate::ground::text::one_line;

/// The text that replaces a secret.
const REDACTED: &str = "[key]";

/// Keys shorter than this are placeholders ("x", "none"): replacing them would garble the text.
const SHORTEST: usize = 6;

/// A part of a key of at least this many characters is hidden.
const PART: usize = 8;

/// A list of secrets without duplicates. `Debug` shows no part of them.
#[derive(Default)]
pub(super) struct Secrets(RwLock<Vec<SecretString>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.all().len())
    }
}

impl Secrets {
    /// Collects all secrets that a response of `model` may repeat.
    pub(super) fn of(model: &Model, keys: &[(String, ApiKey)], variables: Variables) -> Secrets {
        let all = Secrets::default();
        keys.iter().for_each(|(_, key)| all.add(key.expose()));
        for variable in &model.other_keys {
            if let Some(key) = variables(variable).map(SecretString::from) {
                all.add(key.expose_secret().trim());
            }
        }
        model.literals.iter().for_each(|literal| all.add(literal.expose_secret()));
        all
    }

    /// Adds a key or another secret that became known later.
    pub(super) fn learn(&self, secret: &str) {
        self.add(secret);
    }

    fn add(&self, secret: &str) {
        let known = self.all().iter().any(|known| known.expose_secret() == secret);
        if secret.len() >= SHORTEST && !known {
            self.0.write().unwrap_or_else(PoisonError::into_inner).push(SecretString::from(secret));
        }
    }

    fn all(&self) -> RwLockReadGuard<'_, Vec<SecretString>> {
        // The list stays whole even if another thread panicked.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `text` without the secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut hidden = Vec::new();
        for secret in self.all().iter() {
            mark(text, secret.expose_secret(), &mut hidden);
        }
        if hidden.is_empty() {
            return text.to_owned();
        }
        hidden.sort_unstable();
        let (mut kept, mut at) = (String::with_capacity(text.len()), 0);
        for (from, to) in hidden {
            if from >= at {
                kept.push_str(&text[at..from]);
                kept.push_str(REDACTED);
            }
            at = at.max(to);
        }
        kept.push_str(&text[at..]);
        kept
    }

    /// Returns `text` as one short line without the secrets. Secrets are found even where terminal escapes,
    /// which are removed, split them, or where the line is cut.
    pub(super) fn line(&self, text: &str, most: usize) -> String {
        one_line(&self.redact(&one_line(text, usize::MAX)), most)
    }

    /// Returns `text` without the secrets, as it came. It becomes one line if only the line shows a secret.
    pub(super) fn text(&self, text: &str) -> String {
        let redacted = self.redact(text);
        let line = one_line(&redacted, usize::MAX);
        let safe = self.redact(&line);
        if safe == line { redacted } else { safe }
    }
}

/// Adds to `hidden` the ranges of `text` that are `secret` or a telling part of it. Upper and lower case are
/// the same, since hosts are shown in lower case.
fn mark(text: &str, secret: &str, hidden: &mut Vec<(usize, usize)>) {
    let whole = text.match_indices(secret).map(|(at, found)| (at, at + found.len()));
    hidden.extend(whole);
    let (bytes, secret) = (text.as_bytes(), secret.as_bytes());
    if secret.len() < PART || bytes.len() < PART || !secret.is_ascii() {
        return;
    }
    let lower = |window: &[u8]| {
        let mut gram = [0; PART];
        gram.iter_mut().zip(window).for_each(|(to, from)| *to = from.to_ascii_lowercase());
        gram
    };
    let mut grams: HashMap<[u8; PART], Vec<usize>> = HashMap::new();
    for (at, window) in secret.windows(PART).enumerate() {
        grams.entry(lower(window)).or_default().push(at);
    }
    let mut at = 0;
    while at + PART <= bytes.len() {
        let places = grams.get(&lower(&bytes[at..at + PART])).map_or(&[][..], Vec::as_slice);
        let longest = places.iter().map(|place| {
            let same = bytes[at..].iter().zip(&secret[*place..]);
            same.take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count()
        });
        match longest.max() {
            // Letters alone may be a word of the answer.
            Some(length) if bytes[at..at + length].iter().all(u8::is_ascii_alphabetic) => at += 1,
            Some(length) => {
                hidden.push((at, at + length));
                at += length;
            }
            None => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(list: &[&str]) -> Secrets {
        let secrets = Secrets::default();
        list.iter().for_each(|secret| secrets.add(secret));
        secrets
    }

    #[test]
    fn a_key_is_taken_out_whole_or_in_part() {
        let secrets = secrets(&["sk-Very-Secret-0123456789", "ollama1"]);
        for (text, wanted) in [
            ("no key", "no key"),
            ("a sk-Very-Secret-0123456789 b", "a [key] b"),
            ("sk-Very-Secret-0123456789sk-Very-Secret-0123456789", "[key][key]"),
            ("it was sk-Very-Secret-01234", "it was [key]"),
            ("cret-0123456789: no", "[key]: no"),
            ("host sk-very-secret-0123456789.example", "host [key].example"),
            ("begins with sk-Very", "begins with sk-Very"),
            ("ollama1 or ollama", "[key] or ollama"),
            ("é sk-Very-S é", "é [key] é"),
        ] {
            assert_eq!(secrets.redact(text), wanted);
        }
        let torn = "sk-Very\u{1b}[0m-Secret-0123456789 and sk-Ve\u{7}ry-Secret";
        assert_eq!(secrets.line(torn, 80), "[key] and [key]");
        assert_eq!(secrets.text("two\nlines"), "two\nlines");
        assert!(!secrets.text(torn).contains("Secret"));
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
    }

    #[test]
    fn a_placeholder_of_letters_is_no_part_of_an_answer() {
        let secrets = secrets(&["transparency-and-more"]);
        assert_eq!(secrets.redact("Transparency, Transparent"), "Transparency, Transparent");
    }
}
