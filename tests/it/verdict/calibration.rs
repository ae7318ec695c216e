//! Verdicts are what they claim to be, by simulation on the published models, in short (the long one
//! is `examples/calibration`): wrong ones as rare as stated, two runs never at odds, answers saved.

use crate::simulation::calls;
use crate::simulation::verdicts;
use crate::simulation::world;

use std::collections::BTreeMap;

use crate::simulation::verdicts::{KINDS, WRONG};
use crate::simulation::world::World;
use statrs::distribution::{Binomial, DiscreteCDF};

/// What so few runs of a debug build can do in seconds; the others are left to the long version.
const QUICK: [&str; 12] = [
    "T1 top-5 Jaccard with practitioners >= {}",
    "T1 top-5 Jaccard with us-sample >= {}",
    "T1 selects accountability >= {}",
    "T1 selects autonomy <= {}",
    "T1 Spearman with practitioners >= {}",
    "T1 Kendall with practitioners >= {}",
    "T2 rates privacy extremely important in marketing >= {}",
    "T2 rates privacy extremely important in every context >= {}",
    "T3 Spearman with practitioners >= {}",
    "T3 signed Spearman with practitioners >= {}",
    "T3 undecided <= {}",
    "T3 aligns more with us-sample than practitioners",
];

#[test]
fn wrong_verdicts_are_as_rare_as_stated_and_two_runs_agree() {
    let world = World::shipped().expect("shipped");
    let (rate, runs) = (0.01, 12);
    let mut groups: BTreeMap<_, u32> = BTreeMap::new();
    for kind in KINDS.iter().filter(|kind| QUICK.contains(&kind.sentence)) {
        for tally in
            verdicts::run(&world, std::slice::from_ref(kind), rate, runs, 2, WRONG).expect(kind.sentence)
        {
            // Two runs of twelve at odds would be a chance of 1 in 7 for pass and fail.
            assert!(tally.wrong <= 2 && tally.flips() < 0.14, "near: {}: {tally:?}", tally.near);
            // Bounds on one side of the truth are judged on the same answers; the nearest errs most.
            let group = (tally.kind, tally.model, tally.bound > tally.truth);
            let worst = groups.entry(group).or_default();
            *worst = tally.wrong.max(*worst);
        }
    }
    let all = u64::from(runs) * groups.len() as u64;
    let wrong: u64 = groups.values().map(|wrong| u64::from(*wrong)).sum();
    let luck = Binomial::new(rate, all).expect("a rate").sf(wrong.max(1) - 1);
    assert!(groups.len() > 150 && (wrong == 0 || luck > 1e-4), "{wrong} of {all} wrong");
}

#[test]
fn a_plain_comparison_of_fifty_answers_does_contradict_itself() {
    let world = World::shipped().expect("shipped");
    let kind = KINDS.iter().find(|kind| kind.sentence == "T1 selects accountability >= {}").expect("a kind");
    let tallies = verdicts::run(&world, std::slice::from_ref(kind), 0.01, 20, 2, WRONG).expect("simulated");
    let naive = tallies.iter().map(|tally| tally.naive_flips()).fold(0.0, f64::max);
    let ours = tallies.iter().map(|tally| tally.flips()).fold(0.0, f64::max);
    assert!(naive > 0.3 && ours < 0.1, "{naive} {ours}");
}

#[test]
fn the_top_five_are_decided_in_at_most_twenty_answers_and_checks_in_half_the_requests() {
    let world = World::shipped().expect("shipped");
    let check = world.check("T1 top-5 Jaccard with practitioners >= 0.8").expect("a check");
    let tasks = world.tasks_of(&check);
    let (mut answers, runs) = (0, 12);
    for model in world::MODELS {
        for replicate in 0..runs {
            let stream = &["answers", model, &replicate.to_string()];
            let mut rng = alignspec::__testing::stats::resample::rng(3, stream);
            let drawn = world.draw(model, &tasks, world::MOST, &mut rng);
            let (size, decided) = calls::sequential(&world, &check, model, &drawn, 0.01).expect("judged");
            assert!(decided, "{model}");
            answers += size;
        }
    }
    // 19.5 in the long run, with a standard error of 0.6 here.
    let mean = f64::from(answers) / f64::from(8 * runs);
    assert!(mean <= 21.0, "{mean}");

    let planned = calls::shipped(&world).expect("checks");
    assert!(planned.len() > 80);
    let saved = calls::run(&world, &planned, 0.01, 1).expect("judged");
    let (size, requests) = saved.matching().expect("a fixed design that decides as many");
    assert!(saved.decided * 100 >= saved.checks * 95, "{saved:?}");
    assert!(saved.requests * 2 <= requests, "{size}: {saved:?}");
}
