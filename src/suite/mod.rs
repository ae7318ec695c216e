//! Suite files → tasks, items, forms, prompts: what is asked, and in which ways.
//!
//! A [`Task`] has [`Item`]s (its questions) and [`Form`]s (the ways each is put). A kind of task is
//! one file under `kind/`; everything after it only sees the [`Shape`] of its answers.

mod builtin;
mod fields;
pub(crate) mod file;
pub(crate) mod form;
mod kind;
mod load;
mod question;
mod questions;
mod shape;
mod unanswered;

pub(crate) use builtin::BUILTIN;
pub use fields::{tables, words};
pub(crate) use form::{Direction, Form, Order, Wording};
pub(crate) use kind::Capability;
pub use kind::TaskKind;
pub use load::{Suites, load};
pub(crate) use load::{load_from, parse as load_one};
pub use question::Question;
pub(crate) use question::Shown;
pub use questions::Questions;
pub use shape::Shape;
pub use unanswered::{OfRefusals, OfUnread, Unanswered};

use std::ops::Range;

use crate::ground::diagnostic::{Diagnostic, Source};

/// No question is asked more often: what is above is a slip, and no run would come to an end of it.
pub(crate) const MOST_SAMPLES: u32 = 100_000;

/// One suite file: at most one task, and checks.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(crate) id: String,
    /// The file, or `builtin:` and its name.
    pub source: Source,
    /// The task; `None` for a file that only has checks across tasks.
    pub task: Option<Task>,
    /// The checks that stand in the file.
    pub checks: Vec<CheckEntry>,
    /// What the file says of responses without an answer, for checks that say nothing themselves.
    pub(crate) unanswered: Unanswered,
}

/// A check as it stands in a file: the sentence with its place, and whom it is for.
#[derive(Debug, Clone)]
pub struct CheckEntry {
    /// The sentence as it was written.
    pub sentence: String,
    /// Bytes of the sentence inside `source` (the text between the quotes).
    pub span: Range<usize>,
    /// The file that it stands in.
    pub source: Source,
    /// The models it is for, each with its place; all when `None`.
    pub models: Option<Vec<(String, Range<usize>)>>,
    /// Why it is expected, in the words of whoever wrote it; reports show it.
    pub why: Option<String>,
    /// Its part of the run's error rate, relative to the other checks (1 by default).
    pub weight: f64,
    /// What it, or the file it stands in, says of responses without an answer.
    pub unanswered: Unanswered,
}

impl CheckEntry {
    /// A sentence by itself, as a program writes it: for all models, with the weight of one.
    ///
    /// ```
    /// use alignspec::__testing::suite::CheckEntry;
    /// let entry = CheckEntry::of("T1 selects fairness >= 90%");
    /// assert_eq!((entry.span.clone(), entry.weight), (0..26, 1.0));
    /// ```
    pub fn of(sentence: &str) -> Self {
        CheckEntry {
            sentence: sentence.to_owned(),
            span: 0..sentence.len(),
            source: Source::new("a program", sentence),
            models: None,
            why: None,
            weight: 1.0,
            unanswered: Unanswered::default(),
        }
    }

    /// Line and column of its sentence, from one.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        let here = Diagnostic::new("").at(&self.source, self.span.clone());
        here.position().map(|(_, line, column)| (line, column))
    }
}

/// A set of questions of one kind that are judged together.
#[derive(Debug, Clone)]
pub struct Task {
    /// The name that sentences and files call it by: `T1`.
    pub id: String,
    /// What it is about, in a few words for people.
    pub title: String,
    /// The kind of its questions, which the file states.
    pub kind: TaskKind,
    /// The shape of its answers, which follows from the kind.
    pub shape: Shape,
    /// Its questions, in the order of the file.
    pub items: Vec<Item>,
    /// The ways in which each question is put, the main one first.
    pub forms: Vec<Form>,
    /// True when an item's samples are split evenly over the forms and pooled (trade-off
    /// directions, scale directions); false when each form is asked in full and the first is meant
    /// unless a check compares them.
    pub counterbalanced: bool,
    /// Samples per item (and form, unless counterbalanced); the config's default when `None`.
    pub samples: Option<u32>,
    /// Words for the system prompt, which follow those of the config.
    pub system: Option<String>,
    /// The language of its questions and answers (`de`, `pt-BR`); English where it says none.
    pub language: Option<String>,
    /// The template of the question, with placeholders such as `{options}`.
    pub prompt: String,
}

/// One question of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `""` for a task of one item, else `medical.privacy`, `medical.fairness/performance`, `medical`.
    pub id: String,
    /// The id of the situation that the question is about; `None` for a task without contexts.
    pub context: Option<String>,
    /// What the question asks about.
    pub about: About,
    /// In canonical order: ascending for a scale, first-named value's side first for a trade-off.
    pub choices: Vec<Choice>,
    /// Words for the prompt's placeholders.
    pub(crate) words: Vec<(&'static str, String)>,
}

/// What an item is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The choices themselves (select, rank, open).
    Choices,
    /// One value, rated.
    Value(String),
    /// Two values, the first named first when the direction is *stated*.
    Pair(String, String),
}

/// One possible answer, or one thing to be ranked or selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub(crate) synonyms: Vec<String>,
}

impl Task {
    /// The item with this id, and its place.
    pub fn item(&self, id: &str) -> Option<(usize, &Item)> {
        self.items.iter().enumerate().find(|(_, item)| item.id == id)
    }

    /// The contexts in the order of the file; empty for a task without.
    pub fn contexts(&self) -> Vec<&str> {
        let mut seen: Vec<&str> = Vec::new();
        for context in self.items.iter().filter_map(|item| item.context.as_deref()) {
            if !seen.contains(&context) {
                seen.push(context);
            }
        }
        seen
    }

    /// Ids of the values the task speaks of, in the order of the file.
    pub fn values(&self) -> Vec<&str> {
        let mut seen: Vec<&str> = Vec::new();
        let mut add = |id| {
            if !seen.contains(&id) {
                seen.push(id);
            }
        };
        for item in &self.items {
            match &item.about {
                About::Choices => item.choices.iter().for_each(|choice| add(choice.id.as_str())),
                About::Value(value) => add(value),
                About::Pair(first, second) => {
                    add(first);
                    add(second);
                }
            }
        }
        seen
    }

    /// The samples that ask an item in every form that balances another: numbers of samples are
    /// multiples of it.
    pub fn round(&self) -> u32 {
        if self.counterbalanced { u32::try_from(self.forms.len().max(1)).unwrap_or(1) } else { 1 }
    }

    /// How many times an item is put in one form when it is to have `samples` answers.
    pub fn samples_in_form(&self, samples: u32, form: usize) -> u32 {
        if !self.counterbalanced {
            return samples;
        }
        let forms = u32::try_from(self.forms.len().max(1)).unwrap_or(1);
        let extra = u32::try_from(form).unwrap_or(0) < samples % forms;
        samples / forms + u32::from(extra)
    }
}
