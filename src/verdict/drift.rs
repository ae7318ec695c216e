//! Drift: a change of answers between two tables of one task that sampling noise does not explain.
//!
//! **Hypotheses.** There is one for each item: its answers come from the same shares as before. It is tested
//! on yes-or-no features of the answers (`features`) by Fisher's exact test, valid at any n. Two more kinds
//! of hypothesis are that the share of invalid responses is as before, and that an item without a valid
//! answer on one side has as many invalid responses as on the other.
//!
//! **Responses without an answer** belong to an item's answers: whether a response could be read is one more
//! feature. So an item that loses its answers has changed, even if those that are left are the same. (Where a
//! snapshot does not tell how often each item was asked, because its lines are of several samples, they are
//! compared over all items only.)
//!
//! **Correction.** It steps down from the smallest p-value of any feature (Holm 1979, as the closure of a
//! test on the smallest p). At each step the chance that *any* remaining feature has so small a p-value is
//! bounded by the sum of their chances. A chance is not the p-value itself but comes from the test's own
//! distribution ([`Law::chance`](crate::stats::fisher::Law::chance); Westfall and Wolfinger 1997): an item
//! that all answer alike can hardly give a small p-value, and costs next to nothing. The correction assumes
//! nothing about how features or items depend on each other. The chance that anything is flagged when nothing
//! changed is at most the rate.
//!
//! **A general shift.** A change that moves every question a little, as an upgrade does, may show in none of
//! them. So the questions that did not drift by themselves are also tested together ([`general`]). Both tests
//! have half of the rate, and the p-values reported are doubled for it (Bonferroni). (If the remaining
//! questions hold nothing but noise, they are, except after an error of the first test, just those that did
//! not change. So the second test is one of a fixed set, whatever the first one found.) Selections, whose
//! options depend on each other, and tasks of one question have the first test alone, at the whole rate.
//!
//! **Lost tries.** What is certain, and what is in doubt, where answers came after tries whose answers were lost, is
//! said in [`lost`].
//!
//! **Floor.** An item has drifted when its corrected p is at most the rate *and* its shift is at least
//! `min_shift`: tiny shifts that many answers make significant do not block.
//!
//! The size of both samples must not depend on the answers, or p-values would mean nothing. So a snapshot
//! holds a sample of fixed size, however many answers a check went on to ask for.
//!
//! **Pairs are not used.** Both versions answer the same forms, but a snapshot keeps counts. A paired test
//! would need every answer in the file, and its diff would show every one that changed. It would gain little:
//! between the published models' answers with options listed and reversed, the order explains 7 % of an
//! option's variance (34 options that were not unanimous; at most 24 %), and pairing shortens the detectable
//! shift by half of that. Ignoring it errs towards no drift.
//!
//! The time grows linearly with the number of answers.

mod detect;
mod features;
mod general;
mod hypotheses;
mod lost;

use std::collections::BTreeMap;

use crate::profile::{AfterLost, Row, Table};
use crate::suite::Task;
use detect::Finder;
use features::{Feature, FeatureShare};
pub(crate) use general::GeneralShift;
use hypotheses::{Hypothesis, HypothesisSubject, hypotheses, step_down};
pub(crate) use lost::DriftDoubt;
use lost::LostCount;

pub(crate) use detect::POWER;
pub(super) use hypotheses::asked_each;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct DriftSide<'a> {
    /// The shares of its valid answers, a row for each item.
    pub table: &'a Table,
    /// The number of responses that were not an answer.
    pub invalid: u32,
    /// The number of all responses.
    pub responses: u32,
    /// Which responses to an item came after tries whose answers were lost; `None` where that is not known.
    pub lost: Option<&'a BTreeMap<String, AfterLost>>,
}

/// What changed between two sides, and what change could have been seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drift {
    /// Items that drifted, largest shift first.
    pub items: Vec<ItemShift>,
    /// The share of invalid responses, if it drifted.
    pub invalid: Option<ItemShift>,
    /// A shift of all items taken together, if there is one.
    pub general: Option<GeneralShift>,
    /// The items that only one side answers, where invalid responses do not explain why.
    pub unmatched: Vec<String>,
    /// The items that are not compared, because all responses to them were invalid on one side, which may be
    /// noise.
    pub silent: Vec<String>,
    /// The number of items that were compared.
    pub compared: usize,
    /// The fewest and the most valid answers to an item now.
    pub answers: (u32, u32),
    /// The smallest shift that would have been flagged with a probability of [`POWER`], of the item
    /// where it is largest; `None` when no item could have shown any.
    pub detectable: Option<f64>,
    /// Items with too few answers to show any shift at all.
    pub blind: Vec<String>,
    /// The greatest chance that anything is flagged although nothing changed.
    pub rate: f64,
    /// What else may have drifted, depending on what lost tries said.
    pub(crate) doubt: DriftDoubt,
}

