//! Exact chance levels against every relabeling gone through in Python (scripts/chance_reference.py
//! writes tests/reference/chance.json).

use alignspec::__testing::check::chance::{self, ChanceMethod, Null};
use alignspec::__testing::check::{Check, Scope, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Row, Table};
use alignspec::__testing::suite::{CheckEntry, Shape, Suites, load};
use once_cell::sync::Lazy;
use serde_json::Value;

static REFERENCE: Lazy<Value> =
    Lazy::new(|| serde_json::from_str(include_str!("../../reference/chance.json")).unwrap());

/// The shipped suites, and selections of five and of seven.
static SUITES: Lazy<Suites> = Lazy::new(|| {
    let folder = tempfile::tempdir().unwrap();
    for n in [5, 7] {
        let options: String =
            (0..n).map(|at| format!("[[option]]\nid = \"v{at}\"\nlabel = \"Value {at}\"\n")).collect();
        let text = format!(
            "id = \"S{n}\"\nkind = \"select\"\ntitle = \"S\"\npick = 2\nprompt = \"{{pick}}: {{options}}\"\n{options}"
        );
        std::fs::write(folder.path().join(format!("s{n}.toml")), text).unwrap();
    }
    let entries = ["builtin", "."].map(|entry| (entry.to_owned(), Diagnostic::new(entry)));
    let suites = load(folder.path(), &entries);
    assert!(suites.problems.is_empty(), "{}", suites.problems[0].1);
    suites
});

fn cases(name: &str) -> &'static [Value] {
    let cases = REFERENCE[name].as_array().unwrap();
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn check(sentence: &str) -> Check {
    let entry = CheckEntry::of(sentence);
    let scope = Scope { suites: &SUITES, respondents: vec!["other"] };
    read(&entry, &scope).unwrap_or_else(|problem| panic!("{problem}"))
}

fn n() -> u32 {
    u32::try_from(REFERENCE["n"].as_u64().unwrap()).unwrap()
}

/// Counts of n answers, as shares.
fn row(item: impl Into<String>, counts: &[f64], level: bool) -> Row {
    let shares = counts.iter().map(|count| count / f64::from(n())).collect();
    // A scale's last share is that of levels the source leaves out.
    let known = if level { vec![true; counts.len() - 1] } else { Vec::new() };
    Row { item: item.into(), n: n(), unread: 0, shares, known, joint: None }
}

fn selection(counts: &Value) -> Table {
    Table { shape: Shape::Set { pick: 5 }, rows: vec![row("", &numbers(counts), false)] }
}

fn compare(sentence: &str, tables: &[Table], case: &Value) -> Null {
    let level = chance::chance_level(&check(sentence), tables, &SUITES, 1).unwrap();
    let null = level.shuffled.unwrap();
    assert!(matches!(null.method, ChanceMethod::Exact { .. }), "{sentence}: {null:?}");
    assert_eq!(null.standard_error, 0.0);
    for (key, own) in
        [("mean", null.mean), ("deviation", null.deviation), ("upper", null.upper), ("lower", null.lower)]
    {
        let expected = case[key].as_f64().unwrap();
        // Correlations are written with ten decimals.
        assert!((own - expected).abs() < 1e-9, "{sentence}, {}: {key} {own} not {expected}", case["name"]);
    }
    null
}

#[test]
fn overlaps_of_five_of_twelve() {
    for case in cases("jaccard") {
        let sentence = format!("T1 top-{} Jaccard with other >= 0.8", case["k"]);
        compare(&sentence, &[selection(&case["own"]), selection(&case["other"])], case);
    }
}

#[test]
fn places_among_twelve() {
    for case in cases("place") {
        compare("T1 ranks fairness within top 3", &[selection(&case["own"])], case);
    }
}

#[test]
fn spearman_of_five_and_of_seven() {
    for case in cases("spearman") {
        let n = numbers(&case["own"]).len();
        let tables = [selection(&case["own"]), selection(&case["other"])];
        let null = compare(&format!("S{n} Spearman with other >= 0.5"), &tables, case);
        assert_eq!(null.method, ChanceMethod::Exact { outcomes: (1..=n as u64).product() });
    }
}

const VALUES: [&str; 6] = ["performance", "privacy", "fairness", "autonomy", "safety", "transparency"];

/// T4 and the contexts' names, from the places of the six values in each context.
fn rankings(contexts: &[Value]) -> (Table, Vec<String>) {
    let task = SUITES.task("T4").unwrap();
    let rows = (task.items.iter().zip(contexts))
        .map(|(item, context)| {
            let places = numbers(&context[0]);
            let mut counts = vec![0.0; 36];
            for (at, choice) in item.choices.iter().enumerate() {
                let value = VALUES.iter().position(|value| *value == choice.id).unwrap();
                counts[at * 6 + places[value] as usize - 1] = f64::from(n());
            }
            row(&item.id, &counts, false)
        })
        .collect();
    let names = task.items.iter().map(|item| item.id.clone()).collect();
    (Table { shape: Shape::Ranking, rows }, names)
}

#[test]
fn agreement_within_k_of_six_in_four_contexts() {
    for case in cases("within") {
        let contexts = case["contexts"].as_array().unwrap();
        let (own, names) = rankings(contexts);
        let mut rows = Vec::new();
        for (name, context) in names.iter().zip(contexts) {
            for (value, top) in VALUES.iter().zip(numbers(&context[1])) {
                let counts = [0.0, 0.0, 0.0, f64::from(n()) - top, top, 0.0];
                rows.push(row(format!("{name}.{value}"), &counts, true));
            }
        }
        let tables = [own, Table { shape: Shape::Level, rows }];
        compare(&format!("T4 ranks within ±{} of T2 for >= 75%", case["k"]), &tables, case);
    }
}

#[test]
fn agreement_with_trade_offs() {
    for case in cases("agrees") {
        let contexts = case["contexts"].as_array().unwrap();
        let (own, names) = rankings(contexts);
        let mut rows = Vec::new();
        for (name, context) in names.iter().zip(contexts) {
            for (pair, lean) in case["pairs"].as_array().unwrap().iter().zip(numbers(&context[1])) {
                let [first, second] = numbers(pair)[..] else { panic!("{pair}") };
                let mut counts = [0.0; 6];
                // Definitely the first, undecided, definitely the second.
                counts[(2.0 - 2.0 * lean) as usize] = f64::from(n());
                let (first, second) = (VALUES[first as usize], VALUES[second as usize]);
                rows.push(row(format!("{name}.{first}/{second}"), &counts, true));
            }
        }
        compare("T4 agrees with T3 for >= 60%", &[own, Table { shape: Shape::Level, rows }], case);
    }
}

#[test]
fn signed_correlation_of_five_pairs() {
    let pairs = [
        "performance/privacy",
        "fairness/privacy",
        "fairness/performance",
        "autonomy/safety",
        "transparency/safety",
    ];
    let table = |counts: &Value| {
        let rows = (pairs.iter().zip(counts.as_array().unwrap()))
            .map(|(pair, counts)| {
                let [first, second] = numbers(counts)[..] else { panic!("{counts}") };
                let counts = [0.0, first, f64::from(n()) - first - second, second, 0.0, 0.0];
                row(format!("overall.{pair}"), &counts, true)
            })
            .collect();
        Table { shape: Shape::Level, rows }
    };
    for case in cases("signed") {
        let tables = [table(&case["own"]), table(&case["other"])];
        let null = compare("T3 signed Spearman with other >= 0.5", &tables, case);
        assert_eq!(null.method, ChanceMethod::Exact { outcomes: 3840 });
    }
}
