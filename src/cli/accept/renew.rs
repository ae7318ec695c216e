//! `cargo alignspec accept --renew`: snapshots that did not drift become those of the answers that are recorded today.
//!
//! A new model that answers like the one before leaves its snapshots as they are, and their heads go on naming the old
//! model: a watch cannot compare them with today's. The whole sample is renewed and not the head alone, since a head
//! that names a model above the answers of another would be wrong, and a watch would take the small difference
//! between the two, which drift may have passed over, for a change behind the name.
//!
//! Small differences must not add up from renewal to renewal. So the snapshot that was last judged in full is kept beside
//! the renewed one (`<role>.<task>.judged`), whose head has its hash, and today's answers are compared with that one, too.

use std::path::{Path, PathBuf};

use super::super::{Failure, say, shown};
use super::AcceptArguments;
use crate::ground::format::counted;
use crate::ground::regular;
use crate::ground::replace::replace_durably;
use crate::ground::text::one_line;
use crate::profile::View;
use crate::report::drifted;
use crate::run::{Planned, Run, Subject};
use crate::snapshot::stored::{self, SnapshotText};
use crate::snapshot::{self, Answerers, Judge, Renewals};
use crate::suite::Task;

/// A snapshot that is to be written.
struct RenewedSnapshot {
    path: PathBuf,
    text: String,
    description: String,
    line: String,
    /// The snapshot that was last judged in full, and its file.
    judged: (PathBuf, String),
}

