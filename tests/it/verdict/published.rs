//! The study's printed figures, rebuilt from the shipped tallies by the measures that checks use, to
//! the printed digits; and against SciPy's unrounded values (tests/reference/published.toml, written
//! by scripts/check_published.py).

use std::collections::BTreeMap;
use std::path::Path;

use alignspec::__testing::baseline::{Tallies, Tally};
use alignspec::__testing::check::{Scope, Undefined, Who, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::Table;
use alignspec::__testing::stats::rank::ranks;
use alignspec::__testing::suite::{CheckEntry, Suites, load};
use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

#[derive(Deserialize)]
struct Reference {
    figure: Vec<Figure>,
    t4_against_t2: Vec<Agreement>,
}

#[derive(Deserialize)]
struct Figure {
    table: String,
    row: String,
    #[serde(default)]
    baseline: String,
    printed: String,
    statistic: f64,
    p: Option<f64>,
    stars: Option<String>,
    stars_of_p: Option<String>,
    /// Why the printed figure does not come out.
    differs: Option<String>,
    /// Whether it comes from counts that cannot be right, so that there is no number here.
    #[serde(default)]
    untold: bool,
}

#[derive(Deserialize)]
struct Agreement {
    ties: String,
    within: usize,
    exact: usize,
}

struct Shipped {
    suites: Suites,
    tallies: Tallies,
}

fn shipped() -> Shipped {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    let suites = load(Path::new("."), &builtin);
    assert!(suites.problems.is_empty(), "{}", suites.problems[0].1);
    let tallies = Tallies::load(Path::new("."), &builtin);
    assert!(tallies.problems.is_empty(), "{}", tallies.problems[0].1);
    Shipped { suites, tallies }
}

fn reference() -> Reference {
    let text = include_str!("../../reference/published.toml");
    toml::from_str(text).expect("the reference file is valid")
}

impl Shipped {
    fn value(&self, model: &str, sentence: &str) -> Result<f64, String> {
        let entry = CheckEntry::of(sentence);
        let scope = Scope { suites: &self.suites, respondents: self.tallies.names().collect() };
        let check = read(&entry, &scope).unwrap_or_else(|problem| panic!("{problem}"));
        let tables: Result<Vec<Table>, String> = check
            .measure
            .inputs()
            .iter()
            .map(|input| {
                let who = match &input.who {
                    Who::Subject => model,
                    Who::Respondent(name) => name,
                    Who::Snapshot => panic!("no snapshot here"),
                };
                let task = self.suites.task(&input.task).expect("a shipped task");
                let profile = self.tallies.get(who).expect("a shipped tally").profile(task);
                let profile = profile.map_err(|problem| problem.to_string())?;
                Ok(profile.expect("figures").table(task, input.view))
            })
            .collect();
        let tables = tables?;
        let undefined = |why: Undefined| why.to_string();
        let mut statistic = check.measure.prepare(&tables, &self.suites).map_err(undefined)?;
        statistic(&tables).map_err(undefined)
    }
}

#[test]
fn every_printed_figure_comes_out_to_its_digits() {
    let (shipped, reference) = (shipped(), reference());
    let (mut matched, mut untold) = (BTreeMap::<&str, usize>::new(), 0);
    for figure in &reference.figure {
        let sentence = match figure.table.as_str() {
            "I" => format!("T1 Spearman with {} >= 0.5", figure.baseline),
            "II" | "FigS14" => format!("T2 Spearman with {} >= 0.5", figure.baseline),
            "III" => format!("T3 signed Spearman with {} >= 0.5", figure.baseline),
            "S4" => "T1 top-5 Jaccard across orders >= 0.5".to_owned(),
            "S5" => "T1 Jaccard at 70% across orders >= 0.5".to_owned(),
            "S6" => "T1 count spread across orders >= 0.5".to_owned(),
            "J" => format!("T1 top-5 Jaccard with {} >= 0.5", figure.baseline),
            other => panic!("unknown table {other}"),
        };
        *matched.entry(figure.table.as_str()).or_default() += 1;
        let value = shipped.value(&figure.row, &sentence);
        if figure.untold {
            let why = value.expect_err("no number");
            assert!(why.contains("cannot be used") || why.contains("do not say how many"), "{why}");
            untold += 1;
            continue;
        }
        let value = value.unwrap_or_else(|why| panic!("{} {sentence}: {why}", figure.row));
        let digits = figure.printed.split('.').nth(1).map_or(0, str::len);
        assert_eq!(
            format!("{value:.digits$}") == figure.printed,
            figure.differs.is_none(),
            "table {}, {}: {sentence}: {value}, printed {}",
            figure.table,
            figure.row,
            figure.printed
        );
        assert!((value - figure.statistic).abs() < 1e-9, "{value} is not SciPy's {}", figure.statistic);
        if let Some(p) = figure.p {
            let n = match figure.table.as_str() {
                "I" => 12,
                "II" => 28,
                _ => 10,
            };
            let own = p_value(value, n);
            assert!((own - p).abs() < 1e-9 * p.max(1e-3), "p {own} is not SciPy's {p}");
            assert_eq!(figure.stars_of_p.as_deref(), Some(stars(own)));
            // Table I's stars are right; Table III understates its, and one of Table II's is a
            // rounding away (p = 0.001001).
            if figure.table == "I" {
                assert_eq!(figure.stars.as_deref(), Some(stars(own)));
            }
        }
    }
    let counts: Vec<(&str, usize)> = matched.into_iter().collect();
    let wanted =
        [("FigS14", 136), ("I", 16), ("II", 16), ("III", 16), ("J", 16), ("S4", 22), ("S5", 22), ("S6", 22)];
    assert_eq!(counts, wanted);
    // Of two models, all three.
    assert_eq!(untold, 6);
}

/// Student's t with n − 2 degrees of freedom, two-sided: how the study has its stars.
fn p_value(rho: f64, n: usize) -> f64 {
    let freedom = (n - 2) as f64;
    let t = rho.abs() * (freedom / ((1.0 - rho) * (1.0 + rho))).sqrt();
    2.0 * StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom").sf(t)
}

fn average_ranks(values: &[f64]) -> Vec<f64> {
    ranks(values).expect("numbers")
}

/// As in a race: of those that are equal, each has the first place.
fn lowest_ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: &f64| values.iter().filter(|other| *other < value).count();
    values.iter().map(|value| 1.0 + below(value) as f64).collect()
}

