//! Agreement of two tasks by chance. The labels of one task are shuffled against the other within each
//! context, and the total over the contexts is a sum of independent parts.

use std::ops::Range;

use super::{Distribution, Null, Relabel};
use crate::stats::resample::Stream;

/// Returns the distribution of the mean agreement over `cells`. Each of `contexts` holds the places of its
/// labels, and `agreement` is a context's sum when the label at each place is `order[place]`. All n!
/// relabelings of a context are counted, so the result is exact; no context may have more than eight labels.
pub(crate) fn over_contexts(
    contexts: &[Range<usize>],
    cells: usize,
    rng: &mut Stream,
    agreement: impl Fn(usize, &[usize]) -> f64,
) -> Option<Null> {
    let len = contexts.last().map_or(0, |range| range.end);
    let single = |context: &Range<usize>| Relabel::one(len, context.clone(), false);
    let scale = 1.0 / cells as f64;
    if contexts.iter().all(|context| single(context).ways().is_some()) {
        let parts = contexts.iter().enumerate().filter_map(|(at, context)| {
            let mut values = Vec::new();
            single(context).each(rng, |order, _| values.push(agreement(at, order)));
            Distribution::of(values)
        });
        return Some(Distribution::over(parts, |a, b| a + b)?.scaled(scale).exact());
    }
    let mut values = Vec::new();
    let method = Relabel::new(len, contexts.to_vec(), false).each(rng, |order, _| {
        values.push((0..contexts.len()).map(|at| agreement(at, order)).sum());
    });
    Some(Distribution::of(values)?.scaled(scale).null(method))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::resample::rng;

    /// Places of untied rankings that are at most k apart, in contexts of one size.
    fn within(size: usize, contexts: usize, k: usize) -> Null {
        let ranges: Vec<Range<usize>> = (0..contexts).map(|at| at * size..(at + 1) * size).collect();
        let near = |at: usize, order: &[usize]| {
            ranges[at].clone().filter(|place| order[*place].abs_diff(*place) <= k).count() as f64
        };
        over_contexts(&ranges, size * contexts, &mut rng(1, &[]), near).expect("contexts")
    }

    #[test]
    fn random_rankings_of_six_agree_within_two_for_two_thirds() {
        for (k, mean) in [(0, 1.0 / 6.0), (1, 16.0 / 36.0), (2, 24.0 / 36.0), (5, 1.0)] {
            let null = within(6, 4, k);
            assert!((null.mean - mean).abs() < 1e-9, "±{k}: {null:?}");
        }
        // Rencontres: a random permutation has one fixed point on average, with variance 1.
        assert!((within(6, 4, 0).deviation - 2.0 / 24.0).abs() < 1e-9);
    }

    #[test]
    fn nine_labels_are_drawn_and_agree_with_the_formula() {
        let null = within(9, 2, 0);
        assert!(matches!(null.method, super::super::ChanceMethod::MonteCarlo { .. }));
        assert!((null.mean - 1.0 / 9.0).abs() < 4.0 * null.standard_error && null.standard_error < 0.001);
    }
}
