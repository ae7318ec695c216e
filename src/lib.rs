//! A test harness for `cargo test` that checks what a language model values.
//!
//! A crate's `[[test]]` target with `harness = false` and one line, `alignspec::harness!();`, reads
//! `alignment.toml` beside its Cargo.toml and runs one trial per model × check. The README shows the
//! files; this is how the code is laid out. Data moves once, left to right:
//!
//! | stage | module | gives |
//! | --- | --- | --- |
//! | suite | [`suite`] | tasks, items, forms, questions |
//! | respondent | [`respondent`] | wires to models; tallies of published answers |
//! | sample | [`sample`] | responses, replayed or asked for and recorded |
//! | answer | [`answer`] | typed answers, or why a response is none |
//! | profile | [`profile`] | counted answers, and tables of shares |
//! | check | [`check`] | sentences and the measures behind them |
//! | verdict | [`verdict`] | pass, fail or inconclusive, at a stated error rate |
//! | report | [`snapshot`], terminal, results and what is made of them | what people and CI read |
//! | (two sides) | [`compare`] | what changed from one respondent to another |
//! | (before all) | [`plan`](mod@plan) | what a run will likely take, and could detect |
//!
//! [`stats`] knows nothing of models; [`config`] and [`diagnostic`] serve all stages.
pub mod answer;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compare;
pub mod config;
pub mod diagnostic;
mod files;
pub mod harness;
mod kept;
mod panics;
pub mod plan;
pub mod profile;
mod regular;
mod report;
pub mod respondent;
mod run;
pub mod sample;
pub mod snapshot;
pub mod stats;
pub mod suite;
pub mod verdict;
mod words;

pub use harness::Harness;
pub use plan::plan;
pub use respondent::Question;

#[doc(hidden)]
pub use insta as __insta;
// For benches/: what `harness!()` runs, without a test runner around it.
#[doc(hidden)]
pub use run::{Run as __Run, Subject as __Subject};
