//! Additions that were really made once, kept as patches in `tests/toys/`: each still applies, touches the files that its
//! recipe in CONTRIBUTING.md names, and no others, and works once it is built.

mod checks;
mod patch;
