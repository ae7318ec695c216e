//! What a question counts with in a sum, and the payoffs that are bet on it before a block of rounds.

use super::{SumClaim, UNKNOWN_OUTCOME};
use crate::stats::pairs;

/// One number for each outcome of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Payoff {
    /// By the place of the outcome.
    pub values: Vec<f64>,
    /// The lowest and the highest that any answer could have.
    pub range: (f64, f64),
}

impl Payoff {
    /// With the lowest and the highest of its values for a range.
    pub fn of(values: Vec<f64>) -> Payoff {
        let ends = |from: f64, of: fn(f64, f64) -> f64| values.iter().copied().fold(from, of);
        let range = (ends(f64::INFINITY, f64::min), ends(f64::NEG_INFINITY, f64::max));
        Payoff { values, range }
    }

    /// An answer that is not known pays the least that there is.
    pub(super) fn value(&self, outcome: u16) -> f64 {
        self.values.get(usize::from(outcome)).copied().unwrap_or(self.range.0)
    }

    fn negated(&self) -> Payoff {
        Payoff {
            values: self.values.iter().map(|value| -value).collect(),
            range: (-self.range.1, -self.range.0),
        }
    }

    /// The mean of some, at least one.
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
    /// The largest of the means of these; there is at least one.
    Largest(Vec<Payoff>),
    /// A constant and a sum of shares, each kept within ends.
    Clipped(ClippedShares),
    /// The Jensen–Shannon distance of the shares from given ones.
    JensenShannon(GivenShares),
    /// The entropy of the shares.
    Entropy(ScaledEntropy),
}

/// `constant + Σ clamp(slope · share)`, over groups of outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct ClippedShares {
    /// By outcome, its group.
    pub groups: Vec<usize>,
    /// By group.
    pub clips: Vec<Clip>,
    /// Added to the sum.
    pub constant: f64,
}

/// A share times a slope, kept within ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// Above or below 0.
    pub slope: f64,
    /// The least that the product counts with.
    pub low: f64,
    /// The most that the product counts with; not below `low`.
    pub high: f64,
}

/// Shares that a question's are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenShares {
    /// By outcome, its group.
    pub groups: Vec<usize>,
    /// The shares of the groups: several where they may be any of these, and the farthest counts.
    pub any_of: Vec<Vec<f64>>,
    /// What the distance is multiplied with.
    pub weight: f64,
}

/// An entropy, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaledEntropy {
    /// How many outcomes there are: 2 to 7.
    pub outcomes: usize,
    /// What the entropy is multiplied with.
    pub weight: f64,
}

/// How often each outcome came, and answers that are not known.
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

    /// What a payoff gave, added up.
    pub(super) fn paid(&self, payoff: &Payoff) -> f64 {
        let known = self.known.iter().enumerate().map(|(at, count)| {
            let value = payoff.values.get(at).copied().unwrap_or(payoff.range.0);
            value * count
        });
        known.sum::<f64>() + self.unknown * payoff.range.0
    }

    /// By group, how often it came; and how many answers belong to none.
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
    /// Whether which payoffs are bet depends on the answers before.
    pub(super) fn adapts(&self, claim: SumClaim) -> bool {
        match self {
            Worth::Largest(payoffs) => claim == SumClaim::Above && payoffs.len() > 1,
            Worth::Clipped(_) | Worth::JensenShannon(_) | Worth::Entropy(_) => true,
        }
    }

    /// Payoffs of which one (the same in each block, which is not known) has a mean that is at most what the
    /// question counts with, and for "below" at most its negative.
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

/// The payoff that has had the largest mean: the mean of equals, so that their order, and with it the direction
/// in which a question is put, does not matter.
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

/// The payoff that is expected to have the smallest mean, which is what the question counts with.
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
    /// clamp(y, low, high) = min(high, max(low, y)): of the maximum, the past says which is bet on; the minimum is
    /// not known, so that each set of shares that are at their upper end is an option.
    fn options(&self, past: &OutcomeCounts) -> Vec<Payoff> {
        let (counts, none) = past.grouped(&self.groups);
        let all = (counts.iter().sum::<f64>() + none).max(1.0);
        let moves = |group: usize| {
            let clip = self.clips[group];
            clip.high > clip.low && clip.slope * counts.get(group).copied().unwrap_or(0.0) / all > clip.low
        };
        let moves: Vec<bool> = (0..self.clips.len()).map(moves).collect();
        // A share that counts with the same whatever it is needs no option.
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

/// Cells of a distance, by their ends.
const CELLS: [f64; 11] = [0.0, 0.08, 0.11, 0.15, 0.2, 0.27, 0.365, 0.49, 0.66, 0.85, 1.0];

/// As many answers as are taken to have had the given shares beforehand: none is then 0 where what is given is not.
const LIKE_GIVEN: f64 = 4.0;

/// Parts of the way from the given shares to those of the past.
const WAY: [f64; 8] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08];

impl GivenShares {
    /// The divergence D = d² is convex: it is at least each of its tangents. Its root is not. But where d lies in
    /// a cell from a to b, it is at least (D + a·b) / (a + b), the chord. Which cell is not known, so that each is
    /// an option, with the tangent at shares on the way to those of the past: at these where they are near enough, else
    /// not so far that one answer would be worth a great deal.
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

/// The Jensen–Shannon divergence, to the base 2: 0 for the same shares, 1 for shares that have nothing in common.
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

/// What each outcome adds to the tangent of the divergence from `given` at some shares: none of them is 0 where
/// what is given is not.
fn tangent(at: &[f64], given: &[f64]) -> Vec<f64> {
    let part = |(p, q): (&f64, &f64)| {
        let middle = 0.5 * (p + q);
        if *q > 0.0 { 0.5 * q * (q / middle).log2() } else { 0.0 }
    };
    let constant: f64 = at.iter().zip(given).map(part).sum();
    let slope = |(p, q): (&f64, &f64)| if *q > 0.0 { 0.5 * (2.0 * p / (p + q)).log2() } else { 0.5 };
    at.iter().zip(given).map(|pair| constant + slope(pair)).collect()
}

/// The entropy of shares, in nats.
pub fn entropy(shares: impl IntoIterator<Item = f64>) -> f64 {
    let part = |share: f64| if share > 0.0 { -share * share.ln() } else { 0.0 };
    shares.into_iter().map(part).sum::<f64>().max(0.0)
}

/// As many answers to each outcome as are taken for seen beforehand.
const SEEN: f64 = 0.2;

impl ScaledEntropy {
    /// The entropy is at most the mean length of any code: of the one that the past suggests.
    fn code(self, past: &OutcomeCounts) -> Payoff {
        let (counts, _) = past.grouped(&(0..self.outcomes).collect::<Vec<_>>());
        let all = counts.iter().sum::<f64>() + SEEN * self.outcomes as f64;
        let value = |outcome: usize| self.weight * ((counts[outcome] + SEEN) / all).ln();
        Payoff::of((0..self.outcomes).map(value).collect())
    }
}
