//! The statistics against independently computed values: SciPy's, or the definition's in exact
//! fractions (`scripts/stats_reference.py` writes them).

use std::sync::LazyLock;

use alignspec::__testing::stats::homogeneity::{Effort, Method, Statistic, homogeneity, total_variation};
use alignspec::__testing::stats::interval::{beta_quantile, clopper_pearson, quantile_sorted, wilson};
use alignspec::__testing::stats::multiplicity::holm;
use alignspec::__testing::stats::overlap::top_k_jaccard;
use alignspec::__testing::stats::rank::{Ties, kendall, p_value, pearson, ranks, spearman};
use alignspec::__testing::stats::{Undefined, resample::rng};
use serde_json::Value;

static REFERENCE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../reference/stats.json")).unwrap());

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
            for f in [spearman, kendall, pearson] {
                assert!(matches!(f(&x, &y), Err(Undefined::Constant { .. })), "{case}");
            }
            continue;
        }
        let rho = spearman(&x, &y).unwrap();
        close(rho, number(case, "spearman"), 1e-13, case);
        close(kendall(&x, &y).unwrap(), number(case, "kendall"), 1e-13, case);
        close(pearson(&x, &y).unwrap(), number(case, "pearson"), 1e-13, case);
        close(p_value(rho, x.len()).unwrap(), number(case, "p_value"), 1e-11, case);
        if let Some(expected) = case.get("ranks_average") {
            assert_eq!(ranks(&x, Ties::Average).unwrap(), numbers(expected));
            assert_eq!(ranks(&x, Ties::Min).unwrap(), numbers(&case["ranks_min"]));
        }
    }
}

#[test]
fn p_values_are_scipys() {
    for case in cases("p_values") {
        let n = case["n"].as_u64().unwrap() as usize;
        close(p_value(number(case, "rho"), n).unwrap(), number(case, "p"), 1e-11, case);
    }
}

#[test]
fn intervals_are_scipys() {
    for case in cases("intervals") {
        let (k, n) = (case["successes"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let confidence = number(case, "confidence");
        let exact = clopper_pearson(k, n, confidence).unwrap();
        let score = wilson(k, n, confidence).unwrap();
        for (interval, key) in [(exact, "clopper_pearson"), (score, "wilson")] {
            let expected = numbers(&case[key]);
            // Shares: their absolute error counts.
            assert!((interval.low - expected[0]).abs() < 1e-12, "{interval:?} {case}");
            assert!((interval.high - expected[1]).abs() < 1e-12, "{interval:?} {case}");
        }
    }
}

#[test]
fn quantiles_are_scipys() {
    for case in cases("beta_quantiles") {
        let quantile = beta_quantile(number(case, "a"), number(case, "b"), number(case, "p")).unwrap();
        close(quantile, number(case, "quantile"), 1e-11, case);
    }
    let case = &REFERENCE["quantiles"];
    let sorted = numbers(&case["sorted"]);
    for (level, expected) in numbers(&case["levels"]).into_iter().zip(numbers(&case["quantiles"])) {
        close(quantile_sorted(&sorted, level).unwrap(), expected, 1e-14, case);
    }
}

#[test]
fn corrections_are_holms() {
    for case in cases("corrections") {
        for (actual, expected) in holm(&numbers(&case["p"])).unwrap().into_iter().zip(numbers(&case["holm"]))
        {
            close(actual, expected, 1e-15, case);
        }
    }
}

#[test]
fn overlaps_are_the_mean_over_all_ways_to_break_ties() {
    for case in cases("overlaps") {
        let k = case["k"].as_u64().unwrap() as usize;
        let overlap = top_k_jaccard(&numbers(&case["x"]), &numbers(&case["y"]), k).unwrap();
        close(overlap.value, number(case, "value"), 1e-15, case);
        assert_eq!((overlap.least, overlap.most), (number(case, "least"), number(case, "most")), "{case}");
    }
}

#[test]
fn homogeneity_is_the_sum_over_all_tables() {
    for case in cases("homogeneity") {
        let (first, second) = (counts(&case["first"]), counts(&case["second"]));
        let distance = total_variation(&first, &second).unwrap();
        close(distance, number(case, "total_variation"), 1e-15, case);
        for (statistic, key) in
            [(Statistic::Pearson, "Pearson"), (Statistic::G, "G"), (Statistic::Probability, "Probability")]
        {
            let mut stream = rng(1, &["reference"]);
            let test = homogeneity(&first, &second, statistic, Effort::default(), &mut stream).unwrap();
            close(test.statistic, number(&case[key], "statistic"), 1e-12, case);
            close(test.p, number(&case[key], "p"), 1e-12, case);
            assert_eq!(test.method, Method::Exact { tables: case["tables"].as_u64().unwrap() });

            let drawn = Effort { tables: 0, draws: 4_000, enough: None };
            let drawn = homogeneity(&first, &second, statistic, drawn, &mut stream).unwrap();
            let error = (test.p * (1.0 - test.p) / 4_000.0).sqrt() + 1.0 / 4_000.0;
            assert!((drawn.p - test.p).abs() < 4.0 * error, "{drawn:?} {case}");
        }
    }
}
