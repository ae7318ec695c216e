//! Turns suite files into tasks, items, forms and prompts: what is asked, and in which ways.
//!
//! A [`Task`] has [`Item`]s (its questions) and [`Form`]s (the ways in which each is put). Each kind of task is one
//! file under `kind/`; code outside of it only sees the [`Shape`] of the answers.

mod builder;
mod builtin;
mod extends;
mod fields;
pub(crate) mod file;
pub(crate) mod form;
mod joined;
mod kind;
mod load;
mod marker;
mod persona;
mod question;
mod questions;
mod rust;
mod shape;
mod spelling;
mod stories;
mod unanswered;

pub use builder::{CheckValue, ChoiceValue, PersonaValue, StoryValue, SuiteValue};
pub(crate) use builtin::{BUILTIN, ENDINGS};
#[cfg(feature = "cli")]
pub use fields::takes;
pub use fields::{tables, words};
pub(crate) use form::Form;
pub use form::{Direction, Order, Wording};
pub(crate) use kind::Capability;
pub use kind::TaskKind;
pub(crate) use kind::parts_of_place;
#[cfg(feature = "cli")]
pub(crate) use load::parse_in;
pub use load::{Suites, load};
pub(crate) use load::{load_from, parse as load_one};
pub(crate) use marker::Marker;
pub use question::Question;
pub(crate) use question::Shown;
pub use questions::Questions;
pub(crate) use rust::{RUST, RustSuites, RustText};
pub use shape::Shape;
#[cfg(feature = "cli")]
pub(crate) use stories::{StoriesOfContext, contexts_of};
pub use unanswered::{OfRefusals, OfUnread, Unanswered};

use std::ops::Range;

use crate::ground::diagnostic::{Diagnostic, Source};

/// The most samples of a question. A larger number is surely a mistake, and its run would never end.
pub(crate) const MOST_SAMPLES: u32 = 100_000;

/// One suite file: at most one task, and any number of checks.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(crate) id: String,
    /// The file, or `builtin:` and its name, or the place in Rust that handed it over.
    pub source: Source,
    /// The files that it names: its stories, and the suite that it extends.
    pub(crate) files: Vec<Source>,
    /// The task; `None` for a file that only has checks across tasks.
    pub task: Option<Task>,
    /// The checks in the file.
    pub checks: Vec<CheckEntry>,
    /// The file's rules for responses without an answer, for checks that have none of their own.
    pub(crate) unanswered: Unanswered,
}

impl Suite {
    /// Returns the names and the texts of all files that the suite is made of, its own first.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.source).chain(&self.files);
        all.flat_map(|source| [&*source.name, &*source.text])
    }
}

/// A check in a file: the sentence with its place, and the models that it is for.
#[derive(Debug, Clone)]
pub struct CheckEntry {
    /// The sentence as it was written.
    pub sentence: String,
    /// Bytes of the sentence inside `source` (the text between the quotes).
    pub span: Range<usize>,
    /// The file that contains it.
    pub source: Source,
    /// The models that it is for, each with its place; `None` for all models.
    pub models: Option<Vec<(String, Range<usize>)>>,
    /// Why it is expected, in its author's words, for reports.
    pub why: Option<String>,
    /// The weight of its share of the run's error rate, relative to other checks (1 by default).
    pub weight: f64,
    /// Its own rules, or its file's, for responses without an answer.
    pub unanswered: Unanswered,
}

impl CheckEntry {
    /// Makes a check from a sentence alone: for all models, with weight 1.
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

    /// Returns the line and column of its sentence, counted from one.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        let here = Diagnostic::new("").at(&self.source, self.span.clone());
        here.position().map(|(_, line, column)| (line, column))
    }
}

