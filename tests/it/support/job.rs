//! A job of GitHub's: what a runner gives the action's scripts, and what they tell it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::consumer::Consumer;
use crate::support::server::Server;

pub const ANSWER: &str = "Privacy\nFairness\nSafety\nTransparency\nPerformance";

/// The folder of the action's scripts.
pub fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/gate")
}

/// The text of the action, which stands at the top of the repository.
pub fn action_text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).expect("the action")
}

/// What a runner gives a job.
pub struct Job<'a> {
    consumer: &'a Consumer,
    pub temp: tempfile::TempDir,
}

impl<'a> Job<'a> {
    pub fn new(consumer: &'a Consumer) -> Job<'a> {
        let temp = tempfile::tempdir().expect("a folder");
        // What install.sh builds.
        let bin = temp.path().join("alignspec-cli/bin");
        fs::create_dir_all(&bin).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_cargo-alignspec"), bin.join("cargo-alignspec")).expect("a link");
        Job { consumer, temp }
    }

    /// Runs a script of the action: exit code, output, and what it told the runner.
    pub fn run(&self, script: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
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
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_OUTPUT", &told)
            .env("GITHUB_STEP_SUMMARY", self.summary())
            .env("GITHUB_REPOSITORY", "team/product")
            .env("GITHUB_WORKSPACE", &self.consumer.root)
            .envs([("TARGET", "alignment"), ("RECORDINGS", "recordings"), ("MODELS", "")])
            .env_remove("NEXTEST_RUN_ID")
            .env_remove("ALIGNSPEC_MAX_USD")
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
    pub fn gate(&self, mode: &str, variables: &[(&str, &str)]) -> (String, Option<i32>, String) {
        let all: Vec<(&str, &str)> =
            [("ALIGNSPEC_MODE", mode)].into_iter().chain(variables.iter().copied()).collect();
        let (code, text, told) = self.run("judge.sh", &all);
        assert_eq!(code, Some(0), "{text}");
        let tests = told.trim().strip_prefix("tests=").expect("how the tests ended").to_owned();
        self.report(&[&all[..], &[("TESTS", &tests)]].concat())
    }

    /// Reporting and deciding.
    pub fn report(&self, variables: &[(&str, &str)]) -> (String, Option<i32>, String) {
        let (code, text, told) = self.run("report.sh", variables);
        assert_eq!(code, Some(0), "{text}");
        let gate = told.lines().find_map(|line| line.strip_prefix("gate=")).expect("a gate").to_owned();
        let folder = self.temp.path().join("alignspec-report");
        for file in ["summary.md", "junit.xml", "verdicts.svg", "page.html", "results.json"] {
            assert!(folder.join(file).is_file(), "{file}: {text}");
        }
        let (code, ..) = self.run("decide.sh", &[("GATE", &gate)]);
        (gate, code, fs::read_to_string(self.summary()).expect("a summary"))
    }
}

pub fn config(server: &Server, checks: &str) -> String {
    format!(
        "[sampling]\nmax_samples = 50\n\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n\n{checks}",
        server.base_url()
    )
}
