//! `T1 top-5 Jaccard with practitioners >= 0.8`: do both sides have the same values on top?
//!
//! |A ∩ B| / |A ∪ B| of the k highest-scored of each side (Jaccard 1901), in 0 ..= 1. A tie at the cut
//! is averaged over all ways to break it, and said.

use super::{Confidence, Input, Measure, Statistic, Undefined, tops};
use crate::check::Scope;
use crate::check::chance::{self, ByChance};
use crate::check::pairs::{Pairs, Thing};
use crate::check::score::{self, Between, Cell};
use crate::check::sentence::{Part, Sentence, Syntax, Unit};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Table, View};
use crate::stats::overlap;
use crate::stats::resample::Stream;
use crate::suite::{Shape, Suites, Task};

/// Most ways to break a baseline's tie that are followed up.
const WAYS: usize = 200;

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    parts: &[
        Part::TopK,
        Part::Word("Jaccard"),
        Part::Word("with"),
        Part::Name("a baseline"),
        Part::In,
        Part::Bound(Unit::Index),
    ],
    example: "T1 top-5 Jaccard with practitioners >= 0.8",
    build,
}];

#[derive(Debug)]
struct TopJaccard {
    task: String,
    k: usize,
    with: String,
    /// The only context that is compared.
    context: Option<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>) -> Result<Box<dyn Measure>, Box<Diagnostic>> {
    let task = scope.task_of(&sentence.task, sentence.entry, &["select", "rate", "rank"])?;
    let (k, span) = sentence.numbers[0].clone();
    top_fits(task, k).map_err(|message| Scope::wrong(sentence.entry, span, message))?;
    let with = scope.respondent(&sentence.names[0], sentence.entry)?;
    chance::enough_ways(sentence, ways_to_choose(task, k))?;
    let values = task.values().len();
    if values > overlap::MAX_OPTIONS {
        let most = overlap::MAX_OPTIONS;
        let message = format!("{values} values; a top k is told of {most} at most, Spearman of any number");
        return Err(Scope::wrong(sentence.entry, sentence.task.span.clone(), message));
    }
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    Ok(Box::new(TopJaccard { task: task.id.clone(), k, with, context }))
}

/// How many different sets the first `k` of a task's values can be.
pub(super) fn ways_to_choose(task: &Task, k: usize) -> u64 {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    u64::try_from(overlap::choose(count(task.values().len()), count(k))).unwrap_or(u64::MAX)
}

/// Whether the `k` first of a task's values can be told from the rest.
pub(super) fn top_fits(task: &Task, k: usize) -> Result<(), String> {
    let values = task.values().len();
    if (1..values).contains(&k) {
        return Ok(());
    }
    Err(format!("the first {k} of {values} values say nothing; choose between 1 and {}", values - 1))
}

impl TopJaccard {
    fn cells(&self, tables: &[Table], suites: &Suites) -> Result<(Vec<Cell>, Vec<Cell>), Undefined> {
        let task = find(suites, &self.task)?;
        // Values in context are ranked all contexts pooled: "the top 3" is one list.
        let pooled = self.context.is_none() && !task.contexts().is_empty();
        let how = Between { with: &self.with, signed: false, pooled, context: self.context.as_deref() };
        score::shared(task, &tables[0], &tables[1], how)
    }
}

impl Measure for TopJaccard {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::of(&self.with, &self.task)]
    }

    fn unit(&self) -> Unit {
        Unit::Index
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        let k = self.k;
        Ok(Box::new(move |tables| {
            fill(&left, &tables[0], &mut x);
            fill(&right, &tables[1], &mut y);
            Ok(overlap::top_k_jaccard(&x, &y, k)?.value)
        }))
    }

    fn interval(
        &self,
        tables: &[Table],
        suites: &Suites,
        sure: &Confidence,
    ) -> Result<(f64, f64), Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let own = Pairs::of(&things(&left), &tables[0], sure.design, sure.seed);
        if let Some(theirs) = sure.theirs(&things(&right), &tables[1]) {
            let members = |pairs| tops::members(pairs, self.k);
            return Ok(tops::of_two(&members(&own), &members(&theirs), self.k, sure.bound, sure.rate));
        }
        let mut theirs = vec![0.0; right.len()];
        fill(&right, &tables[1], &mut theirs);
        let pivot = tops::step(self.k, sure.bound);
        let (mut least, mut most) = (self.k, 0);
        for set in overlap::top(&theirs, self.k)?.ways(WAYS).ok_or_else(|| {
            Undefined::Other(format!("too many values of {} tie for the first {}", self.with, self.k))
        })? {
            let (low, high) = tops::shared(&own, set, pivot, sure.rate);
            (least, most) = (least.min(low), most.max(high));
        }
        Ok((tops::index(self.k, least), tops::index(self.k, most)))
    }

    fn reads(&self, _: usize, table: &Table, suites: &Suites) -> Option<Vec<usize>> {
        score::rows_in(suites.task(&self.task)?, table, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok((left, right)) = self.cells(tables, suites) else { return Vec::new() };
        let scores = |cells: &[Cell], table| cells.iter().map(|cell| cell.score(table)).collect::<Vec<f64>>();
        let (x, y) = (scores(&left, &tables[0]), scores(&right, &tables[1]));
        let Ok(overlap) = overlap::top_k_jaccard(&x, &y, self.k) else { return Vec::new() };
        let names = |mask: u64| {
            overlap::indices(mask).map(|at| left[at].label.as_str()).collect::<Vec<_>>().join(", ")
        };
        let own = overlap.first.sure & !(overlap.second.sure | overlap.second.tied);
        let theirs = overlap.second.sure & !(overlap.first.sure | overlap.first.tied);
        let mut said = Vec::new();
        if own != 0 {
            said.push(format!("only here: {}", names(own)));
        }
        if theirs != 0 {
            said.push(format!("only in {}: {}", self.with, names(theirs)));
        }
        for (top, whose) in [(overlap.first, "here"), (overlap.second, self.with.as_str())] {
            if top.is_tied() {
                said.push(format!(
                    "tie {whose} for {} of the {} places: {} (averaged)",
                    top.open,
                    self.k,
                    names(top.tied)
                ));
            }
        }
        said
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let Ok((left, right)) = self.cells(tables, suites) else { return ByChance::unknown() };
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        fill(&left, &tables[0], &mut x);
        fill(&right, &tables[1], &mut y);
        let null = chance::overlap::of(&x, &y, self.k);
        // Uniform selections have their values in any order, too.
        let uniform = null.map(|null| null.mean).filter(|_| matches!(tables[0].shape, Shape::Set { .. }));
        ByChance::of(null, uniform)
    }
}

pub(super) fn fill(cells: &[Cell], table: &Table, into: &mut [f64]) {
    into.iter_mut().zip(cells).for_each(|(score, cell)| *score = cell.score(table));
}

/// What cells are scores of, for the evidence of pairs.
pub(super) fn things(cells: &[Cell]) -> Vec<Thing> {
    cells.iter().map(Cell::parts).collect()
}

/// The task a measure was built for.
pub(super) fn find<'a>(suites: &'a Suites, task: &str) -> Result<&'a Task, Undefined> {
    suites.task(task).ok_or_else(|| Undefined::Other(format!("the task {task} is not loaded")))
}
