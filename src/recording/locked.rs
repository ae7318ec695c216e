//! A locked recording, to which lines are added, each with one write. If somebody takes the file away, what
//! this process has added is written again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::damage::RecordingError;
use super::line::{self, LineContent, Rank, Turn};
use super::lines::{RecordingLine, RecordingLines};
use super::place::{self, Identity};
use super::{Recording, SampleAddress};
use crate::provider::Response;

/// A recording that this process may add to.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    recording: &'a mut Recording,
    file: File,
    /// The lines that this process has recorded.
    written: Vec<WrittenLine>,
    /// The items and forms of those lines, without duplicates.
    names: Vec<String>,
    /// Lines recorded elsewhere that this process has added recently.
    others: Vec<u8>,
}

/// A line that this process has recorded. Its response is kept among the samples.
#[derive(Debug)]
struct WrittenLine {
    address: SampleAddress,
    turn: Turn,
    /// The index of the item in `names`. The next field is that of the form.
    item: u16,
    form: u16,
}

impl<'a> Locked<'a> {
    /// Makes the lock's guard; `file` is the recording's file, and already locked.
    pub(super) fn new(recording: &'a mut Recording, file: File) -> Locked<'a> {
        Locked { recording, file, written: Vec::new(), names: Vec::new(), others: Vec::new() }
    }

    pub(crate) fn recording(&self) -> &Recording {
        self.recording
    }

    /// Reserves memory for this many lines.
    pub(crate) fn expect(&mut self, lines: usize) {
        self.written.reserve_exact(lines);
        self.recording.samples.expect(lines);
    }

    /// Removes a last line that is cut off, so that the next one starts on its own line. What others have added
    /// without the lock is read first, so that it really is the last line.
    pub(crate) fn mend(&mut self) -> Result<(), RecordingError> {
        self.stay()?;
        self.recording.read_on(&mut self.file)?;
        let Some(line) = self.recording.torn() else { return Ok(()) };
        eprintln!(
            "warning: {}:{line}: this line was cut off when a run was killed or the disk was full: it is removed, and its response is asked for again",
            self.recording.path.display()
        );
        let cut = self.file.set_len(self.recording.at.read);
        self.recording.at.torn = false;
        cut.map_err(|cause| self.recording.io("mended", cause))
    }

    /// Makes sure that the path still leads to the locked file, and returns its length. Somebody may delete or
    /// replace the file, or cut off its end, and what was added would be lost with it.
    fn stay(&mut self) -> Result<u64, RecordingError> {
        let here = self.file.metadata().map_err(|cause| self.recording.io("written", cause))?;
        let length = here.len();
        let there = std::fs::symlink_metadata(&self.recording.path);
        let (here, there) = (Identity::of(&here), there.map(|there| Identity::of(&there)));
        let same = there.as_ref().is_ok_and(|there| !there.differs(here));
        // A file that is known to be the one that was opened has already been checked.
        if !same || here == Identity::UNKNOWN {
            place::check(&self.recording.path).map_err(|cause| self.recording.io("written", cause))?;
        }
        if same && length >= self.recording.at.read {
            return Ok(length);
        }
        eprintln!(
            "warning: {} was deleted, replaced or cut off while answers were added to it: they are written again",
            self.recording.path.display()
        );
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.read_to_end(&mut bytes));
        read.and_then(|_| self.file.unlock()).map_err(|cause| self.recording.io("read", cause))?;
        self.file = self.recording.open()?;
        self.file.lock().map_err(|cause| self.recording.io("locked", cause))?;
        self.restore(&bytes)?;
        let metadata = self.file.metadata().map_err(|cause| self.recording.io("written", cause))?;
        Ok(metadata.len())
    }

