//! A live upgrade from one real model to another, replayed: SmolLM2 and Gemma 3 of `scripts/local-model` were
//! asked one small task (`tests/data/upgrade`), and SmolLM2 once more for a run in which nothing changed. What
//! the terminal, the comparison, the summary, the comment and the page say of it, word for word; and what is accepted.
//!
//! To record it anew, give a crate with the config below and the suite an address of
//! `scripts/local-model run --model … -- …`, and run it with `ALIGNSPEC_MODE=record`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::assert_kept;
use crate::support::consumer::Consumer;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/upgrade").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(data(name)).expect("a file of tests/data/upgrade")
}

/// Gives the role to a model whose answers are those of the files.
fn upgraded(consumer: &Consumer, model: &str, recordings: &[&str]) {
    // Nothing listens there: whoever asked would fail.
    let base_url = "http://127.0.0.1:9/v1";
    consumer.config(&read("alignment.toml").replace("BASE", base_url).replace("MODEL", model));
    let all: String = recordings.iter().map(|name| read(name)).collect();
    consumer.file("recordings/assistant/V1.jsonl", &all);
}

/// Exit code and output of a run that asks nothing, with its results in `target/results`.
fn replay(consumer: &Consumer) -> (i32, String) {
    let results = consumer.root.join("target/results");
    let _ = fs::remove_dir_all(&results);
    let path = results.to_str().expect("a path").to_owned();
    let (code, out, err) =
        consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay"), ("ALIGNSPEC_RESULTS", path.as_str())]);
    (code, out + &err)
}

fn alignspec(consumer: &Consumer, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let output = command.args(arguments).current_dir(&consumer.root).output().expect("it runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn assert_said(name: &str, said: &str) {
    assert_kept(&format!("tests/data/upgrade/{name}"), said);
}

/// What a terminal shows of the upgrade, and the page and the comment of its results, against the snapshots that are
/// still those of the base branch.
fn reports(consumer: &Consumer, results: &Path) {
    let fixed = ["test", "--offline", "-q", "--test", "alignment", "--", "--test-threads", "1"];
    let printed = consumer.cargo(&fixed, &[("ALIGNSPEC_MODE", "replay")]).stdout;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let (printed, _) = printed.rsplit_once("; finished in ").expect("a last line");
    assert_said("terminal.txt", &format!("{}\n", printed.trim_start()));
    let base = consumer.root.to_str().expect("a path");
    let out = tempfile::tempdir().expect("a folder");
    let file = |name: &str| out.path().join(name).to_str().expect("a path").to_owned();
    let (page, comment) = (file("page.html"), file("comment.md"));
    let results = results.to_str().expect("a path");
    let files = ["--html", &page, "--comment", &comment, "--base", base, "--base-name", "main"];
    let said = alignspec(consumer, &[&["report", results], &files[..]].concat());
    assert_eq!(said, "gate: says no — 1 undecided, 1 snapshot drifted\n");
    let comment = fs::read_to_string(comment).expect("a comment");
    let days = comment.find("2026-11-26, ").map(|at| at + 12).expect("the day of the snapshot");
    let end = days + comment[days..].find(" |").expect("the end of the cell");
    assert_said("comment.md", &format!("{}AGE{}", &comment[..days], &comment[end..]));
    let page = fs::read_to_string(page).expect("a page");
    let (_, body) = page.split_once("<body>").expect("a body");
    let (body, _) = body.split_once("<script>").expect("a script");
    assert_said("page.html", &in_crate(consumer, &body.replace("><", ">\n<")));
}

/// Shortens paths to what they are within the crate: it is one of several that tests share.
fn in_crate(consumer: &Consumer, page: &str) -> String {
    let root = consumer.root.file_name().and_then(|name| name.to_str()).expect("a name");
    let (root, mut page) = (format!("{root}/"), page.to_owned());
    while let Some(at) = page.find(&root) {
        let begin = page[..at].rfind('>').map_or(0, |tag| tag + 1);
        page.replace_range(begin..at + root.len(), "");
    }
    page
}

#[test]
fn from_smollm2_to_gemma_and_accepted() {
    let consumer = Consumer::fresh();
    consumer.file("suites/v1.toml", &read("v1.toml"));
    upgraded(&consumer, "smollm2-135m-instruct", &["smollm2.jsonl"]);
    let (code, out) = replay(&consumer);
    assert!(code != 0 && out.contains("there is no snapshot yet"), "{out}");
    consumer.run_with(&["snapshot"], &[("ALIGNSPEC_MODE", "replay")]);
    let told = alignspec(&consumer, &["accept", "--role", "assistant"]);
    assert_eq!(
        told,
        "assistant: V1 accepted (first snapshot): snapshots/assistant.V1.snap, of smollm2-135m-instruct\n"
    );
    assert_eq!(replay(&consumer).0, 0);
    let stored = consumer.root.join("snapshots/assistant.V1.snap");
    let first = fs::read_to_string(&stored).expect("a snapshot");

    // The same model, asked again: nothing drifted, and not a byte is other.
    upgraded(&consumer, "smollm2-135m-instruct", &["smollm2-again.jsonl"]);
    let (code, out) = replay(&consumer);
    assert_eq!(code, 0, "{out}");
    assert_eq!(fs::read_to_string(&stored).expect("a snapshot"), first);

    upgraded(&consumer, "gemma-3-270m", &["smollm2.jsonl", "gemma3.jsonl"]);
    let (code, _) = replay(&consumer);
    assert_eq!(code, 101, "a no, and not a run that could not run");
    let results = consumer.root.join("target/results");
    let summary = alignspec(&consumer, &["report", results.to_str().expect("a path"), "--markdown", "-"]);
    assert_said("summary.md", &summary);
    reports(&consumer, &results);
    assert_said("diff.txt", &alignspec(&consumer, &["diff", "snapshot:assistant", "assistant"]));
    let diff = ["diff", "snapshot:assistant", "assistant", "--format", "markdown"];
    assert_said("diff.md", &alignspec(&consumer, &diff));
    assert_eq!(fs::read_to_string(&stored).expect("a snapshot"), first, "nothing is stored in a gate");

    consumer.run_with(&["snapshot"], &[("ALIGNSPEC_MODE", "replay")]);
    let told = alignspec(&consumer, &["accept", "--role", "assistant"]);
    assert_eq!(told, "assistant: V1 accepted: snapshots/assistant.V1.snap, of gemma-3-270m\n");
    let accepted = fs::read_to_string(&stored).expect("a snapshot");
    assert!(accepted.contains("\nmodel gemma-3-270m, answered by gemma-3-270m\nsystem none\n"), "{accepted}");
    let (code, out, _) = consumer.run_with(&["snapshot"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 0, "{out}");
}
