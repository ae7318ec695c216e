//! `T3 spread with practitioners >= 0.5`: does the subject answer as variously as the other side?
//!
//! The mean over the questions of the entropy of the subject's answers over the same of the other side's: 0 where all
//! answers to each question are alike, 1 where they are as various as theirs, more where they are more so. Where all of
//! theirs are alike as well, there is no such ratio. Where their figures do not tell all levels, the rest is anything from
//! all on one level to evenly spread; the value is the least that the ratio could be, and both ends are in the interval.
//!
//! The entropy is concave in the shares. How both sides are bet on is told in `stats::sums`.

use super::other_side::OtherSide;
use super::scale::{self, QuestionRows, lined_up, pooled};
use super::scope::Scope;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find, reach};
use crate::profile::{Row, Table};
use crate::stats::evidence::Design;
use crate::stats::sums::{ScaledEntropy, SumOfMeans, SummedQuestion, Worth, entropy};
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "spread with {a baseline} [in CONTEXT] >= X",
    example: "T3 spread with practitioners >= 0.5",
    needs: Capability::Levels,
    unit: Unit::Number,
    means: "mean over the questions of the entropy of the answers over the same of the other side's: 1 for answers that are as various",
    chance: ShuffledChance::NoPart("answers are as various under any labels"),
    build,
}];

/// People's entropies that add up to less are those of answers that are all alike.
const ALIKE: f64 = 1e-9;

#[derive(Debug, Clone)]
struct Spread {
    other: OtherSide,
    /// The ids of the scale's levels.
    levels: Vec<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let other = OtherSide::of(sentence, scope, task)?;
    Ok(Box::new(Spread { other, levels: scale::levels(sentence, task)? }))
}

/// The least and the most that an entropy could be, given what is told: the rest is on one level, or spread
/// evenly over those that are not told.
fn entropies(row: &Row, levels: usize) -> (f64, f64) {
    let told = |level: &usize| row.known.get(*level) == Some(&true);
    let shares: Vec<f64> = (0..levels).filter(told).map(|level| row.shares[level]).collect();
    let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0);
    let open = levels - shares.len();
    if open == 0 {
        let all = entropy(shares);
        return (all, all);
    }
    let with = |parts: usize| {
        let evenly = std::iter::repeat_n(rest / parts as f64, parts);
        entropy(shares.iter().copied().chain(evenly))
    };
    (with(1), with(open))
}

/// How far an entropy can be from another whose shares are so far away, in total variation (Audenaert, "A
/// sharp continuity estimate for the von Neumann entropy", J. Phys. A 40, 2007).
fn apart(variation: f64, levels: usize) -> f64 {
    let most = (levels as f64).ln();
    if variation >= 1.0 - 1.0 / levels as f64 {
        return most;
    }
    let more = variation * ((levels - 1) as f64).ln();
    (entropy([variation, 1.0 - variation]) + more).min(most)
}

/// What both sides' entropies add up to: the other side's at least and at most.
#[derive(Debug, Clone, Copy)]
struct SpreadSums {
    own: f64,
    theirs: (f64, f64),
}

impl Spread {
    fn rows(&self, tables: &[Table], suites: &Suites) -> Result<Vec<QuestionRows>, Undefined> {
        let rows = lined_up(find(suites, &self.other.task)?, [&tables[0], &tables[1]], &self.other)?;
        for rows in &rows {
            let own = pooled(&rows.own, &tables[0]);
            if let Some(level) = own.known.iter().position(|known| !known) {
                return Err(Undefined::Untold {
                    level: self.levels.get(level).cloned().unwrap_or_default(),
                    item: format!("{} {}", self.other.task, rows.label),
                });
            }
        }
        Ok(rows)
    }

    fn own_entropy(&self, rows: &QuestionRows, table: &Table) -> f64 {
        entropy(pooled(&rows.own, table).shares.iter().copied())
    }

    fn sums(&self, rows: &[QuestionRows], tables: &[Table]) -> Result<SpreadSums, Undefined> {
        let levels = self.levels.len();
        let own = rows.iter().map(|rows| self.own_entropy(rows, &tables[0])).sum();
        let theirs = rows
            .iter()
            .map(|rows| entropies(&tables[1].rows[rows.theirs], levels))
            .fold((0.0, 0.0), |sum, ends| (sum.0 + ends.0, sum.1 + ends.1));
        if theirs.0 < ALIKE {
            let maybe = if theirs.1 < ALIKE { "" } else { "may be " };
            return Err(Undefined::Other(format!(
                "the answers of {} to each question {maybe}{}, so that there is no spread to compare with",
                self.other.with,
                if maybe.is_empty() { "are all alike" } else { "all alike" },
            )));
        }
        Ok(SpreadSums { own, theirs })
    }

