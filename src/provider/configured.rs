//! Configs whose models are asked through the providers there are.

use std::path::Path;

use super::PROVIDERS;
use crate::config::{Config, Spec};
use crate::ground::diagnostic::{Diagnostic, KeptWarning, Source};

/// The config in the folder `root`.
///
/// # Errors
/// As [`Config::read`].
pub fn read_config(root: &Path) -> Result<Config, Box<Diagnostic>> {
    Config::read(root, &specs())
}

/// The config in `source`, with paths relative to `root`.
///
/// # Errors
/// As [`read_config`].
pub fn parse_config(root: &Path, source: Source) -> Result<Config, Box<Diagnostic>> {
    Config::parse(root, source, &specs())
}

/// As [`Config::lean`].
///
/// # Errors
/// As [`read_config`].
pub(crate) fn lean_config(
    root: &Path,
    text: &str,
    source: (Source, Vec<KeptWarning>),
) -> Result<Config, Box<Diagnostic>> {
    Config::lean(root, text, source, &specs())
}

/// What is to know of all providers that can be asked.
pub fn specs() -> Vec<&'static Spec> {
    PROVIDERS.iter().map(|provider| &provider.spec).collect()
}
