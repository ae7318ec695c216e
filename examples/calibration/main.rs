//! Whether verdicts are what they claim to be, by simulation: answers are drawn from the published
//! models' shares, so that the truth is known, and judged as a run judges them.
//!
//! ```text
//! cargo run --release --example calibration                  # all of it: some 30 minutes on 2 cores
//! cargo run --release --example calibration -- verdicts 200  # wrong verdicts and flips, 200 replicates
//! cargo run --release --example calibration -- verdicts 200 selects # the same, of sentences with this word
//! cargo run --release --example calibration -- decisions 200 # bounds 0.1 and 0.3 away, as a run judges
//! cargo run --release --example calibration -- bound 20000   # the truth on the bound, with growing caps
//! cargo run --release --example calibration -- calls 50      # answers saved
//! cargo run --release --example calibration -- drift 500     # snapshots
//! cargo run --release --example calibration -- lost 400      # comparisons in doubt because of lost tries
//! cargo run --release --example calibration -- unread 1000   # responses without an answer
//! cargo run --release --example calibration -- watch 2000    # watches, which `all` leaves out
//! ```
//!
//! `tests/it/verdict/calibration.rs`, `tests/it/verdict/calibration_drift.rs` and `tests/it/verdict/calibration_unread.rs` assert on a short
//! version of it.

mod bound;
mod bound_report;
mod calls;
mod decisions;
mod draw;
mod drift;
mod drift_report;
mod lost;
mod lost_report;
mod report;
mod shifts;
mod statistics;
mod unread;
mod unread_report;
mod verdicts;
mod watches;
mod watches_report;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let part = arguments.first().map_or("all", String::as_str);
    let number = |default: u32| arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(default);
    let result = match part {
        "verdicts" => report::verdicts(number(1000), arguments.get(2).map_or("", String::as_str)),
        "decisions" => decisions::print(number(400)).map(|()| true),
        "bound" => bound_report::print(number(20_000)),
        "calls" => report::calls(number(100)),
        "drift" => {
            drift_report::print(number(2000), number(2000) / 4);
            Ok(true)
        }
        "lost" => lost_report::print(number(400)),
        "unread" => unread_report::print(number(1000)),
        "watch" => {
            watches_report::report(number(2000));
            Ok(true)
        }
        "all" => report::verdicts(1000, "").and_then(|verdicts| {
            decisions::print(400)?;
            let kept = bound_report::print(20_000)?;
            let calls = report::calls(100)?;
            drift_report::print(2000, 500);
            let doubted = lost_report::print(400)?;
            Ok(verdicts && kept && calls && doubted && unread_report::print(1000)?)
        }),
        other => Err(format!(
            "`{other}` is no part of the calibration: verdicts, decisions, bound, calls, drift, lost, unread or watch"
        )),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            println!("\nNOT as claimed: see above");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
