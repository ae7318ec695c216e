//! A check that is added takes from the error rate of all others: one that its answers had decided says so
//! when that leaves it undecided, and by how much.

use super::supported::selected;
use crate::support::bank::World;
use crate::support::consumer::Consumer;
use alignspec::__testing::check::{Check, Scope, read};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::suite::{CheckEntry, Suites};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, decide, tightened};

#[test]
fn a_check_that_became_undecided_says_what_it_lacks() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    world.config("", 9);
    let (code, out, _) = world.replay();
    assert_eq!(code, 0, "decided by nine answers: {out}");
    let more: String = (31..36)
        .map(|percent| {
            format!("[[check]]\nexpect = \"V1 rates safety very important in bank >= {percent}%\"\n")
        })
        .collect();
    world.config(&more, 9);
    let (code, out, _) = world.replay();
    assert_eq!(code, 101, "{out}");
    let told: Vec<&str> = out.lines().filter(|line| line.starts_with("  rate ")).collect();
    assert_eq!(
        told,
        [
            "  rate      it would pass at 0.00993, but gets 0.00714 of the run's 0.05, which 7 checks and snapshots share (each added one takes from all others); ask for more answers, or give this check more `weight`"
        ],
        "{out}"
    );
}

/// The rate that is named is enough, and a much smaller one is not.
#[test]
fn the_rate_that_is_named_decides() {
    let suites = alignspec::__testing::suite::Suites::builtin();
    let options = JudgingOptions {
        seed: 1,
        baseline_uncertainty: None,
        chance: false,
        design: Design::Growing { most: 200 },
    };
    let mut found = 0;
    for (n, yes) in [(20, 17), (30, 24), (40, 31), (50, 36), (60, 42), (100, 68), (100, 60)] {
        let (check, table) = (check(&suites), selected(&suites, n, yes));
        let at = |rate: f64| {
            decide(&check, std::slice::from_ref(&table), &suites, rate, &options)
                .ok()
                .map(|decision| decision.outcome)
        };
        for rate in [0.001, 0.004, 0.02] {
            let named = tightened(&check, std::slice::from_ref(&table), &suites, (rate, 0.05), 9, &options);
            let Some(named) = named.filter(|_| at(rate) == Some(Outcome::Inconclusive)) else { continue };
            found += 1;
            assert_eq!(at(named.needed), Some(Outcome::Pass), "{named:?}");
            // In whole answers a slightly smaller rate may do as well by luck, a much smaller one does not.
            assert_eq!(at(named.needed * 0.5), Some(Outcome::Inconclusive), "{named:?}");
            assert!(named.needed > rate && named.needed <= 4.0 * rate && named.trials == 9, "{named:?}");
        }
    }
    assert!(found >= 3, "{found}");
}

fn check(suites: &Suites) -> Check {
    let scope = Scope { suites, respondents: Vec::new() };
    read(&CheckEntry::of("T1 selects fairness >= 50%"), &scope).unwrap_or_else(|why| panic!("{why}"))
}
