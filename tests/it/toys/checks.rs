//! A measure, `favourite`, and a task kind, `agree`: see the recipes "Add a measure" and "Add a task kind" in CONTRIBUTING.md.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::patch;

/// Recipe, patch, and what stands for `NAME` in the recipe.
const TOYS: [(&str, &str, &str); 2] =
    [("Add a measure", "measure.patch", "favourite"), ("Add a task kind", "task_kind.patch", "agree")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toy(name: &str) -> String {
    fs::read_to_string(root().join("tests/toys").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_measure_and_a_task_kind_are_added_as_contributing_says() {
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

#[test]
#[ignore = "builds the crate a second time, with the patches: cargo test --test it toys -- --ignored"]
fn the_measure_and_the_task_kind_build_and_judge() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(root(), folder.path());
    for (_, file, _) in TOYS {
        let patch = root().join("tests/toys").join(file);
        let applied = Command::new("git").arg("apply").arg(patch).current_dir(folder.path()).output();
        let applied = applied.expect("git runs");
        assert!(applied.status.success(), "{file}: {}", String::from_utf8_lossy(&applied.stderr));
    }
    fs::write(folder.path().join("suites/toy.toml"), toy("suite.toml")).expect("written");
    let judged = |further: &str| {
        fs::write(folder.path().join("alignment.toml"), toy("alignment.toml") + further).expect("written");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder");
        let run = Command::new(env!("CARGO"))
            .args(["test", "--offline", "--test", "alignment", "--target-dir"])
            .arg(target)
            .args(["--", "--nocapture", "--skip", "snapshot"])
            .current_dir(folder.path())
            .output()
            .expect("cargo runs");
        [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    };
    let (good, bad) = (judged(""), judged("[[check]]\nexpect = \"T1 favourit >= 70%\"\n"));
    for (said, line) in [
        (&good, "pass: o1-preview: T1 favourite >= 70%"),
        (&good, "pass: assistant: T9 rates privacy agree >= 50%"),
        (&good, "pass: assistant: T9 rates speed agree <= 50%"),
        (&good, "3 passed; 0 failed"),
        (&bad, "did you mean `favourite`? For example: T1 favourite >= 90%"),
    ] {
        assert!(said.contains(line), "no `{line}` in\n{said}");
    }
}
