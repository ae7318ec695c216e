//! `cargo alignspec record`: the crate's own target asks for what is missing, and its exit code counts.

use std::process::{Command, Stdio};

use crate::support::completion;
use crate::support::consumer::{Consumer, TALLY};
use crate::support::server::{Reply, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

/// The exit code, and everything it said.
fn record(consumer: &Consumer, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    // As in `Consumer::cargo`: what cargo tells this test about its own package is not for another cargo.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.arg("record").args(arguments).current_dir(&consumer.root);
    command.env("CARGO", env!("CARGO")).env("CARGO_TARGET_DIR", consumer.target()).env("INSTA_UPDATE", "no");
    // Whatever these say, it records.
    command.env("ALIGNSPEC_MODE", "replay").env("ALIGNSPEC_PLAN", "1").env_remove("CI");
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// Two models that are asked, one of which has the other's name at its end.
fn configure(consumer: &Consumer, server: &Server) {
    let model = |name: &str| {
        let base_url = server.base_url();
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"openai\"\nmodel = \"{name}-model\"\nbase_url = \"{base_url}\"\ntasks = [\"T1\"]\nprice = {{ input = 1.0, output = 2.0 }}\n\n"
        )
    };
    let check = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\nmodels = [\"bot\", \"sales-bot\"]\n";
    let sampling = "[sampling]\nsamples = 20\nmax_samples = 20\nretries = 0\n\n";
    consumer.config(&format!("{sampling}{}{}{TALLY}\n{check}", model("bot"), model("sales-bot")));
}

#[test]
fn what_is_missing_is_asked_once_of_the_role_that_is_named() {
    let consumer = Consumer::fresh();
    let five = "Privacy\nSafety\nFairness\nTransparency\nAccountability";
    let server = Server::start(move |_| Reply::json(200, &completion(five)));
    configure(&consumer, &server);
    let arguments = ["--role", "bot", "--test", "alignment", "--", "--offline", "--", "--skip", "snapshot"];
    let (code, text) = record(&consumer, &arguments);
    assert_eq!(code, Some(0), "{text}");
    // Once, whoever asks.
    assert_eq!(text.matches("plan: bot: likely 20 requests, at most 20; ").count(), 1, "{text}");
    assert!(text.contains("running 1 test"), "{text}");
    assert!(!text.contains("sales-bot::"), "{text}");
    let asked = server.count();
    assert!((1..=20).contains(&asked), "{asked}");
    assert!(consumer.root.join("recordings/bot/T1.jsonl").exists());
    assert!(!consumer.root.join("recordings/sales-bot").exists());
    // All that the check needed is there: nothing is asked again.
    let (code, text) = record(&consumer, &arguments);
    assert_eq!((code, server.count()), (Some(0), asked), "{text}");
    // The snapshot takes all, and is pending.
    let (code, text) = record(&consumer, &arguments[..6]);
    assert!(code == Some(101) && server.count() == 20, "{text}");
    // What was recorded tells what it cost and how long it took.
    let mut diff = Command::new(BINARY);
    let diff = diff.args(["diff", "bot", "phi-4"]).current_dir(&consumer.root).output().expect("started");
    let shown = String::from_utf8_lossy(&diff.stdout).into_owned();
    let cost =
        shown.lines().find(|line| line.starts_with("  bot: 20 responses, ")).expect("a cost").to_owned();
    for part in [" tokens asked, ", " answered, $0.00", " ms at the median, ", " ms for 95 %"] {
        assert!(cost.contains(part), "{cost}");
    }
    assert!(shown.starts_with("bot"), "{shown}");
}

#[test]
fn targets_are_found_and_failures_pass_through() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion("Solidarity")));
    configure(&consumer, &server);
    let (code, text) = record(&consumer, &["--role", "bot", "--", "--offline", "--no-run"]);
    assert_eq!(code, Some(0), "{text}");
    for target in ["tests/alignment.rs", "tests/functions.rs"] {
        assert!(text.contains(target), "no {target} in\n{text}");
    }
    // No answer has five values.
    let (code, text) = record(&consumer, &["--role", "bot", "--test", "alignment", "--", "--offline"]);
    assert!(code == Some(101) && text.contains("T1 selects privacy >= 50%"), "{code:?}: {text}");
    for (arguments, wanted) in [
        (&["--role", "bott"][..], "error: no model that is asked is named `bott`: did you mean `bot`?\n"),
        (&["--role", "o1-preview"][..], "error: no model that is asked is named `o1-preview`: "),
        (&["--test=-x"][..], "error: `-x` is not the name of a target\n"),
    ] {
        let (code, text) = record(&consumer, arguments);
        assert!(code == Some(2) && text.starts_with(wanted), "{code:?}: {text}");
    }
    consumer.config(TALLY);
    let (code, text) = record(&consumer, &[]);
    assert_eq!(
        (code, text.as_str()),
        (Some(1), "error: all models in alignment.toml are published ones: there is nothing to ask\n")
    );
}
