//! What the keys of a file take, as serde derived it from the type that the file is read into: the JSON schemas in
//! `schemas/` are made from this, so that editors accept what the parser accepts.
//!
//! Nothing describes a type but its reader. So the reader is run once for each key, on a file that leads to that key and
//! to nothing else, and what it asks for there is noted.

mod given;

use std::cell::RefCell;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use given::{DummyValue, KeyName};

/// What a key takes.
#[derive(Debug, Clone, PartialEq)]
pub enum TakenValue {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Whole {
        /// Whether it is never negative.
        unsigned: bool,
    },
    /// Any number.
    Number,
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list, each entry of which is this.
    List(Box<TakenValue>),
    /// Any keys, each of which takes this.
    Map(Box<TakenValue>),
    /// A table of these keys and no others.
    Table(Vec<TakenKey>),
    /// What its own reader accepts.
    Own,
}

/// A key of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenKey {
    /// As it stands in the file.
    pub name: &'static str,
    /// What stands after it.
    pub takes: TakenValue,
    /// Whether the table cannot be read without it.
    pub required: bool,
}

/// Returns what a type takes.
pub(crate) fn taken<T: for<'de> Deserialize<'de>>() -> TakenValue {
    at::<T>(&[])
}

/// A step from a value into what it holds.
#[derive(Debug, Clone, Copy)]
enum PathStep {
    Key(&'static str),
    /// An entry of a list or of a map.
    Entry,
}

/// What a reader asked for.
#[derive(Debug, Clone)]
enum AskedFor {
    Value(TakenValue),
    List,
    Map,
    Table(&'static [&'static str]),
    /// The first key that it misses; `None` if none.
    Missing(Option<&'static str>),
}

/// What is to be found out where the steps lead.
#[derive(Debug, Clone, Copy)]
enum ProbeWanted<'a> {
    Takes,
    /// Which key is missed where these are given.
    Misses(&'a [&'static str]),
}

fn at<T: for<'de> Deserialize<'de>>(path: &[PathStep]) -> TakenValue {
    let longer = |step: PathStep| [path, &[step]].concat();
    match ask::<T>(path, ProbeWanted::Takes) {
        Some(AskedFor::Value(value)) => value,
        Some(AskedFor::List) => TakenValue::List(Box::new(at::<T>(&longer(PathStep::Entry)))),
        Some(AskedFor::Map) => TakenValue::Map(Box::new(at::<T>(&longer(PathStep::Entry)))),
        Some(AskedFor::Table(names)) => {
            let mut required: Vec<&'static str> = Vec::new();
            while let Some(AskedFor::Missing(Some(name))) = ask::<T>(path, ProbeWanted::Misses(&required)) {
                if required.contains(&name) {
                    break;
                }
                required.push(name);
            }
            let key = |name: &&'static str| TakenKey {
                name,
                takes: at::<T>(&longer(PathStep::Key(name))),
                required: required.contains(name),
            };
            TakenValue::Table(names.iter().map(key).collect())
        }
        Some(AskedFor::Missing(_)) | None => TakenValue::Own,
    }
}

fn ask<T: for<'de> Deserialize<'de>>(path: &[PathStep], question: ProbeWanted<'_>) -> Option<AskedFor> {
    let found = RefCell::new(None);
    // It ends with an error as soon as the answer is known.
    drop(T::deserialize(KeyProbe { path, question, found: &found }));
    found.into_inner()
}

#[derive(Clone, Copy)]
struct KeyProbe<'a> {
    path: &'a [PathStep],
    question: ProbeWanted<'a>,
    found: &'a RefCell<Option<AskedFor>>,
}

/// The end of a run: the key that was missed, if that is why.
#[derive(Debug)]
struct ProbeStop(Option<&'static str>);

impl fmt::Display for ProbeStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.unwrap_or("stopped"))
    }
}

impl std::error::Error for ProbeStop {}

impl Error for ProbeStop {
    fn custom<T: fmt::Display>(_: T) -> ProbeStop {
        ProbeStop(None)
    }

    fn missing_field(field: &'static str) -> ProbeStop {
        ProbeStop(Some(field))
    }
}

impl<'a> KeyProbe<'a> {
    fn note(self, asked: AskedFor) -> ProbeStop {
        if self.path.is_empty() {
            self.found.borrow_mut().get_or_insert(asked);
        }
        ProbeStop(None)
    }

    fn value(self, value: TakenValue) -> ProbeStop {
        self.note(AskedFor::Value(value))
    }

    /// The probe one step further.
    fn further(self) -> Option<(PathStep, KeyProbe<'a>)> {
        let (step, path) = self.path.split_first()?;
        Some((*step, KeyProbe { path, ..self }))
    }
}

macro_rules! asks {
    ($($name:ident => $value:expr),* $(,)?) => {
        $(fn $name<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeStop> {
            Err(self.value($value))
        })*
    };
}

const UNSIGNED: TakenValue = TakenValue::Whole { unsigned: true };
const SIGNED: TakenValue = TakenValue::Whole { unsigned: false };