/// The change of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemShift {
    pub item: String,
    /// The least share of answers that must have changed, in 0 ..= 1: for levels the total variation
    /// distance; for sets and rankings a lower bound of it (the largest change of any option's share). If
    /// more has changed than that, the change of the share of its responses that have no answer.
    pub shift: f64,
    /// The p-value, corrected for everything that was compared.
    pub p: f64,
    /// The shares that moved most: name, before, now.
    pub moved: Vec<(String, f64, f64)>,
    /// The smallest shift of this item that would have been flagged with a probability of [`POWER`].
    pub detectable: Option<f64>,
}

impl Drift {
    /// Whether nothing has drifted for certain: the snapshot stands, unless there is [doubt](Drift::doubt).
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.items.is_empty() && self.invalid.is_none() && self.general.is_none() && self.unmatched.is_empty()
    }

    /// Whether more may have drifted than is certain, depending on what lost tries said.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        !self.doubt.is_none()
    }
}

/// Compares two samples of answers to `task` at error rate `rate` (over the whole of it), with the
/// floor `min_shift` (in 0 ..= 1).
///
/// ```
/// # use alignspec::__testing::{profile::{Row, Table}, suite::{Shape, Suites}};
/// # use alignspec::__testing::verdict::drift::{DriftSide, compare};
/// # let suites = Suites::builtin();
/// # let task = suites.task("T2").expect("T2 is built in");
/// let table = |extremely: f64| {
///     let shares = vec![0.0, 0.0, 0.0, 1.0 - extremely, extremely, 0.0];
///     let row = Row { item: "medical.privacy".into(), n: 50, unread: 0, shares, known: vec![true; 5], joint: None };
///     Table { shape: Shape::Level, rows: vec![row] }
/// };
/// let (before, noise, turn) = (table(0.96), table(0.90), table(0.40));
/// let side = |table| DriftSide { table, invalid: 0, responses: 50, lost: None };
/// assert!(compare(task, side(&before), side(&noise), 0.001, 0.05).is_none());
/// let drift = compare(task, side(&before), side(&turn), 0.001, 0.05);
/// assert!((drift.items[0].shift - 0.56).abs() < 1e-12);
/// ```
#[must_use]
pub fn compare(task: &Task, before: DriftSide<'_>, now: DriftSide<'_>, rate: f64, min_shift: f64) -> Drift {
    compare_pooled(task, before, now, Pooled::Alike, rate, min_shift)
}

/// The questions that the responses of each side answer, where responses are counted over all questions
/// together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooled {
    /// Both sides answer the same questions: those of the task.
    Alike,
    /// Each side answers this many questions, of which some are worded alike. Their invalid responses are not
    /// compared.
    Apart { before: usize, now: usize },
}

/// Compares as [`compare`] does, also where the tables hold only a part of the questions.
#[must_use]
pub(crate) fn compare_pooled(
    task: &Task,
    before: DriftSide<'_>,
    now: DriftSide<'_>,
    pooled: Pooled,
    rate: f64,
    min_shift: f64,
) -> Drift {
    let counted = |how| compare_counted(task, before, now, pooled, (rate, min_shift), how);
    let lost = (before.lost_in_all(), now.lost_in_all());
    if lost == (0, 0) || before.is_same(&now) {
        return counted(LostCount::AsCame);
    }
    let (certain, possible) = (counted(LostCount::Alike), counted(LostCount::Unlike));
    Drift { doubt: DriftDoubt::between(&certain, &possible, lost), ..certain }
}

