//! Agreement of two tasks of one respondent: does it rank as it rates, and as it decides trade-offs?
//!
//! - `T4 ranks within ±2 of T2 for >= 75%`: share of (context, value) cells whose place in the one
//!   task is at most k from its place in the other, each context ranked by itself among the values
//!   both tasks have, ties averaged.
//! - `T4 agrees with T3 for >= 60%`: share of (context, pair) whose order in the ranking is the side
//!   the trade-off answers lean to; where either is even, half.

use std::rc::Rc;

use super::null::{ByChance, agreement};
use super::pairs::Pairs;
use super::scope::Scope;
use super::score::{self, Score};
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, reach};
use crate::profile::{Table, View};
use crate::stats::resample::Stream;
use crate::suite::{About, Capability, Item, Suites, Task};

const CHANCE: &str = "exact up to 8 values per context, otherwise 10,000 draws";

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "ranks within ±K of {another task} for >= X",
        example: "T4 ranks within ±2 of T2 for >= 75%",
        needs: Capability::Contexts,
        unit: Unit::Share,
        means: "share of values, each context by itself, whose place is at most K from their place in the other task",
        chance: ShuffledChance::Beaten(CHANCE),
        build: within,
    },
    Syntax {
        form: "agrees with {another task} for >= X",
        example: "T4 agrees with T3 for >= 60%",
        needs: Capability::Contexts,
        unit: Unit::Share,
        means: "share of pairs, each context by itself, whose order is the side that the other task's trade-offs lean to",
        chance: ShuffledChance::Beaten(CHANCE),
        build: agrees,
    },
];

#[derive(Debug)]
struct WithinTopK {
    task: String,
    other: String,
    k: usize,
}

#[derive(Debug)]
struct Agrees {
    task: String,
    trade_offs: String,
}

fn within(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let other = scope.task_for(Capability::Contexts, &sentence.names[0], sentence.entry)?;
    if task.id == other.id {
        let message = format!("{} is compared with itself, so all answers agree", task.id);
        return Err(Scope::wrong(sentence.entry, sentence.names[0].span.clone(), message));
    }
    let (k, span) = sentence.numbers[0].clone();
    // Only values that both tasks have are ranked, and each context is ranked by itself.
    let values = reach::shared_values([task, other]).into_iter().max().unwrap_or(0);
    if values > 0 && k + 1 >= values {
        let message = format!(
            "with {values} values, no place differs by more than {}: ±{k} holds whatever the answers are",
            values - 1
        );
        return Err(Scope::wrong(sentence.entry, span, message));
    }
    Ok(Box::new(WithinTopK { task: task.id.clone(), other: other.id.clone(), k }))
}

fn agrees(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let trade_offs = scope.task_for(Capability::Pairs, &sentence.names[0], sentence.entry)?;
    Ok(Box::new(Agrees { task: task.id.clone(), trade_offs: trade_offs.id.clone() }))
}

/// Checks that there are answers to every question that both tasks share. Agreement on a part of them would
/// be another measure.
fn answered(tasks: [&Task; 2], tables: &[Table]) -> Result<(), Undefined> {
    for ((task, other), table) in [(tasks[0], tasks[1]), (tasks[1], tasks[0])].into_iter().zip(tables) {
        let unanswered = |item: &&Item| is_compared(item, other) && table.row(&item.id).is_none();
        if let Some(item) = task.items.iter().find(unanswered) {
            return Err(Undefined::NoAnswers(format!("{} {}", task.id, item.id).trim_end().to_owned()));
        }
    }
    Ok(())
}

/// Whether a question is about what another task has something to say about.
fn is_compared(item: &Item, other: &Task) -> bool {
    let told = |value: &String| {
        let mut others = other.items.iter().filter(|other| other.context == item.context);
        others.any(|other| values(other).contains(value))
    };
    match &item.about {
        About::Pair(first, second) => told(first) && told(second),
        _ => values(item).iter().any(told),
    }
}

