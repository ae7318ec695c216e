//! Inclusion probabilities and entropy computed exactly, over all sets; hostile probabilities.

use alignspec::__testing::stats::UndefinedStatistic;
use alignspec::__testing::stats::inclusion::{FixedSize, MAX_GAP, SUM, weights};
use alignspec::__testing::stats::overlap::MAX_OPTIONS;
use alignspec::__testing::stats::resample::rng;
use proptest::prelude::*;

/// How often each of twelve values was among the five chosen, in 50 answers: T1 of the published
/// models (baselines/models/), all forms, each row once. The first two: many free options, and a sum
/// of 248.
const PUBLISHED: [[u32; 12]; 28] = [
    [1, 48, 50, 6, 43, 47, 48, 2, 4, 0, 1, 0],
    [9, 48, 38, 14, 42, 32, 48, 4, 3, 7, 3, 0],
    [0, 42, 48, 16, 40, 49, 43, 1, 0, 1, 9, 1],
    [0, 42, 50, 7, 45, 50, 50, 0, 0, 0, 6, 0],
    [0, 48, 49, 8, 49, 42, 50, 0, 0, 0, 4, 0],
    [19, 37, 44, 16, 32, 37, 47, 3, 1, 6, 7, 1],
    [0, 39, 50, 10, 50, 50, 50, 1, 0, 0, 0, 0],
    [0, 50, 50, 0, 50, 50, 50, 0, 0, 0, 0, 0],
    [0, 37, 50, 0, 50, 50, 50, 13, 0, 0, 0, 0],
    [6, 28, 37, 26, 39, 47, 47, 0, 0, 18, 2, 0],
    [0, 40, 50, 8, 50, 47, 48, 3, 2, 2, 0, 0],
    [5, 37, 48, 8, 50, 40, 46, 5, 3, 7, 1, 0],
    [0, 43, 50, 7, 50, 50, 50, 0, 0, 0, 0, 0],
    [0, 38, 50, 12, 50, 50, 50, 0, 0, 0, 0, 0],
    [17, 38, 34, 8, 45, 47, 50, 3, 4, 4, 0, 0],
    [0, 50, 50, 2, 49, 49, 50, 0, 0, 0, 0, 0],
    [0, 50, 50, 0, 50, 50, 49, 1, 0, 0, 0, 0],
    [10, 50, 42, 6, 46, 33, 50, 7, 3, 3, 0, 0],
    [0, 48, 50, 2, 50, 50, 50, 0, 0, 0, 0, 0],
    [0, 40, 50, 11, 50, 50, 49, 0, 0, 0, 0, 0],
    [0, 48, 50, 3, 49, 50, 50, 0, 0, 0, 0, 0],
    [20, 34, 38, 17, 45, 39, 48, 2, 1, 5, 1, 0],
    [0, 50, 50, 1, 50, 49, 50, 0, 0, 0, 0, 0],
    [0, 49, 49, 11, 50, 38, 49, 0, 0, 0, 1, 3],
    [1, 43, 48, 0, 45, 48, 48, 2, 4, 1, 10, 0],
    [1, 49, 46, 0, 44, 49, 49, 3, 1, 1, 7, 0],
    [0, 38, 45, 0, 50, 42, 50, 0, 1, 0, 4, 20],
    [0, 39, 37, 8, 37, 33, 49, 14, 8, 5, 17, 3],
];

fn shares(counts: &[u32]) -> Vec<f64> {
    counts.iter().map(|count| f64::from(*count) / 50.0).collect()
}

/// The probability of a set, as the draw makes it: option by option.
fn probability(sets: &FixedSize, set: u64) -> f64 {
    let mut open = sets.open;
    let mut p = 1.0;
    for (option, accept) in sets.free.iter().zip(sets.accept.chunks_exact(sets.open + 1)) {
        let taken = set >> option & 1 == 1;
        p *= if taken { accept[open] } else { 1.0 - accept[open] };
        if taken {
            // Of sets that are too large, the probability is 0 already.
            open = open.saturating_sub(1);
        }
    }
    p
}

/// The inclusion probabilities of the draw, by the distribution of the places left at each option.
fn drawn_inclusion(sets: &FixedSize) -> Vec<f64> {
    let mut inclusion: Vec<f64> = (0..sets.inclusion.len()).map(|i| (sets.certain >> i & 1) as f64).collect();
    let mut places = vec![0.0; sets.open + 1];
    places[sets.open] = 1.0;
    for (option, accept) in sets.free.iter().zip(sets.accept.chunks_exact(sets.open + 1)) {
        for left in 1..=sets.open {
            // Moves down by at most one place; from the bottom up, so that nothing moves twice.
            let taken = places[left] * accept[left];
            inclusion[*option as usize] += taken;
            places[left - 1] += taken;
            places[left] -= taken;
        }
    }
    inclusion
}

