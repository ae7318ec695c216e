//! The rows of an import as answers, counted by question: what each was read as, what could not be read and why, and the
//! baseline that is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::response::read;
use super::shown::{self, ShownOrder};
use super::{ImportArguments, ImportedRow, Said, rows_of};
use crate::answer::Invalid;
use crate::baseline::Tally;
use crate::cli::diff::unknown;
use crate::cli::{Failure, say};
use crate::ground::diagnostic::Source;
use crate::ground::format::counted as number_of;
use crate::ground::text::one_line;
use crate::profile::{Cell, Counts};
use crate::suite::{Item, Shape, Suites, Task, TaskKind};

/// The most rows of which a mistake is told.
const MOST_TOLD: usize = 20;

/// The answers to one question.
struct ImportedQuestion<'a> {
    task: &'a Task,
    item: &'a Item,
    cell: Cell,
    /// How many responses are copies out of a cache.
    cached: u32,
    /// How many rows have no response.
    missing: u32,
}

/// All answers of a file.
pub(super) struct ImportedAnswers<'a> {
    /// By the places of the task and of the item.
    questions: BTreeMap<(usize, usize), ImportedQuestion<'a>>,
    /// What could not be read, row by row.
    unread: Vec<String>,
}

/// A row with its question.
struct PlacedRow<'a> {
    task: &'a Task,
    /// The places of the task and of the item.
    key: (usize, usize),
    shown: Option<ShownOrder>,
}

impl<'a> ImportedAnswers<'a> {
    /// Reads all rows.
    ///
    /// # Errors
    /// A row whose question, or whose order of options, is not certain; or nothing could be read.
    pub(super) fn of(
        suites: &'a Suites,
        rows: Vec<ImportedRow>,
        arguments: &ImportArguments,
        seed: u64,
    ) -> Result<Self, Failure> {
        let mut counted = ImportedAnswers { questions: BTreeMap::new(), unread: Vec::new() };
        let (all, mut wrong) = (rows.len(), Vec::new());
        for row in rows {
            let added = place(suites, &row, arguments).and_then(|placed| counted.add(&row, placed, seed));
            if let Err(why) = added {
                wrong.push(format!("  {}: {why}", row.place));
            }
        }
        if !wrong.is_empty() {
            let more = wrong.len().saturating_sub(MOST_TOLD);
            let count = rows_of(wrong.len());
            wrong.truncate(MOST_TOLD);
            if more > 0 {
                wrong.push(format!("  and {}", number_of(more, "other row")));
            }
            let told = wrong.join("\n");
            return Err(Failure::Refused(format!(
                "nothing is imported, because what {count} of {all} answer is not certain:\n{told}"
            )));
        }
        // A question to which no answer is known has no figures.
        let valid = |question: &ImportedQuestion<'_>| question.cell.n > 0;
        if !counted.questions.values().any(valid) {
            counted.tell();
            return Err(Failure::Refused(format!(
                "nothing is imported: none of {} could be read",
                rows_of(all)
            )));
        }
        Ok(counted)
    }

    fn add(&mut self, row: &ImportedRow, placed: PlacedRow<'a>, seed: u64) -> Result<(), String> {
        let PlacedRow { task, key, shown } = placed;
        let item = &task.items[key.1];
        let read = read(task, key.1, row, shown.as_ref(), seed)?;
        let question = self.questions.entry(key).or_insert_with(|| ImportedQuestion {
            task,
            item,
            cell: Cell::empty(task.shape, item.choices.len()),
            cached: 0,
            missing: 0,
        });
        question.missing += u32::from(matches!(row.said, Said::Nothing(_)));
        question.cached += u32::from(row.cached);
        question.cell.add(&read.clone().map_err(|(reason, _)| reason));
        let Err((reason, why)) = read else { return Ok(()) };
        let word = match (&row.said, reason) {
            (Said::Nothing(_), _) => "missing",
            (_, Invalid::Refusal) => "refusal",
            _ => "unread",
        };
        let told = word != "unread" || why == reason.label();
        let kind = if told { String::new() } else { format!(" ({reason})") };
        let why = one_line(&why, 250);
        self.unread.push(format!("{word:<8}  {} ({}): {why}{kind}", row.place, name(task, item)));
        Ok(())
    }

    /// Tells how many responses were read, and of each other one why not.
    pub(super) fn tell(&self) {
        for question in self.questions.values() {
            let (valid, invalid) = (question.cell.n, question.cell.invalid_total());
            let of_cache = if question.cached == 0 {
                String::new()
            } else {
                format!("; {} out of a cache, which may be copies", question.cached)
            };
            let none = if valid == 0 { "; it is left out of the baseline" } else { "" };
            say(format!(
                "read      {}: {valid} of {}{of_cache}{none}",
                name(question.task, question.item),
                valid + invalid
            ));
        }
        self.unread.iter().for_each(say);
    }

