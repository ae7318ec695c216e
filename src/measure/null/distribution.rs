//! Distributions of a measure by chance: lists of values with their probabilities, joined over independent
//! contexts and summarized as a [`Null`].

use serde::{Deserialize, Serialize};

/// Values that differ by less than this differ by rounding only.
const SAME: f64 = 1e-9;

/// The share of shuffled respondents that do not exceed `upper`, and of those that reach `lower`.
const MOST: f64 = 0.95;

/// The distribution of a measure over respondents whose labels are shuffled, in the measure's unit.
///
/// Source: the permutation distribution of Fisher, *The Design of Experiments* (1935), §21.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Null {
    /// The expected value.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
    /// The smallest value that at least 95 % of shuffled respondents do not exceed.
    pub upper: f64,
    /// The largest value that at least 95 % of shuffled respondents reach.
    pub lower: f64,
    /// The standard error of `mean`: 0 when it is exact.
    pub standard_error: f64,
    /// How the distribution was found.
    pub method: ChanceMethod,
}

/// How a chance level was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChanceMethod {
    /// All outcomes were counted: relabelings, or classes of them with their probabilities.
    Exact {
        /// How many outcomes were counted.
        outcomes: u64,
    },
    /// Seeded random draws.
    MonteCarlo {
        /// How many respondents were drawn.
        draws: u64,
    },
}

/// Values with their probabilities, in ascending order and without duplicates. It is never empty, and the
/// probabilities add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    points: Vec<(f64, f64)>,
    /// The number of outcomes behind the values.
    outcomes: u64,
}

impl Distribution {
    /// Makes the distribution of equally likely values; `None` if there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        Self::weighted(values.into_iter().map(|value| (value, 1.0)).collect())
    }

    /// Makes the distribution of values with weights; `None` unless the weights have a positive sum.
    pub(crate) fn weighted(mut points: Vec<(f64, f64)>) -> Option<Self> {
        let outcomes = points.len() as u64;
        let total: f64 = points.iter().map(|(_, weight)| weight).sum();
        if total <= 0.0 {
            return None;
        }
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|next, kept| {
            let same = next.0 - kept.0 < SAME;
            if same {
                kept.1 += next.1;
            }
            same
        });
        points.iter_mut().for_each(|(_, weight)| *weight /= total);
        Some(Distribution { points, outcomes })
    }

    /// Returns the distribution of `join` over independent values of both.
    pub(crate) fn with(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let mut points = Vec::with_capacity(self.points.len() * other.points.len());
        for (a, p) in &self.points {
            points.extend(other.points.iter().map(|(b, q)| (join(*a, *b), p * q)));
        }
        let outcomes = self.outcomes.saturating_mul(other.outcomes);
        match Self::weighted(points) {
            Some(joined) => Distribution { outcomes, ..joined },
            // This cannot happen, since neither side is empty.
            None => self.clone(),
        }
    }

    /// Joins independent distributions one by one; `None` if there are none.
    pub(crate) fn over(
        all: impl IntoIterator<Item = Distribution>,
        join: impl Fn(f64, f64) -> f64 + Copy,
    ) -> Option<Self> {
        all.into_iter().reduce(|so_far, next| so_far.with(&next, join))
    }

    /// Multiplies each value by a positive number.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.points.iter_mut().for_each(|(value, _)| *value *= factor);
        self
    }

    /// Summarizes a distribution of all possible outcomes.
    pub(crate) fn exact(&self) -> Null {
        self.null(ChanceMethod::Exact { outcomes: self.outcomes })
    }

    /// Summarizes a distribution that was found by `method`.
    pub(crate) fn null(&self, method: ChanceMethod) -> Null {
        let mean: f64 = self.points.iter().map(|(value, p)| value * p).sum();
        let mut variance: f64 = self.points.iter().map(|(value, p)| (value - mean).powi(2) * p).sum();
        let mut standard_error = 0.0;
        if let ChanceMethod::MonteCarlo { .. } = method {
            // Draws are a sample, so the variance has n − 1 and the mean has a standard error. Draws without
            // a value are not among the outcomes.
            let n = self.outcomes as f64;
            variance *= if n > 1.0 { n / (n - 1.0) } else { 0.0 };
            standard_error = (variance / n).sqrt();
        }
        let upper = beyond(self.points.iter().copied());
        let lower = beyond(self.points.iter().rev().copied());
        Null { mean, deviation: variance.sqrt(), upper, lower, standard_error, method }
    }
}

/// Returns the first value at which 95 % have been passed.
fn beyond(points: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut passed, mut at) = (0.0, 0.0);
    for (value, p) in points {
        passed += p;
        at = value;
        if passed >= MOST - SAME {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_leave_at_least_95_percent_on_their_side() {
        let twenty = Distribution::of((1..=20).map(f64::from)).expect("values").exact();
        assert_eq!((twenty.upper, twenty.lower, twenty.mean), (19.0, 2.0, 10.5));
        let nineteen = Distribution::of((1..=19).map(f64::from)).expect("values").exact();
        assert_eq!((nineteen.upper, nineteen.lower), (19.0, 1.0));
    }

    #[test]
    fn two_dice_add_up_and_the_higher_counts() {
        let die = Distribution::of((1..=6).map(f64::from)).expect("values");
        let sum = Distribution::over([die.clone(), die.clone()], |a, b| a + b).expect("dice").exact();
        assert!((sum.mean - 7.0).abs() < 1e-12 && (sum.deviation.powi(2) - 35.0 / 6.0).abs() < 1e-12);
        assert_eq!((sum.upper, sum.lower), (11.0, 3.0));
        assert_eq!(sum.method, ChanceMethod::Exact { outcomes: 36 });
        let higher = die.with(&die, f64::max).exact();
        assert!((higher.mean - 161.0 / 36.0).abs() < 1e-12);
    }

    #[test]
    fn draws_have_a_standard_error() {
        let drawn = Distribution::of([0.0, 1.0, 0.0, 1.0]).expect("values");
        let null = drawn.null(ChanceMethod::MonteCarlo { draws: 4 });
        assert!((null.standard_error - (1.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert_eq!(Distribution::of([]), None);
    }
}
