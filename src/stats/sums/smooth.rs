//! Bets on a sum of smooth functions: that Jensen–Shannon distances add up to less than a bound, or entropies to
//! more.
//!
//! In both claims, the number is the largest of its tangents (for a divergence D, or the negative entropy −H), and it
//! is not known which tangent is the right one. Unlike with sums of payoffs, the right one is not searched for: with
//! stakes in an exponent, the worst case over all tangents has a closed form.
//!
//! **Entropy.** If the shares are p, then −ln p(x) has the mean H(p), and ln E exp(−s ln p(x)) = ln Σ p^(1−s) ≤ (s +
//! κ s²) H(p) + A s² for all p, with the constants in [`EXCESS`]. So the product of exp(−s ln p(x) − (s + κ s²) H − A
//! s²) is at most 1 on average. Whatever p is, the sum of −ln p(x) over n answers is at least n times the entropy of
//! the answers.
//!
//! **Distance.** In nats, with m = (p + q) / 2, the tangent at p pays g(x) = ½ ln(p/m)(x) + ½ Σ q ln(q/m), and its mean
//! is D(p). With r = p/m, which lies in 0 ..= 2, and a = s/2,
//! ln E exp(s (D − g)) = ln Σ m r^(1−a) + a Σ m r ln r ≤ Σ m (r^(1−a) − 1 + a r ln r) ≤ κ s² D
//! for s ≤ 1 and κ = [`TANGENT`]: the last step holds for each r, since D = Σ m ½ (r ln r + (2 − r) ln(2 − r)) and
//! Σ m (r − 1) = 0. So the product of exp(s (1 − κ s) D − s g(x)) is 1 or less on average. The distance d = √(D / ln 2) is at most
//! D / (2 c ln 2) + c / 2 for any c: the past chooses c. Of all tangents, the sum of s g(x) is at most the sum of s times
//! D of the answers, each weighted with its s.
//!
//! A question in several forms counts with the mean of their shares. All its answers may be treated as if they had
//! these shares, because the logarithm of a mean is at least the mean of the logarithms.
//!
//! Source: Ville (1939); the inequalities are checked by enumeration in the tests and in
//! `scripts/distance_reference.py`.

use super::betting::{PerStake, STAKES, ln_mean};
use super::blocks::block_ends;
use super::worth::{OutcomeCounts, divergence, entropy};
use super::{GivenShares, ScaledEntropy, SumClaim, SummedQuestion, Worth};

/// The constant κ for distances, explained above: at most 0.2595 is needed for s ≤ 1.
pub(super) const TANGENT: f64 = 0.26;

/// The largest stakes s for entropies, and the values of κ.
const CODE_STAKES: PerStake = [0.4, 0.24, 0.144, 0.086, 0.052, 0.031, 0.019, 0.011];
pub(super) const KAPPAS: [f64; 3] = [0.0, 1.0, 2.0];

/// The largest s for each column of [`EXCESS`].
pub(super) const UP_TO: [f64; 4] = [0.05, 0.1, 0.2, 0.4];

/// The constant A, by number of outcomes (from 2), κ and s.
pub(super) const EXCESS: [[[f64; 4]; 3]; 6] = [
    [[0.228, 0.236, 0.254, 0.299], [0.062, 0.072, 0.096, 0.160], [0.016, 0.022, 0.040, 0.099]],
    [[0.395, 0.409, 0.440, 0.516], [0.116, 0.135, 0.178, 0.291], [0.030, 0.043, 0.076, 0.185]],
    [[0.530, 0.549, 0.590, 0.690], [0.164, 0.191, 0.251, 0.404], [0.044, 0.062, 0.110, 0.262]],
    [[0.646, 0.668, 0.718, 0.837], [0.209, 0.242, 0.316, 0.504], [0.057, 0.081, 0.143, 0.333]],
    [[0.747, 0.773, 0.830, 0.966], [0.250, 0.289, 0.376, 0.594], [0.070, 0.099, 0.173, 0.398]],
    [[0.837, 0.867, 0.930, 1.081], [0.289, 0.333, 0.432, 0.676], [0.083, 0.116, 0.203, 0.459]],
];

/// The stakes for distances, per answer.
const DISTANCE_STAKES: PerStake = [1.0, 0.63, 0.4, 0.25, 0.16, 0.1, 0.063, 0.04];

/// The smallest distance that is inferred from the past, and the distance that is expected without a past.
const NEAREST: f64 = 0.05;
const UNSEEN: f64 = 0.35;

/// A bet on one claim, prepared for any bound.
#[derive(Debug)]
pub(super) struct SmoothWager {
    looks: Vec<SmoothLook>,
    bet: SmoothBet,
    /// By stake, how much a unit of the sum counts in a round.
    worth: PerStake,
}

/// The state after some rounds.
#[derive(Debug)]
struct SmoothLook {
    rounds: f64,
    /// By stake, the logarithm of the wealth without the part that depends on the bound.
    ln: PerStake,
}

