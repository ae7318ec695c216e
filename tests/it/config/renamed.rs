//! Words and keys that have a new name: files with the old ones do what they did, and are told in each place.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

const OLD: &str = "suites = [\"builtin\"]\n[sampling]\nbatch = 10\n\n[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\nsuites = [\"T1\"]\n\n[[check]]\nexpect = \"T1 drift from o1-mini <= 0.3\"\n";

const STEP: &str = "warning: `batch` in [sampling] is now called `step`
 --> alignment.toml:3:1
  |
3 | batch = 10
  | ^^^^^ write `step`
  |
  = help: rename it here: this version still reads `batch`, the next one will not
";

const TASKS: &str = "warning: `suites` in [[model]] is now called `tasks`
 --> alignment.toml:8:1
  |
8 | suites = [\"T1\"]
  | ^^^^^^ write `tasks`
  |
  = help: rename it here: this version still reads `suites`, the next one will not
";

const SHIFT: &str = "warning: the check `drift from` is now called `shift from`
  --> alignment.toml:11:14
   |
11 | expect = \"T1 drift from o1-mini <= 0.3\"
   |              ^^^^^ write `shift`
   |
   = help: rename it here: this version still reads `drift from`, the next one will not
";

const CHECK: &str = "o1-preview::T1 shift from o1-mini <= 0.3";

/// A config or a suite in the new words.
fn renamed(text: &str) -> String {
    text.replace("\nsuites = [\"T1\"]", "\ntasks = [\"T1\"]")
        .replace("batch = ", "step = ")
        .replace("drift from", "shift from")
}

/// What is told of old words, once each; the rest of the text.
fn told(text: &str, warnings: &[&str]) {
    assert_eq!(text.matches("is now called").count(), warnings.len(), "{text}");
    for warning in warnings {
        assert!(text.contains(warning), "no\n{warning}\nin\n{text}");
    }
}

/// Lines that do not say how long something took.
fn timeless(text: &str) -> String {
    text.lines()
        .map(|line| line.split("; finished in").next().unwrap_or_default().to_owned() + "\n")
        .collect()
}

fn cargo_alignspec(consumer: &Consumer, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    // As in `Consumer::cargo`: what cargo tells this test about its own package is not for another cargo.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(&consumer.root).stdin(Stdio::null());
    command.env("CARGO", env!("CARGO")).env("CARGO_TARGET_DIR", consumer.target()).env("INSTA_UPDATE", "no");
    command.env_remove("CI").env_remove("ALIGNSPEC_MODE").env_remove("ALIGNSPEC_PLAN");
    let output = command.output().expect("started");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn old_words_are_the_same_trials_and_each_place_is_told_once() {
    let consumer = Consumer::fresh();
    // A check in a suite, in capitals and about a context: two models are judged by it, and it is told once.
    let suite = "id = \"own\"\ntitle = \"Own\"\n\n[[check]]\nexpect = \"T2 DRIFT from practitioners in medical <= 0.6\"\nmodels = [\"phi-4\", \"o1-mini\"]\n";
    let more = "\n[[model]]\nname = \"phi-4\"\nprovider = \"tally\"\n\n[[model]]\nname = \"o1-mini\"\nprovider = \"tally\"\n";
    let arguments = ["--skip", "snapshot"];
    let outcome = |text: &str, suite: &str| {
        consumer.file("suites/own.toml", suite);
        consumer.config(text);
        consumer.run_with(&arguments, &[])
    };
    let lists = OLD.replace("[\"builtin\"]", "[\"builtin\", \"suites\"]");
    let old = format!("{lists}models = [\"o1-preview\"]\n{more}");
    let (new_code, new_out, new_err) =
        outcome(&renamed(&old), &renamed(suite).replace("DRIFT from", "shift from"));
    let (old_code, old_out, old_err) = outcome(&old, suite);
    assert_eq!(timeless(&old_out), timeless(&new_out), "the same trials, and the same is said of them");
    assert_eq!(old_code, new_code);
    assert!(old_out.contains(&format!("test {CHECK}")), "{old_out}");
    assert!(old_out.contains("test phi-4::T2 shift from practitioners in medical <= 0.6"), "{old_out}");
    told(&new_err, &[]);
    told(&old_err, &[STEP, TASKS, SHIFT, " --> suites/own.toml:5:14\n"]);
}

#[test]
fn every_way_to_look_at_the_files_tells_of_old_words() {
    let consumer = Consumer::fresh();
    consumer.config(OLD);
    let (code, _, err) = consumer.run_with(&[CHECK], &[]);
    assert_eq!(code, 0, "{err}");
    told(&err, &[STEP, TASKS, SHIFT]);
    // The plan, and commands.
    let (_, _, err) = consumer.run_with(&[], &[("ALIGNSPEC_PLAN", "1")]);
    told(&err, &[STEP, TASKS, SHIFT]);
    let (_, text) = cargo_alignspec(&consumer, &["diff", "o1-preview", "o1-mini"]);
    told(&text, &[STEP, TASKS, SHIFT]);
    let (_, text) = cargo_alignspec(&consumer, &["accept"]);
    told(&text, &[STEP, TASKS, SHIFT]);
    let (_, text) = cargo_alignspec(&consumer, &["merge", "nowhere"]);
    told(&text, &[STEP, TASKS]);
    // A process of one test tells of its own check alone, the first time and when the plan is kept.
    for name in [CHECK, CHECK, "o1-preview::T1 as in its snapshot"] {
        let variables = [("NEXTEST", "1"), ("NEXTEST_RUN_ID", "renamed")];
        let (_, _, err) = consumer.run_with(&["--exact", name], &variables);
        told(&err, if name == CHECK { &[STEP, TASKS, SHIFT] } else { &[STEP, TASKS] });
    }
}

#[test]
fn what_is_recorded_under_old_words_is_replayed_under_new_ones() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| {
        Reply::json(200, &completion("Privacy\nSafety\nFairness\nTransparency\nAccountability"))
    });
    let old = format!(
        "[sampling]\nsamples = 12\nmax_samples = 12\nbatch = 6\n[[model]]\nname = \"bot\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\nsuites = [\"T1\"]\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n",
        server.base_url()
    );
    consumer.config(&old);
    let arguments = ["record", "--test", "alignment", "--", "--offline", "--", "--skip", "snapshot"];
    let (_, text) = cargo_alignspec(&consumer, &arguments);
    // Once, though two programs have read the files.
    assert_eq!(text.matches("is now called").count(), 2, "{text}");
    assert_eq!(server.count(), 12, "{text}");
    let path = consumer.root.join("recordings/bot/T1.jsonl");
    let recorded = fs::read(&path).expect("a recording");
    let replay = |config: &str| {
        consumer.config(config);
        let (code, out, _) = consumer.run_with(&["selects"], &[("ALIGNSPEC_MODE", "replay")]);
        (code, timeless(&out))
    };
    let (before, after) = (replay(&old), replay(&renamed(&old)));
    assert_eq!(before, after);
    assert!(after.1.contains("test bot::T1 selects privacy >= 50%"), "{}", after.1);
    assert_eq!(server.count(), 12, "nothing is asked again");
    assert_eq!(fs::read(&path).expect("a recording"), recorded);
}

#[test]
fn both_words_for_one_thing_are_a_mistake() {
    let consumer = Consumer::fresh();
    let twice = "[[check]]\nexpect = \"T1 shift from o1-mini <= 0.3\"\n";
    for (text, wanted) in [
        (format!("{OLD}{twice}"), "o1-preview is checked twice for `T1 shift from o1-mini <= 0.3`"),
        (OLD.replace("batch = 10", "batch = 10\nstep = 10"), "[sampling] has both `batch` and `step`"),
        (
            OLD.replace("suites = [\"T1\"]", "tasks = [\"T1\"]\nsuites = [\"T1\"]"),
            "[[model]] has both `suites` and `tasks`",
        ),
    ] {
        consumer.config(&text);
        let (code, out, err) = consumer.run_with(&["--skip", "snapshot"], &[]);
        assert!(matches!(code, 101 | 102), "{code}: {out}{err}");
        assert!(out.contains(&format!("error: {wanted}")), "no `{wanted}` in\n{out}{err}");
    }
}
