//! Mistakes of people who are new, each of which once ended in a green run or a plain "no mistakes".

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use alignspec::__testing::check::{Unit, forms};
use tempfile::tempdir;

use crate::support::consumer::{Consumer, TALLY};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

const MODEL: &str = "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n\n";

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8").env_remove("ALIGNSPEC_MODE");
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// The exit code of `check --short` for a config, and what it says.
fn checked(config: &str) -> (Option<i32>, String) {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("alignment.toml"), config).expect("written");
    run(folder.path(), &["check", "--short"])
}

fn check(sentence: &str) -> String {
    format!("{MODEL}[[check]]\nexpect = \"{sentence}\"\n")
}

#[test]
fn a_check_that_cannot_fail_or_cannot_pass_is_a_mistake() {
    for (sentence, wanted) in [
        (
            "T1 top-5 Jaccard with practitioners >= 0",
            "all answers satisfy >= 0, so this check could not fail",
        ),
        ("T1 selects fairness <= 100%", "all answers satisfy <= 100%"),
        (
            "T2 rates privacy at least not at all important >= 50%",
            "all answers satisfy >= 50%, so this check could not fail: its number is always 100%",
        ),
        (
            "T2 rates privacy at least not at all important <= 50%",
            "no answers satisfy <= 50%, so this check could not pass: its number is always 100%",
        ),
        (
            "T1 count spread across orders <= 1000000",
            "all answers satisfy <= 1000000, so this check could not fail: its number lies between 0.00 and 77.24",
        ),
        ("T1 count spread across orders >= 80", "no answers satisfy >= 80, so this check could not pass"),
        (
            "T1 top-10 Jaccard with practitioners >= 0.6",
            "all answers satisfy >= 0.6, so this check could not fail: its number lies between 0.667 and 1.000",
        ),
    ] {
        let (code, out) = checked(&check(sentence));
        assert_eq!(code, Some(1), "{sentence}: {out}");
        assert!(out.starts_with("alignment.toml:6:") && out.contains(wanted), "{sentence}: {out}");
    }
    for sentence in ["T1 count spread across orders <= 77", "T1 top-10 Jaccard with practitioners >= 0.67"] {
        let (code, out) = checked(&check(sentence));
        assert_eq!(code, Some(0), "{sentence}: {out}");
    }
}

/// The same of every measure in the registry: neither end of what its unit can be is a bound.
#[test]
fn no_measure_takes_a_bound_at_the_end_of_its_range() {
    let mut tried = 0;
    for form in forms() {
        let Some((before, _)) = form.example.rsplit_once([' ', '=']) else { continue };
        let before = before.trim_end_matches(['<', '>', '=', ' ']);
        let (low, high) = match form.unit {
            Some(Unit::Share) => ("0%", "100%"),
            Some(Unit::Index) => ("0", "1"),
            Some(Unit::Correlation) => ("-1", "1"),
            Some(Unit::Number) => ("0", ""),
            Some(Unit::Place) | None => continue,
        };
        for (sign, end) in [(">=", low), ("<=", high)] {
            if end.is_empty() {
                continue;
            }
            let sentence = format!("{before} {sign} {end}");
            let (code, out) = checked(&check(&sentence));
            assert!(code == Some(1) && out.contains("could not fail"), "{sentence}: {out}");
            tried += 1;
        }
    }
    assert!(tried >= 30, "{tried}");
}

#[test]
fn folders_that_are_written_to_are_folders_of_their_own() {
    for (keys, wanted) in [
        ("recordings = \".\"", "1:14: error: `recordings` is the folder of the crate itself"),
        ("recordings = \"./x/..\"", "1:14: error: `recordings` is the folder of the crate itself"),
        (
            "recordings = \"..\"",
            "1:14: error: `recordings` is the folder of the crate itself, or one above it",
        ),
        ("recordings = \"\"", "1:14: error: `recordings` is empty"),
        ("snapshots = \" \"", "1:13: error: `snapshots` is empty"),
        ("snapshots = \"recordings\"", "1:13: error: `snapshots` is the folder of `recordings`, too"),
        (
            "snapshots = \"a\"\nrecordings = \"./a/\"",
            "1:13: error: `snapshots` is the folder of `recordings`, too",
        ),
        ("recordings = \"snapshots/of\"", "1:14: error: `recordings` and `snapshots` lie one in the other"),
        (
            "recordings = \"suites\"\nsuites = [\"builtin\", \"suites\"]",
            "1:14: error: `recordings` is a folder that `suites` reads from: suites",
        ),
        (
            "snapshots = \"data\"\nbaselines = [\"builtin\", \"data/team.toml\"]",
            "1:13: error: `snapshots` is a folder that `baselines` reads from: data/team.toml",
        ),
    ] {
        let (code, out) = checked(&format!("{keys}\n{}", check("T1 selects fairness >= 60%")));
        assert_eq!(code, Some(1), "{keys}: {out}");
        assert!(out.starts_with("alignment.toml:") && out.contains(wanted), "{keys}: {out}");
    }
    let own = "snapshots = \"kept/snapshots\"\nrecordings = \"kept/recordings\"";
    let (code, out) = checked(&format!("{own}\n{}", check("T1 selects fairness >= 60%")));
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn a_model_without_figures_for_a_task_is_told() {
    let people = "[[model]]\nname = \"people\"\nprovider = \"tally\"\nmodel = \"us-sample\"\n\n";
    let (code, out) = checked(&format!("{people}[[check]]\nexpect = \"T4 ranks privacy within top 3\"\n"));
    assert_eq!(code, Some(1), "{out}");
    let wanted = "alignment.toml:7:11: error: people has no figures for T4, so this check cannot be judged; it has T1, T2, T3";
    assert!(out.contains(wanted), "{out}");
    let (code, out) = checked(&check("T4 order agreement with us-sample >= 0.4"));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("us-sample has no figures for T4"), "{out}");
}

