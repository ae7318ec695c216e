//! `T2 Spearman with practitioners >= 0.6`: do both sides order the cells alike?
//!
//! Spearman's ρ (1904: Pearson's r of average ranks) or Kendall's τ-b (1945) of the scores of all
//! cells both sides have, in −1 ..= 1. `signed Spearman` is the study's own reading of trade-offs:
//! the shares *probably first* (+) and *probably second* (−), contexts pooled, ten numbers. Behind `in
//! medical` only the cells of that context are compared.
//!
//! A rank correlation jumps wherever two scores of the subject are equal: a subject near a jump is on both sides
//! of it for any number of answers, and what lies between is never decided. Both are for published figures and for
//! description; to decide, there is the order agreement.

use super::correlation_bounds::{self, KnownOrder};
use super::null::ranking::{Coefficient, ComparedValues, SideExchange};
use super::null::{self, ByChance};
use super::other_side::OtherSide;
use super::pairs::Pairs;
use super::scope::Scope;
use super::score::{self, Score, TablePair};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, reach};
use crate::profile::Table;
use crate::stats::rank::{Ranker, kendall};
use crate::stats::resample::Stream;
use crate::suite::{Capability, Suites, Task};

const CHANCE: &str = "exact up to 50,000 relabelings (8 values, or 5 pairs), else 10,000 draws";

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "Spearman with {a baseline} [in CONTEXT] >= X",
        example: "T2 Spearman with practitioners >= 0.6",
        needs: Capability::Scores,
        unit: Unit::Correlation,
        means: "rank correlation of the scores of all questions",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, CorrelationKind::Spearman),
    },
    Syntax {
        form: "signed Spearman with {a baseline} [in CONTEXT] >= X",
        example: "T3 signed Spearman with practitioners >= 0.5",
        needs: Capability::Pairs,
        unit: Unit::Correlation,
        means: "rank correlation of the study's own reading of trade-offs: the shares *probably first* (+) and *probably second* (−)",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, CorrelationKind::Signed),
    },
    Syntax {
        form: "Kendall with {a baseline} [in CONTEXT] >= X",
        example: "T1 Kendall with practitioners >= 0.5",
        needs: Capability::Scores,
        unit: Unit::Correlation,
        means: "rank correlation (τ-b) of the scores of all questions",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, CorrelationKind::Kendall),
    },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum CorrelationKind {
    Spearman,
    Signed,
    Kendall,
}

#[derive(Debug)]
struct Correlation {
    other: OtherSide,
    kind: CorrelationKind,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task, kind: CorrelationKind) -> BuiltMeasure {
    let ways = (1..=task.values().len() as u64).fold(1_u64, u64::saturating_mul);
    null::enough_ways(sentence, ways)?;
    Ok(Box::new(Correlation { other: OtherSide::of(sentence, scope, task)?, kind }))
}

impl Correlation {
    fn cells(&self, tables: &[Table], suites: &Suites) -> Result<(Vec<Score>, Vec<Score>), Undefined> {
        let signed = self.kind == CorrelationKind::Signed;
        let OtherSide { task, with, context } = &self.other;
        let how = TablePair { with, signed, pooled: signed, context: context.as_deref() };
        score::shared(find(suites, task)?, &tables[0], &tables[1], how)
    }
}

impl Measure for Correlation {
    fn inputs(&self) -> Vec<Input> {
        self.other.inputs()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        let mut ranker = Ranker::with_capacity(left.len());
        let kind = self.kind;
        Ok(Box::new(move |tables| {
            score::fill(&left, &tables[0], &mut x);
            score::fill(&right, &tables[1], &mut y);
            Ok(match kind {
                CorrelationKind::Kendall => kendall(&x, &y)?,
                CorrelationKind::Spearman | CorrelationKind::Signed => ranker.spearman(&x, &y)?,
            })
        }))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        if self.kind != CorrelationKind::Signed {
            return None;
        }
        let task = suites.task(&self.other.task)?;
        let tables = [reach::at_level(task, 0), theirs.first()?.clone()];
        let (own, theirs) = self.cells(&tables, suites).ok()?;
        // The sign of each number is fixed. Where the other side has all that are positive in the upper half of its order,
        // and the others in the lower half, no answers give a correlation below 0.
        let places = score::places(&score::scores(&theirs, &tables[1]));
        let middle = (places.len() as f64 + 1.0) / 2.0;
        let halved = own.iter().zip(&places).all(|(cell, place)| {
            let positive = cell.parts().iter().all(|(_, reading)| reading.range().0 == 0.0);
            if positive { *place <= middle } else { *place >= middle }
        });
        halved.then_some((0.0, 1.0))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let (left, right) = self.cells(tables, suites)?;
        let scores = score::scores(&right, &tables[1]);
        let known = KnownOrder::of(&scores)?;
        let own = Pairs::of(&score::things(&left), &tables[0], sure.design, sure.seed);
        let theirs = sure.theirs(&score::things(&right), &tables[1]);
        Ok(match (self.kind, &theirs) {
            (CorrelationKind::Kendall, theirs) => {
                correlation_bounds::kendall(&own, &scores, theirs.as_ref(), sure.rate)
            }
            (_, None) => correlation_bounds::spearman(&own, &known, sure.rate, sure.beside()),
            (_, Some(theirs)) => correlation_bounds::spearman_with_sample(&own, theirs, &known, sure.rate),
        })
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        self.other.reads(suites)
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok((left, right)) = self.cells(tables, suites) else { return Vec::new() };
        let (x, y) = (score::scores(&left, &tables[0]), score::scores(&right, &tables[1]));
        let labels: Vec<String> = left.into_iter().map(|cell| cell.label).collect();
        score::most_different(&labels, &x, &y)
    }

    fn instead(&self, sentence: &str) -> Option<String> {
        let words = match self.kind {
            CorrelationKind::Spearman => "Spearman",
            CorrelationKind::Signed => "signed Spearman",
            CorrelationKind::Kendall => "Kendall",
        };
        Some(sentence.replacen(words, "order agreement", 1))
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, rng: &mut Stream) -> ByChance {
        let (Ok((left, right)), Ok(task)) = (self.cells(tables, suites), find(suites, &self.other.task))
        else {
            return ByChance::unknown();
        };
        let sides = match self.kind {
            CorrelationKind::Signed => SideExchange::Signed,
            _ if task.kind.has(Capability::Pairs) => SideExchange::Net,
            _ => SideExchange::One,
        };
        let coefficient =
            if self.kind == CorrelationKind::Kendall { Coefficient::Kendall } else { Coefficient::Spearman };
        let compared = ComparedValues::new((&left, &tables[0]), (&right, &tables[1]), sides);
        ByChance::of(compared.null(coefficient, rng), None)
    }
}
