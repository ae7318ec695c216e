//! A side of a comparison, by its name on the command line: a respondent, or snapshots on disk or in git.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::Failure;
use super::asked_now;
use crate::compare::{ComparedAnswers, SideName};
use crate::ground::diagnostic::nearest;
use crate::ground::regular::read_bounded;
use crate::ground::text::one_line;
use crate::run::Run;
use crate::snapshot::file::MOST;
use crate::snapshot::{self, Stored};
use crate::suite::Task;

/// One side of a comparison.
pub(in crate::cli) struct DiffSide {
    /// As the command line names it.
    pub(in crate::cli) name: String,
    pub(super) kind: SideKind,
}

pub(super) enum SideKind {
    /// A model of the config, or a baseline.
    Respondent,
    /// Snapshots of a role: their texts by task.
    Snapshots { role: String, texts: BTreeMap<String, String>, from: SnapshotSource },
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum SnapshotSource {
    Disk,
    Git,
    /// One file, of one task, so the side has no other tasks.
    File,
}

/// A side's answers to a task.
pub(super) enum TakenAnswers {
    Answers(Box<SideAnswers>),
    /// There are none; the text says what to do.
    Missing(String),
    /// They cannot be read.
    Damaged(String),
}

pub(super) struct SideAnswers {
    pub answers: ComparedAnswers,
    /// The hash of the questions that they answer.
    pub questions: String,
    pub version: Option<String>,
    /// How the model was asked; empty where that is not known.
    pub asked_with: String,
}

impl DiffSide {
    /// What `text` names.
    pub(in crate::cli) fn find(run: &Run, text: &str) -> Result<DiffSide, Failure> {
        let name = one_line(text, 200);
        if text.starts_with('-') {
            return Err(Failure::Misuse(format!(
                "`{name}` is not a side to compare: no revision starts with `-`"
            )));
        }
        if let Some((revision, of)) = text.split_once(':') {
            let kind = match revision {
                "snapshot" => on_disk(run, of)?,
                _ => in_git(run, revision, of).map_err(|failed| {
                    match (failed, nearest(revision, ["snapshot"])) {
                        (Failure::Refused(why), Some(meant)) => {
                            Failure::Refused(format!("{why}; did you mean `{meant}:{}`?", one_line(of, 100)))
                        }
                        (failed, _) => failed,
                    }
                })?,
            };
            return Ok(DiffSide { name, kind });
        }
        if text.ends_with(".snap") {
            return Ok(DiffSide { kind: one_file(run, text)?, name });
        }
        let mut known: Vec<&str> = run.config.roles().collect();
        // A published model in the config has the name of its baseline.
        for name in run.tallies.names() {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        if known.contains(&text) {
            return Ok(DiffSide { name, kind: SideKind::Respondent });
        }
        let unknown = unknown("respondent", text, known.into_iter());
        Err(Failure::Misuse(format!(
            "{unknown}\n  a snapshot is snapshot:ROLE, a git revision of it REVISION:ROLE"
        )))
    }

    /// What tells that two sides are the same respondent: the baseline, where it is one in whatever role, or else the
    /// role, whose snapshots are its answers, too.
    pub(in crate::cli) fn identity<'a>(&'a self, run: &'a Run) -> &'a str {
        let role = match &self.kind {
            SideKind::Respondent => &self.name,
            SideKind::Snapshots { role, .. } => role,
        };
        run.config.tally_of(role)
    }

    /// Whether the side can have answers to a task: a single file has only one.
    pub(super) fn is_about(&self, task: &Task) -> bool {
        match &self.kind {
            SideKind::Snapshots { texts, from: SnapshotSource::File, .. } => texts.contains_key(&task.id),
            _ => true,
        }
    }

    pub(super) fn named(&self, version: Option<String>, asked_with: Vec<String>) -> SideName {
        let version = version.map(|version| one_line(&version, 120));
        SideName { name: self.name.clone(), version, asked_with }
    }

    /// Returns the snapshot of a task, if the side is one of snapshots.
    pub(super) fn stored(&self, task: &Task) -> TakenAnswers {
        let SideKind::Snapshots { texts, from, .. } = &self.kind else {
            return TakenAnswers::Missing(format!("{}: {} is not a snapshot", task.id, self.name));
        };
        let Some(text) = texts.get(&task.id) else {
            let (id, name) = (&task.id, &self.name);
            return TakenAnswers::Missing(match from {
                SnapshotSource::Disk => format!(
                    "{id}: {name} has no snapshot: `cargo test` writes one from what is recorded, `cargo alignspec accept` keeps it"
                ),
                SnapshotSource::Git => format!("{id}: {name} has no snapshot at that revision"),
                SnapshotSource::File => format!("{id}: {name} is a snapshot of another task"),
            });
        };
        match snapshot::read(task, text) {
            Ok(Stored { questions, invalid, responses, table, origin, lost, .. }) => {
                let answers = ComparedAnswers { table, invalid, responses, lost };
                let with = origin.iter().filter(|line| snapshot::is_asked_with(line));
                let asked_with = with.map(String::as_str).collect::<Vec<_>>().join("; ");
                let version = origin.first().cloned();
                TakenAnswers::Answers(Box::new(SideAnswers { answers, questions, version, asked_with }))
            }
            // A snapshot of other questions may name options that are gone, which is not its fault.
            Err(_) if text.lines().any(|line| other_questions(task, line)) => TakenAnswers::Missing(format!(
                "{}: the questions of {} are not those that are asked now: compare snapshots of the same suite",
                task.id, self.name
            )),
            Err(why) => TakenAnswers::Damaged(format!(
                "{}: {}: {}; restore it with git, or accept a new one",
                self.name,
                task.id,
                one_line(&why, 300)
            )),
        }
    }
}

fn other_questions(task: &Task, line: &str) -> bool {
    line.strip_prefix("questions ").is_some_and(|known| known.trim() != asked_now(task))
}

/// Writes ``no task is named `T9`: did you mean `T1`?``.
pub(in crate::cli) fn unknown<'a>(what: &str, found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let help = match nearest(found, known.iter().copied()) {
        Some(best) => format!("did you mean `{best}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    format!("no {what} is named `{}`: {help}", one_line(found, 100))
}

/// Returns the role and the task in a snapshot's file name.
pub(in crate::cli) fn of_file<'a>(run: &'a Run, name: &'a str) -> Option<(&'a str, &'a Task)> {
    let name = name.strip_suffix(".snap")?;
    let tasks = run.suites.suites.iter().filter_map(|suite| suite.task.as_ref());
    // Roles and tasks may contain dots, so the longest task that fits is taken.
    let fits = tasks.filter_map(|task| Some((name.strip_suffix(&task.id)?.strip_suffix('.')?, task)));
    fits.filter(|(role, _)| !role.is_empty()).max_by_key(|(_, task)| task.id.len())
}

pub(super) fn on_disk(run: &Run, role: &str) -> Result<SideKind, Failure> {
    let folder = &run.config.snapshots;
    let read = |file: &str| match read_bounded(&folder.join(file), MOST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => {
            Err(Failure::Refused(format!("{} cannot be read: {cause}", folder.join(file).display())))
        }
    };
    all(
        run,
        role,
        SnapshotSource::Disk,
        read,
        "in the snapshots folder: accept one with `cargo alignspec accept`",
    )
}

fn one_file(run: &Run, path: &str) -> Result<SideKind, Failure> {
    let bytes = read_bounded(Path::new(path), MOST)
        .map_err(|cause| Failure::Refused(format!("{} cannot be read: {cause}", one_line(path, 200))))?;
    one(run, path, bytes)
}

fn one(run: &Run, path: &str, bytes: Vec<u8>) -> Result<SideKind, Failure> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some((role, task)) = of_file(run, name) else {
        return Err(Failure::Misuse(format!(
            "`{}` is not the name of a snapshot: write ROLE.TASK.snap, with a task that is loaded",
            one_line(path, 200)
        )));
    };
    let text = body(&bytes).map_err(|why| Failure::Refused(format!("{}: {why}", one_line(path, 200))))?;
    let texts = [(task.id.clone(), text)].into();
    Ok(SideKind::Snapshots { role: role.to_owned(), texts, from: SnapshotSource::File })
}

