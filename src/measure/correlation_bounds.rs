//! Rank correlations over all orders that the answers leave open.
//!
//! Both Spearman's ρ and Kendall's τ with a known order are sums over pairs of values: N = Σ ± w over
//! a norm. Pairs whose order is certain (all of them at once, at the rate divided over the pairs that
//! count) leave a set of possible orders; the interval is the least and the greatest correlation
//! among those, found exactly for ρ (`stats::order`), by letting each uncertain pair fall on its own
//! for τ. Nothing is assumed of the pairs that are not certain: values that nobody or everybody chose
//! may be ordered in any way, and however many answers there are, they are not ordered by assumption.
//!
//! The norm depends on ties in an order. With ties broken as the known order has it (and where that
//! ties too, not at all) a correlation only grows, and then its norm is at least that of the known
//! order and at most that of an order without ties: those two take the place of the unknown one.

use super::pairs::Pairs;
use crate::stats::UndefinedStatistic;
use crate::stats::pairs::Relation;
use crate::stats::partial_order::{least_weighted_ranks, least_weighted_ranks_beside};
use crate::stats::rank::ranks;

/// The known order's part in a correlation.
pub(super) struct KnownOrder {
    /// Ranks minus their mean.
    weights: Vec<f64>,
    /// The sum of squares, of these ranks and of as many without ties.
    squares: (f64, f64),
}

impl KnownOrder {
    /// The order of these scores.
    ///
    /// # Errors
    /// Fewer than two, or all the same.
    pub(super) fn of(scores: &[f64]) -> Result<KnownOrder, UndefinedStatistic> {
        let ranks = ranks(scores)?;
        let n = ranks.len() as f64;
        let weights: Vec<f64> = ranks.iter().map(|rank| rank - (n + 1.0) / 2.0).collect();
        let square = weights.iter().map(|weight| weight * weight).sum::<f64>();
        if square == 0.0 {
            return Err(UndefinedStatistic::Constant { which: crate::stats::WhichInput::Second });
        }
        Ok(KnownOrder { weights, squares: (square, (n.powi(3) - n) / 12.0) })
    }

    /// Ranks minus their mean, scaled to length 1.
    fn unit(&self) -> impl Iterator<Item = f64> + '_ {
        self.weights.iter().map(|weight| weight / self.squares.0.sqrt())
    }
}

/// The least and the greatest of Σ rank · weight over the orders that `pairs` leave open, each wrong
/// with a chance of at most `rate`. Ranks are the centred ones. With sums that are `asked` for, it matters only on
/// which side of the first the least is, and of the second the greatest.
fn numerator(pairs: &Pairs, weights: &[f64], rate: f64, asked: Option<(f64, f64)>) -> (f64, f64) {
    let mean = (weights.len() as f64 + 1.0) / 2.0 * weights.iter().sum::<f64>();
    let least = |weights: &[f64], above: &Relation, asked: Option<f64>| match asked {
        None => least_weighted_ranks(weights, above),
        Some(asked) => least_weighted_ranks_beside(weights, above, asked),
    };
    // Only pairs that speak for a higher sum are needed to bound it from below.
    let with = pairs.certain(rate, |i, j| weights[i] - weights[j]);
    let low = least(weights, &with, asked.map(|(asked, _)| asked + mean)) - mean;
    let against = pairs.certain(rate, |i, j| weights[j] - weights[i]);
    let turned: Vec<f64> = weights.iter().map(|weight| -weight).collect();
    (low, -least(&turned, &against, asked.map(|(_, asked)| -asked - mean)) - mean)
}

/// Spearman's ρ of the pairs' things with a known order; where it is `beside` a bound, it matters only on which side
/// of it each end lies.
pub(super) fn spearman(pairs: &Pairs, known: &KnownOrder, rate: f64, beside: Option<f64>) -> (f64, f64) {
    // A sum and ρ have the same sign.
    let norm = |sign: f64, least: bool| {
        let square = if (sign >= 0.0) == least { known.squares.1 } else { known.squares.0 };
        (known.squares.0 * square).sqrt()
    };
    let asked = beside.map(|bound| (bound * norm(bound, true), bound * norm(bound, false)));
    let (low, high) = numerator(pairs, &known.weights, rate, asked);
    let over = |sum: f64, least: bool| (sum / norm(sum, least)).clamp(-1.0, 1.0);
    (over(low, true), over(high, false))
}

/// As [`spearman`], the known order being a sample's (`theirs`): ranks are vectors, ρ the cosine of
/// the angle between them, and angles add up at most. Half the rate for either side.
pub(super) fn spearman_with_sample(
    pairs: &Pairs,
    theirs: &Pairs,
    known: &KnownOrder,
    rate: f64,
) -> (f64, f64) {
    let (low, high) = spearman(pairs, known, rate / 2.0, None);
    // The known order is what their own answers suggest, so that each pair could err either way.
    let own = theirs.certain(rate / 2.0, |_, _| 1.0);
    let with = Relation::of(theirs.len(), |i, j| own.has(i, j) && known.weights[i] > known.weights[j]);
    let sum = least_weighted_ranks(&known.weights, &with)
        - (known.weights.len() as f64 + 1.0) / 2.0 * known.weights.iter().sum::<f64>();
    let square = if sum >= 0.0 { known.squares.1 } else { known.squares.0 };
    let off = (sum / (known.squares.0 * square).sqrt()).clamp(-1.0, 1.0).acos();
    let turn = |rho: f64, by: f64| (rho.acos() + by).clamp(0.0, std::f64::consts::PI).cos();
    (turn(low, off), turn(high, -off))
}

