//! Every command that is about a crate finds it from anywhere: from its own folder, by `--package` from the top of its
//! workspace, and by `--manifest-path` from a folder outside or from another member. What it prints and writes is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use alignspec::__testing::cli;
use tempfile::{TempDir, tempdir};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

/// Commands that are about no crate, each with what it is about.
const OF_NO_CRATE: [(&str, &str); 6] = [
    ("completions", "the program itself"),
    ("gate", "a pull request"),
    ("man", "the program itself"),
    ("merge", "folders that the command line names"),
    ("report", "a folder that the command line names"),
    ("schema", "the program itself"),
];

/// A command line, in which `OUT` is a folder and `TABLE` a file outside of the crate; the exit code; what it says that
/// only the crate `one` can be the reason of; and what it writes in the crate.
type Case = (&'static [&'static str], i32, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (&["accept"], 3, "", &[]),
    (&["accept", "--role", "m-on"], 2, "did you mean `m-one`?", &[]),
    (&["across", "m-one", "--by", "T2 alignment", "--partial"], 1, "m-one", &[]),
    (&["check"], 0, "no mistakes: 2 roles", &[]),
    (&["diff", "m-one", "m-one"], 0, "m-one", &[]),
    (&["doctor"], 0, "one", &[]),
    (&["explain", "T2 mean difference with m-one <= 0.3"], 0, "m-one", &[]),
    (&["figures", "m-one", "--out", "OUT"], 0, "", &[]),
    (
        &["import", "TABLE", "--name", "notebook"],
        0,
        "wrote  baselines/notebook.toml",
        &["baselines/notebook.toml"],
    ),
    (&["init", "--demo"], 1, "alignment.toml was there and is kept", &["suites/first.toml"]),
    (&["models"], 1, "asked-one", &[]),
    (&["plan"], 0, "asked-one", &[]),
    (&["read", "--role", "asked-one"], 3, "asked-one", &[]),
    (&["record", "--role", "asked-on"], 2, "did you mean `asked-one`?", &[]),
    (&["watch"], 3, "asked-one", &[]),
];

/// A workspace of two gates, each with roles of its own.
fn workspace() -> TempDir {
    let folder = tempfile::Builder::new().prefix("two gates ").tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    file("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"gates/*\"]\n");
    for name in ["one", "two"] {
        let at = |file: &str| format!("gates/{name}/{file}");
        file(
            &at("Cargo.toml"),
            &format!(
                "[package]\nname = \"gate-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = {{ path = {:?} }}\n\n[[test]]\nname = \"alignment\"\nharness = false\n",
                env!("CARGO_MANIFEST_DIR")
            ),
        );
        file(&at("src/lib.rs"), "");
        file(&at("tests/alignment.rs"), "alignspec::harness!();\n");
        file(
            &at("alignment.toml"),
            &format!(
                "baselines = [\"builtin\", \"baselines\"]\n\n[[model]]\nname = \"m-{name}\"\nprovider = \"tally\"\n\n[[model]]\nname = \"asked-{name}\"\nprovider = \"openai\"\nmodel = \"x\"\nkey_env = \"ALIGNSPEC_NO_KEY_AT_ALL\"\ntasks = [\"T1\"]\n"
            ),
        );
        let counts = "extremely = 40, very = 10";
        file(
            &at(&format!("baselines/m-{name}.toml")),
            &format!(
                "name = \"m-{name}\"\nsource = \"s\"\n[T2.medical.privacy]\nn = 50\ncounts = {{ {counts} }}\n"
            ),
        );
    }
    folder
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// What a command did: its exit code, what it printed without the ways to the crate, and the files that it wrote.
type Done = (Option<i32>, String, Vec<String>);

/// Runs a command line in one of the ways to say which crate is meant.
fn run(way: &str, line: &[&str]) -> Done {
    let (workspace, elsewhere, out) =
        (workspace(), tempdir().expect("a folder"), tempdir().expect("a folder"));
    let table = out.path().join("answers.csv");
    fs::write(&table, "task,item,text\nT2,medical.privacy,Very important\n").expect("written");
    let root = workspace.path().canonicalize().expect("a path");
    let manifest = root.join("gates/one/Cargo.toml").display().to_string();
    let (folder, first, last): (PathBuf, Vec<&str>, Vec<&str>) = match way {
        "its folder" => (root.join("gates/one"), vec![], vec![]),
        "a folder in it" => (root.join("gates/one/src"), vec![], vec![]),
        "--package at the top" => (root.clone(), vec![], vec!["--package", "gate-one"]),
        "--package in another member" => (root.join("gates/two"), vec!["-p", "gate-one"], vec![]),
        "--manifest-path elsewhere" => {
            (elsewhere.path().to_owned(), vec![], vec!["--manifest-path", &manifest])
        }
        "--manifest-path in another member" => {
            (root.join("gates/two"), vec!["--manifest-path", "../one/Cargo.toml"], vec![])
        }
        _ => panic!("{way}"),
    };
    let (pictures, table) = (out.path().join("out").display().to_string(), table.display().to_string());
    let line = line.iter().map(|word| match *word {
        "OUT" => pictures.as_str(),
        "TABLE" => table.as_str(),
        word => word,
    });
    let before = [files(&root), files(elsewhere.path())].concat();
    let mut command = Command::new(BINARY);
    command.arg("alignspec").args(first).args(line).args(last).current_dir(folder);
    let others = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let others =
        others.filter(|name| name.starts_with("ALIGNSPEC_") || name.starts_with("CARGO_") || name == "CI");
    others.for_each(|name| _ = command.env_remove(name));
    command.env("CARGO", env!("CARGO")).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let mut text = text.replace(out.path().to_str().expect("a path"), "/out");
    for shown in [workspace.path(), &root] {
        text = text.replace(&format!("{}/", shown.display()), "");
        text = text.replace(&*shown.to_string_lossy(), "/workspace");
    }
    let text = text
        .replace("gates/one/", "")
        .replace("/workspace/gates/one", "the crate")
        .replace("gates/one", "the crate");
    let written = [files(&root), files(elsewhere.path())].concat();
    let written = written.iter().filter(|file| !before.contains(file));
    let own = root.join("gates/one");
    let written = written.map(|file| file.strip_prefix(&own).unwrap_or(file).display().to_string()).collect();
    (output.status.code(), text, written)
}

#[test]
fn every_command_finds_its_crate_from_anywhere() {
    let ways = [
        "a folder in it",
        "--package at the top",
        "--package in another member",
        "--manifest-path elsewhere",
        "--manifest-path in another member",
    ];
    let (mut wrong, mut tried) = (String::new(), BTreeMap::new());
    for (line, code, says, writes) in CASES {
        *tried.entry(line[0]).or_insert(0) += 1;
        let own = run("its folder", line);
        if own.0 != Some(*code) || !own.1.contains(says) || own.2 != *writes {
            wrong += &format!("{line:?} in its folder:\n{own:#?}\n\n");
        }
        for way in ways {
            let other = run(way, line);
            if other != own {
                wrong += &format!("{line:?} by {way}:\n{other:#?}\nand in its folder:\n{own:#?}\n\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let whole = cli::command();
    let names = whole.get_subcommands().map(clap::Command::get_name);
    let left: Vec<&str> = names
        .filter(|name| !tried.contains_key(name) && !OF_NO_CRATE.iter().any(|(of, _)| of == name))
        .collect();
    assert!(left.is_empty(), "say what {left:?} is about, or try it here");
}
