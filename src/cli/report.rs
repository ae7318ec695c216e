//! `cargo alignspec report`: the results of a run, as CI and people read them, and the gate's exit code.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::diff::{BaseSnapshots, against_base, unknown};
use super::drawn::{self, KnownHere, RoleAnswers};
use super::{Failure, config_above, here, offline, shown, tell};
use crate::config::FILE;
use crate::ground::text::one_line;
use crate::report::comment::{self, ComparedWithBase, PullRequestComment};
use crate::report::csv::{self, CountedAnswers};
use crate::report::gate::{Gate, headline};
use crate::report::results::folder::gather;
use crate::report::results::folder::planned::partial;
use crate::report::results::{FORMAT, Record};
use crate::report::{annotations, junit, labels, limit, markdown, page, roles, svg};
use crate::run::Run;

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

    /// A job summary, for $GITHUB_STEP_SUMMARY
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// JUnit XML, with the verdicts' numbers as properties
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// A picture of all intervals
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// A page to look at, in one file that loads nothing from anywhere
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// A comment for a pull request, of at most 65,536 characters
    #[arg(long, value_name = "FILE")]
    comment: Option<PathBuf>,

    #[command(flatten)]
    about: CommentOptions,

    /// A respondent whose answers stand beside each role's in the page's figures, as `diff` names it: a model, a baseline, or
    /// snapshots; may be given several times. Groups of people among the baselines always do
    #[arg(long, value_name = "RESPONDENT")]
    beside: Vec<String>,

    /// A folder for tables: answers.csv, invalid.csv, checks.csv and drift.csv
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,

    /// All results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print GitHub's commands for annotations on the lines of failed checks
    #[arg(long)]
    annotations: bool,

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

/// The contents of `--json`.
#[derive(Serialize)]
struct JsonReport<'a> {
    /// What it means; another number means something else.
    version: u32,
    gate: Gate,
    exit_code: u8,
    headline: &'a str,
    stale: usize,
    results: &'a [Record],
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
    put(arguments.markdown.as_deref(), || Ok(limit::fit(markdown::render(&named, stale), limit::MOST)))?;
    put(arguments.junit.as_deref(), || junit::render(&named))?;
    put(arguments.svg.as_deref(), || Ok(svg::render(&named, stale) + "\n"))?;
    answers(arguments, &named, stale)?;
    put(arguments.json.as_deref(), || {
        let whole = JsonReport {
            version: FORMAT,
            gate,
            exit_code: gate.code(),
            headline: &headline,
            stale,
            results: records,
        };
        serde_json::to_string_pretty(&whole).map(|text| text + "\n").map_err(|error| error.to_string())
    })?;
    put(arguments.comment.as_deref(), || {
        let about = &arguments.about;
        Ok(comment::render(&PullRequestComment {
            name: &about.comment_name,
            records: &named,
            stale,
            base: compared(&run, records, about),
            link: about.link.as_deref(),
        }))
    })?;
    if arguments.annotations {
        put(Some(Path::new("-")), || Ok(annotations::render(&named)))?;
    }
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

/// Writes what is made of the answers themselves: the page with its figures, and tables.
fn answers(arguments: &ReportArguments, named: &[Record], stale: usize) -> Result<(), Failure> {
    if arguments.html.is_none() && arguments.csv.is_none() {
        return Ok(());
    }
    let known = KnownHere::read(named);
    let (answers, mut missing) = drawn::of_records(known.suites(), named);
    let others = known.others(&arguments.beside, &mut |why| missing.push(why))?;
    if let Some(folder) = &arguments.csv {
        let mut surveys = known.surveys();
        surveys.retain(|survey| answers.iter().all(|of| of.role != survey.role));
        let counted: Vec<CountedAnswers<'_>> = answers
            .iter()
            .chain(&surveys)
            .map(|RoleAnswers { role, task, profile }| CountedAnswers { respondent: role, task, profile })
            .collect();
        for why in &missing {
            tell(format!("not in the tables: {}", one_line(why, 300)));
        }
        let write = |name: &str, text: String| put(Some(&folder.join(name)), || Ok(text));
        write("answers.csv", csv::answers(&counted))?;
        write("invalid.csv", csv::invalid(named))?;
        write("checks.csv", csv::checks(named))?;
        write("drift.csv", csv::drift(named))?;
    }
    put(arguments.html.as_deref(), || {
        let drawn = drawn::page(known.suites(), (&answers, missing), others);
        Ok(page::render(named, stale, &drawn))
    })
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

/// Compares the roles that were judged with their snapshots on the base branch.
///
/// # Errors
/// Why nothing can be compared.
fn compared(
    run: &Result<Run, String>,
    records: &[Record],
    about: &CommentOptions,
) -> Result<ComparedWithBase, String> {
    let run = run.as_ref().map_err(Clone::clone)?;
    let base = BaseSnapshots::named(&about.base);
    let branch = one_line(about.base_name.as_deref().unwrap_or(&about.base), 100);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (_, unjudged) = roles::of_run(records);
    let judged = |role: &&str| {
        let has_results = records.iter().any(|record| record.model.as_deref() == Some(*role));
        has_results && unjudged.iter().all(|of| of.role != *role)
    };
    let roles = run.config.roles().filter(judged);
    let roles = roles.map(|role| against_base(run, role, (&base, &branch), today)).collect();
    Ok(ComparedWithBase { branch, roles })
}

/// Writes one of the reports, if it is asked for.
fn put(to: Option<&Path>, text: impl FnOnce() -> Result<String, String>) -> Result<(), Failure> {
    let Some(path) = to else { return Ok(()) };
    let text = text().map_err(Failure::CouldNotRun)?;
    let written = if path == Path::new("-") {
        // If the reader has closed the pipe, there is nobody to tell.
        std::io::stdout().write_all(text.as_bytes()).ok();
        Ok(())
    } else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text))
    };
    written.map_err(|error| {
        Failure::CouldNotRun(format!("{} cannot be written: {error}", shown(path.to_owned())))
    })
}
