//! alignspec
pub mod answer;
pub mod config;
pub mod diagnostic;
mod files;
pub mod profile;
pub mod stats;
pub mod suite;
