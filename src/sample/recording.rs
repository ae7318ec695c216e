//! A recording: the responses of one respondent to one task, one a line, in a file that only grows.
//!
//! A line is appended the moment its response arrives, with one write, under an operating-system
//! lock that the kernel frees when the process dies. Killing a recorder can therefore only tear the
//! last line, which the next run drops and asks for again. Lines of older wordings stay where they
//! are and are not used; so do those whose sample another line stands for ([`Samples`]). Since lines
//! are only ever added, the union of two recordings is a recording, whoever unites them: git
//! (`merge=union`), [`merge`](super::merge) or the store.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::key::Key;
use super::line::{self, Flaw, Recorded, Turn};
use super::samples::Samples;
use crate::respondent::Response;

/// What is wrong with a recording.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    #[error("the recording {} cannot be {what}: {cause}", path.display())]
    Io { path: PathBuf, what: &'static str, cause: io::Error },

    #[error(
        "the list of batches {} cannot be {what}: {cause}: restore it, or delete it if none of them is to be collected",
        path.display()
    )]
    Batches { path: PathBuf, what: &'static str, cause: io::Error },

    #[error(
        "{}:{line}: this line was edited by hand (its checksum does not fit): restore it, or delete it to have it asked again",
        path.display()
    )]
    Edited { path: PathBuf, line: usize },

    #[error("{}:{line}: this line is no recorded response: restore the file, or delete the line", path.display())]
    NotJson { path: PathBuf, line: usize },

    #[error(
        "{}:{line}: this line was recorded by a version of alignspec that this one cannot read: use that version, or delete the line to have it asked again",
        path.display()
    )]
    Version { path: PathBuf, line: usize },
}

/// How often it is looked whether a recording is free, where there is not all the time in the world.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Which question, and which repetition of it.
pub(super) type Address = (Key, u32);

/// The responses of one file, as far as it has been read.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    /// Bytes of the whole lines read.
    read: u64,
    /// Whole lines read.
    lines: usize,
    samples: Samples,
}

impl Recording {
    /// Nothing is read yet.
    pub(super) fn new(path: PathBuf) -> Recording {
        Recording { path, read: 0, lines: 0, samples: Samples::default() }
    }

    pub(super) fn get(&self, address: &Address) -> Option<&Response> {
        self.samples.get(address)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many responses there are, one per sample.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether any of them is of a model that was asked back.
    pub(super) fn has_backs(&self) -> bool {
        self.samples.has_backs()
    }

    /// How many more were recorded of the same samples.
    pub(super) fn superseded(&self) -> usize {
        self.samples.superseded()
    }

    /// Whether one of these lines would be new to it.
    pub(super) fn lacks(&self, lines: &[Line<'_>]) -> bool {
        lines.iter().any(|line| !self.samples.holds(&line.recorded))
    }

    /// Counts these lines in without writing them.
    pub(super) fn suppose(&mut self, lines: &[Line<'_>]) {
        lines.iter().for_each(|line| self.samples.add(line.recorded.clone()));
    }

    /// Reads what has been added since the last time; a file that is not there is empty.
    ///
    /// What was there before may have been used, and is not changed by what has been added, however
    /// their ranks compare: the next process will take the smaller.
    pub(super) fn refresh(&mut self) -> Result<(), RecordingError> {
        self.samples.hand_out();
        match File::open(&self.path) {
            Ok(mut file) => self.read_on(&mut file),
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.forget();
                Ok(())
            }
            Err(cause) => Err(self.io("read", cause)),
        }
    }

    /// Takes the file for this process alone, waiting for others to finish, and reads what they
    /// have added. Freed when dropped.
    pub(super) fn lock(&mut self) -> Result<Locked<'_>, RecordingError> {
        let mut file = self.open()?;
        file.lock().map_err(|cause| self.io("locked", cause))?;
        self.read_on(&mut file)?;
        Ok(Locked { recording: self, file })
    }

    /// As [`lock`](Self::lock), but waits no longer than `left` says; `None` when that is over.
    pub(super) fn lock_within(
        &mut self,
        left: impl Fn() -> Option<Duration>,
    ) -> Result<Option<Locked<'_>>, RecordingError> {
        let mut file = self.open()?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(cause)) => return Err(self.io("locked", cause)),
                Err(TryLockError::WouldBlock) => match left() {
                    None => return self.lock().map(Some),
                    Some(Duration::ZERO) => return Ok(None),
                    Some(left) => std::thread::sleep(left.min(LOOK_AGAIN)),
                },
            }
        }
        self.read_on(&mut file)?;
        Ok(Some(Locked { recording: self, file }))
    }

    fn open(&self) -> Result<File, RecordingError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|cause| self.io("created", cause))?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        file.map_err(|cause| self.io("written", cause))
    }

    fn read_on(&mut self, file: &mut File) -> Result<(), RecordingError> {
        let mut bytes = Vec::new();
        let read = file.metadata().and_then(|metadata| {
            if metadata.len() < self.read {
                // Another file has taken its place.
                self.forget();
            }
            file.seek(SeekFrom::Start(self.read))?;
            file.read_to_end(&mut bytes)
        });
        read.map_err(|cause| self.io("read", cause))?;
        for line in Lines::new(&self.path, self.lines, &bytes) {
            let line = line?;
            self.samples.add(line.recorded);
            self.lines += 1;
            self.read += line.length as u64;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.read = 0;
        self.lines = 0;
        self.samples.forget();
    }

    fn io(&self, what: &'static str, cause: io::Error) -> RecordingError {
        RecordingError::Io { path: self.path.clone(), what, cause }
    }
}

