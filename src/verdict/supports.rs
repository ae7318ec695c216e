//! The strongest bound that undecided answers do support at the check's own error rate, though they do not
//! decide the bound asked.
//!
//! It is not beyond the end of the interval that was found for the bound asked. That end is found step by
//! step from the outside, so naming it errs as rarely as a verdict, though it is chosen after looking (for a
//! share, the end of the interval is such a bound itself). And a check with this bound would pass.

use super::{JudgingOptions, Outcome, interval, outcome, surveys};
use crate::check::{Check, Test, Unit};
use crate::profile::Table;
use crate::suite::Suites;

/// The most steps by which a bound is weakened until it passes by itself. The interval of a share of one
/// question's answers ends beside the bound asked, so that some steps may be needed.
const BACK: u32 = 15;

/// Returns the bound in steps that people write: whole percents, hundredths, whole places. `None` where only
/// a bound that could not fail is left, or where the check is about chance.
pub(super) fn strongest(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    found: (f64, f64),
    options: &JudgingOptions,
) -> Option<f64> {
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
    let passes = |bound: &f64| {
        let test = if at_least { Test::AtLeast(*bound) } else { Test::AtMost(*bound) };
        let own = interval(check, tables, suites, rate, *bound, options);
        let passes = own.is_ok_and(|own| outcome(test, *bound, own) == Outcome::Pass);
        passes && surveys::holds(check, tables, suites, (rate, *bound), options, (test, Outcome::Pass))
    };
    let weaker = |back: u32| if at_least { end - f64::from(back) } else { end + f64::from(back) };
    let bounds = (0..=BACK).map(|back| weaker(back) / per_one);
    bounds.take_while(|bound| unit.can_fail(*bound, at_least)).find(passes)
}
