//! Robustness of one respondent's own selection: across option orders and across wordings.
//!
//! - `top-5 Jaccard across orders`: mean pairwise Jaccard of the orders' top k (the study's S4);
//! - `Jaccard at 70% across orders`: the same for the values that at least 70 % of answers select (S5);
//! - `count spread across orders`: sample standard deviation of the options' summed counts (S6), in
//!   answers out of 50 to each order, however many there are: 0 when all options are chosen equally
//!   often;
//! - `across synonyms`: the main form against the wording with synonyms.

use super::null::{self, ByChance};
use super::pairs::Pairs;
use super::scope::Scope;
use super::score::{self, Score};
use super::share_ends::share_ends;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find, tops};
use crate::profile::{Table, View};
use crate::stats::overlap;
use crate::stats::pairs::with;
use crate::stats::resample::Stream;
use crate::suite::{Capability, Suites, Task};

const ORDERS: [View; 3] = [View::Form("shuffled"), View::Form("listed"), View::Form("reversed")];
const SYNONYMS: [View; 2] = [View::Main, View::Form("synonyms")];

/// Says why a measure of shares has no chance level to beat; `shares` has the reason.
const ESTIMATED: &str = "what other labels would get is itself only an estimate";

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "top-K Jaccard across orders [in CONTEXT] >= X",
        example: "T1 top-5 Jaccard across orders >= 0.9",
        needs: Capability::Personas,
        unit: Unit::Index,
        means: "overlap of the K most selected, or the K first values of a ranking, mean over all pairs of orders",
        chance: ShuffledChance::Beaten("2,000 draws"),
        build: orders,
    },
    Syntax {
        form: "top-K Jaccard across synonyms >= X",
        example: "T1 top-5 Jaccard across synonyms >= 0.8",
        needs: Capability::Selection,
        unit: Unit::Index,
        means: "overlap of the K most selected in the main form and with synonyms",
        chance: ShuffledChance::Beaten("exact: hypergeometric, ties averaged"),
        build: |sentence, _, task| top(sentence, task, &SYNONYMS),
    },
    Syntax {
        form: "Jaccard at P% across orders >= X",
        example: "T1 Jaccard at 70% across orders >= 0.9",
        needs: Capability::Selection,
        unit: Unit::Index,
        means: "overlap of what at least P% of answers select, mean over all pairs of orders",
        chance: ShuffledChance::Shown("2,000 draws", ESTIMATED),
        build: |sentence, _, task| across(task, AcrossStatistic::Chosen(sentence.share), &ORDERS),
    },
    Syntax {
        form: "count spread across orders >= X",
        example: "T1 count spread across orders >= 60",
        needs: Capability::Selection,
        unit: Unit::Number,
        means: "standard deviation of how often each option is selected in 50 answers to each order: 0 if all are selected equally often",
        chance: ShuffledChance::Shown("2,000 draws", ESTIMATED),
        build: |_, _, task| across(task, AcrossStatistic::Spread, &ORDERS),
    },
];

/// The number of answers to an order in the study, which is the unit of `count spread`.
const ANSWERS: f64 = 50.0;

#[derive(Debug, Clone, Copy)]
enum AcrossStatistic {
    Top(usize),
    Chosen(f64),
    Spread,
}

#[derive(Debug)]
struct Across {
    task: String,
    of: AcrossStatistic,
    views: &'static [View],
}

/// The place of a table that has answers, with its cells.
type AnsweredView = (usize, Vec<Score>);

fn orders(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    if task.shape.is_ranking() {
        return super::personas::across_orders(sentence, scope, task);
    }
    scope.context(task, &sentence.place, sentence.entry)?;
    top(sentence, task, &ORDERS)
}

fn top(sentence: &Sentence<'_>, task: &Task, views: &'static [View]) -> BuiltMeasure {
    let k = tops::k_of(sentence, task)?;
    null::enough_ways(sentence, tops::ways_to_choose(task, k).saturating_pow(views.len() as u32 - 1))?;
    across(task, AcrossStatistic::Top(k), views)
}

fn across(task: &Task, of: AcrossStatistic, views: &'static [View]) -> BuiltMeasure {
    Ok(Box::new(Across { task: task.id.clone(), of, views }))
}

