//! A recording: the responses of one respondent to one task, one a line, in a file that only grows.
//!
//! A line is appended the moment its response arrives, with one write, under an operating-system
//! lock that the kernel frees when the process dies. Killing a recorder can therefore only tear the
//! last line, which the next run takes out and asks for again; whatever else stands at the end is an error.
//! Lines of older wordings stay where they are and are not used; so do those whose sample another line
//! stands for ([`Samples`]). Since lines are only ever added, the union of two recordings is a recording,
//! whoever unites them: git (`merge=union`), [`merge`](super::merge) or the store. A file that is deleted or
//! replaced while a process adds to it gets back what that process has added.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use super::damage::RecordingError;
use super::key::Key;
use super::line::{self, Rank, Recorded, Turn};
use super::lines::{Line, Lines};
use super::place::{self, Identity};
use super::samples::{Samples, Standing};
use crate::respondent::Response;

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
    /// Whole lines read, and whether the last one has its line break.
    lines: usize,
    ended: bool,
    /// Whether a torn line follows them.
    torn: bool,
    /// Whether that has been told.
    told: bool,
    /// The file that was read.
    identity: Identity,
    /// The same recording on the base branch, until it has been read.
    base: Option<PathBuf>,
    samples: Samples,
}

impl Recording {
    /// Nothing is read yet.
    pub(super) fn new(path: PathBuf) -> Recording {
        Recording {
            path,
            read: 0,
            lines: 0,
            ended: true,
            torn: false,
            told: false,
            identity: Identity::UNKNOWN,
            base: None,
            samples: Samples::default(),
        }
    }

