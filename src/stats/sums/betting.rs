//! The wealth of a bet on a sum of means: blocks of rounds, their centres, and sixteen stakes at once.

use super::blocks::{Block, BlockForm, blocks};
use super::{Payoff, SumClaim, SummedQuestion};

/// How many stakes are played at once.
const STAKES: usize = 8;

/// The largest stake as a part of what cannot lose everything, and the smallest as a part of the largest.
const LARGEST: f64 = 0.98;
const SMALLEST: f64 = 1.0 / 16.0;

/// Powers up to this are multiplied out: with a factor of at most 2 for each answer, far from overflowing.
const MOST_MULTIPLIED: u32 = 64;

/// Sums that are nearer differ by rounding only.
const CERTAIN: f64 = 1e-7;

/// One number for each stake.
type PerStake = [f64; STAKES];

/// A bet on one claim, ready for any bound.
#[derive(Debug)]
pub(super) struct Wager {
    claim: SumClaim,
    blocks: Vec<Block>,
    /// By question, then by payoff: the range of a form's part.
    ranges: Vec<QuestionRange>,
    forms: usize,
    /// Payoffs of each question.
    payoffs: Vec<usize>,
}

/// The range of the payoffs of one form of a question.
#[derive(Debug, Clone, Copy)]
struct QuestionRange {
    low: f64,
    high: f64,
    /// The widest single payoff.
    span: f64,
    forms: f64,
}

impl Wager {
    pub(super) fn new(questions: &[SummedQuestion], claim: SumClaim) -> Wager {
        Wager {
            claim,
            blocks: blocks(questions, claim),
            ranges: questions.iter().map(QuestionRange::of).collect(),
            forms: questions.iter().map(|question| question.forms.len()).sum(),
            payoffs: questions.iter().map(|question| question.payoffs.len()).collect(),
        }
    }

    /// The logarithm of the largest wealth so far.
    pub(super) fn evidence(&self, bound: f64) -> f64 {
        // What no answers could be is refuted without any.
        let (low, high) = self.ends();
        let certain = match self.claim {
            SumClaim::Above => bound < low - CERTAIN,
            SumClaim::Below => bound > high + CERTAIN,
        };
        if certain {
            return f64::INFINITY;
        }
        // At the very end there is nothing to lose, and no stake: what refutes a little more refutes it.
        let bound = match self.claim {
            SumClaim::Above => bound.max(low + CERTAIN),
            SumClaim::Below => bound.min(high - CERTAIN),
        };
        let span = self.span(bound);
        if self.forms == 0 || span <= 0.0 || !span.is_finite() {
            return 0.0;
        }
        let sign = if self.claim == SumClaim::Above { 1.0 } else { -1.0 };
        let stakes: PerStake =
            std::array::from_fn(|at| sign * LARGEST / span * SMALLEST.powf(at as f64 / (STAKES - 1) as f64));
        // One product for all questions, or one for each payoff of each question.
        let mut products: Vec<Vec<Product>> = match self.claim {
            SumClaim::Above => vec![vec![Product::one()]],
            SumClaim::Below if self.payoffs.iter().all(|payoffs| *payoffs == 1) => vec![vec![Product::one()]],
            SumClaim::Below => self.payoffs.iter().map(|payoffs| vec![Product::one(); *payoffs]).collect(),
        };
        let single = products.len() == 1;
        let (mut centres, mut tilt, mut best) = (vec![0.0; self.forms], 0.0, 0.0_f64);
        // Before the first answers nobody knows which payoff to bet on.
        let blind = self.claim == SumClaim::Above && self.payoffs.iter().any(|payoffs| *payoffs > 1);
        for block in self.blocks.iter().skip(usize::from(blind)) {
            if !self.centres(block, bound, &mut tilt, &mut centres) {
                continue;
            }
            let (mut ends, mut from) = (block.ends.iter(), 0);
            for (form, centre) in block.forms.iter().zip(&centres) {
                let of_question = &mut products[if single { 0 } else { form.question }];
                for (product, end) in of_question.iter_mut().zip(&mut ends) {
                    product.play(&stakes, &block.paid[from..*end], *centre);
                    from = *end;
                }
            }
            best = best.max(wealth(&products));
        }
        best
    }

    /// The least and the most that the sum could be.
    fn ends(&self) -> (f64, f64) {
        let sum = |of: fn(&QuestionRange) -> f64| {
            self.ranges.iter().map(|range| of(range) * range.forms).sum::<f64>()
        };
        (sum(|range| range.low), sum(|range| range.high))
    }

    /// The most that a stake of 1 can lose on one form's answer.
    fn span(&self, bound: f64) -> f64 {
        let (low, high) = self.ends();
        // A centre is at most what the others leave of the bound.
        let most = |range: &QuestionRange| match self.claim {
            SumClaim::Above => range.span.min(bound - (low - range.low) - range.low),
            SumClaim::Below => (range.high - range.low).min(range.high - (bound - (high - range.high))),
        };
        self.ranges.iter().map(most).fold(0.0, f64::max)
    }