impl Across {
    /// Returns the tables that have answers, each with its cells.
    fn asked(&self, tables: &[Table], suites: &Suites) -> Result<Vec<AnsweredView>, Undefined> {
        let task = find(suites, &self.task)?;
        let mut asked = Vec::new();
        for (at, table) in tables.iter().enumerate().filter(|(_, table)| !table.rows.is_empty()) {
            asked.push((at, score::cells(task, table, false)?));
        }
        if asked.len() < 2 {
            let what = if self.views.len() == 2 { "wordings" } else { "orders" };
            return Err(Undefined::Other(format!(
                "{} was answered in {} of the {what} this compares; it takes two",
                self.task,
                asked.len()
            )));
        }
        Ok(asked)
    }
}

impl Measure for Across {
    fn inputs(&self) -> Vec<Input> {
        self.views.iter().map(|view| Input::subject(&self.task, *view)).collect()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let asked = self.asked(tables, suites)?;
        let mut scores: Vec<Vec<f64>> = asked.iter().map(|(_, cells)| vec![0.0; cells.len()]).collect();
        let of = self.of;
        Ok(Box::new(move |tables| {
            for ((at, cells), scores) in asked.iter().zip(&mut scores) {
                score::fill(cells, &tables[*at], scores);
            }
            let of_pair = |x: &[f64], y: &[f64]| -> Result<f64, Undefined> {
                match of {
                    AcrossStatistic::Chosen(share) => {
                        Ok(overlap::jaccard(chosen(x, share), chosen(y, share))?)
                    }
                    AcrossStatistic::Top(k) => Ok(overlap::top_k_jaccard(x, y, k)?.value),
                    AcrossStatistic::Spread => Ok(0.0),
                }
            };
            if let AcrossStatistic::Spread = of {
                let sums = (0..scores[0].len())
                    .map(|option| (0..scores.len()).map(|at| ANSWERS * scores[at][option]).sum());
                return Ok(deviation(sums));
            }
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (at, x) in scores.iter().enumerate() {
                for y in &scores[at + 1..] {
                    sum += of_pair(x, y)?;
                    pairs += 1.0;
                }
            }
            Ok(sum / pairs)
        }))
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.task)?;
        match self.of {
            AcrossStatistic::Top(k) => Some(tops::range(task.values().len(), k)),
            // All options reach a share of nothing.
            AcrossStatistic::Chosen(share) => (share <= 0.0).then_some((1.0, 1.0)),
            // The widest spread: every answer to every order selects the same options.
            AcrossStatistic::Spread => {
                let options = task.items.first()?.choices.len();
                let pick = task.shape.named(options)?;
                let most = ANSWERS * self.views.len() as f64;
                let counts = (0..options).map(|option| if option < pick { most } else { 0.0 });
                Some((0.0, deviation(counts)))
            }
        }
    }

    fn tested(&self, _: &Suites) -> Tested {
        match self.of {
            AcrossStatistic::Top(_) => Tested::Order,
            AcrossStatistic::Chosen(_) | AcrossStatistic::Spread => Tested::Shares,
        }
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let views = Views { asked: self.asked(tables, suites)?, tables, sure };
        match self.of {
            AcrossStatistic::Top(k) => Ok(views.top(k)),
            AcrossStatistic::Chosen(share) => views.chosen(share),
            AcrossStatistic::Spread => views.spread(),
        }
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(asked) = self.asked(tables, suites) else { return Vec::new() };
        let (first, cells) = &asked[0];
        let labels: Vec<String> = cells.iter().map(|cell| cell.label.clone()).collect();
        let scores = |at: usize, cells: &[Score]| {
            cells.iter().map(|cell| cell.score(&tables[at])).collect::<Vec<f64>>()
        };
        let main = scores(*first, cells);
        asked[1..]
            .iter()
            .flat_map(|(at, cells)| score::most_different(&labels, &main, &scores(*at, cells)))
            .take(3)
            .collect()
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let (AcrossStatistic::Top(k), Ok(asked)) = (self.of, self.asked(tables, suites)) else {
            return ByChance::unknown();
        };
        let [(first, left), (second, right)] = asked.as_slice() else { return ByChance::unknown() };
        let (x, y) = (score::scores(left, &tables[*first]), score::scores(right, &tables[*second]));
        let null = null::overlap::overlap_null(&x, &y, k);
        // For uniform selections, too, the order of the values is random.
        ByChance::of(null, null.map(|null| null.mean))
    }
}

