//! Draws: pinned values, moments, extremes.

use super::*;
use proptest::prelude::*;

fn mean_and_variance(mut draw: impl FnMut() -> f64) -> (f64, f64) {
    let n = 20_000;
    let draws: Vec<f64> = (0..n).map(|_| draw()).collect();
    let mean = draws.iter().sum::<f64>() / f64::from(n);
    (mean, draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n - 1))
}

#[test]
fn streams_are_pinned() {
    // If this fails, every seeded result of every user changes: a breaking change.
    let mut stream = rng(20_251_106, &["assistant", "T1"]);
    assert_eq!(
        [stream.random::<u64>(), stream.random::<u64>()],
        [1_679_053_202_164_554_077, 10_301_129_926_759_872_221]
    );
    let mut order = [0; 8];
    permutation(&mut stream, &mut order);
    assert_eq!(order, [3, 0, 1, 7, 6, 5, 4, 2]);
    let mut counts = [0; 4];
    multinomial(&mut stream, 1000, &[0.1, 0.2, 0.3, 0.4], &mut counts).unwrap();
    assert_eq!(counts, [93, 214, 284, 409]);
}

#[test]
fn labels_do_not_run_together() {
    let first = |labels: &[&str]| rng(1, labels).random::<u64>();
    let all = [first(&["ab", "c"]), first(&["a", "bc"]), first(&["abc"]), first(&["abc", ""]), first(&[])];
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b));
    }
}

#[test]
fn dirichlet_has_its_mean_and_variance() {
    let mut stream = rng(7, &["moments"]);
    for alpha in [vec![11.5, 8.5, 5.5, 26.5], vec![0.5, 0.5, 50.5], vec![0.05, 0.1, 0.2], vec![1.0, 1.0]] {
        let prepared = Dirichlet::new(&alpha).unwrap();
        let sum: f64 = alpha.iter().sum();
        let mut out = vec![0.0; alpha.len()];
        for i in 0..alpha.len() {
            let (mean, variance) = mean_and_variance(|| {
                prepared.draw(&mut stream, &mut out).unwrap();
                out[i]
            });
            let p = alpha[i] / sum;
            let expected = p * (1.0 - p) / (sum + 1.0);
            assert!((mean - p).abs() < 5.0 * (expected / 20_000.0).sqrt(), "{alpha:?} {i} {mean}");
            assert!((variance / expected - 1.0).abs() < 0.15, "{alpha:?} {i} {variance} {expected}");
        }
    }
}

#[test]
fn prepared_and_single_draws_are_the_same() {
    let alpha = [3.0, 0.5, 0.0, 0.2];
    let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
    Dirichlet::new(&alpha).unwrap().draw(&mut rng(1, &[]), &mut a).unwrap();
    dirichlet(&mut rng(1, &[]), &alpha, &mut b).unwrap();
    assert_eq!(a, b);
    assert_eq!(a[2], 0.0);
}

#[test]
fn vanishing_parameters_give_all_to_one_category_in_proportion() {
    for scale in [1e-3, 1e-30, 1e-299, 1e-301, 5e-324] {
        let alpha = [scale, 3.0 * scale, 0.0];
        let mut stream = rng(3, &["tiny"]);
        let mut out = [0.0; 3];
        let (mean, _) = mean_and_variance(|| {
            dirichlet(&mut stream, &alpha, &mut out).unwrap();
            assert!(out.iter().all(|s| (0.0..=1.0).contains(s)), "{out:?}");
            out[1]
        });
        assert!((mean - 0.75).abs() < 0.02, "{scale} {mean}");
    }
}

#[test]
fn multinomial_has_its_mean_and_variance() {
    let mut stream = rng(7, &["multinomial"]);
    for n in [1, 50, 100_000] {
        for i in 0..3 {
            let shares = [0.7, 0.1, 0.2];
            let mut out = [0; 3];
            let (mean, variance) = mean_and_variance(|| {
                multinomial(&mut stream, n, &shares, &mut out).unwrap();
                out[i] as f64
            });
            let (p, n) = (shares[i], n as f64);
            let expected = n * p * (1.0 - p);
            assert!((mean - n * p).abs() < 5.0 * (expected / 20_000.0).sqrt());
            assert!((variance / expected - 1.0).abs() < 0.1);
        }
    }
}

#[test]
fn all_orders_are_equally_likely() {
    let mut stream = rng(7, &["orders"]);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..24_000 {
        let mut order = [0; 4];
        permutation(&mut stream, &mut order);
        *seen.entry(order).or_insert(0_i32) += 1;
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.values().all(|n| (n - 1000).abs() < 160), "{seen:?}");
}

#[test]
fn bootstraps_have_the_right_spread() {
    let mut stream = rng(7, &["bootstraps"]);
    let mut times = [0; 50];
    let (mean, variance) = mean_and_variance(|| {
        bootstrap(&mut stream, &mut times);
        f64::from(times[3])
    });
    assert!((mean - 1.0).abs() < 0.04 && (variance - 0.98).abs() < 0.06);
    let mut weights = [0.0; 50];
    let (mean, variance) = mean_and_variance(|| {
        bayesian_bootstrap(&mut stream, &mut weights);
        weights[3] * 50.0
    });
    assert!((mean - 1.0).abs() < 0.04 && (variance - 49.0 / 51.0).abs() < 0.08);
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let stream = &mut rng(1, &[]);
    let mut out = [0.0; 2];
    assert_eq!(dirichlet(stream, &[0.0, 0.0], &mut out), Err(Undefined::Empty));
    assert_eq!(dirichlet(stream, &[], &mut []), Err(Undefined::Empty));
    assert!(dirichlet(stream, &[1.0], &mut out).is_err());
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(matches!(dirichlet(stream, &[1.0, bad], &mut out), Err(Undefined::OutOfRange { .. })));
        assert!(multinomial(stream, 5, &[1.0, bad], &mut [0; 2]).is_err());
    }
    bootstrap(stream, &mut []);
    bayesian_bootstrap(stream, &mut []);
    permutation(stream, &mut []);
}

proptest! {
    #[test]
    fn draws_are_shares(alpha in prop::collection::vec(prop_oneof![Just(0.0), Just(0.5), 1e-9..1.0_f64, 0.1..1e6_f64], 1..13), seed: u64) {
        let mut out = vec![0.0; alpha.len()];
        if dirichlet(&mut rng(seed, &[]), &alpha, &mut out).is_ok() {
            prop_assert!(out.iter().all(|s| (0.0..=1.0).contains(s)));
            prop_assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(alpha.iter().zip(&out).all(|(a, s)| *a > 0.0 || *s == 0.0));
        }
    }

    #[test]
    fn counts_sum_to_n(weights in prop::collection::vec(prop_oneof![Just(0.0), 1e-20..1.0_f64], 1..13), n in 0..100_000_u64, seed: u64) {
        let mut out = vec![0; weights.len()];
        if multinomial(&mut rng(seed, &[]), n, &weights, &mut out).is_ok() {
            prop_assert_eq!(out.iter().sum::<u64>(), n);
            prop_assert!(weights.iter().zip(&out).all(|(w, c)| *w > 0.0 || *c == 0));
        }
    }
}
