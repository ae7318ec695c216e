//! Computes the wealth of a bet on a sum of means, from blocks of rounds with their centres, for several stakes at
//! once.

use super::blocks::{Block, BlockForm, blocks};
use super::{SumClaim, SummedQuestion};

/// The number of stakes that are played at once.
pub(super) const STAKES: usize = 8;

/// The largest stake, as a share of the stake that could lose everything, and the smallest, as a share of the
/// largest.
const LARGEST: f64 = 0.98;
const SMALLEST: f64 = 1.0 / 16.0;

/// The largest exponents that are multiplied out at once without leaving the range of numbers: the first for factors
/// from 0.02 to `LARGE`, the second for larger factors, which are at most about 1e8.
const MOST_MULTIPLIED: u32 = 32;
const MOST_OF_LARGE: u32 = 8;
const LARGE: f64 = 1e3;

/// Sums that differ by less than this differ only by rounding.
const CERTAIN: f64 = 1e-7;

/// One number for each stake.
pub(super) type PerStake = [f64; STAKES];

/// A bet on one claim, prepared for any bound.
#[derive(Debug)]
pub(super) struct Wager {
    /// −1 for "below": all values are then negated, and the bet is on "above".
    sign: f64,
    blocks: Vec<Block>,
    /// The number of options of each question.
    options: Vec<usize>,
    /// Whether the first block is skipped, because nothing is known yet to bet on.
    blind: bool,
}

impl Wager {
    pub(super) fn new(questions: &[SummedQuestion], claim: SumClaim) -> Wager {
        let blocks = blocks(questions, claim);
        let mut options = vec![0; questions.len()];
        if let Some(block) = blocks.first() {
            // All forms of a question have the same number of options.
            block.forms.iter().for_each(|form| options[form.question] = form.options);
        }
        Wager {
            sign: if claim == SumClaim::Above { 1.0 } else { -1.0 },
            blocks,
            options,
            blind: questions.iter().any(|question| question.worth.adapts(claim)),
        }
    }

    /// Returns the logarithm of the largest wealth so far.
    pub(super) fn evidence(&self, bound: f64) -> f64 {
        let bound = self.sign * bound;
        let single = self.options.iter().all(|options| *options == 1);
        // There is one product for all questions or, with options, one for each option of each question.
        let mut products: Vec<Vec<Product>> = match single {
            true => vec![vec![Product::one()]],
            false => self.options.iter().map(|options| vec![Product::one(); *options]).collect(),
        };
        let (mut centres, mut tilt, mut best) = (Vec::new(), 0.0, 0.0_f64);
        for block in self.blocks.iter().skip(usize::from(self.blind)) {
            let low: f64 = block.forms.iter().map(|form| form.low).sum();
            // A bound below every possible sum is refuted without any answer.
            if bound < low - CERTAIN {
                return f64::INFINITY;
            }
            // At the lowest possible sum no stake is possible, so a bound just above it is used. Evidence against
            // that is evidence against the lowest sum, too.
            let bound = bound.max(low + CERTAIN);
            let span = block.span(bound);
            if span <= 0.0 || !span.is_finite() || !block.centres(bound, &mut tilt, &mut centres) {
                continue;
            }
            let stakes: PerStake =
                std::array::from_fn(|at| LARGEST / span * SMALLEST.powf(at as f64 / (STAKES - 1) as f64));
            let (mut ends, mut from) = (block.ends.iter(), 0);
            for (form, centre) in block.forms.iter().zip(&centres) {
                let options = self.options[form.question];
                let of_question = &mut products[if single { 0 } else { form.question }];
                for (product, end) in of_question.iter_mut().zip(ends.by_ref().take(options)) {
                    product.play(&stakes, &block.paid[from..*end], *centre);
                    from = *end;
                }
            }
            best = best.max(wealth(&products));
        }
        best
    }
}

impl Block {
    /// Returns the most that a stake of 1 can lose on one form's answer.
    fn span(&self, bound: f64) -> f64 {
        let low: f64 = self.forms.iter().map(|form| form.low).sum();
        // A centre is at most the part of the bound that the other forms leave.
        let most = |form: &BlockForm| form.span.min(bound - low);
        self.forms.iter().map(most).fold(0.0, f64::max)
    }

    /// Computes the centres: the expected means, tilted until they add up to the bound. Returns false if nothing is
    /// bet, because no answers could support the claim.
    fn centres(&self, bound: f64, tilt: &mut f64, centres: &mut Vec<f64>) -> bool {
        centres.clear();
        let low: f64 = self.forms.iter().map(|form| form.low).sum();
        if bound >= low + self.forms.iter().map(|form| form.span).sum::<f64>() {
            return false;
        }
        if let [_] = self.forms.as_slice() {
            centres.push(bound);
            return true;
        }
        centres.resize(self.forms.len(), 0.0);
        let widest = self.forms.iter().map(|form| form.span).fold(0.0, f64::max);
        let set = |tilt: f64, centres: &mut [f64]| -> (f64, f64) {
            let (mut sum, mut slope) = (0.0, 0.0);
            for (centre, form) in centres.iter_mut().zip(&self.forms) {
                let by = form.span / widest;
                let part = 1.0 / (1.0 + (-(form.logit + tilt * by)).exp());
                *centre = form.low + form.span * part;
                sum += *centre;
                slope += form.span * by * part * (1.0 - part);
            }
            (sum - bound, slope)
        };
        let near = 1e-9 * widest;
        // Newton's method within a shrinking bracket. Centres with a larger sum only make the bet worse.
        let (mut from, mut upto) = (-1e4_f64, 1e4_f64);
        for _ in 0..60 {
            let (off, slope) = set(*tilt, centres);
            if (0.0..=near).contains(&off) {
                return true;
            }
            if off < 0.0 {
                from = *tilt
            } else {
                upto = *tilt
            }
            // The step aims at half of `near` on the safe side of the bound.
            let next = *tilt - (off - 0.5 * near) / slope;
            *tilt = if next.is_finite() && from < next && next < upto { next } else { 0.5 * (from + upto) };
        }
        *tilt = 0.0;
        false
    }
}