/// The views that have answers, with what is needed to find an interval over them.
struct Views<'a> {
    asked: Vec<AnsweredView>,
    tables: &'a [Table],
    sure: &'a Confidence,
}

impl Views<'_> {
    /// Returns every pair of views.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let views = self.asked.len();
        (0..views).flat_map(move |a| (a + 1..views).map(move |b| (a, b)))
    }

    /// Bounds the share of each option in each view. The chance that any bound is wrong is at most the rate.
    fn boxes(&self) -> Result<Vec<Vec<(f64, f64)>>, Undefined> {
        let parts = self.asked.iter().map(|(_, cells)| cells.len()).sum();
        let sample = Some((self.sure.design, self.sure.rate));
        let each = |(at, cells): &AnsweredView| {
            let table = &self.tables[*at];
            Ok(share_ends(&score::scores(cells, table), &table.rows[0], sample, parts)?)
        };
        self.asked.iter().map(each).collect()
    }

    /// Bounds the mean Jaccard index of the views' top k.
    fn top(&self, k: usize) -> (f64, f64) {
        let sure = self.sure;
        let views: Vec<Vec<(f64, f64)>> = self
            .asked
            .iter()
            .map(|(at, cells)| Pairs::of(&score::things(cells), &self.tables[*at], sure.design, sure.seed))
            .map(|pairs| tops::members(&pairs, k))
            .collect();
        let (mut low, mut high, mut all) = (1.0_f64, 0.0, 0.0);
        let compared = self.pairs().count() as f64;
        for (a, b) in self.pairs() {
            let of_two = |rate| tops::of_two(&views[a], &views[b], k, sure.bound, rate);
            // The mean reaches a bound if each pair does, so each pair is tested at the whole rate.
            low = low.min(of_two(sure.rate).0);
            high += of_two(sure.rate / compared).1;
            all += 1.0;
        }
        (low, high / all)
    }

    /// Bounds the mean Jaccard index of the options that at least `share` of the answers select.
    fn chosen(&self, share: f64) -> Ends {
        let views = self.boxes()?;
        let mask = |view: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
            view.iter().enumerate().filter(|(_, b)| of(b) >= share).fold(0_u64, |set, (at, _)| with(set, at))
        };
        let (mut low, mut high, mut all) = (0.0, 0.0, 0.0);
        for (a, b) in self.pairs() {
            let (a, b) = (&views[a], &views[b]);
            let sure_sets = (mask(a, |b| b.0), mask(b, |b| b.0));
            let open_sets = (mask(a, |b| b.1), mask(b, |b| b.1));
            let size = |set: u64| f64::from(set.count_ones());
            let (least, most) = (size(sure_sets.0 & sure_sets.1), size(open_sets.0 & open_sets.1));
            // The least: what both surely have, over all that either may have. The most: the other way round.
            let union = size(open_sets.0 | open_sets.1).max(1.0);
            low += least / union;
            high += (most / (size(sure_sets.0 | sure_sets.1).max(most)).max(1.0)).min(1.0);
            all += 1.0;
        }
        Ok((low / all, high / all))
    }

    /// Bounds the spread of the options' summed counts.
    fn spread(&self) -> Ends {
        let views = self.boxes()?;
        let sum = |option: usize, of: fn(&(f64, f64)) -> f64| -> f64 {
            views.iter().map(|view| ANSWERS * of(&view[option])).sum()
        };
        let options = views.first().map_or(0, Vec::len);
        // A sample standard deviation moves by at most the length of the change over √(n − 1).
        let (middle, half): (Vec<f64>, Vec<f64>) = (0..options)
            .map(|option| (sum(option, |b| b.0), sum(option, |b| b.1)))
            .map(|(low, high)| (0.5 * (low + high), 0.5 * (high - low)))
            .unzip();
        let length = half.iter().map(|half| half * half).sum::<f64>().sqrt();
        let (spread, most) = (deviation(middle.into_iter()), length / (options.max(2) as f64 - 1.0).sqrt());
        Ok(((spread - most).max(0.0), spread + most))
    }
}

fn chosen(scores: &[f64], share: f64) -> u64 {
    scores.iter().enumerate().filter(|(_, score)| **score >= share).fold(0, |mask, (at, _)| with(mask, at))
}

/// Returns the sample standard deviation (n − 1).
fn deviation(numbers: impl Iterator<Item = f64>) -> f64 {
    let numbers: Vec<f64> = numbers.collect();
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 }
}
