//! The bytes that a process has read of a recording. They differ from the file if somebody has rewritten what
//! was read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use blake3::{Hash, Hasher};

/// The bytes that were read of a recording.
#[derive(Debug, Default)]
pub(crate) struct SeenBytes {
    /// Hashes of the bytes read, of the recording's file and of the base branch's.
    file: Option<Hasher>,
    base: Option<Hasher>,
    /// Whether the responses in use come from several files.
    mixed: bool,
}

impl SeenBytes {
    /// Returns the file as a reader that notes the bytes as they are read.
    pub(super) fn reads<R: Read>(&mut self, file: R) -> NotedFile<'_, R> {
        NotedFile { file, seen: self.file.get_or_insert_default() }
    }

    pub(super) fn reads_base<R: Read>(&mut self, file: R) -> NotedFile<'_, R> {
        NotedFile { file, seen: self.base.get_or_insert_default() }
    }

    /// Forgets the bytes, because another file is read from now on.
    pub(super) fn forget(&mut self) {
        self.mixed |= self.file.as_ref().is_some_and(|file| file.count() > 0);
        self.file = None;
    }

    pub(crate) fn of_files(&self) -> Option<(Option<Hash>, Option<Hash>)> {
        let hash = |seen: &Option<Hasher>| seen.as_ref().map(Hasher::finalize);
        (!self.mixed).then(|| (hash(&self.file), hash(&self.base)))
    }
}

/// A reader that notes the bytes of a file.
pub(crate) struct NotedFile<'s, R> {
    file: R,
    seen: &'s mut Hasher,
}

impl<R: Read> Read for NotedFile<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.seen.update(&into[..read]);
        Ok(read)
    }
}

/// Returns a hash of a file's bytes, or `Some(None)` if there is no file.
pub(crate) fn contents(path: &Path) -> Option<Option<Hash>> {
    match File::open(path) {
        Ok(file) => {
            let mut hash = Hasher::new();
            hash.update_reader(file).ok()?;
            Some(Some(hash.finalize()))
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => Some(None),
        Err(_) => None,
    }
}

/// The hashes of files' contents that this process has computed, each with the length and the time of change that the
/// file had. A check looks at its recording many times, and mostly nothing has changed since.
///
/// A file that was rewritten within one tick of the clock, with the same length, keeps its old hash. That is harmless:
/// answers are kept for a hash only if the bytes they were read from have it ([`SeenBytes`]).
#[derive(Debug, Default)]
pub(crate) struct ContentHashes {
    known: HashMap<PathBuf, (u64, SystemTime, Hash)>,
}

impl ContentHashes {
    /// As [`contents`], without reading a file again that has not changed.
    pub(crate) fn contents(&mut self, path: &Path) -> Option<Option<Hash>> {
        let about = path.metadata().and_then(|about| Ok((about.len(), about.modified()?))).ok();
        let Some((length, modified)) = about else { return contents(path) };
        if let Some(known) = self.known.get(path)
            && (known.0, known.1) == (length, modified)
        {
            return Some(Some(known.2));
        }
        let hash = contents(path)?;
        if let Some(hash) = hash {
            self.known.insert(path.to_owned(), (length, modified, hash));
        }
        Some(hash)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::provider::Response;
    use crate::recording::Recording;
    use crate::recording::key::Keys;
    use crate::recording::line::{self, Turn};

    fn lines(say: &str, numbers: std::ops::Range<u32>) -> String {
        let key = Keys::new(&serde_json::Value::Null, None).key("", "", "", None);
        let response = Response { text: say.to_owned(), ..Response::default() };
        numbers
            .map(|number| line::write("i", "f", (key, number), Turn::First, &response).expect("JSON").0)
            .collect()
    }

    /// Returns whether the file still holds what was read of the recording.
    fn is_of_now(recording: &mut Recording, path: &Path) -> bool {
        recording.refresh().expect("undamaged");
        recording.seen.of_files() == Some((contents(path).expect("read"), None))
    }

    #[test]
    fn what_was_read_is_of_now_while_a_file_only_grows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("T1.jsonl");
        let mut recording = Recording::new(path.clone());
        assert!(is_of_now(&mut recording, &path), "there is none");
        let mut text = lines("yes", 0..3);
        fs::write(&path, &text).expect("written");
        assert!(is_of_now(&mut recording, &path), "it is there");
        text += &lines("yes", 3..5);
        fs::write(&path, &text).expect("written");
        assert!(is_of_now(&mut recording, &path), "it has grown");
    }

    #[test]
    fn hashes_that_are_remembered_follow_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("T1.jsonl");
        let mut hashes = ContentHashes::default();
        assert_eq!(hashes.contents(&path), Some(None), "there is no file");
        for text in ["one", "one and more", "two"] {
            fs::write(&path, text).expect("written");
            assert_eq!(hashes.contents(&path), contents(&path), "after `{text}`");
            assert_eq!(hashes.contents(&path), contents(&path), "`{text}` again");
        }
        fs::remove_file(&path).expect("removed");
        assert_eq!(hashes.contents(&path), Some(None), "the file is gone");
    }

    #[test]
    fn what_was_rewritten_after_it_was_read_is_not_of_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("T1.jsonl");
        let (before, after) = (lines("yes", 0..3), lines("noo", 0..3));
        assert_eq!(before.len(), after.len());
        fs::write(&path, &before).expect("written");
        let mut recording = Recording::new(path.clone());
        assert!(is_of_now(&mut recording, &path));
        // The file is rewritten in place, with the same length.
        fs::write(&path, &after).expect("written");
        assert!(!is_of_now(&mut recording, &path), "rewritten");
        fs::write(&path, after + &lines("noo", 3..4)).expect("written");
        assert!(!is_of_now(&mut recording, &path), "rewritten, and grown since");
        // Another file takes its name.
        let mut recording = Recording::new(path.clone());
        assert!(is_of_now(&mut recording, &path));
        fs::write(folder.path().join("new"), &before).expect("written");
        fs::rename(folder.path().join("new"), &path).expect("renamed");
        assert!(!is_of_now(&mut recording, &path), "replaced, while what was read of the other stays in use");
    }
}
