//! What a measure says of the sentences it understands: their words, the tasks they are for, and the row
//! that each has in the reference.

use std::ops::Range;

use super::scope::Scope;
use super::{Measure, Unit};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{Capability, CheckEntry, Task};

/// A form of sentence that a measure understands. Everything that is told of it elsewhere (what was expected
/// where a sentence goes wrong, the unit of its number, the reference) is taken from here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    /// What follows the name of the task.
    pub parts: &'static [Part],
    /// A sentence of this form, for messages.
    pub example: &'static str,
    /// What the task must have: its kind says whether it does.
    pub needs: Capability,
    /// What its number counts.
    pub unit: Unit,
    /// What its number is, in a phrase.
    pub says: &'static str,
    /// How its chance level under shuffled labels is found.
    pub chance: &'static str,
    /// Looks up the names of a sentence, which is about a task that has what is needed.
    pub build: Build,
}

type Build = fn(&Sentence<'_>, &Scope<'_>, &Task) -> Built;

/// A measure that is ready to be asked for its number, or what is wrong with the sentence.
pub(crate) type Built = Result<Box<dyn Measure>, Box<Diagnostic>>;

/// One part of a syntax.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Part {
    Word(&'static str),
    /// `top-5`
    TopK,
    /// `3`
    Number,
    /// `70%` as part of the name (not the bound): `Jaccard at 70%`
    Percent,
    /// `±2`, `+-2`
    Within,
    /// A value, a respondent or a task: a word that is looked up later.
    Name(&'static str),
    /// One or more words up to `in`, a comparison or `beats`: a level of the scale.
    Level,
    /// Nothing, `in medical`, or `in every context`.
    Where,
    /// Nothing, or `in medical`.
    In,
    /// `>= 0.8`, or `beats chance`.
    Bound,
    /// `for >= 75%`, or `beats chance`.
    BoundFor,
    /// `<= 0.1`, but not `beats chance`; and why not.
    Limit(&'static str),
}

/// What is asked of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    AtLeast(f64),
    AtMost(f64),
    /// More than 95 % of respondents with shuffled labels get.
    BeatsChance,
}

/// Where a check looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// All contexts pooled.
    All,
    In(Word),
    Every,
}

/// A word of the sentence with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub text: String,
    pub span: Range<usize>,
}

/// A sentence that fits a syntax; names are not yet looked up.
#[derive(Debug, Clone)]
pub(crate) struct Sentence<'a> {
    pub entry: &'a CheckEntry,
    pub task: Word,
    pub numbers: Vec<(usize, Range<usize>)>,
    pub share: f64,
    pub names: Vec<Word>,
    pub level: Option<Word>,
    pub place: Place,
    pub test: Option<Test>,
    pub syntax: Syntax,
}

impl<'a> Sentence<'a> {
    /// A sentence of which only the task has been read.
    pub(crate) fn begun(entry: &'a CheckEntry, task: &Word, syntax: Syntax) -> Self {
        Sentence {
            entry,
            task: task.clone(),
            numbers: Vec::new(),
            share: 0.0,
            names: Vec::new(),
            level: None,
            place: Place::All,
            test: None,
            syntax,
        }
    }

    /// The sentence in its one canonical spelling.
    pub(crate) fn canonical(&self) -> String {
        let mut words = vec![self.task.text.clone()];
        let mut numbers = self.numbers.iter().map(|(number, _)| *number);
        let mut names = self.names.iter();
        let mut number = || numbers.next().unwrap_or_default();
        let unit = self.syntax.unit;
        for part in self.syntax.parts {
            match part {
                Part::Word(word) => words.push((*word).to_owned()),
                Part::TopK => words.push(format!("top-{}", number())),
                Part::Number => words.push(number().to_string()),
                Part::Within => words.push(format!("±{}", number())),
                Part::Percent => words.push(Unit::Share.exact(self.share)),
                Part::Name(_) => words.extend(names.next().map(|name| name.text.clone())),
                Part::Level => words.extend(self.level.iter().map(|level| level.text.to_lowercase())),
                Part::Where | Part::In => match &self.place {
                    Place::All => {}
                    Place::In(context) => words.push(format!("in {}", context.text)),
                    Place::Every => words.push("in every context".to_owned()),
                },
                Part::Bound | Part::BoundFor | Part::Limit(_) => {
                    let lead = if *part == Part::BoundFor { "for " } else { "" };
                    match self.test {
                        Some(Test::AtLeast(bound)) => words.push(format!("{lead}>= {}", unit.exact(bound))),
                        Some(Test::AtMost(bound)) => words.push(format!("{lead}<= {}", unit.exact(bound))),
                        Some(Test::BeatsChance) => words.push("beats chance".to_owned()),
                        None => {}
                    }
                }
            }
        }
        words.join(" ")
    }
}

impl Syntax {
    /// The sentence with what may stand at each place, for the reference.
    fn form(&self) -> String {
        let mut words = vec!["TASK".to_owned()];
        for part in self.parts {
            words.push(match part {
                Part::Word(word) => (*word).to_owned(),
                Part::TopK => "top-K".to_owned(),
                Part::Number => "K".to_owned(),
                Part::Percent => "P%".to_owned(),
                Part::Within => "±K".to_owned(),
                Part::Name(what) => what.trim_start_matches("a ").replace(' ', "-").to_uppercase(),
                Part::Level => "LEVEL".to_owned(),
                Part::Where => "[in CONTEXT, in every context]".to_owned(),
                Part::In => "[in CONTEXT]".to_owned(),
                Part::Bound | Part::Limit(_) => ">= X".to_owned(),
                Part::BoundFor => "for >= X".to_owned(),
            });
        }
        words.join(" ")
    }

    /// The row of the reference.
    pub(super) fn row(&self) -> String {
        let kinds: Vec<String> = self.needs.kinds().iter().map(|kind| format!("`{kind}`")).collect();
        let chance = match self.parts.last() {
            Some(Part::Limit(why)) => format!("{}; no `beats chance`: {why}", self.chance),
            _ => self.chance.to_owned(),
        };
        format!(
            "| `{}` | `{}` | {} | {} | {} | {chance} |",
            self.form(),
            self.example,
            kinds.join(", "),
            self.says,
            self.unit.range()
        )
    }
}
