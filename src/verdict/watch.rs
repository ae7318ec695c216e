//! The watch: a few fresh answers now and then, compared with a snapshot again and again at one error rate.
//!
//! **What is tested.** The hypothesis is that nobody changed: the answers of all watches come from what the snapshot's
//! answers came from. The snapshot is a sample itself, so its shares are not taken for the truth. For any set of
//! watches, the answers of snapshot and watches together are then exchangeable, and how many yeses to one feature of
//! an answer fall to the watches gives an e-value that needs to know nothing of the true share
//! ([`stats::dealing`](crate::stats::dealing)).
//!
//! **One e-value for a set of watches** is half the average over all questions, features and tilts, which speaks if one
//! question changed much; and half the average of products over all questions (`together`), which speak if all
//! changed a little. Which feature of a question leads in the products depends on the answers of both sides together
//! only, so the mean stays 1. Options of one selection depend on each other, and are only averaged.
//!
//! **The series.** After watch t, there is an e-value for the last 1, 2, 4 … watches and for all t ([`windows`]): a model
//! that changed lately shows in the last ones, undiluted by what came before. Each has a weight, and all weights of all
//! watches there will ever be add up to 1 ([`weight`]). So the weighted sum of all e-values up to now never falls, and
//! its mean, whenever one stops, is at most 1: it is an e-process. It reaches 1/α with a probability of at most α over
//! the whole series (Markov's inequality for the limit; Ville's for processes in general). The weights fall as 1/t²,
//! which a change in week 30 pays with a factor of 14 compared with one in week 1.
//!
//! **Why not a product over watches.** The one snapshot is used by all of them. The e-values of single watches depend on each
//! other through it, and their product is none. Betting against every share that the snapshot leaves possible
//! (universal inference: Wasserman, Ramdas and Balakrishnan, PNAS 117, 2020) is valid, but pays for each unknown
//! share, of which T2 alone has 28 and more. Parts of the snapshot could be used up watch by watch (Turner, Ly and
//! Grünwald 2024), but 50 answers are soon used up.
//!
//! Since the evidence is a function of the counts of each watch, it is computed anew each time from what is kept: no
//! watch can count twice, and the order of reading changes nothing.

mod calm;
mod together;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::drift::DriftSide;
use super::drift::asked_each;
use crate::profile::{Row, Table};
use crate::stats::dealing::{LogEvidence, TILTS, TiltedDealings, YesesOf, log_average, log_sum};
use crate::suite::{Item, Shape, Task};
pub use calm::{NoCalm, no_calm};
use together::Lead;

/// What one watch heard about one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchedItem {
    /// The number of responses.
    pub asked: u32,
    /// The number of valid answers among them.
    pub n: u32,
    /// How many of these have each share of a table's row.
    pub counts: Vec<u32>,
}

/// What one watch heard about each question of a task, by item.
pub type WatchedItems = BTreeMap<String, WatchedItem>;

/// One task of a role: its snapshot, and what each watch heard.
#[derive(Debug, Clone)]
pub struct WatchedTask<'a> {
    /// The task as it is asked now.
    pub task: &'a Task,
    /// What the snapshot holds.
    pub before: DriftSide<'a>,
    /// One for each watch of the role; empty where it does not count for this task.
    pub watches: Vec<WatchedItems>,
}

/// What all watches up to now show of a role.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchEvidence {
    /// The natural logarithm of the e-process.
    pub log: f64,
    /// The number of the watch, from 1, and of watches before and with it whose answers show most.
    pub shown: Option<(usize, usize)>,
    /// Whether one question shows more than half of what all show by themselves.
    pub in_one: bool,
    /// The questions that show most there, by task and item, with the logarithm of their own e-value.
    pub questions: Vec<(usize, String, f64)>,
}

