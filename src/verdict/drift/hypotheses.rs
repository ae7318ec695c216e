//! All hypotheses about two samples (each item, the share of invalid responses, and items without a valid
//! answer on one side), and the correction for testing all of them.

use super::features::{self, Feature, FeatureShare};
use super::lost::LostCount;
use super::{DriftSide, ItemShift, NO_ANSWER, Pooled, both_ways};
use crate::profile::Row;
use crate::suite::Task;

/// One hypothesis, with the features that could refute it.
pub(super) struct Hypothesis {
    pub about: HypothesisSubject,
    pub features: Vec<Feature>,
}

pub(super) enum HypothesisSubject {
    Item(ItemShift),
    Invalid(ItemShift),
    OneSided(String),
}

impl Hypothesis {
    /// Returns how far an item moved, where the hypothesis is about one.
    pub(super) fn shift(&self) -> Option<&ItemShift> {
        match &self.about {
            HypothesisSubject::Item(shift) => Some(shift),
            HypothesisSubject::Invalid(_) | HypothesisSubject::OneSided(_) => None,
        }
    }

    fn least_p(&self) -> f64 {
        self.features.iter().map(|feature| feature.p).fold(1.0, f64::min)
    }
}

/// Returns all hypotheses, and the items that only one side was asked about.
pub(super) fn hypotheses(
    task: &Task,
    before: DriftSide<'_>,
    now: DriftSide<'_>,
    pairs: &[(&Row, &Row)],
    pooled: Pooled,
    how: LostCount,
) -> (Vec<Hypothesis>, Vec<String>) {
    let told = |side: DriftSide<'_>| asked_each(side, task.items.len());
    let asked_each = told(before).zip(told(now)).filter(|_| pooled == Pooled::Alike);
    let mut hypotheses: Vec<Hypothesis> =
        pairs.iter().map(|(old, new)| of_item(task, (old, before), (new, now), asked_each, how)).collect();
    let mut unmatched = Vec::new();
    if pooled == Pooled::Alike {
        hypotheses.extend(of_invalid(before, now, how));
    }
    // Each item got a fixed number of responses.
    let asked = |side: DriftSide<'_>, items: usize| {
        (side.responses / u32::try_from(items.max(1)).unwrap_or(u32::MAX)).max(1)
    };
    let (old, new) = match pooled {
        Pooled::Alike => (task.items.len(), task.items.len()),
        Pooled::Apart { before, now } => (before, now),
    };
    let (old, new) = ((before, asked(before, old)), (now, asked(now, new)));
    for (side, other) in [(old, new), (new, old)] {
        for row in side.0.table.rows.iter().filter(|row| other.0.table.row(&row.item).is_none()) {
            match of_one_sided(row, side, other, how) {
                Some(hypothesis) => hypotheses.push(hypothesis),
                None => unmatched.push(row.item.clone()),
            }
        }
    }
    (hypotheses, unmatched)
}

/// Returns how often each item was asked, if all of a side's responses are accounted for: valid answers and
/// invalid responses must be as many as all items were asked together.
pub(in crate::verdict) fn asked_each(side: DriftSide<'_>, items: usize) -> Option<u32> {
    // In a task with one item these are all its invalid responses, which are compared anyway.
    let items = u32::try_from(items).ok().filter(|items| *items > 1)?;
    let valid = side.table.rows.iter().map(|row| row.n).fold(0, u32::saturating_add);
    let each = side.responses / items;
    let none_above = side.table.rows.iter().all(|row| row.n <= each);
    (each * items == side.responses && valid + side.invalid == side.responses && none_above).then_some(each)
}

