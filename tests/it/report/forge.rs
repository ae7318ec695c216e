//! The step that puts the comment on a pull request, against a scripted forge: it creates one comment and updates it,
//! touches nobody else's, and no error of the forge's changes what the gate says.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::server::{Received, Reply, Server};

const TOKEN: &str = "ghs_0123456789secret";
const MARKER: &str = "<!-- alignspec-comment: gate -->";
const BOT: &str = "github-actions[bot]";

fn action() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/comment")
}

#[derive(Clone)]
struct Known {
    id: u64,
    login: &'static str,
    body: String,
}

/// The comments of pull request 7 of team/product.
#[derive(Clone, Default)]
struct Forge(Arc<Mutex<Vec<Known>>>);

impl Forge {
    fn with(comments: &[(&'static str, &str)]) -> Forge {
        let forge = Forge::default();
        for (login, body) in comments {
            forge.add(login, body);
        }
        forge
    }

    fn add(&self, login: &'static str, body: &str) -> u64 {
        let mut all = self.0.lock().expect("no panic");
        let id = all.len() as u64 + 1;
        all.push(Known { id, login, body: body.to_owned() });
        id
    }

    fn bodies(&self) -> Vec<(&'static str, String)> {
        self.0.lock().expect("no panic").iter().map(|one| (one.login, one.body.clone())).collect()
    }

    /// What GitHub answers.
    fn answer(&self, request: &Received) -> Reply {
        let said = || request.body["body"].as_str().expect("a body").to_owned();
        let (method, path) = request.target.split_once(' ').expect("a method");
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let own = path.strip_prefix("/api/v3/repos/team/product/issues/").expect("the repository");
        match (method, own) {
            ("GET", "7/comments") => {
                let page = query.split("&page=").nth(1).and_then(|page| page.parse::<usize>().ok());
                assert!(query.starts_with("per_page=100&"), "{query}");
                let all = self.0.lock().expect("no panic");
                let page = all.iter().skip(100 * (page.expect("a page") - 1)).take(100);
                let page: Vec<Value> = page
                    .map(|one| json!({ "id": one.id, "body": one.body, "user": { "login": one.login } }))
                    .collect();
                Reply::json(200, &Value::from(page))
            }
            ("POST", "7/comments") => Reply::json(201, &json!({ "id": self.add(BOT, &said()) })),
            ("PATCH", one) => {
                let id: u64 = one.strip_prefix("comments/").and_then(|id| id.parse().ok()).expect("an id");
                let mut all = self.0.lock().expect("no panic");
                match all.iter_mut().find(|known| known.id == id) {
                    Some(known) => known.body = said(),
                    None => return Reply::json(404, &json!({ "message": "Not Found" })),
                }
                Reply::json(200, &json!({ "id": id }))
            }
            other => panic!("{other:?} is asked"),
        }
    }
}

/// A job after the gate's, with its artifact.
struct Step {
    temp: tempfile::TempDir,
}

impl Step {
    fn new(comment: &str) -> Step {
        let temp = tempfile::tempdir().expect("a folder");
        let bin = temp.path().join("alignspec-cli/bin");
        fs::create_dir_all(&bin).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_cargo-alignspec"), bin.join("cargo-alignspec")).expect("a link");
        let step = Step { temp };
        step.says(comment);
        step
    }

    fn says(&self, comment: &str) {
        let folder = self.temp.path().join("alignspec-artifact/alignspec-report");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("comment.md"), comment).expect("written");
    }

    /// Runs the step: exit code, what it printed, and the job summary.
    fn run(&self, api: &str, variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let summary = self.temp.path().join("summary.md");
        fs::write(&summary, "").expect("written");
        let output = Command::new(action().join("comment.sh"))
            .env("RUNNER_TEMP", self.temp.path())
            .env("GITHUB_ACTION_PATH", action())
            .env("GITHUB_STEP_SUMMARY", &summary)
            .env("GITHUB_REPOSITORY", "team/product")
            .env("GITHUB_API_URL", api)
            .env("GITHUB_TOKEN", TOKEN)
            .envs([("EVENT", "pull_request"), ("PULL_REQUEST", "7"), ("HEAD_REPOSITORY", "team/product")])
            .envs([("AUTHOR", BOT), ("PAUSE", "1")])
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let summary = fs::read_to_string(summary).expect("read");
        assert!(!text.contains(TOKEN) && !summary.contains(TOKEN), "the token is shown: {text}");
        (output.status.code(), text, summary)
    }
}

fn said(text: &str) -> String {
    format!("{MARKER}\n## {text}\n")
}

fn forge_server(forge: &Forge) -> Server {
    let forge = forge.clone();
    Server::start(move |request| forge.answer(request))
}

fn api(server: &Server) -> String {
    format!("{}/api/v3", server.root())
}

#[test]
fn one_comment_is_created_and_then_updated_and_nobody_elses_is_touched() {
    let others = [
        ("somebody", "Looks good"),
        // Anybody may write the marker; and the bot writes comments of other gates and other actions.
        ("mallory", "<!-- alignspec-comment: gate -->\nmine"),
        (BOT, "<!-- alignspec-comment: other -->\nanother gate"),
        (BOT, "quoted:\n<!-- alignspec-comment: gate -->\n"),
    ];
    let forge = Forge::with(&others);
    let server = forge_server(&forge);
    let step = Step::new(&said("first"));
    let (code, text, summary) = step.run(&api(&server), &[]);
    assert_eq!((code, text.as_str(), summary.as_str()), (Some(0), "the comment was created\n", ""));
    step.says(&said("second"));
    let (code, text, summary) = step.run(&api(&server), &[]);
    assert_eq!((code, text.as_str(), summary.as_str()), (Some(0), "the comment was updated\n", ""));
    let mut wanted: Vec<(&str, String)> =
        others.iter().map(|(who, body)| (*who, (*body).to_owned())).collect();
    wanted.push((BOT, said("second")));
    assert_eq!(forge.bodies(), wanted);
    let methods: Vec<String> =
        server.received().iter().map(|one| one.target[..4].trim().to_owned()).collect();
    assert_eq!(methods, ["GET", "POST", "GET", "PATC"]);
    for request in server.received() {
        let header =
            |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, it)| it.clone());
        assert_eq!(header("authorization"), Some(format!("Bearer {TOKEN}")));
        assert_eq!(header("accept").as_deref(), Some("application/vnd.github+json"));
    }
}

