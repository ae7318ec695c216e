//! What a watch compares with: the role's snapshots, if they are of what would be asked today.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::role::Watcher;
use super::series;
use crate::ground::text::one_line;
use crate::provider::asked_with;
use crate::run::{Planned, Subject};
use crate::snapshot::stored::{self, SnapshotText};
use crate::snapshot::{Answerers, Origin, Reworded, asked};
use crate::suite::Task;

/// A snapshot that is watched.
pub(super) struct HeldTask<'a> {
    pub task: &'a Task,
    pub stored: SnapshotText,
    pub hash: String,
    /// The places of the questions that are asked in the same words as then.
    pub items: Vec<usize>,
    /// Whether there are others.
    pub reworded: bool,
}

impl HeldTask<'_> {
    /// Who answered for the snapshot.
    pub(super) fn answerers(&self) -> Answerers {
        Answerers::of(&self.stored.says.origin)
    }
}

impl Watcher<'_> {
    /// The role's snapshots, if they are of what would be asked today.
    pub(super) fn held(&self, notes: &mut Vec<String>) -> Result<Vec<HeldTask<'_>>, Vec<String>> {
        let (mut held, mut wrong, mut others) = (Vec::new(), Vec::new(), 0);
        let drift = |planned: &&Planned| planned.model == self.model.name;
        for planned in self.run.planned.iter().filter(drift) {
            let Subject::Drift { task, .. } = &planned.subject else { continue };
            let Some(task) = self.run.suites.task(task) else { continue };
            let stored = match stored::text(&self.run.config.snapshots, &self.model.name, task) {
                Err(why) => {
                    wrong.push(why);
                    continue;
                }
                Ok(None) => {
                    if let Some(deleted) = self.run.deleted_snapshot(&self.model.name, &task.id) {
                        wrong.push(format!(
                            "the snapshot of {} was deleted, and {} has it: bring it back with `git checkout {} -- {}`, or accept a new one",
                            task.id, deleted.by, deleted.from, deleted.path
                        ));
                        continue;
                    }
                    if let Some(kept) = self.kept_of_a_renewal(task) {
                        wrong.push(format!(
                            "{} has no snapshot, but {kept} was kept when it was renewed, so it was deleted: bring it back, or remove that file and accept a new one",
                            task.id
                        ));
                        continue;
                    }
                    notes.push(format!("{} has no snapshot yet, so it is not watched", task.id));
                    continue;
                }
                Ok(Some(stored)) => stored,
            };
            if let Some(why) = self.other_model(task, &stored, notes) {
                wrong.push(why);
                others += 1;
                continue;
            }
            match self.of_today(task, stored, notes) {
                Ok(one) => held.push(one),
                Err(why) => wrong.push(why),
            }
        }
        if others > 0 {
            wrong.push(format!(
                "run `cargo test`: where answers have drifted, review and accept the new snapshot; where they have not, `cargo alignspec accept --renew --role {}` makes the answers of today's model the snapshot",
                self.model.name
            ));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if held.is_empty() {
            return Err(vec![format!(
                "there is no snapshot to compare with: run `cargo alignspec record --role {0}`, review what is pending, and accept it with `cargo alignspec accept --role {0}`",
                self.model.name
            )]);
        }
        Ok(held)
    }

    /// Returns the file that a renewal has kept beside a task's snapshot, if it is there: the snapshot was, too.
    fn kept_of_a_renewal(&self, task: &Task) -> Option<String> {
        let path =
            stored::path(&self.run.config.snapshots, &self.model.name, &task.id).with_extension("judged");
        path.exists().then(|| one_line(&path.display().to_string(), 200))
    }

    /// Says that a snapshot is of another model, or asked in another way, than alignment.toml has, or that nobody knows.
    fn other_model(&self, task: &Task, stored: &SnapshotText, notes: &mut Vec<String>) -> Option<String> {
        let [then, today] = [Answerers::of(&stored.says.origin), Answerers::of(&self.today(task))];
        let Some(model) = &then.model else {
            return Some(format!(
                "the snapshot of {} does not say which model it is of (an older version wrote it), so it is not compared with `{}`",
                task.id,
                one_line(today.model.as_deref().unwrap_or_default(), 120)
            ));
        };
        if then.model != today.model {
            return Some(format!(
                "the snapshot of {} is of `{model}`, and alignment.toml names `{}`",
                task.id,
                today.model.unwrap_or_default()
            ));
        }
        if then.with.is_empty() {
            notes.push(format!(
                "the snapshot of {} does not say with which system prompt and settings it was asked (an older version wrote it): that they are those of today is taken for granted",
                task.id
            ));
        }
        (!then.with.is_empty() && then.with != today.with).then(|| {
            format!(
                "the snapshot of {} was asked with another system prompt or other settings than alignment.toml has",
                task.id
            )
        })
    }

    fn of_today<'t>(
        &self,
        task: &'t Task,
        stored: SnapshotText,
        notes: &mut Vec<String>,
    ) -> Result<HeldTask<'t>, String> {
        let reworded = match &stored.says.asked {
            Some(before) => Reworded::between(before, &asked(task)),
            None => Reworded::default(),
        };
        let row = |at: &usize| stored.says.table.row(&task.items[*at].id).is_some();
        let items: Vec<usize> = if reworded.is_none() && !stored.says.table.rows.is_empty() {
            (0..task.items.len()).collect()
        } else {
            (0..task.items.len()).filter(row).collect()
        };
        if items.is_empty() {
            return Err(format!(
                "no question of the snapshot of {} is asked in the same words today: run `cargo test`, review what changed, and accept the new snapshot",
                task.id
            ));
        }
        notes.extend(stored::left_out(&stored.says, task));
        let hash = series::hash(&stored.text);
        let held = HeldTask { task, stored, hash, items, reworded: !reworded.is_none() };
        if let Some(most) = self.run.config.drift.max_age
            && let Some(days) = held.answerers().day.and_then(age).filter(|days| *days > i64::from(most))
        {
            notes.push(format!(
                "the snapshot of {} is {days} days old, and `max_age` is {most}: for a new one, delete it and the recordings of {1}, run `cargo alignspec record --role {1}`, and accept what is pending",
                task.id, self.model.name
            ));
        }
        Ok(held)
    }

    /// What the head of a snapshot of today would say, but for who answers.
    fn today(&self, task: &Task) -> Vec<String> {
        let n = self.run.config.samples(self.model, task);
        let (versions, hosts) = (Vec::new(), Vec::new());
        let model = self.model.model.clone();
        Origin::Asked { model, versions, hosts, with: asked_with(self.model), day: None, n }.lines()
    }
}

/// How many days ago a day was.
fn age(day: Date) -> Option<i64> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.since(day).ok().map(|span| i64::from(span.get_days()))
}
