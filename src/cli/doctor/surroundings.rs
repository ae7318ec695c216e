//! What is around the crate: versions, other tools, keys, and the environment variables that change a run.

use std::process::{Command, Stdio};

use super::Findings;
use crate::asking::Mode;
use crate::cli::models::key;
use crate::cli::rust_suites::known;
use crate::config::Config;
use crate::ground::diagnostic::nearest;
use crate::ground::environment::{
    HANDED, OTHERS, OURS, PLAN, PREFIX, from_environment, is_gate, of_development, only_plans,
};
use crate::ground::text::one_line;
use crate::run::{BaseFinding, Run};

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

/// Tells which environment variables a run of this crate would refuse, as the harness reads them.
pub(super) fn of_the_config(config: &Config, found: &mut Findings) {
    let budget = config.clone().within_environment(from_environment).map(|_| ());
    let base = BaseFinding::of(config, from_environment).map(|_| ());
    for wrong in [budget, base].into_iter().filter_map(Result::err) {
        let to_do = wrong.to_do().unwrap_or("change the variable, or unset it");
        found.trouble("environment", one_line(wrong.message(), 300), one_line(to_do, 300));
    }
}

/// Tells whether the Rust values of the test target are known, if the config takes any, and returns it with them.
pub(super) fn with_rust_values(config: Config, found: &mut Findings) -> Config {
    match known(&config) {
        Ok(None) => config,
        Ok(Some(suites)) => {
            let files: Vec<String> = suites.files().into_iter().map(|file| one_line(file, 200)).collect();
            let what = if files.is_empty() { "none".to_owned() } else { files.join(", ") };
            found.fine("Rust values", format!("suites and checks of the test target: {what}"));
            config.with_rust(suites)
        }
        Err((why, to_do)) => {
            found.trouble("Rust values", one_line(&why, 600), to_do);
            config
        }
    }
}

/// Tells which environment variables change what a run does. The values of others' variables may be secret.
pub(super) fn variables(found: &mut Findings) {
    let ours: Vec<&str> = OURS.iter().flat_map(|variable| variable.names).copied().collect();
    if let Err(wrong) = Mode::from_variables(from_environment) {
        found.trouble("environment", wrong.to_string(), "change the variable, or unset it");
    }
    if only_plans() {
        let what = format!("{PLAN} is set, so that a run prints its plan and judges nothing");
        found.trouble("environment", what, "unset it; `cargo alignspec plan` prints the same");
    }
    let told: Vec<String> = found.0.iter().map(|finding| finding.found.clone()).collect();
    let told = |name: &str| told.iter().any(|found| found.starts_with(&format!("{name} ")));
    for name in ours.iter().filter(|name| !told(name)) {
        if let Some(value) = from_environment(name) {
            let to_do = format!("unset it unless it is meant: {}", means(name));
            found.hint("environment", format!("{name}={}", one_line(&value, 100)), to_do);
        }
    }
    let handed = || HANDED.iter().flat_map(|variable| variable.names).copied();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut strange: Vec<String> = names
        .filter(|name| name.starts_with(PREFIX) && !ours.contains(&name.as_str()) && !of_development(name))
        .collect();
    strange.sort();
    for name in strange.iter().filter(|name| handed().all(|known| known != *name)) {
        let what = format!("{} is not read, and a run takes it for a mistake", one_line(name, 100));
        match nearest(name, ours.iter().copied()) {
            Some(near) => found.trouble("environment", what, format!("did you mean {near}?")),
            None => found.trouble("environment", what, "unset it"),
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
