//! Merges recordings of other machines into one's own: the result has the lines of both.
//!
//! Lines are added under the recording's lock, and none is ever rewritten, so that a run that records or
//! replays meanwhile loses nothing. The order of the lines depends on the order of merging, but what is read
//! from them does not (see [`Samples`](super::samples::Samples)). Tries that the other machine has lost of samples without an
//! answer are noted here, too: whoever asks for these goes on counting from there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use thiserror::Error;

use super::lines::RecordingLine;
use super::stream::ReadPosition;
use super::{Recording, RecordingError, lost_tries, place};

/// The result of merging into one recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// The path of the recording below the folder that is merged into, such as `assistant/T1.jsonl`.
    pub(crate) file: PathBuf,
    /// The number of samples that the recording had before.
    pub(crate) before: usize,
    /// The number of samples that were added.
    pub new: usize,
    /// The number of lines in it now that are not used because another one records the same sample.
    pub twice: usize,
    /// The number of source files whose last line was cut off, and left out.
    pub(crate) torn: usize,
    /// The number of samples without an answer of which more lost tries are noted now.
    pub(crate) tries: usize,
}

/// Why nothing was merged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MergeError {
    #[error("{} does not exist: name a folder of recordings, or a .jsonl file in one", .0.display())]
    Nothing(PathBuf),

    #[error(
        "{} is not in a folder of recordings: name the folder that has a folder for each model, with a file for each task in it (for recordings/assistant/T1.jsonl, that is recordings)",
        .0.display()
    )]
    Misplaced(PathBuf),

    #[error("{} cannot be read: {cause}", path.display())]
    Io { path: PathBuf, cause: io::Error },

    #[error(transparent)]
    Recording(#[from] RecordingError),
}

impl MergeError {
    /// Returns whether the command line is wrong, and not the content of the files.
    pub fn is_misuse(&self) -> bool {
        matches!(self, MergeError::Nothing(_) | MergeError::Misplaced(_))
    }
}

/// Merges `from` into the folder `into`, with one result for each recording. `from` are folders like that of
/// `recordings`, or single files in such folders. With `dry`, nothing is written.
///
/// # Errors
/// Returns an error, and writes nothing, if something in `from` or `into` is missing, cannot be read, or is
/// damaged. If writing fails, what was written so far are whole recordings, and merging again adds the rest.
pub fn merge(from: &[PathBuf], into: &Path, dry: bool) -> Result<Vec<Merged>, MergeError> {
    let mut sources: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for from in from {
        collect(from, &mut sources)?;
    }
    // Everything is checked before anything is written.
    let mut sound = Vec::with_capacity(sources.len());
    for (file, sources) in &sources {
        let mut torn = 0;
        for source in sources {
            torn += usize::from(through(source, |_| Ok(()))?.torn);
            lost_tries::beside(source, &place::name(file))?;
        }
        let own = into.join(file);
        lost_tries::beside(&own, &place::name(file))?;
        Recording::new(own).refresh()?;
        sound.push((file, sources, torn));
    }
    let mut merged = Vec::with_capacity(sound.len());
    for (file, sources, torn) in sound {
        let recording = Recording::new(into.join(file));
        merged.push(Merged { file: file.clone(), torn, ..one(recording, sources, dry)? });
    }
    Ok(merged)
}

/// Merges some files into one recording.
fn one(mut recording: Recording, sources: &[PathBuf], dry: bool) -> Result<Merged, MergeError> {
    recording.refresh()?;
    let mut before = recording.len();
    let mut lacks = false;
    for source in sources {
        through(source, |lines| {
            lacks |= recording.lacks(&lines);
            if dry {
                recording.suppose(&lines);
            }
            Ok(())
        })?;
    }
    if lacks && !dry {
        // The lock is only taken if needed, since a run that records holds it for long.
        let mut locked = recording.lock()?;
        before = locked.recording().len();
        for source in sources {
            through(source, |lines| locked.adopt(&lines))?;
        }
        locked.settle()?;
    }
    // After the answers, since tries are only of interest where there is none.
    let mut tries = 0;
    for source in sources {
        let others = lost_tries::beside(source, &place::name(recording.path()))?;
        tries += match dry {
            true => lost_tries::lacking(&recording, &others)?,
            false => lost_tries::take_over(&mut recording, &others)?,
        };
    }
    let (new, twice) = (recording.len() - before, recording.superseded());
    Ok(Merged { before, new, twice, tries, ..Merged::default() })
}

