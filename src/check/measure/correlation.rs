//! `T2 Spearman with practitioners >= 0.6`: do both sides order the cells alike?
//!
//! Spearman's ρ (1904: Pearson's r of average ranks) or Kendall's τ-b (1945) of the scores of all
//! cells both sides have, in −1 ..= 1. `signed Spearman` is the study's own reading of trade-offs:
//! the shares *probably first* (+) and *probably second* (−), contexts pooled, ten numbers. Behind `in
//! medical` only the cells of that context are compared.

use super::orders::{self, Known};
use super::overlap::{fill, find, things};
use super::{Confidence, Input, Measure, Statistic, Undefined};
use crate::check::Scope;
use crate::check::chance::ranking::{Coefficient, Compared, Sides};
use crate::check::chance::{self, ByChance};
use crate::check::pairs::Pairs;
use crate::check::score::{self, Between, Cell};
use crate::check::sentence::{Part, Sentence, Syntax, Unit};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Table, View};
use crate::stats::rank::{Ranker, kendall};
use crate::stats::resample::Stream;
use crate::suite::Suites;

const KINDS: [&str; 4] = ["select", "rate", "trade_off", "rank"];

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        parts: &[
            Part::Word("Spearman"),
            Part::Word("with"),
            Part::Name("a baseline"),
            Part::In,
            Part::Bound(Unit::Correlation),
        ],
        example: "T2 Spearman with practitioners >= 0.6",
        build: |sentence, scope| build(sentence, scope, Kind::Spearman, &KINDS),
    },
    Syntax {
        parts: &[
            Part::Word("signed"),
            Part::Word("Spearman"),
            Part::Word("with"),
            Part::Name("a baseline"),
            Part::In,
            Part::Bound(Unit::Correlation),
        ],
        example: "T3 signed Spearman with practitioners >= 0.5",
        build: |sentence, scope| build(sentence, scope, Kind::Signed, &["trade_off"]),
    },
    Syntax {
        parts: &[
            Part::Word("Kendall"),
            Part::Word("with"),
            Part::Name("a baseline"),
            Part::In,
            Part::Bound(Unit::Correlation),
        ],
        example: "T1 Kendall with practitioners >= 0.5",
        build: |sentence, scope| build(sentence, scope, Kind::Kendall, &KINDS),
    },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Spearman,
    Signed,
    Kendall,
}

#[derive(Debug)]
struct Correlation {
    task: String,
    with: String,
    /// The only context that is compared.
    context: Option<String>,
    kind: Kind,
}

fn build(
    sentence: &Sentence<'_>,
    scope: &Scope<'_>,
    kind: Kind,
    kinds: &[&str],
) -> Result<Box<dyn Measure>, Box<Diagnostic>> {
    let task = scope.task_of(&sentence.task, sentence.entry, kinds)?;
    let with = scope.respondent(&sentence.names[0], sentence.entry)?;
    let ways = (1..=task.values().len() as u64).fold(1_u64, u64::saturating_mul);
    chance::enough_ways(sentence, ways)?;
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    Ok(Box::new(Correlation { task: task.id.clone(), with, context, kind }))
}

impl Correlation {
    fn cells(&self, tables: &[Table], suites: &Suites) -> Result<(Vec<Cell>, Vec<Cell>), Undefined> {
        let signed = self.kind == Kind::Signed;
        let how = Between { with: &self.with, signed, pooled: signed, context: self.context.as_deref() };
        score::shared(find(suites, &self.task)?, &tables[0], &tables[1], how)
    }
}

impl Measure for Correlation {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::of(&self.with, &self.task)]
    }

    fn unit(&self) -> Unit {
        Unit::Correlation
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        let mut ranker = Ranker::with_capacity(left.len());
        let kind = self.kind;
        Ok(Box::new(move |tables| {
            fill(&left, &tables[0], &mut x);
            fill(&right, &tables[1], &mut y);
            Ok(match kind {
                Kind::Kendall => kendall(&x, &y)?,
                Kind::Spearman | Kind::Signed => ranker.spearman(&x, &y)?,
            })
        }))
    }

    fn interval(
        &self,
        tables: &[Table],
        suites: &Suites,
        sure: &Confidence,
    ) -> Result<(f64, f64), Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let mut scores = vec![0.0; right.len()];
        fill(&right, &tables[1], &mut scores);
        let known = Known::of(&scores)?;
        let own = Pairs::of(&things(&left), &tables[0], sure.design, sure.seed);
        let theirs = sure.theirs(&things(&right), &tables[1]);
        Ok(match (self.kind, &theirs) {
            (Kind::Kendall, theirs) => orders::kendall(&own, &scores, theirs.as_ref(), sure.rate),
            (_, None) => orders::spearman(&own, &known, sure.rate),
            (_, Some(theirs)) => orders::spearman_with_sample(&own, theirs, &known, sure.rate),
        })
    }

    fn reads(&self, _: usize, table: &Table, suites: &Suites) -> Option<Vec<usize>> {
        score::rows_in(suites.task(&self.task)?, table, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok((left, right)) = self.cells(tables, suites) else { return Vec::new() };
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        fill(&left, &tables[0], &mut x);
        fill(&right, &tables[1], &mut y);
        let labels: Vec<String> = left.into_iter().map(|cell| cell.label).collect();
        score::most_different(&labels, &x, &y)
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, rng: &mut Stream) -> ByChance {
        let (Ok((left, right)), Ok(task)) = (self.cells(tables, suites), find(suites, &self.task)) else {
            return ByChance::unknown();
        };
        let sides = match self.kind {
            Kind::Signed => Sides::Signed,
            _ if task.kind == "trade_off" => Sides::Net,
            _ => Sides::One,
        };
        let coefficient =
            if self.kind == Kind::Kendall { Coefficient::Kendall } else { Coefficient::Spearman };
        let compared = Compared::new((&left, &tables[0]), (&right, &tables[1]), sides);
        ByChance::of(compared.null(coefficient, rng), None)
    }
}
