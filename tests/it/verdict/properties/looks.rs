//! A look that decides nothing is not given its interval: what it says of the bound is what the interval would say, for
//! every measure, any answers, and any number of them.

use std::sync::Arc;

use alignspec::__testing::check::{Confidence, Test, Undefined, Unit, Who};
use alignspec::__testing::profile::{Joint, Table, UNREAD};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::verdict::{
    JudgingOptions, Outcome, SurveyOrder, decide, judge, look, outcome, told,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Recipe, SENTENCES, SIDED, SUITES, how, named, recipes};
use crate::support::small::{check, tables};

/// These have no bound that could be asked instead.
fn sentences() -> impl Iterator<Item = String> {
    let further = ["S2 Spearman with other beats chance", "S4 order agreement with other beats chance"];
    SENTENCES.iter().copied().chain(SIDED).chain(further).map(|sentence| named(sentence, [0, 1, 2, 3], "x"))
}

/// The tables with responses that were not read behind the answers of the subject: so many in each form.
fn with_unread(tables: &mut [Table], inputs: usize, unread: usize) {
    for row in tables.iter_mut().take(inputs).flat_map(|table| &mut table.rows) {
        let joint = match row.joint.as_deref() {
            Some(Joint::Sets(sets)) => Joint::Sets([sets.clone(), vec![0; unread]].concat()),
            Some(Joint::Rankings(orders)) => {
                Joint::Rankings([orders.clone(), vec![Vec::new(); unread]].concat())
            }
            Some(Joint::Levels(forms)) => {
                let more = |levels: &Vec<u8>| [levels.clone(), vec![UNREAD; unread]].concat();
                Joint::Levels(forms.iter().map(|(label, levels)| (label.clone(), more(levels))).collect())
            }
            _ => continue,
        };
        let forms = if let Joint::Levels(forms) = &joint { forms.len() } else { 1 };
        row.unread = (unread * forms) as u32;
        row.joint = Some(Arc::new(joint));
    }
}

/// The figures of others as those of a survey of people, where they are of a kind that surveys have.
fn surveyed(mut table: Table) -> Table {
    for row in &mut table.rows {
        if !matches!(row.joint.as_deref(), Some(Joint::Rankings(_))) {
            row.joint = Some(Arc::new(Joint::Panel));
        }
    }
    table
}

/// Bounds near the value, at the ends of the interval, and at those of all numbers.
fn bounds(unit: Unit, estimate: f64, (low, high): (f64, f64)) -> Vec<f64> {
    if unit == Unit::Place {
        return vec![1.0, 2.0, 3.0];
    }
    let thousandth = |number: f64| (number * 1e3).round() / 1e3;
    let near = [-0.05, -0.001, 0.0, 0.05].map(|off| thousandth(estimate) + off);
    let ends = [low, high].map(thousandth).map(|end| [end - 0.001, end, end + 0.0005]);
    near.into_iter().chain(ends.into_iter().flatten()).chain([estimate, -1.0, 0.0, 1.0]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5,
        rng_seed: RngSeed::Fixed(20251127),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_side_of_a_bound_is_that_of_the_interval(recipe in recipes(), how in how(), unread in 0..3_usize) {
        let all = recipe.respondents();
        for sentence in sentences() {
            let check = check(&SUITES, &sentence);
            let mut tables = tables(&SUITES, &check, (&all[0], usize::MAX), [&all[1], &all[2]]);
            let own = check.measure.inputs().iter().filter(|input| input.who == Who::Subject).count();
            with_unread(&mut tables, own, unread);
            let ends = |bound: f64, search: EndSearch| {
                let sure = Confidence { rate: how.rate, design: how.design, bound, search, seed: 1 };
                check.measure.interval(&tables, &SUITES, &sure)
            };
            let value = check.measure.prepare(&tables, &SUITES).and_then(|mut statistic| statistic(&tables));
            let (Ok(estimate), Ok(first)) = (value, ends(0.5, EndSearch::Told)) else { continue };
            for bound in bounds(check.unit, estimate, first) {
                let (told, side) = (ends(bound, EndSearch::Told), ends(bound, EndSearch::Side));
                for test in [Test::AtLeast(bound), Test::AtMost(bound), Test::BeatsChance] {
                    let of = |ends: &Result<(f64, f64), Undefined>| {
                        ends.as_ref().map(|ends| outcome(test, bound, *ends)).ok()
                    };
                    prop_assert_eq!(of(&told), of(&side), "{} {:?} {:?} {:?}", sentence, test, told, side);
                }
            }
        }
    }
}

/// As a run looks, and as it looked when each look had its interval and the surveys one order.
#[test]
fn every_look_says_what_it_says_with_its_interval() {
    let (mut decided, mut undecided, mut held) = (0, 0, 0);
    for seed in 0..3_u64 {
        let families = [0, 1, 2].map(|who| crate::support::small::FAMILIES[(seed as usize * 2 + who) % 5]);
        let all = Recipe { seed, families, sizes: [60, 60, 150] }.respondents();
        for sentence in sentences() {
            let check = check(&SUITES, &sentence);
            let options = JudgingOptions {
                seed: 1,
                baseline_uncertainty: (seed % 2 == 1).then_some(0.9),
                chance: false,
                design: Design::Growing { most: 60 },
            };
            let mut order = SurveyOrder::default();
            for n in [4, 8, 20, 60] {
                let tables = tables(&SUITES, &check, (&all[0], n), [&all[1], &all[2]]);
                let inputs = check.measure.inputs();
                let tables: Vec<Table> = (inputs.iter().zip(tables))
                    .map(|(input, table)| if input.who == Who::Subject { table } else { surveyed(table) })
                    .collect();
                let whole = decide(&check, &tables, &SUITES, 0.05, &options);
                let side = look(&check, &tables, &SUITES, 0.05, &options, EndSearch::Side, &mut order);
                let said = whole.as_ref().map(|whole| (whole.outcome, whole.standing, whole.surveys));
                let found = side.as_ref().map(|side| (side.outcome, side.standing, side.surveys));
                assert_eq!(said, found, "{sentence} after {n}");
                let (Ok(whole), Ok(side)) = (whole, side) else { continue };
                held += u32::from(whole.surveys.is_some());
                if whole.outcome == Outcome::Inconclusive {
                    undecided += 1;
                    continue;
                }
                decided += 1;
                let verdict = judge(&check, &tables, &SUITES, 0.05, &options).expect("a verdict");
                let of_side = told(&check, &tables, &SUITES, 0.05, &options, side).expect("a verdict");
                assert_eq!(of_side, verdict, "{sentence} after {n}");
                break;
            }
        }
    }
    assert!(decided > 40, "{decided}");
    assert!(undecided > 40, "{undecided}");
    assert!(held > 5, "{held}");
}
