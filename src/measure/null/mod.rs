//! Null models: what a measure knows of respondents that have its labels shuffled, or answer at random. Where
//! it knows nothing, `check::chance` draws whole respondents.

pub(super) mod agreement;
mod distribution;
pub(super) mod overlap;
pub(super) mod ranking;
mod relabel;
pub(super) mod shares;

use super::syntax::{Sentence, Test};
use crate::ground::diagnostic::Diagnostic;

pub(crate) use distribution::Distribution;
pub use distribution::{ChanceMethod, Null};
pub(super) use relabel::Relabel;

/// The fewest relabelings of which one can be above 95 %.
const FEWEST: u64 = 20;

/// Refuses `beats chance` where there are so few ways to shuffle the labels that no respondent could beat it.
pub(super) fn enough_ways(sentence: &Sentence<'_>, ways: u64) -> Result<(), Box<Diagnostic>> {
    if ways >= FEWEST || sentence.test != Some(Test::BeatsChance) {
        return Ok(());
    }
    let message = format!("there are only {ways} ways to shuffle the labels, too few to beat 95 % of them");
    Err(Box::new(
        Diagnostic::new(message)
            .at(&sentence.entry.source, sentence.entry.span.clone())
            .help(format!("give a bound, for example: {}", sentence.syntax.example)),
    ))
}

/// What a measure knows of its own chance level, without drawing whole respondents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByChance {
    pub shuffled: Shuffled,
    /// The mean over uniform respondents, where it is known exactly.
    pub uniform: Option<f64>,
}

/// What a measure knows of shuffled labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shuffled {
    Known(Null),
    /// Shuffled respondents have to be drawn.
    Unknown,
    /// Labels play no part, or the figures do not tell what other labels would get.
    Meaningless,
}

impl ByChance {
    /// Says that nothing is known, so that whole respondents are drawn.
    pub fn unknown() -> Self {
        ByChance { shuffled: Shuffled::Unknown, uniform: None }
    }

    pub(super) fn of(null: Option<Null>, uniform: Option<f64>) -> Self {
        ByChance { shuffled: null.map_or(Shuffled::Unknown, Shuffled::Known), uniform }
    }
}
