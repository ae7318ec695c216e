//! What a question counts with in a sum, and the payoffs that are bet on before a block of rounds.

use super::{SumClaim, UNKNOWN_OUTCOME};
use crate::stats::pairs;

/// A number for each outcome of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Payoff {
    /// The numbers, by outcome.
    pub values: Vec<f64>,
    /// The lowest and the highest number that any answer could have.
    pub range: (f64, f64),
}

impl Payoff {
    /// Makes a payoff whose range is the lowest and the highest of its values.
    pub fn of(values: Vec<f64>) -> Payoff {
        let ends = |from: f64, of: fn(f64, f64) -> f64| values.iter().copied().fold(from, of);
        let range = (ends(f64::INFINITY, f64::min), ends(f64::NEG_INFINITY, f64::max));
        Payoff { values, range }
    }

    /// Returns the value of an outcome; an unknown answer pays the least possible.
    pub(super) fn value(&self, outcome: u16) -> f64 {
        self.values.get(usize::from(outcome)).copied().unwrap_or(self.range.0)
    }

    fn negated(&self) -> Payoff {
        Payoff {
            values: self.values.iter().map(|value| -value).collect(),
            range: (-self.range.1, -self.range.0),
        }
    }

    /// Returns the mean of some payoffs, of which there must be at least one.
    fn mean(some: &[&Payoff]) -> Payoff {
        let parts = some.len() as f64;
        let mean = |of: &dyn Fn(&Payoff) -> f64| some.iter().map(|payoff| of(payoff)).sum::<f64>() / parts;
        let outcomes = some.iter().map(|payoff| payoff.values.len()).max().unwrap_or(0);
        Payoff {
            values: (0..outcomes)
                .map(|at| mean(&|payoff| payoff.values.get(at).copied().unwrap_or(payoff.range.0)))
                .collect(),
            range: (mean(&|payoff| payoff.range.0), mean(&|payoff| payoff.range.1)),
        }
    }
}

/// What a question counts with.
#[derive(Debug, Clone, PartialEq)]
pub enum Worth {
    /// The largest of the means of these payoffs, of which there is at least one.
    Largest(Vec<Payoff>),
    /// A constant plus a sum of shares, each clipped to a range.
    Clipped(ClippedShares),
    /// The Jensen–Shannon distance of the shares from given shares.
    JensenShannon(GivenShares),
    /// The entropy of the shares.
    Entropy(ScaledEntropy),
}

/// `constant + Σ clamp(slope · share)`, over groups of outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClippedShares {
    /// The group of each outcome.
    pub groups: Vec<usize>,
    /// The clip of each group.
    pub clips: Vec<Clip>,
    /// The constant that is added to the sum.
    pub constant: f64,
}

/// A share times a slope, clipped to a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// The factor of the share, which may be negative.
    pub slope: f64,
    /// The least value of the clipped product.
    pub low: f64,
    /// The greatest value of the clipped product, which is not below `low`.
    pub high: f64,
}

/// The shares that a question's own shares are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenShares {
    /// The group of each outcome.
    pub groups: Vec<usize>,
    /// The shares of the groups. If there are several candidates, the farthest one counts.
    pub any_of: Vec<Vec<f64>>,
    /// The factor of the distance.
    pub weight: f64,
}

/// An entropy, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaledEntropy {
    /// The number of outcomes: 2 to 7.
    pub outcomes: usize,
    /// The factor of the entropy.
    pub weight: f64,
}

/// How often each outcome came, and how many answers are unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct OutcomeCounts {
    known: Vec<f64>,
    unknown: f64,
}

impl OutcomeCounts {
    pub(super) fn add(&mut self, outcome: u16, count: u32) {
        if outcome == UNKNOWN_OUTCOME {
            self.unknown += f64::from(count);
            return;
        }
        let at = usize::from(outcome);
        if self.known.len() <= at {
            self.known.resize(at + 1, 0.0);
        }
        self.known[at] += f64::from(count);
    }

    pub(super) fn all(&self) -> f64 {
        self.known.iter().sum::<f64>() + self.unknown
    }

    /// Returns the sum of what a payoff gave.
    pub(super) fn paid(&self, payoff: &Payoff) -> f64 {
        let known = self.known.iter().enumerate().map(|(at, count)| {
            let value = payoff.values.get(at).copied().unwrap_or(payoff.range.0);
            value * count
        });
        known.sum::<f64>() + self.unknown * payoff.range.0
    }

    /// Returns how often each group came, and how many answers belong to none.
    pub(super) fn grouped(&self, groups: &[usize]) -> (Vec<f64>, f64) {
        let mut counts = vec![0.0; groups.iter().max().map_or(0, |most| most + 1)];
        let mut none = self.unknown;
        for (at, count) in self.known.iter().enumerate() {
            match groups.get(at) {
                Some(group) => counts[*group] += count,
                None => none += count,
            }
        }
        (counts, none)
    }
}

