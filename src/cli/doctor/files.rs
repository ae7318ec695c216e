//! The crate's files: its manifest and test target, what alignment.toml leads to, and what runs have written.

use std::fs;
use std::path::{Path, PathBuf};

use super::Findings;
use crate::cli::in_git::ignored;
use crate::cli::{check, test_target};
use crate::config::FILE;
use crate::ground::format::{counted, first_few};
use crate::ground::text::one_line;
use crate::recording::Recording;
use crate::run::Run;

/// Looks at Cargo.toml, its test target, and the version of alignspec that the crate is locked to.
pub(super) fn of_the_crate(root: &Path, found: &mut Findings) {
    match test_target::without_target(root) {
        Some(why) => found.trouble(
            "test target",
            why,
            "`cargo alignspec init` adds what is missing, and writes over nothing",
        ),
        None if root.join("Cargo.toml").is_file() => {
            found.fine(
                "test target",
                "Cargo.toml has one with `harness = false`, and its file calls the harness",
            );
        }
        None => found.trouble(
            "test target",
            format!("there is no Cargo.toml beside {FILE}"),
            format!("move {FILE} beside the Cargo.toml of the crate whose tests run"),
        ),
    }
    let own = env!("CARGO_PKG_VERSION");
    match locked(root) {
        Some(version) if version == own => found.fine("Cargo.lock", format!("alignspec {version}")),
        Some(version) => found.hint(
            "Cargo.lock",
            format!("the crate has alignspec {version}, and this program is {own}"),
            "install the same version of the program, or `cargo update -p alignspec`",
        ),
        None => found.hint(
            "Cargo.lock",
            "it does not name alignspec, or is not there yet",
            "`cargo add --dev alignspec` adds it, the first build writes Cargo.lock",
        ),
    }
}

/// The version of alignspec in the lock file of the crate or its workspace.
fn locked(root: &Path) -> Option<String> {
    let file = root.ancestors().map(|folder| folder.join("Cargo.lock")).find(|file| file.is_file())?;
    let table: toml::Table = toml::from_str(&fs::read_to_string(file).ok()?).ok()?;
    let packages = table.get("package")?.as_array()?;
    let named =
        |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some("alignspec");
    Some(one_line(packages.iter().find(named)?.get("version")?.as_str()?, 40))
}

/// Looks at what alignment.toml leads to.
pub(super) fn of_the_config(run: &Run, found: &mut Findings) {
    let counts = [
        counted(run.config.roles().count(), "role"),
        counted(run.tasks.len(), "task"),
        counted(run.checks.len(), "check"),
        counted(run.tallies.names().count(), "baseline"),
    ];
    match check::mistakes(run, &run.config.root).len() {
        0 => found.fine(FILE, counts.join(", ")),
        some => found.trouble(
            FILE,
            format!("{}; {}", counts.join(", "), counted(some, "mistake")),
            "`cargo alignspec check` shows each with its place",
        ),
    }
    for caution in run.cautions() {
        let to_do = caution.to_do().unwrap_or("`cargo alignspec check` shows its place");
        found.hint(FILE, one_line(caution.message(), 300), one_line(to_do, 300));
    }
}

/// Looks at what runs have written, and whether they can write.
pub(super) fn written(run: &Run, found: &mut Findings) {
    let (root, recordings, snapshots) = (&run.config.root, &run.config.recordings, &run.config.snapshots);
    for (label, folder) in [("recordings", recordings), ("snapshots", snapshots)] {
        let shown = one_line(&folder.strip_prefix(root).unwrap_or(folder).display().to_string(), 200);
        match writable(folder) {
            Ok(()) => {
                let files = files_in(folder, if label == "recordings" { "jsonl" } else { "snap" });
                found.fine(label, format!("{shown}: {}", counted(files.len(), "file")));
            }
            Err(why) => found.trouble(
                label,
                format!("{shown} cannot be written to: {why}"),
                "give the user who runs the tests the right to write there; ALIGNSPEC_MODE=replay needs none",
            ),
        }
        if ignored(root, &folder.join("x")) {
            found.hint(
                label,
                format!("git ignores {shown}"),
                "take it out of .gitignore: a clone without it asks everything anew, and has nothing to compare with",
            );
        }
    }
    let damaged = damaged(recordings);
    if !damaged.is_empty() {
        found.trouble(
            "recordings",
            first_few(&damaged, 3),
            "restore the files with git, or delete what is damaged and record it again",
        );
    }
    let pending = files_in(snapshots, "new");
    if !pending.is_empty() {
        found.hint(
            "snapshots",
            format!("{} to be reviewed", counted(pending.len(), "new snapshot")),
            "`cargo alignspec accept` takes them",
        );
    }
}

/// Finds the recordings that a run could not use, with the reason.
fn damaged(recordings: &Path) -> Vec<String> {
    let mut damaged = Vec::new();
    for file in files_in(recordings, "jsonl") {
        let mut recording = Recording::new(file.clone());
        let name = one_line(&file.strip_prefix(recordings).unwrap_or(&file).display().to_string(), 200);
        match recording.refresh() {
            Err(error) => damaged.push(one_line(&error.to_string(), 300)),
            Ok(()) => damaged.extend(recording.torn().map(|line| format!("{name}:{line} is cut off"))),
        }
    }
    damaged
}

/// Whether a file can be made in a folder, or in the one that it would be made in.
fn writable(folder: &Path) -> Result<(), String> {
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.ok_or_else(|| "there is no such folder".to_owned())?;
    if !there.is_dir() {
        return Err(format!("{} is no folder", one_line(&there.display().to_string(), 200)));
    }
    tempfile::tempfile_in(there).map(|_| ()).map_err(|cause| cause.to_string())
}

/// The files of a folder and those below it that end so, sorted. No link is followed.
fn files_in(folder: &Path, end: &str) -> Vec<PathBuf> {
    const MOST: usize = 10_000;
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|is| is == end) && files.len() < MOST {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