    /// Adds the lines of a file that is gone, and those of this process, unless the new file has them.
    fn restore(&mut self, lost: &[u8]) -> Result<(), RecordingError> {
        self.recording.rewind();
        let mut found = Vec::new();
        self.file.read_to_end(&mut found).map_err(|cause| self.recording.io("read", cause))?;
        let path = self.recording.path.clone();
        let mut known: HashSet<Rank> = HashSet::new();
        for line in RecordingLines::new(&path, &found) {
            known.insert(line?.recorded.rank);
        }
        self.recording.identity =
            Identity::of(&self.file.metadata().map_err(|cause| self.recording.io("read", cause))?);
        self.recording.read_on(&mut self.file)?;
        let mut text = Vec::new();
        let (others, own) = (std::mem::take(&mut self.others), self.own_lines()?);
        for lines in [lost, &others, &own] {
            for line in RecordingLines::new(&path, lines).filter_map(Result::ok) {
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
            self.recording.at.lines += added;
        }
        self.others = [text, others].concat();
        Ok(())
    }

    /// Returns the lines that this process has recorded, written again.
    fn own_lines(&self) -> Result<Vec<u8>, RecordingError> {
        let mut text = Vec::new();
        for WrittenLine { address, turn, item, form } in &self.written {
            let (item, form) = (&self.names[usize::from(*item)], &self.names[usize::from(*form)]);
            for response in self.recording.samples.all(address) {
                let line = line::write(item, form, *address, *turn, &response);
                let (line, rank) = line.map_err(|cause| self.recording.io("written", cause.into()))?;
                // The text may differ for a line that somebody else wrote.
                if self.recording.samples.has_line(address, rank) {
                    text.extend_from_slice(line.as_bytes());
                }
            }
        }
        Ok(text)
    }

    /// Returns the index of a name among the names.
    fn name(&mut self, name: &str) -> Option<u16> {
        let known = self.names.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(place).ok()
    }

    /// Adds a line. Once this returns, the line is not lost if the process is killed.
    pub(crate) fn append(
        &mut self,
        item: &str,
        form: &str,
        address: SampleAddress,
        turn: Turn,
        response: Response,
    ) -> Result<(), RecordingError> {
        let response = line::kept(response);
        let line = line::write(item, form, address, turn, &response);
        let (line, rank) = line.map_err(|cause| self.recording.io("written", cause.into()))?;
        self.write(line.as_bytes())?;
        self.recording.at.lines += 1;
        match self.name(item).zip(self.name(form)) {
            Some((item, form)) => self.written.push(WrittenLine { address, turn, item, form }),
            // This does not happen, since no task has more than 65,536 items and forms.
            None => self.others.extend_from_slice(line.as_bytes()),
        }
        let (key, sample) = address;
        self.recording.samples.add(LineContent { key, sample, turn, response, rank });
        Ok(())
    }

    /// Adds those lines recorded elsewhere that are not there yet. [`settle`](Self::settle) puts them on the disk.
    pub(crate) fn adopt(&mut self, lines: &[RecordingLine<'_>]) -> Result<(), RecordingError> {
        let mut text = Vec::new();
        let mut added = HashSet::new();
        for line in lines {
            if !self.recording.samples.holds(&line.recorded) && added.insert(line.recorded.rank) {
                text.extend_from_slice(line.text);
                text.push(b'\n');
            }
        }
        if added.is_empty() {
            return Ok(());
        }
        self.mend()?;
        self.write(&text)?;
        self.recording.at.lines += added.len();
        self.recording.suppose(lines);
        // They are kept in case the file is replaced before the next call. After that, they are still where
        // they came from.
        self.others = text;
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> Result<(), RecordingError> {
        let length = self.stay()?;
        if length != self.recording.at.read {
            self.mend()?;
        }
        let whole = [if self.recording.at.ended { &b""[..] } else { b"\n" }, text].concat();
        let text = whole.as_slice();
        let written = self.file.write_all(text).and_then(|()| self.file.flush());
        if let Err(cause) = written {
            // The disk may be full, so only whole lines are left behind.
            self.mend().ok();
            return Err(self.recording.io("written", cause));
        }
        self.recording.at.ended = true;
        self.recording.at.read += text.len() as u64;
        Ok(())
    }

    /// Waits until the lines are on the disk, so that not even a power cut loses them.
    pub(crate) fn settle(&mut self) -> Result<(), RecordingError> {
        self.stay()?;
        self.file.sync_data().map_err(|cause| self.recording.io("written", cause))
    }
}
