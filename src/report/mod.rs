//! What people read.

pub(crate) mod interrupted;
pub(crate) mod progress;
pub(crate) mod results;
pub(crate) mod terminal;
