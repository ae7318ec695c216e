//! A recording that is locked: where lines are added, each with one write, and what this process has added is
//! put there again if somebody takes the file away.

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
    /// What this process has recorded.
    written: Vec<WrittenLine>,
    /// The items and forms of that, each once.
    names: Vec<String>,
    /// Lines of others that this process has added lately.
    others: Vec<u8>,
}

/// A line that this process has recorded, but for its response, which is among the samples.
#[derive(Debug)]
struct WrittenLine {
    address: SampleAddress,
    turn: Turn,
    /// Places of the names.
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

    /// Makes room for so many lines.
    pub(crate) fn expect(&mut self, lines: usize) {
        self.written.reserve_exact(lines);
        self.recording.samples.expect(lines);
    }

    /// Removes a last line that is cut off, so that the next one starts on a line of its own. What others
    /// have added without taking the lock is read first, so that it really is the last line.
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

    /// Sees to it that the file is still the one of its name: somebody may delete or replace it, or cut its
    /// end off, and what has been added would go with it. Returns how long the file is.
    fn stay(&mut self) -> Result<u64, RecordingError> {
        let here = self.file.metadata().map_err(|cause| self.recording.io("written", cause))?;
        let length = here.len();
        let there = std::fs::symlink_metadata(&self.recording.path);
        let (here, there) = (Identity::of(&here), there.map(|there| Identity::of(&there)));
        let same = there.as_ref().is_ok_and(|there| !there.differs(here));
        // What is known to be the file that was opened was checked when it was.
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
        // What is no more than there was is not made more by an error.
        read.and_then(|_| self.file.unlock()).map_err(|cause| self.recording.io("read", cause))?;
        self.file = self.recording.open()?;
        self.file.lock().map_err(|cause| self.recording.io("locked", cause))?;
        self.restore(&bytes)?;
        let metadata = self.file.metadata().map_err(|cause| self.recording.io("written", cause))?;
        Ok(metadata.len())
    }

    /// Adds the lines of a file that is no more, and those of this process, where they are not in the new one.
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

    /// The lines that this process has recorded, written once more.
    fn own_lines(&self) -> Result<Vec<u8>, RecordingError> {
        let mut text = Vec::new();
        for WrittenLine { address, turn, item, form } in &self.written {
            let (item, form) = (&self.names[usize::from(*item)], &self.names[usize::from(*form)]);
            for response in self.recording.samples.all(address) {
                let line = line::write(item, form, *address, *turn, &response);
                let (line, rank) = line.map_err(|cause| self.recording.io("written", cause.into()))?;
                // Of a line that somebody else wrote, this may be another.
                if self.recording.samples.has_line(address, rank) {
                    text.extend_from_slice(line.as_bytes());
                }
            }
        }
        Ok(text)
    }

    /// The place of a name among the names.
    fn name(&mut self, name: &str) -> Option<u16> {
        let known = self.names.iter().position(|known| known == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(place).ok()
    }

    /// Adds a line. When this returns, killing the process does not lose it.
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
            // Of more items than any task has.
            None => self.others.extend_from_slice(line.as_bytes()),
        }
        let (key, sample) = address;
        self.recording.samples.add(LineContent { key, sample, turn, response, rank });
        Ok(())
    }

    /// Adds those lines recorded elsewhere that are not there yet; [`settle`](Self::settle) puts them on the
    /// disk.
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
        // Should the file be replaced before the next call; later they are where they came from.
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
            // The disk may be full: leave whole lines behind.
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
