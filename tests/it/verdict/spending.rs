//! Exact error spending against an independent implementation (`scripts/spending_reference.py`), and the rate
//! of whole verdicts where the truth lies on the bound and the answers that may be asked grow.

use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::stats::spending::{boundary, first_above};
use rand::RngExt;
use serde_json::Value;
use statrs::distribution::{Binomial, DiscreteCDF};

use crate::simulation::bound::{self, CAPS, CASES, Case};
use crate::simulation::world::World;

/// The chance of so many wrong ones or more, if each is wrong with the chance `rate`.
fn luck(wrong: u32, runs: u32, rate: f64) -> f64 {
    let binomial = Binomial::new(rate, u64::from(runs)).expect("a rate");
    wrong.checked_sub(1).map_or(1.0, |fewer| binomial.sf(u64::from(fewer)))
}

#[test]
fn boundaries_are_those_of_exact_fractions() {
    let reference: Value =
        serde_json::from_str(include_str!("../../reference/spending.json")).expect("a reference");
    let cases = reference["boundaries"].as_array().expect("boundaries");
    assert!(cases.len() >= 38);
    for case in cases {
        let number = |key: &str| {
            let (over, under) = case[key].as_str().expect(key).split_once('/').expect("a fraction");
            over.parse::<f64>().expect("a number") / under.parse::<f64>().expect("a number")
        };
        let fewest: Vec<u32> = (case["fewest"].as_array().expect("a list").iter())
            .map(|number| number.as_u64().expect("a number") as u32)
            .collect();
        let forms = case["forms"].as_u64().expect("forms") as u32;
        let found = boundary(number("share"), number("rate"), forms, fewest.len() as u32);
        assert_eq!(found, fewest, "{} {} {forms}", case["share"], case["rate"]);
    }
}

#[test]
fn a_share_on_its_bound_is_refuted_as_rarely_as_stated() {
    let (runs, rate, most) = (20_000, 0.01, 1_000);
    for (bound, shares) in [(0.5, vec![0.5]), (0.8, vec![0.8]), (0.6, vec![0.6, 0.6]), (0.6, vec![0.8, 0.4])]
    {
        let mut refuted = 0;
        let forms = shares.len() as u32;
        for run in 0..runs {
            let mut rng = rng(5, &["on the bound", &format!("{shares:?}"), &run.to_string()]);
            let mut yes = 0;
            let path = (0..most / forms).map(|_| {
                yes += shares.iter().map(|share| u32::from(rng.random_bool(*share))).sum::<u32>();
                yes
            });
            refuted += u32::from(first_above(bound, rate, forms, path).is_some());
        }
        assert!(luck(refuted, runs, rate) > 1e-4, "{bound} {shares:?}: {refuted} of {runs}");
        // Alike forms use what there is: 98 % of it within 1,000 answers.
        let exact = if forms == 2 { bound::exact(bound, [shares[0], shares[1]], rate) } else { 0.98 * rate };
        let off = f64::from(refuted) - exact * f64::from(runs);
        assert!(
            off.abs() < 4.5 * (exact * f64::from(runs)).sqrt() + 1.0,
            "{bound} {shares:?}: {refuted} {exact}"
        );
    }
}

/// The whole way of a run: tables, looks, a decision, and all of it again with a larger cap.
#[test]
fn a_cap_that_grows_after_looking_costs_no_error() {
    let world = World::shipped().expect("shipped");
    let (runs, rate) = (200, 0.05);
    for case in CASES {
        let counted = bound::run(&world, case, rate, runs).expect("judged");
        for wrong in [counted.pass, counted.fail] {
            assert!(luck(wrong, runs, rate) > 1e-4, "{case:?}: {counted:?}");
        }
    }
    // The same answers, by whatever looks and caps: the same verdict.
    let case = Case { bound: 0.6, shares: [0.8, 0.6] };
    let grown = bound::run(&world, case, rate, 60).expect("judged");
    let at_once = bound::at_once(&world, case, rate, 60).expect("judged");
    assert!(grown == at_once && grown.pass > 40, "{grown:?} {at_once:?}");
}

#[test]
fn sign_tests_do_not_know_how_many_answers_may_be_asked() {
    for (up, down) in [(8.0, 0.0), (20.0, 4.0), (120.0, 70.0)] {
        let p = CAPS.map(|most| {
            let design = Design::Growing { most };
            design.sign_p(design.sign_evidence(up, down))
        });
        assert!(p.windows(2).all(|pair| pair[0] == pair[1]), "{up} {down}: {p:?}");
    }
}
