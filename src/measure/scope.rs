//! What the names in a sentence can refer to, and the message about a name that refers to nothing.

use std::ops::Range;

use super::syntax::{PlaceInTask, Word};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{Capability, CheckEntry, Choice, Item, Suites, Task, TaskKind};

/// What the names in a sentence can refer to.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The suites whose tasks, values, levels and contexts a sentence may name.
    pub suites: &'a Suites,
    /// The names of baselines and models.
    pub respondents: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    fn unknown(entry: &CheckEntry, what: &str, word: &Word, known: &[&str]) -> Box<Diagnostic> {
        Box::new(
            Diagnostic::new(format!("unknown {what} `{}`", word.text))
                .at(&entry.source, word.span.clone())
                .nearest(&word.text, known.iter().copied()),
        )
    }

    pub(crate) fn wrong(entry: &CheckEntry, span: Range<usize>, message: String) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(message).at(&entry.source, span))
    }

    fn task(&self, word: &Word, entry: &CheckEntry) -> Result<&'a Task, Box<Diagnostic>> {
        if let Some(task) = self.suites.task(&word.text) {
            return Ok(task);
        }
        let known: Vec<&str> =
            self.suites.suites.iter().filter_map(|s| s.task.as_ref()).map(|t| t.id.as_str()).collect();
        Err(Self::unknown(entry, "task", word, &known))
    }

    pub(super) fn respondent(&self, word: &Word, entry: &CheckEntry) -> Result<String, Box<Diagnostic>> {
        if self.respondents.contains(&word.text.as_str()) {
            return Ok(word.text.clone());
        }
        Err(Self::unknown(entry, "baseline or model", word, &self.respondents))
    }

    pub(super) fn value(
        &self,
        task: &Task,
        word: &Word,
        entry: &CheckEntry,
    ) -> Result<String, Box<Diagnostic>> {
        let values = task.values();
        if values.contains(&word.text.as_str()) {
            return Ok(word.text.clone());
        }
        Err(Self::unknown(entry, "value", word, &values))
    }

    pub(super) fn context(
        &self,
        task: &Task,
        place: &PlaceInTask,
        entry: &CheckEntry,
    ) -> Result<Option<String>, Box<Diagnostic>> {
        let contexts = task.contexts();
        match place {
            PlaceInTask::All => Ok(None),
            _ if contexts.is_empty() => {
                Err(Self::wrong(entry, entry.span.clone(), format!("{} has no contexts", task.id)))
            }
            PlaceInTask::Every => Ok(None),
            PlaceInTask::In(word) if contexts.contains(&word.text.as_str()) => Ok(Some(word.text.clone())),
            PlaceInTask::In(word) => Err(Self::unknown(entry, "context", word, &contexts)),
        }
    }

    /// Finds the place of a level in the task's scale.
    pub(super) fn level(
        &self,
        task: &Task,
        word: &Word,
        entry: &CheckEntry,
    ) -> Result<usize, Box<Diagnostic>> {
        let choices: &[Choice] = task.items.first().map_or(&[], |item: &Item| &item.choices);
        let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
        let found = choices
            .iter()
            .position(|c| plain(&c.label) == plain(&word.text) || plain(&c.id) == plain(&word.text));
        found.ok_or_else(|| {
            let known: Vec<String> = choices.iter().map(|choice| choice.label.to_lowercase()).collect();
            Self::unknown(entry, "level", word, &known.iter().map(String::as_str).collect::<Vec<_>>())
        })
    }

    /// Returns the task, if its kind has what a measure needs.
    pub(crate) fn task_for(
        &self,
        needs: Capability,
        word: &Word,
        entry: &CheckEntry,
    ) -> Result<&'a Task, Box<Diagnostic>> {
        let task = self.task(word, entry)?;
        if task.kind.has(needs) {
            return Ok(task);
        }
        let kinds: Vec<&str> = needs.kinds().into_iter().map(TaskKind::name).collect();
        let message = format!(
            "{} is a task of kind {}, but this check needs {}",
            task.id,
            task.kind,
            kinds.join(" or ")
        );
        Err(Self::wrong(entry, word.span.clone(), message))
    }
}