#[test]
fn a_model_that_is_compared_with_its_own_published_answers_is_told() {
    let alias = "[[model]]\nname = \"assistant\"\nprovider = \"tally\"\nmodel = \"phi-4\"\n\n";
    let sentence = "[[check]]\nexpect = \"T1 top-5 Jaccard with phi-4 >= 0.5\"\n";
    let (code, out) = checked(&format!("{alias}{sentence}"));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("the only model that it could judge is the one that it compares with"), "{out}");
    let (code, out) = checked(&format!("{alias}{sentence}models = [\"assistant\"]\n"));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("assistant is compared with itself"), "{out}");
    let (code, out) = checked(&format!("{MODEL}{alias}{sentence}"));
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("warning: assistant has the very answers that this check compares with"), "{out}");
}

#[test]
fn single_brackets_are_told() {
    for (name, config) in [
        ("check", format!("{MODEL}[check]\nexpect = \"T1 selects fairness >= 60%\"\n")),
        ("model", MODEL.replace("[[model]]", "[model]")),
    ] {
        let folder = tempdir().expect("a folder");
        fs::write(folder.path().join("alignment.toml"), config).expect("written");
        let (code, out) = run(folder.path(), &["check"]);
        assert_eq!(code, Some(1), "{out}");
        let told = format!("[{name}] is a single table, but there can be several");
        assert!(out.contains(&told) && out.contains(&format!("= help: write [[{name}]]")), "{out}");
    }
}

/// A variable that was left set, and a filter that selects nothing: neither looks like a pass.
#[test]
fn what_judges_nothing_does_not_look_like_a_pass() {
    let consumer = Consumer::fresh();
    let sentence = "T1 selects fairness >= 60%";
    consumer.config(&format!("{TALLY}\n[[check]]\nexpect = \"{sentence}\"\n"));
    let (code, out, err) = consumer.run_with(&[], &[("ALIGNSPEC_PLAN", "1")]);
    assert!(out.starts_with("plan: "), "{out}");
    assert_eq!(code, 102, "{err}");
    assert!(err.contains("nothing was judged, which is no pass"), "{err}");
    let (code, out, err) = consumer.run_with(&["--exact", sentence], &[]);
    assert_eq!(code, 102, "{out}{err}");
    let whole = format!("with `--exact`, write the whole name: `o1-preview::{sentence}`");
    assert!(out.contains(&whole), "{out}{err}");
    let no_threads = consumer.command(&["--test-threads=0"]).output().expect("started");
    assert_eq!(no_threads.status.code(), Some(102));
    let err = String::from_utf8_lossy(&no_threads.stderr);
    assert!(err.contains("--test-threads is 0, so that no test would ever run"), "{err}");
    // Another target may be meant, so this is told only.
    for (arguments, wanted) in [
        (&["--exact", "T1 selects fairnes >= 60%"][..], format!("; near it: `o1-preview::{sentence}`")),
        (&["t1 SELECTS"], format!("; near it: `o1-preview::{sentence}`")),
        (&["something else"], "has `something else` in its name, so nothing is judged\n".to_owned()),
    ] {
        let (code, out, err) = consumer.run_with(arguments, &[]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(err.contains(&wanted), "{arguments:?}: {err}");
    }
}

#[cfg(unix)]
#[test]
fn init_follows_no_link() {
    let (folder, elsewhere) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    let manifest = "[package]\nname = \"p\"\nversion = \"0.1.0\"\n[dev-dependencies]\nalignspec = \"1\"\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("written");
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("tests")).expect("linked");
    let (code, out) = run(folder.path(), &["init", "--demo"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("tests is a link to another folder"), "{out}");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("read").count(), 0);
    assert!(!folder.path().join("alignment.toml").exists(), "nothing is written at all");
}
