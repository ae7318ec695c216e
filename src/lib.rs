//! alignspec
pub mod answer;
pub mod config;
pub mod diagnostic;
mod files;
pub mod respondent;
pub mod sample;
pub mod stats;
pub mod suite;