    /// The centres of a block: what is expected, tilted until it adds up to the bound. False where nothing is
    /// bet, since no answers could speak for the claim.
    fn centres(&self, block: &Block, bound: f64, tilt: &mut f64, centres: &mut [f64]) -> bool {
        let low: f64 = block.forms.iter().map(|form| form.low).sum();
        let high: f64 = low + block.forms.iter().map(|form| form.span).sum::<f64>();
        let above = self.claim == SumClaim::Above;
        if (above && bound >= high) || (!above && bound <= low) {
            return false;
        }
        let all = |centres: &mut [f64], of: fn(&BlockForm) -> f64| {
            centres.iter_mut().zip(&block.forms).for_each(|(centre, form)| *centre = of(form));
        };
        // Centres that add up to more (for `Below`: less) only make the bet worse.
        if bound <= low || bound >= high {
            all(centres, if above { |form| form.low } else { |form| form.low + form.span });
            return true;
        }
        if let [_] = block.forms.as_slice() {
            centres[0] = bound;
            return true;
        }
        let widest = block.forms.iter().map(|form| form.span).fold(0.0, f64::max);
        let set = |tilt: f64, centres: &mut [f64]| -> (f64, f64) {
            let (mut sum, mut slope) = (0.0, 0.0);
            for (centre, form) in centres.iter_mut().zip(&block.forms) {
                let by = form.span / widest;
                let part = 1.0 / (1.0 + (-(form.logit + tilt * by)).exp());
                *centre = form.low + form.span * part;
                sum += *centre;
                slope += form.span * by * part * (1.0 - part);
            }
            (sum - bound, slope)
        };
        let near = 1e-9 * widest;
        // Newton's steps, within ends that are narrowed.
        let (mut from, mut upto) = (-1e4_f64, 1e4_f64);
        for _ in 0..60 {
            let (off, slope) = set(*tilt, centres);
            if (if above { off } else { -off }) >= 0.0 && off.abs() <= near {
                return true;
            }
            if off < 0.0 {
                from = *tilt
            } else {
                upto = *tilt
            }
            // Aimed at the safe side of the bound, by half of what is near.
            let aim = if above { off - 0.5 * near } else { off + 0.5 * near };
            let next = *tilt - aim / slope;
            *tilt = if next.is_finite() && from < next && next < upto { next } else { 0.5 * (from + upto) };
        }
        *tilt = 0.0;
        false
    }
}

impl QuestionRange {
    fn of(question: &SummedQuestion) -> QuestionRange {
        let forms = question.forms.len().max(1) as f64;
        let payoffs = || question.payoffs.iter();
        QuestionRange {
            low: payoffs().map(|payoff| payoff.range.0).fold(f64::INFINITY, f64::min) / forms,
            high: payoffs().map(|payoff| payoff.range.1).fold(f64::NEG_INFINITY, f64::max) / forms,
            span: payoffs().map(Payoff::span).fold(0.0, f64::max) / forms,
            forms,
        }
    }
}

/// A product for each stake, part of it as a logarithm.
#[derive(Debug, Clone)]
struct Product {
    plain: PerStake,
    ln: PerStake,
}

impl Product {
    fn one() -> Product {
        Product { plain: [1.0; STAKES], ln: [0.0; STAKES] }
    }

    /// Each value as often as it came: times 1 + stake · (value − centre).
    fn play(&mut self, stakes: &PerStake, paid: &[(f64, u32)], centre: f64) {
        for (value, count) in paid {
            let mut factor = stakes.map(|stake| (1.0 + stake * (value - centre)).max(0.0));
            if *count > MOST_MULTIPLIED {
                self.ln
                    .iter_mut()
                    .zip(factor)
                    .for_each(|(ln, factor)| *ln += f64::from(*count) * factor.ln());
                continue;
            }
            let mut left = *count;
            while left > 0 {
                if left & 1 == 1 {
                    self.plain.iter_mut().zip(&factor).for_each(|(plain, factor)| *plain *= factor);
                }
                factor.iter_mut().for_each(|factor| *factor *= *factor);
                left >>= 1;
            }
        }
        let (least, most) = self
            .plain
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), plain| (least.min(*plain), most.max(*plain)));
        if least < 1e-200 || most > 1e200 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        for (plain, ln) in self.plain.iter_mut().zip(&mut self.ln) {
            *ln += std::mem::replace(plain, 1.0).ln();
        }
    }
}

/// The logarithm of the mean over the stakes; for each question the smallest product counts.
fn wealth(products: &[Vec<Product>]) -> f64 {
    let mut logs = [0.0_f64; STAKES];
    for of_question in products {
        for (at, log) in logs.iter_mut().enumerate() {
            let each = of_question.iter().map(|product| product.ln[at] + product.plain[at].ln());
            *log += each.fold(f64::INFINITY, f64::min);
        }
    }
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + (logs.iter().map(|log| (log - largest).exp()).sum::<f64>() / STAKES as f64).ln()
}
