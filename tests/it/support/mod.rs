//! What the tests of sampling share: a scripted server on a loopback port, a model and a task to
//! ask it about.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod anthropic_batches;
pub mod back;
pub mod bank;
pub mod batches;
pub mod child;
pub mod consumer;
pub mod failing;
pub mod frames;
pub mod gemini_batches;
pub mod job;
pub mod reported;
pub mod repository;
pub mod server;
pub mod shapes;
pub mod sigv4;
pub mod small;
pub mod streams;
pub mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use alignspec::__testing::config::Model;
use alignspec::__testing::diagnostic::{Diagnostic, Source};
use alignspec::__testing::sample::{AskBack, Mode, Pace, Sampled, Sampler, SamplingUnit};
use alignspec::__testing::suite::{self, Question, Task};
use serde_json::{Value, json};

/// The key that no error, recording or log may show.
pub const KEY: &str = "sk-super-secret-0123456789";

/// An environment in which `TEST_KEY` holds [`KEY`] and nothing else is set.
pub fn variables(name: &str) -> Option<String> {
    (name == "TEST_KEY").then(|| KEY.to_owned())
}

pub fn no_variables(_: &str) -> Option<String> {
    None
}

/// Fast enough for a test, and patient enough for a busy machine.
pub const PACE: Pace =
    Pace { concurrency: 1, limit: Duration::from_secs(20), retries: 2, pause: Duration::from_millis(1) };

/// A model that asks the server at `base_url`, with further `fields` as in alignment.toml.
pub fn model(base_url: &str, fields: &str) -> Model {
    model_of("openai", "small-1", base_url, fields)
}

/// A model of any provider.
pub fn model_of(provider: &str, id: &str, base_url: &str, fields: &str) -> Model {
    let text = format!(
        "[[model]]\nname = \"assistant\"\nprovider = \"{provider}\"\nmodel = \"{id}\"\nbase_url = \"{base_url}\"\nkey_env = \"TEST_KEY\"\n{fields}"
    );
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text));
    config.expect("a valid config").models.remove(0)
}

/// The model of an entry, in a crate whose folder is `root`.
pub fn configured(root: &Path, fields: &str) -> Model {
    let text = format!("[[model]]\nname = \"assistant\"\n{fields}");
    let config = alignspec::__testing::provider::parse_config(root, Source::new("alignment.toml", text));
    config.unwrap_or_else(|problem| panic!("{problem}")).models.remove(0)
}

/// What is wrong with an entry.
pub fn misconfigured(fields: &str) -> String {
    let text = format!("[[model]]\nname = \"assistant\"\n{fields}");
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text));
    config.err().map_or_else(|| panic!("nothing is wrong with\n{fields}"), |problem| problem.to_string())
}

/// Two values rated in one context on three levels.
pub fn task() -> Task {
    task_from(
        r#"
id = "T2"
title = "Importance"
kind = "rate"
orders = ["shuffled"]
prompt = "{context} How important is {value}?\n{options}"
level = [{ id = "not", label = "Not important" }, { id = "very", label = "Very important" }, { id = "extremely", label = "Extremely important" }]
context = [{ id = "medical", text = "A clinic." }]
value = [{ id = "privacy", label = "Privacy", text = "…" }, { id = "safety", label = "Safety", text = "…" }]
"#,
    )
}

pub fn task_from(text: &str) -> Task {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.toml"), text).expect("written");
    let entries = [("t.toml".to_owned(), Diagnostic::new("t.toml"))];
    let mut suites = suite::load(folder.path(), &entries);
    assert!(suites.problems.is_empty(), "{:?}", suites.problems);
    suites.suites.remove(0).task.expect("a task")
}

/// `samples` of every item in every form.
pub fn questions(task: &Task, samples: u32) -> Vec<Question<'_>> {
    let mut questions = Vec::new();
    for item in 0..task.items.len() {
        for form in 0..task.forms.len() {
            questions.extend((0..samples).map(|index| task.question(1, item, form, index)));
        }
    }
    questions
}

pub fn unit<'a>(model: &'a Model, task: &'a Task, samples: u32) -> SamplingUnit<'a> {
    let schema = |_: &Question<'_>| json!({ "type": "string" });
    SamplingUnit { model, task, questions: questions(task, samples).into(), schema, back: AskBack::NEVER }
}

pub fn sampler(folder: &Path, mode: Mode) -> Sampler {
    Sampler::with(folder, mode, PACE, variables)
}

/// Samples in auto mode, in a sampler of its own: what another process would see.
pub fn sample(folder: &Path, unit: &SamplingUnit<'_>) -> Sampled {
    sampler(folder, Mode::Auto).sample(unit).expect("sampled")
}

/// The text of the recording of [`model`] and [`task`]; empty where there is none.
pub fn recorded(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("assistant/T2.jsonl")).unwrap_or_default()
}

/// A chat completion that says `text`.
pub fn completion(text: &str) -> Value {
    json!({
        "model": "small-1-2025",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 11, "completion_tokens": 3 },
    })
}

/// The variable that makes a test binary, started again by one of its tests, a recorder.
const CHILD: &str = "ALIGNSPEC_TEST_RECORDER";

/// The exit code of a recorder that did not get all answers.
const SHORT_OF_ANSWERS: i32 = 3;

/// What a recorder in a process of its own is to do.
pub struct Recorder {
    pub base_url: String,
    pub folder: PathBuf,
    pub samples: u32,
    pub concurrency: usize,
}

impl Recorder {
    /// Starts this test binary again, to run only the test `entry`, which calls [`Recorder::run`].
    pub fn command(&self, entry: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        let orders = json!([self.base_url, self.folder, self.samples, self.concurrency]);
        command.args([entry, "--exact", "--nocapture"]).env(CHILD, orders.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        command
    }

    /// Records until all is there, if this process was started to.
    pub fn run() {
        let Ok(orders) = std::env::var(CHILD) else { return };
        let (base_url, folder, samples, concurrency): (String, PathBuf, u32, usize) =
            serde_json::from_str(&orders).expect("orders");
        println!("recording");
        let (model, task) = (model(&base_url, ""), task());
        let sampler = Sampler::with(folder, Mode::Record, Pace { concurrency, ..PACE }, variables);
        let sampled = sampler.sample(&unit(&model, &task, samples)).expect("sampled");
        // Under faults a question may use up its tries, and whoever started this one starts it again: that is a
        // result, and no panic on a terminal where everything passes.
        if let Some(shortfall) = sampled.shortfall() {
            println!("{shortfall}");
            std::process::exit(SHORT_OF_ANSWERS);
        }
    }
}

/// Asserts that `found` is what a file of this repository says, letter for letter. With `ALIGNSPEC_BLESS=1` the file
/// is written anew instead.
#[track_caller]
pub fn assert_kept(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("ALIGNSPEC_BLESS").is_some() {
        std::fs::write(&path, found).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let differs = kept.split("\n\n").zip(found.split("\n\n")).find(|(kept, found)| kept != found);
    assert!(
        kept == found,
        "{file} ({} lines) is not what was found ({} lines); the first paragraphs that differ: {differs:#?}\n\
         ALIGNSPEC_BLESS=1 writes the file anew",
        kept.lines().count(),
        found.lines().count()
    );
}

/// The first eight characters in a row of a secret that stand in a text, capitals or not.
pub fn part_of(secret: &str, text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let parts = secret.as_bytes().windows(8).map(|part| String::from_utf8_lossy(part).into_owned());
    parts.into_iter().find(|part| text.contains(&part.to_lowercase()))
}
