//! The wealth of a bet on a sum of means: blocks of rounds, their centres, and sixteen stakes at once.

use super::{Payoff, SumClaim, SummedQuestion};

/// How many stakes are played at once.
const STAKES: usize = 16;

/// The largest stake as a part of what cannot lose everything, and the smallest as a part of the largest.
const LARGEST: f64 = 0.98;
const SMALLEST: f64 = 1.0 / 64.0;

/// A block is this part of the rounds before it.
const PART: usize = 4;

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

/// Some rounds that have the same centres.
#[derive(Debug)]
struct Block {
    /// One for each form of each question.
    forms: Vec<BlockForm>,
}

/// The answers of one form in a block, and what is expected of them from the blocks before.
#[derive(Debug)]
struct BlockForm {
    question: usize,
    /// The payoff that the centre is of.
    low: f64,
    span: f64,
    /// Of the expected mean, as a part of the way from `low`.
    logit: f64,
    /// By payoff that is bet on (one for [`SumClaim::Above`]): its values, each with how often it came.
    paid: Vec<Vec<(f64, u32)>>,
}

impl Wager {
    pub(super) fn new(questions: &[SummedQuestion], claim: SumClaim) -> Wager {
        let rounds = questions.iter().flat_map(|question| &question.forms).map(Vec::len).min().unwrap_or(0);
        let mut past: Vec<PastForm> = Vec::new();
        for (at, question) in questions.iter().enumerate() {
            let forms = question.forms.iter().map(|_| PastForm { question: at, sums: vec![0.0; question.payoffs.len()] });
            past.extend(forms);
        }
        let (mut from, mut blocks) = (0, Vec::new());
        while from < rounds {
            let upto = (from + (from / PART).max(1)).min(rounds);
            blocks.push(block(questions, claim, &mut past, from, upto));
            from = upto;
        }
        Wager {
            claim,
            blocks,
            ranges: questions.iter().map(QuestionRange::of).collect(),
            forms: past.len(),
            payoffs: questions.iter().map(|question| question.payoffs.len()).collect(),
        }
    }

    /// The logarithm of the largest wealth so far.
    pub(super) fn evidence(&self, bound: f64) -> f64 {
        let span = self.span(bound);
        if self.forms == 0 || span <= 0.0 || !span.is_finite() {
            return 0.0;
        }
        let sign = if self.claim == SumClaim::Above { 1.0 } else { -1.0 };
        let stakes: PerStake = std::array::from_fn(|at| {
            sign * LARGEST / span * SMALLEST.powf(at as f64 / (STAKES - 1) as f64)
        });
        // One product for all questions, or one for each payoff of each question.
        let mut products: Vec<Vec<Product>> = match self.claim {
            SumClaim::Above => vec![vec![Product::one()]],
            SumClaim::Below if self.payoffs.iter().all(|payoffs| *payoffs == 1) => vec![vec![Product::one()]],
            SumClaim::Below => self.payoffs.iter().map(|payoffs| vec![Product::one(); *payoffs]).collect(),
        };
        let single = products.len() == 1;
        let (mut centres, mut tilt, mut best) = (vec![0.0; self.forms], 0.0, 0.0_f64);
        for block in &self.blocks {
            if !self.centres(block, bound, &mut tilt, &mut centres) {
                continue;
            }
            for (form, centre) in block.forms.iter().zip(&centres) {
                let of_question = &mut products[if single { 0 } else { form.question }];
                for (product, paid) in of_question.iter_mut().zip(&form.paid) {
                    paid.iter().for_each(|(value, count)| product.play(&stakes, value - centre, *count));
                }
            }
            best = best.max(wealth(&products));
        }
        best
    }

