//! `T1 shift from gpt-4o <= 0.1`: the largest total variation distance of any item's answers between
//! two respondents, or a respondent and its snapshot, in 0 ..= 1.
//!
//! For a scale it is half the sum of the absolute differences of the level shares (levels that either side
//! does not tell are pooled); for a selection, half the sum of the differences of the selection shares, over
//! the number of picks; for a ranking, the mean over the options of the distance between their distributions
//! of places.

use super::scope::Scope;
use super::score;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, Who, find, reach};
use crate::profile::{Row, Table, View};
use crate::suite::{Capability, Shape, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "shift from {`snapshot` or a respondent} [in CONTEXT] <= X",
    example: "T2 shift from snapshot <= 0.1",
    needs: Capability::Scores,
    unit: Unit::Index,
    means: "largest total variation distance of any question's answers from the other side's",
    chance: ShuffledChance::Shown("2,000 draws", "a smaller shift is better"),
    build,
}];

#[derive(Debug)]
struct Shift {
    task: String,
    from: Who,
    context: Option<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let name = &sentence.names[0];
    let from = match name.text.as_str() {
        "snapshot" => Who::Snapshot,
        _ => Who::Respondent(scope.respondent(name, sentence.entry)?),
    };
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    Ok(Box::new(Shift { task: task.id.clone(), from, context }))
}

/// Bounds the total variation distance of one item's answers by what bounds on each share leave possible,
/// given that the shares of a side add up. Half the sum of differences is the part by which one side exceeds
/// the other, which is at most the excess of its least shares and the part that is free. Unread responses are
/// free on either side.
fn distances(shape: Shape, left: &Row, right: &Row, sure: &Confidence) -> Ends {
    let (own, theirs) = (shape.groups(left, right), shape.groups(right, left));
    let shares = own.iter().map(Vec::len).sum::<usize>() as f64;
    let (once, both) = (sure.rate / shares, sure.rate / (2.0 * shares));
    let (mut low, mut high, mut whole) = (0.0, 0.0, 0.0);
    for (own, theirs) in own.iter().zip(&theirs) {
        let total: f64 = own.iter().sum();
        // A baseline whose figures are taken as exact has its shares as bounds.
        let at_least = |rate: f64| -> Result<[Vec<f64>; 2], Undefined> {
            let (n, all) = (f64::from(left.n), left.responses());
            let of = |share: &f64| Ok(sure.design.share_at_least(share * n, all, rate)?);
            Ok([own.iter().map(of).collect::<Result<_, Undefined>>()?, standing(theirs, right, 0.0)])
        };
        let [p, q] = at_least(once)?;
        let excess = |one: &[f64], other: &[f64]| -> f64 {
            let above = one.iter().zip(other).map(|(one, other)| (one - other).max(0.0)).sum::<f64>();
            above + (total - one.iter().sum::<f64>()).max(0.0)
        };
        high += excess(&p, &q).min(excess(&q, &p)).min(total);
        let [p, q] = at_least(both)?;
        let q_most = standing(theirs, right, 1.0);
        let (n, unread, all) = (f64::from(left.n), f64::from(left.unread), left.responses());
        let at_most = |share: &f64| Ok(sure.design.share_at_most(share * n + unread, all, both)?);
        let p_most: Vec<f64> = own.iter().map(at_most).collect::<Result<_, Undefined>>()?;
        let apart = |least: &[f64], most: &[f64]| -> f64 {
            least.iter().zip(most).map(|(least, most)| (least - most).max(0.0)).sum()
        };
        low += f64::max(apart(&p, &q_most), apart(&q, &p_most));
        whole += total;
    }
    if whole > 0.0 { Ok((low / whole, (high / whole).min(1.0))) } else { Ok((0.0, 1.0)) }
}

/// Returns shares that are taken as exact, where each unread response adds `unread_as` to each.
fn standing(shares: &[f64], row: &Row, unread_as: f64) -> Vec<f64> {
    if row.unread == 0 {
        return shares.to_vec();
    }
    let (n, unread, all) = (f64::from(row.n), f64::from(row.unread), f64::from(row.responses()));
    shares.iter().map(|share| (share * n + unread * unread_as) / all).collect()
}

