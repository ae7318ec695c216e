//! The program `cargo alignspec`: one file per command, each of which turns its arguments into a call of the
//! library, and the result into a few lines.
//!
//! The exit codes are 0: done; 1: refused or failed, because of what a file holds or what the system said; 2:
//! the command line (or the config it refers to) is not valid; 3: there is nothing to look at. `report`
//! and `watch` describe their own codes.

mod accept;
mod across;
mod check;
mod crate_folder;
mod diff;
mod doctor;
mod drawn;
mod explain;
mod figures;
mod forge;
mod gate;
mod import;
mod in_git;
mod init;
mod merge;
mod models;
mod pages;
mod plan;
mod read;
mod record;
mod report;
mod respondents;
mod rust_suites;
mod schema;
mod test_target;
mod watch;

use std::ffi::OsString;
use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rust_suites::with_rust;
use serde::Serialize;

use crate::config::{Config, FILE, OutputKind, refused_output};
use crate::ground::diagnostic::Diagnostic;
use crate::ground::exit;
use crate::run::Run;

/// Works with what alignspec has recorded and found.
#[derive(Debug, Parser)]
#[command(name = "cargo alignspec", bin_name = "cargo alignspec", version, about, after_help = HELP)]
struct ProgramArguments {
    #[command(flatten)]
    named: crate_folder::NamedCrate,

    #[command(subcommand)]
    command: CliCommand,
}

const HELP: &str = "\
Examples:
  cargo alignspec init --demo              the first files of a gate; no key is needed
  cargo alignspec check                    are all files valid?
  cargo alignspec models                   can every model be asked?
  cargo alignspec plan                     what will a run take, and cost?
  cargo alignspec doctor                   what is in the way?";

#[derive(Debug, Subcommand)]
enum CliCommand {
    Accept(accept::AcceptArguments),
    Across(across::AcrossArguments),
    Check(check::CheckArguments),
    Completions(pages::CompletionsArguments),
    Diff(diff::DiffArguments),
    Doctor(doctor::DoctorArguments),
    Explain(explain::ExplainArguments),
    Figures(figures::FiguresArguments),
    #[command(hide = true)]
    Gate(gate::GateArguments),
    Import(import::ImportArguments),
    Init(init::InitArguments),
    Man(pages::ManArguments),
    Merge(merge::MergeArguments),
    Models(models::ModelsArguments),
    Plan(plan::PlanArguments),
    Read(read::ReadArguments),
    Record(record::RecordArguments),
    Report(report::ReportArguments),
    Schema(schema::SchemaArguments),
    Watch(watch::WatchArguments),
}

/// Returns all that the command line takes, for the reference in `docs/`.
pub fn command() -> clap::Command {
    <ProgramArguments as clap::CommandFactory>::command()
}

/// How a comparison is shown.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum OutputFormat {
    Text,
    Markdown,
    Json,
}

impl OutputFormat {
    /// Prints `what`: as its text, as Markdown, or itself as JSON.
    fn show<T: Display + Serialize>(
        self,
        what: &str,
        shown: &T,
        markdown: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self {
            OutputFormat::Text => say(shown.to_string().trim_end()),
            OutputFormat::Markdown => say(markdown().trim_end()),
            OutputFormat::Json => {
                let json = serde_json::to_string_pretty(shown);
                say(json.map_err(|error| {
                    Failure::Refused(format!("the {what} cannot be written as JSON: {error}"))
                })?);
            }
        }
        Ok(())
    }
}

/// Why a command did not do what it is for.
#[derive(Debug)]
enum Failure {
    /// Exit code 2.
    Misuse(String),
    /// Exit code 1.
    Refused(String),
    /// Exit code 3: there is nothing to look at.
    CouldNotRun(String),
    /// An exit code, where the message has been printed.
    Told(u8),
}

/// Runs the command line `arguments`, of which the first is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match ProgramArguments::try_parse_from(own(arguments)) {
        Ok(arguments) => arguments,
        Err(error) => {
            // If the reader has closed the pipe, there is nobody to tell.
            error.print().ok();
            if let Some(hint) = meant(&error) {
                tell(format_args!("\n{hint}"));
            }
            return ExitCode::from(if error.use_stderr() { exit::MISUSED.code } else { 0 });
        }
    };
    let done = arguments.named.note().and_then(|()| match arguments.command {
        CliCommand::Accept(arguments) => accept::run(&arguments),
        CliCommand::Across(arguments) => across::run(&arguments),
        CliCommand::Check(arguments) => check::run(&arguments),
        CliCommand::Completions(arguments) => pages::completions(&arguments),
        CliCommand::Diff(arguments) => diff::run(&arguments),
        CliCommand::Doctor(arguments) => doctor::run(&arguments),
        CliCommand::Explain(arguments) => explain::run(&arguments),
        CliCommand::Figures(arguments) => figures::run(&arguments),
        CliCommand::Gate(arguments) => gate::run(&arguments),
        CliCommand::Import(arguments) => import::run(&arguments),
        CliCommand::Init(arguments) => init::run(&arguments),
        CliCommand::Man(arguments) => pages::man(&arguments),
        CliCommand::Merge(arguments) => merge::run(&arguments),
        CliCommand::Models(arguments) => models::run(&arguments),
        CliCommand::Plan(arguments) => plan::run(&arguments),
        CliCommand::Read(arguments) => read::run(&arguments),
        CliCommand::Record(arguments) => record::run(&arguments),
        CliCommand::Report(arguments) => report::run(&arguments),
        CliCommand::Schema(arguments) => schema::run(&arguments),
        CliCommand::Watch(arguments) => watch::run(&arguments),
    });
    let (message, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Refused(message)) => (message, exit::REFUSED.code),
        Err(Failure::Misuse(message)) => (message, exit::MISUSED.code),
        Err(Failure::CouldNotRun(message)) => (message, exit::NOTHING.code),
        Err(Failure::Told(code)) => return ExitCode::from(code),
    };
    // A closed pipe is the reader's choice. Messages about a file begin with the word themselves.
    let message = message.trim_end();
    let _ = writeln!(std::io::stderr(), "error: {}", message.strip_prefix("error: ").unwrap_or(message));
    ExitCode::from(code)
}

