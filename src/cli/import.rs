//! `cargo alignspec import`: answers that were asked elsewhere become a baseline. Each is read by the reader that reads
//! recorded responses, and nothing is guessed: what question was asked, and what a letter stood for, must be known.

mod counted;
mod promptfoo;
mod response;
mod shown;
mod table;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Failure, crate_root, offline, say};
use crate::answer::Finish;
use crate::ground::diagnostic::Source;
use crate::ground::format::counted as number_of;
use crate::ground::text::one_line;
use crate::run::Run;
use counted::ImportedAnswers;

/// Makes a baseline of answers that were asked elsewhere: promptfoo's results, or a table.
///
/// Each response is read as recorded ones are. What was read is counted in baselines/NAME.toml; what could not be read,
/// was a refusal or has no response is counted there as invalid, and told with its reason and line. Nothing is guessed: a
/// row has to say which question it answers, and a letter is read only where the order of the options is known; else
/// nothing is imported. An import is never a recording, since alignspec did not ask.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ImportArguments {
    /// What promptfoo wrote (`promptfoo eval --output results.json`), or a table with a row for each response (.csv)
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The name of the baseline, as checks will call it; the file is baselines/NAME.toml
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Whose responses, where the file has those of several: the column role or model, or promptfoo's provider
    #[arg(long, value_name = "WHO")]
    role: Option<String>,

    /// The task that was asked, where the file does not say it
    #[arg(long, value_name = "TASK")]
    task: Option<String>,

    /// The question that was asked, such as medical.privacy, where the file does not say it
    #[arg(long, value_name = "ITEM", requires = "task")]
    item: Option<String>,

    /// What the file calls a column, or promptfoo a variable; may be given several times
    #[arg(long, value_name = "COLUMN=THEIRS", value_parser = renamed)]
    column: Vec<(String, String)>,

    /// Tell all of it, and write nothing
    #[arg(long)]
    dry_run: bool,
}

const HELP: &str = r#"Examples:
  cargo alignspec import results.json --name notebook --task T1
  cargo alignspec import answers.csv --name notebook --role gpt-4o
  cargo alignspec import answers.csv --name notebook --column text=completion --column item=question --dry-run

Columns of a table; promptfoo's variables have the same names:
  task             the id of the task, such as T1, unless --task gives it
  item             the question, such as medical.privacy, unless --item gives it; or context and item, as in a survey's
                   table (medical and privacy); a task with one question needs none
  text             the response in words, as it came
  answer           in place of text: the id of the level, or the ids that were selected or ranked, separated by |
  prompt           what was asked: where it lists each option on a line of its own, the order and the letters are known
  shown            the ids of the options in the order shown (A, B, C …), separated by |
  finish           why the response ended: stop, length, filter, or a provider's own word
  cached           true where the response is a copy out of a cache
  role or model    who answered
Of promptfoo's file, response.output, prompt.raw, provider, vars, response.finishReason and response.cached are read.

Exit codes: 0 the baseline was written, or would be (--dry-run); 1 nothing could be read, a question is not certain, or a file
could not be read or written; 2 the command line or alignment.toml is not valid."#;

/// The names of the columns, and of promptfoo's variables.
const COLUMNS: [&str; 11] =
    ["task", "item", "context", "text", "answer", "prompt", "shown", "finish", "cached", "role", "model"];

/// Reads `text=completion`.
fn renamed(given: &str) -> Result<(String, String), String> {
    let (ours, theirs) = given.split_once('=').ok_or("write it as COLUMN=THEIRS, such as text=completion")?;
    match COLUMNS.contains(&ours) && !theirs.is_empty() {
        true => Ok((ours.to_owned(), theirs.to_owned())),
        false => Err(format!("COLUMN is one of {}", COLUMNS.join(", "))),
    }
}

/// A response of the file.
#[derive(Debug, Default)]
struct ImportedRow {
    /// Where it stands: `line 3`, or `result 17`.
    place: String,
    role: Option<String>,
    task: Option<String>,
    context: Option<String>,
    item: Option<String>,
    said: Said,
    prompt: Option<String>,
    shown: Option<String>,
    finish: Option<Finish>,
    cached: bool,
}

/// What stands in the place of an answer.
#[derive(Debug)]
enum Said {
    Text(String),
    /// Ids of options or of a level.
    Ids(Vec<String>),
    /// Nothing, and why.
    Nothing(String),
}

impl Default for Said {
    fn default() -> Self {
        Said::Nothing("there is no response".to_owned())
    }
}

pub(super) fn run(arguments: &ImportArguments) -> Result<(), Failure> {
    let root = crate_root("there are no tasks to read answers to")?;
    let config =
        crate::provider::read_config(&root).map_err(|problem| Failure::Misuse(problem.to_string()))?;
    let run = offline(config);
    let target = arguments.target(&run, &root)?;
    let file = arguments.read()?;
    let rows = arguments.rows(&file)?;
    let (role, rows) = arguments.of_one(rows)?;
    let counted = ImportedAnswers::of(&run.suites, rows, arguments, run.config.sampling.seed)?;
    counted.tell();
    let text = counted.text(&arguments.name, &arguments.source(&file, role.as_deref()));
    counted.held(&run.suites, &text)?;
    let shown = format!("baselines/{}.toml", arguments.name);
    if arguments.dry_run {
        say(format!("would write  {shown}"));
        return Ok(());
    }
    write(&target, &text).map_err(|cause| Failure::Refused(format!("{shown} cannot be written: {cause}")))?;
    say(format!("wrote  {shown}\n\nnext"));
    if !run.config.baselines.iter().any(|(entry, _)| entry.trim_end_matches('/') == "baselines") {
        say(
            "  write baselines = [\"builtin\", \"baselines\"] at the top of alignment.toml, above the first table",
        );
    }
    let asked = run.config.roles().next().unwrap_or("ROLE");
    say(format!("  a check can compare with it: {}", counted.sentence(&run.suites, &arguments.name)));
    say(format!("  cargo alignspec diff {} {asked}    says what differs", arguments.name));
    Ok(())
}