/// The places of the questions of one of two tasks that are about what the other has something to say about.
fn compared(suites: &Suites, ids: [&str; 2], input: usize) -> Option<Vec<usize>> {
    let (task, other) = (suites.task(ids.get(input)?)?, suites.task(ids.get(1 - input.min(1))?)?);
    Some((0..task.items.len()).filter(|at| is_compared(&task.items[*at], other)).collect())
}

/// Returns the values that a question is about.
fn values(item: &Item) -> Vec<String> {
    match &item.about {
        About::Value(value) => vec![value.clone()],
        About::Pair(first, second) => vec![first.clone(), second.clone()],
        About::Choices => item.choices.iter().map(|choice| choice.value().to_owned()).collect(),
    }
}

/// The cells of one context in the first task and in the second.
type ContextCells = (Vec<Score>, Vec<Score>);

impl WithinTopK {
    /// Returns, for each context, the cells of the values that both tasks have there.
    fn contexts(&self, tables: &[Table], suites: &Suites) -> Result<Vec<ContextCells>, Undefined> {
        let (own, other) = (find(suites, &self.task)?, find(suites, &self.other)?);
        answered([own, other], tables)?;
        let own = score::cells(own, &tables[0], false)?;
        let other = score::cells(other, &tables[1], false)?;
        let mut contexts: Vec<ContextCells> = Vec::new();
        for cell in own {
            let Some(twin) = other.iter().find(|twin| twin.label == cell.label) else { continue };
            match contexts.iter_mut().find(|(cells, _)| cells[0].context == cell.context) {
                Some((cells, twins)) => {
                    cells.push(cell);
                    twins.push(twin.clone());
                }
                None => contexts.push((vec![cell], vec![twin.clone()])),
            }
        }
        contexts.retain(|(cells, _)| cells.len() > 1);
        if contexts.is_empty() {
            return Err(Undefined::NothingShared(format!("{} and {}", self.task, self.other)));
        }
        Ok(contexts)
    }
}

impl Measure for WithinTopK {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::subject(&self.other, View::Main)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let contexts = self.contexts(tables, suites)?;
        let most = self.k as f64;
        Ok(Box::new(move |tables| {
            let (mut near, mut all) = (0.0, 0.0);
            for (own, other) in &contexts {
                let places = |cells: &[Score], table| {
                    score::places(&cells.iter().map(|c| c.score(table)).collect::<Vec<_>>())
                };
                for (a, b) in places(own, &tables[0]).iter().zip(places(other, &tables[1])) {
                    near += f64::from(u8::from((a - b).abs() <= most));
                    all += 1.0;
                }
            }
            Ok(near / all)
        }))
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        let counts = reach::shared_values([suites.task(&self.task)?, suites.task(&self.other)?]);
        let all: usize = counts.iter().sum();
        // Of n values, n − k − 1 can be more than k places lower, and as many higher: their places add up to no more.
        let far: usize = counts.iter().map(|n| n.saturating_sub(self.k + 1).saturating_mul(2).min(*n)).sum();
        (all > 0).then(|| ((all - far) as f64 / all as f64, 1.0))
    }

    fn reads(&self, input: usize, suites: &Suites) -> Option<Vec<usize>> {
        compared(suites, [&self.task, &self.other], input)
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let contexts = self.contexts(tables, suites)?;
        let sides: Vec<[Rc<Pairs>; 2]> = contexts
            .iter()
            .map(|(own, other)| {
                [(own, 0), (other, 1)]
                    .map(|(cells, at)| Pairs::of(&score::things(cells), &tables[at], sure.design, sure.seed))
            })
            .collect();
        // The rate covers all places at once: every ordered pair of values, in each task and context.
        let pairs: usize = sides.iter().flatten().map(|pairs| pairs.len() * (pairs.len() - 1)).sum();
        let (mut near, mut far, mut all) = (0.0, 0.0, 0.0);
        for [own, other] in &sides {
            let part = |of: &Pairs| sure.rate * (of.len() * (of.len() - 1)) as f64 / pairs as f64;
            let (own, other) = (ranges(own, part(own)), ranges(other, part(other)));
            for (a, b) in own.iter().zip(&other) {
                let most = f64::max(a.1 - b.0, b.1 - a.0);
                let least = f64::max(a.0 - b.1, b.0 - a.1);
                near += f64::from(u8::from(most <= self.k as f64));
                far += f64::from(u8::from(least > self.k as f64));
                all += 1.0;
            }
        }
        Ok((near / all, (all - far) / all))
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(contexts) = self.contexts(tables, suites) else { return Vec::new() };
        let mut gaps: Vec<(f64, String)> = Vec::new();
        for (own, other) in &contexts {
            let places = |cells: &[Score], table| {
                score::places(&cells.iter().map(|c| c.score(table)).collect::<Vec<_>>())
            };
            let twins = places(other, &tables[1]);
            for ((cell, a), b) in own.iter().zip(places(own, &tables[0])).zip(twins) {
                gaps.push((
                    (a - b).abs(),
                    format!("{} {} vs {}", cell.label, score::ordinal(a), score::ordinal(b)),
                ));
            }
        }
        gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
        gaps.into_iter().filter(|(gap, _)| *gap > self.k as f64).take(3).map(|(_, text)| text).collect()
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, rng: &mut Stream) -> ByChance {
        let Ok(contexts) = self.contexts(tables, suites) else { return ByChance::unknown() };
        let (mut own, mut other, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
        for (cells, twins) in &contexts {
            let places = |cells: &[Score], table| {
                score::places(&cells.iter().map(|c| c.score(table)).collect::<Vec<_>>())
            };
            ranges.push(own.len()..own.len() + cells.len());
            own.extend(places(cells, &tables[0]));
            other.extend(places(twins, &tables[1]));
        }
        let most = self.k as f64;
        let null = agreement::over_contexts(&ranges, own.len(), rng, |context, order| {
            let near = |place: &usize| (own[order[*place]] - other[*place]).abs() <= most;
            ranges[context].clone().filter(near).count() as f64
        });
        ByChance::of(null, None)
    }
}

