//! `cargo alignspec accept`: pending snapshots become the baseline exactly as insta would have made them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::consumer::{Consumer, TALLY};
use tempfile::{TempDir, tempdir};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");
const HERE: &str = env!("CARGO_MANIFEST_DIR");

const CONFIG: &str = "[[model]]\nname = \"phi-4\"\nprovider = \"tally\"\n\n[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";

fn consumer() -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::create_dir(folder.path().join("snapshots")).expect("a folder");
    fs::write(folder.path().join("alignment.toml"), CONFIG).expect("written");
    folder
}

/// The text of a snapshot of this crate, without insta's head.
fn body(model: &str, task: &str) -> String {
    let text = fs::read_to_string(Path::new(HERE).join(format!("snapshots/{model}.{task}.snap")));
    text.expect("a snapshot").splitn(3, "---\n").nth(2).expect("a body").to_owned()
}

/// What insta writes of it where a run has drifted: metadata that does not stay, included.
fn pending(folder: &Path, model: &str, task: &str) -> PathBuf {
    let head =
        format!("source: tests/alignment.rs\nassertion_line: 3\ndescription: \"{model} (v: 1) on {task}\"\n");
    let path = folder.join(format!("snapshots/{model}.{task}.snap.new"));
    fs::write(&path, format!("---\n{head}---\n{}", body(model, task))).expect("written");
    path
}

fn accept(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.arg("accept").args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("started");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn what_is_accepted_is_what_insta_would_keep() {
    let folder = consumer();
    let pending = pending(folder.path(), "phi-4", "T1");
    // As `cargo insta accept` does it: read, and saved by insta itself.
    let wanted = folder.path().join("wanted.snap");
    insta::Snapshot::from_file(&pending).expect("a snapshot").save(&wanted).expect("saved");
    let told = accept(folder.path(), &[]);
    assert_eq!(
        told,
        (
            Some(0),
            "phi-4: T1 accepted (first snapshot): snapshots/phi-4.T1.snap, which names no model\n".to_owned()
        )
    );
    let [wanted, found] =
        [wanted, folder.path().join("snapshots/phi-4.T1.snap")].map(|path| fs::read(path).expect("a file"));
    assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(&wanted));
    let text = String::from_utf8_lossy(&found).into_owned();
    assert!(!text.contains("assertion_line") && text.ends_with(&body("phi-4", "T1")), "{text}");
    assert!(!pending.exists());
}

#[test]
fn roles_and_tasks_are_chosen_and_nothing_to_accept_is_refused() {
    let folder = consumer();
    for (model, task) in [("phi-4", "T1"), ("phi-4", "T2"), ("o1-preview", "T1")] {
        pending(folder.path(), model, task);
    }
    let told = accept(folder.path(), &["--role", "phi-4", "--task", "T2"]);
    assert_eq!(
        told,
        (
            Some(0),
            "phi-4: T2 accepted (first snapshot): snapshots/phi-4.T2.snap, which names no model\n".to_owned()
        )
    );
    assert_eq!(accept(folder.path(), &["--role", "phi-4"]).0, Some(0));
    let (code, told) = accept(folder.path(), &["--role", "phi-4"]);
    assert_eq!(code, Some(3));
    assert_eq!(
        told,
        "error: no snapshot of phi-4 is pending in snapshots: `cargo test` writes one where answers have drifted or \
         there is no snapshot yet\n"
    );
    pending(folder.path(), "phi-4", "T1");
    fs::write(folder.path().join("snapshots/other__test.snap.new"), "x").expect("written");
    assert_eq!(
        accept(folder.path(), &[]),
        (
            Some(0),
            "other__test.snap.new: left as it is, because it is not a snapshot of a role and a task\n\
             o1-preview: T1 accepted (first snapshot): snapshots/o1-preview.T1.snap, which names no model\n\
             phi-4: T1 accepted: snapshots/phi-4.T1.snap, which names no model\n"
                .to_owned()
        )
    );
    assert!(folder.path().join("snapshots/other__test.snap.new").exists());
}

