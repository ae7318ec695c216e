//! A consumer crate whose run has every outcome, and the report of what it left.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

const HOSTILE: &str =
    "no | more` <script>alert(1)</script>\n::error::owned @team \u{1b}[31m]]> \u{202e}%0A::set-env name=A::b";

pub const SUITE: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }]\n";

/// What a gate runs: sentences of every outcome, one of them in a suite file.
fn checks(extra: &str) -> String {
    let check = |model: &str, sentence: &str| {
        format!("\n[[check]]\nexpect = \"{sentence}\"\nmodels = [\"{model}\"]\n")
    };
    check("assistant", "T5 selects a >= 50%")
        + &check("half", "T5 selects a >= 50%")
        + &check("down", "T5 selects a >= 50%")
        + &check("keyless", "T5 selects a >= 50%")
        + extra
}

fn tally(name: &str, a: u32) -> String {
    format!("name = \"{name}\"\nsource = \"s\"\n[T5]\nn = 50\ncounts = {{ a = {a}, b = {} }}\n", 50 - a)
}

pub struct Gate {
    pub results: PathBuf,
    pub folder: tempfile::TempDir,
}

impl Gate {
    pub fn new() -> Gate {
        let folder = tempfile::tempdir().expect("a folder");
        Gate { results: folder.path().join("results"), folder }
    }

    /// Runs the tests; (exit code, what they printed).
    pub fn run(&self, consumer: &Consumer, arguments: &[&str]) -> (i32, String) {
        let results = self.results.display().to_string();
        let root = consumer.root.display().to_string();
        let variables = [("ALIGNSPEC_RESULTS", results.as_str()), ("GITHUB_WORKSPACE", &root)];
        let (code, out, err) = consumer.run_with(arguments, &variables);
        (code, format!("{out}{err}"))
    }

    pub fn report(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.args(["alignspec", "report"]).arg(&self.results).args(arguments);
        command.current_dir(self.folder.path()).output().expect("it runs")
    }

    pub fn code(&self) -> (Option<i32>, String) {
        let output = self.report(&[]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    pub fn outcomes(&self) -> Vec<(String, String)> {
        let output = self.report(&["--json", "-"]);
        let whole: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let records = whole["results"].as_array().expect("records").iter();
        records.map(|record| (text(&record["name"]), text(&record["outcome"]))).collect()
    }
}

/// Changes each record in a folder of results.
pub fn edit(results: &Path, change: impl Fn(&mut Value)) {
    for entry in fs::read_dir(results).expect("results") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let mut record = serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
            change(&mut record);
            fs::write(&path, record.to_string()).expect("written");
        }
    }
}

/// A crate whose run has every outcome, with its first snapshots accepted.
pub fn crowded(consumer: &Consumer, server: &Server) {
    consumer.file("suites/t5.toml", SUITE);
    consumer.file("baselines/half.toml", &tally("half", 26));
    consumer.file("baselines/moved.toml", &tally("moved", 45));
    let asked = |name: &str, more: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"openai\"\nmodel = \"{name}-1\"\nbase_url = \"{}\"\n{more}\n",
            server.base_url()
        )
    };
    let head = "suites = [\"suites\"]\nbaselines = [\"baselines\"]\n[sampling]\nsamples = 20\nmax_samples = 20\nretries = 0\nconcurrency = 1\n";
    let tallies = "[[model]]\nname = \"half\"\nprovider = \"tally\"\n[[model]]\nname = \"moved\"\nprovider = \"tally\"\n";
    let models = [
        head,
        &asked("assistant", ""),
        &asked("down", ""),
        &asked("keyless", "key_env = \"NO_SUCH_KEY_HERE\""),
        tallies,
    ]
    .concat();
    consumer.config(&format!("{models}{}", checks("")));
    // The first run, without results: its snapshots are accepted.
    let (code, out) = consumer.run(&["snapshot", "--skip", "down"]);
    assert_eq!(code, 101, "{out}");
    for model in ["assistant", "half", "moved"] {
        let file = consumer.root.join(format!("snapshots/{model}.T5.snap"));
        fs::rename(file.with_extension("snap.new"), file).expect("accepted");
    }
    consumer.file("baselines/moved.toml", &tally("moved", 5));
    // In a suite: with one in alignment.toml, nothing would be asked.
    let mistake = "id = \"M\"\ntitle = \"t\"\n[[check]]\nexpect = \"T5 selects aa >= 50%\"\n";
    consumer.file("suites/m.toml", mistake);
    consumer.config(&format!("{models}{}", checks("")));
    let why = "why = \"a | `tick` <b>bold</b> @team ::error::x\"\n";
    let failing = format!("\n[[check]]\nexpect = \"T5 selects b >= 80%\"\nmodels = [\"assistant\"]\n{why}");
    consumer.file("suites/t5.toml", &format!("{SUITE}{failing}"));
}

/// Takes the mistake out of it, which no selection leaves out.
pub fn mended(consumer: &Consumer) {
    fs::remove_file(consumer.root.join("suites/m.toml")).expect("there");
}

/// The server: one model that likes apples, one that is down and says why.
pub fn server() -> Server {
    Server::start(|request| match request.body["model"].as_str() {
        Some("assistant-1") => Reply::json(200, &completion("Apples")),
        _ => Reply::json(400, &json!({ "error": { "message": HOSTILE } })),
    })
}

/// A comment without the day of its snapshots, their age, and how long answers took.
pub fn ageless(text: &str) -> String {
    let mut text = text.to_owned();
    let now = jiff::Timestamp::now();
    for (hours, age) in [(0, "today"), (24, "1 day ago")] {
        let day = (now - jiff::SignedDuration::from_hours(hours)).to_string()[..10].to_owned();
        text = text.replace(&format!("{day}, {age}"), "DAY, AGE");
    }
    let timeless = text.lines().map(|line| match line.find(" ms at the median") {
        Some(at) => line[..at].rsplit_once(", ").map_or(line, |(before, _)| before),
        None => line,
    });
    timeless.map(|line| format!("{line}\n")).collect()
}
