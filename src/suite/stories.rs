//! `stories = "backlog.csv"`: the user stories of a ranking, from a table with a row for each.

use toml::Spanned;

use super::TaskKind;
use super::file::{RawStory, RawSuite};
use super::joined::{Beside, Joined};
use crate::ground::csv::{CsvCell, CsvColumn, CsvTable};
use crate::ground::diagnostic::Diagnostic;

/// The columns of the table, all of them required.
pub(super) const COLUMNS: [CsvColumn; 4] = [
    CsvColumn { name: "id", required: true },
    CsvColumn { name: "text", required: true },
    CsvColumn { name: "value", required: true },
    CsvColumn { name: "context", required: true },
];

/// Adds the stories of the file that a ranking names to those of the suite itself.
///
/// # Errors
/// The file cannot be read, or is wrong.
pub(super) fn add(
    raw: &mut RawSuite,
    joined: &mut Joined,
    beside: Beside<'_>,
) -> Result<(), Box<Diagnostic>> {
    let ranks = raw.kind.as_ref().is_some_and(|kind| kind.get_ref() == TaskKind::Rank.name());
    // A suite of another kind is told that `stories` does not belong to it.
    let Some(path) = raw.stories.take_if(|_| ranks) else { return Ok(()) };
    let naming = joined.source_at(path.span().start).clone();
    let file = beside(&naming, path.get_ref(), "csv").map_err(|why| {
        let problem = Diagnostic::new(format!("the stories cannot be read from `{}`", path.get_ref()));
        problem.at(&joined.all, path.span()).label(why)
    })?;
    let table = CsvTable::read(&file, &COLUMNS)?;
    let start = joined.add(file.clone());
    for row in table.rows() {
        raw.story.push(story(row, start).map_err(|(cell, column)| {
            let message = format!("this story has no `{column}`");
            Diagnostic::new(message).at(&file, cell.span.clone()).help("fill the cell, or remove the row")
        })?);
    }
    if table.rows().is_empty() {
        return Err(Diagnostic::new("this file has no story")
            .at(&file, 0..0)
            .help("write one on each line")
            .into());
    }
    Ok(())
}

/// Makes a story of a row, with its places in the whole text; otherwise returns the cell that is empty.
fn story(row: &[CsvCell], start: usize) -> Result<Spanned<RawStory>, (&CsvCell, &'static str)> {
    if let Some((cell, column)) = row.iter().zip(COLUMNS).find(|(cell, _)| cell.text.is_empty()) {
        return Err((cell, column.name));
    }
    let place = |cell: &CsvCell| start + cell.span.start..start + cell.span.end;
    let spanned = |cell: &CsvCell| Spanned::new(place(cell), cell.text.clone());
    let [id, text, value, context] = [0, 1, 2, 3].map(|at| &row[at]);
    let story = RawStory {
        context: spanned(context),
        value: spanned(value),
        id: Some(spanned(id)),
        text: one_line(&text.text),
    };
    Ok(Spanned::new(place(id), story))
}

/// Returns a text with each run of white space, line ends among them, as one space: a story is one line of the prompt.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
