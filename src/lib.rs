//! alignspec
pub mod stats;
