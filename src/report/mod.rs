//! Reports: what people and CI read.

#[cfg(feature = "cli")]
pub(crate) mod annotations;
pub(crate) mod brought;
#[cfg(feature = "cli")]
pub(crate) mod comment;
#[cfg(feature = "cli")]
pub(crate) mod csv;
pub(crate) mod drifted;
#[cfg(feature = "cli")]
pub(crate) mod escape;
#[cfg(feature = "cli")]
mod excerpt;
#[cfg(feature = "cli")]
pub(crate) mod gate;
pub(crate) mod interrupted;
#[cfg(feature = "cli")]
pub(crate) mod junit;
#[cfg(feature = "cli")]
pub(crate) mod labels;
#[cfg(feature = "cli")]
pub(crate) mod limit;
#[cfg(feature = "cli")]
pub(crate) mod markdown;
#[cfg(feature = "cli")]
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod progress;
pub(crate) mod provenance;
#[cfg(feature = "cli")]
pub(crate) mod reading;
pub(crate) mod results;
#[cfg(feature = "cli")]
pub(crate) mod roles;
#[cfg(feature = "cli")]
pub(crate) mod svg;
pub(crate) mod terminal;
