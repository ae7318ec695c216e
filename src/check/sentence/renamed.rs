//! Words of checks that have been renamed. This version still reads the old ones, with a warning that shows
//! where they are; the next one will not, and this file will be removed.

use crate::ground::diagnostic::Diagnostic;
use crate::measure::syntax::Word;
use crate::suite::CheckEntry;

/// The old words after a task's id.
const OLD: [&str; 2] = ["drift", "from"];
const NEW: &str = "shift";

/// Returns the place of the word after the task's id if it is a renamed one.
fn old(words: &[Word]) -> Option<usize> {
    let after = words.get(1..1 + OLD.len())?;
    after.iter().zip(OLD).all(|(word, old)| word.text.eq_ignore_ascii_case(old)).then_some(1)
}

/// Replaces old words of a sentence by the new ones, in their places.
pub(super) fn rename(words: &mut [Word]) {
    if let Some(word) = old(words).and_then(|at| words.get_mut(at)) {
        NEW.clone_into(&mut word.text);
    }
}

/// Returns the warning about a sentence with old words.
pub(in crate::check) fn warning(entry: &CheckEntry) -> Option<Diagnostic> {
    let words = super::words(entry);
    let word = words.get(old(&words)?)?;
    let [first, second] = OLD;
    let warning = Diagnostic::warning(format!("the check `{first} {second}` is now called `{NEW} {second}`"))
        .at(&entry.source, word.span.clone())
        .label(format!("write `{NEW}`"));
    Some(
        warning.help(format!(
            "rename it here: this version still reads `{first} {second}`, the next one will not"
        )),
    )
}
