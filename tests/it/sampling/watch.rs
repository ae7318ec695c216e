//! `cargo alignspec watch`: the program itself, asking a scripted server about snapshots that a real run made.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::bank::SUITE;
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Received, Reply, Server};

pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

/// What the model says, and which version the provider names; nothing is said where `failing` many requests have come.
#[derive(Clone)]
pub(super) struct Model {
    pub answer: &'static str,
    /// None is named where it is empty.
    pub version: &'static str,
    pub failing: usize,
    /// How many more questions about privacy get another answer.
    pub others: usize,
}

/// A crate with a snapshot of a role, and its model's server.
pub(super) struct World {
    pub consumer: Consumer,
    pub server: Server,
    pub model: Arc<Mutex<Model>>,
}

impl World {
    pub fn new() -> World {
        let consumer = Consumer::fresh();
        let _ = fs::remove_dir_all(consumer.root.join("watch"));
        let model =
            Model { answer: "Extremely important", version: "gpt-a-1", failing: usize::MAX, others: 0 };
        let model = Arc::new(Mutex::new(model));
        let said = Arc::clone(&model);
        let server = Server::start(move |request: &Received| {
            let mut said = said.lock().expect("no panic");
            let model = said.clone();
            if request.number >= model.failing {
                return Reply::json(500, &json!({ "error": { "message": "no" } }));
            }
            let other = model.others > 0 && request.body["messages"].to_string().contains("Privacy");
            said.others -= usize::from(other);
            let mut body = completion(if other { "Not important" } else { model.answer });
            body["model"] = match model.version {
                "" => Value::Null,
                version => json!(version),
            };
            Reply::json(200, &body)
        });
        let world = World { consumer, server, model };
        world.consumer.file("suites/v1.toml", SUITE);
        world.config("", "");
        let (code, out, err) = world.consumer.run_with(&[], &[]);
        assert_eq!(code, 101, "no snapshot yet: {out}{err}");
        fs::rename(world.path("snapshots/assistant.V1.snap.new"), world.snapshot()).expect("accepted");
        world
    }

    pub fn config(&self, top: &str, of_model: &str) {
        self.consumer.config(&format!(
            "suites = [\"suites\"]\n{top}\n[sampling]\nsamples = 20\nmax_samples = 20\nretries = 0\nclarify = false\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nprice = {{ input = 1.0, output = 2.0 }}\nbase_url = \"{}\"\n{of_model}",
            self.server.base_url()
        ));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.consumer.root.join(name)
    }

    pub fn snapshot(&self) -> PathBuf {
        self.path("snapshots/assistant.V1.snap")
    }

