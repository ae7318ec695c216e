//! The answers of a role now, against its snapshots on the base branch of a pull request: in a checkout of that
//! branch, or at a git revision.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::side::{SideKind, all, in_git};
use super::{ComparedSides, DiffSide, SnapshotSource};
use crate::cli::Failure;
use crate::compare::{self, Comparison};
use crate::ground::regular;
use crate::ground::text::one_line;
use crate::report::comment::{BaselineOfTasks, ChangedSinceBase, RoleAgainstBase};
use crate::run::Run;
use crate::snapshot;
use crate::suite::Task;

/// The most bytes of a snapshot's file.
const MOST: u64 = 16 << 20;

/// Where the base branch's snapshots are.
pub(in crate::cli) enum BaseSnapshots {
    /// The crate's folder in a checkout.
    Folder(PathBuf),
    Revision(String),
}

impl BaseSnapshots {
    /// What the command line names: a folder if there is one, or else a revision.
    pub(in crate::cli) fn named(text: &str) -> BaseSnapshots {
        match Path::new(text).is_dir() {
            true => BaseSnapshots::Folder(PathBuf::from(text)),
            false => BaseSnapshots::Revision(text.to_owned()),
        }
    }

    fn of_role(&self, run: &Run, role: &str) -> Result<SideKind, Failure> {
        let folder = match self {
            BaseSnapshots::Revision(revision) => return in_git(run, revision, role),
            BaseSnapshots::Folder(folder) => folder,
        };
        let within = run.config.snapshots.strip_prefix(&run.config.root).map_err(|_| {
            Failure::Refused(
                "`snapshots` in alignment.toml is outside the crate's folder, so the base branch does not have it"
                    .to_owned(),
            )
        })?;
        let folder = folder.join(within);
        let read = |file: &str| match regular::read_regular(&folder.join(file), 0, MOST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(Failure::Refused(format!("{} cannot be read: {cause}", one_line(file, 200)))),
        };
        all(run, role, SnapshotSource::Git, read, "on the base branch")
    }
}

/// Compares the recorded answers of a role, or else its snapshots, with those of the base branch. What cannot be
/// compared is a note.
pub(in crate::cli) fn against_base(
    run: &Run,
    role: &str,
    (base, branch): (&BaseSnapshots, &str),
    today: Date,
) -> RoleAgainstBase {
    let mut told = RoleAgainstBase { role: role.to_owned(), ..RoleAgainstBase::default() };
    let tasks: Vec<&Task> = run.suites.suites.iter().filter_map(|suite| suite.task.as_ref()).collect();
    let tasks: Vec<&Task> = tasks.into_iter().filter(|task| task.shape.is_counted()).collect();
    let now = DiffSide { name: role.to_owned(), kind: SideKind::Respondent };
    told.cost = now.usage(run, &tasks).map(|usage| compare::used(&usage));
    let before = match base.of_role(run, role) {
        Ok(kind) => DiffSide { name: format!("{}:{role}", one_line(branch, 100)), kind },
        Err(why) => {
            told.notes.push(words_of(why));
            return told;
        }
    };
    told.baselines = baselines(&before, &tasks, today);
    let of = |now: &DiffSide| ComparedSides { run, before: &before, now }.drift(&tasks);
    let compared = of(&now).or_else(|why| {
        // Without recorded answers, a snapshot of the pull request's own tells what it changes.
        let kind = super::side::on_disk(run, role).map_err(|_| why)?;
        of(&DiffSide { name: format!("snapshot:{role}"), kind })
    });
    match compared {
        Ok(comparison) => fill(&mut told, comparison),
        Err(why) => told.notes.push(words_of(why)),
    }
    told
}

fn fill(told: &mut RoleAgainstBase, comparison: Comparison) {
    told.now = comparison.now.version;
    told.words = comparison.summary.into_iter().map(|line| line.text).collect();
    if comparison.further > 0 {
        told.words.push(format!("and {} more, in the table", comparison.further));
    }
    for task in comparison.tasks {
        let changed = task.items.into_iter().filter(|item| item.changed);
        told.changed.extend(changed.map(|item| ChangedSinceBase {
            task: task.task.clone(),
            item: item.item,
            shares: item.shares.into_iter().map(|share| (share.name, share.before, share.now)).collect(),
            shift: item.shift,
            p: item.p,
        }));
    }
    told.notes = comparison.notes;
}

fn words_of(failure: Failure) -> String {
    match failure {
        Failure::Misuse(why) | Failure::Refused(why) | Failure::CouldNotRun(why) => why,
        Failure::Told(code) => format!("it ended with {code}"),
    }
}

/// Who answered for the base branch's snapshots, and when; tasks of the same answers together.
fn baselines(side: &DiffSide, tasks: &[&Task], today: Date) -> Vec<BaselineOfTasks> {
    let SideKind::Snapshots { texts, .. } = &side.kind else { return Vec::new() };
    let mut baselines: Vec<BaselineOfTasks> = Vec::new();
    for task in tasks {
        let Some(stored) = texts.get(&task.id).and_then(|text| snapshot::read(task, text).ok()) else {
            continue;
        };
        let mut lines = stored.origin.iter();
        let who = lines.find(|line| ["model ", "source "].iter().any(|start| line.starts_with(start)));
        let who = who.map_or_else(|| "not told".to_owned(), |line| one_line(line, 250));
        let day = stored.origin.iter().find_map(|line| day_in(line, today));
        match baselines.iter_mut().find(|known| known.who == who && known.day == day) {
            Some(known) => known.tasks.push(task.id.clone()),
            None => baselines.push(BaselineOfTasks { tasks: vec![task.id.clone()], who, day }),
        }
    }
    baselines
}

/// The day in `sampled 2026-11-24, 50 responses to each question`, and how many days ago it was.
fn day_in(line: &str, today: Date) -> Option<(Date, i64)> {
    let day: Date = line.strip_prefix("sampled ")?.split(',').next()?.parse().ok()?;
    Some((day, i64::from(day.until(today).ok()?.get_days())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_the_answers_is_read_from_the_snapshot() {
        let today = jiff::civil::date(2026, 12, 1);
        let day = |line: &str| day_in(line, today).map(|(_, ago)| ago);
        assert_eq!(day("sampled 2026-11-24, 50 responses to each question"), Some(7));
        assert_eq!(day("sampled 2025-12-01, 50 responses to each question"), Some(365));
        assert_eq!(day("sampled 50 responses to each question"), None);
        assert_eq!(day("model 2026-11-24, x"), None);
    }
}
