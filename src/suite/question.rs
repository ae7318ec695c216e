//! A question: one item in one form for one sample, with the exact text to send and the meaning of each option that
//! is shown.

use super::{About, Direction, Form, Item, Marker, Task};
use crate::ground::template::fill;

/// One question, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    pub(crate) task: &'a Task,
    /// The item that is asked about.
    pub item: &'a Item,
    pub(crate) form: &'a Form,
    /// The number of this repetition of the item and form, from 0.
    pub(crate) index: u32,
    /// The exact text that is sent.
    pub prompt: String,
    /// The options, in the order in which they are shown.
    pub shown: Vec<Shown>,
}

/// An option as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The index in [`Item::choices`], which says what the option *is*, wherever it is shown.
    pub choice: usize,
    pub text: String,
    /// The short name by which an answer names it, if options are too long to repeat (rankings).
    pub marker: Option<Marker>,
}

impl PartialEq for Task {
    /// Compares tasks by their ids, which are unique in a run.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Task {}

impl Task {
    /// Makes the question for item `item` in form `form`, in repetition `index`.
    ///
    /// `item` and `form` are indices into [`Task::items`] and [`Task::forms`].
    pub fn question(&self, seed: u64, item: usize, form: usize, index: u32) -> Question<'_> {
        let (item, form) = (&self.items[item], &self.forms[form]);
        let marked = self.shape.is_ranking();
        let shown: Vec<Shown> = form
            .show(seed, self, item, index)
            .into_iter()
            .enumerate()
            .map(|(at, (choice, text))| Shown {
                choice,
                text,
                marker: marked.then(|| Marker::of(at, item.choices.len())),
            })
            .collect();
        let prompt = self.render(item, form, &shown);
        Question { task: self, item, form, index, prompt, shown }
    }

    fn render(&self, item: &Item, form: &Form, shown: &[Shown]) -> String {
        let mut words: Vec<(&str, String)> = item.words.clone();
        if let (About::Pair(..), Direction::Swapped) = (&item.about, form.direction) {
            for (name, _) in &mut words {
                *name = match *name {
                    "first" => "second",
                    "second" => "first",
                    other => other,
                };
            }
        }
        words.push(("options", list(shown)));
        words.push(("count", shown.len().to_string()));
        // The text of a dilemma may contain the placeholders {first} and {second}.
        let dilemma = words.iter().position(|(name, _)| *name == "dilemma").map(|at| words.remove(at));
        if let Some((name, text)) = dilemma {
            let text = fill(&text, &words);
            words.push((name, text));
        }
        let prompt = fill(self.prompt.trim(), &words);
        match form.persona.as_ref().and_then(|persona| persona.prefix.as_deref()) {
            Some(prefix) => format!("{prefix}\n\n{prompt}"),
            None => prompt,
        }
    }
}

impl Question<'_> {
    /// Returns the short name of the option that is shown at a place: the one beside it, or the letter of the place. There
    /// are no letters beyond Z.
    pub(crate) fn letter(&self, place: usize) -> Option<String> {
        let marker = self.shown.get(place)?.marker;
        marker.or_else(|| ('A'..='Z').nth(place).map(Marker::Letter)).map(String::from)
    }

    /// Returns the options as the prompt shows them, one per line.
    pub(crate) fn options(&self) -> String {
        list(&self.shown)
    }
}

fn list(shown: &[Shown]) -> String {
    let line = |option: &Shown| match option.marker {
        Some(marker) => format!("{marker}. {}", option.text),
        None => format!("- {}", option.text),
    };
    shown.iter().map(line).collect::<Vec<_>>().join("\n")
}
