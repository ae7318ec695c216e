//! Reads the files of snapshots: each must be a regular text file under its own name, without git conflict markers.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use insta::Snapshot;

use super::whole::{TO_DO, marker};
use crate::ground::regular;
use crate::ground::text::one_line;

/// The largest snapshot in bytes; it has a line per question.
pub(crate) const MOST: u64 = 16 << 20;

/// A snapshot's file.
pub(crate) struct SnapshotFile {
    #[cfg(feature = "cli")]
    pub snapshot: Snapshot,
    pub text: String,
    /// Whether its last line ends with a line break, as insta writes it.
    #[cfg(feature = "cli")]
    pub ends: bool,
}

/// Reads the file of a snapshot; `None` if there is none.
///
/// # Errors
/// The fragment says what is wrong with the file and what to do, without naming the file.
pub(crate) fn read_snapshot(path: &Path) -> Result<Option<SnapshotFile>, String> {
    let bytes = match regular::read_regular(path, 1, MOST) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause.to_string()),
    };
    let raw = std::str::from_utf8(&bytes).map_err(|_| format!("it is not text: {TO_DO}"))?;
    if raw.trim().is_empty() {
        return Err(format!("it is empty: {TO_DO}"));
    }
    if let Some((line, marker)) = marker(raw) {
        return Err(format!(
            "line {line} is a git conflict marker, `{}`: keep one side as a whole (`git checkout --ours` or `--theirs`), and run again",
            one_line(marker, 60)
        ));
    }
    let sealed = raw.lines().last().is_some_and(super::whole::is_sum);
    if !sealed && !bytes.ends_with(b"\n") {
        return Err(format!("its last line is cut off: {TO_DO}"));
    }
    let snapshot = Snapshot::from_file(path)
        .map_err(|error| format!("{}: {TO_DO}", one_line(&error.to_string(), 300)))?;
    let text =
        snapshot.as_text().map(ToString::to_string).ok_or_else(|| format!("it is not text: {TO_DO}"))?;
    Ok(Some(SnapshotFile {
        text,
        #[cfg(feature = "cli")]
        snapshot,
        #[cfg(feature = "cli")]
        ends: bytes.ends_with(b"\n"),
    }))
}

/// Checks that a run may write a snapshot, and the pending snapshot beside it.
///
/// # Errors
/// The message says what is in the way, and where.
pub(crate) fn writable(path: &Path) -> Result<(), String> {
    for path in [path.to_owned(), pending(path)] {
        let told =
            |cause: std::io::Error| format!("the snapshot {} cannot be written: {cause}", path.display());
        regular::check(&path, 1).map_err(told)?;
    }
    Ok(())
}

/// Puts another text in a snapshot's file, below insta's own head with another description.
///
/// # Errors
/// It cannot be read or written.
#[cfg(feature = "cli")]
pub(crate) fn renew(path: &Path, text: &str, description: &str) -> Result<(), String> {
    let bytes = regular::read_regular(path, 1, MOST).map_err(|cause| cause.to_string())?;
    let raw = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let head = raw.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let head = head.map_or(String::new(), |(head, _)| {
        let description = format!("description: {}", serde_json::Value::from(description));
        let line = |line: &str| match line.starts_with("description:") {
            true => description.clone(),
            false => line.to_owned(),
        };
        format!("---\n{}\n---\n", head.lines().map(line).collect::<Vec<_>>().join("\n"))
    });
    let text = format!("{head}{}\n", text.trim_end());
    crate::ground::replace::replace_durably(path, &[text.as_bytes()]).map_err(|cause| cause.to_string())
}

/// Returns the snapshots of alignspec in `folder` that are not in `known`, sorted: nothing judges them.
pub(crate) fn orphans(folder: &Path, known: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let ours = |path: &PathBuf| {
        let bytes = regular::read_regular(path, 0, MOST).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let body = text.splitn(3, "---").nth(2).unwrap_or(&text).trim_start();
        // Other tests of the crate may keep their own snapshots in the same folder.
        body.lines().nth(1).is_some_and(|line| line.starts_with("questions "))
    };
    // Paths are compared as they are written, because comparing them part by part takes long in a large folder.
    let known: HashSet<&OsStr> = known.iter().map(|path| path.as_os_str()).collect();
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "snap"))
        .filter(|path| !known.contains(path.as_os_str()) && ours(path))
        .collect();
    found.sort();
    found
}

/// Returns the path of the pending snapshot that insta writes for review.
pub(crate) fn pending(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}