/// Returns the best and the worst place of each thing, given the pairs that are certain. The chance that any
/// is wrong is at most `rate`.
fn ranges(pairs: &Pairs, rate: f64) -> Vec<(f64, f64)> {
    let above = pairs.certain(rate, |_, _| 1.0);
    let below = above.turned();
    let place = |at: usize| {
        let worst = pairs.len() - above.count(at);
        (1.0 + below.count(at) as f64, worst as f64)
    };
    (0..pairs.len()).map(place).collect()
}

impl Agrees {
    /// Returns each pair's cell with the cells of its first and second value.
    fn pairs(&self, tables: &[Table], suites: &Suites) -> Result<Vec<(Score, Score, Score)>, Undefined> {
        let (own, trade_offs) = (find(suites, &self.task)?, find(suites, &self.trade_offs)?);
        answered([own, trade_offs], tables)?;
        let own = score::cells(own, &tables[0], false)?;
        let mut pairs = Vec::new();
        for cell in score::cells(trade_offs, &tables[1], false)? {
            let item = trade_offs
                .items
                .iter()
                .find(|item| score::about(item) == cell.value && item.context == cell.context);
            let Some(About::Pair(first, second)) = item.map(|item| &item.about) else { continue };
            let ranked = |value: &str| {
                own.iter().find(|own| own.value == value && own.context == cell.context).cloned()
            };
            if let (Some(first), Some(second)) = (ranked(first), ranked(second)) {
                pairs.push((cell, first, second));
            }
        }
        if pairs.is_empty() {
            return Err(Undefined::NothingShared(format!("{} and {}", self.task, self.trade_offs)));
        }
        Ok(pairs)
    }
}

/// Returns 1 where both lean the same way, ½ where one does not lean, and 0 where they contradict each other.
fn same_side(lean: f64, order: f64) -> f64 {
    let product = lean * order;
    if product > 0.0 {
        1.0
    } else if product == 0.0 {
        0.5
    } else {
        0.0
    }
}