    /// What the base branch has recorded, in the file `base`, counts where there are other responses, too.
    pub(super) fn after_base(self, base: Option<PathBuf>) -> Recording {
        Recording { base, ..self }
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

    /// How many versions the providers of these responses named.
    pub(super) fn versions(&self) -> usize {
        self.samples.versions()
    }

    /// Whether any of them is of a model that was asked back.
    pub(super) fn has_backs(&self) -> bool {
        self.samples.has_backs()
    }

    /// How many more were recorded of the same samples.
    pub(super) fn superseded(&self) -> usize {
        self.samples.superseded()
    }

    /// What else is recorded of a sample.
    pub(super) fn standing(&self, address: &Address) -> Standing {
        self.samples.standing(address)
    }

    /// The number of the line that is torn, as far as it has been read.
    pub(super) fn torn(&self) -> Option<usize> {
        self.torn.then_some(self.lines + 1)
    }

    /// Tells once that its last line is cut off, where nothing else will.
    pub(super) fn tell_torn(&mut self) {
        if let Some(line) = self.torn().filter(|_| !std::mem::replace(&mut self.told, true)) {
            eprintln!(
                "warning: {}:{line}: this line is cut off and not used: restore the file, or delete the line",
                self.path.display()
            );
        }
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
    /// What was there before may have been used, and is not changed by what has been added: the next process
    /// chooses among all of it.
    pub(super) fn refresh(&mut self) -> Result<(), RecordingError> {
        self.read_base()?;
        self.samples.hand_out();
        place::check(&self.path).map_err(|cause| self.io("read", cause))?;
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
        Ok(Locked { recording: self, file, written: Vec::new() })
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
        Ok(Some(Locked { recording: self, file, written: Vec::new() }))
    }

    fn open(&self) -> Result<File, RecordingError> {
        place::check(&self.path).map_err(|cause| self.io("written", cause))?;
        place::make(&self.path).map_err(|cause| self.io("created", cause))?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        file.map_err(|cause| self.io("written", cause))
    }

    fn read_base(&mut self) -> Result<(), RecordingError> {
        let Some(base) = self.base.take().filter(|base| base.exists()) else { return Ok(()) };
        let io = |cause| RecordingError::Io { path: base.clone(), what: "read", cause };
        let bytes = crate::regular::read(&base, 1, place::MOST).map_err(io)?;
        for line in Lines::new(&base, &bytes) {
            self.samples.add_base(line?.recorded);
        }
        Ok(())
    }

    fn read_on(&mut self, file: &mut File) -> Result<(), RecordingError> {
        self.read_base()?;
        let mut bytes = Vec::new();
        let read = file.metadata().and_then(|metadata| {
            let identity = Identity::of(&metadata);
            if metadata.len() < self.read || identity.differs(self.identity) {
                // Another file has taken its place.
                self.forget();
            }
            self.identity = identity;
            file.seek(SeekFrom::Start(self.read))?;
            file.take(place::MOST).read_to_end(&mut bytes)
        });
        read.map_err(|cause| self.io("read", cause))?;
        self.torn = false;
        let mut lines = Lines::after(&self.path, &bytes, self.lines, self.ended);
        let mut failed = None;
        for line in lines.by_ref() {
            match line {
                Ok(line) => self.samples.add(line.recorded),
                Err(error) => failed = Some(error),
            }
        }
        self.torn = lines.is_torn();
        (self.lines, self.ended) = (lines.lines, lines.ended);
        self.read += lines.read as u64;
        failed.map_or(Ok(()), Err)
    }

    fn forget(&mut self) {
        self.rewind();
        self.samples.forget();
    }

    /// The file is to be read from its start; what was read of another one stays in use.
    fn rewind(&mut self) {
        (self.read, self.lines, self.ended, self.torn) = (0, 0, true, false);
        self.identity = Identity::UNKNOWN;
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
    /// What this process has added.
    written: Vec<u8>,
}

impl Locked<'_> {
    pub(super) fn recording(&self) -> &Recording {
        self.recording
    }

    /// Takes a torn last line out, so that the next one starts a line of its own. It is the last: what
    /// others have added without asking for the lock is read.
    pub(super) fn mend(&mut self) -> Result<(), RecordingError> {
        self.stay()?;
        self.recording.read_on(&mut self.file)?;
        let Some(line) = self.recording.torn() else { return Ok(()) };
        eprintln!(
            "warning: {}:{line}: this line was cut off when a run was killed or the disk was full: it is taken out, and its response asked for again",
            self.recording.path.display()
        );
        let cut = self.file.set_len(self.recording.read);
        self.recording.torn = false;
        cut.map_err(|cause| self.recording.io("mended", cause))
    }

    /// Sees to it that the file is still the one of its name: somebody may delete or replace it, or cut its
    /// end off, and what has been added would go with it.
    fn stay(&mut self) -> Result<(), RecordingError> {
        let here = self.file.metadata().map_err(|cause| self.recording.io("written", cause))?;
        place::check(&self.recording.path).map_err(|cause| self.recording.io("written", cause))?;
        let there = std::fs::symlink_metadata(&self.recording.path);
        let same = there.is_ok_and(|there| !Identity::of(&there).differs(Identity::of(&here)));
        if same && here.len() >= self.recording.read {
            return Ok(());
        }
        eprintln!(
            "warning: {} was deleted, replaced or cut off while its answers came: they are put there again",
            self.recording.path.display()
        );
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.read_to_end(&mut bytes));
        // What is no more than there was is not made more by an error.
        read.and_then(|_| self.file.unlock()).map_err(|cause| self.recording.io("read", cause))?;
        self.file = self.recording.open()?;
        self.file.lock().map_err(|cause| self.recording.io("locked", cause))?;
        self.restore(&bytes)
    }

    /// Adds the lines of a file that is no more, and those of this process, where they are not in the new one.
    fn restore(&mut self, lost: &[u8]) -> Result<(), RecordingError> {
        self.recording.rewind();
        let mut found = Vec::new();
        self.file.read_to_end(&mut found).map_err(|cause| self.recording.io("read", cause))?;
        let path = self.recording.path.clone();
        let mut known: HashSet<Rank> = HashSet::new();
        for line in Lines::new(&path, &found) {
            known.insert(line?.recorded.rank);
        }
        self.recording.identity =
            Identity::of(&self.file.metadata().map_err(|cause| self.recording.io("read", cause))?);
        self.recording.read_on(&mut self.file)?;
        let mut text = Vec::new();
        let written = std::mem::take(&mut self.written);
        for lines in [lost, &written] {
            for line in Lines::new(&path, lines).filter_map(Result::ok) {
                if known.insert(line.recorded.rank) {
                    text.extend_from_slice(line.text);
                    text.push(b'\n');
                }
            }
        }
        let added = text.iter().filter(|byte| **byte == b'\n').count();
        if added > 0 {
            self.mend()?;
            self.write(&text)?;
            self.recording.lines += added;
        }
        self.written = [text, written].concat();
        Ok(())
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
        self.stay()?;
        let length = self.file.metadata().map_or(self.recording.read, |metadata| metadata.len());
        if length != self.recording.read {
            self.mend()?;
        }
        let whole = [if self.recording.ended { &b""[..] } else { b"\n" }, text].concat();
        let text = whole.as_slice();
        let written = self.file.write_all(text).and_then(|()| self.file.flush());
        if let Err(cause) = written {
            // The disk may be full: leave whole lines behind.
            self.mend().ok();
            return Err(self.recording.io("written", cause));
        }
        self.recording.ended = true;
        self.recording.read += text.len() as u64;
        self.written.extend_from_slice(text);
        Ok(())
    }

    /// Waits until the lines are on the disk, so that not even a power cut loses them.
    pub(super) fn settle(&mut self) -> Result<(), RecordingError> {
        self.stay()?;
        self.file.sync_data().map_err(|cause| self.recording.io("written", cause))
    }
}
