//! Killing nextest and its processes, one for each test, in two terminals at once, while the server fails: no answer
//! is lost but what was in flight, and none is recorded twice. `ALIGNSPEC_TEST_KILLS=100` makes it longer.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write as _};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use crate::support::consumer::Consumer;
use crate::support::failing::{Failing, News, a_moment};
use crate::support::server::{Gate, Server};
use rand::rngs::ChaCha8Rng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const KEY: (&str, &str) = ("ALIGNSPEC_TEST_KEY", "sk-nextest");
const REPLAY: (&str, &str) = ("ALIGNSPEC_MODE", "replay");
/// In turn, so that no check is decided before the last sample.
const FIVES: [&str; 2] = [
    "Privacy\nSafety\nFairness\nAccountability\nTransparency",
    "Dignity\nPerformance\nInclusiveness\nSolidarity\nSustainability",
];

/// Requests in flight of one process.
const CONCURRENCY: usize = 8;

/// How often it is seen to who is at work.
const LOOK: Duration = Duration::from_millis(10);

/// Both terminals ask both models, so that two processes can be asking at any moment.
const MODELS: [&str; 2] = ["assistant", "other"];
const CHECKS: [&str; 4] = [
    "T1 selects privacy >= 50%",
    "T1 selects safety >= 50%",
    "T1 selects dignity >= 50%",
    "T1 selects solidarity >= 50%",
];

fn config(base_url: &str, samples: usize) -> String {
    let model = |name: &&str| {
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"openai\"\nmodel = \"{name}\"\nbase_url = \"{base_url}\"\nkey_env = \"{}\"\ntasks = [\"T1\"]\n",
            KEY.0
        )
    };
    let check = |expect: &&str| format!("[[check]]\nexpect = \"{expect}\"\n");
    let (models, checks): (String, String) =
        (MODELS.iter().map(model).collect(), CHECKS.iter().map(check).collect());
    format!(
        "[sampling]\nsamples = {samples}\nmax_samples = {samples}\nconcurrency = {CONCURRENCY}\n[verdict]\ninconclusive = \"ignore\"\n{models}{checks}"
    )
}

fn start(consumer: &Consumer, number: usize, tell: &Sender<News>) -> Child {
    let arguments = "nextest run --offline --test alignment --no-fail-fast --test-threads 4 -E";
    let all: Vec<&str> = arguments.split(' ').chain(["not test(snapshot)"]).collect();
    let mut command = consumer.cargo_command(&all, &[KEY]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("cargo runs");
    let (mut output, tell) = (child.stderr.take().expect("piped"), tell.clone());
    std::thread::spawn(move || {
        // Ends when nextest and all of its processes do.
        let mut said = String::new();
        output.read_to_string(&mut said).ok();
        tell.send(News::Ended(number)).ok();
    });
    child
}

/// The processes of tests that this one has started and that still run.
fn tests_of(nextest: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").expect("Linux has it").flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.filter(|number| is_test(*number, Some(nextest))).filter_map(Pid::from_raw).collect()
}

/// Whether the process is one test's; of this parent, if any is named.
fn is_test(number: i32, parent: Option<u32>) -> bool {
    // One that has just ended has none of these files.
    let read = |name: &str| fs::read(format!("/proc/{number}/{name}")).unwrap_or_default();
    let (stat, line) = (String::from_utf8_lossy(&read("stat")).into_owned(), read("cmdline"));
    // The parent's number is the second field after the name, which stands in brackets.
    let its_parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse::<u32>().ok());
    let line = String::from_utf8_lossy(&line);
    line.contains("alignment-")
        && line.contains("--exact")
        && parent.is_none_or(|parent| its_parent == Some(parent))
}

/// Whom to kill: a test's process, or nextest itself, whose tests then run on without it.
enum Victim {
    Test(Pid),
    Nextest(Vec<Pid>),
}

fn choose(terminal: &Child, rng: &mut ChaCha8Rng) -> Victim {
    let tests = tests_of(terminal.id());
    match tests.choose(rng) {
        Some(test) if rng.random_bool(0.8) => Victim::Test(*test),
        _ => Victim::Nextest(tests),
    }
}

/// The numbers of the samples in a model's recording.
fn samples(consumer: &Consumer, model: &str) -> Vec<u64> {
    let text =
        fs::read_to_string(consumer.root.join(format!("recordings/{model}/T1.jsonl"))).unwrap_or_default();
    let line = |line: &str| serde_json::from_str::<Value>(line).expect("a whole line")["sample"].as_u64();
    text.lines().map(|text| line(text).expect("a sample's number")).collect()
}

