//! The lines that are printed of truths on the bound.

use super::bound::{CAPS, CASES, Counted, at_once, exact, run};
use super::report::too_many;
use super::world::World;

/// Runs of which every look is judged, to see that looking more often changes nothing.
const LOOKED_AT: u32 = 100;

/// Prints each case at two rates; whether each side is said no more often than stated.
pub fn print(runs: u32) -> Result<bool, String> {
    let world = World::shipped()?;
    let mut kept = true;
    println!(
        "The truth on the bound, caps {CAPS:?} one after the other, {runs} runs; in parts of the error rate"
    );
    for rate in [0.01, 3.6e-4] {
        for case in CASES {
            let looked = LOOKED_AT.min(runs);
            kept &= run(&world, case, rate, looked)? == at_once(&world, case, rate, looked)?;
            let Counted { pass, fail, .. } = at_once(&world, case, rate, runs)?;
            let part = |count: u32| f64::from(count) / f64::from(runs) / rate;
            let [one, other] = case.shares;
            println!(
                "  rate {rate:.1e} bound {:.2} directions {one:.2}, {other:.2}: pass {:.3} (exact {:.3}), fail {:.3} (exact {:.3})",
                case.bound,
                part(pass),
                exact(case.bound, case.shares, rate) / rate,
                part(fail),
                exact(1.0 - case.bound, [1.0 - one, 1.0 - other], rate) / rate,
            );
            kept &= !too_many(pass, runs, rate) && !too_many(fail, runs, rate);
        }
    }
    Ok(kept)
}
