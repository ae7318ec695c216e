//! `T2 order agreement with practitioners >= 0.4`: are the values that the other side has above others above
//! them in the subject's answers as well, and how far?
//!
//! Of each pair of cells whose scores differ on the other side by at least a margin, the difference of the
//! subject's scores, + where its order is theirs: D* = Σ wᵢ pᵢ / Σ wᵢ⁺, where pᵢ is a score on a scale from 0 to 1 and
//! wᵢ the number of cells that lie so far below cell i on the other side, less those above. It is 1 where
//! everything above a middle is in all answers and everything below in none, −1 the other way round, 0 for
//! answers without an order. It is Somers' D of one answer's values against the other side's order, over those
//! pairs, divided by the most that it can be (Somers, "A new asymmetric measure of association for ordinal variables",
//! Am. Sociol. Rev. 27, 1962).
//!
//! A rank correlation jumps wherever two scores of the subject are equal, and a model near a jump is never
//! decided. This is linear in the shares: near values are near in them, and a bound away from the value is
//! decided by a number of answers that can be foreseen (`stats::sums`).

mod bounds;

use super::null::{self, ByChance, Distribution, Null, Relabel};
use super::other_side::OtherSide;
use super::outcomes::RowOutcomes;
use super::scope::Scope;
use super::score::{self, Score, ScoreReading, TablePair};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find, reach};
use crate::profile::Table;
use crate::stats::resample::Stream;
use crate::stats::sums::{Payoff, SumOfMeans, SummedQuestion, Worth};
use crate::suite::{Capability, Shape, Suites, Task};
use bounds::{certain, ends, range};

const CHANCE: &str = "exact up to 50,000 relabelings (8 values, or 5 pairs), else 10,000 draws";

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "order agreement with {a baseline} [in CONTEXT] >= X",
        example: "T2 order agreement with practitioners >= 0.4",
        needs: Capability::Scores,
        unit: Unit::Correlation,
        means: "how far scores that differ by at least 5% on the other side differ the same way: 1 as far as can be, 0 without an order, −1 the other way round",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, MARGIN),
    },
    Syntax {
        form: "order agreement beyond P% with {a baseline} [in CONTEXT] >= X",
        example: "T2 order agreement beyond 10% with practitioners >= 0.4",
        needs: Capability::Scores,
        unit: Unit::Correlation,
        means: "the same, of scores that differ by at least so much on the other side",
        chance: ShuffledChance::Beaten(CHANCE),
        build: |sentence, scope, task| build(sentence, scope, task, sentence.share),
    },
];

/// Scores of the other side that are nearer than this have no order.
const MARGIN: f64 = 0.05;

/// Differences that are less than the margin by rounding only are as large.
const ROUNDING: f64 = 1e-9;

#[derive(Debug)]
struct OrderAgreement {
    other: OtherSide,
    margin: f64,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task, margin: f64) -> BuiltMeasure {
    let ways = (1..=task.values().len() as u64).fold(1_u64, u64::saturating_mul);
    null::enough_ways(sentence, ways)?;
    Ok(Box::new(OrderAgreement { other: OtherSide::of(sentence, scope, task)?, margin }))
}

/// The subject's cells, each with its weight: the sum of weighted scores is the agreement.
struct WeightedCells {
    cells: Vec<Score>,
    weights: Vec<f64>,
    /// Whether the other side's answers leave the weights as they are.
    certain: bool,
}

impl OrderAgreement {
    fn cells(&self, tables: &[Table], suites: &Suites) -> Result<(Vec<Score>, Vec<Score>), Undefined> {
        let OtherSide { task, with, context } = &self.other;
        let how = TablePair { with, signed: false, pooled: false, context: context.as_deref() };
        let task = find(suites, task)?;
        tables.iter().try_for_each(|table| score::options_told(task, table))?;
        score::shared(task, &tables[0], &tables[1], how)
    }

