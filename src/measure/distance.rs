//! How far the subject's answers are from the other side's, as distributions over the levels of a scale:
//!
//! - `T2 mean difference with us-sample <= 0.3`: the mean over the questions of the total variation distance, the share
//!   of answers that would have to change; levels that either side does not tell are pooled, so that of figures
//!   that tell one level it is the difference of that share;
//! - `T2 alignment with us-sample >= 0.8`: 1 less the mean over the questions of the Wasserstein distance W₁ over the
//!   greatest that it can be, levels − 1: 1 for the same distributions, 0 for opposite ends. It is the measure
//!   of OpinionsQA (Santurkar et al., "Whose opinions do language models reflect?", ICML 2023). Where the other side's
//!   figures do not tell all levels, what they leave open is in the interval, and the value is the least that it
//!   could be.
//!
//! Both distances are the largest difference of means that some function of one answer has: of the sets of levels
//! for total variation, of the functions that move by one from level to level for W₁ (Kantorovich and
//! Rubinstein, 1958). So their mean is a sum of largest means, on which both sides can be bet (`stats::sums`).

use std::borrow::Cow;

use super::outcomes::RowOutcomes;
use super::scope::Scope;
use super::score::{self, about};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Input, Measure, Statistic, Tested, Undefined, Unit, Who, find};
use crate::profile::{Row, Table, View};
use crate::stats::sums::{Payoff, SumOfMeans, SummedQuestion};
use crate::suite::{Capability, Item, Suites, Task};

mod levels;

use levels::{Compared, Metric};

const CHANCE: &str = "2,000 draws";

/// The functions that tell two distributions apart double with each level.
const MOST_LEVELS: usize = 7;

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "mean difference with {a baseline} [in CONTEXT] <= X",
        example: "T2 mean difference with us-sample <= 0.3",
        needs: Capability::Levels,
        unit: Unit::Index,
        means: "total variation distance of the answers from the other side's, mean over the questions",
        chance: ShuffledChance::Shown(CHANCE, "a smaller difference is better"),
        build: |sentence, scope, task| build(sentence, scope, task, Metric::TotalVariation),
    },
    Syntax {
        form: "alignment with {a baseline} [in CONTEXT] >= X",
        example: "T2 alignment with us-sample >= 0.8",
        needs: Capability::Levels,
        unit: Unit::Index,
        means: "1 less the Wasserstein distance of the answers from the other side's over its maximum, mean over the questions",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, Metric::Wasserstein),
    },
];

#[derive(Debug)]
struct Distance {
    task: String,
    with: String,
    /// The only context that is compared.
    context: Option<String>,
    metric: Metric,
    /// The ids of the scale's levels.
    levels: Vec<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task, metric: Metric) -> BuiltMeasure {
    let with = scope.respondent(&sentence.names[0], sentence.entry)?;
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    let levels: Vec<String> = task
        .items
        .first()
        .into_iter()
        .flat_map(|item| &item.choices)
        .map(|choice| choice.id.clone())
        .collect();
    if levels.len() > MOST_LEVELS {
        let message =
            format!("{} has {} levels, and this measure takes at most {MOST_LEVELS}", task.id, levels.len());
        return Err(Scope::wrong(sentence.entry, sentence.entry.span.clone(), message));
    }
    Ok(Box::new(Distance { task: task.id.clone(), with, context, metric, levels }))
}

/// The rows of one question on both sides: the subject's, of which there are several where the other side's
/// figures pool contexts.
#[derive(Debug)]
struct QuestionRows {
    label: String,
    own: Vec<usize>,
    theirs: usize,
}

