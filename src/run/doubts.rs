//! What is known to be wrong with published figures, told beside what was made of them.

use super::task_answers::TaskAnswers;
use super::{Run, who};
use crate::check::Check;
use crate::ground::format::counted;
use crate::profile::{Table, View};
use crate::suite::Task;

impl Run {
    /// What files of figures say to be wrong with those that a check of `model` reads, its own and those that it
    /// is compared with: a line for each fault. `tables` are the check's inputs.
    pub(crate) fn doubts(&self, model: &str, check: &Check, tables: &[Table]) -> Vec<String> {
        let mut lines = Vec::new();
        for (at, (input, table)) in check.measure.inputs().iter().zip(tables).enumerate() {
            // A model that is asked has no figures, and is not to be asked for them.
            let who = who(input, model).filter(|who| self.model(who).is_none());
            let (Some(who), Some(task)) = (who, self.suites.task(&input.task)) else { continue };
            let Ok(answers) = self.answers(who, task, None, input.view) else { continue };
            let rows = check.measure.reads(at, table, &self.suites);
            let reads = |item: &str| match (&rows, table.row(item)) {
                (Some(rows), Some(row)) => rows.contains(&row),
                _ => true,
            };
            for line in told(who, task, &answers, input.view, reads) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        lines
    }
}

/// The faults of the figures that a view of a task is made of, and that are of an item that is read.
fn told(
    who: &str,
    task: &Task,
    answers: &TaskAnswers,
    view: View,
    reads: impl Fn(&str) -> bool,
) -> Vec<String> {
    if answers.doubts.is_empty() {
        return Vec::new();
    }
    let read: Vec<(&str, &str)> =
        answers.profile.cells_of(task, view).filter(|(item, _)| reads(item)).collect();
    let mut faults: Vec<(&str, Vec<String>)> = Vec::new();
    for doubt in answers.doubts.iter().filter(|doubt| read.contains(&(&doubt.item, &doubt.form))) {
        let parts = [&task.id, &doubt.item, &doubt.form].map(String::as_str);
        let place = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        match faults.iter_mut().find(|(why, _)| *why == doubt.why) {
            Some((_, places)) => places.push(place),
            None => faults.push((&doubt.why, vec![place])),
        }
    }
    let line = |(why, places): (&str, Vec<String>)| {
        let more = match places.len() - 1 {
            0 => String::new(),
            more => format!(" and {} more", counted(more, "question")),
        };
        format!("{who}, {}{more}: {why}", places[0])
    };
    faults.into_iter().map(line).collect()
}