#[test]
fn the_comment_is_found_behind_hundreds_of_others_and_one_that_was_deleted_is_created_anew() {
    let forge = Forge::default();
    (0..150).for_each(|at| _ = forge.add("somebody", &format!("comment {at}")));
    forge.add(BOT, &said("first"));
    let server = forge_server(&forge);
    let step = Step::new(&said("second"));
    assert_eq!(step.run(&api(&server), &[]).1, "the comment was updated\n");
    assert_eq!(forge.bodies()[150], (BOT, said("second")));
    // It goes between the list and the update.
    let (inner, listed) = (forge.clone(), Arc::new(Mutex::new(false)));
    let server = Server::start(move |request| {
        let reply = inner.answer(request);
        let mut listed = listed.lock().expect("no panic");
        if request.target.contains("page=2") && !*listed {
            *listed = true;
            inner.0.lock().expect("no panic").pop();
        }
        reply
    });
    step.says(&said("third"));
    assert_eq!(step.run(&api(&server), &[]).1, "the comment was created\n");
    assert_eq!(forge.bodies()[150..], [(BOT, said("third"))]);
}

#[test]
fn a_pull_request_from_a_fork_gets_none_and_its_summary_says_so() {
    let forge = Forge::default();
    let server = forge_server(&forge);
    let step = Step::new(&said("first"));
    for head in ["somebody/product", "", "team/product2", "TEAM/product\n"] {
        let (code, text, summary) = step.run(&api(&server), &[("HEAD_REPOSITORY", head)]);
        let why = "no comment: this pull request is from a fork, whose runs may not write to the repository";
        assert_eq!((code, text, summary), (Some(0), format!("{why}\n"), format!("\n{why}\n")), "{head:?}");
    }
    for event in ["push", "pull_request_target", "issue_comment", ""] {
        let (code, text, _) = step.run(&api(&server), &[("EVENT", event)]);
        assert!(code == Some(0) && text.starts_with("no comment: only a workflow that"), "{event}: {text}");
    }
    assert_eq!((server.count(), forge.bodies().len()), (0, 0), "a fork's run asked the forge");
}

/// The gate says what it says, whatever becomes of the comment.
fn decides_alone() {
    let decide = |gate: &str| {
        let script = action().join("../gate/decide.sh");
        Command::new(script).env("GATE", gate).output().expect("it runs").status.code()
    };
    assert_eq!([decide("yes"), decide("no"), decide("could-not-run")], [Some(0), Some(1), Some(3)]);
}

