//! What one process has worked out and others need again, kept in cargo's build folder: under nextest each
//! test is a process, and without it each would plan the run and read all recordings anew.
//!
//! **Nothing kept is ever out of date.** Each file is sealed with a hash over its contents and its *key*: all
//! the bytes that they were worked out from, and the program that did it. Whoever reads it makes the key from
//! what is there now, so that a file of another state, of another program, a damaged or a planted one does
//! not fit, and all is worked out again. What cannot be kept is no error.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use once_cell::sync::Lazy;

use crate::ground::replace::replace;

/// How cargo marks its build folder.
const MARK: &str = "CACHEDIR.TAG";

/// The folder in the build folder that things are kept in.
const FOLDER_NAME: &str = "alignspec";

/// Length of the seal that each file begins with.
pub(crate) const SEAL: usize = blake3::OUT_LEN;

/// Nothing larger is kept: what takes so long to read is as well worked out again.
const MOST: u64 = 64 << 20;

/// All that something was worked out from, part by part.
#[derive(Debug, Clone)]
pub(crate) struct KeptKey(blake3::Hasher);

impl KeptKey {
    /// Begins with the running program; `None` where it cannot be told from others.
    pub(crate) fn of_program() -> Option<KeptKey> {
        // The program does not change while it runs, and asking the system takes a while.
        static KEY: Lazy<Option<KeptKey>> = Lazy::new(KeptKey::of_this_program);
        KEY.clone()
    }

    fn of_this_program() -> Option<KeptKey> {
        let program = std::env::current_exe().ok()?;
        let metadata = fs::metadata(&program).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let mut key = KeptKey(blake3::Hasher::new());
        key.part("alignspec kept 1").part(env!("CARGO_PKG_VERSION"));
        key.part(program.as_os_str().as_encoded_bytes());
        key.part(metadata.len().to_le_bytes()).part(changed.as_nanos().to_le_bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            for number in [metadata.dev(), metadata.ino()] {
                key.part(number.to_le_bytes());
            }
            key.part(metadata.ctime().to_le_bytes()).part(metadata.ctime_nsec().to_le_bytes());
        }
        Some(key)
    }

    /// Adds a part, with its length, so that no two lists of parts are the same bytes.
    pub(crate) fn part(&mut self, bytes: impl AsRef<[u8]>) -> &mut KeptKey {
        let bytes = bytes.as_ref();
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    fn seal(&self, contents: &[u8]) -> [u8; SEAL] {
        self.seals(contents).seal()
    }

    fn seals(&self, contents: &[u8]) -> Seals {
        let mut hasher = blake3::Hasher::new_keyed(self.0.finalize().as_bytes());
        hasher.update(contents);
        Seals(hasher)
    }

    /// Makes the seals of parts that are read apart: each says of which part it is.
    pub(crate) fn of_parts(&self) -> Seals {
        let mut key = self.clone();
        key.part("parts");
        key.seals(b"")
    }
}

/// The seals of parts that are read apart.
#[derive(Debug, Clone)]
pub(crate) struct Seals(blake3::Hasher);

impl Seals {
    fn seal(self) -> [u8; SEAL] {
        *self.0.finalize().as_bytes()
    }

    /// Of the part `name`.
    pub(crate) fn seal_of(&self, name: &[u8], contents: &[u8]) -> [u8; SEAL] {
        let mut seals = self.clone();
        seals.0.update(&(name.len() as u64).to_le_bytes());
        seals.0.update(name);
        seals.0.update(contents);
        seals.seal()
    }
}

/// The folder that things are kept in.
#[derive(Debug, Clone)]
pub(crate) struct KeptFolder(PathBuf);

impl KeptFolder {
    /// In the build folder that the running program lies in; `None` where it lies in none.
    pub(crate) fn of_program() -> Option<KeptFolder> {
        static FOLDER: Lazy<Option<KeptFolder>> = Lazy::new(KeptFolder::of_this_program);
        FOLDER.clone()
    }

