//! The tables of `unread`: wrong verdicts at the bound, and what unread responses cost far from it.

use super::report::too_many;
use super::unread::{CASES, Came, LOST, Lost, Small};

const UNREAD: [f64; 4] = [0.0, 0.1, 0.2, 0.3];

/// Prints them; whether wrong verdicts are as rare as stated.
pub fn print(runs: u32) -> Result<bool, String> {
    let small = Small::new()?;
    let mut kept = true;
    for rate in [0.05, 0.01] {
        println!(
            "Unread responses, error rate {rate} a check, {runs} runs each, the truth exactly at the bound:"
        );
        println!("passes and fails in % of runs, either wrong; in brackets with unread = \"ignore\"");
        println!(
            "{:18} {:13} {}",
            "",
            "lost",
            UNREAD.map(|unread| format!("{:>25}", format!("{:.0}% unread", unread * 100.0))).concat()
        );
        for case in &CASES {
            for lost in LOST {
                let mut line = String::new();
                for unread in UNREAD {
                    let came = small.run(case, case.bound, (lost, unread), rate, runs)?;
                    let percent = |count: u32| f64::from(count) / f64::from(runs) * 100.0;
                    let (pass, fail) = (percent(came.pass), percent(came.fail));
                    let (p, f) = (percent(came.pass_ignoring), percent(came.fail_ignoring));
                    line += &format!("{:>25}", format!("{pass:.1} {fail:.1} ({p:.1} {f:.1})"));
                    kept &= !too_many(came.pass, runs, rate) && !too_many(came.fail, runs, rate);
                }
                println!("{:18} {:13} {line}", case.name, format!("{lost:?}"));
            }
        }
        println!();
    }
    println!("What unread responses cost: error rate 0.01, the claim clearly true, lost at random;");
    println!("decided in % of runs, mean responses per question (of at most 200)");
    for case in &CASES {
        let far = |unread: f64| small.run(case, case.clear, (Lost::AtRandom, unread), 0.01, runs.min(300));
        let mut line = String::new();
        for unread in UNREAD {
            let Came { pass, fail, runs, responses, .. } = far(unread)?;
            let n = f64::from(runs);
            let decided = f64::from(pass + fail) / n * 100.0;
            line += &format!("{:>16}", format!("{decided:.0}% {:.0}", responses as f64 / n));
        }
        println!("{:18} {line}", case.name);
    }
    Ok(kept)
}
