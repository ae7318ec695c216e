//! `cargo alignspec init`: the first files of a gate. What is there already is never written over.

mod backlog;
mod given;
mod manifest;
mod repository;
mod written;

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::test_target::without_target;
use super::{Failure, in_git, say};
use crate::config::FILE;
use crate::ground::diagnostic::Source;
use backlog::Backlog;
use given::Answering;
use manifest::{Manifest, package};

/// Writes the first files of a gate, and writes over nothing.
///
/// A test target, alignment.toml with one model or product, and a suite with two checks, for the crate that the working
/// folder is in; where that is in a git repository, also .gitattributes and .github/workflows/alignment.yml, which judges
/// what is recorded. No model is asked.
///
/// With --stories the suite asks to put the stories of a table in order: its columns are id, text, value and context,
/// and it stays where it lies. With --demo the model is a published one, so that nothing needs a key.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct InitArguments {
    /// The provider, or http, command or function for a product of your own; by default the one whose usual key variable
    /// is set, or else openai
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,

    /// The model, as its provider calls it; of a product, its revision (v1 unless given)
    #[arg(long, value_name = "ID")]
    model: Option<String>,

    /// The address of the server, if it is not the provider's own; of a service (http), the address that takes a
    /// question
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// The variable that holds the key; for openai, anthropic and gemini their usual one by default
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,

    /// A table of your stories (CSV), which are to be put in order
    #[arg(long, value_name = "FILE")]
    stories: Option<PathBuf>,

    /// What the model does in your product: recordings and snapshots are kept under this name
    #[arg(long, value_name = "NAME", default_value = "assistant")]
    role: String,

    /// A published model in place of one that has to be asked: no key, no network
    #[arg(long, conflicts_with_all = ["provider", "model", "base_url", "key_env", "stories", "program"])]
    demo: bool,

    /// With --provider command: the program that answers, and its arguments
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<String>,
}

const HELP: &str = "\
Examples:
  cargo alignspec init --demo
  cargo alignspec init --model gpt-4.1-mini
  cargo alignspec init --model gpt-4.1-mini --stories backlog.csv
  cargo alignspec init --provider openai --base-url http://127.0.0.1:8080/v1 --model local
  cargo alignspec init --provider http --base-url http://127.0.0.1:8080/prioritise --stories backlog.csv
  cargo alignspec init --provider command --stories backlog.csv -- ./prioritise --json
  cargo alignspec init --provider function --stories backlog.csv

Exit codes: 0 done; 1 a file could not be written, or Cargo.toml has to be changed by hand: the message says how; 2 the command
line or the table of stories is not valid, or there is no Cargo.toml.";

pub(super) fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let root = package()?;
    let manifest = Manifest::read(&root)?;
    let (config, backlog) = arguments.read(&root)?;
    let top = in_git::top(&root);
    refuse_links(&root, top.as_deref())?;
    let mut left = manifest.missing();
    let suite = written::suite(arguments, backlog.as_ref());
    let target = written::target(arguments);
    for (name, text) in
        [("tests/alignment.rs", target.as_str()), (FILE, config.as_str()), (suite.path, suite.text)]
    {
        let path = root.join(name);
        let written = told(name, &path, text)?;
        // Whoever asks for another model must not believe that it is judged.
        if !written && name == FILE && !is_text(&path, text) {
            left.push(format!("  {FILE} was there and is kept, so that these options count for nothing: change it by hand, or delete it and run this again"));
        }
        if !written && name == suite.path && backlog.is_some() && !is_text(&path, text) {
            left.push(format!("  {name} was there and is kept, so that the stories count for nothing: change it by hand, or delete it and run this again"));
        }
        if !written && arguments.answering() == Answering::Function && name == "tests/alignment.rs" {
            left.extend(without_function(&path, &arguments.role));
        }
    }
    if let Some(top) = &top {
        let workflow = repository::workflow(&root, top);
        told(".gitattributes", &root.join(".gitattributes"), repository::ATTRIBUTES)?;
        let name = ".github/workflows/alignment.yml";
        told(name, &top.join(name), &workflow)?;
    }
    match manifest.add_target()? {
        Some(by_hand) => left.push(by_hand),
        // What was there already is kept, and may be a target that judges nothing.
        None => left.extend(without_target(&root).map(|why| format!("  {why}"))),
    }
    if !left.is_empty() {
        return Err(Failure::Refused(format!("the gate is not complete yet:\n{}", left.join("\n"))));
    }
    say(written::next(arguments, backlog.as_ref()));
    Ok(())
}

impl InitArguments {
    /// Returns alignment.toml, and the suite of the table of stories if one is named.
    ///
    /// Nothing is written yet: what is missing or wrong is told at once, and what is written is what a run can read.
    fn read(&self, root: &Path) -> Result<(String, Option<Backlog>), Failure> {
        let mut mistakes = self.mistakes();
        let backlog = self.stories.as_deref().map(|path| Backlog::of(path, root)).transpose();
        let backlog = backlog.unwrap_or_else(|why| {
            mistakes.push(why);
            None
        });
        let config = written::config(self, backlog.as_ref());
        let source = Source::new(format!("{FILE} as it would be written"), &*config);
        if let Err(problem) = crate::provider::parse_config(root, source) {
            mistakes.push(problem.to_string());
        }
        let plain = |mistake: &String| mistake.trim().trim_start_matches("error: ").to_owned();
        match mistakes.as_slice() {
            [] => Ok((config, backlog)),
            [one] => Err(Failure::Misuse(plain(one))),
            several => {
                let listed: Vec<String> = several
                    .iter()
                    .map(|mistake| format!("\n- {}", plain(mistake).replace('\n', "\n  ")))
                    .collect();
                let count = several.len();
                Err(Failure::Misuse(format!("{count} things are missing or wrong:\n{}", listed.join("\n"))))
            }
        }
    }
}

/// Refuses folders that are links: what is written there would be written elsewhere.
fn refuse_links(root: &Path, top: Option<&Path>) -> Result<(), Failure> {
    let folders = ["tests", "suites"].map(|name| (name, root.join(name)));
    let of_github = [".github", ".github/workflows"];
    let of_github = top.into_iter().flat_map(|top| of_github.map(|name| (name, top.join(name))));
    for (name, folder) in folders.into_iter().chain(of_github) {
        if folder.symlink_metadata().is_ok_and(|kind| kind.is_symlink()) {
            let what =
                "is a link to another folder, in which nothing is written: make it a folder of its own";
            return Err(Failure::Refused(format!("{name} {what}")));
        }
    }
    Ok(())
}

fn is_text(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|there| there == text)
}

/// Says that a test target that was there already hands over no function.
fn without_function(path: &Path, role: &str) -> Option<String> {
    let there = fs::read_to_string(path).unwrap_or_default();
    (!there.contains(&format!(".respondent({role:?}"))).then(|| {
        format!("  tests/alignment.rs was there and is kept: hand your function over in it, as in alignspec::harness!(Harness::new().respondent({role:?}, ask));")
    })
}

/// Writes a new file, and tells whether it was written or is kept.
fn told(name: &str, path: &Path, text: &str) -> Result<bool, Failure> {
    let written =
        create(path, text).map_err(|cause| Failure::Refused(format!("{name} cannot be written: {cause}")))?;
    say(format!("{}  {name}", if written { "wrote" } else { "kept " }));
    Ok(written)
}

/// Writes a new file; returns whether it was not there before.
fn create(path: &Path, text: &str) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(cause),
    }
}
