//! Snapshots and lost tries: a provider that fails on some answers can neither make answers drift nor hide that they did,
//! and a snapshot says how many of its answers came after lost tries.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::support::bank::SUITE;
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

/// What a model says of privacy: these in turn; and of its first requests, every other fails, until so many have.
type Says = (usize, Vec<&'static str>);

const EXTREMELY: &str = "Extremely important";
const VERY: &str = "Very important";
const NOT: &str = "Not important";

/// A role with a snapshot of 50 answers to each of two questions.
struct Team {
    consumer: Consumer,
    server: Server,
    says: Arc<Mutex<Says>>,
}

impl Team {
    fn new(says: Says) -> Team {
        let (consumer, says) = (Consumer::fresh(), Arc::new(Mutex::new(says)));
        let (now, asked, draws) = (Arc::clone(&says), AtomicUsize::new(0), AtomicUsize::new(0));
        let server = Server::start(move |request| {
            if !request.body["messages"][0].to_string().contains("Privacy") {
                return Reply::json(200, &completion("Extremely important"));
            }
            let mut says = now.lock().expect("no panic");
            if says.0 > 0 && asked.fetch_add(1, Ordering::SeqCst) % 2 == 1 {
                says.0 -= 1;
                return Reply::json(500, &json!({ "error": { "message": "try again" } }));
            }
            Reply::json(200, &completion(says.1[draws.fetch_add(1, Ordering::SeqCst) % says.1.len()]))
        });
        consumer.file("suites/v1.toml", SUITE);
        consumer.config(&format!(
            "suites = [\"suites\"]\n[sampling]\nsamples = 50\nmax_samples = 50\nretries = 50\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nbase_url = \"{}\"\n",
            server.base_url()
        ));
        let team = Team { consumer, server, says };
        let (code, said) = team.run("auto");
        assert_eq!(code, 101, "no snapshot yet: {said}");
        team.accept();
        team
    }

    fn path(&self, name: &str) -> PathBuf {
        self.consumer.root.join(name)
    }

    fn stored(&self) -> PathBuf {
        self.path("snapshots/assistant.V1.snap")
    }

    fn accept(&self) {
        fs::rename(self.path("snapshots/assistant.V1.snap.new"), self.stored()).expect("accepted");
    }

    /// The model says this from now on, and everything is recorded anew.
    fn now(&self, says: Says) {
        *self.says.lock().expect("no panic") = says;
        fs::remove_dir_all(self.path("recordings")).expect("removed");
    }

    fn run(&self, mode: &str) -> (i32, String) {
        let (code, out, err) =
            self.consumer.run_with(&["snapshot", "--nocapture"], &[("ALIGNSPEC_MODE", mode)]);
        (code, format!("{out}{err}"))
    }

    fn diff(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.args(["diff", "snapshot:assistant", "assistant"]).current_dir(&self.consumer.root);
        let output = command.stdin(Stdio::null()).output().expect("started");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Two in five "extremely".
fn honest() -> Vec<&'static str> {
    vec![EXTREMELY, VERY, VERY, EXTREMELY, VERY]
}

/// Four in five.
fn sure() -> Vec<&'static str> {
    vec![EXTREMELY, EXTREMELY, VERY, EXTREMELY, EXTREMELY]
}

#[test]
fn a_provider_that_fails_on_one_answer_makes_no_drift() {
    let team = Team::new((0, honest()));
    // The same model: what failed would have been "very".
    team.now((25, sure()));
    for mode in ["auto", "replay"] {
        let (code, said) = team.run(mode);
        assert_eq!(code, 101, "{mode}: {said}");
        for told in [
            "inconclusive: assistant: V1 as in its snapshot\n  found     no drift that is certain in 2 questions (error rate 0.0250)\n  lost      0 answers before and ",
            " now came after tries that were lost: what those said decides over bank.privacy, and the share of invalid responses\n",
            "  to do     find out why requests fail or are cut off",
        ] {
            assert!(said.contains(told), "{mode}: no `{told}` in {said}");
        }
        assert!(!said.contains("is not as in its snapshot"), "{mode}: {said}");
        assert!(!team.path("snapshots/assistant.V1.snap.new").exists());
    }
    let told = team.diff();
    assert!(told.contains("no change that is certain, but some that are possible"), "{told}");
    assert!(told.contains("V1: 0 answers before and "), "{told}");
}

#[test]
fn nor_can_it_hide_one() {
    let team = Team::new((0, honest()));
    // Another model: what failed would have been "not".
    team.now((25, honest()));
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("inconclusive: assistant: V1 as in its snapshot"), "{said}");
    assert!(!said.contains("pass: assistant: V1"), "{said}");
}

#[test]
fn failures_now_and_then_leave_a_drift_certain_and_its_absence_too() {
    let team = Team::new((0, honest()));
    team.now((2, honest()));
    let (code, said) = team.run("auto");
    assert_eq!(code, 0, "{said}");
    let told = "  lost      0 answers before and 2 now came after tries that were lost: no drift whatever those said\n";
    assert!(said.contains(told), "{said}");
    team.now((2, vec![NOT]));
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("assistant: V1 is not as in its snapshot: 1 of 2 questions drifted"), "{said}");
}

#[test]
fn a_snapshot_says_which_answers_came_after_lost_tries_and_stays_that_of_its_recording() {
    let team = Team::new((25, sure()));
    let text = fs::read_to_string(team.stored()).expect("a snapshot");
    let (_, after) = text.split_once("\n\nafter lost tries ").unwrap_or_else(|| panic!("{text}"));
    assert!(after.contains(")  bank.privacy\n\nasked "), "{text}");
    let (code, said) = team.run("replay");
    assert_eq!(code, 0, "the same answers: {said}");
    // What was lost then may have been what comes now.
    team.now((0, honest()));
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains(" answers before and 0 now came after tries that were lost"), "{said}");
    assert!(said.contains("inconclusive: assistant: V1 as in its snapshot"), "{said}");
    assert!(team.server.count() > 0);
}