/// Compares with answers after lost tries counted in one way.
fn compare_counted(
    task: &Task,
    before: DriftSide<'_>,
    now: DriftSide<'_>,
    pooled: Pooled,
    (rate, min_shift): (f64, f64),
    how: LostCount,
) -> Drift {
    let pairs = pairs(before.table, now.table);
    let (hypotheses, unmatched) = hypotheses(task, before, now, &pairs, pooled, how);
    let (compared, answers) = (pairs.len(), bounds(now.table));
    let mut drift = Drift { unmatched, compared, answers, rate, ..Drift::default() };
    // At a rate of 1 there is nothing to divide.
    let shared = general::has_sum(task, pairs.len()) && rate < 1.0;
    let times = if shared { 2.0 } else { 1.0 };
    let shifts: Vec<ItemShift> = hypotheses.iter().filter_map(Hypothesis::shift).cloned().collect();
    let tests = hypotheses.iter().map(|hypothesis| hypothesis.features.len()).sum::<usize>();
    let mut finder = Finder::new(rate / times / (tests + 1) as f64);
    let mut detectable = |old: &Row, new: &Row| {
        let (_, item) = task.item(&new.item)?;
        finder.item(task.shape, item, old, new)
    };
    for (old, new) in &pairs {
        match detectable(old, new) {
            Some(shift) => drift.detectable = Some(drift.detectable.map_or(shift, |d| d.max(shift))),
            None => drift.blind.push(new.item.clone()),
        }
    }
    let lost = |item: &str| (before.lost_of(item), now.lost_of(item));
    let pair = |item: &str| pairs.iter().find(|(_, new)| new.item == item).copied();
    let floor = |shift: &ItemShift| how.shift(shift, pair(&shift.item), before, now) >= min_shift;
    for (hypothesis, p) in step_down(hypotheses, rate / times) {
        let p = (times * p).min(1.0);
        match hypothesis.about {
            HypothesisSubject::Item(shift) if p <= rate && floor(&shift) => {
                let detectable = pair(&shift.item).and_then(|(old, new)| detectable(old, new));
                drift.items.push(ItemShift { p, detectable, ..shift });
            }
            HypothesisSubject::Invalid(shift) if p <= rate && floor(&shift) => {
                drift.invalid = Some(ItemShift { p, ..shift });
            }
            HypothesisSubject::OneSided(item) if p <= rate => drift.unmatched.push(item),
            HypothesisSubject::OneSided(item) => drift.silent.push(item),
            HypothesisSubject::Item(_) | HypothesisSubject::Invalid(_) => {}
        }
    }
    if shared {
        let alone = |shift: &ItemShift| drift.items.iter().any(|item| item.item == shift.item);
        let others: Vec<ItemShift> = shifts.into_iter().filter(|shift| !alone(shift)).collect();
        let found = general::found(task, &pairs, &others, (rate / times, min_shift), lost, how);
        drift.general = found.map(|found| {
            let left_out = drift.items.len();
            GeneralShift { p: times * found.p, left_out, ..found }
        });
    }
    drift.items.sort_by(|a, b| b.shift.total_cmp(&a.shift).then_with(|| a.item.cmp(&b.item)));
    drift
}

/// Returns the p-value, uncorrected, up to which one share counts as changed; 0 where none does. It corrects
/// as for whole items, but steps down share by share, so that the chance that any share is said to have
/// changed when it has not is at most `rate`.
pub(crate) fn threshold(task: &Task, before: DriftSide<'_>, now: DriftSide<'_>, rate: f64) -> f64 {
    let (hypotheses, _) =
        hypotheses(task, before, now, &pairs(before.table, now.table), Pooled::Alike, LostCount::AsCame);
    let mut features: Vec<Feature> =
        hypotheses.into_iter().flat_map(|hypothesis| hypothesis.features).collect();
    features.sort_by(|a, b| a.p.total_cmp(&b.p));
    let mut threshold = 0.0;
    for at in 0..features.len() {
        let p = features[at].p;
        if features[at..].iter().map(|feature| feature.chance(p)).sum::<f64>().max(p) > rate {
            break;
        }
        threshold = p;
    }
    threshold
}

/// Returns the uncorrected p-value of a share that was `before` of `n` answers and is `now` of `m`; 1 where
/// all have it, or none.
pub(crate) fn p_of((before, n): (f64, u32), (now, m): (f64, u32)) -> f64 {
    Feature::new(FeatureShare::new(before, n), FeatureShare::new(now, m)).map_or(1.0, |feature| feature.p)
}

/// Returns every share of an item with the name that reports use, as (name, before, now).
pub(crate) fn shares(task: &Task, before: &Row, now: &Row) -> Vec<(String, f64, f64)> {
    task.item(&now.item).map_or_else(Vec::new, |(_, item)| task.shape.named_moves(item, before, now))
}

/// Returns the first `most` of `moves` (largest first), and how many are left out. If all of these go one
/// way, the last is replaced by the largest that goes the other way, so that readers see both where answers
/// left and where they went.
pub(crate) fn both_ways<T>(mut moves: Vec<T>, most: usize, change: impl Fn(&T) -> f64) -> (Vec<T>, usize) {
    let left_out = moves.len().saturating_sub(most);
    let rises = |moved: &T| change(moved) > 0.0;
    if let Some(first) = moves.first().map(rises)
        && left_out > 0
        && moves[..most].iter().all(|moved| rises(moved) == first)
        && let Some(other) = moves.iter().position(|moved| rises(moved) != first)
    {
        moves.swap(most - 1, other);
    }
    moves.truncate(most);
    (moves, left_out)
}

/// Returns the rows of items that both sides have.
fn pairs<'a>(before: &'a Table, now: &'a Table) -> Vec<(&'a Row, &'a Row)> {
    let pair = |new: &'a Row| before.row(&new.item).map(|at| (&before.rows[at], new));
    now.rows.iter().filter_map(pair).collect()
}

fn bounds(table: &Table) -> (u32, u32) {
    let n = || table.rows.iter().map(|row| row.n);
    (n().min().unwrap_or(0), n().max().unwrap_or(0))
}

/// The name of a change in the share of an item's responses without an answer.
pub(crate) const NO_ANSWER: &str = "no answer";

#[cfg(test)]
mod tests;