/// A whole line of a recording.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Without its line break.
    pub text: &'a [u8],
    /// In bytes, with its line break.
    length: usize,
    pub recorded: Recorded,
}

/// The whole lines of a recording; a torn last one is left out, and any other that cannot be read is
/// an error that names its place.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    path: &'a Path,
    /// Lines before the rest.
    before: usize,
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    /// Of the part of a file that follows so many lines.
    pub(super) fn new(path: &'a Path, before: usize, rest: &'a [u8]) -> Lines<'a> {
        Lines { path, before, rest }
    }

    /// At the end: whether a torn line was left out.
    pub(super) fn is_torn(&self) -> bool {
        !self.rest.is_empty()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Result<Line<'a>, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let (text, after) = (&self.rest[..end], &self.rest[end + 1..]);
        let (path, line) = (|| self.path.to_owned(), self.before + 1);
        let error = match line::read(text) {
            Ok(recorded) => {
                (self.rest, self.before) = (after, line);
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                return Some(Ok(Line { text, length: end + 1, recorded }));
            }
            // Torn: what is left of a line whose writer was killed, or whose disk was full.
            Err(Flaw::NotJson) if after.is_empty() => return None,
            Err(Flaw::NotJson) => RecordingError::NotJson { path: path(), line },
            Err(Flaw::Edited) => RecordingError::Edited { path: path(), line },
            Err(Flaw::Fields) => RecordingError::Version { path: path(), line },
        };
        self.rest = &[];
        Some(Err(error))
    }
}

/// A recording that this process may add to.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    recording: &'a mut Recording,
    file: File,
}

impl Locked<'_> {
    pub(super) fn recording(&self) -> &Recording {
        self.recording
    }

    /// Cuts a torn last line off, so that the next one starts a line of its own.
    pub(super) fn mend(&mut self) -> Result<(), RecordingError> {
        let cut = self.file.metadata().and_then(|metadata| match metadata.len() > self.recording.read {
            true => self.file.set_len(self.recording.read),
            false => Ok(()),
        });
        cut.map_err(|cause| self.recording.io("mended", cause))
    }

    /// Adds a line. When this returns, killing the process does not lose it.
    pub(super) fn append(
        &mut self,
        item: &str,
        form: &str,
        address: Address,
        turn: Turn,
        response: Response,
    ) -> Result<(), RecordingError> {
        let response = line::kept(response);
        let line = line::write(item, form, address, turn, &response);
        let (line, rank) = line.map_err(|cause| self.recording.io("written", cause.into()))?;
        self.write(line.as_bytes())?;
        self.recording.lines += 1;
        let (key, sample) = address;
        self.recording.samples.add(Recorded { key, sample, turn, response, rank });
        Ok(())
    }

    /// Adds those lines recorded elsewhere that are not there yet, and waits until they are on the disk.
    /// How many were added.
    pub(super) fn adopt(&mut self, lines: &[Line<'_>]) -> Result<usize, RecordingError> {
        let mut text = Vec::new();
        let mut added = HashSet::new();
        for line in lines {
            if !self.recording.samples.holds(&line.recorded) && added.insert(line.recorded.rank) {
                text.extend_from_slice(line.text);
                text.push(b'\n');
            }
        }
        if added.is_empty() {
            return Ok(0);
        }
        self.mend()?;
        self.write(&text)?;
        self.recording.lines += added.len();
        self.recording.suppose(lines);
        self.settle()?;
        Ok(added.len())
    }

    fn write(&mut self, text: &[u8]) -> Result<(), RecordingError> {
        let written = self.file.write_all(text).and_then(|()| self.file.flush());
        if let Err(cause) = written {
            // The disk may be full: leave whole lines behind.
            self.mend().ok();
            return Err(self.recording.io("written", cause));
        }
        self.recording.read += text.len() as u64;
        Ok(())
    }

    /// Waits until the lines are on the disk, so that not even a power cut loses them.
    pub(super) fn settle(&self) -> Result<(), RecordingError> {
        self.file.sync_data().map_err(|cause| self.recording.io("written", cause))
    }
}
