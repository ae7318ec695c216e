//! `cargo alignspec report`: the results of a run, as CI and people read them, and the gate's exit code.

mod beside;
mod branch;
mod wanted;

use std::path::PathBuf;

use super::diff::unknown;
use super::{Failure, tell};
use crate::report::brought::in_terminal;
use crate::report::format::ReportedRun;
use crate::report::gate::{Gate, headline};
use crate::report::results::Record;
use crate::report::results::folder::gather;
use crate::report::results::folder::planned::partial;
use crate::report::{labels, roles};
use crate::run::Run;
use beside::BesideRun;
use branch::{JudgedHere, judged_here};
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
#[command(after_help = HELP)]
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

const HELP: &str = r#"Examples:
  ALIGNSPEC_RESULTS="$PWD/results" cargo test --test alignment; cargo alignspec report results
  cargo alignspec report results --html report.html --junit junit.xml
  cargo alignspec report shard-1 shard-2 --role assistant"#;

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
    arguments.formats.places()?;
    let mut gathered = gather(&arguments.folders).map_err(Failure::CouldNotRun)?;
    if arguments.partial {
        partial(&mut gathered.records);
    }
    let JudgedHere { run, brought, mistake } = judged_here(&gathered.records);
    let known = run.as_ref().ok();
    let mut unjudged = roles::unjudged(&arguments.role, &gathered.records, |role| unknown_role(known, role));
    unjudged.extend(mistake);
    let told: Vec<Record> = gathered.contradictions.iter().chain(&unjudged).cloned().collect();
    gathered.add(told.clone());
    let (records, stale) = (gathered.records.as_slice(), gathered.stale);
    let (gate, headline) = (Gate::of(records), headline(records, stale));
    let named = labels::labelled(records);
    let beside = BesideRun::new(arguments, &run, records, &named);
    beside.check()?;
    let brought = brought.as_ref();
    arguments.formats.write(&ReportedRun { records, named: &named, stale, brought, beside: &beside })?;
    tell(&headline);
    brought
        .into_iter()
        .map(in_terminal)
        .filter(|text| !text.is_empty())
        .for_each(|text| tell(text.trim_end()));
    told.iter().filter_map(|record| record.text.as_deref()).for_each(tell);
    if records.len() == unjudged.len() {
        tell("run the tests with ALIGNSPEC_RESULTS set to the absolute path of that folder first");
    }
    match gate {
        Gate::Yes => Ok(()),
        Gate::No | Gate::CouldNotRun => Err(Failure::Told(gate.code())),
    }
}

/// Returns a description of what is wrong with a role that alignment.toml does not have.
fn unknown_role(run: Option<&Run>, role: &str) -> Option<String> {
    let config = &run?.config;
    let known = || config.roles();
    (!known().any(|known| known == role)).then(|| unknown("model", role, known()))
}
