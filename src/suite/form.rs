//! Forms: the ways in which one item is put, so that an answer to the wording is not mistaken for an answer to the
//! question.
//!
//! A form depends only on the seed, the task, the item, the form's label and the sample's index, so two models, or
//! two versions of one, are asked exactly the same forms.

use std::sync::Arc;

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::persona::Persona;
use super::{Item, Task};
use crate::stats::resample;

/// The order in which the options of a question are shown.
///
/// ```
/// use alignspec::{Order, Suite};
///
/// let suite = Suite::select("T5", "Values").orders([Order::Shuffled, Order::Listed, Order::Reversed]);
/// assert!(suite.to_toml().contains("\"shuffled\""));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As the suite lists them.
    Listed,
    /// The last one first.
    Reversed,
    /// In another order for each answer, drawn from the run's seed.
    Shuffled,
}

/// Which value of a trade-off is named first.
///
/// ```
/// use alignspec::{Direction, Suite};
///
/// let suite = Suite::trade_off("T7", "Privacy or safety").directions([Direction::Stated, Direction::Swapped]);
/// assert!(suite.to_toml().contains("\"swapped\""));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The first value of the pair.
    Stated,
    /// The second value of the pair.
    Swapped,
}

/// Whether labels are shown as written, or replaced by one of their synonyms.
///
/// ```
/// use alignspec::{Suite, Wording};
///
/// let suite = Suite::select("T5", "Values").wordings([Wording::Standard, Wording::Synonyms]);
/// assert!(suite.to_toml().contains("\"synonyms\""));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// As the suite has them.
    Standard,
    /// A synonym for each label that has some, drawn from the run's seed for each answer.
    Synonyms,
}

/// One way of putting an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `listed`, `reversed`, `shuffled`, `synonyms`, `stated`, `swapped`, or `as-` and the id of a persona: the name in
    /// tallies, recordings and snapshots.
    pub label: &'static str,
    pub(crate) order: Order,
    pub(crate) direction: Direction,
    pub(crate) wording: Wording,
    /// Who the question is put for, if it is said.
    pub(crate) persona: Option<Arc<Persona>>,
}

impl Form {
    pub fn ordered(order: Order) -> Self {
        let label = match order {
            Order::Listed => "listed",
            Order::Reversed => "reversed",
            Order::Shuffled => "shuffled",
        };
        Form { label, order, direction: Direction::Stated, wording: Wording::Standard, persona: None }
    }

    pub fn synonyms(order: Order) -> Self {
        Form {
            label: "synonyms",
            order,
            direction: Direction::Stated,
            wording: Wording::Synonyms,
            persona: None,
        }
    }

    pub fn directed(direction: Direction) -> Self {
        let label = match direction {
            Direction::Stated => "stated",
            Direction::Swapped => "swapped",
        };
        Form { label, order: Order::Listed, direction, wording: Wording::Standard, persona: None }
    }

    /// Returns whether an item is put in the same words to every sample, without random draws.
    pub(super) fn is_fixed(&self) -> bool {
        self.order != Order::Shuffled && self.wording == Wording::Standard
    }

    /// Returns the choices of `item` as sample `index` shows them: the index in the canonical list, and the text.
    pub(super) fn show(&self, seed: u64, task: &Task, item: &Item, index: u32) -> Vec<(usize, String)> {
        let labels = ["form", &task.id, &item.id, self.label];
        let mut rng =
            (!self.is_fixed()).then(|| resample::rng(seed, &[&labels[..], &[&index.to_string()]].concat()));
        let mut shown: Vec<usize> = (0..item.choices.len()).collect();
        match (self.order, &mut rng) {
            (Order::Shuffled, Some(rng)) => shown.shuffle(rng),
            (Order::Listed | Order::Shuffled, _) => {}
            (Order::Reversed, _) => shown.reverse(),
        }
        // A scale that is asked from the other side starts with the value that is named first.
        if self.direction == Direction::Swapped {
            shown.reverse();
        }
        shown.into_iter().map(|choice| (choice, self.word(item, choice, rng.as_mut()))).collect()
    }

    fn word(&self, item: &Item, choice: usize, rng: Option<&mut impl Rng>) -> String {
        let choice = &item.choices[choice];
        match (self.wording, rng) {
            (Wording::Synonyms, Some(rng)) if !choice.synonyms.is_empty() => {
                choice.synonyms[rng.random_range(0..choice.synonyms.len())].clone()
            }
            _ => choice.label.clone(),
        }
    }
}
