//! Responses as lines of JSON, read one by one, since the input may be longer than memory.

use std::collections::BTreeMap;
use std::io::{BufRead, ErrorKind, Read as _, Write as _};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Failure;
use super::super::diff::unknown;
use super::{CandidateQuestions, MOST, place};
use crate::answer::{AnswerStructure, Finish};
use crate::ground::text::one_line;
use crate::provider::finish_of;
use crate::recording::harmless;
use crate::report::reading::ReadResponse;
use crate::suite::{Suite, Task};

/// A line of the input. Unknown fields are ignored, unless one is a slip of a known one.
#[derive(Deserialize)]
#[serde(expecting = "struct Line")]
struct InputLine {
    text: String,
    task: Option<String>,
    item: Option<String>,
    finish: Option<Value>,
    suite: Option<String>,
    form: Option<Value>,
    sample: Option<u32>,
    /// How the text is read, as recordings have it.
    structure: Option<AnswerStructure>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// The values from the command line, for lines that do not set them.
struct LineDefaults<'a> {
    questions: &'a CandidateQuestions,
    task: Option<&'a str>,
    item: Option<&'a str>,
    /// The suite of the last line that had one, since many lines in a row have the same.
    suite: Option<(String, Suite)>,
}

/// Reads standard input to its end; a line that cannot be understood gives an error line in its place.
pub(super) fn run(
    questions: &CandidateQuestions,
    task: Option<&str>,
    item: Option<&str>,
) -> Result<(), Failure> {
    let mut reader = LineDefaults { questions, task, item, suite: None };
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut bytes, mut number, mut wrong) = (Vec::new(), 0_usize, 0_usize);
    let failed = |cause| Failure::Refused(format!("standard input cannot be read: {cause}"));
    while let Some(whole) = next(&mut input, &mut bytes).map_err(failed)? {
        number += 1;
        if whole && bytes.trim_ascii().is_empty() {
            continue;
        }
        let read = match whole {
            true => reader.read(&bytes),
            false => Err(format!("this line has more than {} MiB", MOST >> 20)),
        };
        let object = read.unwrap_or_else(|why| {
            wrong += 1;
            Map::from_iter([("error".to_owned(), json!(why)), ("line".to_owned(), json!(number))])
        });
        let line = harmless(Value::Object(object).to_string());
        match writeln!(output, "{line}").and_then(|()| output.flush()) {
            Ok(()) => {}
            // If the reader has closed the pipe, there is nobody to write for.
            Err(cause) if cause.kind() == ErrorKind::BrokenPipe => break,
            Err(cause) => return Err(Failure::Refused(format!("the output cannot be written: {cause}"))),
        }
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::Refused(format!("1 of {number} lines cannot be understood"))),
        wrong => Err(Failure::Refused(format!("{wrong} of {number} lines cannot be understood"))),
    }
}

/// Reads the next line into `bytes`; returns whether it is complete, and `None` at the end.
fn next(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    bytes.clear();
    input.by_ref().take(MOST).read_until(b'\n', bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.ends_with(b"\n") || (bytes.len() as u64) < MOST {
        return Ok(Some(true));
    }
    // The rest of the line is skipped.
    input.skip_until(b'\n').map(|_| Some(false))
}

impl LineDefaults<'_> {
    fn read(&mut self, bytes: &[u8]) -> Result<Map<String, Value>, String> {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let line: InputLine = serde_json::from_slice(bytes).map_err(|error| {
            let why = one_line(&error.to_string(), 300);
            format!("this line is not JSON like {{\"task\": \"T2\", \"text\": \"…\"}}: {why}")
        })?;
        line.slips()?;
        let finish = finish(line.finish.as_ref())?;
        if let Some(text) = &line.suite
            && self.suite.as_ref().is_none_or(|(known, _)| known != text)
        {
            let suite = Suite::from_text("suite", text).map_err(|problem| {
                let problem = problem.to_string();
                problem.strip_prefix("error: ").unwrap_or(&problem).to_owned()
            })?;
            self.suite = Some((text.clone(), suite));
        }
        let named = line.task.as_deref().or(self.task);
        let task = match (&self.suite, named) {
            (Some((_, suite)), _) if line.suite.is_some() => suite
                .task
                .as_ref()
                .ok_or_else(|| format!("the suite {} has checks, but no task", suite.id))?,
            (_, Some(id)) => self.questions.task(id)?,
            _ => return Err("this line has no `task`: add one, or name it on the command line".to_owned()),
        };
        // The item on the command line belongs to the task on the command line.
        let usual = self.item.filter(|_| line.suite.is_none() && named == self.task);
        let item = place(task, line.item.as_deref().or(usual))?;
        let form = form(task, line.form.as_ref())?;
        let question = task.question(self.questions.seed, item, form, line.sample.unwrap_or(0));
        Ok(ReadResponse::of(&question, &line.text, &finish, line.structure.as_ref()).fields())
    }
}

impl InputLine {
    /// Refuses a field that is a slip of a known one that is missing.
    fn slips(&self) -> Result<(), String> {
        let known = [
            ("task", self.task.is_some()),
            ("item", self.item.is_some()),
            ("finish", self.finish.is_some()),
            ("suite", self.suite.is_some()),
            ("form", self.form.is_some()),
            ("sample", self.sample.is_some()),
            ("structure", self.structure.is_some()),
        ];
        for other in self.others.keys() {
            let slip =
                known.iter().find(|(name, there)| !there && strsim::damerau_levenshtein(other, name) == 1);
            if let Some((name, _)) = slip {
                return Err(format!("unknown field `{}`: did you mean `{name}`?", one_line(other, 40)));
            }
        }
        Ok(())
    }
}

/// Reads how a response ended: one of alignspec's words, as on the command line and in recordings, or a
/// provider's own.
fn finish(word: Option<&Value>) -> Result<Finish, String> {
    let Some(value) = word else { return Ok(Finish::Stop) };
    let known = serde_json::from_value::<Finish>(value.clone());
    match (known, value) {
        (Ok(finish), _) => Ok(finish),
        (Err(_), Value::String(word)) => Ok(finish_of(word)),
        (Err(_), _) => {
            Err("`finish` is not a word: write stop, length, filter, other, or the provider's own word"
                .to_owned())
        }
    }
}

/// Returns a form by its label or its place.
fn form(task: &Task, form: Option<&Value>) -> Result<usize, String> {
    let Some(form) = form else { return Ok(0) };
    let labels = || task.forms.iter().map(|form| form.label);
    let (place, found) = match form {
        Value::String(label) => (labels().position(|known| known == label), label.clone()),
        other => {
            let place = other.as_u64().and_then(|place| usize::try_from(place).ok());
            (place.filter(|place| *place < task.forms.len()), other.to_string())
        }
    };
    place.ok_or_else(|| unknown(&format!("form of {}", task.id), &found, labels()))
}
