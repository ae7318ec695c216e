//! `cargo alignspec doctor`: what it finds in a crate that is well, and in one where everything is wrong.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::support::assert_kept;

const MANIFEST: &str = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = \"0.1\"\n\n[[test]]\nname = \"alignment\"\nharness = false\n";

const CONFIG: &str = "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nkey_env = \"DOCTOR_KEY\"\ntasks = [\"T1\"]\n\n[[check]]\nexpect = \"T1 selects fairness >= 60%\"\n";

/// The exit code and what was printed, in an environment of which nothing else is known.
fn doctor(folder: &Path, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.arg("doctor").current_dir(folder).env_clear().env("CARGO", env!("CARGO"));
    for name in ["PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME", "SYSTEMROOT"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// Without what differs from machine to machine.
fn plain(text: &str, folder: &Path) -> String {
    let text = text.replace(&*folder.canonicalize().expect("a path").to_string_lossy(), "/crate");
    let text = text.replace(&*folder.to_string_lossy(), "/crate");
    let line = |line: &str| {
        let own =
            ["ok    alignspec ", "ok    cargo", "ok    git"].iter().any(|start| line.starts_with(start));
        if own { format!("{}…", &line[..21]) } else { line.to_owned() }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git").args(arguments).current_dir(folder).status().expect("git");
    assert!(status.success());
}

#[test]
fn a_crate_that_is_well_has_hints_at_most() {
    let folder = tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("Cargo.toml"), MANIFEST).expect("written");
    fs::write(at("alignment.toml"), CONFIG).expect("written");
    fs::create_dir(at("tests")).expect("a folder");
    fs::write(at("tests/alignment.rs"), "alignspec::harness!();\n").expect("written");
    let version = env!("CARGO_PKG_VERSION");
    fs::write(at("Cargo.lock"), format!("[[package]]\nname = \"alignspec\"\nversion = \"{version}\"\n"))
        .expect("written");
    let (code, out) = doctor(folder.path(), &[("DOCTOR_KEY", "sk-verysecret")]);
    assert_kept("tests/data/commands/doctor-well.txt", &plain(&out, folder.path()));
    assert!(!out.contains("verysecret"), "{out}");
    assert_eq!(code, Some(0));
    // It changes nothing.
    assert!(!at("recordings").exists() && !at("snapshots").exists());
}

#[test]
fn what_a_run_would_refuse_is_a_trouble() {
    let folder = tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("Cargo.toml"), MANIFEST).expect("written");
    fs::write(at("alignment.toml"), CONFIG).expect("written");
    fs::create_dir(at("tests")).expect("a folder");
    fs::write(at("tests/alignment.rs"), "alignspec::harness!();\n").expect("written");
    for (name, value, told) in [
        ("ALIGNSPEC_MODE", "bad", "ALIGNSPEC_MODE is `bad`, which is not a mode"),
        ("ALIGNSPEC_MAX_USD", "abc", "ALIGNSPEC_MAX_USD is `abc`, which is not a number"),
        ("ALIGNSPEC_MAX_REQUESTS", "-1", "ALIGNSPEC_MAX_REQUESTS is `-1`, which is not a number"),
        ("ALIGNSPEC_MAX_USD", "1", "ALIGNSPEC_MAX_USD cannot be enforced: `assistant` has no price"),
        ("ALIGNSPEC_TRUSTED_RECORDINGS", "zz", "ALIGNSPEC_TRUSTED_RECORDINGS is `zz`, which it cannot be"),
        ("ALIGNSPEC_PLAN", "1", "ALIGNSPEC_PLAN is set, so that a run prints its plan and judges nothing"),
    ] {
        let (code, out) = doctor(folder.path(), &[(name, value)]);
        assert!(code == Some(1) && out.contains(&format!("no    environment    {told}")), "{name}: {out}");
        assert!(out.contains("1 trouble, "), "{name}: {out}");
        assert!(!out.contains(&format!("{name}={value}")), "told once: {out}");
    }
    for (name, value) in [("ALIGNSPEC_MODE", "replay"), ("ALIGNSPEC_PLAN", "0")] {
        assert_eq!(doctor(folder.path(), &[(name, value)]).0, Some(0), "{name}");
    }
    fs::write(at("tests/alignment.rs"), "// alignspec::harness!();\nfn main() {}\n").expect("written");
    let (code, out) = doctor(folder.path(), &[]);
    assert!(code == Some(1) && out.contains("no    test target    tests/alignment.rs"), "{out}");
}

#[test]
fn each_trouble_is_told_with_what_to_do() {
    let folder = tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    git(folder.path(), &["init", "-q"]);
    fs::write(at(".gitignore"), "recordings/\n").expect("written");
    fs::write(at("Cargo.toml"), MANIFEST).expect("written");
    fs::write(at("Cargo.lock"), "[[package]]\nname = \"alignspec\"\nversion = \"0.0.1\"\n").expect("written");
    fs::write(at("alignment.toml"), CONFIG.replace("fairness", "fairnes")).expect("written");
    fs::create_dir_all(at("recordings/assistant")).expect("a folder");
    fs::write(at("recordings/assistant/T1.jsonl"), "<<<<<<< HEAD\n").expect("written");
    fs::create_dir(at("snapshots")).expect("a folder");
    fs::write(at("snapshots/assistant.T1.snap.new"), "x").expect("written");
    let variables = [
        ("ALIGNSPEC_PLAN", "1"),
        ("ALIGNSPEC_MOD", "replay"),
        ("INSTA_UPDATE", "always"),
        ("https_proxy", "http://user:verysecret@proxy"),
        ("CI", "true"),
    ];
    let (code, out) = doctor(folder.path(), &variables);
    assert_kept("tests/data/commands/doctor-troubles.txt", &plain(&out, folder.path()));
    assert!(!out.contains("verysecret"), "{out}");
    assert_eq!(code, Some(1));
}

#[test]
fn without_a_crate_it_says_where_to_begin() {
    let folder = tempdir().expect("a folder");
    let (code, out) = doctor(folder.path(), &[]);
    assert!(out.contains("no    crate          there is no alignment.toml in "), "{out}");
    assert!(out.contains("`cargo alignspec init` writes the first files"), "{out}");
    assert_eq!(code, Some(1));
    fs::write(folder.path().join("alignment.toml"), "[[model]\n").expect("written");
    let (code, out) = doctor(folder.path(), &[]);
    assert!(out.contains("no    alignment.toml ") && out.contains("there is no Cargo.toml"), "{out}");
    assert_eq!(code, Some(1));
}
