//! Reports: what people and CI read. A format of `cargo alignspec report` is one file here, which describes it, its
//! `mod`, and a line in [`FORMATS`].

#[cfg(feature = "cli")]
pub(crate) mod annotations;
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
pub(crate) mod format;
#[cfg(feature = "cli")]
pub(crate) mod gate;
pub(crate) mod interrupted;
#[cfg(feature = "cli")]
mod json;
#[cfg(feature = "cli")]
mod junit;
#[cfg(feature = "cli")]
pub(crate) mod labels;
#[cfg(feature = "cli")]
mod limit;
#[cfg(feature = "cli")]
pub(crate) mod markdown;
#[cfg(feature = "cli")]
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod progress;
pub(crate) mod provenance;
#[cfg(feature = "cli")]
pub(crate) mod reading;
#[cfg(feature = "cli")]
mod reason;
pub(crate) mod results;
#[cfg(feature = "cli")]
pub(crate) mod roles;
#[cfg(feature = "cli")]
mod svg;
pub(crate) mod terminal;

/// All formats of `cargo alignspec report`, in the order in which they are written and told. To add one, write its
/// file, its `mod` above and a line here.
#[cfg(feature = "cli")]
pub static FORMATS: &[&format::ReportFormat] = &[
    &markdown::FORMAT,
    &junit::FORMAT,
    &svg::FORMAT,
    &page::FORMAT,
    &comment::FORMAT,
    &csv::FORMAT,
    &json::FORMAT,
    &annotations::FORMAT,
];
