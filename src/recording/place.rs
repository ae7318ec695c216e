//! The places of recordings: no path leads out of their folder, and git is told how to treat them.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::Path;

use crate::ground::regular;

/// The largest recording, in bytes. A response is kept up to 64 KiB, and repositories are far smaller.
pub(super) const MOST: u64 = 4 << 30;

/// The file that is put beside the first recording, for git: line ends stay the same on every system, two
/// branches that recorded keep the lines of both, and reviews do not show pages of answers.
const ATTRIBUTES: &str = "\
# Written with the first recording; change it as you like.
# A recording is lines that are only ever added: of two branches, git keeps those of both.
*.jsonl text eol=lf merge=union linguist-generated
*.json text eol=lf linguist-generated
";

/// Returns how many folders there are from a recording up to the folder of all: the role's and that folder, and
/// in live mode also the run's and `live`.
pub(super) fn folders(recording: &Path) -> usize {
    let live = recording.ancestors().nth(2).and_then(Path::file_name).is_some_and(|name| name == "live");
    if live { 4 } else { 2 }
}

/// Returns the name of a recording: its path below the folder of all recordings, as `assistant/T1`.
pub(crate) fn name(recording: &Path) -> String {
    let parts: Vec<_> = recording.components().map(std::path::Component::as_os_str).collect();
    let first = parts.len().saturating_sub(folders(recording));
    let folders = parts.get(first..parts.len().saturating_sub(1)).unwrap_or_default();
    let mut names: Vec<String> = folders.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.extend(recording.file_stem().map(|name| name.to_string_lossy().into_owned()));
    names.join("/")
}

/// Checks that a file beside the recordings may be opened.
///
/// # Errors
/// Returns an error if the path is not a regular file, or a folder above it is a symbolic link.
pub(crate) fn check(file: &Path) -> io::Result<()> {
    regular::check(file, folders(file))
}

/// Reads a file of at most `most` bytes beside a recording, after checking its place.
pub(super) fn read_beside(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    regular::read_regular(file, folders(file), most)
}

/// Reads the bytes of a recording's file, after checking its place.
#[cfg(feature = "object-store")]
pub(crate) fn read_recording(file: &Path) -> io::Result<Vec<u8>> {
    read_beside(file, MOST)
}

/// Makes the folder of a recording, and before the first one also the file that tells git how to treat recordings.
pub(super) fn make(recording: &Path) -> io::Result<()> {
    let folder = recording.parent().unwrap_or(Path::new("."));
    let all = recording.ancestors().nth(folders(recording)).unwrap_or(folder);
    let first = std::fs::read_dir(all).map_or(true, |mut entries| entries.next().is_none());
    std::fs::create_dir_all(folder)?;
    if first {
        // A file that already exists is kept. If it cannot be written, recordings work all the same.
        if let Ok(mut file) = File::create_new(all.join(".gitattributes")) {
            file.write_all(ATTRIBUTES.as_bytes()).ok();
        }
    }
    Ok(())
}

/// Distinguishes files of the same name, if the system can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(Option<(u64, u64)>);

impl Identity {
    pub(super) const UNKNOWN: Identity = Identity(None);

    pub(super) fn of(metadata: &Metadata) -> Identity {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Identity(Some((metadata.dev(), metadata.ino())))
        }
        #[cfg(not(unix))]
        {
            // An open file cannot be deleted or replaced there.
            let _ = metadata;
            Identity::UNKNOWN
        }
    }

    /// Returns whether the two are known to be different files.
    pub(super) fn differs(self, other: Identity) -> bool {
        self.0.zip(other.0).is_some_and(|(one, other)| one != other)
    }
}