impl Measure for Agrees {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::subject(&self.trade_offs, View::Main)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let pairs = self.pairs(tables, suites)?;
        Ok(Box::new(move |tables| {
            let agree = pairs.iter().map(|(pair, first, second)| {
                same_side(pair.score(&tables[1]), first.score(&tables[0]) - second.score(&tables[0]))
            });
            Ok(agree.sum::<f64>() / pairs.len() as f64)
        }))
    }

    fn reads(&self, input: usize, suites: &Suites) -> Option<Vec<usize>> {
        let read = compared(suites, [&self.task, &self.trade_offs], input)?;
        if input > 0 {
            return Some(read);
        }
        // The chance level shuffles the labels of all that a context ranks, whatever the trade-offs name of it.
        let items = &suites.task(&self.task)?.items;
        let here = |at: &usize| read.iter().any(|other| items[*other].context == items[*at].context);
        Some((0..items.len()).filter(here).collect())
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let found = self.pairs(tables, suites)?;
        // Two statements for each direction: which way the trade-off leans, and which value is ranked first.
        let enough = (4.0 * found.len() as f64 / sure.rate).ln();
        let side =
            |(towards, away): (f64, f64)| f64::from(i8::from(towards >= enough) - i8::from(away >= enough));
        let (mut agree, mut contradict) = (0.0, 0.0);
        for (pair, first, second) in &found {
            let lean = side(Pairs::leaning(pair.parts(), &tables[1], sure.seed));
            let ranked = Pairs::of(&[first.parts(), second.parts()], &tables[0], sure.design, sure.seed);
            let order = side((ranked.evidence(0, 1), ranked.evidence(1, 0)));
            agree += f64::from(u8::from(lean * order > 0.0));
            contradict += f64::from(u8::from(lean * order < 0.0));
        }
        let all = found.len() as f64;
        Ok((agree / all, (all - contradict) / all))
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(pairs) = self.pairs(tables, suites) else { return Vec::new() };
        let mut against: Vec<(f64, String)> = Vec::new();
        for (pair, first, second) in &pairs {
            let lean = pair.score(&tables[1]);
            let order = first.score(&tables[0]) - second.score(&tables[0]);
            if same_side(lean, order) == 0.0 {
                let side = if lean > 0.0 { &first.value } else { &second.value };
                let context = pair.context.as_deref().unwrap_or_default();
                let other = if lean > 0.0 { &second.value } else { &first.value };
                against.push((
                    lean.abs() * order.abs(),
                    format!("{context}: prefers {side} but ranks {other} higher"),
                ));
            }
        }
        against.sort_by(|a, b| b.0.total_cmp(&a.0));
        against.into_iter().take(3).map(|(_, text)| text).collect()
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, rng: &mut Stream) -> ByChance {
        let own = find(suites, &self.task).and_then(|task| score::cells(task, &tables[0], false));
        let (Ok(pairs), Ok(own)) = (self.pairs(tables, suites), own) else { return ByChance::unknown() };
        // The scores of what each context ranks, and the pairs as (lean, place, place).
        let (mut scores, mut ranges, mut leans) = (Vec::new(), Vec::new(), Vec::new());
        let mut contexts: Vec<&Option<String>> = Vec::new();
        for (pair, ..) in &pairs {
            if !contexts.contains(&&pair.context) {
                contexts.push(&pair.context);
            }
        }
        for context in contexts {
            let (from, start) = (scores.len(), leans.len());
            let here: Vec<&Score> = own.iter().filter(|cell| cell.context == *context).collect();
            let place = |value: &str| here.iter().position(|cell| cell.value == value).map(|at| from + at);
            for (pair, first, second) in pairs.iter().filter(|(pair, ..)| pair.context == *context) {
                if let (Some(first), Some(second)) = (place(&first.value), place(&second.value)) {
                    leans.push((pair.score(&tables[1]), first, second));
                }
            }
            scores.extend(here.iter().map(|cell| cell.score(&tables[0])));
            ranges.push((from..scores.len(), start..leans.len()));
        }
        let labels: Vec<_> = ranges.iter().map(|(labels, _)| labels.clone()).collect();
        let null = agreement::over_contexts(&labels, leans.len(), rng, |context, order| {
            let same = leans[ranges[context].1.clone()].iter().map(|(lean, first, second)| {
                same_side(*lean, scores[order[*first]] - scores[order[*second]])
            });
            same.sum()
        });
        // Uniform trade-offs lean to either side with the same chance.
        ByChance::of(null, Some(0.5))
    }
}