/// Returns what to do in place of a command that there is not, but that other tools have.
fn meant(error: &clap::Error) -> Option<&'static str> {
    use clap::error::{ContextKind, ContextValue};
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    match name.as_str() {
        "test" | "run" | "judge" | "eval" => {
            Some("the checks run with `cargo test`, in the test target: `cargo test --test alignment`")
        }
        "list" => Some("`cargo test --test alignment -- --list` lists the checks"),
        "update" | "bless" | "review" => Some("`cargo alignspec accept` takes new snapshots"),
        "new" | "setup" => Some("`cargo alignspec init` writes the first files"),
        "export" => Some("`cargo alignspec report FOLDER --csv DIR` writes tables"),
        _ => None,
    }
}

/// Removes the subcommand's name, which cargo passes on as the first argument.
fn own(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|first| first == "alignspec") {
        arguments.remove(1);
    }
    arguments
}

/// Reads the config of the crate that the working folder is in, with the Rust values of its test target.
fn config(otherwise: &str) -> Result<Config, Failure> {
    with_rust(config_alone(otherwise)?)
}

/// Reads the config of the crate that the working folder is in, for a command that looks at no suite.
fn config_alone(otherwise: &str) -> Result<Config, Failure> {
    let root = crate_root(otherwise)?;
    crate::provider::read_config(&root).map_err(|problem| Failure::Misuse(problem.to_string()))
}

/// Finds the crate that the working folder is in: the nearest folder with a config.
fn crate_root(otherwise: &str) -> Result<PathBuf, Failure> {
    let here = here()?;
    root_above(&here).map(Path::to_owned).ok_or_else(|| {
        let to_do = match crate_folder::members() {
            Some(names) => format!("name a package of this workspace that has one with --package: {names}"),
            None => "change to the crate's folder".to_owned(),
        };
        Failure::Misuse(format!(
            "there is no {FILE} in {} or above it, so {otherwise}: {to_do}",
            here.display()
        ))
    })
}

fn root_above(here: &Path) -> Option<&Path> {
    here.ancestors().find(|folder| folder.join(FILE).is_file())
}

/// Reads the config of the crate that a folder is in, with the Rust values of its test target; `None` if it is in none.
fn config_above(here: &Path) -> Result<Option<Config>, Failure> {
    config_alone_above(here)?.map(with_rust).transpose()
}

/// Reads the config of the crate that a folder is in, for a command that looks at no suite; `None` if it is in none.
fn config_alone_above(here: &Path) -> Result<Option<Config>, Failure> {
    let config = root_above(here).map(crate::provider::read_config).transpose();
    config.map_err(|problem| Failure::Misuse(problem.to_string()))
}

/// Checks that an option does not have files written where this crate's are read from.
fn place_for(named: &str, output: &Path, kind: OutputKind) -> Result<(), Failure> {
    let here = here()?;
    let why = match root_above(&here).map(|root| (root, crate::provider::read_config(root))) {
        Some((_, Ok(config))) => config.refused_output(named, output, kind),
        Some((root, Err(_))) => refused_output(root, named, output, kind),
        None => None,
    };
    why.map_or(Ok(()), |why| Err(Failure::Misuse(why)))
}

/// Returns a run in which nothing is asked, after warnings about old words and keys in its files.
fn offline(config: Config) -> Run {
    let run = Run::offline(config);
    run.warnings(|_| true).for_each(warn);
    run
}

fn warn(warning: &Diagnostic) {
    tell(format_args!("{warning}\n"));
}

/// Where the search for a crate begins: the folder of the crate that the command line names, or the working folder.
fn here() -> Result<PathBuf, Failure> {
    if let Some(folder) = crate_folder::named() {
        return Ok(folder);
    }
    std::env::current_dir()
        .map_err(|cause| Failure::Refused(format!("the working folder cannot be found: {cause}")))
}

/// Shows a path relative to the working folder, if it is in it.
fn shown(path: PathBuf) -> impl Display {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(&path).display().to_string()
}

/// Prints a line about the work to standard error. If its reader is gone, there is nobody to tell.
fn tell(line: impl Display) {
    writeln!(std::io::stderr(), "{line}").ok();
}

/// Prints a line for people. A reader that has closed the pipe is no error.
fn say(line: impl Display) {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn cargo_and_the_bare_program_are_one() {
        let line = |text: &str| own(text.split(' ').map(OsString::from));
        assert_eq!(line("cargo-alignspec alignspec merge a"), line("cargo-alignspec merge a"));
        // What follows is the command's own.
        assert_eq!(line("cargo-alignspec merge alignspec").len(), 3);
    }
}
