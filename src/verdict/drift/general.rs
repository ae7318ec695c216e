//! A general shift: many questions that all moved a little, as they mostly do in an upgrade, though perhaps
//! none shows it by itself.
//!
//! Each question's answers are cut in two: for levels, at or above some level; for rankings, one story within
//! the first places. The cut is the one at which both sides *together* come closest to one half, so that its
//! choice does not depend on how the answers fall to the two sides. The cuts' likelihood-ratio statistics are
//! added up, and the sum is compared with its exact distribution ([`p_of_sum`]). Questions have to be
//! independent of each other, as answers to different questions are. The options of one selection are not, so
//! selections have no such sum.
//!
//! **Floor.** The size of a general shift is the root of the mean squared change of the cuts' shares, less
//! what noise alone adds: the usual unbiased estimate, which is 0 on average where nothing changed. A shift
//! below `min_shift` does not block, as for single questions.

use super::ItemShift;
use super::features::FeatureShare;
use super::lost::LostCount;
use crate::profile::Row;
use crate::stats::deviance::{Deviance, p_of_sum};
use crate::suite::{About, Shape, Task};

/// The number of questions that are named: those that moved most.
const NAMED: usize = 3;

/// The share of the squared shift that must go in one direction for the direction to be reported.
const ONE_WAY: f64 = 0.5;

/// A shift of the questions of a task, taken together.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneralShift {
    /// The number of questions that were taken together.
    pub questions: usize,
    /// The number of questions that drifted by themselves and were left out.
    pub left_out: usize,
    /// The size of the change in an average question, in 0 ..= 1: the root of the mean squared change of a
    /// share of its answers, without what noise adds.
    pub size: f64,
    /// The p-value, corrected for the questions' own tests.
    pub p: f64,
    /// The direction, if most of it goes one way.
    pub direction: Option<RatingDirection>,
    /// The questions that contribute most, with their shares that moved most.
    pub largest: Vec<ItemShift>,
}

/// The direction in which ratings moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatingDirection {
    /// The average change of the share of answers that rate at or above the cut; above 0 they rate higher.
    pub mean: f64,
    /// The number of questions that moved in this direction.
    pub questions: usize,
}

/// A question's cut, and how much its shares differ between the sides.
struct Cut<'a> {
    shift: &'a ItemShift,
    deviance: Deviance,
    change: f64,
    /// The part of the squared change that noise adds, estimated from both samples.
    noise: f64,
}

/// Whether a task has such a sum at all, which depends on its questions and not on any answer.
pub(super) fn has_sum(task: &Task, questions: usize) -> bool {
    matches!(task.shape, Shape::Level | Shape::Ranking) && questions > 1
}

/// Returns the general shift of the questions of `shifts` (at least two), if the sum has a p-value of at most
/// `rate` and the shift is no smaller than `min_shift`.
pub(super) fn found(
    task: &Task,
    pairs: &[(&Row, &Row)],
    shifts: &[ItemShift],
    (rate, min_shift): (f64, f64),
    lost: impl Fn(&str) -> (u32, u32),
    how: LostCount,
) -> Option<GeneralShift> {
    let cut = |(old, new): &(&Row, &Row)| {
        let shift = shifts.iter().find(|shift| shift.item == new.item)?;
        Cut::new(task.shape, (old, new), shift, lost(&new.item), how)
    };
    let mut cuts: Vec<Cut<'_>> = pairs.iter().filter_map(cut).collect();
    let deviances: Vec<Deviance> = cuts.iter().map(|cut| cut.deviance.clone()).collect();
    let p = p_of_sum(&deviances, rate);
    // Questions that all answer alike on both sides count, too.
    let questions = shifts.len();
    if questions < 2 {
        return None;
    }
    let mean = |value: &dyn Fn(&Cut<'_>) -> f64| cuts.iter().map(value).sum::<f64>() / questions as f64;
    let square = mean(&|cut| cut.change.powi(2) - cut.noise).max(0.0);
    if p > rate || square.sqrt() < min_shift {
        return None;
    }
    let mean = mean(&|cut| cut.change);
    let same = cuts.iter().filter(|cut| cut.change * mean > 0.0).count();
    let one_way = is_rating(task, pairs) && mean.powi(2) >= ONE_WAY * square;
    let direction = one_way.then_some(RatingDirection { mean, questions: same });
    cuts.sort_by(|a, b| b.deviance.seen.total_cmp(&a.deviance.seen));
    let largest = cuts.iter().take(NAMED).map(|cut| cut.shift.clone()).collect();
    Some(GeneralShift { questions, left_out: 0, size: square.sqrt(), p, direction, largest })
}

/// Whether the levels are those of a rating scale, with a higher and a lower end, and both sides tell all of
/// them.
fn is_rating(task: &Task, pairs: &[(&Row, &Row)]) -> bool {
    let is_scale = |item: &str| {
        task.item(item).is_some_and(|(_, item)| matches!(item.about, About::Value(_) | About::Choices))
    };
    let told = |row: &Row| row.known.iter().all(|known| *known);
    task.shape == Shape::Level && pairs.iter().all(|(old, new)| told(old) && told(new) && is_scale(&new.item))
}

impl<'a> Cut<'a> {
    fn new(
        shape: Shape,
        (old, new): (&Row, &Row),
        shift: &'a ItemShift,
        lost: (u32, u32),
        how: LostCount,
    ) -> Option<Cut<'a>> {
        let together = |(x, y): &(f64, f64)| {
            let (n, m) = (f64::from(old.n), f64::from(new.n));
            ((x * n + y * m) / (n + m) - 0.5).abs()
        };
        // Among equally close cuts the first is taken, so that rounding does not choose.
        let closer = |best: (f64, f64), next: (f64, f64)| {
            if together(&next) < together(&best) - 1e-9 { next } else { best }
        };
        let (x, y) = shape.cumulative(old, new).into_iter().reduce(closer)?;
        let before = FeatureShare::new(x, old.n).after_lost(lost.0);
        let now = FeatureShare::new(y, new.n).after_lost(lost.1);
        let (deviance, before, now) = how.deviance(before, now)?;
        let noise = |share: FeatureShare| {
            let p = share.portion();
            p * (1.0 - p) / f64::from(share.n.saturating_sub(1).max(1))
        };
        let change = now.portion() - before.portion();
        Some(Cut { shift, deviance, change, noise: noise(before) + noise(now) })
    }
}

#[cfg(test)]
mod tests;
