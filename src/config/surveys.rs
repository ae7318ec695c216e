//! `baseline_uncertainty`: in which share of surveys, drawn again, a verdict must hold. It was `true` or `false` before.

use serde::Deserialize as _;
use serde::Deserializer;
use serde::de::{Error as _, Unexpected};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ground::diagnostic::{Diagnostic, Source};

/// What `true` is read as.
const USUAL: &str = "0.95";

/// Half of the surveys say nothing of a verdict; and of two hundred, a larger share than this is too few misses to
/// count.
pub(super) const SHARES: std::ops::RangeInclusive<f64> = 0.5..=0.99;

/// Reads `false`, or a share.
pub(super) fn share_of_surveys<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged, expecting = "expected false, or a share of surveys from 0.5 to 0.99")]
    enum Setting {
        Switch(bool),
        Share(f64),
    }
    match Setting::deserialize(from)? {
        Setting::Switch(false) => Ok(None),
        Setting::Switch(true) => Err(D::Error::invalid_value(
            Unexpected::Bool(true),
            &"false, or a share of surveys from 0.5 to 0.99",
        )),
        Setting::Share(share) => Ok(Some(share)),
    }
}

/// Reads `baseline_uncertainty = true` of earlier versions as the usual share. Where it stood, and what is told of it.
pub(super) fn read_switch(
    verdict: &mut DeTable<'_>,
    source: &Source,
) -> Option<(std::ops::Range<usize>, Diagnostic)> {
    let value = verdict.get_mut("baseline_uncertainty")?;
    let span = value.span();
    if !matches!(value.get_ref(), DeValue::Boolean(true)) {
        return None;
    }
    *value = Spanned::new(span.clone(), DeValue::parse(USUAL).ok()?.into_inner());
    let warning = Diagnostic::warning(format!("`baseline_uncertainty` is now a share of surveys: true is read as {USUAL}"))
        .at(source, span.clone())
        .label(format!("write {USUAL}"))
        .help("a verdict must hold in that share of surveys that are drawn again, each of as many people: this version still reads `true`, the next one will not");
    Some((span, warning))
}
