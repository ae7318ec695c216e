//! What once went unnoticed: runs that judge nothing, variables that nobody reads, recordings that git ignores, a
//! product whose change nobody sees, and commands that other tools have.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::support::consumer::{Consumer, TALLY};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

fn alignspec(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8");
    for name in ["ALIGNSPEC_MODE", "ALIGNSPEC_BLESS", "CI"] {
        command.env_remove(name);
    }
    let output = command.stdin(Stdio::null()).output().expect("started");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn a_command_line_that_leaves_out_all_tests_is_told() {
    let consumer = Consumer::fresh();
    consumer.config(&format!("{TALLY}\n[[check]]\nexpect = \"T1 selects fairness >= 60%\"\n"));
    for (arguments, wanted) in [
        (&["--skip", "o1-preview"][..], "note: --skip leaves out all tests, so nothing is judged\n"),
        (
            &["--ignored"],
            "note: --ignored runs only tests that are ignored, and none is, so nothing is judged\n",
        ),
        (
            &["--ignored", "--skip", "T1"],
            "note: --ignored and --skip leave out all tests, so nothing is judged\n",
        ),
    ] {
        let (code, out, err) = consumer.run_with(arguments, &[]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("0 passed; 0 failed") && err.contains(wanted), "{arguments:?}: {err}");
    }
    for arguments in [&["--skip", "snapshot"][..], &["--skip", "o1-preview", "--list"], &["T1 selects"]] {
        let (_, _, err) = consumer.run_with(arguments, &[]);
        assert!(!err.contains("nothing is judged"), "{arguments:?}: {err}");
    }
}

/// A variable that is empty is not set, this one as all others.
#[test]
fn a_blank_plan_is_none_and_an_unknown_variable_is_a_mistake() {
    let consumer = Consumer::fresh();
    consumer.config(&format!("{TALLY}\n[[check]]\nexpect = \"T1 selects fairness >= 60%\"\n"));
    for blank in ["", " ", "0"] {
        let (_, out, _) = consumer.run_with(&["selects"], &[("ALIGNSPEC_PLAN", blank)]);
        assert!(out.contains("1 passed; 0 failed"), "{blank:?}: {out}");
    }
    let (code, out, _) = consumer.run_with(&["selects"], &[("ALIGNSPEC_FROBNICATE", "1")]);
    assert_eq!(code, 102, "{out}");
    assert!(out.contains("alignspec has no environment variable ALIGNSPEC_FROBNICATE"), "{out}");
    assert!(
        out.contains("= help: unset it; there are ALIGNSPEC_MODE, ALIGNSPEC_PLAN, ALIGNSPEC_RESULTS,"),
        "{out}"
    );
    assert!(!out.contains("ALIGNSPEC_STORES"), "what alignspec sets for itself is for nobody to set: {out}");
    // A key's variable may have such a name.
    let model = "\n[[model]]\nname = \"a\"\nprovider = \"openai\"\nmodel = \"m\"\nkey_env = \"ALIGNSPEC_KEY\"\ntasks = [\"T2\"]\n";
    consumer.config(&format!(
        "{TALLY}{model}\n[[check]]\nexpect = \"T1 selects fairness >= 60%\"\nmodels = [\"o1-preview\"]\n"
    ));
    let (_, out, err) = consumer.run_with(&["selects"], &[("ALIGNSPEC_KEY", "x")]);
    assert!(out.contains("1 passed; 0 failed"), "{out}{err}");
    let (_, out, _) = consumer.run_with(&["selects"], &[("ALIGNSPEC_KEYS", "x")]);
    assert!(out.contains("alignspec has no environment variable ALIGNSPEC_KEYS"), "{out}");
}

#[test]
fn a_product_without_a_revision_is_warned_of_before_anything_is_judged() {
    let consumer = Consumer::fresh();
    let entry =
        "[[model]]\nname = \"assistant\"\nprovider = \"command\"\ncommand = [\"./x\"]\ntasks = [\"T1\"]\n";
    let told = "warning: `assistant` has no `model`, the revision of your product: when the product changes, its recorded answers are replayed, and its tests stay green";
    consumer.config(entry);
    for command in ["check", "plan", "models"] {
        let (_, out) = alignspec(&consumer.root, &[command]);
        assert!(out.contains(told) && out.contains("= help: add model = \"v1\""), "{command}: {out}");
    }
    let (_, out) = alignspec(&consumer.root, &["doctor"]);
    assert!(out.contains("hint  alignment.toml `assistant` has no `model`"), "{out}");
    let (_, _, err) = consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay")]);
    assert!(err.contains(told), "{err}");
    for with in [format!("{entry}model = \"v1\"\n"), TALLY.to_owned()] {
        consumer.config(&with);
        let (_, out) = alignspec(&consumer.root, &["check"]);
        assert!(!out.contains("warning"), "{out}");
    }
}

#[test]
fn commands_of_other_tools_lead_to_ours() {
    let folder = tempdir().expect("a folder");
    for (command, wanted) in [
        ("test", "the checks run with `cargo test`, in the test target: `cargo test --test alignment`"),
        ("run", "the checks run with `cargo test`"),
        ("list", "`cargo test --test alignment -- --list` lists the checks"),
        ("new", "`cargo alignspec init` writes the first files"),
    ] {
        let (code, out) = alignspec(folder.path(), &[command]);
        assert_eq!(code, Some(2), "{out}");
        assert!(
            out.contains(&format!("unrecognized subcommand '{command}'")) && out.contains(wanted),
            "{out}"
        );
    }
    let (code, out) = alignspec(folder.path(), &["chekc"]);
    assert!(code == Some(2) && !out.contains("cargo test"), "{out}");
}

/// What git ignores is lost to everybody else: it is told in one note.
#[test]
fn recordings_that_git_ignores_are_told() {
    let consumer = Consumer::fresh();
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(&consumer.root).output().expect("git");
        assert!(done.status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    consumer.config("[[model]]\nname = \"assistant\"\nprovider = \"command\"\ncommand = [\"./x\"]\nmodel = \"v1\"\ntasks = [\"T1\"]\n");
    let run = || consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay")]).2;
    for (ignored, wanted) in [
        ("target\n", None),
        (
            "recordings/\n",
            Some(
                "note: git ignores these recordings (.gitignore), so a clone asks everything anew, and a run that replays has no answers: recordings/assistant/T1.jsonl\n",
            ),
        ),
        (
            "*.jsonl\n*.snap\n",
            Some(
                "note: git ignores these recordings and snapshots (.gitignore), so a clone asks everything anew, and has nothing to compare with: recordings/assistant/T1.jsonl, snapshots/assistant.T1.snap\n",
            ),
        ),
    ] {
        fs::write(consumer.root.join(".gitignore"), ignored).expect("written");
        let err = run();
        match wanted {
            Some(wanted) => assert!(err.contains(wanted), "{ignored}: {err}"),
            None => assert!(!err.contains("git ignores"), "{err}"),
        }
        assert!(err.matches("git ignores").count() <= 1, "{err}");
    }
    fs::remove_file(consumer.root.join(".gitignore")).expect("removed");
}
