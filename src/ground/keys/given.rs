//! What a reader is given where it is only to go on: the names of keys, and values that most keys take.

use serde::de::value::{BorrowedStrDeserializer, UsizeDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};

use super::ProbeStop;

/// A key, also where it is read with its place.
pub(super) struct KeyName(pub BorrowedStrDeserializer<'static, ProbeStop>);

impl<'de> Deserializer<'de> for KeyName {
    type Error = ProbeStop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        visitor.visit_map(PlacedText { names })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A value that any reader of text or numbers takes.
pub(super) struct DummyValue;

impl<'de> Deserializer<'de> for DummyValue {
    type Error = ProbeStop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        visitor.visit_borrowed_str("x")
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        visitor.visit_f64(1.0)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeStop> {
        visitor.visit_u32(1)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        visitor.visit_map(PlacedText { names })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ProbeStop> {
        let word = BorrowedStrDeserializer::<ProbeStop>::new(words.first().copied().unwrap_or_default());
        visitor.visit_enum(word)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Some text with its place.
struct PlacedText {
    names: &'static [&'static str],
}

impl<'de> MapAccess<'de> for PlacedText {
    type Error = ProbeStop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ProbeStop> {
        let Some(name) = self.names.first() else { return Ok(None) };
        let name = BorrowedStrDeserializer::<ProbeStop>::new(name);
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ProbeStop> {
        let (_, rest) = self.names.split_first().ok_or(ProbeStop(None))?;
        self.names = rest;
        let number: UsizeDeserializer<ProbeStop> = 0_usize.into_deserializer();
        match rest.is_empty() {
            true => seed.deserialize(DummyValue),
            false => seed.deserialize(number),
        }
    }
}
