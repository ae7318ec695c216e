//! Ctrl-C and SIGTERM while a server hangs: the run ends, keeps what came, and says how to go on.
#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Gate, Reply, Server};

const ANSWERED: usize = 7;
const CONCURRENCY: usize = 4;

/// It is meant to take a second; this is for a machine with much else to do.
const DEADLINE: Duration = Duration::from_secs(20);

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success(), "kill {name}");
}

/// Interrupts a run whose server hangs after a few answers; then runs it again.
fn interrupt(signals: &[&str], code: i32) {
    let consumer = Consumer::fresh();
    let (gate, hangs) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(true)));
    let (tell, told) = mpsc::channel();
    let (held, hanging, tell) = (Arc::clone(&gate), Arc::clone(&hangs), Mutex::new(tell));
    let server = Server::start(move |request| {
        if hanging.load(Ordering::SeqCst) && request.number >= ANSWERED {
            // Each of them was asked after an answer had been recorded.
            if request.number + 1 == ANSWERED + CONCURRENCY {
                tell.lock().expect("no panic").send(()).ok();
            }
            held.pass();
        }
        Reply::json(200, &completion("Privacy\nFairness\nSafety\nTransparency\nPerformance"))
    });
    consumer.config(&format!(
        "[sampling]\nsamples = 50\nmax_samples = 50\nstep = 50\nconcurrency = {CONCURRENCY}\n\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n",
        server.base_url()
    ));
    let mut child = consumer.command(&["--skip", "snapshot"]).spawn().expect("started");
    told.recv().expect("the server hangs");
    let pressed = Instant::now();
    signals.iter().for_each(|name| signal(&child, name));
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
    assert_eq!(child.wait().expect("ended").code(), Some(code), "{err}");
    assert!(pressed.elapsed() < DEADLINE, "{:?}", pressed.elapsed());
    let words = "interrupted: kept 7 answers in recordings/assistant; run the same command again to continue from here";
    assert_eq!(err.lines().last(), Some(words), "{err}");
    let recorded = fs::read_to_string(consumer.root.join("recordings/assistant/T1.jsonl")).expect("recorded");
    assert_eq!(recorded.matches('\n').count(), ANSWERED, "{recorded}");
    // The next run asks for what is missing.
    hangs.store(false, Ordering::SeqCst);
    gate.open();
    let before = server.count();
    let again = consumer.command(&["--skip", "snapshot"]).output().expect("run");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stdout));
    assert_eq!(server.count() - before, 50 - ANSWERED);
}

#[test]
fn ctrl_c_keeps_what_came_and_says_how_to_go_on() {
    interrupt(&["-INT"], 130);
}

#[test]
fn the_same_press_twice_as_nextest_may_pass_it_on_is_one() {
    interrupt(&["-INT", "-INT"], 130);
}

#[test]
fn being_terminated_is_no_different_but_for_the_exit_code() {
    interrupt(&["-TERM"], 143);
}
