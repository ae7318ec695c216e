//! What was asked with what: the system prompt and the settings are in a snapshot's head, in the words of a
//! failure and in a comparison; and what is said where only responses without an answer moved.

use std::fs;
use std::process::Command;

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Received, Reply, Server};

const SUITE: &str = r#"
id = "V1"
title = "Values of a bank"
kind = "rate"
orders = ["listed"]
prompt = "{context} How important is {value} ({definition})?\n{options}"
level = [{ id = "not", label = "Not important" }, { id = "very", label = "Very important" }, { id = "extremely", label = "Extremely important" }]
context = [{ id = "bank", text = "A bank." }]
value = [{ id = "privacy", label = "Privacy", text = "who knows what" }, { id = "safety", label = "Safety", text = "no harm" }, { id = "fairness", label = "Fairness", text = "no favour" }, { id = "dignity", label = "Dignity", text = "worth" }]
"#;

/// A server that answers as the temperature and the system prompt say: what nobody would see in the model's
/// name.
fn server() -> Server {
    Server::start(|request: &Received| {
        let messages = request.body["messages"].as_array().expect("messages");
        let prompt = messages.last().expect("a question")["content"].as_str().unwrap_or_default();
        let system =
            if messages.len() > 1 { messages[0]["content"].as_str().unwrap_or_default() } else { "" };
        // The questions come in turn: so that each is answered so many times, of twenty.
        let round = request.number / 4 % 20;
        let first_sample = request.number < 80;
        let silent = match system {
            "Be brief." => round < 5,
            "Be silent." => prompt.contains("Privacy") && round < if first_sample { 9 } else { 5 },
            _ => false,
        };
        let cold = request.body["temperature"].as_f64() == Some(0.0);
        let answer = if cold { "Not important" } else { "Very important" };
        let mut body = completion(if silent { "Hm" } else { answer });
        body["model"] = "gpt-a-2026-11".into();
        Reply::json(200, &body)
    })
}

struct Team<'a> {
    consumer: &'a Consumer,
    server: &'a Server,
}

impl Team<'_> {
    fn model(&self, fields: &str) {
        self.consumer.config(&format!(
            "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\nconcurrency = 1\nclarify = false\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nbase_url = \"{}\"\n{fields}",
            self.server.base_url()
        ));
    }

    /// What the trial says, where it fails.
    fn run(&self) -> String {
        let (_, out) = self.consumer.run(&["snapshot"]);
        let said = out.split("assistant: V1").nth(1).unwrap_or_default();
        on_a_day(said.split("\nreview it with").next().unwrap_or_default())
    }

    fn accept(&self) {
        let file = |end: &str| self.consumer.root.join(format!("snapshots/assistant.V1.{end}"));
        fs::rename(file("snap.new"), file("snap")).expect("accepted, as cargo insta accept does");
    }

    fn pending(&self) -> String {
        let path = self.consumer.root.join("snapshots/assistant.V1.snap.new");
        on_a_day(&fs::read_to_string(path).expect("a pending snapshot"))
    }

    fn diff(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.args(["diff", "snapshot:assistant", "assistant"]).args(arguments);
        let output = command.current_dir(&self.consumer.root).output().expect("it runs");
        on_a_day(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()))
    }
}

fn on_a_day(text: &str) -> String {
    let mut text = text.to_owned();
    let now = jiff::Timestamp::now();
    for then in [now, now - jiff::SignedDuration::from_hours(24)] {
        text = text.replace(&format!("sampled {}", &then.to_string()[..10]), "sampled DAY");
    }
    text
}

const WITH: &str = "settings provider openai, temperature 1.0, answer_format text";

/// The head of a pending snapshot, after the suite's lines and before the answers.
fn head(text: &str) -> &str {
    let (_, rest) = text.split_once("\nmodel ").expect("a model");
    rest.split("\n\n").next().unwrap_or_default()
}

