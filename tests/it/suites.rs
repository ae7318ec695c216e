//! Suites of one's own: what they take from other files, and what is said where those are wrong.

mod alike;
mod extends;
mod import;
mod import_doubts;
mod personas;
mod rust_values;
mod stories;
mod survey;