fn worst(sets: &FixedSize, wanted: &[f64]) -> f64 {
    drawn_inclusion(sets).iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn inclusion_probabilities_come_out() {
    for counts in &PUBLISHED {
        let wanted = shares(counts);
        let sets = FixedSize::new(&wanted, 5).unwrap();
        assert!(worst(&sets, &sets.inclusion) < 1e-10);
        if counts.iter().sum::<u32>() == 250 {
            assert!(worst(&sets, &wanted) < 1e-10, "{counts:?}");
        }
        for (p, exact) in wanted.iter().zip(drawn_inclusion(&sets)) {
            assert!((*p != 0.0 && *p != 1.0) || *p == exact);
        }
    }
}

/// By elementary symmetric functions, the textbook's way: πᵢ = wᵢ e(k − 1; without i) / e(k).
#[test]
fn the_weights_have_the_inclusion_probabilities_in_the_textbooks_formula() {
    fn elementary(weights: impl Iterator<Item = f64>, k: usize) -> f64 {
        let mut e = vec![0.0; k + 1];
        e[0] = 1.0;
        for weight in weights {
            (1..=k).rev().for_each(|j| e[j] += weight * e[j - 1]);
        }
        e[k]
    }
    for counts in &PUBLISHED {
        let sets = FixedSize::new(&shares(counts), 5).unwrap();
        let wanted: Vec<f64> = sets.free.iter().map(|i| sets.inclusion[*i as usize]).collect();
        let odds: Vec<f64> = wanted.iter().map(|p| p / (1.0 - p)).collect();
        let weights = weights(&odds, sets.open).unwrap();
        let all = elementary(weights.iter().copied(), sets.open);
        for (i, p) in wanted.iter().enumerate() {
            let others = weights.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, w)| *w);
            let inclusion = weights[i] * elementary(others, sets.open - 1) / all;
            assert!((inclusion - p).abs() < 1e-10, "{inclusion} {p}");
        }
    }
}

/// Maximum entropy: what swapping two options multiplies a set's probability by does not depend on
/// the rest of the set.
#[test]
fn swapping_two_options_has_one_price() {
    let sets = FixedSize::new(&shares(&PUBLISHED[1]), 5).unwrap();
    let all: Vec<u64> = (0..1 << 12).filter(|set: &u64| set.count_ones() == 5).collect();
    assert!((all.iter().map(|set| probability(&sets, *set)).sum::<f64>() - 1.0).abs() < 1e-12);
    for (i, j) in [(0, 1), (2, 9), (7, 8)] {
        let mut prices =
            all.iter().filter(|set| *set >> i & 1 == 1 && *set >> j & 1 == 0).filter_map(|set| {
                let p = probability(&sets, *set);
                (p > 0.0).then(|| probability(&sets, set ^ (1 << i | 1 << j)) / p)
            });
        let first = prices.next().unwrap();
        assert!(prices.all(|price| (price / first - 1.0).abs() < 1e-9));
    }
}

#[test]
fn frequencies_of_many_draws_are_the_inclusion_probabilities() {
    let sets = FixedSize::new(&shares(&PUBLISHED[0]), 5).unwrap();
    let mut stream = rng(7, &["inclusion"]);
    let mut counts = [0_u32; 12];
    for _ in 0..100_000 {
        let set = sets.draw(&mut stream);
        assert_eq!(set.count_ones(), 5);
        counts.iter_mut().enumerate().for_each(|(i, count)| *count += (set >> i & 1) as u32);
    }
    for (count, p) in counts.iter().zip(&sets.inclusion) {
        let deviation = 1e5_f64.sqrt() * (p * (1.0 - p)).sqrt();
        assert!((f64::from(*count) - 1e5 * p).abs() <= 4.0 * deviation, "{count} {p}");
    }
}

