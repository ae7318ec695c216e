//! `cargo alignspec accept`: pending snapshots become the baseline.
//!
//! It does what `cargo insta accept` does, by role and task. insta itself writes the files, so that they are
//! the same to the byte; files that are not alignspec's or were cut short are refused. `--renew` ([`renew`]) is for
//! snapshots from which nothing drifted.

mod renew;

use std::path::{Path, PathBuf};

use insta::Snapshot;

use super::diff::of_file;
use super::{Failure, config, offline, say, shown};
use crate::ground::diagnostic::nearest;
use crate::ground::text::one_line;
use crate::run::Run;
use crate::snapshot::{self, Answerers};
use crate::suite::Task;

/// Makes pending snapshots the baseline: of one role, or of all.
///
/// Review them first: `cargo alignspec diff snapshot:ROLE ROLE`, or `cargo insta review`.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct AcceptArguments {
    /// Only the snapshots of this role
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// Only the snapshots of this task
    #[arg(long, value_name = "TASK")]
    task: Option<String>,

    /// Make the recorded answers of today's model the snapshot where they have not drifted from it, so that its head
    /// names that model
    #[arg(long)]
    renew: bool,
}

const HELP: &str = r#"Examples:
  cargo alignspec accept
  cargo alignspec accept --role assistant --task T1

Exit codes: 0 done; 1 a snapshot cannot be taken: standard error says why; 2 the command line or alignment.toml is not valid; 3
no snapshot is pending."#;

/// Checks that a role exists, or is at least not a slip of one: a role that is gone may have snapshots, too.
fn known_role(run: &Run, role: &str) -> Result<(), Failure> {
    let roles = || run.config.roles();
    match nearest(role, roles()).filter(|_| !roles().any(|known| known == role)) {
        Some(meant) => Err(Failure::Misuse(format!(
            "no role is named `{}`: did you mean `{meant}`?",
            one_line(role, 100)
        ))),
        None => Ok(()),
    }
}

/// Checks that the role of a pending snapshot is one of alignment.toml. No run judges or writes a snapshot of another.
fn gone_role(run: &Run, folder: &Path, name: &str, role: &str) -> Result<(), Failure> {
    if run.config.roles().any(|known| known == role) {
        return Ok(());
    }
    let role = one_line(role, 100);
    Err(Failure::Refused(format!(
        "{} is of the role `{role}`, which alignment.toml does not have, so no run wrote it for this config; nothing was accepted: delete it, or add the role and run the tests",
        shown(folder.join(name))
    )))
}

/// A pending snapshot that has been read, and its destination.
struct PendingSnapshot {
    from: PathBuf,
    to: PathBuf,
    snapshot: Snapshot,
    line: String,
}

pub(super) fn run(arguments: &AcceptArguments) -> Result<(), Failure> {
    let run = offline(config("there is nothing to accept here")?);
    if let Some(role) = &arguments.role {
        known_role(&run, role)?;
    }
    if arguments.renew {
        return renew::run(&run, arguments);
    }
    let folder = run.config.snapshots.clone();
    let mut pending = Vec::new();
    for name in names(&folder)? {
        let Some((role, task)) = of_file(&run, name.trim_end_matches(".new")) else {
            // Snapshots of other tests, or of tasks that are gone, are left to cargo insta.
            say(format!(
                "{}: left as it is, because it is not a snapshot of a role and a task",
                one_line(&name, 200)
            ));
            continue;
        };
        let other =
            |wanted: &Option<String>, found: &str| wanted.as_ref().is_some_and(|wanted| wanted != found);
        if !other(&arguments.role, role) && !other(&arguments.task, &task.id) {
            gone_role(&run, &folder, &name, role)?;
            pending.push(read_pending(&folder, &name, role, task)?);
        }
    }
    if pending.is_empty() {
        let of = [arguments.role.as_deref(), arguments.task.as_deref()].into_iter().flatten();
        let of: Vec<String> = of.map(|word| one_line(word, 100)).collect();
        let of = if of.is_empty() { String::new() } else { format!(" of {}", of.join(" and ")) };
        return Err(Failure::CouldNotRun(format!(
            "no snapshot{of} is pending in {}: `cargo test` writes one where answers have drifted or there is no snapshot yet",
            shown(folder)
        )));
    }
    // All have been read before any is accepted, so that a damaged one leaves the others unchanged.
    for PendingSnapshot { from, to, snapshot, line } in pending {
        let failed = |what: &str, path: &Path, cause: String| {
            Failure::Refused(format!("{} cannot be {what}: {cause}", path.display()))
        };
        snapshot.save(&to).map_err(|error| failed("written", &to, error.to_string()))?;
        // This one is judged in full; what is left of an earlier one would only be in the way.
        std::fs::remove_file(to.with_extension("judged")).ok();
        std::fs::remove_file(&from).map_err(|error| failed("removed", &from, error.to_string()))?;
        say(line);
    }
    Ok(())
}

/// Says whose answers a snapshot has, as far as its head says it: `, of gpt-b, answered by gpt-b-2026-01-01`.
fn answered_by(head: &[String]) -> String {
    let Answerers { model, versions, .. } = Answerers::of(head);
    let source = head.iter().find_map(|line| line.strip_prefix("source ")?.split(": ").next());
    match (model, source) {
        (Some(model), _) if versions.is_empty() || versions == model => {
            format!(", of {}", one_line(&model, 120))
        }
        (Some(model), _) => {
            format!(", of {}, answered by {}", one_line(&model, 120), one_line(&versions, 300))
        }
        (None, Some(source)) => format!(", of figures of {}", one_line(source, 120)),
        (None, None) => ", which names no model".to_owned(),
    }
}

/// Returns the file names of pending snapshots, sorted.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |cause: std::io::Error| {
        Failure::Refused(format!("the snapshots in {} cannot be listed: {cause}", folder.display()))
    };
    let entries = match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".snap.new") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn read_pending(folder: &Path, name: &str, role: &str, task: &Task) -> Result<PendingSnapshot, Failure> {
    let from = folder.join(name);
    let damaged = |why: String| {
        let why = why.strip_suffix(snapshot::TO_DO).map_or(&*why, |why| why.trim_end_matches(": "));
        let why = one_line(why, 300);
        Failure::Refused(format!(
            "{} is damaged: {why}; nothing was accepted: delete it, and `cargo test` writes it again",
            from.display()
        ))
    };
    let found = snapshot::file::read_snapshot(&from).map_err(damaged)?;
    let found = found.ok_or_else(|| damaged("it no longer exists".to_owned()))?;
    if !found.ends {
        return Err(damaged("its last line is cut off".to_owned()));
    }
    let snapshot::file::SnapshotFile { snapshot, text, .. } = found;
    let stored = snapshot::read(task, &text).map_err(damaged)?;
    // Answers to other questions are not read.
    if stored.table.rows.is_empty() && stored.questions == snapshot::questions(task) {
        return Err(damaged("it has no answers".to_owned()));
    }
    let to = folder.join(name.trim_end_matches(".new"));
    snapshot::file::writable(&to).map_err(Failure::Refused)?;
    let what = if to.exists() { "accepted" } else { "accepted (first snapshot)" };
    let of = answered_by(&stored.origin);
    let mut line = format!("{role}: {} {what}: {}{of}", task.id, shown(to.clone()));
    if stored.questions != snapshot::questions(task) {
        line += &format!(
            " (its questions are not those that {} asks now: the next run will need a new one)",
            task.id
        );
    }
    Ok(PendingSnapshot { from, to, snapshot, line })
}
