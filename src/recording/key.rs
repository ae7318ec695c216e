//! The key of a recorded response: a hash of everything that shaped it.

use std::fmt;

use blake3::Hasher;
use serde_json::Value;

/// The version of the hashing scheme. With another one, older recordings are not found.
const SCHEME: &[u8] = b"alignspec recording 1";

/// The version of the hashing scheme for second turns.
const BACK: &[u8] = b"alignspec asked back 1";

/// The version of the hashing scheme for questions that are sent in parts.
const PARTS: &[u8] = b"alignspec parts 1";

/// A key of 128 bits: BLAKE3 of the respondent's identity, the item and form asked, and the text sent.
///
/// The item and the form are included because two forms may happen to have the same words (a shuffled order
/// that comes out as listed). Their answers are still two samples.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct QuestionKey([u8; 16]);

impl QuestionKey {
    /// Reads the 32 hexadecimal digits that [`Display`](fmt::Display) writes.
    pub(super) fn read(text: &str) -> Option<QuestionKey> {
        let mut key = [0; 16];
        if text.len() != 2 * key.len() {
            return None;
        }
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |at: usize| char::from(digits[at]).to_digit(16);
            *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
        }
        Some(QuestionKey(key))
    }

    /// Returns the key of the same question where its `parts` are sent beside its text, or in place of it.
    pub(crate) fn with_parts(&self, parts: &Value) -> QuestionKey {
        let mut hasher = Hasher::new();
        hasher.update(PARTS);
        hasher.update(&self.0);
        part(&mut hasher, Some(&parts.to_string()));
        finished(&hasher)
    }

    /// Returns the key of the turn after the one recorded under this key. It depends on everything that the
    /// first key depends on, on what was said in that turn, and on the words that ask back.
    pub(crate) fn back(&self, said: &str, words: &str) -> QuestionKey {
        let mut hasher = Hasher::new();
        hasher.update(BACK);
        hasher.update(&self.0);
        part(&mut hasher, Some(said));
        part(&mut hasher, Some(words));
        finished(&hasher)
    }
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: this is written for every request.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 32];
        for (digits, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            digits.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&hex).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Makes the keys of one respondent, under one system prompt.
pub(crate) struct Keys(Hasher);

impl Keys {
    pub(crate) fn new(identity: &Value, system: Option<&str>) -> Keys {
        let mut hasher = Hasher::new();
        hasher.update(SCHEME);
        part(&mut hasher, Some(&identity.to_string()));
        part(&mut hasher, system);
        Keys(hasher)
    }

    pub(crate) fn key(&self, item: &str, form: &str, prompt: &str, schema: Option<&Value>) -> QuestionKey {
        let mut hasher = self.0.clone();
        for text in [item, form, prompt] {
            part(&mut hasher, Some(text));
        }
        part(&mut hasher, schema.map(Value::to_string).as_deref());
        finished(&hasher)
    }
}

fn finished(hasher: &Hasher) -> QuestionKey {
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    QuestionKey(key)
}

/// Hashes each part with its length, so that different lists of parts differ in bytes. A missing part differs
/// from an empty one.
fn part(hasher: &mut Hasher, text: Option<&str>) {
    let length = text.map_or(u64::MAX, |text| text.len() as u64);
    hasher.update(&length.to_le_bytes());
    hasher.update(text.unwrap_or_default().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_part_counts_and_nothing_else() {
        let identity = json!({"model": "x"});
        let key = |system: Option<&str>, item, prompt, schema: Option<&Value>| {
            Keys::new(&identity, system).key(item, "listed", prompt, schema)
        };
        let first = key(None, "i", "p", None);
        assert_eq!(first, key(None, "i", "p", None));
        let schema = json!({});
        for other in [
            key(Some(""), "i", "p", None),
            key(None, "ip", "", None),
            key(None, "i", "q", None),
            key(None, "i", "p", Some(&schema)),
            Keys::new(&json!({"model": "y"}), None).key("i", "listed", "p", None),
            Keys::new(&identity, None).key("i", "reversed", "p", None),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn asking_back_is_another_key_for_each_conversation() {
        let key = |prompt| Keys::new(&json!({}), None).key("i", "f", prompt, None);
        let first = key("p").back("said", "words");
        for other in [
            key("p"),
            key("q").back("said", "words"),
            key("p").back("saidw", "ords"),
            first.back("said", "words"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn the_scheme_is_stable() {
        // Recordings in repositories depend on it.
        let key = Keys::new(&json!({"model": "x"}), Some("s")).key("i", "f", "p", Some(&json!({"a": 1})));
        assert_eq!(key.to_string(), "7a67ad981a1f37b19b928be32bbbede6");
        assert_eq!(key.back("a", "b").to_string(), "6f2e47211e9985ac981c6f64bfd97265");
        assert_eq!(QuestionKey::read(&key.to_string()), Some(key));
        assert_eq!(QuestionKey::read("xy"), None);
        assert_eq!(QuestionKey::read(&"g".repeat(32)), None);
    }
}
