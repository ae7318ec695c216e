//! Rank correlations by chance: the subject's cells exchange their values within each context, and the two
//! sides of a pair may be exchanged, too.
//!
//! All n! relabelings are tried up to eight cells (5! · 2⁵ = 3840 for five pairs), otherwise random ones.
//! Relabeled cells keep their values, so ranks are computed once, unless sides are exchanged.

use super::{Distribution, Null, Relabel};
use crate::measure::score::Score;
use crate::profile::Table;
use crate::stats::rank::{Ranker, kendall};
use crate::stats::resample::Stream;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coefficient {
    Spearman,
    Kendall,
}

/// What exchanging the two sides of a thing does to its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SideExchange {
    /// Things have no sides.
    One,
    /// A thing has one value, a preference, which changes its sign.
    Net,
    /// A thing has two values in a row: + the share of its first side and − the share of its second. The
    /// signs belong to the places and do not move.
    Signed,
}

/// The subject's values and the other side's, in the same order.
pub(crate) struct ComparedValues {
    x: Vec<f64>,
    y: Vec<f64>,
    /// How things are relabeled: cells, or pairs of cells for [`SideExchange::Signed`].
    relabel: Relabel,
    sides: SideExchange,
}

impl ComparedValues {
    /// Compares cells of one table with the same cells of another.
    pub(crate) fn new(own: (&[Score], &Table), other: (&[Score], &Table), sides: SideExchange) -> Self {
        let (cells, twins) = (own.0, other.0);
        let per = if sides == SideExchange::Signed { 2 } else { 1 };
        let (mut x, mut y, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        let mut left: Vec<usize> = (0..cells.len()).collect();
        while let Some(first) = left.first() {
            let context = &cells[*first].context;
            let from = x.len() / per;
            left.retain(|at| {
                let here = cells[*at].context == *context;
                if here {
                    x.push(cells[*at].score(own.1));
                    y.push(twins[*at].score(other.1));
                }
                !here
            });
            groups.push(from..x.len() / per);
        }
        let relabel = Relabel::new(x.len() / per, groups, sides != SideExchange::One);
        ComparedValues { x, y, relabel, sides }
    }

    /// Returns the coefficient's distribution under shuffled labels; `None` where most relabelings have no
    /// value.
    pub(crate) fn null(&self, coefficient: Coefficient, rng: &mut Stream) -> Option<Null> {
        let n = self.x.len();
        let mut ranker = Ranker::with_capacity(n);
        let (mut x, mut y) = (vec![0.0; n], vec![0.0; n]);
        ranker.ranks(&self.x, &mut x).ok()?;
        ranker.ranks(&self.y, &mut y).ok()?;
        let middle = (n as f64 + 1.0) / 2.0;
        let spread = |ranks: &[f64]| ranks.iter().map(|rank| (rank - middle).powi(2)).sum::<f64>();
        let scale = (spread(&x) * spread(&y)).sqrt();
        if scale == 0.0 {
            return None;
        }
        let mut drawn = vec![0.0; n];
        let (mut values, mut asked) = (Vec::new(), 0_u64);
        let method = self.relabel.each(rng, |order, turned| {
            asked += 1;
            if (self.sides, coefficient) == (SideExchange::One, Coefficient::Spearman) {
                let products = order.iter().zip(&y).map(|(from, y)| (x[*from] - middle) * (y - middle));
                values.push((products.sum::<f64>() / scale).clamp(-1.0, 1.0));
                return;
            }
            self.place(order, turned, &mut drawn);
            values.extend(match coefficient {
                Coefficient::Spearman => ranker.spearman_with_ranked(&drawn, &y).ok(),
                Coefficient::Kendall => kendall(&drawn, &self.y).ok(),
            });
        });
        // If most relabelings have no value, the others would mislead.
        let mostly = 2 * values.len() as u64 >= asked;
        mostly.then(|| Distribution::of(values)).flatten().map(|values| values.null(method))
    }

    /// Writes the relabeled values to `out`.
    fn place(&self, order: &[usize], turned: &[bool], out: &mut [f64]) {
        let x = &self.x;
        for (at, (from, turned)) in order.iter().zip(turned).enumerate() {
            match (self.sides, turned) {
                (SideExchange::One, _) | (SideExchange::Net, false) => out[at] = x[*from],
                (SideExchange::Net, true) => out[at] = -x[*from],
                (SideExchange::Signed, false) => out[2 * at..][..2].copy_from_slice(&x[2 * from..][..2]),
                (SideExchange::Signed, true) => {
                    (out[2 * at], out[2 * at + 1]) = (-x[2 * from + 1], -x[2 * from]);
                }
            }
        }
    }
}
