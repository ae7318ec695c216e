//! `T3 direction effect <= 0.15`: how far naming a value first moves answers towards it.
//!
//! Half of the mean over items of (net preference when the pair is named as stated − when swapped), in
//! absolute value. It is 0 when the direction makes no difference, and 1 when every answer sides with
//! whatever is named first. Items are averaged before the sign is dropped, so that sampling noise does not
//! add up to an effect.

use super::scope::Scope;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find, pairs, score};
use crate::profile::{Table, View};
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "direction effect <= X",
    example: "T3 direction effect <= 0.15",
    needs: Capability::Pairs,
    unit: Unit::Index,
    means: "how far naming a value first moves answers towards it, over all questions",
    chance: ShuffledChance::Shown("2,000 draws", "a smaller effect is better"),
    build,
}];

#[derive(Debug)]
struct DirectionEffect {
    task: String,
}

fn build(sentence: &Sentence<'_>, _: &Scope<'_>, task: &Task) -> BuiltMeasure {
    if task.forms.len() < 2 {
        let message = format!("{} is asked in one direction only, so it has no direction effect", task.id);
        return Err(Scope::wrong(sentence.entry, sentence.task.span.clone(), message));
    }
    Ok(Box::new(DirectionEffect { task: task.id.clone() }))
}

impl DirectionEffect {
    fn cells(
        &self,
        tables: &[Table],
        suites: &Suites,
    ) -> Result<(Vec<score::Score>, Vec<score::Score>), Undefined> {
        if tables.iter().any(|table| table.rows.is_empty()) {
            return Err(Undefined::Other(format!(
                "the figures for {} do not say which value was named first",
                self.task
            )));
        }
        let how =
            score::TablePair { with: "the other direction", signed: false, pooled: false, context: None };
        score::shared(find(suites, &self.task)?, &tables[0], &tables[1], how)
    }
}

impl Measure for DirectionEffect {
    fn inputs(&self) -> Vec<Input> {
        ["stated", "swapped"].map(|form| Input::subject(&self.task, View::Form(form))).to_vec()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let (stated, swapped) = self.cells(tables, suites)?;
        Ok(Box::new(move |tables| {
            let shifts = stated.iter().zip(&swapped).map(|(a, b)| a.score(&tables[0]) - b.score(&tables[1]));
            Ok((shifts.sum::<f64>() / stated.len() as f64 / 2.0).abs())
        }))
    }

    fn tested(&self, suites: &Suites) -> Tested {
        let items = suites.task(&self.task).map_or(1, |task| task.items.len().max(1));
        // An effect can be in either direction, so its rate is halved.
        Tested::Mean { lowest: -1.0, pooled: items as f64, spent: None, above: 2.0, below: 1.0 }
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let (stated, swapped) = self.cells(tables, suites)?;
        // The effect is the mean over answers of +1 for one that sides with the value named first, −1 for one
        // that sides with the other, and 0 between. Answers count in complete rounds of all items in both
        // directions.
        let mut sides: Vec<(Vec<i32>, f64)> = Vec::new();
        for (cells, table, sign) in [(&stated, &tables[0], 1.0), (&swapped, &tables[1], -1.0)] {
            for part in cells.iter().flat_map(score::Score::parts) {
                // Answers that are known only as totals cannot be counted in rounds.
                let Some(answers) = pairs::answers(part, table) else { return Ok((0.0, 1.0)) };
                sides.push((answers, sign));
            }
        }
        let rounds = sides.iter().map(|(answers, _)| answers.len()).min().unwrap_or(0);
        if rounds == 0 {
            return Ok((0.0, 1.0));
        }
        // Unread responses all side with the value named last, or all with the one named first.
        let counted = |unread_as: f64| {
            let mut counts = [(1.0, 0.0), (0.0, 0.0), (-1.0, 0.0)];
            for (answers, sign) in &sides {
                for answer in &answers[..rounds] {
                    let unread = *answer == pairs::UNKNOWN;
                    let value = if unread { unread_as } else { sign * f64::from(*answer) };
                    counts[(1.0 - value) as usize].1 += 1.0;
                }
            }
            counts
        };
        let (least, most) = (counted(-1.0), counted(1.0));
        let ends = |rate: f64| -> Ends {
            Ok((sure.design.mean_at_least(&least, rate)?, sure.design.mean_at_most(&most, rate)?))
        };
        // Both ends must hold to show that there is no effect, each at the whole rate. An effect may be in
        // either direction, each at half the rate.
        let (both, either) = (ends(sure.rate)?, ends(sure.rate / 2.0)?);
        Ok((either.0.max(-either.1).max(0.0), both.1.max(-both.0)))
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok((stated, swapped)) = self.cells(tables, suites) else { return Vec::new() };
        let mut shifts: Vec<(f64, &str)> = stated
            .iter()
            .zip(&swapped)
            .map(|(a, b)| ((a.score(&tables[0]) - b.score(&tables[1])) / 2.0, a.label.as_str()))
            .collect();
        shifts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        shifts
            .iter()
            .take(3)
            .filter(|(shift, _)| *shift != 0.0)
            .map(|(shift, label)| {
                format!(
                    "{label} {:.2} towards the value named {}",
                    shift.abs(),
                    if *shift > 0.0 { "first" } else { "last" }
                )
            })
            .collect()
    }
}
