//! Groups rounds into blocks with the same centres: what came in each block, and what the earlier blocks lead one to
//! expect.

use super::worth::{OutcomeCounts, Payoff, expected};
use super::{SumClaim, SummedQuestion};

/// A block has one sixth as many rounds as came before it.
const PART: usize = 6;

/// What all forms together suggest counts as much as this many answers to a form.
const LIKE: f64 = 12.0;

/// A block of rounds with the same centres.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// An entry for each form of each question.
    pub forms: Vec<BlockForm>,
    /// The values that were paid, each with how often it came: option by option, form by form.
    pub paid: Vec<(f64, u32)>,
    /// The end of each option's values in `paid`.
    pub ends: Vec<usize>,
}

/// What the earlier blocks lead one to expect of one form in a block.
#[derive(Debug)]
pub(super) struct BlockForm {
    pub question: usize,
    /// The number of options, which is the same in each block.
    pub options: usize,
    /// The least that any option can pay, and the difference to the most.
    pub low: f64,
    pub span: f64,
    /// The logit of the expected mean, as a share of the way from `low` to the most.
    pub logit: f64,
}

/// The answers to a question before a block, in all forms together and in each.
#[derive(Debug)]
struct PastQuestion {
    all: OutcomeCounts,
    forms: Vec<OutcomeCounts>,
}

/// Returns the rounds after which each block ends.
pub(super) fn block_ends(questions: &[SummedQuestion]) -> Vec<usize> {
    let rounds = questions.iter().flat_map(|question| &question.forms).map(Vec::len).min().unwrap_or(0);
    let next = |from: &usize| (*from < rounds).then(|| (from + (from / PART).max(1)).min(rounds));
    std::iter::successors(next(&0), next).collect()
}

/// Puts all answers into blocks.
pub(super) fn blocks(questions: &[SummedQuestion], claim: SumClaim) -> Vec<Block> {
    let past = |question: &SummedQuestion| PastQuestion {
        all: OutcomeCounts::default(),
        forms: vec![OutcomeCounts::default(); question.forms.len()],
    };
    let mut past: Vec<PastQuestion> = questions.iter().map(past).collect();
    let mut from = 0;
    let of = |upto| {
        let block = block(questions, claim, &mut past, from, upto);
        from = upto;
        block
    };
    block_ends(questions).into_iter().map(of).collect()
}

/// Makes the block of these rounds, and adds their answers to `past` for the next one.
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
        let options = question.worth.options(claim, &past.all);
        let centre = expected(&options, &past.all);
        let low = options.iter().map(|option| option.range.0).fold(f64::INFINITY, f64::min);
        let high = options.iter().map(|option| option.range.1).fold(f64::NEG_INFINITY, f64::max);
        let span = (high - low).max(f64::MIN_POSITIVE);
        // Half an answer is added at either end, so that nothing is expected with certainty; and some answers of the
        // other forms, which are mostly similar.
        let part = |counts: &OutcomeCounts| (counts.paid(&centre) - counts.all() * low) / span;
        let like = (part(&past.all) + 0.5) / (past.all.all() + 1.0);
        for (outcomes, past_form) in question.forms.iter().zip(&mut past.forms) {
            let part = (part(past_form) + LIKE * like) / (past_form.all() + LIKE);
            block.forms.push(BlockForm {
                question: at,
                options: options.len(),
                low: low / parts,
                span: span / parts,
                logit: (part / (1.0 - part)).ln().clamp(-50.0, 50.0),
            });
            count(&outcomes[from..upto], &mut counts);
            options.iter().for_each(|option| block.pay(&counts, parts, option));
            counts.iter().for_each(|(outcome, count)| past_form.add(*outcome, *count));
        }
        for outcomes in &question.forms {
            outcomes[from..upto].iter().for_each(|outcome| past.all.add(*outcome, 1));
        }
    }
    block
}

impl Block {
    /// Adds the values that an option paid.
    fn pay(&mut self, counts: &[(u16, u32)], parts: f64, option: &Payoff) {
        let from = self.paid.len();
        for (outcome, count) in counts {
            let value = option.value(*outcome) / parts;
            match self.paid[from..].iter_mut().find(|(known, _)| *known == value) {
                Some((_, all)) => *all += count,
                None => self.paid.push((value, *count)),
            }
        }
        self.ends.push(self.paid.len());
    }
}

/// Counts how often each outcome came.
fn count(outcomes: &[u16], counts: &mut Vec<(u16, u32)>) {
    counts.clear();
    for outcome in outcomes {
        match counts.iter_mut().find(|(known, _)| known == outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((*outcome, 1)),
        }
    }
}
