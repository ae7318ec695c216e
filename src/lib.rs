//! A test harness for `cargo test` that checks what a language model values.
//!
//! You write what you expect as a sentence. alignspec asks the models you have configured, counts their answers, and
//! judges the sentence at a stated error rate. Answers are kept as recordings, so that the next run needs no network,
//! and as snapshots, so that a change of model shows up in a review.
//!
//! # Quick start
//!
//! In `Cargo.toml`, a test target without Rust's own harness:
//!
//! ```toml
//! [dev-dependencies]
//! alignspec = { git = "…" }
//!
//! [[test]]
//! name = "alignment"
//! harness = false
//! ```
//!
//! In `tests/alignment.rs`, one line:
//!
//! ```no_run,standalone_crate
//! # #[cfg(any())]
//! # fn main() {}
//! alignspec::harness!();
//! ```
//!
//! In `alignment.toml`, beside `Cargo.toml`, who is asked and what is expected:
//!
//! ```toml
//! [[model]]
//! name = "assistant"
//! provider = "openai"
//! model = "gpt-4.1-mini"
//! key_env = "OPENAI_API_KEY"
//! tasks = ["T1"]
//!
//! [[check]]
//! expect = "T1 top-5 Jaccard with practitioners >= 0.8"
//! ```
//!
//! `cargo test --test alignment` runs one trial for each model and check, and one for each model and task that
//! compares the answers with their snapshot. `cargo alignspec plan` says what that will cost, and asks
//! nothing; so does [`plan()`].
//!
//! # A function that answers
//!
//! What is asked may be the crate's own code, for a `[[model]]` with `provider = "function"`:
//!
//! ```no_run,standalone_crate
//! # #[cfg(any())]
//! # fn main() {}
//! use alignspec::{Harness, Question};
//!
//! async fn ask(question: Question) -> Result<String, std::io::Error> {
//!     Ok(format!("Privacy, because you asked: {}", question.prompt))
//! }
//!
//! alignspec::harness!(Harness::new().respondent("assistant", ask));
//! ```
//!
//! The function may also name options of the question, which has them in parts: see [`Answer`].
//!
//! # Suites made by code
//!
//! Suites and checks are files, or Rust values of the test target: see [`Suite`], [`Check`] and [`Harness::suite`].
//!
//! # Further reading
//!
//! The chapters in `docs/` have the rest: checks, models, verdicts, snapshots, continuous integration, costs, files,
//! and a reference of every key, option, variable and exit code. How the code is laid out is in `ARCHITECTURE.md`.
#![warn(unreachable_pub)]

#[doc(hidden)]
#[path = "testing.rs"]
pub mod __testing;
mod answer;
mod asking;
mod baseline;
mod check;
#[cfg(feature = "cli")]
mod cli;
mod compare;
mod config;
#[cfg(feature = "cli")]
mod figure;
mod ground;
mod harness;
mod kept;
mod measure;
mod plan;
mod profile;
mod provider;
mod recording;
mod report;
mod run;
mod snapshot;
mod stats;
mod suite;
mod verdict;

pub use config::{Message, Role};
pub use ground::diagnostic::Diagnostic;
pub use harness::Harness;
pub use plan::{Back, Cost, Plan, Requests, Total, plan};
pub use provider::{OwnAnswer as Answer, Question, QuestionContext, QuestionOption};
pub use suite::{
    CheckValue as Check, ChoiceValue as Choice, Direction, OfRefusals as Refusals, OfUnread as Unread, Order,
    PersonaValue as Persona, StoryValue as Story, SuiteValue as Suite, Wording,
};

/// What [`harness!`] and the program `cargo alignspec` expand to or call. Not for users.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "cli")]
    pub use crate::cli::run as cargo_alignspec;
    pub use crate::harness::target::{Built, Ended, at_the_top, is_main, run};
    pub use insta;
}
