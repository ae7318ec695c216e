//! How much of a run's error rate a check would need to be decided.
//!
//! A new check or role takes a part of the run's error rate from all others. That alone can make a check
//! undecided that the recorded answers decided before, though nobody changed anything about it. So the
//! verdict says at which rate it would be decided.

use super::surveys::{StandingVerdict, SurveyOrder};
use super::{JudgingOptions, Outcome, bound, outcome_at};
use crate::check::Check;
use crate::profile::Table;
use crate::suite::Suites;

/// The largest multiple of a check's part that is tried. Adding a few checks does not shrink a part that far.
const MOST: f64 = 4.0;

/// The number of halvings of the range of rates, on a logarithmic scale.
const STEPS: u32 = 10;

/// A check that its answers would decide if it had a larger part of the run's error rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tightened {
    /// The outcome that the check would have at the larger rate.
    pub outcome: Outcome,
    /// The error rate that the check was judged at.
    pub rate: f64,
    /// An error rate at which the check would be decided: about the smallest, within the steps that whole
    /// answers allow.
    pub needed: f64,
    /// The error rate of the run.
    pub whole: f64,
    /// The number of trials that share the run's error rate.
    pub trials: usize,
}

/// Returns the rate at which a check would be decided that is undecided at `rate`, its part of the `whole`
/// that `trials` share. `None` where four times its part would not decide it.
///
/// This is not a verdict: an error rate that is chosen after looking at the answers does not bound any error.
#[must_use]
pub fn tightened(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    (rate, whole): (f64, f64),
    trials: usize,
    options: &JudgingOptions,
) -> Option<Tightened> {
    if !(rate > 0.0 && whole > rate) {
        return None;
    }
    let most = whole.min(rate * MOST);
    let bound = bound(check, tables, suites, options)?;
    let at = |rate: f64| {
        let found = outcome_at(check, tables, suites, rate, bound, options).ok()?;
        Some(found).filter(|outcome| *outcome != Outcome::Inconclusive)
    };
    at(most)?;
    let (mut low, mut high) = (rate.ln(), most.ln());
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        if at(middle.exp()).is_some() { high = middle } else { low = middle }
    }
    let needed = high.exp().min(most);
    let outcome = at(needed)?;
    let held = StandingVerdict { check, tables, suites, rate: needed, bound, options, standing: outcome };
    held.holds(&mut SurveyOrder::default()).then_some(Tightened { outcome, rate, needed, whole, trials })
}
