//! What a user sees while models are asked, and that standard output stays libtest's.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use crate::support::completion;
use crate::support::consumer::{Consumer, unwrapped};
use crate::support::server::{Gate, Reply, Server};

const ANSWER: &str = "Privacy\nFairness\nSafety\nTransparency\nPerformance";

fn config(server: &Server) -> String {
    format!(
        "[sampling]\nsamples = 50\nmax_samples = 50\nstep = 50\nconcurrency = 4\n\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n",
        server.base_url()
    )
}

/// What libtest prints about one trial that passes.
fn is_libtest(out: &str) {
    let (head, tail) = out.rsplit_once("finished in ").expect("a summary");
    assert_eq!(
        head,
        "\nrunning 1 test\ntest assistant::T1 selects privacy >= 50% ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; "
    );
    assert!(tail.ends_with("s\n\n") && tail.len() < 12, "{tail:?}");
}

#[test]
fn a_log_has_a_line_every_few_seconds_and_standard_output_has_none() {
    let consumer = Consumer::fresh();
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let server = Server::start(move |request| {
        if request.number >= 10 {
            held.pass();
        }
        Reply::json(200, &completion(ANSWER))
    });
    consumer.config(&config(&server));
    // One at a time is where libtest-mimic alone would print half a line first.
    let mut child =
        consumer.command(&["--skip", "snapshot", "--test-threads", "1"]).spawn().expect("started");
    let mut err = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.starts_with("assistant  10/50 answers") {
        line.clear();
        assert!(err.read_line(&mut line).expect("text") > 0, "it ended without a word");
    }
    gate.open();
    let mut rest = String::new();
    err.read_to_string(&mut rest).expect("text");
    let (mut out, mut piped) = (String::new(), child.stdout.take().expect("piped"));
    piped.read_to_string(&mut out).expect("text");
    assert!(child.wait().expect("ended").success(), "{out}");
    is_libtest(&out);
    assert_eq!(rest.lines().last(), Some("assistant  50/50 answers"), "{rest}");
    // With everything recorded there is nothing to say.
    let replayed = consumer.command(&["--skip", "snapshot"]).output().expect("run");
    is_libtest(&String::from_utf8_lossy(&replayed.stdout));
    assert_eq!(String::from_utf8_lossy(&replayed.stderr), "");
}

#[test]
fn what_takes_no_second_is_not_told() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion(ANSWER)));
    consumer.config(&config(&server));
    let output = consumer.command(&["--skip", "snapshot"]).output().expect("run");
    is_libtest(&String::from_utf8_lossy(&output.stdout));
    let err = unwrapped(&String::from_utf8_lossy(&output.stderr));
    assert!(err.lines().count() == 1 && err.starts_with("plan: assistant: "), "only the announcement: {err}");
}
