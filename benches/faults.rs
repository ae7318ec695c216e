//! Sampling through servers that limit, refuse and fail: how much longer than no pace could beat, how many
//! requests more than necessary, and whether an answer was lost or asked for twice.
//!
//! `cargo bench --bench faults` starts this program for each scenario as a server with its rules, and again
//! as a client; `cargo bench --bench faults -- bucket` runs those with the word in their names. A request is
//! extra where it is neither the first of its question nor follows a fault that no pace avoids.

use std::io::BufRead as _;
use std::process::{Command, Stdio};

#[allow(dead_code, reason = "each bench uses its own part")]
#[path = "support/client.rs"]
mod client;
#[path = "support/rules.rs"]
mod rules;
#[path = "support/server.rs"]
mod server;

use rules::{Bucket, LATENCY, Scenario};

/// Questions and concurrency, where the scenario is not about them.
const MANY: u32 = 1_400;
const ABREAST: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", name] => server::serve(scenario(name).rules),
        ["sample", name, base_url] => sample(&scenario(name), base_url),
        // `cargo bench` passes --bench; under `cargo test --benches` there is nothing to measure.
        words if words.contains(&"--bench") => {
            compare(words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default());
        }
        _ => {}
    }
}

fn scenario(name: &str) -> Scenario {
    scenarios().into_iter().find(|scenario| scenario.name == name).expect("a scenario")
}

fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut add = |name, questions, concurrency, ideal: f64, goal, rules| {
        all.push(Scenario { name, questions, concurrency, ideal, goal, rules });
    };
    let work = |questions, concurrency| rules::work(questions, concurrency, |_| LATENCY);
    let plain = work(MANY, ABREAST);
    add("no faults", MANY, ABREAST, plain, 1.15 * plain, rules::chance(0.0, 0.0, 0.0, "1"));
    add("2 % 429, retry-after 1", MANY, ABREAST, plain, 3.0, rules::chance(0.02, 0.0, 0.0, "1"));
    add("10 % 429, 5 % 500, 2 % resets", MANY, ABREAST, plain, 5.0, rules::chance(0.1, 0.05, 0.02, "1"));
    add("5 % 500, 2 % resets", MANY, ABREAST, plain, 3.0, rules::chance(0.0, 0.05, 0.02, "1"));
    add(
        "bucket 100/s, retry-after 1",
        MANY,
        ABREAST,
        13.5,
        15.0,
        rules::bucket(Bucket::new(100.0, 50.0), 0.0),
    );
    add("20 in 10 s, untold", 60, 16, 20.0, 24.0, rules::windows(20, 10.0, false));
    add("told bucket 300 in 5 s", MANY, ABREAST, 18.33, 22.0, rules::told_bucket(Bucket::new(60.0, 300.0)));
    add("told window 200 in 5 s", 1_000, ABREAST, 20.0, 24.0, rules::windows(200, 5.0, true));
    let capped = work(MANY, 8);
    add("cap of 8 at a time", MANY, ABREAST, capped, 1.5 * capped, rules::cap(8));
    add("another job takes half", 700, ABREAST, 13.5, 20.25, rules::bucket(Bucket::new(100.0, 50.0), 25.0));
    let outage = |since: f64| (0.4..5.4).contains(&since);
    add(
        "outage of 5 s",
        MANY,
        ABREAST,
        plain + 5.0,
        1.5 * (plain + 5.0),
        rules::down(outage, rules::hang_up),
    );
    let unready = |since: f64| since < 10.0;
    let slow_start = rules::down(unready, || rules::refuse(429, ""));
    add("slow start, 429 for 10 s", MANY, ABREAST, plain + 10.0, 1.5 * (plain + 10.0), slow_start);
    for (name, latency) in [
        ("slow backend of four", rules::slow_backend as fn(u64) -> f64),
        ("heavy-tailed latency", rules::heavy_tail),
    ] {
        let ideal = rules::work(MANY, ABREAST, latency);
        add(name, MANY, ABREAST, ideal, 1.15 * ideal, rules::latencies(latency));
    }
    add("10 % 429, retry-after 0", MANY, ABREAST, plain, 1.5 * plain, rules::chance(0.1, 0.0, 0.0, "0"));
    let soon = plain + 0.2;
    add("10 % 429, retry-after 0.2", MANY, ABREAST, soon, 1.5 * soon, rules::chance(0.1, 0.0, 0.0, "0.2"));
    let late = plain + 30.0;
    add("0.3 % 429, retry-after 30", MANY, ABREAST, late, 1.2 * late, rules::chance(0.003, 0.0, 0.0, "30"));
    // Up for a second, down for one, and so on.
    let busy = work(2 * MANY, ABREAST);
    let waves = busy + busy.floor();
    let wave = rules::down(|since| since as u64 % 2 == 1, || rules::refuse(529, ""));
    add("529 in waves of 1 s", 2 * MANY, ABREAST, waves, 1.5 * waves, wave);
    all
}

fn compare(filter: &str) {
    println!(
        "{:<30}  {:>7}  {:>7}  {:>5}  {:>8}  {:>8}  {:>6}  {:>4}  {:>7}  {:>11}",
        "server", "ideal", "wall", "ratio", "goal met", "requests", "extra", "lost", "doubled", "CPU/request"
    );
    for scenario in scenarios().iter().filter(|scenario| scenario.name.contains(filter)) {
        run(scenario);
    }
}

/// One line of the table.
fn run(scenario: &Scenario) {
    let own = std::env::current_exe().expect("this program");
    let mut server = Command::new(&own);
    let mut server = server.args(["serve", scenario.name]).stdout(Stdio::piped()).spawn().expect("a server");
    let mut base_url = String::new();
    let out = server.stdout.take().expect("piped");
    std::io::BufReader::new(out).read_line(&mut base_url).expect("an address");
    let client = Command::new(&own)
        .args(["sample", scenario.name, base_url.trim()])
        .stderr(Stdio::inherit())
        .output()
        .expect("a client");
    assert!(client.status.success());
    let [requests, answered, necessary] = server::counts(&base_url);
    server.kill().expect("killed");
    server.wait().expect("ended");
    let told = String::from_utf8(client.stdout).expect("text");
    let numbers: Vec<f64> = told.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let &[wall, cpu, lost, lines, samples] = numbers.as_slice() else { panic!("five numbers: {told}") };
    // Lines of one sample, and answers that no line holds.
    let doubled = (lines - samples) + (answered as f64 - lines);
    // Those that were lost need not have been asked.
    let questions = f64::from(scenario.questions);
    let extra = (requests as f64 - necessary as f64 - (questions - lost)) / questions;
    println!(
        "{:<30}  {:>5.2} s  {wall:>5.2} s  {:>5.2}  {:>8}  {requests:>8}  {:>4.1} %  {lost:>4}  {doubled:>7}  {:>8.3} ms",
        scenario.name,
        scenario.ideal,
        wall / scenario.ideal,
        if wall <= scenario.goal && lost == 0.0 { "yes" } else { "no" },
        1e2 * extra,
        1e3 * cpu / requests as f64,
    );
}

/// Samples, and prints what came of it.
fn sample(scenario: &Scenario, base_url: &str) {
    let outcome = client::sample(base_url, scenario.questions, scenario.concurrency);
    if let Some(why) = &outcome.why {
        eprintln!("{}: {why}", scenario.name);
    }
    let (wall, cpu) = (outcome.wall.as_secs_f64(), outcome.cpu.as_secs_f64());
    println!("{wall} {cpu} {} {} {}", outcome.lost, outcome.lines, outcome.samples);
}