/// Returns the snapshots of a role for all tasks; `read` gets them by file name.
pub(super) fn all(
    run: &Run,
    role: &str,
    from: SnapshotSource,
    read: impl Fn(&str) -> Result<Option<Vec<u8>>, Failure>,
    place: &str,
) -> Result<SideKind, Failure> {
    if role.is_empty() || role.contains(['/', '\\']) {
        return Err(Failure::Misuse(format!(
            "`{}` is neither a role nor the path of a .snap file",
            one_line(role, 100)
        )));
    }
    let mut texts = BTreeMap::new();
    for task in run.suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
        let file = format!("{role}.{}.snap", task.id);
        if let Some(bytes) = read(&file)? {
            let text =
                body(&bytes).map_err(|why| Failure::Refused(format!("{}: {why}", one_line(&file, 200))))?;
            texts.insert(task.id.clone(), text);
        }
    }
    if texts.is_empty() {
        let roles = || run.config.roles();
        if !roles().any(|known| known == role)
            && let Some(meant) = nearest(role, roles())
        {
            return Err(Failure::Misuse(format!(
                "there is no snapshot of `{}`, and no such role: did you mean `{meant}`?",
                one_line(role, 100)
            )));
        }
        return Err(Failure::Refused(format!("there is no snapshot of `{}` {place}", one_line(role, 100))));
    }
    Ok(SideKind::Snapshots { role: role.to_owned(), texts, from })
}

