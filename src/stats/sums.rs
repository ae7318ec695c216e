//! Evidence about a sum of means, one for each question, which stays valid when it is looked at again and again.
//!
//! **The sum.** Each question has one or several numbers for an answer (its *payoffs*), and counts with the largest
//! of their means. An order agreement has one payoff for each question. A distance has as many as there are ways to
//! tell two distributions apart (total variation: the sets of levels; Wasserstein: the functions that move by one
//! from level to level). A question in several forms counts with the mean over its forms. [`Worth`] lists what else a
//! question can count with.
//!
//! **The bet on "above".** Each round has one answer to each question in each form. It multiplies the wealth by
//! Π (1 + λ (x − m)) over the questions and forms. The centres m are chosen before the round and add up to the bound. If
//! the sum of the means is at most the bound, then by the inequality of arithmetic and geometric means the product is
//! at most 1 on average, whatever the single means are. So the chance that the wealth *ever* reaches 1/α is at most α
//! (Ville's inequality). If a question has several payoffs, one of them is chosen before the round: its mean is at
//! most the largest. The same works for any convex function of the shares, which is the largest of its tangents: the
//! bet is on the tangent at the past shares.
//!
//! **Options.** A question may count with the smallest of some means, and it is not known which one that is. The
//! smallest product over these options is then taken, which is at most that of the right one.
//!
//! **The bet on "below"** is the bet on "above" for the negative sum, in which the largest of some means becomes the
//! smallest. A convex function has too many tangents to try one by one; see `smooth`.
//!
//! **Centres.** Any choice of centres is valid. The wealth grows fastest if the logits of all past shares are moved
//! by the same amount until their sum is the bound: this gives the nearest distribution that the hypothesis allows
//! (in the direction of the bet). **Stakes.** The best λ is not known beforehand, so eight are played at once, up to
//! the largest that cannot lose everything, and down to 1/16 of it. The result is the largest wealth so far at the
//! ends of blocks of rounds. Centres are chosen anew at the start of each block, so that the cost hardly grows with
//! the answers.
//!
//! Sources: Ville (1939); Grünwald, de Heide and Koolen, "Safe testing", J. R. Statist. Soc. B 86 (2024), for the
//! nearest distribution; Waudby-Smith and Ramdas (2024), as in [`super::evidence`].

mod betting;
mod blocks;
mod smooth;
mod worth;

use betting::Wager;
use once_cell::unsync::OnceCell;
use smooth::SmoothWager;
pub use worth::{Clip, ClippedShares, GivenShares, Payoff, ScaledEntropy, Worth, divergence, entropy};

/// Marks an outcome that is not known: it counts as the worst outcome for the claim.
pub const UNKNOWN_OUTCOME: u16 = u16::MAX;

/// The ends of an interval are searched in steps of a thousandth.
const STEPS: f64 = 1_000.0;

/// An end that is nearer to the asked bound may be at it.
const BESIDE: f64 = 1e-9;

/// One question's answers, and what they pay.
#[derive(Debug, Clone, PartialEq)]
pub struct SummedQuestion {
    /// The outcomes of its answers in order, form by form.
    pub forms: Vec<Vec<u16>>,
    /// What it counts with, in the unit of the sum. All questions of a sum use the same kind.
    pub worth: Worth,
}

/// A claim about the sum of means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumClaim {
    /// The sum is above a bound.
    Above,
    /// The sum is below a bound.
    Below,
}

/// How precisely the ends of an interval are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSearch {
    /// The ends are found to a thousandth.
    Told,
    /// Only until it is known whether an end is beyond the asked bound, at it, or on its near side. Each end is some
    /// number for which that is the same as for the one that would be told.
    Side,
}

/// The kind of bet on a claim.
#[derive(Debug)]
enum ClaimBet {
    Payoffs(Wager),
    Smooth(Box<SmoothWager>),
}

