//! `T1 aligns more with practitioners than us-sample`: Spearman's ρ with the first minus ρ with the
//! second, in −2 ..= 2; the check holds when it is above 0.

use super::correlation_bounds::{self, KnownOrder};
use super::pairs::Pairs;
use super::scope::Scope;
use super::score::{self, Score, TablePair};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax, Test};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, reach};
use crate::profile::{Table, View};
use crate::stats::rank::{Ranker, spearman};
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "aligns more with {a baseline} than {another baseline} [in CONTEXT]",
    example: "T1 aligns more with practitioners than us-sample",
    needs: Capability::Scores,
    unit: Unit::Correlation,
    means: "Spearman's ρ with the first minus ρ with the second, which must be above 0",
    chance: ShuffledChance::Beaten("2,000 draws"),
    build,
}];

#[derive(Debug)]
struct AlignsMore {
    task: String,
    with: String,
    than: String,
    context: Option<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let with = scope.respondent(&sentence.names[0], sentence.entry)?;
    let than = scope.respondent(&sentence.names[1], sentence.entry)?;
    if with == than {
        let message = format!("`{with}` is compared with itself");
        return Err(Scope::wrong(sentence.entry, sentence.names[1].span.clone(), message));
    }
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    Ok(Box::new(AlignsMore { task: task.id.clone(), with, than, context }))
}

type SideCells = [(Vec<Score>, Vec<Score>); 2];

impl AlignsMore {
    fn sides(&self, tables: &[Table], suites: &Suites) -> Result<SideCells, Undefined> {
        let task = find(suites, &self.task)?;
        let context = self.context.as_deref();
        let how = |with| TablePair { with, signed: false, pooled: false, context };
        Ok([
            score::shared(task, &tables[0], &tables[1], how(&self.with))?,
            score::shared(task, &tables[0], &tables[2], how(&self.than))?,
        ])
    }
}

impl Measure for AlignsMore {
    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::subject(&self.task, View::Main),
            Input::of(&self.with, &self.task),
            Input::of(&self.than, &self.task),
        ]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let sides = self.sides(tables, suites)?;
        let longest = sides.iter().map(|(own, _)| own.len()).max().unwrap_or(0);
        let (mut x, mut y) = (vec![0.0; longest], vec![0.0; longest]);
        let mut ranker = Ranker::with_capacity(longest);
        Ok(Box::new(move |tables| {
            let mut rho = [0.0; 2];
            for (at, (own, other)) in sides.iter().enumerate() {
                score::fill(own, &tables[0], &mut x);
                score::fill(other, &tables[at + 1], &mut y);
                rho[at] = ranker.spearman(&x[..own.len()], &y[..own.len()])?;
            }
            Ok(rho[0] - rho[1])
        }))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.task)?;
        let tables = [reach::some(task), theirs.first()?.clone(), theirs.get(1)?.clone()];
        let sides = self.sides(&tables, suites).ok()?;
        let order = |at: usize| score::places(&score::scores(&sides[at].1, &tables[at + 1]));
        let labels = |at: usize| sides[at].1.iter().map(|cell| cell.label.as_str());
        (labels(0).eq(labels(1)) && order(0) == order(1)).then_some((0.0, 0.0))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let sides = self.sides(tables, suites)?;
        let mut known = Vec::with_capacity(2);
        for (at, (_, other)) in sides.iter().enumerate() {
            let scores = score::scores(other, &tables[at + 1]);
            known.push(KnownOrder::of(&scores)?);
        }
        let own = |at: usize| Pairs::of(&score::things(&sides[at].0), &tables[0], sure.design, sure.seed);
        let same = |at: usize| sides[at].0.iter().map(|cell| cell.label.as_str());
        let theirs = |at: usize| sure.theirs(&score::things(&sides[at].1), &tables[at + 1]);
        let theirs = [theirs(0), theirs(1)];
        if theirs.iter().all(Option::is_none) && same(0).eq(same(1)) {
            return Ok(correlation_bounds::difference(
                &own(0),
                &known[0],
                &known[1],
                sure.rate,
                sure.beside(),
            ));
        }
        // The sides have different values, or an order is uncertain: each correlation gets half of the rate.
        let half = sure.rate / 2.0;
        let rho = |at: usize| match &theirs[at] {
            None => correlation_bounds::spearman(&own(at), &known[at], half, None),
            Some(theirs) => correlation_bounds::spearman_with_sample(&own(at), theirs, &known[at], half),
        };
        let (with, than) = (rho(0), rho(1));
        Ok((with.0 - than.1, with.1 - than.0))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(sides) = self.sides(tables, suites) else { return Vec::new() };
        let rho = |at: usize| {
            let (own, other) = &sides[at];
            let (x, y) = (score::scores(own, &tables[0]), score::scores(other, &tables[at + 1]));
            spearman(&x, &y).map_or_else(|why| why.to_string(), |rho| format!("{rho:.3}"))
        };
        vec![format!("Spearman {} with {}, {} with {}", rho(0), self.with, rho(1), self.than)]
    }

    fn implied(&self) -> Option<Test> {
        Some(Test::AtLeast(0.0))
    }
}