    pub fn says(&self, change: impl FnOnce(&mut Model)) {
        change(&mut self.model.lock().expect("no panic"));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("watch").args(arguments).current_dir(&self.consumer.root);
        for name in
            ["GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL", "ALIGNSPEC_MODE", "ALIGNSPEC_PLAN"]
        {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The exit code, what was printed, and errors.
    pub fn watch(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        told(self.command(arguments))
    }

    pub fn series(&self) -> Value {
        let text = fs::read_to_string(self.path("watch/assistant.json")).expect("a series");
        serde_json::from_str(&text).expect("JSON")
    }

    pub fn ids(&self) -> Vec<String> {
        let series = self.series();
        let watches = series["watches"].as_array().expect("watches");
        watches.iter().map(|watch| watch["id"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

pub(super) fn told(mut command: Command) -> (Option<i32>, String, String) {
    let output = command.output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn an_unchanged_model_shows_no_sign_and_no_recording_changes() {
    let world = World::new();
    let recorded = fs::read(world.path("recordings/assistant/V1.jsonl")).expect("recorded");
    let asked = world.server.count();
    let (code, out, err) = world.watch(&["--id", "a", "--requests", "9"]);
    let day = fs::read_to_string(world.snapshot()).expect("read");
    let day = day.lines().find_map(|line| line.strip_prefix("sampled ")).expect("a day")[..10].to_owned();
    let folder = fs::canonicalize(world.path("watch")).expect("there");
    let (folder, sum) = (folder.display(), world.series()["sum"].as_str().expect("a checksum").to_owned());
    let wanted = format!(
        "assistant: no sign of a change of the model behind `gpt-a`\n  evidence 0.09 of the 20 that make it sure (error rate 0.0500 over all watches of this role)\n  1 watch: 9 answers now, 9 in all, to V1, with snapshots of {day}\n  series {sum}, which begins with this watch\n  note: this is the first watch of the series: no earlier one of this role is in {folder}\n  note: `gpt-a` is a name that floats (it has no date and no number of a version): its provider may put another model behind it at any time\n  a full run with ALIGNSPEC_MODE=live: likely 40 requests, at most 40; "
    );
    assert!(code == Some(0) && out.starts_with(&wanted), "{code:?}\n{out}\nwanted\n{wanted}\n{err}");
    assert!(out.contains(", $0.0"), "what it costs: {out}");
    assert_eq!(world.server.count() - asked, 9);
    // The second one asks afresh, and the name that floats was told.
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "9"]);
    assert!(code == Some(0) && !out.contains("floats"), "{out}");
    assert!(out.contains("  2 watches: 9 answers now, 18 in all, to V1, "), "{out}");
    let chain = format!("\n  series {}, after {sum}\n", world.series()["sum"].as_str().expect("a checksum"));
    assert!(out.contains(&chain), "{out}");
    assert_eq!(world.server.count() - asked, 18);
    assert_eq!(fs::read(world.path("recordings/assistant/V1.jsonl")).expect("there"), recorded);
    assert_eq!(world.ids(), ["a", "b"]);
}

#[test]
fn a_changed_model_is_told_with_the_questions_that_tell() {
    let world = World::new();
    assert_eq!(world.watch(&["--id", "a", "--requests", "20"]).0, Some(0));
    world.says(|model| model.answer = "Not important");
    let (code, out, err) = world.watch(&["--id", "b", "--requests", "20"]);
    assert_eq!(code, Some(1), "{out}{err}");
    for wanted in [
        "assistant: the model behind `gpt-a` has changed since its snapshots were accepted\n",
        "  it shows in watch 2, in several questions; most in\n",
        "  V1 bank.privacy: not 0% → 100%, extremely 100% → 0% (20 → 10 answers, evidence ",
        "  V1 bank.safety: ",
    ] {
        assert!(out.contains(wanted), "no {wanted} in\n{out}");
    }
    // What was sure stays so until there is a new snapshot.
    world.says(|model| model.answer = "Extremely important");
    assert_eq!(world.watch(&["--id", "c", "--requests", "20"]).0, Some(1));
    let text = fs::read_to_string(world.snapshot()).expect("read");
    fs::write(world.snapshot(), text.replace("source: ", "source: x")).expect("written");
    assert_eq!(world.watch(&["--id", "d", "--requests", "20"]).0, Some(1), "insta's head is none of it");
    let body = unsealed(&text).replace("sampled 2", "sampled 1");
    fs::write(world.snapshot(), body).expect("written");
    let (code, out, _) = world.watch(&["--id", "e", "--requests", "20"]);
    let wanted = "note: V1 has another snapshot than the one that 4 earlier watches were compared with: its series begins anew\n";
    assert!(
        code == Some(0) && out.contains(wanted) && out.contains("  1 watch: 20 answers now, 20 in all"),
        "{out}"
    );
    assert_eq!(world.ids(), ["e"]);
}

/// A snapshot as the first versions wrote it, without settings, hashes of questions and a checksum.
pub(super) fn unsealed(text: &str) -> String {
    let newer = ["system ", "settings ", "asked ", "sum "];
    let kept = text.lines().filter(|line| !newer.iter().any(|word| line.starts_with(word)));
    kept.map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_could_not_be_asked_is_no_sign_of_anything() {
    let world = World::new();
    // No key.
    world.config("", "key_env = \"NO_SUCH_KEY_HERE\"");
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "8"]);
    let head = "assistant: could not be watched, so nothing is known of the model behind `gpt-a`\n  V1: 8 of 8 responses are missing: ";
    assert!(code == Some(3) && out.starts_with(head) && out.contains("NO_SUCH_KEY_HERE"), "{code:?} {out}");
    assert!(!world.path("watch/assistant.json").exists());
    // Some answers are lost; the same watch goes on with the others.
    world.config("", "concurrency = 1");
    world.says(|model| model.failing = world.server.count() + 5);
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "8"]);
    assert!(code == Some(3) && out.contains(" of 8 responses are missing: "), "{code:?} {out}");
    assert!(out.contains("the same watch goes on from there with `--id a`"), "{out}");
    assert!(!world.path("watch/assistant.json").exists(), "nothing counts");
    world.says(|model| model.failing = usize::MAX);
    let asked = world.server.count();
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "8"]);
    let wanted = "3 of 8 answers came after tries that were lost, which may have shown a change: ";
    assert!(code == Some(3) && out.contains(wanted), "{out}");
    assert_eq!(world.ids(), ["a"]);
    assert!((1..8).contains(&(world.server.count() - asked)), "{} again", world.server.count() - asked);
    // Another model in the config is no change behind a name.
    let config = fs::read_to_string(world.path("alignment.toml")).expect("read");
    world.consumer.config(&config.replace("\"gpt-a\"", "\"gpt-b\""));
    let (code, out, _) = world.watch(&["--requests", "8"]);
    assert!(
        code == Some(3)
            && out.contains("is of `gpt-a`, and alignment.toml names `gpt-b`\n  run `cargo test`: "),
        "{out}"
    );
    world.consumer.config(&config.replace("[sampling]", "[sampling]\n# mistaken\nsamples = 0\n#"));
    assert_eq!(world.watch(&[]).0, Some(2));
    world.consumer.config(&config);
    fs::remove_file(world.snapshot()).expect("removed");
    let (code, out, _) = world.watch(&["--requests", "8"]);
    assert!(code == Some(3) && out.contains("there is no snapshot to compare with"), "{out}");
    // A renewal has kept what it renewed: so there was a snapshot.
    fs::write(world.snapshot().with_extension("judged"), "").expect("written");
    let (code, out, _) = world.watch(&["--requests", "8"]);
    assert!(code == Some(3) && out.contains("was kept when it was renewed, so it was deleted"), "{out}");
}

