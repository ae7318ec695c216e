//! The table of `lost`: comparisons in doubt because of lost tries, by the share of answers that came after one.

use super::lost::{RATE, compared};
use super::report::too_many;
use super::world::World;

const SEED: u64 = 6;

/// Prints it, of `runs` comparisons each; whether no more than the stated rate were flagged as drifted.
pub fn print(runs: u32) -> Result<bool, String> {
    let world = World::shipped()?;
    let task = world.task("T2")?;
    println!("T2, {runs} comparisons each in which nothing changed, rate {RATE}; tries lost at random");
    println!("{:>16} {:>24} {:>24}", "answers after", "in doubt (drifted) where", "the same where");
    println!("{:>16} {:>24} {:>24}", "lost tries", "one side has them", "both sides have them");
    let mut kept = true;
    for lost in [0.0025, 0.005, 0.01, 0.02, 0.04] {
        let mut shown = Vec::new();
        for both in [false, true] {
            let found = compared(task, lost, both, runs, SEED)?;
            let percent = |count: u32| f64::from(count) / f64::from(runs) * 100.0;
            shown.push(format!("{:.1} % ({:.1} %)", percent(found.doubtful), percent(found.drifted)));
            kept &= !too_many(found.drifted, runs, RATE);
        }
        println!("{:>14} % {:>24} {:>24}", lost * 100.0, shown[0], shown[1]);
    }
    Ok(kept)
}
