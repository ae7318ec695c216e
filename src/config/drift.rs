//! `[drift]`: which changes of a snapshot are too small to matter, and when a snapshot is too old.

use serde::Deserialize;
use toml::Spanned;

use crate::ground::diagnostic::{Diagnostic, Source};

/// The largest `min_shift`. Above it, a question that three of four answered one way, and one of four another, could be
/// answered the other way round, and nothing would have drifted; at 1, all answers could be others but for one.
const MOST_MIN_SHIFT: f64 = 0.5;

/// `[drift]`
#[derive(Debug, Clone)]
pub struct DriftSettings {
    /// The least share of answers to an item that must have changed before its snapshot does, however
    /// significant the change (total variation, in 0 ..= 1). 0.05 by default: one answer in twenty.
    pub(crate) min_shift: f64,
    /// The number of days after which a watch says that a snapshot is old; `None` if it never does.
    pub(crate) max_age: Option<u32>,
}

impl Default for DriftSettings {
    fn default() -> Self {
        DriftSettings { min_shift: 0.05, max_age: None }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDrift {
    min_shift: Option<Spanned<f64>>,
    max_age: Option<Spanned<u32>>,
}

pub(super) fn checked_drift(raw: RawDrift, source: &Source) -> Result<DriftSettings, Box<Diagnostic>> {
    let mut settings = DriftSettings::default();
    if let Some(min_shift) = raw.min_shift {
        if !(0.0..=1.0).contains(min_shift.get_ref()) {
            return Err(Box::new(
                Diagnostic::new(format!(
                    "min_shift is {}, which is not a share of answers",
                    min_shift.get_ref()
                ))
                .at(source, min_shift.span())
                .help("choose a number from 0 (every significant shift counts) to 1; the default is 0.05"),
            ));
        }
        if *min_shift.get_ref() > MOST_MIN_SHIFT {
            return Err(Box::new(
                Diagnostic::new(format!(
                    "min_shift is {}, so that hardly any change could be a drift: most answers could turn into other ones",
                    min_shift.get_ref()
                ))
                .at(source, min_shift.span())
                .help(format!(
                    "choose a number from 0 to {MOST_MIN_SHIFT}, at which the answer of the majority may become that of the minority; the default is 0.05"
                )),
            ));
        }
        settings.min_shift = min_shift.into_inner();
    }
    if let Some(max_age) = raw.max_age {
        if *max_age.get_ref() == 0 {
            return Err(Box::new(
                Diagnostic::new("max_age is 0, so every snapshot is too old")
                    .at(source, max_age.span())
                    .help("choose a number of days, or leave it out: no snapshot is too old then"),
            ));
        }
        settings.max_age = Some(max_age.into_inner());
    }
    Ok(settings)
}