impl ClaimBet {
    fn new(questions: &[SummedQuestion], claim: SumClaim) -> ClaimBet {
        match SmoothWager::of(questions, claim) {
            Some(wager) => ClaimBet::Smooth(Box::new(wager)),
            None => ClaimBet::Payoffs(Wager::new(questions, claim)),
        }
    }

    fn evidence(&self, bound: f64) -> f64 {
        match self {
            ClaimBet::Payoffs(wager) => wager.evidence(bound),
            ClaimBet::Smooth(wager) => wager.evidence(bound),
        }
    }
}

/// The answers to all questions, in complete rounds.
#[derive(Debug)]
pub struct SumOfMeans {
    least: Vec<SummedQuestion>,
    /// Those of the most that the sum could be, where it is not the same.
    most: Option<Vec<SummedQuestion>>,
    /// Each bet is made ready when it is first needed: often it is only one of them.
    above: OnceCell<ClaimBet>,
    below: OnceCell<ClaimBet>,
    /// The least and the most that the sum can be.
    ends: (f64, f64),
}

impl SumOfMeans {
    /// As many rounds as the form with the fewest answers has; the sum is at least the first of the `ends` and at
    /// most the second.
    pub fn of(questions: impl Into<Vec<SummedQuestion>>, ends: (f64, f64)) -> SumOfMeans {
        let (above, below) = (OnceCell::new(), OnceCell::new());
        SumOfMeans { least: questions.into(), most: None, above, below, ends }
    }

    /// The same of a sum that lies between two: of the least that it could be, and of the most.
    pub fn between(least: Vec<SummedQuestion>, most: Vec<SummedQuestion>, ends: (f64, f64)) -> SumOfMeans {
        SumOfMeans { most: Some(most), ..SumOfMeans::of(least, ends) }
    }

    /// Returns the logarithm of the largest wealth that betting on a claim has had; 0 before the first round.
    ///
    /// ```
    /// use alignspec::__testing::stats::sums::{Payoff, SumClaim, SumOfMeans, SummedQuestion, Worth};
    /// // There are two questions with the answers yes and no: thirty times yes to the first, and no to the second.
    /// let question = |outcome, weight| SummedQuestion {
    ///     forms: vec![vec![outcome; 30]],
    ///     worth: Worth::Largest(vec![Payoff::of(vec![0.0, weight])]),
    /// };
    /// let sum = SumOfMeans::of(&[question(1, 1.0), question(0, -1.0)], (-1.0, 1.0));
    /// assert!(sum.evidence(SumClaim::Above, 0.5) > 10.0);
    /// assert!(sum.evidence(SumClaim::Below, 0.5) < 1.0);
    /// ```
    pub fn evidence(&self, claim: SumClaim, bound: f64) -> f64 {
        let (bet, questions) = match claim {
            SumClaim::Above => (&self.above, &self.least),
            SumClaim::Below => (&self.below, self.most.as_ref().unwrap_or(&self.least)),
        };
        bet.get_or_init(|| ClaimBet::new(questions, claim)).evidence(bound)
    }

