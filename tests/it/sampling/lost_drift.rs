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

/// What a model says of privacy, in turn, each with whether it is lost.
type Says = Vec<(&'static str, bool)>;

const EXTREMELY: (&str, bool) = ("Extremely important", false);
const VERY: (&str, bool) = ("Very important", false);
const NOT: (&str, bool) = ("Not important", false);
const LOST: (&str, bool) = ("Very important", true);

/// A role with a snapshot of 50 answers to each of two questions.
struct Team {
    consumer: Consumer,
    server: Server,
    says: Arc<Mutex<Says>>,
}

impl Team {
    fn new(says: Says) -> Team {
        let (consumer, says) = (Consumer::fresh(), Arc::new(Mutex::new(says)));
        let (now, draws) = (Arc::clone(&says), AtomicUsize::new(0));
        let server = Server::start(move |request| {
            if !request.body["messages"][0].to_string().contains("Privacy") {
                return Reply::json(200, &completion("Extremely important"));
            }
            let says = now.lock().expect("no panic");
            match says[draws.fetch_add(1, Ordering::SeqCst) % says.len()] {
                (_, true) => Reply::json(500, &json!({ "error": { "message": "try again" } })),
                (text, false) => Reply::json(200, &completion(text)),
            }
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

/// Two in five "extremely", and none is lost.
fn honest() -> Says {
    vec![EXTREMELY, VERY, VERY, EXTREMELY, VERY]
}

#[test]
fn a_provider_that_fails_on_one_answer_makes_no_drift() {
    let team = Team::new(honest());
    // The same model; of six "very" five are lost.
    team.now(vec![EXTREMELY, LOST, EXTREMELY, LOST, VERY, LOST, EXTREMELY, LOST, EXTREMELY, LOST]);
    for mode in ["auto", "replay"] {
        let (code, said) = team.run(mode);
        assert_eq!(code, 101, "{mode}: {said}");
        for told in [
            "inconclusive: assistant: V1 as in its snapshot\n  found     no drift that is certain in 2 questions",
            "  lost      0 answers before and 35 now came after tries that were lost: what those said decides over bank.privacy, and all questions taken together\n",
            "  to do     find out why requests fail",
        ] {
            assert!(said.contains(told), "{mode}: no `{told}` in {said}");
        }
        assert!(!said.contains("is not as in its snapshot"), "{mode}: {said}");
        assert!(!team.path("snapshots/assistant.V1.snap.new").exists());
    }
    let told = team.diff();
    assert!(told.contains("no change that is certain, but some that are possible"), "{told}");
    assert!(told.contains("V1: 0 answers before and 35 now came after tries that were lost"), "{told}");
}

#[test]
fn nor_can_it_hide_one() {
    let team = Team::new(honest());
    // Of ten answers one is "extremely" now; most "very" are lost, so that two in five come.
    let mut says = vec![LOST; 25];
    says.extend(honest());
    team.now(says);
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("inconclusive: assistant: V1 as in its snapshot"), "{said}");
    assert!(!said.contains("pass: assistant: V1"), "{said}");
}

#[test]
fn failures_now_and_then_leave_a_drift_certain_and_its_absence_too() {
    let team = Team::new(honest());
    let mut says: Says = (0..5).flat_map(|_| honest()).collect();
    says.push(LOST);
    team.now(says);
    let (code, said) = team.run("auto");
    assert_eq!(code, 0, "{said}");
    let told = "  lost      0 answers before and 2 now came after tries that were lost: no drift whatever those said\n";
    assert!(said.contains(told), "{said}");
    let mut says = vec![NOT; 25];
    says.push(LOST);
    team.now(says);
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("assistant: V1 is not as in its snapshot: 1 of 2 questions drifted"), "{said}");
}

#[test]
fn a_snapshot_says_which_answers_came_after_lost_tries_and_stays_that_of_its_recording() {
    let team =
        Team::new(vec![EXTREMELY, LOST, EXTREMELY, LOST, VERY, LOST, EXTREMELY, LOST, EXTREMELY, LOST]);
    let text = fs::read_to_string(team.stored()).expect("a snapshot");
    assert!(text.contains("\n\nafter lost tries 35  bank.privacy\n\nasked "), "{text}");
    let (code, said) = team.run("replay");
    assert_eq!(code, 0, "the same answers: {said}");
    // As an earlier version wrote it, without those lines and without a sum.
    let old: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("after lost") && !line.starts_with("sum ")).collect();
    fs::write(team.stored(), old.join("\n")).expect("written");
    let (code, said) = team.run("replay");
    assert_eq!(code, 0, "the same answers: {said}");
    // A truth that the old snapshot may have been drawn from, and another one, cannot be told apart.
    fs::write(team.stored(), text).expect("written");
    team.now(honest());
    let (code, said) = team.run("auto");
    assert_eq!(code, 101, "{said}");
    assert!(said.contains("35 answers before and 0 now came after tries that were lost"), "{said}");
    assert!(
        said.contains("inconclusive: assistant: V1 as in its snapshot") && team.server.count() > 0,
        "{said}"
    );
}
