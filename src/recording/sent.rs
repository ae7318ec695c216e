//! The requests that are on their way: `<task>.sent` beside the recording, with a short line for each, which is added before
//! the request is sent.
//!
//! The first line names the recording, so that the file of another one is not taken for its own. Each further line has
//! the id of a request, how many tries are lost if nothing more is heard of it, and a checksum of this and of the
//! checksum above it: a line that was edited, removed or moved is noticed. A last line that is cut off was never sent.
//! A file that was cut at the end of a line is as it was at an earlier moment, which nothing can tell. Lines without a
//! checksum, as the first version wrote them, are errors.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::PathBuf;

use super::lost_tries::error;
use super::pending::{address, remove, request_id};
use super::{RecordingError, SampleAddress};
use crate::ground::regular;

/// How the first line begins, before the name of the recording.
const OF: &str = "sent of ";

/// The most bytes of a line. The longest is the first one, with the name of the recording.
const MOST_LINE: u64 = 4 << 10;

/// The file, and the checksum of its last line.
#[derive(Debug)]
pub(super) struct SentRequests {
    path: PathBuf,
    /// The name of the recording.
    of: String,
    /// How many folders above the file may not be links.
    folders: usize,
    /// Opened with the first request.
    file: Option<File>,
    sum: String,
}

impl SentRequests {
    pub(super) fn new(path: PathBuf, of: String, folders: usize) -> SentRequests {
        SentRequests { path, of, folders, file: None, sum: String::new() }
    }

    /// The requests in the file, with the tries of the last line about each; `None` where there is no file.
    pub(super) fn read(&self) -> Result<Option<HashMap<SampleAddress, u32>>, RecordingError> {
        let failed = |cause| self.error("read", cause);
        regular::check(&self.path, self.folders).map_err(failed)?;
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(cause)),
        };
        self.lines(BufReader::new(file)).map(Some).map_err(failed)
    }

    fn lines(&self, mut reader: BufReader<File>) -> io::Result<HashMap<SampleAddress, u32>> {
        let (mut found, mut sums) = (HashMap::new(), LineSums::Unknown);
        for number in 1.. {
            let mut bytes = Vec::new();
            let length = reader.by_ref().take(MOST_LINE).read_until(b'\n', &mut bytes)?;
            if length == 0 {
                break;
            }
            let ended = bytes.ends_with(b"\n");
            let text = bytes.trim_ascii_end();
            let zeros = text.iter().rev().take_while(|byte| **byte == 0).count();
            match sums.read(text, &self.of) {
                Ok(None) => {}
                Ok(Some((address, lost))) => {
                    found.insert(address, lost);
                }
                // What is left of a line whose writer was killed, perhaps with zeros that a file system added.
                Err(LineFlaw::Unreadable)
                    if (!ended || zeros > 0)
                        && is_start(&text[..text.len() - zeros])
                        && reader.fill_buf()?.is_empty() =>
                {
                    eprintln!(
                        "warning: {}:{number}: this line was cut off when a run was killed or the disk was full: its request was never sent",
                        self.path.display()
                    );
                }
                Err(flaw) => return Err(flaw.told(number, &self.of)),
            }
        }
        Ok(found)
    }

    /// Adds a line. When this returns, killing the process does not lose it.
    pub(super) fn add(&mut self, address: SampleAddress, lost: u32) -> Result<(), RecordingError> {
        let (file, mut text) = match self.file.take() {
            Some(file) => (Ok(file), String::new()),
            None => {
                self.sum.clear();
                let file = regular::check(&self.path, self.folders)
                    .and_then(|()| OpenOptions::new().append(true).create(true).open(&self.path));
                (file, format!("{OF}{}\n", self.of))
            }
        };
        let line = format!("{} {lost}", request_id(address));
        self.sum = next_sum(&self.sum, &line);
        text += &format!("{line} {}\n", self.sum);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file));
        self.file = Some(written.map_err(|cause| self.error("written", cause))?);
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), RecordingError> {
        self.file = None;
        remove(&self.path).map_err(|cause| self.error("removed", cause))
    }

    fn error(&self, what: &'static str, cause: io::Error) -> RecordingError {
        error(&self.path, what, cause)
    }
}

/// What is known of a file's checksums from the lines that were read.
enum LineSums {
    /// None was read yet.
    Unknown,
    /// That of the last line.
    Last(String),
}

/// Why a line cannot be used.
enum LineFlaw {
    Unreadable,
    /// It is of another recording.
    Foreign(String),
    /// It, or a line above it, was changed.
    Changed,
    /// The file has no checksums.
    Unsealed,
}

impl LineSums {
    /// Reads a line; the first one has no request.
    fn read(&mut self, text: &[u8], of: &str) -> Result<Option<(SampleAddress, u32)>, LineFlaw> {
        let text = std::str::from_utf8(text).map_err(|_| LineFlaw::Unreadable)?;
        if let (LineSums::Unknown, Some(name)) = (&*self, text.strip_prefix(OF)) {
            *self = LineSums::Last(String::new());
            return match name {
                _ if name == of => Ok(None),
                // It may be cut off.
                _ if of.starts_with(name) => Err(LineFlaw::Unreadable),
                _ => Err(LineFlaw::Foreign(name.to_owned())),
            };
        }
        let mut words = text.split(' ');
        let (id, lost, sum, more) = (words.next(), words.next(), words.next(), words.next());
        let request = id.and_then(address).zip(lost.and_then(|lost| lost.parse().ok()));
        let request = request.filter(|_| more.is_none()).ok_or(LineFlaw::Unreadable)?;
        match (&*self, sum) {
            (LineSums::Unknown, None) => return Err(LineFlaw::Unsealed),
            (LineSums::Last(last), Some(sum)) => {
                let line = text.rsplit_once(' ').map_or(text, |(line, _)| line);
                let wanted = next_sum(last, line);
                if wanted != sum {
                    // The start of a checksum is that of a line that is cut off.
                    let cut = wanted.starts_with(sum);
                    return Err(if cut { LineFlaw::Unreadable } else { LineFlaw::Changed });
                }
                *self = LineSums::Last(wanted);
            }
            (LineSums::Last(_), None) => return Err(LineFlaw::Unreadable),
            (LineSums::Unknown, Some(_)) => return Err(LineFlaw::Changed),
        }
        Ok(Some(request))
    }
}

impl LineFlaw {
    fn told(self, line: usize, of: &str) -> io::Error {
        let why = match self {
            LineFlaw::Unreadable => format!("line {line} does not say which request was sent"),
            LineFlaw::Changed => {
                format!(
                    "line {line}, or one above it, was changed, moved or removed (its checksum does not fit)"
                )
            }
            LineFlaw::Unsealed => super::lost_tries::UNSEALED.to_owned(),
            LineFlaw::Foreign(name) => super::lost_tries::foreign(&name, of),
        };
        io::Error::new(ErrorKind::InvalidData, why)
    }
}

/// Eight digits of a hash over a line and the checksum above it.
fn next_sum(last: &str, line: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(last.as_bytes());
    hasher.update(line.as_bytes());
    hasher.finalize().to_hex()[..8].to_owned()
}

/// Whether this may be the start of a line that this file has.
fn is_start(text: &[u8]) -> bool {
    let of_request =
        |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte) || b" -".contains(byte);
    text.iter().all(of_request) || OF.as_bytes().starts_with(text) || text.starts_with(OF.as_bytes())
}
