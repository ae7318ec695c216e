//! What stands beside a recording: `<task>.receipt.json`, which says what was to be judged when its first answer was
//! asked for.
//!
//! It is written under the recording's lock, and replaced as a whole. It is a note: where it cannot be written or read,
//! nothing is lost but what would have been told.

use std::path::{Path, PathBuf};

use super::place;
use crate::ground::replace::replace;

/// A receipt that is larger is not one.
const MOST: u64 = 8 << 20;

fn path(recording: &Path) -> PathBuf {
    recording.with_extension("receipt.json")
}

/// The receipt beside a recording; `None` where there is none that can be read.
pub(crate) fn read(recording: &Path) -> Option<Vec<u8>> {
    place::read_beside(&path(recording), MOST).ok()
}

/// Puts a receipt beside a recording, whose folder is there.
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
