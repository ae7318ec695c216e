//! Why responses are not there where nobody is asked: never recorded, in a line that was cut off, or recorded
//! with other settings.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::reason::Reason;
use crate::recording::Recording;
use crate::suite::Question;

/// `reason`, or what more there is to say of `question`, one of those that are missing.
pub(super) fn why(reason: Reason, recording: &Recording, question: Option<&Question<'_>>) -> Reason {
    let file = || recording.path().display().to_string();
    match (reason, recording.torn()) {
        (Reason::NotRecorded, Some(line)) => Reason::CutOff { file: file(), line },
        (Reason::NotRecorded, None) if question.is_some_and(|question| holds(recording.path(), question)) => {
            Reason::RecordedOtherwise { file: file() }
        }
        (reason, _) => reason,
    }
}

/// Whether `file` has a response to this question, asked in whatever way.
fn holds(file: &Path, question: &Question<'_>) -> bool {
    let word = |text: &str| serde_json::Value::from(text).to_string();
    // As a line begins.
    let start = format!(
        "{{\"item\":{},\"form\":{},\"sample\":{},",
        word(&question.item.id),
        word(question.form.label),
        question.index
    );
    let Ok(file) = File::open(file) else { return false };
    let lines = BufReader::new(file).split(b'\n');
    lines.map_while(Result::ok).any(|line| line.starts_with(start.as_bytes()))
}