impl Shift {
    fn rows(&self, tables: &[Table], suites: &Suites) -> Result<Vec<(usize, usize)>, Undefined> {
        let task = find(suites, &self.task)?;
        let asked = |row: &Row| match (&self.context, task.item(&row.item)) {
            (None, _) => true,
            (context, Some((_, item))) => item.context == *context,
            _ => false,
        };
        let shared: Vec<(usize, usize)> = (tables[0].rows.iter().enumerate())
            .filter(|(_, row)| asked(row))
            .filter_map(|(at, row)| tables[1].row(&row.item).map(|other| (at, other)))
            .collect();
        let missing = score::missing(task, &tables[1], self.context.as_deref(), false);
        // The snapshot's own trial reports questions that it lacks.
        let whole = missing.is_empty() || self.from == Who::Snapshot;
        if shared.is_empty() && (whole || self.context.is_none()) {
            return Err(Undefined::NothingShared(self.task.clone()));
        }
        if !whole {
            return Err(Undefined::lacks(task, &self.from, &missing));
        }
        // An option that a selection does not tell may have moved far.
        tables.iter().try_for_each(|table| score::options_told(task, table))?;
        Ok(shared)
    }
}

impl Measure for Shift {
    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::subject(&self.task, View::Main),
            Input { who: self.from.clone(), task: self.task.clone(), view: View::Main },
        ]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let rows = self.rows(tables, suites)?;
        let shape = find(suites, &self.task)?.shape;
        Ok(Box::new(move |tables| {
            let distances =
                rows.iter().map(|(a, b)| shape.distance(&tables[0].rows[*a], &tables[1].rows[*b]));
            Ok(distances.fold(0.0, f64::max))
        }))
    }

    fn reach(&self, theirs: &[Table], suites: &Suites) -> Option<(f64, f64)> {
        let task = suites.task(&self.task)?;
        let tables = [reach::some(task), theirs.first()?.clone()];
        let rows = self.rows(&tables, suites).ok()?;
        let each = rows.iter().map(|(_, row)| reach::farthest(task, &tables[1].rows[*row]));
        Some((0.0, each.fold(0.0, f64::max)))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let rows = self.rows(tables, suites)?;
        let shape = find(suites, &self.task)?.shape;
        let items = rows.len() as f64;
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        // No item is further if none is, each tested at the whole rate; that some item is further takes a part
        // of it. Where chance decides which items are far, as with a snapshot of the subject's own answers, both
        // take a part.
        let each = if self.from == Who::Snapshot { sure.part(items) } else { *sure };
        for (a, b) in rows {
            let (left, right) = (&tables[0].rows[a], &tables[1].rows[b]);
            high = high.max(distances(shape, left, right, &each)?.1);
            low = low.max(distances(shape, left, right, &sure.part(items))?.0);
        }
        Ok((low, high.max(low)))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let (Ok(rows), Ok(task)) = (self.rows(tables, suites), find(suites, &self.task)) else {
            return Vec::new();
        };
        let mut shifts: Vec<(f64, String)> = Vec::new();
        for (a, b) in rows {
            let (left, right) = (&tables[0].rows[a], &tables[1].rows[b]);
            let name = if left.item.is_empty() { &task.id } else { &left.item };
            let shift = task.shape.distance(left, right);
            shifts.push((shift, format!("{name} {shift:.2}{}", largest(task, left, right))));
        }
        shifts.sort_by(|a, b| b.0.total_cmp(&a.0));
        shifts.into_iter().filter(|(shift, _)| *shift > 0.0).take(3).map(|(_, text)| text).collect()
    }
}

/// Describes the choice whose share moved most: ` (fairness 98% → 40%)`.
pub(super) fn largest(task: &Task, left: &Row, right: &Row) -> String {
    let Some((_, item)) = task.item(&left.item).filter(|_| !task.shape.is_ranking()) else {
        return String::new();
    };
    let moved = (0..item.choices.len())
        .filter(|at| left.known.get(*at) != Some(&false) && right.known.get(*at) != Some(&false))
        .max_by(|a, b| {
            let gap = |at: usize| (left.shares[at] - right.shares[at]).abs();
            gap(*a).total_cmp(&gap(*b))
        });
    moved.map_or_else(String::new, |at| {
        format!(
            " ({} {:.0}% vs {:.0}%)",
            item.choices[at].id,
            left.shares[at] * 100.0,
            right.shares[at] * 100.0
        )
    })
}