impl Worth {
    /// Returns whether the payoffs to bet on depend on earlier answers.
    pub(super) fn adapts(&self, claim: SumClaim) -> bool {
        match self {
            Worth::Largest(payoffs) => claim == SumClaim::Above && payoffs.len() > 1,
            Worth::Clipped(_) | Worth::JensenShannon(_) | Worth::Entropy(_) => true,
        }
    }

    /// Returns payoffs, at least one of which has a mean of at most what the question counts with (for "below", of at
    /// most its negative). It is the same one in each block, but not known.
    pub(super) fn options(&self, claim: SumClaim, past: &OutcomeCounts) -> Vec<Payoff> {
        match (self, claim) {
            (Worth::Largest(payoffs), SumClaim::Above) => vec![largest(payoffs, past)],
            (Worth::Largest(payoffs), SumClaim::Below) => payoffs.iter().map(Payoff::negated).collect(),
            (Worth::Clipped(shares), SumClaim::Above) => shares.options(past),
            (Worth::Clipped(shares), SumClaim::Below) => shares.negated().options(past),
            (Worth::JensenShannon(given), SumClaim::Above) => given.options(past),
            (Worth::Entropy(entropy), SumClaim::Below) => vec![entropy.code(past)],
            // What is smooth is bet on otherwise (`smooth`). Here only the least that it could be is right for all
            // shares: the negative of the greatest distance, and no entropy.
            (Worth::JensenShannon(given), SumClaim::Below) => {
                vec![Payoff::of(vec![-given.weight; given.groups.len()])]
            }
            (Worth::Entropy(entropy), SumClaim::Above) => vec![Payoff::of(vec![0.0; entropy.outcomes])],
        }
    }
}

/// Returns the payoff with the largest mean so far. Of equal ones it returns the mean, so that their order, and with
/// it the direction in which a question is put, does not matter.
fn largest(payoffs: &[Payoff], past: &OutcomeCounts) -> Payoff {
    if let [payoff] = payoffs {
        return payoff.clone();
    }
    let sums: Vec<f64> = payoffs.iter().map(|payoff| past.paid(payoff)).collect();
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let equal = |(sum, _): &(&f64, &Payoff)| **sum > most - 1e-9;
    let equals: Vec<&Payoff> = sums.iter().zip(payoffs).filter(equal).map(|(_, payoff)| payoff).collect();
    Payoff::mean(&equals)
}

/// Returns the payoff that is expected to have the smallest mean, which is what the question counts with.
pub(super) fn expected(options: &[Payoff], past: &OutcomeCounts) -> Payoff {
    if let [payoff] = options {
        return payoff.clone();
    }
    let negated: Vec<f64> = options.iter().map(|payoff| past.paid(payoff)).collect();
    let least = negated.iter().copied().fold(f64::INFINITY, f64::min);
    let equal = |(sum, _): &(&f64, &Payoff)| **sum < least + 1e-9;
    let equals: Vec<&Payoff> = negated.iter().zip(options).filter(equal).map(|(_, payoff)| payoff).collect();
    Payoff::mean(&equals)
}

impl ClippedShares {
    /// Uses clamp(y, low, high) = min(high, max(low, y)). The past decides which side of the maximum is bet on. The
    /// side of the minimum is not known, so each set of shares that reach their upper end is an option.
    fn options(&self, past: &OutcomeCounts) -> Vec<Payoff> {
        let (counts, none) = past.grouped(&self.groups);
        let all = (counts.iter().sum::<f64>() + none).max(1.0);
        let moves = |group: usize| {
            let clip = self.clips[group];
            clip.high > clip.low && clip.slope * counts.get(group).copied().unwrap_or(0.0) / all > clip.low
        };
        let moves: Vec<bool> = (0..self.clips.len()).map(moves).collect();
        // A share whose clip has a single value needs no option.
        let open = |clip: &&Clip| clip.high > clip.low;
        let of = |capped: u64| {
            let (mut constant, mut slopes, mut bit) = (self.constant, vec![0.0; self.clips.len()], 0);
            for (group, clip) in self.clips.iter().enumerate() {
                let capped = open(&clip) && pairs::has(capped, bit);
                bit += usize::from(open(&clip));
                match (capped, moves[group]) {
                    (true, _) => constant += clip.high,
                    (false, true) => slopes[group] = clip.slope,
                    (false, false) => constant += clip.low,
                }
            }
            Payoff::of(self.groups.iter().map(|group| constant + slopes[*group]).collect())
        };
        (0..=pairs::ones(self.clips.iter().filter(open).count() as u32)).map(of).collect()
    }

    fn negated(&self) -> ClippedShares {
        let turned = |clip: &Clip| Clip { slope: -clip.slope, low: -clip.high, high: -clip.low };
        ClippedShares {
            groups: self.groups.clone(),
            clips: self.clips.iter().map(turned).collect(),
            constant: -self.constant,
        }
    }
}