#[derive(Debug)]
enum SmoothBet {
    Distance,
    /// The cost of each round, by κ and then by stake.
    Entropy([PerStake; KAPPAS.len()]),
}

impl SmoothWager {
    /// Returns `None` for claims that are bet on with payoffs.
    pub(super) fn of(questions: &[SummedQuestion], claim: SumClaim) -> Option<SmoothWager> {
        match (&questions.first()?.worth, claim) {
            (Worth::JensenShannon(_), SumClaim::Below) => Some(distance(questions)),
            (Worth::Entropy(_), SumClaim::Above) => Some(entropies(questions)),
            _ => None,
        }
    }

    /// Returns the logarithm of the largest wealth so far.
    pub(super) fn evidence(&self, bound: f64) -> f64 {
        let wealth = |look: &SmoothLook| {
            let logs = |at: usize| {
                let unit = look.rounds * self.worth[at] * bound;
                let rest = match &self.bet {
                    SmoothBet::Distance => unit,
                    // The best κ depends only on the bound, so it may be chosen here.
                    SmoothBet::Entropy(costs) => (costs.iter().zip(KAPPAS))
                        .map(|(costs, kappa)| {
                            -unit * (1.0 + kappa * CODE_STAKES[at]) - look.rounds * costs[at]
                        })
                        .fold(f64::NEG_INFINITY, f64::max),
                };
                look.ln[at] + rest
            };
            ln_mean(&std::array::from_fn(logs))
        };
        self.looks.iter().map(wealth).fold(0.0, f64::max)
    }
}

/// Adds the answers to a question in all its forms, from one round to another.
fn add(counts: &mut OutcomeCounts, question: &SummedQuestion, from: usize, upto: usize) {
    question.forms.iter().flat_map(|form| &form[from..upto]).for_each(|outcome| counts.add(*outcome, 1));
}

/// Returns the stake per unit of the sum for which no answer stakes more than the stake for one answer.
fn per_unit(questions: &[SummedQuestion], weight: impl Fn(&Worth) -> Option<f64>) -> f64 {
    let each = questions
        .iter()
        .filter_map(|question| weight(&question.worth).map(|weight| question.forms.len() as f64 / weight));
    each.fold(f64::INFINITY, f64::min)
}

fn entropies(questions: &[SummedQuestion]) -> SmoothWager {
    let unit = per_unit(questions, |worth| match worth {
        Worth::Entropy(entropy) => Some(entropy.weight),
        _ => None,
    });
    let each: Vec<(&SummedQuestion, ScaledEntropy)> = (questions.iter())
        .filter_map(|question| match question.worth {
            Worth::Entropy(entropy) => Some((question, entropy)),
            _ => None,
        })
        .collect();
    // Returns what an answer to a question stakes, as a share of the stake for one answer.
    let part = |question: &SummedQuestion, of: ScaledEntropy| unit * of.weight / question.forms.len() as f64;
    let cost = |kappa: usize, stake: f64| -> f64 {
        let of = |(question, of): &(&SummedQuestion, ScaledEntropy)| {
            let stake = stake * part(question, *of);
            question.forms.len() as f64 * excess(of.outcomes, kappa, stake) * stake * stake
        };
        each.iter().map(of).sum()
    };
    let costs = std::array::from_fn(|kappa| CODE_STAKES.map(|stake| cost(kappa, stake)));
    let mut counts = vec![OutcomeCounts::default(); each.len()];
    let mut from = 0;
    let look = |upto: usize| {
        let mut gained = 0.0;
        for ((question, of), counts) in each.iter().zip(&mut counts) {
            add(counts, question, from, upto);
            gained += part(question, *of) * counts.all() * least_entropy(counts, of.outcomes);
        }
        from = upto;
        SmoothLook { rounds: upto as f64, ln: CODE_STAKES.map(|stake| stake * gained) }
    };
    SmoothWager {
        looks: block_ends(questions).into_iter().map(look).collect(),
        bet: SmoothBet::Entropy(costs),
        worth: CODE_STAKES.map(|stake| stake * unit),
    }
}

/// Returns the constant A for a stake, which is at most the largest.
fn excess(outcomes: usize, kappa: usize, stake: f64) -> f64 {
    let of = &EXCESS[outcomes.clamp(2, 7) - 2][kappa];
    let at = UP_TO.iter().position(|upto| stake <= upto + 1e-12).unwrap_or(UP_TO.len() - 1);
    of[at]
}

