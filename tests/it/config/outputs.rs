//! What is written never lands where alignspec reads from: each option that names an output, and the variable, is tried with
//! every such place. A new option of this sort fails here until it is in the list.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::support::consumer::{Consumer, TALLY};

/// Each command with an option that names an output, up to the option.
const OUTPUTS: [(&[&str], &str); 11] = [
    (&["figures", "o1-preview"], "--out"),
    (&["man"], "--out"),
    (&["merge", "elsewhere"], "--into"),
    (&["watch"], "--dir"),
    (&["report", "results"], "--markdown"),
    (&["report", "results"], "--junit"),
    (&["report", "results"], "--svg"),
    (&["report", "results"], "--html"),
    (&["report", "results"], "--comment"),
    (&["report", "results"], "--csv"),
    (&["report", "results"], "--json"),
];

/// The options that name a file or folder to read.
const INPUTS: [&str; 1] = ["init --stories"];

/// Places that are read from, those in them and those that hold them.
const FOLDERS: [&str; 13] = [
    "snapshots",
    "snapshots/deeper",
    "recordings/assistant",
    "suites",
    "baselines",
    "./x/../suites",
    "src",
    "src/deeper",
    ".git",
    ".",
    "..",
    "link",
    "link/../snapshots",
];

/// A crate with files of all sorts, in a folder of its own.
fn crate_in(folder: &Path) -> std::path::PathBuf {
    let root = folder.join("crate");
    for name in
        ["snapshots", "recordings/assistant", "suites", "baselines", "src", "tests", "results", "x", ".git"]
    {
        fs::create_dir_all(root.join(name)).expect("made");
    }
    fs::create_dir_all(root.join("elsewhere/assistant")).expect("made");
    let config =
        format!("suites = [\"builtin\", \"suites\"]\nbaselines = [\"builtin\", \"baselines\"]\n{TALLY}");
    fs::write(root.join("alignment.toml"), config).expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(root.join("suites"), root.join("link")).expect("linked");
    #[cfg(not(unix))]
    fs::create_dir_all(root.join("link")).expect("made");
    root
}

/// All files below a folder, with their sizes.
fn files(folder: &Path) -> BTreeMap<String, u64> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry")) {
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                open.push(entry.path());
            }
            let size = entry.metadata().map_or(0, |found| if kind.is_file() { found.len() } else { 0 });
            found.insert(entry.path().to_string_lossy().into_owned(), size);
        }
    }
    found
}

fn run(root: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.args(arguments).current_dir(root).env("LC_ALL", "C.UTF-8").env_remove("ALIGNSPEC_MODE");
    let output = command.stdin(Stdio::null()).output().expect("started");
    let both =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), both)
}

#[test]
fn no_option_writes_where_files_are_read_from() {
    let folder = tempdir().expect("a folder");
    let root = crate_in(folder.path());
    let before = files(folder.path());
    for (command, option) in OUTPUTS {
        for place in FOLDERS {
            if !cfg!(unix) && place.contains("link") {
                continue;
            }
            // A file lies in the folder; beside the crate's own files it may.
            let is_file = command[0] == "report" && option != "--csv";
            if is_file && [".", ".."].contains(&place) {
                continue;
            }
            let place = if is_file { format!("{place}/report") } else { place.to_owned() };
            let arguments = [command, &[option, &place]].concat();
            let (code, said) = run(&root, &arguments);
            assert_eq!(code, Some(2), "{arguments:?}: {said}");
            assert!(said.contains(&format!("{option} names ")), "{arguments:?}: {said}");
            assert_eq!(files(folder.path()), before, "{arguments:?} wrote something");
        }
    }
    for file in ["alignment.toml", "Cargo.toml", "Cargo.lock"] {
        let (code, said) = run(&root, &["report", "results", "--html", file]);
        assert!(code == Some(2) && said.contains("--html names "), "{file}: {said}");
    }
    assert_eq!(files(folder.path()), before);
    // Anywhere else is fine.
    let (code, said) = run(&root, &["figures", "o1-preview", "--out", "target/figures"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = run(&root, &["merge", "elsewhere", "--into", "recordings"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn every_option_that_names_an_output_is_tried() {
    let text = fs::read_to_string("docs/commands.md").expect("read");
    let (mut command, mut found) = (String::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            command = name.trim_matches('`').rsplit(' ').next().unwrap_or_default().to_owned();
        }
        let option = line.strip_prefix("| `--").and_then(|rest| rest.split_once('`'));
        if let Some((option, _)) =
            option.filter(|(option, _)| option.ends_with("<DIR>") || option.ends_with("<FILE>"))
        {
            let name = option.split(' ').next().unwrap_or_default();
            let option = format!("{command} --{name}");
            if !INPUTS.contains(&&*option) {
                found.insert(option);
            }
        }
    }
    let tried: BTreeSet<String> =
        OUTPUTS.iter().map(|(command, option)| format!("{} {option}", command[0])).collect();
    assert_eq!(found, tried);
}

#[test]
fn results_are_not_kept_among_what_is_read() {
    let consumer = Consumer::fresh();
    consumer.config(TALLY);
    for folder in ["snapshots", "recordings", "suites"] {
        fs::create_dir_all(consumer.root.join(folder)).expect("made");
    }
    let absolute = |name: &str| consumer.root.join(name).to_string_lossy().into_owned();
    for place in
        ["snapshots", "recordings", "src", ".", "recordings/deeper", &absolute("snapshots"), &absolute("")]
    {
        let before = files(&consumer.root);
        let (code, out, err) = consumer.run_with(&[], &[("ALIGNSPEC_RESULTS", place)]);
        assert_eq!(code, 102, "{place}: {out}{err}");
        assert!(err.contains("ALIGNSPEC_RESULTS names "), "{place}: {out}{err}");
        assert_eq!(files(&consumer.root), before, "{place}: something was written");
    }
    let results = tempdir().expect("a folder");
    let (_, _, err) = consumer.run_with(&[], &[("ALIGNSPEC_RESULTS", &results.path().to_string_lossy())]);
    assert!(!err.contains("ALIGNSPEC_RESULTS names"), "{err}");
}