/// A failing server that answers while the gate is open.
fn serve(gate: &Arc<Gate>, failing: &Failing) -> Server {
    let (closed, failing) = (Arc::clone(gate), failing.clone());
    let turns = [AtomicUsize::new(0), AtomicUsize::new(0)];
    Server::start(move |request| {
        closed.pass();
        let model = MODELS.iter().position(|model| request.body["model"] == **model).expect("a model");
        let turn = turns[model].fetch_add(1, Ordering::SeqCst) + 1;
        failing.reply(request, FIVES[turn % 2])
    })
}

/// Kills it; returns the tests that then run on without their nextest.
fn kill(terminal: &mut Child, victim: Victim) -> Vec<Pid> {
    match victim {
        Victim::Test(test) => {
            kill_process(test, Signal::KILL).ok();
            Vec::new()
        }
        Victim::Nextest(tests) => {
            terminal.kill().ok();
            tests
        }
    }
}

/// Each sample of each model is in its recording once, and a replay needs nothing else.
fn all_recorded_once(consumer: &Consumer, server: &Server, needed: usize) {
    for model in MODELS {
        let recorded = samples(consumer, model);
        let distinct: BTreeSet<u64> = recorded.iter().copied().collect();
        assert_eq!(distinct.len(), recorded.len(), "{model}: no sample is recorded twice");
        assert_eq!(recorded.len(), needed, "{model}: every sample is recorded");
    }
    let (asked, arguments) = (server.count(), ["--skip", "snapshot"]);
    let (code, out, err) = consumer.run_with(&arguments, &[REPLAY]);
    assert_eq!(code, 0, "what was recorded is whole: {out}{err}");
    assert_eq!(server.count(), asked, "a replay asks nothing");
}

#[test]
fn nextest_in_two_terminals_killed_while_a_server_fails_loses_and_doubles_nothing() {
    let consumer = Consumer::fresh();
    if !consumer.has_nextest() {
        // Past the capture of passing tests' output.
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: kills: cargo-nextest is not installed");
        return;
    }
    let kills: usize = std::env::var("ALIGNSPEC_TEST_KILLS").map_or(8, |n| n.parse().expect("a number"));
    // Of each model: more than are answered before the last kill.
    let needed = 40 * kills;
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (tell, told) = mpsc::channel();
    let failing = Failing::new(&tell);
    let gate = Arc::new(Gate::default());
    let server = serve(&gate, &failing);
    consumer.config(&config(&server.base_url(), needed));
    let mut terminals = [0, 1].map(|number| start(&consumer, number, &tell));
    let (mut killed, mut finished, mut starts, mut alone) = (0, [false; 2], 0, Vec::new());
    failing.kill_after(Some(rng.random_range(0..4 * CONCURRENCY)));
    while finished != [true; 2] {
        match told.recv_timeout(LOOK) {
            Ok(News::Now) => {
                // Nothing is answered while it is found out who there is, and after the kill.
                gate.set(false);
                let terminal = &mut terminals[rng.random_range(0..2)];
                // One that waits for another's lock is killed as well.
                let victim = choose(terminal, &mut rng);
                gate.set(true);
                a_moment(&mut rng);
                alone.extend(kill(terminal, victim));
                gate.set(false);
                killed += 1;
                let more = rng.random_range(0..4 * CONCURRENCY);
                failing.kill_after((killed < kills).then_some(more));
            }
            Ok(News::Ended(number)) => {
                finished[number] = terminals[number].wait().expect("ended").success();
                if !finished[number] {
                    // Killed, or a question has used up its tries: the same command goes on.
                    starts += 1;
                    assert!(starts < 20 * kills, "they never finish");
                    terminals[number] = start(&consumer, number, &tell);
                }
            }
            Err(_) => {}
        }
        // What runs on without its nextest does not finish the work before that is started again.
        let at_work = |terminal: &Child| !tests_of(terminal.id()).is_empty();
        gate.set(killed == kills || terminals.iter().all(at_work));
    }
    // None of this crate's tests goes on after this test.
    for test in alone.into_iter().filter(|test| is_test(test.as_raw_nonzero().get(), None)) {
        kill_process(test, Signal::KILL).ok();
    }
    assert_eq!(killed, kills, "all was recorded before the last kill");
    all_recorded_once(&consumer, &server, needed);
    let (answers, needed) = (failing.answers(), MODELS.len() * needed);
    println!("{kills} kills, {starts} starts more, {answers} answers for {needed} samples");
    assert!(
        answers - needed <= kills * CONCURRENCY * 2,
        "{} answers lost in {kills} kills",
        answers - needed
    );
}
