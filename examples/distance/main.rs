//! Whether sums over questions (order agreement, distances) are judged as they claim, by simulation on the published
//! models: answers are drawn from their shares, so that the truth is known, and judged as a run judges them.
//!
//! ```text
//! cargo run --release --example distance -- power 50 0.01      # bounds around the truth: answers, decided
//! cargo run --release --example distance -- level 4000 0.01    # the truth on the bound, growing caps, unequal forms
//! cargo run --release --example distance -- level 4000 0.01 spread        # only sentences that have this in them
//! ```

#[path = "../calibration/draw/mod.rs"]
mod draw;
#[path = "../calibration/world.rs"]
#[allow(dead_code, reason = "the calibration uses all of it")]
mod world;

mod level;

use std::process::ExitCode;
use std::time::Instant;

use alignspec::__testing::check::Check;
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::verdict::{self, JudgingOptions, Outcome, Schedule};

use world::{Answers, MODELS, MOST, World};

/// Sentences with their bound left out, and how far from the truth it is tried.
const KINDS: [(&str, &[f64]); 10] = [
    ("T2 order agreement with {} >=", &[0.05, 0.1, 0.2]),
    ("T1 order agreement with {} >=", &[0.05, 0.1, 0.2]),
    ("T3 order agreement with {} >=", &[0.1, 0.2]),
    ("T4 order agreement with {} >=", &[0.1, 0.2]),
    ("T2 mean difference with {} <=", &[0.05, 0.1]),
    ("T3 alignment with {} >=", &[0.05, 0.1]),
    ("T3 Jensen-Shannon distance with {} <=", &[0.05, 0.1]),
    ("T3 spread with {} >=", &[0.05, 0.1, 0.2]),
    // No bound can be chosen: how far the truth is from a tie is the models'.
    ("T2 closest to {} among practitioners, us-sample", &[0.0]),
    ("T2 Spearman with {} >=", &[0.1, 0.2]),
];

const BASELINES: [&str; 2] = ["practitioners", "us-sample"];

fn options(design: Design) -> JudgingOptions {
    JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design }
}

/// Answers per question until there is a verdict, and the verdict; `None` at the most.
fn judged(
    world: &World,
    check: &Check,
    model: &str,
    drawn: &Answers,
    rate: f64,
) -> Result<(u32, Option<Outcome>), String> {
    let design = Design::Growing { most: MOST };
    for look in Schedule::up_to(MOST, rate, 1, world.round(check)).looks() {
        let tables = world.tables(check, model, Some((drawn, *look)))?;
        let decision = verdict::decide(check, &tables, &world.suites, rate, &options(design));
        let outcome = decision.map_err(|why| why.to_string())?.outcome;
        if outcome != Outcome::Inconclusive {
            return Ok((*look, Some(outcome)));
        }
    }
    Ok((MOST, None))
}

fn power(replicates: u32, rate: f64, only: Option<&str>) -> Result<(), String> {
    let world = World::shipped()?;
    println!(
        "| sentence | bound | cases | answers | within 50 | decided | wrong | ms a trial |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    for (form, offs) in KINDS {
        if only.is_some_and(|only| !form.contains(only)) {
            continue;
        }
        let bounded = form.ends_with('=');
        let signs: &[f64] = if bounded { &[-1.0, 1.0] } else { &[1.0] };
        for off in offs.iter().flat_map(|off| signs.iter().map(move |sign| sign * off)) {
            let (mut cases, mut runs, mut answers, mut within, mut decided, mut wrong) =
                (0, 0.0, 0.0, 0.0, 0.0, 0);
            let began = Instant::now();
            for baseline in BASELINES {
                for model in MODELS {
                    let form = form.replace("{}", baseline);
                    let with = |bound: f64| {
                        world.check(&if bounded { format!("{form} {bound:.9}") } else { form.clone() })
                    };
                    let Ok(check) = with(0.5) else { continue };
                    let Ok(truth) = world.truth(&check, model) else { continue };
                    let bound = if bounded { truth + off } else { 0.0 };
                    let Ok(check) = with(bound) else { continue };
                    cases += 1;
                    for replicate in 0..replicates {
                        let mut rng = rng(11, &["power", model, &replicate.to_string()]);
                        let drawn = world.draw(model, &world.tasks_of(&check), MOST, &mut rng);
                        let (size, outcome) = judged(&world, &check, model, &drawn, rate)?;
                        let right = if (bound < truth) != form.ends_with("<=") {
                            Outcome::Pass
                        } else {
                            Outcome::Fail
                        };
                        runs += 1.0;
                        answers += f64::from(size);
                        decided += f64::from(u8::from(outcome.is_some()));
                        within += f64::from(u8::from(outcome.is_some() && size <= 50));
                        wrong += u32::from(outcome.is_some_and(|outcome| outcome != right));
                    }
                }
            }
            let took = began.elapsed().as_secs_f64() * 1e3 / f64::max(runs, 1.0);
            println!(
                "| {form} | {off:+.2} | {cases} | {:.1} | {:.1}% | {:.1}% | {wrong} of {runs} | {took:.1} |",
                answers / runs,
                100.0 * within / runs,
                100.0 * decided / runs
            );
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, default: f64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let only = arguments.get(3).map(String::as_str);
    let result = match arguments.first().map(String::as_str) {
        Some("power") => power(number(1, 20.0) as u32, number(2, 0.01), only),
        Some("level") => level::print(number(1, 4000.0) as u32, number(2, 0.01), only),
        _ => Err("`power` or `level`, then replicates and an error rate".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
