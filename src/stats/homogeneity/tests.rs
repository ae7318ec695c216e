//! Distance and test: against each other, against their own definition, and for size.

use super::*;
use crate::stats::resample::{multinomial, rng};
use proptest::prelude::*;

const STATISTICS: [Statistic; 3] = [Statistic::Pearson, Statistic::G, Statistic::Probability];

fn exact(a: &[u64], b: &[u64], statistic: Statistic) -> Test {
    let effort = Effort { tables: u64::MAX, ..Effort::default() };
    homogeneity(a, b, statistic, effort, &mut rng(1, &[])).unwrap()
}

#[test]
fn equal_and_constant_tallies_have_p_one() {
    for s in STATISTICS {
        assert_eq!(exact(&[50, 0, 0], &[50, 0, 0], s).p, 1.0);
        assert_eq!(exact(&[7], &[900], s).p, 1.0);
        assert!((exact(&[10, 20, 30], &[10, 20, 30], s).p - 1.0).abs() < 1e-12);
        let drawn = Effort { tables: 0, draws: 99, enough: None };
        let test = homogeneity(&[50, 0], &[20, 0], s, drawn, &mut rng(1, &[])).unwrap();
        assert_eq!((test.p, test.method), (1.0, Method::MonteCarlo { draws: 99 }));
    }
}

#[test]
fn simulation_agrees_with_the_sum() {
    let (a, b) = ([20, 9, 12, 3, 6], [11, 14, 8, 7, 10]);
    for s in STATISTICS {
        let effort = Effort { tables: 0, draws: 20_000, enough: None };
        let drawn = homogeneity(&a, &b, s, effort, &mut rng(5, &["agree"])).unwrap();
        let summed = exact(&a, &b, s);
        assert!((drawn.p - summed.p).abs() < 4.0 * drawn.standard_error, "{s:?} {drawn:?} {summed:?}");
        assert_eq!(drawn.statistic, summed.statistic);
    }
}

#[test]
fn drawing_stops_when_there_is_enough() {
    let effort = Effort { tables: 0, draws: 10_000, enough: Some(20) };
    let test = homogeneity(&[25, 25], &[24, 26], Statistic::G, effort, &mut rng(1, &[])).unwrap();
    let Method::MonteCarlo { draws } = test.method else { panic!("{test:?}") };
    assert!(draws < 100 && test.p > 0.2, "{test:?}");
}

#[test]
fn large_samples_neither_overflow_nor_vanish() {
    let test = exact(&[5_000, 5_000], &[40_000, 60_000], Statistic::G);
    assert!(test.p > 0.0 && test.p < 1e-50, "{test:?}");
    let test = exact(&[1, 0], &[1_000, 1_000_000], Statistic::Pearson);
    assert!((test.p - 1001.0 / 1_001_001.0).abs() < 1e-15, "{test:?}");
}

#[test]
fn errs_no_more_often_than_stated() {
    let mut stream = rng(11, &["size"]);
    let shares = [0.9, 0.05, 0.03, 0.01, 0.01];
    let (mut a, mut b) = ([0; 5], [0; 5]);
    for statistic in STATISTICS {
        let mut wrong = 0;
        for _ in 0..2_000 {
            multinomial(&mut stream, 20, &shares, &mut a).unwrap();
            multinomial(&mut stream, 50, &shares, &mut b).unwrap();
            wrong += u32::from(exact(&a, &b, statistic).p <= 0.05);
        }
        // 100 expected at most; 4 standard deviations are 39.
        assert!(wrong < 139, "{statistic:?} {wrong}");
    }
}

