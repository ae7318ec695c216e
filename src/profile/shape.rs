//! What depends on the shape of counted answers: how they are compared (`moves.rs`), what a respondent without
//! opinions would answer (`null.rs`), and how a snapshot writes them (`block.rs`).

mod block;
mod moves;
mod null;

use super::Counts;
use crate::suite::Shape;
pub(crate) use moves::ShareMove;
pub(crate) use null::{Shuffle, Uniform};

impl Shape {
    /// Makes empty counts for a question with this many choices.
    pub(super) fn counts(self, choices: usize) -> Counts {
        match self {
            Shape::Set { .. } => {
                Counts::Set { selected: vec![0.0; choices], untold: Vec::new(), rows: Vec::new() }
            }
            Shape::Level => Counts::Level { counts: vec![Some(0.0); choices], rows: Vec::new() },
            Shape::Ranking => Counts::Ranking { rows: Vec::new() },
            Shape::Text => Counts::Text { rows: Vec::new() },
        }
    }
}
