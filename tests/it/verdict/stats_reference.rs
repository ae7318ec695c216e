//! The statistics against independently computed values: SciPy's, or the definition's in exact
//! fractions (`scripts/stats_reference.py` writes them).

use alignspec::__testing::stats::UndefinedStatistic;
use alignspec::__testing::stats::fisher::Law;
use alignspec::__testing::stats::interval::{beta_quantile, clopper_pearson};
use alignspec::__testing::stats::overlap::top_k_jaccard;
use alignspec::__testing::stats::rank::{kendall, ranks, spearman};
use once_cell::sync::Lazy;
use serde_json::Value;

static REFERENCE: Lazy<Value> =
    Lazy::new(|| serde_json::from_str(include_str!("../../reference/stats.json")).unwrap());

fn cases(name: &str) -> &'static [Value] {
    let cases = REFERENCE[name].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("no number {key} in {case}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn counts(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect()
}

/// Equal to `within`, relative to the expected value, so that small p-values are compared too.
#[track_caller]
fn close(actual: f64, expected: f64, within: f64, case: &Value) {
    let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
    assert!((actual - expected).abs() <= within * scale, "{actual:e} is not {expected:e} in {case}");
}

/// The generator of the script: two columns with a common part.
fn generated(recipe: &[u64]) -> (Vec<f64>, Vec<f64>) {
    let [seed, n, common, own] = recipe[..] else { panic!("{recipe:?}") };
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..n)
        .map(|_| {
            let shared = next(common);
            ((shared + next(own)) as f64, (shared + next(own)) as f64)
        })
        .unzip()
}

#[test]
fn correlations_are_scipys() {
    for case in cases("correlations") {
        let (x, y) = match case.get("x") {
            Some(x) => (numbers(x), numbers(&case["y"])),
            None => generated(&counts(&case["generated"])),
        };
        if case.get("undefined").is_some() {
            for f in [spearman, kendall] {
                assert!(matches!(f(&x, &y), Err(UndefinedStatistic::Constant { .. })), "{case}");
            }
            continue;
        }
        close(spearman(&x, &y).unwrap(), number(case, "spearman"), 1e-13, case);
        close(kendall(&x, &y).unwrap(), number(case, "kendall"), 1e-13, case);
        if let Some(expected) = case.get("ranks_average") {
            assert_eq!(ranks(&x).unwrap(), numbers(expected));
        }
    }
}

#[test]
fn intervals_are_scipys() {
    for case in cases("intervals") {
        let (k, n) = (case["successes"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let confidence = number(case, "confidence");
        let interval = clopper_pearson(k, n, confidence).unwrap();
        let expected = numbers(&case["clopper_pearson"]);
        // Shares: their absolute error counts.
        assert!((interval.low - expected[0]).abs() < 1e-12, "{interval:?} {case}");
        assert!((interval.high - expected[1]).abs() < 1e-12, "{interval:?} {case}");
    }
}

#[test]
fn quantiles_are_scipys() {
    for case in cases("beta_quantiles") {
        let quantile = beta_quantile(number(case, "a"), number(case, "b"), number(case, "p")).unwrap();
        close(quantile, number(case, "quantile"), 1e-11, case);
    }
}

#[test]
fn overlaps_are_the_mean_over_all_ways_to_break_ties() {
    for case in cases("overlaps") {
        let k = case["k"].as_u64().unwrap() as usize;
        let overlap = top_k_jaccard(&numbers(&case["x"]), &numbers(&case["y"]), k).unwrap();
        close(overlap.value, number(case, "value"), 1e-15, case);
    }
}

#[test]
fn exact_tests_of_two_shares_are_scipys() {
    for case in cases("two_shares") {
        let (first, second) = (counts(&case["first"]), counts(&case["second"]));
        let law = Law::new(first.iter().sum(), second.iter().sum(), first[0] + second[0]).unwrap();
        close(law.p_value(first[0]).unwrap(), number(case, "p"), 1e-11, case);
    }
}
