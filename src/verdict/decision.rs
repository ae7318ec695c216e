//! What the answers of one look say about a check.

use super::sides::confidence;
use super::surveys::{StandingVerdict, SurveyOrder};
use super::{HeldInSurveys, JudgingOptions, Outcome, bound, complete, interval, outcome};
use crate::check::{BESIDE, Check, Undefined};
use crate::profile::Table;
use crate::stats::sums::EndSearch;
use crate::suite::Suites;

/// What the answers of one look say about a check. Numbers are in the measure's unit.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    pub outcome: Outcome,
    pub estimate: f64,
    /// The ends of the interval, as far as they were looked for.
    pub interval: (f64, f64),
    pub search: EndSearch,
    /// The number that decides the check's test.
    pub bound: f64,
    /// The outcome with the baselines as they stand: another one than `outcome` where too few surveys that are drawn
    /// again have it.
    pub standing: Outcome,
    /// In how many surveys it holds, where it does.
    pub surveys: Option<HeldInSurveys>,
}

/// Returns the interval of a decision. Where only the sides of its ends were looked for, it must lie on the same ones.
pub(super) fn interval_of(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
    decision: &Decision,
) -> Result<(f64, f64), Undefined> {
    if decision.search == EndSearch::Told {
        return Ok(decision.interval);
    }
    let found = interval(check, tables, suites, rate, decision.bound, options)?;
    let found = sound(check, decision.estimate, decision.bound, found)?;
    if outcome(check.test, decision.bound, found) != decision.standing {
        let (low, high) = (check.unit.show(found.0), check.unit.show(found.1));
        return Err(Undefined::Other(format!(
            "the interval, {low} to {high}, and what was decided contradict each other, so no verdict can be trusted: please report this as a bug"
        )));
    }
    Ok(found)
}

/// Judges a check without what reports show.
///
/// # Errors
/// As [`judge`](super::judge).
pub fn decide(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
) -> Result<Decision, Undefined> {
    look(check, tables, suites, rate, options, EndSearch::Told, &mut SurveyOrder::default())
}

/// As [`decide`], for one of several looks: with the ends of the interval looked for no further than asked, which
/// changes no outcome, and with the surveys in the order that the last look left.
///
/// # Errors
/// As [`judge`](super::judge).
pub fn look(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
    search: EndSearch,
    order: &mut SurveyOrder,
) -> Result<Decision, Undefined> {
    complete(check, tables, suites, options)?;
    let estimate = check.measure.prepare(tables, suites)?(tables)?;
    let bound = bound(check, tables, suites, options).ok_or(Undefined::NoChance)?;
    let ends = check.measure.interval(tables, suites, &confidence(rate, bound, options, search))?;
    let interval = sound(check, estimate, bound, ends)?;
    let standing = outcome(check.test, bound, interval);
    let held = StandingVerdict { check, tables, suites, rate, bound, options, standing };
    let look = held.look(order);
    let outcome = if look.holds { standing } else { Outcome::Inconclusive };
    Ok(Decision { outcome, estimate, interval, search, bound, standing, surveys: look.held })
}

/// Returns the interval, if it holds the estimate. An end at the bound need not hold it: a share that was
/// shown to be beyond the bound stays so, though later answers may lie on the other side.
///
/// # Errors
/// The interval does not hold the estimate.
fn sound(check: &Check, estimate: f64, bound: f64, (low, high): (f64, f64)) -> Result<(f64, f64), Undefined> {
    let near = 1e-6 * (1.0 + estimate.abs());
    let reached = |end: f64| (end - bound).abs() <= 2.0 * BESIDE;
    // The comparison is written so that NaN is refused, too.
    if (low - near <= estimate || reached(low)) && (estimate <= high + near || reached(high)) {
        return Ok((low, high));
    }
    let show = |value| check.unit.show(value);
    Err(Undefined::Outside { estimate: show(estimate), low: show(low), high: show(high) })
}
