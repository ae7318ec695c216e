//! What is measured of each respondent: its alignment with the groups, and the robustness of its selections.

use super::super::Failure;
use super::super::diff::{DiffSide, unknown};
use crate::check::{self, Check, Scope, Who};
use crate::compare::alignments::{
    AlignedRespondent, Alignments, ColumnCorrelation, Robustness, RobustnessOf,
};
use crate::ground::diagnostic::Source;
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::profile::{Table, View};
use crate::run::Run;
use crate::suite::{Capability, CheckEntry, Shape, Task};

/// The share of answers that the study's S5 asks for.
const CHOSEN: &str = "70%";

/// A bound that every sentence takes; nothing is judged by it.
const BOUND: &str = ">= 0.5";

/// The checks whose numbers are shown.
pub(super) struct Measured<'a> {
    run: &'a Run,
    /// What is measured with each group, as it is shown.
    by: String,
    groups: [String; 2],
    /// With the first group and with the second.
    alignment: [Check; 2],
    robustness: Option<RobustnessChecks>,
}

/// S4, S5, S6, and across synonyms.
struct RobustnessChecks {
    of: RobustnessOf,
    checks: [Check; 4],
}

/// What is told beside the numbers, each line once.
#[derive(Default)]
struct BesideNumbers {
    not_told: Vec<String>,
    doubts: Vec<String>,
    left_out: Vec<String>,
}

impl<'a> Measured<'a> {
    /// Reads what is to be measured `by`: a check up to its `with`.
    pub(super) fn read(
        run: &'a Run,
        by: &str,
        groups: [String; 2],
        robustness: Option<&str>,
    ) -> Result<Measured<'a>, Failure> {
        let by = by.split_whitespace().collect::<Vec<_>>().join(" ");
        if by.is_empty() {
            return Err(Failure::Misuse(
                "--by is empty: name a task and a measure, such as \"T2 Spearman\"".to_owned(),
            ));
        }
        if let Some((before, _)) = by.split_once(" with ").or_else(|| by.split_once(" with")) {
            return Err(Failure::Misuse(format!(
                "--by ends before `with`, since --groups says with whom: write --by \"{}\"",
                one_line(before, 200)
            )));
        }
        if !by.contains(' ') {
            let tasks = run.suites.suites.iter().filter_map(|suite| suite.task.as_ref());
            let shown = one_line(&by, 100);
            return Err(Failure::Misuse(match tasks.into_iter().any(|task| task.id == by) {
                true => format!(
                    "--by \"{shown}\" names a task, but no measure: write, for example, --by \"{shown} Spearman\""
                ),
                false => format!(
                    "--by \"{shown}\" is one word: name a task and a measure, such as \"T2 Spearman\""
                ),
            }));
        }
        let (measure, context) = match by.split_once(" in ") {
            Some((measure, context)) => (measure, format!(" in {context}")),
            None => (by.as_str(), String::new()),
        };
        let [first, second] = &groups;
        let with = |group: &str| sentence(run, &format!("{measure} with {group}{context} {BOUND}"));
        let alignment = [with(first)?, with(second)?];
        let robustness = robustness_of(run, robustness)?;
        Ok(Measured { run, by, groups, alignment, robustness })
    }

    /// Measures them all.
    pub(super) fn of(&self, sides: &[DiffSide], partial: bool) -> Alignments {
        let mut told = BesideNumbers::default();
        let respondents: Vec<AlignedRespondent> =
            sides.iter().map(|side| self.respondent(side, &mut told)).collect();
        let BesideNumbers { not_told, doubts, left_out } = told;
        Alignments {
            by: self.by.clone(),
            unit: self.alignment[0].unit,
            groups: self.groups.each_ref().map(|group| one_line(group, 200)),
            correlation: ColumnCorrelation::of(&respondents, &self.groups, partial),
            respondents,
            robustness: self.robustness.as_ref().map(|robustness| robustness.of.clone()),
            not_told,
            doubts,
            left_out,
        }
    }

    fn respondent(&self, side: &DiffSide, told: &mut BesideNumbers) -> AlignedRespondent {
        let found = self.alignment.each_ref().map(|check| self.number(side, check, told));
        let answers = found.iter().flatten().map(|(_, answers)| *answers).min();
        let number = |found: Option<(f64, u32)>| found.map(|(number, _)| number);
        let robustness = self.robustness.as_ref().map(|RobustnessChecks { checks, .. }| {
            let [top, chosen, spread, synonyms] =
                checks.each_ref().map(|check| number(self.number(side, check, told)));
            Robustness { top, chosen, spread, synonyms }
        });
        AlignedRespondent { name: side.name.clone(), answers, alignment: found.map(number), robustness }
    }

    /// The number of a check about a side, and the fewest answers to a question that it rests on; where there is
    /// none, why is told.
    fn number(&self, side: &DiffSide, check: &Check, told: &mut BesideNumbers) -> Option<(f64, u32)> {
        match self.measure(side, check) {
            Ok((number, tables)) => {
                let doubts = self.run.doubts(&side.name, check);
                doubts.into_iter().for_each(|doubt| push(&mut told.doubts, doubt));
                self.left_out(side, check, told);
                let inputs = check.measure.inputs();
                let own = inputs.iter().zip(&tables).filter(|(input, _)| input.who == Who::Subject);
                let answers = own.flat_map(|(_, table)| &table.rows).map(|row| row.n).min();
                Some((number, answers.unwrap_or(0)))
            }
            Err(why) => {
                // Messages about a file have its line below them.
                let why = one_line(why.lines().next().unwrap_or_default().trim_start_matches("error: "), 400);
                let own = why.starts_with(&format!("{}:", side.name))
                    || why.starts_with(&format!("{} ", side.name));
                push(&mut told.not_told, if own { why } else { format!("{}: {why}", side.name) });
                None
            }
        }
    }

    /// The number, and the tables it is of.
    fn measure(&self, side: &DiffSide, check: &Check) -> Result<(f64, Vec<Table>), String> {
        let tables = side.tables_now(self.run, check)?;
        let inputs = check.measure.inputs();
        // Another number of orders would give a number that is not the others' kind.
        if let Some((input, _)) = inputs.iter().zip(&tables).find(|(_, table)| table.rows.is_empty()) {
            return Err(match input.view {
                View::Form(form) => {
                    format!("no answers to {} in the form `{form}`", input.task)
                }
                _ => format!("no answers to {}", input.task),
            });
        }
        let undefined = |why: check::Undefined| why.to_string();
        let mut statistic = check.measure.prepare(&tables, &self.run.suites).map_err(undefined)?;
        let number = statistic(&tables).map_err(undefined)?;
        if number.is_finite() { Ok((number, tables)) } else { Err(format!("{number} is no number")) }
    }

    /// Adds how many of its responses have no answer.
    fn left_out(&self, side: &DiffSide, check: &Check, told: &mut BesideNumbers) {
        for input in check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject) {
            let Some(task) = self.run.suites.task(&input.task) else { continue };
            let Some((invalid, all)) = side.unread(self.run, task, input.view) else { continue };
            if invalid > 0 {
                let form = match input.view.forms(task).as_slice() {
                    [form] if task.forms.len() > 1 => format!(" ({})", task.forms[*form].label),
                    _ => String::new(),
                };
                let has = if invalid == 1 { "has" } else { "have" };
                push(
                    &mut told.left_out,
                    format!(
                        "{}: {invalid} of {} to {}{form} {has} no answer",
                        side.name,
                        counted(all as usize, "response"),
                        task.id
                    ),
                );
            }
        }
    }
}