    fn of_this_program() -> Option<KeptFolder> {
        let program = std::env::current_exe().ok()?;
        let build = program.ancestors().skip(1).find(|folder| folder.join(MARK).is_file())?;
        Some(KeptFolder(build.join(FOLDER_NAME)))
    }

    /// The one in a build folder of cargo's.
    #[cfg(feature = "cli")]
    pub(crate) fn in_build(build: &std::path::Path) -> KeptFolder {
        KeptFolder(build.join(FOLDER_NAME))
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn at(folder: &std::path::Path) -> KeptFolder {
        KeptFolder(folder.to_owned())
    }

    /// What is kept under this name, if it was worked out from what the key says.
    pub(crate) fn get(&self, name: &str, key: &KeptKey) -> Option<Vec<u8>> {
        let mut bytes = self.unsealed(name)?;
        let contents = bytes.get(SEAL..)?;
        if key.seal(contents) != bytes[..SEAL] {
            return None;
        }
        bytes.drain(..SEAL);
        Some(bytes)
    }

    /// What lies there under this name, whoever wrote it: for what has seals of its own.
    pub(crate) fn unsealed(&self, name: &str) -> Option<Vec<u8>> {
        crate::ground::regular::read_regular(&self.path(name), 1, MOST).ok()
    }

    /// Keeps something in place of what was there. Others see all of it or nothing; where it cannot be
    /// written, it is not kept.
    pub(crate) fn put(&self, name: &str, key: &KeptKey, contents: &[u8]) {
        self.write(name, &[&key.seal(contents), contents]);
    }

    /// As [`put`](Self::put), of what has seals of its own.
    pub(crate) fn put_unsealed(&self, name: &str, contents: &[u8]) {
        self.write(name, &[contents]);
    }

    fn write(&self, name: &str, contents: &[&[u8]]) {
        let length: usize = contents.iter().map(|part| part.len()).sum();
        if length as u64 > MOST || fs::create_dir_all(&self.0).is_err() {
            return;
        }
        // What cannot be kept is worked out again.
        replace(&self.path(name), contents).ok();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(file_name(name))
    }
}

/// One file a name, so that what is out of date is written over.
fn file_name(name: &str) -> String {
    blake3::hash(name.as_bytes()).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(part: &str) -> KeptKey {
        let mut key = KeptKey::of_program().expect("a program");
        key.part(part);
        key
    }

    #[test]
    fn only_what_was_worked_out_from_the_same_is_given() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptFolder::at(&folder.path().join("kept"));
        assert_eq!(kept.get("a", &key("x")), None);
        kept.put("a", &key("x"), b"one");
        kept.put("b", &key("x"), b"other");
        assert_eq!(kept.get("a", &key("x")).as_deref(), Some(&b"one"[..]));
        assert_eq!(kept.get("a", &key("y")), None, "another key");
        kept.put("a", &key("y"), b"two");
        assert_eq!((kept.get("a", &key("x")), kept.get("a", &key("y"))), (None, Some(b"two".to_vec())));
        assert_eq!(fs::read_dir(folder.path().join("kept")).expect("there").count(), 2, "nothing is left");
    }

    #[test]
    fn what_is_damaged_or_planted_is_not_given() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptFolder::at(folder.path());
        kept.put("a", &key("x"), b"a text of some length");
        let path = kept.path("a");
        let whole = fs::read(&path).expect("written");
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).expect("written");
            assert_eq!(kept.get("a", &key("x")), None, "a bit at {place}");
            fs::write(&path, &whole[..place]).expect("written");
            assert_eq!(kept.get("a", &key("x")), None, "cut at {place}");
        }
        fs::write(&path, [&whole[..], b"more"].concat()).expect("written");
        assert_eq!(kept.get("a", &key("x")), None);
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder in its place");
        assert_eq!(kept.get("a", &key("x")), None);
        kept.put("a", &key("x"), b"cannot be put");
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1, "nothing is left");
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        let of = |parts: &[&str]| {
            let mut key = key("");
            parts.iter().for_each(|part| {
                key.part(part);
            });
            key.seal(b"")
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["a"]), of(&["a", ""]));
    }
}
