//! alignspec
pub mod answer;
pub mod check;
pub mod config;
pub mod diagnostic;
mod files;
pub mod harness;
pub mod profile;
pub mod report;
pub mod respondent;
mod run;
pub mod sample;
pub mod snapshot;
pub mod stats;
pub mod suite;
pub mod verdict;

#[doc(hidden)]
pub use insta as __insta;