/// The cell boundaries for a distance.
const CELLS: [f64; 11] = [0.0, 0.08, 0.11, 0.15, 0.2, 0.27, 0.365, 0.49, 0.66, 0.85, 1.0];

/// Adds this many answers with the given shares, so that no share is 0 if the given one is not.
const LIKE_GIVEN: f64 = 4.0;

/// Candidate points on the way from the given shares to those of the past, as shares of that way.
const WAY: [f64; 8] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08];

impl GivenShares {
    /// The divergence D = d² is convex, so it is at least each of its tangents; its root is not convex. But if d lies
    /// in a cell from a to b, it is at least the chord (D + a·b) / (a + b). The cell is not known, so each is an
    /// option. The tangent is taken at a point on the way from the given shares to those of the past: at the past
    /// shares if they are near enough, otherwise closer, so that no single answer counts too much.
    fn options(&self, past: &OutcomeCounts) -> Vec<Payoff> {
        let given = &self.any_of[0];
        let (counts, _) = past.grouped(&self.groups);
        let all: f64 = counts.iter().sum();
        let seen = |(group, share): (usize, &f64)| {
            (counts.get(group).copied().unwrap_or(0.0) + LIKE_GIVEN * share) / (all + LIKE_GIVEN)
        };
        let seen: Vec<f64> = given.iter().enumerate().map(seen).collect();
        let at = |part: f64| -> Vec<f64> {
            given.iter().zip(&seen).map(|(from, to)| from + part * (to - from)).collect()
        };
        let way: Vec<(f64, Vec<f64>)> = WAY
            .iter()
            .map(|part| {
                let at = at(*part);
                (divergence(&at, given), tangent(&at, given))
            })
            .collect();
        let of = |cell: &[f64]| {
            let (from, upto) = (cell[0], cell[1]);
            let aim = if from > 0.0 { 2.5 * from * upto } else { upto * upto / 4.0 };
            let off = |found: f64| (found.max(1e-12) / aim).ln().abs();
            let nearest = way.iter().min_by(|a, b| off(a.0).total_cmp(&off(b.0)));
            let value = |group: &usize| {
                let tangent = nearest.map_or(0.0, |(_, tangent)| tangent[*group]);
                self.weight * (tangent + from * upto) / (from + upto)
            };
            Payoff::of(self.groups.iter().map(value).collect())
        };
        CELLS.windows(2).map(of).collect()
    }
}

/// Returns the Jensen–Shannon divergence to the base 2: 0 for equal shares, 1 for shares with nothing in common.
///
/// ```
/// use alignspec::__testing::stats::sums::divergence;
/// assert_eq!(divergence(&[1.0, 0.0], &[0.0, 1.0]), 1.0);
/// assert_eq!(divergence(&[0.5, 0.5], &[0.5, 0.5]), 0.0);
/// ```
pub fn divergence(one: &[f64], other: &[f64]) -> f64 {
    let part = |share: f64, middle: f64| if share > 0.0 { share * (share / middle).log2() } else { 0.0 };
    let both = one.iter().zip(other).map(|(p, q)| {
        let middle = 0.5 * (p + q);
        0.5 * (part(*p, middle) + part(*q, middle))
    });
    both.sum::<f64>().clamp(0.0, 1.0)
}

/// Returns what each outcome adds to the tangent of the divergence from `given` at the shares `at`. No share may be 0
/// unless the given one is.
fn tangent(at: &[f64], given: &[f64]) -> Vec<f64> {
    let part = |(p, q): (&f64, &f64)| {
        let middle = 0.5 * (p + q);
        if *q > 0.0 { 0.5 * q * (q / middle).log2() } else { 0.0 }
    };
    let constant: f64 = at.iter().zip(given).map(part).sum();
    let slope = |(p, q): (&f64, &f64)| if *q > 0.0 { 0.5 * (2.0 * p / (p + q)).log2() } else { 0.5 };
    at.iter().zip(given).map(|pair| constant + slope(pair)).collect()
}

/// Returns the entropy of shares, in nats.
pub fn entropy(shares: impl IntoIterator<Item = f64>) -> f64 {
    let part = |share: f64| if share > 0.0 { -share * share.ln() } else { 0.0 };
    shares.into_iter().map(part).sum::<f64>().max(0.0)
}

/// Adds this many answers to each outcome.
const SEEN: f64 = 0.2;

impl ScaledEntropy {
    /// Returns the payoff of the code that the past suggests: the entropy is at most the mean length of any code.
    fn code(self, past: &OutcomeCounts) -> Payoff {
        let (counts, _) = past.grouped(&(0..self.outcomes).collect::<Vec<_>>());
        let all = counts.iter().sum::<f64>() + SEEN * self.outcomes as f64;
        let value = |outcome: usize| self.weight * ((counts[outcome] + SEEN) / all).ln();
        Payoff::of((0..self.outcomes).map(value).collect())
    }
}
