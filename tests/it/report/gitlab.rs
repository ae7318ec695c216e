//! The gate at GitLab: the job of the template, run as a runner of GitLab's would, and the note on the merge request,
//! against a scripted forge.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;
use crate::support::job::action;
use crate::support::repository::Repository;
use crate::support::server::{Received, Reply, Server};

const TOKEN: &str = "glpat-0123456789secret";
const MARKER: &str = "<!-- alignspec-comment: gate -->";

/// The notes on merge request 7 of project 42, by author.
type Notes = Arc<Mutex<Vec<(String, String)>>>;

fn forge(notes: &Notes) -> Server {
    let notes = Arc::clone(notes);
    Server::start(move |request| answer(&notes, request))
}

/// What GitLab answers.
fn answer(notes: &Notes, request: &Received) -> Reply {
    assert_eq!(request.header("private-token"), Some(TOKEN));
    assert_eq!(request.header("authorization"), None);
    let mut notes = notes.lock().expect("no panic");
    let said = || request.body["body"].as_str().expect("a body").to_owned();
    let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
    match path {
        "GET /api/v4/user" => Reply::json(200, &json!({ "username": "project_42_bot" })),
        "GET /api/v4/projects/42/merge_requests/7/notes" => {
            let note = |(at, (author, body)): (usize, &(String, String))| json!({ "id": at + 1, "body": body, "author": { "username": author, "id": 3 } });
            Reply::json(200, &Value::from(notes.iter().enumerate().map(note).collect::<Vec<_>>()))
        }
        "POST /api/v4/projects/42/merge_requests/7/notes" => {
            notes.push(("project_42_bot".to_owned(), said()));
            Reply::json(201, &json!({ "id": notes.len() }))
        }
        other => {
            let id = other.strip_prefix("PUT /api/v4/projects/42/merge_requests/7/notes/");
            let id: usize = id.and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{other} is asked"));
            notes[id - 1].1 = said();
            Reply::json(200, &json!({ "id": id }))
        }
    }
}

/// Runs the command that writes the note: exit code and output.
fn noted(api: &str, text: &str, head: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("comment.md");
    fs::write(&file, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"))
        .args(["gate", "comment", "--forge", "gitlab", "--event", "merge_request_event", "--number", "7"])
        .args(["--head-repository", head, "--pause", "1"])
        .arg(file)
        .envs([("CI_API_V4_URL", api), ("CI_MERGE_REQUEST_PROJECT_ID", "42"), ("GITLAB_TOKEN", TOKEN)])
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(!told.contains(TOKEN), "the token is shown: {told}");
    (output.status.code(), told)
}

#[test]
fn a_merge_request_has_one_note_that_is_updated() {
    let others = ("somebody".to_owned(), format!("{MARKER}\n## mine\n"));
    let notes: Notes = Arc::new(Mutex::new(vec![others.clone()]));
    let server = forge(&notes);
    let api = format!("{}/api/v4", server.root());
    let text = |word: &str| format!("{MARKER}\n## {word}\n");
    assert_eq!(noted(&api, &text("first"), "42"), (Some(0), "the comment was created\n".to_owned()));
    assert_eq!(noted(&api, &text("second"), "42"), (Some(0), "the comment was updated\n".to_owned()));
    let own = ("project_42_bot".to_owned(), text("second"));
    assert_eq!(*notes.lock().expect("no panic"), [others, own], "a marker that somebody copied");
    let asked = server.count();
    let (code, told) = noted(&api, &text("third"), "43");
    assert!(code == Some(0) && told.contains("is from a fork") && server.count() == asked, "{told}");
    // What goes wrong is told, and is for whoever calls it.
    let refusing = Server::start(|request| match request.target.contains("/user") {
        true => Reply::json(200, &json!({ "username": "project_42_bot" })),
        false => Reply::json(403, &json!({ "message": "403 Forbidden" })),
    });
    let (code, told) = noted(&format!("{}/api/v4", refusing.root()), &text("x"), "42");
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("GET merge_requests/7/notes: 403 (403 Forbidden); give GITLAB_TOKEN the scope `api` and at least the role Reporter"),
        "{told}"
    );
    let down = Server::start(|_| Reply::json(502, &json!({})));
    let (code, told) = noted(&format!("{}/api/v4", down.root()), &text("x"), "42");
    assert!(code == Some(3) && told.contains("GET user: 502, after 3 tries") && down.count() == 3, "{told}");
    let (code, told) = noted("http://gitlab.example/api/v4", &text("x"), "42");
    assert!(code == Some(3) && told.contains("CI_API_V4_URL does not begin with https://"), "{told}");
}

