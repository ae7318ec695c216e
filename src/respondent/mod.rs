//! Whoever answers.
mod leaf;
pub mod tally;
