//! The suites that the config names: shipped ones, files, and what the test target hands over as Rust values.

use super::Config;
use crate::suite::{RUST, RustSuites, Suites, load_from};

impl Config {
    /// Reads all suites. If the config takes Rust values and they are not known, that is one of the problems.
    pub(crate) fn load_suites(&self) -> Suites {
        load_from(&self.root, &self.suites, &self.outside, self.rust.as_ref())
    }

    /// Returns whether the config takes Rust values of the test target.
    pub(crate) fn takes_rust(&self) -> bool {
        self.suites.iter().any(|(entry, _)| entry == RUST)
    }

    /// Returns the config with what the test target hands over.
    #[must_use]
    pub(crate) fn with_rust(self, rust: RustSuites) -> Config {
        Config { rust: Some(rust), ..self }
    }
}