/// Weighs what all `watches` of a role heard, in the order in which they were counted.
#[must_use]
pub fn evidence(tasks: &[WatchedTask<'_>], dealings: &mut TiltedDealings) -> WatchEvidence {
    let watches = tasks.iter().map(|task| task.watches.len()).max().unwrap_or(0);
    let (mut logs, mut most) = (Vec::new(), None::<(f64, usize, usize, WindowEvidence)>);
    for watch in 1..=watches {
        for (window, log_weight) in windows(watch) {
            let found = of_window(tasks, watch, window, dealings);
            let log = log_weight + found.log();
            logs.push(log);
            if most.as_ref().is_none_or(|(least, ..)| log > *least) {
                most = Some((log, watch, window, found));
            }
        }
    }
    let Some((_, watch, window, found)) = most else {
        return WatchEvidence { log: f64::NEG_INFINITY, shown: None, in_one: false, questions: Vec::new() };
    };
    let mut questions = found.questions;
    questions.sort_by(|a, b| b.2.total_cmp(&a.2));
    let own = || questions.iter().map(|(.., log)| log.max(0.0));
    let in_one = own().next().is_some_and(|first| 2.0 * first > own().sum::<f64>());
    WatchEvidence { log: log_sum(&logs), shown: Some((watch, window)), in_one, questions }
}

/// What the e-process gains at one watch, as a logarithm: for simulations, which add watch after watch.
#[must_use]
pub fn gain(tasks: &[WatchedTask<'_>], watch: usize, dealings: &mut TiltedDealings) -> f64 {
    let of = |(window, log_weight)| log_weight + of_window(tasks, watch, window, dealings).log();
    log_sum(&windows(watch).into_iter().map(of).collect::<Vec<_>>())
}

/// The larger, the more evenly the weights are spread over the watches.
const SPREAD: f64 = 9.0;

/// The weight of the `watch`-th watch. Those of all add up to 1.
fn weight(watch: usize) -> f64 {
    let watch = watch as f64;
    (SPREAD + 1.0) / ((watch + SPREAD) * (watch + SPREAD + 1.0))
}

/// How many of the last watches are taken together after the `watch`-th, each with the logarithm of its weight: half of
/// the watch's weight is for all of them, and half for the last 1, 2, 4 and so on.
fn windows(watch: usize) -> Vec<(usize, f64)> {
    let shorter: Vec<usize> = std::iter::successors(Some(1_usize), |last| last.checked_mul(2))
        .take_while(|last| *last < watch)
        .collect();
    let whole = weight(watch).ln();
    if shorter.is_empty() {
        return vec![(watch, whole)];
    }
    let each = whole - (2.0 * shorter.len() as f64).ln();
    let all = (watch, whole - 2.0_f64.ln());
    shorter.into_iter().map(|last| (last, each)).chain([all]).collect()
}

/// What some watches show, as logarithms.
struct WindowEvidence {
    single: f64,
    together: f64,
    questions: Vec<(usize, String, f64)>,
}

impl WindowEvidence {
    fn log(&self) -> f64 {
        log_average(&[self.single, self.together])
    }
}

fn of_window(
    tasks: &[WatchedTask<'_>],
    watch: usize,
    window: usize,
    dealings: &mut TiltedDealings,
) -> WindowEvidence {
    let (mut questions, mut leads) = (Vec::new(), Vec::new());
    for (at, task) in tasks.iter().enumerate() {
        for pair in task.pairs(watch, window) {
            let features = pair.features(task.task.shape);
            let logs: Vec<f64> =
                features.iter().flat_map(|(before, now)| dealings.evidence(*before, *now).concat()).collect();
            questions.push((at, pair.now.item.clone(), log_average(&logs)));
            leads.extend(pair.lead(task.task.shape, dealings));
        }
        if let Some((before, now)) = task.unanswered(watch, window) {
            let evidence = dealings.evidence(before, now);
            questions.push((at, ALL.to_owned(), log_average(evidence.as_flattened())));
            leads.push(Lead { ways: None, usual: None, none: Some(evidence) });
        }
    }
    let single = log_average(&questions.iter().map(|(.., log)| *log).collect::<Vec<_>>());
    WindowEvidence { single, together: together::log_products(&leads), questions }
}

/// Stands for all questions of a task together, among the names of items; no item has this one.
pub(crate) const ALL: &str = "*";

/// The two sides of one question.
#[derive(Debug, Clone)]
pub struct WatchedPair {
    /// The snapshot's answers.
    pub before: Row,
    /// The answers of the watches that are meant.
    pub now: Row,
    /// Of all responses of each side, those without an answer, where both are known.
    pub unanswered: Option<(YesesOf, YesesOf)>,
}

impl WatchedTask<'_> {
    /// How often each question was asked for the snapshot, where that is known.
    fn asked_before(&self) -> Option<u32> {
        match self.task.items.len() {
            1 => Some(self.before.responses),
            items => asked_each(self.before, items),
        }
    }

    /// The responses without an answer of each side, to all questions together, where a snapshot does not tell them
    /// question by question.
    #[must_use]
    pub fn unanswered(&self, watch: usize, window: usize) -> Option<(YesesOf, YesesOf)> {
        if self.asked_before().is_some() || self.before.responses == 0 {
            return None;
        }
        let counted = self.counted(watch, window).iter().flat_map(BTreeMap::values);
        let (none, asked) = counted.fold((0_u64, 0_u64), |(none, asked), item| {
            (none + u64::from(item.asked.saturating_sub(item.n)), asked + u64::from(item.asked))
        });
        Some(((u64::from(self.before.invalid), u64::from(self.before.responses)), (none, asked)))
    }

    /// The last `window` watches up to the `watch`-th.
    fn counted(&self, watch: usize, window: usize) -> &[WatchedItems] {
        let to = watch.min(self.watches.len());
        self.watches.get(watch.saturating_sub(window)..to).unwrap_or_default()
    }

    /// The questions that both the snapshot and the last `window` watches up to the `watch`-th have answers to.
    #[must_use]
    pub fn pairs(&self, watch: usize, window: usize) -> Vec<WatchedPair> {
        let (counted, asked_before) = (self.counted(watch, window), self.asked_before());
        let mut pairs = Vec::new();
        for item in &self.task.items {
            let row = self.before.table.row(&item.id).map(|at| self.before.table.rows[at].clone());
            // No answer at all before: what is compared is that there are some now.
            let none = || asked_before.map(|_| empty(self.task.shape, item));
            let Some(before) = row.or_else(none) else { continue };
            let heard = || counted.iter().filter_map(|watch| watch.get(&item.id));
            let asked: u32 = heard().map(|item| item.asked).sum();
            if asked == 0 {
                continue;
            }
            let now = pooled(&before, heard());
            let unanswered = asked_before.map(|each| {
                let of = |asked: u32, n: u32| (u64::from(asked.saturating_sub(n)), u64::from(asked));
                (of(each, before.n), of(asked, now.n))
            });
            pairs.push(WatchedPair { before, now, unanswered });
        }
        pairs
    }
}

/// A row without answers.
fn empty(shape: Shape, item: &Item) -> Row {
    let (width, known) = shape.layout(item.choices.len());
    Row { item: item.id.clone(), n: 0, unread: 0, shares: vec![0.0; width], known, joint: None }
}

/// The answers of several watches to one question, as a row beside the snapshot's.
fn pooled<'a>(before: &Row, heard: impl Iterator<Item = &'a WatchedItem>) -> Row {
    let (mut n, mut counts) = (0_u32, vec![0_u32; before.shares.len()]);
    for item in heard {
        n = n.saturating_add(item.n);
        counts.iter_mut().zip(&item.counts).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
    }
    let shares = counts.iter().map(|count| f64::from(*count) / f64::from(n.max(1))).collect();
    let known = vec![true; before.known.len()];
    Row { item: before.item.clone(), n, unread: 0, shares, known, joint: None }
}

/// What one watch heard, from the table and the responses of its profile.
#[must_use]
pub fn heard(table: &Table, asked: &BTreeMap<String, u32>) -> WatchedItems {
    let of = |(item, asked): (&String, &u32)| {
        let row = table.row(item).map(|at| &table.rows[at]);
        let n = row.map_or(0, |row| row.n);
        let count = |share: &f64| (share * f64::from(n)).round() as u32;
        let counts = row.map_or_else(Vec::new, |row| row.shares.iter().map(count).collect());
        (item.clone(), WatchedItem { asked: *asked, n, counts })
    };
    asked.iter().map(of).collect()
}

impl WatchedPair {
    /// What an answer may say or not, counted on both sides: the features of drift, and whether there is an answer.
    fn features(&self, shape: Shape) -> Vec<(YesesOf, YesesOf)> {
        if self.now.n == 0 || self.before.n == 0 {
            return self.unanswered.into_iter().collect();
        }
        let moves = shape.features(&self.before, &self.now, false);
        moves.into_iter().map(|share| self.counted(share)).chain(self.unanswered).collect()
    }

    fn counted(&self, (before, now): (f64, f64)) -> (YesesOf, YesesOf) {
        let yes = |share: f64, n: u32| ((share * f64::from(n)).round() as u64, u64::from(n));
        (yes(before, self.before.n), yes(now, self.now.n))
    }

    /// The features that speak for this question where all are taken together.
    fn lead(&self, shape: Shape, dealings: &mut TiltedDealings) -> Option<Lead> {
        let cuts = match shape.cumulative(&self.before, &self.now) {
            cuts if cuts.is_empty() => shape.features(&self.before, &self.now, false),
            cuts => cuts,
        };
        let ways = self.most_even(cuts).map(|feature| dealings.evidence(feature.0, feature.1));
        let parts: Vec<(YesesOf, YesesOf)> = shape
            .features(&self.before, &self.now, false)
            .into_iter()
            .map(|share| self.counted(share))
            .collect();
        let usual = if shape.is_level() {
            parts.into_iter().max_by(|a, b| yes_share(a).total_cmp(&yes_share(b)))
        } else {
            self.most_even(shape.features(&self.before, &self.now, false))
        };
        let usual = usual.map(|feature| towards_most(feature, dealings));
        let none = self.unanswered.map(|(before, now)| dealings.evidence(before, now));
        let lead = Lead { ways, usual, none };
        (!lead.is_nothing()).then_some(lead)
    }

    /// The feature that both sides together divide most evenly.
    fn most_even(&self, features: Vec<(f64, f64)>) -> Option<(YesesOf, YesesOf)> {
        let off = |feature: &(YesesOf, YesesOf)| (yes_share(feature) - 0.5).abs();
        let counted = features.into_iter().map(|share| self.counted(share));
        counted.min_by(|a, b| off(a).total_cmp(&off(b)))
    }
}

/// The share of yeses on both sides together.
fn yes_share(((old, n), (new, m)): &(YesesOf, YesesOf)) -> f64 {
    (old + new) as f64 / (n + m).max(1) as f64
}

/// The evidence that answers as most of both sides give them became more, and fewer.
fn towards_most((before, now): (YesesOf, YesesOf), dealings: &mut TiltedDealings) -> LogEvidence {
    let evidence = dealings.evidence(before, now);
    if yes_share(&(before, now)) >= 0.5 { evidence } else { evidence.map(|[more, fewer]| [fewer, more]) }
}

#[cfg(test)]
mod tests;
