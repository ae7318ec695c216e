//! Configs whose models have been held against their providers: the only ones that a run goes by.

use std::path::Path;

use super::{check, converses};
use crate::config::Config;
use crate::ground::diagnostic::{Diagnostic, Source};

/// The config in the folder `root`.
///
/// # Errors
/// As [`Config::read`]; and a model has a setting that its provider does not take.
pub fn read_config(root: &Path) -> Result<Config, Box<Diagnostic>> {
    Config::read(root)?.held_against(check, converses)
}

/// The config in `source`, with paths relative to `root`.
///
/// # Errors
/// As [`read_config`].
pub fn parse_config(root: &Path, source: Source) -> Result<Config, Box<Diagnostic>> {
    Config::parse(root, source)?.held_against(check, converses)
}

/// As [`Config::lean`].
///
/// # Errors
/// As [`read_config`].
pub(crate) fn lean_config(root: &Path, text: &str, source: Source) -> Result<Config, Box<Diagnostic>> {
    Config::lean(root, text, source)?.held_against(check, converses)
}
