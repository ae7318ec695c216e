//! What is around the crate: versions, other tools, keys, and the environment variables that change a run.

use std::process::{Command, Stdio};

use super::Findings;
use crate::cli::models::key;
use crate::ground::diagnostic::nearest;
use crate::ground::environment::{HANDED, OTHERS, OURS, PREFIX, from_environment, is_gate};
use crate::ground::text::one_line;
use crate::run::Run;

/// Tells the versions of this program, of cargo and of the system.
pub(super) fn versions(found: &mut Findings) {
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    found.fine("alignspec", format!("{} on {system} ({machine})", env!("CARGO_PKG_VERSION")));
    match version("cargo", &["--version"]) {
        Some(version) => found.fine("cargo", version),
        None => found.trouble("cargo", "it cannot be run", "install Rust: https://rustup.rs"),
    }
}

/// Tells which keys are there; nothing of the keys themselves.
pub(super) fn keys(run: &Run, found: &mut Findings) {
    for model in &run.config.models {
        let state = format!("{}: {}", model.name, key(model, from_environment));
        match model.unset(|variable| from_environment(variable).is_some()) {
            None => found.fine("key", state),
            Some(variable) => found.hint(
                "key",
                state,
                format!("set {variable} to let a run ask it; without it, only what is recorded is judged"),
            ),
        }
    }
}

/// Tells which environment variables change what a run does. The values of others' variables may be secret.
pub(super) fn variables(found: &mut Findings) {
    let ours: Vec<&str> = OURS.iter().flat_map(|variable| variable.names).copied().collect();
    for name in &ours {
        if let Some(value) = from_environment(name) {
            let to_do = format!("unset it unless it is meant: {}", means(name));
            found.hint("environment", format!("{name}={}", one_line(&value, 100)), to_do);
        }
    }
    let handed = || HANDED.iter().flat_map(|variable| variable.names).copied();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut strange: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && !ours.contains(&name.as_str())).collect();
    strange.sort();
    for name in strange.iter().filter(|name| handed().all(|known| known != *name)) {
        if let Some(near) = nearest(name, ours.iter().copied()) {
            let what = format!("{} is not read, and a run takes it for a mistake", one_line(name, 100));
            found.trouble("environment", what, format!("did you mean {near}?"));
        }
    }
    let others = OTHERS.iter().flat_map(|variable| variable.names).copied();
    let changing = |name: &&str| {
        name.starts_with("INSTA_") || name.ends_with("_PROXY") || ["SSL_CERT_FILE"].contains(name)
    };
    for name in others.filter(changing) {
        let set =
            [name.to_owned(), name.to_lowercase()].into_iter().find(|name| from_environment(name).is_some());
        if let Some(set) = set {
            found.hint("environment", format!("{set} is set"), means(name));
        }
    }
    match is_gate(from_environment) {
        true => found.hint(
            "CI",
            "a run here counts as a gate: no snapshot is stored, and nothing is accepted",
            "this is right in CI; elsewhere, unset CI, TF_BUILD, ALIGNSPEC_RESULTS and ALIGNSPEC_TRUSTED_RECORDINGS",
        ),
        false => found.fine("CI", "not found: a run here is one of a person, and may store new snapshots for review"),
    }
}

/// What the reference says of a variable, without its marks.
fn means(name: &str) -> String {
    let known = OURS.iter().chain(&OTHERS).find(|variable| variable.names.contains(&name));
    known.map_or_else(String::new, |variable| variable.means.replace('`', ""))
}

/// Tells which of the tools that work well with alignspec are there. None of them is needed.
pub(super) fn tools(found: &mut Findings) {
    for (tool, arguments, what) in [
        ("cargo-nextest", ["nextest", "--version"], "not installed; it is needed only to run tests with it"),
        ("cargo-insta", ["insta", "--version"], "not installed; `cargo alignspec accept` does without it"),
        ("git", ["--version", ""], "not installed; it is needed to compare with a revision or a base branch"),
    ] {
        let program = if tool == "git" { "git" } else { "cargo" };
        let arguments: Vec<&str> = arguments.into_iter().filter(|word| !word.is_empty()).collect();
        found.fine(tool, version(program, &arguments).unwrap_or_else(|| what.to_owned()));
    }
}

/// The first line that a program prints about its version.
fn version(program: &str, arguments: &[&str]) -> Option<String> {
    let program = match program {
        "cargo" => std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        other => other.into(),
    };
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().filter(|_| output.status.success())?;
    Some(one_line(line, 100))
}