#[test]
fn a_missing_permission_is_a_warning_and_no_answer_of_the_gate() {
    let server = Server::start(|request| match request.target.starts_with("GET") {
        true => Reply::json(200, &json!([])),
        false => {
            let message = format!("Resource not accessible by integration\n::error::{TOKEN} <b>");
            Reply::json(403, &json!({ "message": message }))
        }
    });
    let step = Step::new(&said("first"));
    let (code, text, summary) = step.run(&api(&server), &[]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(
        text,
        "::warning title=alignspec::the comment could not be written: POST issues/7/comments: 403 (Resource not accessible by integration ::error::… <b>); give the job `permissions: pull-requests: write`\n"
    );
    assert!(
        summary.contains("403") && summary.contains("pull-requests: write") && !summary.contains("<b>"),
        "{summary}"
    );
    assert_eq!(server.count(), 2, "what is refused is not asked again");
    decides_alone();
}

#[test]
fn a_forge_that_is_down_is_asked_three_times_and_a_comment_that_it_took_is_no_second_one() {
    let server = Server::start(|_| Reply::json(502, &json!({ "message": "Bad Gateway" })));
    let step = Step::new(&said("first"));
    let (code, text, summary) = step.run(&api(&server), &[]);
    assert_eq!(code, Some(0), "{text}");
    let why = "the comment could not be written: GET issues/7/comments: 502 (Bad Gateway), after 3 tries";
    assert_eq!(text, format!("::warning title=alignspec::{why}\n"));
    assert_eq!((summary.contains("502"), server.count()), (true, 3));
    // The comment is there, and the answer got lost.
    let forge = Forge::default();
    let inner = forge.clone();
    let server = Server::start(move |request| {
        let reply = inner.answer(request);
        match request.target.starts_with("POST") {
            true => Reply::json(502, &json!({})),
            false => reply,
        }
    });
    let (code, text, _) = step.run(&api(&server), &[]);
    assert_eq!((code, text.as_str()), (Some(0), "the comment was updated\n"));
    assert_eq!(forge.bodies(), [(BOT, said("first"))]);
    // Nobody listens, it hangs up, or says something else.
    for reply in [Reply::HangUp, Reply::Bytes(b"nonsense".to_vec())] {
        let reply = Mutex::new(reply);
        let server = Server::start(move |_| match &*reply.lock().expect("no panic") {
            Reply::Bytes(bytes) => Reply::Bytes(bytes.clone()),
            _ => Reply::HangUp,
        });
        let (code, text, _) = step.run(&api(&server), &[]);
        assert!(
            code == Some(0) && text.starts_with("::warning title=alignspec::the comment could"),
            "{text}"
        );
    }
    let (code, text, _) = step.run("http://127.0.0.1:1/api/v3", &[]);
    assert!(code == Some(0) && text.starts_with("::warning title=alignspec::the comment could"), "{text}");
    decides_alone();
}

#[test]
fn what_is_no_comment_is_not_sent_and_a_token_goes_nowhere_without_tls() {
    let forge = Forge::default();
    let server = forge_server(&forge);
    let step = Step::new("no marker\n");
    let warned = |api: &str, variables: &[(&str, &str)], wanted: &str| {
        let (code, text, _) = step.run(api, variables);
        assert!(
            code == Some(0) && text.starts_with("::warning ") && text.contains(wanted),
            "{wanted}: {text}"
        );
    };
    warned(&api(&server), &[], "its first line is not the marker");
    step.says(&format!("{MARKER}\n{}", "é".repeat(65_536)));
    warned(&api(&server), &[], "more than 65536 characters");
    step.says(&said("first"));
    warned(&api(&server), &[("PULL_REQUEST", "7/../../x")], "is not the number of a pull request");
    warned(&api(&server), &[("GITHUB_TOKEN", "")], "GITHUB_TOKEN is not set");
    warned("http://forge.example/api/v3", &[], "does not begin with https://");
    fs::remove_dir_all(step.temp.path().join("alignspec-artifact")).expect("removed");
    warned(&api(&server), &[], "cannot be read");
    // Where even the program is missing, the step does not fail.
    fs::remove_dir_all(step.temp.path().join("alignspec-cli")).expect("removed");
    let (code, text, _) = step.run(&api(&server), &[]);
    assert!(code == Some(0) && text.contains("::warning title=alignspec::the comment could"), "{text}");
    assert_eq!((server.count(), forge.bodies().len()), (0, 0));
}

#[test]
fn only_the_job_of_the_comment_may_write_and_it_runs_scripts_that_are_tested_here() {
    let text = fs::read_to_string(action().join("action.yml")).expect("the action");
    let scripts: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("run: ")).collect();
    assert_eq!(
        scripts,
        [
            r#"'"$GITHUB_ACTION_PATH/../gate/sources.sh" >>"$GITHUB_OUTPUT"'"#,
            r#"'"$GITHUB_ACTION_PATH/../gate/install.sh"'"#,
            r#"'"$GITHUB_ACTION_PATH/comment.sh"'"#
        ]
    );
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/alignment-gate.yml");
    let workflow = fs::read_to_string(workflow).expect("the workflow");
    let (gate, comment) = workflow.split_once("\n  comment:\n").expect("a job of its own");
    let writes = |text: &str| text.lines().filter(|line| line.ends_with(": write")).count();
    assert!(writes(gate) == 0 && gate.contains("permissions:\n  contents: read\n"), "{gate}");
    assert!(
        comment.contains("    permissions:\n      contents: read\n      pull-requests: write\n"),
        "{comment}"
    );
    assert_eq!(writes(comment), 1, "{comment}");
    assert!(!comment.contains("secrets."), "{comment}");
}
