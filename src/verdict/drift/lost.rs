//! Answers that came after tries whose answers were lost. What the model drew is the lost answer, and the one that came
//! in its place may be of another kind. A snapshot has counts, and how many of them came so, but not which. So up to so
//! many of a question's answers may have been anything else.
//!
//! A change is certain where it is flagged however those are counted: for each feature, so that the two sides are as
//! alike as they can be. The chances of such features in the correction are then bounded by the p-value itself, because
//! their distributions are not known. A change is possible where it is flagged when the two sides are as unlike as they
//! can be. What is possible and not certain is in doubt.

use super::features::{Feature, FeatureShare, towards};
use super::{Drift, DriftSide, ItemShift};
use crate::profile::{Row, Table};
use crate::stats::deviance::Deviance;
use crate::stats::fisher::Law;

/// How answers after lost tries are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LostCount {
    /// As those that came in their place.
    AsCame,
    /// So that the sides differ as little as may be.
    Alike,
    /// So that they differ as much as may be.
    Unlike,
}

/// What may have drifted, depending on what lost tries said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DriftDoubt {
    /// The items that may have drifted by themselves.
    pub items: Vec<String>,
    /// Whether all items may have, taken together.
    pub general: bool,
    /// Whether the share of invalid responses may have.
    pub invalid: bool,
    /// How many answers came after lost tries, before and now.
    pub lost: (u32, u32),
}

impl DriftDoubt {
    /// Whether everything is as it is whatever lost tries said.
    pub(crate) fn is_none(&self) -> bool {
        self.items.is_empty() && !self.general && !self.invalid
    }

    /// What is possible and not certain.
    pub(super) fn between(certain: &Drift, possible: &Drift, lost: (u32, u32)) -> DriftDoubt {
        let known = |drift: &Drift, item: &String| {
            drift.items.iter().any(|shift| shift.item == *item) || drift.unmatched.contains(item)
        };
        let items = possible.items.iter().map(|shift| &shift.item).chain(&possible.unmatched);
        DriftDoubt {
            items: items.filter(|item| !known(certain, item)).cloned().collect(),
            general: possible.general.is_some() && certain.general.is_none(),
            invalid: possible.invalid.is_some() && certain.invalid.is_none(),
            lost,
        }
    }
}

impl DriftSide<'_> {
    /// How many answers to an item came after lost tries.
    pub(super) fn lost_of(&self, item: &str) -> u32 {
        self.lost.and_then(|lost| lost.get(item)).map_or(0, |lost| lost.count)
    }

    /// How many responses came after lost tries.
    pub(super) fn lost_in_all(&self) -> u32 {
        self.lost.into_iter().flatten().map(|(_, lost)| lost.count).fold(0, u32::saturating_add)
    }

    /// Whether both sides are the same answers, as where a snapshot is compared with the recording it was taken from:
    /// nothing of them differs, nor which came after lost tries.
    pub(super) fn is_same(&self, other: &DriftSide<'_>) -> bool {
        same_counts(self.table, other.table)
            && (self.invalid, self.responses) == (other.invalid, other.responses)
            && self.lost == other.lost
    }
}

/// Whether two tables count the same answers.
fn same_counts(one: &Table, other: &Table) -> bool {
    one.rows.len() == other.rows.len()
        && one.rows.iter().zip(&other.rows).all(|(one, other)| {
            (&one.item, one.n, &one.shares, &one.known) == (&other.item, other.n, &other.shares, &other.known)
        })
}

impl LostCount {
    /// The feature of two shares; `None` where it can show no change.
    pub(super) fn feature(self, before: FeatureShare, now: FeatureShare) -> Option<Feature> {
        if before.lost + now.lost == 0 {
            return Feature::new(before, now);
        }
        match self {
            LostCount::AsCame => Feature::new(before, now),
            LostCount::Alike => {
                let alike = before.alike(now).and_then(|(x, y)| p_value((x, before.n), (y, now.n)));
                let change = now.portion() - before.portion();
                Some(Feature { p: alike.unwrap_or(1.0), law: None, change })
            }
            LostCount::Unlike => {
                let both = [before.unlike(now, true), before.unlike(now, false)];
                let features = both.into_iter().filter_map(|(before, now)| Feature::new(before, now));
                features.min_by(|a, b| a.p.total_cmp(&b.p))
            }
        }
    }

