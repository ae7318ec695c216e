//! Sampling against an ideal: requests ÷ concurrency × latency, and not a millisecond more.
//!
//! `cargo bench --bench sampling` starts this program again as a server that answers every chat
//! completion after 50 ms, and for each size once more as a client in a process of its own, so that
//! its CPU time and its peak memory are one size's. Reads /proc, so it is for Linux.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

#[allow(dead_code, reason = "each bench uses its own part")]
#[path = "support/client.rs"]
mod client;
#[allow(dead_code, reason = "each bench uses its own part")]
#[path = "support/server.rs"]
mod server;

use server::Fate;

const LATENCY: Duration = Duration::from_millis(50);

/// Requests and concurrency; the last three show whether a request costs the same among many.
const SIZES: [(u32, usize); 5] = [(1_400, 64), (14_000, 256), (1_000, 256), (10_000, 256), (100_000, 256)];

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => server::serve(Box::new(|_| Fate::Answer(LATENCY, String::new()))),
        Some("sample") => {
            let all: Vec<String> = arguments.collect();
            let [base_url, requests, concurrency] = all.as_slice() else { panic!("three arguments") };
            sample(base_url, requests.parse().expect("a number"), concurrency.parse().expect("a number"));
        }
        // `cargo bench` passes --bench; under `cargo test --benches` there is nothing to measure.
        Some("--bench") => compare(),
        _ => {}
    }
}

fn compare() {
    let own = std::env::current_exe().expect("this program");
    let mut server = Command::new(&own).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
    let mut base_url = String::new();
    let out = server.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut base_url).expect("an address");
    println!("requests  concurrency   ideal    wall  ratio  CPU per request  peak memory");
    for (requests, concurrency) in SIZES {
        let arguments =
            ["sample".to_owned(), base_url.trim().to_owned(), requests.to_string(), concurrency.to_string()];
        let done = Command::new(&own).args(arguments).status().expect("a client");
        assert!(done.success());
    }
    let [asked, ..] = server::counts(&base_url);
    server.kill().expect("killed");
    server.wait().expect("ended");
    assert_eq!(asked, SIZES.iter().map(|(requests, _)| u64::from(*requests)).sum::<u64>());
}

/// Samples, and prints a line of the table.
fn sample(base_url: &str, requests: u32, concurrency: usize) {
    let outcome = client::sample(base_url, requests, concurrency);
    assert_eq!((outcome.lost, outcome.samples, outcome.lines), (0, requests as usize, requests as usize));
    let (wall, ideal) =
        (outcome.wall.as_secs_f64(), LATENCY.as_secs_f64() * f64::from(requests) / concurrency as f64);
    println!(
        "{requests:>8}  {concurrency:>11}  {ideal:>5.2} s {wall:>5.2} s  {:>5.3}  {:>12.3} ms  {:>8.1} MB",
        wall / ideal,
        1e3 * outcome.cpu.as_secs_f64() / f64::from(requests),
        outcome.memory
    );
    std::io::stdout().flush().expect("flushed");
}
