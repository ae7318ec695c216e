//! Size, power and symmetries of the max-statistic tests.

use super::*;
use crate::stats::resample::{permutation, rng};
use proptest::prelude::*;
use rand::RngExt;

const QUICK: Effort = Effort { tables: 0, draws: 199, enough: None };

/// `n` random sets of 3 of 6, option 0 preferred with probability `bias`.
fn sets(stream: &mut crate::stats::resample::Stream, n: usize, bias: f64) -> Vec<u64> {
    let mut order = [0; 6];
    (0..n)
        .map(|_| {
            permutation(stream, &mut order);
            let sure = if stream.random::<f64>() < bias { 1 } else { 0 };
            order.iter().filter(|i| sure == 0 || **i != 0).take(3 - sure).fold(sure as u64, |m, i| m | 1 << i)
        })
        .collect()
}

fn random_rankings(stream: &mut crate::stats::resample::Stream, n: usize) -> Vec<u8> {
    let mut order = [0; 4];
    (0..n)
        .flat_map(|_| {
            permutation(stream, &mut order);
            order.map(|i| i as u8)
        })
        .collect()
}

#[test]
fn errs_as_often_as_stated() {
    let mut stream = rng(3, &["size"]);
    let mut wrong = [0; 5];
    for _ in 0..1_000 {
        let (a, b) = (sets(&mut stream, 12, 0.4), sets(&mut stream, 12, 0.4));
        let (x, y) = (random_rankings(&mut stream, 8), random_rankings(&mut stream, 8));
        let paired = inclusion(&a, &b, 6, Design::Paired, QUICK, &mut stream).unwrap();
        let dealt = inclusion(&a, &b[..7], 6, Design::Independent, QUICK, &mut stream).unwrap();
        let mean = rankings(&x, &y, 4, Places::Mean, Design::Independent, QUICK, &mut stream).unwrap();
        let each = rankings(&x, &y, 4, Places::Each, Design::Independent, QUICK, &mut stream).unwrap();
        let pairs = rankings(&x, &y, 4, Places::Mean, Design::Paired, QUICK, &mut stream).unwrap();
        for (wrong, test) in wrong.iter_mut().zip([paired, dealt, mean, each, pairs]) {
            *wrong += u32::from(test.p <= 0.05);
        }
    }
    // 50 expected at most; 4 standard deviations are 28. Ties make the tests conservative.
    assert!(wrong.iter().all(|w| (15..78).contains(w)), "{wrong:?}");
}

#[test]
fn pairs_show_what_independent_samples_hide() {
    // The form decides nearly everything; the second respondent turns five of forty answers over.
    let first: Vec<u8> = (0..40).map(|i| i % 2).collect();
    let second: Vec<u8> = first.iter().enumerate().map(|(i, c)| if i % 8 == 0 { 1 } else { *c }).collect();
    let run = |design| choices(&first, &second, 2, design, Effort::default(), &mut rng(1, &[])).unwrap();
    let (paired, dealt) = (run(Design::Paired), run(Design::Independent));
    // Five exchanges all one way: 2 in 32.
    assert!((paired.p - 2.0 / 32.0).abs() < 4.0 * paired.standard_error, "{paired:?}");
    assert!(dealt.p > 0.2, "{dealt:?}");
    assert_eq!(paired.features[1].difference, 0.125);
}

#[test]
fn two_choices_agree_with_the_exact_test() {
    use crate::stats::homogeneity::{Statistic, homogeneity};
    let choice = |ones: usize, n: usize| (0..n).map(|i| u8::from(i < ones)).collect::<Vec<_>>();
    let drawn =
        choices(&choice(3, 20), &choice(9, 25), 2, Design::Independent, Effort::default(), &mut rng(2, &[]));
    let exact = homogeneity(&[17, 3], &[16, 9], Statistic::Pearson, Effort::default(), &mut rng(1, &[]));
    let (drawn, exact) = (drawn.unwrap(), exact.unwrap());
    assert!((drawn.p - exact.p).abs() < 4.0 * drawn.standard_error, "{drawn:?} {exact:?}");
    assert_eq!(drawn.features[0].p, drawn.p);
}

#[test]
fn what_has_no_value_is_named() {
    let stream = &mut rng(1, &[]);
    let mut sets = |a: &[u64], b: &[u64], options, design| inclusion(a, b, options, design, QUICK, stream);
    assert_eq!(sets(&[], &[1], 2, Design::Independent), Err(Undefined::Empty));
    assert_eq!(
        sets(&[1, 2], &[1], 2, Design::Paired),
        Err(Undefined::LengthMismatch { first: 2, second: 1 })
    );
    assert!(sets(&[4], &[1], 2, Design::Independent).is_err());
    assert!(sets(&[1], &[1], 0, Design::Independent).is_err());
    assert!(sets(&[u64::MAX], &[1], 64, Design::Independent).is_ok());
    let mut ranks =
        |a: &[u8], options| rankings(a, &[0, 1], options, Places::Each, Design::Paired, QUICK, stream);
    assert!(ranks(&[0, 0], 2).is_err());
    assert!(ranks(&[0, 1, 0], 2).is_err());
    assert!(ranks(&[0, 1], 0).is_err());
    assert_eq!(ranks(&[1, 0], 2).map(|t| t.p), Ok(1.0));
    assert!(choices(&[2], &[0], 2, Design::Paired, QUICK, stream).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn bounded_and_symmetric(a in prop::collection::vec(0..64_u64, 1..15), b in prop::collection::vec(0..64_u64, 1..15), turn in 0..6_u32) {
        let run = |a: &[u64], b: &[u64]| inclusion(a, b, 6, Design::Independent, QUICK, &mut rng(1, &[])).unwrap();
        let test = run(&a, &b);
        prop_assert!(test.p > 0.0 && test.p <= 1.0 && test.statistic.is_finite());
        prop_assert!(test.features.iter().all(|f| f.p >= test.p - 1e-15 && f.p <= 1.0));
        let smallest = test.features.iter().map(|f| f.p).fold(1.0, f64::min);
        prop_assert_eq!(smallest, test.p);
        let back = run(&b, &a);
        prop_assert!((test.statistic - back.statistic).abs() < 1e-9);
        prop_assert!(test.features.iter().zip(&back.features).all(|(x, y)| x.difference == -y.difference));
        // Options named otherwise: the same draws, the same result.
        let renamed = |s: &[u64]| s.iter().map(|m| (m << turn | m >> (6 - turn)) & 63).collect::<Vec<_>>();
        prop_assert_eq!(run(&renamed(&a), &renamed(&b)).p, test.p);
    }
}
