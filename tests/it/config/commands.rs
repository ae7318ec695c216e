//! Commands that read all files and ask nothing: `cargo alignspec check`, `plan` and `explain`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::support::assert_kept;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

const CONFIG: &str = r#"[[model]]
name = "assistant"
provider = "openai"
model = "gpt-4.1-mini"
base_url = "http://127.0.0.1:9/v1"
price = { input = 0.4, output = 1.6 }
tasks = ["T1"]

[[model]]
name = "o1-preview"
provider = "tally"

[[check]]
expect = "T1 top-5 Jaccard with practitioners >= 0.8"
"#;

fn crate_with(config: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("alignment.toml"), config).expect("written");
    folder
}

/// The exit code, what was printed, and what was said on standard error.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").env_remove("ALIGNSPEC_MODE");
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn files_without_a_mistake_are_counted() {
    let folder = crate_with(CONFIG);
    let (code, out, told) = run(folder.path(), &["check"]);
    assert_eq!(told, "");
    assert_eq!(out, "no mistakes: 2 roles, 5 tasks, 1 check, 7 tests\n");
    assert_eq!(code, Some(0));
}

/// A mistake in each kind of file, and all of them are told at once.
#[test]
fn each_mistake_is_told_with_its_place_and_ends_in_one() {
    let folder = crate_with(&CONFIG.replace("0.8", "1.8"));
    let at = |name: &str| folder.path().join(name);
    let config = format!(
        "suites = [\"builtin\", \"mine.toml\"]\nbaselines = [\"builtin\", \"team.toml\"]\n\n{}",
        CONFIG.replace("0.8", "1.8")
    );
    fs::write(at("alignment.toml"), config).expect("written");
    fs::write(at("mine.toml"), "[[check]]\nexpect = \"T1 selects fairnes >= 90%\"\n").expect("written");
    fs::write(at("team.toml"), "name = \"team\"\n[T1]\nn = 12\nselected = { privacy = 30 }\n")
        .expect("written");
    fs::create_dir(at("snapshots")).expect("a folder");
    fs::write(at("snapshots/assistant.T1.snap"), "<<<<<<< HEAD\n").expect("written");
    let (code, out, told) = run(folder.path(), &["check"]);
    let out = out.replace(&*folder.path().to_string_lossy(), "/crate");
    assert_kept("tests/data/commands/check.txt", &out);
    assert_eq!((code, told.as_str()), (Some(1), "error: 4 mistakes\n"));
    let (code, out, told) = run(folder.path(), &["check", "--short"]);
    let out = out.replace(&*folder.path().to_string_lossy(), "/crate");
    assert_kept("tests/data/commands/check-short.txt", &out);
    assert_eq!((code, told.as_str()), (Some(1), "error: 4 mistakes\n"));
}

/// A config that cannot be read is a mistake like others, not a misuse of the command line.
#[test]
fn a_config_that_is_no_toml_is_a_mistake() {
    let folder = crate_with("[[model]\nname = 1\n");
    let (code, out, told) = run(folder.path(), &["check", "--short"]);
    assert!(out.starts_with("alignment.toml:1:9: error: "), "{out}");
    assert_eq!((code, told.as_str()), (Some(1), "error: 1 mistake\n"));
    let (code, out, told) = run(tempdir().expect("a folder").path(), &["check"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "without an alignment.toml");
    assert!(told.contains("there is nothing to check here"), "{told}");
}

#[test]
fn the_plan_is_that_of_the_test_target_and_can_be_of_some_tests() {
    let (code, out, told) = run(crate_with(CONFIG).path(), &["plan"]);
    assert_kept("tests/data/commands/plan.txt", &out);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    let (code, out, _) = run(crate_with(CONFIG).path(), &["plan", "o1-preview::"]);
    assert!(!out.contains("assistant"), "{out}");
    assert_eq!(code, Some(0));
    let (code, out, told) = run(crate_with(CONFIG).path(), &["plan", "nobody"]);
    assert_eq!((code, out.as_str()), (Some(3), ""));
    assert!(told.contains("no test has `nobody` in its name"), "{told}");
    let (code, _, told) = run(crate_with(&CONFIG.replace("0.8", "1.8")).path(), &["plan"]);
    assert_eq!(code, Some(1), "{told}");
}

#[test]
fn a_sentence_is_explained() {
    let nowhere = tempdir().expect("a folder");
    for (name, sentence) in [
        ("top-five", "T1 top-5 Jaccard with practitioners >= 0.8"),
        ("share", "T2 rates privacy extremely important in every context >= 50%"),
        ("chance", "T2 order agreement with practitioners beats chance"),
        ("places", "T4 ranks within ±2 of T2 for >= 75%"),
        ("invalid", "T3 invalid <= 5%"),
    ] {
        let (code, out, told) = run(nowhere.path(), &["explain", sentence]);
        assert_kept(&format!("tests/data/commands/explain-{name}.txt"), &out);
        assert_eq!((code, told.as_str()), (Some(0), ""), "{sentence}");
    }
}

#[test]
fn a_sentence_that_is_wrong_is_shown_with_the_word_that_is_meant() {
    let (code, out, told) = run(crate_with(CONFIG).path(), &["explain", "T1 selects fairnes >= 90%"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_kept("tests/data/commands/explain-wrong.txt", &told);
    // The crate's own roles can be named, others cannot.
    let (code, _, told) =
        run(crate_with(CONFIG).path(), &["explain", "T1 top-5 Jaccard with assistant >= 0.5"]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    let (code, _, told) =
        run(crate_with(CONFIG).path(), &["explain", "T1 top-5 Jaccard with asistant >= 0.5"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("did you mean `assistant`?"), "{told}");
}
