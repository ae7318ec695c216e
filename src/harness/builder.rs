//! The part of a test target that is code: the functions that answer for models.

use std::fmt::Display;
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use super::AssertSnapshot;
use super::target::Tree;
use crate::provider::{Functions, OwnAnswer, Question};

/// What [`harness!`](crate::harness!) runs: `alignment.toml`, with functions that answer for models.
///
/// In a test target of its own:
///
/// ```no_run,standalone_crate
/// # #[cfg(any())]
/// # fn main() {}
/// use alignspec::{Harness, Question};
///
/// async fn ask(question: Question) -> Result<String, std::io::Error> {
///     Ok(format!("Privacy, because you asked: {}", question.prompt))
/// }
///
/// alignspec::harness!(Harness::new().respondent("assistant", ask));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Harness {
    functions: Functions,
}

impl Harness {
    /// A harness without functions: it asks the models of `alignment.toml` over their wires.
    #[must_use]
    pub fn new() -> Harness {
        Harness::default()
    }

    /// Has `ask` answer for the `[[model]]` that has this `name` and `provider = "function"`.
    ///
    /// It returns a `String`, which is read as a model's words are, or an [`Answer`](crate::Answer), which names
    /// options of the question and is taken as it is.
    ///
    /// It is called for each question that is not recorded, on a thread of a tokio runtime, as often at a
    /// time as `concurrency` says; what blocks there belongs into `spawn_blocking`. An error is tried
    /// again as often as `retries` says, a panic ends the model's turn and fails its tests. Change
    /// `model` of the `[[model]]` (a revision, a version) when the function answers in a new way: it is
    /// then asked anew instead of replayed.
    #[must_use]
    pub fn respondent<F, A, T, E>(mut self, name: impl Into<String>, ask: F) -> Harness
    where
        F: Fn(Question) -> A + Send + Sync + 'static,
        A: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<OwnAnswer>,
        E: Display,
    {
        self.functions.register(name, ask);
        self
    }

    /// Runs the trials of the crate in the folder `root`, as the command line says, and compares
    /// snapshots with `assert`. [`harness!`](crate::harness!) makes both, and judges the folder that cargo
    /// runs the test for; without it, `assert` is `|name, text| insta::assert_snapshot!(name, text)` in the
    /// crate whose snapshots they are.
    #[must_use]
    pub fn run(self, root: &str, assert: AssertSnapshot) -> ExitCode {
        self.run_in(Tree::at(PathBuf::from(root), "the test target names it"), assert)
    }

    pub(super) fn run_in(self, tree: Tree, assert: AssertSnapshot) -> ExitCode {
        super::main(self.functions, tree, assert)
    }
}
