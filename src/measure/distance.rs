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
//! - `T3 Jensen-Shannon distance with practitioners <= 0.2`: the mean over the questions of the root of the
//!   Jensen–Shannon divergence to the base 2, 0 for the same distributions, 1 for two that have no level in
//!   common. It is 1 less the similarity of GlobalOpinionQA (Durmus et al., "Towards measuring the representation of
//!   subjective global opinions in language models", 2023), but for the base: with natural logarithms all of
//!   these distances are smaller by a factor of √ln 2 = 0.833. Where the other side's figures do not tell all
//!   levels, the value is the most that it could be; the least is the distance with those levels pooled.
//!
//! The first two are the largest difference of means that some function of one answer has: of the sets of levels
//! for total variation, of the functions that move by one from level to level for W₁ (Kantorovich and
//! Rubinstein, 1958). So their mean is a sum of largest means, on which both sides can be bet (`stats::sums`). The third
//! is the root of something convex, which is the largest of its tangents.

use super::other_side::OtherSide;
use super::scale::{self, QuestionRows, lined_up, pooled};
use super::scope::Scope;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find, reach};
use crate::profile::Table;
use crate::stats::sums::{SumOfMeans, SummedQuestion};
use crate::suite::{Capability, Suites, Task};

mod levels;

use levels::{Compared, Metric};
pub(super) use levels::{grouped, groups, variation, variation_away};

const CHANCE: &str = "2,000 draws";

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
    Syntax {
        form: "Jensen-Shannon distance with {a baseline} [in CONTEXT] <= X",
        example: "T3 Jensen-Shannon distance with practitioners <= 0.2",
        needs: Capability::Levels,
        unit: Unit::Index,
        means: "Jensen–Shannon distance (the root of the divergence to the base 2) of the answers from the other side's, mean over the questions",
        chance: ShuffledChance::Shown(CHANCE, "a smaller distance is better"),
        build: |sentence, scope, task| build(sentence, scope, task, Metric::JensenShannon),
    },
];

#[derive(Debug, Clone)]
struct Distance {
    other: OtherSide,
    metric: Metric,
    /// The ids of the scale's levels.
    levels: Vec<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task, metric: Metric) -> BuiltMeasure {
    let other = OtherSide::of(sentence, scope, task)?;
    Ok(Box::new(Distance { other, metric, levels: scale::levels(sentence, task)? }))
}

impl Distance {
    fn rows(&self, tables: &[Table], suites: &Suites) -> Result<Vec<QuestionRows>, Undefined> {
        lined_up(find(suites, &self.other.task)?, [&tables[0], &tables[1]], &self.other)
    }

    /// The distance in each question, and what it can be said of.
    fn compared(&self, rows: &QuestionRows, tables: &[Table]) -> Result<Compared, Undefined> {
        let own = pooled(&rows.own, &tables[0]);
        Compared::of(self.metric, &own, &tables[1].rows[rows.theirs]).map_err(|level| Undefined::Untold {
            level: self.levels.get(level).cloned().unwrap_or_default(),
            item: format!("{} {}", self.other.task, rows.label),
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
            let forms = scale::forms(&rows.own, table, seed)?;
            least.push(SummedQuestion { forms: forms.clone(), worth: compared.worth(weight, false) });
            most.push(SummedQuestion { forms, worth: compared.worth(weight, true) });
        }
        Some(SumOfMeans::between(least, most, (0.0, 1.0)))
    }
}

impl Measure for Distance {
    fn inputs(&self) -> Vec<Input> {
        self.other.inputs()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let rows = self.rows(tables, suites)?;
        for rows in &rows {
            self.compared(rows, tables)?;
        }
        let own = self.clone();
        Ok(Box::new(move |tables| {
            let mut sum = 0.0;
            for rows in &rows {
                sum += own.compared(rows, tables)?.most();
            }
            Ok(own.told(sum / rows.len() as f64))
        }))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.other.task)?;
        let mut farthest: Vec<f64> = Vec::new();
        // A distance is convex in the answers, so that the farthest are all at one level.
        for level in 0..reach::levels(task) {
            let tables = [reach::at_level(task, level), theirs.first()?.clone()];
            let rows = self.rows(&tables, suites).ok()?;
            farthest.resize(rows.len(), 0.0);
            for (rows, most) in rows.iter().zip(&mut farthest) {
                *most = most.max(self.compared(rows, &tables).ok()?.most());
            }
        }
        let most = (farthest.iter().sum::<f64>() / farthest.len().max(1) as f64).min(1.0);
        let ends = (self.told(0.0), self.told(most));
        Some((ends.0.min(ends.1), ends.0.max(ends.1)))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
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
            Some(sum) => (
                sum.low(least, asked + off, rate, sure.search),
                sum.high(most, asked - off, rate, sure.search),
            ),
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
            Metric::TotalVariation | Metric::JensenShannon => ends,
            Metric::Wasserstein => (1.0 - ends.1, 1.0 - ends.0),
        })
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        self.other.reads(suites)
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let (Ok(rows), Ok(task)) = (self.rows(tables, suites), find(suites, &self.other.task)) else {
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
                self.other.with,
                told(most),
                told(least)
            ));
        }
        said
    }
}