/// The published runs of T4 that are no permutation, each value's rank, by context: profiles only count them.
fn not_permutations(tally: &Tally) -> BTreeMap<String, Vec<BTreeMap<String, f64>>> {
    #[derive(Deserialize)]
    struct Published {
        published: Runs,
    }
    #[derive(Deserialize)]
    struct Runs {
        #[serde(default)]
        not_permutations: Vec<BTreeMap<String, f64>>,
    }
    #[derive(Deserialize)]
    struct File {
        #[serde(rename = "T4")]
        t4: BTreeMap<String, Published>,
    }
    let file: File = toml::from_str(&tally.file.text).expect("T4");
    file.t4.into_iter().map(|(context, of)| (context, of.published.not_permutations)).collect()
}

fn stars(p: f64) -> &'static str {
    match p {
        p if p < 0.001 => "***",
        p if p < 0.01 => "**",
        p if p < 0.05 => "*",
        _ => "",
    }
}

/// The study's T4 means are over the runs it used, three of which are no permutations.
#[test]
fn t4_against_t2_needs_the_published_runs_and_one_way_of_breaking_ties() {
    let (shipped, reference) = (shipped(), reference());
    let (t4, t2) = (shipped.suites.task("T4").expect("T4"), shipped.suites.task("T2").expect("T2"));
    for agreement in &reference.t4_against_t2 {
        let own_ranks = if agreement.ties == "min" { lowest_ranks } else { average_ranks };
        let (mut within, mut exact, mut cells) = (0, 0, 0);
        for tally in
            shipped.tallies.tallies.iter().filter(|tally| tally.file.name.starts_with("builtin:models/"))
        {
            let ranked = tally.profile(t4).expect("valid").expect("figures");
            let rated = tally
                .profile(t2)
                .expect("valid")
                .expect("figures")
                .table(t2, alignspec::__testing::profile::View::Main);
            let irregular = not_permutations(tally);
            for item in &t4.items {
                let cell = &ranked.items[&item.id].forms["published"];
                let mut sums = vec![0.0; item.choices.len()];
                let mut runs = 0.0;
                if let alignspec::__testing::profile::Counts::Ranking { rows } = &cell.counts {
                    for order in rows {
                        order
                            .iter()
                            .zip(1..)
                            .for_each(|(choice, place)| sums[usize::from(*choice)] += f64::from(place));
                        runs += 1.0;
                    }
                }
                for run in irregular.get(&item.id).into_iter().flatten() {
                    item.choices.iter().zip(&mut sums).for_each(|(choice, sum)| *sum += run[&choice.id]);
                    runs += 1.0;
                }
                let means: Vec<f64> = sums.iter().map(|sum| sum / runs).collect();
                let top = |choice: &str| {
                    -rated.rows[rated.row(&format!("{}.{choice}", item.id)).expect("rated")].shares[4]
                };
                let shares: Vec<f64> = item.choices.iter().map(|choice| top(&choice.id)).collect();
                let own = own_ranks(&means);
                let other = average_ranks(&shares);
                for (a, b) in own.iter().zip(other) {
                    within += usize::from((a - b).abs() <= 2.0);
                    exact += usize::from(a == &b);
                    cells += 1;
                }
            }
        }
        assert_eq!(
            (within, exact, cells),
            (agreement.within, agreement.exact, 192),
            "ties {}",
            agreement.ties
        );
    }
    let min = reference.t4_against_t2.iter().find(|agreement| agreement.ties == "min").expect("min");
    assert_eq!((min.within, min.exact), (144, 28));
}
