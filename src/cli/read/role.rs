//! How the recorded responses of a role are read.

use serde_json::{Map, Value, json};

use super::super::diff::unknown;
use super::super::{Failure, config, offline, say, shown, tell};
use super::{ReadArguments, ReadFormat};
use crate::answer::Invalid;
use crate::config::{Config, Model, Respondent};
use crate::ground::text::one_line;
use crate::recording::harmless;
use crate::report::reading::{ReadResponse, ReadingCounts};
use crate::run::Run;
use crate::suite::Task;

pub(super) fn run(arguments: &ReadArguments, role: &str, found: Option<Config>) -> Result<(), Failure> {
    let found = match found {
        Some(found) => found,
        None => config("read a response of a built-in task from standard input")?,
    };
    let run = offline(found);
    for (_, problem) in &run.suites.problems {
        tell(format_args!("warning: {problem}\n"));
    }
    let models = || run.config.models.iter();
    let Some(model) = models().find(|model| model.name == role) else {
        let known = models().map(|model| model.name.as_str());
        return Err(Failure::Misuse(unknown("model that is asked", role, known)));
    };
    let tasks = tasks(&run, model, arguments.task.as_deref())?;
    let (mut tally, mut unused, mut responses) = (ReadingCounts::default(), 0, 0);
    for task in tasks {
        let listed = run.listed(model, task).map_err(|why| Failure::Refused(one_line(&why, 1_000)))?;
        unused += listed.unused;
        responses += listed.responses.len();
        for (question, response) in &listed.responses {
            let last = response.last();
            let reading = ReadResponse::of(question, &last.text, &last.finish, last.structure.as_deref());
            // The response that came before the model was asked back.
            let first = response.back.is_some().then_some(response.text.as_str());
            tally.add(&reading);
            if arguments.unread && !is_unread(&reading) {
                continue;
            }
            match arguments.format {
                ReadFormat::Text => {
                    let back = first.map(|first| format!(", asked back after \"{}\"", one_line(first, 120)));
                    say(format!("{}{}\n{}\n", reading.head(), back.unwrap_or_default(), reading.listed()));
                }
                ReadFormat::Jsonl => {
                    let first = first.map(|first| ("first".to_owned(), json!(first)));
                    say(line(reading.listed_fields().into_iter().chain(first).collect()));
                }
            }
        }
    }
    if responses == 0 {
        return Err(Failure::CouldNotRun(nothing(&run, model, arguments.task.as_deref(), unused)));
    }
    match arguments.format {
        ReadFormat::Text => say(format!("{role}: {tally}{}", notes(arguments, &tally, unused))),
        ReadFormat::Jsonl => {
            let mut summary = Map::from_iter([("role".to_owned(), json!(role))]);
            summary.extend(tally.fields());
            summary.insert("unused".to_owned(), json!(unused));
            say(line(Map::from_iter([("summary".to_owned(), Value::Object(summary))])));
        }
    }
    Ok(())
}

fn line(object: Map<String, Value>) -> String {
    harmless(Value::Object(object).to_string())
}

fn is_unread(reading: &ReadResponse<'_>) -> bool {
    reading.reason().is_some_and(|reason| reason != Invalid::Refusal)
}

/// Returns the tasks that the model is asked, or the one that was named.
fn tasks<'a>(run: &'a Run, model: &Model, wanted: Option<&str>) -> Result<Vec<&'a Task>, Failure> {
    let all = || run.suites.suites.iter().filter_map(|suite| suite.task.as_ref());
    let Some(id) = wanted else {
        return Ok(all().filter(|task| Respondent::Asked(model).has(&task.id)).collect());
    };
    match all().find(|task| task.id == *id) {
        Some(task) if Respondent::Asked(model).has(&task.id) => Ok(vec![task]),
        Some(_) => Err(Failure::Misuse(format!(
            "{} is not asked {id}, because its `tasks` in alignment.toml do not list it",
            model.name
        ))),
        None => Err(Failure::Misuse(unknown("task", id, all().map(|task| task.id.as_str())))),
    }
}

/// Says why there is nothing to list.
fn nothing(run: &Run, model: &Model, task: Option<&str>, unused: usize) -> String {
    let name = &model.name;
    let of = task.map_or(String::new(), |task| format!(" for {task}"));
    let folder = shown(run.config.recordings.join(name));
    match unused {
        0 => format!(
            "nothing is recorded for {name}{of} in {folder}: record it with `cargo alignspec record --role {name}`"
        ),
        unused => format!(
            "{unused} responses of {name}{of} are recorded in {folder}, but none answers a question as it is asked now: the suite, the model's settings or the seed have changed; record again with `cargo alignspec record --role {name}`"
        ),
    }
}

/// Describes what the summary does not count, or the list leaves out.
fn notes(arguments: &ReadArguments, tally: &ReadingCounts, unused: usize) -> String {
    let mut notes = String::new();
    if arguments.unread && tally.refusals > 0 {
        notes += "\nrefusals do not count as unread, and are not listed: remove --unread to see them";
    }
    match unused {
        0 => {}
        1 => notes += "\n1 more response is recorded, but not listed, because a run does not use it now",
        more => {
            notes += &format!(
                "\n{more} more responses are recorded, but not listed, because a run does not use them now"
            )
        }
    }
    notes
}
