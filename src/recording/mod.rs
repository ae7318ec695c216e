//! A recording: the responses of one respondent to one task, one per line, in a file that only grows.
//!
//! A line is appended as soon as its response arrives, with one write, under an operating-system lock that the kernel
//! frees when the process dies. So killing a recorder can only tear the last line, which the next run removes and
//! asks for again; anything else at the end is an error. Lines of older wordings stay but are not used, and neither
//! are those whose sample another line records ([`Samples`]). Since lines are only ever added, the union of two
//! recordings is a recording, whoever makes it: git (`merge=union`), [`merge`](mod@merge) or the store. If a file is
//! deleted or replaced while a process adds to it, the process writes its lines again.

pub(crate) mod companions;
pub(crate) mod damage;
#[cfg(feature = "cli")]
mod fill;
pub(crate) mod key;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod locked;
pub(crate) mod lost_tries;
mod merge;
mod packed;
pub(crate) mod pending;
pub(crate) mod place;
pub(crate) mod receipt;
pub(crate) mod samples;
pub(crate) mod seen;
mod sent;
mod stream;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use damage::RecordingError;
#[cfg(feature = "cli")]
pub(crate) use fill::{Filled, fill};
#[cfg(feature = "cli")]
pub(crate) use line::harmless;
#[cfg(feature = "cli")]
pub(crate) use merge::Merged;
pub use merge::merge;

use crate::provider::Response;
use key::QuestionKey;
use lines::RecordingLine;
use locked::Locked;
use place::Identity;
use samples::{Samples, Standing};
use seen::SeenBytes;
use stream::ReadPosition;

/// How often to check whether a recording is free, if the run's time is limited.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The address of a response: the key of its question, and the number of the repetition.
pub(crate) type SampleAddress = (QuestionKey, u32);

/// The responses of one file, as far as it has been read.
#[derive(Debug)]
pub(crate) struct Recording {
    path: PathBuf,
    /// How far the file has been read.
    at: ReadPosition,
    /// Whether a warning has said that the last line is torn.
    told: bool,
    /// Whether the files beside it were found to be readable.
    companions: bool,
    /// The file that was read.
    identity: Identity,
    /// The same recording on the base branch, until it has been read.
    base: Option<PathBuf>,
    /// A record of the bytes that were read.
    pub(crate) seen: SeenBytes,
    samples: Samples,
}

impl Recording {
    /// Makes a recording that has not been read yet.
    pub(crate) fn new(path: PathBuf) -> Recording {
        Recording {
            path,
            at: ReadPosition::START,
            told: false,
            companions: false,
            identity: Identity::UNKNOWN,
            base: None,
            seen: SeenBytes::default(),
            samples: Samples::default(),
        }
    }

    /// Gives responses that the base branch has recorded, in the file `base`, precedence over others to the
    /// same sample.
    pub(crate) fn after_base(self, base: Option<PathBuf>) -> Recording {
        Recording { base, ..self }
    }

    pub(crate) fn get(&self, address: &SampleAddress) -> Option<Response> {
        self.samples.get(address)
    }

