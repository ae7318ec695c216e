//! What a measure declares of its sentences: their words, the tasks they are for, and their rows in the
//! reference.

use std::ops::Range;

use super::scope::Scope;
use super::{Measure, Unit};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{Capability, CheckEntry, Task, TaskKind};

/// A form of sentence that a measure understands. All that is told of it elsewhere (what was expected in a
/// wrong sentence, the unit of its number, the reference) comes from here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    /// What follows the name of the task: fixed words, and the placeholders of [`SyntaxPart`].
    pub form: &'static str,
    /// A sentence of this form, for messages.
    pub example: &'static str,
    /// What the kind of the task must provide.
    pub needs: Capability,
    /// What its number counts.
    pub unit: Unit,
    /// What its number is, in a phrase.
    pub means: &'static str,
    pub chance: ShuffledChance,
    /// Looks up the names of a sentence whose task has what is needed.
    pub build: Build,
}

type Build = fn(&Sentence<'_>, &Scope<'_>, &Task) -> BuiltMeasure;

/// A measure that is ready to be used, or what is wrong with its sentence.
pub(crate) type BuiltMeasure = Result<Box<dyn Measure>, Box<Diagnostic>>;

/// How the level that respondents with shuffled labels reach is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ShuffledChance {
    /// `beats chance` can stand in place of a bound.
    Beaten(&'static str),
    /// `beats chance` is refused, for a reason.
    Shown(&'static str, &'static str),
    /// Labels play no part, so there is no such level, and `beats chance` is refused for a reason.
    NoPart(&'static str),
}

/// One part of a syntax, with its placeholder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum SyntaxPart {
    Word(&'static str),
    /// `top-K`: `top-5`
    TopK,
    /// `K`: `3`
    Number,
    /// `P%`: `70%` as part of the name (not the bound): `Jaccard at 70%`
    Percent,
    /// `±K`: `±2`, `+-2`
    Within,
    /// `{a value}`: a value, a respondent or a task, looked up later.
    Name(&'static str),
    /// `{baselines}`, `{values}`: one word, two names or more, with commas between them. It holds the word for one.
    Names(&'static str),
    /// `LEVEL`: one or more words up to `in`, a comparison or `beats`: a level of the scale.
    Level,
    /// `[in CONTEXT or every context]`: nothing, `in medical`, or `in every context`.
    Where,
    /// `[in CONTEXT]`: nothing, or `in medical`.
    In,
    /// `>= X` or, where less is better, `<= X`: either sign and a number, or `beats chance`.
    Bound,
    /// `for >= X`: `for >= 75%`, or `beats chance`.
    BoundFor,
}

/// What is asked of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// The estimate must be this number or more, in the unit of the measure.
    AtLeast(f64),
    /// The estimate must be this number or less, in the unit of the measure.
    AtMost(f64),
    /// The estimate must be above that of 95 % of respondents with shuffled labels.
    BeatsChance,
}

/// Where in the task a check looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceInTask {
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

/// A sentence that fits a syntax; its names are not yet looked up.
#[derive(Debug, Clone)]
pub(crate) struct Sentence<'a> {
    pub entry: &'a CheckEntry,
    pub task: Word,
    pub numbers: Vec<(usize, Range<usize>)>,
    pub share: f64,
    pub names: Vec<Word>,
    pub level: Option<Word>,
    pub place: PlaceInTask,
    pub test: Option<Test>,
    /// Where the number of the bound stands.
    pub bound: Option<Range<usize>>,
    pub syntax: Syntax,
}

impl<'a> Sentence<'a> {
    /// Begins a sentence of which only the task has been read.
    pub(crate) fn begun(entry: &'a CheckEntry, task: &Word, syntax: Syntax) -> Self {
        Sentence {
            entry,
            task: task.clone(),
            numbers: Vec::new(),
            share: 0.0,
            names: Vec::new(),
            level: None,
            place: PlaceInTask::All,
            test: None,
            bound: None,
            syntax,
        }
    }

    /// Returns the sentence in its canonical spelling.
    pub(crate) fn canonical(&self) -> String {
        let mut words = vec![self.task.text.clone()];
        let mut numbers = self.numbers.iter().map(|(number, _)| *number);
        let mut names = self.names.iter();
        let mut number = || numbers.next().unwrap_or_default();
        let unit = self.syntax.unit;
        for part in self.syntax.parts() {
            match part {
                SyntaxPart::Word(word) => words.push(word.to_owned()),
                SyntaxPart::TopK => words.push(format!("top-{}", number())),
                SyntaxPart::Number => words.push(number().to_string()),
                SyntaxPart::Within => words.push(format!("±{}", number())),
                SyntaxPart::Percent => words.push(Unit::Share.exact(self.share)),
                SyntaxPart::Name(_) => words.extend(names.next().map(|name| name.text.clone())),
                SyntaxPart::Names(_) => {
                    let names: Vec<&str> = names.by_ref().map(|name| name.text.as_str()).collect();
                    words.push(names.join(", "));
                }
                SyntaxPart::Level => words.extend(self.level.iter().map(|level| level.text.to_lowercase())),
                SyntaxPart::Where | SyntaxPart::In => match &self.place {
                    PlaceInTask::All => {}
                    PlaceInTask::In(context) => words.push(format!("in {}", context.text)),
                    PlaceInTask::Every => words.push("in every context".to_owned()),
                },
                SyntaxPart::Bound | SyntaxPart::BoundFor => {
                    let lead = if part == SyntaxPart::BoundFor { "for " } else { "" };
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
    pub(crate) fn parts(&self) -> Vec<SyntaxPart> {
        let (mut parts, mut rest, mut bound) = (Vec::new(), self.form, SyntaxPart::Bound);
        while let Some(first) = rest.chars().next() {
            let (close, past) = match first {
                '{' => ('}', 1),
                '[' => (']', 1),
                _ => (' ', 0),
            };
            let (word, after) = rest.split_at(rest.find(close).map_or(rest.len(), |end| end + past));
            rest = after.trim_start();
            parts.push(match word {
                "top-K" => SyntaxPart::TopK,
                "K" => SyntaxPart::Number,
                "P%" => SyntaxPart::Percent,
                "±K" => SyntaxPart::Within,
                "LEVEL" => SyntaxPart::Level,
                "[in CONTEXT or every context]" => SyntaxPart::Where,
                "[in CONTEXT]" => SyntaxPart::In,
                "for" => {
                    bound = SyntaxPart::BoundFor;
                    continue;
                }
                ">=" | "<=" => continue,
                "X" => bound,
                name if first == '{' => match name.trim_matches(['{', '}']) {
                    // A list is named by one word, a single name with its article.
                    several if !several.contains(' ') => SyntaxPart::Names(several.trim_end_matches('s')),
                    one => SyntaxPart::Name(one),
                },
                word => SyntaxPart::Word(word),
            });
        }
        parts
    }

    /// Returns the form as the reference has it.
    pub(crate) fn written(&self) -> SentenceForm {
        let unit = match self.unit {
            Unit::Share => "SHARE",
            Unit::Index => "INDEX",
            Unit::Correlation => "CORRELATION",
            Unit::Number | Unit::Place => "NUMBER",
        };
        let mut pattern = self.form.replace("P%", "SHARE").replace("or every", "| in every");
        for part in self.parts() {
            if let SyntaxPart::Names(what) = part {
                let name = what.to_uppercase();
                pattern = pattern.replace(&format!("{{{what}s}}"), &format!("{name}, {name}"));
            }
            let SyntaxPart::Name(what) = part else { continue };
            let name = match what.rsplit_once(' ') {
                Some(("another", noun)) => format!("OTHER-{noun}"),
                Some((_, noun)) if what.starts_with('`') => format!("SNAPSHOT-OR-{noun}"),
                _ => what.trim_start_matches("a ").to_owned(),
            };
            pattern = pattern.replace(&format!("{{{what}}}"), &name.to_uppercase());
        }
        let bound = pattern.strip_suffix('X').map(|before| format!("{before}{unit}"));
        let chance = match self.chance {
            _ if bound.is_none() => Err("it has no bound"),
            ShuffledChance::Beaten(_) => Ok(()),
            ShuffledChance::Shown(_, why) | ShuffledChance::NoPart(why) => Err(why),
        };
        let shuffled = match self.chance {
            ShuffledChance::Beaten(how) | ShuffledChance::Shown(how, _) => how,
            ShuffledChance::NoPart(_) => "labels play no part",
        };
        SentenceForm {
            unit: bound.is_some().then_some(self.unit),
            pattern: bound.unwrap_or(pattern),
            example: self.example,
            kinds: self.needs.kinds().into_iter().map(TaskKind::name).collect(),
            means: self.means,
            chance,
            shuffled,
        }
    }
}

/// One form of sentence as the reference shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentenceForm {
    /// What follows the task's id, with names and numbers as placeholders in capitals: `selects VALUE >= SHARE`.
    pub pattern: String,
    /// A sentence of this form.
    pub example: &'static str,
    /// The kinds of task that it goes with.
    pub kinds: Vec<&'static str>,
    /// What its number is.
    pub means: &'static str,
    /// The unit of its bound; `None` where it has no bound.
    pub unit: Option<Unit>,
    /// Whether `beats chance` may replace the bound, or why not.
    pub chance: Result<(), &'static str>,
    /// How the level that shuffled labels reach is found.
    pub shuffled: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_takes_names_of_any_sort_and_is_written_with_two() {
        let syntax = Syntax {
            form: "selects one or more of {values} >= X",
            example: "T1 selects one or more of fairness, privacy >= 90%",
            needs: Capability::Selection,
            unit: Unit::Share,
            means: "",
            chance: ShuffledChance::NoPart(""),
            build: |_, _, _| unreachable!("nothing is built"),
        };
        assert!(syntax.parts().contains(&SyntaxPart::Names("value")));
        assert_eq!(syntax.written().pattern, "selects one or more of VALUE, VALUE >= SHARE");
    }
}
