//! What people read.

pub(crate) mod terminal;
