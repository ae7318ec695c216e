//! `cargo alignspec read`: how a response is read, and why. It takes one given response, many, or all
//! recorded responses of a role.

mod lines;
mod role;

use std::io::{IsTerminal as _, Read as _};

use super::diff::unknown;
use super::{Failure, config_above, here, say, tell, warn};
use crate::answer::Finish;
use crate::config::{Config, Sampling};
use crate::ground::text::one_line;
use crate::report::reading::ReadResponse;
use crate::suite::{Suites, Task};

/// The most bytes of one response, or of one line of JSON.
const MOST: u64 = 16 << 20;

/// Shows how a response is read, and why.
///
/// Reads standard input as one response to a question, and prints the answer in it, by the ids of its options,
/// or why there is none and where the reader stopped. Letters in the response are those of the task's first
/// form and first sample, as the seed of alignment.toml shuffles them. No model is asked. Without an
/// alignment.toml, the built-in suites are used.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ReadArguments {
    /// The task that was asked, for example T2
    #[arg(value_name = "TASK", conflicts_with = "role")]
    asked: Option<String>,

    /// The question of the task, for example medical.privacy or medical.autonomy/safety; the first by default
    #[arg(value_name = "ITEM")]
    item: Option<String>,

    /// How to show it; with jsonl, standard input is lines of JSON, and each of them gives one line
    #[arg(long, value_enum, default_value_t = ReadFormat::Text)]
    format: ReadFormat,

    /// The seed that options are shuffled with, in place of the one in alignment.toml
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// List the recorded responses of this role, and how each was read
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Only the responses to this task
    #[arg(long, value_name = "TASK")]
    task: Option<String>,

    /// Only responses that could not be read; refusals are not among them
    #[arg(long)]
    unread: bool,
}

const HELP: &str = r#"Examples:
  echo "Very important" | cargo alignspec read T2 medical.privacy
  cargo alignspec read T3 medical.autonomy/safety < response.txt
  cargo alignspec read --role assistant --task T1 --unread
  cargo alignspec read T2 --format jsonl < responses.jsonl