/// Passes the lines of a file to `each`, several at a time.
fn through(
    path: &Path,
    each: impl FnMut(Vec<RecordingLine<'_>>) -> Result<(), RecordingError>,
) -> Result<ReadPosition, MergeError> {
    let io = |cause| MergeError::Io { path: path.to_owned(), cause };
    crate::ground::regular::check(path, 1).map_err(io)?;
    let file = File::open(path).map_err(io)?;
    let mut progress = ReadPosition::START;
    progress.through(path, file.take(place::MOST), each)?;
    Ok(progress)
}

/// Finds the recordings at `from`, a folder or a file.
fn collect(from: &Path, sources: &mut BTreeMap<PathBuf, Vec<PathBuf>>) -> Result<(), MergeError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        |cause| MergeError::Io { path, cause }
    };
    if from.is_dir() {
        return walk(from, Path::new(""), sources);
    }
    if !from.is_file() {
        return Err(MergeError::Nothing(from.to_owned()));
    }
    // The folder must be known even if the path is only `T1.jsonl`.
    let whole = std::fs::canonicalize(from).map_err(io(from))?;
    let names: Vec<_> = whole.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let place = [4, 2]
        .into_iter()
        .filter_map(|depth| names.len().checked_sub(depth))
        .map(|start| names[start..].iter().collect::<PathBuf>())
        .find(|place| is_place(place))
        .ok_or_else(|| MergeError::Misplaced(from.to_owned()))?;
    add_source(from.to_owned(), place, sources)
}

fn walk(root: &Path, below: &Path, sources: &mut BTreeMap<PathBuf, Vec<PathBuf>>) -> Result<(), MergeError> {
    let folder = root.join(below);
    let io = |cause| MergeError::Io { path: folder.clone(), cause };
    let mut entries = std::fs::read_dir(&folder).map_err(io)?.collect::<Result<Vec<_>, _>>().map_err(io)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, place) = (entry.path(), below.join(entry.file_name()));
        // Folders behind links are not searched, since a link may lead back here.
        if entry.file_type().map_err(io)?.is_dir() {
            walk(root, &place, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            if !is_place(&place) {
                return Err(MergeError::Misplaced(path));
            }
            add_source(path, place, sources)?;
        }
    }
    Ok(())
}

/// Returns whether `asking::Mode::file` keeps a recording at such a path.
fn is_place(path: &Path) -> bool {
    let names: Vec<_> = path.components().map(Component::as_os_str).collect();
    if path.extension().is_none_or(|extension| extension != "jsonl") {
        return false;
    }
    match names[..] {
        // A role may also be named `live`.
        [_, _] => true,
        [_, live, _, _] => live == "live",
        _ => false,
    }
}

fn add_source(
    path: PathBuf,
    place: PathBuf,
    sources: &mut BTreeMap<PathBuf, Vec<PathBuf>>,
) -> Result<(), MergeError> {
    let whole =
        crate::ground::regular::check(&path, 1).and_then(|()| match std::fs::metadata(&path)?.len() {
            length if length > place::MOST => Err(crate::ground::regular::too_large(place::MOST)),
            _ => Ok(()),
        });
    whole.map_err(|cause| MergeError::Io { path: path.clone(), cause })?;
    sources.entry(place).or_default().push(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_known_by_its_place() {
        for place in ["assistant/T1.jsonl", "assistant/live/17-4/T1.jsonl", "live/T1.jsonl"] {
            assert!(is_place(Path::new(place)), "{place}");
        }
        // These paths begin too far up or down.
        for other in ["T1.jsonl", "live/17-4/T1.jsonl", "recordings/assistant/T1.jsonl", "a/T1.json"] {
            assert!(!is_place(Path::new(other)), "{other}");
        }
    }
}