    /// The subject's entropies, each times a weight; `None` where answers are not known one by one.
    fn sum(
        &self,
        rows: &[QuestionRows],
        table: &Table,
        seed: u64,
        (least, most): (f64, f64),
    ) -> Option<SumOfMeans> {
        let outcomes = self.levels.len();
        let questions = |weight: f64| -> Option<Vec<SummedQuestion>> {
            let of = |rows: &QuestionRows| {
                let worth = Worth::Entropy(ScaledEntropy { outcomes, weight });
                Some(SummedQuestion { forms: scale::forms(&rows.own, table, seed)?, worth })
            };
            rows.iter().map(of).collect()
        };
        let ends = rows.len() as f64 * (outcomes as f64).ln() * most;
        Some(SumOfMeans::between(questions(least)?, questions(most)?, (0.0, ends)))
    }
}

impl Measure for Spread {
    fn inputs(&self) -> Vec<Input> {
        self.other.inputs()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let rows = self.rows(tables, suites)?;
        self.sums(&rows, tables)?;
        let own = self.clone();
        Ok(Box::new(move |tables| {
            let sums = own.sums(&rows, tables)?;
            Ok(sums.own / sums.theirs.1)
        }))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.other.task)?;
        let tables = [reach::at_level(task, 0), theirs.first()?.clone()];
        let rows = self.rows(&tables, suites).ok()?;
        let sums = self.sums(&rows, &tables).ok()?;
        // All answers alike, or as many at each level.
        Some((0.0, rows.len() as f64 * (self.levels.len() as f64).ln() / sums.theirs.1))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let rows = self.rows(tables, suites)?;
        let (sums, levels) = (self.sums(&rows, tables)?, self.levels.len());
        let rate = sure.rate;
        let off = |row: &Row, sample: Option<(Design, f64)>| -> Result<f64, Undefined> {
            Ok(apart(super::distance::variation_away(row, levels, sample)?, levels))
        };
        let (mut theirs, mut own) = (0.0, 0.0);
        for rows in &rows {
            theirs += off(&tables[1].rows[rows.theirs], None)?;
        }
        let (most, least) = (sums.theirs.1 + theirs, sums.theirs.0 - theirs);
        // Where theirs may all be alike, there is no upper end.
        let weights = (1.0 / most, if least > ALIKE { 1.0 / least } else { 1.0 / most });
        let (low, high) = match self.sum(&rows, &tables[0], sure.seed, weights) {
            Some(sum) => (
                sum.low(sums.own * weights.0, sure.bound, rate, sure.search),
                sum.high(sums.own * weights.1, sure.bound, rate, sure.search),
            ),
            None => {
                let each = rate / rows.len() as f64;
                for rows in &rows {
                    own += off(&pooled(&rows.own, &tables[0]), Some((sure.design, each)))?;
                }
                ((sums.own - own).max(0.0) * weights.0, (sums.own + own) * weights.1)
            }
        };
        Ok((low, if least > ALIKE { high } else { f64::MAX }))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        self.other.reads(suites)
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(rows) = self.rows(tables, suites) else { return Vec::new() };
        let Ok(sums) = self.sums(&rows, tables) else { return Vec::new() };
        let mut gaps: Vec<(f64, String)> = Vec::new();
        for rows in &rows {
            let own = self.own_entropy(rows, &tables[0]);
            let theirs = entropies(&tables[1].rows[rows.theirs], self.levels.len()).1;
            gaps.push((theirs - own, format!("{}: entropy {own:.2}, theirs {theirs:.2}", rows.label)));
        }
        gaps.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let mut said: Vec<String> =
            gaps.into_iter().filter(|(gap, _)| gap.abs() > 1e-9).take(3).map(|(_, text)| text).collect();
        if sums.theirs.1 - sums.theirs.0 > 1e-9 {
            said.push(format!(
                "{} does not tell all levels: between {} and {}, whatever those are",
                self.other.with,
                Unit::Number.show(sums.own / sums.theirs.1),
                Unit::Number.show(sums.own / sums.theirs.0)
            ));
        }
        said
    }
}
