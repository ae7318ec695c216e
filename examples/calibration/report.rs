//! The tables that the calibration prints, and whether they keep what is claimed.

use std::time::Instant;

use alignspec::__testing::stats::resample::rng;
use statrs::distribution::{Binomial, DiscreteCDF};

use super::calls::{self, sequential};
use super::verdicts::{self, KINDS, Tally, WRONG};
use super::world::{MODELS, MOST, World};

/// Luck that is believed no more: one in a million.
const UNLIKELY: f64 = 1e-6;

/// Whether so many wrong verdicts are too many for the rate.
pub fn too_many(wrong: u32, replicates: u32, rate: f64) -> bool {
    wrong > 0
        && Binomial::new(rate, u64::from(replicates))
            .is_ok_and(|binomial| binomial.sf(u64::from(wrong) - 1) < UNLIKELY)
}

pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Wrong verdicts and flips of every kind of check whose sentence contains `which`, on every model.
pub fn verdicts(replicates: u32, which: &str) -> Result<bool, String> {
    let world = World::shipped()?;
    let mut kept = true;
    for rate in [0.01, 3.6e-4] {
        println!(
            "Verdicts at error rate {rate} a check, {replicates} runs of each of 8 models for each bound"
        );
        println!(
            "wrong: the most of any model and bound, in % of runs; near: bounds within 0.05 of the truth"
        );
        println!(
            "{:62} {:>6} {:>6} {:>6}  {:>9} {:>9}  {:>6} {:>6}",
            "", "wrong", "wrong", "flips", "decided", "answers", "naive", "bounds"
        );
        println!(
            "{:62} {:>6} {:>6} {:>6}  {:>9} {:>9}  {:>6}",
            "", "near", "far", "most", "near/far", "near/far", "flips"
        );
        let mut sum = (0_u64, 0_u64);
        for kind in KINDS.iter().filter(|kind| kind.sentence.contains(which)) {
            let start = Instant::now();
            let tallies =
                verdicts::run(&world, std::slice::from_ref(kind), rate, replicates, threads(), WRONG)?;
            kept &= line(kind.sentence, &tallies, rate);
            eprintln!("({:.0} s)", start.elapsed().as_secs_f64());
            sum.0 += tallies.iter().map(|tally| u64::from(tally.wrong)).sum::<u64>();
            sum.1 += tallies.iter().map(|tally| u64::from(tally.replicates)).sum::<u64>();
        }
        println!(
            "all: {} wrong verdicts in {} runs, {:.4} %\n",
            sum.0,
            sum.1,
            sum.0 as f64 / sum.1 as f64 * 100.0
        );
    }
    Ok(kept)
}

fn line(sentence: &str, tallies: &[Tally], rate: f64) -> bool {
    let percent = |part: f64| format!("{:.2}", part * 100.0);
    let of = |near: bool| tallies.iter().filter(move |tally| tally.near == near);
    let wrong = |near: bool| {
        let worst =
            of(near).map(|tally| f64::from(tally.wrong) / f64::from(tally.replicates)).reduce(f64::max);
        worst.map_or_else(|| "–".to_owned(), percent)
    };
    let mean = |near: bool, part: fn(&Tally) -> f64| {
        let runs: f64 = of(near).map(|tally| f64::from(tally.replicates)).sum();
        of(near).map(part).sum::<f64>() / runs
    };
    let show = |number: f64| if number.is_nan() { "–".to_owned() } else { format!("{number:.0}") };
    let decided = |near| show(mean(near, |tally| f64::from(tally.pass + tally.fail)) * 100.0);
    let answers = |near| show(mean(near, |tally| tally.answers as f64));
    let flips = tallies.iter().map(Tally::flips).fold(0.0, f64::max);
    let naive = tallies.iter().map(Tally::naive_flips).fold(0.0, f64::max);
    println!(
        "{sentence:62} {:>6} {:>6} {:>6}  {:>9} {:>9}  {:>6} {:>6}",
        wrong(true),
        wrong(false),
        percent(flips),
        format!("{}/{}%", decided(true), decided(false)),
        format!("{}/{}", answers(true), answers(false)),
        percent(naive),
        tallies.len(),
    );
    let mut kept = true;
    for tally in tallies {
        if too_many(tally.wrong, tally.replicates, rate) || tally.flips() > 0.01 {
            println!(
                "  NOT KEPT: {} on {} at {}, where {} is so: {tally:?}",
                tally.kind, tally.model, tally.bound, tally.truth
            );
            kept = false;
        }
    }
    kept
}

/// Mean answers until a check on each model is decided, at error rate `rate`.
pub fn answers_to_decide(
    world: &World,
    sentence: &str,
    rate: f64,
    replicates: u32,
) -> Result<Vec<(&'static str, f64, f64)>, String> {
    let check = world.check(sentence)?;
    let tasks = world.tasks_of(&check);
    let mut found = Vec::new();
    for model in MODELS {
        let (mut answers, mut decided) = (0.0, 0.0);
        for replicate in 0..replicates {
            let mut rng = rng(3, &["answers", model, &replicate.to_string()]);
            let drawn = world.draw(model, &tasks, MOST, &mut rng);
            let (size, done) = sequential(world, &check, model, &drawn, rate)?;
            answers += f64::from(size);
            decided += f64::from(u8::from(done));
        }
        let n = f64::from(replicates);
        found.push((model, answers / n, decided / n));
    }
    Ok(found)
}

/// Answers saved, against designs that ask a fixed number.
pub fn calls(replicates: u32) -> Result<bool, String> {
    let world = World::shipped()?;
    let mut kept = true;
    let sentence = "T1 top-5 Jaccard with practitioners >= 0.8";
    println!("Answers to decide `{sentence}` at error rate 0.01, mean of {} runs:", 10 * replicates);
    let found = answers_to_decide(&world, sentence, 0.01, 10 * replicates)?;
    for (model, answers, decided) in &found {
        println!("  {model:22} {answers:5.1}   decided {:.1} %", decided * 100.0);
    }
    let mean = found.iter().map(|(_, answers, _)| answers).sum::<f64>() / found.len() as f64;
    println!("  mean of {} models {mean:.2} (a plain comparison asks 50)\n", found.len());
    kept &= mean <= 20.0;

    let planned = calls::shipped(&world)?;
    println!("All {} shipped checks on published models, {replicates} runs:", planned.len());
    for rate in [0.01, 0.05 / 140.0] {
        let saved = calls::run(&world, &planned, rate, replicates)?;
        let share = |part: u64| part as f64 / saved.checks as f64 * 100.0;
        let runs = f64::from(replicates);
        println!(
            "  error rate {rate:.1e}: look by look {:.2} % decided, {:.1} answers a check, {:.0} requests a run",
            share(saved.decided),
            saved.answers as f64 / saved.checks as f64,
            saved.requests as f64 / runs,
        );
        for (size, (decided, requests)) in &saved.fixed {
            println!(
                "    fixed at {size:3}: {:6.2} % decided, {:.0} requests",
                share(*decided),
                *requests as f64 / runs
            );
        }
        match saved.matching() {
            Some((size, requests)) => {
                let part = saved.requests as f64 / requests as f64;
                let of_checks = saved.answers as f64 / saved.checks as f64 / f64::from(size);
                println!(
                    "    as many are decided at {size}: look by look takes {:.0} % of the requests, {:.0} % of the answers a check",
                    part * 100.0,
                    of_checks * 100.0
                );
                kept &= part <= 0.5;
            }
            None => println!("    no fixed design up to {MOST} decides as many"),
        }
    }
    Ok(kept)
}
