//! A broken file is a red run, whatever is selected: every verdict depends on all files.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::completion;
use crate::support::consumer::{Consumer, TALLY};
use crate::support::server::{Reply, Server};

/// The one that is selected, and stands.
const CHECK: &str = "o1-preview::T1 selects privacy >= 50%";

/// What a mistake is, the file that has it, and what is said of it.
const MISTAKES: [(&str, &str, &str); 8] = [
    ("suites/broken.toml", "id = \"T5\"\ntitle = \n", "suites/broken.toml:2"),
    (
        "suites/check.toml",
        "id = \"C\"\ntitle = \"t\"\n[[check]]\nexpect = \"T1 selects privcay >= 5%\"\n",
        "check.toml:4",
    ),
    ("suites/empty.toml", "", "suites/empty.toml"),
    ("baselines/broken.toml", "name = \"odd\"\nsource = \n", "baselines/broken.toml:2"),
    ("baselines/counts.toml", "name = \"odd\"\nsource = \"s\"\n[T1]\nn = 5\ncuonts = {}\n", "counts.toml:5"),
    ("alignment.toml", "[[check]\n", "alignment.toml:"),
    ("alignment.toml", "[[check]]\nexpect = \"T1 selects privcay >= 50%\"\n", "alignment.toml:"),
    ("alignment.toml", "[[check]]\nexpect = \"T1 invalid <= 5%\"\nmodels = [\"o1\"]\n", "alignment.toml:"),
];

/// A crate whose run is green, snapshots apart.
fn sound(consumer: &Consumer) {
    for folder in ["suites", "baselines"] {
        let _ = fs::remove_dir_all(consumer.root.join(folder));
    }
    consumer.file("suites/sound.toml", &suite("sound", "T1 invalid <= 10%"));
    consumer.file(
        "baselines/sound.toml",
        "name = \"own\"\nsource = \"s\"\n[T1]\nn = 5\npartial = true\ncounts = { privacy = 5 }\n",
    );
    let folders = "suites = [\"builtin\", \"suites\"]\nbaselines = [\"builtin\", \"baselines\"]\n";
    let check = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";
    consumer.config(&format!("{folders}{TALLY}{check}"));
}

/// A suite of one check.
fn suite(id: &str, expect: &str) -> String {
    format!("id = \"{id}\"\ntitle = \"t\"\n[[check]]\nexpect = \"{expect}\"\n")
}

fn break_it(consumer: &Consumer, file: &str, text: &str) {
    sound(consumer);
    let before = fs::read_to_string(consumer.root.join(file)).unwrap_or_default();
    consumer.file(file, &(before + text));
}

/// The exit code of `cargo alignspec report`, and its headline.
fn report(results: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let output = command.arg("report").arg(results).args(arguments).output().expect("started");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Runs a selection into a folder of results: the exit codes of the run and of the report, and all that
/// was said.
fn run(consumer: &Consumer, arguments: &[&str]) -> (i32, Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().display().to_string();
    let (code, out, err) = consumer.run_with(arguments, &[("ALIGNSPEC_RESULTS", &results)]);
    let (gate, said) = report(folder.path(), &[]);
    (code, gate, format!("{out}{err}{said}"))
}

#[test]
fn no_selection_hides_a_mistake_in_a_file() {
    let consumer = Consumer::fresh();
    sound(&consumer);
    let selections: [&[&str]; 7] = [
        &[CHECK],
        &["--exact", CHECK],
        &["--skip", "toml", "--skip", "snapshot"],
        &["--skip", "[file]", CHECK],
        &["--ignored"],
        &["no test has this in its name"],
        &["--bench"],
    ];
    for selection in selections {
        let (code, _, said) = run(&consumer, selection);
        assert_eq!(code, 0, "without a mistake, {selection:?} is green:\n{said}");
    }
    for (file, text, place) in MISTAKES {
        break_it(&consumer, file, text);
        for selection in selections {
            let (code, gate, said) = run(&consumer, selection);
            assert_eq!((code, gate), (102, Some(3)), "{file} {selection:?}:\n{said}");
            assert!(said.contains(place), "no `{place}` with {selection:?} in\n{said}");
        }
    }
    // What is selected is judged all the same, and nothing else is.
    break_it(&consumer, MISTAKES[1].0, MISTAKES[1].1);
    let (_, _, said) = run(&consumer, &["--exact", CHECK]);
    assert!(said.contains("1 passed; 1 failed;"), "{said}");
    assert!(
        said.contains("note: the command line leaves out 5 of 6 tests of models. Mistakes in files"),
        "{said}"
    );
    // A list has them, and the list of ignored tests has not.
    let (_, list) = consumer.run(&["--list", CHECK]);
    assert_eq!(list, format!("[file] suites/check.toml:4: test\n{CHECK}: test\n"));
    let (_, list) = consumer.run(&["--list", "--ignored"]);
    assert_eq!(list, "");
}

#[test]
fn a_no_among_mistakes_is_a_no() {
    let consumer = Consumer::fresh();
    break_it(&consumer, "suites/no.toml", &suite("no", "T1 selects privacy <= 5%"));
    let no = "o1-preview::T1 selects privacy <= 5%";
    let (code, gate, said) = run(&consumer, &["--exact", no]);
    assert_eq!((code, gate), (101, Some(1)), "{said}");
    consumer.file("suites/broken.toml", "id = ");
    let (code, gate, said) = run(&consumer, &["--exact", no]);
    assert_eq!((code, gate), (101, Some(1)), "{said}");
}

#[test]
fn no_filter_or_partition_of_nextest_hides_a_mistake_in_a_file() {
    let consumer = Consumer::fresh();
    if !consumer.has_nextest() {
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: mistakes under nextest: it is not installed");
        return;
    }
    let filter = format!("test(={CHECK})");
    let selections: [&[&str]; 3] = [
        &["-E", &filter],
        &["-E", "test(selects)", "--partition", "hash:1/1"],
        &["-E", "not test(toml) & not test(snapshot)", "--partition", "slice:2/2"],
    ];
    let nextest = |selection: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().display().to_string();
        let fixed = "nextest run --offline --test alignment --no-fail-fast --color never";
        let all: Vec<&str> = fixed.split(' ').chain(selection.iter().copied()).collect();
        let output = consumer.cargo(&all, &[("ALIGNSPEC_RESULTS", &results)]);
        let (gate, said) = report(folder.path(), &[]);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), gate, String::from_utf8_lossy(&text).into_owned() + &said)
    };
    sound(&consumer);
    assert_eq!(nextest(selections[0]).0, Some(0));
    for (file, text, place) in MISTAKES.into_iter().step_by(2).chain([MISTAKES[5]]) {
        break_it(&consumer, file, text);
        for selection in selections {
            let (code, gate, said) = nextest(selection);
            // Where alignment.toml cannot be read, nothing is left that a filter could select: that is
            // nextest's code 4, and no result at all.
            assert!(matches!(code, Some(100 | 4)) && gate == Some(3), "{file} {selection:?}:\n{said}");
            assert!(code == Some(4) || said.contains(place), "no `{place}` in\n{said}");
        }
    }
}