pub(super) fn in_git(run: &Run, revision: &str, of: &str) -> Result<SideKind, Failure> {
    let root = &run.config.root;
    let shown = one_line(revision, 100);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(root).args(arguments).env("LC_ALL", "C").stdin(Stdio::null());
        let output = command.output();
        output.map_err(|cause| {
            Failure::Refused(format!("git cannot be run: {cause}; it is needed for `{shown}:`"))
        })
    };
    let commit =
        git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    // git has printed this commit, so it is digits and cannot be an option.
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    if commit.is_empty() || revision.is_empty() {
        return Err(Failure::Refused(format!(
            "`{shown}` is not a commit in the git repository of {}: fetch it, or name another",
            root.display()
        )));
    }
    let show = |path: &str| {
        // The path begins at the crate's folder, wherever that is in the repository. No program in git's
        // config is run.
        let object = format!("{commit}:./{}", path.replace('\\', "/"));
        let shown = git(&["show", "--no-textconv", "--no-ext-diff", &object])?;
        Ok(shown.status.success().then_some(shown.stdout))
    };
    if of.ends_with(".snap") {
        let bytes = show(of)?;
        let bytes = bytes.ok_or_else(|| {
            Failure::Refused(format!(
                "there is no {} at {shown}: give its path from the crate's folder",
                one_line(of, 200)
            ))
        })?;
        return one(run, of, bytes);
    }
    let Ok(folder) = run.config.snapshots.strip_prefix(root) else {
        return Err(Failure::Misuse(
            "`snapshots` in alignment.toml is outside the crate's folder, so git does not have it".to_owned(),
        ));
    };
    let read = |file: &str| show(&folder.join(file).to_string_lossy());
    all(run, of, SnapshotSource::Git, read, &format!("at {shown}: name a role that had one then"))
}

/// Returns the text of a snapshot's file without insta's head.
fn body(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text: restore it with git".to_owned())?;
    let text = text.replace("\r\n", "\n");
    let Some(rest) = text.strip_prefix("---\n") else { return Ok(text) };
    match rest.split_once("\n---\n") {
        Some((_, body)) => Ok(body.to_owned()),
        None => Err("its header is cut off: restore it with git".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_left_out_and_must_end() {
        assert_eq!(body(b"---\nsource: x\n---\nT1 x\n"), Ok("T1 x\n".to_owned()));
        assert_eq!(body(b"T1 x\r\n"), Ok("T1 x\n".to_owned()));
        assert!(body(b"---\nsource: x\n").is_err() && body(&[0xff]).is_err());
    }
}
