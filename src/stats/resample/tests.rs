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
    let mut order = [0, 1, 2, 3, 4, 5, 6, 7];
    shuffle(&mut stream, &mut order);
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
        let mut order = [0, 1, 2, 3];
        shuffle(&mut stream, &mut order);
        *seen.entry(order).or_insert(0_i32) += 1;
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.values().all(|n| (n - 1000).abs() < 160), "{seen:?}");
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let stream = &mut rng(1, &[]);
    let mut out = [0; 2];
    assert_eq!(multinomial(stream, 5, &[0.0, 0.0], &mut out), Err(UndefinedStatistic::Empty));
    assert_eq!(multinomial(stream, 5, &[], &mut []), Err(UndefinedStatistic::Empty));
    assert!(matches!(
        multinomial(stream, 5, &[1.0], &mut out),
        Err(UndefinedStatistic::LengthMismatch { .. })
    ));
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        assert!(matches!(
            multinomial(stream, 5, &[1.0, bad], &mut out),
            Err(UndefinedStatistic::OutOfRange { .. })
        ));
    }
    shuffle::<u8, _>(stream, &mut []);
}

proptest! {
    #[test]
    fn counts_sum_to_n(weights in prop::collection::vec(prop_oneof![Just(0.0), 1e-20..1.0_f64], 1..13), n in 0..100_000_u64, seed: u64) {
        let mut out = vec![0; weights.len()];
        if multinomial(&mut rng(seed, &[]), n, &weights, &mut out).is_ok() {
            prop_assert_eq!(out.iter().sum::<u64>(), n);
            prop_assert!(weights.iter().zip(&out).all(|(w, c)| *w > 0.0 || *c == 0));
        }
    }
}
