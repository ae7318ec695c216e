//! The names that a type is read by: the fields of a struct or the variants of an enum, as serde derived them. The
//! reference in `docs/` is made from these lists, which are the ones that the parser goes by.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The names of fields or variants, in the order of their declaration.
pub(crate) type FieldNames = &'static [&'static str];

/// The fields of a struct, or the variants of an enum, in the order of their declaration; empty for any other type.
pub(crate) fn names<'de, T: Deserialize<'de>>() -> FieldNames {
    T::deserialize(FieldProbe).err().map_or(&[], |names| names.0)
}

/// Reads nothing: it fails with the names that the type asks for.
struct FieldProbe;

#[derive(Debug)]
struct ProbedNames(&'static [&'static str]);

impl fmt::Display for ProbedNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for ProbedNames {}

impl Error for ProbedNames {
    fn custom<T: fmt::Display>(_: T) -> ProbedNames {
        ProbedNames(&[])
    }
}

impl<'de> Deserializer<'de> for FieldProbe {
    type Error = ProbedNames;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbedNames> {
        Err(ProbedNames(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbedNames> {
        Err(ProbedNames(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbedNames> {
        Err(ProbedNames(variants))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn fields_and_variants_are_named_as_they_are_written_in_files() {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[derive(Default)]
        struct Table {
            #[serde(rename = "first")]
            _one: u32,
            _two: Option<String>,
        }
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Word {
            OneOrMore,
        }
        assert_eq!(names::<Table>(), ["first", "_two"]);
        assert_eq!(names::<Word>(), ["one_or_more"]);
        assert!(names::<u32>().is_empty());
    }
}
