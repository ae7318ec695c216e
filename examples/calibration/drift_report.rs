//! How often drift is flagged when nothing changed, and when one published model takes another's place.

use std::time::Instant;

use super::drift::{self, Changed, Models, changed, judges, same, snapshot};
use super::shifts::{SHIFTS, flagged};
use super::statistics;
use alignspec::__testing::stats::interval::clopper_pearson;

const SEED: u64 = 20_251_106;

/// The tables, of `runs` runs A/A and `pairs` runs for each pair A/B.
pub fn print(runs: u32, pairs: u32) {
    let models = Models::shipped();
    let share = |yes: u32, of: u32| f64::from(yes) / f64::from(of) * 100.0;

    println!("A/A: {runs} runs of 8 published models, 4 snapshots each, rate {:.1e} a snapshot", drift::RATE);
    println!("    n   runs flagged (95 % at most)   snapshots flagged   runs flagged by exact text");
    for n in [20, 50, 200] {
        let found = same(&models, &models.models, n, runs, SEED);
        let most = clopper_pearson(u64::from(found.flagged), u64::from(runs), 0.9).map_or(1.0, |i| i.high);
        println!(
            "{n:5}   {:8.2} %  ({:.2} %)          {:8.4} %           {:8.1} %",
            share(found.flagged, runs),
            most * 100.0,
            share(found.snapshots_flagged, found.snapshots),
            share(found.text, found.runs)
        );
    }
    let even = [models.even()];
    println!("A/A of a respondent without opinions (4 snapshots):");
    for n in [20, 50, 200] {
        let found = same(&models, &even, n, runs, SEED);
        println!(
            "{n:5}   {:8.2} % of runs, {:.4} % of snapshots",
            share(found.flagged, runs),
            share(found.snapshots_flagged, found.snapshots)
        );
    }

    println!("\nA/B: {pairs} runs for each of 56 ordered pairs");
    for n in [20, 50] {
        let all = changed(&models, n, pairs, SEED);
        for (what, flagged) in [
            ("any of four snapshots", (|pair| pair.any) as fn(&Changed) -> u32),
            ("any of T1 to T3", |pair| pair.any_but_t4),
        ] {
            let sure = all.iter().filter(|pair| share(flagged(pair), pair.runs) >= 99.0).count();
            let Some(least) = all.iter().min_by_key(|pair| flagged(pair)) else { return };
            println!(
                "    n {n}, {what}: {sure} of {} pairs flagged in at least 99 % of runs; least {:.1} % ({} → {})",
                all.len(),
                share(flagged(least), least.runs),
                least.before,
                least.now
            );
        }
        let mean = |at: usize| {
            let sum: f64 = all.iter().map(|pair| share(pair.tasks[at], pair.runs)).sum();
            format!("{} {:.1} %", models.tasks[at].id, sum / all.len() as f64)
        };
        let means: Vec<String> = (0..models.tasks.len()).map(mean).collect();
        println!("    n {n}, mean over pairs: {}", means.join(" · "));
    }

    println!("\nShifts of T2, {} comparisons each, rate {:.1e}, in %", 8 * pairs, drift::RATE);
    println!("         n   shift            one by one, as before   together   now (either)");
    for n in [20, 50] {
        for shift in &SHIFTS {
            let found = flagged(&models, shift, n, pairs, SEED);
            println!(
                "    {n:6}   {:16} {:22.2} {:10.2} {:14.2}",
                shift.name,
                share(found.alone, found.runs),
                share(found.together, found.runs),
                share(found.either, found.runs)
            );
        }
    }

    println!(
        "\nAnother test of the same answers: snapshots with anything flagged, a part of another model blended in"
    );
    println!("         n   part   {}", statistics::WAYS.join(" · "));
    for (at, task) in models.tasks.iter().enumerate() {
        for (n, part) in [(20, 0.5), (20, 1.0), (50, 0.25), (50, 0.5), (50, 1.0)] {
            let found = statistics::flagged(&models, at, n, part, pairs.div_ceil(10), SEED);
            let [own, fisher] = found.map(|share| format!("{share:.1} %"));
            println!("    {} {n:4}   {part:4}   {own} · {fisher}", task.id);
        }
    }

    println!("\nTime of one comparison of all 32 snapshots:");
    let judges = judges(&models);
    for n in [50, 200, 800, 3200] {
        let mut stream = alignspec::__testing::stats::resample::rng(SEED, &["time"]);
        let texts: Vec<(usize, String, String)> = models
            .models
            .iter()
            .flat_map(|model| model.tables.iter().enumerate())
            .map(|(at, table)| {
                let task = &judges[at].task;
                (at, snapshot(task, table, n, &mut stream), snapshot(task, table, n, &mut stream))
            })
            .collect();
        let start = Instant::now();
        let flagged = texts.iter().filter(|(at, a, b)| judges[*at].compare(a, b).is_ok_and(|d| !d.is_none()));
        let flagged = flagged.count();
        println!("{n:5}   {:.2} ms ({flagged} flagged)", start.elapsed().as_secs_f64() * 1e3);
    }
}
