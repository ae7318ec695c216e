//! `T4 ranks privacy within top 3 in medical`: the place of one value among the others, where 1 is first and
//! ties are averaged. The check holds when the place is at most the number named. A value with several stories in a
//! ranking is placed by their mean place: unlike the best place, it favours no value for having more stories.
//!
//! Without a context the scores of all contexts are pooled first. "In every context" takes the context where
//! the value comes last.

use super::null::{ByChance, Distribution};
use super::pairs::Pairs;
use super::pooled::PooledValues;
use super::scope::Scope;
use super::score::{self, Score};
use super::syntax::{BuiltMeasure, PlaceInTask, Sentence, ShuffledChance, Syntax, Test};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, tops};
use crate::profile::{Table, View};
use crate::stats::resample::Stream;
use crate::suite::{Capability, Suites, Task, parts_of_place};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "ranks {a value} within top K [in CONTEXT or every context]",
    example: "T4 ranks privacy within top 3 in medical",
    needs: Capability::Values,
    unit: Unit::Place,
    means: "place of the value among all, which must be at most K (with `in every context`, in the context where it comes last); a value with several stories is placed by their mean place",
    chance: ShuffledChance::Beaten(
        "exact: all places are equally likely; with `in every context`, the last in independent contexts",
    ),
    build,
}];

#[derive(Debug)]
struct RankOf {
    task: String,
    value: String,
    most: usize,
    context: Option<String>,
    every: bool,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let value = scope.value(task, &sentence.names[0], sentence.entry)?;
    let most = tops::k_of(sentence, task)?;
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    let every = sentence.place == PlaceInTask::Every;
    let ranked = if every { task.contexts() } else { context.as_deref().into_iter().collect() };
    if let Some(without) =
        ranked.iter().find(|context| !task.values_in(Some(context)).contains(&value.as_str()))
    {
        let message = format!("`{value}` is not among the values that {} asks about in {without}", task.id);
        return Err(Scope::wrong(sentence.entry, sentence.names[0].span.clone(), message));
    }
    Ok(Box::new(RankOf { task: task.id.clone(), value, most, context, every }))
}

/// Cells that are ranked together, and which of them is meant.
struct RankedGroup {
    name: String,
    /// The values, pooled over the contexts.
    values: PooledValues,
    at: usize,
}

impl RankedGroup {
    fn scores(&self, table: &Table) -> Vec<f64> {
        self.values.scores(table)
    }

    fn place(&self, table: &Table) -> f64 {
        score::places(&self.scores(table))[self.at]
    }
}

impl RankOf {
    fn groups(&self, table: &Table, suites: &Suites) -> Result<Vec<RankedGroup>, Undefined> {
        let task = find(suites, &self.task)?;
        let mut groups: Vec<RankedGroup> = Vec::new();
        for cell in score::cells(task, table, false)? {
            if self.context.is_some() && cell.context != self.context {
                continue;
            }
            let name = if self.every { cell.context.clone().unwrap_or_default() } else { String::new() };
            let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
                groups.push(RankedGroup { name, values: PooledValues::default(), at: 0 });
                groups.len() - 1
            });
            groups[at].values.add(cell);
        }
        let asked = if self.every { task.contexts().len() } else { 1 };
        for group in &mut groups {
            group.at =
                group.values.0.iter().position(|(value, _)| *value == self.value).ok_or_else(|| {
                    Undefined::NoAnswers(format!("{} about {} {}", self.task, self.value, group.name))
                })?;
        }
        if groups.len() < asked || groups.is_empty() {
            let place = self.context.as_deref().unwrap_or("every context");
            return Err(Undefined::NoAnswers(format!("{} in {place}", self.task)));
        }
        Ok(groups)
    }
}

impl Measure for RankOf {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let groups = self.groups(&tables[0], suites)?;
        Ok(Box::new(move |tables| Ok(groups.iter().map(|group| group.place(&tables[0])).fold(1.0, f64::max))))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let groups = self.groups(&tables[0], suites)?;
        let parts = groups.len() as f64;
        let (mut best, mut worst) = (1.0_f64, 1.0_f64);
        for group in &groups {
            let pairs = Pairs::of(&group.values.things(), &tables[0], sure.design, sure.seed);
            // "In every context" works as for shares: "in all" takes the whole rate, and "not in some" a
            // part.
            let (_, high) = tops::places(&pairs, group.at, sure.bound as usize, sure.rate);
            let (low, _) = tops::places(&pairs, group.at, sure.bound as usize, sure.rate / parts);
            (best, worst) = (best.max(low), worst.max(high));
        }
        Ok((best, worst))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(mut groups) = self.groups(&tables[0], suites) else { return Vec::new() };
        groups.sort_by(|a, b| b.place(&tables[0]).total_cmp(&a.place(&tables[0])));
        let Some(worst) = groups.first() else { return Vec::new() };
        let scores = worst.scores(&tables[0]);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let names: Vec<&str> = order.iter().map(|at| worst.values.0[*at].0.as_str()).collect();
        let place = if worst.name.is_empty() { String::new() } else { format!("{}: ", worst.name) };
        let mut said = vec![format!("{place}{}", names.join(" > "))];
        let (value, cells) = &worst.values.0[worst.at];
        let stories = cells.iter().flat_map(Score::parts).filter_map(|(_, reading)| reading.stories());
        if let Some(stories) = stories.max().filter(|stories| *stories > 1) {
            said.push(format!(
                "{value} is placed by the mean place of its {stories} stories, {:.1}",
                -scores[worst.at]
            ));
        }
        said
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.task)?;
        let last = match self.every {
            true => task.contexts().into_iter().map(|context| task.values_in(Some(context)).len()).max()?,
            false => task.values_in(self.context.as_deref()).len(),
        };
        Some((1.0, last as f64))
    }

    fn implied(&self) -> Option<Test> {
        Some(Test::AtMost(self.most as f64))
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let Ok(groups) = self.groups(&tables[0], suites) else { return ByChance::unknown() };
        // Shuffled labels put the value at any of the possible places.
        let places =
            groups.iter().filter_map(|group| Distribution::of(score::places(&group.scores(&tables[0]))));
        let null = Distribution::over(places, f64::max).map(|places| places.exact());
        // So does a uniform respondent, if all values come from the same answers, and none has more stories.
        let alike = suites.task(&self.task).is_some_and(|task| parts_of_place(&task.items) == 1);
        let one = alike
            && (tables[0].shape.is_set() || tables[0].shape.is_ranking())
            && groups.iter().all(|group| group.values.0.iter().all(|(_, cells)| cells.len() == 1));
        let uniform = null.map(|null| null.mean).filter(|_| one && groups.len() == 1);
        ByChance::of(null, uniform)
    }
}
