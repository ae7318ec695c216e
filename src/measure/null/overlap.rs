//! The overlap of two tops by chance. Without ties, the number of things in both is hypergeometric. With
//! ties, it depends on how many of one side's sure and tied things fall among the other's (multivariate
//! hypergeometric), and the overlap is averaged over the ties as the measure does.

use super::{Distribution, Null};
use crate::stats::overlap::{Top, choose, overlap, top};
use crate::stats::pairs::{ones, shifted};

/// Returns the exact distribution of Jaccard's index of the `k` largest of `x` and of `y` when the labels of
/// `x` are shuffled; `None` where there is no such index.
///
/// Source: Feller, *An Introduction to Probability Theory*, vol. 1 (3rd ed. 1968), II.6.
pub(crate) fn overlap_null(x: &[f64], y: &[f64], k: usize) -> Option<Null> {
    shuffled(top(x, k).ok()?, top(y, k).ok()?, u32::try_from(x.len()).ok()?)
}

fn shuffled(first: Top, second: Top, n: u32) -> Option<Null> {
    let (sure, tied) = (second.sure.count_ones(), second.tied.count_ones());
    let rest = n.checked_sub(sure + tied)?;
    let mut points = Vec::new();
    // A class of relabelings is given by how many of the first side's sure things, and of its tied things,
    // fall among the second side's sure and tied ones.
    for surely in splits(first.sure.count_ones(), [sure, tied, rest]) {
        let left = [sure - surely[0], tied - surely[1], rest - surely[2]];
        for maybe in splits(first.tied.count_ones(), left) {
            let ways = ways(surely, [sure, tied, rest]) * ways(maybe, left);
            let moved = Top {
                sure: mask(surely, sure, tied, [0; 3]),
                tied: mask(maybe, sure, tied, surely),
                ..first
            };
            let fixed = Top { sure: ones(sure), tied: shifted(ones(tied), sure), ..second };
            points.push((overlap(moved, fixed).value, ways));
        }
    }
    Distribution::weighted(points).map(|overlaps| overlaps.exact())
}

/// Returns all ways to split `n` over three classes of these sizes.
fn splits(n: u32, sizes: [u32; 3]) -> impl Iterator<Item = [u32; 3]> {
    (0..=n.min(sizes[0])).flat_map(move |a| {
        (0..=(n - a).min(sizes[1])).filter(move |b| n - a - b <= sizes[2]).map(move |b| [a, b, n - a - b])
    })
}

fn ways(taken: [u32; 3], sizes: [u32; 3]) -> f64 {
    taken.iter().zip(sizes).map(|(k, n)| choose(n, *k) as f64).product()
}

/// Takes so many things of each of the second side's classes, leaving out those already `used`.
fn mask(taken: [u32; 3], sure: u32, tied: u32, used: [u32; 3]) -> u64 {
    let starts = [0, sure, sure + tied];
    (0..3).fold(0, |mask, class| match starts[class] + used[class] {
        // A class of which nothing is taken may begin after the last thing.
        _ if taken[class] == 0 => mask,
        start => mask | shifted(ones(taken[class]), start),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Relabel;
    use super::*;
    use crate::stats::overlap::top_k_jaccard;
    use crate::stats::resample::rng;

    #[test]
    fn five_of_twelve_is_hypergeometric() {
        let clear: Vec<f64> = (0..12).map(f64::from).collect();
        let five = top(&clear, 5).expect("five of twelve");
        let null = shuffled(five, five, 12).expect("a distribution");
        let mean: f64 = (0..=5)
            .map(|shared| {
                let p = (choose(5, shared) * choose(7, 5 - shared)) as f64 / choose(12, 5) as f64;
                p * f64::from(shared) / f64::from(10 - shared)
            })
            .sum();
        assert!((null.mean - mean).abs() < 1e-12 && null.upper == 3.0 / 7.0 && null.lower == 1.0 / 9.0);
    }

    #[test]
    fn ties_are_averaged_as_by_going_through_all_relabelings() {
        for (x, y, k) in [
            ([3.0, 2.0, 2.0, 2.0, 1.0, 0.0, 0.0], [5.0, 5.0, 5.0, 4.0, 3.0, 3.0, 1.0], 2),
            ([3.0, 3.0, 2.0, 2.0, 2.0, 2.0, 0.0], [6.0, 5.0, 4.0, 4.0, 4.0, 3.0, 1.0], 4),
            ([1.0; 7], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 3),
        ] {
            let mut values = Vec::new();
            Relabel::one(7, 0..7, false).each(&mut rng(1, &[]), |order, _| {
                let moved: Vec<f64> = order.iter().map(|from| x[*from]).collect();
                values.push(top_k_jaccard(&moved, &y, k).expect("defined").value);
            });
            let all = Distribution::of(values).expect("values").exact();
            let own = shuffled(top(&x, k).expect("x"), top(&y, k).expect("y"), 7).expect("a distribution");
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
            assert!(close(own.mean, all.mean) && close(own.deviation, all.deviation), "{own:?} {all:?}");
            assert!(close(own.upper, all.upper) && close(own.lower, all.lower), "{own:?} {all:?}");
        }
    }

    #[test]
    fn sixty_four_options_fit() {
        let many: Vec<f64> = (0..64).map(f64::from).collect();
        for k in [1, 3, 63, 64] {
            let null = overlap_null(&many, &many, k).expect("a distribution");
            assert!(null.mean > 0.0 && null.upper <= 1.0, "{k}: {null:?}");
        }
    }
}
