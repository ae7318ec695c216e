//! Fills the gaps of recordings from a cache of earlier runs. What is already recorded takes precedence, and
//! damage in the cache does not prevent the rest of it from being used.
//!
//! [`merge`](super::merge::merge) is for recordings of equal standing.

use std::io;
use std::path::{Path, PathBuf};

use super::lines::{RecordingLine, RecordingLines};
use super::merge::Merged;
use super::{Recording, RecordingError, lost_tries, place};

/// The result of filling one recording.
#[derive(Debug)]
pub(crate) struct Filled {
    pub merged: Merged,
    /// The number of lines of the cache that are not recorded responses.
    pub unusable: usize,
}

/// Adds the responses in the folder `from` to the folder `into`, file by file, unless it has the samples.
/// Nothing is changed in `from`, and no line is rewritten in `into`.
///
/// The second part of the result has an error for each file or folder that could not be read. All others were
/// filled.
pub(crate) fn fill(from: &Path, into: &Path, dry: bool) -> (Vec<Filled>, Vec<String>) {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    walk(from, Path::new(""), &mut files, &mut errors);
    let mut filled = Vec::new();
    for file in files {
        match fill_one(&from.join(&file), Recording::new(into.join(&file)), dry) {
            Ok((unusable, mut merged)) => {
                merged.file = file;
                filled.push(Filled { merged, unusable });
            }
            Err(error) => errors.push(error),
        }
    }
    (filled, errors)
}

fn fill_one(from: &Path, mut recording: Recording, dry: bool) -> Result<(usize, Merged), String> {
    let bytes = crate::ground::regular::read_regular(from, 1, place::MOST)
        .map_err(|error| unreadable(from, &error))?;
    let (lines, unusable) = usable(from, &bytes);
    let failed = |error: RecordingError| error.to_string();
    recording.refresh().map_err(failed)?;
    let mut before = recording.len();
    if dry {
        let lines = missing(&recording, lines);
        recording.suppose(&lines);
    } else if lines.iter().any(|line| !recording.has(&line.recorded.address())) {
        let mut locked = recording.lock().map_err(failed)?;
        before = locked.recording().len();
        let lines = missing(locked.recording(), lines);
        locked.adopt(&lines).and_then(|()| locked.settle()).map_err(failed)?;
    }
    let others = lost_tries::beside(from, &place::name(recording.path())).map_err(failed)?;
    let tries = match dry {
        true => lost_tries::lacking(&recording, &others).map_err(failed)?,
        false => lost_tries::take_over(&mut recording, &others).map_err(failed)?,
    };
    let (new, twice) = (recording.len() - before, recording.superseded());
    Ok((unusable, Merged { before, new, twice, tries, ..Merged::default() }))
}

/// Reads the lines that are whole, and counts the others. Each line has its own checksum, so damage to one says
/// nothing about the others.
fn usable<'a>(path: &'a Path, bytes: &'a [u8]) -> (Vec<RecordingLine<'a>>, usize) {
    let mut unusable = 0;
    let mut lines = Vec::new();
    for text in bytes.split_inclusive(|byte| *byte == b'\n') {
        match RecordingLines::new(path, text).next() {
            Some(Ok(line)) => lines.push(line),
            None | Some(Err(_)) => unusable += 1,
        }
    }
    (lines, unusable)
}

/// Returns the lines whose sample the recording does not have.
fn missing<'a>(recording: &Recording, lines: Vec<RecordingLine<'a>>) -> Vec<RecordingLine<'a>> {
    lines.into_iter().filter(|line| !recording.has(&line.recorded.address())).collect()
}

/// Finds the recordings below a folder, by their paths in it. Links are not followed.
fn walk(root: &Path, below: &Path, files: &mut Vec<PathBuf>, errors: &mut Vec<String>) {
    let folder = root.join(below);
    let entries = std::fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return errors.push(unreadable(&folder, &error)),
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let place = below.join(entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(root, &place, files, errors),
            Ok(kind) if kind.is_file() && is_place(&place) => files.push(place),
            Ok(_) => {}
            Err(error) => errors.push(unreadable(&entry.path(), &error)),
        }
    }
}

/// Returns whether `asking::Mode::file` keeps a recording at such a path, for a role of any name.
fn is_place(path: &Path) -> bool {
    let names: Vec<_> = path.components().collect();
    path.extension().is_some_and(|extension| extension == "jsonl")
        && (names.len() == 2 || (names.len() == 4 && names[1].as_os_str() == "live"))
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}
