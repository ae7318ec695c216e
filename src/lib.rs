//! A test harness for `cargo test` that checks what a language model values.
//!
//! A crate's `[[test]]` target with `harness = false` and one line, `alignspec::harness!();`, reads
//! `alignment.toml` beside its Cargo.toml and runs one trial per model × check. The README shows the
//! files; this is how the code is laid out. Data moves once, left to right:
//!
//! | stage | module | gives |
//! | --- | --- | --- |
//! | suite | `suite` | tasks, items, forms, questions |
//! | respondent | `respondent` | wires to models; tallies of published answers |
//! | sample | `sample` | responses, replayed or asked for and recorded |
//! | answer | `answer` | typed answers, or why a response is none |
//! | profile | `profile` | counted answers, and tables of shares |
//! | check | `check` | sentences and the measures behind them |
//! | verdict | `verdict` | pass, fail or inconclusive, at a stated error rate |
//! | report | `snapshot`, terminal, results and what is made of them | what people and CI read |
//! | (two sides) | `compare` | what changed from one respondent to another |
//! | (before all) | [`plan`](mod@plan) | what a run will likely take, and could detect |
//!
//! All stand on `ground` (text, formats, files, the environment, mistakes with their place); `stats` knows nothing of
//! models, and `config` only of a provider what is to know before it is asked. Each room uses only those before it, which is a test
//! (`tests/it/house.rs`). What is public is re-exported below; `__testing` is for this crate's own tests.
#![warn(unreachable_pub)]

#[doc(hidden)]
#[path = "testing.rs"]
pub mod __testing;
mod answer;
mod check;
#[cfg(feature = "cli")]
mod cli;
mod compare;
mod config;
mod ground;
mod harness;
mod kept;
pub mod plan;
mod profile;
mod report;
mod respondent;
mod run;
mod sample;
mod snapshot;
mod stats;
mod suite;
mod verdict;

pub use config::{Message, Role};
pub use ground::diagnostic::Diagnostic;
pub use harness::Harness;
pub use plan::plan;
pub use respondent::Question;

/// What [`harness!`] and the program `cargo alignspec` expand to or call. Not for users.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "cli")]
    pub use crate::cli::run as cargo_alignspec;
    pub use crate::harness::target::{Built, Ended, at_the_top, is_main, run};
    pub use insta;
}
