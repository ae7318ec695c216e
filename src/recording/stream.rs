//! Reads a recording piece by piece, since it may be larger than the memory it should take.

use std::io::{self, Read};
use std::path::Path;

use super::RecordingError;
use super::lines::{RecordingLine, RecordingLines};

/// How many bytes are read at a time. A longer line is read whole.
const PIECE: u64 = 1 << 20;

/// How far a file has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadPosition {
    /// The number of bytes in the whole lines.
    pub read: u64,
    /// The number of whole lines.
    pub lines: usize,
    /// Whether the last whole line has its line break.
    pub ended: bool,
    /// Whether a line that is cut off follows the whole lines.
    pub torn: bool,
}

impl ReadPosition {
    pub(super) const START: ReadPosition = ReadPosition { read: 0, lines: 0, ended: true, torn: false };

    /// Reads to the end of the file, and passes the whole lines to `each`, several at a time.
    ///
    /// # Errors
    /// Returns an error if a line is damaged, after passing those before it, or if reading or `each` fails.
    pub(super) fn through<R: Read>(
        &mut self,
        path: &Path,
        mut file: R,
        mut each: impl FnMut(Vec<RecordingLine<'_>>) -> Result<(), RecordingError>,
    ) -> Result<(), RecordingError> {
        let failed = |cause: io::Error| RecordingError::Io { path: path.to_owned(), what: "read", cause };
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let before = bytes.len();
            file.by_ref().take(PIECE).read_to_end(&mut bytes).map_err(failed)?;
            let last = bytes.len() == before;
            // A piece without a line break may be the first half of a line.
            let end = match last {
                true => Some(bytes.len()),
                false => bytes[before..].iter().rposition(|byte| *byte == b'\n').map(|at| before + at + 1),
            };
            let Some(end) = end else { continue };
            let mut lines = RecordingLines::after(path, &bytes[..end], self.lines, self.ended);
            let (mut whole, mut damaged) = (Vec::new(), None);
            for line in lines.by_ref() {
                match line {
                    Ok(line) => whole.push(line),
                    Err(error) => damaged = Some(error),
                }
            }
            let read = lines.read;
            // Only the end of a file can be torn. In the middle, such a line is read again with what follows.
            self.torn = lines.is_torn();
            (self.lines, self.ended) = (lines.lines, lines.ended);
            self.read += read as u64;
            each(whole)?;
            if let Some(error) = damaged {
                return Err(error);
            }
            if last {
                return Ok(());
            }
            bytes.drain(..read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::line::{self, Turn};
    use super::*;
    use crate::provider::Response;

    fn text_of(number: u32) -> String {
        let key = Keys::new(&serde_json::Value::Null, None).key("", "", "", None);
        let text = "x".repeat(number as usize % 3000);
        let response = Response { text, ..Response::default() };
        line::write("i", "f", (key, number), Turn::First, &response).expect("JSON").0
    }

    /// A reader that gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let some = self.1.min(into.len());
            self.0.read(&mut into[..some])
        }
    }

    #[test]
    fn pieces_are_read_as_the_whole_is() {
        let many: String = (0..2000).map(text_of).collect();
        let torn = |end: &str| format!("{many}{}{end}", &text_of(9)[..40]);
        let middle = format!("{many}{}\0\n{many}", &text_of(9)[..40]);
        let odd = format!("\n{many}\r\n\n{}", text_of(7).trim_end());
        for text in [many.clone(), torn(""), torn("\0\0\n"), middle, odd, format!("{many}no line\n{many}")] {
            let path = Path::new("r");
            let mut lines = RecordingLines::new(path, text.as_bytes());
            let (mut wanted, mut error) = (Vec::new(), None);
            for line in lines.by_ref() {
                match line {
                    Ok(line) => wanted.push(line.recorded),
                    Err(damaged) => error = Some(damaged.to_string()),
                }
            }
            let place = (lines.read as u64, lines.lines, lines.ended, lines.is_torn());
            for some in [4096, 1 << 20] {
                let (mut progress, mut found) = (ReadPosition::START, Vec::new());
                let done = progress.through(path, Slow(text.as_bytes(), some), |lines| {
                    found.extend(lines.into_iter().map(|line| line.recorded));
                    Ok(())
                });
                assert_eq!(done.err().map(|error| error.to_string()), error);
                assert_eq!((progress.read, progress.lines, progress.ended, progress.torn), place);
                assert!(found == wanted, "{} of {}", found.len(), wanted.len());
            }
        }
    }
}
