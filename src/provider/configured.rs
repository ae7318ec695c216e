//! Reads configs with the providers of this crate.

use std::path::Path;

use super::PROVIDERS;
use crate::config::{Config, Spec};
use crate::ground::diagnostic::{Diagnostic, KeptWarning, Source};

/// Reads the config in the folder `root`.
///
/// # Errors
/// As [`Config::read`].
pub fn read_config(root: &Path) -> Result<Config, Box<Diagnostic>> {
    Config::read(root, &specs())
}

/// Parses the config in `source`, with paths relative to `root`.
///
/// # Errors
/// As [`Config::read`].
pub fn parse_config(root: &Path, source: Source) -> Result<Config, Box<Diagnostic>> {
    Config::parse(root, source, &specs())
}

/// Calls [`Config::lean`] with the providers of this crate.
///
/// # Errors
/// As [`Config::read`].
pub(crate) fn lean_config(
    root: &Path,
    text: &str,
    source: (Source, Vec<KeptWarning>),
) -> Result<Config, Box<Diagnostic>> {
    Config::lean(root, text, source, &specs())
}

/// Returns the descriptions of all providers that can be asked.
pub fn specs() -> Vec<&'static Spec> {
    PROVIDERS.iter().map(|provider| &provider.spec).collect()
}
