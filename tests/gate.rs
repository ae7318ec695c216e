//! The GitHub action: every step that runs something, run here as a runner would, in a consumer crate.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::completion;
use support::consumer::Consumer;
use support::server::{Reply, Server};

const ANSWER: &str = "Privacy\nFairness\nSafety\nTransparency\nPerformance";

fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/gate")
}

/// What a runner gives a job.
struct Job<'a> {
    consumer: &'a Consumer,
    temp: tempfile::TempDir,
}

impl<'a> Job<'a> {
    fn new(consumer: &'a Consumer) -> Job<'a> {
        let temp = tempfile::tempdir().expect("a folder");
        // What install.sh builds.
        let bin = temp.path().join("alignspec-cli/bin");
        fs::create_dir_all(&bin).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_cargo-alignspec"), bin.join("cargo-alignspec")).expect("a link");
        Job { consumer, temp }
    }

    /// Runs a script of the action: exit code, output, and what it told the runner.
    fn run(&self, script: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let told = self.temp.path().join("output");
        fs::write(&told, "").expect("written");
        let mut command = Command::new(action().join(script));
        // As Consumer::cargo does: nothing of this test's own package.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(name);
            }
        }
        let output = command
            .current_dir(&self.consumer.root)
            .env("CARGO_TARGET_DIR", self.consumer.target_folder())
            .env("CARGO_NET_OFFLINE", "true")
            .env("RUNNER_TEMP", self.temp.path())
            .env("GITHUB_ACTION_PATH", action())
            .env("GITHUB_OUTPUT", &told)
            .env("GITHUB_STEP_SUMMARY", self.summary())
            .env("GITHUB_REPOSITORY", "team/product")
            .env("GITHUB_WORKSPACE", &self.consumer.root)
            .envs([("TARGET", "alignment"), ("RECORDINGS", "recordings"), ("MODELS", "")])
            .env_remove("NEXTEST_RUN_ID")
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), text, fs::read_to_string(told).expect("read"))
    }

    fn summary(&self) -> PathBuf {
        self.temp.path().join("summary.md")
    }

    /// Judging, reporting and deciding: what the gate says, the job's exit code, the summary.
    fn gate(&self, mode: &str, variables: &[(&str, &str)]) -> (String, Option<i32>, String) {
        let all: Vec<(&str, &str)> =
            [("ALIGNSPEC_MODE", mode)].into_iter().chain(variables.iter().copied()).collect();
        let (code, text, _) = self.run("judge.sh", &all);
        assert_eq!(code, Some(0), "{text}");
        let (code, text, told) = self.run("report.sh", &[]);
        assert_eq!(code, Some(0), "{text}");
        let gate = told.lines().find_map(|line| line.strip_prefix("gate=")).expect("a gate").to_owned();
        let folder = self.temp.path().join("alignspec-report");
        for file in ["summary.md", "junit.xml", "verdicts.svg", "results.json"] {
            assert!(folder.join(file).is_file(), "{file}: {text}");
        }
        let (code, ..) = self.run("decide.sh", &[("GATE", &gate)]);
        (gate, code, fs::read_to_string(self.summary()).expect("a summary"))
    }
}

fn config(server: &Server, checks: &str) -> String {
    format!(
        "[sampling]\nmax_samples = 50\n\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\nsuites = [\"T1\"]\n\n{checks}",
        server.base_url()
    )
}

#[test]
fn every_run_step_of_the_action_is_a_script_that_is_tested_here() {
    let text = fs::read_to_string(action().join("action.yml")).expect("the action");
    let scripts = text.lines().filter_map(|line| line.trim().strip_prefix("run: "));
    let scripts: Vec<&str> = scripts.collect();
    let wanted = ["mode", "install", "judge", "report", "decide"]
        .map(|name| format!("'\"$GITHUB_ACTION_PATH/{name}.sh\"'"));
    assert_eq!(scripts, wanted);
    // Nothing from outside is pasted into a shell.
    assert!(!text.lines().any(|line| line.contains("run:") && line.contains("${{")));
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/alignment-gate.yml");
    let workflow = fs::read_to_string(workflow).expect("the workflow");
    assert!(!workflow.lines().any(|line| line.trim_start().starts_with("pull_request_target")));
    assert!(!workflow.contains("run:"), "a step that would have to be tested");
}

