//! Decides on which side of the bound the answers put a check.

use super::{JudgingOptions, Outcome, outcome};
use crate::check::{Check, Confidence, Undefined};
use crate::profile::Table;
use crate::suite::Suites;

/// Returns how sure a check's interval must be.
pub(super) fn confidence(rate: f64, bound: f64, options: &JudgingOptions) -> Confidence {
    let JudgingOptions { design, seed, .. } = *options;
    Confidence { rate, bound, design, seed }
}

/// Returns only the outcome of a test with this bound, for the many samples that forecasts try out.
///
/// # Errors
/// As for [`super::interval`].
pub fn outcome_at(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    bound: f64,
    options: &JudgingOptions,
) -> Result<Outcome, Undefined> {
    let sides = check.measure.sides(tables, suites, &confidence(rate, bound, options))?;
    Ok(outcome(check.test, bound, sides))
}
