//! The summary: a few lines, largest shift first. The same change in several contexts is one line.

use serde::Serialize;

use super::sentence::Statement;
use crate::ground::format::series;

/// The most lines, so that a reader takes them in at a glance.
const MOST: usize = 8;

/// The most contexts that a line names.
const CONTEXTS: usize = 4;

/// A line of the summary, and the questions that it is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryLine {
    /// What the second side does and the first did not: `now ranks performance above privacy in …`.
    pub text: String,
    /// The task; `""` in the line that says that nothing changed.
    pub task: String,
    /// The questions that it names, largest shift first.
    pub items: Vec<String>,
    /// The largest of their shifts.
    pub(crate) shift: f64,
}

/// Returns the summary, and how many changes it has no line for.
pub(super) fn summarize(mut statements: Vec<Statement>) -> (Vec<SummaryLine>, usize) {
    // The sort is stable: equal shifts stay in the order of the tasks.
    statements.sort_by(|a, b| b.shift.total_cmp(&a.shift));
    let mut groups: Vec<Vec<Statement>> = Vec::new();
    for statement in statements {
        let same = |group: &&mut Vec<Statement>| {
            group.len() < CONTEXTS
                && statement.context.is_some()
                && group.iter().all(|known| known.task == statement.task && known.head == statement.head)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(statement),
            None => groups.push(vec![statement]),
        }
    }
    let further = groups.iter().skip(MOST).map(Vec::len).sum();
    (groups.iter().take(MOST).map(|group| line(group)).collect(), further)
}

fn line(group: &[Statement]) -> SummaryLine {
    let first = &group[0];
    let text = match (group, &first.context) {
        ([_], None) => format!("{}: {}", first.head, first.detail),
        ([_], Some(context)) => format!("{} in {context}: {}", first.head, first.detail),
        _ => {
            let each = group
                .iter()
                .map(|one| format!("{} ({})", one.context.as_deref().unwrap_or_default(), one.detail));
            format!("{} in {}", first.head, series(&each.collect::<Vec<_>>(), "and"))
        }
    };
    let items = group.iter().map(|one| one.item.clone()).collect();
    SummaryLine { text, task: first.task.clone(), items, shift: first.shift }
}

/// Returns the line that says that nothing is certain to have changed.
pub(super) fn uncertain() -> SummaryLine {
    let text = "no change that is certain, but some that are possible: they depend on what lost tries said, see the notes";
    SummaryLine { text: text.to_owned(), task: String::new(), items: Vec::new(), shift: 0.0 }
}

/// Returns the line that says that nothing changed; `seen` is the shift that would have been detected.
pub(super) fn nothing(seen: Option<f64>) -> SummaryLine {
    let text = match seen {
        Some(shift) => format!(
            "no change beyond sampling noise; a shift of {shift:.2} in any one question would have been seen four times in five"
        ),
        None => "no change beyond sampling noise; there are too few answers to show any".to_owned(),
    };
    SummaryLine { text, task: String::new(), items: Vec::new(), shift: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(context: Option<&str>, head: &str, shift: f64) -> Statement {
        Statement {
            task: "T2".into(),
            item: format!("{}.x", context.unwrap_or("")),
            context: context.map(str::to_owned),
            head: head.into(),
            detail: format!("shift {shift}"),
            shift,
        }
    }

    #[test]
    fn the_same_change_in_several_contexts_is_one_line() {
        let (lines, further) = summarize(vec![
            statement(Some("medical"), "a", 0.2),
            statement(None, "b", 0.5),
            statement(Some("banking"), "a", 0.6),
            statement(Some("marketing"), "a", 0.3),
        ]);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            ["a in banking (shift 0.6), marketing (shift 0.3) and medical (shift 0.2)", "b: shift 0.5"]
        );
        assert_eq!((further, lines[0].items.len()), (0, 3));
    }

    #[test]
    fn what_has_no_line_is_counted() {
        let heads: Vec<String> = (0..11).map(|at| at.to_string()).collect();
        let (lines, further) = summarize(heads.iter().map(|head| statement(None, head, 0.5)).collect());
        assert_eq!((lines.len(), further), (8, 3));
    }
}