/// A product for each stake, stored as a number times a power of two.
#[derive(Debug, Clone)]
struct Product {
    part: PerStake,
    twos: [i32; STAKES],
}

/// How far a product that gets too small or too large is scaled, in powers of two.
const MOVED: i32 = 500;

impl Product {
    fn one() -> Product {
        Product { part: [1.0; STAKES], twos: [0; STAKES] }
    }

    /// Multiplies by 1 + stake · (value − centre) for each value, as often as it came.
    fn play(&mut self, stakes: &PerStake, paid: &[(f64, u32)], centre: f64) {
        for (value, count) in paid {
            let factor = stakes.map(|stake| (1.0 + stake * (value - centre)).max(0.0));
            let large = factor.iter().any(|factor| *factor > LARGE);
            let (mut left, most) = (*count, if large { MOST_OF_LARGE } else { MOST_MULTIPLIED });
            while left > 0 {
                let now = left.min(most);
                self.times(factor, now);
                left -= now;
            }
        }
    }

    fn times(&mut self, mut factor: PerStake, mut count: u32) {
        while count > 0 {
            if count & 1 == 1 {
                self.part.iter_mut().zip(&factor).for_each(|(part, factor)| *part *= factor);
            }
            factor.iter_mut().for_each(|factor| *factor *= *factor);
            count >>= 1;
        }
        let ends = self
            .part
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), part| (least.min(*part), most.max(*part)));
        if ends.0 < 1e-200 || ends.1 > 1e200 {
            self.part.iter_mut().zip(&mut self.twos).for_each(|(part, twos)| settle(part, twos));
        }
    }
}

/// Keeps a number roughly between 1e-150 and 1e150 by moving powers of two into `twos`. Zero stays zero.
fn settle(part: &mut f64, twos: &mut i32) {
    if *part > 0.0 && *part < 1e-150 {
        *part *= f64::exp2(f64::from(MOVED));
        *twos = twos.saturating_sub(MOVED);
    } else if *part > 1e150 {
        *part *= f64::exp2(f64::from(-MOVED));
        *twos = twos.saturating_add(MOVED);
    }
}

/// Whether a number times a power of two, which is not below 0, is less than another.
fn is_less((part, twos): (f64, i32), (other, other_twos): (f64, i32)) -> bool {
    // Beside zero, no power matters; it might make the other one zero as well.
    if twos == other_twos || part == 0.0 || other == 0.0 {
        return part < other;
    }
    part < other * f64::exp2(f64::from(other_twos) - f64::from(twos))
}

/// The logarithm of the mean over the stakes; for each question the smallest product counts.
fn wealth(products: &[Vec<Product>]) -> f64 {
    let mut all = Product::one();
    for of_question in products {
        for at in 0..STAKES {
            let mut each = of_question.iter().map(|product| (product.part[at], product.twos[at]));
            let mut least = each.next().unwrap_or((1.0, 0));
            for (part, twos) in each {
                if is_less((part, twos), least) {
                    least = (part, twos);
                }
            }
            settle(&mut least.0, &mut least.1);
            all.part[at] *= least.0;
            all.twos[at] = all.twos[at].saturating_add(least.1);
            settle(&mut all.part[at], &mut all.twos[at]);
        }
    }
    ln_mean(&std::array::from_fn(|at| all.part[at].ln() + f64::from(all.twos[at]) * std::f64::consts::LN_2))
}

/// Returns the logarithm of the mean of numbers that are given as logarithms.
pub(super) fn ln_mean(logs: &PerStake) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + (logs.iter().map(|log| (log - largest).exp()).sum::<f64>() / STAKES as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_the_least_whatever_powers_stand_beside_it_and_products_do_not_overflow() {
        assert!(is_less((0.0, 0), (1e-140, -1_500)) && !is_less((1e-140, -1_500), (0.0, 0)));
        assert!(is_less((1.0, i32::MIN), (1.0, i32::MAX)) && !is_less((1.0, i32::MAX), (1.0, i32::MIN)));
        assert!(is_less((1.0, 3), (9.0, 0)) && !is_less((1.0, 4), (9.0, 0)));
        let product = |part: f64, twos: i32| Product { part: [part; STAKES], twos: [twos; STAKES] };
        // Of two options the one that lost everything counts, however small the other one is.
        assert_eq!(wealth(&[vec![product(1e-140, -1_500), product(0.0, 0)]]), f64::NEG_INFINITY);
        let large = wealth(&[vec![product(1e149, 0)], vec![product(1e199, 0)], vec![product(1.0, i32::MAX)]]);
        let twos = f64::from(i32::MAX) * std::f64::consts::LN_2;
        assert!((large - 348.0 * std::f64::consts::LN_10 - twos).abs() < 1e-3 * twos, "{large}");
    }
}