impl Distance {
    fn rows(&self, tables: &[Table], suites: &Suites) -> Result<Vec<QuestionRows>, Undefined> {
        let task = find(suites, &self.task)?;
        let context = self.context.as_deref();
        let asked: Vec<&Item> = (task.items.iter())
            .filter(|item| context.is_none() || item.context.as_deref() == context)
            .collect();
        let missing = score::missing(task, &tables[0], context, false);
        if let Some(first) = missing.first() {
            return Err(Undefined::NoAnswers(first.clone()));
        }
        let own = |item: &Item| tables[0].row(&item.id);
        let single = |item: &&Item| {
            let theirs = tables[1].row(&item.id)?;
            Some(QuestionRows { label: item.id.clone(), own: own(item).into_iter().collect(), theirs })
        };
        let rows: Vec<QuestionRows> = asked.iter().filter_map(single).collect();
        if rows.len() == asked.len() && !rows.is_empty() {
            return Ok(rows);
        }
        let missing = score::missing(task, &tables[1], context, context.is_none());
        let pooled = rows.is_empty() && context.is_none() && missing.is_empty();
        if !pooled {
            let missing = score::missing(task, &tables[1], context, false);
            return Err(Undefined::lacks(task, &Who::Respondent(self.with.clone()), &missing));
        }
        let mut rows: Vec<QuestionRows> = Vec::new();
        for item in asked {
            let label = about(item);
            let theirs = tables[1].row(&format!("overall.{label}"));
            match (rows.iter_mut().find(|rows| rows.label == label), theirs) {
                (Some(rows), _) => rows.own.extend(own(item)),
                (None, Some(theirs)) => {
                    rows.push(QuestionRows { label, own: own(item).into_iter().collect(), theirs });
                }
                (None, None) => return Err(Undefined::NothingShared(task.id.clone())),
            }
        }
        Ok(rows)
    }

    /// The distance in each question, and what it can be said of.
    fn compared(&self, rows: &QuestionRows, tables: &[Table]) -> Result<Compared, Undefined> {
        let own = pooled(&rows.own, &tables[0]);
        Compared::of(self.metric, &own, &tables[1].rows[rows.theirs]).map_err(|level| Undefined::Untold {
            level: self.levels.get(level).cloned().unwrap_or_default(),
            item: format!("{} {}", self.task, rows.label),
        })
    }

    /// A distance as the sentence has it, and back.
    fn told(&self, distance: f64) -> f64 {
        if self.metric == Metric::Wasserstein { 1.0 - distance } else { distance }
    }

    /// The subject's answers as sums over questions; `None` where they are not known one by one.
    fn sum(
        &self,
        rows: &[QuestionRows],
        compared: &[Compared],
        table: &Table,
        seed: u64,
    ) -> Option<SumOfMeans> {
        let weight = 1.0 / rows.len() as f64;
        let (mut least, mut most) = (Vec::new(), Vec::new());
        for (rows, compared) in rows.iter().zip(compared) {
            let mut forms = Vec::new();
            for row in &rows.own {
                forms.extend(RowOutcomes::of(&table.rows[*row], table.shape, seed)?.forms);
            }
            let question = |payoffs: Vec<Vec<f64>>| {
                let scaled =
                    |values: Vec<f64>| Payoff::of(values.iter().map(|value| value * weight).collect());
                SummedQuestion { forms: forms.clone(), payoffs: payoffs.into_iter().map(scaled).collect() }
            };
            least.push(question(compared.payoffs(false)));
            most.push(question(compared.payoffs(true)));
        }
        Some(SumOfMeans::between(&least, &most, (0.0, 1.0)))
    }
}