    /// The cells with their weights; for an interval, also whether these are certain.
    fn weighted(
        &self,
        tables: &[Table],
        suites: &Suites,
        for_interval: bool,
    ) -> Result<WeightedCells, Undefined> {
        let (cells, theirs) = self.cells(tables, suites)?;
        let scores = score::scores(&theirs, &tables[1]);
        // All cells of a task are read alike.
        let (low, high) = range(&theirs);
        let span = high - low;
        let margin = self.margin * span - ROUNDING;
        let apart = |i: usize, j: usize| scores[i] - scores[j] >= margin;
        let count = cells.len();
        let ordered =
            |i: usize, j: usize| i != j && apart(i, j) && (self.margin > 0.0 || scores[i] > scores[j]);
        let weight = |i: usize| {
            let above = (0..count).filter(|j| ordered(i, *j)).count() as f64;
            above - (0..count).filter(|j| ordered(*j, i)).count() as f64
        };
        let weights: Vec<f64> = (0..count).map(weight).collect();
        let most: f64 = weights.iter().map(|weight| weight.max(0.0)).sum();
        if most == 0.0 {
            let margin = Unit::Share.exact(self.margin);
            return Err(Undefined::Other(format!(
                "no two scores of {} differ by {margin} or more, so that they have no order to agree with",
                self.other.with
            )));
        }
        let certain = !for_interval || certain(&theirs, &tables[1], margin)?;
        Ok(WeightedCells {
            cells,
            weights: weights.iter().map(|weight| weight / (most * span)).collect(),
            certain,
        })
    }
}

impl WeightedCells {
    fn value(&self, table: &Table) -> f64 {
        self.cells
            .iter()
            .zip(&self.weights)
            .map(|(cell, weight)| weight * cell.score(table))
            .sum::<f64>()
            .clamp(-1.0, 1.0)
    }

    /// By row, the readings of it, each with its weight: a score that pools rows is their mean.
    fn rows(&self) -> Vec<(usize, Vec<(ScoreReading, f64)>)> {
        let mut rows: Vec<(usize, Vec<(ScoreReading, f64)>)> = Vec::new();
        for (cell, weight) in self.cells.iter().zip(&self.weights).filter(|(_, weight)| **weight != 0.0) {
            let parts = cell.parts();
            let each = weight / parts.len() as f64;
            for (row, reading) in parts {
                match rows.iter_mut().find(|(known, _)| *known == row) {
                    Some((_, readings)) => readings.push((reading, each)),
                    None => rows.push((row, vec![(reading, each)])),
                }
            }
        }
        rows
    }

    /// The least and the most that answers of this shape can come to.
    fn ends(&self, shape: Shape) -> (f64, f64) {
        let ends = self.rows().into_iter().map(|(_, readings)| ends_of_answer(shape, &readings));
        ends.fold((0.0, 0.0), |sum, ends| (sum.0 + ends.0, sum.1 + ends.1))
    }

    /// The answers as a sum over questions; `None` where they are not known one by one.
    fn sum(&self, table: &Table, seed: u64) -> Option<SumOfMeans> {
        let mut questions = Vec::new();
        for (row, readings) in self.rows() {
            let outcomes = RowOutcomes::of(&table.rows[row], table.shape, seed)?;
            let values = outcomes.worth(&readings);
            let payoff = Payoff { values, range: ends_of_answer(table.shape, &readings) };
            questions.push(SummedQuestion { forms: outcomes.forms, worth: Worth::Largest(vec![payoff]) });
        }
        Some(SumOfMeans::of(questions, self.ends(table.shape)))
    }

    /// Bounds from bounds of each score by itself.
    fn apart(&self, table: &Table, sure: &Confidence, rate: f64) -> Result<(f64, f64), Undefined> {
        let (mut low, mut high) = (0.0, 0.0);
        let each = rate / self.cells.len().max(1) as f64;
        for (cell, weight) in self.cells.iter().zip(&self.weights) {
            let of = ends(&cell.parts(), table, Some((sure.design, each)))?;
            let (least, most) = if *weight < 0.0 { (of.1, of.0) } else { of };
            low += weight * least;
            high += weight * most;
        }
        Ok((low.max(-1.0), high.min(1.0)))
    }
}

/// The least and the most that one answer to a question can be worth.
fn ends_of_answer(shape: Shape, readings: &[(ScoreReading, f64)]) -> (f64, f64) {
    // A mean place weighs each of its stories by a part of its weight.
    let each = |(reading, weight): &(ScoreReading, f64)| match reading {
        ScoreReading::Place { stories, .. } => {
            let stories = stories.count_ones().max(1);
            vec![weight / f64::from(stories); stories as usize]
        }
        _ => vec![*weight],
    };
    let mut weights: Vec<f64> = readings.iter().flat_map(each).collect();
    match (shape, readings.first()) {
        (Shape::Set { pick }, _) => {
            weights.sort_by(f64::total_cmp);
            let least = weights.iter().take(pick).map(|weight| weight.min(0.0)).sum();
            (least, weights.iter().rev().take(pick).map(|weight| weight.max(0.0)).sum())
        }
        (_, Some((ScoreReading::Place { k, .. }, _))) => {
            weights.resize((*k).max(weights.len()), 0.0);
            weights.sort_by(f64::total_cmp);
            let placed = |weights: &mut dyn Iterator<Item = &f64>| -> f64 {
                weights.zip(1_u32..).map(|(weight, place)| -weight * f64::from(place)).sum()
            };
            (placed(&mut weights.iter()), placed(&mut weights.iter().rev()))
        }
        _ => readings.iter().fold((0.0, 0.0), |sum, (reading, weight)| {
            let (low, high) = reading.range();
            let (a, b) = (low * weight, high * weight);
            (sum.0 + a.min(b), sum.1 + a.max(b))
        }),
    }
}