    /// Writes the baseline.
    pub(super) fn text(&self, own: &str, source: &str) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let (mut valid, mut refusals, mut missing, mut unread) = (0, 0, 0, 0);
        let written = || self.questions.values().filter(|question| question.cell.n > 0);
        for question in written() {
            let declined = question.cell.invalid.get(&Invalid::Refusal).copied().unwrap_or_default();
            valid += question.cell.n;
            refusals += declined;
            missing += question.missing;
            unread += question.cell.invalid_total() - declined - question.missing;
        }
        let note = format!(
            "{valid} responses were read; counted as invalid are {unread} that could not be read, {} and {missing} without a response",
            number_of(refusals as usize, "refusal")
        );
        let mut text = format!(
            "# Answers that were asked elsewhere, as `cargo alignspec import` read them. It is no recording: alignspec did not ask.\nname = {}\nsource = {}\nnote = {}\n",
            quoted(own),
            quoted(source),
            quoted(&note)
        );
        written().for_each(|question| question.write(&mut text));
        text
    }

    /// Makes sure that a run can read what is written.
    pub(super) fn held(&self, suites: &Suites, text: &str) -> Result<(), Failure> {
        let refused = |problem: &dyn ToString| {
            Failure::Refused(format!("the baseline would not be valid: {}", problem.to_string()))
        };
        let tally = Tally::read(&Source::new("the baseline", text)).map_err(|problem| refused(&problem))?;
        let tasks = suites.suites.iter().filter_map(|suite| suite.task.as_ref());
        for task in tasks {
            tally.profile(task).map_err(|problem| refused(&problem))?;
        }
        Ok(())
    }

    /// Writes a check that could compare with the baseline.
    pub(super) fn sentence(&self, suites: &Suites, own: &str) -> String {
        let first = self.questions.values().find(|question| question.cell.n > 0);
        let task = first.and_then(|question| suites.task(&question.task.id));
        task.map_or_else(String::new, |task| match task.shape {
            Shape::Set { pick } => format!("{} top-{pick} Jaccard with {own} >= 0.8", task.id),
            Shape::Level => format!("{} mean difference with {own} <= 0.3", task.id),
            _ => format!("{} Spearman with {own} >= 0.5", task.id),
        })
    }
}

impl ImportedQuestion<'_> {
    fn write(&self, text: &mut String) {
        let parts = std::iter::once(self.task.id.as_str())
            .chain(self.item.id.split('.'))
            .filter(|part| !part.is_empty());
        let path: Vec<String> = parts.map(key).collect();
        let (valid, invalid) = (self.cell.n, self.cell.invalid_total());
        // What is written into a string cannot fail.
        let _ = write!(text, "\n[{}]\nn = {}\n", path.join("."), valid + invalid);
        if invalid > 0 {
            let _ = writeln!(text, "invalid = {invalid}");
        }
        let id = |at: usize| self.item.choices[at].id.as_str();
        let counts = |numbers: Vec<f64>| {
            let each = numbers.iter().enumerate().map(|(at, number)| format!("{} = {number}", key(id(at))));
            format!("counts = {{ {} }}\n", each.collect::<Vec<_>>().join(", "))
        };
        match &self.cell.counts {
            Counts::Set { selected, .. } => text.push_str(&counts(selected.clone())),
            Counts::Level { counts: levels, .. } => {
                text.push_str(&counts(levels.iter().map(|count| count.unwrap_or(0.0)).collect()));
            }
            Counts::Ranking { rows } => {
                text.push_str("rankings = [\n");
                for row in rows {
                    let ids: Vec<String> =
                        row.iter().map(|at| format!("\"{}\"", id(usize::from(*at)))).collect();
                    let _ = writeln!(text, "  [{}],", ids.join(", "));
                }
                text.push_str("]\n");
            }
            Counts::Text { .. } => {}
        }
        if self.cached > 0 {
            let all = valid + invalid;
            let _ = writeln!(
                text,
                "doubt = \"{} of {all} responses came out of a cache, so that they may be copies of others\"",
                self.cached
            );
        }
    }
}

/// Writes a part of a path in TOML.
fn key(part: &str) -> String {
    let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if plain { part.to_owned() } else { toml::Value::from(part).to_string() }
}

/// Writes `T2 medical.privacy`.
fn name(task: &Task, item: &Item) -> String {
    format!("{} {}", task.id, item.id).trim_end().to_owned()
}

/// Finds the question of a row, and the order in which its options were shown.
fn place<'a>(
    suites: &'a Suites,
    row: &ImportedRow,
    arguments: &ImportArguments,
) -> Result<PlacedRow<'a>, String> {
    let tasks = || suites.suites.iter().filter_map(|suite| suite.task.as_ref());
    let id = row
        .task
        .as_deref()
        .or(arguments.task.as_deref())
        .ok_or("it names no task: add a column `task`, or give --task")?;
    let (at, task) = tasks()
        .enumerate()
        .find(|(_, task)| task.id == id)
        .ok_or_else(|| unknown("task", id, tasks().map(|task| task.id.as_str())))?;
    if task.kind == TaskKind::Open {
        return Err(format!("{id} takes free text, of which no baseline is made"));
    }
    let item = match (&row.context, &row.item, &arguments.item) {
        (Some(context), Some(item), _) => format!("{context}.{item}"),
        (Some(context), None, _) => context.clone(),
        (None, Some(item), _) | (None, None, Some(item)) => item.clone(),
        (None, None, None) => String::new(),
    };
    let known = || task.items.iter().map(|known| known.id.as_str());
    let Some((place, found)) = task.item(&item) else {
        return Err(match item.is_empty() {
            true => format!(
                "it does not say which question of {id} it answers: add a column `item`, such as {}",
                task.items[0].id
            ),
            false => unknown(&format!("question of {id}"), &item, known()),
        });
    };
    let named = row.shown.as_ref().map(|ids| shown::of_ids(ids, found)).transpose()?;
    let listed = row.prompt.as_ref().map(|prompt| shown::of_prompt(prompt, found)).transpose()?.flatten();
    let shown = match (named, listed) {
        (Some(named), Some(listed)) if named.choices != listed.choices => {
            return Err("its `shown` and its prompt have the options in different orders".to_owned());
        }
        // A prompt tells whether there are letters.
        (named, listed) => listed.or(named),
    };
    Ok(PlacedRow { task, key: (at, place), shown })
}