fn of_item(
    task: &Task,
    (old, before): (&Row, DriftSide<'_>),
    (new, now): (&Row, DriftSide<'_>),
    asked: Option<(u32, u32)>,
    how: LostCount,
) -> Hypothesis {
    let lost = (before.lost_of(&old.item), now.lost_of(&new.item));
    // Compares how many of the item's responses could not be read.
    let unread = asked.and_then(|(before, now)| {
        let share = |row: &Row, asked: u32, lost: u32| {
            FeatureShare { count: f64::from(asked - row.n), n: asked, lost: 0 }.after_lost(lost)
        };
        let (before, now) = (share(old, before, lost.0), share(new, now, lost.1));
        Some((how.feature(before, now)?, (NO_ANSWER.to_owned(), before.portion(), now.portion())))
    });
    let mut moved =
        task.item(&new.item).map_or_else(Vec::new, |(_, item)| task.shape.named_moves(item, old, new));
    moved.extend(unread.iter().map(|(_, moved)| moved.clone()));
    moved.retain(|(_, before, now)| (before - now).abs() > 1e-9);
    moved.sort_by(|a, b| (b.1 - b.2).abs().total_cmp(&(a.1 - a.2).abs()));
    let (moved, _) = both_ways(moved, 2, |(_, before, now)| now - before);
    let unanswered = unread.as_ref().map_or(0.0, |(feature, _)| feature.change.abs());
    let shift = ItemShift {
        item: new.item.clone(),
        shift: task.shape.shift(old, new).max(unanswered),
        p: 1.0,
        moved,
        detectable: None,
    };
    let mut features = features::features_of(task.shape, old, new, how, lost);
    features.extend(unread.map(|(feature, _)| feature));
    Hypothesis { about: HypothesisSubject::Item(shift), features }
}

/// The share of invalid responses, with all items pooled. Where items differ in how often they are answered,
/// the share varies less than the test assumes, as long as both sides ask them equally often.
fn of_invalid(before: DriftSide<'_>, now: DriftSide<'_>, how: LostCount) -> Option<Hypothesis> {
    let share = |side: DriftSide<'_>| {
        FeatureShare { count: f64::from(side.invalid), n: side.responses, lost: 0 }
            .after_lost(side.lost_in_all())
    };
    let (old, new) = (share(before), share(now));
    let feature = how.feature(old, new)?;
    let shift = ItemShift {
        item: String::new(),
        shift: feature.change.abs(),
        p: 1.0,
        moved: vec![("invalid".to_owned(), old.portion(), new.portion())],
        detectable: None,
    };
    Some(Hypothesis { about: HypothesisSubject::Invalid(shift), features: vec![feature] })
}

/// An item that was asked `asked` times and has valid answers on one side only. `None` when the `other` side
/// has fewer invalid responses than that: then it was not asked there, which is not noise.
fn of_one_sided(
    row: &Row,
    (side, asked): (DriftSide<'_>, u32),
    (other, asked_there): (DriftSide<'_>, u32),
    how: LostCount,
) -> Option<Hypothesis> {
    if other.invalid < asked_there {
        return None;
    }
    let share = |count: u32, n: u32, side: DriftSide<'_>| {
        FeatureShare { count: f64::from(count), n, lost: 0 }.after_lost(side.lost_of(&row.item))
    };
    let feature = how.feature(share(row.n, asked.max(row.n), side), share(0, asked_there, other));
    Some(Hypothesis {
        about: HypothesisSubject::OneSided(row.item.clone()),
        features: feature.into_iter().collect(),
    })
}

/// Returns each hypothesis with its corrected p-value; all after the first that is above `rate` get 1.
pub(super) fn step_down(mut hypotheses: Vec<Hypothesis>, rate: f64) -> Vec<(Hypothesis, f64)> {
    hypotheses.sort_by(|a, b| a.least_p().total_cmp(&b.least_p()));
    let mut corrected = vec![1.0; hypotheses.len()];
    let mut so_far = 0.0_f64;
    for at in 0..hypotheses.len() {
        let p = hypotheses[at].least_p();
        let left = hypotheses[at..].iter().flat_map(|hypothesis| &hypothesis.features);
        so_far = so_far.max(left.map(|feature| feature.chance(p)).sum::<f64>().max(p)).min(1.0);
        if so_far > rate {
            break;
        }
        corrected[at] = so_far;
    }
    hypotheses.into_iter().zip(corrected).collect()
}