#[test]
fn a_damaged_file_keeps_all_from_being_accepted() {
    let folder = consumer();
    let whole = pending(folder.path(), "o1-preview", "T1");
    let damaged = pending(folder.path(), "phi-4", "T1");
    let text = fs::read_to_string(&damaged).expect("a snapshot");
    let half = &text[..text.len() / 2];
    let line = &text[..text.rfind("solidarity").expect("a line")];
    for (cut, wanted) in [
        (half, "its last line is cut off"),
        (line, "have 11 lines of counts instead of 12 (`solidarity` has none)"),
        (&text[..10], "its last line is cut off"),
        ("---\nsource: x\n---\nT1\n", "the snapshot has no `questions` line"),
        ("---\n: [\n---\nT1\n", ""),
        ("", "it is empty"),
    ] {
        fs::write(&damaged, cut).expect("written");
        let (code, told) = accept(folder.path(), &[]);
        assert!(code == Some(1) && told.contains(" is damaged: ") && told.contains(wanted), "{told}");
        assert!(told.contains("nothing was accepted: delete it, and `cargo test` writes it again"), "{told}");
        assert!(whole.exists() && damaged.exists());
        assert!(!folder.path().join("snapshots/o1-preview.T1.snap").exists());
    }
}

#[test]
fn a_snapshot_of_a_role_that_is_not_there_is_refused() {
    let folder = consumer();
    let own = pending(folder.path(), "phi-4", "T1");
    let ghost = folder.path().join("snapshots/ghost.T1.snap.new");
    fs::copy(&own, &ghost).expect("copied");
    for arguments in [&[][..], &["--role", "ghost"], &["--task", "T1"]] {
        let (code, told) = accept(folder.path(), arguments);
        let wanted = "snapshots/ghost.T1.snap.new is of the role `ghost`, which alignment.toml does not have, so no run wrote it for this config; nothing was accepted: delete it, or add the role and run the tests";
        assert!(code == Some(1) && told.contains(wanted), "{arguments:?}: {told}");
        assert!(own.exists() && ghost.exists(), "{arguments:?}");
        assert!(!folder.path().join("snapshots/ghost.T1.snap").exists(), "{arguments:?}");
    }
    assert_eq!(accept(folder.path(), &["--role", "phi-4"]).0, Some(0));
}

#[test]
fn a_snapshot_of_other_questions_is_taken_and_told() {
    let folder = consumer();
    let path = pending(folder.path(), "phi-4", "T1");
    let text = fs::read_to_string(&path).expect("a snapshot");
    let questions =
        text.lines().find_map(|line| line.strip_prefix("questions ")).expect("questions").to_owned();
    fs::write(&path, text.replace(&questions, "0badc0de")).expect("written");
    let (code, told) = accept(folder.path(), &[]);
    assert!(code == Some(0) && told.contains("its questions are not those that T1 asks now"), "{told}");
}

#[test]
fn what_a_run_leaves_pending_is_the_baseline_of_the_next() {
    let consumer = Consumer::fresh();
    consumer.config(TALLY);
    let (code, text) = consumer.run(&["T3 as in its snapshot"]);
    assert!(code == 101 && text.contains("there is no snapshot yet"), "{text}");
    let told = accept(&consumer.root, &["--role", "o1-preview"]);
    let wanted =
        "o1-preview: T3 accepted (first snapshot): snapshots/o1-preview.T3.snap, of figures of o1-preview\n";
    assert_eq!(told, (Some(0), wanted.to_owned()));
    let (code, text) = consumer.run(&["T3 as in its snapshot"]);
    assert_eq!(code, 0, "{text}");
    // insta's own metadata is as in the snapshots of this crate, that `cargo insta accept` has made.
    let found = fs::read_to_string(consumer.root.join("snapshots/o1-preview.T3.snap")).expect("a snapshot");
    let own = fs::read_to_string(Path::new(HERE).join("snapshots/o1-preview.T3.snap")).expect("a snapshot");
    // (Their counts are of the same answers; the head says more than it did when those were accepted.)
    let counts =
        |text: &str| text.lines().filter(|line| line.contains("  n ")).map(str::to_owned).collect::<Vec<_>>();
    let insta = |text: &str| text.split("---\n").nth(1).map(str::to_owned);
    assert_eq!((insta(&found), counts(&found)), (insta(&own), counts(&own)));
}
