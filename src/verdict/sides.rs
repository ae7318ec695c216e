//! Decides on which side of the bound the answers put a check.

use super::{JudgingOptions, Outcome, outcome};
use crate::check::{Check, Confidence, Undefined};
use crate::profile::Table;
use crate::stats::sums::EndSearch;
use crate::suite::Suites;

/// How sure a check's interval is to be, and how far its ends are looked for.
pub(super) fn confidence(rate: f64, bound: f64, options: &JudgingOptions, search: EndSearch) -> Confidence {
    let JudgingOptions { design, seed, .. } = *options;
    Confidence { rate, bound, design, search, seed }
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
    let sure = confidence(rate, bound, options, EndSearch::Side);
    Ok(outcome(check.test, bound, check.measure.interval(tables, suites, &sure)?))
}
