//! Every example that can be tried is: files by the parsers, sentences by the grammar, command lines by the program's
//! own definition. (Code in Rust stands in the crate's documentation too, where rustdoc compiles it.)
//!
//! The second word after a fence says what a block of TOML is: `config`, `suite`, `baseline`, `cargo` or `part` (not a
//! whole file that could be read here), or `walk` (see `walk.rs`). A block `text checks` has a sentence a line.

use std::fs;
use std::path::Path;

use alignspec::__testing::baseline::{Tallies, Tally};
use alignspec::__testing::check::{Scope, read};
use alignspec::__testing::diagnostic::{Diagnostic, Source};
use alignspec::__testing::provider::parse_config;
use alignspec::__testing::suite::{CheckEntry, Suites, load};
use alignspec::__testing::{cli, config};

use super::pages::{Block, pages, root};

/// Why an example would not work; nothing where it does.
fn file(block: &Block<'_>, home: &Home) -> Result<(), String> {
    let told = |problem: Box<Diagnostic>| problem.to_string();
    match block.words.get(1).copied() {
        Some("config") => {
            let mut text = block.text.clone();
            // A part of a file that names no model is tried with one.
            if !text.contains("[[model]]") {
                text += "\n[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\nprice = { input = 0, output = 0 }\n";
            }
            let config = parse_config(Path::new("/"), Source::new("alignment.toml", text)).map_err(told)?;
            config.checks.iter().try_for_each(|entry| home.check(entry, &config.models))
        }
        Some("suite") => {
            let suites = suite(&block.text, home)?;
            let entries = suites.suites.iter().flat_map(|suite| &suite.checks);
            let home = Home { suites: &suites, ..*home };
            entries.into_iter().try_for_each(|entry| home.check(entry, &[]))
        }
        Some("baseline") => {
            let tally = Tally::read(&Source::new("baseline.toml", block.text.as_str()));
            let tally = tally.map_err(|problem| problem.to_string())?;
            home.suites
                .suites
                .iter()
                .filter_map(|suite| suite.task.as_ref())
                .try_for_each(|task| tally.profile(task).map(drop).map_err(|problem| problem.to_string()))
        }
        Some("cargo") => {
            toml::from_str::<toml::Table>(&block.text).map(drop).map_err(|error| error.to_string())
        }
        Some("part" | "walk") => Ok(()),
        _ => Err("say what it is: ```toml config, suite, baseline, cargo or part".to_owned()),
    }
}

/// The suites of a text beside those that are built in.
fn suite(text: &str, home: &Home) -> Result<Suites, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    fs::write(folder.path().join("own.toml"), text).map_err(|error| error.to_string())?;
    let entries = ["builtin", "own.toml"].map(|entry| (entry.to_owned(), Diagnostic::new(entry)));
    let suites = load(folder.path(), &entries);
    match suites.problems.first() {
        Some((_, problem)) => Err(problem.to_string()),
        None if suites.suites.len() == home.suites.suites.len() => Err("it was not read".to_owned()),
        None => Ok(suites),
    }
}

/// What names in sentences can mean.
struct Home<'a> {
    suites: &'a Suites,
    baselines: &'a Tallies,
}

impl Home<'_> {
    fn check(&self, entry: &CheckEntry, models: &[config::Model]) -> Result<(), String> {
        let respondents = self.baselines.names().chain(models.iter().map(|model| model.name.as_str()));
        let scope = Scope { suites: self.suites, respondents: respondents.collect() };
        read(entry, &scope).map(drop).map_err(|problem| problem.to_string())
    }
}

/// Command lines of `cargo alignspec`, as its own definition reads them.
fn shell(text: &str) -> Result<(), String> {
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split(" # ").next().unwrap_or_default();
        let Some((_, command)) = line.split_once("cargo alignspec ") else { continue };
        let words = ["cargo alignspec"].into_iter().chain(words(command));
        if let Err(error) = cli::command().try_get_matches_from(words) {
            // A name of a subcommand alone speaks of it, and calls nothing.
            let bare = command.split_whitespace().count() == 1;
            if error.use_stderr() && !(bare && known(command.trim())) {
                return Err(format!("{line}\n{error}"));
            }
        }
    }
    Ok(())
}

/// The words of a command up to a redirection, a pipe or the next command; what is in quotes is one word.
fn words(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (at, part) in command.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part);
            continue;
        }
        let end = part.find(['<', '|', ';']);
        words.extend(part[..end.unwrap_or(part.len())].split_whitespace());
        if end.is_some() {
            break;
        }
    }
    words
}

fn known(subcommand: &str) -> bool {
    cli::command().get_subcommands().any(|known| known.get_name() == subcommand)
}

/// A sentence that is named in passing, with values and baselines in the place of the letters V, W, X and Y; `None`
/// for what is none.
fn sentence(span: &str) -> Option<String> {
    let mut words = span.split(' ');
    let task = words.next().filter(|task| ["T1", "T2", "T3", "T4"].contains(task))?;
    let whole = [">=", "<=", "beats chance", "within top", "aligns more with"];
    // No shipped suite has personas: `suites::personas` compares some.
    if !whole.iter().any(|part| span.contains(part)) || span.contains('…') || span.contains("personas") {
        return None;
    }
    let filled = words.map(|word| match word {
        "V" => "safety",
        "W" => "autonomy",
        "X" => "practitioners",
        "Y" => "us-sample",
        other => other,
    });
    Some([task].into_iter().chain(filled).collect::<Vec<_>>().join(" "))
}

#[test]
fn every_example_is_one_that_works() {
    let builtin = || vec![("builtin".to_owned(), Diagnostic::new("builtin"))];
    let (suites, baselines) = (load(root(), &builtin()), Tallies::load(root(), &builtin()));
    let home = Home { suites: &suites, baselines: &baselines };
    let documented = ["src/lib.rs", "src/harness/builder.rs", "src/provider/own_answer.rs"]
        .map(|file| fs::read_to_string(root().join(file)).expect("read"))
        .join("\n");
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages() {
        for block in page.blocks() {
            let result = match block.words.as_slice() {
                ["toml", ..] => file(&block, &home),
                ["text", "checks"] => {
                    let mut sentences = block.text.lines().map(CheckEntry::of);
                    sentences.try_for_each(|entry| home.check(&entry, &[]))
                }
                ["sh", ..] => shell(&block.text),
                ["rust", ..] => {
                    let lines = block.text.lines().filter(|line| !line.trim().is_empty());
                    let missing = lines.into_iter().find(|line| !documented.contains(line.trim()));
                    missing.map_or(Ok(()), |line| Err(format!("no documentation of the crate has: {line}")))
                }
                // Files of the reader's own are tried by `walk.rs`.
                ["text" | "json" | "yaml" | "markdown" | "diff", ..] | [_, "walk", _] => continue,
                other => Err(format!("a block says what it is in, and this says {other:?}")),
            };
            tried += 1;
            if let Err(why) = result {
                wrong.push(format!("{}:{}: {why}", page.name, block.line));
            }
        }
        for (line, sentence) in page.spans().filter_map(|(line, span)| Some((line, sentence(span)?))) {
            tried += 1;
            if let Err(why) = home.check(&CheckEntry::of(&sentence), &[]) {
                wrong.push(format!("{}:{line}: {why}", page.name));
            }
        }
        for (line, span) in page.spans().filter(|(_, span)| span.starts_with("cargo alignspec ")) {
            tried += 1;
            if let Err(why) = shell(span) {
                wrong.push(format!("{}:{line}: {why}", page.name));
            }
        }
    }
    assert!(tried > 40, "only {tried} examples were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
