//! Additions that were really made once, kept as patches in `tests/toys/`: each still applies, and touches the files
//! that its recipe in CONTRIBUTING.md names, and no others.

mod checks;
mod patch;
mod provider;