#[test]
fn a_watch_counts_once_and_lost_ones_are_told() {
    let world = World::new();
    assert_eq!(world.watch(&["--id", "a", "--requests", "6"]).0, Some(0));
    let (asked, series) = (world.server.count(), world.series());
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "6"]);
    assert!(code == Some(0) && out.contains("watch a is counted already, so nothing was asked"), "{out}");
    assert_eq!((world.server.count(), world.series()), (asked, series));
    // At the same time: each counts, whoever writes last.
    let children: Vec<_> = ["b", "c", "d", "b"]
        .iter()
        .map(|id| world.command(&["--id", id, "--requests", "6"]).spawn().expect("started"))
        .collect();
    for child in children {
        assert_eq!(child.wait_with_output().expect("ended").status.code(), Some(0));
    }
    let mut ids = world.ids();
    ids.sort();
    assert_eq!(ids, ["a", "b", "c", "d"]);
    // A file that was cut short is kept aside, and told.
    let path = world.path("watch/assistant.json");
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() - 40]).expect("written");
    let (code, out, _) = world.watch(&["--id", "e", "--requests", "6"]);
    let wanted =
        "and the series begins anew; at least 4 watches are lost (a, b, c, d): their answers are kept, so ";
    assert!(code == Some(3) && out.contains("is damaged (") && out.contains(wanted), "{out}");
    assert!(out.contains("earlier watches are lost, which may have found a change: "), "{out}");
    assert_eq!(world.ids(), ["e"]);
    assert_eq!(fs::read(world.path("watch/assistant.damaged-1.json")).expect("kept").len(), whole.len() - 40);
    // One that is gone is told by the answers that are left.
    fs::remove_file(&path).expect("removed");
    let (code, out, _) = world.watch(&["--id", "f", "--requests", "6"]);
    assert_eq!(code, Some(3), "{out}");
    assert!(
        out.contains(
            "is missing, but answers of earlier watches are there: the series begins anew; 5 watches are lost ("
        ),
        "{out}"
    );
    for (arguments, wanted) in [
        (&["--id", "../x"][..], "error: `../x` cannot be the name of a watch: "),
        (
            &["--role", "asistant"],
            "error: no model that is asked is named `asistant`: did you mean `assistant`?\n",
        ),
        (&["--requests", "0"], "error: invalid value '0' for '--requests <N>': 0 is not in 1..=100000"),
    ] {
        let (code, _, err) = world.watch(arguments);
        assert!(code == Some(2) && err.starts_with(wanted), "{code:?} {err}");
    }
}

/// A forge with these open issues, which answers requests that change something with a status.
fn forge(issues: Value, status: u16) -> Server {
    Server::start(move |request: &Received| match request.target.split(' ').next() {
        Some("GET") => Reply::json(200, &issues),
        _ if status == 200 => Reply::json(200, &json!({ "id": 70, "number": 7 })),
        _ => Reply::json(status, &json!({ "message": "Resource not accessible by integration" })),
    })
}

