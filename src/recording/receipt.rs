//! The receipt beside a recording: `<task>.receipt.json`, which says what was to be judged when the first
//! answer was asked for.
//!
//! It is written under the recording's lock, and replaced as a whole. It is only a note: if it cannot be
//! written or read, only the note is lost.

use std::path::{Path, PathBuf};

use super::place;
use crate::ground::replace::replace;

/// The size of the largest receipt, in bytes.
const MOST: u64 = 8 << 20;

fn path(recording: &Path) -> PathBuf {
    recording.with_extension("receipt.json")
}

/// Reads the receipt beside a recording. Returns `None` if there is none that can be read.
pub(crate) fn read(recording: &Path) -> Option<Vec<u8>> {
    place::read_beside(&path(recording), MOST).ok()
}

/// Writes the receipt beside a recording, whose folder must exist.
pub(crate) fn put(recording: &Path, text: &str) {
    let path = path(recording);
    if place::check(&path).is_ok() {
        replace(&path, &[text.as_bytes()]).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_beside_the_recording_and_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let recording = folder.path().join("assistant").join("T1.jsonl");
        put(&recording, "there is no such folder yet");
        assert_eq!(read(&recording), None);
        std::fs::create_dir(folder.path().join("assistant")).expect("a folder");
        for text in ["one", "another"] {
            put(&recording, text);
            assert_eq!(read(&recording).as_deref(), Some(text.as_bytes()));
        }
        assert!(folder.path().join("assistant/T1.receipt.json").is_file());
        assert_eq!(std::fs::read_dir(folder.path().join("assistant")).expect("there").count(), 1);
    }
}