/// Adds a line that is not there yet.
fn push(lines: &mut Vec<String>, line: String) {
    if !lines.contains(&line) {
        lines.push(line);
    }
}

/// The check that a sentence of this program and the command line says.
fn sentence(run: &Run, text: &str) -> Result<Check, Failure> {
    let respondents = run.tallies.names().chain(run.config.roles()).collect();
    let scope = Scope { suites: &run.suites, respondents };
    let entry = CheckEntry { source: Source::new("--by", text), ..CheckEntry::of(text) };
    check::read(&entry, &scope)
        .map_err(|problem| Failure::Misuse(problem.to_string().trim_start_matches("error: ").to_owned()))
}

/// What robustness is measured of: the task of this name, or the first that selects among options.
fn robustness_of(run: &Run, wanted: Option<&str>) -> Result<Option<RobustnessChecks>, Failure> {
    let tasks = || run.suites.suites.iter().filter_map(|suite| suite.task.as_ref());
    let selects = |task: &&Task| task.kind.has(Capability::Selection);
    let task = match wanted {
        None => tasks().find(selects),
        Some(id) => {
            let task = tasks().find(|task| task.id == id);
            let task = task
                .ok_or_else(|| Failure::Misuse(unknown("task", id, tasks().map(|task| task.id.as_str()))))?;
            if !selects(&task) {
                return Err(Failure::Misuse(format!(
                    "--robustness is of a task that selects among options, and {} is of kind {}",
                    task.id, task.kind
                )));
            }
            Some(task)
        }
    };
    let Some((task, pick)) = task.and_then(|task| match task.shape {
        Shape::Set { pick } => Some((task.id.as_str(), pick)),
        _ => None,
    }) else {
        return Ok(None);
    };
    let checks = [
        sentence(run, &format!("{task} top-{pick} Jaccard across orders {BOUND}"))?,
        sentence(run, &format!("{task} Jaccard at {CHOSEN} across orders {BOUND}"))?,
        sentence(run, &format!("{task} count spread across orders {BOUND}"))?,
        sentence(run, &format!("{task} top-{pick} Jaccard across synonyms {BOUND}"))?,
    ];
    Ok(Some(RobustnessChecks { of: RobustnessOf { task: task.to_owned(), pick }, checks }))
}
