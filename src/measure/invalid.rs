//! `T1 invalid <= 5%`: the share of responses that were no answer, over all items and forms.

use super::scope::Scope;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit};
use crate::profile::{Table, View};
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "invalid <= X",
    example: "T1 invalid <= 5%",
    needs: Capability::Scores,
    unit: Unit::Share,
    means: "share of responses that were no answer, over all questions",
    chance: ShuffledChance::NoPart("invalid answers have no labels that could be shuffled"),
    build,
}];

#[derive(Debug)]
struct InvalidShare {
    task: String,
}

fn build(_: &Sentence<'_>, _: &Scope<'_>, task: &Task) -> BuiltMeasure {
    Ok(Box::new(InvalidShare { task: task.id.clone() }))
}

impl Measure for InvalidShare {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Validity)]
    }

    fn prepare(&self, tables: &[Table], _: &Suites) -> Result<Statistic, Undefined> {
        if tables[0].rows.is_empty() {
            return Err(Undefined::NoAnswers(self.task.clone()));
        }
        Ok(Box::new(|tables| Ok(tables[0].rows[0].shares[1])))
    }

    fn explain(&self, _: &[Table], _: &Suites) -> Vec<String> {
        // The reasons are printed with every verdict that has invalid answers, so there is nothing to add.
        Vec::new()
    }

    fn tested(&self, suites: &Suites) -> Tested {
        let responses = suites.task(&self.task).map_or(1, |task| {
            let forms = if task.counterbalanced { 1 } else { task.forms.len() };
            (task.items.len() * forms).max(1)
        });
        Tested::Mean { lowest: 0.0, pooled: responses as f64, spent: None, above: 1.0, below: 1.0 }
    }

    fn interval(&self, tables: &[Table], _: &Suites, sure: &Confidence) -> Ends {
        let row = tables[0].rows.first().ok_or_else(|| Undefined::NoAnswers(self.task.clone()))?;
        let (invalid, all) = (row.shares[1] * f64::from(row.n), row.responses());
        // What was lost was no answer, or was one.
        let most = invalid + f64::from(row.unread);
        Ok((
            sure.design.share_at_least(invalid, all, sure.rate)?,
            sure.design.share_at_most(most, all, sure.rate)?,
        ))
    }
}
