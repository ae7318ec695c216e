//! The record of a comparison with a snapshot.

use serde::{Deserialize, Serialize};

use super::{finite, line, plain};
use crate::report::drifted;
use crate::verdict::drift::{Drift, GeneralShift, ItemShift};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Drifted")]
pub(crate) struct DriftRecord {
    /// What changed, in words, largest shift first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    pub items: Vec<MovedItem>,
    /// A shift of all items taken together, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub general: Option<GeneralRecord>,
    /// The share of invalid responses, if it drifted.
    pub invalid: Option<MovedItem>,
    /// The items that only one side answers.
    pub unmatched: Vec<String>,
    pub not_compared: Vec<String>,
    /// What else may have drifted, depending on what lost tries said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    pub compared: usize,
    /// The smallest shift that so many answers would likely have shown.
    pub detectable: Option<f64>,
    pub error_rate: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct General")]
pub(crate) struct GeneralRecord {
    /// The description of the shift.
    pub words: String,
    pub questions: usize,
    /// The size of the change in an average question, in 0 ..= 1.
    pub size: f64,
    pub p: f64,
    /// The average change towards higher ratings, below 0 towards lower ones, if most of it goes one way.
    pub mean: Option<f64>,
    /// The questions that contribute most.
    pub largest: Vec<MovedItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Moved")]
pub(crate) struct MovedItem {
    pub item: String,
    pub shift: f64,
    pub p: f64,
    pub moved: Vec<NamedShare>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Share")]
pub(crate) struct NamedShare {
    pub name: String,
    pub before: f64,
    pub now: f64,
}

impl DriftRecord {
    /// Whether something drifted for certain.
    #[cfg(feature = "cli")]
    pub(super) fn found_any(&self) -> bool {
        !(self.words.is_empty() && self.items.is_empty() && self.unmatched.is_empty())
            || self.general.is_some()
            || self.invalid.is_some()
    }

    pub(super) fn new(drift: &Drift, words: &[String]) -> DriftRecord {
        DriftRecord {
            words: plain(words),
            items: drift.items.iter().map(MovedItem::from).collect(),
            general: drift.general.as_ref().map(GeneralRecord::from),
            invalid: drift.invalid.as_ref().map(MovedItem::from),
            unmatched: plain(&drift.unmatched),
            not_compared: plain(&drift.silent),
            doubt: drifted::in_doubt(drift).map(|doubt| line(&doubt)),
            compared: drift.compared,
            detectable: drift.detectable.and_then(finite),
            error_rate: drift.rate,
        }
    }
}

impl From<&GeneralShift> for GeneralRecord {
    fn from(shift: &GeneralShift) -> GeneralRecord {
        let (what, how) = drifted::general(shift);
        GeneralRecord {
            words: format!("{what}, {how}"),
            questions: shift.questions,
            size: shift.size,
            p: shift.p,
            mean: shift.direction.map(|direction| direction.mean),
            largest: shift.largest.iter().map(MovedItem::from).collect(),
        }
    }
}

impl From<&ItemShift> for MovedItem {
    fn from(shift: &ItemShift) -> MovedItem {
        let moved = shift.moved.iter();
        let share = |(name, before, now): &(String, f64, f64)| NamedShare {
            name: line(name),
            before: *before,
            now: *now,
        };
        MovedItem {
            item: line(&shift.item),
            shift: shift.shift,
            p: shift.p,
            moved: moved.map(share).collect(),
        }
    }
}
