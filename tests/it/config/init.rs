//! `cargo alignspec init`: what it writes is what a run reads, and nothing is written over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::support::consumer::Consumer;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

const MANIFEST: &str = "[package]\nname = \"product\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = { path = \"x\" }";

fn product(manifest: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("written");
    folder
}

/// The exit code, what was printed, and what was said on standard error.
fn alignspec(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder);
    for variable in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "ALIGNSPEC_MODE"] {
        command.env_remove(variable);
    }
    command.envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// All files of a folder, with their texts.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => {
                found.insert(entry.display().to_string(), fs::read_to_string(&entry).expect("text"));
            }
        }
    }
    found
}

#[test]
fn the_files_of_a_new_gate_are_valid_and_a_second_time_nothing_is_written() {
    let folder = product(MANIFEST);
    let (code, out, told) = alignspec(folder.path(), &["init", "--model", "gpt-4.1-mini"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(
        out.starts_with("wrote  tests/alignment.rs\nwrote  alignment.toml\nwrote  suites/first.toml\nadded  a test target to Cargo.toml\n\nnext\n"),
        "{out}"
    );
    let config = fs::read_to_string(folder.path().join("alignment.toml")).expect("written");
    assert_eq!(
        config,
        "suites = [\"builtin\", \"suites\"]\n\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-4.1-mini\"\nkey_env = \"OPENAI_API_KEY\"   # the variable; never the key itself\ntasks = [\"T1\"]                # 50 answers, or more until it is decided\n"
    );
    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).expect("written");
    assert_eq!(manifest, format!("{MANIFEST}\n\n[[test]]\nname = \"alignment\"\nharness = false\n"));
    let (code, out, told) = alignspec(folder.path(), &["check"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    let before = files(folder.path());
    let (code, out, told) = alignspec(folder.path(), &["init", "--model", "gpt-4.1-mini"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(
        out.starts_with(
            "kept   tests/alignment.rs\nkept   alignment.toml\nkept   suites/first.toml\nkept   Cargo.toml\n"
        ),
        "{out}"
    );
    assert_eq!(files(folder.path()), before);
    // Who asks for another model must not believe that it is the one that is judged.
    for other in [&["init", "--model", "another"][..], &["init", "--demo"]] {
        let (code, _, told) = alignspec(folder.path(), other, &[]);
        assert_eq!(code, Some(1), "{told}");
        assert!(
            told.contains("alignment.toml was there and is kept, so that these options count for nothing"),
            "{told}"
        );
        assert_eq!(files(folder.path()), before);
    }
}

/// `check` knows of a test target that is gone, because then `cargo test` judges nothing.
#[test]
fn a_gate_without_its_test_target_is_a_mistake() {
    let folder = product(MANIFEST);
    let (code, _, told) = alignspec(folder.path(), &["init", "--demo"], &[]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(alignspec(folder.path(), &["check"], &[]).0, Some(0));
    let target = folder.path().join("tests/alignment.rs");
    fs::remove_file(&target).expect("removed");
    let (code, out, _) = alignspec(folder.path(), &["check"], &[]);
    assert_eq!(code, Some(1));
    assert!(
        out.contains("the test target `alignment` of Cargo.toml has no file tests/alignment.rs"),
        "{out}"
    );
    fs::write(&target, "alignspec::harness!();\n").expect("written");
    fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("written");
    let (code, out, _) = alignspec(folder.path(), &["check"], &[]);
    assert_eq!(code, Some(1));
    assert!(out.contains("Cargo.toml has no test target with `harness = false`"), "{out}");
}

/// A target that does not call the harness judges nothing, and is green all the same.
#[test]
fn a_test_target_that_judges_nothing_is_a_mistake() {
    let folder = product(MANIFEST);
    let target = folder.path().join("tests/alignment.rs");
    fs::create_dir(folder.path().join("tests")).expect("a folder");
    let empty = "// alignspec::harness!();\nfn main() {}\n";
    fs::write(&target, empty).expect("written");
    let why = "tests/alignment.rs, the test target `alignment` of Cargo.toml, does not call the harness, so `cargo test` judges nothing: write `alignspec::harness!();` in it";
    for _ in 0..2 {
        let (code, _, told) = alignspec(folder.path(), &["init", "--demo"], &[]);
        assert!(code == Some(1) && told.contains(why), "{told}");
        assert_eq!(fs::read_to_string(&target).expect("text"), empty);
    }
    let (code, out, _) = alignspec(folder.path(), &["check"], &[]);
    assert!(code == Some(1) && out.contains(why), "{out}");
    // Its file may lie elsewhere, and there may be another target with a `main` of its own.
    let targets = "\n\n[[test]]\nname = \"ui\"\nharness = false\n\n[[test]]\nname = \"gate\"\npath = \"gate/main.rs\"\nharness = false\n";
    fs::write(folder.path().join("Cargo.toml"), format!("{MANIFEST}{targets}")).expect("written");
    fs::write(folder.path().join("tests/ui.rs"), "fn main() {}\n").expect("written");
    fs::create_dir(folder.path().join("gate")).expect("a folder");
    fs::write(folder.path().join("gate/main.rs"), "mod more;\nalignspec::harness! {}\n").expect("written");
    let (code, out, told) = alignspec(folder.path(), &["check"], &[]);
    assert_eq!(code, Some(0), "{out}{told}");
}

#[test]
fn the_provider_is_the_one_that_is_named_or_whose_key_is_there() {
    for (arguments, variables, wanted) in [
        (
            &["--model", "m"][..],
            &[("ANTHROPIC_API_KEY", "sk-x")][..],
            "provider = \"anthropic\"\nmodel = \"m\"\nkey_env = \"ANTHROPIC_API_KEY\"",
        ),
        (
            &["--model", "m", "--provider", "gemini"],
            &[("ANTHROPIC_API_KEY", "sk-x")],
            "provider = \"gemini\"\nmodel = \"m\"\nkey_env = \"GEMINI_API_KEY\"",
        ),
        (
            &["--model", "m", "--base-url", "http://127.0.0.1:8080/v1"],
            &[("OPENAI_API_KEY", "sk-x")],
            "provider = \"openai\"\nmodel = \"m\"\nbase_url = \"http://127.0.0.1:8080/v1\"\ntasks",
        ),
        (
            &["--model", "m", "--key-env", "MINE", "--role", "helper"],
            &[],
            "name = \"helper\"\nprovider = \"openai\"\nmodel = \"m\"\nkey_env = \"MINE\"",
        ),
        (
            &["--model", "claude-opus-5"],
            &[("OPENAI_API_KEY", "sk-x")],
            "provider = \"anthropic\"\nmodel = \"claude-opus-5\"\nkey_env = \"ANTHROPIC_API_KEY\"",
        ),
        (&["--model", "m", "--provider", "groq"], &[], "provider = \"groq\"\nmodel = \"m\"\ntasks"),
    ] {
        let folder = product(MANIFEST);
        let (code, _, told) = alignspec(folder.path(), &[&["init"], arguments].concat(), variables);
        assert_eq!((code, told.as_str()), (Some(0), ""), "{arguments:?}");
        let config = fs::read_to_string(folder.path().join("alignment.toml")).expect("written");
        assert!(config.contains(wanted), "{arguments:?}: {config}");
        assert!(!config.contains("sk-x"), "a key is never written down");
    }
}

/// What could not be read by a run is not written.
#[test]
fn what_is_wrong_is_told_before_anything_is_written() {
    for (arguments, wanted) in [
        (&["--model", "m", "--provider", "opnai"][..], "did you mean `openai`?"),
        (&["--model", "m", "--role", "a/b"], "a/b"),
        (&["--model", ""], "is empty"),
        (&["--model", "m", "--key-env", "sk-proj-AbCdEfGhIjKlMnOpQrStUvWx"], "key"),
        (&[], "--model"),
        (&["--demo", "--model", "m"], "--model"),
    ] {
        let folder = product(MANIFEST);
        let before = files(folder.path());
        let (code, out, told) = alignspec(folder.path(), &[&["init"], arguments].concat(), &[]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {told}");
        assert!(told.contains(wanted), "{arguments:?}: {told}");
        assert!(!told.contains("AbCdEfGhIjKlMnOpQrStUvWx"), "{told}");
        assert_eq!(files(folder.path()), before, "{arguments:?}");
    }
    let workspace = product("[workspace]\nmembers = []\n");
    let before = files(workspace.path());
    let (code, _, told) = alignspec(workspace.path(), &["init", "--demo"], &[]);
    assert_eq!(code, Some(2));
    assert!(told.contains("name one of its packages with --package"), "{told}");
    assert_eq!(files(workspace.path()), before, "a workspace's Cargo.toml takes no test target");
    let (code, _, told) = alignspec(tempdir().expect("a folder").path(), &["init", "--demo"], &[]);
    assert_eq!(code, Some(2));
    assert!(told.contains("there is no Cargo.toml"), "{told}");
}

/// What is in Cargo.toml already is left as it is; what is missing is told, and is not a yes.
#[test]
fn what_has_to_be_done_in_cargo_toml_by_hand_is_told() {
    for (manifest, wanted) in [
        ("[package]\nname = \"p\"\n", "run `cargo add --dev alignspec"),
        (
            "test = [{ name = \"other\" }]\n[package]\nname = \"p\"\n[dev-dependencies]\nalignspec = \"1\"\n",
            "{ name = \"alignment\", harness = false }",
        ),
        (
            "[package]\nname = \"p\"\n[dev-dependencies]\nalignspec = \"1\"\n[[test]]\nname = \"alignment\"\n",
            "add `harness = false`",
        ),
    ] {
        let folder = product(manifest);
        let (code, _, told) = alignspec(folder.path(), &["init", "--demo"], &[]);
        assert_eq!(code, Some(1), "{manifest}");
        assert!(
            told.starts_with("error: the gate is not complete yet:\n") && told.contains(wanted),
            "{told}"
        );
        let after = fs::read_to_string(folder.path().join("Cargo.toml")).expect("read");
        assert!(after.starts_with(manifest), "{after}");
    }
}

/// In a git repository, init also writes what CI and git need, at the top of the repository and in the crate.
#[test]
fn in_a_repository_the_workflow_and_gits_attributes_are_written_and_none_is_written_over() {
    let repository = tempdir().expect("a folder");
    let git = |arguments: &[&str]| {
        let done = Command::new("git").args(arguments).current_dir(repository.path()).output().expect("git");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    assert!(git(&["init", "-q"]).0);
    let root = repository.path().join("crates/gate");
    fs::create_dir_all(&root).expect("a folder");
    fs::write(root.join("Cargo.toml"), MANIFEST).expect("written");
    let (code, out, told) = alignspec(&root, &["init", "--demo"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(out.contains("wrote  .gitattributes\nwrote  .github/workflows/alignment.yml\n"), "{out}");
    let workflow = repository.path().join(".github/workflows/alignment.yml");
    let text = fs::read_to_string(&workflow).expect("written");
    let step = "      - run: cargo test --test alignment\n        working-directory: \"crates/gate\"\n        env:\n          ALIGNSPEC_MODE: replay\n";
    assert!(text.ends_with(step), "{text}");
    // git itself reads the attributes so.
    let of = |file: &str| git(&["check-attr", "merge", "eol", "linguist-generated", "--", file]).1;
    let recording = of("crates/gate/recordings/assistant/T1.jsonl");
    assert!(
        recording.contains("merge: union") && recording.contains("linguist-generated: set"),
        "{recording}"
    );
    let snapshot = of("crates/gate/snapshots/assistant.T1.snap");
    assert!(
        snapshot.contains("eol: lf") && snapshot.contains("linguist-generated: unspecified"),
        "{snapshot}"
    );
    fs::write(&workflow, "mine").expect("written");
    fs::write(root.join(".gitattributes"), "mine").expect("written");
    let (code, out, told) = alignspec(&root, &["init", "--demo"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(out.contains("kept   .gitattributes\nkept   .github/workflows/alignment.yml\n"), "{out}");
    assert_eq!(fs::read_to_string(&workflow).expect("read"), "mine");
    assert_eq!(fs::read_to_string(root.join(".gitattributes")).expect("read"), "mine");
    // A crate at the top needs no folder; one that git ignores is in no repository.
    fs::remove_file(&workflow).expect("removed");
    fs::write(repository.path().join("Cargo.toml"), MANIFEST).expect("written");
    alignspec(repository.path(), &["init", "--demo"], &[]);
    let text = fs::read_to_string(&workflow).expect("written");
    assert!(!text.contains("working-directory"), "{text}");
    let built = repository.path().join("target/package");
    fs::create_dir_all(&built).expect("a folder");
    fs::write(built.join("Cargo.toml"), MANIFEST).expect("written");
    fs::write(repository.path().join(".gitignore"), "target\n").expect("written");
    let (_, out, _) = alignspec(&built, &["init", "--demo"], &[]);
    assert!(!out.contains(".github") && !built.join(".gitattributes").exists(), "{out}");
}

/// From the first command to a green run, in a real crate: without a key, and with nothing written by hand.
#[test]
fn the_demo_is_red_until_its_snapshot_is_accepted_and_then_green() {
    let consumer = Consumer::fresh();
    fs::remove_file(consumer.root.join("alignment.toml")).expect("removed");
    let (code, out, told) = alignspec(&consumer.root, &["init", "--demo"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    let (code, out) = consumer.run(&[]);
    assert_eq!(code, 101, "the snapshot is new: {out}");
    assert!(out.contains("test result: FAILED. 2 passed; 1 failed;"), "{out}");
    let (code, _, told) = alignspec(&consumer.root, &["accept"], &[]);
    assert_eq!(code, Some(0), "{told}");
    let (code, out) = consumer.run(&[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("test result: ok. 3 passed; 0 failed;"), "{out}");
}