#[test]
fn recording_one_role_asks_nothing_while_a_file_is_broken() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion("Privacy")));
    let model = format!(
        "[[model]]\nname = \"bot\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n",
        server.base_url()
    );
    for (file, text, place) in MISTAKES {
        break_it(&consumer, file, "");
        let config = fs::read_to_string(consumer.root.join("alignment.toml")).expect("there");
        consumer.config(&(config + &model));
        let before = fs::read_to_string(consumer.root.join(file)).unwrap_or_default();
        consumer.file(file, &(before + text));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command.args(["record", "--role", "bot", "--test", "alignment", "--", "--offline"]);
        command.current_dir(&consumer.root).env("CARGO", env!("CARGO")).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", consumer.target()).env("INSTA_UPDATE", "no").env_remove("CI");
        let output = command.output().expect("started");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        // A config that cannot be read is a command line that makes no sense.
        assert!(matches!(output.status.code(), Some(102 | 2)), "{file}: {said}");
        assert!(said.contains(place), "no `{place}` in\n{said}");
        assert_eq!(server.count(), 0, "{file}: {said}");
    }
}

#[test]
fn what_is_planned_and_has_no_result_is_not_judged() {
    let consumer = Consumer::fresh();
    sound(&consumer);
    let (code, gate, said) = run(&consumer, &[CHECK]);
    assert_eq!((code, gate), (0, Some(0)), "{said}");
    assert!(said.contains("gate: says yes — 1 check passed, 5 not judged\n"), "{said}");
    // A run that selects nothing does not leave the results of the one before in force.
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().display().to_string();
    let variables = [("ALIGNSPEC_RESULTS", results.as_str())];
    consumer.run_with(&[CHECK], &variables);
    assert_eq!(report(folder.path(), &[]).0, Some(0));
    consumer.run_with(&["nothing is named so"], &variables);
    let (gate, said) = report(folder.path(), &[]);
    let wanted = "gate: could not run — 6 not judged, 1 result of an earlier run left out\n";
    assert_eq!((gate, said.as_str()), (Some(3), wanted));
    if !consumer.has_nextest() {
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: shards: cargo-nextest is not installed");
        return;
    }
    // One shard of two is no whole run, and says no yes.
    let shards = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    for (shard, part) in shards.iter().zip(["slice:1/2", "slice:2/2"]) {
        let results = shard.path().display().to_string();
        let fixed =
            "nextest run --offline --test alignment --no-fail-fast -E not(test(snapshot)) --partition";
        let all: Vec<&str> = fixed.split(' ').chain([part]).collect();
        let output = consumer.cargo(&all, &[("ALIGNSPEC_RESULTS", &results)]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let (gate, said) = report(shard.path(), &[]);
        let wanted = "gate: could not run — 1 check passed, 5 not judged\n";
        assert_eq!((gate, said.as_str()), (Some(3), wanted));
    }
    let other = shards[1].path().display().to_string();
    let (gate, said) = report(shards[0].path(), &[&other]);
    assert_eq!((gate, said.contains("2 checks passed, 4 not judged")), (Some(3), true), "{said}");
    // What a filter of nextest's is meant to leave out can be said.
    let (gate, said) = report(shards[0].path(), &[&other, "--partial"]);
    assert_eq!((gate, said.contains("says yes — 2 checks passed, 4 not judged")), (Some(0), true), "{said}");
}