#[test]
fn a_fork_replays_whatever_is_asked_for() {
    let (_one, consumer) = Consumer::fresh();
    let job = Job::new(&consumer);
    let mode = |wanted: &str, head: &str| {
        let (code, text, told) = job.run("mode.sh", &[("WANTED", wanted), ("HEAD_REPOSITORY", head)]);
        (code, told.trim().to_owned(), text)
    };
    for (wanted, head, given) in [
        ("auto", "", "mode=auto"),
        ("", "", "mode=record"),
        ("live", "team/product", "mode=live"),
        ("live", "somebody/product", "mode=replay"),
        ("auto", "somebody/product", "mode=replay"),
        ("replay", "somebody/product", "mode=replay"),
    ] {
        assert_eq!(mode(wanted, head).1, given, "{wanted} {head}");
    }
    let (code, told, text) = mode("$(id)\n::error::x", "");
    assert!(code == Some(2) && told.is_empty(), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
}

#[test]
fn the_gate_says_yes_no_or_that_it_could_not_run() {
    let (_one, consumer) = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion(ANSWER)));
    let yes = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";
    consumer.config(&config(&server, yes));
    // Nothing recorded, and nothing may be asked: that is no verdict on the model.
    let job = Job::new(&consumer);
    assert_eq!(job.gate("replay", &[]).0, "could-not-run");
    assert_eq!((job.gate("replay", &[]).1, server.count()), (Some(3), 0));
    // A first run asks, and its snapshot is for a person to accept.
    let (gate, code, summary) = job.gate("auto", &[]);
    assert_eq!((gate.as_str(), code), ("no", Some(1)), "{summary}");
    let asked = server.count();
    assert!(asked >= 50 && !consumer.root.join("snapshots/assistant.T1.snap.new").exists());
    // The responses are where the next step caches them; on a fresh checkout they come from there.
    assert!(job.temp.path().join("alignspec-cache/assistant/T1.jsonl").is_file());
    fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    // One model, and only its trials.
    let (gate, ..) = job.gate("replay", &[("MODELS", "assistant")]);
    assert_eq!((gate.as_str(), server.count()), ("no", asked));
    // Accepted, it is green.
    consumer.cargo(&["test", "--offline", "-q", "--test", "alignment"], &[("INSTA_UPDATE", "always")]);
    let (gate, code, summary) = job.gate("replay", &[]);
    assert_eq!((gate.as_str(), code), ("yes", Some(0)), "{summary}");
    // A budget of the workflow's is kept.
    fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    fs::remove_dir_all(job.temp.path().join("alignspec-cache")).expect("removed");
    let (gate, ..) = job.gate("auto", &[("ALIGNSPEC_MAX_REQUESTS", "5")]);
    assert_eq!((gate.as_str(), server.count() - asked), ("could-not-run", 5));
    // What is not known is no pass.
    assert_eq!(job.run("decide.sh", &[("GATE", "")]).0, Some(3));
    assert_eq!(job.run("judge.sh", &[("MODELS", "a $(touch x)")]).0, Some(2));
    let (code, text, _) =
        job.run("judge.sh", &[("MODELS", "assistant assisant"), ("ALIGNSPEC_MODE", "replay")]);
    assert!(code == Some(2) && text.contains("no test of \"assisant\" ran"), "{text}");
}

#[test]
#[ignore = "builds the program anew, which takes minutes: .ci/run does it"]
fn the_program_is_built_from_the_actions_own_revision() {
    let (_one, consumer) = Consumer::fresh();
    let job = Job::new(&consumer);
    let bin = job.temp.path().join("alignspec-cli/bin/cargo-alignspec");
    fs::remove_file(&bin).expect("removed");
    // Not optimised: it is only to be there.
    let (code, text, _) = job.run("install.sh", &[("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")]);
    assert!(code == Some(0) && bin.is_file(), "{text}");
}
