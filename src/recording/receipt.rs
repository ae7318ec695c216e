//! The receipt beside a recording, `<task>.receipt.json`: it says which checks were planned when the first answer was
//! asked for.
//!
//! It is written under the recording's lock, and replaced as a whole. If it cannot be read or written, the run only
//! loses the note about what has changed since.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::place;
use crate::ground::replace::replace;

/// A larger file is not a receipt.
const MOST: u64 = 8 << 20;

fn path(recording: &Path) -> PathBuf {
    recording.with_extension("receipt.json")
}

/// Reads the receipt beside a recording; `None` if there is none. One that cannot be read is empty, which is no receipt.
pub(crate) fn read(recording: &Path) -> Option<Vec<u8>> {
    match place::read_beside(&path(recording), MOST) {
        Ok(bytes) => Some(bytes),
        Err(cause) if cause.kind() == ErrorKind::NotFound => None,
        Err(_) => Some(Vec::new()),
    }
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
