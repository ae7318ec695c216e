//! Checks: sentences that say what a respondent should value, and the measures behind them.
//!
//! `sentence` reads the words, `measure/` holds one file per measure (its syntax and its statistic),
//! `score` turns tables into the numbers that are ranked, `chance` says what a respondent without
//! opinions would get. Whether a check holds is the `verdict`'s business.

pub(crate) mod chance;
mod measure;
mod pairs;
mod score;
mod sentence;

use std::ops::Range;

pub use measure::{Confidence, Input, Undefined, Who};
pub(crate) use measure::{Measure, Statistic, Tested};
pub use sentence::{Form, Test, Unit};

use crate::ground::diagnostic::Diagnostic;
use crate::suite::{About, CheckEntry, Choice, Item, Suites, Task};
use sentence::{Place, Sentence, Word};

type Build = fn(&Sentence<'_>, &Scope<'_>) -> Result<Box<dyn Measure>, Box<Diagnostic>>;

/// A check that has been read and whose names are all known.
#[derive(Debug)]
pub struct Check {
    /// The sentence in its canonical spelling: the test's name.
    pub sentence: String,
    /// The task it speaks of first.
    pub task: String,
    pub test: Test,
    pub measure: Box<dyn Measure>,
    pub entry: CheckEntry,
}

/// What the names in a sentence can mean.
#[derive(Debug)]
pub struct Scope<'a> {
    pub suites: &'a Suites,
    /// Names of baselines and models.
    pub respondents: Vec<&'a str>,
}

/// Reads the sentence of a check and looks up its names.
///
/// # Errors
/// The words fit no measure, or name a task, value, level, context or respondent that is not there.
pub fn read(entry: &CheckEntry, scope: &Scope<'_>) -> Result<Check, Box<Diagnostic>> {
    // It becomes a test's name, which is printed as it is.
    let odd = |c: char| (c.is_control() && !c.is_whitespace()) || crate::ground::text::is_bidi(c);
    if entry.sentence.contains(odd) {
        let message = "a check is plain text, without control characters".to_owned();
        return Err(Scope::wrong(entry, entry.span.clone(), message));
    }
    let sentence = sentence::parse(entry, &measure::syntaxes())?;
    scope.task(&sentence.task, entry)?;
    let measure = (sentence.syntax.build)(&sentence, scope)?;
    // A sentence without a bound is one whose measure implies it.
    let test = sentence.test.or(measure.implied()).ok_or_else(|| {
        Box::new(Diagnostic::new("this check has no bound").at(&entry.source, entry.span.clone()))
    })?;
    Ok(Check {
        sentence: sentence.canonical(),
        task: sentence.task.text.clone(),
        test,
        measure,
        entry: entry.clone(),
    })
}

/// All forms of sentence, in the order in which they are tried.
pub fn forms() -> Vec<Form> {
    measure::syntaxes().iter().map(Form::of).collect()
}

impl<'a> Scope<'a> {
    fn unknown(entry: &CheckEntry, what: &str, word: &Word, known: &[&str]) -> Box<Diagnostic> {
        Box::new(
            Diagnostic::new(format!("unknown {what} `{}`", word.text))
                .at(&entry.source, word.span.clone())
                .nearest(&word.text, known.iter().copied()),
        )
    }

    fn wrong(entry: &CheckEntry, span: Range<usize>, message: String) -> Box<Diagnostic> {
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

    fn respondent(&self, word: &Word, entry: &CheckEntry) -> Result<String, Box<Diagnostic>> {
        if self.respondents.contains(&word.text.as_str()) {
            return Ok(word.text.clone());
        }
        Err(Self::unknown(entry, "baseline or model", word, &self.respondents))
    }

    fn value(&self, task: &Task, word: &Word, entry: &CheckEntry) -> Result<String, Box<Diagnostic>> {
        let values = task.values();
        if values.contains(&word.text.as_str()) {
            return Ok(word.text.clone());
        }
        Err(Self::unknown(entry, "value", word, &values))
    }

    fn context(
        &self,
        task: &Task,
        place: &Place,
        entry: &CheckEntry,
    ) -> Result<Option<String>, Box<Diagnostic>> {
        let contexts = task.contexts();
        match place {
            Place::All => Ok(None),
            _ if contexts.is_empty() => {
                Err(Self::wrong(entry, entry.span.clone(), format!("{} has no contexts", task.id)))
            }
            Place::Every => Ok(None),
            Place::In(word) if contexts.contains(&word.text.as_str()) => Ok(Some(word.text.clone())),
            Place::In(word) => Err(Self::unknown(entry, "context", word, &contexts)),
        }
    }

    /// The place of a level in the task's scale.
    fn level(&self, task: &Task, word: &Word, entry: &CheckEntry) -> Result<usize, Box<Diagnostic>> {
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

    /// The task, if its kind is one that this measure understands.
    fn task_of(&self, word: &Word, entry: &CheckEntry, kinds: &[&str]) -> Result<&'a Task, Box<Diagnostic>> {
        let task = self.task(word, entry)?;
        if kinds.contains(&task.kind) {
            return Ok(task);
        }
        let message =
            format!("{} is a task of kind {}; this check is for {}", task.id, task.kind, kinds.join(" or "));
        Err(Self::wrong(entry, word.span.clone(), message))
    }
}

/// The value an item is about, or its pair.
fn about(item: &Item) -> String {
    match &item.about {
        About::Choices => String::new(),
        About::Value(value) => value.clone(),
        About::Pair(first, second) => format!("{first}/{second}"),
    }
}