#[test]
fn sums_that_are_off_are_adjusted_by_one_factor_of_the_odds() {
    let wanted = shares(&PUBLISHED[1]);
    let sets = FixedSize::new(&wanted, 5).unwrap();
    assert!((sets.inclusion.iter().sum::<f64>() - 5.0).abs() < 1e-12);
    let odds = |p: f64| p / (1.0 - p);
    let factor = odds(sets.inclusion[0]) / odds(wanted[0]);
    assert!(factor > 1.0 && factor < 1.05);
    for (p, adjusted) in wanted.iter().zip(&sets.inclusion) {
        assert!((odds(*adjusted) - factor * odds(*p)).abs() < 1e-9 * (1.0 + odds(*p)));
    }
    // All places but one are taken, and one option is left to take it; or none is left to take.
    let settled = FixedSize::new(&[1.0, 0.98, 0.0], 2).unwrap();
    assert_eq!((&settled.inclusion[..], settled.draw(&mut rng(1, &[]))), (&[1.0, 1.0, 0.0][..], 0b011));
    let settled = FixedSize::new(&[1.0, 1.0, 0.02], 2).unwrap();
    assert_eq!((&settled.inclusion[..], settled.draw(&mut rng(1, &[]))), (&[1.0, 1.0, 0.0][..], 0b011));
}

#[test]
fn what_cannot_be_is_refused() {
    let error = |p: &[f64], k| FixedSize::new(p, k).map(|_| ()).unwrap_err();
    assert_eq!(error(&[0.5, 0.4], 1), SUM);
    assert_eq!(error(&[1.0, 0.5, 0.5, 0.9], 2), SUM);
    assert_eq!(error(&[0.5], 2), UndefinedStatistic::TooFew { n: 1, least: 2 });
    for (p, k) in
        [(&[1.5, 0.5][..], 2), (&[f64::NAN, 1.0], 1), (&[-0.1, 1.1], 1), (&[0.5; 2], 0), (&[0.1; 70], 7)]
    {
        assert!(matches!(error(p, k), UndefinedStatistic::OutOfRange { .. }), "{p:?}");
    }
    // Within 5 % in the sum, but a place is left that nothing can take, or there is none.
    let ones = [vec![1.0; 20], vec![0.0; 3]].concat();
    assert_eq!(error(&ones, 21), UndefinedStatistic::TooFew { n: 20, least: 21 });
    assert_eq!(error(&[vec![1.0; 21], vec![0.0; 3]].concat(), 20), SUM);
}

fn hostile() -> impl Strategy<Value = (Vec<f64>, usize)> {
    // Logits up to ±28: probabilities down to SURE, and as near to 1.
    let logits = prop_oneof![-2.0..2.0_f64, -28.0..28.0_f64, Just(-50.0), Just(50.0), Just(0.0)];
    (prop::collection::vec(logits, 1..=MAX_OPTIONS), 1..=MAX_OPTIONS).prop_map(|(logits, size)| {
        let size = size.min(logits.len());
        // Shifted so that they add up.
        let at = |shift: f64| logits.iter().map(|x| 1.0 / (1.0 + (-x - shift).exp())).collect::<Vec<f64>>();
        let (mut low, mut high) = (-200.0, 200.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if at(middle).iter().sum::<f64>() < size as f64 { low = middle } else { high = middle }
        }
        (at(high), size)
    })
}

proptest! {
    #[test]
    fn any_probabilities_that_add_up_come_out((wanted, size) in hostile(), seed in 0..1000_u64) {
        let sets = FixedSize::new(&wanted, size).unwrap();
        prop_assert!(worst(&sets, &wanted) < 1e-9);
        let mut stream = rng(seed, &["hostile"]);
        for _ in 0..20 {
            prop_assert_eq!(sets.draw(&mut stream).count_ones() as usize, size);
        }
    }

    #[test]
    fn whole_counts_that_nearly_add_up_are_drawn_from(
        counts in prop::collection::vec(0..=50_u32, 12),
        size in 1..12_usize,
    ) {
        let sum: u32 = counts.iter().sum();
        let near = (f64::from(sum) / 50.0 - size as f64).abs() <= MAX_GAP * size as f64 + 1e-9;
        let least = counts.iter().filter(|count| **count == 50).count();
        let most = counts.iter().filter(|count| **count > 0).count();
        let sets = FixedSize::new(&shares(&counts), size);
        prop_assert_eq!(sets.is_ok(), near && (least..=most).contains(&size));
        if let Ok(sets) = sets {
            prop_assert!(worst(&sets, &sets.inclusion) < 1e-9);
            for (count, p) in counts.iter().zip(&sets.inclusion) {
                prop_assert!(*count != 0 || *p == 0.0);
                prop_assert!(*count != 50 || *p == 1.0);
            }
        }
    }
}