pub(super) fn run(run: &Run, arguments: &AcceptArguments) -> Result<(), Failure> {
    let (mut renewed, mut lines, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for Planned { model, subject, .. } in &run.planned {
        let Subject::Drift { task, rate } = subject else { continue };
        let other =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_some_and(|wanted| wanted != found);
        let Some(task) = run.suites.task(task).filter(|task| !other(&arguments.task, &task.id)) else {
            continue;
        };
        // Figures that nobody asks for have no other model behind them.
        if other(&arguments.role, model) || run.model(model).is_none() {
            continue;
        }
        match of_today(run, model, task, *rate) {
            Ok(Some(snapshot)) => renewed.push(snapshot),
            Ok(None) => lines.push(format!("{model}: {} is of today's answers already", task.id)),
            Err(why) => wrong.push(format!("{model}: {}: {why}", task.id)),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Refused(format!("nothing was renewed: {}", wrong.join("\n  "))));
    }
    if renewed.is_empty() && lines.is_empty() {
        return Err(Failure::Refused("there is no such snapshot of a model that is asked".to_owned()));
    }
    lines.into_iter().for_each(say);
    // All have been compared before any is written.
    for RenewedSnapshot { path, text, description, line, judged } in renewed {
        // First, so that no head names a file that is not there.
        replace_durably(&judged.0, &[judged.1.trim_end().as_bytes(), b"\n"])
            .map_err(|why| Failure::Refused(format!("{} cannot be written: {why}", judged.0.display())))?;
        snapshot::file::renew(&path, &text, &description)
            .map_err(|why| Failure::Refused(format!("{} cannot be written: {why}", path.display())))?;
        say(line);
    }
    Ok(())
}

/// Returns the snapshot of the answers that are recorded today; `None` where it is stored already.
fn of_today(run: &Run, model: &str, task: &Task, rate: f64) -> Result<Option<RenewedSnapshot>, String> {
    let path = stored::path(&run.config.snapshots, model, &task.id);
    let before = stored::text(&run.config.snapshots, model, task)?
        .ok_or("it has no snapshot yet: run `cargo test`, and accept the first one")?;
    snapshot::file::writable(&path)?;
    if snapshot::file::pending(&path).exists() {
        return Err("a snapshot is pending: review it, and accept it without --renew".to_owned());
    }
    let answers = run.answers(model, task, None, View::Main).map_err(|why| {
        format!("today's answers are not all recorded, so run `cargo alignspec record --role {model}` first: {why}")
    })?;
    let text = snapshot::write_from(task, &answers.profile, &run.origin(model, task, &answers));
    let renewals = Renewals::of(&before.says.origin)?;
    let same = renewals.as_ref().map_or_else(|| text.clone(), |known| snapshot::renewed(&text, known));
    if same.trim_end() == before.text.trim_end() {
        return Ok(None);
    }
    let now = SnapshotText::new(task, text)?;
    if now.says.table.rows.is_empty() {
        return Err("there is no valid answer".to_owned());
    }
    let judge = Judge { task: task.clone(), rate, min_shift: run.config.drift.min_shift };
    let (drift, reworded) = judge.compare_all(&before.says, &now.says)?;
    let review = "run `cargo test`, review what is pending, and accept it without --renew";
    if !reworded.is_none() {
        return Err(format!("{}: {review}", drifted::suite_changed(&reworded, &drift)));
    }
    if !drift.is_none() {
        return Err(format!("{}: {review}", drifted::drifted(&drift)));
    }
    // What is in doubt, or could not have been seen, is no sameness.
    let unsure = drifted::uncertain(model, &task.id, &drift);
    let blind = drift.detectable.is_none().then(|| drifted::blind(model, &task.id, &drift));
    if let Some(why) = unsure.or(blind) {
        return Err(one_line(&why, 600));
    }
    let first = LastJudged::of(&path, task, &before, renewals)?;
    let moved = first.moved(&judge, &now, review)?;
    let [old, new] = [&before, &now].map(|text| Answerers::of(&text.says.origin).model);
    let [old, new] = [old, new].map(|model| match model {
        Some(model) => format!("`{}`", one_line(&model, 120)),
        None => "an unnamed model".to_owned(),
    });
    let of = if old == new { format!("those of {new} now") } else { format!("those of {new}, after {old}") };
    let line = format!(
        "{model}: {} renewed: {}: the answers are {of}, and have not drifted; {moved}",
        task.id,
        shown(path.clone())
    );
    let version = answers.version().map(|version| format!(" ({})", one_line(&version, 120)));
    let description = format!("{model}{} on {}", version.unwrap_or_default(), task.id);
    let text = snapshot::renewed(&now.text, &first.renewals);
    Ok(Some(RenewedSnapshot { path, text, description, line, judged: (first.path, first.snapshot.text) }))
}

/// The snapshot that was last judged in full.
struct LastJudged {
    path: PathBuf,
    snapshot: SnapshotText,
    /// The renewals since then, with the one that is going on.
    renewals: Renewals,
}

impl LastJudged {
    /// Returns that of a stored snapshot, which is the snapshot itself where it was never renewed.
    fn of(
        path: &Path,
        task: &Task,
        before: &SnapshotText,
        renewals: Option<Renewals>,
    ) -> Result<LastJudged, String> {
        let path = path.with_extension("judged");
        regular::check(&path, 1).map_err(|cause| format!("{} cannot be written: {cause}", path.display()))?;
        let Some(renewals) = renewals else {
            let renewals = Renewals { times: 1, judged: hash(&before.text) };
            let snapshot = SnapshotText::new(task, before.text.clone())?;
            return Ok(LastJudged { path, snapshot, renewals });
        };
        let lost = |why: &str| {
            format!(
                "the snapshot that was last judged in full, {}, {why}, so that nobody knows how far the answers have moved from it in {}: restore it with git, or delete the snapshot, run `cargo test`, review the new one, and accept it",
                shown(path.clone()),
                counted(renewals.times as usize, "renewal")
            )
        };
        let bytes = regular::read_regular(&path, 1, snapshot::file::MOST)
            .map_err(|cause| lost(&cause.to_string()))?;
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        if hash(&text) != renewals.judged {
            return Err(lost("is another one than the head of the snapshot says"));
        }
        let snapshot = SnapshotText::new(task, text)?;
        Ok(LastJudged {
            path,
            snapshot,
            renewals: Renewals { times: renewals.times.saturating_add(1), ..renewals },
        })
    }

    /// Says how far answers have moved from it.
    ///
    /// # Errors
    /// They have drifted from it, or what is asked is another thing than then.
    fn moved(&self, judge: &Judge, now: &SnapshotText, review: &str) -> Result<String, String> {
        let (drift, reworded) = judge.compare_all(&self.snapshot.says, &now.says)?;
        let day =
            Answerers::of(&self.snapshot.says.origin).day.map_or_else(String::new, |day| format!(" ({day})"));
        let first = format!("the snapshot that was last judged in full{day}");
        if !drift.is_none() || !reworded.is_none() {
            return Err(format!(
                "over {}, the answers have moved away from {first}: {}: {review}",
                counted(self.renewals.times as usize, "renewal"),
                drifted::drifted(&drift)
            ));
        }
        let shares = |text: &SnapshotText, item: &str| {
            let row = text.says.table.rows.iter().find(|row| row.item == item);
            row.map(|row| row.shares.clone())
        };
        let mut most = (0.0, String::new());
        for item in &judge.task.items {
            let Some((then, today)) = shares(&self.snapshot, &item.id).zip(shares(now, &item.id)) else {
                continue;
            };
            let far = then.iter().zip(&today).map(|(then, today)| (then - today).abs()).fold(0.0, f64::max);
            if far > most.0 {
                most = (far, format!(" ({})", snapshot::name(&judge.task, &item.id)));
            }
        }
        Ok(format!(
            "{} since {first}, from which no share of answers has moved by more than {:.2}{}",
            counted(self.renewals.times as usize, "renewal"),
            most.0,
            most.1
        ))
    }
}

/// The hash of a snapshot's text, whatever its line ends.
fn hash(text: &str) -> String {
    blake3::hash(text.trim_end().as_bytes()).to_hex()[..16].to_owned()
}