    /// Returns whether there is a response at this address.
    pub(crate) fn has(&self, address: &SampleAddress) -> bool {
        self.samples.has(address)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of responses, one for each sample.
    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// Returns whether its lines name more than one version or host.
    pub(crate) fn has_versions(&self) -> bool {
        self.samples.has_versions()
    }

    /// Returns whether the model was asked back about any response.
    pub(crate) fn has_backs(&self) -> bool {
        self.samples.has_backs()
    }

    /// Returns how many further responses were recorded for the same samples.
    pub(crate) fn superseded(&self) -> usize {
        self.samples.superseded()
    }

    /// Returns what else is recorded of a sample.
    pub(crate) fn standing(&self, address: &SampleAddress) -> Standing {
        self.samples.standing(address)
    }

    /// Returns the number of the last line if it is cut off.
    pub(crate) fn torn(&self) -> Option<usize> {
        self.at.torn.then_some(self.at.lines + 1)
    }

    /// Warns once that the last line is cut off, if nothing else does.
    fn tell_torn(&mut self) {
        if let Some(line) = self.torn().filter(|_| !std::mem::replace(&mut self.told, true)) {
            eprintln!(
                "warning: {}:{line}: this line is cut off and is not used: restore the file, or delete the line",
                self.path.display()
            );
        }
    }

    /// Checks once what lies beside a recording of which all is replayed; a torn last line is told as well where nobody
    /// mends it.
    pub(crate) fn replayed(&mut self, only_replay: bool) -> Result<(), RecordingError> {
        if only_replay {
            self.tell_torn();
        }
        if !self.companions {
            companions::check(&self.path)?;
            self.companions = true;
        }
        Ok(())
    }

    /// Returns whether one of these lines would be new to the recording.
    pub(crate) fn lacks(&self, lines: &[RecordingLine<'_>]) -> bool {
        lines.iter().any(|line| !self.samples.holds(&line.recorded))
    }

    /// Adds these lines in memory, without writing them.
    pub(crate) fn suppose(&mut self, lines: &[RecordingLine<'_>]) {
        lines.iter().for_each(|line| self.samples.add(line.recorded.clone()));
    }

    /// Reads what has been added since the last time. A missing file is empty.
    ///
    /// Responses from before may have been used, so new lines do not change them. The next process chooses
    /// among all lines.
    pub(crate) fn refresh(&mut self) -> Result<(), RecordingError> {
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

    /// Locks the file for this process, waiting for others to finish, and reads what they have added. Dropping
    /// the result frees the lock.
    pub(crate) fn lock(&mut self) -> Result<Locked<'_>, RecordingError> {
        let mut file = self.open()?;
        file.lock().map_err(|cause| self.io("locked", cause))?;
        self.read_on(&mut file)?;
        Ok(Locked::new(self, file))
    }

    /// Locks the file as [`lock`](Self::lock) does, but waits no longer than `left` says. Returns `None` when
    /// that time is over.
    pub(crate) fn lock_within(
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
        Ok(Some(Locked::new(self, file)))
    }

    pub(crate) fn open(&self) -> Result<File, RecordingError> {
        place::check(&self.path).map_err(|cause| self.io("written", cause))?;
        place::make(&self.path).map_err(|cause| self.io("created", cause))?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        file.map_err(|cause| self.io("written", cause))
    }

    fn read_base(&mut self) -> Result<(), RecordingError> {
        let Some(base) = self.base.take().filter(|base| base.exists()) else { return Ok(()) };
        let io = |cause| RecordingError::Io { path: base.clone(), what: "read", cause };
        crate::ground::regular::check(&base, 1).map_err(io)?;
        let file = File::open(&base).map_err(io)?;
        let mut progress = ReadPosition::START;
        let (samples, file) = (&mut self.samples, self.seen.reads_base(file));
        progress.through(&base, file.take(place::MOST), |lines| {
            lines.into_iter().for_each(|line| samples.add_base(line.recorded));
            Ok(())
        })
    }

    pub(crate) fn read_on(&mut self, file: &mut File) -> Result<(), RecordingError> {
        self.read_base()?;
        let from = file.metadata().and_then(|metadata| {
            let identity = Identity::of(&metadata);
            if metadata.len() < self.at.read || identity.differs(self.identity) {
                // Another file has taken its place.
                self.forget();
            }
            self.identity = identity;
            file.seek(SeekFrom::Start(self.at.read))
        });
        from.map_err(|cause| self.io("read", cause))?;
        self.at.torn = false;
        let (samples, file) = (&mut self.samples, self.seen.reads(file));
        self.at.through(&self.path, file.take(place::MOST), |lines| {
            lines.into_iter().for_each(|line| samples.add(line.recorded));
            Ok(())
        })
    }

    fn forget(&mut self) {
        self.rewind();
        self.samples.forget();
    }

    /// Starts reading the file from its beginning. What was read of another file stays in use.
    pub(crate) fn rewind(&mut self) {
        self.at = ReadPosition::START;
        self.identity = Identity::UNKNOWN;
        self.seen.forget();
    }

    pub(crate) fn io(&self, what: &'static str, cause: io::Error) -> RecordingError {
        RecordingError::Io { path: self.path.clone(), what, cause }
    }
}
