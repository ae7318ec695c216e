//! Suites of one's own: what they take from other files, and what is said where those are wrong.

mod alike;
mod extends;
mod personas;
mod stories;
mod survey;
