//! What a respondent without opinions would get: one with the subject's own shares but the labels
//! shuffled (within each context), and one that answers uniformly at random as often as the subject.
//!
//! Monte Carlo from the run's seed; the standard error of the means is stated. A number that looks
//! strong may be what anybody gets: random rankings of six agree within ±2 for two thirds of the
//! cells, and the signs alone give the study's trade-off correlation a ρ of 0.76.

use rand::RngExt;

use super::{Check, Statistic, Unit, Who};
use crate::profile::{Table, View};
use crate::stats::resample;
use crate::suite::{About, Shape, Suites, Task};

const DRAWS: usize = 200;

/// The chance level of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Mean over shuffled labels, in the measure's unit.
    pub shuffled: f64,
    /// Standard deviation over them.
    pub shuffled_deviation: f64,
    /// Mean over uniform respondents; `None` where it is undefined.
    pub uniform: Option<f64>,
    /// Of `shuffled`.
    pub standard_error: f64,
}

/// The chance level of a check on these tables; `None` where labels play no part in the measure
/// (invalid answers) or a shuffled respondent has no value.
pub(crate) fn of(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    statistic: &mut Statistic,
    seed: u64,
) -> Option<Chance> {
    let inputs = check.measure.inputs();
    if inputs.iter().any(|input| input.view == View::Validity) || check.measure.unit() == Unit::Number {
        return None;
    }
    let mut rng = resample::rng(seed, &["chance", &check.sentence]);
    let mut draw = tables.to_vec();
    let mut run = |change: Change| {
        let mut values = Vec::with_capacity(DRAWS);
        for _ in 0..DRAWS {
            for (at, input) in inputs.iter().enumerate().filter(|(_, input)| input.who == Who::Subject) {
                draw[at].clone_from(&tables[at]);
                if let Some(task) = suites.task(&input.task) {
                    change(task, &mut draw[at], &mut |n| rng.random_range(0..n.max(1)));
                }
            }
            values.extend(statistic(&draw).ok());
        }
        moments(&values)
    };
    let (shuffled, deviation, error) = run(shuffle)?;
    let uniform = run(uniform).map(|(mean, ..)| mean);
    Some(Chance { shuffled, shuffled_deviation: deviation, uniform, standard_error: error })
}

fn moments(values: &[f64]) -> Option<(f64, f64, f64)> {
    // Where most shuffles have no value the mean of the others would mislead.
    if values.len() < DRAWS / 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    Some((mean, deviation, deviation / n.sqrt()))
}

/// A way to make a respondent without opinions out of a subject's table.
type Change = fn(&Task, &mut Table, Below<'_>);

/// A source of numbers below n.
type Below<'a> = &'a mut dyn FnMut(usize) -> usize;

fn permute(n: usize, below: Below<'_>, mut swap: impl FnMut(usize, usize)) {
    for last in (1..n).rev() {
        swap(last, below(last + 1));
    }
}

/// The same shares under other labels.
fn shuffle(task: &Task, table: &mut Table, below: Below<'_>) {
    match table.shape {
        Shape::Set { .. } => {
            for row in &mut table.rows {
                let shares = &mut row.shares;
                permute(shares.len(), below, |a, b| shares.swap(a, b));
            }
        }
        Shape::Ranking => {
            for row in &mut table.rows {
                let k = row.shares.len().isqrt();
                let shares = &mut row.shares;
                permute(k, below, |a, b| (0..k).for_each(|place| shares.swap(a * k + place, b * k + place)));
            }
        }
        Shape::Level | Shape::Text => by_context(task, table, below),
    }
}

/// Values change places with values, pairs with pairs, within a context; a pair's sides too.
fn by_context(task: &Task, table: &mut Table, below: Below<'_>) {
    let context = |item: &str| item.split_once('.').map_or("", |(context, _)| context).to_owned();
    let mut contexts: Vec<(String, Vec<usize>)> = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let name = context(&row.item);
        match contexts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push(at),
            None => contexts.push((name, vec![at])),
        }
    }
    for (_, rows) in contexts {
        permute(rows.len(), below, |a, b| {
            if a == b {
                return;
            }
            let (a, b) = (rows[a.min(b)], rows[a.max(b)]);
            let (head, tail) = table.rows.split_at_mut(b);
            let (left, right) = (&mut head[a], &mut tail[0]);
            std::mem::swap(&mut left.shares, &mut right.shares);
            std::mem::swap(&mut left.known, &mut right.known);
            std::mem::swap(&mut left.n, &mut right.n);
        });
    }
    if task.items.iter().any(|item| matches!(item.about, About::Pair(..))) {
        for row in table.rows.iter_mut().filter(|_| below(2) == 1) {
            let levels = row.known.len();
            row.shares[..levels].reverse();
            row.known.reverse();
        }
    }
}

/// As many answers, each drawn evenly from all there are.
fn uniform(_: &Task, table: &mut Table, below: Below<'_>) {
    let shape = table.shape;
    for row in &mut table.rows {
        let (n, levels) = (row.n, row.known.len());
        let step = 1.0 / f64::from(n.max(1));
        row.shares.fill(0.0);
        for _ in 0..n {
            match shape {
                Shape::Set { pick } => {
                    let mut options: Vec<usize> = (0..row.shares.len()).collect();
                    for chosen in 0..pick.min(options.len()) {
                        let other = chosen + below(options.len() - chosen);
                        options.swap(chosen, other);
                        row.shares[options[chosen]] += step;
                    }
                }
                Shape::Ranking => {
                    let k = row.shares.len().isqrt();
                    let mut places: Vec<usize> = (0..k).collect();
                    permute(k, below, |a, b| places.swap(a, b));
                    (0..k).for_each(|choice| row.shares[choice * k + places[choice]] += step);
                }
                Shape::Level | Shape::Text => row.shares[below(levels)] += step,
            }
        }
    }
}