impl Distance {
    /// Where the distance lies; in `whole`, or only on which side of the bound.
    fn bounded(
        &self,
        tables: &[Table],
        suites: &Suites,
        sure: &Confidence,
        whole: bool,
    ) -> Result<(f64, f64), Undefined> {
        let rows = self.rows(tables, suites)?;
        let compared: Vec<Compared> =
            rows.iter().map(|rows| self.compared(rows, tables)).collect::<Result<_, _>>()?;
        let mean = |of: &dyn Fn(usize) -> Result<f64, Undefined>| -> Result<f64, Undefined> {
            Ok((0..rows.len()).map(of).sum::<Result<f64, Undefined>>()? / rows.len() as f64)
        };
        let (least, most) = (mean(&|at| Ok(compared[at].least()))?, mean(&|at| Ok(compared[at].most()))?);
        let rate = sure.rate;
        // How far the other side may be from its figures.
        let off = mean(&|at| {
            let theirs = &tables[1].rows[rows[at].theirs];
            Ok(compared[at].away(theirs, None)?)
        })?;
        let asked = self.told(sure.bound);
        let (low, high) = match self.sum(&rows, &compared, &tables[0], sure.seed) {
            Some(sum) if whole => (sum.low(least, asked + off, rate), sum.high(most, asked - off, rate)),
            Some(sum) => sum.side((least, most), (asked + off, asked - off), rate),
            None => {
                let own = mean(&|at| {
                    let own = pooled(&rows[at].own, &tables[0]);
                    Ok(compared[at].away(&own, Some((sure.design, rate / rows.len() as f64)))?)
                })?;
                (least - own, most + own)
            }
        };
        let ends = ((low - off).max(0.0), (high + off).min(1.0));
        Ok(match self.metric {
            Metric::TotalVariation => ends,
            Metric::Wasserstein => (1.0 - ends.1, 1.0 - ends.0),
        })
    }
}

/// Rows of one table pooled into one, by their numbers of answers; at least one.
fn pooled<'t>(rows: &[usize], table: &'t Table) -> Cow<'t, Row> {
    let mut rows = rows.iter().map(|row| Cow::Borrowed(&table.rows[*row]));
    let first = rows.next().unwrap_or(Cow::Borrowed(&table.rows[0]));
    rows.fold(first, |sum, row| {
        let mut sum = sum.into_owned();
        let (before, more) = (f64::from(sum.n), f64::from(row.n));
        for (share, other) in sum.shares.iter_mut().zip(&row.shares) {
            *share = (*share * before + other * more) / (before + more);
        }
        sum.known.iter_mut().zip(&row.known).for_each(|(known, other)| *known &= other);
        sum.n = sum.n.saturating_add(row.n);
        sum.unread = sum.unread.saturating_add(row.unread);
        Cow::Owned(sum)
    })
}

impl Measure for Distance {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::of(&self.with, &self.task)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let rows = self.rows(tables, suites)?;
        for rows in &rows {
            self.compared(rows, tables)?;
        }
        let own = Distance {
            task: self.task.clone(),
            with: self.with.clone(),
            context: self.context.clone(),
            metric: self.metric,
            levels: self.levels.clone(),
        };
        Ok(Box::new(move |tables| {
            let mut sum = 0.0;
            for rows in &rows {
                sum += own.compared(rows, tables)?.most();
            }
            Ok(own.told(sum / rows.len() as f64))
        }))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn interval(
        &self,
        tables: &[Table],
        suites: &Suites,
        sure: &Confidence,
    ) -> Result<(f64, f64), Undefined> {
        self.bounded(tables, suites, sure, true)
    }

    fn side(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Result<(f64, f64), Undefined> {
        self.bounded(tables, suites, sure, false)
    }

    fn reads(&self, _: usize, table: &Table, suites: &Suites) -> Option<Vec<usize>> {
        score::rows_in(suites.task(&self.task)?, table, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let (Ok(rows), Ok(task)) = (self.rows(tables, suites), find(suites, &self.task)) else {
            return Vec::new();
        };
        let mut far: Vec<(f64, String)> = Vec::new();
        let (mut least, mut most) = (0.0, 0.0);
        for rows in &rows {
            let Ok(compared) = self.compared(rows, tables) else { return Vec::new() };
            least += compared.least();
            most += compared.most();
            let own = pooled(&rows.own, &tables[0]);
            let moved = super::shift::largest(task, &own, &tables[1].rows[rows.theirs]);
            far.push((compared.most(), format!("{} {:.2} apart{moved}", rows.label, compared.most())));
        }
        far.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut said: Vec<String> =
            far.into_iter().filter(|(distance, _)| *distance > 0.0).take(3).map(|(_, text)| text).collect();
        if most - least > 1e-9 {
            let told = |sum: f64| Unit::Index.show(self.told(sum / rows.len() as f64));
            said.push(format!(
                "{} does not tell all levels: between {} and {}, whatever those are",
                self.with,
                told(most),
                told(least)
            ));
        }
        said
    }
}