#[test]
fn an_upgrade_of_the_prompt_alone_is_told_by_the_prompt() {
    let consumer = Consumer::fresh();
    consumer.file("suites/v1.toml", SUITE);
    let server = server();
    let team = Team { consumer: &consumer, server: &server };
    team.model("system = \"You help.\"\n");
    team.run();
    assert_eq!(
        head(&team.pending()),
        format!(
            "gpt-a, answered by gpt-a-2026-11\nsystem \"You help.\"\n{WITH}\nsampled DAY, 20 responses to each question\ninvalid 0 of 80"
        )
    );
    team.accept();
    team.model("system = \"You help a bank's product team, and you never forget who its customers are, wherever they are.\"\ntemperature = 0\n");
    let who = "model gpt-a, answered by gpt-a-2026-11; sampled DAY, 20 responses to each question";
    let long = "system \"You help a bank's product team, and you never forget who its customers are, wher…\" (a47ab48e)";
    let now = format!("{long}; {}", WITH.replace("1.0", "0.0"));
    let said = team.run();
    let wanted = format!(
        "  before  {who}\n          asked with system \"You help.\"; {WITH}\n  now     {who}\n          asked with {now}"
    );
    assert!(said.ends_with(&wanted), "{said}");
    let told = team.diff(&[]);
    let wanted = format!(
        "\nasked with\n  snapshot:assistant: system \"You help.\"; {WITH}\n  assistant: {now}\n\nranks of the values now"
    );
    assert!(told.contains(&wanted), "{told}");
    let page = team.diff(&["--format", "markdown"]);
    let wanted = "\n### Asked with\n\n- snapshot:assistant&#58; system \"You help.\"; settings provider openai, temperature 1.0, answer_format text\n- assistant: system \"You help a bank's";
    assert!(page.contains(wanted), "{page}");
    let json: serde_json::Value = serde_json::from_str(&team.diff(&["--format", "json"])).expect("JSON");
    assert_eq!(json["now"]["asked_with"], serde_json::json!([now]));
    // Whoever stored it by an older version did not tell: that alone is no drift, and nothing is made up.
    team.model("system = \"You help.\"\n");
    let stored = consumer.root.join("snapshots/assistant.V1.snap");
    let text = fs::read_to_string(&stored).expect("a snapshot");
    let old =
        |line: &&str| !["system ", "settings ", "asked ", "sum "].iter().any(|start| line.starts_with(start));
    let text = text.lines().filter(old).map(|line| format!("{line}\n")).collect::<String>();
    fs::write(&stored, text.trim_end().to_owned() + "\n").expect("written");
    assert_eq!(consumer.run(&["snapshot"]).0, 0);
    let told = team.diff(&[]);
    let wanted =
        format!("\nasked with\n  snapshot:assistant: not told\n  assistant: system \"You help.\"; {WITH}\n");
    assert!(told.contains(&wanted), "{told}");
    team.model("temperature = 0\n");
    let said = team.run();
    let wanted = format!(
        "  before  {who}\n          asked with settings that are not told: stored by an older version\n  now"
    );
    assert!(said.contains(&wanted), "{said}");
}

#[test]
fn responses_without_an_answer_are_what_moved() {
    let consumer = Consumer::fresh();
    consumer.file("suites/v1.toml", SUITE);
    let server = server();
    let team = Team { consumer: &consumer, server: &server };
    team.model("");
    team.run();
    team.accept();
    team.model("system = \"Be brief.\"\n");
    let said = team.run();
    let wanted = " is not as in its snapshot: the share of invalid responses rose from 0% to 25%; none of the 4 questions compared drifted (error rate 0.0500)\n  responses: shift 0.25, p 9.8e-7: invalid 0% → 25%\n  15 answers to each question would show a shift of 0.48 or more with a probability of 80%\n  before  model";
    assert!(said.starts_with(wanted), "{said}");
}

/// Lines that are kept are of the sample before, and so are their invalid responses: nine to privacy, where
/// the newest sample has five.
#[test]
fn lines_that_are_kept_bring_their_invalid_responses() {
    let consumer = Consumer::fresh();
    consumer.file("suites/v1.toml", SUITE);
    let server = server();
    let team = Team { consumer: &consumer, server: &server };
    team.model("system = \"Be silent.\"\n");
    team.run();
    assert!(team.pending().contains("\ninvalid 9 of 80 (9 unclear)\n\nbank.privacy   n 11  very 11\n"));
    team.accept();
    consumer.file("suites/v1.toml", &SUITE.replace("worth", "the worth of a person"));
    fs::remove_dir_all(consumer.root.join("recordings")).expect("asked anew");
    team.run();
    let text = team.pending();
    let wanted = "\nkept 3 of 4 questions: of earlier samples, from which this one did not drift\ninvalid 9 of 80\n\nbank.privacy   n 11  very 11\n";
    assert!(text.contains(wanted), "{text}");
    team.accept();
    assert_eq!(consumer.run(&["snapshot"]).0, 0);
}