    /// The most that a stake of 1 can lose on one form's answer.
    fn span(&self, bound: f64) -> f64 {
        let sum = |of: fn(&QuestionRange) -> f64| self.ranges.iter().map(|range| of(range) * range.forms).sum::<f64>();
        let (low, high) = (sum(|range| range.low), sum(|range| range.high));
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
            if off < 0.0 { from = *tilt } else { upto = *tilt }
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

/// What came of one form before a block: the sum of each payoff.
struct PastForm {
    question: usize,
    sums: Vec<f64>,
}

/// The block of these rounds. The sums are then those before the next.
fn block(
    questions: &[SummedQuestion],
    claim: SumClaim,
    past: &mut [PastForm],
    from: usize,
    upto: usize,
) -> Block {
    let expected: Vec<usize> = questions.iter().enumerate().map(|(at, question)| largest(question, at, past)).collect();
    let mut forms = Vec::with_capacity(past.len());
    let (mut at, mut before) = (0, usize::MAX);
    for past in past.iter_mut() {
        at = if past.question == before { at + 1 } else { 0 };
        before = past.question;
        let question = &questions[past.question];
        let parts = question.forms.len() as f64;
        let chosen = &question.payoffs[expected[past.question]];
        // Half an answer at either end, so that nothing is expected for certain.
        let mean = (past.sums[expected[past.question]] - from as f64 * chosen.range.0) / chosen.span();
        let part = (mean + 0.5) / (from as f64 + 1.0);
        let counts = counts(&question.forms[at][from..upto]);
        let paid = |payoff: &Payoff| -> Vec<(f64, u32)> {
            let unknown = payoff.worst(claim);
            counts.iter().map(|(outcome, count)| (payoff.value(*outcome, unknown) / parts, *count)).collect()
        };
        let bet_on = match claim {
            SumClaim::Above => std::slice::from_ref(chosen),
            SumClaim::Below => &question.payoffs,
        };
        forms.push(BlockForm {
            question: past.question,
            low: chosen.range.0 / parts,
            span: chosen.span() / parts,
            logit: (part / (1.0 - part)).ln().clamp(-50.0, 50.0),
            paid: bet_on.iter().map(paid).collect(),
        });
        for (sum, payoff) in past.sums.iter_mut().zip(&question.payoffs) {
            let unknown = payoff.worst(claim);
            *sum += counts.iter().map(|(outcome, count)| payoff.value(*outcome, unknown) * f64::from(*count)).sum::<f64>();
        }
    }
    Block { forms }
}

/// The payoff of a question that has had the largest mean; the first of equals.
fn largest(question: &SummedQuestion, at: usize, past: &[PastForm]) -> usize {
    let mut largest = (0, f64::NEG_INFINITY);
    for payoff in 0..question.payoffs.len() {
        let sum: f64 = past.iter().filter(|past| past.question == at).map(|past| past.sums[payoff]).sum();
        if sum > largest.1 + 1e-9 {
            largest = (payoff, sum);
        }
    }
    largest.0
}

/// How often each outcome came.
fn counts(outcomes: &[u16]) -> Vec<(u16, u32)> {
    let mut counts: Vec<(u16, u32)> = Vec::new();
    for outcome in outcomes {
        match counts.iter_mut().find(|(known, _)| known == outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((*outcome, 1)),
        }
    }
    counts
}

impl Payoff {
    fn span(&self) -> f64 {
        (self.range.1 - self.range.0).max(f64::MIN_POSITIVE)
    }

    /// What an answer that is not known pays.
    fn worst(&self, claim: SumClaim) -> f64 {
        match claim {
            SumClaim::Above => self.range.0,
            SumClaim::Below => self.range.1,
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

    /// As often as `count`, times 1 + stake · value.
    fn play(&mut self, stakes: &PerStake, value: f64, count: u32) {
        if count <= 32 {
            for (plain, stake) in self.plain.iter_mut().zip(stakes) {
                *plain *= (1.0 + stake * value).max(0.0).powi(count as i32);
            }
            if self.plain.iter().any(|plain| !(1e-200..=1e200).contains(plain)) {
                self.settle();
            }
        } else {
            for (ln, stake) in self.ln.iter_mut().zip(stakes) {
                *ln += f64::from(count) * (1.0 + stake * value).max(0.0).ln();
            }
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