/// Runs the template's script as a job of a merge request: exit code, output.
fn job(consumer: &Consumer, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/gitlab.sh");
    let mut command = Command::new(script);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "GITHUB_", "ALIGNSPEC_"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            command.env_remove(name);
        }
    }
    let output = command
        .current_dir("/")
        .env("CARGO_TARGET_DIR", consumer.target_folder())
        .env("CARGO_NET_OFFLINE", "true")
        .env("CI_PROJECT_DIR", &consumer.root)
        .envs([
            ("CI", "true"),
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_ID", "42"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "42"),
            ("PAUSE", "1"),
        ])
        .envs([("CI_PIPELINE_SOURCE", "merge_request_event"), ("CI_MERGE_REQUEST_IID", "7")])
        .envs([("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "42"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")])
        .envs([("CI_JOB_URL", "https://gitlab.example/team/product/-/jobs/9"), ("GATE_TRUSTED", "forks")])
        .env_remove("NEXTEST_RUN_ID")
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code(), told)
}

#[test]
fn the_job_of_the_template_judges_reports_and_writes_the_note() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let repository = Repository::new(&consumer.root);
    let forged = read(&world.recording());
    repository.commit();
    repository.git(&["remote", "add", "origin", consumer.root.to_str().expect("UTF-8")]);
    // The base branch has no recording; the merge request brings one.
    fs::remove_file(world.recording()).expect("removed");
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "change"]);
    fs::create_dir_all(world.path("recordings/assistant")).expect("a folder");
    fs::write(world.recording(), forged).expect("written");
    repository.commit();
    // What install.sh has put there, as the cache gives it back.
    let program = world.path(".alignspec/alignspec-cli");
    fs::create_dir_all(program.join("bin")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_cargo-alignspec"), program.join("bin/cargo-alignspec")).expect("a link");
    let told = Command::new(action().join("sources.sh")).output().expect("it runs").stdout;
    let told = String::from_utf8(told).expect("UTF-8");
    let sources = told.lines().find_map(|line| line.strip_prefix("sources=")).expect("the sources");
    fs::write(program.join("sources"), format!("{sources}\n")).expect("written");

    let notes = Notes::default();
    let server = forge(&notes);
    let api = format!("{}/api/v4", server.root());
    let with_token = [("CI_API_V4_URL", api.as_str()), ("GITLAB_TOKEN", TOKEN), ("GATE_MODE", "replay")];
    let (code, told) = job(&consumer, &with_token);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the gate says yes\n") && !told.contains("::error"), "{told}");
    let note = notes.lock().expect("no panic")[0].1.clone();
    assert!(note.contains("## ✅ gate: says yes"), "{note}");
    assert!(note.contains("`recordings/assistant/V1.jsonl` (added)"), "{note}");
    assert!(note.ends_with("(<https://gitlab.example/team/product/-/jobs/9/artifacts/browse>)\n"), "{note}");
    for file in ["page.html", "junit.xml", "summary.md"] {
        assert!(world.path(".alignspec/alignspec-report").join(file).is_file(), "{file}");
    }
    // From a fork, the recording does not count, nothing is asked, and there is no note.
    let (fork, asked) = (("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "43"), world.server.count());
    let (code, told) = job(&consumer, &[&with_token[..2], &[fork]].concat());
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("and does not count") && told.contains("not recorded"), "{told}");
    assert_eq!((world.server.count(), notes.lock().expect("no panic").len()), (asked, 1));
    // In the fork's own project, `origin` is the fork: its branch is not the base.
    let (code, told) = job(&consumer, &[&with_token[..2], &[fork, ("CI_PROJECT_ID", "43")]].concat());
    assert!(code == Some(3) && told.contains("the base branch cannot be fetched from its project"), "{told}");
    // A base branch that is not there is no yes.
    let (code, told) = job(&consumer, &[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "nowhere")]);
    assert!(code != Some(0), "{told}");
    // A program that the merge request brings is not run.
    repository.git(&["add", "--force", ".alignspec/alignspec-cli/sources"]);
    repository.git(&["commit", "--quiet", "--message", "x"]);
    let (code, told) = job(&consumer, &with_token);
    assert!(code == Some(3) && told.contains(".alignspec is where the gate keeps its program"), "{told}");
}
