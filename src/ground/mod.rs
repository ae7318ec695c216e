//! What every room stands on, and what knows of none of them: text, numbers as people read them, files, the
//! environment, and mistakes with their place.

pub(crate) mod csv;
pub(crate) mod diagnostic;
pub(crate) mod environment;
pub(crate) mod exit;
pub(crate) mod fields;
pub(crate) mod files;
pub(crate) mod format;
// Made for the schemas, which tests of the command line write: other crates need not build it.
#[cfg(feature = "cli")]
pub(crate) mod keys;
pub(crate) mod panics;
pub(crate) mod regular;
pub(crate) mod replace;
pub(crate) mod sync;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod unseen;
