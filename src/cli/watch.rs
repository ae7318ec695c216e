//! `cargo alignspec watch`: asks each role a few fresh questions of its snapshots, and says when it is sure that the model
//! behind the name has changed.
//!
//! The answers go the way of all answers, but are kept apart from those of the gate. What is compared, and at which
//! error rate, is told in `verdict::watch`.

mod floating;
mod held;
mod issue;
mod outcome;
mod role;
mod series;
mod told;

use std::path::PathBuf;

use jiff::Timestamp;

use super::diff::unknown;
use super::models::may_ask;
use super::{Failure, config, offline, place_for, say};
use crate::config::{Model, OutputKind};
use crate::ground::environment::from_environment;
use crate::ground::exit::{WATCH_CHANGED, WATCH_NOT_RUN};
use crate::ground::format::counted;
use crate::ground::text::one_line;
use outcome::{RoleOutcome, RoleWatch};
use role::Watcher;

/// Asks each role a few fresh questions of its snapshots, and says when the model behind the name has changed.
///
/// Compares the answers of all watches since a snapshot was accepted with it, at one error rate for the whole series. Ends
/// with 0 where nothing shows a change, with 1 where the model or its version changed, and with 3 where a role could not
/// be watched and no other changed.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct WatchArguments {
    /// Only this model; may be given several times
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,

    /// How many questions to ask each role
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,

    /// The name of this watch, which counts once; the time and the process unless given
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// The folder of the series and of what was answered
    #[arg(long, value_name = "DIR", default_value = "watch")]
    dir: PathBuf,

    /// Opens or updates one issue where a model has changed. Reads GITHUB_REPOSITORY, GITHUB_TOKEN and GITHUB_API_URL
    #[arg(long)]
    issue: bool,

    /// Who the token writes as: only an issue of this author is updated
    #[arg(long, value_name = "LOGIN", default_value = "github-actions[bot]")]
    author: String,

    /// Milliseconds before the forge is tried again
    #[arg(long, hide = true, default_value_t = 2_000)]
    pause: u64,
}

const HELP: &str = r#"Examples:
  cargo alignspec watch
  cargo alignspec watch --role assistant --requests 20

Exit codes: 0 nothing shows a change; 1 a model or its version changed; 2 the command line or alignment.toml is not valid; 3 a
role could not be watched, and no other changed; or ALIGNSPEC_MODE=replay or ALIGNSPEC_PLAN forbids asking."#;

pub(super) fn run(arguments: &WatchArguments) -> Result<(), Failure> {
    let config = config("there is nothing to watch here")?;
    let config = config
        .within_environment(from_environment)
        .map_err(|problem| Failure::Misuse(problem.to_string()))?;
    let folder = config.root.join(&arguments.dir);
    place_for("--dir", &folder, OutputKind::Folder)?;
    may_ask().map_err(Failure::CouldNotRun)?;
    let run = offline(config);
    let models = chosen(&run.config.models, &arguments.role)?;
    let id = id(arguments.id.as_deref())?;
    if !run.problems.is_empty() {
        run.problems.iter().for_each(|problem| eprintln!("{}\n", problem.diagnostic));
        eprintln!("error: {} in files, so no model is asked", counted(run.problems.len(), "mistake"));
        return Err(Failure::Told(WATCH_NOT_RUN.code));
    }
    // All roles that could be watched are one family, whichever are named here.
    let rate = run.config.verdict.error_rate / run.config.models.len().max(1) as f64;
    let mut watched: Vec<RoleWatch> = Vec::new();
    for model in models {
        let watcher =
            Watcher { run: &run, model, id: &id, folder: &folder, requests: arguments.requests, rate };
        let found = watcher.watch();
        say(told::text(&found));
        watched.push(found);
    }
    let changed = watched.iter().any(RoleWatch::says_no);
    if arguments.issue {
        match issue::put(&watched, &arguments.author, arguments.pause) {
            Ok(told) => say(told),
            Err(why) => {
                eprintln!("error: the issue could not be written: {why}");
                return Err(Failure::Told(if changed { WATCH_CHANGED.code } else { WATCH_NOT_RUN.code }));
            }
        }
    }
    match (changed, watched.iter().all(|watch| matches!(watch.outcome, RoleOutcome::Weighed(_)))) {
        (true, _) => Err(Failure::Told(WATCH_CHANGED.code)),
        (false, true) => Ok(()),
        (false, false) => Err(Failure::Told(WATCH_NOT_RUN.code)),
    }
}

fn chosen<'a>(models: &'a [Model], roles: &[String]) -> Result<Vec<&'a Model>, Failure> {
    for role in roles {
        if !models.iter().any(|model| model.name == *role) {
            let known = models.iter().map(|model| model.name.as_str());
            return Err(Failure::Misuse(unknown("model that is asked", role, known)));
        }
    }
    let chosen = |model: &&Model| roles.is_empty() || roles.contains(&model.name);
    let chosen: Vec<&Model> = models.iter().filter(chosen).collect();
    if chosen.is_empty() {
        return Err(Failure::CouldNotRun(
            "all models in alignment.toml are published ones: there is nothing to ask".to_owned(),
        ));
    }
    Ok(chosen)
}

/// The name of the watch, which is also that of a folder.
fn id(given: Option<&str>) -> Result<String, Failure> {
    let Some(given) = given else {
        let now = Timestamp::now().as_second();
        return Ok(format!("{now}-{}", std::process::id()));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if given.is_empty() || given.len() > 100 || given.starts_with('.') || !given.chars().all(plain) {
        return Err(Failure::Misuse(format!(
            "`{}` cannot be the name of a watch: take letters, digits, `-`, `_` and `.`, up to 100 of them, and begin with no dot",
            one_line(given, 100)
        )));
    }
    Ok(given.to_owned())
}
