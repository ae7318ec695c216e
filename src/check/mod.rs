//! Checks: sentences that say what a respondent should value, read into the measures behind them.
//!
//! `sentence` matches the words with what the measures understand, and `chance` computes what a respondent
//! without opinions would get. `verdict` decides whether a check holds.

pub(crate) mod chance;
mod sentence;

pub(crate) use crate::measure::{BESIDE, Measure, Tested};
pub use crate::measure::{Confidence, Input, Scope, SentenceForm, Test, Undefined, Unit, Who, forms};

use std::ops::Range;

use crate::ground::diagnostic::Diagnostic;
use crate::measure::syntax::ShuffledChance;
use crate::profile::Table;
use crate::suite::{CheckEntry, Suites};

/// A check that has been read and whose names are all known.
#[derive(Debug)]
pub struct Check {
    /// The sentence in its canonical spelling, which is the test's name.
    pub sentence: String,
    /// The task that the sentence begins with.
    pub task: String,
    /// What the check asks of the number: a bound, or that it beats chance.
    pub test: Test,
    /// Where its bound stands in the file.
    bound: Range<usize>,
    /// The unit of its number.
    pub unit: Unit,
    /// Whether its number would change if the labels of the answers were shuffled.
    pub labels_count: bool,
    /// The measure that the sentence names.
    pub measure: Box<dyn Measure>,
    /// The sentence as its file has it, with its place and the models it is for.
    pub entry: CheckEntry,
    /// The warning about words that have been renamed.
    pub renamed: Option<Diagnostic>,
}

/// Returns the form of a check's sentence, as the reference shows it.
///
/// # Errors
/// The words fit no measure.
#[cfg(feature = "cli")]
pub(crate) fn form(entry: &CheckEntry) -> Result<SentenceForm, Box<Diagnostic>> {
    Ok(sentence::parse(entry, &crate::measure::syntaxes())?.syntax.written())
}

/// Reads the sentence of a check and looks up its names.
///
/// # Errors
/// The words fit no measure, or name a task, value, level, context or respondent that is not there.
pub fn read(entry: &CheckEntry, scope: &Scope<'_>) -> Result<Check, Box<Diagnostic>> {
    // The sentence becomes a test's name, which is printed unchanged.
    let odd = |c: char| (c.is_control() && !c.is_whitespace()) || crate::ground::text::is_bidi(c);
    if entry.sentence.contains(odd) {
        let message = "a check must be plain text, without control characters".to_owned();
        return Err(Scope::wrong(entry, entry.span.clone(), message));
    }
    let sentence = sentence::parse(entry, &crate::measure::syntaxes())?;
    let syntax = sentence.syntax;
    let task = scope.task_for(syntax.needs, &sentence.task, entry)?;
    let measure = (syntax.build)(&sentence, scope, task)?;
    // Without a bound in the sentence, the measure's own test counts.
    let test = sentence.test.or(measure.implied()).ok_or_else(|| {
        Box::new(Diagnostic::new("this check has no bound").at(&entry.source, entry.span.clone()))
    })?;
    let range = measure.range(scope.suites).unwrap_or_else(|| syntax.unit.ends());
    let open = match test {
        Test::AtLeast(bound) => syntax.unit.open(bound, true, range),
        Test::AtMost(bound) => syntax.unit.open(bound, false, range),
        Test::BeatsChance => Ok(()),
    };
    let at = || sentence.bound.clone().unwrap_or_else(|| entry.span.clone());
    open.map_err(|why| Scope::wrong(entry, at(), why))?;
    Ok(Check {
        bound: at(),
        sentence: sentence.canonical(),
        task: sentence.task.text.clone(),
        test,
        unit: syntax.unit,
        labels_count: !matches!(syntax.chance, ShuffledChance::NoPart(_)),
        measure,
        entry: entry.clone(),
        renamed: sentence::renamed::warning(entry),
    })
}

impl Check {
    /// Returns the mistake that any answers meet the bound, or none do, since the figures that the check compares with leave
    /// nothing else. `theirs` are the tables of all inputs but the first.
    ///
    /// # Errors
    /// There is no such mistake, or the figures cannot be compared: then that is told where the check is judged.
    pub fn settled_by(&self, theirs: &[Table], suites: &Suites) -> Result<(), Box<Diagnostic>> {
        let Some(range) = self.measure.reach(theirs, suites) else { return Ok(()) };
        let open = match self.test {
            Test::AtLeast(bound) => self.unit.open(bound, true, range),
            Test::AtMost(bound) => self.unit.open(bound, false, range),
            Test::BeatsChance => Ok(()),
        };
        let whom: Vec<String> = self
            .measure
            .inputs()
            .into_iter()
            .filter_map(|input| match input.who {
                Who::Respondent(name) => Some(name),
                Who::Subject | Who::Snapshot => None,
            })
            .collect();
        open.map_err(|why| {
            let why = format!("with the figures of {}, {why}", whom.join(" and "));
            Scope::wrong(&self.entry, self.bound.clone(), why)
        })
    }
}
