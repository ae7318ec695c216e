//! Reads one level of a scale: all lists of a response must name the same one.

use super::entries::ListEntry;
use super::reader::{Lists, ReadingStop};
use super::{Answer, Invalid};
use crate::suite::Question;

pub(super) fn answer(question: &Question<'_>, lists: &Lists) -> Result<Answer, ReadingStop> {
    let entries: Vec<&ListEntry> = lists.iter().flatten().collect();
    let boxed = entries.iter().filter(|entry| entry.ticked.is_some()).count();
    if boxed > 0 && boxed < entries.len() {
        return Err(stop(Invalid::Unclear, "some levels have a box and others have none", &entries));
    }
    let chosen: Vec<&ListEntry> =
        entries.iter().copied().filter(|entry| entry.ticked != Some(false)).collect();
    let Some(first) = chosen.first() else {
        return Err(stop(Invalid::Unclear, "no box is ticked", &entries));
    };
    if let Some(other) = chosen.iter().find(|entry| entry.choice != first.choice) {
        let why = "it names more than one level".to_owned();
        return Err(ReadingStop::new(Invalid::Ambiguous, why, other.span.clone()));
    }
    for entry in &chosen {
        numbered(question, entry)?;
    }
    Ok(Answer::Level(first.choice))
}

/// Checks that the number beside a level fits: it must be the level's place, in the order shown or on the scale. A 1
/// may also be the number of a list with a single entry, unless words say that it is the number of an option.
fn numbered(question: &Question<'_>, entry: &ListEntry) -> Result<(), ReadingStop> {
    let Some(number) = entry.number else { return Ok(()) };
    let shown = question.shown.iter().position(|shown| shown.choice == entry.choice).map(|at| at + 1);
    if number == 1 && !entry.named_number || number == entry.choice + 1 || shown == Some(number) {
        return Ok(());
    }
    let why = format!("the number {number} next to this level is not its place on the scale");
    Err(ReadingStop::new(Invalid::Unclear, why, entry.span.clone()))
}

fn stop(reason: Invalid, why: &str, entries: &[&ListEntry]) -> ReadingStop {
    ReadingStop {
        reason,
        why: why.to_owned(),
        at: entries.first().map(|entry| entry.span.clone()),
        begun: !entries.is_empty(),
    }
}
