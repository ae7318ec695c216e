//! Blocks of rounds that have the same centres: what came in each, and what the blocks before let expect.

use super::{Payoff, SumClaim, SummedQuestion};

/// A block is this part of the rounds before it.
const PART: usize = 6;

/// As many answers to a form as what all forms say is worth.
const LIKE: f64 = 12.0;

/// Some rounds that have the same centres.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// One for each form of each question.
    pub forms: Vec<BlockForm>,
    /// What was paid, each value with how often it came: payoff by payoff, form by form.
    pub paid: Vec<(f64, u32)>,
    /// Where those of each payoff end.
    pub ends: Vec<usize>,
}

/// What is expected of one form in a block, from the blocks before.
#[derive(Debug)]
pub(super) struct BlockForm {
    pub question: usize,
    /// The payoff that the centre is of.
    pub low: f64,
    pub span: f64,
    /// Of the expected mean, as a part of the way from `low`.
    pub logit: f64,
}

/// What came of a question before a block: the sum of each payoff, in all forms and in each.
struct PastQuestion {
    all: Vec<f64>,
    forms: Vec<Vec<f64>>,
}

/// All answers in blocks.
pub(super) fn blocks(questions: &[SummedQuestion], claim: SumClaim) -> Vec<Block> {
    let rounds = questions.iter().flat_map(|question| &question.forms).map(Vec::len).min().unwrap_or(0);
    let none = |question: &SummedQuestion| vec![0.0; question.payoffs.len()];
    let past = |question: &SummedQuestion| PastQuestion {
        all: none(question),
        forms: vec![none(question); question.forms.len()],
    };
    let mut past: Vec<PastQuestion> = questions.iter().map(past).collect();
    let (mut from, mut blocks) = (0, Vec::new());
    while from < rounds {
        let upto = (from + (from / PART).max(1)).min(rounds);
        blocks.push(block(questions, claim, &mut past, from, upto));
        from = upto;
    }
    blocks
}

/// The block of these rounds. What is past is then what is past for the next.
fn block(
    questions: &[SummedQuestion],
    claim: SumClaim,
    past: &mut [PastQuestion],
    from: usize,
    upto: usize,
) -> Block {
    let mut block = Block::default();
    let mut counts: Vec<(u16, u32)> = Vec::new();
    for (at, (question, past)) in questions.iter().zip(past).enumerate() {
        let parts = question.forms.len() as f64;
        let chosen = Chosen::of(question, &past.all);
        // Half an answer at either end, so that nothing is expected for certain; and some answers to the other
        // forms, which mostly are like it.
        let (each, all) = (from as f64, from as f64 * parts);
        let like = (chosen.part(&past.all, all) + 0.5) / (all + 1.0);
        for (outcomes, sums) in question.forms.iter().zip(&mut past.forms) {
            let part = (chosen.part(sums, each) + LIKE * like) / (each + LIKE);
            block.forms.push(BlockForm {
                question: at,
                low: chosen.range.0 / parts,
                span: chosen.span() / parts,
                logit: (part / (1.0 - part)).ln().clamp(-50.0, 50.0),
            });
            count(&outcomes[from..upto], &mut counts);
            for (payoff, sum) in sums.iter_mut().enumerate() {
                let of = &question.payoffs[payoff];
                let unknown = of.worst(claim);
                let paid: f64 =
                    counts.iter().map(|(at, count)| of.value(*at, unknown) * f64::from(*count)).sum();
                *sum += paid;
                past.all[payoff] += paid;
                if claim == SumClaim::Below {
                    block.pay(&counts, parts, |outcome| of.value(outcome, unknown));
                }
            }
            if claim == SumClaim::Above {
                block.pay(&counts, parts, |outcome| chosen.value(outcome, claim));
            }
        }
    }
    block
}

impl Block {
    /// Notes what a payoff gave.
    fn pay(&mut self, counts: &[(u16, u32)], parts: f64, value: impl Fn(u16) -> f64) {
        let from = self.paid.len();
        for (outcome, count) in counts {
            let value = value(*outcome) / parts;
            match self.paid[from..].iter_mut().find(|(known, _)| *known == value) {
                Some((_, all)) => *all += count,
                None => self.paid.push((value, *count)),
            }
        }
        self.ends.push(self.paid.len());
    }
}

/// The payoffs of a question that have had the largest mean: the mean of equals, so that their order, and with it
/// the direction in which a question is put, does not matter.
struct Chosen<'q> {
    places: Vec<usize>,
    payoffs: Vec<&'q Payoff>,
    range: (f64, f64),
}

impl<'q> Chosen<'q> {
    fn of(question: &'q SummedQuestion, sums: &[f64]) -> Chosen<'q> {
        let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let places: Vec<usize> = (0..sums.len()).filter(|at| sums[*at] > largest - 1e-9).collect();
        let payoffs: Vec<&Payoff> = places.iter().map(|at| &question.payoffs[*at]).collect();
        let mean = |end: fn(&Payoff) -> f64| {
            payoffs.iter().map(|payoff| end(payoff)).sum::<f64>() / payoffs.len() as f64
        };
        let range = (mean(|payoff| payoff.range.0), mean(|payoff| payoff.range.1));
        Chosen { places, payoffs, range }
    }

    fn value(&self, outcome: u16, claim: SumClaim) -> f64 {
        let sum: f64 = self.payoffs.iter().map(|payoff| payoff.value(outcome, payoff.worst(claim))).sum();
        sum / self.payoffs.len() as f64
    }

    fn span(&self) -> f64 {
        (self.range.1 - self.range.0).max(f64::MIN_POSITIVE)
    }

    /// The sum of so many answers, as a part of the way from the lowest to the highest, times their number.
    fn part(&self, sums: &[f64], answers: f64) -> f64 {
        let mean = self.places.iter().map(|at| sums[*at]).sum::<f64>() / self.places.len() as f64;
        (mean - answers * self.range.0) / self.span()
    }
}

/// How often each outcome came.
fn count(outcomes: &[u16], counts: &mut Vec<(u16, u32)>) {
    counts.clear();
    for outcome in outcomes {
        match counts.iter_mut().find(|(known, _)| known == outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((*outcome, 1)),
        }
    }
}

impl Payoff {
    pub(super) fn span(&self) -> f64 {
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
