//! Reads JSON so that it has only one meaning. If a key occurs twice in a table, some readers take the first
//! value and some the last (RFC 8259, 4): where the two differ, nobody knows what was said. Only fields that
//! say nothing about the answer, such as token counts, may occur twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Number, Value};

/// Fields that say nothing about an answer. They may occur twice, at any depth within, and the last one counts.
const BESIDE: [&str; 11] = [
    "usage",
    "usageMetadata",
    "metrics",
    "timings",
    "logprobs",
    "created",
    "created_at",
    "object",
    "service_tier",
    "system_fingerprint",
    "metadata",
];

/// Reads the one value in `bytes`.
///
/// # Errors
/// Returns an error if it is not JSON, or if a key occurs twice with different values. [`what`] says which.
pub(crate) fn read_json(bytes: &[u8]) -> Result<Value, Error> {
    read(bytes, UniqueKeys { of_a_product: false })
}

/// Reads what a product of the user's says, whose fields may have any names and mean anything: no key may occur twice, with
/// whatever values.
///
/// # Errors
/// As [`read_json`].
pub(super) fn read_product(bytes: &[u8]) -> Result<Value, Error> {
    read(bytes, UniqueKeys { of_a_product: true })
}

fn read(bytes: &[u8], keys: UniqueKeys) -> Result<Value, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = keys.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// Describes, for a message, the text that caused `error`.
pub(super) fn what(error: &Error) -> String {
    match error.is_data() {
        true => format!("JSON in which {error}"),
        false => format!("text that is not JSON ({error})"),
    }
}

/// Reads a value in whose tables no key occurs twice with different values; in those of a product, none occurs twice at all.
#[derive(Clone, Copy)]
struct UniqueKeys {
    of_a_product: bool,
}

impl<'de> DeserializeSeed<'de> for UniqueKeys {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = table.next_key::<String>()? {
            if !self.of_a_product && BESIDE.contains(&key.as_str()) {
                all.insert(key, table.next_value()?);
                continue;
            }
            let value = table.next_value_seed(self)?;
            match all.get(&key) {
                Some(before) if self.of_a_product || *before != value => {
                    // The message is redacted and cut where it is shown.
                    let words = format!("`{key}` occurs twice, first as {before} and then as {value}");
                    return Err(A::Error::custom(words));
                }
                _ => all.insert(key, value),
            };
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_json_is_read_as_it_is_elsewhere() {
        for text in [
            r#"{"a":[1,-2,0.5,1e3,true,null,"\u00e4\n",{}],"b":{"c":18446744073709551615}}"#,
            " [] ",
            "\"x\"",
            "1E400",
            "{\"a\":1} x",
            "{\"a\":",
            "",
            "{\"a\" 1}",
            "\"\\ud83d\"",
        ] {
            match (read_json(text.as_bytes()), serde_json::from_slice::<Value>(text.as_bytes())) {
                (Ok(here), Ok(there)) => assert_eq!(here, there, "{text}"),
                (Err(here), Err(there)) => assert_eq!(here.to_string(), there.to_string(), "{text}"),
                (here, there) => panic!("{text}: {here:?} and {there:?}"),
            }
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(read_json(deep.as_bytes()).is_err_and(|error| !error.is_data()), "it goes only so deep");
    }

    #[test]
    fn a_product_says_each_field_once() {
        for twice in [
            r#"{"id":"x","id":"x"}"#,
            r#"{"a":[{"b":{"id":1,"\u0069d":1}}]}"#,
            r#"{"metadata":{"ranking":["a"]},"metadata":{"ranking":["b"]}}"#,
            r#"{"usage":{"n":1,"n":1}}"#,
        ] {
            assert!(read_product(twice.as_bytes()).is_err_and(|error| error.is_data()), "{twice}");
        }
        assert!(read_product(br#"{"a":{"id":1},"b":{"id":1}}"#).is_ok());
    }

    #[test]
    fn a_key_that_stands_twice_leaves_open_what_was_said() {
        for (text, wanted) in [
            (
                r#"{"a":{"text":"x","text":"y"}}"#,
                Some(r#"`text` occurs twice, first as "x" and then as "y""#),
            ),
            (r#"[{"a":null,"a":1}]"#, Some("`a` occurs twice, first as null and then as 1")),
            (r#"{"a":1,"\u0061":2}"#, Some("`a` occurs twice, first as 1 and then as 2")),
            // Both values are the same.
            (r#"{"a":{"b":1},"a":{"b":1}}"#, None),
            // Counts say nothing about an answer.
            (r#"{"usage":{"n":1,"n":2},"usage":{"n":3},"created":1,"created":2}"#, None),
        ] {
            let made = read_json(text.as_bytes()).map_err(|error| what(&error));
            match wanted {
                None => assert!(made.is_ok(), "{text}: {made:?}"),
                Some(words) => {
                    assert!(made.clone().is_err_and(|error| error.contains(words)), "{text}: {made:?}")
                }
            }
        }
    }
}