#[test]
fn one_issue_is_opened_or_updated_and_never_anybody_elses() {
    let world = World::new();
    let issue = |number: u64, login: &str, body: &str| json!({ "id": 70, "number": number, "user": { "login": login }, "body": body });
    let put = |forge: &Server, id: &str| {
        let mut command = world.command(&["--id", id, "--requests", "20", "--issue", "--pause", "1"]);
        command
            .env("GITHUB_API_URL", forge.root())
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_TOKEN", "t0ken-of-a-job");
        told(command)
    };
    let quiet = forge(json!([]), 200);
    let (code, out, _) = put(&quiet, "a");
    assert!(code == Some(0) && out.contains("no issue: no model is known to have changed\n"), "{out}");
    assert_eq!(quiet.count(), 0);
    world.says(|model| (model.answer, model.version) = ("Not important", "gpt-a-2<script>@all"));
    let bot = "github-actions[bot]";
    let others = json!([issue(3, "mallory", "<!-- alignspec watch -->\n"), issue(4, bot, "another"), {"id": 50, "number": 5, "user": {"login": bot}, "body": "<!-- alignspec watch -->", "pull_request": {}}]);
    let new = forge(others, 200);
    let (code, out, err) = put(&new, "b");
    assert!(code == Some(1) && out.ends_with("issue 7 was opened\n"), "{out}{err}");
    let received = new.received();
    assert_eq!(received[0].target, "GET /repos/o/r/issues?state=open&per_page=100&page=1");
    assert_eq!(received[1].target, "POST /repos/o/r/issues");
    assert_eq!(received[1].header("authorization"), Some("Bearer t0ken-of-a-job"));
    let (title, body) = (&received[1].body["title"], received[1].body["body"].as_str().expect("a body"));
    assert_eq!(title, "The model behind assistant has changed");
    assert!(body.starts_with("<!-- alignspec watch -->\n\n"), "{body}");
    assert!(body.contains("### assistant: the model behind ") && !body.contains("<script>"), "{body}");
    assert!(!body.contains(" @all") && !out.contains("t0ken") && !err.contains("t0ken"), "{body}");
    let known = forge(json!([issue(12, bot, "<!-- alignspec watch -->\r\n\r\nold")]), 200);
    let (code, out, _) = put(&known, "b");
    assert!(code == Some(1) && out.ends_with("issue 12 was updated\n"), "{out}");
    assert_eq!(known.received()[1].target, "PATCH /repos/o/r/issues/12");
    // Whatever becomes of the issue, the answer is the watch's.
    let (code, _, err) = put(&forge(json!([]), 403), "b");
    assert_eq!(
        (code, err.as_str()),
        (
            Some(1),
            "error: the issue could not be written: POST issues: 403 (Resource not accessible by integration); give the job `permissions: issues: write`\n"
        )
    );
    let down = forge(json!([]), 502);
    let (code, _, err) = put(&down, "b");
    assert!(
        code == Some(1) && err.contains(": POST issues: 502 (") && err.contains("), after 3 tries"),
        "{err}"
    );
    assert_eq!(down.count(), 6);
    let mut command = world.command(&["--id", "b", "--issue"]);
    command.env("GITHUB_REPOSITORY", "o/r");
    let (code, _, err) = told(command);
    assert_eq!(
        (code, err.as_str()),
        (Some(1), "error: the issue could not be written: GITHUB_TOKEN is not set\n")
    );
}

#[cfg(unix)]
#[test]
fn the_script_of_the_action_watches_and_fills_the_summary() {
    let world = World::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/watch");
    let text = fs::read_to_string(folder.join("action.yml")).expect("the action");
    let scripts: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("run: ")).collect();
    assert_eq!(
        scripts,
        [
            "'\"$GITHUB_ACTION_PATH/../gate/sources.sh\" >>\"$GITHUB_OUTPUT\"'",
            "'\"$GITHUB_ACTION_PATH/../gate/install.sh\"'",
            "'\"$GITHUB_ACTION_PATH/watch.sh\"'"
        ]
    );
    let temp = tempfile::tempdir().expect("a folder");
    let bin = temp.path().join("alignspec-cli/bin");
    fs::create_dir_all(&bin).expect("a folder");
    std::os::unix::fs::symlink(BINARY, bin.join("cargo-alignspec")).expect("a link");
    let summary = temp.path().join("summary.md");
    let forge = forge(json!([]), 200);
    let run = |id: &str, models: &str| {
        let mut command = Command::new(folder.join("watch.sh"));
        command.current_dir(&world.consumer.root).stdin(Stdio::null());
        command.env("RUNNER_TEMP", temp.path()).env("GITHUB_STEP_SUMMARY", &summary);
        command.env("WATCH_ID", id).env("MODELS", models).env("REQUESTS", "20").env("ISSUE", "true");
        command.env("ALIGNSPEC_MAX_USD", "").env("GITHUB_API_URL", forge.root());
        command.env("GITHUB_REPOSITORY", "o/r").env("GITHUB_TOKEN", "t0ken-of-a-job");
        told(command)
    };
    assert_eq!(run("1", "").0, Some(0));
    world.says(|model| model.answer = "Not important");
    let (code, out, _) = run("2", " assistant\n");
    assert!(code == Some(1) && out.ends_with("issue 7 was opened\n"), "{out}");
    let text = fs::read_to_string(&summary).expect("a summary");
    assert!(text.contains("## alignment watch\n\n    assistant: no sign of a change"), "{text}");
    assert!(text.contains("\n    assistant: the model behind `gpt-a` has changed"), "{text}");
    let (code, _, err) = run("3", "nobody");
    assert!(code == Some(2) && err.starts_with("error: no model that is asked is named `nobody`"), "{err}");
}