impl<'de> Deserializer<'de> for KeyProbe<'_> {
    type Error = ProbeStop;

    asks! {
        deserialize_any => TakenValue::Own,
        deserialize_ignored_any => TakenValue::Own,
        deserialize_bool => TakenValue::Bool,
        deserialize_i8 => SIGNED, deserialize_i16 => SIGNED, deserialize_i32 => SIGNED, deserialize_i64 => SIGNED,
        deserialize_i128 => SIGNED,
        deserialize_u8 => UNSIGNED, deserialize_u16 => UNSIGNED, deserialize_u32 => UNSIGNED,
        deserialize_u64 => UNSIGNED, deserialize_u128 => UNSIGNED,
        deserialize_f32 => TakenValue::Number, deserialize_f64 => TakenValue::Number,
        deserialize_char => TakenValue::Text, deserialize_str => TakenValue::Text,
        deserialize_string => TakenValue::Text, deserialize_identifier => TakenValue::Text,
        deserialize_bytes => TakenValue::Own, deserialize_byte_buf => TakenValue::Own, deserialize_unit => TakenValue::Own,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, ProbeStop> {
        Err(self.value(TakenValue::Own))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        match self.further() {
            Some((_, next)) => visitor.visit_seq(ProbedEntry(Some(next))),
            None => Err(self.note(AskedFor::List)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ProbeStop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        match self.further() {
            Some((_, next)) => visitor.visit_map(ProbedKeys { names: vec!["x"], of: Some(next) }),
            None => Err(self.note(AskedFor::Map)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        // A value with its place: what it takes is what the value takes.
        if let [.., value] = names
            && value.starts_with("$__")
        {
            return visitor.visit_map(ProbedKeys { names: names.to_vec(), of: Some(self) });
        }
        match (self.further(), self.question) {
            (Some((PathStep::Key(name), next)), _) => {
                visitor.visit_map(ProbedKeys { names: vec![name], of: Some(next) })
            }
            (Some((PathStep::Entry, _)), _) => Err(ProbeStop(None)),
            (None, ProbeWanted::Takes) => Err(self.note(AskedFor::Table(names))),
            (None, ProbeWanted::Misses(given)) => {
                let missed = visitor.visit_map(ProbedKeys { names: given.to_vec(), of: None }).err();
                Err(self.note(AskedFor::Missing(missed.and_then(|stop| stop.0))))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbeStop> {
        Err(self.value(TakenValue::Word(words)))
    }
}

/// A list with one entry.
struct ProbedEntry<'a>(Option<KeyProbe<'a>>);

impl<'de> SeqAccess<'de> for ProbedEntry<'_> {
    type Error = ProbeStop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ProbeStop> {
        self.0.take().map(|probe| seed.deserialize(probe)).transpose()
    }
}

/// A table with these keys, of which the last one leads on to a probe. Without a probe, all have some text.
struct ProbedKeys<'a> {
    names: Vec<&'static str>,
    of: Option<KeyProbe<'a>>,
}

impl<'de> MapAccess<'de> for ProbedKeys<'_> {
    type Error = ProbeStop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ProbeStop> {
        let Some(name) = self.names.first() else { return Ok(None) };
        let name = BorrowedStrDeserializer::<ProbeStop>::new(name);
        seed.deserialize(KeyName(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ProbeStop> {
        self.names.remove(0);
        match self.of {
            Some(probe) if self.names.is_empty() => seed.deserialize(probe),
            Some(_) => seed.deserialize(IntoDeserializer::<ProbeStop>::into_deserializer(0_usize)),
            None => seed.deserialize(DummyValue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn keys_are_found_with_what_they_take() {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Word {
            One,
            TwoWords,
        }
        #[derive(serde::Deserialize)]
        #[expect(dead_code, reason = "only its reader is looked at")]
        struct Inner {
            id: toml::Spanned<String>,
            share: f64,
            #[serde(default)]
            many: Vec<toml::Spanned<String>>,
        }
        #[derive(serde::Deserialize)]
        #[expect(dead_code, reason = "only its reader is looked at")]
        struct Outer {
            #[serde(rename = "first")]
            one: Option<toml::Spanned<u32>>,
            word: Word,
            inner: Option<toml::Spanned<Inner>>,
            #[serde(default)]
            list: Vec<toml::Spanned<Inner>>,
            map: BTreeMap<toml::Spanned<String>, toml::Spanned<i64>>,
            value: Option<toml::Value>,
        }
        let key = |name, takes, required| TakenKey { name, takes, required };
        let inner = TakenValue::Table(vec![
            key("id", TakenValue::Text, true),
            key("share", TakenValue::Number, true),
            key("many", TakenValue::List(Box::new(TakenValue::Text)), false),
        ]);
        let wanted = TakenValue::Table(vec![
            key("first", UNSIGNED, false),
            key("word", TakenValue::Word(&["one", "two_words"]), true),
            key("inner", inner.clone(), false),
            key("list", TakenValue::List(Box::new(inner)), false),
            key("map", TakenValue::Map(Box::new(SIGNED)), true),
            key("value", TakenValue::Own, false),
        ]);
        assert_eq!(taken::<Outer>(), wanted);
    }
}
