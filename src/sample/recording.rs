//! A recording: the responses of one respondent to one task, one a line, in a file that only grows.
//!
//! A line is appended the moment its response arrives, with one write, under an operating-system
//! lock that the kernel frees when the process dies. Killing a recorder can therefore only tear the
//! last line, which the next run drops and asks for again. Lines of older wordings stay where they
//! are and are not used.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::key::Key;
use super::line::{self, Flaw};
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

    #[error(
        "{}:{line}: this line records the same sample as line {first}: delete one of them",
        path.display()
    )]
    Twice { path: PathBuf, line: usize, first: usize },
}

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
    /// Each response with its line, counted from one.
    responses: HashMap<Address, (usize, Response)>,
}

impl Recording {
    /// Nothing is read yet.
    pub(super) fn new(path: PathBuf) -> Recording {
        Recording { path, read: 0, lines: 0, responses: HashMap::new() }
    }

    pub(super) fn get(&self, address: &Address) -> Option<&Response> {
        self.responses.get(address).map(|(_, response)| response)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn len(&self) -> usize {
        self.responses.len()
    }

    /// Reads what has been added since the last time; a file that is not there is empty.
    pub(super) fn refresh(&mut self) -> Result<(), RecordingError> {
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
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(|cause| self.io("created", cause))?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        let mut file = file.map_err(|cause| self.io("written", cause))?;
        file.lock().map_err(|cause| self.io("locked", cause))?;
        self.read_on(&mut file)?;
        Ok(Locked { recording: self, file })
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
        let mut rest = bytes.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = self.lines + 1;
            let after = &rest[end + 1..];
            match line::read(&rest[..end]) {
                Ok((key, sample, response)) => {
                    if let Some((first, _)) = self.responses.get(&(key, sample)) {
                        return Err(RecordingError::Twice { path: self.path.clone(), line, first: *first });
                    }
                    self.responses.insert((key, sample), (line, response));
                }
                // Torn: what is left of a line whose writer was killed, or whose disk was full.
                Err(Flaw::NotJson) if after.is_empty() => break,
                Err(flaw) => {
                    let path = self.path.clone();
                    return Err(match flaw {
                        Flaw::NotJson => RecordingError::NotJson { path, line },
                        Flaw::Edited => RecordingError::Edited { path, line },
                        Flaw::Fields => RecordingError::Version { path, line },
                    });
                }
            }
            self.lines = line;
            self.read += end as u64 + 1;
            rest = after;
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.read = 0;
        self.lines = 0;
        self.responses.clear();
    }

    fn io(&self, what: &'static str, cause: io::Error) -> RecordingError {
        RecordingError::Io { path: self.path.clone(), what, cause }
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
        (key, sample): Address,
        response: Response,
    ) -> Result<(), RecordingError> {
        let response = line::kept(response);
        let line = line::write(item, form, sample, key, &response);
        let line = line.map_err(|cause| self.recording.io("written", cause.into()))?;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.flush());
        if let Err(cause) = written {
            // The disk may be full: leave whole lines behind.
            self.mend().ok();
            return Err(self.recording.io("written", cause));
        }
        self.recording.lines += 1;
        self.recording.read += line.len() as u64;
        self.recording.responses.insert((key, sample), (self.recording.lines, response));
        Ok(())
    }

    /// Waits until the lines are on the disk, so that not even a power cut loses them.
    pub(super) fn settle(&self) -> Result<(), RecordingError> {
        self.file.sync_data().map_err(|cause| self.recording.io("written", cause))
    }
}
