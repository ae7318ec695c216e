//! Which folder is judged, and what fails where the macro stands in a place that never runs: small crates of
//! their own, built as a user's are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::consumer::TALLY;

const OWN: &str = env!("CARGO_MANIFEST_DIR");

/// A crate in a folder of its own; all share the build folder of these tests.
struct Small {
    folder: PathBuf,
}

impl Small {
    /// A crate `name` with some test targets (file and text), and `manifest` at the end of its Cargo.toml.
    fn new(folder: &Path, name: &str, manifest: &str, files: &[(&str, &str)]) -> Small {
        let small = Small { folder: folder.to_owned() };
        let features = "edition = \"2024\"\n\n[workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n";
        let dependency = format!("\n[dev-dependencies]\nalignspec = {{ path = {OWN:?} }}\n");
        small.file(
            "Cargo.toml",
            &format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\n{features}{dependency}\n{manifest}"),
        );
        small.file("src/lib.rs", "");
        files.iter().for_each(|(file, text)| small.file(file, text));
        fs::copy(Path::new(OWN).join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
        small
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("in the crate")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// cargo in the crate: its exit code, and all that was said.
    fn cargo(&self, arguments: &str) -> (Option<i32>, String) {
        said(self.command(env!("CARGO")).args(arguments.split(' ')))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder");
        command.env("CARGO_TARGET_DIR", target).env("CARGO_TERM_COLOR", "never").env("INSTA_UPDATE", "no");
        for name in ["ALIGNSPEC_MODE", "ALIGNSPEC_PLAN", "ALIGNSPEC_RESULTS", "CI", "NEXTEST_RUN_ID"] {
            command.env_remove(name);
        }
        command.current_dir(&self.folder);
        command
    }
}

fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

const GATE: &str = "[[test]]\nname = \"gate\"\nharness = false\n";
const LINE: &str = "alignspec::harness!();\n";

fn config(check: &str) -> String {
    format!("{TALLY}\n[[check]]\nexpect = \"{check}\"\n")
}

#[test]
fn the_tree_in_front_of_it_is_judged_whatever_was_built_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().canonicalize().expect("there").join(name);
    let one = Small::new(&at("one"), "trees", GATE, &[("tests/gate.rs", LINE)]);
    one.file("alignment.toml", &config("T1 selects privacy >= 50%"));
    let test = "test --offline -q --test gate -- --skip snapshot";
    let (code, text) = one.cargo(test);
    assert!(code == Some(0) && text.contains("1 passed") && !text.contains("note: "), "{text}");
    // Another checkout with the same build folder, in which the check fails.
    let two = Small::new(&at("two"), "trees", GATE, &[("tests/gate.rs", LINE)]);
    two.file("alignment.toml", &config("T1 selects privacy <= 5%"));
    let built = one.cargo("test --offline -q --test gate --no-run --message-format json").1;
    let lines = built.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program = lines.filter_map(|line| line["executable"].as_str().map(str::to_owned)).next_back();
    let program = program.expect("a built test");
    let of = |small: &Small, root: Option<&Path>, package: &str| {
        let mut command = small.command(&program);
        if let Some(root) = root {
            command.env("CARGO_MANIFEST_DIR", root).env("CARGO_PKG_NAME", package);
        }
        said(command.args(["--color", "never", "--skip", "snapshot"]))
    };
    // As cargo and nextest run what they take for fresh.
    let (code, text) = of(&two, Some(&two.folder), "trees");
    assert_eq!(code, Some(101), "{text}");
    let note = format!(
        "note: judging {}, which this test is run for; it was built in {}\n",
        two.folder.display(),
        one.folder.display()
    );
    assert!(text.contains(&note) && text.contains("fail: o1-preview: T1 selects privacy <= 5%"), "{text}");
    // Its snapshots are its own, too, though insta's macro knows the folder of the build alone.
    let snapshots = |small: &Small| {
        let mut command = small.command(&program);
        command.env("CARGO_MANIFEST_DIR", &small.folder).env("CARGO_PKG_NAME", "trees");
        said(command.args(["--exact", "o1-preview::T1 as in its snapshot"]).env("INSTA_UPDATE", "new"))
    };
    let (stored, pending) = ("snapshots/o1-preview.T1.snap", "snapshots/o1-preview.T1.snap.new");
    assert_eq!(snapshots(&two).0, Some(101));
    assert!(two.folder.join(pending).exists() && !one.folder.join("snapshots").exists());
    fs::rename(two.folder.join(pending), two.folder.join(stored)).expect("accepted");
    let (code, text) = snapshots(&two);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = two.cargo(test);
    assert!(code == Some(101) && text.contains("fail: o1-preview: T1 selects privacy <= 5%"), "{text}");
    let (code, text) = one.cargo(test);
    assert!(code == Some(0) && text.contains("T1 selects privacy >= 50%"), "{text}");
    // Without cargo, what was built in counts, and it is said; so it does where cargo runs something else.
    let built = one.cargo("test --offline -q --test gate --no-run").0;
    assert_eq!(built, Some(0));
    let (_, text) = of(&two, None, "");
    let first = text.contains("T1 selects privacy >= 50%");
    let (is, other) = if first { (&one, &two) } else { (&two, &one) };
    let of_build = |text: &str| text.contains(&format!("note: judging {}", is.folder.display()));
    assert!(first != text.contains("T1 selects privacy <= 5%"), "{text}");
    // Said only where the working folder is another crate's.
    assert_eq!(of_build(&text), first, "{text}");
    let (_, text) = of(other, Some(&other.folder), "another");
    assert!(of_build(&text) && text.contains("to judge the latter, run cargo there"), "{text}");
    // A folder that is not there is not judged.
    let (code, text) = of(&one, Some(&at("gone")), "trees");
    assert_eq!(code, Some(102), "{text}");
    let missing = format!("the crate's folder {} does not exist, so nothing is judged", at("gone").display());
    assert!(text.contains(&missing) && text.contains("0 passed; 1 failed"), "{text}");
    // A folder that was renamed since is the one that is judged; without cargo, none.
    fs::rename(&one.folder, at("renamed")).expect("renamed");
    let renamed = Small { folder: at("renamed") };
    renamed.file("alignment.toml", &config("T1 selects privacy <= 4%"));
    let (code, text) = renamed.cargo(test);
    assert!(code == Some(101) && text.contains("fail: o1-preview: T1 selects privacy <= 4%"), "{text}");
    // No folder that it was built in is there any more: a stored snapshot stands all the same.
    let two_again = Small { folder: at("two again") };
    fs::rename(&two.folder, &two_again.folder).expect("renamed");
    let (code, text) = snapshots(&two_again);
    assert_eq!(code, Some(0), "{text}");
    fs::rename(&renamed.folder, at("again")).expect("renamed");
    let (code, text) = of(&Small { folder: at("again") }, None, "");
    assert!(code == Some(102) && text.contains("does not exist, so nothing is judged"), "{text}");
}

#[test]
fn a_harness_that_nothing_would_run_does_not_build() {
    let folder = tempfile::tempdir().expect("a folder");
    let nested = "fn main() {\n    alignspec::harness!();\n}\n";
    let deeper = "fn run() {\n    alignspec::harness!();\n}\nfn main() {\n    run();\n}\n";
    let module = "#[cfg(test)]\nmod alignment {\n    alignspec::harness!();\n}\n";
    let missing = "name = \"gate\"\n  harness = false\n";
    let stands = "`alignspec::harness!()` is inside a function, where nothing runs it";
    let in_module = "alignspec::harness!() is inside a module, where nothing calls its `main`";
    for (name, manifest, files, wanted) in [
        ("forgotten", "", &[("tests/gate.rs", LINE)][..], missing),
        // The name of another file, so that this one keeps Rust's harness.
        (
            "misnamed",
            "[[test]]\nname = \"other\"\npath = \"tests/other.rs\"\nharness = false\n",
            &[("tests/gate.rs", LINE), ("tests/other.rs", "fn main() {}\n")],
            missing,
        ),
        ("nested", GATE, &[("tests/gate.rs", nested)], stands),
        ("deeper", GATE, &[("tests/gate.rs", deeper)], stands),
        ("module", "", &[("src/lib.rs", module)], in_module),
        (
            "twice",
            GATE,
            &[("tests/gate.rs", "alignspec::harness!();\nalignspec::harness!();\n")],
            "the name `main` is defined multiple times",
        ),
        (
            "unfound",
            "[[test]]\nname = \"gaet\"\nharness = false\n",
            &[("tests/gate.rs", LINE)],
            "can't find `gaet` test",
        ),
    ] {
        let small = Small::new(&folder.path().join(name), name, manifest, files);
        small.file("alignment.toml", &config("T1 selects privacy >= 50%"));
        // Whatever is filtered.
        let (code, text) = small.cargo("test --offline -q -- o1-preview::T1");
        let plain = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, Some(101), "{name}: {plain}");
        assert!(flat(&plain).contains(&flat(wanted)), "{name}: no `{wanted}` in\n{plain}");
    }
}
