//! Evidence about a sum of means, one for each question, that may be looked at again and again.
//!
//! **What is summed.** Each question has one number or several for an answer (its *payoffs*), and counts with
//! the largest of their means: an order agreement has one payoff for each question, a distance has as many as
//! there are ways to tell two distributions apart (total variation: the sets of levels; Wasserstein: the
//! functions that move by one from level to level). A question in several forms counts with the mean over
//! its forms. What else a question can count with is told at [`Worth`].
//!
//! **The bet on "above".** Round by round, one answer to each question in each form: the wealth is multiplied
//! by Π (1 + λ (x − m)), over the questions and forms. The centres m are chosen before the round and add up
//! to the bound. If the sum of the means is at most the bound, then by the inequality of the means the
//! product is 1 or less on average, whatever the single means are; so the chance that the wealth *ever*
//! reaches 1/α is at most α (Ville's inequality). Where a question has several payoffs, one of them is chosen before the
//! round: its mean is at most the largest. So it is with what is convex in the shares, which is the largest of its
//! tangents: the one at the past shares is bet on.
//!
//! **Options.** A question may count with the smallest of some means, and which that is is not known: then
//! the smallest product over these options is taken, which is at most that of the right one.
//!
//! **The bet on "below"** is that on "above" of the negative, where the largest of some means becomes the smallest.
//! What is convex has too many tangents to be tried one by one; see `smooth`.
//!
//! **Centres.** Any choice is valid. What wins fastest has the past shares moved, all of them by one tilt of their
//! logits, until their sum is the bound: the nearest distribution that the hypothesis allows (in the direction
//! of the bet). **Stakes** λ are not known beforehand; eight are played at once, from 1/16 of the largest
//! that cannot lose everything up to that. What is told is the largest wealth so far, at the ends of blocks of
//! rounds; centres are chosen anew at their starts, so that the cost hardly grows with the answers.
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

/// The place of an outcome that is not known: it has whatever is worst for what is claimed.
pub const UNKNOWN_OUTCOME: u16 = u16::MAX;

/// The steps in which the ends of an interval are told: thousandths.
const STEPS: f64 = 1_000.0;

/// An end that is nearer to the asked bound may be at it.
const BESIDE: f64 = 1e-9;

/// One question's answers, and what they pay.
#[derive(Debug, Clone, PartialEq)]
pub struct SummedQuestion {
    /// The outcomes of its answers, in their order, form by form.
    pub forms: Vec<Vec<u16>>,
    /// What it counts with, in the unit of the sum. Questions of one sum are of one kind.
    pub worth: Worth,
}

/// What is said of the sum of means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumClaim {
    /// That it is above a bound.
    Above,
    /// That it is below.
    Below,
}

/// How far the ends of an interval are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSearch {
    /// To thousandths.
    Told,
    /// Only until it is known whether an end is beyond the asked bound, at it, or on its near side. Each end is some
    /// number for which that is the same as for the one that would be told.
    Side,
}

/// How a claim is bet on.
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

    /// The logarithm of the largest wealth that betting on a claim has had; 0 before the first round.
    ///
    /// ```
    /// use alignspec::__testing::stats::sums::{Payoff, SumClaim, SumOfMeans, SummedQuestion, Worth};
    /// // Two questions, yes or no: thirty times yes to the first, and no to the second.
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

    /// Bounds of the sum, around its `estimate`: each wrong with a chance of at most `rate` at the `asked`
    /// bound, which is outside only if it is refuted itself. Ends elsewhere are told in thousandths.
    pub fn interval(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> (f64, f64) {
        (self.low(estimate, asked, rate, search), self.high(estimate, asked, rate, search))
    }

    /// The lower end of [`Self::interval`].
    pub fn low(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> f64 {
        self.end(SumClaim::Above, estimate, asked, -rate.ln(), search).max(self.ends.0).min(estimate)
    }

    /// The upper end of [`Self::interval`].
    pub fn high(&self, estimate: f64, asked: f64, rate: f64, search: EndSearch) -> f64 {
        self.end(SumClaim::Below, estimate, asked, -rate.ln(), search).min(self.ends.1).max(estimate)
    }

    /// One end: the last bound on the way to the estimate that is refuted.
    fn end(&self, claim: SumClaim, estimate: f64, asked: f64, enough: f64, how: EndSearch) -> f64 {
        // Both ends are looked for upwards.
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
                // Nothing at or beyond what is not refuted counts, be it refuted by luck.
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

/// The search for the last step that is refuted, between one that is and one that is not. The root of the
/// evidence is nearly a straight line, so that few steps are tried.
struct StepSearch {
    /// With its evidence, where that is known.
    refuted: (i64, Option<f64>),
    open: (i64, f64),
    /// Where the evidence is 0, about.
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
            // A guess that leaves more than half is followed by the middle.
            halve = !halve && self.open.0 - self.refuted.0 > gap / 2;
        }
        self.refuted.0
    }

    /// Where the line through the known ends has what is enough.
    fn guess(&self) -> Option<i64> {
        let root = |found: f64| found.max(0.0).sqrt();
        let (enough, (open, found)) = (root(self.enough), self.open);
        let (at, known) = if found > 0.0 { (open as f64, root(found)) } else { (self.zero, 0.0) };
        let (from, most) = match self.refuted {
            (step, Some(most)) => (step as f64, root(most)),
            // From the one known end on, away from where there is none.
            _ if found > 0.0 => (self.zero, 0.0),
            _ => return None,
        };
        let slope = (most - known) / (from - at);
        // The refuted side of the crossing: its neighbour is then looked at.
        let crossing = at + (enough - known) / slope;
        crossing.is_finite().then_some(crossing.floor() as i64)
    }
}

#[cfg(test)]
mod tests;
