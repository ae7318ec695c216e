//! `cargo alignspec record`: runs the crate's own test target in record mode, which asks for missing answers
//! and keeps them.
//!
//! The target asks, and not this program, because it may hold functions that answer for a model.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use super::diff::unknown;
use super::gate::selection;
use super::{Failure, config_alone, offline, tell, with_rust};
use crate::asking::VARIABLE;
use crate::config::{Config, Model};
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::plan;
use crate::report::results::folder::COULD_NOT_RUN;
use crate::run::Run;

/// Asks models for the answers that are not recorded yet, and keeps them.
///
/// Runs `cargo test` on the crate's alignspec target with ALIGNSPEC_MODE=record, and ends with its exit code: a
/// check that fails there fails here, too.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct RecordArguments {
    /// Only this model; may be given several times
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,

    /// The test target, if it is not found automatically
    #[arg(long, value_name = "NAME")]
    test: Option<String>,

    /// Arguments for `cargo test`, and after another `--` for the target
    #[arg(last = true, value_name = "ARGUMENTS")]
    further: Vec<OsString>,
}

const HELP: &str = r#"Examples:
  cargo alignspec record
  cargo alignspec record --role assistant
  cargo alignspec record --role assistant -- --release

Exit codes: those of the test target: 0 all is there and passes; 101 a check or a snapshot says no; 102 an answer is missing or a
file has a mistake; and 1 or 2 where nothing could be started."#;

pub(super) fn run(arguments: &RecordArguments) -> Result<(), Failure> {
    let config = config_alone("there is nothing to record here")?;
    if config.takes_rust() {
        keep_rust(&config, &arguments.targets(&config.root)?, &arguments.further)?;
    }
    let run = offline(with_rust(config)?);
    let asked = || run.config.models.iter();
    for role in &arguments.role {
        if !asked().any(|model| model.name == *role) {
            let known = asked().map(|model| model.name.as_str());
            return Err(Failure::Misuse(unknown("model that is asked", role, known)));
        }
    }
    let chosen = |model: &&Model| arguments.role.is_empty() || arguments.role.contains(&model.name);
    let models: Vec<&Model> = asked().filter(chosen).collect();
    if models.is_empty() {
        return Err(Failure::Refused(
            "all models in alignment.toml are published ones: there is nothing to ask".to_owned(),
        ));
    }
    // Every verdict depends on all files, whichever role is named, so nothing is asked while one is broken.
    if !run.problems.is_empty() {
        run.problems.iter().for_each(|problem| tell(format_args!("{}\n", problem.diagnostic)));
        tell(format_args!(
            "error: {} in files, so no model is asked",
            counted(run.problems.len(), "mistake")
        ));
        return Err(Failure::Told(COULD_NOT_RUN.code));
    }
    let targets = arguments.targets(&run.config.root)?;
    // All models are checked before the first is asked.
    for model in &models {
        let of = |planned: &crate::run::Planned| planned.model == model.name;
        let plan = plan::plan_of(&run, of).map_err(|problem| Failure::Refused(problem.to_string()))?;
        match plan.total(Some(&model.name)).is_nothing() {
            true => {
                tell(format_args!("plan: everything that {} may be asked is already recorded", model.name))
            }
            false => tell(format_args!("{}", plan.announcement(&model.name))),
        }
    }
    // The target takes one filter, so each role has a run of its own. The first failure gives the exit code,
    // and the other roles are still recorded.
    let mut ended = 0;
    for model in &models {
        let code = test(&run, model, &targets, &arguments.further)?;
        ended = if ended == 0 { code } else { ended };
    }
    if ended == 0 { Ok(()) } else { Err(Failure::Told(ended)) }
}

impl RecordArguments {
    /// Returns the test targets that ask.
    fn targets(&self, root: &Path) -> Result<Vec<String>, Failure> {
        match &self.test {
            Some(name) if name.starts_with('-') => {
                Err(Failure::Misuse(format!("`{}` is not the name of a target", one_line(name, 100))))
            }
            Some(name) => Ok(vec![name.clone()]),
            None => targets(root),
        }
    }
}

/// Has the targets list their tests, which asks nothing: they keep their Rust values then, which the plan needs.
fn keep_rust(config: &Config, targets: &[String], further: &[OsString]) -> Result<(), Failure> {
    let mut command = Command::new(cargo());
    command.arg("test").current_dir(&config.root).env_remove(plan::VARIABLE).stdout(Stdio::null());
    for target in targets {
        command.args(["--test", target]);
    }
    let split = further.iter().position(|argument| argument == "--").unwrap_or(further.len());
    command.args(&further[..split]).args(["--", "--list"]);
    let status =
        command.status().map_err(|cause| Failure::Refused(format!("cargo cannot be run: {cause}")))?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Told(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(101))),
    }
}

/// Runs the targets for one model and returns their exit code.
fn test(run: &Run, model: &Model, targets: &[String], further: &[OsString]) -> Result<u8, Failure> {
    let mut command = Command::new(cargo());
    command.arg("test").current_dir(&run.config.root).env(VARIABLE, "record").env_remove(plan::VARIABLE);
    command.env(plan::ANNOUNCED, "1");
    for target in targets {
        command.args(["--test", target]);
    }
    let split = further.iter().position(|argument| argument == "--").unwrap_or(further.len());
    command.args(&further[..split]).arg("--").args(selection(&run.config, &model.name));
    command.args(further.get(split + 1..).unwrap_or_default());
    let status =
        command.status().map_err(|cause| Failure::Refused(format!("cargo cannot be run: {cause}")))?;
    // A process that a signal ended has no code.
    Ok(status.code().map_or(101, |code| u8::try_from(code).unwrap_or(101)))
}

/// Returns the cargo that runs this program, or else the one on the path.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Returns the crate's test targets that are alignspec's: those whose source calls `harness!`. If a macro of the crate hides
/// the call, `--test` names the target.
pub(super) fn targets(root: &Path) -> Result<Vec<String>, Failure> {
    let mut command = Command::new(cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|cause| Failure::Refused(format!("cargo cannot be run: {cause}")))?;
    if !output.status.success() {
        return Err(Failure::Refused("`cargo metadata` failed: name the test target with --test".to_owned()));
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::Refused(format!("`cargo metadata` cannot be read: {error}")))?;
    let manifest = root.join("Cargo.toml");
    let manifest = manifest.canonicalize().unwrap_or(manifest);
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let own = list(&metadata["packages"]).into_iter().find(|package| {
        let path = package["manifest_path"].as_str().map(Path::new);
        path.is_some_and(|path| path.canonicalize().is_ok_and(|path| path == manifest))
    });
    let own = own.ok_or_else(|| {
        Failure::Refused(format!(
            "there is no package in {}: alignment.toml belongs next to a Cargo.toml",
            root.display()
        ))
    })?;
    let mut names = Vec::new();
    for target in list(&own["targets"]) {
        let is_test = list(&target["kind"]).iter().any(|kind| kind == "test");
        let source = target["src_path"].as_str().filter(|_| is_test);
        let calls = source
            .and_then(|path| std::fs::read_to_string(path).ok())
            .is_some_and(|text| super::test_target::calls(&text));
        names.extend(target["name"].as_str().filter(|_| calls).map(str::to_owned));
    }
    if names.is_empty() {
        return Err(Failure::Refused(
            "no test target of this crate calls alignspec::harness!: name one with --test".to_owned(),
        ));
    }
    Ok(names)
}
