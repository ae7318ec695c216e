//! `temperature`: a number, or `"none"` to send no temperature.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// The value of the setting; `None` stands for `"none"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Temperature(pub Option<f64>);

impl<'de> Deserialize<'de> for Temperature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Temperature, D::Error> {
        deserializer.deserialize_any(TemperatureVisitor)
    }
}

struct TemperatureVisitor;

impl Visitor<'_> for TemperatureVisitor {
    type Value = Temperature;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or \"none\" to send no temperature")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Temperature, E> {
        Ok(Temperature(Some(number)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Temperature, E> {
        Ok(Temperature(Some(number as f64)))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Temperature, E> {
        match word {
            "none" => Ok(Temperature(None)),
            // The text may be a misplaced key, so the message does not repeat it.
            _ => Err(E::invalid_type(Unexpected::Other("another text"), &self)),
        }
    }
}