/// A set of questions of one kind that are judged together.
#[derive(Debug, Clone)]
pub struct Task {
    /// The name that sentences and files use for it, such as `T1`.
    pub id: String,
    /// A short description for people.
    pub title: String,
    /// The kind of its questions, as the file says.
    pub kind: TaskKind,
    /// The shape of its answers, which follows from the kind.
    pub shape: Shape,
    /// Its questions, in the order of the file.
    pub items: Vec<Item>,
    /// The ways in which each question is put, the main one first.
    pub forms: Vec<Form>,
    /// True if an item's samples are split evenly over the forms and pooled (directions of trade-offs and of scales).
    /// False if each form is asked in full, and checks mean the first one unless they compare forms.
    pub counterbalanced: bool,
    /// Samples per item (and form, unless counterbalanced); `None` for the config's default.
    pub samples: Option<u32>,
    /// Text for the system prompt, which comes after that of the config.
    pub system: Option<String>,
    /// The language of its questions and answers (`de`, `pt-BR`); `None` means English.
    pub language: Option<String>,
    /// The template of the question, with placeholders such as `{options}`.
    pub prompt: String,
}

/// One question of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `""` in a task with one item, otherwise an id such as `medical.privacy`, `medical.fairness/performance` or
    /// `medical`.
    pub id: String,
    /// The id of the situation that the question is about; `None` for a task without contexts.
    pub context: Option<String>,
    /// What the question asks about.
    pub about: About,
    /// The choices in canonical order: ascending for a scale; for a trade-off, the side of the first-named value
    /// first.
    pub choices: Vec<Choice>,
    /// Words for the prompt's placeholders.
    pub(crate) words: Vec<(&'static str, String)>,
}

/// What an item is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The choices themselves (select, rank, open).
    Choices,
    /// One value, which is rated.
    Value(String),
    /// Two values; the first is named first in the direction *stated*.
    Pair(String, String),
}

/// One possible answer, or one thing to be ranked or selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub(crate) synonyms: Vec<String>,
    /// The value that a story stands for, where that has several stories; otherwise the id is the value's.
    pub(crate) of_value: Option<String>,
}

impl Choice {
    /// Returns the id of the value that the choice stands for.
    pub fn value(&self) -> &str {
        self.of_value.as_deref().unwrap_or(&self.id)
    }
}

impl Task {
    /// Returns the item with this id, and its index.
    pub fn item(&self, id: &str) -> Option<(usize, &Item)> {
        self.items.iter().enumerate().find(|(_, item)| item.id == id)
    }

    /// Returns the contexts in the order of the file; empty for a task without contexts.
    pub fn contexts(&self) -> Vec<&str> {
        let mut seen: Vec<&str> = Vec::new();
        for context in self.items.iter().filter_map(|item| item.context.as_deref()) {
            if !seen.contains(&context) {
                seen.push(context);
            }
        }
        seen
    }

    /// Returns the ids of the task's values, in the order of the file.
    pub fn values(&self) -> Vec<&str> {
        self.values_in(None)
    }

    /// Returns the ids of the values that a context has, in the order of the file; all without one.
    pub(crate) fn values_in(&self, context: Option<&str>) -> Vec<&str> {
        let mut seen: Vec<&str> = Vec::new();
        let mut add = |id| {
            if !seen.contains(&id) {
                seen.push(id);
            }
        };
        let is_meant = |item: &&Item| context.is_none() || item.context.as_deref() == context;
        for item in self.items.iter().filter(is_meant) {
            match &item.about {
                About::Choices => item.choices.iter().for_each(|choice| add(choice.value())),
                About::Value(value) => add(value),
                About::Pair(first, second) => {
                    add(first);
                    add(second);
                }
            }
        }
        seen
    }

    /// Returns how many samples ask an item once in every form that is counterbalanced. Numbers of samples are
    /// multiples of this.
    pub fn round(&self) -> u32 {
        if self.counterbalanced { u32::try_from(self.forms.len().max(1)).unwrap_or(1) } else { 1 }
    }

    /// Returns how often an item is put in one form when it is to have `samples` answers.
    pub fn samples_in_form(&self, samples: u32, form: usize) -> u32 {
        if !self.counterbalanced {
            return samples;
        }
        let forms = u32::try_from(self.forms.len().max(1)).unwrap_or(1);
        let extra = u32::try_from(form).unwrap_or(0) < samples % forms;
        samples / forms + u32::from(extra)
    }
}
