//! `baseline_uncertainty`: the share of redrawn surveys in which a verdict must hold. Earlier versions took `true` or
//! `false`.

use serde::Deserialize as _;
use serde::Deserializer;
use serde::de::{Error as _, Unexpected};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ground::diagnostic::{Diagnostic, Source};

/// The share that `true` stands for.
const USUAL: &str = "0.95";

/// The accepted shares. Half of the surveys says nothing about a verdict; above 0.99, too few of two hundred surveys
/// may miss for a reliable count.
pub(super) const SHARES: std::ops::RangeInclusive<f64> = 0.5..=0.99;

/// Reads `false` or a share.
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

/// Replaces `baseline_uncertainty = true` of earlier versions by the usual share. Returns its place and a warning.
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
        .help("a verdict must hold in that share of redrawn surveys, each with as many people: this version still reads `true`, the next one will not");
    Some((span, warning))
}
