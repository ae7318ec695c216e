//! Verdicts: whether the answers support a check, at a stated error rate.
//!
//! `pass` is said only when the whole interval lies on the right side of the bound, `fail` only when
//! it lies on the wrong side, `inconclusive` otherwise. A check's error rate is its part of the
//! run's ([`divide`]: Bonferroni), spent in equal parts over the looks at growing samples
//! ([`Schedule`]: the union bound over looks, the simplest of the error-spending rules of Lan and
//! DeMets 1983), so that looking repeatedly does not make a wrong verdict likelier.
//!
//! Two kinds of interval:
//!
//! - **exact** for shares (Clopper and Pearson 1934; conservative also for shares pooled over unlike
//!   questions, Hoeffding 1956), for the lowest or highest share over contexts, for the overlap of the
//!   top k of a selection, and for one option's place in it (simultaneous Clopper–Pearson);
//! - **resampled** for everything else: the spread of the statistic over Dirichlet posterior draws of
//!   the shares, on Fisher's z scale for correlations, centred at the estimate and widened by the
//!   draws' bias and by Monte Carlo error. Approximate: its error rate is not yet proven by
//!   simulation.

pub mod drift;
mod exact;
mod resampled;

use statrs::distribution::{ContinuousCDF, Normal};

use crate::check::chance::{self, Chance, Null};
use crate::check::{Check, Test, Undefined};
use crate::profile::Table;
use crate::stats::multiplicity::split_error;
use crate::suite::Suites;

pub use exact::{places_of, top_overlap};

/// What a run may say of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    Inconclusive,
}

/// A judged check.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub outcome: Outcome,
    /// The measure's value for the answers as they are, in the measure's unit.
    pub estimate: f64,
    /// Where the value lies but for the error rate: each end holds with probability 1 − `rate`.
    pub interval: (f64, f64),
    pub answers: Evidence,
    /// What a respondent without opinions would get; `None` where that is no question, or was not
    /// asked for.
    pub chance: Option<Chance>,
    /// The error rate it was judged at.
    pub rate: f64,
    /// Further answers per item it would likely take, when inconclusive and that can be said.
    pub further: Option<u32>,
    /// How the interval was computed: `exact` or `resampled`.
    pub method: &'static str,
}

/// Valid answers behind a verdict: of the subject and, where they are sampled, of the baselines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Of the item with the fewest.
    pub least_per_item: u32,
    pub total: u32,
}

/// What judging depends on besides the answers.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub seed: u64,
    /// Whether the baselines' own sampling error counts.
    pub baseline_uncertainty: bool,
    /// Whether the chance level is to be told. `beats chance` is judged by it in any case.
    pub chance: bool,
}

/// Divides a run's error rate over its checks, in proportion to their weights. The parts add up to
/// the whole, so that the chance of any wrong verdict in the run is at most `error_rate`.
#[must_use]
pub fn divide(error_rate: f64, weights: &[f64]) -> Vec<f64> {
    // The config lets only usable rates and weights through; without any weight nothing is judged.
    split_error(error_rate, weights).unwrap_or_else(|_| vec![0.0; weights.len()])
}

/// When a check is looked at: after how many answers per item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    looks: Vec<u32>,
}

impl Schedule {
    /// Looks at 10, 20, 30, 50, 80, 120, 200, 300, 500 … answers, the last one at `most`.
    #[must_use]
    pub fn up_to(most: u32) -> Self {
        let steps = [10, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000];
        let mut looks: Vec<u32> = steps.into_iter().filter(|look| *look < most).collect();
        looks.push(most);
        Schedule { looks }
    }

    /// One look at whatever there is: figures that cannot grow.
    #[must_use]
    pub fn fixed() -> Self {
        Schedule { looks: vec![u32::MAX] }
    }

    pub fn looks(&self) -> &[u32] {
        &self.looks
    }

    /// The part of a check's error rate that each look may use.
    #[must_use]
    pub fn spend(&self, rate: f64) -> f64 {
        rate / self.looks.len() as f64
    }
}

