//! The lines of a recording in its file: whole ones, and perhaps a torn one at the end.

use std::path::Path;

use super::RecordingError;
use super::line::{self, Flaw, LineContent};

/// How every line of a recording starts.
const START: &[u8] = b"{\"item\":\"";

/// A whole line of a recording.
#[derive(Debug)]
pub(crate) struct RecordingLine<'a> {
    /// The text of the line, without its line break.
    pub text: &'a [u8],
    pub recorded: LineContent,
}

/// Iterates over the whole lines of a recording, without empty ones. A torn last line is left out. Any other
/// line that cannot be read is an error that names its place.
#[derive(Debug)]
pub(crate) struct RecordingLines<'a> {
    path: &'a Path,
    rest: &'a [u8],
    /// The number of lines before the rest.
    pub lines: usize,
    /// The number of the given bytes before the rest.
    pub read: usize,
    /// Whether the last line before the rest has its line break.
    pub ended: bool,
}

impl<'a> RecordingLines<'a> {
    /// Reads the lines of a whole file.
    pub(crate) fn new(path: &'a Path, bytes: &'a [u8]) -> RecordingLines<'a> {
        RecordingLines::after(path, bytes, 0, true)
    }

    /// Reads the part of a file that follows `lines` lines. `ended` says whether the last of them has its line break.
    pub(super) fn after(path: &'a Path, rest: &'a [u8], lines: usize, ended: bool) -> RecordingLines<'a> {
        RecordingLines { path, rest, lines, read: 0, ended }
    }

    /// Returns whether a torn last line was left out. This is only known when all lines have been read.
    pub(crate) fn is_torn(&self) -> bool {
        !self.rest.is_empty()
    }

    fn take(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.read += bytes;
        taken
    }

    fn error(&self, flaw: Flaw, text: &[u8]) -> RecordingError {
        let (path, line) = (self.path.to_owned(), self.lines + 1);
        match flaw {
            Flaw::NotJson if is_marker(text) => RecordingError::Conflict { path, line },
            Flaw::NotJson => RecordingError::NotJson { path, line },
            Flaw::Edited => RecordingError::Edited { path, line },
            Flaw::Fields => RecordingError::Version { path, line },
        }
    }
}

impl<'a> Iterator for RecordingLines<'a> {
    type Item = Result<RecordingLine<'a>, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Empty lines are ignored. The first may be the end of the line before.
        while let Some(length) = [&b"\n"[..], b"\r\n"].iter().find(|end| self.rest.starts_with(end)) {
            self.take(length.len());
            self.lines += usize::from(std::mem::replace(&mut self.ended, true));
        }
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let text = &self.rest[..end.unwrap_or(self.rest.len())];
        match line::read_line(text) {
            Ok(recorded) => {
                self.take(text.len() + usize::from(end.is_some()));
                self.lines += 1;
                self.ended = end.is_some();
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                Some(Ok(RecordingLine { text, recorded }))
            }
            Err(Flaw::NotJson) if is_torn(text, &self.rest[text.len()..]) => None,
            Err(flaw) => {
                let error = self.error(flaw, text);
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// Returns whether `text` is the rest of a line whose writer was killed or whose disk was full: the start of a
/// line without its end, perhaps with zeros that a file system added. Anything else at the end of a file was
/// put there by somebody, and is not ours to remove.
fn is_torn(text: &[u8], after: &[u8]) -> bool {
    let written = text.len() - text.iter().rev().take_while(|byte| **byte == 0).count();
    let (text, zeros) = text.split_at(written);
    let ours = text.starts_with(START) || START.starts_with(text);
    let last = after.is_empty() || (after == b"\n" && !zeros.is_empty());
    ours && last
}

/// Returns whether this is a line that git leaves where two sides changed the same lines.
fn is_marker(text: &[u8]) -> bool {
    [&b"<<<<<<<"[..], b"=======", b">>>>>>>", b"|||||||"].iter().any(|marker| text.starts_with(marker))
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::line::Turn;
    use super::*;
    use crate::provider::Response;

    fn line(text: &str) -> String {
        let key = Keys::new(&serde_json::Value::Null, None).key("", "", "", None);
        let response = Response { text: text.to_owned(), ..Response::default() };
        line::write("i", "f", (key, 0), Turn::First, &response).expect("JSON").0
    }

    /// Returns the number of whole lines and whether a torn one follows, or what is wrong.
    fn of(text: &str) -> Result<(usize, bool), String> {
        let mut lines = RecordingLines::new(Path::new("r"), text.as_bytes());
        let whole = lines.by_ref().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        Ok((whole.len(), lines.is_torn()))
    }

    #[test]
    fn only_the_start_of_a_line_is_a_torn_one() {
        let (one, two) = (line("one"), line("two"));
        for end in 1..two.len() - 1 {
            assert_eq!(of(&format!("{one}{}", &two[..end])), Ok((1, true)), "{end}");
            assert_eq!(of(&format!("{one}{}\0\0\n", &two[..end])), Ok((1, true)), "{end}");
        }
        assert_eq!(of(&format!("{one}{}", two.trim_end())), Ok((2, false)), "all of it is there");
        assert_eq!(of(&format!("\n{one}\r\n\n{two}\n\n")), Ok((2, false)), "empty lines are nothing");
        for (end, wanted) in [
            ("<<<<<<< HEAD\n", "r:2: git left a conflict here"),
            ("secret", "r:2: this line is not a recorded response"),
            ("{\"item\":\"i\"\n", "r:2: this line is not a recorded response"),
            ("{}", "r:2: this line was edited by hand"),
        ] {
            assert!(of(&format!("{one}{end}")).is_err_and(|why| why.starts_with(wanted)), "{end}");
        }
    }

    #[test]
    fn a_break_that_comes_later_is_the_end_of_its_line() {
        let text = line("one");
        let mut lines = RecordingLines::new(Path::new("r"), text.trim_end().as_bytes());
        assert!(lines.next().is_some_and(|line| line.is_ok()) && lines.next().is_none());
        assert_eq!((lines.lines, lines.ended, lines.read), (1, false, text.len() - 1));
        let more = format!("\n{text}");
        let mut rest = RecordingLines::after(Path::new("r"), more.as_bytes(), lines.lines, lines.ended);
        assert!(rest.next().is_some_and(|line| line.is_ok()) && rest.next().is_none());
        assert_eq!((rest.lines, rest.ended, rest.read), (2, true, more.len()));
    }
}
