//! The chance to reach the boundary by luck, summed over all paths, and what it may depend on.

use proptest::prelude::*;

use super::*;

/// P(the boundary is ever reached within as many rounds as it has) if the forms have these shares.
fn chance_of_reaching(boundary: &[u32], shares: &[f64]) -> f64 {
    let forms = shares.len();
    let mut alive = vec![0.0; boundary.len() * forms + 2];
    alive[0] = 1.0;
    let mut reached = 0.0;
    for (round, fewest) in boundary.iter().enumerate() {
        for share in shares {
            for yes in (0..=(round + 1) * forms).rev() {
                let before = if yes > 0 { alive[yes - 1] } else { 0.0 };
                alive[yes] = alive[yes] * (1.0 - share) + before * share;
            }
        }
        for chance in alive.iter_mut().skip(*fewest as usize) {
            reached += std::mem::take(chance);
        }
    }
    reached
}

#[test]
fn luck_reaches_it_as_often_as_the_function_says_and_never_more() {
    for share in [0.02, 0.3, 0.5, 0.8, 0.99] {
        for rate in [0.05, 0.01, 3.6e-4] {
            for rounds in [20, 50, 200, 600] {
                let chance = chance_of_reaching(&boundary(share, rate, 1, rounds), &[share]);
                let allowed = rate * spent(rounds);
                assert!(chance <= allowed, "{share} {rate} {rounds}: {chance} {allowed}");
                // What whole numbers leave over is used later. (Of 99 % nothing is refuted so soon.)
                let used = rounds < 200 || share > 0.9 || chance > 0.9 * allowed;
                assert!(used, "{share} {rate} {rounds}: {chance} {allowed}");
            }
        }
    }
}

#[test]
fn unlike_forms_reach_it_less_often_than_alike_ones() {
    for mean in [0.1_f64, 0.5, 0.8] {
        for rate in [0.05, 3.6e-4] {
            let boundary = boundary(mean, rate, 2, 100);
            let most = mean.min(1.0 - mean);
            let chance = |part: f64| chance_of_reaching(&boundary, &[mean + part * most, mean - part * most]);
            let alike = chance(0.0);
            assert!(alike <= rate * spent(200) && alike > 0.9 * rate * spent(200), "{mean} {rate}: {alike}");
            for step in 1..=20 {
                assert!(chance(f64::from(step) / 20.0) <= alike, "{mean} {rate} {step}");
            }
            // And a lower mean is no likelier to get there.
            assert!(chance_of_reaching(&boundary, &[mean, mean - 0.05]) < alike);
        }
    }
}

#[test]
fn it_depends_on_what_came_before_alone() {
    let long = boundary(0.6, 0.01, 1, 1_000);
    for rounds in [20, 50, 200] {
        assert_eq!(boundary(0.6, 0.01, 1, rounds), long[..rounds as usize]);
    }
    assert!(long.windows(2).all(|pair| pair[1] <= pair[0] + 1));
}

#[test]
fn what_may_be_spent_never_falls_and_never_exceeds_the_rate() {
    for (n, part) in [(0, 0.0), (8, 0.175), (16, 0.35), (50, 0.5), (200, 0.9), (1_000, 0.98)] {
        assert!((spent(n) - part).abs() < 1e-12, "{n}: {}", spent(n));
    }
    assert!((0..5_000).all(|n| spent(n) < spent(n + 1) && spent(n + 1) < 1.0));
    assert!(spent(u32::MAX) <= 1.0);
}

/// The goal for shares that are far from their bounds, where it is hardest to reach: those that are 0 or 1.
#[test]
fn shares_at_an_end_of_the_scale_take_at_most_a_quarter_more_than_any_test_takes() {
    for rate in [0.01, 0.005, 0.001, 3.6e-4, 1e-5] {
        let first = first_above(0.7, rate, 1, 1..=100).expect("decided");
        let least = rate.ln() / 0.7_f64.ln();
        assert!(f64::from(first) <= 1.25 * least, "{rate}: {first} answers, at least {least}");
    }
}

#[test]
fn the_ends_of_the_scale_are_what_they_are() {
    // One yes shows that there is some, and no number of them that there are more than all.
    assert_eq!(first_above(0.0, 0.01, 1, [0, 0, 1]), Some(3));
    assert_eq!(first_above(0.0, 0.01, 2, [0, 1]), Some(2));
    assert_eq!(first_above(1.0, 0.01, 2, [2, 4, 6]), None);
    assert_eq!(first_above(0.5, 0.01, 1, []), None);
    for (share, rate, forms) in [(f64::NAN, 0.01, 1), (0.5, 0.0, 1), (0.5, f64::NAN, 1), (0.5, 0.01, 3)] {
        assert_eq!(first_above(share, rate, forms, 1..=90), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// What unread responses rely on: where more answers are yes, it is reached no later.
    #[test]
    fn more_yes_reach_it_no_later(
        answers in prop::collection::vec(any::<(bool, bool)>(), 1..120),
        share in 0.05..0.95_f64,
        rate in 1e-5..0.2_f64,
    ) {
        let path = |of: fn(&(bool, bool)) -> bool| -> Vec<u32> {
            let mut yes = 0;
            answers.iter().map(|answer| { yes += u32::from(of(answer)); yes }).collect()
        };
        let (fewer, more) = (path(|(a, _)| *a), path(|(a, b)| a | b));
        let at = |path: Vec<u32>| first_above(share, rate, 1, path).unwrap_or(u32::MAX);
        prop_assert!(at(more) <= at(fewer));
    }
}