    /// The likelihood ratio of two shares, with the shares as they are counted.
    pub(super) fn deviance(
        self,
        before: FeatureShare,
        now: FeatureShare,
    ) -> Option<(Deviance, FeatureShare, FeatureShare)> {
        let plain = |before: FeatureShare, now: FeatureShare| {
            let (x, y) = towards(before, now);
            let deviance = Deviance::new((x, u64::from(before.n)), (y, u64::from(now.n)))?;
            Some((deviance, before, now))
        };
        match self {
            _ if before.lost + now.lost == 0 => plain(before, now),
            LostCount::AsCame => plain(before, now),
            LostCount::Alike => match before.alike(now) {
                Some((x, y)) => plain(before.with(x), now.with(y)),
                // They may be equal.
                None => plain(before, now).map(|(mut deviance, before, _)| {
                    deviance.seen = 0.0;
                    (deviance, before, before)
                }),
            },
            LostCount::Unlike => {
                let both = [before.unlike(now, true), before.unlike(now, false)];
                let each = both.into_iter().filter_map(|(before, now)| plain(before, now));
                each.max_by(|(a, ..), (b, ..)| a.seen.total_cmp(&b.seen))
            }
        }
    }

    /// How large a shift is then: of a question with these rows, or of all responses.
    pub(super) fn shift(
        self,
        shift: &ItemShift,
        rows: Option<(&Row, &Row)>,
        before: DriftSide<'_>,
        now: DriftSide<'_>,
    ) -> f64 {
        let part = |lost: u32, n: u32| f64::from(lost) / f64::from(n.max(1));
        let of = |side: DriftSide<'_>, row: Option<&Row>| match row {
            Some(row) => part(side.lost_of(&row.item), row.n),
            None => part(side.lost_in_all(), side.responses),
        };
        let lost = of(before, rows.map(|rows| rows.0)) + of(now, rows.map(|rows| rows.1));
        match self {
            LostCount::AsCame => shift.shift,
            LostCount::Alike => (shift.shift - lost).max(0.0),
            LostCount::Unlike => (shift.shift + lost).min(1.0),
        }
    }
}

impl FeatureShare {
    fn with(self, count: u64) -> FeatureShare {
        FeatureShare { count: count as f64, ..self }
    }

    /// The counts that are closest to each other; `None` where the shares may be equal, or either may be the larger.
    fn alike(self, now: FeatureShare) -> Option<(u64, u64)> {
        let (x, y) = towards(self, now);
        let (up, down) = (
            |count: u64, of: FeatureShare| (count + u64::from(of.lost)).min(u64::from(of.n)),
            |count: u64, of: FeatureShare| count.saturating_sub(u64::from(of.lost)),
        );
        let rises = self.portion() <= now.portion();
        let (x, y) = if rises { (up(x, self), down(y, now)) } else { (down(x, self), up(y, now)) };
        let (before, now) = (self.with(x).portion(), now.with(y).portion());
        let apart = if rises { before < now } else { before > now };
        apart.then_some((x, y))
    }

    /// The shares that are furthest from each other, where it `rises`, or where it does not.
    fn unlike(self, now: FeatureShare, rises: bool) -> (FeatureShare, FeatureShare) {
        let moved = |of: FeatureShare, up: bool| {
            let by = if up { f64::from(of.lost) } else { -f64::from(of.lost) };
            FeatureShare { count: (of.count + by).clamp(0.0, f64::from(of.n)), ..of }
        };
        (moved(self, !rises), moved(now, rises))
    }
}

fn p_value((x, n): (u64, u32), (y, m): (u64, u32)) -> Option<f64> {
    Law::new(u64::from(n), u64::from(m), x + y).and_then(|law| law.p_value(x)).ok()
}