/// Returns the least entropy that the answers may have, whatever the unknown ones are. Entropy is concave, so it is
/// least when all unknown ones are alike.
fn least_entropy(counts: &OutcomeCounts, outcomes: usize) -> f64 {
    let groups: Vec<usize> = (0..outcomes).collect();
    let (mut counts, none) = counts.grouped(&groups);
    counts.resize(outcomes, 0.0);
    let all = (counts.iter().sum::<f64>() + none).max(1.0);
    let with = |unknown: usize| {
        let share = |(at, count): (usize, &f64)| (count + if at == unknown { none } else { 0.0 }) / all;
        entropy(counts.iter().enumerate().map(share))
    };
    if none > 0.0 { (0..outcomes).map(with).fold(f64::INFINITY, f64::min) } else { with(outcomes) }
}

/// The answers to one question so far and, for each stake, how much is staked on which groups.
struct DistanceSoFar<'q> {
    question: &'q SummedQuestion,
    given: &'q GivenShares,
    past: OutcomeCounts,
    /// By stake, the stakes on each group, and last those on answers outside of all groups.
    staked: [Vec<f64>; STAKES],
    /// By stake, the cost of the roots.
    cost: PerStake,
}

fn distance<'q>(questions: &'q [SummedQuestion]) -> SmoothWager {
    let unit = per_unit(questions, |worth| match worth {
        Worth::JensenShannon(given) => Some(given.weight),
        _ => None,
    });
    let so_far = |question: &'q SummedQuestion| match &question.worth {
        Worth::JensenShannon(given) => {
            let groups = given.any_of[0].len();
            let staked = std::array::from_fn(|_| vec![0.0; groups + 1]);
            Some(DistanceSoFar {
                question,
                given,
                past: OutcomeCounts::default(),
                staked,
                cost: [0.0; STAKES],
            })
        }
        _ => None,
    };
    let mut each: Vec<DistanceSoFar<'_>> = questions.iter().filter_map(so_far).collect();
    let mut from = 0;
    let look = |upto: usize| {
        let mut ln = [0.0; STAKES];
        for so_far in &mut each {
            so_far.play(unit, from, upto);
            ln.iter_mut().enumerate().for_each(|(at, ln)| *ln -= so_far.lost(at));
        }
        from = upto;
        SmoothLook { rounds: upto as f64, ln }
    };
    SmoothWager {
        looks: block_ends(questions).into_iter().map(look).collect(),
        bet: SmoothBet::Distance,
        worth: DISTANCE_STAKES.map(|stake| stake * unit),
    }
}

impl DistanceSoFar<'_> {
    /// Plays the rounds of a block, with a root that the past suggests.
    fn play(&mut self, unit: f64, from: usize, upto: usize) {
        let forms = self.question.forms.len() as f64;
        let (root, groups) = (self.root(), self.given.any_of[0].len());
        let mut block = OutcomeCounts::default();
        add(&mut block, self.question, from, upto);
        let (counts, none) = block.grouped(&self.given.groups);
        for (at, stake) in DISTANCE_STAKES.iter().enumerate() {
            let stake = stake * unit * self.given.weight / forms;
            // This keeps s at most 1.
            let root = root.max(stake / (2.0 * std::f64::consts::LN_2));
            let s = stake / (2.0 * root * std::f64::consts::LN_2);
            self.cost[at] += block.all() * stake * root / (1.0 - TANGENT * s) / 2.0;
            self.staked[at].iter_mut().zip(&counts).for_each(|(staked, count)| *staked += s * count);
            self.staked[at][groups] += s * none;
        }
        add(&mut self.past, self.question, from, upto);
    }

    /// Returns the distance of the past answers, less the part that chance adds to it.
    fn root(&self) -> f64 {
        let (counts, _) = self.past.grouped(&self.given.groups);
        let all: f64 = counts.iter().sum();
        if all == 0.0 {
            return UNSEEN;
        }
        let shares: Vec<f64> = counts.iter().map(|count| count / all).collect();
        let by_chance = (shares.len() as f64 - 1.0) / (8.0 * all * std::f64::consts::LN_2);
        (self.farthest(&shares) - by_chance).max(NEAREST * NEAREST).sqrt()
    }

    fn farthest(&self, shares: &[f64]) -> f64 {
        self.given.any_of.iter().map(|given| divergence(shares, given)).fold(0.0, f64::max)
    }

    /// Returns what a stake has lost, without the part that depends on the bound, whatever the unknown answers are.
    /// The divergence is convex, so the worst case has all unknown ones alike.
    fn lost(&self, at: usize) -> f64 {
        let (groups, all) = (self.given.any_of[0].len(), self.staked[at].iter().sum::<f64>());
        let none = self.staked[at][groups];
        let with = |unknown: usize| {
            let share = |group: usize| {
                (self.staked[at][group] + if group == unknown { none } else { 0.0 })
                    / all.max(f64::MIN_POSITIVE)
            };
            self.farthest(&(0..groups).map(share).collect::<Vec<_>>())
        };
        let farthest = if none > 0.0 { (0..groups).map(with).fold(0.0, f64::max) } else { with(groups) };
        self.cost[at] + all * farthest * std::f64::consts::LN_2
    }
}