/// Writes a new file, with its folder.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

impl ImportArguments {
    /// Returns the path of the baseline, whose name must be new.
    fn target(&self, run: &Run, root: &Path) -> Result<PathBuf, Failure> {
        let name = &self.name;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !name.chars().all(plain)
            || name.contains("..")
            || name.len() > 80
        {
            return Err(Failure::Misuse(format!(
                "--name {} cannot be the name of a baseline: use letters, digits, `-`, `_` and `.`, and begin with a letter or digit",
                one_line(name, 100)
            )));
        }
        let path = root.join("baselines").join(format!("{name}.toml"));
        let taken = run.tallies.names().chain(run.config.roles()).any(|known| known == name);
        if taken || path.symlink_metadata().is_ok() {
            return Err(Failure::Misuse(format!(
                "--name {name} is taken, and nothing is written over: give another name, or remove what has it"
            )));
        }
        let folder = root.join("baselines");
        if folder.symlink_metadata().is_ok_and(|kind| kind.is_symlink()) {
            return Err(Failure::Refused(
                "baselines is a link to another folder, in which nothing is written: make it a folder of its own".to_owned(),
            ));
        }
        Ok(path)
    }

    /// Reads the file, which may lie anywhere: whoever gives the command names it.
    fn read(&self) -> Result<Source, Failure> {
        /// The longest file.
        const MOST: u64 = 256 << 20;
        let shown = one_line(&self.file.display().to_string(), 300);
        let refused = |why: String| Failure::Refused(format!("{shown} cannot be read: {why}"));
        let kind = self.file.metadata().map_err(|cause| refused(cause.to_string()))?;
        if !kind.is_file() {
            return Err(refused("it is no file".to_owned()));
        }
        if kind.len() > MOST {
            return Err(refused(format!("it is longer than {} MiB", MOST >> 20)));
        }
        let bytes = std::fs::read(&self.file).map_err(|cause| refused(cause.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
        Ok(Source::new(shown, text))
    }

    fn rows(&self, file: &Source) -> Result<Vec<ImportedRow>, Failure> {
        let ending = self.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let rows = match ending.to_ascii_lowercase().as_str() {
            "json" => promptfoo::rows(file, self),
            "csv" => table::rows(file, self).map_err(|mistake| mistake.to_string()),
            _ => {
                return Err(Failure::Misuse(format!(
                    "{} ends neither in .json (promptfoo's results) nor in .csv (a table with a row for each response)",
                    file.name
                )));
            }
        };
        rows.map_err(Failure::Refused)
    }

    /// Returns what the file calls one of our columns.
    fn theirs<'a>(&'a self, ours: &'a str) -> &'a str {
        let found = self.column.iter().find(|(name, _)| name == ours);
        found.map_or(ours, |(_, theirs)| theirs)
    }

    /// Returns the rows of the respondent that is meant, and its name. A baseline is one respondent's.
    fn of_one(&self, mut rows: Vec<ImportedRow>) -> Result<(Option<String>, Vec<ImportedRow>), Failure> {
        let names: BTreeSet<String> = rows.iter().filter_map(|row| row.role.clone()).collect();
        let listed = names.iter().map(|name| one_line(name, 100)).collect::<Vec<_>>().join(", ");
        if let Some(role) = &self.role {
            if !names.contains(role) {
                let has = if names.is_empty() {
                    "nobody is named in it".to_owned()
                } else {
                    format!("it has {listed}")
                };
                return Err(Failure::Misuse(format!(
                    "--role {} answered nothing in the file: {has}",
                    one_line(role, 100)
                )));
            }
            rows.retain(|row| row.role.as_ref() == Some(role));
            return Ok((Some(role.clone()), rows));
        }
        let nameless = rows.iter().any(|row| row.role.is_none());
        match (names.len(), nameless) {
            (0, _) => Ok((None, rows)),
            (1, false) => Ok((names.into_iter().next(), rows)),
            (1, true) => Err(Failure::Misuse(format!(
                "some rows are of {listed} and others of nobody: give --role {listed}, or fill the column"
            ))),
            (several, _) => Err(Failure::Misuse(format!(
                "the file has responses of {several} respondents, and a baseline is of one: give --role with one of {listed}"
            ))),
        }
    }

    /// Writes where the figures come from.
    fn source(&self, file: &Source, role: Option<&str>) -> String {
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let hash = blake3::hash(file.text.as_bytes()).to_hex();
        let whose = role.map(|role| format!(", responses of {}", one_line(role, 200))).unwrap_or_default();
        let day = jiff::Timestamp::now().strftime("%Y-%m-%d");
        format!(
            "{}{whose}; imported on {day} by alignspec {}; blake3 of the file {}",
            one_line(&name, 200),
            env!("CARGO_PKG_VERSION"),
            &hash[..32]
        )
    }
}

/// Writes `3 rows`.
fn rows_of(count: usize) -> String {
    number_of(count, "row")
}
