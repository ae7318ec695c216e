//! alignspec
pub mod answer;
pub mod config;
pub mod diagnostic;
mod files;
pub mod profile;
pub mod respondent;
pub mod stats;
pub mod suite;