    /// Returns bounds of the sum around its `estimate`. Each is wrong with a chance of at most `rate`. The `asked`
    /// bound is only outside the interval if it is refuted itself; ends elsewhere are thousandths.
    pub fn interval(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> (f64, f64) {
        (self.low(estimate, asked, rate, search), self.high(estimate, asked, rate, search))
    }

    /// Returns the lower end of [`Self::interval`].
    pub fn low(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> f64 {
        self.end(SumClaim::Above, estimate, asked, -rate.ln(), search).max(self.ends.0).min(estimate)
    }

    /// Returns the upper end of [`Self::interval`].
    pub fn high(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> f64 {
        self.end(SumClaim::Below, estimate, asked, -rate.ln(), search).min(self.ends.1).max(estimate)
    }

    /// Returns one end: the last bound, on the way to the estimate, that is refuted.
    fn end(&self, claim: SumClaim, estimate: f64, asked: f64, enough: f64, how: EndSearch) -> f64 {
        // The sign makes the search for both ends go upwards.
        let (sign, far) = match claim {
            SumClaim::Above => (1.0, self.ends.0),
            SumClaim::Below => (-1.0, -self.ends.1),
        };
        let (estimate, asked) = (sign * estimate, sign * asked);
        let evidence = |bound: f64| self.evidence(claim, sign * bound);
        let mut search = StepSearch {
            refuted: ((far * STEPS).floor() as i64, None),
            open: ((estimate * STEPS).ceil() as i64, 0.0),
            zero: estimate * STEPS,
            enough,
        };
        let mut end = far;
        if far < asked && asked < estimate {
            let found = evidence(asked);
            if found >= enough {
                end = asked;
                search.refuted = (((asked * STEPS).floor() as i64).max(search.refuted.0), Some(found));
            } else {
                // If the asked bound is not refuted, no bound beyond it counts, even if it is refuted by luck.
                search.open = (((asked * STEPS - 1e-6).ceil() as i64).min(search.open.0), found);
            }
        }
        let (side, beyond) = (how == EndSearch::Side, asked + BESIDE);
        let farthest = (search.open.0 - 1) as f64 / STEPS;
        // No step that may be refuted changes on which side the end lies.
        if side && (end > beyond || farthest < asked - BESIDE) {
            return sign * end;
        }
        let enough_known = |step: i64| side && step as f64 / STEPS > beyond;
        let last = search.last_refuted(|step| evidence(step as f64 / STEPS), enough_known);
        sign * end.max(last as f64 / STEPS)
    }
}

/// Searches for the last step that is refuted, between one that is and one that is not. The square root of the
/// evidence is nearly linear, so few steps are tried.
struct StepSearch {
    /// A step that is refuted, with its evidence if that is known.
    refuted: (i64, Option<f64>),
    open: (i64, f64),
    /// About where the evidence is 0.
    zero: f64,
    enough: f64,
}

impl StepSearch {
    /// The search ends early at a step that is refuted and `enough_known`.
    fn last_refuted(mut self, evidence: impl Fn(i64) -> f64, enough_known: impl Fn(i64) -> bool) -> i64 {
        let mut halve = false;
        while self.open.0 - self.refuted.0 > 1 {
            let gap = self.open.0 - self.refuted.0;
            let middle = self.refuted.0 + gap / 2;
            let guess = if halve { middle } else { self.guess().unwrap_or(middle) };
            let step = guess.clamp(self.refuted.0 + 1, self.open.0 - 1);
            let found = evidence(step);
            if found >= self.enough {
                self.refuted = (step, Some(found));
                if enough_known(step) {
                    break;
                }
            } else {
                self.open = (step, found);
            }
            // After a guess that leaves more than half of the gap, the middle is tried.
            halve = !halve && self.open.0 - self.refuted.0 > gap / 2;
        }
        self.refuted.0
    }

    /// Returns the step at which the line through the known points reaches enough evidence.
    fn guess(&self) -> Option<i64> {
        let root = |found: f64| found.max(0.0).sqrt();
        let (enough, (open, found)) = (root(self.enough), self.open);
        let (at, known) = if found > 0.0 { (open as f64, root(found)) } else { (self.zero, 0.0) };
        let (from, most) = match self.refuted {
            (step, Some(most)) => (step as f64, root(most)),
            // Only one point is known: the line goes through it and the point without evidence.
            _ if found > 0.0 => (self.zero, 0.0),
            _ => return None,
        };
        let slope = (most - known) / (from - at);
        // The floor is on the refuted side of the crossing; its neighbour is tried next.
        let crossing = at + (enough - known) / slope;
        crossing.is_finite().then_some(crossing.floor() as i64)
    }
}

#[cfg(test)]
mod tests;
