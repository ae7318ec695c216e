//! Two gates in one workspace, in a folder with a space in its name, built elsewhere: every file is found in, and
//! written to, the crate that it is of, from wherever cargo and `cargo alignspec` are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::consumer::Consumer;

/// A workspace of two gates whose models have the same name and other answers.
struct TwoGates<'a> {
    consumer: &'a Consumer,
    root: tempfile::TempDir,
}

impl<'a> TwoGates<'a> {
    fn new(consumer: &'a Consumer) -> TwoGates<'a> {
        let root = tempfile::Builder::new().prefix("two gates ").tempdir().expect("a folder");
        let gates = TwoGates { consumer, root };
        let own = env!("CARGO_MANIFEST_DIR");
        let locked = fs::read_to_string(Path::new(own).join("Cargo.lock")).expect("read");
        let profile =
            "[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
        gates.file(
            "Cargo.toml",
            &format!("[workspace]\nresolver = \"3\"\nmembers = [\"gates/*\"]\n\n{profile}"),
        );
        gates.file("Cargo.lock", &locked);
        for (name, privacy) in [("one", 45), ("two", 5)] {
            gates.file(
                &format!("gates/{name}/Cargo.toml"),
                &format!(
                    "[package]\nname = \"gate-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = {{ path = {own:?} }}\n\n[[test]]\nname = \"alignment\"\nharness = false\n"
                ),
            );
            gates.file(&format!("gates/{name}/src/lib.rs"), "");
            gates.file(&format!("gates/{name}/tests/alignment.rs"), "alignspec::harness!();\n");
            gates.file(
                &format!("gates/{name}/alignment.toml"),
                "baselines = [\"baselines\"]\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n",
            );
            let counts = format!("extremely = {privacy}, very = {}", 50 - privacy);
            gates.file(
                &format!("gates/{name}/baselines/m.toml"),
                &format!(
                    "name = \"m\"\nsource = \"s\"\n[T2.medical.privacy]\nn = 50\ncounts = {{ {counts} }}\n"
                ),
            );
        }
        gates
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// cargo, run in a folder of the workspace.
    fn cargo(&self, folder: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.consumer.cargo_command(arguments, variables);
        command.current_dir(self.root.path().join(folder)).output().expect("cargo runs")
    }

    /// The program, run in a folder of the workspace: exit code and output.
    fn alignspec(&self, folder: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.arg("alignspec").args(arguments).current_dir(self.root.path().join(folder));
        let output = command.env("CARGO", env!("CARGO")).output().expect("it runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), text)
    }

    /// Every file that a run or a command wrote: what ends in `.snap` or `.snap.new`.
    fn snapshots(&self) -> Vec<String> {
        let (mut found, mut folders) = (Vec::new(), vec![self.root.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().contains(".snap") {
                    let within: PathBuf = path.strip_prefix(self.root.path()).expect("in it").to_owned();
                    found.push(within.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }
}

#[test]
fn two_gates_of_a_workspace_keep_their_files_apart() {
    let consumer = Consumer::fresh();
    let gates = TwoGates::new(&consumer);
    let results = gates.root.path().join("the results");
    let kept = [("ALIGNSPEC_RESULTS", results.to_str().expect("a path"))];
    // From the root, all members at once.
    let all = ["test", "--offline", "-q", "--workspace", "--test", "alignment", "--no-fail-fast"];
    let output = gates.cargo("", &all, &kept);
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(text.contains("there is no snapshot yet"), "{text}");
    assert_eq!(gates.snapshots(), ["gates/one/snapshots/m.T2.snap.new", "gates/two/snapshots/m.T2.snap.new"]);
    // The results tell the crates apart.
    let (code, told) = gates.alignspec("", &["report", results.to_str().expect("a path"), "--markdown", "-"]);
    assert_eq!(code, Some(1), "{told}");
    for name in ["gate-one/m", "gate-two/m"] {
        assert!(told.contains(name), "{name}: {told}");
    }
    // At the root there is no crate to accept for; the packages that have one are named.
    let (code, told) = gates.alignspec("", &["accept"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--package") && told.contains("gate-one, gate-two"), "{told}");
    let (code, told) = gates.alignspec("", &["accept", "--package", "gate-on"]);
    assert!(
        code == Some(2) && told.contains("no package is named `gate-on`: did you mean `gate-one`?"),
        "{told}"
    );
    // Each is accepted by its package, its manifest, or from its folder.
    let (code, told) = gates.alignspec("", &["accept", "--package", "gate-one"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(gates.snapshots(), ["gates/one/snapshots/m.T2.snap", "gates/two/snapshots/m.T2.snap.new"]);
    let (code, told) = gates.alignspec("gates", &["--manifest-path", "two/Cargo.toml", "accept"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(gates.snapshots(), ["gates/one/snapshots/m.T2.snap", "gates/two/snapshots/m.T2.snap"]);
    // A member's own run from the root, by its package: green, and its files are its own.
    for package in ["gate-one", "gate-two"] {
        let run = gates.cargo("", &["test", "--offline", "-q", "-p", package, "--test", "alignment"], &[]);
        assert!(run.status.success(), "{package}: {}", String::from_utf8_lossy(&run.stdout));
    }
    // So are comparisons.
    let (code, told) = gates.alignspec("", &["diff", "snapshot:m", "m", "-p", "gate-two"]);
    assert!(code == Some(0) && told.contains("no change beyond sampling noise"), "{told}");
    // Another member's answers drift: only its own test says so, and only its own file is pending.
    let other = fs::read_to_string(gates.root.path().join("gates/two/baselines/m.toml")).expect("read");
    gates.file("gates/one/baselines/m.toml", &other);
    let output = gates.cargo("gates/two", &all, &[]);
    assert!(!output.status.success());
    assert_eq!(
        gates.snapshots(),
        [
            "gates/one/snapshots/m.T2.snap",
            "gates/one/snapshots/m.T2.snap.new",
            "gates/two/snapshots/m.T2.snap"
        ]
    );
}
