//! The short names by which an answer names options that are too long to repeat: letters up to 26 of them, and `S1`,
//! `S2`, … beyond.
//!
//! Two letters would go on from Z to AA, but some of them are words (AM, AS, AT, IN, IS), and "Z, as you asked" would
//! name one more story. Numbers alone would be confused with the places of a list ("1. 5" may mean either way round).
//! A letter with a number is neither a word nor a place, and it is one token, so that `S1` is never part of `S12`.

use std::fmt;

/// The name of an option in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// `A` to `Z`.
    Letter(char),
    /// `S1`, `S2`, …
    Story(usize),
}

/// The number of letters.
const LETTERS: usize = 26;

impl Marker {
    /// Returns the name of the option at a place, from 0, of so many.
    pub(crate) fn of(place: usize, among: usize) -> Marker {
        match ('A'..='Z').nth(place) {
            Some(letter) if among <= LETTERS => Marker::Letter(letter),
            _ => Marker::Story(place + 1),
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Marker::Letter(letter) => write!(f, "{letter}"),
            Marker::Story(number) => write!(f, "S{number}"),
        }
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> String {
        marker.to_string()
    }
}
