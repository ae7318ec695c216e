//! What a run cuts off when it ends is lost, too, however it ends: a provider that is always slow with one answer, and
//! whose run is always ended meanwhile, chooses among them as one that fails does.

use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use super::lost::{SURE, asks_with, choosy};
use crate::support::completion;
use crate::support::consumer::{Consumer, unwrapped};
use crate::support::server::{Gate, Reply, Server};

/// A server that holds answers up for good, the place where it does, and what tells of each.
fn slow() -> (Server, Arc<Gate>, Receiver<()>) {
    let gate = Arc::new(Gate::default());
    let (tell, told) = channel();
    let (held, tell) = (Arc::clone(&gate), Mutex::new(tell));
    let server = choosy(move || {
        tell.lock().expect("no panic").send(()).ok();
        held.pass();
        Reply::json(200, &completion("Very important"))
    });
    (server, gate, told)
}

/// What a run says in the end, with its exit code, where each run before is ended as soon as an answer is held up.
fn until_judged(consumer: &Consumer, held: &Receiver<()>, end: impl Fn(&mut Child)) -> (i32, String, usize) {
    let mut command = consumer.command(&["rates"]);
    for runs in 1..400 {
        // Of the run before: what it sent in its last moment.
        while held.try_recv().is_ok() {}
        let mut child = command.spawn().expect("started");
        loop {
            if held.try_recv().is_ok() {
                end(&mut child);
                break;
            }
            if child.try_wait().expect("a child").is_some() {
                break;
            }
            std::thread::yield_now();
        }
        let output = child.wait_with_output().expect("ended");
        let said =
            [output.stdout, output.stderr].map(|text| unwrapped(&String::from_utf8_lossy(&text))).concat();
        // Killed by a signal, it has no code; by Ctrl-C, this one.
        match output.status.code() {
            None | Some(130 | 137) => {}
            Some(_) if said.contains("responses are missing") => {}
            Some(code) => return (code, said, runs),
        }
    }
    panic!("it never ends");
}

/// The false claim does not pass; nothing is left beside the recording but the receipt.
fn holds(consumer: &Consumer, (code, said, runs): &(i32, String, usize)) {
    println!("{runs} runs");
    assert!(*runs > 2, "it was cut off: {said}");
    assert_eq!(*code, 101, "{runs} runs: {said}");
    assert!(said.contains(" answers came after tries that were lost"), "{said}");
    let beside = std::fs::read_dir(consumer.root.join("recordings/assistant")).expect("a folder");
    let mut beside: Vec<_> = beside.map(|entry| entry.expect("read").file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["V1.jsonl", "V1.receipt.json"]);
}

#[test]
fn killing_runs_that_wait_for_an_answer_chooses_no_answers() {
    let (consumer, (server, gate, held)) = (Consumer::fresh(), slow());
    asks_with(&consumer, &server, "concurrency = 4", "");
    let judged = until_judged(&consumer, &held, |child| child.kill().expect("killed"));
    gate.open();
    holds(&consumer, &judged);
}

#[cfg(unix)]
#[test]
fn nor_does_ctrl_c() {
    let (consumer, (server, gate, held)) = (Consumer::fresh(), slow());
    asks_with(&consumer, &server, "concurrency = 4", "");
    let judged = until_judged(&consumer, &held, |child| {
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    });
    gate.open();
    holds(&consumer, &judged);
}

#[test]
fn nor_does_the_time_limit_of_a_run() {
    let (consumer, (server, gate, held)) = (Consumer::fresh(), slow());
    // A second for each run.
    asks_with(&consumer, &server, "concurrency = 16", "[budget]\nmax_minutes = 0.0167");
    let judged = until_judged(&consumer, &held, |_| {});
    gate.open();
    holds(&consumer, &judged);
}

#[test]
fn nor_does_the_time_limit_of_a_request() {
    let (consumer, (server, gate, _held)) = (Consumer::fresh(), slow());
    asks_with(&consumer, &server, "concurrency = 64\ntimeout = 1\nretries = 20", "");
    let (code, out, err) = consumer.run_with(&["rates"], &[]);
    gate.open();
    let said = format!("{out}{err}");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains(" answers came after tries that were lost"), "{said}");
}

/// Requests that were turned down before the model got them are not lost, whatever ends the run.
#[test]
fn runs_that_end_while_requests_are_turned_down_lose_nothing() {
    let consumer = Consumer::fresh();
    let (tell, held) = channel();
    let tell = Mutex::new(tell);
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 8 {
        7 => {
            tell.lock().expect("no panic").send(()).ok();
            Reply::json(429, &serde_json::json!({ "error": { "message": "slow down" } }))
                .header("retry-after-ms", "400")
        }
        _ => Reply::json(200, &completion(SURE)),
    });
    // One at a time: what is turned down is all that is on its way. Killed once that is noted.
    asks_with(&consumer, &server, "concurrency = 1\nretries = 20", "");
    let sent = consumer.root.join("recordings/assistant/V1.sent");
    let (code, said, runs) = until_judged(&consumer, &held, |child| {
        // Id, lost tries, checksum.
        let none = |line: &str| line.split(' ').nth(1) == Some("0");
        let noted = || {
            std::fs::read_to_string(&sent)
                .is_ok_and(|text| text.ends_with('\n') && text.lines().last().is_some_and(none))
        };
        while !noted() && child.try_wait().expect("a child").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("killed");
    });
    assert!(runs > 2, "{said}");
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("tries that were lost"), "{said}");
    let recorded =
        std::fs::read_to_string(consumer.root.join("recordings/assistant/V1.jsonl")).expect("recorded");
    assert!(!recorded.contains("\"lost\""), "{recorded}");
}
