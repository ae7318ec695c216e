//! `T1 top-5 Jaccard with practitioners >= 0.8`: do both sides have the same values on top?
//!
//! It is |A ∩ B| / |A ∪ B| of the k highest-scored values of each side (Jaccard 1901), in 0 ..= 1. A tie at
//! the cut is averaged over all ways to break it, and the explanation says so.

use super::null::{self, ByChance};
use super::pairs::Pairs;
use super::scope::Scope;
use super::score::{self, Score, TablePair};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, tops};
use crate::ground::format;
use crate::profile::{Table, View};
use crate::stats::overlap;
use crate::stats::resample::Stream;
use crate::suite::{Capability, Suites, Task};

/// The most ways to break a baseline's tie that are tried.
const WAYS: usize = 200;

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "top-K Jaccard with {a baseline} [in CONTEXT] >= X",
    example: "T1 top-5 Jaccard with practitioners >= 0.8",
    needs: Capability::Values,
    unit: Unit::Index,
    means: "how many of the K highest both sides have in common, of all that either has (ties at the cut averaged)",
    chance: ShuffledChance::Beaten("exact: hypergeometric, ties averaged"),
    build,
}];

#[derive(Debug)]
struct TopJaccard {
    task: String,
    k: usize,
    with: String,
    context: Option<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let k = tops::k_of(sentence, task)?;
    let with = scope.respondent(&sentence.names[0], sentence.entry)?;
    null::enough_ways(sentence, tops::ways_to_choose(task, k))?;
    let values = task.values().len();
    if values > overlap::MAX_OPTIONS {
        let most = overlap::MAX_OPTIONS;
        let message = format!(
            "the task has {values} values, but a top k can be found among at most {most}: use Spearman, which takes any number"
        );
        return Err(Scope::wrong(sentence.entry, sentence.task.span.clone(), message));
    }
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    Ok(Box::new(TopJaccard { task: task.id.clone(), k, with, context }))
}

impl TopJaccard {
    fn cells(&self, tables: &[Table], suites: &Suites) -> Result<(Vec<Score>, Vec<Score>), Undefined> {
        let task = find(suites, &self.task)?;
        // Values in several contexts are pooled before they are ranked, because "the top 3" is one list.
        let pooled = self.context.is_none() && !task.contexts().is_empty();
        let how = TablePair { with: &self.with, signed: false, pooled, context: self.context.as_deref() };
        score::shared(task, &tables[0], &tables[1], how)
    }
}

impl Measure for TopJaccard {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::of(&self.with, &self.task)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let (left, right) = self.cells(tables, suites)?;
        let (mut x, mut y) = (vec![0.0; left.len()], vec![0.0; right.len()]);
        let k = self.k;
        Ok(Box::new(move |tables| {
            score::fill(&left, &tables[0], &mut x);
            score::fill(&right, &tables[1], &mut y);
            Ok(overlap::top_k_jaccard(&x, &y, k)?.value)
        }))
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        Some(tops::range(suites.task(&self.task)?.values_in(self.context.as_deref()).len(), self.k))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let (left, right) = self.cells(tables, suites)?;
        let own = Pairs::of(&score::things(&left), &tables[0], sure.design, sure.seed);
        if let Some(theirs) = sure.theirs(&score::things(&right), &tables[1]) {
            let members = |pairs| tops::members(pairs, self.k);
            return Ok(tops::of_two(&members(&own), &members(&theirs), self.k, sure.bound, sure.rate));
        }
        let theirs = score::scores(&right, &tables[1]);
        let pivot = tops::step(self.k, sure.bound);
        let (mut least, mut most) = (self.k, 0);
        for set in overlap::top(&theirs, self.k)?.ways(WAYS).ok_or_else(|| {
            Undefined::Other(format!("too many values of {} are tied for the first {}", self.with, self.k))
        })? {
            let (low, high) = tops::shared(&own, set, pivot, sure.rate);
            (least, most) = (least.min(low), most.max(high));
        }
        Ok((tops::index(self.k, least), tops::index(self.k, most)))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok((left, right)) = self.cells(tables, suites) else { return Vec::new() };
        let (x, y) = (score::scores(&left, &tables[0]), score::scores(&right, &tables[1]));
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
                    "tied {whose} for {} of the {} places: {} (averaged)",
                    top.open,
                    self.k,
                    names(top.tied)
                ));
            }
        }
        said
    }

    fn common(&self, surveys: [&Table; 2], suites: &Suites) -> Option<(String, bool)> {
        let [one, other] = surveys;
        let (left, right) = self.cells(&[one.clone(), other.clone()], suites).ok()?;
        let published = overlap::top(&score::scores(&left, one), self.k).ok().filter(|top| !top.is_tied())?;
        // Where others tie with them, it is not the same K.
        let again = overlap::top(&score::scores(&right, other), self.k).ok()?;
        Some((format!("the same {}", format::number(self.k)), again == published))
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let Ok((left, right)) = self.cells(tables, suites) else { return ByChance::unknown() };
        let (x, y) = (score::scores(&left, &tables[0]), score::scores(&right, &tables[1]));
        let null = null::overlap::overlap_null(&x, &y, self.k);
        // For uniform selections, too, the order of the values is random.
        let uniform = null.map(|null| null.mean).filter(|_| tables[0].shape.is_set());
        ByChance::of(null, uniform)
    }
}
