//! Ties, what has no value, and what must not change a correlation.

use super::*;
use proptest::prelude::*;

#[test]
fn ties_share_ranks_and_signed_zeros_are_tied() {
    assert_eq!(ranks(&[0.0, -0.0, 1.0]), Ok(vec![1.5, 1.5, 3.0]));
    assert_eq!(ranks(&[]), Ok(vec![]));
}

#[test]
fn what_has_no_value_is_named() {
    let out_of_range = Err(UndefinedStatistic::OutOfRange { what: "every value", must: "a number" });
    for f in [spearman, kendall] {
        assert_eq!(f(&[1.0], &[1.0]), Err(UndefinedStatistic::TooFew { n: 1, least: 2 }));
        assert_eq!(f(&[1.0, 2.0], &[1.0]), Err(UndefinedStatistic::LengthMismatch { first: 2, second: 1 }));
        assert_eq!(f(&[1.0, f64::NAN], &[1.0, 2.0]), out_of_range);
        let which = |a: &[f64], b: &[f64]| f(a, b).unwrap_err();
        assert_eq!(
            which(&[1.0, 1.0], &[1.0, 2.0]),
            UndefinedStatistic::Constant { which: WhichInput::First }
        );
        assert_eq!(
            which(&[1.0, 2.0], &[1.0, 1.0]),
            UndefinedStatistic::Constant { which: WhichInput::Second }
        );
        assert_eq!(which(&[1.0, 1.0], &[2.0, 2.0]), UndefinedStatistic::Constant { which: WhichInput::Both });
    }
}

fn columns() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    // Few distinct values, so that ties are common.
    prop::collection::vec((0..6_u8, 0..6_u8), 2..40)
        .prop_map(|v| v.into_iter().map(|(a, b)| (f64::from(a) / 5.0, f64::from(b) / 5.0)).unzip())
}

proptest! {
    #[test]
    fn correlations_are_bounded_symmetric_and_blind_to_labels((x, y) in columns(), turn in 0..40_usize) {
        for f in [spearman, kendall] {
            let Ok(r) = f(&x, &y) else { continue };
            prop_assert!((-1.0..=1.0).contains(&r));
            prop_assert!((r - f(&y, &x).unwrap()).abs() < 1e-15);
            let (mut a, mut b) = (x.clone(), y.clone());
            a.rotate_left(turn % x.len());
            b.rotate_left(turn % x.len());
            prop_assert!((r - f(&a, &b).unwrap()).abs() < 1e-14);
            prop_assert!((f(&x, &x).unwrap() - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn only_the_order_matters((x, y) in columns()) {
        let bent: Vec<f64> = x.iter().map(|v| v.powi(3) * 7.0 - 2.0).collect();
        let turned: Vec<f64> = x.iter().map(|v| -v).collect();
        for f in [spearman, kendall] {
            prop_assert_eq!(f(&x, &y), f(&bent, &y));
            prop_assert_eq!(f(&x, &y).map(|r| -r), f(&turned, &y));
        }
    }

    #[test]
    fn a_ranker_gives_the_same_when_used_again((x, y) in columns(), (u, v) in columns()) {
        let mut ranker = Ranker::default();
        let _ = ranker.spearman(&u, &v);
        prop_assert_eq!(ranker.spearman(&x, &y), spearman(&x, &y));
        let ranked = ranks(&y).unwrap();
        prop_assert_eq!(ranker.spearman_with_ranked(&x, &ranked), spearman(&x, &y));
    }
}