A line of JSON is {"task": "T2", "item": "medical.privacy", "text": "Very important", "finish": "stop"}. Only
`text` is required: the command line gives the task and the item, or else the first item is meant; `finish`
(stop, length, filter, other, or a provider's own word) is stop by default. `suite`, the text of a suite file,
can replace the task; `form` and `sample` say which form and repetition was asked (by default the first). The
output is one of
  {"answer": "very"}         the id of a level; a list of ids for a selection (in the suite's order) and a
                             ranking (first to last); free text as it is
  {"unread": "why", "kind": "ambiguous", "at": [0, 14]}
  {"refusal": "why", "at": null}
  {"error": "what is wrong with the line", "line": 3}
where `at` is the place in `text` that stopped the reader, in bytes, or null.

Exit codes: 0 the response was read, or why it could not be was printed; 1 a line or a file is not valid; 2 the
command line is not valid; 3 nothing is recorded for the role."#;

#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum ReadFormat {
    Text,
    Jsonl,
}

/// The questions that a response may answer.
#[derive(Debug)]
struct CandidateQuestions {
    suites: Suites,
    seed: u64,
}

pub(super) fn run(arguments: &ReadArguments) -> Result<(), Failure> {
    let mut config = config_above(&here()?)?;
    if let (Some(config), Some(seed)) = (&mut config, arguments.seed) {
        config.sampling.seed = seed;
    }
    if let Some(role) = &arguments.role {
        return role::run(arguments, role, config);
    }
    config.iter().flat_map(|config| &config.warnings).for_each(warn);
    // clap allows these options beside TASK, but they only go with a role.
    if arguments.unread || arguments.task.is_some() {
        return Err(Failure::Misuse("--task and --unread select recorded responses: add --role".to_owned()));
    }
    let questions = CandidateQuestions::of(config.as_ref(), arguments.seed);
    for (_, problem) in &questions.suites.problems {
        tell(format_args!("warning: {problem}\n"));
    }
    let asked = arguments.asked.as_deref().map(|id| questions.task(id)).transpose();
    let asked = asked.map_err(Failure::Misuse)?;
    if let Some(task) = asked {
        place(task, arguments.item.as_deref()).map_err(Failure::Misuse)?;
    }
    match (arguments.format, asked) {
        (ReadFormat::Jsonl, _) => {
            lines::run(&questions, arguments.asked.as_deref(), arguments.item.as_deref())
        }
        (ReadFormat::Text, Some(task)) => one(&questions, task, arguments.item.as_deref()),
        (ReadFormat::Text, None) => Err(Failure::Misuse(format!(
            "name the task that the response answers, for example `cargo alignspec read {}`, or a --role",
            questions.ids().next().unwrap_or("T1")
        ))),
    }
}

/// Reads standard input as one response.
fn one(questions: &CandidateQuestions, task: &Task, item: Option<&str>) -> Result<(), Failure> {
    let item = place(task, item).map_err(Failure::Misuse)?;
    let input = std::io::stdin();
    if input.is_terminal() {
        tell(format_args!("the response is read from standard input; Ctrl-D on a line of its own ends it"));
    }
    let mut bytes = Vec::new();
    let read = input.lock().take(MOST + 1).read_to_end(&mut bytes);
    read.map_err(|cause| Failure::Refused(format!("standard input cannot be read: {cause}")))?;
    if bytes.len() as u64 > MOST {
        return Err(Failure::Refused(format!(
            "standard input has more than {} MiB, which is too long for a response",
            MOST >> 20
        )));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let place = error.valid_up_to();
        Failure::Refused(format!(
            "standard input is not UTF-8 text: the first wrong byte is at {place} (counted from 0)"
        ))
    })?;
    // The line break at the end of a file is not part of the response.
    let text = text.trim_end_matches(['\r', '\n']);
    let question = task.question(questions.seed, item, 0, 0);
    let reading = ReadResponse::of(&question, text, &Finish::Stop, None);
    say(reading.head());
    say(reading.told());
    Ok(())
}

impl CandidateQuestions {
    fn of(config: Option<&Config>, seed: Option<u64>) -> CandidateQuestions {
        let suites = match config {
            Some(config) => config.load_suites(),
            None => Suites::builtin(),
        };
        let seed = seed.or(config.map(|config| config.sampling.seed));
        CandidateQuestions {
            suites: crate::answer::readable(suites),
            seed: seed.unwrap_or(Sampling::default().seed),
        }
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.suites.suites.iter().filter_map(|suite| suite.task.as_ref()).map(|task| task.id.as_str())
    }

    fn task(&self, id: &str) -> Result<&Task, String> {
        self.suites.task(id).ok_or_else(|| unknown("task", id, self.ids()))
    }
}

/// Returns the place of an item in its task; the first if none is named.
fn place(task: &Task, item: Option<&str>) -> Result<usize, String> {
    let Some(id) = item else { return Ok(0) };
    let known = || task.items.iter().map(|item| item.id.as_str());
    match task.item(id) {
        Some((place, _)) => Ok(place),
        None if known().all(str::is_empty) => {
            Err(format!("{} has only one question, which has no name: remove the item", task.id))
        }
        None => {
            let what = format!("item of {}", task.id);
            // The two values of a pair may have been given in the other order.
            let turned = turned(id).and_then(|turned| task.item(&turned));
            Err(match turned {
                Some((_, item)) => {
                    format!("no {what} is named `{}`: did you mean `{}`?", one_line(id, 100), item.id)
                }
                None => unknown(&what, id, known()),
            })
        }
    }
}

/// Turns `medical.autonomy/safety` into `medical.safety/autonomy`.
fn turned(id: &str) -> Option<String> {
    let (context, pair) = id.rsplit_once('.')?;
    let (first, second) = pair.split_once('/')?;
    Some(format!("{context}.{second}/{first}"))
}