impl Measure for OrderAgreement {
    fn inputs(&self) -> Vec<Input> {
        self.other.inputs()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let weighted = self.weighted(tables, suites, false)?;
        Ok(Box::new(move |tables| Ok(weighted.value(&tables[0]))))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.other.task)?;
        let tables = [reach::some(task), theirs.first()?.clone()];
        let (low, high) = self.weighted(&tables, suites, false).ok()?.ends(task.shape);
        Some((low.max(-1.0), high.min(1.0)))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let weighted = self.weighted(tables, suites, true)?;
        if !weighted.certain {
            // Where a pair of theirs may or may not count, every number may be right.
            return Ok((-1.0, 1.0));
        }
        let estimate = weighted.value(&tables[0]);
        match weighted.sum(&tables[0], sure.seed) {
            Some(sum) => Ok(sum.interval(estimate, sure.bound, sure.rate, sure.search)),
            None => {
                let (low, high) = weighted.apart(&tables[0], sure, sure.rate)?;
                Ok((low.min(estimate), high.max(estimate)))
            }
        }
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        self.other.reads(suites)
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(weighted) = self.weighted(tables, suites, false) else { return Vec::new() };
        let (low, high) = range(&weighted.cells);
        let lost = |at: usize| {
            let (score, weight) = (weighted.cells[at].score(&tables[0]), weighted.weights[at]);
            if weight > 0.0 { weight * (high - score) } else { weight * (low - score) }
        };
        let mut order: Vec<usize> = (0..weighted.cells.len()).filter(|at| lost(*at) > 1e-9).collect();
        order.sort_by(|a, b| lost(*b).total_cmp(&lost(*a)).then(a.cmp(b)));
        let mut said: Vec<String> =
            order.into_iter().take(3).map(|at| held_down(&weighted, at, &tables[0])).collect();
        let most = weighted.ends(tables[0].shape).1;
        if most < 1.0 - 1e-9 {
            said.push(format!(
                "the most that answers to {} can reach is {}",
                self.other.task,
                Unit::Correlation.show(most)
            ));
        }
        said
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, rng: &mut Stream) -> ByChance {
        let (Ok(weighted), Ok(task)) = (self.weighted(tables, suites, false), find(suites, &self.other.task))
        else {
            return ByChance::unknown();
        };
        let null = shuffled(&weighted, &tables[0], task.kind.has(Capability::Pairs), rng);
        // Answers without an opinion have no order: weights add up to 0.
        ByChance::of(null, Some(0.0))
    }
}

/// A cell that holds the agreement down: `privacy in medical 12% (theirs is high)`.
fn held_down(weighted: &WeightedCells, at: usize, table: &Table) -> String {
    let cell = &weighted.cells[at];
    let score = cell.score(table);
    let here = match cell.parts().first() {
        Some((_, ScoreReading::Place { .. })) => format!("at place {:.1}", -score),
        Some((_, ScoreReading::Net { .. })) => format!("net preference {score:.2}"),
        _ => Unit::Share.show(score),
    };
    let there = if weighted.weights[at] > 0.0 { "high" } else { "low" };
    format!("{} {here}, where theirs is {there}", cell.label)
}

/// The agreement of respondents whose labels are shuffled within each context.
fn shuffled(weighted: &WeightedCells, table: &Table, turns: bool, rng: &mut Stream) -> Option<Null> {
    let mut left: Vec<usize> = (0..weighted.cells.len()).collect();
    let (mut scores, mut weights, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(first) = left.first() {
        let context = &weighted.cells[*first].context;
        let from = scores.len();
        left.retain(|at| {
            let here = weighted.cells[*at].context == *context;
            if here {
                scores.push(weighted.cells[*at].score(table));
                weights.push(weighted.weights[*at]);
            }
            !here
        });
        groups.push(from..scores.len());
    }
    let mut values = Vec::new();
    let method = Relabel::new(scores.len(), groups, turns).each(rng, |order, turned| {
        let each =
            order.iter().zip(turned).zip(&weights).map(|((from, turned), weight)| {
                weight * if *turned { -scores[*from] } else { scores[*from] }
            });
        values.push(each.sum::<f64>());
    });
    Distribution::of(values).map(|values| values.null(method))
}