/// Judges a check on tables (one for each of its measure's inputs, in their order) at error rate
/// `rate`.
///
/// # Errors
/// The measure has no value for these answers.
pub fn judge(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &Options,
) -> Result<Verdict, Undefined> {
    let mut statistic = check.measure.prepare(tables, suites)?;
    let estimate = statistic(tables)?;
    let exact =
        if options.baseline_uncertainty { None } else { exact::interval(check, tables, suites, rate)? };
    let (interval, method) = match exact {
        Some(interval) => (interval, "exact"),
        None => {
            let interval = resampled::interval(check, tables, &mut statistic, estimate, rate, options)?;
            (interval, "resampled")
        }
    };
    // Uniform respondents take many draws, and nobody reads most of them.
    let chance = options.chance.then(|| chance::of(check, tables, suites, options.seed)).flatten();
    let null = match (check.test, chance) {
        (Test::BeatsChance, None) => chance::shuffled(check, tables, suites, options.seed),
        _ => chance.and_then(|chance| chance.shuffled),
    };
    if check.test == Test::BeatsChance && null.is_none() {
        return Err(Undefined::NoChance);
    }
    let outcome = outcome(check.test, interval, null.as_ref());
    let own = exact::subjects(check, tables);
    let rows = || own.clone().flat_map(|table| &table.rows).map(|row| row.n);
    let answers =
        Evidence { least_per_item: rows().min().unwrap_or(0), total: rows().fold(0, u32::saturating_add) };
    let further = match (outcome, check.test) {
        (Outcome::Inconclusive, Test::AtLeast(bound) | Test::AtMost(bound)) => {
            further(answers.least_per_item, estimate, interval, bound)
        }
        _ => None,
    };
    Ok(Verdict { outcome, estimate, interval, answers, chance, rate, further, method })
}

fn outcome(test: Test, (low, high): (f64, f64), null: Option<&Null>) -> Outcome {
    let (pass, fail) = match test {
        Test::AtLeast(bound) => (low >= bound, high < bound),
        Test::AtMost(bound) => (high <= bound, low > bound),
        Test::BeatsChance => {
            null.map_or((false, false), |null| (null.is_beaten_by(low), !null.is_beaten_by(high)))
        }
    };
    match (pass, fail) {
        (true, _) => Outcome::Pass,
        (_, true) => Outcome::Fail,
        _ => Outcome::Inconclusive,
    }
}

/// Intervals shrink with the root of n: how many more answers until the near end reaches the bound.
fn further(n: u32, estimate: f64, (low, high): (f64, f64), bound: f64) -> Option<u32> {
    let distance = (estimate - bound).abs();
    let half = if estimate > bound { estimate - low } else { high - estimate };
    let wanted = f64::from(n) * ((half / distance).powi(2) - 1.0);
    // Past this the honest answer is "too close to call".
    (distance > 1e-9 && wanted < 10_000.0).then(|| (wanted.ceil() as u32).max(1))
}

/// The standard normal quantile that leaves `rate` above it.
fn tail(rate: f64) -> f64 {
    -Normal::standard().inverse_cdf(rate.clamp(1e-300, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_divided_over_checks_and_looks() {
        let parts = divide(0.05, &[1.0, 3.0]);
        assert!((parts.iter().sum::<f64>() - 0.05).abs() < 1e-12 && parts[1] > parts[0]);
        let schedule = Schedule::up_to(50);
        assert_eq!(schedule.looks(), [10, 20, 30, 50]);
        assert!((schedule.spend(0.04) - 0.01).abs() < 1e-12);
        assert_eq!(Schedule::up_to(4).looks(), [4]);
    }

    #[test]
    fn a_verdict_needs_the_whole_interval() {
        let of = |test, interval| outcome(test, interval, None);
        assert_eq!(of(Test::AtLeast(0.7), (0.75, 0.9)), Outcome::Pass);
        assert_eq!(of(Test::AtLeast(0.7), (0.65, 0.9)), Outcome::Inconclusive);
        assert_eq!(of(Test::AtLeast(0.95), (0.75, 0.9)), Outcome::Fail);
        assert_eq!(of(Test::AtMost(0.7), (0.75, 0.9)), Outcome::Fail);
        assert_eq!(of(Test::BeatsChance, (0.75, 0.9)), Outcome::Inconclusive);
    }

    #[test]
    fn chance_is_beaten_above_what_95_percent_of_shuffles_get() {
        let method = chance::Method::Exact { outcomes: 792 };
        let null =
            Null { mean: 0.28, deviation: 0.14, upper: 0.43, lower: 0.11, standard_error: 0.0, method };
        let of = |interval| outcome(Test::BeatsChance, interval, Some(&null));
        assert_eq!(of((0.5, 0.9)), Outcome::Pass);
        assert_eq!(of((0.43, 0.9)), Outcome::Inconclusive);
        assert_eq!(of((0.3, 0.43)), Outcome::Fail);
    }

    #[test]
    fn further_answers_grow_with_the_square() {
        assert_eq!(further(50, 0.8, (0.6, 0.9), 0.7), Some(150));
        assert_eq!(further(50, 0.7, (0.6, 0.9), 0.7), None);
    }
}
