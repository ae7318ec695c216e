//! Explains why a response is missing when nobody is asked: it was never recorded, its line was cut off, or it
//! was recorded with other settings.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::reason::Reason;
use crate::recording::Recording;
use crate::suite::Question;

/// Returns `reason`, or a more precise one for `question`, one of those without a response.
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

/// Returns whether `file` has a response to this question, with any settings.
fn holds(file: &Path, question: &Question<'_>) -> bool {
    let word = |text: &str| serde_json::Value::from(text).to_string();
    // Each line begins with these fields.
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