/// The difference of ρ with one known order and with another, of the same things; `beside` is as for [`spearman`].
pub(super) fn difference(
    pairs: &Pairs,
    with: &KnownOrder,
    than: &KnownOrder,
    rate: f64,
    beside: Option<f64>,
) -> (f64, f64) {
    let weights: Vec<f64> = with.unit().zip(than.unit()).map(|(with, than)| with - than).collect();
    // The sign is what is asked; the size is that for an order without ties, where it is least.
    let norm = with.squares.1.sqrt();
    let (low, high) = numerator(pairs, &weights, rate, beside.map(|bound| (bound * norm, bound * norm)));
    (low / norm, high / norm)
}

/// Kendall's τ-b of the pairs' things with the order of `scores`.
pub(super) fn kendall(pairs: &Pairs, scores: &[f64], theirs: Option<&Pairs>, rate: f64) -> (f64, f64) {
    let n = scores.len();
    let rate = if theirs.is_some() { rate / 2.0 } else { rate };
    let with = pairs.certain(rate, |i, j| f64::from(u8::from(scores[i] > scores[j])));
    let against = pairs.certain(rate, |i, j| f64::from(u8::from(scores[i] < scores[j])));
    let known = theirs.map(|theirs| theirs.certain(rate, |_, _| 1.0));
    let (mut all, mut agree, mut disagree) = (0.0_f64, 0.0, 0.0);
    for i in 0..n {
        for j in (0..n).filter(|j| scores[i] > scores[*j]) {
            all += 1.0;
            let certain = known.as_ref().is_none_or(|known| known.has(i, j));
            agree += f64::from(u8::from(certain && with.has(i, j)));
            disagree += f64::from(u8::from(certain && against.has(j, i)));
        }
    }
    let total = (n * n.saturating_sub(1)) as f64 / 2.0;
    // Where their order is uncertain so are its ties.
    let most = if known.is_some() { total } else { all };
    let over = |sum: f64, least: bool| {
        let norm = match (sum >= 0.0) == least {
            true => (total * most).sqrt(),
            false if known.is_some() => 0.0,
            false => all,
        };
        if norm > 0.0 { (sum / norm).clamp(-1.0, 1.0) } else { f64::from(u8::from(!least)) * 2.0 - 1.0 }
    };
    (over(2.0 * agree - most, true), over(most - 2.0 * disagree, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rank;
    use proptest::prelude::*;

    /// All weak orders' ranks of `n` things, as score vectors.
    fn weak_orders(n: u32) -> impl Iterator<Item = Vec<f64>> {
        (0..n.pow(n)).map(move |code| (0..n).map(|at| f64::from(code / n.pow(at) % n)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// The norms: no weak order that keeps to the certain pairs is outside, for ρ and for τ.
        #[test]
        fn no_possible_order_is_outside(
            known in prop::collection::vec(0..4_u32, 4),
            truth in prop::collection::vec(0..4_u32, 4),
            keep in prop::collection::vec(any::<bool>(), 16),
        ) {
            let scores: Vec<f64> = known.iter().map(|score| f64::from(*score)).collect();
            let Ok(order) = KnownOrder::of(&scores) else { return Ok(()) };
            let certain = |i: usize, j: usize| truth[i] > truth[j] && keep[i * 4 + j];
            let pairs = Pairs::known(4, certain);
            let (rho, tau) = (spearman(&pairs, &order, 0.01, None), kendall(&pairs, &scores, None, 0.01));
            for possible in weak_orders(4) {
                let kept = (0..16).all(|at| !certain(at / 4, at % 4) || possible[at / 4] > possible[at % 4]);
                if let (true, Ok(value)) = (kept, rank::spearman(&possible, &scores)) {
                    prop_assert!(rho.0 <= value + 1e-9 && value <= rho.1 + 1e-9, "{value} {rho:?}");
                    let value = rank::kendall(&possible, &scores).unwrap();
                    prop_assert!(tau.0 <= value + 1e-9 && value <= tau.1 + 1e-9, "{value} {tau:?}");
                }
            }
        }
    }

    #[test]
    fn certainty_of_all_pairs_leaves_one_value() {
        let order = KnownOrder::of(&[4.0, 3.0, 2.0, 1.0]).expect("an order");
        let pairs = Pairs::known(4, |i, j| i < j);
        assert_eq!(spearman(&pairs, &order, 0.01, None), (1.0, 1.0));
        assert_eq!(spearman(&Pairs::known(4, |_, _| false), &order, 0.01, None), (-1.0, 1.0));
    }
}
