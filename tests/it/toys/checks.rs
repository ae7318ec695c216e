//! A measure, `favourite`, a task kind, `agree`, a provider, `oracle`, and a report format, `tap`: see the recipes in
//! CONTRIBUTING.md.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::patch;
use crate::support::server::{Reply, Server};

/// Recipe, patch, and what stands for `NAME` in the recipe.
const TOYS: [(&str, &str, &str); 4] = [
    ("Add a measure", "measure.patch", "favourite"),
    ("Add a task kind", "task_kind.patch", "agree"),
    ("Add a provider", "provider.patch", "oracle"),
    ("Add a report format", "report_format.patch", "tap"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toy(name: &str) -> String {
    fs::read_to_string(root().join("tests/toys").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn each_toy_is_added_as_contributing_says() {
    for (recipe, file, name) in TOYS {
        let (touched, named) = (patch::files(root(), &toy(file)), patch::recipe(root(), recipe, name));
        assert!(!touched.is_empty(), "{file} touches no file");
        assert_eq!(
            touched, named,
            "left: the files that {file} touches; right: those that CONTRIBUTING.md names"
        );
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true if ["target", ".git", "recordings"].iter().any(|name| entry.file_name() == *name) => {}
            true => copy(&path, &to),
            false => {
                fs::copy(&path, &to).expect("copied");
            }
        }
    }
}

/// This repository with all toys in it.
struct WithToys(tempfile::TempDir);

impl WithToys {
    fn new() -> WithToys {
        let folder = tempfile::tempdir().expect("a folder");
        copy(root(), folder.path());
        for (_, file, _) in TOYS {
            let patch = root().join("tests/toys").join(file);
            let applied = Command::new("git").arg("apply").arg(patch).current_dir(folder.path()).output();
            let applied = applied.expect("git runs");
            assert!(applied.status.success(), "{file}: {}", String::from_utf8_lossy(&applied.stderr));
        }
        fs::write(folder.path().join("suites/toy.toml"), toy("suite.toml")).expect("written");
        WithToys(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs cargo with a command and what follows it: what was printed.
    fn cargo(&self, words: &[&str], more: &[&str], variables: &[(&str, &str)]) -> String {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder");
        let run = Command::new(env!("CARGO"))
            .args(words)
            .args(["--offline", "--features", "cli", "--target-dir"])
            .arg(target)
            .arg("--")
            .args(more)
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .output()
            .expect("cargo runs");
        [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }

    /// Judges the toys' config, with further lines: what was printed, and the results as TAP.
    fn judged(&self, server: &Server, further: &str) -> (String, String) {
        let config = toy("alignment.toml").replace("ORACLE", &server.root()) + further;
        fs::write(self.path().join("alignment.toml"), config).expect("written");
        let results = self.path().join("target/results");
        fs::remove_dir_all(&results).ok();
        let results = results.display().to_string();
        let only = ["--nocapture", "--skip", "snapshot"];
        let said = self.cargo(&["test", "--test", "alignment"], &only, &[("ALIGNSPEC_RESULTS", &results)]);
        let tap = self.cargo(
            &["run", "--quiet", "--bin", "cargo-alignspec"],
            &["report", "--tap", "-", &results],
            &[],
        );
        (said, tap)
    }
}

fn holds(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.contains(line), "no `{line}` in\n{said}");
    }
}

/// A service that likes privacy, is in no hurry, and says of some models that it is overloaded.
fn oracle() -> Server {
    Server::start(|request| {
        let asked = request.body["q"].as_str().unwrap_or_default();
        let says = if asked.contains("minute") { "Disagree" } else { "Agree" };
        match request.target.as_str() {
            "POST /down/ask" => Reply::json(200, &json!({ "a": says, "error": "overloaded" })),
            _ => Reply::json(200, &json!({ "a": says })),
        }
    })
}

/// The toys are judged with.
fn they_work(toys: &WithToys) {
    let server = oracle();
    let (said, tap) = toys.judged(&server, "");
    holds(
        &said,
        &[
            "pass: o1-preview: T1 favourite >= 70%",
            "pass: assistant: T9 rates privacy agree >= 50%",
            "pass: assistant: T9 rates speed agree <= 50%",
            "pass: oracle: T9 rates privacy agree >= 50%",
            "5 passed; 0 failed",
        ],
    );
    holds(&tap, &["TAP version 14\n1..", " - oracle::T9 rates privacy agree >= 50%\n"]);
    assert!(!tap.contains("not ok"), "{tap}");
    // A wrong sentence, and an answer that says it failed: neither is a pass.
    let down = format!(
        "[[model]]\nname = \"down\"\nprovider = \"oracle\"\nmodel = \"m\"\nbase_url = \"{}/down\"\ntasks = [\"T9\"]\n",
        server.root()
    );
    let (said, tap) = toys.judged(&server, &down);
    holds(&said, &["overloaded"]);
    assert!(!said.contains("pass: down"), "{said}");
    holds(&tap, &[" - down::T9 rates privacy agree >= 50%\n# answers missing: "]);
    assert!(!tap.lines().any(|line| line.starts_with("ok ") && line.contains("down::T9 rates")), "{tap}");
    let (said, _) = toys.judged(&server, "[[check]]\nexpect = \"T1 favourit >= 70%\"\n");
    holds(&said, &["did you mean `favourite`? For example: T1 favourite >= 90%"]);
}

/// What is made from the lists is written anew, and what tries everything in them tries the toys.
fn the_lists_lead_to_them(toys: &WithToys) {
    let read = |file: &str| fs::read_to_string(toys.path().join(file)).unwrap_or_default();
    let tests = [
        "docs::reference",
        "reports::every_outcome",
        "oracle_wire",
        "properties::names_of_values",
        "unread_bounds",
        "secrets::no_output_holds_a_part_of_a_key_whoever",
    ];
    let said = toys.cargo(&["test", "--test", "it"], &tests, &[("ALIGNSPEC_BLESS", "1")]);
    holds(&said, &["test result: ok", "oracle_wire::is_asked_with_its_key_and_its_answer_is_read ... ok"]);
    holds(&read("docs/reference.md"), &["favourite >= SHARE", "`agree`", "`oracle`"]);
    holds(&read("docs/commands.md"), &["`--tap <FILE>`"]);
    holds(&read("docs/ci.md"), &["| `--tap FILE` | "]);
    let tap = read("tests/reports/run.tap");
    holds(&tap, &["TAP version 14\n1..", "\nnot ok ", "\nok ", " # SKIP ignored: "]);
}

#[test]
#[ignore = "builds the crate and its tests a second time, with the patches: cargo test --test it toys -- --ignored"]
fn the_toys_build_and_work() {
    // In one copy, which is built once; the tests read its configuration before the toys' own is written there.
    let toys = WithToys::new();
    the_lists_lead_to_them(&toys);
    they_work(&toys);
}
