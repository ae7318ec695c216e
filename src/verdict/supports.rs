//! The strongest bound that undecided answers do support at the check's own error rate, though they do not
//! decide the bound asked.
//!
//! It is not beyond the end of the interval that was found for the bound asked. That end is found step by
//! step from the outside, so naming it errs as rarely as a verdict, though it is chosen after looking (for a
//! share, the end of the interval is such a bound itself). And a check with this bound would pass.

use super::surveys::{StandingVerdict, SurveyOrder};
use super::{Outcome, outcome_at};
use crate::check::{Test, Unit};
use crate::profile::Table;

/// The most steps by which a bound is weakened until it passes by itself. The interval of a share of one
/// question's answers ends beside the bound asked, so that some steps may be needed.
const BACK: u32 = 15;

/// The same where the bound must hold in surveys that are drawn again as well: their values are scattered.
const BACK_IN_SURVEYS: u32 = 50;

/// Returns the bound in steps that people write: whole percents, hundredths, whole places. `None` where only
/// a bound that could not fail is left, or where the check is about chance.
pub(super) fn strongest(
    undecided: StandingVerdict<'_>,
    found: (f64, f64),
    order: &mut SurveyOrder,
) -> Option<f64> {
    let StandingVerdict { check, tables, suites, rate, options, .. } = undecided;
    let unit = check.unit;
    let per_one = match unit {
        Unit::Share | Unit::Index | Unit::Correlation => 100.0,
        Unit::Number | Unit::Place => 1.0,
    };
    let (at_least, end) = match check.test {
        Test::AtLeast(_) => (true, (found.0 * per_one + 1e-9).floor()),
        Test::AtMost(_) => (false, (found.1 * per_one - 1e-9).ceil()),
        Test::BeatsChance => return None,
    };
    let mut passes = |bound: &f64| {
        let own = outcome_at(check, tables, suites, rate, *bound, options);
        let held = StandingVerdict { bound: *bound, standing: Outcome::Pass, ..undecided };
        own == Ok(Outcome::Pass) && held.holds(order)
    };
    let weaker = |back: u32| if at_least { end - f64::from(back) } else { end + f64::from(back) };
    let in_surveys = options.baseline_uncertainty.is_some() && tables.iter().any(Table::is_survey);
    let back = if in_surveys { BACK_IN_SURVEYS } else { BACK };
    let bounds = (0..=back).map(|back| weaker(back) / per_one);
    bounds.take_while(|bound| unit.can_fail(*bound, at_least)).find(|bound| passes(bound))
}
