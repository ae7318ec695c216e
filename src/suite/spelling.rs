//! Values and contexts that two suites write in different letters. Measures that compare two tasks find by its id what both
//! have: what only reads like it would be left out without a word.

use super::{Capability, Suite, Task};
use crate::ground::diagnostic::Diagnostic;

/// Returns the mistake that a suite has a value or a context of another one, but for the case of letters.
pub(super) fn mistake(suite: &Suite, known: &[Suite]) -> Option<Diagnostic> {
    let task = suite.task.as_ref().filter(|task| is_compared(task))?;
    let others = known.iter().filter_map(|known| Some((known, known.task.as_ref()?)));
    others.filter(|(_, other)| is_compared(other)).find_map(|(home, other)| {
        let values = differing(&task.values(), &other.values()).map(|names| ("value", names));
        let contexts = || differing(&task.contexts(), &other.contexts()).map(|names| ("context", names));
        let (what, (own, theirs)) = values.or_else(contexts)?;
        let message = format!("the {what} `{own}` differs from `{theirs}` of {} only in case", other.id);
        let place =
            suite.source.text.find(&format!("\"{own}\"")).map_or(0..0, |at| at + 1..at + 1 + own.len());
        Some(Diagnostic::new(message).at(&suite.source, place).help(format!(
            "checks that compare tasks would not find it in {}: write it alike, or call it by another name",
            home.source.name
        )))
    })
}

/// Whether measures compare a task's values with those of another task.
fn is_compared(task: &Task) -> bool {
    task.kind.has(Capability::Contexts) || task.kind.has(Capability::Pairs)
}

/// Returns an id of a list and the one that it reads like in another list, which does not have it.
fn differing(own: &[&str], theirs: &[&str]) -> Option<(String, String)> {
    own.iter().filter(|id| !theirs.contains(id)).find_map(|id| {
        let like = theirs.iter().find(|other| other.eq_ignore_ascii_case(id))?;
        Some(((*id).to_owned(), (*like).to_owned()))
    })
}
