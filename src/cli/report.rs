//! `cargo alignspec report`: the results of a run, as CI and people read them, and the gate's exit code.

mod beside;
mod wanted;

use std::path::PathBuf;

use super::diff::unknown;
use super::{Failure, config_above, here, offline, tell};
use crate::config::FILE;
use crate::ground::text::one_line;
use crate::report::format::ReportedRun;
use crate::report::gate::{Gate, headline};
use crate::report::results::Record;
use crate::report::results::folder::gather;
use crate::report::results::folder::planned::partial;
use crate::report::{labels, roles};
use crate::run::Run;
use beside::BesideRun;
use wanted::WantedFormats;

/// Shows what a run found; its exit code says whether the gate passes.
///
/// Run the tests with ALIGNSPEC_RESULTS set to a folder (an absolute path), then run this command on the folder.
/// The headline goes to standard error; `-` as FILE means standard output.
///
/// Exit codes: 0 the gate says yes, 1 it says no (a check failed or is undecided, a snapshot changed or is
/// new), 3 it could not run (answers missing, a broken file, a run that was cut off, a planned check without
/// a result, nothing judged at all, or no result for a role that --role names) and nothing said no, 2 the
/// command line is not valid.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArguments {
    /// Folders that ALIGNSPEC_RESULTS named, one for each shard or machine
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,

    /// A role that must have been judged: without its results, the gate does not pass; may be given several times
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,

    #[command(flatten)]
    formats: WantedFormats,

    #[command(flatten)]
    about: CommentOptions,

    /// A respondent whose answers stand beside each role's in the page's figures, as `diff` names it: a model, a baseline, or
    /// snapshots; may be given several times. Groups of people among the baselines always do
    #[arg(long, value_name = "RESPONDENT")]
    beside: Vec<String>,

    /// Nextest's filters left trials out on purpose: trials without a result are listed, but do not stop the gate
    #[arg(long)]
    partial: bool,
}

/// What a comment is about.
#[derive(Debug, clap::Args)]
struct CommentOptions {
    /// Whose snapshots the comment compares with: the crate's folder in a checkout of the base branch, or a git revision
    #[arg(long, value_name = "BASE", requires = "comment", default_value = "main")]
    base: String,

    /// What the comment calls the base branch; as --base names it by default
    #[arg(long, value_name = "NAME", requires = "comment")]
    base_name: Option<String>,

    /// The address of the page and all results, which the comment links to
    #[arg(long, value_name = "URL", requires = "comment", value_parser = web_address)]
    link: Option<String>,

    /// Tells this comment from those of other gates: letters, digits, dots, dashes and underscores
    #[arg(long, value_name = "NAME", requires = "comment", default_value = "gate", value_parser = plain_name)]
    comment_name: String,
}

/// An address that can stand in a link.
fn web_address(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    // An address has neither white space nor angle brackets once it has been read.
    match matches!(url.scheme(), "http" | "https") && !url.as_str().contains(['<', '>', '\\']) {
        true => Ok(url.into()),
        false => Err("it must begin with https://".to_owned()),
    }
}

fn plain_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match (1..=200).contains(&text.len()) && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("use letters, digits, dots, dashes and underscores".to_owned()),
    }
}

pub(super) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let mut gathered = gather(&arguments.folders).map_err(Failure::CouldNotRun)?;
    if arguments.partial {
        partial(&mut gathered.records);
    }
    let run = judged_here();
    let known = run.as_ref().ok();
    let unjudged = roles::unjudged(&arguments.role, &gathered.records, |role| unknown_role(known, role));
    let told: Vec<Record> = gathered.contradictions.iter().chain(&unjudged).cloned().collect();
    gathered.add(told.clone());
    let (records, stale) = (gathered.records.as_slice(), gathered.stale);
    let (gate, headline) = (Gate::of(records), headline(records, stale));
    let named = labels::labelled(records);
    let beside = BesideRun::new(arguments, &run, records, &named);
    beside.check()?;
    arguments.formats.write(&ReportedRun { records, named: &named, stale, beside: &beside })?;
    tell(&headline);
    told.iter().filter_map(|record| record.text.as_deref()).for_each(tell);
    if records.len() == unjudged.len() {
        tell("run the tests with ALIGNSPEC_RESULTS set to the absolute path of that folder first");
    }
    match gate {
        Gate::Yes => Ok(()),
        Gate::No | Gate::CouldNotRun => Err(Failure::Told(gate.code())),
    }
}

/// The crate that the working folder is in.
///
/// # Errors
/// Why there is none. Whether that matters is for the reports to say: the results tell of mistakes in the config.
fn judged_here() -> Result<Run, String> {
    let config = here().and_then(|here| config_above(&here)).map_err(|failed| match failed {
        Failure::Misuse(why) | Failure::Refused(why) | Failure::CouldNotRun(why) => {
            let what = why.lines().next().unwrap_or_default().trim_start_matches("error: ");
            format!("{FILE} has a mistake: {}", one_line(what, 300))
        }
        Failure::Told(_) => format!("{FILE} cannot be read"),
    })?;
    // Under nextest, a run's warnings about old words are not shown for tests that passed.
    config.map(offline).ok_or_else(|| format!("there is no {FILE} in the working folder or above it"))
}

/// Returns a description of what is wrong with a role that alignment.toml does not have.
fn unknown_role(run: Option<&Run>, role: &str) -> Option<String> {
    let config = &run?.config;
    let known = || config.roles();
    (!known().any(|known| known == role)).then(|| unknown("model", role, known()))
}
