//! The recordings behind a side of snapshots. If the answers that a snapshot was taken from are recorded,
//! they decide its checks, because a run that needed more answers had more than the snapshot holds.

use super::side::{DiffSide, SideKind, TakenAnswers};
use crate::check::{Check, Who};
use crate::profile::{Row, Table, View};
use crate::run::Run;
use crate::suite::Task;

/// A run in which the role is asked as the model that its snapshots are of.
pub(super) struct SnapshotRecordings {
    run: Run,
    role: String,
}

impl SnapshotRecordings {
    /// Returns the recordings of a side of snapshots that name one model, which may be another than the role
    /// has now.
    pub(super) fn of(side: &DiffSide, run: &Run, tasks: &[&Task]) -> Option<SnapshotRecordings> {
        let SideKind::Snapshots { role, .. } = &side.kind else { return None };
        run.model(role)?;
        let mut ids = tasks.iter().filter_map(|task| match side.stored(task) {
            TakenAnswers::Answers(found) => Some(found.version?.strip_prefix("model ")?.to_owned()),
            TakenAnswers::Missing(_) | TakenAnswers::Damaged(_) => None,
        });
        let first = ids.next()?;
        if ids.any(|other| other != first) {
            return None;
        }
        let id = first.split_once(", answered by ").map_or(first.as_str(), |(id, _)| id);
        let mut config = run.config.clone();
        config.models.iter_mut().filter(|model| model.name == *role).for_each(|model| {
            model.model = id.to_owned();
        });
        Some(SnapshotRecordings { run: Run::offline(config), role: role.clone() })
    }

    /// Returns the run to judge a check in, if it has exactly the answers of the snapshots.
    pub(super) fn judges(&self, side: &DiffSide, run: &Run, check: &Check) -> Option<(&Run, &str)> {
        let subjects = check.measure.inputs();
        let mut subjects = subjects.iter().filter(|input| input.who == Who::Subject);
        let same = subjects.all(|input| {
            let Some(task) = run.suites.task(&input.task) else { return false };
            let TakenAnswers::Answers(found) = side.stored(task) else { return false };
            let recorded = self.run.answers(&self.role, task, None, View::Main);
            recorded
                .is_ok_and(|recorded| alike(&recorded.profile.table(task, View::Main), &found.answers.table))
        });
        same.then_some((&self.run, self.role.as_str()))
    }
}

/// Whether two tables count the same answers.
fn alike(recorded: &Table, stored: &Table) -> bool {
    let same = |(one, other): (&Row, &Row)| {
        let near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
        one.item == other.item && one.n == other.n && one.shares.iter().zip(&other.shares).all(near)
    };
    recorded.rows.len() == stored.rows.len() && recorded.rows.iter().zip(&stored.rows).all(same)
}