#[test]
fn what_has_no_value_is_named() {
    assert_eq!(total_variation(&[0, 0], &[1, 2]), Err(Undefined::Empty));
    assert_eq!(total_variation(&[], &[]), Err(Undefined::Empty));
    assert!(total_variation(&[1], &[1, 2]).is_err());
    assert!(total_variation_of_shares(&[f64::NAN], &[1.0]).is_err());
    assert_eq!(total_variation_of_shares(&[0.0], &[1.0]), Err(Undefined::Empty));
    assert_eq!(total_variation_of_shares(&[f64::MAX, f64::MAX], &[5e-324, 0.0]), Ok(0.5));
    let test = |a: &[u64], b: &[u64]| homogeneity(a, b, Statistic::G, Effort::default(), &mut rng(1, &[]));
    assert_eq!(test(&[0], &[4]).unwrap_err(), Undefined::Empty);
    assert_eq!(test(&[], &[]).unwrap_err(), Undefined::Empty);
    assert!(test(&[1], &[4, 5]).is_err());
}

fn tallies() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
    prop::collection::vec((0..9_u64, 0..9_u64), 1..6)
        .prop_map(|v| v.into_iter().unzip())
        .prop_filter("answers on both sides", |(a, b): &(Vec<u64>, Vec<u64>)| size(a) > 0 && size(b) > 0)
}

/// Deals all pooled answers in every way: the definition, for few answers.
fn by_definition(a: &[u64], b: &[u64], statistic: Statistic) -> f64 {
    let pool: Vec<usize> =
        (0..a.len()).flat_map(|i| std::iter::repeat_n(i, (a[i] + b[i]) as usize)).collect();
    let observed = exact(a, b, statistic).statistic;
    let (mut extreme, mut all) = (0.0, 0.0);
    for deal in (0_u32..1 << pool.len()).filter(|d| u64::from(d.count_ones()) == size(a)) {
        let (mut x, mut y) = (vec![0; a.len()], vec![0; a.len()]);
        for (i, &c) in pool.iter().enumerate() {
            if deal >> i & 1 == 1 { x[c] += 1 } else { y[c] += 1 }
        }
        all += 1.0;
        extreme += f64::from(u8::from(exact(&x, &y, statistic).statistic >= observed - 1e-9));
    }
    extreme / all
}

proptest! {
    #[test]
    fn the_test_is_symmetric_bounded_and_blind_to_labels((a, b) in tallies(), turn in 0..6_usize) {
        for s in STATISTICS {
            let test = exact(&a, &b, s);
            prop_assert!(test.p > 0.0 && test.p <= 1.0 && test.statistic >= 0.0);
            prop_assert!((test.p - exact(&b, &a, s).p).abs() < 1e-12);
            let (mut x, mut y) = (a.clone(), b.clone());
            x.rotate_left(turn % a.len());
            y.rotate_left(turn % a.len());
            prop_assert!((test.p - exact(&x, &y, s).p).abs() < 1e-12);
        }
    }

    #[test]
    fn distance_is_a_metric((a, b) in tallies(), turn in 0..6_usize) {
        let d = total_variation(&a, &b).unwrap();
        prop_assert!((0.0..=1.0).contains(&d));
        prop_assert_eq!(d, total_variation(&b, &a).unwrap());
        prop_assert_eq!(total_variation(&a, &a).unwrap(), 0.0);
        let mut c = a.clone();
        c.rotate_left(turn % a.len());
        let (ac, cb) = (total_variation(&a, &c).unwrap(), total_variation(&c, &b).unwrap());
        prop_assert!(d <= ac + cb + 1e-15);
        let float = |t: &[u64]| t.iter().map(|&c| c as f64).collect::<Vec<_>>();
        prop_assert!((d - total_variation_of_shares(&float(&a), &float(&b)).unwrap()).abs() < 1e-14);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_sum_is_what_dealing_gives(
        (a, b) in prop::collection::vec((0..3_u64, 0..3_u64), 2..4)
            .prop_map(|v| v.into_iter().unzip())
            .prop_filter("few answers", |(a, b): &(Vec<u64>, Vec<u64>)| size(a) > 0 && size(b) > 0 && size(a) + size(b) < 11)
    ) {
        for s in STATISTICS {
            prop_assert!((exact(&a, &b, s).p - by_definition(&a, &b, s)).abs() < 1e-12);
        }
    }
}
